/*
 * Which method of an object's class answers a call that names a class above
 * it.  Tokens are one class's own: an heir may have the method under another,
 * or have given the number to a method of its own when its superclass had not
 * yet grown.  [JCVM 4.4, 6.9.2.7]
 */
#include "vm/internal.h"

#include "apidef/api_lookup.h"

enum { DEPTH_MAX = 64 /* superclasses, and a cycle cannot be loaded */ };

uint8_t vm_inheritable(const struct vm *vm, struct vm_class super)
{
    const struct api_class *row = vm_api_row(super);
    struct cap_class c;

    if (row != NULL)
        return row->cap22_virtual_count;
    return vm_loaded_class(vm, super, &c) ? c.cap22_count : 0;
}

static bool api_heir_token(const struct api_class *super,
                           const struct api_class *heir, uint8_t *token)
{
    const struct api_method *m = api_method_at(super, false, *token);
    const struct api_method *same = api_method_at(heir, false, *token);

    if (m == NULL)
        return false;
    if (same != NULL && same->id == m->id)
        return true;
    return api_method_by_name(heir, false, m->name, m->descriptor, token) !=
           NULL;
}

static bool mapped_token(const struct cap_class *heir, uint8_t *token)
{
    unsigned n = (unsigned)heir->public_base + heir->public_count;

    if (*token < n && heir->map[*token] == *token)
        return true;
    for (unsigned i = 0; i < n; i++) {
        if (heir->map[i] == *token) {
            *token = (uint8_t)i;
            return true;
        }
    }
    return false;
}

/* The token that a method of `super` has in its direct heir; false when the
 * heir knows nothing of it and so cannot override it. */
static bool heir_token(const struct vm *vm, struct vm_class super,
                       struct vm_class heir, uint8_t *token)
{
    const struct api_class *row = vm_api_row(heir);
    struct cap_class c;

    if ((*token & 0x80) != 0)
        return vm_same_package(vm, super, heir);
    if (row != NULL)
        return api_heir_token(vm_api_row(super), row, token);
    if (!vm_loaded_class(vm, heir, &c))
        return false;
    return c.map == NULL ? *token < vm_inheritable(vm, super)
                         : mapped_token(&c, token);
}

bool vm_find_override(const struct vm *vm, struct vm_class c,
                      struct vm_class named, uint8_t token,
                      struct vm_method *out)
{
    const struct vm_class self = c;
    struct vm_class path[DEPTH_MAX];
    unsigned n = 0;

    /* a damaged record may name no class, and that is not above Object */
    while (c.package == 0 || !vm_class_equal(c, named)) {
        if (c.package == 0 || n == DEPTH_MAX)
            return false;
        path[n++] = c;
        c = vm_super(vm, c);
    }
    while (n > 0 && heir_token(vm, c, path[n - 1], &token))
        c = path[--n];
    return vm_find_inherited(vm, c, self, token, out);
}

static struct vm_found *place_of(struct vm *vm, struct vm_class c,
                                 struct vm_class named, uint8_t token)
{
    /* the methods of one class stand beside each other */
    unsigned at = token + c.offset + 5u * c.package + named.offset;
    return &vm->found[at % VM_FOUND_MAX];
}

bool vm_find_call(struct vm *vm, struct vm_class c, struct vm_class named,
                  uint8_t token, struct vm_method *out)
{
    struct vm_found *f = place_of(vm, c, named, token);

    if (f->token != token || !vm_class_equal(f->class, c) ||
        !vm_class_equal(f->named, named) || c.package == 0) {
        if (!vm_find_override(vm, c, named, token, out))
            return false;
        *f = (struct vm_found){c, named, token, *out};
    }
    *out = f->method;
    return true;
}
