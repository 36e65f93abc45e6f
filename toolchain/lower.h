/*
 * Java instructions become card instructions, one by one, in the form that
 * narrow.h has decided for each value.
 */
#ifndef TOOLCHAIN_LOWER_H
#define TOOLCHAIN_LOWER_H

#include "toolchain/ir.h"
#include "toolchain/narrow.h"

/*
 * Translates `method` of `class` and sets method->body; tells env->diag of
 * what cannot be.  A method without code gets a body without instructions.
 */
void tc_lower_method(struct tc_env *env, struct tc_pool *pool,
                     struct tc_class *class, struct tc_method *method);

/* --- shared by lower.c, lowercalc.c and lowerrefs.c --- */

enum { TC_LOCALS_MAX = 256 };

struct tc_lower {
    struct tc_env *env;
    struct tc_pool *pool;
    struct tc_class *class;
    struct tc_method *method;
    struct tc_flow *flow;
    struct tc_narrow *narrow;
    struct tc_body *body;
    uint32_t index; /* of the Java instruction */
    const struct tc_jinsn *insn;
    unsigned depth;    /* cells now on the stack */
    bool *is_implicit; /* [Java instruction]: an aload_0 that goes away, as
                        * the field access takes `this` by itself */
    int parameter_cell[TC_LOCALS_MAX]; /* -1: no parameter */
    bool parameter_is_int[TC_LOCALS_MAX];
    int cell[2][TC_LOCALS_MAX]; /* [is int][local]; -1: not yet */
    unsigned next_cell;
    bool this_is_ready; /* while looking for those */
    bool failed;
};

struct tc_insn *tc_emit(struct tc_lower *l, enum tc_op op, int32_t a,
                        int32_t b);
struct tc_insn *tc_emit_ref(struct tc_lower *l, enum tc_op op,
                            struct tc_pool_ref *ref);
void tc_emit_branch(struct tc_lower *l, enum tc_op op, uint32_t target);
void tc_emit_constant(struct tc_lower *l, int32_t value, bool is_int);

/* Corrects `depth` after an instruction whose effect no table gives. */
void tc_lower_adjust(struct tc_lower *l, int cells);

/* Is the value `below` the top kept in two cells? */
bool tc_lower_is_int(const struct tc_lower *l, size_t below);
/* Cells of the value `below` the top: 0 to 2. */
unsigned tc_lower_width(const struct tc_lower *l, size_t below);

/*
 * Makes the value `below` the top one of the wanted kind.  Deeper values are
 * to be asked for first; nothing may have been emitted above them.
 */
void tc_lower_want(struct tc_lower *l, size_t below, bool is_int);

/* The result of this instruction, computed as int or short, in its form. */
void tc_lower_result(struct tc_lower *l, bool is_int);

void tc_lower_error(struct tc_lower *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each takes care of the instructions that its file is about. */
bool tc_lower_calculation(struct tc_lower *l);
bool tc_lower_reference(struct tc_lower *l);

/* Makes the place of this instruction the one that messages on uses name. */
void tc_lower_here(struct tc_lower *l);

/* The class of a Class constant, or NULL after telling. */
struct tc_class *tc_lower_class(struct tc_lower *l, const char *name);

#endif
