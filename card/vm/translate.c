/*
 * From bytecode to ops.  While a block is translated, a cell of the operand
 * stack need not be in its place yet: it may stand for a local variable or a
 * constant, and what takes it names that instead.  Wherever control can come
 * from elsewhere, or leave, every cell is in its place.
 */
#include "vm/code.h"

#include "cap/opcodes.h"

enum where { PLACED, LOCAL, CONSTANT };

enum kind { ANY, SHORT, REF, HIGH, LOW };

struct cell {
    uint8_t where;
    uint8_t kind;
    uint16_t v; /* the local variable; the constant */
};

#define NO_OP UINT32_MAX

struct translation {
    struct vm_flow *f;
    struct vm_op *ops;
    uint32_t count;
    uint32_t max;
    uint32_t pc;
    uint32_t last;  /* the op whose result may go elsewhere, or NO_OP */
    uint16_t run;   /* bytecodes not yet paid for */
    unsigned depth; /* cells on the stack */
    struct cell stack[256];
};

/* ---- writing ---- */

static void emit(struct translation *t, enum vm_decoded op, unsigned d,
                 unsigned a, unsigned b, uint32_t x)
{
    t->last = NO_OP;
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

/* An op whose result d is pushed next, and may be stored instead. */
static void emit_value(struct translation *t, enum vm_decoded op, unsigned d,
                       unsigned a, unsigned b, uint32_t x)
{
    emit(t, op, d, a, b, x);
    t->last = t->count - 1;
}

static void pay(struct translation *t)
{
    if (t->run > 0)
        emit(t, VM_D_PAY, 0, 0, 0, 0);
    t->run = 0;
}

/* ---- cells ---- */

static unsigned place(const struct translation *t, unsigned i)
{
    return (unsigned)t->f->m.nargs + t->f->m.max_locals + i;
}

static void push_placed(struct translation *t, enum kind kind)
{
    t->stack[t->depth++] = (struct cell){PLACED, (uint8_t)kind, 0};
}

static void push_short(struct translation *t, int16_t value)
{
    t->stack[t->depth++] = (struct cell){CONSTANT, SHORT, (uint16_t)value};
}

static void push_int(struct translation *t, int32_t value)
{
    t->stack[t->depth++] =
        (struct cell){CONSTANT, HIGH, (uint16_t)((uint32_t)value >> 16)};
    t->stack[t->depth++] = (struct cell){CONSTANT, LOW, (uint16_t)value};
}

/* Whether cells i and i + 1 are the halves of one int. */
static bool is_pair(const struct translation *t, unsigned i)
{
    const struct cell *c = &t->stack[i];
    return i + 1 < t->depth && c[0].kind == HIGH && c[1].kind == LOW &&
           c[0].where == c[1].where &&
           (c[0].where != LOCAL || c[1].v == c[0].v + 1);
}

static void settle_pair(struct translation *t, unsigned i)
{
    struct cell *c = &t->stack[i];

    if (c[0].where == LOCAL)
        emit(t, VM_D_MOVE_INT, place(t, i), c[0].v, 0, 0);
    else if (c[0].where == CONSTANT)
        emit(t, VM_D_SET_INT, place(t, i), 0, 0,
             (uint32_t)c[0].v << 16 | c[1].v);
    c[0].where = c[1].where = PLACED;
}

/* Puts cell i into its place; false for half an int that is not there. */
static bool settle(struct translation *t, unsigned i)
{
    struct cell *c = &t->stack[i];

    if (c->where == PLACED)
        return true;
    if (c->kind == LOW && i > 0 && is_pair(t, i - 1)) {
        settle_pair(t, i - 1);
    } else if (c->kind == HIGH && is_pair(t, i)) {
        settle_pair(t, i);
    } else if (c->kind == HIGH || c->kind == LOW) {
        return false;
    } else if (c->where == LOCAL) {
        emit(t, c->kind == REF ? VM_D_MOVE_REF : VM_D_MOVE_SHORT, place(t, i),
             c->v, 0, 0);
    } else {
        emit(t, c->kind == REF ? VM_D_SET_NULL : VM_D_SET_SHORT, place(t, i), 0,
             0, c->v);
    }
    c->where = PLACED;
    return true;
}

static bool settle_below(struct translation *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!settle(t, i))
            return false;
    }
    return true;
}

