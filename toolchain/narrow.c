#include "toolchain/narrow.h"

#include "toolchain/own.h"

static const char *const reasons[WHY_COUNT] = {
    [WHY_COMPARED] = "is compared",
    [WHY_DIVIDED] = "is divided or divides",
    [WHY_SHIFTED] = "is shifted right",
    [WHY_INDEX] = "is an array index",
    [WHY_SIZE] = "is the size of an array",
    [WHY_SWITCH] = "chooses a case",
    [WHY_INT] = "goes into an int",
};

static uint32_t web(const struct tc_narrow *n, uint32_t definition)
{
    return tc_web_of(n->flow, definition);
}

static bool fits(const struct tc_narrow *n, uint32_t definition)
{
    return tc_fits_short(n->flow->webs[web(n, definition)].range);
}

bool tc_is_int_value(const struct tc_narrow *n, uint32_t definition)
{
    uint32_t w = web(n, definition);
    return n->want_int[w] || (n->why[w] != WHY_NOT && !fits(n, w));
}

/* The three marks only ever grow, so repeating until calm ends. */
static bool mark_exact(struct tc_narrow *n, uint32_t definition,
                       enum tc_why why)
{
    uint32_t w = web(n, definition);
    if (n->why[w] != WHY_NOT)
        return false;
    n->why[w] = (uint8_t)why;
    return true;
}

static bool mark_int(struct tc_narrow *n, uint32_t definition, enum tc_why why)
{
    uint32_t w = web(n, definition);
    bool changed = mark_exact(n, w, why == WHY_NOT ? WHY_INT : why);
    if (n->want_int[w] || n->flow->webs[w].is_local)
        return changed;
    n->want_int[w] = true;
    return true;
}

static uint32_t top(const struct tc_flow *flow, size_t below)
{
    return tc_top(flow, below)->web;
}

/* An index or a size is one cell on the card, whatever --int says. */
static void need_short(struct tc_narrow *n, struct tc_flow *flow,
                       uint32_t index, size_t below, enum tc_why why)
{
    const struct tc_slot *slot = tc_top(flow, below);
    mark_exact(n, slot->web, why);
    if (tc_fits_short(slot->range))
        return;
    unsigned line = tc_flow_line(flow, index);
    n->last_line = line;
    tc_error(flow->env->diag, tc_source(flow->class), line,
             "this value may not fit in a short and %s, which has 16 bits on "
             "a card; write it with a cast: (short)(...)",
             reasons[why]);
    flow->failed = true;
}

static void seed_arguments(struct tc_narrow *n, struct tc_flow *flow,
                           uint32_t index)
{
    struct tc_member_ref ref;
    const struct tc_classfile *file = flow->class->file;
    uint16_t at = (uint16_t)flow->code->insns[index].a;
    if (!tc_pool_member(file, at, POOL_METHOD, &ref) &&
        !tc_pool_member(file, at, POOL_INTERFACE_METHOD, &ref))
        return;
    struct tc_signature *s = flow->scratch;
    if (tc_signature_read(ref.descriptor, s) != NULL)
        return;
    for (size_t i = 0; i < s->count; i++) {
        size_t below = s->count - 1 - i;
        enum tc_kind kind = s->parameters[i].kind;
        if (kind == KIND_INT)
            mark_int(n, top(flow, below), WHY_INT);
        bool is_byte = kind == KIND_BYTE || kind == KIND_BOOLEAN;
        if (!is_byte || tc_fits_byte(tc_top(flow, below)->range))
            continue;
        tc_error(flow->env->diag, tc_source(flow->class),
                 tc_flow_line(flow, index),
                 "argument %zu of %s is a byte, and the value may not fit; "
                 "cast it",
                 i + 1, ref.name);
        flow->failed = true;
    }
}

static void seed_field(struct tc_narrow *n, struct tc_flow *flow,
                       uint32_t index)
{
    struct tc_member_ref ref;
    uint16_t at = (uint16_t)flow->code->insns[index].a;
    if (tc_pool_member(flow->class->file, at, POOL_FIELD, &ref) &&
        ref.descriptor[0] == 'I')
        mark_int(n, top(flow, 0), WHY_INT);
}

