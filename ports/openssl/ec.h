/*
 * Elliptic curves over OpenSSL.  Parameters that a named curve has become
 * that curve, with its fast code; groups are kept by the contents of their
 * parameters, and the least recently used one goes.
 */
#ifndef PORTS_OPENSSL_EC_H
#define PORTS_OPENSSL_EC_H

#include "ports/openssl/openssl_headers.h"

#include "crypto/ec.h"

enum { EC_GROUPS = 12, EC_PARAMETERS_MAX = 512 };

struct ec_group {
    EC_GROUP *group; /* NULL: nothing is kept here */
    const BIGNUM *n;
    BN_MONT_CTX *mont; /* modulo n */
    uint64_t used;
    uint16_t field; /* bytes */
    uint16_t order;
    uint16_t size;
    uint8_t parameters[EC_PARAMETERS_MAX];
};

struct ec_openssl {
    OSSL_LIB_CTX *lib;
    BN_CTX *bn; /* NULL: not started */
    EVP_MD *md;
    EVP_MD_CTX *digest;
    uint64_t clock;
    struct ec_group groups[EC_GROUPS];
    /* by name, what they are; NULL: not asked for yet */
    struct crypto_ec_values *named[CRYPTO_EC_NAMES];
};

/* What crypto_openssl.c puts into its ports: `ctx` is that of the port. */
extern const struct crypto_ec_port port_openssl_ec;

/* The memory of a port for these; NULL: OpenSSL does not start. */
struct ec_openssl *port_openssl_ec_memory(void *ctx);

/* Random bytes of the port. */
enum err port_openssl_random(void *ctx, uint8_t *out, size_t n);

/* Readies the memory; false: it cannot be, or is NULL. */
bool ec_start(struct ec_openssl *ec);

/* Frees everything. */
void ec_openssl_clear(struct ec_openssl *ec);

#endif
