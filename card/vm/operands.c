#include "vm/operands.h"

/* ---- writing ---- */

void vm_emit(struct vm_translation *t, enum vm_decoded op, unsigned d,
             unsigned a, unsigned b, uint32_t x)
{
    t->last = VM_NO_OP;
    if (t->count >= t->max) {
        t->count = t->max + 1;
        return;
    }
    t->ops[t->count++] = (struct vm_op){.op = (uint16_t)op,
                                        .cost = t->run,
                                        .pc = (uint16_t)t->pc,
                                        .d = (uint16_t)d,
                                        .a = (uint16_t)a,
                                        .b = (uint16_t)b,
                                        .x = x};
}

void vm_emit_value(struct vm_translation *t, enum vm_decoded op, unsigned d,
                   unsigned a, unsigned b, uint32_t x)
{
    vm_emit(t, op, d, a, b, x);
    t->last = t->count - 1;
}

void vm_emit_pay(struct vm_translation *t)
{
    if (t->run > 0)
        vm_emit(t, VM_D_PAY, 0, 0, 0, 0);
    t->run = 0;
}

/* ---- cells ---- */

unsigned vm_cell_place(const struct vm_translation *t, unsigned i)
{
    return (unsigned)t->f->m.nargs + t->f->m.max_locals + i;
}

void vm_push_placed(struct vm_translation *t, enum vm_kind kind)
{
    t->stack[t->depth++] = (struct vm_cell){CELL_PLACED, (uint8_t)kind, 0};
}

void vm_push_short(struct vm_translation *t, int16_t value)
{
    t->stack[t->depth++] =
        (struct vm_cell){CELL_CONSTANT, KIND_SHORT, (uint16_t)value};
}

void vm_push_int(struct vm_translation *t, int32_t value)
{
    t->stack[t->depth++] = (struct vm_cell){CELL_CONSTANT, KIND_HIGH,
                                            (uint16_t)((uint32_t)value >> 16)};
    t->stack[t->depth++] =
        (struct vm_cell){CELL_CONSTANT, KIND_LOW, (uint16_t)value};
}

/* Whether cells i and i + 1 are the halves of one int. */
static bool is_pair(const struct vm_translation *t, unsigned i)
{
    const struct vm_cell *c = &t->stack[i];
    return i + 1 < t->depth && c[0].kind == KIND_HIGH &&
           c[1].kind == KIND_LOW && c[0].where == c[1].where &&
           (c[0].where != CELL_LOCAL || c[1].v == c[0].v + 1);
}

static void settle_pair(struct vm_translation *t, unsigned i)
{
    struct vm_cell *c = &t->stack[i];

    if (c[0].where == CELL_LOCAL)
        vm_emit(t, VM_D_MOVE_INT, vm_cell_place(t, i), c[0].v, 0, 0);
    else if (c[0].where == CELL_CONSTANT)
        vm_emit(t, VM_D_SET_INT, vm_cell_place(t, i), 0, 0,
                (uint32_t)c[0].v << 16 | c[1].v);
    c[0].where = c[1].where = CELL_PLACED;
}

/* Puts cell i into its place; false for half an int that is not there. */
bool vm_settle(struct vm_translation *t, unsigned i)
{
    struct vm_cell *c = &t->stack[i];

    if (c->where == CELL_PLACED)
        return true;
    if (c->kind == KIND_LOW && i > 0 && is_pair(t, i - 1)) {
        settle_pair(t, i - 1);
    } else if (c->kind == KIND_HIGH && is_pair(t, i)) {
        settle_pair(t, i);
    } else if (c->kind == KIND_HIGH || c->kind == KIND_LOW) {
        return false;
    } else if (c->where == CELL_LOCAL) {
        vm_emit(t, c->kind == KIND_REF ? VM_D_MOVE_REF : VM_D_MOVE_SHORT,
                vm_cell_place(t, i), c->v, 0, 0);
    } else {
        vm_emit(t, c->kind == KIND_REF ? VM_D_SET_NULL : VM_D_SET_SHORT,
                vm_cell_place(t, i), 0, 0, c->v);
    }
    c->where = CELL_PLACED;
    return true;
}

bool vm_settle_below(struct vm_translation *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!vm_settle(t, i))
            return false;
    }
    return true;
}

/* Before a local variable changes: what stands for it gets its value. */
static bool settle_users(struct vm_translation *t, unsigned local,
                         unsigned cells, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        const struct vm_cell *c = &t->stack[i];
        if (c->where == CELL_LOCAL && c->v >= local && c->v < local + cells &&
            !vm_settle(t, i))
            return false;
    }
    return true;
}