/* Before a local variable changes: what stands for it gets its value. */
static bool settle_users(struct translation *t, unsigned local, unsigned cells,
                         unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        const struct cell *c = &t->stack[i];
        if (c->where == LOCAL && c->v >= local && c->v < local + cells &&
            !settle(t, i))
            return false;
    }
    return true;
}

static bool fits(const struct cell *c, enum kind kind)
{
    return c->kind == kind || c->kind == ANY;
}

/* Where an operand is to be had; constants are put into their place. */
static bool operand(struct translation *t, unsigned i, enum kind kind,
                    unsigned *at)
{
    struct cell *c = &t->stack[i];

    if (!fits(c, kind) || (c->where == CONSTANT && !settle(t, i)))
        return false;
    *at = c->where == LOCAL ? c->v : place(t, i);
    return true;
}

static bool int_operand(struct translation *t, unsigned i, unsigned *at)
{
    struct cell *c = &t->stack[i];

    if (!fits(&c[0], HIGH) || !fits(&c[1], LOW))
        return false;
    if (c[0].where == LOCAL && is_pair(t, i)) {
        *at = c[0].v;
        return true;
    }
    *at = place(t, i);
    return settle(t, i) && settle(t, i + 1);
}

static bool is_local(const struct translation *t, unsigned i, unsigned cells)
{
    return i + cells <= place(t, 0);
}

/* ---- local variables ---- */

static bool load(struct translation *t, unsigned i, enum kind kind)
{
    const bool wide = kind == HIGH;

    if (!is_local(t, i, wide ? 2 : 1))
        return false;
    t->stack[t->depth++] = (struct cell){LOCAL, (uint8_t)kind, (uint16_t)i};
    if (wide)
        t->stack[t->depth++] = (struct cell){LOCAL, LOW, (uint16_t)(i + 1)};
    return true;
}

/* The op before made the value and nothing else wants it: it goes to `i`. */
static bool redirect(struct translation *t, unsigned from, unsigned i)
{
    if (t->last == NO_OP || t->last + 1 != t->count ||
        t->ops[t->last].d != from)
        return false;
    t->ops[t->last].d = (uint16_t)i;
    t->last = NO_OP;
    return true;
}

static bool store_int(struct translation *t, unsigned i)
{
    const unsigned at = t->depth - 2;
    unsigned from = 0;

    if (!is_local(t, i, 2) || !settle_users(t, i, 2, at))
        return false;
    if (is_pair(t, at) && t->stack[at].where == CONSTANT)
        emit(t, VM_D_SET_INT, i, 0, 0,
             (uint32_t)t->stack[at].v << 16 | t->stack[at + 1].v);
    else if (!int_operand(t, at, &from))
        return false;
    else if (!redirect(t, from, i))
        emit(t, VM_D_MOVE_INT, i, from, 0, 0);
    t->depth = at;
    return true;
}

static bool store(struct translation *t, unsigned i, enum kind kind)
{
    if (kind == HIGH)
        return store_int(t, i);
    const unsigned at = t->depth - 1;
    const struct cell *c = &t->stack[at];
    if (!is_local(t, i, 1) || !fits(c, kind) || !settle_users(t, i, 1, at))
        return false;
    if (c->where == CONSTANT)
        emit(t, kind == REF ? VM_D_SET_NULL : VM_D_SET_SHORT, i, 0, 0, c->v);
    else if (c->where == LOCAL || !redirect(t, place(t, at), i))
        emit(t, kind == REF ? VM_D_MOVE_REF : VM_D_MOVE_SHORT, i,
             c->where == LOCAL ? c->v : place(t, at), 0, 0);
    t->depth = at;
    return true;
}

static bool increment(struct translation *t, unsigned i, int16_t by, bool wide)
{
    if (!is_local(t, i, wide ? 2 : 1) ||
        !settle_users(t, i, wide ? 2 : 1, t->depth))
        return false;
    if (wide)
        emit(t, VM_D_INT_INC, i, i, 0, (uint32_t)(int32_t)by);
    else
        emit(t, VM_D_ADD_CONST, i, i, (uint16_t)by, 0);
    return true;
}

/* ---- arithmetic ---- */

