/* What a class is: API rows and decoded class_infos behind one face. */
#include "vm/internal.h"

#include "apidef/api_lookup.h"

enum { DEPTH_MAX = 64 /* superclasses, and a cycle cannot be loaded */ };

const struct api_class *vm_api_row(struct vm_class c)
{
    uint16_t i = c.package & 0x7F;
    if (!vm_is_api(c.package) || i >= api_package_count)
        return NULL;
    return api_class_at(&api_packages[i], c.offset);
}

struct vm_class vm_api_place(const struct api_class *row)
{
    uint16_t token = 0;
    uint16_t package = api_class_place(row, &token);
    return (struct vm_class){(uint8_t)(VM_API | package), token};
}

struct vm_class vm_api_class(const char *name)
{
    const struct api_class *row = api_class_called(name);
    if (row == NULL)
        row = api_hidden_class(name);
    return row != NULL ? vm_api_place(row) : (struct vm_class){0, 0};
}

bool vm_is_named(struct vm_class c, const char *name)
{
    const struct api_class *row = vm_api_row(c);
    return row != NULL && vm_same_name(row->name, name);
}

bool vm_loaded_class(const struct vm *vm, struct vm_class c,
                     struct cap_class *out)
{
    const struct vm_resident *r = vm_resident(vm, c.package);
    return r != NULL && cap_class_at(&r->cap, c.offset, out);
}

struct vm_class vm_exported_class(const struct vm *vm, struct vm_import import,
                                  uint8_t token)
{
    const struct vm_resident *r = vm_resident(vm, import.package);
    struct cap_export export;

    if (vm_is_api(import.package))
        return (struct vm_class){import.package, token};
    if (r == NULL || !cap_export(&r->cap, import.number, token, &export))
        return (struct vm_class){0, 0};
    return (struct vm_class){import.package, export.class_offset};
}

bool vm_same_package(const struct vm *vm, struct vm_class a, struct vm_class b)
{
    const struct vm_resident *r = vm_resident(vm, a.package);

    if (a.package != b.package)
        return false;
    return r == NULL || cap_same_package(&r->cap, a.offset, b.offset);
}

struct vm_class vm_class_of_ref(const struct vm *vm, uint8_t package,
                                uint16_t raw)
{
    const struct vm_resident *r = vm_resident(vm, package);
    const struct cap_class_ref ref = cap_class_ref(raw);

    if (r == NULL || ref.none)
        return (struct vm_class){0, 0};
    if (!ref.external)
        return (struct vm_class){package, ref.offset};
    return vm_exported_class(vm, vm_import(r, ref.package), ref.class);
}

struct vm_class vm_super(const struct vm *vm, struct vm_class c)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;

    if (row != NULL && row->super_package != API_NONE)
        return (struct vm_class){(uint8_t)(VM_API | row->super_package),
                                 row->super_class};
    if (row == NULL && vm_loaded_class(vm, c, &loaded))
        return vm_class_of_ref(vm, c.package, loaded.super);
    return (struct vm_class){0, 0};
}

bool vm_class_is_interface(const struct vm *vm, struct vm_class c)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;

    if (row != NULL)
        return (row->flags & API_INTERFACE) != 0;
    return vm_loaded_class(vm, c, &loaded) &&
           (loaded.flags & CAP_CLASS_INTERFACE) != 0;
}

/* The flag covers superclasses and superinterfaces [JCVM 6.9]. */
bool vm_class_is_shareable(const struct vm *vm, struct vm_class c)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;

    if (row != NULL)
        return (row->flags & API_SHAREABLE) != 0;
    return vm_loaded_class(vm, c, &loaded) &&
           (loaded.flags & CAP_CLASS_SHAREABLE) != 0;
}

static bool row_implements(const struct api_class *row, struct vm_class of)
{
    uint16_t wanted = (uint16_t)((of.package & 0x7F) << 8 | (uint8_t)of.offset);
    if (!vm_is_api(of.package) || of.offset >= API_HIDDEN)
        return false;
    for (uint8_t i = 0; i < row->interface_count; i++) {
        if (row->interfaces[i] == wanted)
            return true;
    }
    return false;
}

