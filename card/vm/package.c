/* Resident packages: their records in the heap, found once and remembered. */
#include "vm/code.h"

#include <string.h>

ref_t vm_listed(const struct vm *vm, uint8_t package, unsigned which)
{
    struct heap_view list;

    if (package == 0 || package > CARD_PACKAGES_MAX ||
        !heap_get(vm->heap, heap_root(vm->heap, HEAP_ROOT_PACKAGES), &list) ||
        list.h.length < VM_LIST_STEP * (uint32_t)package)
        return 0;
    return get_u2(list.p + 2 * (VM_LIST_STEP * (package - 1u) + which));
}

static bool load(const struct vm *vm, uint8_t package, struct vm_resident *r)
{
    struct heap_view record;
    struct heap_view file;
    uint8_t bad = 0;

    r->record = vm_listed(vm, package, 0);
    r->signatures = vm_listed(vm, package, VM_LIST_SIGNATURES);
    if (!heap_get(vm->heap, r->record, &record) ||
        record.h.length < VM_RECORD_HEAD ||
        !heap_get(vm->heap, get_u2(record.p), &file) ||
        cap_open(&r->cap, span_of(file.p, file.h.length), &bad) != ERR_OK)
        return false;
    r->statics = get_u2(record.p + 2);
    uint8_t imports = record.p[4];
    if (imports != r->cap.import_count ||
        record.h.length != vm_record_size(imports, r->cap.pool_count))
        return false;
    r->imports = record.p + VM_RECORD_HEAD;
    r->pool = r->imports + (size_t)VM_IMPORT_SIZE * imports;
    r->known = true;
    return true;
}

const struct vm_resident *vm_resident_load(const struct vm *vm, uint8_t package)
{
    if (package == 0 || package > CARD_PACKAGES_MAX)
        return NULL;
    /* what is remembered belongs to the machine, which we were lent const */
    struct vm_resident *r =
        (struct vm_resident *)(uintptr_t)&vm->packages[package];
    if (vm->moved != vm->heap->moved)
        vm_forget_packages((struct vm *)(uintptr_t)vm);
    return r->known || load(vm, package, r) ? r : NULL;
}

void vm_forget_packages(struct vm *vm)
{
    memset(vm->found, 0, sizeof vm->found);
    for (unsigned i = 0; i <= CARD_PACKAGES_MAX; i++)
        vm->packages[i].known = false;
    vm_code_drop(vm);
    vm->moved = vm->heap->moved;
}

bool vm_pool(const struct vm_resident *r, uint16_t i, struct vm_pool *out)
{
    if (i >= r->cap.pool_count)
        return false;
    const uint8_t *p = r->pool + VM_POOL_ENTRY * (size_t)i;
    out->kind = p[0];
    out->class = (struct vm_class){p[1], get_u2(p + 2)};
    out->b = (uint32_t)p[7] << 16 | get_u2(p + 4);
    out->c = p[6];
    return true;
}

/* Record, load file, statics and signatures; not the arrays of statics. */
static uint32_t taken_by(const struct vm *vm, uint8_t package)
{
    struct heap_view part;
    uint32_t sum = 0;

    for (unsigned i = 0; i < VM_LIST_STEP; i++) {
        if (heap_get(vm->heap, vm_listed(vm, package, i), &part))
            sum += heap_taken(&part.h);
    }
    return sum;
}

bool vm_package(const struct vm *vm, uint8_t package,
                struct vm_package_info *info)
{
    struct heap_view file;
    const struct vm_resident *r = vm_resident(vm, package);
    struct heap_view record;

    if (r == NULL || !heap_get(vm->heap, r->record, &record))
        return false;
    info->load_file = get_u2(record.p);
    if (!heap_get(vm->heap, info->load_file, &file))
        return false;
    info->aid = r->cap.package.aid;
    info->major = r->cap.package.major;
    info->minor = r->cap.package.minor;
    info->applet_count = r->cap.applet_count;
    info->import_count = r->cap.import_count;
    info->code_size = file.h.length;
    info->taken = taken_by(vm, package);
    return true;
}

struct vm_import vm_import(const struct vm_resident *r, uint8_t i)
{
    if (i >= r->cap.import_count)
        return (struct vm_import){0, 0};
    const uint8_t *p = r->imports + (size_t)VM_IMPORT_SIZE * i;
    return (struct vm_import){p[0], p[1]};
}

struct vm_import vm_import_find(const struct vm *vm, struct span aid)
{
    struct cap_package p;

    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        const struct vm_resident *r = vm_resident(vm, i);
        for (uint8_t k = 0; r != NULL && cap_public_package(&r->cap, k, &p);
             k++) {
            if (span_equal(p.aid, aid))
                return (struct vm_import){i, k};
        }
    }
    return (struct vm_import){0, 0};
}

