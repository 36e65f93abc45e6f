/* XTS-AES [IEEE 1619] [NIST SP 800-38E], in pieces, with cipher text stealing.
 */
#ifndef CRYPTO_XTS_H
#define CRYPTO_XTS_H

#include "crypto/crypto.h"

enum { CRYPTO_XTS_BLOCK = 16, CRYPTO_XTS_KEEPS = 31 };

/* Flat.  Begun by setting `tweak` to the tweak of the data unit; all zeros
 * begin with zero. */
struct crypto_xts {
    uint8_t tweak[CRYPTO_XTS_BLOCK];
    uint8_t held[2 * CRYPTO_XTS_BLOCK];
    uint8_t filled; /* bytes in `held`, at most CRYPTO_XTS_KEEPS */
    uint8_t begun;  /* the tweak is enciphered */
};

/*
 * Takes n bytes and gives *written bytes; what may be the end is held back, at
 * most CRYPTO_XTS_KEEPS bytes.  `out` has room for what is held and n, and is
 * apart from `in`.  key: two AES keys of 16 or 32 bytes.  ERR_RANGE: another
 * key; ERR_IO.
 */
NODISCARD enum err crypto_xts_add(const struct crypto_port *port,
                                  struct span key,
                                  enum crypto_direction direction,
                                  struct crypto_xts *x, struct span in,
                                  uint8_t *out, size_t *written);

/* The rest, at most CRYPTO_XTS_KEEPS bytes.  ERR_RANGE: the data unit has less
 * than a block. */
NODISCARD enum err crypto_xts_end(const struct crypto_port *port,
                                  struct span key,
                                  enum crypto_direction direction,
                                  struct crypto_xts *x, uint8_t *out,
                                  size_t *written);

#endif
