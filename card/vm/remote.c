#include "vm/remote.h"

#include "vm/internal.h"

enum { DEPTH_MAX = 64, CELL = 2, CLASS_REF = 2 };

static const struct cap *cap_of(const struct vm *vm, struct vm_class c)
{
    const struct vm_resident *r = vm_resident(vm, c.package);

    return r != NULL && !vm_is_api(c.package) ? &r->cap : NULL;
}

bool vm_remote(const struct vm *vm, ref_t object, struct vm_remote *out)
{
    struct vm_class c = vm_class_of(vm, object);

    for (unsigned i = 0; i < DEPTH_MAX && c.package != 0; i++) {
        const struct cap *cap = cap_of(vm, c);
        if (cap == NULL)
            return false;
        if (cap_remote_class(cap, c.offset, &out->info)) {
            out->class = c;
            return true;
        }
        c = vm_super(vm, c);
    }
    return false;
}

bool vm_remote_method(const struct vm *vm, const struct vm_remote *r,
                      uint16_t hash, uint8_t *token, const uint8_t **nibbles,
                      uint8_t *count)
{
    const struct cap *cap = cap_of(vm, r->class);

    return cap != NULL &&
           cap_remote_method(cap, &r->info, hash, token, nibbles, count);
}

bool vm_package_name(const struct vm *vm, struct vm_class c, struct span *name)
{
    const struct cap *cap = cap_of(vm, c);

    return cap != NULL &&
           cap_package_name(cap, cap_class_package(cap, c.offset), name);
}

bool vm_remote_interface(const struct vm *vm, const struct vm_remote *r,
                         uint8_t i, struct vm_class *face, struct span *name)
{
    if ((size_t)CLASS_REF * i >= r->info.interfaces.n)
        return false;
    *face = vm_class_of_ref(vm, r->class.package,
                            get_u2(r->info.interfaces.p + CLASS_REF * i));
    const struct cap *cap = cap_of(vm, *face);
    return cap != NULL && cap_remote_interface(cap, face->offset, name);
}

/* The place of the cell; false when the object has none. */
static bool export_cell(const struct vm *vm, ref_t object, struct heap_view *v,
                        uint32_t *at)
{
    struct vm_remote r;

    if (!vm_remote(vm, object, &r) || !heap_get(vm->heap, object, v) ||
        !vm_class_is_remote(vm, vm_class_of(vm, object)) || v->h.length == 0)
        return false;
    *at = CELL * (v->h.length - 1);
    return v->h.length == vm_object_cells(vm, vm_class_of(vm, object));
}

bool vm_is_exported(const struct vm *vm, ref_t object)
{
    struct heap_view v;
    uint32_t at = 0;

    return export_cell(vm, object, &v, &at) && get_u2(v.p + at) != 0;
}

enum err vm_set_exported(struct vm *vm, ref_t object, bool exported)
{
    uint8_t cell[CELL];
    struct heap_view v;
    uint32_t at = 0;

    if (!export_cell(vm, object, &v, &at))
        return ERR_RANGE;
    set_u2(cell, exported);
    if (get_u2(v.p + at) == (uint16_t)exported)
        return ERR_OK;
    return heap_write(vm->heap, object, at, cell, CELL, HEAP_ATOMIC);
}
