/*
 * Export files: what another package may use of a package, with its tokens.
 * [JCVM ch. 5]  Formats 2.1, 2.2 and 2.3 are read and written.
 */
#ifndef TOOLCHAIN_EXP_H
#define TOOLCHAIN_EXP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

enum {
    EXP_SHAREABLE = 0x0800,
    EXP_REMOTE = 0x1000
}; /* class flags; the
    * others as in Java */

struct tc_exp_package { /* one that the classes refer to: format 2.3 */
    const char *name;
    uint8_t major;
    uint8_t minor;
    struct tc_aid aid;
};

struct tc_exp_member { /* a field or a method */
    uint8_t token;     /* FF: a constant */
    uint16_t flags;
    const char *name;
    const char *descriptor;
    bool has_value;
    int32_t value;
};

struct tc_exp_class {
    uint8_t token;
    uint16_t flags;
    const char *name;
    const char **supers; /* java/lang/Object first; all public ones */
    size_t super_count;
    const char **interfaces; /* direct and inherited */
    size_t interface_count;
    struct tc_exp_member *fields;
    size_t field_count;
    struct tc_exp_member *methods; /* virtual ones with those inherited */
    size_t method_count;
    int cap22_count; /* -1 in formats 2.1 and 2.2 */
};

struct tc_exp {
    uint8_t format; /* 1 to 3 for 2.1 to 2.3 */
    const char *package_name;
    bool is_library;
    uint8_t major;
    uint8_t minor;
    struct tc_aid aid;
    struct tc_exp_package *referenced;
    size_t referenced_count;
    struct tc_exp_class *classes;
    size_t class_count;
};

/* A virtual method, or one of an interface. */
bool tc_exp_is_virtual(const struct tc_exp_member *method);

/* NULL after setting *problem when the file is malformed. */
struct tc_exp *tc_exp_read(struct tc_arena *arena, struct span bytes,
                           const char **problem);

/* Appends the file in the format that exp->format says to `out`. */
void tc_exp_write(const struct tc_exp *exp, struct tc_bytes *out);

#endif
