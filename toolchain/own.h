/* The classes being converted: gathered, linked, checked and sorted. */
#ifndef TOOLCHAIN_OWN_H
#define TOOLCHAIN_OWN_H

#include "toolchain/symbols.h"

/*
 * Reads all of options->classes into env->classes: interfaces first, every
 * class after its superclass, otherwise by name.  Whatever is wrong with the
 * declarations is told to env->diag.  With env->is_linked the classes and what
 * could be read of their members can be looked at further.
 */
void tc_own_load(struct tc_env *env);

/* The source file that messages about one of our classes name. */
const char *tc_source(const struct tc_class *class);

#endif
