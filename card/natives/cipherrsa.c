/*
 * Ciphers of RSA.  All input is gathered until the last; then one operation is
 * done.  What does not fit the padding, or is not padded right, is an
 * ILLEGAL_USE.  [JCAPI Cipher.doFinal]
 *
 * PAD_PKCS1_OAEP_EXT_PARAMETERS takes the digests of OAEP and of MGF1, which
 * are SHA-1 otherwise.  Oracle's pages that could be had do not tell how init()
 * is given them: here as two numbers MessageDigest.ALG_*, a byte each.
 */
#include "natives/cipher.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/rsa_pad.h"
#include "natives/digest.h"
#include "natives/keyrsa.h"

enum {
    CIPHER_RSA = 7,
    PAD_NOPAD = 1,
    PAD_PKCS1 = 7,
    PAD_PKCS1_OAEP = 9,
    PAD_PKCS1_OAEP_SHA224 = 13,
    PAD_PKCS1_OAEP_SHA256,
    PAD_PKCS1_OAEP_SHA384,
    PAD_PKCS1_OAEP_SHA512,
    PAD_PKCS1_OAEP_SHA3_224,
    PAD_PKCS1_OAEP_SHA3_256,
    PAD_PKCS1_OAEP_SHA3_384,
    PAD_PKCS1_OAEP_SHA3_512,
    PAD_PKCS1_OAEP_EXT_PARAMETERS = 24,
    DIGESTS_GIVEN = 2,
};

struct gathered {
    uint16_t n;
    uint8_t bytes[CRYPTO_RSA_MAX];
    uint8_t digest; /* what EXT_PARAMETERS were given; SHA-1 is 0 */
    uint8_t mgf;
};

static bool done(const struct cipher_job *job, enum err e)
{
    if (e == ERR_RANGE)
        return native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

static bool is_oaep(const struct cipher_job *job)
{
    return job->algorithm->padding >= PAD_PKCS1_OAEP;
}

static bool takes_digests(const struct cipher_job *job)
{
    return job->algorithm->padding == PAD_PKCS1_OAEP_EXT_PARAMETERS;
}

static struct crypto_rsa_mask mask_of(const struct cipher_job *job)
{
    const struct gathered *g =
        (const struct gathered *)(const void *)job->engine.state;
    const enum crypto_digest digest = (enum crypto_digest)job->algorithm->tag;

    if (takes_digests(job))
        return (struct crypto_rsa_mask){(enum crypto_digest)g->digest,
                                        (enum crypto_digest)g->mgf,
                                        {NULL, 0}};
    return (struct crypto_rsa_mask){digest, digest, {NULL, 0}};
}

static bool has_room(const struct cipher_job *job)
{
    return native_rsa_size(&job->key) >=
           2 * crypto_digest_size(mask_of(job).digest) + 2;
}

/* OAEP is for secrets alone, and needs room for two digests. */
static bool serves(const struct cipher_job *job)
{
    const bool encrypts = job->engine.mode == CIPHER_MODE_ENCRYPT;
    bool fits =
        native_rsa_is_public(&job->key) || native_rsa_is_private(&job->key);

    if (fits && is_oaep(job))
        fits = encrypts == native_rsa_is_public(&job->key) &&
               (takes_digests(job) || has_room(job));
    return fits || native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

static bool init_digests(const struct cipher_job *job, struct span parameters)
{
    struct gathered *g = (struct gathered *)(void *)job->engine.state;
    const struct crypto_port *crypto = native_crypto(job->vm);
    enum crypto_digest digest = CRYPTO_SHA1;
    enum crypto_digest mgf = CRYPTO_SHA1;

    if (parameters.p != NULL &&
        (parameters.n != DIGESTS_GIVEN ||
         !native_digest_of(crypto, parameters.p[0], &digest) ||
         !native_digest_of(crypto, parameters.p[1], &mgf)))
        return native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
    g->digest = (uint8_t)digest;
    g->mgf = (uint8_t)mgf;
    return has_room(job) || native_refuse(job->vm, CRYPTO_ILLEGAL_VALUE);
}

static enum err pad(const struct cipher_job *job, struct span in,
                    uint8_t *block, size_t k)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_rsa_mask mask = mask_of(job);

    if (is_oaep(job))
        return crypto_rsa_pad_oaep(crypto, &mask, in, block, k);
    if (job->algorithm->padding == PAD_PKCS1)
        return native_rsa_is_public(&job->key)
                   ? crypto_rsa_pad_2(crypto, in, block, k)
                   : crypto_rsa_pad_1(in, block, k);
    if (in.n != k)
        return ERR_RANGE;
    memcpy(block, in.p, k);
    return ERR_OK;
}

static enum err unpad(const struct cipher_job *job, uint8_t *block, size_t k,
                      struct span *out)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_rsa_mask mask = mask_of(job);

    if (is_oaep(job))
        return crypto_rsa_unpad_oaep(crypto, &mask, block, k, out);
    if (job->algorithm->padding == PAD_PKCS1)
        return native_rsa_is_private(&job->key)
                   ? crypto_rsa_unpad_2(block, k, out)
                   : crypto_rsa_unpad_1(block, k, out);
    *out = span_of(block, k);
    return ERR_OK;
}

