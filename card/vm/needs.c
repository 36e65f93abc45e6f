/*
 * What a package needs and the card may lack: other packages, and methods of
 * the API.  The linker asks one by one and stops at the first; vm_lacks()
 * goes on and names them all.
 */
#include "vm/internal.h"

#include <string.h>

#include "apidef/api_lookup.h"

enum { SENTENCE_MAX = 256, DEPTH_MAX = 64 };

void vm_say(struct vm_words *w, const char *text)
{
    while (*text != '\0' && w->used + 1 < w->room)
        w->text[w->used++] = *text++;
    if (w->room > 0)
        w->text[w->used] = '\0';
}

static void say_hex(struct vm_words *w, struct span bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[3] = {0};
    for (size_t i = 0; i < bytes.n; i++) {
        text[0] = digits[bytes.p[i] >> 4];
        text[1] = digits[bytes.p[i] & 15];
        vm_say(w, text);
    }
}

void vm_say_number(struct vm_words *w, unsigned n)
{
    char text[6];
    size_t at = sizeof text;
    text[--at] = '\0';
    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0 && at > 0);
    vm_say(w, text + at);
}

static void say_version(struct vm_words *w, uint8_t major, uint8_t minor)
{
    vm_say_number(w, major);
    vm_say(w, ".");
    vm_say_number(w, minor);
}

static void say_package(struct vm_words *w, const struct cap_package *p)
{
    say_hex(w, p->aid);
    vm_say(w, " version ");
    say_version(w, p->major, p->minor);
}

static bool version_fits(uint8_t major, uint8_t minor,
                         const struct cap_package *wanted)
{
    return major == wanted->major && minor >= wanted->minor;
}

enum err vm_find_import(const struct vm *vm, const struct cap_package *wanted,
                        struct vm_import *import, struct vm_words *w)
{
    const struct api_package *api =
        api_package_by_aid(wanted->aid.p, wanted->aid.n);
    struct cap_package info = {.major = 0};

    if (api != NULL) {
        *import =
            (struct vm_import){(uint8_t)(VM_API | api_package_index(api)), 0};
        info.major = api->major;
        info.minor = api->minor;
    } else {
        *import = vm_import_find(vm, wanted->aid);
        const struct vm_resident *r = vm_resident(vm, import->package);
        if (r == NULL || !cap_public_package(&r->cap, import->number, &info)) {
            vm_say(w, "imports a package that is not on the card: ");
            say_package(w, wanted);
            return ERR_NOT_FOUND;
        }
    }
    if (version_fits(info.major, info.minor, wanted))
        return ERR_OK;
    vm_say(w, "imports a newer or incompatible package: ");
    say_package(w, wanted);
    vm_say(w, ", which is ");
    say_version(w, info.major, info.minor);
    vm_say(w, " here");
    return ERR_VERSION;
}

enum err vm_need_native(const struct vm *vm, const struct api_class *row,
                        const struct api_method *m, struct vm_words *w)
{
    if ((m->flags & API_M_ABSTRACT) != 0 || (row->flags & API_INTERFACE) != 0 ||
        vm->hooks.natives[m->id] != NULL)
        return ERR_OK;
    vm_say(w, "uses a method that this card does not have: ");
    vm_say(w, row->name);
    vm_say(w, ".");
    vm_say(w, m->name);
    vm_say(w, m->descriptor);
    return ERR_UNSUPPORTED;
}

/* ---- all that a file lacks ---- */

struct survey {
    const struct vm *vm;
    struct cap cap;
    struct vm_import imports[128]; /* .package 0: it is not there */
    void (*tell)(void *ctx, const char *text);
    void *ctx;
    unsigned count;
};

static void tell(struct survey *s, const struct vm_words *w)
{
    s->count++;
    s->tell(s->ctx, w->text);
}

