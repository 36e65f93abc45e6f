/*
 * EdDSA in the variants that OpenSSL 3.0 does not offer: with a context, and
 * of a prehash [RFC 8032 5.1, 5.2].  Points are computed with on the curve in
 * the form of Weierstrass that each curve of Edwards is the same as, with the
 * multiplication in constant time that OpenSSL has for those.
 */
#ifndef PORTS_OPENSSL_EDWARDS_H
#define PORTS_OPENSSL_EDWARDS_H

#include "crypto/xec.h"

/* `sign_as` and `verify_as` of struct crypto_xec_port; public_key is that of
 * the private one. */
enum err edwards_sign(void *ctx, enum crypto_xec curve,
                      const struct crypto_eddsa *variant,
                      const uint8_t *private_key, const uint8_t *public_key,
                      struct span message, uint8_t *signature);
enum err edwards_verify(void *ctx, enum crypto_xec curve,
                        const struct crypto_eddsa *variant,
                        const uint8_t *public_key, struct span message,
                        const uint8_t *signature, bool *right);

#endif
