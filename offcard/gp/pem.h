/* Bytes as text between lines that begin and end them [RFC 7468]. */
#ifndef OFFCARD_GP_PEM_H
#define OFFCARD_GP_PEM_H

#include <stdbool.h>

#include "base/span.h"

struct gp_pem {
    struct span label; /* "CERTIFICATE", "EC PRIVATE KEY" ... */
    struct span bytes;
};

/* Whether there is a block in it. */
bool gp_pem_is(struct span text);

/*
 * Takes the next block, what is in front of it passed over, and appends its
 * bytes to `store`.  ERR_NOT_FOUND: there is none; ERR_FORMAT: it is damaged;
 * ERR_UNSUPPORTED: it has headers, as old enciphered ones do; ERR_FULL.  Of the
 * last two the label is told, and `text` is behind them.
 */
NODISCARD enum err gp_pem_take(struct span *text, struct buf *store,
                               struct gp_pem *out);

#endif
