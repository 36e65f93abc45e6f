/*
 * What the classes of a new package make of those above them.  Structure has
 * told what the package says of itself; here are the superclasses and
 * interfaces that it imports, too.  [JCVM 6.9]
 */
#include "vm/internal.h"

#include "apidef/api_lookup.h"

enum {
    DEPTH_MAX = 64 /* superclasses; that there is no circle is seen later */
};

/* A class that is looked at. */
struct heir {
    const struct vm *vm;
    struct vm_words *words;
    struct vm_class place;
    struct vm_class super;
    struct cap_class c;
};

static enum err bad(const struct heir *h, const char *why)
{
    vm_say(h->words, "a class that ");
    vm_say(h->words, why);
    return ERR_FORMAT;
}

/* Virtual methods that a class has with those above it [JCVM 6.9.2.6]. */
static unsigned public_count(const struct vm *vm, struct vm_class c)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;

    if (row != NULL)
        return row->virtual_count;
    return vm_loaded_class(vm, c, &loaded)
               ? (unsigned)loaded.public_base + loaded.public_count
               : 0;
}

/* ---- superclasses ---- */

static enum err check_super(const struct heir *h)
{
    struct cap_class loaded;

    if ((vm_api_row(h->super) == NULL &&
         !vm_loaded_class(h->vm, h->super, &loaded)) ||
        vm_class_is_interface(h->vm, h->super))
        return bad(h, "has a superclass that is not there");
    if (h->c.public_base > public_count(h->vm, h->super))
        return bad(h, "skips virtual methods");
    return ERR_OK;
}

/*
 * A final class of the API has no heir, and a final method of it is the one
 * that answers [JVMS 4.10].  What is final in other packages is in their
 * Descriptor, which the card does not ask.
 */
static enum err check_finals(const struct heir *h)
{
    struct vm_class base = h->super;
    struct vm_method m;

    for (unsigned i = 0; !vm_is_api(base.package) && i < DEPTH_MAX; i++)
        base = vm_super(h->vm, base);
    const struct api_class *row = vm_api_row(base);
    if (row == NULL)
        return ERR_OK;
    if ((row->flags & API_FINAL) != 0)
        return bad(h, "extends a final one");
    for (unsigned t = 0; t < row->virtual_count; t++) {
        const struct api_method *a = api_method_at(row, false, (uint8_t)t);
        if (a != NULL && (a->flags & API_M_FINAL) != 0 &&
            vm_find_override(h->vm, h->place, base, (uint8_t)t, &m) &&
            !vm_is_api(m.package))
            return bad(h, "overrides a final method");
    }
    return ERR_OK;
}

/* ---- overrides ---- */

/* Whether a public token of a class names one of its superclass's. */
static bool token_above(const struct vm *vm, const struct cap_class *c,
                        struct vm_class super, uint8_t *token)
{
    if (c->map == NULL)
        return *token < vm_inheritable(vm, super);
    if (*token >= c->public_base + c->public_count)
        return false;
    *token = c->map[*token];
    return *token != 0xFF;
}

/* Argument cells of what a class has under a token, itself or from above. */
static bool args_of(const struct vm *vm, struct vm_class c, uint8_t token,
                    uint8_t *args)
{
    struct cap_class loaded;

    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        const struct api_class *row = vm_api_row(c);
        if (row != NULL) {
            const struct api_method *a = api_method_at(row, false, token);
            *args = a != NULL ? a->args : 0;
            return a != NULL;
        }
        if (!vm_loaded_class(vm, c, &loaded))
            return false;
        struct vm_method m = {.package = c.package};
        if (cap_class_table(&vm_resident(vm, c.package)->cap, &loaded, token,
                            &m.offset))
            return vm_method_args(vm, m, args);
        c = vm_super(vm, c);
        if (!token_above(vm, &loaded, c, &token))
            return false;
    }
    return false;
}

static enum err check_overrides(const struct heir *h)
{
    const struct vm_resident *r = vm_resident(h->vm, h->place.package);
    struct vm_method own = {.package = h->place.package};
    uint8_t args = 0;
    uint8_t wanted = 0;

    for (unsigned i = 0; i < h->c.public_count; i++) {
        uint8_t token = (uint8_t)(h->c.public_base + i);
        if (!cap_class_table(&r->cap, &h->c, token, &own.offset))
            continue;
        if (!vm_method_args(h->vm, own, &args) || args == 0)
            return bad(h, "has a virtual method that is none");
        if (token_above(h->vm, &h->c, h->super, &token) &&
            args_of(h->vm, h->super, token, &wanted) && args != wanted)
            return bad(h, "overrides a method of other arguments");
    }
    return ERR_OK;
}

/* ---- interfaces ---- */

static enum err check_interfaces(const struct heir *h)
{
    struct span tokens;
    uint16_t ref = 0;

    for (uint8_t i = 0; cap_class_interface(&h->c, i, &ref, &tokens); i++) {
        if (!vm_class_is_interface(
                h->vm, vm_class_of_ref(h->vm, h->place.package, ref)))
            return bad(h, "implements what is no interface");
        for (size_t t = 0; t < tokens.n; t++) {
            if (tokens.p[t] >= public_count(h->vm, h->place))
                return bad(h, "implements a method by one that it has not");
        }
    }
    return ERR_OK;
}

enum err vm_check_classes(const struct vm *vm, uint8_t package,
                          struct vm_words *words)
{
    const struct vm_resident *r = vm_resident(vm, package);
    struct heir h = {.vm = vm, .words = words};
    enum err e = r == NULL ? ERR_CORRUPT : ERR_OK;

    for (bool more = e == ERR_OK && cap_class_first(&r->cap, &h.c);
         more && e == ERR_OK; more = cap_class_next(&r->cap, &h.c)) {
        h.place = (struct vm_class){package, h.c.offset};
        h.super = vm_class_of_ref(vm, package, h.c.super);
        if ((h.c.flags & CAP_CLASS_INTERFACE) == 0) {
            e = check_super(&h);
            if (e == ERR_OK)
                e = check_finals(&h);
            if (e == ERR_OK)
                e = check_overrides(&h);
        }
        if (e == ERR_OK)
            e = check_interfaces(&h);
    }
    return e;
}
