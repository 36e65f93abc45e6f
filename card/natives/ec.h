/*
 * Keys on elliptic curves as lib/crypto sees them: ECPublicKey, ECPrivateKey,
 * and the XEC keys of curves that go by parameters.
 */
#ifndef NATIVES_EC_H
#define NATIVES_EC_H

#include "crypto/ec.h"
#include "natives/keypair.h"

/*
 * The curve of a key whose parts of the domain are set, until the next write;
 * the curve of a named one lies in *memory.  Throws as the library reports.
 */
bool native_ec_curve(struct vm *vm, const struct key *key,
                     struct crypto_ec_values *memory,
                     struct crypto_ec_curve *out);

/* The scalar or the point of a key that is ready, until the next write. */
struct span native_ec_value(const struct vm *vm, const struct key *key);

/* Whether a key is one that native_ec_curve() knows the curve of. */
bool native_ec_is_public(const struct key *key);
bool native_ec_is_private(const struct key *key);

/*
 * Sets the domain of a key to that of a curve of its size, part by part; a
 * cofactor of 0 is as good as none.  `c` lies outside the heap.  False: thrown.
 */
bool native_ec_put_curve(struct vm *vm, const struct key *key,
                         const struct crypto_ec_curve *c);

/* The generator of EC pairs; without parameters they get those of a curve
 * that goes with the size. */
keypair_generate native_ec_generate;

#endif
