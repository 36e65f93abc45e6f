/*
 * Signatures of RSA after ISO/IEC 9796-2, which hold the first part of the
 * message: with it given back (SignatureMessageRecovery), or, of scheme 1,
 * without.
 */
#include "natives/signrsa.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/rsa_iso.h"

/* At the start of the state; the digest comes first. */
struct state {
    uint8_t hash[SIGNHASH_64];
    uint8_t m1[CRYPTO_RSA_MAX];
    uint8_t digest[CRYPTO_DIGEST_MAX]; /* of the signature to verify */
    uint8_t salt[CRYPTO_DIGEST_MAX];
    uint16_t held; /* bytes of m1 */
    bool begun;    /* m1, digest and salt are those of a signature */
    bool more;     /* ... and it says that there is an M2 */
    bool rest;     /* an M2 was seen */
};

_Static_assert(sizeof(struct state) <= SIGNATURE_ISO_STATE,
               "the state is as large as the rows say");

static struct state *state_of(const struct signature_job *job)
{
    return (struct state *)(void *)job->engine.state;
}

static struct crypto_rsa_iso iso_of(const struct signature_algorithm *row)
{
    struct crypto_rsa_iso iso = {1, false, native_signhash_of(row)};

    iso.named = row->padding >= PAD_ISO9796_MR_SCHEME_1_OPT_2;
    if (row->padding == PAD_ISO9796_MR_SCHEME_2 ||
        row->padding == PAD_ISO9796_MR_SCHEME_2_OPT_2)
        iso.scheme = 2;
    if (row->padding == PAD_ISO9796_MR_SCHEME_3 ||
        row->padding == PAD_ISO9796_MR_SCHEME_3_OPT_2)
        iso.scheme = 3;
    return iso;
}

static bool available(const struct crypto_port *crypto,
                      const struct signature_algorithm *row)
{
    const struct crypto_rsa_iso iso = iso_of(row);

    return crypto->rsa != NULL && crypto_rsa_iso_has(&iso) &&
           native_signhash_available(crypto, row);
}

static bool serves(const struct signature_job *job)
{
    const struct crypto_rsa_iso iso = iso_of(job->algorithm);
    size_t n = 0;

    return (native_signrsa_has_key(job) &&
            crypto_rsa_iso_capacity(&iso, native_rsa_size(&job->key), &n)) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

/* ---- the message ---- */

/* Keeps the first part; of scheme 1 all is digested, of the others M2. */
static bool add(const struct signature_job *job, struct span in)
{
    const struct crypto_rsa_iso iso = iso_of(job->algorithm);
    struct state *s = state_of(job);
    size_t taken = 0;

    (void)crypto_rsa_iso_capacity(&iso, native_rsa_size(&job->key), &taken);
    taken = s->begun ? 0 : taken - s->held;
    if (taken > in.n)
        taken = in.n;
    if (taken != 0)
        memcpy(s->m1 + s->held, in.p, taken);
    s->held = (uint16_t)(s->held + taken);
    s->rest = s->rest || taken < in.n;
    if (iso.scheme != 1)
        in = span_of(in.p + taken, in.n - taken);
    return in.n == 0 || native_signhash_update(job, in);
}

/* The digest that goes into a block, of all that was added. */
static bool finish(const struct signature_job *job, struct span salt,
                   uint8_t *out)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_rsa_iso iso = iso_of(job->algorithm);
    const struct state *s = state_of(job);
    uint8_t hash[CRYPTO_DIGEST_MAX];

    return native_signhash_finish(job, span_of(NULL, 0), hash) &&
           native_signature_done(
               job, crypto_rsa_iso_hash(
                        crypto, &iso, span_of(s->m1, s->held), salt,
                        span_of(hash, crypto_digest_size(iso.digest)), out));
}

/* ---- signing ---- */

