/*
 * Methods decoded ahead.  When a method is first called its bytecode is
 * translated into instructions that name their operands: the stack's depth is
 * the same each time an instruction is reached, so every operand has a place
 * in the frame, and much of what only moves values falls away.  They lie in
 * memory that the port lends, and may be dropped whenever no decoded
 * instruction is in hand: a frame always knows its place in the bytecode.
 *
 * The lent memory:
 *
 *   heads | code, ops | code, ops | ... -> free <- ... | lesson | lesson
 *
 * heads: offsets of the newest code in each chain, by method.  lessons: how
 * many cells a method without code of its own (abstract, of an interface) was
 * seen to leave, which nothing on the card tells before it has returned.
 */
#ifndef VM_CODE_H
#define VM_CODE_H

#include "vm/run.h"

/* One decoded instruction; see decoded.def. */
struct vm_op {
    uint16_t op;
    uint16_t cost; /* bytecodes since the last that paid, this one included */
    uint16_t pc;   /* from the method's first instruction */
    uint16_t d;
    uint16_t a;
    uint16_t b;
    uint32_t x; /* of a branch: offset of the op it leads to */
};

enum vm_decoded {
#define D(name, leaves) VM_D_##name,
#include "vm/decoded.def"
#undef D
    VM_D_COUNT
};

struct vm_code {
    uint32_t next;   /* offset of the next in its chain */
    uint32_t method; /* address of its header */
    uint32_t start;  /* and of its first instruction */
    uint16_t count;  /* ops that follow; 0: to be run undecoded */
    uint8_t package;
    uint8_t nargs;
    uint8_t max_locals;
    uint8_t max_stack;
    uint16_t cells; /* of arguments and locals */
    uint32_t spare;
};

/* Cells that a call was seen to leave. */
struct vm_lesson {
    uint8_t package;
    uint8_t token;
    uint16_t class_offset;
    uint16_t cells;
    uint16_t spare;
};

enum {
    VM_CODE_CHAINS = 64,
    VM_CELLS_UNKNOWN = 0xFF /* nobody knows yet what a call leaves */
};

/* The head of the lent memory. */
struct vm_ahead {
    uint32_t chains[VM_CODE_CHAINS];
    uint32_t used;    /* bytes from the front */
    uint32_t lessons; /* their number, from the end */
    bool full;        /* something did not fit */
};

static inline struct vm_code *vm_code_at(const struct vm *vm, uint32_t offset)
{
    return (struct vm_code *)(void *)(vm->ahead + offset);
}

static inline struct vm_op *vm_op_at(const struct vm *vm, uint32_t offset)
{
    return (struct vm_op *)(void *)(vm->ahead + offset);
}

static inline struct vm_op *vm_code_ops(struct vm_code *code)
{
    return (struct vm_op *)(void *)(code + 1);
}

/* ---- code.c ---- */

/* Takes memory for decoded methods (NULL: none), which loses what it holds. */
void vm_code_lend(struct vm *vm, uint8_t *memory, uint32_t n);

/*
 * Forgets every decoded method; frames go on in the bytecode.  At `depth` 0
 * it is what makes room again.
 */
void vm_code_drop(struct vm *vm);

/* Drops all when something did not fit and no frame needs what is there. */
void vm_code_tidy(struct vm *vm);

/* Offset of a method's decoded form, decoding it if need be; 0: there is none.
 */
uint32_t vm_code_find(struct vm *vm, struct vm_method m);

/* The same again, because a lesson was learnt that the last one lacked. */
uint32_t vm_code_renew(struct vm *vm, struct vm_method m);

/* The op to go on with at an address; NULL when nothing begins there. */
struct vm_op *vm_code_place(struct vm_code *code, uint32_t pc);

/*
 * Result cells of the call at `p` in a package: 0, 1, 2, or VM_CELLS_UNKNOWN.
 */
uint8_t vm_code_results(const struct vm *vm, const struct vm_resident *r,
                        const uint8_t *p);

/* Remembers what the call at `p` left. */
void vm_code_learn(struct vm *vm, const struct vm_resident *r, const uint8_t *p,
                   uint8_t cells);

/* ---- flow.c ---- */

/* What is found of a method before it is translated. */
struct vm_flow {
    struct vm *vm;
    const struct vm_resident *r;
    const uint8_t *p; /* the first instruction */
    uint32_t span;    /* bytes from there that may be the method's */
    uint32_t end;     /* of the last instruction that can be reached */
    struct cap_method m;
    uint8_t *depth; /* by byte: cells on the stack, plus one; 0: unreached */
    uint8_t *leads; /* by byte: whether something leads there but the last */
    uint16_t *at;   /* by byte: the op it became, for translate.c */
    uint16_t *todo; /* places still to be followed */
    uint32_t todo_count;
    uint32_t todo_max;
};

/*
 * Follows the code from its start and its handlers: false when a place has
 * two depths, or anything is met that is better left to the plain loop.
 */
bool vm_flow_follow(struct vm_flow *f);

/* Cells of the stack before, after, and bytes, of the instruction at `pc`. */
struct vm_effect {
    uint32_t length;
    uint8_t pops;
    uint8_t pushes;
    bool unknown; /* what it pushes */
};
bool vm_flow_effect(const struct vm_flow *f, uint32_t pc, struct vm_effect *e);

/* ---- translate.c ---- */

/* Writes ops, room for `max`; their number, 0 when it cannot be done. */
uint32_t vm_translate(struct vm_flow *f, struct vm_op *ops, uint32_t max);

/* ---- resume.c ---- */

/* Whether the frame on top goes on decoded, at its `resume`. */
bool vm_code_ready(struct vm *vm);

/*
 * A decoded frame's call by all the rules; it has paid.  False: another frame
 * may be on top, or something was thrown or stopped.
 */
bool vm_code_call(struct run *r, struct vm_op *op);

/* Its return by all the rules, with `cells` of result from cell `from` on. */
void vm_code_leave(struct vm *vm, struct vm_frame *f, unsigned from,
                   uint8_t cells);

/* ---- decoded.c ---- */

/*
 * Runs decoded frames from the one on top, until one is on top that is not
 * decoded, one has been left for another than its caller, an exception is
 * thrown or the machine stops.
 */
void vm_run_decoded(struct vm *vm);

#endif
