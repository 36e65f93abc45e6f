/*
 * Paddings of RSA [RFC 8017].  A block is k bytes, as long as the modulus,
 * whose first bit is set.  What does not fit, or is not what the padding says,
 * is ERR_RANGE; what is checked of decrypted secrets is checked in time that
 * does not depend on them.
 */
#ifndef CRYPTO_RSA_PAD_H
#define CRYPTO_RSA_PAD_H

#include <stdbool.h>

#include "crypto/rsa.h"

/* Block type 1, of private keys: 00 01 FF... 00 data. [RFC 2313 8.1] */
NODISCARD enum err crypto_rsa_pad_1(struct span data, uint8_t *block, size_t k);
/* *data lies in the block. */
NODISCARD enum err crypto_rsa_unpad_1(const uint8_t *block, size_t k,
                                      struct span *data);

/* Block type 2, of public keys: 00 02 random 00 data. [RFC 8017 7.2] */
NODISCARD enum err crypto_rsa_pad_2(const struct crypto_port *crypto,
                                    struct span data, uint8_t *block, size_t k);
NODISCARD enum err crypto_rsa_unpad_2(const uint8_t *block, size_t k,
                                      struct span *data);

/* EMSA-PKCS1-v1_5 [RFC 8017 9.2] of a digest that is as long as it must be. */
NODISCARD enum err crypto_rsa_pad_digest(enum crypto_digest digest,
                                         struct span hash, uint8_t *block,
                                         size_t k);

/* The digests of a padding that masks, and a label that may be empty. */
struct crypto_rsa_mask {
    enum crypto_digest digest;
    enum crypto_digest mgf; /* of MGF1 */
    struct span label;
};

/* EME-OAEP [RFC 8017 7.1]; unpad works in the block. */
NODISCARD enum err crypto_rsa_pad_oaep(const struct crypto_port *crypto,
                                       const struct crypto_rsa_mask *mask,
                                       struct span data, uint8_t *block,
                                       size_t k);
NODISCARD enum err crypto_rsa_unpad_oaep(const struct crypto_port *crypto,
                                         const struct crypto_rsa_mask *mask,
                                         uint8_t *block, size_t k,
                                         struct span *data);

/* EMSA-PSS [RFC 8017 9.1] with the salt given. */
NODISCARD enum err crypto_rsa_pad_pss(const struct crypto_port *crypto,
                                      const struct crypto_rsa_mask *mask,
                                      struct span hash, struct span salt,
                                      uint8_t *block, size_t k);
/* *right: the block, which it works in, is one with a salt of that length. */
NODISCARD enum err crypto_rsa_check_pss(const struct crypto_port *crypto,
                                        const struct crypto_rsa_mask *mask,
                                        struct span hash, size_t salt,
                                        uint8_t *block, size_t k, bool *right);

/* MGF1: the mask of a seed is added (XOR) to n bytes. [RFC 8017 B.2.1] */
NODISCARD enum err crypto_rsa_mask(const struct crypto_port *crypto,
                                   enum crypto_digest digest, struct span seed,
                                   uint8_t *out, size_t n);

#endif
