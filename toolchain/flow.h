/*
 * What the stack and the locals of a method hold, found by walking its code
 * until nothing changes.
 *
 * A value is an int of the Java machine with the interval it lies in, or a
 * reference.  All definitions that can reach one use form a web: they must
 * agree on how the value is kept on the card (one cell as a short, or two as
 * an int).  The definition of instruction i has the number i; those of the
 * parameters and of caught exceptions follow.
 */
#ifndef TOOLCHAIN_FLOW_H
#define TOOLCHAIN_FLOW_H

#include "toolchain/jvmcode.h"
#include "toolchain/range.h"
#include "toolchain/subroutines.h"
#include "toolchain/symbols.h"
#include "toolchain/types.h"

enum tc_slot_kind {
    SLOT_NONE,
    SLOT_INT,
    SLOT_REFERENCE,
    SLOT_OTHER,   /* of a type that a card does not have */
    SLOT_ADDRESS, /* of a jsr; range.low: the subroutine's entry */
};

struct tc_slot {
    uint8_t kind;
    uint32_t web; /* any definition of it: see tc_web_of() */
    struct tc_range range;
    uint32_t source; /* on the stack: 1 + the local that still holds this */
};

struct tc_state {
    struct tc_slot *locals;
    struct tc_slot *stack;
    size_t depth;
};

struct tc_web {
    uint32_t parent; /* itself: the root */
    uint32_t size;
    bool is_defined;
    bool is_local;
    struct tc_range range; /* of this definition alone, or of the whole web
                            * once tc_flow_run() is done */
    uint32_t uses;         /* instructions that pop it */
    bool is_shuffled;      /* by dup or swap */
};

struct tc_flow {
    struct tc_env *env;
    struct tc_class *class;
    struct tc_method *method;
    const struct tc_jcode *code;
    struct tc_signature *signature; /* of the method */
    struct tc_signature *scratch;   /* of a method called */
    struct tc_web *webs;
    size_t web_count;
    struct tc_range *defined; /* [definition]: its own interval */
    uint32_t *leader_of;      /* [instruction]: leader number + 1, or 0 */
    struct tc_state *in;      /* [leader]; stack NULL: not reached */
    uint8_t *visits;          /* [leader] */
    bool *dirty;              /* [leader] */
    uint32_t *leaders;        /* [leader]: its instruction */
    size_t leader_count;
    uint8_t (*live)[32]; /* [leader]: locals that may still be read */
    struct tc_subroutines subroutines;
    struct tc_slot **called_with; /* [jsr]: the locals there; NULL: not yet */
    struct tc_slot *returned;     /* locals behind a jsr, while merging */
    struct tc_state now;          /* where tc_flow_walk() stands */
    bool is_counting;
    bool failed;
};

/* Runs to the end; false after telling env->diag what is malformed. */
bool tc_flow_run(struct tc_flow *flow, struct tc_env *env,
                 struct tc_class *class, struct tc_method *method,
                 const struct tc_jcode *code, struct tc_signature *signature);

/*
 * Calls `visit` for every instruction that can be reached, in the order of
 * the code, with flow->now as it is before the instruction.
 */
typedef void tc_flow_visitor(void *context, struct tc_flow *flow,
                             uint32_t index);
void tc_flow_walk(struct tc_flow *flow, tc_flow_visitor *visit, void *context);

/* The representative of a definition's web. */
uint32_t tc_web_of(const struct tc_flow *flow, uint32_t definition);

/* The slot `below` places under the top of the stack (0: the top). */
static inline const struct tc_slot *tc_top(const struct tc_flow *flow,
                                           size_t below)
{
    return &flow->now.stack[flow->now.depth - 1 - below];
}

unsigned tc_flow_line(const struct tc_flow *flow, uint32_t index);

/* --- for flow.c and step.c --- */

/* Applies one instruction to `state`; false when it cannot be. */
bool tc_flow_step(struct tc_flow *flow, struct tc_state *state, uint32_t index);
bool tc_flow_malformed(struct tc_flow *flow, uint32_t index, const char *what);
void tc_web_unite(struct tc_flow *flow, uint32_t a, uint32_t b);

static inline uint32_t tc_parameter_definition(const struct tc_flow *flow,
                                               uint32_t local)
{
    return (uint32_t)flow->code->count + local;
}

#endif
