/*
 * What the author of a source wrote, where a class file only shows what the
 * compiler made of it: for messages about what a card cannot have.
 */
#ifndef TOOLCHAIN_CONSTRUCTS_H
#define TOOLCHAIN_CONSTRUCTS_H

#include "toolchain/classfile.h"

/*
 * Of a class of the Java library that no card has, used for itself or, with
 * `member` (else NULL), for a method or a field.  NULL: nothing is known.
 */
const char *tc_construct_of_class(const char *name, const char *member);

/* Of a field that a compiler made; NULL for others. */
const char *tc_construct_of_field(const char *name);

/* Of the dynamic call or constant at `index` of the pool. */
const char *tc_construct_of_dynamic(const struct tc_classfile *file,
                                    uint16_t index);

/* Of a constant that is no int, at `index`; NULL when it is no constant. */
const char *tc_construct_of_constant(const struct tc_classfile *file,
                                     uint16_t index);

#endif
