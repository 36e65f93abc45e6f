#include "crypto/rsa_pad.h"

#include <string.h>

#include "base/ct.h"

enum { FRAME = 3, FILL_MIN = 8, TRAILER_PSS = 0xBC };

/* ---- block types 1 and 2 ---- */

enum err crypto_rsa_pad_1(struct span data, uint8_t *block, size_t k)
{
    if (data.n + FRAME + FILL_MIN > k)
        return ERR_RANGE;
    block[0] = 0;
    block[1] = 1;
    memset(block + 2, 0xFF, k - FRAME - data.n);
    block[k - data.n - 1] = 0;
    if (data.n != 0)
        memcpy(block + k - data.n, data.p, data.n);
    return ERR_OK;
}

enum err crypto_rsa_unpad_1(const uint8_t *block, size_t k, struct span *data)
{
    size_t at = 2;

    if (block[0] != 0 || block[1] != 1)
        return ERR_RANGE;
    while (at < k && block[at] == 0xFF)
        at++;
    if (at < 2 + FILL_MIN || at == k || block[at] != 0)
        return ERR_RANGE;
    *data = span_of(block + at + 1, k - at - 1);
    return ERR_OK;
}

/* n random bytes, none of them zero. */
static enum err fill(const struct crypto_port *crypto, uint8_t *out, size_t n)
{
    enum err e = crypto->random(crypto->ctx, out, n);

    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        while (out[i] == 0 && e == ERR_OK)
            e = crypto->random(crypto->ctx, out + i, 1);
    }
    return e;
}

enum err crypto_rsa_pad_2(const struct crypto_port *crypto, struct span data,
                          uint8_t *block, size_t k)
{
    if (data.n + FRAME + FILL_MIN > k)
        return ERR_RANGE;
    block[0] = 0;
    block[1] = 2;
    block[k - data.n - 1] = 0;
    if (data.n != 0)
        memcpy(block + k - data.n, data.p, data.n);
    return fill(crypto, block + 2, k - FRAME - data.n);
}

/* All ones when the byte is zero, else 0. */
static uint32_t is_zero(uint8_t byte)
{
    return (uint32_t)(((int64_t)byte - 1) >> 32);
}

enum err crypto_rsa_unpad_2(const uint8_t *block, size_t k, struct span *data)
{
    uint32_t bad = ~(is_zero(block[0]) & is_zero(block[1] ^ 2));
    uint32_t found = 0;
    uint32_t at = 0;

    for (size_t i = 2; i < k; i++) {
        const uint32_t here = is_zero(block[i]) & ~found;
        at |= (uint32_t)i & here;
        found |= here;
    }
    /* the first zero must not come before 8 bytes of filling */
    bad |= ~found | (uint32_t)(((int64_t)at - (2 + FILL_MIN)) >> 32);
    if (bad != 0)
        return ERR_RANGE;
    *data = span_of(block + at + 1, k - at - 1);
    return ERR_OK;
}

/* ---- EMSA-PKCS1-v1_5 ---- */

enum { INFO_MAX = 19 };

/* DigestInfo up to the digest [RFC 8017 9.2, note 1; RFC 8702; GM/T 0010] */
static const struct {
    uint8_t n;
    uint8_t bytes[INFO_MAX];
} infos[] = {
    [CRYPTO_MD5] = {18,
                    {0x30, 0x20, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48, 0x86,
                     0xF7, 0x0D, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10}},
    [CRYPTO_RIPEMD160] = {15,
                          {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x24, 0x03,
                           0x02, 0x01, 0x05, 0x00, 0x04, 0x14}},
    [CRYPTO_SHA1] = {15,
                     {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03,
                      0x02, 0x1A, 0x05, 0x00, 0x04, 0x14}},
    [CRYPTO_SM3] = {18,
                    {0x30, 0x30, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF,
                     0x55, 0x01, 0x83, 0x11, 0x05, 0x00, 0x04, 0x20}},
};