/* What this instruction asks of its operands, whatever becomes of it. */
static void seed(void *context, struct tc_flow *flow, uint32_t index)
{
    struct tc_narrow *n = context;
    const struct tc_jinsn *i = &flow->code->insns[index];
    n->seen[index] = true;
    switch (i->op) {
    case JOP_iaload:
    case JOP_baload:
    case JOP_saload:
    case JOP_aaload:
        need_short(n, flow, index, 0, WHY_INDEX);
        return;
    case JOP_iastore:
        mark_int(n, top(flow, 0), WHY_INT);
        need_short(n, flow, index, 1, WHY_INDEX);
        return;
    case JOP_bastore:
    case JOP_sastore:
    case JOP_aastore:
        need_short(n, flow, index, 1, WHY_INDEX);
        return;
    case JOP_newarray:
    case JOP_anewarray:
        need_short(n, flow, index, 0, WHY_SIZE);
        return;
    case JOP_tableswitch:
    case JOP_lookupswitch:
        mark_exact(n, top(flow, 0), WHY_SWITCH);
        return;
    case JOP_ireturn:
        if (flow->signature->result.kind == KIND_INT)
            mark_int(n, top(flow, 0), WHY_INT);
        return;
    case JOP_putfield:
    case JOP_putstatic:
        seed_field(n, flow, index);
        return;
    case JOP_invokevirtual:
    case JOP_invokespecial:
    case JOP_invokestatic:
    case JOP_invokeinterface:
        seed_arguments(n, flow, index);
        return;
    case JOP_iload:
    case JOP_iinc:
        n->a[index] = flow->now.locals[i->a].web;
        return;
    default:
        break;
    }
    if (i->op == JOP_istore || i->op == JOP_ineg ||
        (i->op >= JOP_ifeq && i->op <= JOP_ifle))
        n->a[index] = top(flow, 0);
    bool two = (i->op >= JOP_iadd && i->op <= JOP_ixor && i->op != JOP_ineg) ||
               (i->op >= JOP_if_icmpeq && i->op <= JOP_if_icmple);
    if (two) {
        n->a[index] = top(flow, 1);
        n->b[index] = top(flow, 0);
    }
    if (i->op >= JOP_ifeq && i->op <= JOP_if_icmple)
        mark_exact(n, n->a[index], WHY_COMPARED);
    if (i->op >= JOP_if_icmpeq && i->op <= JOP_if_icmple)
        mark_exact(n, n->b[index], WHY_COMPARED);
    if (i->op == JOP_idiv || i->op == JOP_irem) {
        mark_exact(n, n->a[index], WHY_DIVIDED);
        mark_exact(n, n->b[index], WHY_DIVIDED);
    }
    if (i->op == JOP_ishr || i->op == JOP_iushr)
        mark_exact(n, n->a[index], WHY_SHIFTED);
}

static bool result_needs_int(const struct tc_narrow *n, uint32_t index)
{
    return n->why[web(n, index)] != WHY_NOT &&
           !tc_fits_short(n->flow->defined[index]);
}

static bool operands_need_int(const struct tc_narrow *n, uint32_t index)
{
    switch (n->flow->code->insns[index].op) {
    case JOP_ishr:
    case JOP_iushr:
        return !fits(n, n->a[index]);
    case JOP_idiv:
    case JOP_irem:
    case JOP_if_icmpeq:
    case JOP_if_icmpne:
    case JOP_if_icmplt:
    case JOP_if_icmpge:
    case JOP_if_icmpgt:
    case JOP_if_icmple:
        return !fits(n, n->a[index]) || !fits(n, n->b[index]);
    default:
        return false;
    }
}

/* Passes on what is now known of the results to the operands. */
static bool spread(struct tc_narrow *n, uint32_t index)
{
    uint8_t op = n->flow->code->insns[index].op;
    enum tc_why why = n->why[web(n, index)];
    if (op == JOP_iload)
        return why != WHY_NOT && mark_exact(n, n->a[index], why);
    if (op == JOP_istore) {
        if (tc_is_int_value(n, index))
            return mark_int(n, n->a[index], why);
        return why != WHY_NOT && mark_exact(n, n->a[index], why);
    }
    bool arithmetic = op >= JOP_iadd && op <= JOP_ixor;
    bool compares = op >= JOP_if_icmpeq && op <= JOP_if_icmple;
    if (!arithmetic && !compares)
        return false;
    if (compares)
        why = WHY_COMPARED;
    bool is_int = operands_need_int(n, index) ||
                  (arithmetic && result_needs_int(n, index));
    if (!is_int)
        return false;
    bool changed = !n->is_int_op[index];
    n->is_int_op[index] = true;
    changed |= mark_int(n, n->a[index], why);
    if (op != JOP_ineg)
        changed |= mark_int(n, n->b[index], why);
    return changed;
}