/* Whether `c` itself names the interface `of`. */
static bool names_interface(const struct vm *vm, struct vm_class c,
                            struct vm_class of)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;
    struct span tokens;
    uint16_t ref = 0;

    if (row != NULL)
        return row_implements(row, of);
    if (!vm_loaded_class(vm, c, &loaded))
        return false;
    for (uint8_t i = 0; cap_class_interface(&loaded, i, &ref, &tokens); i++) {
        struct vm_class named = vm_class_of_ref(vm, c.package, ref);
        const struct api_class *api = vm_api_row(named);
        if (vm_class_equal(named, of) ||
            (api != NULL && row_implements(api, of)))
            return true;
    }
    return false;
}

bool vm_class_is(const struct vm *vm, struct vm_class c, struct vm_class of)
{
    for (unsigned i = 0; c.package != 0 && i < DEPTH_MAX; i++) {
        if (vm_class_equal(c, of) || names_interface(vm, c, of))
            return true;
        c = vm_super(vm, c);
    }
    return false;
}

struct vm_class vm_class_of(const struct vm *vm, ref_t ref)
{
    struct heap_view v;
    if (!heap_get(vm->heap, ref, &v) || v.h.kind != HEAP_OBJECT)
        return (struct vm_class){0, 0};
    return (struct vm_class){v.h.class_package, v.h.class_offset};
}

bool vm_instance_of(const struct vm *vm, ref_t ref, struct vm_class of)
{
    struct vm_class c = vm_class_of(vm, ref);
    return c.package != 0 && vm_class_is(vm, c, of);
}

/* ---- methods by token ---- */

/*
 * An abstract method counts when the object is the runtime's own, of an API
 * class (`native`), and the runtime has a native for it: an heir of a package,
 * which lacks what those natives work on, has to bring a method itself.
 */
static bool api_virtual(const struct vm *vm, struct vm_class c, bool native,
                        uint8_t token, struct vm_method *out)
{
    const struct api_class *row = vm_api_row(c);
    const struct api_method *m = api_method_at(row, false, token);
    if (m == NULL || ((m->flags & API_M_ABSTRACT) != 0 &&
                      (!native || vm->hooks.natives[m->id] == NULL)))
        return false;
    *out = (struct vm_method){c.package, m->id};
    return true;
}

bool vm_find_inherited(const struct vm *vm, struct vm_class c,
                       struct vm_class self, uint8_t token,
                       struct vm_method *out)
{
    const bool native = vm_is_api(self.package);
    struct cap_class loaded;

    for (unsigned i = 0; c.package != 0 && i < DEPTH_MAX; i++) {
        const struct api_class *row = vm_api_row(c);
        if (row != NULL)
            return (token & 0x80) == 0 &&
                   api_virtual(vm, c, native, token, out);
        const struct vm_resident *r = vm_resident(vm, c.package);
        if (r == NULL || !cap_class_at(&r->cap, c.offset, &loaded))
            return false;
        if (cap_class_table(&r->cap, &loaded, token, &out->offset)) {
            out->package = c.package;
            return true;
        }
        if (loaded.map != NULL && (token & 0x80) == 0) {
            if (token >= loaded.public_base + loaded.public_count ||
                loaded.map[token] == 0xFF)
                return false;
            token = loaded.map[token];
        }
        const struct vm_class super = vm_super(vm, c);
        if ((token & 0x80) != 0 && !vm_same_package(vm, c, super))
            return false;
        c = super;
    }
    return false;
}

bool vm_find_virtual(const struct vm *vm, struct vm_class c, uint8_t token,
                     struct vm_method *out)
{
    return vm_find_inherited(vm, c, c, token, out);
}

/*
 * In an API class that has the interface: its method by name among the
 * virtuals, which an heir may have overridden.
 */
