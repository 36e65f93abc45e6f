/*
 * SM2 over a curve with a prime field: what signatures put before a message
 * [GB/T 32918.2 5.5], and encryption to a public key [GB/T 32918.4], with the
 * parts in the order C1, C3, C2.  The digest is SM3.
 */
#ifndef CRYPTO_SM2_H
#define CRYPTO_SM2_H

#include "crypto/ec.h"

enum {
    CRYPTO_SM2_DIGEST = 32,
    CRYPTO_SM2_ID_MAX = 8191, /* bytes: its bits are a number of 16 bits */
};

/* Z: the digest of a user's name, the curve and the user's point, which may be
 * in any form.  ERR_RANGE: no point of it, or too long a name. */
NODISCARD enum err crypto_sm2_z(const struct crypto_port *port,
                                const struct crypto_ec_curve *curve,
                                struct span point, struct span id,
                                uint8_t z[CRYPTO_SM2_DIGEST]);

/* Bytes that a cipher text has more than the message. */
size_t crypto_sm2_overhead(const struct crypto_ec_curve *curve);

/* `out` has room for the overhead and the message, of a byte at least, and
 * lies apart from it.  ERR_RANGE; ERR_IO. */
NODISCARD enum err crypto_sm2_encrypt(const struct crypto_port *port,
                                      const struct crypto_ec_curve *curve,
                                      struct span point, struct span message,
                                      uint8_t *out);

/* The message, in.n less the overhead bytes of it, to `out`, which is zeros
 * when it fails.  ERR_RANGE: it is no cipher text for this key; ERR_IO. */
NODISCARD enum err crypto_sm2_decrypt(const struct crypto_port *port,
                                      const struct crypto_ec_curve *curve,
                                      struct span scalar, struct span in,
                                      uint8_t *out);

#endif
