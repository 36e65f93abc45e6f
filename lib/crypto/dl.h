/*
 * Discrete logarithms modulo a prime p: DSA [FIPS 186-4 4], and domains that a
 * card has by itself.  A port fills in struct crypto_dl_port.  Powers modulo p
 * are those of rsa.h.  Numbers are big-endian.
 */
#ifndef CRYPTO_DL_H
#define CRYPTO_DL_H

#include <stdbool.h>

#include "crypto/crypto.h"

enum {
    CRYPTO_DL_MAX = 512,      /* bytes of p */
    CRYPTO_DL_ORDER_MAX = 32, /* bytes of the q of DSA */
};

struct crypto_dl_domain {
    struct span p;
    struct span q; /* the order of g */
    struct span g;
};

/* A domain, and the memory that it lies in. */
struct crypto_dl_values {
    struct crypto_dl_domain domain;
    uint8_t bytes[3 * CRYPTO_DL_MAX];
};

/* How the primes of a domain are made again: [FIPS 186-4 A.1.1.2] with
 * SHA-256, a seed of 32 bytes, and the counter that it ends with; g is 2 to
 * the power of (p - 1) / q. */
struct crypto_dl_recipe {
    uint16_t p_bits;
    uint16_t q_bits;
    uint8_t seed[32];
    uint16_t counter;
};

struct crypto_dl_port {
    /* r and s as long as q; the nonce is never asked for.  ERR_RANGE: the
     * numbers make no domain, or x is not in 1..q-1; ERR_IO. */
    enum err (*sign)(void *ctx, const struct crypto_dl_domain *domain,
                     struct span x, struct span digest, uint8_t *r, uint8_t *s);
    /* Whether (r, s), numbers of any length, is a signature.  As above. */
    enum err (*verify)(void *ctx, const struct crypto_dl_domain *domain,
                       struct span y, struct span digest, struct span r,
                       struct span s, bool *right);
    /* The domain of a recipe.  ERR_RANGE: it makes none; ERR_IO. */
    enum err (*make)(void *ctx, const struct crypto_dl_recipe *recipe,
                     struct crypto_dl_values *out);
    /* The group of RFC 2409 or RFC 3526 with a prime of so many bits, and q =
     * (p - 1) / 2.  ERR_UNSUPPORTED: there is none; ERR_IO. */
    enum err (*modp)(void *ctx, unsigned bits, struct crypto_dl_values *out);
};

/*
 * The domain of DSA that a card has for a size: a multiple of 64 from 512 to
 * 3072; q has 160 bits up to 1024, 256 from 2048 on, and 224 between.
 * ERR_RANGE: none for this size; otherwise as the port's `make`.
 */
NODISCARD enum err crypto_dl_dsa(const struct crypto_port *port, unsigned bits,
                                 struct crypto_dl_values *out);

#endif
