/* Tokens and the layout of objects. [JCVM 4.3.7] */
#ifndef TOOLCHAIN_TOKENS_H
#define TOOLCHAIN_TOKENS_H

#include "toolchain/symbols.h"

/*
 * Tokens of the members of one class, its method tables and the layout of its
 * instances.  Superclass and interfaces must have theirs.
 */
void tc_tokens_members(struct tc_env *env, struct tc_class *class);

/*
 * Class tokens: first those that are exported (every public class of a
 * library; the public shareable interfaces of a package with applets), then
 * the other public classes.  Returns the number of exported ones.
 */
size_t tc_tokens_classes(struct tc_env *env);

/*
 * How many methods of `super` its heirs have as tokens.  A format without a
 * mapping of tokens passes on no more than the first version of the class
 * had.  [JCVM 6.9.2.7]
 */
size_t tc_inheritable(const struct tc_env *env, const struct tc_class *super);

#endif
