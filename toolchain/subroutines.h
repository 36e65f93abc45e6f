/*
 * The subroutines that old compilers made of `finally` blocks: what a jsr
 * enters and a ret leaves.  [JVMS 4.10.2.5]
 */
#ifndef TOOLCHAIN_SUBROUTINES_H
#define TOOLCHAIN_SUBROUTINES_H

#include "toolchain/jvmcode.h"

enum { TC_SUBROUTINES_MAX = 100 };

struct tc_subroutine {
    uint32_t entry;  /* instruction */
    uint32_t *calls; /* the jsr instructions that enter it */
    size_t call_count;
    uint32_t *rets; /* the ret instructions that can end it */
    size_t ret_count;
    uint8_t sets[32]; /* locals that may be set from its entry to a ret */
};

struct tc_subroutines {
    struct tc_subroutine *items;
    size_t count;
};

/*
 * Finds those of a method.  False when there are more than
 * TC_SUBROUTINES_MAX.
 */
bool tc_subroutines_find(struct tc_subroutines *s, struct tc_arena *arena,
                         const struct tc_jcode *code);

/* The one that begins at `entry`, which some jsr of the method names. */
const struct tc_subroutine *tc_subroutine_at(const struct tc_subroutines *s,
                                             uint32_t entry);

static inline bool tc_subroutine_sets(const struct tc_subroutine *s,
                                      size_t local)
{
    return (s->sets[local / 8 % 32] >> (local % 8) & 1) != 0;
}

#endif