static bool commutes(enum vm_decoded op)
{
    return op == VM_D_ADD || op == VM_D_MUL || op == VM_D_AND ||
           op == VM_D_OR || op == VM_D_XOR;
}

static bool short_operation(struct translation *t, enum vm_decoded op,
                            bool constants)
{
    const unsigned at = t->depth - 2;
    struct cell *c = &t->stack[at];
    unsigned a = 0;
    unsigned b = 0;

    if (!fits(&c[0], SHORT) || !fits(&c[1], SHORT))
        return false;
    if (constants && commutes(op) && c[0].where == CONSTANT &&
        c[1].where == LOCAL) {
        const struct cell first = c[0];
        c[0] = c[1];
        c[1] = first;
    }
    if (!operand(t, at, SHORT, &a))
        return false;
    if (constants && c[1].where == CONSTANT) {
        emit_value(t, op + (VM_D_ADD_CONST - VM_D_ADD), place(t, at), a, c[1].v,
                   0);
    } else {
        if (!operand(t, at + 1, SHORT, &b))
            return false;
        emit_value(t, op, place(t, at), a, b, 0);
    }
    t->depth = at;
    push_placed(t, SHORT);
    return true;
}

static bool int_operation(struct translation *t, enum vm_decoded op)
{
    const unsigned at = t->depth - 4;
    unsigned a = 0;
    unsigned b = 0;

    if (!int_operand(t, at, &a) || !int_operand(t, at + 2, &b))
        return false;
    emit_value(t, op, place(t, at), a, b, 0);
    t->depth = at;
    push_placed(t, HIGH);
    push_placed(t, LOW);
    return true;
}

static bool calculate(struct translation *t, uint8_t op)
{
    static const uint8_t shorts[] = {VM_D_ADD,  VM_D_SUB, VM_D_MUL, VM_D_DIV,
                                     VM_D_REM,  0,        VM_D_SHL, VM_D_SHR,
                                     VM_D_USHR, VM_D_AND, VM_D_OR,  VM_D_XOR};
    static const uint8_t ints[] = {VM_D_INT_ADD, VM_D_INT_SUB, VM_D_INT_MUL,
                                   VM_D_INT_DIV, VM_D_INT_REM, 0,
                                   VM_D_INT_SHL, VM_D_INT_SHR, VM_D_INT_USHR,
                                   VM_D_INT_AND, VM_D_INT_OR,  VM_D_INT_XOR};
    const unsigned i = (op - CAP_OP_sadd) / 2u;

    if ((op - CAP_OP_sadd) % 2 != 0)
        return int_operation(t, ints[i]);
    return short_operation(t, shorts[i],
                           op != CAP_OP_sdiv && op != CAP_OP_srem);
}

/* One value in, one out, each a short or an int. */
static bool convert(struct translation *t, enum vm_decoded op, bool from_int,
                    bool to_int)
{
    const unsigned at = t->depth - (from_int ? 2 : 1);
    unsigned a = 0;

    if (from_int ? !int_operand(t, at, &a) : !operand(t, at, SHORT, &a))
        return false;
    emit_value(t, op, place(t, at), a, 0, 0);
    t->depth = at;
    push_placed(t, to_int ? HIGH : SHORT);
    if (to_int)
        push_placed(t, LOW);
    return true;
}

static bool compare_ints(struct translation *t)
{
    if (!int_operation(t, VM_D_INT_COMPARE))
        return false;
    t->depth--;
    t->stack[t->depth - 1].kind = SHORT;
    return true;
}

/* ---- stack ---- */

static bool duplicate(struct translation *t, unsigned n)
{
    const unsigned from = t->depth - n;

    for (unsigned i = from; i < from + n; i++) {
        if (t->stack[i].where == PLACED)
            emit(t, VM_D_MOVE_ANY, place(t, i + n), place(t, i), 0, 0);
        t->stack[i + n] = t->stack[i];
    }
    t->depth += n;
    return true;
}

/* The tagged build looks at what is loaded, even if nothing becomes of it. */
static bool drop(struct translation *t, unsigned n)
{
    for (unsigned i = t->depth - n; CARD_TAGGED && i < t->depth; i++) {
        if (!settle(t, i))
            return false;
    }
    t->depth -= n;
    return true;
}

/* ---- arrays and fields ---- */

