/*
 * How each value of a method is kept on the card: in one cell as a short, or
 * in two as an int.
 *
 * A value counts "exactly" when something looks at more than its low 16 bits:
 * a comparison, a division, a shift to the right, an index, a store into an
 * int.  Sums, products and bit operations only pass the question on to their
 * operands.  A value that counts exactly and may leave the interval of a
 * short must be an int; everything else is a short, and is so with the same
 * result as in Java.
 */
#ifndef TOOLCHAIN_NARROW_H
#define TOOLCHAIN_NARROW_H

#include "toolchain/flow.h"

enum tc_why { /* why a value counts exactly */
              WHY_NOT,
              WHY_COMPARED,
              WHY_DIVIDED,
              WHY_SHIFTED,
              WHY_INDEX,
              WHY_SIZE,
              WHY_SWITCH,
              WHY_INT,
              WHY_COUNT,
};

struct tc_narrow {
    struct tc_flow *flow;
    uint8_t *why;    /* [definition, of the representative]: enum tc_why */
    bool *want_int;  /* likewise: a use asks for two cells */
    bool *is_int_op; /* [instruction]: computed on ints */
    uint32_t *a;     /* [instruction]: webs of the operands that matter */
    uint32_t *b;
    bool *seen; /* [instruction]: can be reached */
    unsigned last_line;
};

/*
 * Decides for a whole method; tells env->diag, with the line, of each place
 * that needs int where options->allow_int does not allow it, and of indexes
 * that cannot be shorts.  False when there was one.
 */
bool tc_narrow_run(struct tc_narrow *narrow, struct tc_flow *flow);

/* Is the value with this definition kept as an int (two cells)? */
bool tc_is_int_value(const struct tc_narrow *narrow, uint32_t definition);

#endif
