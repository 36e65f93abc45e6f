/*
 * ECDSA [FIPS 186-5 6] with every digest: signatures in DER, as X9.62 has
 * them, or plain, r and s one after the other, each as long as the order
 * [BSI TR-03111 5.2].  What verifies is what would be signed: another spelling
 * of the same two numbers is wrong.
 */
#include "natives/signhash.h"

#include "base/ct.h"
#include "natives/ec.h"

enum {
    SIG_CIPHER_ECDSA = 5,
    SIG_CIPHER_ECDSA_PLAIN = 9,
    DER_SEQUENCE = 0x30,
    DER_INTEGER = 0x02,
    DER_LONG = 0x81,
    DER_SHORT_MAX = 0x7F,
    SIGN_BIT = 0x80,
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

/* Bytes of an INTEGER, or of the longest there can be. */
static size_t integer_size(struct span n)
{
    n = crypto_number(n);
    return n.n == 0 || (n.p[0] & SIGN_BIT) != 0 ? n.n + 1 : n.n;
}

static enum err put_integer(struct buf *b, struct span n)
{
    const size_t size = integer_size(n);
    enum err e = buf_put_u1(b, DER_INTEGER);

    n = crypto_number(n);
    if (e == ERR_OK)
        e = buf_put_u1(b, (uint8_t)size);
    if (e == ERR_OK && size > n.n)
        e = buf_put_u1(b, 0);
    return e == ERR_OK ? buf_put_span(b, n) : e;
}

static enum err put_der(struct buf *b, struct span r, struct span s)
{
    const size_t size = 4 + integer_size(r) + integer_size(s);
    enum err e = buf_put_u1(b, DER_SEQUENCE);

    if (e == ERR_OK && size > DER_SHORT_MAX)
        e = buf_put_u1(b, DER_LONG);
    if (e == ERR_OK)
        e = buf_put_u1(b, (uint8_t)size);
    if (e == ERR_OK)
        e = put_integer(b, r);
    return e == ERR_OK ? put_integer(b, s) : e;
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
        e = put_der(&b, r, s);
    }
    *n = b.n;
    return native_signature_done(job, e);
}

/* A positive INTEGER in the shortest form; false: it is none. */
static bool take_integer(struct span *in, struct span *n)
{
    uint8_t tag = 0;

    if (span_take_u1(in, &tag) != ERR_OK || tag != DER_INTEGER ||
        span_take_lv(in, n) != ERR_OK || n->n == 0 || n->n > DER_SHORT_MAX)
        return false;
    const bool zero = n->p[0] == 0;
    return (n->p[0] & SIGN_BIT) == 0 &&
           (!zero || (n->n > 1 && (n->p[1] & SIGN_BIT) != 0));
}

static bool take_der(struct span in, struct span *r, struct span *s)
{
    uint8_t tag = 0;
    uint8_t size = 0;

    if (span_take_u1(&in, &tag) != ERR_OK || tag != DER_SEQUENCE ||
        span_take_u1(&in, &size) != ERR_OK)
        return false;
    if (size == DER_LONG) {
        if (span_take_u1(&in, &size) != ERR_OK || size <= DER_SHORT_MAX)
            return false;
    } else if (size > DER_SHORT_MAX) {
        return false;
    }
    return in.n == size && take_integer(&in, r) && take_integer(&in, s) &&
           in.n == 0;
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
            : !take_der(signature, &r, &s))
        return true;
    return native_signature_done(
        job, crypto->ec->verify(crypto->ctx, &curve,
                                native_ec_value(job->vm, &job->key), digest, r,
                                s, right));
}

static bool sign(const struct signature_job *job, struct span in,
                 uint8_t *signature, size_t *n)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];

    return native_signhash_finish(job, in, digest) &&
           sign_value(job,
                      span_of(digest, crypto_digest_size(
                                          native_signhash_of(job->algorithm))),
                      signature, n);
}

static bool verify(const struct signature_job *job, struct span in,
                   struct span signature, bool *right)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];

    return native_signhash_finish(job, in, digest) &&
           verify_value(job,
                        span_of(digest, crypto_digest_size(native_signhash_of(
                                            job->algorithm))),
                        signature, right);
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

/* The longest: of two numbers that fill the order, one bit more each where
 * the order fills its bytes. */
static uint16_t length(const struct signature_job *job)
{
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return 0;
    const size_t order = crypto_ec_order_size(&curve);
    if (is_plain(job))
        return (uint16_t)(2 * order);
    const size_t content = 2 * (2 + integer_size(curve.n));
    return (uint16_t)(content + (content > DER_SHORT_MAX ? 3 : 2));
}

static const struct signature_operations operations = {
    .serves = serves,
    .update = native_signhash_update,
    .sign = sign,
    .verify = verify,
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

/* A digest that comes in pieces is kept nowhere. */
static bool refuse_pieces(const struct signature_job *job, struct span in)
{
    (void)in;
    return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
}

static const struct signature_operations of_digests = {
    .serves = serves,
    .update = refuse_pieces,
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
