/* What the wrappers of <gp/cap.h> share. */
#ifndef TOOLCHAIN_GPOUTPUT_H
#define TOOLCHAIN_GPOUTPUT_H

#include <gp/cap.h>

#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

struct tc_gp_output {
    struct gp_cap_output output; /* first: what the caller sees */
    struct tc_arena *arena;      /* has it all */
};

struct tc_gp_output *tc_gp_output_new(void);

/* The same bytes in the arena. */
struct span tc_gp_copy(struct tc_arena *arena, struct span bytes);

/* Copies messages into the output. */
void tc_gp_output_tell(struct tc_gp_output *o,
                       const struct tc_message *messages, size_t count);

/* The same files in the toolchain's own words; bytes and paths are shared. */
struct tc_input *tc_gp_inputs(struct tc_arena *arena,
                              const struct gp_cap_input *inputs, size_t count);

#endif
