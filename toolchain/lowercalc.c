/* Constants, locals, arithmetic, the stack, branches and returns. */
#include "toolchain/lower.h"

/* The card's local for this value: those of one Java local that differ in
 * size get places of their own. */
static int cell_of(struct tc_lower *l, bool is_int)
{
    size_t local = (size_t)l->insn->a;
    if (l->parameter_cell[local] >= 0 && l->parameter_is_int[local] == is_int)
        return l->parameter_cell[local];
    int *cell = &l->cell[is_int][local];
    if (*cell < 0) {
        *cell = (int)l->next_cell;
        l->next_cell += is_int ? 2 : 1;
    }
    return *cell;
}

static void local(struct tc_lower *l, enum tc_op op, enum tc_op short_form,
                  bool is_int)
{
    int cell = cell_of(l, is_int);
    if (cell < 4)
        tc_emit(l, (enum tc_op)(short_form + (unsigned)cell), cell, 0);
    else
        tc_emit(l, op, cell, 0);
}

static void load_int(struct tc_lower *l)
{
    uint32_t held = l->flow->now.locals[l->insn->a].web;
    bool is_int = tc_is_int_value(l->narrow, held);
    if (is_int)
        local(l, OP_iload, OP_iload_0, true);
    else
        local(l, OP_sload, OP_sload_0, false);
    tc_lower_result(l, is_int);
}

static void store_int(struct tc_lower *l)
{
    bool is_int = tc_is_int_value(l->narrow, l->index);
    tc_lower_want(l, 0, is_int);
    if (is_int)
        local(l, OP_istore, OP_istore_0, true);
    else
        local(l, OP_sstore, OP_sstore_0, false);
}

static void increment(struct tc_lower *l)
{
    bool is_int = tc_is_int_value(l->narrow, l->index);
    int cell = cell_of(l, is_int);
    int32_t by = l->insn->b;
    bool wide = by < INT8_MIN || by > INT8_MAX;
    if (is_int)
        tc_emit(l, wide ? OP_iinc_w : OP_iinc, cell, by);
    else
        tc_emit(l, wide ? OP_sinc_w : OP_sinc, cell, by);
}

static void load_element(struct tc_lower *l)
{
    static const uint8_t ops[] = {
        [JOP_iaload - JOP_iaload] = OP_iaload,
        [JOP_aaload - JOP_iaload] = OP_aaload,
        [JOP_baload - JOP_iaload] = OP_baload,
        [JOP_saload - JOP_iaload] = OP_saload,
    };
    uint8_t op = l->insn->op;
    tc_lower_want(l, 0, false);
    tc_emit(l, ops[op - JOP_iaload], 0, 0);
    if (op != JOP_aaload)
        tc_lower_result(l, op == JOP_iaload);
}

static void store_element(struct tc_lower *l)
{
    static const uint8_t ops[] = {
        [JOP_iastore - JOP_iastore] = OP_iastore,
        [JOP_aastore - JOP_iastore] = OP_aastore,
        [JOP_bastore - JOP_iastore] = OP_bastore,
        [JOP_sastore - JOP_iastore] = OP_sastore,
    };
    uint8_t op = l->insn->op;
    tc_lower_want(l, 1, false);
    if (op != JOP_aastore)
        tc_lower_want(l, 0, op == JOP_iastore);
    tc_emit(l, ops[op - JOP_iastore], 0, 0);
}

/* The card's instruction for shorts; the one for ints is the next. */
static enum tc_op short_op(uint8_t jop)
{
    switch (jop) {
    case JOP_iadd:
        return OP_sadd;
    case JOP_isub:
        return OP_ssub;
    case JOP_imul:
        return OP_smul;
    case JOP_idiv:
        return OP_sdiv;
    case JOP_irem:
        return OP_srem;
    case JOP_ineg:
        return OP_sneg;
    case JOP_ishl:
        return OP_sshl;
    case JOP_ishr:
        return OP_sshr;
    case JOP_iushr:
        return OP_sushr;
    case JOP_iand:
        return OP_sand;
    case JOP_ior:
        return OP_sor;
    default:
        return OP_sxor;
    }
}

