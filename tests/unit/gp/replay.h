/*
 * A card that knows one recorded conversation: it answers only if it is asked
 * exactly what another tool asked.  The random source gives the challenge that
 * was recorded.
 */
#ifndef TESTS_UNIT_GP_REPLAY_H
#define TESTS_UNIT_GP_REPLAY_H

#include <gp/transport.h>

#include "crypto/crypto.h"

enum { REPLAY_STEPS = 32, REPLAY_BYTES = 600 };

struct replay {
    struct gp_transport base;
    struct crypto_port crypto; /* to be used with it */
    struct crypto_port inner;
    uint8_t challenge[8];
    size_t count;
    size_t next;
    unsigned wrong; /* commands that were not those recorded */
    size_t skip;    /* recorded commands that ours need not send, from now */
    struct {
        uint8_t command[REPLAY_BYTES];
        size_t command_length;
        uint8_t response[REPLAY_BYTES];
        size_t response_length;
    } steps[REPLAY_STEPS];
};

/* Reads traces/NAME.txt of `folder`; false when it cannot. */
bool replay_open(struct replay *r, const struct crypto_port *crypto,
                 const char *folder, const char *name);

#endif
