/*
 * Keys that go by a NamedParameterSpec: of X25519, Ed25519 and their kin, and
 * of curves that have parameters, too.
 */
#ifndef NATIVES_XEC_H
#define NATIVES_XEC_H

#include "crypto/ec.h"
#include "crypto/xec.h"
#include "natives/keypair.h"

/* Whether it is a key of this sort of curve, and which. */
bool native_xec_curve(const struct key *key, enum crypto_xec *curve);
bool native_xec_named(const struct key *key, enum crypto_ec_name *name);

/* Its encoding, until the next write; the key is ready. */
struct span native_xec_value(const struct vm *vm, const struct key *key);

/* The generator of their pairs. */
keypair_generate native_xec_generate;

#endif
