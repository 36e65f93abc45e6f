#include "toolchain/lower.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "toolchain/members.h"
#include "toolchain/own.h"

enum { CELLS_MAX = 255 };
static const uint32_t NOT_YET = UINT32_MAX;

void tc_lower_error(struct tc_lower *l, const char *format, ...)
{
    char text[500];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tc_error(l->env->diag, tc_source(l->class), tc_flow_line(l->flow, l->index),
             "%s", text);
    l->failed = true;
}

void tc_lower_here(struct tc_lower *l)
{
    l->env->at =
        (struct tc_place){tc_source(l->class), tc_flow_line(l->flow, l->index)};
}

void tc_lower_adjust(struct tc_lower *l, int cells)
{
    l->depth = (unsigned)((int)l->depth + cells);
    if (l->depth > l->body->max_stack)
        l->body->max_stack = l->depth;
}

struct tc_insn *tc_emit(struct tc_lower *l, enum tc_op op, int32_t a, int32_t b)
{
    struct tc_body *body = l->body;
    const struct tc_op_info *info = tc_op_info((uint16_t)op);
    body->insns =
        tc_grow(l->env->arena, body->insns, body->count, sizeof body->insns[0]);
    struct tc_insn *i = &body->insns[body->count++];
    *i = (struct tc_insn){.op = (uint16_t)op, .a = a, .b = b, .from = l->index};
    tc_lower_adjust(l, (int)info->pushes - (int)info->pops);
    return i;
}

struct tc_insn *tc_emit_ref(struct tc_lower *l, enum tc_op op,
                            struct tc_pool_ref *ref)
{
    struct tc_insn *i = tc_emit(l, op, 0, 0);
    i->ref = ref;
    return i;
}

void tc_emit_branch(struct tc_lower *l, enum tc_op op, uint32_t target)
{
    tc_emit(l, op, 0, 0)->target = target;
}

void tc_emit_constant(struct tc_lower *l, int32_t value, bool is_int)
{
    bool small = value >= -1 && value <= 5;
    if (!is_int)
        value = (int16_t)value;
    small |= value >= -1 && value <= 5;
    bool byte = value >= INT8_MIN && value <= INT8_MAX;
    if (is_int && small)
        tc_emit(l, (enum tc_op)(OP_iconst_0 + value), 0, 0);
    else if (is_int && byte)
        tc_emit(l, OP_bipush, value, 0);
    else if (is_int && value >= INT16_MIN && value <= INT16_MAX)
        tc_emit(l, OP_sipush, value, 0);
    else if (is_int)
        tc_emit(l, OP_iipush, value, 0);
    else if (small)
        tc_emit(l, (enum tc_op)(OP_sconst_0 + value), 0, 0);
    else
        tc_emit(l, byte ? OP_bspush : OP_sspush, value, 0);
}

static unsigned width(const struct tc_lower *l, const struct tc_slot *slot)
{
    if (slot->kind == SLOT_INT)
        return tc_is_int_value(l->narrow, slot->web) ? 2 : 1;
    bool implicit =
        slot->web < l->flow->code->count && l->is_implicit[slot->web];
    return implicit ? 0 : 1;
}

bool tc_lower_is_int(const struct tc_lower *l, size_t below)
{
    return tc_is_int_value(l->narrow, tc_top(l->flow, below)->web);
}

unsigned tc_lower_width(const struct tc_lower *l, size_t below)
{
    return width(l, tc_top(l->flow, below));
}

static void swap_cells(struct tc_lower *l, unsigned m, unsigned n)
{
    tc_emit(l, OP_swap_x, (int32_t)(m << 4 | n), 0);
}

void tc_lower_want(struct tc_lower *l, size_t below, bool is_int)
{
    bool have = tc_lower_is_int(l, below);
    if (have == is_int)
        return;
    enum tc_op op = is_int ? OP_s2i : OP_i2s;
    if (below == 0) {
        tc_emit(l, op, 0, 0);
        return;
    }
    if (below > 1) {
        tc_lower_error(l, "this expression mixes int and short too deeply; "
                          "put the parts in local variables");
        return;
    }
    unsigned above = tc_lower_width(l, 0);
    swap_cells(l, above, have ? 2 : 1);
    tc_emit(l, op, 0, 0);
    swap_cells(l, is_int ? 2 : 1, above);
}

void tc_lower_result(struct tc_lower *l, bool is_int)
{
    bool wanted = tc_is_int_value(l->narrow, l->index);
    if (wanted != is_int)
        tc_emit(l, wanted ? OP_s2i : OP_i2s, 0, 0);
}

