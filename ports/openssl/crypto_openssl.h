/*
 * The cryptographic port over OpenSSL 3, in a library context of its own.
 * One object belongs to one thread at a time.
 */
#ifndef PORTS_OPENSSL_CRYPTO_OPENSSL_H
#define PORTS_OPENSSL_CRYPTO_OPENSSL_H

#include "crypto/crypto.h"

struct port_openssl;

/*
 * Makes *ctx and fills in *out, which is valid until port_openssl_free.  With
 * a seed (any text) all random bytes follow from it and from nothing else;
 * with NULL they come from the system.  0, or -1 when OpenSSL or memory fails.
 */
int port_openssl_crypto_init(struct crypto_port *out, struct port_openssl **ctx,
                             const char *seed);

/*
 * Starts the random stream again from another seed; NULL: from the system.
 * For a card that was forked.  0, or -1.
 */
int port_openssl_reseed(struct port_openssl *ctx, const char *seed);

/* Wipes the keys that are cached, frees all; *ctx becomes NULL. */
void port_openssl_free(struct port_openssl **ctx);

#endif
