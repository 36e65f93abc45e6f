/* Digests as the API numbers them. */
#ifndef NATIVES_DIGEST_H
#define NATIVES_DIGEST_H

#include <stdbool.h>

#include "crypto/hash.h"

/*
 * The digest of a number MessageDigest.ALG_*; false: there is none, or this
 * card's library (`crypto`) has it not.
 */
bool native_digest_of(const struct crypto_port *crypto, int algorithm,
                      enum crypto_digest *digest);

#endif
