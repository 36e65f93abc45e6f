/*
 * Growing digests over nettle, whose contexts are plain structures: a card
 * keeps them in its own memory, copies them when it forks, moves them when it
 * likes.  (OpenSSL 3 keeps its own behind pointers.)
 */
#ifndef PORTS_NETTLE_HASH_NETTLE_H
#define PORTS_NETTLE_HASH_NETTLE_H

#include "crypto/hash.h"

/* For struct crypto_port.hash; needs no context. */
extern const struct crypto_hash_port port_nettle_hash;

#endif
