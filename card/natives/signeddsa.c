/*
 * EdDSA without prehash [RFC 8032 5.1, 5.2].  The message goes through the
 * digest twice, so all of it has to be there at the end: what update() brings
 * waits in the engine's state.  The variants with a prehash need a domain
 * separator inside, which the primitives of lib/crypto do not take: a card has
 * no SIG_CIPHER_EDDSAPH.  [JCAPI Signature]
 */
#include "natives/signhash.h"

#include <string.h>

#include "natives/xec.h"

enum {
    ANY_CURVE = 0xFF, /* tag of a row that takes both */
    WAITING_MAX = 510,
    STATE = 2 + WAITING_MAX, /* u2 count, bytes */
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
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct span message;

    *n = 2 * crypto_xec_key_size(curve_of(job));
    return gather(job, in, &message) &&
           native_signature_done(
               job, crypto->xec->sign(crypto->ctx, curve_of(job),
                                      native_xec_value(job->vm, &job->key).p,
                                      message, signature));
}

static bool verify(const struct signature_job *job, struct span in,
                   struct span signature, bool *right)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct span message;

    *right = false;
    if (!gather(job, in, &message))
        return false;
    if (signature.n != 2 * crypto_xec_key_size(curve_of(job)))
        return true;
    return native_signature_done(
        job, crypto->xec->verify(crypto->ctx, curve_of(job),
                                 native_xec_value(job->vm, &job->key).p,
                                 message, signature.p, right));
}

static uint16_t length(const struct signature_job *job)
{
    return (uint16_t)(2 * crypto_xec_key_size(curve_of(job)));
}

static const struct signature_operations operations = {
    .serves = serves,
    .update = update,
    .sign = sign,
    .verify = verify,
    .length = length,
    .available = available,
};

/* SIG_CIPHER_EDDSA, EDDSA_ED25519 and EDDSA_ED448 with ALG_NULL: the digest is
 * that of the curve. */
static const struct signature_algorithm rows[] = {
    {0, 0, 13, 0, ANY_CURVE, STATE, NULL, &operations},
    {0, 0, 15, 0, CRYPTO_ED25519, STATE, NULL, &operations},
    {0, 0, 16, 0, CRYPTO_ED448, STATE, NULL, &operations},
};

const struct signature_family native_signature_eddsa = {
    rows, sizeof rows / sizeof rows[0]};