static bool array_load(struct translation *t, unsigned width)
{
    static const uint8_t ops[] = {VM_D_REF_LOAD, VM_D_BYTE_LOAD,
                                  VM_D_SHORT_LOAD, VM_D_INT_LOAD};
    const unsigned at = t->depth - 2;
    unsigned a = 0;
    unsigned b = 0;

    if (!operand(t, at, REF, &a) || !operand(t, at + 1, SHORT, &b))
        return false;
    emit_value(t, ops[width], place(t, at), a, b, 0);
    t->depth = at;
    push_placed(t, width == VM_REF ? REF : width == VM_INT ? HIGH : SHORT);
    if (width == VM_INT)
        push_placed(t, LOW);
    return true;
}

static bool array_store(struct translation *t, unsigned width)
{
    static const uint8_t ops[] = {0, VM_D_BYTE_STORE, VM_D_SHORT_STORE,
                                  VM_D_INT_STORE};
    const unsigned at = t->depth - (width == VM_INT ? 4 : 3);
    unsigned a = 0;
    unsigned b = 0;
    unsigned d = 0;

    if (!operand(t, at, REF, &a) || !operand(t, at + 1, SHORT, &b) ||
        (width == VM_INT ? !int_operand(t, at + 2, &d)
                         : !operand(t, at + 2, SHORT, &d)))
        return false;
    emit(t, ops[width], d, a, b, 0);
    t->depth = at;
    return true;
}

static bool array_length(struct translation *t)
{
    const unsigned at = t->depth - 1;
    unsigned a = 0;

    if (!operand(t, at, REF, &a))
        return false;
    emit_value(t, VM_D_ARRAY_LENGTH, place(t, at), a, 0, 0);
    t->stack[at] = (struct cell){PLACED, SHORT, 0};
    return true;
}

/* The field's cell, if the entry names one that takes this width. */
static bool field_cell(const struct translation *t, uint16_t pool,
                       unsigned width, uint32_t *cell)
{
    struct vm_pool entry;

    if (!vm_pool(t->f->r, pool, &entry) || entry.kind != VM_POOL_FIELD)
        return false;
    *cell = entry.b;
    return entry.b < 0xFFFF &&
           (width == VM_REF   ? entry.c == VM_FIELD_REFERENCE
            : width == VM_INT ? entry.c == VM_FIELD_INT
                              : entry.c != VM_FIELD_REFERENCE);
}

static bool field_get(struct translation *t, uint16_t pool, unsigned width,
                      bool this)
{
    const unsigned at = t->depth - (this ? 0 : 1);
    uint32_t cell = 0;
    unsigned a = 0;

    if (!field_cell(t, pool, width, &cell) ||
        (this ? !is_local(t, 0, 1) : !operand(t, at, REF, &a)))
        return false;
    emit_value(t, VM_D_GET_REF + (enum vm_decoded)width, place(t, at), a, cell,
               0);
    t->depth = at;
    push_placed(t, width == VM_REF ? REF : width == VM_INT ? HIGH : SHORT);
    if (width == VM_INT)
        push_placed(t, LOW);
    return true;
}

static bool field_put(struct translation *t, uint16_t pool, unsigned width,
                      bool this)
{
    const unsigned value = t->depth - (width == VM_INT ? 2 : 1);
    const unsigned at = value - (this ? 0 : 1);
    uint32_t cell = 0;
    unsigned a = 0;
    unsigned d = 0;

    if (!field_cell(t, pool, width, &cell) ||
        (this ? !is_local(t, 0, 1) : !operand(t, at, REF, &a)) ||
        (width == VM_INT ? !int_operand(t, value, &d)
                         : !operand(t, value, SHORT, &d)))
        return false;
    emit(t, VM_D_PUT_BYTE + (enum vm_decoded)(width - VM_BYTE), d, a, cell, 0);
    t->depth = at;
    return true;
}

static bool field(struct translation *t, uint8_t op, const uint8_t *p)
{
    if (op <= CAP_OP_getfield_i)
        return field_get(t, p[1], op - CAP_OP_getfield_a, false);
    if (op <= CAP_OP_putfield_i)
        return field_put(t, p[1], op - CAP_OP_putfield_a, false);
    if (op <= CAP_OP_getfield_i_w)
        return field_get(t, get_u2(p + 1), op - CAP_OP_getfield_a_w, false);
    if (op <= CAP_OP_getfield_i_this)
        return field_get(t, p[1], op - CAP_OP_getfield_a_this, true);
    if (op <= CAP_OP_putfield_i_w)
        return field_put(t, get_u2(p + 1), op - CAP_OP_putfield_a_w, false);
    return field_put(t, p[1], op - CAP_OP_putfield_a_this, true);
}

