/*
 * Choices out of bytes: whatever bytes come, they mean something.  When they
 * are used up the choices go on, as the bytes that were there decide.
 */
#ifndef COMMANDS_GENES_H
#define COMMANDS_GENES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct genes {
    struct span bytes;
    uint32_t more;
};

static inline struct genes genes_of(struct span bytes)
{
    struct genes g = {.bytes = bytes, .more = 1};

    for (size_t i = 0; i < bytes.n; i++)
        g.more = (g.more ^ bytes.p[i]) * 0x01000193u;
    return g;
}

static inline uint8_t gene(struct genes *g)
{
    uint8_t byte;

    if (span_take_u1(&g->bytes, &byte) == ERR_OK)
        return byte;
    g->more = g->more * 1664525u + 1013904223u;
    return (uint8_t)(g->more >> 24);
}

/* 0..n-1, n up to 256. */
static inline unsigned pick(struct genes *g, unsigned n)
{
    return gene(g) % n;
}

/* True for one in n: what is rare takes high values, zeros are the usual. */
static inline bool seldom(struct genes *g, unsigned n)
{
    return pick(g, n) == n - 1;
}

#endif
