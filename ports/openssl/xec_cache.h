/*
 * Keys of the curves of xec.h, parsed: an Edwards key that signs is multiplied
 * out when OpenSSL takes it in, which costs as much as signing.  They are kept
 * by contents; the least recently used one goes.
 */
#ifndef PORTS_OPENSSL_XEC_CACHE_H
#define PORTS_OPENSSL_XEC_CACHE_H

#include "ports/openssl/openssl_headers.h"

#include "crypto/xec.h"

enum { XEC_CACHE_SIZE = 8 };

struct xec_slot {
    uint64_t used; /* 0: empty */
    EVP_PKEY *key;
    uint8_t curve;
    bool secret;
    uint8_t bytes[CRYPTO_XEC_KEY_MAX];
};

struct xec_cache {
    OSSL_LIB_CTX *lib;
    uint64_t clock;
    struct xec_slot slots[XEC_CACHE_SIZE];
};

/* A private (`secret`) or public key, for the caller to free; NULL: it is
 * none, or there is no memory. */
EVP_PKEY *xec_cache_key(struct xec_cache *cache, enum crypto_xec curve,
                        bool secret, const uint8_t *bytes);

/* Wipes the keys and frees everything. */
void xec_cache_clear(struct xec_cache *cache);

#endif
