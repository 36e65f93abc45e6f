#include "securechannel/apdu.h"

#include <string.h>

/* Class bytes with this bit name channels 4 to 19 [GPCS 11.1.4]. */
enum { FURTHER = 0x40, FURTHER_SM = 0x20, FIRST_SM = 0x04, CHAINING = 0x10 };

static enum err set_le(struct scp_apdu *out, struct span le)
{
    memcpy(out->le, le.p, le.n);
    out->le_length = (uint8_t)le.n;
    return ERR_OK;
}

static enum err parse_short(struct span rest, struct scp_apdu *out)
{
    if (rest.n == 1)
        return set_le(out, rest);

    size_t lc = rest.p[0];
    if (lc == 0 || (rest.n != 1 + lc && rest.n != 2 + lc))
        return ERR_FORMAT;
    out->data = span_of(rest.p + 1, lc);
    return set_le(out, span_of(rest.p + 1 + lc, rest.n - 1 - lc));
}

static enum err parse_extended(struct span rest, struct scp_apdu *out)
{
    out->extended = true;
    if (rest.n == 3)
        return set_le(out, span_of(rest.p + 1, 2));

    size_t lc = get_u2(rest.p + 1);
    if (lc == 0 || (rest.n != 3 + lc && rest.n != 5 + lc))
        return ERR_FORMAT;
    out->data = span_of(rest.p + 3, lc);
    return set_le(out, span_of(rest.p + 3 + lc, rest.n - 3 - lc));
}

enum err scp_apdu_parse(struct span command, struct scp_apdu *out)
{
    *out = (struct scp_apdu){.extended = false};
    if (command.n < sizeof out->head)
        return ERR_FORMAT;
    memcpy(out->head, command.p, sizeof out->head);

    struct span rest = span_of(command.p + 4, command.n - 4);
    if (rest.n == 0)
        return ERR_OK;
    if (rest.p[0] == 0 && rest.n >= 3)
        return parse_extended(rest, out);
    return parse_short(rest, out);
}

enum err scp_apdu_put_lc(const struct scp_apdu *apdu, size_t n, struct buf *out)
{
    if (n == 0)
        return ERR_OK;
    if (!apdu->extended)
        return n > 255 ? ERR_RANGE : buf_put_u1(out, (uint8_t)n);
    if (n > 65535)
        return ERR_RANGE;
    const uint8_t lc[3] = {0, (uint8_t)(n >> 8), (uint8_t)n};
    return buf_put(out, lc, sizeof lc);
}

enum err scp_apdu_put_le(const struct scp_apdu *apdu, bool alone,
                         struct buf *out)
{
    const uint8_t le[3] = {0, apdu->le[0], apdu->le[1]};
    if (apdu->le_length == 2 && alone)
        return buf_put(out, le, 3);
    return buf_put(out, apdu->le, apdu->le_length);
}

uint8_t scp_cla_protected(uint8_t cla)
{
    if (cla & FURTHER)
        return cla | FURTHER_SM;
    return (uint8_t)((cla & ~0x0C) | FIRST_SM);
}

uint8_t scp_cla_plain(uint8_t cla)
{
    return (uint8_t)(cla & (cla & FURTHER ? ~FURTHER_SM : ~0x0C));
}

uint8_t scp_cla_bare(uint8_t cla)
{
    if (cla & FURTHER)
        return cla & (0x80 | CHAINING);
    return cla & 0xF0;
}

bool scp_cla_is_protected(uint8_t cla)
{
    return (cla & (cla & FURTHER ? FURTHER_SM : FIRST_SM)) != 0;
}
