#include "crypto/blockmac.h"

#include "base/ct.h"
#include "crypto/chain.h"

enum { DES_KEY = 8 };

/* Blocks that are not the last. */
static enum err chain(const struct crypto_port *port,
                      const struct crypto_mac *mac,
                      struct crypto_blockmac *state, const uint8_t *p, size_t n)
{
    return mac->kind == CRYPTO_MAC_RETAIL
               ? crypto_chain(port, CRYPTO_DES, span_of(mac->key.p, DES_KEY),
                              state->chain, p, n)
               : crypto_chain(port, mac->cipher, mac->key, state->chain, p, n);
}

static void hold(struct crypto_blockmac *state, struct span bytes)
{
    if (bytes.n != 0)
        memcpy(state->block + state->filled, bytes.p, bytes.n);
    state->filled = (uint8_t)(state->filled + bytes.n);
}

/* Which block is the last one shows only when no byte follows: so one waits. */
enum err crypto_blockmac_add(const struct crypto_port *port,
                             const struct crypto_mac *mac,
                             struct crypto_blockmac *state, struct span bytes)
{
    const size_t block = crypto_block_size(mac->cipher);
    const size_t room = block - state->filled;
    size_t whole = 0;
    enum err e = ERR_OK;

    if (bytes.n <= room) {
        hold(state, bytes);
        return ERR_OK;
    }
    if (state->filled != 0) {
        hold(state, span_of(bytes.p, room));
        bytes = span_of(bytes.p + room, bytes.n - room);
        state->filled = 0;
        e = chain(port, mac, state, state->block, block);
    }
    whole = (bytes.n - 1) / block * block;
    if (e == ERR_OK)
        e = chain(port, mac, state, bytes.p, whole);
    hold(state, span_of(bytes.p + whole, bytes.n - whole));
    return e;
}

/* Doubling in GF(2^128) [RFC 4493 2.3], without a branch on the key. */
static void double_block(uint8_t b[CRYPTO_BLOCK_MAX])
{
    const uint8_t carry = (uint8_t)(b[0] >> 7);

    for (size_t i = 0; i < CRYPTO_BLOCK_MAX - 1; i++)
        b[i] = (uint8_t)((b[i] << 1) | (b[i + 1] >> 7));
    b[CRYPTO_BLOCK_MAX - 1] =
        (uint8_t)((b[CRYPTO_BLOCK_MAX - 1] << 1) ^ (0x87 & (uint8_t)-carry));
}

/* The last block is whole under one subkey, padded under the other. */
static enum err end_cmac(const struct crypto_port *port,
                         const struct crypto_mac *mac,
                         struct crypto_blockmac *state)
{
    uint8_t subkey[CRYPTO_BLOCK_MAX] = {0};
    enum err e = crypto_block(port, mac->cipher, mac->key, subkey, subkey);

    double_block(subkey);
    if (state->filled < CRYPTO_BLOCK_MAX) {
        double_block(subkey);
        memset(state->block + state->filled, 0,
               (size_t)(CRYPTO_BLOCK_MAX - state->filled));
        state->block[state->filled] = 0x80;
    }
    for (size_t i = 0; i < CRYPTO_BLOCK_MAX; i++)
        state->block[i] ^= subkey[i];
    if (e == ERR_OK)
        e = chain(port, mac, state, state->block, CRYPTO_BLOCK_MAX);
    wipe(subkey, sizeof subkey);
    return e;
}

/* What is held and its padding, one block or two; the last is triple DES. */
static enum err end_padded(const struct crypto_port *port,
                           const struct crypto_mac *mac,
                           struct crypto_blockmac *state, size_t block)
{
    uint8_t tail[2 * CRYPTO_BLOCK_MAX];
    size_t more = 0;
    enum err e = crypto_pad_more(mac->padding, state->filled, block,
                                 tail + state->filled, &more);
    const size_t before = state->filled + more - block;

    if (e != ERR_OK)
        return e;
    memcpy(tail, state->block, state->filled);
    if (before != 0)
        e = chain(port, mac, state, tail, before);
    if (e == ERR_OK)
        e = crypto_chain(port, mac->cipher, mac->key, state->chain,
                         tail + before, block);
    wipe(tail, sizeof tail);
    return e;
}

enum err crypto_blockmac_end(const struct crypto_port *port,
                             const struct crypto_mac *mac,
                             struct crypto_blockmac *state, uint8_t *out)
{
    const size_t block = crypto_block_size(mac->cipher);
    const enum err e = mac->kind == CRYPTO_MAC_CMAC
                           ? end_cmac(port, mac, state)
                           : end_padded(port, mac, state, block);

    if (e == ERR_OK)
        memcpy(out, state->chain, block);
    return e;
}
