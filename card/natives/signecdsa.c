/*
 * ECDSA [FIPS 186-5 6] with every digest: signatures in DER, as X9.62 has
 * them, or plain, r and s one after the other, each as long as the order
 * [BSI TR-03111 5.2].  What verifies is what would be signed: another spelling
 * of the same two numbers is wrong.
 */
#include "natives/signhash.h"

#include "base/ct.h"
#include "natives/ec.h"
#include "natives/signder.h"

enum {
    SIG_CIPHER_ECDSA = 5,
    SIG_CIPHER_ECDSA_PLAIN = 9,
};

static bool available(const struct crypto_port *crypto,
                      const struct signature_algorithm *row)
{
    return crypto->ec != NULL && native_signhash_available(crypto, row);
}

static bool serves(const struct signature_job *job)
{
    const bool fits = job->mode == SIGNATURE_MODE_SIGN
                          ? native_ec_is_private(&job->key)
                          : native_ec_is_public(&job->key);

    return fits || native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

/* ---- spelling ---- */

/* r and s as a port gives and takes them. */
struct pair {
    uint8_t r[CRYPTO_EC_ORDER_MAX];
    uint8_t s[CRYPTO_EC_ORDER_MAX];
    size_t order;
};

static bool is_plain(const struct signature_job *job)
{
    return job->algorithm->cipher == SIG_CIPHER_ECDSA_PLAIN;
}

static bool spell(const struct signature_job *job, const struct pair *pair,
                  uint8_t *signature, size_t *n)
{
    struct buf b = buf_of(signature, SIGNATURE_MAX);
    const struct span r = span_of(pair->r, pair->order);
    const struct span s = span_of(pair->s, pair->order);
    enum err e = ERR_OK;

    if (is_plain(job)) {
        e = buf_put_span(&b, r);
        if (e == ERR_OK)
            e = buf_put_span(&b, s);
    } else {
        e = native_signder_put(&b, r, s);
    }
    *n = b.n;
    return native_signature_done(job, e);
}

static bool take_plain(struct span in, size_t order, struct span *r,
                       struct span *s)
{
    if (in.n != 2 * order)
        return false;
    *r = span_of(in.p, order);
    *s = span_of(in.p + order, order);
    return true;
}

/* ---- signing and verifying ---- */

static bool sign_value(const struct signature_job *job, struct span digest,
                       uint8_t *signature, size_t *n)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;
    struct pair pair = {.order = 0};

    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    pair.order = crypto_ec_order_size(&curve);
    return native_signature_done(
               job, crypto->ec->sign(crypto->ctx, &curve,
                                     native_ec_value(job->vm, &job->key),
                                     digest, pair.r, pair.s)) &&
           spell(job, &pair, signature, n);
}

static bool verify_value(const struct signature_job *job, struct span digest,
                         struct span signature, bool *right)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;
    struct span r;
    struct span s;

    *right = false;
    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    if (is_plain(job)
            ? !take_plain(signature, crypto_ec_order_size(&curve), &r, &s)
            : !native_signder_take(signature, &r, &s))
        return true;
    return native_signature_done(
        job, crypto->ec->verify(crypto->ctx, &curve,
                                native_ec_value(job->vm, &job->key), digest, r,
                                s, right));
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
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return 0;
    const size_t order = crypto_ec_order_size(&curve);
    if (is_plain(job))
        return (uint16_t)(2 * order);
    return native_signder_length(curve.n);
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

/* ---- of digests alone: there is none in the algorithm ---- */

static bool has_curves(const struct crypto_port *crypto,
                       const struct signature_algorithm *row)
{
    (void)row;
    return crypto->ec != NULL;
}

static const struct signature_operations of_digests = {
    .serves = serves,
    .update = native_signhash_refuse_pieces,
    .sign = sign_value,
    .verify = verify_value,
    .sign_digest = sign_value,
    .verify_digest = verify_value,
    .length = length,
    .available = has_curves,
};

#define ROWS(number, md, digest, state)                                        \
    {number, md, SIG_CIPHER_ECDSA, 0, digest, state, NULL, &operations},       \
    {                                                                          \
        0, md, SIG_CIPHER_ECDSA_PLAIN, 0, digest, state, NULL, &operations     \
    }

/* ALG_* and MessageDigest.ALG_*; [JCAPI Signature] */
static const struct signature_algorithm rows[] = {
    ROWS(17, 1, CRYPTO_SHA1, SIGNHASH_32),
    ROWS(37, 7, CRYPTO_SHA224, SIGNHASH_32),
    ROWS(33, 4, CRYPTO_SHA256, SIGNHASH_32),
    ROWS(34, 5, CRYPTO_SHA384, SIGNHASH_64),
    ROWS(38, 6, CRYPTO_SHA512, SIGNHASH_64),
    ROWS(0, 8, CRYPTO_SHA3_224, SIGNHASH_SHA3),
    ROWS(0, 9, CRYPTO_SHA3_256, SIGNHASH_SHA3),
    ROWS(0, 10, CRYPTO_SHA3_384, SIGNHASH_SHA3),
    ROWS(0, 11, CRYPTO_SHA3_512, SIGNHASH_SHA3),
    ROWS(0, 2, CRYPTO_MD5, SIGNHASH_32),
    ROWS(0, 3, CRYPTO_RIPEMD160, SIGNHASH_32),
    ROWS(0, 12, CRYPTO_SM3, SIGNHASH_32),
    {0, 0, SIG_CIPHER_ECDSA, 0, 0, 0, NULL, &of_digests},
    {0, 0, SIG_CIPHER_ECDSA_PLAIN, 0, 0, 0, NULL, &of_digests},
};

const struct signature_family native_signature_ecdsa = {
    rows, sizeof rows / sizeof rows[0]};
