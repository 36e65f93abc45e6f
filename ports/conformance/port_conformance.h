/*
 * Does a port hold what <card/port.h> asks of it?  An embedder links this
 * with the card, fills in one struct and calls one function; docs/ports.md
 * goes through it step by step.  Nothing is needed but C11 and the port: no
 * files, no clock, no memory from a heap.
 *
 * All of the port's persistent memory is overwritten.
 */
#ifndef CONFORMANCE_PORT_CONFORMANCE_H
#define CONFORMANCE_PORT_CONFORMANCE_H

#include <stddef.h>
#include <stdint.h>

#include <card/card.h>

struct port_conformance {
    const struct card_port *port; /* as the card would get it */

    /* Room for one card: card_size() bytes, aligned as malloc does. */
    void *memory;
    size_t memory_size;

    void *ctx; /* handed back to each call below */

    /* One finding: a sentence that says what is wrong.  Needed. */
    void (*report)(void *ctx, const char *sentence);

    /*
     * Power off and on again: what was programmed is still at port->nv, and
     * programs are taken again.  Returns 0.  NULL: left out.
     */
    int (*reset)(void *ctx);

    /*
     * Lets power go inside the n-th program from now on (n >= 1): that program
     * and all after it return something else than 0 until `reset`.  0: not any
     * more.  NULL: left out; needs `reset`.
     */
    void (*cut)(void *ctx, unsigned long n);
};

/* What a run did, for a report. */
struct port_conformance_result {
    unsigned findings;  /* times that `report` was called */
    unsigned checks;    /* things looked at */
    unsigned long cuts; /* power cuts in the card's story */
};

/*
 * Runs everything: the shape of the port, persistent memory, lent memory,
 * cryptography, and a card's story on it (formatted, keys changed, an applet
 * loaded, used and deleted, checked after resets and cuts).  A part that
 * depends on a part that failed is left out.  Returns result->findings.
 */
unsigned port_conformance_run(const struct port_conformance *c,
                              struct port_conformance_result *result);

#endif
