/* Keys of RSA, and what is done with them. */
#ifndef NATIVES_KEYRSA_H
#define NATIVES_KEYRSA_H

#include "crypto/rsa.h"
#include "natives/keypair.h"

bool native_rsa_is_public(const struct key *key);
bool native_rsa_is_private(const struct key *key);

/* Bytes of the modulus. */
static inline size_t native_rsa_size(const struct key *key)
{
    return key->size / 8;
}

/*
 * The operation of the key, which is complete, on a block as long as its
 * modulus; in and out may be the same.  ERR_RANGE: the block is not below the
 * modulus, or the parts of the key do not go together.
 */
NODISCARD enum err native_rsa_power(struct vm *vm, const struct key *key,
                                    const uint8_t *in, uint8_t *out);

/* For keypair.c: the exponent of the public key stays, else it is 65537. */
keypair_generate native_rsa_generate;

#endif
