/*
 * The cryptographic port over OpenSSL 3, in a library context of its own,
 * which starts with the first call that needs it.  One object belongs to one
 * thread at a time.
 */
#ifndef PORTS_OPENSSL_CRYPTO_OPENSSL_H
#define PORTS_OPENSSL_CRYPTO_OPENSSL_H

#include "crypto/crypto.h"

struct port_openssl;

/*
 * Makes *ctx and fills in *out, which is valid until port_openssl_free.  With
 * a seed (any text) all random bytes follow from it and from nothing else;
 * with NULL they come from the system.  0, or -1 when memory fails; when
 * OpenSSL does not start, the calls of *out fail.
 */
int port_openssl_crypto_init(struct crypto_port *out, struct port_openssl **ctx,
                             const char *seed);

/*
 * The same for a copy of a card: OpenSSL is started once for `from` and all
 * its copies, in any thread.  Random bytes come from the system; or, when
 * `from` has a seed, they are those that `from` will have.
 */
int port_openssl_crypto_fork(struct crypto_port *out, struct port_openssl **ctx,
                             struct port_openssl *from);

/*
 * Starts the random stream again from another seed; NULL: from the system.
 * 0, or -1.
 */
int port_openssl_reseed(struct port_openssl *ctx, const char *seed);

/* Wipes the keys that are cached, frees all; *ctx becomes NULL. */
void port_openssl_free(struct port_openssl **ctx);

#endif
