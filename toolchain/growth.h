/*
 * A new version of a library that stays compatible with the previous one:
 * what was public keeps its token, what is new comes after.  [JCVM 4.4, 4.5]
 */
#ifndef TOOLCHAIN_GROWTH_H
#define TOOLCHAIN_GROWTH_H

#include "toolchain/symbols.h"

/*
 * Reads options->previous into env->previous, or tells env->diag why it is
 * not the previous version of this package.  Own classes must be linked.
 */
void tc_growth_open(struct tc_env *env);

/* What the previous version had under this name; NULL: nothing. */
const struct tc_exp_class *tc_growth_class(const struct tc_env *env,
                                           const struct tc_class *class);

/* The token that it had; -1: it was not there, or a constant.  `was` may be
 * NULL. */
int tc_growth_field(const struct tc_exp_class *was, const struct tc_field *f);
int tc_growth_method(const struct tc_exp_class *was, const struct tc_method *m);

/* Tells env->diag of all that users of the previous version would miss in
 * `now`, and of what its heirs would stumble over. */
void tc_growth_check(struct tc_env *env, const struct tc_exp *now);

#endif
