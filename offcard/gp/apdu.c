#include "offcard/gp/apdu.h"

#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"

void gp_apdu_begin(struct gp_apdu *a, struct buf *out, const uint8_t head[4],
                   bool le)
{
    a->out = out;
    a->start = out->n;
    a->data = buf_of(a->bytes, sizeof a->bytes);
    a->err = ERR_OK;
    a->le = le;
    memcpy(a->head, head, sizeof a->head);
}

static void note(struct gp_apdu *a, enum err e)
{
    if (a->err == ERR_OK)
        a->err = e;
}

void gp_apdu_put(struct gp_apdu *a, struct span s)
{
    note(a, buf_put_span(&a->data, s));
}

void gp_apdu_put_u1(struct gp_apdu *a, uint8_t v)
{
    note(a, buf_put_u1(&a->data, v));
}

void gp_apdu_put_lv(struct gp_apdu *a, struct span s)
{
    note(a, buf_put_lv(&a->data, s));
}

void gp_apdu_put_tlv(struct gp_apdu *a, uint16_t tag, struct span s)
{
    note(a, tlv_put(&a->data, tag, s));
}

void gp_apdu_put_length(struct gp_apdu *a, size_t n)
{
    if (n > 0xFF) {
        gp_apdu_put_u1(a, 0x82);
        gp_apdu_put_u1(a, (uint8_t)(n >> 8));
    } else if (n > 0x7F) {
        gp_apdu_put_u1(a, 0x81);
    }
    gp_apdu_put_u1(a, (uint8_t)n);
}

static void put_all(struct gp_apdu *a)
{
    note(a, buf_put(a->out, a->head, sizeof a->head));
    if (a->data.n > 0) {
        note(a, buf_put_u1(a->out, (uint8_t)a->data.n));
        note(a, buf_put_span(a->out, buf_span(&a->data)));
    }
    if (a->le)
        note(a, buf_put_u1(a->out, 0));
}

int gp_apdu_end(struct gp_apdu *a)
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
