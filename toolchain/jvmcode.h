/*
 * The code of a Java method as a list of instructions: variable operands
 * resolved, one spelling for each meaning (iconst_2, bipush 2 and ldc 2 are
 * all JOP_bipush with the value 2), branch targets as indexes in the list.
 */
#ifndef TOOLCHAIN_JVMCODE_H
#define TOOLCHAIN_JVMCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "toolchain/classfile.h"

enum tc_jop {
#define JOP(code, name, format, refused, effect) JOP_##name = (code),
#include "toolchain/jvmops.def"
#undef JOP
};

struct tc_jswitch {
    int32_t *keys; /* increasing */
    uint32_t *targets;
    size_t count;
    uint32_t otherwise;
};

struct tc_jinsn {
    uint8_t op; /* enum tc_jop */
    bool is_target;
    uint16_t pc;
    int32_t a; /* constant, local, pool index, or branch target (index) */
    int32_t b; /* iinc: the increment; newarray and so on: unused */
    struct tc_jswitch *table;
    /*
     * Why a card cannot have it, or NULL.  Such an instruction is a nop, with
     * this effect: p pops a slot; i, a and o push a number, a reference and
     * something else; S and W store something else into local a, or a and the
     * next.
     */
    const char *refused;
    const char *effect;
};

struct tc_jhandler {
    uint32_t start; /* instruction indexes */
    uint32_t end;   /* exclusive; may be the count */
    uint32_t target;
    const char *catch_type; /* NULL: any */
};

struct tc_jcode {
    struct tc_jinsn *insns;
    size_t count;
    struct tc_jhandler *handlers;
    size_t handler_count;
    uint16_t max_stack;
    uint16_t max_locals;
    const struct tc_code *source;
};

/*
 * Reads the code of `member`.  NULL after telling `diag` of the first malformed
 * byte.
 */
struct tc_jcode *tc_jcode_read(struct tc_arena *arena, struct tc_diag *diag,
                               const struct tc_classfile *file,
                               const struct tc_member *member);

/* Tells `diag` of everything in the code that a card cannot have. */
void tc_jcode_tell(struct tc_diag *diag, const struct tc_classfile *file,
                   const struct tc_jcode *code);

/* Does control continue at the next instruction?  Not by itself after jsr. */
bool tc_jop_falls_through(uint8_t op);
/* A branch with one target (goto and jsr included), which stands in `a`. */
bool tc_jop_branches(uint8_t op);

#endif
