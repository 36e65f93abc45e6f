/*
 * The terminal: carries a server's Orders to a card and the answers back.  It
 * holds no key of a card and decides nothing.
 */
#ifndef TERMINAL_AGENT_H
#define TERMINAL_AGENT_H

#include <stdbool.h>

#include <gp/transport.h>

#include "terminal/http.h"

struct term_options {
    struct term_http *http; /* with the terminal's token */
    /* Opens the card, also again after it was lost.  GP_ERR_, *why. */
    int (*open)(void *ctx, struct gp_transport **out, struct gp_why *why);
    /* Text for the user; may be NULL. */
    void (*tell)(void *ctx, const char *text);
    void *ctx;
    bool once;         /* end when the server has nothing more for the card */
    unsigned patience; /* seconds to try a server that does not answer */
};

/*
 * Carries until the server says that it is enough (with `once`), or for ever.
 * 0: all was done.  GP_ERR_CANCELLED: the server refused, *why has its words.
 * GP_ERR_CONNECT: no server.  What `open` returned, or GP_ERR_IO: no card.
 * GP_ERR_PROTOCOL: the server's messages are wrong.
 */
int term_agent_run(const struct term_options *options, struct gp_why *why);

#endif
