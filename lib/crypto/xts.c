#include "crypto/xts.h"

#include "base/ct.h"
#include "crypto/chain.h"

enum { BLOCK = CRYPTO_XTS_BLOCK };

/* Times x, least significant byte first, without a branch on the bits. */
static void next_tweak(uint8_t t[BLOCK])
{
    const uint8_t carry = (uint8_t)(t[BLOCK - 1] >> 7);

    for (size_t i = BLOCK - 1; i > 0; i--)
        t[i] = (uint8_t)((t[i] << 1) | (t[i - 1] >> 7));
    t[0] = (uint8_t)((t[0] << 1) ^ (0x87 & (uint8_t)-carry));
}

static void mix(uint8_t *out, const uint8_t *in, const uint8_t *with)
{
    for (size_t i = 0; i < BLOCK; i++)
        out[i] = in[i] ^ with[i];
}

static bool is_key(struct span key)
{
    return key.n == 32 || key.n == 64;
}

static enum err begin(const struct crypto_port *port, struct span key,
                      struct crypto_xts *x)
{
    const struct span second = span_of(key.p + key.n / 2, key.n / 2);

    if (x->begun != 0)
        return ERR_OK;
    x->begun = 1;
    return crypto_block(port, CRYPTO_AES, second, x->tweak, x->tweak);
}

/* One block under a tweak. */
static enum err block(const struct crypto_port *port, struct span key,
                      enum crypto_direction direction, const uint8_t *tweak,
                      const uint8_t *in, uint8_t *out)
{
    enum err e = ERR_OK;

    mix(out, in, tweak);
    e = port->cipher(port->ctx, CRYPTO_AES, CRYPTO_ECB, direction,
                     span_of(key.p, key.n / 2), NULL, out, out, BLOCK);
    mix(out, out, tweak);
    return e;
}

/* The first block of what is held. */
static enum err give(const struct crypto_port *port, struct span key,
                     enum crypto_direction direction, struct crypto_xts *x,
                     uint8_t *out)
{
    const enum err e = block(port, key, direction, x->tweak, x->held, out);

    next_tweak(x->tweak);
    memmove(x->held, x->held + BLOCK, BLOCK);
    x->filled = (uint8_t)(x->filled - BLOCK);
    return e;
}

enum err crypto_xts_add(const struct crypto_port *port, struct span key,
                        enum crypto_direction direction, struct crypto_xts *x,
                        struct span in, uint8_t *out, size_t *written)
{
    enum err e = is_key(key) ? begin(port, key, x) : ERR_RANGE;

    *written = 0;
    while (in.n > 0 && e == ERR_OK) {
        const size_t room = sizeof x->held - x->filled;
        const size_t now = in.n < room ? in.n : room;
        memcpy(x->held + x->filled, in.p, now);
        x->filled = (uint8_t)(x->filled + now);
        in = span_of(in.p + now, in.n - now);
        if (x->filled < sizeof x->held)
            break;
        e = give(port, key, direction, x, out + *written);
        *written += BLOCK;
    }
    return e;
}

/* The last whole block and the part behind it change places [IEEE 1619 5.3.2,
 * 5.4.2]; deciphering takes their tweaks in the other order. */
static enum err steal(const struct crypto_port *port, struct span key,
                      enum crypto_direction direction,
                      const struct crypto_xts *x, uint8_t *out)
{
    const size_t part = (size_t)x->filled - BLOCK;
    const bool back = direction == CRYPTO_DECRYPT;
    uint8_t tweaks[2][BLOCK];
    uint8_t whole[BLOCK];

    memcpy(tweaks[0], x->tweak, BLOCK);
    memcpy(tweaks[1], x->tweak, BLOCK);
    next_tweak(tweaks[1]);
    enum err e = block(port, key, direction, tweaks[back], x->held, whole);
    memcpy(out + BLOCK, whole, part);
    memcpy(whole, x->held + BLOCK, part);
    if (e == ERR_OK)
        e = block(port, key, direction, tweaks[!back], whole, out);
    wipe(whole, sizeof whole);
    wipe(tweaks, sizeof tweaks);
    return e;
}

enum err crypto_xts_end(const struct crypto_port *port, struct span key,
                        enum crypto_direction direction, struct crypto_xts *x,
                        uint8_t *out, size_t *written)
{
    *written = x->filled;
    if (!is_key(key) || x->filled < BLOCK)
        return ERR_RANGE;
    return x->filled == BLOCK ? give(port, key, direction, x, out)
                              : steal(port, key, direction, x, out);
}
