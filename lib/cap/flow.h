/*
 * The state of a method at one place, as the data flow sees it: the kind of
 * every local variable and of every word on the stack.
 */
#ifndef CAP_FLOW_H
#define CAP_FLOW_H

#include "cap/internal.h"

/*
 * A cell: enum cap_kind (UNKNOWN: nothing that can be used), or
 *   PARAM | i    the kind of parameter cell i, which is not known yet
 *   RETURN | pc  an address that jsr to pc left, from the method's code on
 *   NEW | pc     the object made at pc, whose constructor has not run
 */
enum {
    CAP_CELL_PARAM = 0x2000,
    CAP_CELL_RETURN = 0x4000,
    CAP_CELL_NEW = 0x8000,
    CAP_CELL_PC = 0x3FFF, /* longest method with jsr, or new */
};

struct cap_flow {
    struct cap_state *s;
    struct cap_callee *callee;
    struct cap_code code;
    uint16_t locals;
    uint16_t limit;   /* words of stack */
    uint8_t handlers; /* that stand with this method */
    uint32_t words;   /* of one state: sp, locals, stack */
    uint16_t *index;  /* by byte of code: number of its state, from 1 */
    uint16_t *states; /* first word 0xFFFF: not reached yet */
    uint16_t count;
    uint16_t *now; /* the state in hand */
    uint32_t pc;
    bool changed; /* a remembered state has become wider */
    bool has_ret;
    bool no_memory;
    bool failed; /* a finding, or in inference a path given up */
    bool ends;   /* this path goes no further */
};

static inline uint16_t *cap_local(struct cap_flow *f, unsigned i)
{
    return f->now + 1 + i;
}

static inline uint16_t *cap_stack(struct cap_flow *f, unsigned i)
{
    return f->now + 1 + f->locals + i;
}

/* A finding at the instruction in hand; always false. */
bool cap_flow_find(struct cap_flow *f, uint8_t rule);

/* What a cell is, as far as it is known by now. */
uint16_t cap_cell(const struct cap_flow *f, uint16_t cell);

/* Whether a cell is of this kind; an unknown parameter becomes so. */
bool cap_want(struct cap_flow *f, uint16_t cell, uint8_t kind);

/* Every cell that is `from` becomes `to`. */
void cap_forget(struct cap_flow *f, uint16_t from, uint16_t to);

/* Pushes and pops by kind; false after a finding. */
bool cap_push(struct cap_flow *f, uint16_t cell);
bool cap_push_kind(struct cap_flow *f, uint8_t kind); /* INT_HIGH: both */
bool cap_pop(struct cap_flow *f, uint8_t kind);

/* ---- step.c ---- */

/* The effect of the instruction at f->pc, jumps left out. */
bool cap_step(struct cap_flow *f);

#endif
