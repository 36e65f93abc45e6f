#include "crypto/stream.h"

#include "base/ct.h"
#include "crypto/chain.h"

enum { BLOCK = CRYPTO_STREAM_BLOCK, AHEAD = 16 * BLOCK };

static void count_up(uint8_t *counter, size_t width)
{
    unsigned carry = 1;

    for (size_t i = BLOCK; i-- > BLOCK - width;) {
        carry += counter[i];
        counter[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static void mix(uint8_t *out, const uint8_t *in, const uint8_t *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = in[i] ^ key[i];
}

/* Whole blocks, with as much key stream ahead as one call can make. */
static enum err ctr_blocks(const struct crypto_port *port, struct span key,
                           size_t width, struct crypto_stream *s,
                           const uint8_t *in, uint8_t *out, size_t n)
{
    uint8_t ahead[AHEAD];
    enum err e = ERR_OK;

    while (n > 0 && e == ERR_OK) {
        const size_t now = n < AHEAD ? n : AHEAD;
        for (size_t i = 0; i < now; i += BLOCK) {
            memcpy(ahead + i, s->next, BLOCK);
            count_up(s->next, width);
        }
        e = port->cipher(port->ctx, CRYPTO_AES, CRYPTO_ECB, CRYPTO_ENCRYPT, key,
                         NULL, ahead, ahead, now);
        mix(out, in, ahead, now);
        in += now;
        out += now;
        n -= now;
    }
    wipe(ahead, sizeof ahead);
    return e;
}

/* A part of a block, whose key stream is there or begins here. */
static enum err ctr_part(const struct crypto_port *port, struct span key,
                         size_t width, struct crypto_stream *s,
                         const uint8_t *in, uint8_t *out, size_t n)
{
    enum err e = ERR_OK;

    if (s->used == 0) {
        e = crypto_block(port, CRYPTO_AES, key, s->next, s->block);
        count_up(s->next, width);
    }
    mix(out, in, s->block + s->used, n);
    s->used = (uint8_t)((s->used + n) % BLOCK);
    return e;
}

/* As many of n bytes as finish a block that was begun. */
static size_t rest(const struct crypto_stream *s, size_t n)
{
    const size_t left = s->used != 0 ? (size_t)BLOCK - s->used : 0;

    return n < left ? n : left;
}

enum err crypto_ctr(const struct crypto_port *port, struct span key,
                    size_t width, struct crypto_stream *s, const uint8_t *in,
                    uint8_t *out, size_t n)
{
    const size_t first = rest(s, n);
    const size_t whole = (n - first) / BLOCK * BLOCK;
    const size_t last = n - first - whole;
    enum err e = ERR_OK;

    if (first != 0)
        e = ctr_part(port, key, width, s, in, out, first);
    if (e == ERR_OK)
        e = ctr_blocks(port, key, width, s, in + first, out + first, whole);
    if (e == ERR_OK && last != 0)
        e = ctr_part(port, key, width, s, in + n - last, out + n - last, last);
    return e;
}

/* At most as much as is left of a block. */
static enum err cfb_part(const struct crypto_port *port, struct span key,
                         enum crypto_direction direction,
                         struct crypto_stream *s, const uint8_t *in,
                         uint8_t *out, size_t n)
{
    enum err e = ERR_OK;

    if (s->used == 0)
        e = crypto_block(port, CRYPTO_AES, key, s->next, s->block);
    if (direction == CRYPTO_DECRYPT)
        memcpy(s->next + s->used, in, n);
    mix(out, in, s->block + s->used, n);
    if (direction == CRYPTO_ENCRYPT)
        memcpy(s->next + s->used, out, n);
    s->used = (uint8_t)((s->used + n) % BLOCK);
    return e;
}

enum err crypto_cfb(const struct crypto_port *port, struct span key,
                    enum crypto_direction direction, struct crypto_stream *s,
                    const uint8_t *in, uint8_t *out, size_t n)
{
    enum err e = ERR_OK;

    while (n > 0 && e == ERR_OK) {
        const size_t room = (size_t)BLOCK - s->used;
        const size_t now = n < room ? n : room;
        e = cfb_part(port, key, direction, s, in, out, now);
        in += now;
        out += now;
        n -= now;
    }
    return e;
}