/* ---- the instruction itself, on a stack in its place ---- */

static bool plain(struct translation *t, const struct vm_effect *e)
{
    if (!settle_below(t, t->depth))
        return false;
    emit(t, VM_D_PLAIN, 0, t->depth, 0, 0);
    t->depth -= e->pops;
    for (unsigned i = 0; i < e->pushes; i++)
        push_placed(t, ANY);
    return true;
}

/* ---- leaving ---- */

static bool branch(struct translation *t, uint8_t op, const uint8_t *p)
{
    const bool wide = op >= CAP_OP_ifeq_w;
    const uint8_t base = wide ? (uint8_t)(op - 0x38) : op;
    const uint32_t to =
        (uint32_t)((int32_t)t->pc +
                   (wide ? (int16_t)get_u2(p + 1) : (int8_t)p[1]));
    const bool alone = base <= CAP_OP_ifnonnull;
    const bool refs = base >= CAP_OP_ifnull && base <= CAP_OP_if_acmpne;
    const unsigned at = t->depth - (alone ? 1 : 2);
    const enum kind kind = refs ? REF : SHORT;
    unsigned a = 0;
    unsigned b = 0;

    if (!operand(t, at, kind, &a) || !settle_below(t, at))
        return false;
    const struct cell *second = &t->stack[at + 1];
    const bool constant =
        !refs && (alone || (second->where == CONSTANT && fits(second, SHORT)));
    if (!alone && !constant && !operand(t, at + 1, kind, &b))
        return false;
    t->depth = at;
    if (base <= CAP_OP_ifle)
        emit(t, VM_D_IF_EQ_CONST + (enum vm_decoded)(base - CAP_OP_ifeq), 0, a,
             0, to);
    else if (refs)
        emit(t, VM_D_IF_NULL + (enum vm_decoded)(base - CAP_OP_ifnull), 0, a, b,
             to);
    else if (constant)
        emit(t, VM_D_IF_EQ_CONST + (enum vm_decoded)(base - CAP_OP_if_scmpeq),
             0, a, second->v, to);
    else
        emit(t, VM_D_IF_EQ + (enum vm_decoded)(base - CAP_OP_if_scmpeq), 0, a,
             b, to);
    t->run = 0;
    return true;
}

static bool jump(struct translation *t, int16_t by)
{
    if (!settle_below(t, t->depth))
        return false;
    emit(t, VM_D_GOTO, 0, 0, 0, (uint32_t)((int32_t)t->pc + by));
    t->run = 0;
    return true;
}

static bool call(struct translation *t, const uint8_t *p,
                 const struct vm_effect *e)
{
    static const uint8_t ops[] = {VM_D_CALL_VIRTUAL, VM_D_CALL_SPECIAL,
                                  VM_D_CALL_STATIC, VM_D_CALL_INTERFACE};

    if (!settle_below(t, t->depth))
        return false;
    const unsigned first = place(t, t->depth - e->pops);
    emit(t, ops[p[0] - CAP_OP_invokevirtual], first, e->pops, 0, e->length);
    t->run = 0;
    emit(t, VM_D_SITE, 0, 0, e->unknown ? VM_CELLS_UNKNOWN : e->pushes, 0);
    if (e->unknown)
        emit(t, VM_D_UNKNOWN, 0, 0, 0, 0);
    t->depth -= e->pops;
    for (unsigned i = 0; i < e->pushes; i++)
        push_placed(t, ANY);
    return true;
}

static bool leave(struct translation *t, uint8_t op)
{
    unsigned a = 0;
    bool ok = true;

    switch (op) {
    case CAP_OP_areturn:
        ok = operand(t, t->depth - 1, REF, &a);
        emit(t, VM_D_RETURN_REF, 0, a, 0, 0);
        break;
    case CAP_OP_sreturn:
        ok = operand(t, t->depth - 1, SHORT, &a);
        emit(t, VM_D_RETURN_SHORT, 0, a, 0, 0);
        break;
    case CAP_OP_ireturn:
        ok = int_operand(t, t->depth - 2, &a);
        emit(t, VM_D_RETURN_INT, 0, a, 0, 0);
        break;
    default:
        emit(t, VM_D_RETURN, 0, 0, 0, 0);
    }
    t->run = 0;
    return ok;
}

