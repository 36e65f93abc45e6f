#include "tests/commands/maker.h"

#include <string.h>

#include "root.h"

enum { SHORT_MAX = 255, EXTENDED_HEAD = 7 };

/* ---- data ---- */

void maker_start(struct maker *m, uint8_t cla, uint8_t ins, uint8_t p1,
                 uint8_t p2)
{
    const uint8_t head[] = {cla, ins, p1, p2};

    memcpy(m->head, head, sizeof head);
    m->le = 0;
    m->data = buf_of(m->bytes, sizeof m->bytes);
}

void maker_put(struct maker *m, const uint8_t *p, size_t n)
{
    if (n > 0 && buf_put(&m->data, p, n) != ERR_OK)
        m->data.n = m->data.cap;
}

void maker_byte(struct maker *m, uint8_t byte)
{
    maker_put(m, &byte, 1);
}

void maker_length(struct maker *m, size_t n)
{
    if (seldom(&m->genes, 64))
        n = gene(&m->genes);
    const bool long_one = n > 0xFF;
    if (n > 0x7F || seldom(&m->genes, 64))
        maker_byte(m, long_one ? 0x82 : 0x81);
    if (long_one)
        maker_byte(m, (uint8_t)(n >> 8));
    maker_byte(m, (uint8_t)n);
}

void maker_field(struct maker *m, const uint8_t *p, size_t n)
{
    maker_length(m, n);
    maker_put(m, p, n);
}

static void put_tag(struct maker *m, uint16_t tag)
{
    if (seldom(&m->genes, 64))
        tag = gene(&m->genes);
    if (tag > 0xFF)
        maker_byte(m, (uint8_t)(tag >> 8));
    maker_byte(m, (uint8_t)tag);
}

void maker_tlv(struct maker *m, uint16_t tag, const uint8_t *p, size_t n)
{
    put_tag(m, tag);
    maker_field(m, p, n);
}

size_t maker_open(struct maker *m, uint16_t tag)
{
    if (tag != 0)
        put_tag(m, tag);
    maker_byte(m, 0);
    return m->data.n;
}

void maker_close(struct maker *m, size_t mark)
{
    const size_t n = m->data.n - mark;
    uint8_t *p = m->data.p + mark;

    if (mark == 0 || mark > m->data.n)
        return;
    p[-1] = (uint8_t)(seldom(&m->genes, 64) ? gene(&m->genes) : n);
    if (n <= 0x7F || m->data.n == m->data.cap)
        return;
    memmove(p + 1, p, n); /* 81: the length has a byte of its own */
    p[-1] = 0x81;
    p[0] = (uint8_t)n;
    m->data.n++;
}

/* ---- names ---- */

static const uint8_t names[][17] = {
    {8, 0xA0, 0, 0, 1, 0x51, 0, 0, 0},
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, WORLD_DELEGATE},
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, WORLD_MANAGER},
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, WORLD_SIGNER},
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, WORLD_CIPHER},
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, WORLD_EMPTY},
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0x44}, /* to be made */
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0x45},
    {7, 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x03, 0x01}, /* an applet */
    {8, 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x03, 0x01, 0x01},
    {8, 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x03, 0x01, 0x02},
    {6, 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x04}, /* load files */
    {6, 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x05},
    {6, 0xF0, 0x50, 0x4F, 0x53, 0x54, 0x03},
    {7, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50}, /* the domains' own */
    {8, 0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0x41},
    {5, 0xA0, 0, 0, 1, 0x51},
    {5, 0xF0, 0x50, 0x4F, 0x53, 0x54},
    {16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
    {4, 0xA0, 0, 0, 1},
    {0},
};
enum {
    DOMAINS = 8,
    APPLICATIONS_FIRST = 6,
    APPLICATIONS = 5,
    PACKAGES_FIRST = 11,
    PACKAGES = 4,
    NAMES = sizeof names / sizeof names[0],
};

static struct span name(struct maker *m, unsigned first, unsigned n)
{
    unsigned i = first + pick(&m->genes, n);

    if (seldom(&m->genes, 32))
        i = pick(&m->genes, NAMES);
    return span_of(names[i] + 1, names[i][0]);
}

struct span maker_aid(struct maker *m)
{
    return name(m, 0, NAMES);
}

struct span maker_domain(struct maker *m)
{
    return name(m, 0, DOMAINS);
}

struct span maker_application(struct maker *m)
{
    return name(m, APPLICATIONS_FIRST, APPLICATIONS);
}

struct span maker_package(struct maker *m)
{
    return name(m, PACKAGES_FIRST, PACKAGES);
}

/* ---- sending ---- */

/* Header, length, data and Le; extended where it must be. */
static size_t assemble(struct maker *m, bool extended, uint8_t *out)
{
    const size_t n = m->data.n;
    size_t at = 4;

    memcpy(out, m->head, 4);
    if (extended) {
        out[at++] = 0;
        out[at++] = (uint8_t)(n >> 8);
        out[at++] = (uint8_t)n;
    } else if (n > 0) {
        out[at++] = (uint8_t)n;
    }
    memcpy(out + at, m->data.p, n);
    at += n;
    if (seldom(&m->genes, 4))
        return at;
    if (extended)
        out[at++] = 0;
    out[at++] = m->le;
    return at;
}

/* Something of a finished command another, or its end away. */
static size_t spoil(struct maker *m, uint8_t *bytes, size_t n)
{
    static const uint8_t places[] = {2, 3, 4, 0, 1, 5};

    switch (pick(&m->genes, 3)) {
    case 0:
        bytes[places[pick(&m->genes, sizeof places)] % n] = gene(&m->genes);
        return n;
    case 1:
        bytes[gene(&m->genes) % n] ^= (uint8_t)(1u << pick(&m->genes, 8));
        return n;
    default:
        return n - pick(&m->genes, n < 8 ? 1 : 8);
    }
}

static bool goes_in_pieces(struct maker *m)
{
    const uint8_t ins = m->head[1];

    return (ins == 0xE6 || ins == 0xE4 || ins == 0xD8) &&
           (m->head[2] & 0x80) == 0 && m->data.n > 0 && m->head[0] == 0x80 &&
           (m->data.n > SHORT_MAX ? !seldom(&m->genes, 4)
                                  : seldom(&m->genes, 16));
}

/* What the protection of the session would make too long. */
static bool is_long(const struct maker *m)
{
    const struct scp_session *s = &m->g->w->sessions[m->channel];

    if (s->state == SCP_OPEN &&
        scp_data_max(s->protocol, s->i, s->level) < m->data.n)
        return true;
    return m->data.n > SHORT_MAX;
}

sw_t maker_send(struct maker *m)
{
    uint8_t bytes[EXTENDED_HEAD + MAKER_DATA_MAX + 2];
    struct world_command c = {.channel = m->channel};

    if (seldom(&m->genes, 32))
        c.protection = seldom(&m->genes, 2) ? BROKEN : BARE;
    c.in_pieces = goes_in_pieces(m);
    size_t n = assemble(m, c.in_pieces || is_long(m), bytes);
    if (!c.in_pieces && seldom(&m->genes, 24))
        n = spoil(m, bytes, n);
    c.apdu = span_of(bytes, n);
    return world_send(m->g->w, &c);
}
