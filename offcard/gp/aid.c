#include <gp/commands.h>

#include <string.h>

#include "base/hex.h"

int gp_aid_set(struct gp_aid *aid, struct span bytes)
{
    if (bytes.n < 5 || bytes.n > GP_AID_MAX)
        return GP_ERR_ARGUMENT;
    *aid = (struct gp_aid){.n = (uint8_t)bytes.n};
    memcpy(aid->p, bytes.p, bytes.n);
    return GP_OK;
}

int gp_aid_parse(struct gp_aid *aid, const char *hex)
{
    uint8_t bytes[GP_AID_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    if (hex_decode(hex, strlen(hex), &out, NULL) != ERR_OK)
        return GP_ERR_ARGUMENT;
    return gp_aid_set(aid, buf_span(&out));
}

bool gp_aid_equal(const struct gp_aid *a, const struct gp_aid *b)
{
    return span_equal(gp_aid_span(a), gp_aid_span(b));
}
