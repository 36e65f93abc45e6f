/* From bytecode to ops, an instruction at a time. */
#include "vm/operands.h"

#include "cap/opcodes.h"

/* ---- arithmetic ---- */

static bool commutes(enum vm_decoded op)
{
    return op == VM_D_ADD || op == VM_D_MUL || op == VM_D_AND ||
           op == VM_D_OR || op == VM_D_XOR;
}

static bool short_operation(struct vm_translation *t, enum vm_decoded op,
                            bool constants)
{
    const unsigned at = t->depth - 2;
    struct vm_cell *c = &t->stack[at];
    unsigned a = 0;
    unsigned b = 0;

    if (!vm_cell_fits(&c[0], KIND_SHORT) || !vm_cell_fits(&c[1], KIND_SHORT))
        return false;
    if (constants && commutes(op) && c[0].where == CELL_CONSTANT &&
        c[1].where == CELL_LOCAL) {
        const struct vm_cell first = c[0];
        c[0] = c[1];
        c[1] = first;
    }
    if (!vm_operand(t, at, KIND_SHORT, &a))
        return false;
    if (constants && c[1].where == CELL_CONSTANT) {
        vm_emit_value(t, op + (VM_D_ADD_CONST - VM_D_ADD), vm_cell_place(t, at),
                      a, c[1].v, 0);
    } else {
        if (!vm_operand(t, at + 1, KIND_SHORT, &b))
            return false;
        vm_emit_value(t, op, vm_cell_place(t, at), a, b, 0);
    }
    t->depth = at;
    vm_push_placed(t, KIND_SHORT);
    return true;
}

static bool int_operation(struct vm_translation *t, enum vm_decoded op)
{
    const unsigned at = t->depth - 4;
    unsigned a = 0;
    unsigned b = 0;

    if (!vm_int_operand(t, at, &a) || !vm_int_operand(t, at + 2, &b))
        return false;
    vm_emit_value(t, op, vm_cell_place(t, at), a, b, 0);
    t->depth = at;
    vm_push_placed(t, KIND_HIGH);
    vm_push_placed(t, KIND_LOW);
    return true;
}

static bool calculate(struct vm_translation *t, uint8_t op)
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
static bool convert(struct vm_translation *t, enum vm_decoded op, bool from_int,
                    bool to_int)
{
    const unsigned at = t->depth - (from_int ? 2 : 1);
    unsigned a = 0;

    if (from_int ? !vm_int_operand(t, at, &a)
                 : !vm_operand(t, at, KIND_SHORT, &a))
        return false;
    vm_emit_value(t, op, vm_cell_place(t, at), a, 0, 0);
    t->depth = at;
    vm_push_placed(t, to_int ? KIND_HIGH : KIND_SHORT);
    if (to_int)
        vm_push_placed(t, KIND_LOW);
    return true;
}

static bool compare_ints(struct vm_translation *t)
{
    if (!int_operation(t, VM_D_INT_COMPARE))
        return false;
    t->depth--;
    t->stack[t->depth - 1].kind = KIND_SHORT;
    return true;
}

/* ---- stack ---- */

static bool duplicate(struct vm_translation *t, unsigned n)
{
    const unsigned from = t->depth - n;

    for (unsigned i = from; i < from + n; i++) {
        if (t->stack[i].where == CELL_PLACED)
            vm_emit(t, VM_D_MOVE_ANY, vm_cell_place(t, i + n),
                    vm_cell_place(t, i), 0, 0);
        t->stack[i + n] = t->stack[i];
    }
    t->depth += n;
    return true;
}

/* The tagged build looks at what is loaded, even if nothing becomes of it. */
static bool drop(struct vm_translation *t, unsigned n)
{
    for (unsigned i = t->depth - n; CARD_TAGGED && i < t->depth; i++) {
        if (!vm_settle(t, i))
            return false;
    }
    t->depth -= n;
    return true;
}

/* ---- arrays and fields ---- */

static void push_value(struct vm_translation *t, unsigned width)
{
    vm_push_placed(t, width == VM_REF   ? KIND_REF
                      : width == VM_INT ? KIND_HIGH
                                        : KIND_SHORT);
    if (width == VM_INT)
        vm_push_placed(t, KIND_LOW);
}

