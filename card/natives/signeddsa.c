/*
 * EdDSA [RFC 8032 5.1, 5.2], pure and of a prehash, both with the context that
 * init() is given; without one it is empty.  Pure EdDSA puts the message
 * through the digest twice, so all of it has to be there at the end: what
 * update() brings waits in the engine's state.  On Ed25519 a context makes it
 * Ed25519ctx.  [JCAPI Signature]
 */
#include "natives/signhash.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/hash.h"
#include "natives/xec.h"

enum {
    ANY_CURVE = 0xFF, /* tag of a row that takes both */
    CONTEXT_MAX = 255,
    KEPT = 1 + CONTEXT_MAX, /* u1 length, bytes: at the end of the state */
    WAITING_MAX = 510,
    STATE = 2 + WAITING_MAX + KEPT, /* u2 count, bytes */
    STATE_PREHASH = SIGNHASH_SHA3 + KEPT,
};

static bool available(const struct crypto_port *crypto,
                      const struct signature_algorithm *row)
{
    (void)row;
    return crypto->xec != NULL;
}

static enum crypto_xec curve_of(const struct signature_job *job)
{
    enum crypto_xec curve = CRYPTO_ED25519;

    (void)native_xec_curve(&job->key, &curve);
    return curve;
}

static bool serves(const struct signature_job *job)
{
    const enum key_family family =
        job->mode == SIGNATURE_MODE_SIGN ? KEY_XEC_PRIVATE : KEY_XEC_PUBLIC;
    const uint8_t wanted = job->algorithm->tag;
    enum crypto_xec curve = CRYPTO_X25519;

    if (job->key.family != family || !native_xec_curve(&job->key, &curve) ||
        (curve != CRYPTO_ED25519 && curve != CRYPTO_ED448))
        return native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
    return wanted == ANY_CURVE || wanted == curve ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

/* ---- the context ---- */

static uint8_t *kept(const struct signature_job *job)
{
    return job->engine.state + job->engine.state_size - KEPT;
}

static bool init(const struct signature_job *job, struct span parameters)
{
    uint8_t *at = kept(job);

    if (parameters.p == NULL)
        return true;
    if (parameters.n > CONTEXT_MAX ||
        native_crypto(job->vm)->xec->sign_as == NULL)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
    at[0] = (uint8_t)parameters.n;
    if (parameters.n != 0)
        memcpy(at + 1, parameters.p, parameters.n);
    return true;
}

static struct crypto_eddsa variant_of(const struct signature_job *job,
                                      bool prehashed)
{
    const uint8_t *at = kept(job);

    return (struct crypto_eddsa){.context = span_of(at + 1, at[0]),
                                 .prehashed = prehashed};
}

static uint16_t length(const struct signature_job *job)
{
    return (uint16_t)(2 * crypto_xec_key_size(curve_of(job)));
}

/* Ed448 with an empty context is Ed448; Ed25519 without is another variant. */
static bool seal(const struct signature_job *job, bool prehashed,
                 struct span message, uint8_t *signature, size_t *n)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_eddsa variant = variant_of(job, prehashed);
    const uint8_t *key = native_xec_value(job->vm, &job->key).p;

    *n = length(job);
    return native_signature_done(
        job, prehashed || variant.context.n != 0
                 ? crypto->xec->sign_as(crypto->ctx, curve_of(job), &variant,
                                        key, message, signature)
                 : crypto->xec->sign(crypto->ctx, curve_of(job), key, message,
                                     signature));
}

static bool check(const struct signature_job *job, bool prehashed,
                  struct span message, struct span signature, bool *right)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_eddsa variant = variant_of(job, prehashed);
    const uint8_t *key = native_xec_value(job->vm, &job->key).p;

    *right = false;
    if (signature.n != length(job))
        return true;
    return native_signature_done(
        job, prehashed || variant.context.n != 0
                 ? crypto->xec->verify_as(crypto->ctx, curve_of(job), &variant,
                                          key, message, signature.p, right)
                 : crypto->xec->verify(crypto->ctx, curve_of(job), key, message,
                                       signature.p, right));
}

/* ---- pure ---- */

/* The bytes that wait, and room for more. */
static struct buf waiting(const struct signature_job *job)
{
    struct buf b = buf_of(job->engine.state + 2, WAITING_MAX);

    b.n = get_u2(job->engine.state);
    return b;
}

static bool update(const struct signature_job *job, struct span in)
{
    struct buf b = waiting(job);

    if (buf_put_span(&b, in) != ERR_OK)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
    set_u2(job->engine.state, (uint16_t)b.n);
    return true;
}

