#include "io/io.h"

enum {
    SHORT_NE_MAX = 256,
    EXTENDED_NE_MAX = 65536,
    P3_AT = 4,
    DATA_AT = 5,
};

/* [ISO 7816-4 5.4.1]: class bytes 2x, 3x and FF say nothing of a channel. */
static void take_class(struct io_command *c)
{
    bool further = (c->cla & 0x40) != 0;

    c->channel = IO_CHANNEL_INVALID;
    c->chained = (c->cla & IO_CLA_CHAINED) != 0;
    if (c->cla == 0xFF || (c->cla & 0xE0) == 0x20) {
        c->chained = false;
        return;
    }
    c->channel =
        further ? (uint8_t)(4 + (c->cla & 0x0F)) : (uint8_t)(c->cla & 0x03);
    c->secure = further ? (uint8_t)(c->cla & 0x20) : (uint8_t)(c->cla & 0x0C);
}

static sw_t take_short(struct span body, struct io_command *c)
{
    uint8_t first = body.p[0];

    if (body.n == 1) {
        c->ne = first == 0 ? SHORT_NE_MAX : first;
        c->has_le = true;
        return SW_OK;
    }
    if (first == 0 || body.n < 1u + first || body.n > 2u + first)
        return SW_WRONG_LENGTH;
    c->data = span_of(body.p + 1, first);
    if (body.n == 1u + first)
        return SW_OK;
    uint8_t le = body.p[body.n - 1];
    c->ne = le == 0 ? SHORT_NE_MAX : le;
    c->has_le = true;
    return SW_OK;
}

static void take_extended_le(const uint8_t *le, struct io_command *c)
{
    uint16_t value = get_u2(le);

    c->ne = value == 0 ? EXTENDED_NE_MAX : value;
    c->has_le = true;
}

/* Body starts with a zero byte and has at least three. */
static sw_t take_extended(struct span body, struct io_command *c)
{
    uint32_t lc = get_u2(body.p + 1);

    c->extended = true;
    if (body.n == 3) {
        take_extended_le(body.p + 1, c);
        return SW_OK;
    }
    if (lc == 0 || (body.n != 3 + lc && body.n != 5 + lc))
        return SW_WRONG_LENGTH;
    c->data = span_of(body.p + 3, lc);
    if (body.n == 5 + lc)
        take_extended_le(body.p + 3 + lc, c);
    return SW_OK;
}

/* The header; false when it is not whole. */
static bool take_header(struct span bytes, struct io_command *c)
{
    *c = (struct io_command){.bytes = bytes, .channel = IO_CHANNEL_INVALID};
    if (bytes.n > 0) {
        c->cla = bytes.p[0];
        take_class(c);
    }
    if (bytes.n > 1)
        c->ins = bytes.p[1];
    if (bytes.n > 2)
        c->p1 = bytes.p[2];
    if (bytes.n > 3)
        c->p2 = bytes.p[3];
    return bytes.n > 3;
}

sw_t io_parse(struct span bytes, struct io_command *c)
{
    if (!take_header(bytes, c))
        return SW_WRONG_LENGTH;
    if (bytes.n == 4)
        return SW_OK;

    struct span body = span_of(bytes.p + 4, bytes.n - 4);
    if (body.p[0] == 0 && body.n >= 3)
        return take_extended(body, c);
    return take_short(body, c);
}

sw_t io_parse_t0(struct span bytes, struct io_command *c)
{
    if (!take_header(bytes, c))
        return SW_WRONG_LENGTH;
    uint8_t p3 = bytes.n > P3_AT ? bytes.p[P3_AT] : 0;

    if (bytes.n <= DATA_AT) {
        c->ne = p3 == 0 ? SHORT_NE_MAX : p3;
        c->has_le = true;
        return SW_OK;
    }
    if (p3 == 0 || bytes.n < DATA_AT + (size_t)p3 ||
        bytes.n > DATA_AT + (size_t)p3 + 1)
        return SW_WRONG_LENGTH;
    c->bytes = span_of(bytes.p, DATA_AT + (size_t)p3);
    c->data = span_of(bytes.p + DATA_AT, p3);
    c->ne = SHORT_NE_MAX;
    c->indirect = true;
    return SW_OK;
}

uint8_t io_cla_base(uint8_t cla)
{
    if ((cla & 0x40) != 0)
        return cla & 0x80;
    return cla & 0xE0;
}