bool vm_cell_fits(const struct vm_cell *c, enum vm_kind kind)
{
    return c->kind == kind || c->kind == KIND_ANY;
}

/* Constants are put into their place. */
bool vm_operand(struct vm_translation *t, unsigned i, enum vm_kind kind,
                unsigned *at)
{
    struct vm_cell *c = &t->stack[i];

    if (!vm_cell_fits(c, kind) ||
        (c->where == CELL_CONSTANT && !vm_settle(t, i)))
        return false;
    *at = c->where == CELL_LOCAL ? c->v : vm_cell_place(t, i);
    return true;
}

bool vm_int_operand(struct vm_translation *t, unsigned i, unsigned *at)
{
    struct vm_cell *c = &t->stack[i];

    if (!vm_cell_fits(&c[0], KIND_HIGH) || !vm_cell_fits(&c[1], KIND_LOW))
        return false;
    if (c[0].where == CELL_LOCAL && is_pair(t, i)) {
        *at = c[0].v;
        return true;
    }
    *at = vm_cell_place(t, i);
    return vm_settle(t, i) && vm_settle(t, i + 1);
}

bool vm_is_local(const struct vm_translation *t, unsigned i, unsigned cells)
{
    return i + cells <= vm_cell_place(t, 0);
}

/* ---- local variables ---- */

bool vm_load_local(struct vm_translation *t, unsigned i, enum vm_kind kind)
{
    const bool wide = kind == KIND_HIGH;

    if (!vm_is_local(t, i, wide ? 2 : 1))
        return false;
    t->stack[t->depth++] =
        (struct vm_cell){CELL_LOCAL, (uint8_t)kind, (uint16_t)i};
    if (wide)
        t->stack[t->depth++] =
            (struct vm_cell){CELL_LOCAL, KIND_LOW, (uint16_t)(i + 1)};
    return true;
}

/* The op before made the value and nothing else wants it: it goes to `i`. */
static bool redirect(struct vm_translation *t, unsigned from, unsigned i)
{
    if (t->last == VM_NO_OP || t->last + 1 != t->count ||
        t->ops[t->last].d != from)
        return false;
    t->ops[t->last].d = (uint16_t)i;
    t->last = VM_NO_OP;
    return true;
}

static bool store_int(struct vm_translation *t, unsigned i)
{
    const unsigned at = t->depth - 2;
    unsigned from = 0;

    if (!vm_is_local(t, i, 2) || !settle_users(t, i, 2, at))
        return false;
    if (is_pair(t, at) && t->stack[at].where == CELL_CONSTANT)
        vm_emit(t, VM_D_SET_INT, i, 0, 0,
                (uint32_t)t->stack[at].v << 16 | t->stack[at + 1].v);
    else if (!vm_int_operand(t, at, &from))
        return false;
    else if (!redirect(t, from, i))
        vm_emit(t, VM_D_MOVE_INT, i, from, 0, 0);
    t->depth = at;
    return true;
}

bool vm_store_local(struct vm_translation *t, unsigned i, enum vm_kind kind)
{
    if (kind == KIND_HIGH)
        return store_int(t, i);
    const unsigned at = t->depth - 1;
    const struct vm_cell *c = &t->stack[at];
    if (!vm_is_local(t, i, 1) || !vm_cell_fits(c, kind) ||
        !settle_users(t, i, 1, at))
        return false;
    if (c->where == CELL_CONSTANT)
        vm_emit(t, kind == KIND_REF ? VM_D_SET_NULL : VM_D_SET_SHORT, i, 0, 0,
                c->v);
    else if (c->where == CELL_LOCAL || !redirect(t, vm_cell_place(t, at), i))
        vm_emit(t, kind == KIND_REF ? VM_D_MOVE_REF : VM_D_MOVE_SHORT, i,
                c->where == CELL_LOCAL ? c->v : vm_cell_place(t, at), 0, 0);
    t->depth = at;
    return true;
}

bool vm_increment_local(struct vm_translation *t, unsigned i, int16_t by,
                        bool wide)
{
    if (!vm_is_local(t, i, wide ? 2 : 1) ||
        !settle_users(t, i, wide ? 2 : 1, t->depth))
        return false;
    if (wide)
        vm_emit(t, VM_D_INT_INC, i, i, 0, (uint32_t)(int32_t)by);
    else
        vm_emit(t, VM_D_ADD_CONST, i, i, (uint16_t)by, 0);
    return true;
}
