#include "crypto/hmac.h"

#include "base/ct.h"

enum { INNER = 0x36, OUTER = 0x5C };

/* The key as a block, mixed with a pad, into a digest that begins. */
static enum err add_key(const struct crypto_port *port,
                        enum crypto_digest digest, struct span key, uint8_t pad,
                        uint8_t *state)
{
    const size_t block = crypto_digest_block(digest);
    uint8_t bytes[CRYPTO_HASH_BLOCK_MAX] = {0};
    enum err e = ERR_OK;

    if (key.n > block)
        e = port->digest(port->ctx, digest, &key, 1, bytes);
    else if (key.n != 0)
        memcpy(bytes, key.p, key.n);
    for (size_t i = 0; i < block; i++)
        bytes[i] ^= pad;
    if (e == ERR_OK)
        e = port->hash->add(port->ctx, digest, state, span_of(bytes, block));
    wipe(bytes, sizeof bytes);
    return e;
}

enum err crypto_hmac_add(const struct crypto_port *port,
                         enum crypto_digest digest, struct span key,
                         struct crypto_hmac *h, struct span bytes)
{
    uint8_t *inner = (uint8_t *)h->inner;
    enum err e = ERR_OK;

    if (port->hash == NULL || port->hash->state_size(digest) == 0)
        return ERR_UNSUPPORTED;
    if (h->begun == 0)
        e = add_key(port, digest, key, INNER, inner);
    h->begun = 1;
    return e == ERR_OK && bytes.n != 0
               ? port->hash->add(port->ctx, digest, inner, bytes)
               : e;
}

enum err crypto_hmac_end(const struct crypto_port *port,
                         enum crypto_digest digest, struct span key,
                         struct crypto_hmac *h, uint8_t *out)
{
    uint64_t outer[CRYPTO_HASH_STATE_MAX / sizeof(uint64_t)] = {0};
    uint8_t value[CRYPTO_DIGEST_MAX];
    enum err e = crypto_hmac_add(port, digest, key, h, span_of(NULL, 0));

    if (e == ERR_OK)
        e = port->hash->finish(port->ctx, digest, (uint8_t *)h->inner, value);
    if (e == ERR_OK)
        e = add_key(port, digest, key, OUTER, (uint8_t *)outer);
    if (e == ERR_OK)
        e = port->hash->add(port->ctx, digest, (uint8_t *)outer,
                            span_of(value, crypto_digest_size(digest)));
    if (e == ERR_OK)
        e = port->hash->finish(port->ctx, digest, (uint8_t *)outer, out);
    wipe(outer, sizeof outer);
    wipe(value, sizeof value);
    wipe(h, sizeof *h);
    return e;
}

enum err crypto_hmac_of(const struct crypto_port *port,
                        enum crypto_digest digest, struct span key,
                        const struct span *parts, size_t count, uint8_t *out)
{
    struct crypto_hmac h = {.begun = 0};
    enum err e = ERR_OK;

    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = crypto_hmac_add(port, digest, key, &h, parts[i]);
    if (e == ERR_OK)
        e = crypto_hmac_end(port, digest, key, &h, out);
    wipe(&h, sizeof h);
    return e;
}
