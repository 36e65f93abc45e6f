/*
 * The state of a method at one place: the type of every local variable and of
 * every word on the stack.
 *
 * A state is an array of words: the depth of the stack, whether the
 * constructor of the superclass has run, the locals, the stack.
 */
#ifndef CAP_TYPEFRAME_H
#define CAP_TYPEFRAME_H

#include "cap/internal.h"
#include "cap/typetable.h"

enum { CAP_FRAME_DEPTH, CAP_FRAME_MADE, CAP_FRAME_LOCALS };

struct cap_frame {
    struct cap_types *s;
    const struct cap_method_row *method;
    struct cap_code code;
    struct cap_state walk; /* what cap_walk wants to be given */
    struct cap_callee callee;
    uint16_t locals;
    uint16_t limit;   /* words of stack */
    uint8_t handlers; /* that stand with this method */
    uint32_t words;   /* of a state */
    uint16_t count;   /* of remembered states */
    uint16_t *index;
    cap_type_t *states;
    cap_type_t *now;  /* the state in hand */
    uint8_t *seen;    /* by byte of code: of the subroutine looked at */
    cap_type_t *kept; /* locals put aside at a ret */
    uint8_t *written; /* by local: whether the subroutine writes it */
    uint32_t pc;
    bool changed; /* a remembered state has become wider */
    bool failed;
};

static inline cap_type_t *cap_frame_local(struct cap_frame *f, unsigned i)
{
    return f->now + CAP_FRAME_LOCALS + i;
}

static inline cap_type_t *cap_frame_stack(struct cap_frame *f, unsigned i)
{
    return f->now + CAP_FRAME_LOCALS + f->locals + i;
}

/* A finding at the instruction in hand; always false. */
bool cap_frame_find(struct cap_frame *f, uint8_t rule);

/* Whether n words are on the stack; false after a finding. */
bool cap_frame_need(struct cap_frame *f, unsigned n);

/* Pushes a type, of an int both halves; false after a finding. */
bool cap_frame_push(struct cap_frame *f, cap_type_t t);

/* Pops one value that must be exactly this: SHORT or INT. */
bool cap_frame_pop(struct cap_frame *f, cap_type_t t);

/* Pops an object, array or null; false after a finding. */
bool cap_frame_pop_reference(struct cap_frame *f, cap_type_t *out);

/* Pops what can be assigned to `declared`, or finds `rule`. */
bool cap_frame_pop_as(struct cap_frame *f, cap_type_t declared, uint8_t rule);

/* Every cell that is `from` becomes `to`. */
void cap_frame_replace(struct cap_frame *f, cap_type_t from, cap_type_t to);

/* ---- typestep.c: words, locals, arrays ---- */

/* The effect of the instruction at f->pc, jumps left out. */
bool cap_type_step(struct cap_frame *f);

/* ---- typeobject.c: fields, objects, casts ---- */
bool cap_type_field(struct cap_frame *f, const uint8_t *p);
bool cap_type_static_field(struct cap_frame *f, const uint8_t *p);
bool cap_type_new(struct cap_frame *f, const uint8_t *p);
bool cap_type_anewarray(struct cap_frame *f, const uint8_t *p);
bool cap_type_cast(struct cap_frame *f, const uint8_t *p);

/* ---- typecall.c ---- */
bool cap_type_call(struct cap_frame *f, const uint8_t *p);
bool cap_type_give_back(struct cap_frame *f, const uint8_t *p);

/* ---- typeflow.c ---- */

/* The data flow of one method; ERR_TYPE after a finding, ERR_MEMORY. */
enum err cap_type_flow(struct cap_types *s, const struct cap_method_row *m);

#endif
