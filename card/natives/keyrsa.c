/*
 * javacard.security.RSAPublicKey, RSAPrivateKey, RSAPrivateCrtKey.  Parts come
 * back as they were set; a modulus is exactly as long as the key is, the
 * others at most as long as they can be.
 */
#include "natives/keyrsa.h"

#include "base/ct.h"
#include "natives/natives.h"

bool native_rsa_is_public(const struct key *key)
{
    return key->family == KEY_RSA_PUBLIC;
}

bool native_rsa_is_private(const struct key *key)
{
    return key->family == KEY_RSA_PRIVATE || key->family == KEY_RSA_CRT;
}

/* ---- parts ---- */

enum vm_native_result native_rsa_set_modulus(struct vm *vm,
                                             const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_MODULUS, true);
}

enum vm_native_result native_rsa_get_modulus(struct vm *vm,
                                             const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_MODULUS);
}

enum vm_native_result native_rsa_set_exponent(struct vm *vm,
                                              const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_EXPONENT, false);
}

enum vm_native_result native_rsa_get_exponent(struct vm *vm,
                                              const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_EXPONENT);
}

enum vm_native_result native_rsa_set_p(struct vm *vm,
                                       const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_P, false);
}

enum vm_native_result native_rsa_get_p(struct vm *vm,
                                       const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_P);
}

enum vm_native_result native_rsa_set_q(struct vm *vm,
                                       const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_Q, false);
}

enum vm_native_result native_rsa_get_q(struct vm *vm,
                                       const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_Q);
}

enum vm_native_result native_rsa_set_dp1(struct vm *vm,
                                         const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_DP1, false);
}

enum vm_native_result native_rsa_get_dp1(struct vm *vm,
                                         const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_DP1);
}

enum vm_native_result native_rsa_set_dq1(struct vm *vm,
                                         const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_DQ1, false);
}

enum vm_native_result native_rsa_get_dq1(struct vm *vm,
                                         const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_DQ1);
}

enum vm_native_result native_rsa_set_pq(struct vm *vm,
                                        const struct vm_call *call)
{
    return native_key_set(vm, call, KEY_PQ, false);
}

enum vm_native_result native_rsa_get_pq(struct vm *vm,
                                        const struct vm_call *call)
{
    return native_key_get(vm, call, KEY_PQ);
}

/* ---- the operation ---- */

static struct span part(const struct vm *vm, const struct key *key,
                        enum key_part which)
{
    struct span bytes = {NULL, 0};

    (void)native_key_part(vm, key, which, &bytes);
    return bytes;
}

enum err native_rsa_power(struct vm *vm, const struct key *key,
                          const uint8_t *in, uint8_t *out)
{
    const struct crypto_port *crypto = native_crypto(vm);

    if (crypto->rsa == NULL)
        return ERR_UNSUPPORTED;
    if (native_rsa_is_public(key))
        return crypto->rsa->encrypt(crypto->ctx, part(vm, key, KEY_MODULUS),
                                    part(vm, key, KEY_EXPONENT), in, out);
    const struct crypto_rsa_private parts = {
        .n = part(vm, key, KEY_MODULUS),
        .d = part(vm, key, KEY_EXPONENT),
        .p = part(vm, key, KEY_P),
        .q = part(vm, key, KEY_Q),
        .dp = part(vm, key, KEY_DP1),
        .dq = part(vm, key, KEY_DQ1),
        .qinv = part(vm, key, KEY_PQ),
    };
    return crypto->rsa->decrypt(crypto->ctx, &parts, in, out,
                                native_rsa_size(key));
}

/* ---- pairs ---- */

static const uint8_t usual_exponent[] = {1, 0, 1};

/* The exponent that the public key has, or the usual one. */
static struct span exponent_of(struct vm *vm, const struct key *public_key)
{
    struct span e = {NULL, 0};

    return native_key_part(vm, public_key, KEY_EXPONENT, &e)
               ? e
               : span_of(usual_exponent, sizeof usual_exponent);
}

struct value {
    enum key_part part;
    const uint8_t *p;
    size_t n;
};

static bool put_all(struct vm *vm, const struct key *key,
                    const struct value *values, size_t count)
{
    bool done = true;

    for (size_t i = 0; i < count && done; i++)
        done = native_key_put(vm, key, values[i].part,
                              span_of(values[i].p, values[i].n));
    return done;
}

static bool put_private(struct vm *vm, const struct key *key,
                        const struct secret_crypto_rsa_pair *pair)
{
    const size_t k = native_rsa_size(key);
    const size_t half = (k + 1) / 2;
    const struct value plain[] = {{KEY_MODULUS, pair->n, k},
                                  {KEY_EXPONENT, pair->d, k}};
    const struct value crt[] = {{KEY_P, pair->p, half},
                                {KEY_Q, pair->q, half},
                                {KEY_DP1, pair->dp, half},
                                {KEY_DQ1, pair->dq, half},
                                {KEY_PQ, pair->qinv, half}};

    return key->family == KEY_RSA_CRT ? put_all(vm, key, crt, 5)
                                      : put_all(vm, key, plain, 2);
}

static bool put_pair(struct vm *vm, const struct key *public_key,
                     const struct key *private_key,
                     const struct secret_crypto_rsa_pair *pair)
{
    struct span e = {NULL, 0};

    return put_private(vm, private_key, pair) &&
           native_key_put(vm, public_key, KEY_MODULUS,
                          span_of(pair->n, native_rsa_size(public_key))) &&
           (native_key_part(vm, public_key, KEY_EXPONENT, &e) ||
            native_key_put(vm, public_key, KEY_EXPONENT,
                           span_of(usual_exponent, sizeof usual_exponent)));
}

bool native_rsa_generate(struct vm *vm, const struct key *public_key,
                         const struct key *private_key, uint16_t rounds)
{
    const struct crypto_port *crypto = native_crypto(vm);
    struct secret_crypto_rsa_pair pair;
    bool done = false;
    enum err e = ERR_UNSUPPORTED;

    if (crypto->rsa != NULL)
        e = crypto->rsa->generate(crypto->ctx, public_key->size,
                                  exponent_of(vm, public_key), rounds, &pair);
    if (e == ERR_OK)
        done = put_pair(vm, public_key, private_key, &pair);
    else
        (void)native_crypto_failed(vm, e);
    wipe(&pair, sizeof pair);
    return done;
}
