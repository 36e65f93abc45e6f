/*
 * T=0: a command says in P3 either how many data it brings or how many it
 * expects, so an answer that is longer, shorter or to a command with data
 * leaves in further exchanges.  The applet sees none of them.
 * [ISO 7816-3 12.2] [JCRE 9.4.1]
 */
#include <string.h>

#include "io/words.h"

/* ---- the way out ---- */

static void await(struct io *io, const struct io_command *c,
                  enum io_awaits what)
{
    struct io_transfer *t = &io->transfer;

    t->awaits = (uint8_t)what;
    t->header[0] = c->cla;
    t->header[1] = c->ins;
    t->header[2] = c->p1;
    t->header[3] = c->p2;
    t->channel = c->channel;
}

void io_announce(struct io *io, const struct io_command *c, uint32_t n,
                 bool constrained)
{
    struct io_transfer *t = &io->transfer;
    uint32_t ne = c->ne;

    t->announced = true;
    t->granted = 0;
    t->promised = n;
    await(io, c, IO_GET_RESPONSE);
    if (c->indirect)
        return;
    if (n >= ne) {
        t->granted = ne;
        t->promised = n - ne;
    } else if (!constrained) {
        await(io, c, IO_REISSUE);
    }
}

bool io_must_ask(const struct io *io)
{
    const struct io_transfer *t = &io->transfer;

    if (!io->t0)
        return false;
    return io->response.n > t->granted ||
           (t->granted > 0 && io->response.n == t->granted && t->promised > 0);
}

bool io_can_ask(const struct io *io)
{
    return io->response.n - io->transfer.granted <= io->size;
}

/* Sends n bytes of the response; the rest moves to the lent memory. */
static void send(struct io *io, uint32_t n, struct buf *out)
{
    struct buf *r = &io->response;
    uint32_t left = (uint32_t)r->n - n;

    if (r->p != out->p && n > 0)
        memcpy(out->p, r->p, n);
    if (r->p >= io->memory && r->p < io->memory + io->size)
        io_touch(io, (uint32_t)((size_t)(r->p - io->memory) + r->n));
    if (left > 0)
        memmove(io->memory, r->p + n, left);
    io_touch(io, left);
    *r = buf_of(io->memory, io->size);
    r->n = left;
    out->n = n;
}

/* What was granted, and the word that asks for what comes next. */
static void send_granted(struct io *io, struct buf *out)
{
    struct io_transfer *t = &io->transfer;
    uint32_t n = t->granted;
    bool again = t->awaits == IO_REISSUE;

    send(io, n, out);
    t->granted = 0;
    t->begun = true;
    io_put_status(out, again ? (sw_t)(SW_LE_WRONG | t->promised)
                             : io_more_word(t->promised));
}

void io_ask(struct io *io, struct buf *out)
{
    io->transfer.running = true;
    send_granted(io, out);
}

/* Zeros in the place of what was announced, asked for and never sent. */
static void fill_up(struct io *io)
{
    struct buf *r = &io->response;
    const struct io_transfer *t = &io->transfer;

    if (!t->begun && r->n == 0)
        return;
    while (r->n < t->granted && buf_put_u1(r, 0) == ERR_OK)
        ;
}

void io_answer_t0(struct io *io, const struct io_command *c, sw_t sw,
                  struct buf *out)
{
    struct io_transfer *t = &io->transfer;

    t->running = false;
    if (!t->announced)
        io_announce(io, c, (uint32_t)io->response.n, false);
    fill_up(io);
    if (io->response.n > t->granted && io_can_ask(io)) {
        t->promised = (uint32_t)io->response.n - t->granted;
        io->kept_sw = sw;
        send_granted(io, out);
        return;
    }
    t->awaits = IO_NOTHING;
    if (io->response.n > t->granted) {
        io->response.n = 0;
        sw = SW_UNKNOWN;
    }
    send(io, (uint32_t)io->response.n, out);
    io_put_status(out, sw);
}

static bool is_awaited(const struct io_transfer *t, const struct io_command *c)
{
    const uint8_t header[4] = {c->cla, c->ins, c->p1, c->p2};

    if (c->channel != t->channel || c->data.n > 0)
        return false;
    return t->awaits == IO_GET_RESPONSE
               ? io_is_get_response(c)
               : memcmp(header, t->header, sizeof header) == 0;
}

enum io_step io_go_on(struct io *io, const struct io_command *c,
                      struct buf *out)
{
    struct io_transfer *t = &io->transfer;

    if (t->awaits == IO_NOTHING || !is_awaited(t, c))
        return IO_OTHER;
    if (c->ne > t->promised) {
        io_put_status(out, (sw_t)(SW_LE_WRONG | t->promised));
        return IO_ANSWERED;
    }
    t->granted = c->ne;
    t->promised -= c->ne;
    t->awaits = IO_GET_RESPONSE;
    if (t->running && io->response.n <= t->granted)
        return IO_GO_ON;
    if (t->running || t->promised > 0) {
        send_granted(io, out);
        return IO_ANSWERED;
    }
    t->awaits = IO_NOTHING;
    send(io, t->granted, out);
    io_put_status(out, io->kept_sw);
    return IO_ANSWERED;
}

/* ---- ENVELOPE ---- */

enum {
    INS_ENVELOPE = 0xC2,
    SHORT_HEADER = 5,
    LONG_HEADER = 7,
    SHORT_LE = 1,
    LONG_LE = 2,
    SEGMENT_MAX = 255,
};

bool io_is_envelope(const struct io *io, const struct io_command *c)
{
    return io->t0 && c->ins == INS_ENVELOPE && (c->cla & 0x80) == 0 &&
           c->channel != IO_CHANNEL_INVALID && c->p1 == 0 && c->p2 == 0;
}

/* Bytes without and with Le that a command which begins so has. */
static void whole_length(const uint8_t *p, uint32_t n, uint32_t *without,
                         uint32_t *with)
{
    *without = *with = UINT32_MAX;
    if (n >= SHORT_HEADER && p[4] != 0) {
        *without = SHORT_HEADER + (uint32_t)p[4];
        *with = *without + SHORT_LE;
    } else if (n >= LONG_HEADER) {
        *without = LONG_HEADER + (uint32_t)get_u2(p + SHORT_HEADER);
        *with = *without + LONG_LE;
    }
}

static bool is_whole(const struct io *io, uint32_t segment)
{
    uint32_t n = io->envelope_length;
    uint32_t without, with;

    if (segment == 0)
        return true;
    whole_length(io->memory + io->envelope_at, n, &without, &with);
    return n >= with || (n == without && segment < SEGMENT_MAX);
}

sw_t io_envelope(struct io *io, const struct io_command *c, struct span *whole)
{
    uint32_t n = (uint32_t)c->data.n;

    *whole = span_of(NULL, 0);
    if (io->envelope_length == 0)
        io->envelope_at =
            io->chain_open ? IO_HEADER_MAX + io->gathered_length : 0;
    uint32_t end = io->envelope_at + io->envelope_length;
    if (n > io->limit || end > io->limit - n) {
        io->envelope_length = 0;
        return SW_WRONG_LENGTH;
    }
    if (n > 0)
        memcpy(io->memory + end, c->data.p, n);
    io_touch(io, end + n);
    io->envelope_length += n;
    if (io->envelope_length == 0)
        return SW_WRONG_LENGTH;
    if (!is_whole(io, n))
        return SW_OK;
    *whole = span_of(io->memory + io->envelope_at, io->envelope_length);
    io->envelope_length = 0;
    return SW_OK;
}