/* Where the code after unreachable parts stands. */
static void close_gaps(struct tc_body *body, size_t java_count)
{
    uint32_t next = (uint32_t)body->count;
    for (size_t i = java_count + 1; i-- > 0;) {
        if (body->first_of[i] == NOT_YET)
            body->first_of[i] = next;
        next = body->first_of[i];
    }
}

static void lower_one(void *context, struct tc_flow *flow, uint32_t index)
{
    struct tc_lower *l = context;
    l->index = index;
    l->insn = &flow->code->insns[index];
    l->body->first_of[index] = (uint32_t)l->body->count;
    l->depth = 0;
    for (size_t i = 0; i < flow->now.depth; i++)
        l->depth += width(l, &flow->now.stack[i]);
    tc_lower_adjust(l, 0);
    if (l->is_implicit[index])
        return;
    if (l->insn->refused == NULL && !tc_lower_calculation(l) &&
        !tc_lower_reference(l))
        tc_lower_error(l, "this instruction has no counterpart on a card");
}

/* What can be reached of that which a card cannot have. */
static void tell_refused(void *context, struct tc_flow *flow, uint32_t index)
{
    struct tc_lower *l = context;
    const char *why = flow->code->insns[index].refused;
    l->index = index;
    if (why != NULL)
        tc_lower_error(l, "%s", why);
}

static bool sets_this(const struct tc_jcode *code)
{
    for (size_t i = 0; i < code->count; i++)
        if (code->insns[i].op == JOP_astore && code->insns[i].a == 0)
            return true;
    return false;
}

/* Is this the call of another constructor on `this`? */
static bool initialises_this(const struct tc_flow *flow, uint32_t index)
{
    struct tc_member_ref ref;
    struct tc_signature *s = flow->scratch;
    uint16_t at = (uint16_t)flow->code->insns[index].a;
    if (!tc_pool_member(flow->class->file, at, POOL_METHOD, &ref) ||
        strcmp(ref.name, "<init>") != 0 ||
        tc_signature_read(ref.descriptor, s) != NULL)
        return false;
    uint32_t d = tc_top(flow, s->count)->web;
    return d < flow->code->count && flow->code->insns[d].op == JOP_aload &&
           flow->code->insns[d].a == 0;
}

/*
 * getfield_x_this takes the object from local 0: the aload_0 that fetched it
 * goes, if nothing else sees its value.  A constructor's object is no `this`
 * before the superclass's constructor ran: old verifiers insist.
 */
static void find_implicit(void *context, struct tc_flow *flow, uint32_t index)
{
    struct tc_lower *l = context;
    uint8_t op = flow->code->insns[index].op;
    if (op == JOP_invokespecial && initialises_this(flow, index))
        l->this_is_ready = true;
    if (!l->this_is_ready || (op != JOP_getfield && op != JOP_putfield))
        return;
    uint32_t d = tc_top(flow, op == JOP_getfield ? 0 : 1)->web;
    const struct tc_web *web = &flow->webs[d];
    if (d >= flow->code->count || tc_web_of(flow, d) != d || web->size != 1 ||
        web->uses != 1 || web->is_shuffled)
        return;
    const struct tc_jinsn *load = &flow->code->insns[d];
    l->is_implicit[d] = load->op == JOP_aload && load->a == 0;
}

static void place_parameters(struct tc_lower *l)
{
    const struct tc_signature *s = l->flow->signature;
    size_t local = 0;
    unsigned cell = 0;
    for (size_t i = 0; i < TC_LOCALS_MAX; i++) {
        l->parameter_cell[i] = -1;
        l->cell[0][i] = -1;
        l->cell[1][i] = -1;
    }
    if ((l->method->flags & ACC_STATIC) == 0)
        l->parameter_cell[local++] = (int)cell++;
    for (size_t i = 0; i < s->count; i++, local++) {
        l->parameter_cell[local] = (int)cell;
        l->parameter_is_int[local] = s->parameters[i].kind == KIND_INT;
        cell += tc_type_cells(&s->parameters[i]);
    }
    l->body->nargs = cell;
    l->next_cell = cell;
}

/* Handlers must stand in the order of the code [JCVM 6.10.1]. */
static uint32_t in_order(struct tc_lower *l, uint32_t target, uint32_t last)
{
    if (target >= last)
        return target;
    tc_emit_branch(l, OP_goto, target);
    return (uint32_t)l->body->count - 1;
}

