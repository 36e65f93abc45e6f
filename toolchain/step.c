/* One instruction's effect on the stack and the locals. */
#include <string.h>

#include "toolchain/flow.h"
#include "toolchain/own.h"

struct step {
    struct tc_flow *flow;
    struct tc_state *state;
    uint32_t index;
    const struct tc_jinsn *insn;
    bool ok;
};

static void fail(struct step *s, const char *what)
{
    s->ok = false;
    tc_flow_malformed(s->flow, s->index, what);
}

static struct tc_slot pop_any(struct step *s)
{
    struct tc_slot none = {SLOT_NONE, 0, {0, 0}, 0};
    if (!s->ok)
        return none;
    if (s->state->depth == 0) {
        fail(s, "the stack is empty");
        return none;
    }
    return s->state->stack[--s->state->depth];
}

static struct tc_slot pop(struct step *s, enum tc_slot_kind kind)
{
    struct tc_slot slot = pop_any(s);
    if (s->ok && slot.kind != kind)
        fail(s, "a value on the stack has the wrong kind");
    if (s->ok && s->flow->is_counting)
        s->flow->webs[tc_web_of(s->flow, slot.web)].uses++;
    return slot;
}

static void push_slot(struct step *s, struct tc_slot slot)
{
    if (!s->ok)
        return;
    if (s->state->depth >= s->flow->code->max_stack) {
        fail(s, "the stack overflows");
        return;
    }
    s->state->stack[s->state->depth++] = slot;
}

/* A new value, defined by this instruction. */
static struct tc_slot define(struct step *s, enum tc_slot_kind kind,
                             struct tc_range range)
{
    struct tc_web *web = &s->flow->webs[s->index];
    struct tc_range *defined = &s->flow->defined[s->index];
    *defined = web->is_defined ? tc_range_join(*defined, range) : range;
    web->is_defined = true;
    return (struct tc_slot){(uint8_t)kind, s->index, range, 0};
}

static void push_int(struct step *s, int32_t low, int32_t high)
{
    if (s->ok)
        push_slot(s, define(s, SLOT_INT, tc_range_of(low, high)));
}

static void push_reference(struct step *s)
{
    if (s->ok)
        push_slot(s, define(s, SLOT_REFERENCE, tc_range_of(0, 0)));
}

static void push_type(struct step *s, const struct tc_type *type)
{
    switch (type->kind) {
    case KIND_VOID:
        return;
    case KIND_REFERENCE:
        push_reference(s);
        return;
    case KIND_INT:
        push_int(s, INT32_MIN, INT32_MAX);
        return;
    case KIND_SHORT:
        push_int(s, INT16_MIN, INT16_MAX);
        return;
    default:
        push_int(s, INT8_MIN, INT8_MAX);
        return;
    }
}

static void pop_type(struct step *s, const struct tc_type *type)
{
    pop(s, type->kind == KIND_REFERENCE ? SLOT_REFERENCE : SLOT_INT);
}

static struct tc_slot *local(struct step *s)
{
    if (s->insn->a >= s->flow->code->max_locals) {
        fail(s, "a local is out of range");
        return NULL;
    }
    return &s->state->locals[s->insn->a];
}

static void load(struct step *s, enum tc_slot_kind kind)
{
    struct tc_slot *l = local(s);
    if (l == NULL)
        return;
    if (l->kind != kind) {
        fail(s, "a local is read that holds no such value");
        return;
    }
    struct tc_slot slot = define(s, kind, l->range);
    slot.source = (uint32_t)s->insn->a + 1;
    push_slot(s, slot);
}

/* What was loaded from a local is no longer what it holds. */
static void overwritten(const struct step *s)
{
    for (size_t i = 0; i < s->state->depth; i++)
        if (s->state->stack[i].source == (uint32_t)s->insn->a + 1)
            s->state->stack[i].source = 0;
}

