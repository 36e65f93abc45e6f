#include "toolchain/layout.h"

static bool is_short_local(const struct tc_insn *i, enum tc_op op,
                           enum tc_op op_0)
{
    return i->op == op || (i->op >= op_0 && i->op <= op_0 + 3u);
}

static bool short_constant(const struct tc_insn *i, int32_t *value)
{
    if (i->op >= OP_sconst_m1 && i->op <= OP_sconst_5)
        *value = i->op - OP_sconst_0;
    else if (i->op == OP_bspush || i->op == OP_sspush)
        *value = i->a;
    else
        return false;
    return true;
}

static void remove_insn(struct tc_insn *i)
{
    i->op = OP_REMOVED;
    i->ref = NULL;
}

/* sload n, constant, sadd, sstore n: the same as sinc n. */
static void fuse_increment(struct tc_insn *i)
{
    int32_t value = 0;
    if (!is_short_local(&i[0], OP_sload, OP_sload_0) ||
        !short_constant(&i[1], &value) ||
        !is_short_local(&i[3], OP_sstore, OP_sstore_0) || i[0].a != i[3].a)
        return;
    if (i[1].is_target || i[2].is_target || i[3].is_target)
        return;
    if (i[2].op == OP_ssub)
        value = -value;
    else if (i[2].op != OP_sadd)
        return;
    if (value > INT16_MAX)
        return;
    bool narrow = value >= INT8_MIN && value <= INT8_MAX;
    i[0].op = narrow ? OP_sinc : OP_sinc_w;
    i[0].b = value;
    for (int k = 1; k < 4; k++)
        remove_insn(&i[k]);
}

static bool jumps_to_next(const struct tc_body *body, size_t index)
{
    const struct tc_insn *i = &body->insns[index];
    if (i->op != OP_goto || i->target <= index)
        return false;
    for (size_t k = index + 1; k < i->target; k++)
        if (body->insns[k].op != OP_REMOVED)
            return false;
    return true;
}

void tc_peephole(struct tc_body *body)
{
    for (size_t i = 0; i + 3 < body->count; i++)
        fuse_increment(&body->insns[i]);
    for (size_t i = 0; i < body->count; i++)
        if (jumps_to_next(body, i))
            remove_insn(&body->insns[i]);
}
