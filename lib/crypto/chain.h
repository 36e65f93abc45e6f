/* Cipher block chaining whose last block alone matters: inside all MACs. */
#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include "crypto/crypto.h"

/*
 * Runs n bytes (whole blocks) through CBC encryption and drops the result;
 * `iv` becomes its last block.  ERR_RANGE, ERR_IO.
 */
NODISCARD enum err crypto_chain(const struct crypto_port *port,
                                enum crypto_cipher cipher, struct span key,
                                uint8_t *iv, const uint8_t *p, size_t n);

/* Encrypts one block with ECB; `in` and `out` may be the same. */
NODISCARD enum err crypto_block(const struct crypto_port *port,
                                enum crypto_cipher cipher, struct span key,
                                const uint8_t *in, uint8_t *out);

#endif
