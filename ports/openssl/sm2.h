/* Signatures of SM2 [GB/T 32918.2] over OpenSSL's curves: `sm2_sign` and
 * `sm2_verify` of struct crypto_ec_port. */
#ifndef PORTS_OPENSSL_SM2_H
#define PORTS_OPENSSL_SM2_H

#include "crypto/ec.h"

enum err sm2_openssl_sign(void *ctx, const struct crypto_ec_curve *curve,
                          struct span scalar, struct span digest, uint8_t *r,
                          uint8_t *s);
enum err sm2_openssl_verify(void *ctx, const struct crypto_ec_curve *curve,
                            struct span point, struct span digest,
                            struct span r, struct span s, bool *right);

#endif
