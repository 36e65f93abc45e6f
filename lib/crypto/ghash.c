#include "crypto/ghash.h"

enum { BLOCK = CRYPTO_GHASH_BLOCK };

/* y = y * h in GF(2^128), bit by bit; masks stand in for branches. */
static void multiply(uint8_t y[BLOCK], const uint8_t h[BLOCK])
{
    const uint64_t x[2] = {get_u8(y), get_u8(y + 8)};
    uint64_t v0 = get_u8(h);
    uint64_t v1 = get_u8(h + 8);
    uint64_t z0 = 0;
    uint64_t z1 = 0;

    for (unsigned i = 0; i < 8 * BLOCK; i++) {
        const uint64_t take = 0 - (x[i / 64] >> (63 - i % 64) & 1);
        const uint64_t carry = 0 - (v1 & 1);
        z0 ^= v0 & take;
        z1 ^= v1 & take;
        v1 = v1 >> 1 | v0 << 63;
        v0 = v0 >> 1 ^ (carry & UINT64_C(0xE100000000000000));
    }
    set_u8(y, z0);
    set_u8(y + 8, z1);
}

void crypto_ghash_add(struct crypto_ghash *g, const uint8_t h[BLOCK],
                      struct span bytes)
{
    for (size_t i = 0; i < bytes.n; i++) {
        g->y[g->filled++] ^= bytes.p[i];
        if (g->filled == BLOCK) {
            multiply(g->y, h);
            g->filled = 0;
        }
    }
}

void crypto_ghash_align(struct crypto_ghash *g, const uint8_t h[BLOCK])
{
    if (g->filled != 0)
        multiply(g->y, h);
    g->filled = 0;
}