/* Last byte of the object identifiers 2.16.840.1.101.3.4.2.x */
static const uint8_t nist[] = {
    [CRYPTO_SHA224] = 4,   [CRYPTO_SHA256] = 1,    [CRYPTO_SHA384] = 2,
    [CRYPTO_SHA512] = 3,   [CRYPTO_SHA3_224] = 7,  [CRYPTO_SHA3_256] = 8,
    [CRYPTO_SHA3_384] = 9, [CRYPTO_SHA3_512] = 10,
};

/* Bytes before the digest. */
static size_t info_of(enum crypto_digest digest, size_t size,
                      uint8_t out[INFO_MAX])
{
    static const uint8_t common[INFO_MAX] = {
        0x30, 0, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
        0x65, 3, 0x04, 0x02, 0x00, 0x05, 0x00, 0x04, 0x00};

    if ((size_t)digest < sizeof infos / sizeof infos[0] &&
        infos[digest].n != 0) {
        memcpy(out, infos[digest].bytes, infos[digest].n);
        return infos[digest].n;
    }
    memcpy(out, common, sizeof common);
    out[1] = (uint8_t)(INFO_MAX - 2 + size);
    out[14] = nist[digest];
    out[INFO_MAX - 1] = (uint8_t)size;
    return INFO_MAX;
}

enum err crypto_rsa_pad_digest(enum crypto_digest digest, struct span hash,
                               uint8_t *block, size_t k)
{
    uint8_t bytes[INFO_MAX + CRYPTO_DIGEST_MAX];
    const size_t size = crypto_digest_size(digest);

    if (hash.n != size)
        return ERR_RANGE;
    const size_t n = info_of(digest, size, bytes);
    memcpy(bytes + n, hash.p, size);
    return crypto_rsa_pad_1(span_of(bytes, n + size), block, k);
}

/* ---- masks ---- */

enum err crypto_rsa_mask(const struct crypto_port *crypto,
                         enum crypto_digest digest, struct span seed,
                         uint8_t *out, size_t n)
{
    const size_t size = crypto_digest_size(digest);
    uint8_t counter[4] = {0};
    uint8_t mask[CRYPTO_DIGEST_MAX];
    const struct span parts[] = {seed, {counter, sizeof counter}};
    enum err e = ERR_OK;

    for (size_t at = 0; at < n && e == ERR_OK; at += size) {
        set_u2(counter + 2, (uint16_t)(at / size));
        e = crypto->digest(crypto->ctx, digest, parts, 2, mask);
        for (size_t i = 0; i < size && at + i < n && e == ERR_OK; i++)
            out[at + i] ^= mask[i];
    }
    wipe(mask, sizeof mask);
    return e;
}

/* ---- EME-OAEP: 00, seed, label's digest, zeros, 01, data ---- */

enum err crypto_rsa_pad_oaep(const struct crypto_port *crypto,
                             const struct crypto_rsa_mask *mask,
                             struct span data, uint8_t *block, size_t k)
{
    const size_t size = crypto_digest_size(mask->digest);
    uint8_t *seed = block + 1;
    uint8_t *db = seed + size;
    const size_t n = k > size + 1 ? k - size - 1 : 0;
    enum err e = ERR_CORRUPT;

    if (n < size + 1 || data.n > n - size - 1)
        return ERR_RANGE;
    memset(block, 0, k);
    db[n - data.n - 1] = 1;
    if (data.n != 0)
        memcpy(db + n - data.n, data.p, data.n);
    e = crypto->digest(crypto->ctx, mask->digest, &mask->label, 1, db);
    if (e == ERR_OK)
        e = crypto->random(crypto->ctx, seed, size);
    if (e == ERR_OK)
        e = crypto_rsa_mask(crypto, mask->mgf, span_of(seed, size), db, n);
    if (e == ERR_OK)
        e = crypto_rsa_mask(crypto, mask->mgf, span_of(db, n), seed, size);
    return e;
}

/* Where the data begin behind zeros and 01, from `from`; *bad: no such. */
static size_t data_of(const uint8_t *db, size_t from, size_t n, uint32_t *bad)
{
    uint32_t found = 0;
    uint32_t at = 0;

    for (size_t i = from; i < n; i++) {
        const uint32_t one = is_zero(db[i] ^ 1);
        const uint32_t here = one & ~found;
        *bad |= ~found & ~one & ~is_zero(db[i]);
        at |= (uint32_t)i & here;
        found |= here;
    }
    *bad |= ~found;
    return at + 1;
}

