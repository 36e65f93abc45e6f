#include "io/io.h"

#include <string.h>

enum { INS_GET_RESPONSE = 0xC0, STATUS_SIZE = 2, SHORT_MAX = 256 };

static struct buf response_of(struct io *io, const struct buf *out)
{
    uint32_t half = io->size / 2;

    io->limit = io->size;
    if (out->cap >= half + STATUS_SIZE)
        return buf_of(out->p, out->cap - STATUS_SIZE);
    io->limit = half;
    return buf_of(io->memory + half, io->size - half);
}

struct buf io_response(struct io *io, const struct buf *out)
{
    io->kept_at = 0;
    io->kept_end = 0;
    io->kept_sw = SW_OK;
    return response_of(io, out);
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

/* How many bytes this answer may have. */
static uint32_t allowed(const struct io_command *c, const struct buf *out)
{
    uint32_t n = c->has_le ? c->ne : SHORT_MAX;
    size_t room = out->cap - STATUS_SIZE;

    return n < room ? n : (uint32_t)room;
}

/* What is beyond `sent` of the data: false when there is no room for it. */
static bool keep(struct io *io, const struct buf *data, uint32_t sent, sw_t sw)
{
    uint32_t left = (uint32_t)data->n - sent;

    if (left > io->size)
        return false;
    memmove(io->memory, data->p + sent, left);
    io->kept_end = left;
    io->kept_sw = sw;
    io_touch(io, left);
    return true;
}

void io_answer(struct io *io, const struct io_command *c,
               const struct buf *data, sw_t sw, struct buf *out)
{
    uint32_t n = allowed(c, out);

    if (n > data->n)
        n = (uint32_t)data->n;
    if (data->p != out->p && n > 0)
        memcpy(out->p, data->p, n);
    if (data->p != out->p && data->n > 0)
        io_touch(io, io->size / 2 + (uint32_t)data->n);
    out->n = n;
    if (n < data->n) {
        uint32_t left = (uint32_t)data->n - n;
        bool kept = keep(io, data, n, sw);
        out->n = kept ? n : 0;
        sw = kept ? more_word(left) : SW_UNKNOWN;
    }
    put_status(out, sw);
}

bool io_wants_more(const struct io *io, const struct io_command *c)
{
    return io->kept_at < io->kept_end && c->ins == INS_GET_RESPONSE &&
           c->p1 == 0 && c->p2 == 0 && c->data.n == 0 &&
           c->channel != IO_CHANNEL_INVALID;
}

void io_answer_more(struct io *io, const struct io_command *c, struct buf *out)
{
    uint32_t left = io->kept_end - io->kept_at;
    uint32_t n = allowed(c, out);

    if (n > left)
        n = left;
    memcpy(out->p, io->memory + io->kept_at, n);
    out->n = n;
    io->kept_at += n;
    put_status(out, n < left ? more_word(left - n) : io->kept_sw);
}