static bool array_load(struct vm_translation *t, unsigned width)
{
    static const uint8_t ops[] = {VM_D_REF_LOAD, VM_D_BYTE_LOAD,
                                  VM_D_SHORT_LOAD, VM_D_INT_LOAD};
    const unsigned at = t->depth - 2;
    unsigned a = 0;
    unsigned b = 0;

    if (!vm_operand(t, at, KIND_REF, &a) ||
        !vm_operand(t, at + 1, KIND_SHORT, &b))
        return false;
    vm_emit_value(t, ops[width], vm_cell_place(t, at), a, b, 0);
    t->depth = at;
    push_value(t, width);
    return true;
}

static bool array_store(struct vm_translation *t, unsigned width)
{
    static const uint8_t ops[] = {0, VM_D_BYTE_STORE, VM_D_SHORT_STORE,
                                  VM_D_INT_STORE};
    const unsigned at = t->depth - (width == VM_INT ? 4 : 3);
    unsigned a = 0;
    unsigned b = 0;
    unsigned d = 0;

    if (!vm_operand(t, at, KIND_REF, &a) ||
        !vm_operand(t, at + 1, KIND_SHORT, &b) ||
        (width == VM_INT ? !vm_int_operand(t, at + 2, &d)
                         : !vm_operand(t, at + 2, KIND_SHORT, &d)))
        return false;
    vm_emit(t, ops[width], d, a, b, 0);
    t->depth = at;
    return true;
}

static bool array_length(struct vm_translation *t)
{
    const unsigned at = t->depth - 1;
    unsigned a = 0;

    if (!vm_operand(t, at, KIND_REF, &a))
        return false;
    vm_emit_value(t, VM_D_ARRAY_LENGTH, vm_cell_place(t, at), a, 0, 0);
    t->stack[at] = (struct vm_cell){CELL_PLACED, KIND_SHORT, 0};
    return true;
}

