#include "crypto/mac.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/chain.h"

enum { BLOCK = CRYPTO_DES_MAC_SIZE, KEY = 16 };

/* Which cipher and key chain the blocks before the last. */
struct chaining {
    enum crypto_cipher cipher;
    struct span key;
};

/* Takes bytes; those that fill no block wait in mac->block. */
static enum err add(const struct crypto_port *port, struct crypto_retail *mac,
                    struct chaining by, struct span bytes)
{
    enum err e = ERR_OK;

    if (bytes.n == 0)
        return ERR_OK;
    if (mac->filled > 0) {
        size_t room = (size_t)(BLOCK - mac->filled);
        size_t now = bytes.n < room ? bytes.n : room;
        memcpy(mac->block + mac->filled, bytes.p, now);
        mac->filled = (uint8_t)(mac->filled + now);
        bytes = span_of(bytes.p + now, bytes.n - now);
        if (mac->filled < BLOCK)
            return ERR_OK;
        e = crypto_chain(port, by.cipher, by.key, mac->chain, mac->block,
                         BLOCK);
        mac->filled = 0;
    }
    size_t whole = bytes.n / BLOCK * BLOCK;
    if (e == ERR_OK && whole > 0)
        e = crypto_chain(port, by.cipher, by.key, mac->chain, bytes.p, whole);
    if (e == ERR_OK && bytes.n > whole) {
        memcpy(mac->block, bytes.p + whole, bytes.n - whole);
        mac->filled = (uint8_t)(bytes.n - whole);
    }
    return e;
}

/* Padding always adds a block, and that one is the last: triple DES. */
static enum err end(const struct crypto_port *port, struct crypto_retail *mac,
                    struct span key, uint8_t out[BLOCK])
{
    memset(mac->block + mac->filled, 0, (size_t)(BLOCK - mac->filled));
    mac->block[mac->filled] = 0x80;
    enum err e =
        crypto_chain(port, CRYPTO_DES3, key, mac->chain, mac->block, BLOCK);
    if (e == ERR_OK)
        memcpy(out, mac->chain, BLOCK);
    wipe(mac, sizeof *mac);
    return e;
}

static enum err whole_mac(const struct crypto_port *port, struct chaining by,
                          struct span key, const uint8_t icv[BLOCK],
                          const struct span *parts, size_t count,
                          uint8_t mac[BLOCK])
{
    struct crypto_retail state;
    crypto_retail_begin(&state, icv);

    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = add(port, &state, by, parts[i]);
    if (e == ERR_OK)
        e = end(port, &state, key, mac);
    wipe(&state, sizeof state);
    return e;
}

static struct chaining single_des(struct span key)
{
    return (struct chaining){CRYPTO_DES, span_of(key.p, 8)};
}

enum err crypto_retail_mac(const struct crypto_port *port, struct span key,
                           const uint8_t icv[BLOCK], const struct span *parts,
                           size_t count, uint8_t mac[BLOCK])
{
    if (key.n != KEY)
        return ERR_RANGE;
    return whole_mac(port, single_des(key), key, icv, parts, count, mac);
}

enum err crypto_des3_mac(const struct crypto_port *port, struct span key,
                         const uint8_t icv[BLOCK], const struct span *parts,
                         size_t count, uint8_t mac[BLOCK])
{
    if (key.n != KEY)
        return ERR_RANGE;
    const struct chaining by = {CRYPTO_DES3, key};
    return whole_mac(port, by, key, icv, parts, count, mac);
}

void crypto_retail_begin(struct crypto_retail *mac, const uint8_t icv[BLOCK])
{
    *mac = (struct crypto_retail){.filled = 0};
    memcpy(mac->chain, icv, BLOCK);
}

enum err crypto_retail_add(const struct crypto_port *port,
                           struct crypto_retail *mac, struct span key,
                           struct span bytes)
{
    if (key.n != KEY)
        return ERR_RANGE;
    return add(port, mac, single_des(key), bytes);
}

enum err crypto_retail_end(const struct crypto_port *port,
                           struct crypto_retail *mac, struct span key,
                           uint8_t out[BLOCK])
{
    if (key.n != KEY)
        return ERR_RANGE;
    return end(port, mac, key, out);
}
