#include "io/io.h"
#include "io/words.h"

#include <string.h>

static struct buf response_of(struct io *io, const struct buf *out)
{
    uint32_t half = io->size / 2;

    io->limit = io->size;
    if (out->cap >= half + IO_STATUS_SIZE)
        return buf_of(out->p, out->cap - IO_STATUS_SIZE);
    io->limit = half;
    return buf_of(io->memory + half, io->size - half);
}

void io_response(struct io *io, const struct buf *out)
{
    io->kept_at = 0;
    io->kept_end = 0;
    io->kept_sw = SW_OK;
    io->transfer = (struct io_transfer){.awaits = IO_NOTHING};
    io->response = response_of(io, out);
}

/* How many bytes this answer may have. */
static uint32_t allowed(const struct io_command *c, const struct buf *out)
{
    uint32_t n = c->has_le ? c->ne : IO_SHORT_MAX;
    size_t room = out->cap - IO_STATUS_SIZE;

    return n < room ? n : (uint32_t)room;
}

/* What is beyond `sent` of the data: false when there is no room for it. */
static bool keep(struct io *io, uint32_t sent, sw_t sw)
{
    uint32_t left = (uint32_t)io->response.n - sent;

    if (left > io->size)
        return false;
    memmove(io->memory, io->response.p + sent, left);
    io->kept_end = left;
    io->kept_sw = sw;
    io_touch(io, left);
    return true;
}

void io_answer(struct io *io, const struct io_command *c, sw_t sw,
               struct buf *out)
{
    const struct buf *data = &io->response;
    uint32_t n = allowed(c, out);

    if (io->t0) {
        io_answer_t0(io, c, sw, out);
        return;
    }
    if (n > data->n)
        n = (uint32_t)data->n;
    if (data->p != out->p && n > 0)
        memcpy(out->p, data->p, n);
    if (data->p != out->p && data->n > 0)
        io_touch(io, io->size / 2 + (uint32_t)data->n);
    out->n = n;
    if (n < data->n) {
        uint32_t left = (uint32_t)data->n - n;
        bool kept = keep(io, n, sw);
        out->n = kept ? n : 0;
        sw = kept ? io_more_word(left) : SW_UNKNOWN;
    }
    io->response.n = 0;
    io_put_status(out, sw);
}

bool io_wants_more(const struct io *io, const struct io_command *c)
{
    return io->kept_at < io->kept_end && io_is_get_response(c);
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
    io_put_status(out, n < left ? io_more_word(left - n) : io->kept_sw);
}
