#include "crypto/cmac.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/chain.h"

/*
 * The last block is treated differently, and which one it is shows only when
 * no byte follows: up to one whole block is held back in `block`.
 */
struct state {
    const struct crypto_port *port;
    struct span key;
    uint8_t iv[16];
    uint8_t block[16];
    size_t held;
};

static enum err absorb_held(struct state *s)
{
    enum err e = crypto_chain(s->port, CRYPTO_AES, s->key, s->iv, s->block,
                              sizeof s->block);
    s->held = 0;
    return e;
}

static enum err absorb(struct state *s, struct span part)
{
    while (part.n > 0) {
        if (s->held == sizeof s->block) {
            enum err e = absorb_held(s);
            if (e != ERR_OK)
                return e;
        }
        if (s->held == 0 && part.n > sizeof s->block) {
            size_t whole = (part.n - 1) / 16 * 16;
            enum err e =
                crypto_chain(s->port, CRYPTO_AES, s->key, s->iv, part.p, whole);
            if (e != ERR_OK)
                return e;
            part = span_of(part.p + whole, part.n - whole);
        }
        size_t room = sizeof s->block - s->held;
        size_t now = part.n < room ? part.n : room;
        memcpy(s->block + s->held, part.p, now);
        s->held += now;
        part = span_of(part.p + now, part.n - now);
    }
    return ERR_OK;
}

/* Doubling in GF(2^128) [RFC 4493 2.3], without a branch on the key. */
static void double_block(uint8_t b[16])
{
    uint8_t carry = (uint8_t)(b[0] >> 7);
    for (size_t i = 0; i < 15; i++)
        b[i] = (uint8_t)((b[i] << 1) | (b[i + 1] >> 7));
    b[15] = (uint8_t)((b[15] << 1) ^ (0x87 & (uint8_t)-carry));
}

static enum err finish(struct state *s, uint8_t mac[16])
{
    uint8_t subkey[16] = {0};
    enum err e = crypto_block(s->port, CRYPTO_AES, s->key, subkey, subkey);
    if (e != ERR_OK)
        return e;

    double_block(subkey);
    if (s->held < sizeof s->block) {
        double_block(subkey);
        memset(s->block + s->held, 0, sizeof s->block - s->held);
        s->block[s->held] = 0x80;
    }
    for (size_t i = 0; i < sizeof subkey; i++)
        s->block[i] ^= subkey[i];
    wipe(subkey, sizeof subkey);

    e = absorb_held(s);
    if (e == ERR_OK)
        memcpy(mac, s->iv, sizeof s->iv);
    return e;
}

enum err crypto_cmac(const struct crypto_port *port, struct span key,
                     const struct span *parts, size_t count, uint8_t mac[16])
{
    struct state s = {.port = port, .key = key};
    enum err e = ERR_OK;

    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = absorb(&s, parts[i]);
    if (e == ERR_OK)
        e = finish(&s, mac);
    wipe(&s, sizeof s);
    return e;
}
