/* The instruction table: opcodes.def expanded. [JCVM 7] */
#ifndef CAP_OPCODES_H
#define CAP_OPCODES_H

#include <stdbool.h>
#include <stdint.h>

/* The form of an instruction's operands. */
enum cap_operands {
    CAP_NONE,
    CAP_S1,        /* a signed byte: a constant */
    CAP_S2,        /* two bytes, signed */
    CAP_S4,        /* four bytes */
    CAP_LOCAL,     /* u1: a local variable */
    CAP_INC,       /* u1 local, s1 constant */
    CAP_INC_W,     /* u1 local, s2 constant */
    CAP_BRANCH1,   /* s1, from this opcode */
    CAP_BRANCH2,   /* s2, from this opcode */
    CAP_MN,        /* u1: m and n of dup_x, swap_x */
    CAP_ATYPE,     /* u1: 10 boolean 11 byte 12 short 13 int */
    CAP_CAST,      /* u1 type, u2 pool index */
    CAP_INTERFACE, /* u1 nargs, u2 pool index, u1 method token */
    CAP_POOL1,     /* u1 pool index */
    CAP_POOL2,     /* u2 pool index */
    CAP_STABLE,    /* the four switches */
    CAP_ITABLE,
    CAP_SLOOKUP,
    CAP_ILOOKUP,
};

/* What kind of constant-pool entry an operand names. */
enum cap_pool_use {
    CAP_POOL_NONE,
    CAP_POOL_CLASS,
    CAP_POOL_FIELD,
    CAP_POOL_STATIC_FIELD,
    CAP_POOL_VIRTUAL,
    CAP_POOL_STATIC_METHOD,
    CAP_POOL_SPECIAL, /* static method or super method */
    CAP_POOL_CAST,    /* a class, when the type byte is 0 or 14 */
};

struct cap_opcode {
    const char *name;
    const char *pops; /* see opcodes.def */
    const char *pushes;
    uint8_t operands; /* enum cap_operands */
    uint8_t pool;     /* enum cap_pool_use */
    bool needs_int;
};

enum cap_op {
#define OP(code, name, operands, pops, pushes, pool, needs_int)                \
    CAP_OP_##name = code,
#include "cap/opcodes.def"
#undef OP
    CAP_OP_COUNT
};

/* The row of an opcode; NULL for the undefined ones. */
const struct cap_opcode *cap_opcode(uint8_t code);

/*
 * Bytes of the instruction at `code` (n bytes are left in its method), opcode
 * included; 0 when it is undefined or runs past the end.  A switch whose
 * bounds are the wrong way round is 0 as well.
 */
uint32_t cap_instruction_length(const uint8_t *code, uint32_t n);

/* Cells that the letters of `pops` or `pushes` stand for: two for an I. */
unsigned cap_cells(const char *letters);

/*
 * Calls f for each place that the instruction at `p` can jump to, which is
 * whole and stands at `pc`; false when f was.  A jsr's return is none.
 */
bool cap_each_target(const uint8_t *p, uint32_t pc,
                     bool (*f)(void *ctx, int64_t target), void *ctx);

/* Whether execution goes on behind this instruction. */
bool cap_falls_through(uint8_t op);

#endif
