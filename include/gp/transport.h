/*
 * A way to a card: PC/SC, a socket, or a card in this process.  Whoever
 * provides one embeds struct gp_transport in its own object; close() frees it.
 */
#ifndef GP_TRANSPORT_H
#define GP_TRANSPORT_H

#include <stdbool.h>

#include "base/span.h"
#include "base/sw.h"
#include "gp/error.h"

struct gp_transport;

enum {
    GP_COMMAND_MAX = 4 + 3 + 65535 + 2,
    GP_RESPONSE_MAX = 65536 + 2,
    GP_ATR_MAX = 33,
};

struct gp_transport_ops {
    /*
     * One command to the card and its answer, with status word, appended to
     * `response` (empty before).  0, GP_ERR_IO, GP_ERR_TOO_LONG.
     */
    int (*transmit)(struct gp_transport *t, struct span command,
                    struct buf *response);
    /* Warm reset (or off and on).  0, GP_ERR_IO. */
    int (*reset)(struct gp_transport *t);
    /* The answer to reset of the last power-on, appended. */
    int (*atr)(struct gp_transport *t, struct buf *atr);
    /* Leaves the card, frees `t`. */
    void (*close)(struct gp_transport *t);
};

/* Told of each exchange as it is on the wire, when set. */
struct gp_trace {
    void (*command)(void *ctx, struct span bytes);
    void (*response)(void *ctx, struct span bytes);
    void *ctx;
};

struct gp_transport {
    const struct gp_transport_ops *ops;
    struct gp_trace trace; /* zero: none; the caller may set it */
    char name[128];        /* reader, address or file, for messages */
};

/*
 * One command through GET RESPONSE and wrong-Le repetition: 61xx is followed
 * until the response is whole, 6Cxx repeats the command once with the length
 * that the card asks for [ISO 7816-4 11.5].  `response` (emptied first) ends
 * with the status word.  0 whatever the card says; GP_ERR_IO, GP_ERR_PROTOCOL,
 * GP_ERR_TOO_LONG.
 */
int gp_transmit(struct gp_transport *t, struct span command,
                struct buf *response);

/* The status word that ends a response; 0 when there is none. */
sw_t gp_response_sw(const struct buf *response);

/* The response without its status word. */
struct span gp_response_data(const struct buf *response);

/* Resets the card. */
int gp_transport_reset(struct gp_transport *t);

/* The card's ATR, appended to `atr` (room for GP_ATR_MAX). */
int gp_transport_atr(struct gp_transport *t, struct buf *atr);

/* Closes; *t becomes NULL.  *t may be NULL. */
void gp_transport_free(struct gp_transport **t);

/*
 * The reader whose name is or contains `reader`; with NULL the only reader
 * that holds a card.  GP_ERR_NO_READER, GP_ERR_NO_CARD, GP_ERR_IN_USE,
 * GP_ERR_ARGUMENT when several would do; *why names them.
 */
int gp_open_pcsc(const char *reader, struct gp_transport **out,
                 struct gp_why *why);

/* Calls `each` for every reader.  GP_ERR_NO_READER when there is none. */
int gp_list_readers(void (*each)(void *ctx, const char *name, bool card),
                    void *ctx, struct gp_why *why);

/*
 * A card that listens on host:port and speaks vpcd's framing; powers it on.
 * GP_ERR_CONNECT, GP_ERR_IO.
 */
int gp_open_tcp(const char *host, const char *port, struct gp_transport **out,
                struct gp_why *why);

/* The same over a connected socket, which the transport then owns. */
int gp_open_fd(int fd, const char *name, struct gp_transport **out,
               struct gp_why *why);

#endif
