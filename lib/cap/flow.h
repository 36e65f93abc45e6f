/*
 * The state of a method at one place, as the data flow sees it: the kind of
 * every local variable and of every word on the stack, and, in a constructor,
 * whether the object has been made.
 */
#ifndef CAP_FLOW_H
#define CAP_FLOW_H

#include "cap/internal.h"

/*
 * A cell: enum cap_kind (UNKNOWN: nothing that can be used), or
 *   PARAM | i       parameter cell i as it was passed; its kind may not be
 *                   known yet
 *   RETURN | call   an address that jsr left: the number of that call
 *   NEW | pc        the object made at pc, from the method's code on, whose
 *                   constructor has not run; THIS: the one that this
 *                   constructor makes
 */
enum {
    CAP_CELL_PARAM = 0x2000,
    CAP_CELL_RETURN = 0x4000,
    CAP_CELL_NEW = 0x8000,
    CAP_CELL_PC = 0x7FFF, /* every method with new in it is shorter */
    CAP_CELL_THIS = CAP_CELL_NEW | CAP_CELL_PC,
};

/*
 * A call of a subroutine: by which jsr, and inside of which other call.  Code
 * is followed for each of them by itself.  Number 0 is the method.
 */
struct cap_visit {
    uint32_t jsr;
    uint32_t entry;
    uint32_t states; /* word of scratch: by target, where its state is, or 0 */
    uint32_t queue;  /* word of scratch: a bit for each target */
    uint16_t parent;
};

enum { CAP_VISITS_MAX = 1024 };

struct cap_flow {
    struct cap_state *s;
    struct cap_callee *callee;
    struct cap_code code;
    struct cap_handler *handlers; /* of this method, in their order */
    uint16_t handler_count;
    uint16_t locals;
    uint16_t limit;   /* words of stack */
    uint32_t words;   /* of one state: sp, locals, the object made, stack */
    uint16_t *ranks;  /* targets before each 32nd byte of code */
    uint32_t *places; /* of targets */
    uint32_t targets;
    struct cap_visit *visits;
    uint16_t visit_count;
    uint16_t visit; /* in hand */
    uint16_t *now;  /* the state in hand */
    uint32_t pc;
    bool moved;  /* locals may differ from what the handlers have seen */
    bool queued; /* a place wants another turn */
    bool no_memory;
    bool failed; /* a finding, or in inference a path given up */
    bool ends;   /* this path goes no further */
};

static inline uint16_t *cap_local(struct cap_flow *f, unsigned i)
{
    return f->now + 1 + i;
}

/* THIS until a constructor's object is made; REF after that, and elsewhere. */
static inline uint16_t *cap_made(struct cap_flow *f)
{
    return f->now + 1 + f->locals;
}

static inline uint16_t *cap_stack(struct cap_flow *f, unsigned i)
{
    return f->now + 2 + f->locals + i;
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