enum err crypto_rsa_unpad_oaep(const struct crypto_port *crypto,
                               const struct crypto_rsa_mask *mask,
                               uint8_t *block, size_t k, struct span *data)
{
    const size_t size = crypto_digest_size(mask->digest);
    uint8_t label[CRYPTO_DIGEST_MAX];
    uint8_t *seed = block + 1;
    uint8_t *db = seed + size;
    const size_t n = k > size + 1 ? k - size - 1 : 0;
    enum err e = ERR_CORRUPT;

    if (n < size + 1)
        return ERR_RANGE;
    e = crypto->digest(crypto->ctx, mask->digest, &mask->label, 1, label);
    if (e == ERR_OK)
        e = crypto_rsa_mask(crypto, mask->mgf, span_of(db, n), seed, size);
    if (e == ERR_OK)
        e = crypto_rsa_mask(crypto, mask->mgf, span_of(seed, size), db, n);
    if (e != ERR_OK)
        return e;
    uint32_t bad = ~is_zero(block[0]);
    bad |= ct_equal(label, db, size) ? 0u : 1u;
    const size_t at = data_of(db, size, n, &bad);
    if (bad != 0)
        return ERR_RANGE;
    *data = span_of(db + at, n - at);
    return ERR_OK;
}

/* ---- EMSA-PSS: zeros, 01, salt, masked; digest; BC ---- */

/* H, of eight zeros, the digest and the salt. */
static enum err salted(const struct crypto_port *crypto,
                       enum crypto_digest digest, struct span hash,
                       struct span salt, uint8_t *out)
{
    static const uint8_t zeros[8];
    const struct span parts[] = {{zeros, sizeof zeros}, hash, salt};

    return crypto->digest(crypto->ctx, digest, parts, 3, out);
}

enum err crypto_rsa_pad_pss(const struct crypto_port *crypto,
                            const struct crypto_rsa_mask *mask,
                            struct span hash, struct span salt, uint8_t *block,
                            size_t k)
{
    const size_t size = crypto_digest_size(mask->digest);
    enum err e = ERR_CORRUPT;

    if (hash.n != size || k < size + salt.n + 2)
        return ERR_RANGE;
    const size_t n = k - size - 1;
    uint8_t *h = block + n;
    memset(block, 0, n);
    block[n - salt.n - 1] = 1;
    if (salt.n != 0)
        memcpy(block + n - salt.n, salt.p, salt.n);
    block[k - 1] = TRAILER_PSS;
    e = salted(crypto, mask->digest, hash, salt, h);
    if (e == ERR_OK)
        e = crypto_rsa_mask(crypto, mask->mgf, span_of(h, size), block, n);
    block[0] &= 0x7F; /* a bit less than the modulus has */
    return e;
}

/* The salt's frame: zeros and a one before it. */
static bool is_framed(const uint8_t *db, size_t before)
{
    for (size_t i = 0; i + 1 < before; i++) {
        if (db[i] != 0)
            return false;
    }
    return db[before - 1] == 1;
}

enum err crypto_rsa_check_pss(const struct crypto_port *crypto,
                              const struct crypto_rsa_mask *mask,
                              struct span hash, size_t salt, uint8_t *block,
                              size_t k, bool *right)
{
    const size_t size = crypto_digest_size(mask->digest);
    uint8_t computed[CRYPTO_DIGEST_MAX];
    enum err e = ERR_CORRUPT;

    *right = false;
    if (hash.n != size || k < size + salt + 2)
        return ERR_OK;
    const size_t n = k - size - 1;
    const uint8_t *h = block + n;
    if (block[k - 1] != TRAILER_PSS || (block[0] & 0x80) != 0)
        return ERR_OK;
    e = crypto_rsa_mask(crypto, mask->mgf, span_of(h, size), block, n);
    block[0] &= 0x7F;
    if (e == ERR_OK)
        e = salted(crypto, mask->digest, hash, span_of(block + n - salt, salt),
                   computed);
    *right = e == ERR_OK && is_framed(block, n - salt) &&
             ct_equal(computed, h, size);
    return e;
}