/* All of the message; when nothing waits, its last part is all of it. */
static bool gather(const struct signature_job *job, struct span in,
                   struct span *message)
{
    struct buf b = waiting(job);

    *message = in;
    if (b.n == 0)
        return true;
    if (!update(job, in))
        return false;
    b = waiting(job);
    *message = buf_span(&b);
    return true;
}

static bool sign(const struct signature_job *job, struct span in,
                 uint8_t *signature, size_t *n)
{
    struct span message;

    return gather(job, in, &message) && seal(job, false, message, signature, n);
}

static bool verify(const struct signature_job *job, struct span in,
                   struct span signature, bool *right)
{
    struct span message;

    *right = false;
    return gather(job, in, &message) &&
           check(job, false, message, signature, right);
}

static const struct signature_operations pure = {
    .serves = serves,
    .init = init,
    .update = update,
    .sign = sign,
    .verify = verify,
    .kept = KEPT,
    .length = length,
    .available = available,
};

/* ---- of a prehash ---- */

static enum crypto_digest digest_of(const struct signature_job *job)
{
    return curve_of(job) == CRYPTO_ED25519 ? CRYPTO_SHA512 : CRYPTO_SHAKE256;
}

static bool fits(const struct crypto_port *crypto, enum crypto_digest digest)
{
    const size_t n = crypto->hash->state_size(digest);

    return n != 0 && n <= SIGNHASH_SHA3;
}

static bool available_prehash(const struct crypto_port *crypto,
                              const struct signature_algorithm *row)
{
    return available(crypto, row) && crypto->xec->sign_as != NULL &&
           crypto->hash != NULL && fits(crypto, CRYPTO_SHA512) &&
           fits(crypto, CRYPTO_SHAKE256);
}

static bool add(const struct signature_job *job, struct span in)
{
    const struct crypto_port *crypto = native_crypto(job->vm);

    return native_signature_done(
        job,
        crypto->hash->add(crypto->ctx, digest_of(job), job->engine.state, in));
}

static bool finish(const struct signature_job *job, struct span in,
                   uint8_t *digest)
{
    const struct crypto_port *crypto = native_crypto(job->vm);

    return (in.n == 0 || add(job, in)) &&
           native_signature_done(
               job, crypto->hash->finish(crypto->ctx, digest_of(job),
                                         job->engine.state, digest));
}

static bool is_digest(const struct signature_job *job, struct span digest)
{
    return digest.n == crypto_digest_size(digest_of(job)) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
}

static bool sign_digest(const struct signature_job *job, struct span digest,
                        uint8_t *signature, size_t *n)
{
    return is_digest(job, digest) && seal(job, true, digest, signature, n);
}

static bool verify_digest(const struct signature_job *job, struct span digest,
                          struct span signature, bool *right)
{
    return is_digest(job, digest) && check(job, true, digest, signature, right);
}

static bool sign_prehash(const struct signature_job *job, struct span in,
                         uint8_t *signature, size_t *n)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];

    return finish(job, in, digest) &&
           sign_digest(job, span_of(digest, sizeof digest), signature, n);
}

static bool verify_prehash(const struct signature_job *job, struct span in,
                           struct span signature, bool *right)
{
    uint8_t digest[CRYPTO_DIGEST_MAX];

    return finish(job, in, digest) &&
           verify_digest(job, span_of(digest, sizeof digest), signature, right);
}

static const struct signature_operations prehash = {
    .serves = serves,
    .init = init,
    .update = add,
    .sign = sign_prehash,
    .verify = verify_prehash,
    .sign_digest = sign_digest,
    .verify_digest = verify_digest,
    .kept = KEPT,
    .length = length,
    .available = available_prehash,
};

/* SIG_CIPHER_EDDSA* with ALG_NULL: the digest is that of the curve. */
static const struct signature_algorithm rows[] = {
    {0, 0, 13, 0, ANY_CURVE, STATE, NULL, &pure},
    {0, 0, 15, 0, CRYPTO_ED25519, STATE, NULL, &pure},
    {0, 0, 16, 0, CRYPTO_ED448, STATE, NULL, &pure},
    {0, 0, 14, 0, ANY_CURVE, STATE_PREHASH, NULL, &prehash},
    {0, 0, 17, 0, CRYPTO_ED25519, STATE_PREHASH, NULL, &prehash},
    {0, 0, 18, 0, CRYPTO_ED448, STATE_PREHASH, NULL, &prehash},
};

const struct signature_family native_signature_eddsa = {
    rows, sizeof rows / sizeof rows[0]};
