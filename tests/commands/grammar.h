/*
 * Commands by the grammar of GlobalPlatform: each step takes its choices from
 * some bytes and does one thing, in one command or in several that belong
 * together.  Zeros choose what is in order; rarer are values out of place,
 * items that are ill-formed, lengths that lie, commands cut off.
 */
#ifndef COMMANDS_GRAMMAR_H
#define COMMANDS_GRAMMAR_H

#include "tests/commands/world.h"

enum { STEP_BYTES = 24 }; /* choices of a step; fewer will do, too */

/* What a load in progress needs from step to step. */
struct grammar {
    struct world *w;
    uint8_t file[WORLD_BLOCK_MAX + 512]; /* with its tags */
    size_t length;
    size_t sent;
    uint8_t number;
    uint8_t first[256]; /* what a combined process's token signs first */
    size_t first_length;
    bool right; /* the last token was as it should be */
};

/* A world that has just begun. */
void grammar_start(struct grammar *g, struct world *w);

void grammar_step(struct grammar *g, struct span choices);

#endif
