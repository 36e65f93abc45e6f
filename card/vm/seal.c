/*
 * The seal of a package: a check over what it consists of, which is written
 * once, when it is linked, and never changes: record, load file, signatures.
 * Static fields are an applet's data.
 *
 * It is the end of the record, which the epoch of its LOAD makes: a power cut
 * leaves a package with its seal, or none.
 */
#include "vm/internal.h"

#include "base/check.h"

uint64_t vm_seal(const struct span parts[VM_SEALED])
{
    uint64_t check = CHECK_START;

    for (unsigned i = 0; i < VM_SEALED; i++) {
        check = check_word(check, parts[i].n);
        check = check_add(check, parts[i].p, parts[i].n);
    }
    return check;
}

/* What is sealed, the record without its seal. */
static bool find_parts(const struct vm *vm, uint8_t package,
                       struct span parts[VM_SEALED])
{
    static const uint8_t which[VM_SEALED] = {0, 1, VM_LIST_SIGNATURES};
    struct heap_view v;

    for (unsigned i = 0; i < VM_SEALED; i++) {
        if (!heap_get(vm->heap, vm_listed(vm, package, which[i]), &v) ||
            v.h.kind != HEAP_BLOB)
            return false;
        parts[i] = span_of(v.p, v.h.length);
    }
    if (parts[0].n < VM_RECORD_HEAD + VM_SEAL_SIZE)
        return false;
    parts[0].n -= VM_SEAL_SIZE;
    return true;
}

enum err vm_put_seal(struct vm *vm, uint8_t package)
{
    struct span parts[VM_SEALED];
    uint8_t seal[VM_SEAL_SIZE];

    if (!find_parts(vm, package, parts))
        return ERR_CORRUPT;
    set_u8(seal, vm_seal(parts));
    return heap_write(vm->heap, vm_listed(vm, package, 0), (uint32_t)parts[0].n,
                      seal, sizeof seal, HEAP_RAW);
}

bool vm_has_seal(const struct vm *vm, uint8_t package)
{
    struct span parts[VM_SEALED];

    return find_parts(vm, package, parts) &&
           get_u8(parts[0].p + parts[0].n) == vm_seal(parts);
}

enum err vm_prove_seals(const struct vm *vm)
{
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        if (vm_listed(vm, i, 0) != 0 && !vm_has_seal(vm, i))
            return ERR_CORRUPT;
    }
    return ERR_OK;
}
