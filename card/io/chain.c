#include "io/io.h"

#include <string.h>

#include "base/ct.h"

enum { LE_MAX = 3, SHORT_DATA_MAX = 255 };

void io_bind(struct io *io, uint8_t *memory, uint32_t size, bool t0)
{
    io->memory = memory;
    io->size = memory != NULL ? size : 0;
    io->t0 = t0;
}

void io_reset(struct io *io)
{
    uint8_t *memory = io->memory;
    uint32_t size = io->size;
    bool t0 = io->t0;

    if (io->dirty > 0)
        wipe(memory, io->dirty < size ? io->dirty : size);
    wipe(io, sizeof *io);
    io_bind(io, memory, size, t0);
    io->limit = size;
    io->kept_sw = SW_OK;
}

void io_copy(struct io *io, const struct io *from)
{
    if (io->dirty > io->size || io->limit > io->size) {
        io_reset(io);
        return;
    }
    if (io->dirty > 0)
        memcpy(io->memory, from->memory, io->dirty);
    if (io->response.n > 0)
        io->response.p = io->memory; /* it is held there between commands */
}

/* Whether a command with n bytes of data has room in `memory`. */
static bool has_room(const struct io *io, size_t n)
{
    return n <= io->limit && io->limit - n >= IO_HEADER_MAX + LE_MAX;
}

bool io_interrupt(struct io *io)
{
    bool was_open = io->chain_open;

    io->chain_open = false;
    io->gathered_length = 0;
    return was_open;
}

static void common_header(const struct io_command *c, uint8_t p1_mask,
                          uint8_t header[4])
{
    header[0] = c->cla & (uint8_t)~IO_CLA_CHAINED;
    header[1] = c->ins;
    header[2] = c->p1 & p1_mask;
    header[3] = c->p2;
}

/* Puts a header in front of the data and Le behind; the room is there. */
static struct span assemble(struct io *io, const struct io_command *c,
                            uint8_t **bytes)
{
    uint32_t n = io->gathered_length;
    bool extended = c->extended || n > SHORT_DATA_MAX;
    uint8_t *data = io->memory + IO_HEADER_MAX;
    uint8_t *start = data - 4;
    uint8_t *end = data + n;

    if (n > 0)
        start = extended ? data - 7 : data - 5;
    start[0] = c->cla & (uint8_t)~IO_CLA_CHAINED;
    start[1] = c->ins;
    start[2] = c->p1;
    start[3] = c->p2;
    if (n > 0 && extended) {
        start[4] = 0;
        set_u2(start + 5, (uint16_t)n);
    } else if (n > 0) {
        start[4] = (uint8_t)n;
    }
    if (c->has_le && extended) {
        if (n == 0)
            *end++ = 0;
        set_u2(end, (uint16_t)(c->extended || c->ne < 256 ? c->ne : 0));
        end += 2;
    } else if (c->has_le) {
        *end++ = (uint8_t)c->ne;
    }
    *bytes = start;
    return span_of(start, (size_t)(end - start));
}

sw_t io_gather(struct io *io, const struct io_command *c, bool more,
               uint8_t p1_mask, struct span *whole, uint8_t **bytes)
{
    uint8_t header[4];

    *whole = span_of(NULL, 0);
    *bytes = NULL;
    common_header(c, p1_mask, header);
    if (io->chain_open && memcmp(header, io->chain_header, 4) != 0) {
        io_interrupt(io);
        return SW_CONDITIONS;
    }
    if (!io->chain_open)
        io->gathered_length = 0;
    if (!has_room(io, io->gathered_length + c->data.n)) {
        bool chained = more || io_interrupt(io);
        io_interrupt(io);
        return chained ? SW_WRONG_P1P2 : SW_WRONG_LENGTH;
    }
    if (c->data.n > 0)
        memmove(io->memory + IO_HEADER_MAX + io->gathered_length, c->data.p,
                c->data.n);
    io->gathered_length += (uint32_t)c->data.n;
    io_touch(io, IO_HEADER_MAX + io->gathered_length + LE_MAX);
    io->chain_open = more;
    memcpy(io->chain_header, header, 4);
    if (more)
        return SW_OK;
    *whole = assemble(io, c, bytes);
    return SW_OK;
}
