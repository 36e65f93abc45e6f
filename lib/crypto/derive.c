#include "crypto/derive.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/cmac.h"
#include "crypto/hmac.h"

enum { COUNTER_MAX = 4 };

static struct span part_of(const struct crypto_derive *d,
                           enum crypto_derive_part part)
{
    size_t at = 0;

    for (unsigned i = 0; i < (unsigned)part; i++)
        at += d->n[i];
    return span_of(d->bytes + at, d->n[part]);
}

enum err crypto_derive_part(struct crypto_derive *d,
                            enum crypto_derive_part part, struct span bytes)
{
    const struct span have = part_of(d, part);
    const size_t at = (size_t)(have.p - d->bytes) + have.n;

    for (unsigned i = (unsigned)part + 1; i < CRYPTO_DERIVE_PARTS; i++) {
        if (d->n[i] != 0)
            return ERR_RANGE;
    }
    if (bytes.n > CRYPTO_DERIVE_ROOM - at)
        return ERR_RANGE;
    if (bytes.n > 0)
        memcpy(d->bytes + at, bytes.p, bytes.n);
    d->n[part] = (uint16_t)(d->n[part] + bytes.n);
    return ERR_OK;
}

/* Bytes of a block of output. */
static size_t block_size(const struct crypto_derive *d)
{
    if (d->prf == CRYPTO_DERIVE_CMAC)
        return CRYPTO_CMAC_SIZE;
    return crypto_digest_size((enum crypto_digest)d->prf);
}

/* ---- beginning ---- */

/* Blocks that the function can make, 0: without an end. */
static uint64_t blocks_max(const struct crypto_derive *d)
{
    switch (d->kdf) {
    case CRYPTO_KDF_COUNTER:
        return ((uint64_t)1 << 8 * d->counter) - 1;
    case CRYPTO_KDF_X963:
        return UINT32_MAX;
    case CRYPTO_KDF_HKDF:
    case CRYPTO_KDF_EXPAND:
        return UINT8_MAX;
    case CRYPTO_KDF_IEEE1363:
    case CRYPTO_KDF_ICAO:
        return 1;
    default:
        return 0;
    }
}

static bool is_sound(const struct crypto_derive *d)
{
    const uint64_t most = blocks_max(d);

    if (block_size(d) == 0 || d->counter > COUNTER_MAX ||
        (d->kdf == CRYPTO_KDF_COUNTER && d->counter == 0))
        return false;
    if (d->prf == CRYPTO_DERIVE_CMAC && d->kdf != CRYPTO_KDF_COUNTER &&
        d->kdf != CRYPTO_KDF_FEEDBACK && d->kdf != CRYPTO_KDF_PIPELINE)
        return false;
    /* K(0) of feedback mode is nothing or a block's length at most */
    if (d->kdf == CRYPTO_KDF_FEEDBACK &&
        d->n[CRYPTO_DERIVE_MORE] > CRYPTO_DIGEST_MAX)
        return false;
    return most == 0 || d->length <= most * block_size(d);
}

/* The first half of HKDF; what is left is its second. [RFC 5869 2.2] */
static enum err extract(const struct crypto_port *port, struct crypto_derive *d)
{
    const struct span secret = part_of(d, CRYPTO_DERIVE_SECRET);
    const struct span info = part_of(d, CRYPTO_DERIVE_DATA);
    uint8_t key[CRYPTO_DIGEST_MAX];
    const size_t n = block_size(d);
    enum err e = ERR_RANGE;

    if (n + info.n > CRYPTO_DERIVE_ROOM)
        return e;
    e = crypto_hmac_of(port, (enum crypto_digest)d->prf,
                       part_of(d, CRYPTO_DERIVE_MORE), &secret, 1, key);
    if (e == ERR_OK) {
        memmove(d->bytes + n, info.p, info.n);
        memcpy(d->bytes, key, n);
        wipe(d->bytes + n + info.n, CRYPTO_DERIVE_ROOM - n - info.n);
        d->n[CRYPTO_DERIVE_SECRET] = (uint16_t)n;
        d->n[CRYPTO_DERIVE_MORE] = 0;
        d->kdf = CRYPTO_KDF_EXPAND;
    }
    wipe(key, sizeof key);
    return e;
}

