/* Java type descriptors, seen with a card's eyes. */
#ifndef TOOLCHAIN_TYPES_H
#define TOOLCHAIN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "toolchain/arena.h"

enum tc_kind {
    KIND_VOID,
    KIND_BOOLEAN,
    KIND_BYTE,
    KIND_SHORT,
    KIND_INT,
    KIND_REFERENCE,
};

struct tc_type {
    enum tc_kind kind;    /* of an array: KIND_REFERENCE */
    enum tc_kind element; /* of an array; else KIND_VOID */
    bool is_array;
    const char *name; /* of the class, or an array's class; else NULL */
    size_t name_length;
};

/*
 * Takes one type from the front of *text.  NULL, or why a card cannot have
 * it: a static text.  KIND_VOID is a type here; its place is the caller's to
 * judge.
 */
const char *tc_type_take(const char **text, struct tc_type *out);

/* 16-bit cells on the stack: 0 for void, 2 for int. */
unsigned tc_type_cells(const struct tc_type *type);

enum { TC_PARAMETERS_MAX = 255 };

struct tc_signature {
    struct tc_type parameters[TC_PARAMETERS_MAX];
    size_t count;
    unsigned cells; /* of the parameters, without `this` */
    struct tc_type result;
    bool has_int;
};

/* Reads a method descriptor; NULL or a reason. */
const char *tc_signature_read(const char *descriptor, struct tc_signature *out);

/*
 * For a type or a signature that a card need not know: puts into `out` a 'p'
 * for each slot of the parameters, or with `pops_value` of the type itself,
 * and returns what the result, or else the type, pushes: "", "i", "a", "o" or
 * "oo".
 */
const char *tc_descriptor_slots(const char *descriptor, struct tc_bytes *out,
                                bool pops_value);

#endif
