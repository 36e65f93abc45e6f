/*
 * RSA.  A port fills in struct crypto_rsa_port; the paddings stand beside it
 * and work on blocks as long as the modulus.
 */
#ifndef CRYPTO_RSA_H
#define CRYPTO_RSA_H

#include <stdbool.h>

#include "crypto/crypto.h"

enum {
    CRYPTO_RSA_MAX = 512, /* bytes of a modulus */
    CRYPTO_RSA_HALF_MAX = CRYPTO_RSA_MAX / 2,
};

/* A private key: n and d, or, when p.n is not 0, the other five. */
struct crypto_rsa_private {
    struct span n;
    struct span d;
    struct span p;
    struct span q;
    struct span dp;
    struct span dq;
    struct span qinv;
};

/* A new key: each number as long as the key's size says, with zeros before. */
struct secret_crypto_rsa_pair {
    uint8_t n[CRYPTO_RSA_MAX];
    uint8_t d[CRYPTO_RSA_MAX];
    uint8_t p[CRYPTO_RSA_HALF_MAX];
    uint8_t q[CRYPTO_RSA_HALF_MAX];
    uint8_t dp[CRYPTO_RSA_HALF_MAX];
    uint8_t dq[CRYPTO_RSA_HALF_MAX];
    uint8_t qinv[CRYPTO_RSA_HALF_MAX];
};

struct crypto_rsa_port {
    /*
     * `in` to the power of e modulo n; in and out are n.n bytes and may be the
     * same.  ERR_RANGE: in is not below n, or n is no modulus (even, or 0).
     */
    enum err (*encrypt)(void *ctx, struct span n, struct span e,
                        const uint8_t *in, uint8_t *out);
    /*
     * The same with a private key, of `size` bytes, in constant time and
     * blinded; a result that the public key does not confirm is never given
     * when the primes are known.  ERR_RANGE: in is not below the modulus, or
     * the parts are of no key.
     */
    enum err (*decrypt)(void *ctx, const struct crypto_rsa_private *key,
                        const uint8_t *in, uint8_t *out, size_t size);
    /*
     * A key of `bits` (even, 512 to 4096) for an odd exponent e > 1; the
     * primes have passed at least `rounds` rounds of Miller and Rabin.  All
     * randomness is the port's.  ERR_RANGE: e is not for such a key.
     */
    enum err (*generate)(void *ctx, unsigned bits, struct span e,
                         unsigned rounds, struct secret_crypto_rsa_pair *out);
};

#endif
