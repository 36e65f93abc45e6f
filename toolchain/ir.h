/*
 * A method in card instructions, before its bytes are laid out: constant pool
 * references are symbolic and branch targets are instructions.
 */
#ifndef TOOLCHAIN_IR_H
#define TOOLCHAIN_IR_H

#include "toolchain/jvmcode.h"
#include "toolchain/pool.h"

enum tc_op {
#define JCOP(code, name, format, pops, pushes) OP_##name = (code),
#include "toolchain/jcops.def"
#undef JCOP
    OP_REMOVED = 0x100, /* no bytes */
};

enum tc_op_format {
    FORMAT_NONE,
    FORMAT_S1,
    FORMAT_S2,
    FORMAT_S4,
    FORMAT_U1,
    FORMAT_U1S1,
    FORMAT_U1S2,
    FORMAT_BRANCH1,
    FORMAT_BRANCH2,
    FORMAT_REF1,
    FORMAT_REF2,
    FORMAT_INTERFACE,
    FORMAT_TYPE,
    FORMAT_STABLE,
    FORMAT_ITABLE,
    FORMAT_SLOOKUP,
    FORMAT_ILOOKUP,
};

struct tc_insn {
    uint16_t op;     /* enum tc_op */
    bool is_target;  /* of a branch, or a handler's */
    int32_t a;       /* constant; local; atype; nargs; dup_x's operand */
    int32_t b;       /* increment; interface method token */
    uint32_t target; /* a branch's: index in the body */
    struct tc_pool_ref *ref;        /* NULL: none */
    const struct tc_jswitch *table; /* targets: indexes of Java's code */
    uint32_t from;                  /* the Java instruction it stems from */
    uint32_t offset;                /* in the method's bytecode */
};

struct tc_try { /* indexes in the body */
    uint32_t start;
    uint32_t end;
    uint32_t target;
    struct tc_pool_ref *catch_type; /* NULL: any */
};

struct tc_body {
    struct tc_insn *insns;
    size_t count;
    const struct tc_jcode *java;
    uint32_t *first_of; /* [Java instruction, and one more]: in the body */
    struct tc_try *tries;
    size_t try_count;
    unsigned max_stack;
    unsigned max_locals; /* without parameters */
    unsigned nargs;
    struct tc_bytes code;
    uint16_t first_handler; /* in the table of the component */
};

struct tc_op_info {
    const char *name;
    uint8_t format;
    uint8_t pops;
    uint8_t pushes;
};

/* `op` is below 0xB9. */
const struct tc_op_info *tc_op_info(uint16_t op);

/* Bytes of an instruction, opcode included; switches counted with pairs. */
uint32_t tc_insn_length(const struct tc_insn *insn);

/* The instruction of the body that a Java instruction became. */
static inline uint32_t tc_body_index(const struct tc_body *body,
                                     uint32_t java_index)
{
    return body->first_of[java_index];
}

#endif
