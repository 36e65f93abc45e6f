/*
 * The classes of imported packages as the check of types wants to be told of
 * them: from the API tables, and for other packages from export files.
 */
#ifndef TOOLCHAIN_TYPEWORLD_H
#define TOOLCHAIN_TYPEWORLD_H

#include "cap/types.h"
#include "toolchain/exp.h"

/*
 * Fills *world for the imports of `cap`.  All of it, and what *world refers
 * to, lives as long as `arena`, `cap` and the export files.
 */
void tc_typeworld_make(struct tc_arena *arena, const struct cap *cap,
                       const struct tc_exp *const *exports, size_t export_count,
                       struct cap_world *world);

#endif
