/* HMAC [FIPS 198-1] [RFC 2104] over any digest, in pieces. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "crypto/hash.h"

/* Plain bytes, as a digest's state is; all zeros begin. */
struct crypto_hmac {
    uint64_t inner[CRYPTO_HASH_STATE_MAX / sizeof(uint64_t)];
    uint8_t begun;
};

/*
 * More of the message; `key` is of any length and the same for all pieces.
 * ERR_UNSUPPORTED: the port has no such digest; ERR_IO.
 */
NODISCARD enum err crypto_hmac_add(const struct crypto_port *port,
                                   enum crypto_digest digest, struct span key,
                                   struct crypto_hmac *h, struct span bytes);

/* The HMAC, as long as the digest; h is all zeros afterwards. */
NODISCARD enum err crypto_hmac_end(const struct crypto_port *port,
                                   enum crypto_digest digest, struct span key,
                                   struct crypto_hmac *h, uint8_t *out);

/* The same of `count` parts one after the other; `out` may overlap them and
 * the key. */
NODISCARD enum err crypto_hmac_of(const struct crypto_port *port,
                                  enum crypto_digest digest, struct span key,
                                  const struct span *parts, size_t count,
                                  uint8_t *out);

#endif
