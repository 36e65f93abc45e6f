/*
 * Numbers modulo the prime order of a group, as signatures of discrete
 * logarithms compute with them: DSA, ECDSA and SM2.
 */
#ifndef PORTS_OPENSSL_ORDER_H
#define PORTS_OPENSSL_ORDER_H

#include "ports/openssl/openssl_headers.h"

#include "base/span.h"

enum {
    ORDER_EXTRA = 16, /* bytes more than a number has, so that its remainder
                       * is as good as uniform [FIPS 186-5 A.2.1] */
    ORDER_ENTROPY = 32,
    ORDER_SIZE_MAX = 112, /* bytes of an order */
};

struct order {
    const BIGNUM *n;
    BN_MONT_CTX *mont; /* modulo n */
    BN_CTX *bn;        /* begun: what comes back lives in it */
    EVP_MD_CTX *digest;
    const EVP_MD *md; /* SHA-512 */
};

/*
 * Where the nonce and the blinding of a signature come from: random bytes, and
 * with them the key and the digest, so that a source that repeats itself
 * cannot make one nonce serve two digests.  The caller wipes it.
 */
struct nonces {
    uint8_t entropy[ORDER_ENTROPY];
    struct span scalar;
    struct span digest;
    uint8_t count; /* zero at first */
};

/* 1..n-1 out of ORDER_EXTRA more random bytes than n has.  NULL: no memory. */
BIGNUM *order_reduce(const struct order *o, const uint8_t *wide);

/* The next number of 1..n-1; NULL: an error. */
BIGNUM *order_nonce(const struct order *o, struct nonces *from);

/* The leading bits of a digest, as many as the order has, modulo it; NULL: no
 * memory.  [FIPS 186-5 6.4.1] */
BIGNUM *order_leading_bits(const struct order *o, struct span digest);

/*
 * s = (m + r d) / k, as (b m + b r d) / (b k) with a random b: the inverse may
 * then take the time it takes.  k, b and d are spent.  NULL: an error.
 */
BIGNUM *order_second_half(const struct order *o, BIGNUM *k, BIGNUM *b,
                          const BIGNUM *m, const BIGNUM *r, BIGNUM *d);

#endif
