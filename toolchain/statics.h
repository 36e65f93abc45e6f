/* Static fields: their start values and the image of them all. */
#ifndef TOOLCHAIN_STATICS_H
#define TOOLCHAIN_STATICS_H

#include <string.h>

#include "toolchain/symbols.h"

struct tc_statics {           /* [JCVM 6.11] */
    struct tc_field **arrays; /* segment 1, in order */
    size_t array_count;
    size_t reference_count; /* segments 1 and 2 */
    size_t default_bytes;   /* segment 3 */
    struct tc_bytes values; /* segment 4 */
    size_t image_size;
};

/*
 * Runs the static initialiser of a class, once, as a card runs none: it may
 * set static fields of the class to numbers and arrays of numbers, and compute
 * with what is known.  Tells env->diag of anything else.
 */
void tc_statics_read(struct tc_env *env, struct tc_class *class);

/* Gives every static field its place in the image. */
void tc_statics_lay_out(struct tc_env *env, struct tc_statics *statics);

/* 1 for boolean and byte, 2 for short, 4 for int, 2 for a reference. */
size_t tc_static_size(const struct tc_field *field);

static inline bool tc_is_static_field(const struct tc_field *field)
{
    return (field->flags & ACC_STATIC) != 0 && !field->is_constant;
}

static inline bool tc_is_reference(const struct tc_field *field)
{
    return field->descriptor[0] == 'L' || field->descriptor[0] == '[';
}

/* The field by which a class knows that its assert statements do nothing. */
static inline bool tc_says_no_asserts(const struct tc_field *field)
{
    return (field->flags & ACC_SYNTHETIC) != 0 &&
           strcmp(field->name, "$assertionsDisabled") == 0;
}

#endif
