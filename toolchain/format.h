/* The format of the CAP file: 2.1, 2.2 or 2.3. */
#ifndef TOOLCHAIN_FORMAT_H
#define TOOLCHAIN_FORMAT_H

#include "toolchain/symbols.h"

/*
 * Sets env->format: what options->format asks for; else 2.3 for a target from
 * 3.1 on, as the format came with that release; else the lowest that has all
 * the package needs.  Tells env->diag when the package needs more than was
 * asked for, or the target reads less.  Classes must be linked.
 */
void tc_format_choose(struct tc_env *env);

#endif
