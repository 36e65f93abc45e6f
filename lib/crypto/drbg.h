/*
 * HMAC_DRBG with SHA-256 [NIST SP 800-90A 10.1.2]: random bits that a seed
 * decides.  A state is plain bytes; all zeros is one without a seed.
 */
#ifndef CRYPTO_DRBG_H
#define CRYPTO_DRBG_H

#include <stdbool.h>

#include "crypto/crypto.h"

enum { CRYPTO_DRBG_REQUEST = 65536 /* bytes of a request, at most */ };

struct crypto_drbg {
    uint8_t key[32];
    uint8_t value[32];
    uint8_t seeded;
};

/*
 * Takes a seed: entropy and nonce, and what else is to count, one behind the
 * other.  The first one begins the sequence, others go into it.  ERR_IO: the
 * state is of no use.
 */
NODISCARD enum err crypto_drbg_seed(const struct crypto_port *port,
                                    struct crypto_drbg *d, struct span seed);

/* The next n bytes.  ERR_STATE without a seed; ERR_RANGE; ERR_IO. */
NODISCARD enum err crypto_drbg_bytes(const struct crypto_port *port,
                                     struct crypto_drbg *d, uint8_t *out,
                                     size_t n);

#endif
