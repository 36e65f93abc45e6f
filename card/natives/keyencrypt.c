/*
 * javacardx.crypto.KeyEncryption: every key can have a Cipher that its setters
 * decipher with what they are given.
 */
#include "natives/cells.h"
#include "natives/cipher.h"
#include "natives/natives.h"

enum vm_native_result native_key_get_cipher(struct vm *vm,
                                            const struct vm_call *call)
{
    const ref_t cipher = native_cell(vm, call->cells[0], CELL_KEY_CIPHER);

    return native_done_ref(vm, native_is_null(vm, cipher) ? 0 : cipher);
}

/* Null ends it.  A OneShot is temporary and cannot be kept.  [JCRE 6.2.1] */
enum vm_native_result native_key_set_cipher(struct vm *vm,
                                            const struct vm_call *call)
{
    const ref_t cipher = call->cells[1];
    enum err e = ERR_OK;

    if (!native_is_null(vm, cipher) && !native_object(vm, call, cipher))
        return VM_NATIVE_THREW;
    if (!vm_may_store(vm, cipher))
        return native_throw_security(vm);
    if (native_cell(vm, call->cells[0], CELL_KEY_CIPHER) != cipher)
        e = native_set_cell(vm, call->cells[0], CELL_KEY_CIPHER, cipher,
                            HEAP_ATOMIC);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

static ref_t cipher_of(const struct vm *vm, const struct vm_call *call)
{
    const ref_t cipher = native_cell(vm, call->cells[0], CELL_KEY_CIPHER);

    return native_is_null(vm, cipher) ? 0 : cipher;
}

bool native_key_given(struct vm *vm, const struct vm_call *call, int32_t n,
                      struct span *out)
{
    const ref_t cipher = cipher_of(vm, call);
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2), n, &r))
        return false;
    *out = native_span(&r);
    return cipher == 0 || native_cipher_decipher(vm, call, cipher, *out, out);
}

bool native_key_given_exactly(struct vm *vm, const struct vm_call *call,
                              int32_t n, struct span *out)
{
    const ref_t cipher = cipher_of(vm, call);
    size_t sealed = (size_t)n;

    /* the array is what is looked at first */
    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2), 0,
                      &(struct native_range){.n = 0}) ||
        (cipher != 0 &&
         !native_cipher_sealed(vm, call, cipher, (size_t)n, &sealed)) ||
        !native_key_given(vm, call, (int32_t)sealed, out))
        return false;
    if (out->n == (size_t)n)
        return true;
    (void)native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return false;
}
