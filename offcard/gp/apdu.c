#include "offcard/gp/apdu.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"

void apdu_begin(struct apdu *a, struct buf *out, const uint8_t head[4], bool le)
{
    a->out = out;
    a->start = out->n;
    a->data = buf_of(a->bytes, sizeof a->bytes);
    a->err = ERR_OK;
    a->le = le;
    memcpy(a->head, head, sizeof a->head);
}

static void note(struct apdu *a, enum err e)
{
    if (a->err == ERR_OK)
        a->err = e;
}

void apdu_put(struct apdu *a, struct span s)
{
    note(a, buf_put_span(&a->data, s));
}

void apdu_put_u1(struct apdu *a, uint8_t v)
{
    note(a, buf_put_u1(&a->data, v));
}

void apdu_put_lv(struct apdu *a, struct span s)
{
    note(a, buf_put_lv(&a->data, s));
}

void apdu_put_tlv(struct apdu *a, uint16_t tag, struct span s)
{
    note(a, tlv_put(&a->data, tag, s));
}

void apdu_put_length(struct apdu *a, size_t n)
{
    if (n > 0xFF) {
        apdu_put_u1(a, 0x82);
        apdu_put_u1(a, (uint8_t)(n >> 8));
    } else if (n > 0x7F) {
        apdu_put_u1(a, 0x81);
    }
    apdu_put_u1(a, (uint8_t)n);
}

static void put_all(struct apdu *a)
{
    note(a, buf_put(a->out, a->head, sizeof a->head));
    if (a->data.n > 0) {
        note(a, buf_put_u1(a->out, (uint8_t)a->data.n));
        note(a, buf_put_span(a->out, buf_span(&a->data)));
    }
    if (a->le)
        note(a, buf_put_u1(a->out, 0));
}

int apdu_end(struct apdu *a)
{
    if (a->err == ERR_OK)
        put_all(a);
    if (a->err != ERR_OK)
        a->out->n = a->start;
    wipe(a->bytes, sizeof a->bytes);
    return a->err == ERR_OK     ? GP_OK
           : a->err == ERR_FULL ? GP_ERR_TOO_LONG
                                : GP_ERR_ARGUMENT;
}
