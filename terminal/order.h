/*
 * An Order of SERAM 2.0 as the terminal reads it: in the schema's spelling and
 * in that of the published examples.
 */
#ifndef TERMINAL_ORDER_H
#define TERMINAL_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <gp/error.h>

#include "base/span.h"

enum {
    TERM_GROUPS_MAX = 16,
    TERM_COMMANDS_MAX = 256,           /* of one Order */
    TERM_ORDER_BYTES_MAX = 256 * 1024, /* of all its commands */
    TERM_DELAY_MAX = 60 * 1000,        /* ms; more is cut to this */
};

/* Commands that are sent one after the other: one seRamCommand. */
struct term_group {
    unsigned first;
    unsigned count;
    bool stops; /* end the Order unless (SW & mask) == value */
    uint16_t value;
    uint16_t mask;
};

struct term_order {
    unsigned delay; /* ms, before the next Report */
    bool has_seq;
    int64_t seq;
    bool stop;        /* the session ends after this Order */
    bool refused;     /* with an error, then told in `error` */
    char error[240];  /* "": none */
    char notice[240]; /* text for the user; "": none */
    unsigned group_count;
    struct term_group groups[TERM_GROUPS_MAX];
    unsigned command_count;
    struct span commands[TERM_COMMANDS_MAX]; /* in `memory` */
    uint8_t *memory;                         /* owned */
};

/*
 * Reads an Order (n bytes of JSON).  Members that are not known are ignored,
 * as the specification wants; a command of an unknown type is not.
 * GP_ERR_PROTOCOL with the place, GP_ERR_LIMIT, GP_ERR_MEMORY.
 */
int term_order_read(const char *text, size_t n, struct term_order *out,
                    struct gp_why *why);

/* Frees what an Order owns. */
void term_order_free(struct term_order *order);

#endif
