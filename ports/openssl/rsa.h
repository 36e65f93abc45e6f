/*
 * RSA over OpenSSL: keys stay parsed, with their Montgomery constants and
 * blinding, by their contents; the least recently used one goes.
 */
#ifndef PORTS_OPENSSL_RSA_H
#define PORTS_OPENSSL_RSA_H

#include "ports/openssl/openssl_headers.h"

#include "crypto/rsa.h"

enum {
    RSA_CACHE_SIZE = 8,
    RSA_PARTS_MAX = 5,
    RSA_BYTES_MAX = RSA_PARTS_MAX * CRYPTO_RSA_HALF_MAX,
};

struct rsa_slot {
    uint64_t used; /* 0: empty */
    uint8_t count; /* of parts: 2 of n and e, or n and d; 5 with primes */
    bool secret;
    uint16_t sizes[RSA_PARTS_MAX];
    uint8_t bytes[RSA_BYTES_MAX];
    EVP_PKEY *key; /* with primes */
    EVP_PKEY_CTX *signing;
    size_t size; /* bytes of its modulus */
    BIGNUM *n;   /* without */
    BIGNUM *exponent;
    BN_MONT_CTX *mont;
    BIGNUM *blind; /* b, and b to the power of minus the exponent */
    BIGNUM *unblind;
    unsigned blinded; /* how often these were used */
};

struct rsa_cache {
    OSSL_LIB_CTX *lib;
    BN_CTX *bn;
    uint64_t clock;
    struct rsa_slot slots[RSA_CACHE_SIZE];
};

/* Random bytes of the port's own. */
struct rsa_random {
    enum err (*bytes)(void *ctx, uint8_t *out, size_t n);
    void *ctx;
};

/* As struct crypto_rsa_port describes them. */
enum err rsa_cache_encrypt(struct rsa_cache *cache, struct span n,
                           struct span e, const uint8_t *in, uint8_t *out);
enum err rsa_cache_decrypt(struct rsa_cache *cache,
                           const struct crypto_rsa_private *key,
                           const uint8_t *in, uint8_t *out, size_t size);
enum err rsa_cache_generate(struct rsa_cache *cache,
                            const struct rsa_random *random, unsigned bits,
                            struct span e, unsigned rounds,
                            struct secret_crypto_rsa_pair *out);

/* Wipes the keys and frees everything. */
void rsa_cache_clear(struct rsa_cache *cache);

#endif