static bool switch_to(struct translation *t)
{
    if (!settle_below(t, t->depth))
        return false;
    emit(t, VM_D_SWITCH, 0, t->depth, 0, 0);
    t->run = 0;
    return true;
}

/* ---- one instruction ---- */

static bool is_field(uint8_t op)
{
    return (op >= CAP_OP_getfield_a && op <= CAP_OP_putfield_i) ||
           op >= CAP_OP_getfield_a_w;
}

/* A reference to be kept goes the plain way, which has more to look at. */
static bool keeps_reference(uint8_t op)
{
    return op == CAP_OP_putfield_a || op == CAP_OP_putfield_a_w ||
           op == CAP_OP_putfield_a_this;
}

/* Constants, loads, stores: the groups that stand in order. */
static bool move(struct translation *t, uint8_t op, const uint8_t *p)
{
    static const uint8_t kinds[] = {REF, SHORT, HIGH};

    if (op == CAP_OP_aconst_null) {
        t->stack[t->depth++] = (struct cell){CONSTANT, REF, 0};
        return true;
    }
    if (op <= CAP_OP_sconst_5) {
        push_short(t, (int16_t)(op - CAP_OP_sconst_0));
        return true;
    }
    if (op <= CAP_OP_iconst_5) {
        push_int(t, op - CAP_OP_iconst_0);
        return true;
    }
    if (op <= CAP_OP_iload)
        return load(t, p[1], kinds[op - CAP_OP_aload]);
    if (op <= CAP_OP_iload_3)
        return load(t, (op - CAP_OP_aload_0) & 3u,
                    kinds[(op - CAP_OP_aload_0) / 4]);
    if (op <= CAP_OP_istore)
        return store(t, p[1], kinds[op - CAP_OP_astore]);
    return store(t, (op - CAP_OP_astore_0) & 3u,
                 kinds[(op - CAP_OP_astore_0) / 4]);
}

static bool is_move(uint8_t op)
{
    return (op >= CAP_OP_aconst_null && op <= CAP_OP_iconst_5) ||
           (op >= CAP_OP_aload && op <= CAP_OP_iload_3) ||
           (op >= CAP_OP_astore && op <= CAP_OP_istore_3);
}

static bool simple(struct translation *t, const uint8_t *p,
                   const struct vm_effect *e)
{
    switch (p[0]) {
    case CAP_OP_nop:
        return true;
    case CAP_OP_bspush:
        push_short(t, (int8_t)p[1]);
        return true;
    case CAP_OP_sspush:
        push_short(t, (int16_t)get_u2(p + 1));
        return true;
    case CAP_OP_bipush:
        push_int(t, (int8_t)p[1]);
        return true;
    case CAP_OP_sipush:
        push_int(t, (int16_t)get_u2(p + 1));
        return true;
    case CAP_OP_iipush:
        push_int(t, (int32_t)get_u4(p + 1));
        return true;
    case CAP_OP_pop:
        return drop(t, 1);
    case CAP_OP_pop2:
        return drop(t, 2);
    case CAP_OP_dup:
        return duplicate(t, 1);
    case CAP_OP_dup2:
        return duplicate(t, 2);
    case CAP_OP_sneg:
        return convert(t, VM_D_NEG, false, false);
    case CAP_OP_ineg:
        return convert(t, VM_D_INT_NEG, true, true);
    case CAP_OP_s2b:
        return convert(t, VM_D_TO_BYTE, false, false);
    case CAP_OP_s2i:
        return convert(t, VM_D_SHORT_TO_INT, false, true);
    case CAP_OP_i2b:
        return convert(t, VM_D_INT_TO_BYTE, true, false);
    case CAP_OP_i2s:
        return convert(t, VM_D_INT_TO_SHORT, true, false);
    case CAP_OP_icmp:
        return compare_ints(t);
    case CAP_OP_sinc:
        return increment(t, p[1], (int8_t)p[2], false);
    case CAP_OP_iinc:
        return increment(t, p[1], (int8_t)p[2], true);
    case CAP_OP_sinc_w:
        return increment(t, p[1], (int16_t)get_u2(p + 2), false);
    case CAP_OP_iinc_w:
        return increment(t, p[1], (int16_t)get_u2(p + 2), true);
    case CAP_OP_arraylength:
        return array_length(t);
    case CAP_OP_goto:
        return jump(t, (int8_t)p[1]);
    case CAP_OP_goto_w:
        return jump(t, (int16_t)get_u2(p + 1));
    default:
        return plain(t, e);
    }
}