/* What an astore takes may also be the address that a jsr left. */
static enum tc_slot_kind stored_kind(const struct step *s)
{
    const struct tc_state *at = s->state;
    if (s->insn->op == JOP_istore)
        return SLOT_INT;
    bool address =
        at->depth > 0 && at->stack[at->depth - 1].kind == SLOT_ADDRESS;
    return address ? SLOT_ADDRESS : SLOT_REFERENCE;
}

static void store(struct step *s)
{
    enum tc_slot_kind kind = stored_kind(s);
    struct tc_slot from = pop(s, kind);
    struct tc_slot *l = local(s);
    if (!s->ok || l == NULL)
        return;
    overwritten(s);
    *l = define(s, kind, from.range);
    s->flow->webs[s->index].is_local = true;
}

static void increment(struct step *s)
{
    struct tc_slot *l = local(s);
    if (l == NULL)
        return;
    if (l->kind != SLOT_INT) {
        fail(s, "iinc of a local that is no int");
        return;
    }
    struct tc_range by = tc_range_of(s->insn->b, s->insn->b);
    uint32_t old = l->web;
    overwritten(s);
    *l = define(s, SLOT_INT, tc_range_binary(JOP_iadd, l->range, by));
    s->flow->webs[s->index].is_local = true;
    tc_web_unite(s->flow, old, s->index);
}

static void load_element(struct step *s)
{
    static const struct tc_range ranges[] = {
        [JOP_iaload - JOP_iaload] = {INT32_MIN, INT32_MAX},
        [JOP_baload - JOP_iaload] = {INT8_MIN, INT8_MAX},
        [JOP_saload - JOP_iaload] = {INT16_MIN, INT16_MAX},
    };
    pop(s, SLOT_INT);
    pop(s, SLOT_REFERENCE);
    if (s->insn->op == JOP_aaload) {
        push_reference(s);
        return;
    }
    struct tc_range r = ranges[s->insn->op - JOP_iaload];
    push_int(s, r.low, r.high);
}

static void store_element(struct step *s)
{
    pop(s, s->insn->op == JOP_aastore ? SLOT_REFERENCE : SLOT_INT);
    pop(s, SLOT_INT);
    pop(s, SLOT_REFERENCE);
}

/*
 * dup, swap and their like: takes `taken` slots and pushes some of them back,
 * as `order` says, counting from the deepest taken.
 */
static void shuffle(struct step *s, size_t taken, const char *order)
{
    struct tc_slot slots[4];
    for (size_t i = taken; i-- > 0;) {
        slots[i] = pop_any(s);
        if (!s->ok)
            return;
        s->flow->webs[tc_web_of(s->flow, slots[i].web)].is_shuffled = true;
    }
    for (; *order != '\0'; order++)
        push_slot(s, slots[*order - '0']);
}

static void shuffle_stack(struct step *s)
{
    static const struct {
        uint8_t taken;
        const char *order;
    } how[] = {
        [JOP_pop - JOP_pop] = {1, ""},
        [JOP_pop2 - JOP_pop] = {2, ""},
        [JOP_dup - JOP_pop] = {1, "00"},
        [JOP_dup_x1 - JOP_pop] = {2, "101"},
        [JOP_dup_x2 - JOP_pop] = {3, "2012"},
        [JOP_dup2 - JOP_pop] = {2, "0101"},
        [JOP_dup2_x1 - JOP_pop] = {3, "12012"},
        [JOP_dup2_x2 - JOP_pop] = {4, "230123"},
        [JOP_swap - JOP_pop] = {2, "10"},
    };
    shuffle(s, how[s->insn->op - JOP_pop].taken,
            how[s->insn->op - JOP_pop].order);
}

static void binary(struct step *s)
{
    struct tc_slot b = pop(s, SLOT_INT);
    struct tc_slot a = pop(s, SLOT_INT);
    if (!s->ok)
        return;
    struct tc_range r = tc_range_binary(s->insn->op, a.range, b.range);
    push_int(s, r.low, r.high);
}

static void negate(struct step *s)
{
    struct tc_slot a = pop(s, SLOT_INT);
    struct tc_range r = tc_range_binary(JOP_isub, tc_range_of(0, 0), a.range);
    push_int(s, r.low, r.high);
}

