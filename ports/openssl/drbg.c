#include "ports/openssl/drbg.h"

#include <string.h>

#include "base/ct.h"

enum { BLOCK = 16 };

static void step(uint8_t counter[BLOCK])
{
    for (size_t i = BLOCK; i-- > 0 && ++counter[i] == 0;)
        ;
}

/* n bytes (whole blocks) of key stream. */
static enum err stream(struct drbg *d, struct cipher_cache *cipher,
                       uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i += BLOCK) {
        step(d->counter);
        memcpy(out + i, d->counter, BLOCK);
    }
    return cipher_cache_run(cipher, CRYPTO_AES, CRYPTO_ECB, CRYPTO_ENCRYPT,
                            span_of(d->key, sizeof d->key), NULL, out, out, n);
}

/* A new key and counter, so that earlier output cannot be found again. */
static enum err update(struct drbg *d, struct cipher_cache *cipher,
                       const uint8_t *input)
{
    uint8_t next[DRBG_SEED];
    enum err e = stream(d, cipher, next, sizeof next);
    for (size_t i = 0; e == ERR_OK && input != NULL && i < sizeof next; i++)
        next[i] ^= input[i];
    if (e == ERR_OK) {
        memcpy(d->key, next, sizeof d->key);
        memcpy(d->counter, next + sizeof d->key, sizeof d->counter);
    }
    wipe(next, sizeof next);
    return e;
}

enum err drbg_start(struct drbg *d, struct cipher_cache *cipher,
                    const uint8_t seed[DRBG_SEED])
{
    *d = (struct drbg){.requests = 0};
    return update(d, cipher, seed);
}

enum err drbg_stir(struct drbg *d, struct cipher_cache *cipher,
                   const uint8_t seed[DRBG_SEED])
{
    wipe(d->ahead, sizeof d->ahead);
    d->left = 0;
    return update(d, cipher, seed);
}

/* A request of the generator. */
static enum err make(struct drbg *d, struct cipher_cache *cipher, uint8_t *out,
                     size_t n)
{
    uint8_t tail[BLOCK];
    size_t whole = n / BLOCK * BLOCK;
    enum err e = stream(d, cipher, out, whole);

    if (e == ERR_OK && n > whole) {
        e = stream(d, cipher, tail, sizeof tail);
        memcpy(out + whole, tail, n - whole);
        wipe(tail, sizeof tail);
    }
    if (e == ERR_OK)
        e = update(d, cipher, NULL);
    d->requests++;
    return e;
}

enum err drbg_bytes(struct drbg *d, struct cipher_cache *cipher, uint8_t *out,
                    size_t n)
{
    enum err e = ERR_OK;

    if (n > DRBG_BLOCK / 2)
        return make(d, cipher, out, n);
    if (d->left < n) {
        e = make(d, cipher, d->ahead, sizeof d->ahead);
        d->left = e == ERR_OK ? DRBG_BLOCK : 0;
    }
    if (e != ERR_OK)
        return e;
    uint8_t *from = d->ahead + DRBG_BLOCK - d->left;
    memcpy(out, from, n);
    wipe(from, n);
    d->left = (uint16_t)(d->left - n);
    return ERR_OK;
}
