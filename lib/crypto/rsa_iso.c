#include "crypto/rsa_iso.h"

#include <string.h>

enum {
    WHOLE = 0x40, /* header of scheme 1: no M2 */
    PART = 0x60,
    BORDER = 0x0A,
    PADDED = 0x0B,
    FILL = 0xBB,
    FILL_END = 0xBA,
    TRAILER = 0xBC,
    TRAILER_NAMED = 0xCC,
    LENGTH = 8,
};

/* Numbers of ISO/IEC 10118-3; 0: none. */
static uint8_t number_of(enum crypto_digest digest)
{
    switch (digest) {
    case CRYPTO_RIPEMD160:
        return 0x31;
    case CRYPTO_SHA1:
        return 0x33;
    case CRYPTO_SHA256:
        return 0x34;
    case CRYPTO_SHA512:
        return 0x35;
    case CRYPTO_SHA384:
        return 0x36;
    case CRYPTO_SHA224:
        return 0x38;
    default:
        return 0;
    }
}

bool crypto_rsa_iso_has(const struct crypto_rsa_iso *iso)
{
    return !iso->named || number_of(iso->digest) != 0;
}

static size_t trailer_size(const struct crypto_rsa_iso *iso)
{
    return iso->named ? 2 : 1;
}

size_t crypto_rsa_iso_salt(const struct crypto_rsa_iso *iso)
{
    return iso->scheme == 2 ? crypto_digest_size(iso->digest) : 0;
}

bool crypto_rsa_iso_capacity(const struct crypto_rsa_iso *iso, size_t k,
                             size_t *n)
{
    const size_t taken = 1 + crypto_rsa_iso_salt(iso) +
                         crypto_digest_size(iso->digest) + trailer_size(iso);

    *n = k > taken ? k - taken : 0;
    return k >= taken;
}

enum err crypto_rsa_iso_hash(const struct crypto_port *crypto,
                             const struct crypto_rsa_iso *iso, struct span m1,
                             struct span salt, struct span hash, uint8_t *out)
{
    uint8_t bits[LENGTH] = {0};
    const struct span parts[] = {{bits, sizeof bits}, m1, hash, salt};

    if (iso->scheme == 1) {
        memcpy(out, hash.p, hash.n);
        return ERR_OK;
    }
    set_u2(bits + LENGTH - 2, (uint16_t)(8 * m1.n));
    return crypto->digest(crypto->ctx, iso->digest, parts, 4, out);
}

/* ---- the front of a block: scheme 1 in the clear, the others masked ---- */

static void put_fill(uint8_t *front, size_t n, bool more)
{
    const uint8_t header = more ? PART : WHOLE;

    front[0] = (uint8_t)(header | (n > 1 ? PADDED : BORDER));
    if (n > 1) {
        memset(front + 1, FILL, n - 1);
        front[n - 1] = FILL_END;
    }
}

/* Bytes of the front before M1; 0: it is none. */
static size_t fill_size(const uint8_t *front, size_t n, bool *more)
{
    size_t at = 1;

    *more = (front[0] & 0xF0) == PART;
    if ((front[0] & 0xF0) != PART && (front[0] & 0xF0) != WHOLE)
        return 0;
    if ((front[0] & 0x0F) == BORDER)
        return 1;
    while (at < n && front[at] == FILL)
        at++;
    if ((front[0] & 0x0F) != PADDED || at == n || front[at] != FILL_END)
        return 0;
    return at + 1;
}

static void put_trailer(const struct crypto_rsa_iso *iso, uint8_t *end)
{
    if (iso->named)
        end[-2] = number_of(iso->digest);
    end[-1] = iso->named ? TRAILER_NAMED : TRAILER;
}

static bool has_trailer(const struct crypto_rsa_iso *iso, const uint8_t *end)
{
    return iso->named
               ? end[-1] == TRAILER_NAMED && end[-2] == number_of(iso->digest)
               : end[-1] == TRAILER;
}

enum err crypto_rsa_iso_pad(const struct crypto_port *crypto,
                            const struct crypto_rsa_iso *iso,
                            const struct crypto_rsa_held *held, uint8_t *block,
                            size_t k)
{
    const size_t size = crypto_digest_size(iso->digest);
    size_t capacity = 0;
    enum err e = ERR_OK;

    if (!crypto_rsa_iso_capacity(iso, k, &capacity) || held->m1.n > capacity)
        return ERR_RANGE;
    const size_t before = 1 + capacity - held->m1.n;
    const size_t n = k - size - trailer_size(iso);
    uint8_t *h = block + n;
    memset(block, 0, before);
    if (held->m1.n != 0)
        memcpy(block + before, held->m1.p, held->m1.n);
    if (held->salt.n != 0)
        memcpy(h - held->salt.n, held->salt.p, held->salt.n);
    memcpy(h, held->hash.p, size);
    put_trailer(iso, block + k);
    if (iso->scheme == 1) {
        put_fill(block, before, held->more);
        return ERR_OK;
    }
    block[before - 1] = 1;
    e = crypto_rsa_mask(crypto, iso->digest, span_of(h, size), block, n);
    block[0] &= 0x7F;
    return e;
}

/* Bytes before M1 once the mask is off; 0: it is none. */
static size_t zeros_size(const uint8_t *front, size_t n)
{
    size_t at = 0;

    while (at < n && front[at] == 0)
        at++;
    return at < n && front[at] == 1 ? at + 1 : 0;
}

enum err crypto_rsa_iso_unpad(const struct crypto_port *crypto,
                              const struct crypto_rsa_iso *iso, uint8_t *block,
                              size_t k, struct crypto_rsa_held *held)
{
    const size_t size = crypto_digest_size(iso->digest);
    const size_t salt = crypto_rsa_iso_salt(iso);
    size_t capacity = 0;
    enum err e = ERR_OK;

    if (!crypto_rsa_iso_capacity(iso, k, &capacity) ||
        !has_trailer(iso, block + k) || (block[0] & 0x80) != 0)
        return ERR_RANGE;
    const size_t n = k - size - trailer_size(iso);
    held->hash = span_of(block + n, size);
    held->salt = span_of(block + n - salt, salt);
    held->more = true;
    if (iso->scheme != 1)
        e = crypto_rsa_mask(crypto, iso->digest, held->hash, block, n);
    block[0] &= 0x7F;
    const size_t before = iso->scheme == 1 ? fill_size(block, n, &held->more)
                                           : zeros_size(block, n - salt);
    held->m1 = span_of(block + before, n - salt - before);
    return e == ERR_OK && before == 0 ? ERR_RANGE : e;
}
