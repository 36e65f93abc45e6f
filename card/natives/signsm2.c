/*
 * SM2 [GB/T 32918.2] with SM3; a signature is r and s, each as long as the
 * order.  Before the message goes Z, the digest of the signer's name and key:
 * the name is what init() is given, or else the one that all use who have none
 * [GM/T 0009 10; RFC 8998 3.2.1].  A digest from elsewhere is of Z and the
 * message.  Oracle's pages that could be had do not tell how the name comes.
 */
#include "natives/signhash.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/hash.h"
#include "crypto/sm2.h"
#include "natives/ec.h"

enum {
    SIG_CIPHER_SM2 = 11,
    ALG_SM3 = 12,
    BEGUN_AT = SIGNHASH_32,       /* u1: Z is in the digest */
    KEPT = 1 + CRYPTO_SM2_DIGEST, /* u1: there is a Z; Z */
    STATE = BEGUN_AT + 1 + KEPT,
};

static bool available(const struct crypto_port *crypto,
                      const struct signature_algorithm *row)
{
    return crypto->ec != NULL && crypto->ec->sm2_sign != NULL &&
           native_signhash_available(crypto, row);
}

static bool serves(const struct signature_job *job)
{
    const bool fits = job->mode == SIGNATURE_MODE_SIGN
                          ? native_ec_is_private(&job->key)
                          : native_ec_is_public(&job->key);

    return (fits && job->key.family != KEY_EC_F2M_PUBLIC &&
            job->key.family != KEY_EC_F2M_PRIVATE) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

/* ---- Z ---- */

static bool find_z(const struct signature_job *job, struct span id, uint8_t *z)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    uint8_t point[CRYPTO_EC_POINT_MAX];
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;
    struct span of = {NULL, 0};
    enum err e = ERR_OK;

    if (!native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    of = native_ec_value(job->vm, &job->key);
    if (job->mode == SIGNATURE_MODE_SIGN) {
        e = crypto->ec->multiply(crypto->ctx, &curve, of, span_of(NULL, 0),
                                 point);
        of = span_of(point, 1 + 2 * crypto_ec_field_size(&curve));
    }
    if (e == ERR_OK)
        e = crypto_sm2_z(crypto, &curve, of, id, z);
    return native_signature_done(job, e);
}

static bool init(const struct signature_job *job, struct span parameters)
{
    uint8_t *kept = job->engine.state + BEGUN_AT + 1;

    if (parameters.p == NULL)
        return true;
    if (!find_z(job, parameters, kept + 1))
        return false;
    kept[0] = 1;
    return true;
}

/* Z goes into the digest before all else. */
static bool begin(const struct signature_job *job)
{
    static const uint8_t nobody[] = {'1', '2', '3', '4', '5', '6', '7', '8',
                                     '1', '2', '3', '4', '5', '6', '7', '8'};
    const uint8_t *kept = job->engine.state + BEGUN_AT + 1;
    uint8_t z[CRYPTO_SM2_DIGEST];

    if (job->engine.state[BEGUN_AT] != 0)
        return true;
    if (kept[0] != 0)
        memcpy(z, kept + 1, sizeof z);
    else if (!find_z(job, span_of(nobody, sizeof nobody), z))
        return false;
    if (!native_signhash_update(job, span_of(z, sizeof z)))
        return false;
    job->engine.state[BEGUN_AT] = 1;
    return true;
}

/* ---- signing and verifying ---- */

static bool update(const struct signature_job *job, struct span in)
{
    return begin(job) && native_signhash_update(job, in);
}

static bool sign_digest(const struct signature_job *job, struct span digest,
                        uint8_t *signature, size_t *n)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    if (!native_signhash_fits(job, digest) ||
        !native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    const size_t order = crypto_ec_order_size(&curve);
    *n = 2 * order;
    return native_signature_done(
        job, crypto->ec->sm2_sign(crypto->ctx, &curve,
                                  native_ec_value(job->vm, &job->key), digest,
                                  signature, signature + order));
}

static bool verify_digest(const struct signature_job *job, struct span digest,
                          struct span signature, bool *right)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    *right = false;
    if (!native_signhash_fits(job, digest) ||
        !native_ec_curve(job->vm, &job->key, &memory, &curve))
        return false;
    const size_t order = crypto_ec_order_size(&curve);
    if (signature.n != 2 * order)
        return true;
    return native_signature_done(
        job, crypto->ec->sm2_verify(
                 crypto->ctx, &curve, native_ec_value(job->vm, &job->key),
                 digest, span_of(signature.p, order),
                 span_of(signature.p + order, order), right));
}

static bool sign(const struct signature_job *job, struct span in,
                 uint8_t *signature, size_t *n)
{
    return begin(job) && native_signhash_sign(job, in, signature, n);
}

static bool verify(const struct signature_job *job, struct span in,
                   struct span signature, bool *right)
{
    return begin(job) && native_signhash_verify(job, in, signature, right);
}

static uint16_t length(const struct signature_job *job)
{
    struct crypto_ec_values memory;
    struct crypto_ec_curve curve;

    return native_ec_curve(job->vm, &job->key, &memory, &curve)
               ? (uint16_t)(2 * crypto_ec_order_size(&curve))
               : 0;
}

static const struct signature_operations operations = {
    .serves = serves,
    .init = init,
    .update = update,
    .sign = sign,
    .verify = verify,
    .sign_digest = sign_digest,
    .verify_digest = verify_digest,
    .kept = KEPT,
    .length = length,
    .available = available,
};

static const struct signature_algorithm rows[] = {
    {0, ALG_SM3, SIG_CIPHER_SM2, 0, CRYPTO_SM3, STATE, NULL, &operations},
};

const struct signature_family native_signature_sm2 = {rows, sizeof rows /
                                                                sizeof rows[0]};
