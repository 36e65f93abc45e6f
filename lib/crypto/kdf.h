/* Key derivation in counter mode with AES-CMAC [NIST SP 800-108, 5.1]. */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include "crypto/crypto.h"

/*
 * n bytes (1..255*16) of key material.  Each PRF input is `before`, the
 * counter in one byte from 1, `after`; the caller has put label, separator,
 * length and context into these two as its protocol orders them.  ERR_RANGE,
 * ERR_IO.
 */
NODISCARD enum err crypto_kdf_cmac(const struct crypto_port *port,
                                   struct span key, struct span before,
                                   struct span after, uint8_t *out, size_t n);

/*
 * SCP03's layout of it [Amendment D 4.1.5]: eleven zeros and `constant`, a
 * zero, n in bits, the counter, the context of up to two parts.  n is 8, 16,
 * 24 or 32; the two context parts are at most 32 bytes together.
 */
NODISCARD enum err crypto_kdf_scp03(const struct crypto_port *port,
                                    struct span key, uint8_t constant,
                                    struct span context1, struct span context2,
                                    uint8_t *out, size_t n);

#endif
