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
 *   ASKED | n       the result of the n-th method asked here, of which
 *                   nobody knows yet how many cells it has
 *   PARAM | k | i   parameter cell i as it was passed; its kind may not be
 *                   known yet.  k: a kind that another path has brought to
 *                   the same local variable (times 0x100), or none.  Only
 *                   in variable i: storing and loading say a kind
 *   RESULT | n      the result of the n-th method asked, one cell of a kind
 *                   that may not be known
 *   RETURN | call   an address that jsr left: the number of that call
 *   NEW | pc        the object made at pc, from the method's code on, whose
 *                   constructor has not run; THIS: the one that this
 *                   constructor makes
 */
enum {
    CAP_CELL_ASKED = 0x1000,
    CAP_CELL_PARAM = 0x2000,
    CAP_CELL_RESULT = 0x3000,
    CAP_CELL_NUMBER = 0x0FFF,
    CAP_CELL_INDEX = 0x00FF, /* i */
    CAP_CELL_MIXED = 0x0100, /* k is so many of it */
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
    uint16_t *asked; /* callees: methods whose results are not known */
    uint16_t asked_count;
    uint16_t asked_room;
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

/*
 * Whether a call finds its method by the object: then what answers may be of
 * a package that is not there yet, and that none here comes back means nothing.
 */
static inline bool cap_is_dispatched(uint8_t op)
{
    return op == CAP_OP_invokevirtual || op == CAP_OP_invokespecial ||
           op == CAP_OP_invokeinterface;
}

/* What a cell is, as far as it is known by now. */
uint16_t cap_cell(const struct cap_flow *f, uint16_t cell);

/* Whether it has a number among those of arguments and results; which. */
bool cap_cell_number(const struct cap_flow *f, uint16_t cell, uint16_t *number);

/*
 * The result of a method that is not known, or of which only its size is:
 * `what` is ASKED or RESULT.
 */
bool cap_push_asked(struct cap_flow *f, const struct cap_callee *c,
                    uint16_t what);

/*
 * Learns a result by what is done with it, if that is what the cell is; what
 * this path would do then is seen by the next pass.  Whether it was one.
 */
bool cap_deduce(struct cap_flow *f, uint16_t cell, uint8_t kind);

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
