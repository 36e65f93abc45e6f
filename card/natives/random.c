/* javacard.security.RandomData: every algorithm is the port's source */
#include "natives/natives.h"

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/crypto.h"

enum {
    ALG_PSEUDO_RANDOM = 1,
    ALG_PRESEEDED_DRBG = 4, /* promises a sequence that its seed decides */
    ALG_KEYGENERATION = 6,
    CHUNK = 64,
};

#define IMPLEMENTATION "javacard/security/RandomData$Card"

static enum vm_native_result fail(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/security/CryptoException", reason);
}

enum vm_native_result native_random_instance(struct vm *vm,
                                             const struct vm_call *call)
{
    int8_t algorithm = native_byte(call, 0);
    enum err e = ERR_CORRUPT;
    ref_t random = 0;

    if (algorithm < ALG_PSEUDO_RANDOM || algorithm > ALG_KEYGENERATION ||
        algorithm == ALG_PRESEEDED_DRBG)
        return fail(vm, CRYPTO_NO_SUCH_ALGORITHM);
    random = vm_new_object(vm, vm_api_class(IMPLEMENTATION));
    if (random == 0)
        return VM_NATIVE_THREW;
    e = native_set_cell(vm, random, CELL_RANDOM_ALGORITHM, (uint8_t)algorithm,
                        HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, random) : vm_throw_err(vm, e);
}

enum vm_native_result native_random_algorithm(struct vm *vm,
                                              const struct vm_call *call)
{
    return native_done_short(
        vm, native_cell(vm, call->cells[0], CELL_RANDOM_ALGORITHM));
}

/* False: thrown. */
static bool fill(struct vm *vm, const struct native_range *r)
{
    const struct crypto_port *crypto = jcre_port(jcre_of(vm))->crypto;
    uint8_t chunk[CHUNK];
    bool written = true;

    for (uint32_t done = 0; done < r->n && written; done += CHUNK) {
        uint32_t n = r->n - done < CHUNK ? r->n - done : CHUNK;
        enum err e = crypto->random(crypto->ctx, chunk, n);
        if (e != ERR_OK)
            (void)vm_throw_err(vm, e);
        written = e == ERR_OK &&
                  native_write(vm, r->ref, r->at + done, chunk, n, HEAP_RAW);
    }
    wipe(chunk, sizeof chunk);
    return written;
}

static bool open_range(struct vm *vm, const struct vm_call *call,
                       struct native_range *r)
{
    return native_target(vm, call, call->cells[1], native_short(call, 2),
                         native_short(call, 3), r);
}

enum vm_native_result native_random_generate(struct vm *vm,
                                             const struct vm_call *call)
{
    struct native_range r;

    if (!open_range(vm, call, &r))
        return VM_NATIVE_THREW;
    if (r.n == 0)
        return fail(vm, CRYPTO_ILLEGAL_VALUE);
    return fill(vm, &r) ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

enum vm_native_result native_random_next(struct vm *vm,
                                         const struct vm_call *call)
{
    struct native_range r;

    if (!open_range(vm, call, &r))
        return VM_NATIVE_THREW;
    if (r.n == 0)
        return fail(vm, CRYPTO_ILLEGAL_VALUE);
    return fill(vm, &r) ? native_done_short(vm, (int32_t)(r.at + r.n))
                        : VM_NATIVE_THREW;
}

/* The source needs no seed of an applet's; it is only looked at. */
enum vm_native_result native_random_seed(struct vm *vm,
                                         const struct vm_call *call)
{
    struct native_range r;

    return native_bytes(vm, call, call->cells[1], native_short(call, 2),
                        native_short(call, 3), &r)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}