static bool instruction(struct translation *t, const uint8_t *p,
                        const struct vm_effect *e)
{
    const uint8_t op = p[0];

    if (is_move(op))
        return move(t, op, p);
    if (op >= CAP_OP_aaload && op <= CAP_OP_iaload)
        return array_load(t, op - CAP_OP_aaload);
    if (op >= CAP_OP_bastore && op <= CAP_OP_iastore)
        return array_store(t, op - CAP_OP_aastore);
    if (op >= CAP_OP_sadd && op <= CAP_OP_ixor && op != CAP_OP_sneg &&
        op != CAP_OP_ineg)
        return calculate(t, op);
    if ((op >= CAP_OP_ifeq && op <= CAP_OP_if_scmple) ||
        (op >= CAP_OP_ifeq_w && op <= CAP_OP_if_scmple_w))
        return branch(t, op, p);
    if (op >= CAP_OP_stableswitch && op <= CAP_OP_ilookupswitch)
        return switch_to(t);
    if (op >= CAP_OP_areturn && op <= CAP_OP_return)
        return leave(t, op);
    if (op >= CAP_OP_invokevirtual && op <= CAP_OP_invokeinterface)
        return call(t, p, e);
    if (is_field(op) && !keeps_reference(op))
        return field(t, op, p);
    return simple(t, p, e);
}

/* ---- a method ---- */

/* At a place that control is led to, all is in its place and of any kind. */
static bool begin_block(struct translation *t, bool falls, uint32_t before)
{
    if (falls) {
        const uint32_t here = t->pc;
        t->pc = before;
        if (!settle_below(t, t->depth))
            return false;
        pay(t);
        t->pc = here;
    }
    t->run = 0;
    t->last = NO_OP;
    t->depth = 0;
    while (t->depth + 1u < t->f->depth[t->pc])
        push_placed(t, ANY);
    return true;
}

static bool translate_all(struct translation *t)
{
    struct vm_flow *f = t->f;
    struct vm_effect e = {0};
    uint32_t before = 0;
    bool falls = false;

    for (t->pc = 0; t->pc < f->end && t->count <= t->max;) {
        if (f->depth[t->pc] == 0) {
            t->pc++;
            falls = false;
            continue;
        }
        if ((f->leads[t->pc] != 0 || !falls) && !begin_block(t, falls, before))
            return false;
        f->at[t->pc] = (uint16_t)t->count;
        if (!vm_flow_effect(f, t->pc, &e))
            return false;
        /* two readings of the same bytes are none for us */
        for (uint32_t i = 1; i < e.length; i++) {
            if (f->depth[t->pc + i] != 0)
                return false;
        }
        t->run++;
        if (!instruction(t, f->p + t->pc, &e))
            return false;
        falls = cap_falls_through(f->p[t->pc]) && !e.unknown;
        before = t->pc;
        t->pc += e.length;
    }
    return true;
}

/* Branches know addresses so far, and are to know ops. */
static void link_branches(struct translation *t, uint32_t base)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct vm_op *op = &t->ops[i];
        if (op->op >= VM_D_GOTO && op->op <= VM_D_IF_OTHER)
            op->x = base + t->f->at[op->x] * (uint32_t)sizeof *op;
    }
}

uint32_t vm_translate(struct vm_flow *f, struct vm_op *ops, uint32_t max)
{
    struct translation t = {.f = f, .ops = ops, .max = max, .last = NO_OP};

    if (!translate_all(&t))
        return 0;
    if (t.count > t.max)
        return t.count;
    link_branches(&t, (uint32_t)((const uint8_t *)ops - f->vm->ahead));
    return t.count;
}
