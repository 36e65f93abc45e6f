#include "crypto/gcm.h"

#include "base/ct.h"
#include "crypto/chain.h"

enum { BLOCK = CRYPTO_STREAM_BLOCK, COUNTER = 4, BITS_A_BYTE = 8 };

static enum err hash_key(const struct crypto_port *port, struct span key,
                         uint8_t h[BLOCK])
{
    memset(h, 0, BLOCK);
    return crypto_block(port, CRYPTO_AES, key, h, h);
}

static void add_sizes(struct crypto_ghash *hash, const uint8_t h[BLOCK],
                      uint64_t a, uint64_t b)
{
    uint8_t sizes[BLOCK];

    set_u8(sizes, a * BITS_A_BYTE);
    set_u8(sizes + BLOCK / 2, b * BITS_A_BYTE);
    crypto_ghash_add(hash, h, span_of(sizes, sizeof sizes));
}

/* The first counter of an IV that is not of the usual length [7.1]. */
static void hash_iv(uint8_t first[BLOCK], const uint8_t h[BLOCK],
                    struct span iv)
{
    struct crypto_ghash hash = {.filled = 0};

    crypto_ghash_add(&hash, h, iv);
    crypto_ghash_align(&hash, h);
    add_sizes(&hash, h, 0, iv.n);
    memcpy(first, hash.y, BLOCK);
}

enum err crypto_gcm_begin(const struct crypto_port *port, struct span key,
                          struct crypto_gcm *g, struct span iv)
{
    static const uint8_t none[BLOCK];
    uint8_t h[BLOCK];
    enum err e = ERR_OK;

    wipe(g, sizeof *g);
    if (iv.n == 0)
        return ERR_RANGE;
    e = hash_key(port, key, h);
    if (iv.n == CRYPTO_GCM_IV) {
        memcpy(g->first, iv.p, iv.n);
        g->first[BLOCK - 1] = 1;
    } else {
        hash_iv(g->first, h, iv);
    }
    memcpy(g->stream.next, g->first, BLOCK);
    /* the text has the counters behind the first */
    if (e == ERR_OK)
        e = crypto_ctr(port, key, COUNTER, &g->stream, none, h, BLOCK);
    g->begun = e == ERR_OK;
    wipe(h, sizeof h);
    return e;
}

enum err crypto_gcm_aad(const struct crypto_port *port, struct span key,
                        struct crypto_gcm *g, struct span aad)
{
    uint8_t h[BLOCK];
    enum err e = ERR_OK;

    if (g->text_size != 0)
        return ERR_STATE;
    e = hash_key(port, key, h);
    crypto_ghash_add(&g->hash, h, aad);
    g->aad_size += aad.n;
    wipe(h, sizeof h);
    return e;
}

enum err crypto_gcm_text(const struct crypto_port *port, struct span key,
                         enum crypto_direction direction, struct crypto_gcm *g,
                         struct span in, uint8_t *out)
{
    uint8_t h[BLOCK];
    enum err e = hash_key(port, key, h);

    if (g->text_size == 0 && in.n != 0)
        crypto_ghash_align(&g->hash, h);
    if (direction == CRYPTO_DECRYPT)
        crypto_ghash_add(&g->hash, h, in);
    if (e == ERR_OK)
        e = crypto_ctr(port, key, COUNTER, &g->stream, in.p, out, in.n);
    if (direction == CRYPTO_ENCRYPT && e == ERR_OK)
        crypto_ghash_add(&g->hash, h, span_of(out, in.n));
    g->text_size += in.n;
    wipe(h, sizeof h);
    return e;
}

enum err crypto_gcm_end(const struct crypto_port *port, struct span key,
                        struct crypto_gcm *g, uint8_t tag[CRYPTO_GCM_TAG])
{
    uint8_t h[BLOCK];
    enum err e = hash_key(port, key, h);

    crypto_ghash_align(&g->hash, h);
    add_sizes(&g->hash, h, g->aad_size, g->text_size);
    if (e == ERR_OK)
        e = crypto_block(port, CRYPTO_AES, key, g->first, h);
    for (size_t i = 0; i < BLOCK; i++)
        tag[i] = g->hash.y[i] ^ h[i];
    wipe(h, sizeof h);
    return e;
}