static void survey_imports(struct survey *s)
{
    struct cap_package wanted;

    for (uint8_t i = 0; cap_import(&s->cap, i, &wanted); i++) {
        char text[SENTENCE_MAX] = "";
        struct vm_words w = {text, sizeof text, 0};
        if (vm_find_import(s->vm, &wanted, &s->imports[i], &w) == ERR_OK)
            continue;
        s->imports[i].package = 0;
        tell(s, &w);
    }
}

static void survey_method(struct survey *s, const struct api_class *row,
                          bool statics, uint8_t token)
{
    char text[SENTENCE_MAX] = "";
    struct vm_words w = {text, sizeof text, 0};
    const struct api_method *m = api_method_at(row, statics, token);

    if (m != NULL && vm_need_native(s->vm, row, m, &w) != ERR_OK)
        tell(s, &w);
}

/* A class of an imported package; .package 0 when there is none. */
static struct vm_class imported(const struct survey *s, uint8_t import,
                                uint8_t token)
{
    const struct vm_import none = {0, 0};
    return vm_exported_class(
        s->vm, import < s->cap.import_count ? s->imports[import] : none, token);
}

/*
 * Climbs from a class of the file to the first superclass outside it;
 * .package 0 when a class on the way has the method itself.
 */
static struct vm_class outside(const struct survey *s, struct cap_class_ref ref,
                               uint8_t token)
{
    struct cap_class c;
    uint32_t address = 0;

    for (unsigned depth = 0; !ref.none && !ref.external; depth++) {
        if (depth == DEPTH_MAX || !cap_class_at(&s->cap, ref.offset, &c) ||
            (c.flags & CAP_CLASS_INTERFACE) != 0)
            return (struct vm_class){0, 0};
        if (cap_class_table(&s->cap, &c, token, &address))
            return (struct vm_class){0, 0};
        ref = cap_class_ref(c.super);
    }
    if (ref.none)
        return (struct vm_class){0, 0};
    return imported(s, ref.package, ref.class);
}

static void survey_virtual(struct survey *s, const struct cap_entry *e)
{
    uint16_t raw = e->offset;
    struct vm_method m;

    if ((e->token & 0x80) != 0)
        return;
    struct cap_class_ref ref = cap_class_ref(raw);
    if (e->tag == CAP_SUPER_METHODREF && !ref.external) {
        struct cap_class c;
        if (!cap_class_at(&s->cap, ref.offset, &c))
            return;
        ref = cap_class_ref(c.super);
    }
    struct vm_class class = outside(s, ref, e->token);
    for (unsigned depth = 0; class.package != 0 && depth < DEPTH_MAX; depth++) {
        const struct api_class *row = vm_api_row(class);
        if (row != NULL) {
            survey_method(s, row, false, e->token);
            return;
        }
        if (vm_find_virtual(s->vm, class, e->token, &m) &&
            !vm_is_api(m.package))
            return;
        class = vm_super(s->vm, class);
    }
}

static void survey_entry(struct survey *s, const struct cap_entry *e)
{
    if (e->tag == CAP_VIRTUAL_METHODREF || e->tag == CAP_SUPER_METHODREF) {
        survey_virtual(s, e);
        return;
    }
    if (e->tag != CAP_STATIC_METHODREF || !e->external)
        return;
    const struct api_class *row = vm_api_row(imported(s, e->package, e->class));
    if (row != NULL)
        survey_method(s, row, true, e->token);
}

unsigned vm_lacks(const struct vm *vm, struct span load_file,
                  void (*tell_one)(void *ctx, const char *text), void *ctx)
{
    struct survey s = {.vm = vm, .tell = tell_one, .ctx = ctx};
    struct cap_entry e;
    uint8_t bad = 0;

    if (cap_open(&s.cap, load_file, &bad) != ERR_OK)
        return 0;
    survey_imports(&s);
    for (uint16_t i = 0; i < s.cap.pool_count; i++) {
        if (cap_pool(&s.cap, i, &e))
            survey_entry(&s, &e);
    }
    return s.count;
}
