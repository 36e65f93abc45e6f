#include "toolchain/layout.h"

#include <assert.h>

enum { CODE_MAX = 32767 };

uint32_t tc_offset_of(const struct tc_body *body, uint32_t index)
{
    return index < body->count ? body->insns[index].offset
                               : (uint32_t)body->code.n;
}

static bool is_this_form(uint16_t op)
{
    return (op >= OP_getfield_a_this && op <= OP_getfield_i_this) ||
           (op >= OP_putfield_a_this && op <= OP_putfield_i_this);
}

static bool is_far_field(const struct tc_insn *i)
{
    uint8_t format = tc_op_info(i->op)->format;
    return format == FORMAT_REF1 && i->ref->index > UINT8_MAX;
}

static uint32_t length_of(const struct tc_insn *i)
{
    if (!is_far_field(i))
        return tc_insn_length(i);
    if (i->op >= OP_putfield_a_this && i->op <= OP_putfield_i_this)
        return 3 + 1 + 2; /* aload_0, swap_x, the wide form */
    return is_this_form(i->op) ? 3 + 1 : 3;
}

static uint32_t place(struct tc_body *body)
{
    uint32_t at = 0;
    for (size_t i = 0; i < body->count; i++) {
        body->insns[i].offset = at;
        at += length_of(&body->insns[i]);
    }
    return at;
}

static int32_t distance(const struct tc_body *body, const struct tc_insn *i)
{
    return (int32_t)body->insns[i->target].offset - (int32_t)i->offset;
}

/* ifeq .. if_scmple and goto each have a wide form at a fixed distance. */
static uint16_t wide_form(uint16_t op)
{
    return (uint16_t)(op + (OP_ifeq_w - OP_ifeq));
}

/* Widening moves what follows, so this is repeated until nothing widens. */
static bool widen_branches(struct tc_body *body)
{
    bool changed = false;
    for (size_t k = 0; k < body->count; k++) {
        struct tc_insn *i = &body->insns[k];
        if (tc_op_info(i->op)->format != FORMAT_BRANCH1)
            continue;
        int32_t d = distance(body, i);
        if (d >= INT8_MIN && d <= INT8_MAX)
            continue;
        i->op = wide_form(i->op);
        changed = true;
    }
    return changed;
}

static void put_switch(const struct tc_body *body, const struct tc_insn *i,
                       struct tc_bytes *out)
{
    const struct tc_jswitch *t = i->table;
    uint8_t format = tc_op_info(i->op)->format;
    bool is_table = format == FORMAT_STABLE || format == FORMAT_ITABLE;
    bool is_int = format == FORMAT_ITABLE || format == FORMAT_ILOOKUP;
    uint32_t from = i->offset;
    tc_put2(out, body->insns[body->first_of[t->otherwise]].offset - from);
    if (is_table && is_int) {
        tc_put4(out, (uint32_t)t->keys[0]);
        tc_put4(out, (uint32_t)t->keys[t->count - 1]);
    } else if (is_table) {
        tc_put2(out, (uint32_t)t->keys[0]);
        tc_put2(out, (uint32_t)t->keys[t->count - 1]);
    } else {
        tc_put2(out, (uint32_t)t->count);
    }
    for (size_t k = 0; k < t->count; k++) {
        if (!is_table && is_int)
            tc_put4(out, (uint32_t)t->keys[k]);
        else if (!is_table)
            tc_put2(out, (uint32_t)t->keys[k]);
        tc_put2(out, body->insns[body->first_of[t->targets[k]]].offset - from);
    }
}

static void put_far_field(const struct tc_insn *i, struct tc_bytes *out)
{
    uint16_t op = i->op;
    unsigned wide = 0;
    if (op >= OP_putfield_a_this && op <= OP_putfield_i_this) {
        bool is_int = op == OP_putfield_i_this;
        tc_put1(out, OP_aload_0);
        tc_put1(out, OP_swap_x);
        tc_put1(out, is_int ? 0x12 : 0x11);
        wide = (unsigned)(OP_putfield_a_w + op - OP_putfield_a_this);
    } else if (op >= OP_getfield_a_this && op <= OP_getfield_i_this) {
        tc_put1(out, OP_aload_0);
        wide = (unsigned)(OP_getfield_a_w + op - OP_getfield_a_this);
    } else if (op >= OP_putfield_a) {
        wide = (unsigned)(OP_putfield_a_w + op - OP_putfield_a);
    } else {
        wide = (unsigned)(OP_getfield_a_w + op - OP_getfield_a);
    }
    tc_put1(out, wide);
    tc_put2(out, i->ref->index);
}

static void put_operands(const struct tc_body *body, const struct tc_insn *i,
                         struct tc_bytes *out)
{
    uint32_t ref = i->ref == NULL ? 0 : i->ref->index;
    switch (tc_op_info(i->op)->format) {
    case FORMAT_NONE:
        return;
    case FORMAT_S1:
    case FORMAT_U1:
        tc_put1(out, (uint32_t)i->a);
        return;
    case FORMAT_S2:
        tc_put2(out, (uint32_t)i->a);
        return;
    case FORMAT_S4:
        tc_put4(out, (uint32_t)i->a);
        return;
    case FORMAT_U1S1:
        tc_put1(out, (uint32_t)i->a);
        tc_put1(out, (uint32_t)i->b);
        return;
    case FORMAT_U1S2:
        tc_put1(out, (uint32_t)i->a);
        tc_put2(out, (uint32_t)i->b);
        return;
    case FORMAT_BRANCH1:
        tc_put1(out, (uint32_t)distance(body, i));
        return;
    case FORMAT_BRANCH2:
        tc_put2(out, (uint32_t)distance(body, i));
        return;
    case FORMAT_REF1:
        tc_put1(out, ref);
        return;
    case FORMAT_REF2:
        tc_put2(out, ref);
        return;
    case FORMAT_INTERFACE:
        tc_put1(out, (uint32_t)i->a);
        tc_put2(out, ref);
        tc_put1(out, (uint32_t)i->b);
        return;
    case FORMAT_TYPE:
        tc_put1(out, (uint32_t)i->a);
        tc_put2(out, ref);
        return;
    default:
        put_switch(body, i, out);
    }
}

/* The far form of putfield_x_this lifts the stack by one cell. */
static void make_room(struct tc_body *body)
{
    for (size_t i = 0; i < body->count; i++)
        if (is_far_field(&body->insns[i])) {
            body->max_stack++;
            return;
        }
}

const char *tc_layout(struct tc_arena *arena, struct tc_body *body)
{
    uint32_t length = place(body);
    while (widen_branches(body))
        length = place(body);
    if (length > CODE_MAX)
        return "its code is above 32767 bytes";
    make_room(body);
    body->code = (struct tc_bytes){.arena = arena};
    for (size_t i = 0; i < body->count; i++) {
        const struct tc_insn *insn = &body->insns[i];
        assert(body->code.n == insn->offset);
        if (insn->op == OP_REMOVED)
            continue;
        if (is_far_field(insn)) {
            put_far_field(insn, &body->code);
            continue;
        }
        tc_put1(&body->code, insn->op);
        put_operands(body, insn, &body->code);
    }
    return NULL;
}