static enum err encrypt(const struct cipher_job *job, struct span in,
                        uint8_t *out, size_t *n)
{
    uint8_t block[CRYPTO_RSA_MAX];
    const size_t k = native_rsa_size(&job->key);
    enum err e = pad(job, in, block, k);

    if (e == ERR_OK)
        e = native_rsa_power(job->vm, &job->key, block, out);
    wipe(block, sizeof block);
    *n = k;
    return e;
}

static enum err decrypt(const struct cipher_job *job, struct span in,
                        uint8_t *out, size_t *n)
{
    uint8_t block[CRYPTO_RSA_MAX];
    const size_t k = native_rsa_size(&job->key);
    struct span data = {NULL, 0};
    enum err e = in.n == k ? native_rsa_power(job->vm, &job->key, in.p, block)
                           : ERR_RANGE;

    if (e == ERR_OK)
        e = unpad(job, block, k, &data);
    if (e == ERR_OK && data.n != 0)
        memcpy(out, data.p, data.n);
    wipe(block, sizeof block);
    *n = data.n;
    return e;
}

static bool run(const struct cipher_job *job, struct span in, bool last,
                uint8_t *out, size_t room, size_t *n)
{
    struct gathered *g = (struct gathered *)(void *)job->engine.state;

    *n = 0;
    if (in.n > native_rsa_size(&job->key) - g->n ||
        room < native_rsa_size(&job->key))
        return native_refuse(job->vm, CRYPTO_ILLEGAL_USE);
    if (in.n != 0)
        memcpy(g->bytes + g->n, in.p, in.n);
    g->n = (uint16_t)(g->n + in.n);
    if (!last)
        return true;
    const struct span all = {g->bytes, g->n};
    const bool fine = done(job, job->engine.mode == CIPHER_MODE_ENCRYPT
                                    ? encrypt(job, all, out, n)
                                    : decrypt(job, all, out, n));
    wipe(g->bytes, sizeof g->bytes);
    g->n = 0;
    return fine;
}

static size_t sealed(const struct cipher_job *job, size_t n)
{
    (void)n;
    return native_rsa_size(&job->key);
}

static const struct cipher_operations operations = {
    .serves = serves,
    .run = run,
    .sealed = sealed,
};

/* The digests stay for the message after. */
static const struct cipher_operations with_digests = {
    .serves = serves,
    .init = init_digests,
    .run = run,
    .sealed = sealed,
};

#define ROW(alg, pad, digest)                                                  \
    {                                                                          \
        .number = alg, .cipher = CIPHER_RSA, .padding = pad, .tag = digest,    \
        .state_size = sizeof(struct gathered), .operations = &operations       \
    }

static const struct cipher_algorithm rows[] = {
    ROW(12, PAD_NOPAD, 0),
    ROW(10, PAD_PKCS1, 0),
    ROW(15, PAD_PKCS1_OAEP, CRYPTO_SHA1),
    ROW(0, PAD_PKCS1_OAEP_SHA224, CRYPTO_SHA224),
    ROW(0, PAD_PKCS1_OAEP_SHA256, CRYPTO_SHA256),
    ROW(0, PAD_PKCS1_OAEP_SHA384, CRYPTO_SHA384),
    ROW(0, PAD_PKCS1_OAEP_SHA512, CRYPTO_SHA512),
    ROW(0, PAD_PKCS1_OAEP_SHA3_224, CRYPTO_SHA3_224),
    ROW(0, PAD_PKCS1_OAEP_SHA3_256, CRYPTO_SHA3_256),
    ROW(0, PAD_PKCS1_OAEP_SHA3_384, CRYPTO_SHA3_384),
    ROW(0, PAD_PKCS1_OAEP_SHA3_512, CRYPTO_SHA3_512),
    {.cipher = CIPHER_RSA,
     .padding = PAD_PKCS1_OAEP_EXT_PARAMETERS,
     .state_size = sizeof(struct gathered),
     .keeps_state = true,
     .operations = &with_digests},
};

const struct cipher_family native_cipher_rsa = {rows,
                                                sizeof rows / sizeof rows[0]};
