/*
 * DSA [FIPS 186-4 4] with every digest, of which as many leading bits count as
 * q has; signatures in DER.
 */
#include "natives/signhash.h"

#include "crypto/dl.h"
#include "crypto/ec.h"
#include "natives/signder.h"

enum { SIG_CIPHER_DSA = 4 };

static bool has_dl(const struct crypto_port *crypto,
                   const struct signature_algorithm *row)
{
    (void)row;
    return crypto->dl != NULL;
}

static bool available(const struct crypto_port *crypto,
                      const struct signature_algorithm *row)
{
    return crypto->dl != NULL && native_signhash_available(crypto, row);
}

static bool serves(const struct signature_job *job)
{
    return job->key.family == (job->mode == SIGNATURE_MODE_SIGN
                                   ? KEY_DSA_PRIVATE
                                   : KEY_DSA_PUBLIC) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

/* Of a key that is ready: the domain, and x or y. */
static struct crypto_dl_domain domain_of(const struct signature_job *job,
                                         struct span *value)
{
    struct crypto_dl_domain d = {.p = {NULL, 0}};

    (void)native_key_part(job->vm, &job->key, KEY_P, &d.p);
    (void)native_key_part(job->vm, &job->key, KEY_Q, &d.q);
    (void)native_key_part(job->vm, &job->key, KEY_G, &d.g);
    (void)native_key_part(job->vm, &job->key,
                          job->key.family == KEY_DSA_PRIVATE ? KEY_X : KEY_Y,
                          value);
    d.q = crypto_number(d.q);
    return d;
}

static bool sign_value(const struct signature_job *job, struct span digest,
                       uint8_t *signature, size_t *n)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct buf b = buf_of(signature, SIGNATURE_MAX);
    uint8_t r[CRYPTO_DL_ORDER_MAX];
    uint8_t s[CRYPTO_DL_ORDER_MAX];
    struct span x = {NULL, 0};
    const struct crypto_dl_domain d = domain_of(job, &x);
    enum err e = crypto->dl->sign(crypto->ctx, &d, x, digest, r, s);

    if (e == ERR_OK)
        e = native_signder_put(&b, span_of(r, d.q.n), span_of(s, d.q.n));
    *n = b.n;
    return native_signature_done(job, e);
}

static bool verify_value(const struct signature_job *job, struct span digest,
                         struct span signature, bool *right)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct span y = {NULL, 0};
    const struct crypto_dl_domain d = domain_of(job, &y);
    struct span r;
    struct span s;

    *right = false;
    return !native_signder_take(signature, &r, &s) ||
           native_signature_done(job, crypto->dl->verify(crypto->ctx, &d, y,
                                                         digest, r, s, right));
}

static bool sign_digest(const struct signature_job *job, struct span digest,
                        uint8_t *signature, size_t *n)
{
    return native_signhash_fits(job, digest) &&
           sign_value(job, digest, signature, n);
}

static bool verify_digest(const struct signature_job *job, struct span digest,
                          struct span signature, bool *right)
{
    return native_signhash_fits(job, digest) &&
           verify_value(job, digest, signature, right);
}

static uint16_t length(const struct signature_job *job)
{
    struct span value = {NULL, 0};

    return native_signder_length(domain_of(job, &value).q);
}

static const struct signature_operations operations = {
    .serves = serves,
    .update = native_signhash_update,
    .sign = native_signhash_sign,
    .verify = native_signhash_verify,
    .sign_digest = sign_digest,
    .verify_digest = verify_digest,
    .resume = native_signhash_resume,
    .length = length,
    .available = available,
};

/* Of digests alone: a digest that comes in pieces is kept nowhere. */
static const struct signature_operations of_digests = {
    .serves = serves,
    .update = native_signhash_refuse_pieces,
    .sign = sign_value,
    .verify = verify_value,
    .sign_digest = sign_value,
    .verify_digest = verify_value,
    .length = length,
    .available = has_dl,
};

#define ROW(number, md, digest, state)                                         \
    {                                                                          \
        number, md, SIG_CIPHER_DSA, 0, digest, state, NULL, &operations        \
    }

/* ALG_DSA_SHA and MessageDigest.ALG_*; [JCAPI Signature] */
static const struct signature_algorithm rows[] = {
    ROW(14, 1, CRYPTO_SHA1, SIGNHASH_32),
    ROW(0, 7, CRYPTO_SHA224, SIGNHASH_32),
    ROW(0, 4, CRYPTO_SHA256, SIGNHASH_32),
    ROW(0, 5, CRYPTO_SHA384, SIGNHASH_64),
    ROW(0, 6, CRYPTO_SHA512, SIGNHASH_64),
    ROW(0, 8, CRYPTO_SHA3_224, SIGNHASH_SHA3),
    ROW(0, 9, CRYPTO_SHA3_256, SIGNHASH_SHA3),
    ROW(0, 10, CRYPTO_SHA3_384, SIGNHASH_SHA3),
    ROW(0, 11, CRYPTO_SHA3_512, SIGNHASH_SHA3),
    ROW(0, 2, CRYPTO_MD5, SIGNHASH_32),
    ROW(0, 3, CRYPTO_RIPEMD160, SIGNHASH_32),
    ROW(0, 12, CRYPTO_SM3, SIGNHASH_32),
    {0, 0, SIG_CIPHER_DSA, 0, 0, 0, NULL, &of_digests},
};

const struct signature_family native_signature_dsa = {rows, sizeof rows /
                                                                sizeof rows[0]};
