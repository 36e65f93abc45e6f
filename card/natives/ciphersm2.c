/*
 * Encryption with SM2 [GB/T 32918.4]: C1, C3 and C2 one after the other, C1 an
 * uncompressed point.  All input comes at once: update() is an ILLEGAL_USE, as
 * is what does not decipher.  [JCAPI Cipher.CIPHER_SM2]
 */
#include "natives/cipher.h"

#include "crypto/sm2.h"
#include "natives/ec.h"

enum { CIPHER_SM2 = 13, PAD_NULL = 0 };

static bool serves(const struct cipher_job *job)
{
    const bool fits = job->engine.mode == CIPHER_MODE_ENCRYPT
                          ? native_ec_is_public(&job->key)
                          : native_ec_is_private(&job->key);

    if (native_crypto(job->vm)->ec == NULL)
        return native_refuse(job->vm, CRYPTO_NO_SUCH_ALGORITHM);
    return (fits && job->key.family != KEY_EC_F2M_PUBLIC &&
            job->key.family != KEY_EC_F2M_PRIVATE) ||
           native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

static bool run(const struct cipher_job *job, struct span in, bool last,
                uint8_t *out, size_t room, size_t *n)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const bool encrypts = job->engine.mode == CIPHER_MODE_ENCRYPT;
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;
    enum err e = ERR_RANGE;

    *n = 0;
    if (!last)
        return native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    const struct span own = native_ec_value(job->vm, &job->key);
    const size_t more = crypto_sm2_overhead(&curve);
    if (encrypts && room >= in.n + more) {
        *n = in.n + more;
        e = crypto_sm2_encrypt(crypto, &curve, own, in, out);
    } else if (!encrypts && in.n > more) {
        *n = in.n - more;
        e = crypto_sm2_decrypt(crypto, &curve, own, in, out);
    }
    if (e == ERR_RANGE)
        return native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

/* How long it is says the curve: the key is ready when this is asked. */
static size_t sealed(const struct cipher_job *job, size_t n)
{
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    return native_ec_curve(job->vm, &job->key, &memory, &curve)
               ? n + crypto_sm2_overhead(&curve)
               : n;
}

static const struct cipher_operations operations = {
    .serves = serves,
    .run = run,
    .sealed = sealed,
};

static const struct cipher_algorithm rows[] = {
    {.cipher = CIPHER_SM2, .padding = PAD_NULL, .operations = &operations},
};

const struct cipher_family native_cipher_sm2 = {rows,
                                                sizeof rows / sizeof rows[0]};