void crypto_derive_rewind(struct crypto_derive *d)
{
    d->taken = 0;
    wipe(d->chains, sizeof d->chains);
}

enum err crypto_derive_begin(const struct crypto_port *port,
                             struct crypto_derive *d)
{
    enum err e = is_sound(d) ? ERR_OK : ERR_RANGE;

    if (e == ERR_OK && d->kdf == CRYPTO_KDF_HKDF)
        e = extract(port, d);
    crypto_derive_rewind(d);
    return e;
}

/* ---- blocks ---- */

/* The pseudorandom function over parts, with `key`. */
static enum err run(const struct crypto_port *port, uint8_t prf,
                    struct span key, const struct span *parts, size_t count,
                    uint8_t *out)
{
    return prf == CRYPTO_DERIVE_CMAC
               ? crypto_cmac(port, key, parts, count, out)
               : crypto_hmac_of(port, (enum crypto_digest)prf, key, parts,
                                count, out);
}

/* The number of the next block, in `n` bytes. */
static struct span counter_of(const struct crypto_derive *d, size_t n,
                              uint8_t bytes[COUNTER_MAX])
{
    set_u4(bytes, d->chains[0].blocks + 1);
    return span_of(bytes + COUNTER_MAX - n, n);
}

/* The value that the chain of feedback and pipeline begins with, or has. */
static struct span chained(const struct crypto_derive *d,
                           enum crypto_derive_part first)
{
    return d->chains[0].blocks == 0
               ? part_of(d, first)
               : span_of(d->chains[0].value, block_size(d));
}

/* [NIST SP 800-108] */
static enum err block_800_108(const struct crypto_port *port,
                              struct crypto_derive *d)
{
    struct crypto_derive_chain *c = &d->chains[0];
    const struct span key = part_of(d, CRYPTO_DERIVE_SECRET);
    const struct span data = part_of(d, CRYPTO_DERIVE_DATA);
    uint8_t number[COUNTER_MAX];
    struct span parts[] = {data, counter_of(d, d->counter, number),
                           part_of(d, CRYPTO_DERIVE_MORE)};
    enum err e = ERR_OK;

    if (d->kdf == CRYPTO_KDF_FEEDBACK) {
        parts[0] = chained(d, CRYPTO_DERIVE_MORE);
        parts[2] = data;
    } else if (d->kdf == CRYPTO_KDF_PIPELINE) {
        const struct span last = chained(d, CRYPTO_DERIVE_DATA);
        e = run(port, d->prf, key, &last, 1, c->value);
        parts[0] = span_of(c->value, block_size(d));
        parts[2] = data;
    }
    if (e == ERR_OK)
        e = run(port, d->prf, key, parts, 3, c->block);
    if (e == ERR_OK && d->kdf == CRYPTO_KDF_FEEDBACK)
        memcpy(c->value, c->block, block_size(d));
    return e;
}

/* T(i) of the last block, the info, and one byte with the number. */
static enum err block_expand(const struct crypto_port *port,
                             struct crypto_derive *d)
{
    struct crypto_derive_chain *c = &d->chains[0];
    uint8_t number[COUNTER_MAX];
    const struct span parts[] = {
        span_of(c->block, c->blocks == 0 ? 0 : block_size(d)),
        part_of(d, CRYPTO_DERIVE_DATA), counter_of(d, 1, number)};

    return run(port, d->prf, part_of(d, CRYPTO_DERIVE_SECRET), parts, 3,
               c->block);
}

/* Digests without a key. */
static enum err block_digest(const struct crypto_port *port,
                             struct crypto_derive *d)
{
    uint8_t number[COUNTER_MAX];
    const struct span parts[] = {
        part_of(d, CRYPTO_DERIVE_SECRET),
        counter_of(d, d->kdf == CRYPTO_KDF_X963 ? COUNTER_MAX : 0, number),
        part_of(d, CRYPTO_DERIVE_DATA)};

