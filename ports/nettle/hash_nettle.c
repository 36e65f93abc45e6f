#include "ports/nettle/hash_nettle.h"

#include <string.h>

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/ripemd160.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>
#include <nettle/sm3.h>

#include "base/ct.h"

/* A state: whether it was begun, in room that keeps nettle's aligned. */
enum { BEGUN_AT = 0, CONTEXT_AT = 8 };

/* How an intermediate value lies in a context; words 0: it has none. */
struct chain {
    uint16_t state_at;
    uint16_t count_at; /* of blocks, 64 bits; the low half of SHA-512's 128 */
    uint16_t index_at; /* unsigned: bytes of an unfinished block */
    uint8_t words;
    uint8_t word; /* bytes */
    bool little_endian;
};

#define CHAIN(type, count, words, word, little)                                \
    {                                                                          \
        offsetof(struct type, state), offsetof(struct type, count),            \
            offsetof(struct type, index), words, word, little                  \
    }

static const struct row {
    const struct nettle_hash *hash;
    struct chain chain;
} rows[] = {
    [CRYPTO_SHA1] = {&nettle_sha1, CHAIN(sha1_ctx, count, 5, 4, false)},
    [CRYPTO_SHA224] = {&nettle_sha224, CHAIN(sha256_ctx, count, 8, 4, false)},
    [CRYPTO_SHA256] = {&nettle_sha256, CHAIN(sha256_ctx, count, 8, 4, false)},
    [CRYPTO_SHA384] = {&nettle_sha384,
                       CHAIN(sha512_ctx, count_low, 8, 8, false)},
    [CRYPTO_SHA512] = {&nettle_sha512,
                       CHAIN(sha512_ctx, count_low, 8, 8, false)},
    [CRYPTO_SHA3_224] = {&nettle_sha3_224, {0}},
    [CRYPTO_SHA3_256] = {&nettle_sha3_256, {0}},
    [CRYPTO_SHA3_384] = {&nettle_sha3_384, {0}},
    [CRYPTO_SHA3_512] = {&nettle_sha3_512, {0}},
    [CRYPTO_MD5] = {&nettle_md5, CHAIN(md5_ctx, count, 4, 4, true)},
    [CRYPTO_RIPEMD160] = {&nettle_ripemd160,
                          CHAIN(ripemd160_ctx, count, 5, 4, true)},
    [CRYPTO_SM3] = {&nettle_sm3, CHAIN(sm3_ctx, count, 8, 4, false)},
    /* but for its end */
    [CRYPTO_SHAKE256] = {&nettle_sha3_256, {0}},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct row *row_of(enum crypto_digest digest)
{
    return (size_t)digest < ROWS ? &rows[digest] : NULL;
}

static size_t state_size(enum crypto_digest digest)
{
    const struct row *r = row_of(digest);
    return r != NULL ? CONTEXT_AT + (size_t)r->hash->context_size : 0;
}

static uint8_t *begun(const struct row *r, uint8_t *state)
{
    if (state[BEGUN_AT] == 0) {
        r->hash->init(state + CONTEXT_AT);
        state[BEGUN_AT] = 1;
    }
    return state + CONTEXT_AT;
}

static enum err add(void *ctx, enum crypto_digest digest, uint8_t *state,
                    struct span bytes)
{
    const struct row *r = row_of(digest);

    (void)ctx;
    if (r == NULL)
        return ERR_UNSUPPORTED;
    r->hash->update(begun(r, state), bytes.n, bytes.p);
    return ERR_OK;
}

static enum err finish(void *ctx, enum crypto_digest digest, uint8_t *state,
                       uint8_t *out)
{
    const struct row *r = row_of(digest);

    (void)ctx;
    if (r == NULL)
        return ERR_UNSUPPORTED;
    uint8_t *context = begun(r, state);
    if (digest == CRYPTO_SHAKE256)
        sha3_256_shake((struct sha3_256_ctx *)(void *)context,
                       crypto_digest_size(digest), out);
    else
        r->hash->digest(context, r->hash->digest_size, out);
    wipe(state, state_size(digest));
    return ERR_OK;
}

static uint64_t get_word(const uint8_t *at, unsigned n, bool little_endian)
{
    uint64_t w = 0;

    for (unsigned i = 0; i < n; i++)
        w = w << 8 | at[little_endian ? n - 1 - i : i];
    return w;
}

static void set_word(uint8_t *at, uint64_t w, unsigned n, bool little_endian)
{
    for (unsigned i = 0; i < n; i++) {
        at[little_endian ? i : n - 1 - i] = (uint8_t)w;
        w >>= 8;
    }
}

/* Word i of a context, in the machine's own order. */
static uint64_t load_word(const struct chain *c, const uint8_t *context,
                          unsigned i)
{
    const uint8_t *at = context + c->state_at + (size_t)i * c->word;
    uint32_t narrow = 0;
    uint64_t wide = 0;

    if (c->word == sizeof wide)
        memcpy(&wide, at, sizeof wide);
    else
        memcpy(&narrow, at, sizeof narrow);
    return c->word == sizeof wide ? wide : narrow;
}

static void store_word(const struct chain *c, uint8_t *context, unsigned i,
                       uint64_t w)
{
    uint8_t *at = context + c->state_at + (size_t)i * c->word;
    const uint32_t narrow = (uint32_t)w;

    if (c->word == sizeof w)
        memcpy(at, &w, sizeof w);
    else
        memcpy(at, &narrow, sizeof narrow);
}

static enum err resume(void *ctx, enum crypto_digest digest, uint8_t *state,
                       struct span chaining, uint64_t count)
{
    const struct row *r = row_of(digest);

    (void)ctx;
    if (r == NULL || r->chain.words == 0)
        return ERR_UNSUPPORTED;
    const struct chain *c = &r->chain;
    const uint64_t blocks = count / r->hash->block_size;
    if (chaining.n != (size_t)c->words * c->word ||
        count % r->hash->block_size != 0)
        return ERR_RANGE;
    wipe(state, state_size(digest));
    uint8_t *context = begun(r, state);
    for (unsigned i = 0; i < c->words; i++)
        store_word(c, context, i,
                   get_word(chaining.p + (size_t)i * c->word, c->word,
                            c->little_endian));
    memcpy(context + c->count_at, &blocks, sizeof blocks);
    return ERR_OK;
}

static enum err chaining(void *ctx, enum crypto_digest digest,
                         const uint8_t *state, uint8_t *out, size_t *n)
{
    const struct row *r = row_of(digest);
    uint8_t fresh[CRYPTO_HASH_STATE_MAX] __attribute__((aligned(8)));
    unsigned index = 0;

    (void)ctx;
    if (r == NULL || r->chain.words == 0)
        return ERR_UNSUPPORTED;
    const struct chain *c = &r->chain;
    memcpy(fresh, state, state_size(digest));
    const uint8_t *context = begun(r, fresh);
    memcpy(&index, context + c->index_at, sizeof index);
    for (unsigned i = 0; i < c->words; i++)
        set_word(out + (size_t)i * c->word, load_word(c, context, i), c->word,
                 c->little_endian);
    *n = (size_t)c->words * c->word;
    wipe(fresh, sizeof fresh);
    return index == 0 ? ERR_OK : ERR_RANGE;
}

const struct crypto_hash_port port_nettle_hash = {
    state_size, add, finish, resume, chaining,
};