uint8_t vm_package_find(const struct vm *vm, struct span aid)
{
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        const struct vm_resident *r = vm_resident(vm, i);
        if (r != NULL && span_equal(r->cap.package.aid, aid))
            return i;
    }
    return 0;
}

bool vm_package_applet(const struct vm *vm, uint8_t package, uint8_t i,
                       struct span *aid, struct vm_method *install)
{
    const struct vm_resident *r = vm_resident(vm, package);
    install->package = package;
    return r != NULL && cap_applet(&r->cap, i, aid, &install->offset);
}

bool vm_package_is_imported(const struct vm *vm, uint8_t package)
{
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        const struct vm_resident *r = vm_resident(vm, i);
        for (unsigned k = 0; r != NULL && k < r->cap.import_count; k++) {
            if (vm_import(r, (uint8_t)k).package == package)
                return true;
        }
    }
    return false;
}

/* Notes what it imports itself. */
static bool imports(const struct vm *vm, uint8_t package, uint8_t other,
                    bool *reached)
{
    const struct vm_resident *r = vm_resident(vm, package);
    bool found = false;

    for (unsigned k = 0; r != NULL && k < r->cap.import_count; k++) {
        const uint8_t at = vm_import(r, (uint8_t)k).package;
        found = found || at == other;
        if (!vm_is_api(at) && at <= CARD_PACKAGES_MAX)
            reached[at] = true;
    }
    return found;
}

bool vm_package_uses(const struct vm *vm, uint8_t package, uint8_t other)
{
    bool reached[CARD_PACKAGES_MAX + 1] = {false};
    bool done[CARD_PACKAGES_MAX + 1] = {false};
    bool any = package <= CARD_PACKAGES_MAX;

    if (any)
        reached[package] = true;
    while (any) {
        any = false;
        for (unsigned i = 1; i <= CARD_PACKAGES_MAX; i++) {
            if (!reached[i] || done[i])
                continue;
            done[i] = any = true;
            if (imports(vm, (uint8_t)i, other, reached))
                return true;
        }
    }
    return false;
}

/* The entries of a package in the list, all null. */
static enum err clear_entries(struct vm *vm, uint8_t package)
{
    static const uint8_t none[2 * VM_LIST_STEP];
    return heap_write(vm->heap, heap_root(vm->heap, HEAP_ROOT_PACKAGES),
                      2u * VM_LIST_STEP * (package - 1u), none, sizeof none,
                      HEAP_ATOMIC);
}

/* Arrays that initialised static fields: of the package, of no instance. */
static enum err free_arrays(struct vm *vm, uint8_t package, ref_t statics)
{
    enum err e = ERR_OK;
    for (ref_t r = heap_next(vm->heap, 0); r != 0 && e == ERR_OK;
         r = heap_next(vm->heap, r)) {
        struct heap_view v;
        if (r != statics && heap_get(vm->heap, r, &v) &&
            v.h.context == package && v.h.owner == 0)
            e = heap_free(vm->heap, r);
    }
    return e;
}

enum err vm_unlink(struct vm *vm, uint8_t package)
{
    const struct vm_resident *r = vm_resident(vm, package);
    struct heap_view record;

    if (r == NULL || !heap_get(vm->heap, r->record, &record))
        return ERR_OK;
    const ref_t refs[VM_LIST_STEP] = {r->record, get_u2(record.p), r->statics,
                                      r->signatures};
    enum err e = free_arrays(vm, package, r->statics);
    vm_forget_packages(vm);
    if (e == ERR_OK)
        e = heap_begin(vm->heap);
    if (e != ERR_OK)
        return e;
    e = clear_entries(vm, package);
    for (unsigned i = 0; i < VM_LIST_STEP && e == ERR_OK; i++)
        e = refs[i] != 0 ? heap_free(vm->heap, refs[i]) : ERR_OK;
    if (e == ERR_OK)
        return heap_commit(vm->heap);
    (void)!heap_abort(vm->heap);
    return e;
}

enum err vm_format(struct vm *vm)
{
    const struct heap_header hd = {.kind = HEAP_REF_ARRAY,
                                   .length = VM_LIST_STEP * CARD_PACKAGES_MAX};
    ref_t list = 0;
    enum err e = heap_new(vm->heap, &hd, &list);
    return e == ERR_OK ? heap_set_root(vm->heap, HEAP_ROOT_PACKAGES, list) : e;
}
