#include "tests/apdu/way.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct way *way = (struct way *)t;

    way->sent++;
    sw_t sw = host_raw(way->host, command);
    enum err e = buf_put(response, way->host->response, way->host->n);
    if (e == ERR_OK)
        e = buf_put_u2(response, sw);
    return gp_from_err(e);
}

void way_open(struct way *way, struct host *host)
{
    static const struct gp_transport_ops ops = {.transmit = transmit};

    *way = (struct way){.base = {.ops = &ops}, .host = host};
}

struct span way_hex(const char *hex, uint8_t *bytes, size_t room)
{
    struct buf b = buf_of(bytes, room);

    if (hex_decode(hex, strlen(hex), &b, NULL) != ERR_OK)
        abort();
    return buf_span(&b);
}
