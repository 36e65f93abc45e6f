/*
 * All random bytes that the port hands out: AES-256 in counter mode with key
 * replacement after every request [NIST SP 800-90A 10.2.1, without derivation
 * function or prediction resistance].
 */
#ifndef PORTS_OPENSSL_DRBG_H
#define PORTS_OPENSSL_DRBG_H

#include <stdbool.h>

#include "ports/openssl/cipher_cache.h"

enum { DRBG_SEED = 48, DRBG_BLOCK = 256 /* bytes made ahead */ };

struct drbg {
    uint8_t key[32];
    uint8_t counter[16];
    uint8_t ahead[DRBG_BLOCK]; /* zeros where they were handed out */
    uint16_t left;             /* of them, its last */
    uint32_t requests;         /* since the last seed from the system */
    bool seeded; /* by a caller's seed: never reseeded by itself */
};

/* Starts from DRBG_SEED bytes.  ERR_IO. */
enum err drbg_start(struct drbg *d, struct cipher_cache *cipher,
                    const uint8_t seed[DRBG_SEED]);

/* DRBG_SEED bytes more to what the output follows from.  ERR_IO. */
enum err drbg_stir(struct drbg *d, struct cipher_cache *cipher,
                   const uint8_t seed[DRBG_SEED]);

/* n random bytes; few of them come from a block.  ERR_IO. */
enum err drbg_bytes(struct drbg *d, struct cipher_cache *cipher, uint8_t *out,
                    size_t n);

#endif