static bool api_interface(const struct vm *vm, struct vm_class self,
                          struct vm_class c, const struct api_class *iface,
                          uint8_t token, struct vm_method *out)
{
    const struct api_class *row = vm_api_row(c);
    const struct api_method *m =
        iface != NULL ? api_method_at(iface, false, token) : NULL;
    uint8_t found = 0;

    return m != NULL &&
           api_method_by_name(row, false, m->name, m->descriptor, &found) !=
               NULL &&
           vm_find_override(vm, self, c, found, out);
}

bool vm_find_interface(const struct vm *vm, struct vm_class c,
                       struct vm_class iface, uint8_t token,
                       struct vm_method *out)
{
    const struct vm_class self = c;
    struct cap_class loaded;
    struct span tokens;
    uint16_t ref = 0;

    for (unsigned i = 0; c.package != 0 && i < DEPTH_MAX; i++) {
        const struct api_class *row = vm_api_row(c);
        if (row != NULL)
            return (vm_class_equal(c, iface) || row_implements(row, iface)) &&
                   api_interface(vm, self, c, vm_api_row(iface), token, out);
        if (!vm_loaded_class(vm, c, &loaded))
            return false;
        for (uint8_t k = 0; cap_class_interface(&loaded, k, &ref, &tokens);
             k++) {
            if (vm_class_equal(vm_class_of_ref(vm, c.package, ref), iface))
                return token < tokens.n &&
                       vm_find_override(vm, self, c, tokens.p[token], out);
        }
        c = vm_super(vm, c);
    }
    return false;
}

bool vm_method_args(const struct vm *vm, struct vm_method m, uint8_t *args)
{
    const struct vm_resident *r = vm_resident(vm, m.package);
    struct cap_method method;

    if (r == NULL || !cap_method_at(&r->cap, m.offset, &method))
        return false;
    *args = method.nargs;
    return true;
}

/* ---- cells ---- */

/* Cells that a class adds to those of its superclass. */
static uint16_t own_cells(const struct vm *vm, struct vm_class c)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;

    if (row != NULL)
        return row->cells;
    return vm_loaded_class(vm, c, &loaded) ? loaded.instance_size : 0;
}

uint16_t vm_first_cell(const struct vm *vm, struct vm_class c)
{
    uint16_t cells = 0;
    c = vm_super(vm, c);
    for (unsigned i = 0; c.package != 0 && i < DEPTH_MAX; i++) {
        cells = (uint16_t)(cells + own_cells(vm, c));
        c = vm_super(vm, c);
    }
    return cells;
}

uint16_t vm_instance_cells(const struct vm *vm, struct vm_class c)
{
    return (uint16_t)(vm_first_cell(vm, c) + own_cells(vm, c));
}

bool vm_class_is_remote(const struct vm *vm, struct vm_class c)
{
    struct cap_class loaded;

    return vm_loaded_class(vm, c, &loaded) &&
           (loaded.flags & CAP_CLASS_REMOTE) != 0;
}

uint16_t vm_object_cells(const struct vm *vm, struct vm_class c)
{
    return (uint16_t)(vm_instance_cells(vm, c) + vm_class_is_remote(vm, c));
}

static bool own_reference(const struct vm *vm, struct vm_class c, uint16_t cell)
{
    const struct api_class *row = vm_api_row(c);
    struct cap_class loaded;

    if (row != NULL)
        return cell < row->references;
    return vm_loaded_class(vm, c, &loaded) && loaded.reference_count > 0 &&
           cell >= loaded.first_reference &&
           cell < loaded.first_reference + loaded.reference_count;
}

bool vm_is_reference(void *ctx, uint8_t class_package, uint16_t class_offset,
                     uint16_t cell)
{
    const struct vm *vm = ctx;
    struct vm_class c = {class_package, class_offset};

    for (unsigned i = 0; c.package != 0 && i < DEPTH_MAX; i++) {
        uint16_t first = vm_first_cell(vm, c);
        if (cell >= first)
            return own_reference(vm, c, (uint16_t)(cell - first));
        c = vm_super(vm, c);
    }
    return false;
}
