/*
 * What a comparison tells of the locals it looks at: where "i < n" holds, i is
 * less than the most that n can be.  Without it no local that is counted up in
 * a loop would be known to stay within a short.
 */
#ifndef TOOLCHAIN_COMPARE_H
#define TOOLCHAIN_COMPARE_H

#include "toolchain/flow.h"

struct tc_compared {
    bool is_any; /* a comparison of ints */
    uint8_t holds;
    struct tc_slot a;
    struct tc_slot b;
};

/* The operands of the instruction that stands before flow->now's next step. */
struct tc_compared tc_compare_take(const struct tc_flow *flow, uint32_t index);

/*
 * Narrows the intervals of the locals that were compared: on the way that is
 * taken when the comparison holds, or on the other.
 */
void tc_compare_learn(struct tc_state *state, const struct tc_compared *c,
                      bool holds);

/* Gives them the intervals back that they had when they were loaded. */
void tc_compare_forget(struct tc_state *state, const struct tc_compared *c);

#endif
