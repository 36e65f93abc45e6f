/*
 * Bytes in and bytes out.
 *
 * A span is borrowed memory that nobody writes; taking from it moves its
 * start, and fails without moving when too little is left.  A buf is the
 * caller's memory being filled; a put that does not fit leaves it unchanged.
 * All numbers are big-endian, as in every format this project reads.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct span {
    const uint8_t *p;
    size_t n;
};

struct buf {
    uint8_t *p;
    size_t n;   /* filled */
    size_t cap; /* room in all */
};

static inline struct span span_of(const uint8_t *p, size_t n)
{
    return (struct span){p, n};
}

static inline struct span buf_span(const struct buf *b)
{
    return (struct span){b->p, b->n};
}

static inline struct buf buf_of(uint8_t *p, size_t cap)
{
    return (struct buf){p, 0, cap};
}

/* Same length and bytes.  Not for secrets: see ct_equal(). */
bool span_equal(struct span a, struct span b);

/* ERR_TRUNCATED when fewer bytes are left. */
NODISCARD enum err span_take(struct span *s, size_t n, struct span *out);
NODISCARD enum err span_take_u1(struct span *s, uint8_t *out);
NODISCARD enum err span_take_u2(struct span *s, uint16_t *out);
NODISCARD enum err span_take_u4(struct span *s, uint32_t *out);
/* One length byte, then that many bytes. */
NODISCARD enum err span_take_lv(struct span *s, struct span *out);

/* ERR_FULL when it does not fit. */
NODISCARD enum err buf_put(struct buf *b, const uint8_t *p, size_t n);
NODISCARD enum err buf_put_span(struct buf *b, struct span s);
NODISCARD enum err buf_put_u1(struct buf *b, uint8_t v);
NODISCARD enum err buf_put_u2(struct buf *b, uint16_t v);
NODISCARD enum err buf_put_u4(struct buf *b, uint32_t v);
/* One length byte, then the bytes; ERR_RANGE above 255. */
NODISCARD enum err buf_put_lv(struct buf *b, struct span s);

static inline uint16_t get_u2(const uint8_t *p)
{
    return (uint16_t)((p[0] << 8) | p[1]);
}

static inline uint32_t get_u4(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) |
           ((uint32_t)p[2] << 8) | p[3];
}

static inline uint64_t get_u8(const uint8_t *p)
{
    return ((uint64_t)get_u4(p) << 32) | get_u4(p + 4);
}

static inline void set_u2(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/*
 * Compilers see one swapped store in these; in stores byte by byte they do
 * not when several follow one another.
 */
static inline bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static inline void set_u4(uint8_t *p, uint32_t v)
{
    if (is_little_endian())
        v = v >> 24 | (v >> 8 & 0xFF00) | (v << 8 & 0xFF0000) | v << 24;
    memcpy(p, &v, sizeof v);
}

static inline void set_u8(uint8_t *p, uint64_t v)
{
    if (is_little_endian())
        v = __builtin_bswap64(v);
    memcpy(p, &v, sizeof v);
}

#endif
