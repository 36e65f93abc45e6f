/* What the files of this folder share. */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include <stdbool.h>

#include "ports/conformance/port_conformance.h"

struct conformance {
    const struct port_conformance *given;
    const struct card_port *port;
    struct port_conformance_result *result;
};

/* Counts a check; when it does not hold, reports the sentence.  Returns it. */
bool conformance_expect(struct conformance *c, bool holds,
                        const char *sentence);

/* The same, with a number after the sentence. */
bool conformance_expect_at(struct conformance *c, bool holds,
                           const char *sentence, uint32_t number);

/* Whether all pointers and sizes are there; nothing is called. */
bool conformance_shape(struct conformance *c);

/* nv_program, nv_direct, nv_flush, and contents over a reset and a cut. */
bool conformance_memory(struct conformance *c);

/* Scratch and other lent memory. */
bool conformance_lent(struct conformance *c);

/* Known answers, lengths, random bytes. */
bool conformance_crypto(struct conformance *c);

/* Of digests that grow, RSA, curves and stirring what the port has. */
bool conformance_primitives(struct conformance *c);

/* A card on the port. */
bool conformance_card(struct conformance *c);

#endif