/* The field's cell, if the entry names one that takes this width. */
static bool field_cell(const struct vm_translation *t, uint16_t pool,
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

static bool field_get(struct vm_translation *t, uint16_t pool, unsigned width,
                      bool this)
{
    const unsigned at = t->depth - (this ? 0 : 1);
    uint32_t cell = 0;
    unsigned a = 0;

    if (!field_cell(t, pool, width, &cell) ||
        (this ? !vm_is_local(t, 0, 1) : !vm_operand(t, at, KIND_REF, &a)))
        return false;
    vm_emit_value(t, VM_D_GET_REF + (enum vm_decoded)width,
                  vm_cell_place(t, at), a, cell, 0);
    t->depth = at;
    push_value(t, width);
    return true;
}

static bool field_put(struct vm_translation *t, uint16_t pool, unsigned width,
                      bool this)
{
    const unsigned value = t->depth - (width == VM_INT ? 2 : 1);
    const unsigned at = value - (this ? 0 : 1);
    uint32_t cell = 0;
    unsigned a = 0;
    unsigned d = 0;

    if (!field_cell(t, pool, width, &cell) ||
        (this ? !vm_is_local(t, 0, 1) : !vm_operand(t, at, KIND_REF, &a)) ||
        (width == VM_INT ? !vm_int_operand(t, value, &d)
                         : !vm_operand(t, value, KIND_SHORT, &d)))
        return false;
    vm_emit(t, VM_D_PUT_BYTE + (enum vm_decoded)(width - VM_BYTE), d, a, cell,
            0);
    t->depth = at;
    return true;
}

static bool field(struct vm_translation *t, uint8_t op, const uint8_t *p)
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

static void take_effect(struct vm_translation *t, const struct vm_effect *e)
{
    t->depth -= e->pops;
    for (unsigned i = 0; i < e->pushes; i++)
        vm_push_placed(t, KIND_ANY);
}

static bool plain(struct vm_translation *t, const struct vm_effect *e)
{
    if (!vm_settle_below(t, t->depth))
        return false;
    vm_emit(t, VM_D_PLAIN, 0, t->depth, 0, 0);
    take_effect(t, e);
    return true;
}

/* ---- leaving ---- */

static bool branch(struct vm_translation *t, uint8_t op, const uint8_t *p)
{
    const bool wide = op >= CAP_OP_ifeq_w;
    const uint8_t base = wide ? (uint8_t)(op - 0x38) : op;
    const uint32_t to =
        (uint32_t)((int32_t)t->pc +
                   (wide ? (int16_t)get_u2(p + 1) : (int8_t)p[1]));
    const bool alone = base <= CAP_OP_ifnonnull;
    const bool refs = base >= CAP_OP_ifnull && base <= CAP_OP_if_acmpne;
    const unsigned at = t->depth - (alone ? 1 : 2);
    const enum vm_kind kind = refs ? KIND_REF : KIND_SHORT;
    unsigned a = 0;
    unsigned b = 0;

    if (!vm_operand(t, at, kind, &a) || !vm_settle_below(t, at))
        return false;
    const struct vm_cell *second = &t->stack[at + 1];
    const bool constant =
        !refs && (alone || (second->where == CELL_CONSTANT &&
                            vm_cell_fits(second, KIND_SHORT)));
    if (!alone && !constant && !vm_operand(t, at + 1, kind, &b))
        return false;
    t->depth = at;
    if (base <= CAP_OP_ifle)
        vm_emit(t, VM_D_IF_EQ_CONST + (enum vm_decoded)(base - CAP_OP_ifeq), 0,
                a, 0, to);
    else if (refs)
        vm_emit(t, VM_D_IF_NULL + (enum vm_decoded)(base - CAP_OP_ifnull), 0, a,
                b, to);
    else if (constant)
        vm_emit(t,
                VM_D_IF_EQ_CONST + (enum vm_decoded)(base - CAP_OP_if_scmpeq),
                0, a, second->v, to);
    else
        vm_emit(t, VM_D_IF_EQ + (enum vm_decoded)(base - CAP_OP_if_scmpeq), 0,
                a, b, to);
    t->run = 0;
    return true;
}

static bool jump(struct vm_translation *t, int16_t by)
{
    if (!vm_settle_below(t, t->depth))
        return false;
    vm_emit(t, VM_D_GOTO, 0, 0, 0, (uint32_t)((int32_t)t->pc + by));
    t->run = 0;
    return true;
}

static bool call(struct vm_translation *t, const uint8_t *p,
                 const struct vm_effect *e)
{
    static const uint8_t ops[] = {VM_D_CALL_VIRTUAL, VM_D_CALL_SPECIAL,
                                  VM_D_CALL_STATIC, VM_D_CALL_INTERFACE};

    if (!vm_settle_below(t, t->depth))
        return false;
    const unsigned first = vm_cell_place(t, t->depth - e->pops);
    vm_emit(t, ops[p[0] - CAP_OP_invokevirtual], first, e->pops, 0, e->length);
    t->run = 0;
    vm_emit(t, VM_D_SITE, 0, 0, e->unknown ? VM_CELLS_UNKNOWN : e->pushes, 0);
    if (e->unknown)
        vm_emit(t, VM_D_UNKNOWN, 0, 0, 0, 0);
    take_effect(t, e);
    return true;
}

static bool leave(struct vm_translation *t, uint8_t op)
{
    unsigned a = 0;
    bool ok = true;

    switch (op) {
    case CAP_OP_areturn:
        ok = vm_operand(t, t->depth - 1, KIND_REF, &a);
        vm_emit(t, VM_D_RETURN_REF, 0, a, 0, 0);
        break;
    case CAP_OP_sreturn:
        ok = vm_operand(t, t->depth - 1, KIND_SHORT, &a);
        vm_emit(t, VM_D_RETURN_SHORT, 0, a, 0, 0);
        break;
    case CAP_OP_ireturn:
        ok = vm_int_operand(t, t->depth - 2, &a);
        vm_emit(t, VM_D_RETURN_INT, 0, a, 0, 0);
        break;
    default:
        vm_emit(t, VM_D_RETURN, 0, 0, 0, 0);
    }
    t->run = 0;
    return ok;
}

static bool switch_to(struct vm_translation *t)
{
    if (!vm_settle_below(t, t->depth))
        return false;
    vm_emit(t, VM_D_SWITCH, 0, t->depth, 0, 0);
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
static bool move(struct vm_translation *t, uint8_t op, const uint8_t *p)
{
    static const uint8_t kinds[] = {KIND_REF, KIND_SHORT, KIND_HIGH};

    if (op == CAP_OP_aconst_null) {
        t->stack[t->depth++] = (struct vm_cell){CELL_CONSTANT, KIND_REF, 0};
        return true;
    }
    if (op <= CAP_OP_sconst_5) {
        vm_push_short(t, (int16_t)(op - CAP_OP_sconst_0));
        return true;
    }
    if (op <= CAP_OP_iconst_5) {
        vm_push_int(t, op - CAP_OP_iconst_0);
        return true;
    }
    if (op <= CAP_OP_iload)
        return vm_load_local(t, p[1], kinds[op - CAP_OP_aload]);
    if (op <= CAP_OP_iload_3)
        return vm_load_local(t, (op - CAP_OP_aload_0) & 3u,
                             kinds[(op - CAP_OP_aload_0) / 4]);
    if (op <= CAP_OP_istore)
        return vm_store_local(t, p[1], kinds[op - CAP_OP_astore]);
    return vm_store_local(t, (op - CAP_OP_astore_0) & 3u,
                          kinds[(op - CAP_OP_astore_0) / 4]);
}

static bool is_move(uint8_t op)
{
    return (op >= CAP_OP_aconst_null && op <= CAP_OP_iconst_5) ||
           (op >= CAP_OP_aload && op <= CAP_OP_iload_3) ||
           (op >= CAP_OP_astore && op <= CAP_OP_istore_3);
}

static bool simple(struct vm_translation *t, const uint8_t *p,
                   const struct vm_effect *e)
{
    switch (p[0]) {
    case CAP_OP_nop:
        return true;
    case CAP_OP_bspush:
        vm_push_short(t, (int8_t)p[1]);
        return true;
    case CAP_OP_sspush:
        vm_push_short(t, (int16_t)get_u2(p + 1));
        return true;
    case CAP_OP_bipush:
        vm_push_int(t, (int8_t)p[1]);
        return true;
    case CAP_OP_sipush:
        vm_push_int(t, (int16_t)get_u2(p + 1));
        return true;
    case CAP_OP_iipush:
        vm_push_int(t, (int32_t)get_u4(p + 1));
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
        return vm_increment_local(t, p[1], (int8_t)p[2], false);
    case CAP_OP_iinc:
        return vm_increment_local(t, p[1], (int8_t)p[2], true);
    case CAP_OP_sinc_w:
        return vm_increment_local(t, p[1], (int16_t)get_u2(p + 2), false);
    case CAP_OP_iinc_w:
        return vm_increment_local(t, p[1], (int16_t)get_u2(p + 2), true);
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

static bool instruction(struct vm_translation *t, const uint8_t *p,
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
static bool begin_block(struct vm_translation *t, bool falls, uint32_t before)
{
    if (falls) {
        const uint32_t here = t->pc;
        t->pc = before;
        if (!vm_settle_below(t, t->depth))
            return false;
        vm_emit_pay(t);
        t->pc = here;
    }
    t->run = 0;
    t->last = VM_NO_OP;
    t->depth = 0;
    while (t->depth + 1u < t->f->depth[t->pc])
        vm_push_placed(t, KIND_ANY);
    return true;
}

static bool translate_all(struct vm_translation *t)
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
static void link_branches(struct vm_translation *t, uint32_t base)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct vm_op *op = &t->ops[i];
        if (op->op >= VM_D_GOTO && op->op <= VM_D_IF_OTHER)
            op->x = base + t->f->at[op->x] * (uint32_t)sizeof *op;
    }
}

uint32_t vm_translate(struct vm_flow *f, struct vm_op *ops, uint32_t max)
{
    struct vm_translation t = {
        .f = f, .ops = ops, .max = max, .last = VM_NO_OP};

    if (!translate_all(&t))
        return 0;
    if (t.count > t.max)
        return t.count;
    link_branches(&t, (uint32_t)((const uint8_t *)ops - f->vm->ahead));
    return t.count;
}
