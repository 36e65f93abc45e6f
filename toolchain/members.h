/* Fields and methods of the classes being converted. */
#ifndef TOOLCHAIN_MEMBERS_H
#define TOOLCHAIN_MEMBERS_H

#include "toolchain/symbols.h"

/*
 * Fills class->fields and class->methods from its class file and tells of
 * every declaration that a card cannot have.  Superclass and interfaces must
 * be linked and loaded.
 */
void tc_members_load(struct tc_env *env, struct tc_class *class);

/* "method Wallet.debit", "the constructor of Wallet": for messages. */
const char *tc_method_label(struct tc_arena *arena,
                            const struct tc_method *method);

/* The line where its code begins, 0 if it has none or that is not known. */
unsigned tc_method_line(const struct tc_method *method);

#endif
