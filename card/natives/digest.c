/*
 * javacard.security.MessageDigest over one message in one call.  Digests that
 * grow by update() need a state that the port does not offer: that method is
 * absent, so whoever calls it is refused when it is loaded.
 */
#include "natives/natives.h"

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/crypto.h"

#define IMPLEMENTATION "javacard/security/MessageDigest$Card"

/* By the API's number; [JCAPI MessageDigest] */
static const struct {
    int8_t algorithm;
    enum crypto_digest digest;
} digests[] = {
    {1, CRYPTO_SHA1},   {7, CRYPTO_SHA224}, {4, CRYPTO_SHA256},
    {5, CRYPTO_SHA384}, {6, CRYPTO_SHA512},
};

/* False: there is no such algorithm. */
static bool find_digest(int algorithm, enum crypto_digest *digest)
{
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        if (digests[i].algorithm == algorithm) {
            *digest = digests[i].digest;
            return true;
        }
    }
    return false;
}

/* That of `this`; the machine has checked its class. */
static enum crypto_digest own_digest(struct vm *vm, const struct vm_call *call)
{
    enum crypto_digest digest = CRYPTO_SHA1;

    (void)find_digest(native_cell(vm, call->cells[0], CELL_DIGEST_ALGORITHM),
                      &digest);
    return digest;
}

/* An object for other contexts, too, is not to be had. */
enum vm_native_result native_digest_instance(struct vm *vm,
                                             const struct vm_call *call)
{
    int8_t algorithm = native_byte(call, 0);
    enum crypto_digest digest;
    enum err e = ERR_CORRUPT;
    ref_t object = 0;

    if (!find_digest(algorithm, &digest) || (call->cells[1] & 1) != 0)
        return vm_throw_name(vm, "javacard/security/CryptoException",
                             CRYPTO_NO_SUCH_ALGORITHM);
    object = vm_new_object(vm, vm_api_class(IMPLEMENTATION));
    if (object == 0)
        return VM_NATIVE_THREW;
    e = native_set_cell(vm, object, CELL_DIGEST_ALGORITHM, (uint8_t)algorithm,
                        HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, object) : vm_throw_err(vm, e);
}

enum vm_native_result native_digest_algorithm(struct vm *vm,
                                              const struct vm_call *call)
{
    return native_done_short(
        vm, native_cell(vm, call->cells[0], CELL_DIGEST_ALGORITHM));
}

enum vm_native_result native_digest_length(struct vm *vm,
                                           const struct vm_call *call)
{
    return native_done_short(vm,
                             (int32_t)crypto_digest_size(own_digest(vm, call)));
}

/* Nothing is ever pending. */
enum vm_native_result native_digest_reset(struct vm *vm,
                                          const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_digest_final(struct vm *vm,
                                          const struct vm_call *call)
{
    const struct crypto_port *crypto = jcre_port(jcre_of(vm))->crypto;
    enum crypto_digest digest = own_digest(vm, call);
    int32_t size = (int32_t)crypto_digest_size(digest);
    uint8_t value[CRYPTO_DIGEST_MAX];
    struct native_range in, out;
    enum err e = ERR_CORRUPT;
    bool written = false;

    if (!native_arrays(vm, call, call->cells[1], call->cells[4]) ||
        !native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_short(call, 3), &in) ||
        !native_target(vm, call, call->cells[4], native_short(call, 5), size,
                       &out))
        return VM_NATIVE_THREW;
    struct span message = native_span(&in);
    e = crypto->digest(crypto->ctx, digest, &message, 1, value);
    if (e != ERR_OK)
        return vm_throw_err(vm, e);
    written = native_write(vm, out.ref, out.at, value, out.n, HEAP_RAW);
    wipe(value, sizeof value);
    return written ? native_done_short(vm, size) : VM_NATIVE_THREW;
}
