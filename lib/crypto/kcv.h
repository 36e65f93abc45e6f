/* Key check values [GPCS B.5, B.6]. */
#ifndef CRYPTO_KCV_H
#define CRYPTO_KCV_H

#include "crypto/crypto.h"

enum { CRYPTO_KCV_SIZE = 3 };

/*
 * The first three bytes of an encrypted block: of 01s under AES, of zeros
 * under DES and triple DES.  ERR_RANGE for a bad key length, ERR_IO.
 */
NODISCARD enum err crypto_kcv(const struct crypto_port *port,
                              enum crypto_cipher cipher, struct span key,
                              uint8_t kcv[CRYPTO_KCV_SIZE]);

#endif
