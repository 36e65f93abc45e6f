/*
 * Signatures of RSA over a digest: PKCS#1 v1.5, PSS, and the padding of IKE,
 * which is PKCS#1 block type 1 around the bare digest [RFC 2409 5.1].
 *
 * PAD_PKCS1_PSS_EXT_PARAMETERS takes the length of the salt and the digest of
 * MGF1, which is the message's otherwise.  Oracle's pages that could be had do
 * not tell how init() is given them: here as two bytes, as PSS takes the
 * length, and one byte more, a number MessageDigest.ALG_*.
 */
#include "natives/signrsa.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/rsa_pad.h"
#include "natives/digest.h"

enum {
    SIG_CIPHER_RSA = 3,
    SALT_SIZE = 2,
    SALT_MAX = CRYPTO_RSA_MAX,
    GIVEN_SIZE = SALT_SIZE + 1, /* to init(), with the digest of MGF1 */
    KEPT = 1 + GIVEN_SIZE,      /* u1: there is one; what was given */
};

bool native_signrsa_has_key(const struct signature_job *job)
{
    return job->mode == SIGNATURE_MODE_SIGN ? native_rsa_is_private(&job->key)
                                            : native_rsa_is_public(&job->key);
}

bool native_signrsa_seal(const struct signature_job *job, uint8_t *block)
{
    const enum err e = native_rsa_power(job->vm, &job->key, block, block);

    /* its parts do not go together, or the modulus is shorter than it says */
    if (e == ERR_RANGE)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
    return native_signature_done(job, e);
}

bool native_signrsa_open(const struct signature_job *job, struct span signature,
                         uint8_t *block, bool *right)
{
    enum err e = ERR_RANGE;

    if (signature.n == native_rsa_size(&job->key))
        e = native_rsa_power(job->vm, &job->key, signature.p, block);
    *right = e == ERR_OK;
    return e == ERR_RANGE || native_signature_done(job, e);
}

uint16_t native_signrsa_length(const struct signature_job *job)
{
    return (uint16_t)native_rsa_size(&job->key);
}

static bool available(const struct crypto_port *crypto,
                      const struct signature_algorithm *row)
{
    return crypto->rsa != NULL && native_signhash_available(crypto, row);
}

/* ---- the block ---- */

/* What EXT_PARAMETERS were given; NULL: nothing, or it takes none. */
static const uint8_t *given_to(const struct signature_job *job)
{
    const uint8_t *at = job->engine.state + job->engine.state_size - KEPT;

    return job->algorithm->padding == PAD_PKCS1_PSS_EXT_PARAMETERS && at[0] != 0
               ? at + 1
               : NULL;
}

/* Of PSS: what init() was given, or as long as the digest. */
static size_t salt_size(const struct signature_job *job)
{
    const unsigned given = job->engine.mode >> SIGNATURE_MODE_BITS;

    if (given_to(job) != NULL)
        return get_u2(given_to(job));
    return given != 0 ? given - 1
                      : crypto_digest_size(native_signhash_of(job->algorithm));
}

static struct crypto_rsa_mask mask_of(const struct signature_job *job)
{
    const enum crypto_digest digest = native_signhash_of(job->algorithm);

    enum crypto_digest mgf = digest;

    if (given_to(job) != NULL)
        (void)native_digest_of(native_crypto(job->vm), given_to(job)[SALT_SIZE],
                               &mgf);
    return (struct crypto_rsa_mask){digest, mgf, {NULL, 0}};
}

static bool is_pss(const struct signature_job *job)
{
    return job->algorithm->padding == PAD_PKCS1_PSS ||
           job->algorithm->padding == PAD_PKCS1_PSS_EXT_PARAMETERS;
}

static enum err pad_pss(const struct signature_job *job, struct span digest,
                        uint8_t *block, size_t k)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_rsa_mask mask = mask_of(job);
    uint8_t salt[SALT_MAX];
    const size_t n = salt_size(job);
    enum err e = crypto->random(crypto->ctx, salt, n);

    if (e == ERR_OK)
        e = crypto_rsa_pad_pss(crypto, &mask, digest, span_of(salt, n), block,
                               k);
    wipe(salt, sizeof salt);
    return e;
}