static void calculate(struct tc_lower *l)
{
    uint8_t op = l->insn->op;
    bool is_int = l->narrow->is_int_op[l->index];
    if (op != JOP_ineg)
        tc_lower_want(l, 1, is_int);
    tc_lower_want(l, 0, is_int);
    tc_emit(l, (enum tc_op)(short_op(op) + (is_int ? 1 : 0)), 0, 0);
    tc_lower_result(l, is_int);
}

static void cast(struct tc_lower *l)
{
    bool byte = l->insn->op == JOP_i2b;
    if (tc_lower_is_int(l, 0))
        tc_emit(l, byte ? OP_i2b : OP_i2s, 0, 0);
    else if (byte && !tc_fits_byte(tc_top(l->flow, 0)->range))
        tc_emit(l, OP_s2b, 0, 0);
    tc_lower_result(l, false);
}

static void pop_cells(struct tc_lower *l, unsigned n)
{
    for (; n >= 2; n -= 2)
        tc_emit(l, OP_pop2, 0, 0);
    if (n == 1)
        tc_emit(l, OP_pop, 0, 0);
}

/* Copies the `copied` top values below the `under` values beneath them. */
static void duplicate(struct tc_lower *l, size_t copied, size_t under)
{
    unsigned m = 0;
    unsigned n = 0;
    for (size_t i = 0; i < copied; i++)
        m += tc_lower_width(l, i);
    for (size_t i = 0; i < under; i++)
        n += tc_lower_width(l, copied + i);
    if (n == 0 && m <= 2) {
        tc_emit(l, m == 1 ? OP_dup : OP_dup2, 0, 0);
        return;
    }
    int32_t operand = (int32_t)(m << 4 | (n == 0 ? 0 : m + n));
    tc_emit(l, OP_dup_x, operand, 0);
    tc_lower_adjust(l, (int)m);
}

static void shuffle(struct tc_lower *l)
{
    switch (l->insn->op) {
    case JOP_pop:
        pop_cells(l, tc_lower_width(l, 0));
        return;
    case JOP_pop2:
        pop_cells(l, tc_lower_width(l, 0));
        pop_cells(l, tc_lower_width(l, 1));
        return;
    case JOP_dup:
        duplicate(l, 1, 0);
        return;
    case JOP_dup_x1:
        duplicate(l, 1, 1);
        return;
    case JOP_dup_x2:
        duplicate(l, 1, 2);
        return;
    case JOP_dup2:
        duplicate(l, 2, 0);
        return;
    case JOP_dup2_x1:
        duplicate(l, 2, 1);
        return;
    case JOP_dup2_x2:
        duplicate(l, 2, 2);
        return;
    default:
        tc_emit(l, OP_swap_x,
                (int32_t)(tc_lower_width(l, 0) << 4 | tc_lower_width(l, 1)), 0);
    }
}

static void branch_if(struct tc_lower *l)
{
    uint8_t op = l->insn->op;
    if (tc_lower_is_int(l, 0)) {
        tc_emit(l, OP_iconst_0, 0, 0);
        tc_emit(l, OP_icmp, 0, 0);
    }
    tc_emit_branch(l, (enum tc_op)(OP_ifeq + (op - JOP_ifeq)),
                   (uint32_t)l->insn->a);
}

static void branch_if_compared(struct tc_lower *l)
{
    unsigned condition = (unsigned)(l->insn->op - JOP_if_icmpeq);
    bool is_int = l->narrow->is_int_op[l->index];
    tc_lower_want(l, 1, is_int);
    tc_lower_want(l, 0, is_int);
    if (is_int)
        tc_emit(l, OP_icmp, 0, 0);
    enum tc_op first = is_int ? OP_ifeq : OP_if_scmpeq;
    tc_emit_branch(l, (enum tc_op)(first + condition), (uint32_t)l->insn->a);
}