static void tell(struct tc_narrow *n, uint32_t index, const char *what)
{
    struct tc_flow *flow = n->flow;
    unsigned line = tc_flow_line(flow, index);
    enum tc_why why = n->why[web(n, index)];
    flow->failed = true;
    if (line != 0 && line == n->last_line)
        return;
    n->last_line = line;
    tc_error(flow->env->diag, tc_source(flow->class), line,
             "%s may not fit in a short, and its exact value counts: it %s; "
             "write (short)(...) around it if 16 bits are meant, or allow "
             "int with --int",
             what, reasons[why == WHY_NOT ? WHY_INT : why]);
}

static const char *operation(uint8_t op)
{
    switch (op) {
    case JOP_iadd:
        return "the result of +";
    case JOP_isub:
        return "the result of -";
    case JOP_imul:
        return "the result of *";
    case JOP_idiv:
        return "the result of /";
    case JOP_ineg:
        return "the result of the unary -";
    case JOP_ishl:
        return "the result of <<";
    case JOP_ishr:
        return "the result of >>";
    case JOP_iushr:
        return "the result of >>>";
    case JOP_iinc:
        return "this local variable";
    case JOP_bipush:
        return "this constant";
    default:
        return "this value";
    }
}

/* Names the definitions that no short can hold, not all that follow. */
static void check_definition(struct tc_narrow *n, uint32_t index)
{
    uint8_t op = n->flow->code->insns[index].op;
    bool copies = op == JOP_iload || op == JOP_istore;
    if (!n->flow->webs[index].is_defined || copies)
        return;
    if (result_needs_int(n, index))
        tell(n, index, operation(op));
}

/* Parameters have the size their type says. */
static void check_parameters(struct tc_narrow *n)
{
    struct tc_flow *flow = n->flow;
    size_t first = (flow->method->flags & ACC_STATIC) ? 0 : 1;
    for (size_t i = 0; i < flow->signature->count; i++) {
        uint32_t d = tc_parameter_definition(flow, (uint32_t)(first + i));
        enum tc_kind kind = flow->signature->parameters[i].kind;
        if (kind == KIND_INT)
            n->want_int[web(n, d)] = true;
        else if (kind != KIND_REFERENCE && tc_is_int_value(n, d)) {
            tc_error(flow->env->diag, tc_source(flow->class),
                     tc_flow_line(flow, 0),
                     "parameter %zu of %s is set to a value that may not fit; "
                     "use a local variable",
                     i + 1, flow->method->name);
            flow->failed = true;
        }
    }
}

static void allocate(struct tc_narrow *n)
{
    struct tc_arena *arena = n->flow->env->work;
    size_t insns = n->flow->code->count;
    n->why = tc_alloc_array(arena, n->flow->web_count, sizeof n->why[0]);
    n->want_int =
        tc_alloc_array(arena, n->flow->web_count, sizeof n->want_int[0]);
    n->is_int_op = tc_alloc_array(arena, insns, sizeof n->is_int_op[0]);
    n->a = tc_alloc_array(arena, insns, sizeof n->a[0]);
    n->b = tc_alloc_array(arena, insns, sizeof n->b[0]);
    n->seen = tc_alloc_array(arena, insns, sizeof n->seen[0]);
}

bool tc_narrow_run(struct tc_narrow *n, struct tc_flow *flow)
{
    *n = (struct tc_narrow){.flow = flow};
    allocate(n);
    tc_flow_walk(flow, seed, n);
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = (uint32_t)flow->code->count; i-- > 0;)
            if (n->seen[i])
                changed |= spread(n, i);
        check_parameters(n);
    }
    bool any_int = false;
    for (uint32_t i = 0; i < flow->code->count; i++) {
        if (!n->seen[i])
            continue;
        any_int |= n->is_int_op[i] ||
                   (flow->webs[i].is_defined && tc_is_int_value(n, i));
        if (!flow->env->options->allow_int)
            check_definition(n, i);
    }
    flow->env->uses_int |= any_int && flow->env->options->allow_int;
    return !flow->failed;
}