static enum err pad(const struct signature_job *job, struct span digest,
                    uint8_t *block, size_t k)
{
    switch (job->algorithm->padding) {
    case PAD_PKCS1:
        return crypto_rsa_pad_digest(native_signhash_of(job->algorithm), digest,
                                     block, k);
    case PAD_RFC2409:
        return crypto_rsa_pad_1(digest, block, k);
    default:
        return pad_pss(job, digest, block, k);
    }
}

/* Whether the block is one of this digest; what is not random is made again. */
static bool check(const struct signature_job *job, struct span digest,
                  uint8_t *block, size_t k, bool *right)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_rsa_mask mask = mask_of(job);
    uint8_t expected[CRYPTO_RSA_MAX];
    enum err e = ERR_OK;

    if (is_pss(job))
        return native_signature_done(
            job, crypto_rsa_check_pss(crypto, &mask, digest, salt_size(job),
                                      block, k, right));
    e = pad(job, digest, expected, k);
    *right = e == ERR_OK && ct_equal(block, expected, k);
    return native_signature_done(job, e);
}

/* ---- operations ---- */

/* A key that is too short for the padding is not consistent with it. */
static bool serves(const struct signature_job *job)
{
    static const uint8_t none[CRYPTO_DIGEST_MAX];
    const enum crypto_digest digest = native_signhash_of(job->algorithm);
    const size_t size = crypto_digest_size(digest);
    const size_t k = native_rsa_size(&job->key);
    uint8_t block[CRYPTO_RSA_MAX];
    bool fits = native_signrsa_has_key(job);

    if (fits && job->algorithm->padding == PAD_PKCS1_PSS)
        fits = k >= 2 * size + 2;
    else if (fits && is_pss(job)) /* what else it takes, init() knows */
        fits = k >= size + 2;
    else if (fits)
        fits = pad(job, span_of(none, size), block, k) == ERR_OK;
    return fits || native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

/* PSS: two bytes, the length of the salt.  [JCAPI Signature.init] */
static bool init_pss(const struct signature_job *job, struct span parameters)
{
    const size_t size = crypto_digest_size(native_signhash_of(job->algorithm));
    struct engine engine = job->engine;

    if (parameters.p == NULL)
        return true;
    const unsigned salt =
        parameters.n == SALT_SIZE ? get_u2(parameters.p) : SALT_MAX;
    if (salt + size + 2 > native_rsa_size(&job->key))
        return native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
    return native_engine_set(
        job->vm, &engine, engine.algorithm, engine.key,
        (uint16_t)(job->mode | (salt + 1) << SIGNATURE_MODE_BITS));
}

/* Two bytes, the length of the salt, and one, the digest of MGF1. */
static bool init_ext(const struct signature_job *job, struct span parameters)
{
    uint8_t *at = job->engine.state + job->engine.state_size - KEPT;
    enum crypto_digest mgf = CRYPTO_SHA1;

    if (parameters.p != NULL) {
        if (parameters.n != GIVEN_SIZE ||
            !native_digest_of(native_crypto(job->vm), parameters.p[SALT_SIZE],
                              &mgf))
            return native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
        at[0] = 1;
        memcpy(at + 1, parameters.p, GIVEN_SIZE);
    }
    const size_t size = crypto_digest_size(native_signhash_of(job->algorithm));
    return salt_size(job) + size + 2 <= native_rsa_size(&job->key) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

static bool seal_digest(const struct signature_job *job, struct span digest,
                        uint8_t *signature, size_t *n)
{
    *n = native_rsa_size(&job->key);
    return native_signature_done(job, pad(job, digest, signature, *n)) &&
           native_signrsa_seal(job, signature);
}

static bool check_digest(const struct signature_job *job, struct span digest,
                         struct span signature, bool *right)
{
    uint8_t block[CRYPTO_RSA_MAX];

    return native_signrsa_open(job, signature, block, right) &&
           (!*right || check(job, digest, block, signature.n, right));
}

static bool sign_digest(const struct signature_job *job, struct span digest,
                        uint8_t *signature, size_t *n)
{
    return native_signhash_fits(job, digest) &&
           seal_digest(job, digest, signature, n);
}

static bool verify_digest(const struct signature_job *job, struct span digest,
                          struct span signature, bool *right)
{
    return native_signhash_fits(job, digest) &&
           check_digest(job, digest, signature, right);
}

static const struct signature_operations fixed = {
    .serves = serves,
    .update = native_signhash_update,
    .sign = native_signhash_sign,
    .verify = native_signhash_verify,
    .sign_digest = sign_digest,
    .verify_digest = verify_digest,
    .resume = native_signhash_resume,
    .length = native_signrsa_length,
    .available = available,
};

static const struct signature_operations pss = {
    .serves = serves,
    .init = init_pss,
    .update = native_signhash_update,
    .sign = native_signhash_sign,
    .verify = native_signhash_verify,
    .sign_digest = sign_digest,
    .verify_digest = verify_digest,
    .resume = native_signhash_resume,
    .length = native_signrsa_length,
    .available = available,
};

static const struct signature_operations pss_ext = {
    .serves = serves,
    .init = init_ext,
    .update = native_signhash_update,
    .sign = native_signhash_sign,
    .verify = native_signhash_verify,
    .sign_digest = sign_digest,
    .verify_digest = verify_digest,
    .resume = native_signhash_resume,
    .kept = KEPT,
    .length = native_signrsa_length,
    .available = available,
};

/* ---- rows ---- */

#define ROW(number, digest_number, digest, state, padding, operations)         \
    {                                                                          \
        number, digest_number, SIG_CIPHER_RSA, padding, digest, state, NULL,   \
            operations                                                         \
    }
#define RECOVERY(number, digest_number, digest, padding)                       \
    {                                                                          \
        number, digest_number, SIG_CIPHER_RSA, padding, digest,                \
            SIGNATURE_ISO_STATE, SIGNATURE_RECOVERY,                           \
            &native_signature_recovery                                         \
    }
#define EXT(digest_number, digest, state)                                      \
    ROW(0, digest_number, digest, (state) + KEPT,                              \
        PAD_PKCS1_PSS_EXT_PARAMETERS, &pss_ext)
/* Every scheme with one digest; both options, where it has a number. */
#define SCHEMES(digest_number, digest)                                         \
    RECOVERY(0, digest_number, digest, PAD_ISO9796_MR_SCHEME_2),               \
        RECOVERY(0, digest_number, digest, PAD_ISO9796_MR_SCHEME_3),           \
        RECOVERY(0, digest_number, digest, PAD_ISO9796_MR_SCHEME_1_OPT_2),     \
        RECOVERY(0, digest_number, digest, PAD_ISO9796_MR_SCHEME_2_OPT_2),     \
        RECOVERY(0, digest_number, digest, PAD_ISO9796_MR_SCHEME_3_OPT_2)
#define PLAIN(number, digest_number, digest)                                   \
    ROW(number, digest_number, digest, SIGNATURE_ISO_STATE, PAD_ISO9796,       \
        &native_signature_iso)

static const struct signature_algorithm rows[] = {
    ROW(10, 1, CRYPTO_SHA1, SIGNHASH_32, PAD_PKCS1, &fixed),
    ROW(11, 2, CRYPTO_MD5, SIGNHASH_32, PAD_PKCS1, &fixed),
    ROW(13, 3, CRYPTO_RIPEMD160, SIGNHASH_32, PAD_PKCS1, &fixed),
    ROW(39, 7, CRYPTO_SHA224, SIGNHASH_32, PAD_PKCS1, &fixed),
    ROW(40, 4, CRYPTO_SHA256, SIGNHASH_32, PAD_PKCS1, &fixed),
    ROW(41, 5, CRYPTO_SHA384, SIGNHASH_64, PAD_PKCS1, &fixed),
    ROW(42, 6, CRYPTO_SHA512, SIGNHASH_64, PAD_PKCS1, &fixed),
    ROW(0, 8, CRYPTO_SHA3_224, SIGNHASH_SHA3, PAD_PKCS1, &fixed),
    ROW(0, 9, CRYPTO_SHA3_256, SIGNHASH_SHA3, PAD_PKCS1, &fixed),
    ROW(0, 10, CRYPTO_SHA3_384, SIGNHASH_SHA3, PAD_PKCS1, &fixed),
    ROW(0, 11, CRYPTO_SHA3_512, SIGNHASH_SHA3, PAD_PKCS1, &fixed),
    ROW(0, 12, CRYPTO_SM3, SIGNHASH_32, PAD_PKCS1, &fixed),
    ROW(21, 1, CRYPTO_SHA1, SIGNHASH_32, PAD_PKCS1_PSS, &pss),
    ROW(22, 2, CRYPTO_MD5, SIGNHASH_32, PAD_PKCS1_PSS, &pss),
    ROW(23, 3, CRYPTO_RIPEMD160, SIGNHASH_32, PAD_PKCS1_PSS, &pss),
    ROW(43, 7, CRYPTO_SHA224, SIGNHASH_32, PAD_PKCS1_PSS, &pss),
    ROW(44, 4, CRYPTO_SHA256, SIGNHASH_32, PAD_PKCS1_PSS, &pss),
    ROW(45, 5, CRYPTO_SHA384, SIGNHASH_64, PAD_PKCS1_PSS, &pss),
    ROW(46, 6, CRYPTO_SHA512, SIGNHASH_64, PAD_PKCS1_PSS, &pss),
    ROW(0, 8, CRYPTO_SHA3_224, SIGNHASH_SHA3, PAD_PKCS1_PSS, &pss),
    ROW(0, 9, CRYPTO_SHA3_256, SIGNHASH_SHA3, PAD_PKCS1_PSS, &pss),
    ROW(0, 10, CRYPTO_SHA3_384, SIGNHASH_SHA3, PAD_PKCS1_PSS, &pss),
    ROW(0, 11, CRYPTO_SHA3_512, SIGNHASH_SHA3, PAD_PKCS1_PSS, &pss),
    ROW(15, 1, CRYPTO_SHA1, SIGNHASH_32, PAD_RFC2409, &fixed),
    ROW(16, 2, CRYPTO_MD5, SIGNHASH_32, PAD_RFC2409, &fixed),
    PLAIN(9, 1, CRYPTO_SHA1),
    PLAIN(12, 3, CRYPTO_RIPEMD160),
    PLAIN(0, 7, CRYPTO_SHA224),
    PLAIN(0, 4, CRYPTO_SHA256),
    PLAIN(0, 5, CRYPTO_SHA384),
    PLAIN(0, 6, CRYPTO_SHA512),
    RECOVERY(30, 1, CRYPTO_SHA1, PAD_ISO9796_MR),
    RECOVERY(31, 3, CRYPTO_RIPEMD160, PAD_ISO9796_MR),
    RECOVERY(0, 7, CRYPTO_SHA224, PAD_ISO9796_MR),
    RECOVERY(0, 4, CRYPTO_SHA256, PAD_ISO9796_MR),
    RECOVERY(0, 5, CRYPTO_SHA384, PAD_ISO9796_MR),
    RECOVERY(0, 6, CRYPTO_SHA512, PAD_ISO9796_MR),
    SCHEMES(1, CRYPTO_SHA1),
    SCHEMES(3, CRYPTO_RIPEMD160),
    SCHEMES(7, CRYPTO_SHA224),
    SCHEMES(4, CRYPTO_SHA256),
    SCHEMES(5, CRYPTO_SHA384),
    SCHEMES(6, CRYPTO_SHA512),
    EXT(1, CRYPTO_SHA1, SIGNHASH_32),
    EXT(2, CRYPTO_MD5, SIGNHASH_32),
    EXT(3, CRYPTO_RIPEMD160, SIGNHASH_32),
    EXT(7, CRYPTO_SHA224, SIGNHASH_32),
    EXT(4, CRYPTO_SHA256, SIGNHASH_32),
    EXT(5, CRYPTO_SHA384, SIGNHASH_64),
    EXT(6, CRYPTO_SHA512, SIGNHASH_64),
    EXT(8, CRYPTO_SHA3_224, SIGNHASH_SHA3),
    EXT(9, CRYPTO_SHA3_256, SIGNHASH_SHA3),
    EXT(10, CRYPTO_SHA3_384, SIGNHASH_SHA3),
    EXT(11, CRYPTO_SHA3_512, SIGNHASH_SHA3),
    EXT(12, CRYPTO_SM3, SIGNHASH_32),
};

const struct signature_family native_signature_rsa = {rows, sizeof rows /
                                                                sizeof rows[0]};
