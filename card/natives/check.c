/* What keeps keys, PINs and templates whole: their checks, and the vault. */
#include <string.h>

#include "apidef/api_lookup.h"
#include "natives/bio.h"
#include "natives/cells.h"
#include "natives/keys.h"
#include "natives/natives.h"
#include "natives/pin.h"
#include "vault/vault.h"

static bool key_opens(const struct vm *vm, ref_t ref)
{
    struct key key;

    return !native_key_look(vm, ref, &key) || native_key_opens(vm, &key);
}

static bool pin_opens(const struct vm *vm, ref_t ref)
{
    static const char *const names[] = {
        "javacard/framework/OwnerPIN",
        "javacard/framework/OwnerPINx",
        "javacard/framework/OwnerPINxWithPredecrement",
        "org/globalplatform/GPSystem$Pin",
    };
    const ref_t record = native_cell(vm, ref, CELL_PIN_RECORD);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (vm_instance_of(vm, ref, vm_api_class(names[i])))
            return record == 0 || native_pin_opens(vm, record);
    }
    return true;
}

static bool bio_opens(const struct vm *vm, ref_t ref)
{
    static const char *const names[] = {
        "javacardx/biometry/BioBuilder$Password",
        "javacardx/biometry1toN/Bio1toNBuilder$Data",
    };
    const ref_t record = native_cell(vm, ref, CELL_BIO_RECORD);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (vm_instance_of(vm, ref, vm_api_class(names[i])))
            return record == 0 || native_bio_opens(vm, record);
    }
    return true;
}

unsigned native_check(const struct vm *vm,
                      void (*report)(void *ctx, const char *line), void *ctx)
{
    const struct heap *heap = vm_heap(vm);
    static const struct {
        bool (*opens)(const struct vm *vm, ref_t ref);
        bool without_vault; /* there is something to look at */
        const char *finding;
    } parts[] = {
        {pin_opens, true, "a PIN that is damaged or does not open"},
        {key_opens, false, "vault: a key does not open"},
        {bio_opens, false, "vault: a template does not open"},
    };
    const bool vault = jcre_vault(jcre_of(vm))->on;
    unsigned findings = 0;
    struct heap_view v;

    for (ref_t r = heap_next(heap, 0); r != 0; r = heap_next(heap, r)) {
        if (!heap_get(heap, r, &v) || v.h.kind != HEAP_OBJECT)
            continue;
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            if ((!vault && !parts[i].without_vault) || parts[i].opens(vm, r))
                continue;
            findings++;
            report(ctx, parts[i].finding);
        }
    }
    return findings;
}
