/* A Report of SERAM 2.0: what came of an Order. */
#ifndef TERMINAL_REPORT_H
#define TERMINAL_REPORT_H

#include "terminal/order.h"

enum term_status {
    TERM_POLLING,     /* nothing was to do */
    TERM_PROCESSED,   /* the Order was executed */
    TERM_UNAVAILABLE, /* there is no card */
    TERM_FAILURE,     /* the card did not answer */
};

struct term_report {
    enum term_status status;
    int64_t seq;     /* of the Order that it answers; 0: none yet */
    bool card_reset; /* the card lost its power since */
    char error[240];
    unsigned executed; /* groups that were executed to their end */
    unsigned group_count;
    unsigned counts[TERM_GROUPS_MAX]; /* answers of each group */
    unsigned answer_count;
    struct span answers[TERM_COMMANDS_MAX]; /* in `memory` */
    struct buf memory;                      /* the caller's */
};

/* Its JSON text, the caller's to free; NULL without memory. */
char *term_report_write(const struct term_report *report);

#endif
