#include "io/io.h"

#include <string.h>

enum { INS_GET_RESPONSE = 0xC0, STATUS_SIZE = 2, SHORT_MAX = 256 };

struct buf io_response(struct io *io)
{
    io->kept_length = 0;
    io->kept_at = 0;
    io->kept_sw = SW_OK;
    return buf_of(io->kept, CARD_APDU_MAX - STATUS_SIZE);
}

/* 61xx: how many are left, 00 for 256 and more. */
static sw_t more_word(uint32_t left)
{
    return (sw_t)(0x6100u | (left >= SHORT_MAX ? 0 : left));
}

static void put_status(struct buf *out, sw_t sw)
{
    out->p[out->n] = (uint8_t)(sw >> 8);
    out->p[out->n + 1] = (uint8_t)sw;
    out->n += STATUS_SIZE;
}

/* Sends the next piece of what is kept. */
static void send_piece(struct io *io, const struct io_command *c,
                       struct buf *out)
{
    uint32_t left = io->kept_length - io->kept_at;
    uint32_t n = c->has_le ? c->ne : SHORT_MAX;
    size_t room = out->cap - out->n;

    if (room < STATUS_SIZE)
        return;
    if (n > room - STATUS_SIZE)
        n = (uint32_t)(room - STATUS_SIZE);
    if (n > left)
        n = left;
    memcpy(out->p + out->n, io->kept + io->kept_at, n);
    out->n += n;
    io->kept_at += n;
    put_status(out, n < left ? more_word(left - n) : io->kept_sw);
}

void io_answer(struct io *io, const struct io_command *c, size_t n, sw_t sw,
               struct buf *out)
{
    io->kept_length = (uint32_t)n;
    io->kept_at = 0;
    io->kept_sw = sw;
    send_piece(io, c, out);
}

bool io_wants_more(const struct io *io, const struct io_command *c)
{
    return io->kept_at < io->kept_length && c->ins == INS_GET_RESPONSE &&
           c->p1 == 0 && c->p2 == 0 && c->data.n == 0 &&
           c->channel != IO_CHANNEL_INVALID;
}

void io_answer_more(struct io *io, const struct io_command *c, struct buf *out)
{
    send_piece(io, c, out);
}