static void narrow(struct step *s)
{
    struct tc_slot a = pop(s, SLOT_INT);
    bool byte = s->insn->op == JOP_i2b;
    struct tc_range all = byte ? tc_range_of(INT8_MIN, INT8_MAX)
                               : tc_range_of(INT16_MIN, INT16_MAX);
    bool fits = tc_range_within(a.range, all.low, all.high);
    struct tc_range r = fits ? a.range : all;
    push_int(s, r.low, r.high);
}

static void field(struct step *s)
{
    struct tc_member_ref ref;
    if (!tc_pool_member(s->flow->class->file, (uint16_t)s->insn->a, POOL_FIELD,
                        &ref)) {
        fail(s, "a field constant is wrong");
        return;
    }
    struct tc_type type;
    const char *text = ref.descriptor;
    if (tc_type_take(&text, &type) != NULL || type.kind == KIND_VOID) {
        fail(s, "a field's type is wrong");
        return;
    }
    uint8_t op = s->insn->op;
    if (op == JOP_putfield || op == JOP_putstatic)
        pop_type(s, &type);
    if (op == JOP_putfield || op == JOP_getfield)
        pop(s, SLOT_REFERENCE);
    if (op == JOP_getfield || op == JOP_getstatic)
        push_type(s, &type);
}

static bool called(struct step *s, struct tc_member_ref *ref)
{
    const struct tc_classfile *file = s->flow->class->file;
    uint16_t at = (uint16_t)s->insn->a;
    if (s->insn->op == JOP_invokeinterface)
        return tc_pool_member(file, at, POOL_INTERFACE_METHOD, ref);
    return tc_pool_member(file, at, POOL_METHOD, ref) ||
           tc_pool_member(file, at, POOL_INTERFACE_METHOD, ref);
}

static void invoke(struct step *s)
{
    struct tc_member_ref ref;
    struct tc_signature *signature = s->flow->scratch;
    if (!called(s, &ref)) {
        fail(s, "a method constant is wrong");
        return;
    }
    if (tc_signature_read(ref.descriptor, signature) != NULL) {
        fail(s, "a method's type is wrong");
        return;
    }
    for (size_t i = signature->count; i-- > 0;)
        pop_type(s, &signature->parameters[i]);
    if (s->insn->op != JOP_invokestatic)
        pop(s, SLOT_REFERENCE);
    push_type(s, &signature->result);
}

static void return_value(struct step *s, enum tc_slot_kind kind)
{
    enum tc_kind declared = s->flow->signature->result.kind;
    bool is_reference = declared == KIND_REFERENCE;
    pop(s, kind);
    if (declared == KIND_VOID || is_reference != (kind == SLOT_REFERENCE))
        fail(s, "a return does not fit the method");
}

static void enter_subroutine(struct step *s)
{
    struct tc_range entry = tc_range_of(s->insn->a, s->insn->a);
    push_slot(s, define(s, SLOT_ADDRESS, entry));
}

static void leave_subroutine(struct step *s)
{
    const struct tc_slot *l = local(s);
    if (l != NULL && l->kind != SLOT_ADDRESS)
        fail(s, "a ret finds no address of a jsr");
}

static void step_branch(struct step *s)
{
    uint8_t op = s->insn->op;
    if (op == JOP_jsr) {
        enter_subroutine(s);
        return;
    }
    if (op == JOP_goto)
        return;
    bool reference = op == JOP_ifnull || op == JOP_ifnonnull ||
                     op == JOP_if_acmpeq || op == JOP_if_acmpne;
    bool two = op >= JOP_if_icmpeq && op <= JOP_if_acmpne;
    pop(s, reference ? SLOT_REFERENCE : SLOT_INT);
    if (two)
        pop(s, reference ? SLOT_REFERENCE : SLOT_INT);
}

