/*
 * Initialised cipher contexts, kept by cipher, mode, direction and key: the
 * key schedule costs more than a block.  The least recently used one goes.
 */
#ifndef PORTS_OPENSSL_CIPHER_CACHE_H
#define PORTS_OPENSSL_CIPHER_CACHE_H

#include "ports/openssl/openssl_headers.h"

#include "crypto/crypto.h"

enum { CIPHER_CACHE_SIZE = 16, CIPHER_KINDS = 8 };

struct cipher_slot {
    EVP_CIPHER_CTX *evp;
    uint64_t used; /* 0: empty */
    uint8_t cipher;
    uint8_t mode;
    uint8_t direction;
    uint8_t key_length;
    uint8_t key[CRYPTO_KEY_MAX];
    uint8_t chained[CRYPTO_BLOCK_MAX]; /* CBC: what `evp` goes on from */
};

struct cipher_cache {
    OSSL_LIB_CTX *lib;
    uint64_t clock;
    EVP_CIPHER *algorithms[CIPHER_KINDS]
                          [2]; /* fetched on first use, by kind and mode */
    struct cipher_slot slots[CIPHER_CACHE_SIZE];
};

/* One cipher call as struct crypto_port describes it. */
enum err cipher_cache_run(struct cipher_cache *cache, enum crypto_cipher cipher,
                          enum crypto_mode mode,
                          enum crypto_direction direction, struct span key,
                          uint8_t *iv, const uint8_t *in, uint8_t *out,
                          size_t n);

/* Wipes the keys and frees every context. */
void cipher_cache_clear(struct cipher_cache *cache);

#endif
