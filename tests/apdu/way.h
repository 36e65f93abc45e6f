/* A transport of the host's library to the card of a struct host. */
#ifndef APDU_WAY_H
#define APDU_WAY_H

#include <gp/transport.h>

#include "tests/apdu/host.h"

struct way {
    struct gp_transport base;
    struct host *host;
    unsigned sent; /* commands */
};

/* Not to be closed. */
void way_open(struct way *way, struct host *host);

/* Hexadecimal text as bytes; ends the test when it is none. */
struct span way_hex(const char *hex, uint8_t *bytes, size_t room);

#endif
