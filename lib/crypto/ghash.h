/* GHASH [NIST SP 800-38D 6.4], without a table or branch on its input. */
#ifndef CRYPTO_GHASH_H
#define CRYPTO_GHASH_H

#include "base/span.h"

enum { CRYPTO_GHASH_BLOCK = 16 };

/* Flat; all zeros begin. */
struct crypto_ghash {
    uint8_t y[CRYPTO_GHASH_BLOCK]; /* with the bytes of a block in making */
    uint8_t filled;                /* how many those are */
};

/* Takes bytes; `h` is the hash key. */
void crypto_ghash_add(struct crypto_ghash *g,
                      const uint8_t h[CRYPTO_GHASH_BLOCK], struct span bytes);

/* Fills up a block that was begun with zeros. */
void crypto_ghash_align(struct crypto_ghash *g,
                        const uint8_t h[CRYPTO_GHASH_BLOCK]);

#endif