static bool make_block(const struct signature_job *job, uint8_t *block)
{
    const struct crypto_port *crypto = native_crypto(job->vm);
    const struct crypto_rsa_iso iso = iso_of(job->algorithm);
    const struct state *s = state_of(job);
    uint8_t salt[CRYPTO_DIGEST_MAX];
    uint8_t hash[CRYPTO_DIGEST_MAX];
    const struct crypto_rsa_held held = {
        .m1 = {s->m1, s->held},
        .salt = {salt, crypto_rsa_iso_salt(&iso)},
        .hash = {hash, crypto_digest_size(iso.digest)},
        .more = s->rest,
    };

    return native_signature_done(
               job, crypto->random(crypto->ctx, salt, held.salt.n)) &&
           finish(job, held.salt, hash) &&
           native_signature_done(
               job, crypto_rsa_iso_pad(crypto, &iso, &held, block,
                                       native_rsa_size(&job->key)));
}

static bool sign_recoverable(const struct signature_job *job, struct span in,
                             uint8_t *signature, size_t *n,
                             uint16_t *recoverable)
{
    *n = native_rsa_size(&job->key);
    if (!add(job, in))
        return false;
    *recoverable = state_of(job)->held;
    return make_block(job, signature) && native_signrsa_seal(job, signature);
}

static bool sign(const struct signature_job *job, struct span in,
                 uint8_t *signature, size_t *n)
{
    uint16_t recoverable = 0;

    return sign_recoverable(job, in, signature, n, &recoverable);
}

/* ---- verifying ---- */

/* Of scheme 1 nothing is random: the block is made again. */
static bool verify(const struct signature_job *job, struct span in,
                   struct span signature, bool *right)
{
    uint8_t block[CRYPTO_RSA_MAX];
    uint8_t expected[CRYPTO_RSA_MAX];

    if (!add(job, in) || !make_block(job, expected) ||
        !native_signrsa_open(job, signature, block, right))
        return false;
    *right = *right && ct_equal(block, expected, signature.n);
    return true;
}

static void keep(struct state *s, const struct crypto_rsa_held *held)
{
    memcpy(s->m1, held->m1.p, held->m1.n);
    memcpy(s->digest, held->hash.p, held->hash.n);
    if (held->salt.n != 0)
        memcpy(s->salt, held->salt.p, held->salt.n);
    s->held = (uint16_t)held->m1.n;
    s->more = held->more;
    s->begun = true;
}

static bool begin_verify(const struct signature_job *job, struct span signature,
                         uint8_t *recovered, size_t *n)
{
    const struct crypto_rsa_iso iso = iso_of(job->algorithm);
    uint8_t block[CRYPTO_RSA_MAX];
    struct crypto_rsa_held held;
    bool right = false;

    if (!native_signrsa_open(job, signature, block, &right))
        return false;
    if (!right || crypto_rsa_iso_unpad(native_crypto(job->vm), &iso, block,
                                       signature.n, &held) != ERR_OK)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
    native_engine_restart(&job->engine);
    keep(state_of(job), &held);
    memcpy(recovered, held.m1.p, held.m1.n);
    *n = held.m1.n;
    return iso.scheme != 1 || *n == 0 || native_signhash_update(job, held.m1);
}

static bool update_recoverable(const struct signature_job *job, struct span in)
{
    return job->mode == SIGNATURE_MODE_SIGN || state_of(job)->begun
               ? add(job, in)
               : native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
}

static bool verify_rest(const struct signature_job *job, struct span in,
                        bool *right)
{
    const struct crypto_rsa_iso iso = iso_of(job->algorithm);
    const struct state *s = state_of(job);
    uint8_t hash[CRYPTO_DIGEST_MAX];

    if (!s->begun)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
    if (!add(job, in) ||
        !finish(job, span_of(s->salt, crypto_rsa_iso_salt(&iso)), hash))
        return false;
    *right = (iso.scheme != 1 || s->rest == s->more) &&
             ct_equal(hash, s->digest, crypto_digest_size(iso.digest));
    return true;
}

const struct signature_operations native_signature_iso = {
    .serves = serves,
    .update = add,
    .sign = sign,
    .verify = verify,
    .length = native_signrsa_length,
    .available = available,
};

const struct signature_operations native_signature_recovery = {
    .serves = serves,
    .update = update_recoverable,
    .sign_recoverable = sign_recoverable,
    .begin_verify = begin_verify,
    .verify_rest = verify_rest,
    .length = native_signrsa_length,
    .available = available,
};
