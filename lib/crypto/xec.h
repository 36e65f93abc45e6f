/*
 * Curves whose keys are strings of bytes: X25519 and X448 [RFC 7748], Ed25519
 * and Ed448 [RFC 8032].  A port fills in struct crypto_xec_port.
 */
#ifndef CRYPTO_XEC_H
#define CRYPTO_XEC_H

#include <stdbool.h>

#include "crypto/crypto.h"

enum crypto_xec {
    CRYPTO_X25519,  /* keys and secrets of 32 bytes */
    CRYPTO_X448,    /* 56 */
    CRYPTO_ED25519, /* keys of 32 bytes, signatures of 64 */
    CRYPTO_ED448,   /* keys of 57 bytes, signatures of 114 */
};

enum { CRYPTO_XEC_KEY_MAX = 57, CRYPTO_XEC_SIGNATURE_MAX = 114 };

/*
 * A variant of EdDSA [RFC 8032 5.1, 5.2]: Ed25519ctx, Ed25519ph, Ed448 with a
 * context, Ed448ph.
 */
struct crypto_eddsa {
    struct span context; /* at most 255 bytes */
    bool prehashed; /* the message is SHA-512 or SHAKE256 (64 bytes) of it */
};

/* ERR_RANGE: a key that is none; ERR_IO. */
struct crypto_xec_port {
    enum err (*public_of)(void *ctx, enum crypto_xec curve,
                          const uint8_t *private_key, uint8_t *public_key);
    /* Of X25519 and X448.  ERR_RANGE for a secret that the other side alone
     * decided: all zeros [RFC 7748 6]. */
    enum err (*exchange)(void *ctx, enum crypto_xec curve,
                         const uint8_t *private_key, const uint8_t *public_key,
                         uint8_t *secret);
    /* Of Ed25519 and Ed448, without context or prehash. */
    enum err (*sign)(void *ctx, enum crypto_xec curve,
                     const uint8_t *private_key, struct span message,
                     uint8_t *signature);
    enum err (*verify)(void *ctx, enum crypto_xec curve,
                       const uint8_t *public_key, struct span message,
                       const uint8_t *signature, bool *right);
    /* The same in another variant; NULL: the library has none. */
    enum err (*sign_as)(void *ctx, enum crypto_xec curve,
                        const struct crypto_eddsa *variant,
                        const uint8_t *private_key, struct span message,
                        uint8_t *signature);
    enum err (*verify_as)(void *ctx, enum crypto_xec curve,
                          const struct crypto_eddsa *variant,
                          const uint8_t *public_key, struct span message,
                          const uint8_t *signature, bool *right);
};

/* Bytes of a key, private or public. */
static inline size_t crypto_xec_key_size(enum crypto_xec curve)
{
    static const uint8_t sizes[] = {32, 56, 32, 57};
    return sizes[curve];
}

#endif