static void step_other(struct step *s)
{
    switch (s->insn->op) {
    case JOP_nop:
        return;
    case JOP_aconst_null:
    case JOP_new:
        push_reference(s);
        return;
    case JOP_bipush:
        push_int(s, s->insn->a, s->insn->a);
        return;
    case JOP_newarray:
    case JOP_anewarray:
        pop(s, SLOT_INT);
        push_reference(s);
        return;
    case JOP_arraylength:
        pop(s, SLOT_REFERENCE);
        push_int(s, 0, INT16_MAX);
        return;
    case JOP_athrow:
        pop(s, SLOT_REFERENCE);
        return;
    case JOP_checkcast:
        pop(s, SLOT_REFERENCE);
        push_reference(s);
        return;
    case JOP_instanceof:
        pop(s, SLOT_REFERENCE);
        push_int(s, 0, 1);
        return;
    case JOP_tableswitch:
    case JOP_lookupswitch:
        pop(s, SLOT_INT);
        return;
    case JOP_ret:
        leave_subroutine(s);
        return;
    case JOP_return:
        if (s->flow->signature->result.kind != KIND_VOID)
            fail(s, "a return does not fit the method");
        return;
    default:
        fail(s, "an instruction is not possible here");
    }
}

static void step_arithmetic(struct step *s)
{
    if (s->insn->op == JOP_iinc)
        increment(s);
    else if (s->insn->op == JOP_ineg)
        negate(s);
    else if (s->insn->op == JOP_i2b || s->insn->op == JOP_i2s)
        narrow(s);
    else
        binary(s);
}

static void step_local(struct step *s)
{
    switch (s->insn->op) {
    case JOP_iload:
        load(s, SLOT_INT);
        return;
    case JOP_aload:
        load(s, SLOT_REFERENCE);
        return;
    default:
        store(s);
    }
}

static void store_other(struct step *s, size_t cells)
{
    size_t at = (size_t)s->insn->a;
    if (at + cells > s->flow->code->max_locals) {
        fail(s, "a local is out of range");
        return;
    }
    struct tc_slot other = define(s, SLOT_OTHER, tc_range_of(0, 0));
    for (size_t i = 0; i < cells; i++)
        s->state->locals[at + i] = other;
}

/* Of an instruction that a card cannot have; it is told of when lowered. */
static void apply_effect(struct step *s)
{
    for (const char *c = s->insn->effect; *c != '\0' && s->ok; c++) {
        if (*c == 'p')
            pop_any(s);
        else if (*c == 'i')
            push_int(s, INT8_MIN, INT8_MAX); /* no more to tell of it */
        else if (*c == 'a')
            push_reference(s);
        else if (*c == 'o')
            push_slot(s, define(s, SLOT_OTHER, tc_range_of(0, 0)));
        else
            store_other(s, *c == 'W' ? 2 : 1);
    }
}

static void step(struct step *s)
{
    uint8_t op = s->insn->op;
    if (s->insn->refused != NULL) {
        apply_effect(s);
        return;
    }
    if (op == JOP_iload || op == JOP_aload || op == JOP_istore ||
        op == JOP_astore)
        step_local(s);
    else if (op >= JOP_iaload && op <= JOP_saload)
        load_element(s);
    else if (op >= JOP_iastore && op <= JOP_sastore)
        store_element(s);
    else if (op >= JOP_pop && op <= JOP_swap)
        shuffle_stack(s);
    else if (op >= JOP_iadd && op <= JOP_i2s)
        step_arithmetic(s);
    else if (tc_jop_branches(op))
        step_branch(s);
    else if (op == JOP_ireturn)
        return_value(s, SLOT_INT);
    else if (op == JOP_areturn)
        return_value(s, SLOT_REFERENCE);
    else if (op >= JOP_getstatic && op <= JOP_putfield)
        field(s);
    else if (op >= JOP_invokevirtual && op <= JOP_invokeinterface)
        invoke(s);
    else
        step_other(s);
}

bool tc_flow_step(struct tc_flow *flow, struct tc_state *state, uint32_t index)
{
    struct step s = {flow, state, index, &flow->code->insns[index], true};
    step(&s);
    return s.ok;
}
