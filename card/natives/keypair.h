/*
 * Generating key pairs.  keypair.c has the methods of KeyPair; how the parts
 * of a pair come about is a function of each family.
 */
#ifndef NATIVES_KEYPAIR_H
#define NATIVES_KEYPAIR_H

#include "natives/keys.h"

/*
 * Computes a new pair and sets the parts of both keys, those of the domain
 * among them when the public key has none of its own (default parameters), by
 * native_key_put().  The keys are of two families of one algorithm and of one
 * size.  keypair.c sees to it that all of what is set becomes permanent at
 * once.  Everything that may be refused is refused before the first part is
 * set.  rounds: how often a prime is tested at least.  False: thrown
 * (ILLEGAL_VALUE: the public key was given what no pair can be made with).
 */
typedef bool keypair_generate(struct vm *vm, const struct key *public_key,
                              const struct key *private_key, uint16_t rounds);

#endif
