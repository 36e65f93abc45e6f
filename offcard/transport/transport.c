#include <gp/transport.h>

#include <string.h>

enum { GET_RESPONSE = 0xC0, EXCHANGES_MAX = 1024 };

static int exchange(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct buf part =
        buf_of(response->p + response->n, response->cap - response->n);
    if (t->trace.command != NULL)
        t->trace.command(t->trace.ctx, command);
    int result = t->ops->transmit(t, command, &part);
    if (result != GP_OK)
        return result;
    if (t->trace.response != NULL)
        t->trace.response(t->trace.ctx, buf_span(&part));
    if (part.n < 2)
        return GP_ERR_PROTOCOL;
    response->n += part.n;
    return GP_OK;
}

sw_t gp_response_sw(const struct buf *response)
{
    return response->n < 2 ? 0 : get_u2(response->p + response->n - 2);
}

struct span gp_response_data(const struct buf *response)
{
    return span_of(response->p, response->n < 2 ? 0 : response->n - 2);
}

/* On which channel the command was, without secure messaging. */
static uint8_t channel_class(uint8_t cla)
{
    return cla & 0x40 ? cla & 0x4F : cla & 0x03;
}

/* 61xx: goes on until all is there. */
static int follow(struct gp_transport *t, uint8_t cla, struct buf *response)
{
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        sw_t sw = gp_response_sw(response);
        if ((sw >> 8) != 0x61)
            return GP_OK;
        const uint8_t get[5] = {channel_class(cla), GET_RESPONSE, 0, 0,
                                (uint8_t)sw};
        response->n -= 2;
        int result = exchange(t, span_of(get, sizeof get), response);
        if (result != GP_OK)
            return result;
    }
    return GP_ERR_PROTOCOL;
}

/* The command with the Le that the card asked for; 0 when it has none. */
static size_t with_le(struct span command, uint8_t le,
                      uint8_t out[4 + 1 + 255 + 1])
{
    if (command.n < 4 || command.n > 4 + 1 + 255 + 1)
        return 0;
    size_t lc = command.n > 5 ? command.p[4] : 0;
    if (command.n > 5 && lc == 0)
        return 0; /* extended */
    size_t n = lc == 0 ? 4 : 5 + lc;
    if (command.n < n)
        return 0;
    memcpy(out, command.p, n);
    out[n] = le;
    return n + 1;
}

int gp_transmit(struct gp_transport *t, struct span command,
                struct buf *response)
{
    uint8_t again[4 + 1 + 255 + 1];

    response->n = 0;
    if (command.n < 4)
        return GP_ERR_ARGUMENT;
    int result = exchange(t, command, response);
    if (result != GP_OK)
        return result;

    sw_t sw = gp_response_sw(response);
    if ((sw >> 8) == 0x6C && response->n == 2) {
        size_t n = with_le(command, (uint8_t)sw, again);
        if (n > 0) {
            response->n = 0;
            result = exchange(t, span_of(again, n), response);
        }
    }
    return result == GP_OK ? follow(t, command.p[0], response) : result;
}

int gp_transport_reset(struct gp_transport *t)
{
    return t->ops->reset(t);
}

int gp_transport_atr(struct gp_transport *t, struct buf *atr)
{
    return t->ops->atr(t, atr);
}

void gp_transport_free(struct gp_transport **t)
{
    if (*t != NULL)
        (*t)->ops->close(*t);
    *t = NULL;
}
