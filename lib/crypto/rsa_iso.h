/*
 * Signatures that hold a part of their message [ISO/IEC 9796-2:2010, schemes
 * 1, 2 and 3; scheme 1 as EMV Book 2, annex A2.1 has it].  The message is M1,
 * its first bytes, which go into the block of k bytes, and M2, the rest.
 */
#ifndef CRYPTO_RSA_ISO_H
#define CRYPTO_RSA_ISO_H

#include <stdbool.h>

#include "crypto/rsa_pad.h"

struct crypto_rsa_iso {
    uint8_t scheme; /* 1; 2, with a salt as long as the digest; 3, without */
    bool named;     /* the trailer names the digest: option 2 */
    enum crypto_digest digest;
};

/* What is in a block; the spans lie in it. */
struct crypto_rsa_held {
    struct span m1;
    struct span salt;
    struct span hash;
    bool more; /* scheme 1: whether there is an M2 */
};

/* Whether the standard gives the digest a number, which option 2 needs. */
bool crypto_rsa_iso_has(const struct crypto_rsa_iso *iso);

/* The most bytes that M1 can have; false: the modulus is too short. */
bool crypto_rsa_iso_capacity(const struct crypto_rsa_iso *iso, size_t k,
                             size_t *n);

/* Bytes of a salt. */
size_t crypto_rsa_iso_salt(const struct crypto_rsa_iso *iso);

/*
 * The digest that goes into the block: of scheme 1 `hash` itself, which is of
 * the whole message; of the others, that of M1, salt and `hash`, which is of
 * M2.
 */
NODISCARD enum err crypto_rsa_iso_hash(const struct crypto_port *crypto,
                                       const struct crypto_rsa_iso *iso,
                                       struct span m1, struct span salt,
                                       struct span hash, uint8_t *out);

/* Makes the block.  held->hash is as crypto_rsa_iso_hash() gave it. */
NODISCARD enum err crypto_rsa_iso_pad(const struct crypto_port *crypto,
                                      const struct crypto_rsa_iso *iso,
                                      const struct crypto_rsa_held *held,
                                      uint8_t *block, size_t k);

/* The reverse, in the block itself.  ERR_RANGE: it is none. */
NODISCARD enum err crypto_rsa_iso_unpad(const struct crypto_port *crypto,
                                        const struct crypto_rsa_iso *iso,
                                        uint8_t *block, size_t k,
                                        struct crypto_rsa_held *held);

#endif
