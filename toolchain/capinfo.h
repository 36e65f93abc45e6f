/* How gp_cap_info() is divided: each part fills in some members. */
#ifndef TOOLCHAIN_CAPINFO_H
#define TOOLCHAIN_CAPINFO_H

#include <gp/capinfo.h>

#include "cap/cap.h"
#include "toolchain/arena.h"
#include "toolchain/exp.h"

struct tc_capinfo {
    struct gp_cap_info info; /* first: what the caller sees */
    struct tc_arena *arena;
    const struct gp_capfile *file;
    struct cap cap;
    const struct tc_exp **exports;
    size_t export_count;
};

/* needs, java_card, global_platform. */
void tc_capinfo_needs(struct tc_capinfo *c);

/* uses, and what they tell of needs. */
void tc_capinfo_uses(struct tc_capinfo *c);

/*
 * Adds a use that stands in no ConstantPool entry: the interface method with
 * this token in the class of entry `i`.
 */
void tc_capinfo_interface_call(struct tc_capinfo *c, uint16_t i, uint8_t token);
/* Puts uses in their order, when all are there. */
void tc_capinfo_sort_uses(struct tc_capinfo *c);

/* method_count to widest, and the counts of fields; calls of interfaces. */
void tc_capinfo_methods(struct tc_capinfo *c);

#endif
