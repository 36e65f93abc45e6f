/*
 * The operand stack of a method while it is translated.  Within a block a cell
 * need not be in its place yet: it may stand for a local variable or a
 * constant, and what takes it names that instead.  Wherever control can come
 * from elsewhere, or leave, every cell is in its place.
 *
 * Functions that can fail are false when the code is better left to the plain
 * loop.  Indices `i` of cells count from the bottom of the stack, those of
 * local variables from the frame's first.
 */
#ifndef VM_OPERANDS_H
#define VM_OPERANDS_H

#include "vm/code.h"

enum vm_where { CELL_PLACED, CELL_LOCAL, CELL_CONSTANT };

enum vm_kind { KIND_ANY, KIND_SHORT, KIND_REF, KIND_HIGH, KIND_LOW };

struct vm_cell {
    uint8_t where;
    uint8_t kind;
    uint16_t v; /* the local variable; the constant */
};

#define VM_NO_OP UINT32_MAX

struct vm_translation {
    struct vm_flow *f;
    struct vm_op *ops;
    uint32_t count;
    uint32_t max;
    uint32_t pc;
    uint32_t last;  /* the op whose result may go elsewhere, or VM_NO_OP */
    uint16_t run;   /* bytecodes not yet paid for */
    unsigned depth; /* cells on the stack */
    struct vm_cell stack[256];
};

/* Writes an op; beyond `max` ops it is counted only. */
void vm_emit(struct vm_translation *t, enum vm_decoded op, unsigned d,
             unsigned a, unsigned b, uint32_t x);
/* An op whose result d is pushed next, and may be stored instead. */
void vm_emit_value(struct vm_translation *t, enum vm_decoded op, unsigned d,
                   unsigned a, unsigned b, uint32_t x);
/* Pays for the bytecodes that no op has paid for yet. */
void vm_emit_pay(struct vm_translation *t);

/* The frame's cell where cell i of the stack has its place. */
unsigned vm_cell_place(const struct vm_translation *t, unsigned i);
/* Whether a cell is of this kind, as far as is known. */
bool vm_cell_fits(const struct vm_cell *c, enum vm_kind kind);
/* Pushes a cell that an op has put into its place; a constant. */
void vm_push_placed(struct vm_translation *t, enum vm_kind kind);
void vm_push_short(struct vm_translation *t, int16_t value);
void vm_push_int(struct vm_translation *t, int32_t value);

/* Puts cell i into its place, or the lowest n. */
bool vm_settle(struct vm_translation *t, unsigned i);
bool vm_settle_below(struct vm_translation *t, unsigned n);
/* Where the operand in cell i, or i and i + 1, is to be had: *at. */
bool vm_operand(struct vm_translation *t, unsigned i, enum vm_kind kind,
                unsigned *at);
bool vm_int_operand(struct vm_translation *t, unsigned i, unsigned *at);

/* Whether the frame has these local variables. */
bool vm_is_local(const struct vm_translation *t, unsigned i, unsigned cells);
/* The instructions on local variables; KIND_HIGH: an int. */
bool vm_load_local(struct vm_translation *t, unsigned i, enum vm_kind kind);
bool vm_store_local(struct vm_translation *t, unsigned i, enum vm_kind kind);
bool vm_increment_local(struct vm_translation *t, unsigned i, int16_t by,
                        bool wide);

#endif