    return port->digest(port->ctx, (enum crypto_digest)d->prf, parts, 3,
                        d->chains[0].block);
}

/* Of P_hash: the secret, or the half of it that the chain has in TLS 1.1, and
 * the digest. [RFC 4346 5, RFC 5246 5] */
static struct span tls_key(const struct crypto_derive *d, unsigned chain,
                           enum crypto_digest *digest)
{
    const struct span secret = part_of(d, CRYPTO_DERIVE_SECRET);
    const size_t half = (secret.n + 1) / 2;

    *digest = (enum crypto_digest)d->prf;
    if (d->kdf != CRYPTO_KDF_TLS11)
        return secret;
    *digest = chain == 0 ? CRYPTO_MD5 : CRYPTO_SHA1;
    return span_of(secret.p + (chain == 0 ? 0 : secret.n - half), half);
}

static enum err block_tls(const struct crypto_port *port,
                          struct crypto_derive *d, unsigned chain)
{
    struct crypto_derive_chain *c = &d->chains[chain];
    const struct span seed = part_of(d, CRYPTO_DERIVE_DATA);
    enum crypto_digest digest = CRYPTO_SHA256;
    const struct span key = tls_key(d, chain, &digest);
    const struct span value = span_of(c->value, crypto_digest_size(digest));
    const struct span last = c->blocks == 0 ? seed : value;
    const struct span parts[] = {value, seed};
    enum err e = crypto_hmac_of(port, digest, key, &last, 1, c->value);

    return e == ERR_OK ? crypto_hmac_of(port, digest, key, parts, 2, c->block)
                       : e;
}

static enum err make_block(const struct crypto_port *port,
                           struct crypto_derive *d, unsigned chain)
{
    switch (d->kdf) {
    case CRYPTO_KDF_COUNTER:
    case CRYPTO_KDF_FEEDBACK:
    case CRYPTO_KDF_PIPELINE:
        return block_800_108(port, d);
    case CRYPTO_KDF_TLS11:
    case CRYPTO_KDF_TLS12:
        return block_tls(port, d, chain);
    case CRYPTO_KDF_IEEE1363:
    case CRYPTO_KDF_ICAO:
    case CRYPTO_KDF_X963:
        return block_digest(port, d);
    case CRYPTO_KDF_EXPAND:
        return block_expand(port, d);
    default:
        return ERR_STATE;
    }
}

/* ---- bytes ---- */

/* The next n bytes of a chain go over what `out` has. */
static enum err mix(const struct crypto_port *port, struct crypto_derive *d,
                    unsigned chain, uint8_t *out, size_t n)
{
    struct crypto_derive_chain *c = &d->chains[chain];
    enum crypto_digest digest = CRYPTO_SHA1;
    size_t size = block_size(d);
    enum err e = ERR_OK;

    if (d->kdf == CRYPTO_KDF_TLS11) {
        (void)tls_key(d, chain, &digest);
        size = crypto_digest_size(digest);
    }
    for (size_t i = 0; i < n; i++) {
        if (c->left == 0) {
            e = make_block(port, d, chain);
            if (e != ERR_OK)
                return e;
            c->blocks++;
            c->left = (uint8_t)size;
        }
        out[i] ^= c->block[size - c->left--];
    }
    return ERR_OK;
}

enum err crypto_derive_bytes(const struct crypto_port *port,
                             struct crypto_derive *d, uint8_t *out, size_t n)
{
    enum err e = ERR_STATE;

    if (d->kdf == CRYPTO_KDF_NONE ||
        (d->length != 0 && n > d->length - d->taken))
        return e;
    memset(out, 0, n);
    e = mix(port, d, 0, out, n);
    if (e == ERR_OK && d->kdf == CRYPTO_KDF_TLS11)
        e = mix(port, d, 1, out, n);
    d->taken += (uint32_t)n;
    return e;
}
