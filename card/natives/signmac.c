/*
 * Signatures that are MACs: CBC-MAC over AES, DES, triple DES, SEED and SM4,
 * the retail MAC, CMAC, and HMAC over every digest.
 */
#include "natives/signhash.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/blockmac.h"
#include "crypto/hmac.h"

/* A row's tag; of HMAC it is the crypto_digest. */
enum { BASE_AES, BASE_DES, BASE_SEED, BASE_SM4, BASE_MASK = 3 };
enum { IS_RETAIL = 4, IS_CMAC = 8, IS_SHORT = 16 /* 4 bytes of MAC */ };

enum { SHORT_MAC = 4, SINGLE_DES = 64 };

static struct span key_of(const struct signature_job *job)
{
    struct span key = {NULL, 0};

    return native_key_part(job->vm, &job->key, KEY_VALUE, &key)
               ? key
               : span_of(NULL, 0);
}

static bool is_right(struct span signature, const uint8_t *mac, size_t n)
{
    return signature.n == n && ct_equal(signature.p, mac, n);
}

/* ---- over block ciphers ---- */

static unsigned tag_of(const struct signature_job *job)
{
    return job->algorithm->tag;
}

static bool serves_block(const struct signature_job *job)
{
    static const uint8_t families[] = {
        [BASE_AES] = KEY_AES,
        [BASE_DES] = KEY_DES,
        [BASE_SEED] = KEY_KOREAN_SEED,
        [BASE_SM4] = KEY_SM4,
    };
    enum { AES_MAX = 256 };
    const uint16_t size = job->key.size;

    return (job->key.family == families[tag_of(job) & BASE_MASK] &&
            size <= AES_MAX &&
            ((tag_of(job) & IS_RETAIL) == 0 || size != SINGLE_DES)) ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

static enum crypto_cipher cipher_of(const struct signature_job *job)
{
    switch (tag_of(job) & BASE_MASK) {
    case BASE_DES:
        return job->key.size == SINGLE_DES ? CRYPTO_DES : CRYPTO_DES3;
    case BASE_SEED:
        return CRYPTO_SEED;
    case BASE_SM4:
        return CRYPTO_SM4;
    default:
        return CRYPTO_AES;
    }
}

static enum crypto_padding padding_of(const struct signature_job *job)
{
    enum { M1 = 2, M2 = 3, M1_ALG3 = 4, M2_ALG3 = 5, PKCS5 = 6 };

    switch (job->algorithm->padding) {
    case M1:
    case M1_ALG3:
        return CRYPTO_PAD_ZEROS;
    case M2:
    case M2_ALG3:
        return CRYPTO_PAD_80;
    case PKCS5:
        return CRYPTO_PAD_COUNT;
    default:
        return CRYPTO_PAD_NONE;
    }
}

static struct crypto_mac mac_of(const struct signature_job *job)
{
    const unsigned tag = tag_of(job);

    return (struct crypto_mac){
        .kind = (tag & IS_CMAC) != 0     ? CRYPTO_MAC_CMAC
                : (tag & IS_RETAIL) != 0 ? CRYPTO_MAC_RETAIL
                                         : CRYPTO_MAC_CBC,
        .cipher = cipher_of(job),
        .padding = padding_of(job),
        .key = key_of(job),
    };
}

/* An IV of one block; CMAC has none. */
static bool init_block(const struct signature_job *job, struct span iv)
{
    if (iv.p == NULL)
        return true;
    if ((tag_of(job) & IS_CMAC) != 0 ||
        iv.n != crypto_block_size(cipher_of(job)))
        return native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
    memcpy(job->engine.state, iv.p, iv.n); /* chain */
    return true;
}

/* What does not work leaves the state as it was. */
static bool ended_well(const struct signature_job *job, enum err e)
{
    if (e == ERR_RANGE)
        return native_signature_refuse(job, CRYPTO_ILLEGAL_USE);
    if (e != ERR_OK)
        (void)native_crypto_failed(job->vm, e);
    return e == ERR_OK;
}

static bool update_block(const struct signature_job *job, struct span in)
{
    const struct crypto_mac mac = mac_of(job);
    struct crypto_blockmac next;
    enum err e = ERR_OK;

    memcpy(&next, job->engine.state, sizeof next);
    e = crypto_blockmac_add(native_crypto(job->vm), &mac, &next, in);
    if (e == ERR_OK)
        memcpy(job->engine.state, &next, sizeof next);
    wipe(&next, sizeof next);
    return ended_well(job, e);
}

static uint16_t length_block(const struct signature_job *job)
{
    return (tag_of(job) & IS_SHORT) != 0
               ? SHORT_MAC
               : (uint16_t)crypto_block_size(cipher_of(job));
}

static bool sign_block(const struct signature_job *job, struct span in,
                       uint8_t *signature, size_t *n)
{
    const struct crypto_mac mac = mac_of(job);
    struct crypto_blockmac last;
    enum err e = ERR_OK;

    memcpy(&last, job->engine.state, sizeof last);
    e = crypto_blockmac_add(native_crypto(job->vm), &mac, &last, in);
    if (e == ERR_OK)
        e = crypto_blockmac_end(native_crypto(job->vm), &mac, &last, signature);
    wipe(&last, sizeof last);
    *n = length_block(job);
    return ended_well(job, e);
}

static bool verify_block(const struct signature_job *job, struct span in,
                         struct span signature, bool *right)
{
    uint8_t mac[CRYPTO_BLOCK_MAX];
    size_t n = 0;

    if (!sign_block(job, in, mac, &n))
        return false;
    *right = is_right(signature, mac, n);
    wipe(mac, sizeof mac);
    return true;
}

/* ---- HMAC ---- */

static enum crypto_digest digest_of(const struct signature_job *job)
{
    return (enum crypto_digest)job->algorithm->tag;
}

static bool serves_hmac(const struct signature_job *job)
{
    return job->key.family == KEY_HMAC ||
           native_signature_refuse(job, CRYPTO_ILLEGAL_VALUE);
}

static bool update_hmac(const struct signature_job *job, struct span in)
{
    const enum err e =
        crypto_hmac_add(native_crypto(job->vm), digest_of(job), key_of(job),
                        (struct crypto_hmac *)job->engine.state, in);

    return ended_well(job, e);
}

static bool sign_hmac(const struct signature_job *job, struct span in,
                      uint8_t *signature, size_t *n)
{
    const struct crypto_port *port = native_crypto(job->vm);
    struct crypto_hmac *h = (struct crypto_hmac *)job->engine.state;
    enum err e = crypto_hmac_add(port, digest_of(job), key_of(job), h, in);

    *n = crypto_digest_size(digest_of(job));
    if (e == ERR_OK)
        e = crypto_hmac_end(port, digest_of(job), key_of(job), h, signature);
    return ended_well(job, e);
}

static bool verify_hmac(const struct signature_job *job, struct span in,
                        struct span signature, bool *right)
{
    uint8_t mac[CRYPTO_DIGEST_MAX];
    size_t n = 0;

    if (!sign_hmac(job, in, mac, &n))
        return false;
    *right = is_right(signature, mac, n);
    wipe(mac, sizeof mac);
    return true;
}

static uint16_t length_hmac(const struct signature_job *job)
{
    return (uint16_t)crypto_digest_size(digest_of(job));
}

static bool has_digest(const struct crypto_port *crypto,
                       const struct signature_algorithm *row)
{
    return crypto->hash != NULL &&
           crypto->hash->state_size((enum crypto_digest)row->tag) != 0;
}

/* ---- the rows ---- */

static const struct signature_operations block_macs = {
    .serves = serves_block,
    .init = init_block,
    .update = update_block,
    .sign = sign_block,
    .verify = verify_block,
    .length = length_block,
};

static const struct signature_operations hmacs = {
    .serves = serves_hmac,
    .update = update_hmac,
    .sign = sign_hmac,
    .verify = verify_hmac,
    .length = length_hmac,
    .available = has_digest,
};

/* number, SIG_CIPHER_*, PAD_* */
#define MAC(number, cipher, padding, tag)                                      \
    {                                                                          \
        number, 0, cipher, padding, tag, sizeof(struct crypto_blockmac), NULL, \
            &block_macs                                                        \
    }
#define DES(short_number, number, padding, tag)                                \
    MAC(short_number, 1, padding, BASE_DES | (tag) | IS_SHORT),                \
        MAC(number, 2, padding, BASE_DES | (tag))
/* number, MessageDigest.ALG_* */
#define HMAC(number, digest, tag)                                              \
    {                                                                          \
        number, digest, 7, 0, tag, sizeof(struct crypto_hmac), NULL, &hmacs    \
    }

static const struct signature_algorithm rows[] = {
    DES(1, 2, 1, 0),
    DES(3, 4, 2, 0),
    DES(5, 6, 3, 0),
    DES(7, 8, 6, 0),
    DES(47, 48, 4, IS_RETAIL),
    DES(19, 20, 5, IS_RETAIL),
    MAC(18, 6, 1, BASE_AES),
    MAC(0, 6, 2, BASE_AES),
    MAC(0, 6, 3, BASE_AES),
    MAC(0, 6, 6, BASE_AES),
    MAC(32, 8, 1, BASE_SEED),
    MAC(0, 8, 2, BASE_SEED),
    MAC(0, 8, 3, BASE_SEED),
    MAC(0, 8, 6, BASE_SEED),
    MAC(0, 12, 1, BASE_SM4),
    MAC(0, 12, 2, BASE_SM4),
    MAC(0, 12, 3, BASE_SM4),
    MAC(0, 12, 6, BASE_SM4),
    /* CMAC pads by itself, but may be asked for either way */
    MAC(49, 10, 1, BASE_AES | IS_CMAC),
    MAC(0, 10, 0, BASE_AES | IS_CMAC),
    HMAC(24, 1, CRYPTO_SHA1),
    HMAC(25, 4, CRYPTO_SHA256),
    HMAC(26, 5, CRYPTO_SHA384),
    HMAC(27, 6, CRYPTO_SHA512),
    HMAC(28, 2, CRYPTO_MD5),
    HMAC(29, 3, CRYPTO_RIPEMD160),
    HMAC(0, 7, CRYPTO_SHA224),
    HMAC(0, 8, CRYPTO_SHA3_224),
    HMAC(0, 9, CRYPTO_SHA3_256),
    HMAC(0, 10, CRYPTO_SHA3_384),
    HMAC(0, 11, CRYPTO_SHA3_512),
    HMAC(0, 12, CRYPTO_SM3),
};

const struct signature_family native_signature_mac = {rows, sizeof rows /
                                                                sizeof rows[0]};
