/*
 * javacard.security: keys that are one secret.  Parity bits of DES keys are
 * kept as they come and mean nothing.
 */
#include "natives/keys.h"
#include "natives/natives.h"

enum { BITS_A_BYTE = 8 };

/* Which key it is, and how many bytes it takes.  False: thrown. */
static bool open_key(struct vm *vm, const struct vm_call *call, struct key *key,
                     int32_t *n)
{
    if (!native_key_open(vm, call, call->cells[0], key))
        return false;
    *n = key->size / BITS_A_BYTE;
    return true;
}

static enum vm_native_result put(struct vm *vm, const struct key *key,
                                 struct span value)
{
    return native_key_put(vm, key, KEY_VALUE, value) ? VM_NATIVE_DONE
                                                     : VM_NATIVE_THREW;
}

enum vm_native_result native_key_set_secret(struct vm *vm,
                                            const struct vm_call *call)
{
    struct span value;
    struct key key;
    int32_t n = 0;

    if (!open_key(vm, call, &key, &n) ||
        !native_key_given_exactly(vm, call, n, &value))
        return VM_NATIVE_THREW;
    return put(vm, &key, value);
}

/* At least a byte, or, `exact`, as many as the key was built for. */
static enum vm_native_result set_given(struct vm *vm,
                                       const struct vm_call *call, bool exact)
{
    struct span value;
    struct key key;
    int32_t n = 0;

    if (!open_key(vm, call, &key, &n) ||
        !native_key_given(vm, call, native_short(call, 3), &value))
        return VM_NATIVE_THREW;
    if (exact ? value.n != (size_t)n : value.n == 0)
        return native_throw_crypto(vm, CRYPTO_ILLEGAL_VALUE);
    return put(vm, &key, value);
}

enum vm_native_result native_key_set_generic(struct vm *vm,
                                             const struct vm_call *call)
{
    return set_given(vm, call, true);
}

/* Of any length that getKey() can tell, whatever size the key was built for. */
enum vm_native_result native_key_set_hmac(struct vm *vm,
                                          const struct vm_call *call)
{
    return set_given(vm, call, false);
}

enum vm_native_result native_key_get_secret(struct vm *vm,
                                            const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_VALUE);
}

/* A byte: 200 is -56. */
enum vm_native_result native_key_get_hmac(struct vm *vm,
                                          const struct vm_call *call)
{
    struct span value;
    struct key key;

    if (native_key_get(vm, call, KEY_VALUE) != VM_NATIVE_DONE ||
        !native_key_open(vm, call, call->cells[0], &key) ||
        !native_key_part(vm, &key, KEY_VALUE, &value))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int8_t)(uint8_t)value.n);
}