static void lower_handlers(struct tc_lower *l)
{
    const struct tc_jcode *code = l->flow->code;
    struct tc_body *body = l->body;
    uint32_t last = 0;
    body->tries = tc_alloc_array(l->env->arena, code->handler_count,
                                 sizeof body->tries[0]);
    for (size_t i = 0; i < code->handler_count; i++) {
        const struct tc_jhandler *h = &code->handlers[i];
        struct tc_try t = {body->first_of[h->start], body->first_of[h->end],
                           body->first_of[h->target], NULL};
        if (t.start >= t.end)
            continue;
        l->index = h->target;
        if (h->catch_type != NULL) {
            tc_lower_here(l);
            struct tc_class *c = tc_lower_class(l, h->catch_type);
            if (c == NULL)
                continue;
            t.catch_type = tc_pool_add_class(l->pool, c);
            t.catch_type->is_caught = true;
        }
        t.target = in_order(l, t.target, last);
        last = t.target;
        body->tries[body->try_count++] = t;
    }
}

/* A subroutine that never returns may be all that is left of the code. */
static void close_jsr(struct tc_lower *l)
{
    struct tc_body *body = l->body;
    if (body->count > 0 && body->insns[body->count - 1].op == OP_jsr)
        tc_emit_branch(l, OP_goto, (uint32_t)body->count - 1);
}

static void resolve_targets(struct tc_lower *l, size_t lowered)
{
    struct tc_body *body = l->body;
    for (size_t i = 0; i < body->count; i++) {
        struct tc_insn *insn = &body->insns[i];
        uint8_t format = tc_op_info(insn->op)->format;
        if (format == FORMAT_BRANCH1 || insn->op == OP_jsr) {
            if (i < lowered) /* what stands behind has its place already */
                insn->target = body->first_of[insn->target];
            body->insns[insn->target].is_target = true;
        }
        for (size_t k = 0; insn->table != NULL && k < insn->table->count; k++)
            body->insns[body->first_of[insn->table->targets[k]]].is_target =
                true;
        if (insn->table != NULL)
            body->insns[body->first_of[insn->table->otherwise]].is_target =
                true;
    }
    for (size_t i = 0; i < body->try_count; i++)
        body->insns[body->tries[i].target].is_target = true;
}

static void lower_code(struct tc_lower *l)
{
    size_t n = l->flow->code->count;
    struct tc_body *body = l->body;
    body->java = l->flow->code;
    body->first_of =
        tc_alloc_array(l->env->arena, n + 1, sizeof body->first_of[0]);
    for (size_t i = 0; i <= n; i++)
        body->first_of[i] = NOT_YET;
    l->is_implicit = tc_alloc_array(l->env->work, n, sizeof l->is_implicit[0]);
    bool has_this = (l->method->flags & ACC_STATIC) == 0;
    l->this_is_ready = strcmp(l->method->name, "<init>") != 0;
    if (has_this && !sets_this(l->flow->code))
        tc_flow_walk(l->flow, find_implicit, l);
    place_parameters(l);
    tc_flow_walk(l->flow, lower_one, l);
    if (l->failed)
        return;
    close_gaps(body, n);
    size_t lowered = body->count;
    lower_handlers(l);
    close_jsr(l);
    resolve_targets(l, lowered);
    body->max_locals = l->next_cell - body->nargs;
    if (l->next_cell > CELLS_MAX || body->max_stack > CELLS_MAX)
        tc_lower_error(l, "%s needs more than 255 cells of locals or stack",
                       tc_method_label(l->env->arena, l->method));
}

static void without_code(struct tc_lower *l, const struct tc_signature *s)
{
    l->body->nargs = s->cells + ((l->method->flags & ACC_STATIC) ? 0 : 1);
}

void tc_lower_method(struct tc_env *env, struct tc_pool *pool,
                     struct tc_class *class, struct tc_method *method)
{
    struct tc_flow flow;
    struct tc_narrow narrow;
    struct tc_lower l = {.env = env,
                         .pool = pool,
                         .class = class,
                         .method = method,
                         .flow = &flow,
                         .narrow = &narrow};
    tc_arena_reset(env->work);
    struct tc_signature *signature = tc_alloc(env->work, sizeof *signature);
    l.body = tc_alloc(env->arena, sizeof *l.body);
    method->body = l.body;
    if (tc_signature_read(method->descriptor, signature) != NULL)
        return; /* which is told where it is declared */
    if (method->member == NULL || method->member->code == NULL) {
        without_code(&l, signature);
        return;
    }
    const struct tc_jcode *code =
        tc_jcode_read(env->arena, env->diag, class->file, method->member);
    if (code == NULL)
        return;
    if (!tc_flow_run(&flow, env, class, method, code, signature)) {
        tc_jcode_tell(env->diag, class->file, code);
        return;
    }
    tc_flow_walk(&flow, tell_refused, &l);
    l.failed |= !tc_narrow_run(&narrow, &flow);
    lower_code(&l);
    if (l.failed)
        *l.body = (struct tc_body){.insns = NULL};
}
