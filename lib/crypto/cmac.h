/* AES-CMAC [RFC 4493]. */
#ifndef CRYPTO_CMAC_H
#define CRYPTO_CMAC_H

#include "crypto/crypto.h"

enum { CRYPTO_CMAC_SIZE = 16 };

/*
 * The CMAC over `count` parts one after the other (none is an empty message).
 * `key` is an AES key of 16, 24 or 32 bytes, `mac` has room for 16.
 * ERR_RANGE, ERR_IO as the port reports them.
 */
NODISCARD enum err crypto_cmac(const struct crypto_port *port, struct span key,
                               const struct span *parts, size_t count,
                               uint8_t mac[CRYPTO_CMAC_SIZE]);

#endif
