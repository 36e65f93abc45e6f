/* Status words and commands of the transport: what card/io shares. */
#ifndef IO_WORDS_H
#define IO_WORDS_H

#include "io/io.h"

enum { IO_STATUS_SIZE = 2, IO_SHORT_MAX = 256, IO_INS_GET_RESPONSE = 0xC0 };

/* 61xx: how many are left, 00 for 256 and more. */
static inline sw_t io_more_word(uint32_t left)
{
    return (sw_t)(0x6100u | (left >= IO_SHORT_MAX ? 0 : left));
}

/* There is room for it: out->cap was found to be IO_STATUS_SIZE at least. */
static inline void io_put_status(struct buf *out, sw_t sw)
{
    out->p[out->n] = (uint8_t)(sw >> 8);
    out->p[out->n + 1] = (uint8_t)sw;
    out->n += IO_STATUS_SIZE;
}

static inline bool io_is_get_response(const struct io_command *c)
{
    return c->ins == IO_INS_GET_RESPONSE && c->p1 == 0 && c->p2 == 0 &&
           c->data.n == 0 && c->channel != IO_CHANNEL_INVALID;
}

/* io_answer() for T=0. */
void io_answer_t0(struct io *io, const struct io_command *c, sw_t sw,
                  struct buf *out);

#endif
