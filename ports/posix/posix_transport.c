#include "ports/posix/posix_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ports/posix/posix_card.h"

struct posix_transport {
    struct gp_transport base;
    struct posix_card *card;
    uint8_t response[CARD_APDU_MAX];
    char said[256]; /* during the last command */
};

static struct posix_transport *of(struct gp_transport *t)
{
    return (struct posix_transport *)t; /* base is the first member */
}

/* One of the card's sentences; what has no room is left out. */
static void listen(void *ctx, const char *text)
{
    struct posix_transport *p = ctx;
    const size_t n = strlen(p->said);

    snprintf(p->said + n, sizeof p->said - n, "%s%s", n == 0 ? "" : "; ", text);
}

static int transmit(struct gp_transport *t, struct span command,
                    struct buf *response)
{
    struct posix_transport *p = of(t);
    p->said[0] = '\0';
    size_t n = card_transmit(posix_card_card(p->card), command.p, command.n,
                             p->response, sizeof p->response);
    if (n == 0)
        return GP_ERR_IO;
    return gp_from_err(buf_put(response, p->response, n));
}

static int reset(struct gp_transport *t)
{
    return card_power_on(posix_card_card(of(t)->card)) == CARD_OK ? 0
                                                                  : GP_ERR_IO;
}

static int atr(struct gp_transport *t, struct buf *out)
{
    uint8_t bytes[33];
    size_t n = card_atr(posix_card_card(of(t)->card), bytes);
    return gp_from_err(buf_put(out, bytes, n));
}

static void close_card(struct gp_transport *t)
{
    posix_card_close(&of(t)->card);
    free(t);
}

static const struct gp_transport_ops ops = {transmit, reset, atr, close_card};

static int error_of(enum posix_card_result result)
{
    switch (result) {
    case POSIX_CARD_DONE:
        return 0;
    case POSIX_CARD_MISSING:
        return GP_ERR_NO_CARD;
    case POSIX_CARD_IN_USE:
        return GP_ERR_IN_USE;
    case POSIX_CARD_EXISTS:
    case POSIX_CARD_BAD:
    case POSIX_CARD_FAILED:
        break;
    }
    return GP_ERR_IO;
}

static int open_image(struct posix_transport *p, const char *path,
                      const struct posix_card_options *options, char *why,
                      size_t n)
{
    enum posix_card_result opened =
        posix_card_open(path, options, &p->card, why, n);
    if (opened != POSIX_CARD_DONE)
        return error_of(opened);
    enum card_status status = card_power_on(posix_card_card(p->card));
    if (status == CARD_OK)
        return 0;
    snprintf(why, n, "%s", posix_card_status_text(status));
    posix_card_close(&p->card);
    return GP_ERR_IO;
}

struct gp_transport *port_posix_open_card(const char *path, bool durable,
                                          const char *seed, int *result,
                                          char *why, size_t n)
{
    struct posix_transport *p = calloc(1, sizeof *p);
    const struct posix_card_options options = {
        .durable = durable, .seed = seed, .trace = listen, .trace_ctx = p};
    int status = GP_ERR_MEMORY;

    if (p == NULL)
        snprintf(why, n, "out of memory");
    else
        status = open_image(p, path, &options, why, n);
    if (result != NULL)
        *result = status;
    if (status != 0) {
        free(p);
        return NULL;
    }
    p->base.ops = &ops;
    snprintf(p->base.name, sizeof p->base.name, "%s", path);
    return &p->base;
}

const char *port_posix_card_said(const struct gp_transport *t)
{
    return t->ops == &ops ? ((const struct posix_transport *)t)->said : "";
}