static void branch(struct tc_lower *l)
{
    uint8_t op = l->insn->op;
    uint32_t target = (uint32_t)l->insn->a;
    if (op >= JOP_ifeq && op <= JOP_ifle)
        branch_if(l);
    else if (op >= JOP_if_icmpeq && op <= JOP_if_icmple)
        branch_if_compared(l);
    else if (op == JOP_if_acmpeq || op == JOP_if_acmpne)
        tc_emit_branch(l, op == JOP_if_acmpeq ? OP_if_acmpeq : OP_if_acmpne,
                       target);
    else if (op == JOP_ifnull || op == JOP_ifnonnull)
        tc_emit_branch(l, op == JOP_ifnull ? OP_ifnull : OP_ifnonnull, target);
    else if (op == JOP_jsr)
        tc_emit_branch(l, OP_jsr, target);
    else
        tc_emit_branch(l, OP_goto, target);
}

/* A short can take none of the cases beyond its interval. */
static const struct tc_jswitch *short_cases(struct tc_lower *l)
{
    const struct tc_jswitch *from = l->insn->table;
    struct tc_jswitch *to = tc_alloc(l->env->arena, sizeof *to);
    size_t first = 0;
    while (first < from->count && from->keys[first] < INT16_MIN)
        first++;
    to->keys = from->keys + first;
    to->targets = from->targets + first;
    to->otherwise = from->otherwise;
    while (first + to->count < from->count && to->keys[to->count] <= INT16_MAX)
        to->count++;
    return to;
}

static void choose(struct tc_lower *l)
{
    bool is_int = tc_lower_is_int(l, 0);
    const struct tc_jswitch *table = is_int ? l->insn->table : short_cases(l);
    bool dense = l->insn->op == JOP_tableswitch && table->count > 0;
    enum tc_op op = is_int ? OP_ilookupswitch : OP_slookupswitch;
    if (dense)
        op = is_int ? OP_itableswitch : OP_stableswitch;
    tc_emit(l, op, 0, 0)->table = table;
}

static void return_int(struct tc_lower *l)
{
    enum tc_kind kind = l->flow->signature->result.kind;
    tc_lower_want(l, 0, kind == KIND_INT);
    bool narrow = kind == KIND_BYTE || kind == KIND_BOOLEAN;
    if (narrow && !tc_fits_byte(tc_top(l->flow, 0)->range))
        tc_emit(l, OP_s2b, 0, 0);
    tc_emit(l, kind == KIND_INT ? OP_ireturn : OP_sreturn, 0, 0);
}

static bool simple(struct tc_lower *l)
{
    switch (l->insn->op) {
    case JOP_nop:
        return true;
    case JOP_aconst_null:
        tc_emit(l, OP_aconst_null, 0, 0);
        return true;
    case JOP_bipush:
        tc_emit_constant(l, l->insn->a, tc_is_int_value(l->narrow, l->index));
        return true;
    case JOP_iload:
        load_int(l);
        return true;
    case JOP_istore:
        store_int(l);
        return true;
    case JOP_aload:
        local(l, OP_aload, OP_aload_0, false);
        return true;
    case JOP_astore:
        local(l, OP_astore, OP_astore_0, false);
        return true;
    case JOP_ret:
        tc_emit(l, OP_ret, cell_of(l, false), 0);
        return true;
    case JOP_iinc:
        increment(l);
        return true;
    case JOP_tableswitch:
    case JOP_lookupswitch:
        choose(l);
        return true;
    case JOP_ireturn:
        return_int(l);
        return true;
    case JOP_areturn:
        tc_emit(l, OP_areturn, 0, 0);
        return true;
    case JOP_return:
        tc_emit(l, OP_return, 0, 0);
        return true;
    case JOP_athrow:
        tc_emit(l, OP_athrow, 0, 0);
        return true;
    case JOP_arraylength:
        tc_emit(l, OP_arraylength, 0, 0);
        tc_lower_result(l, false);
        return true;
    default:
        return false;
    }
}

bool tc_lower_calculation(struct tc_lower *l)
{
    uint8_t op = l->insn->op;
    if (simple(l))
        return true;
    if (op >= JOP_iaload && op <= JOP_saload)
        load_element(l);
    else if (op >= JOP_iastore && op <= JOP_sastore)
        store_element(l);
    else if (op >= JOP_pop && op <= JOP_swap)
        shuffle(l);
    else if (op >= JOP_iadd && op <= JOP_ixor)
        calculate(l);
    else if (op == JOP_i2b || op == JOP_i2s)
        cast(l);
    else if (tc_jop_branches(op))
        branch(l);
    else
        return false;
    return true;
}
