#include "toolchain/flow.h"

#include <string.h>

#include "toolchain/compare.h"
#include "toolchain/own.h"

enum { LOCALS_MAX = 255, STACK_MAX = 255, HANDLERS_MAX = 255 };
enum { SLOTS_MAX = 4 * 1024 * 1024, WIDEN_AFTER = 4 };

bool tc_flow_malformed(struct tc_flow *flow, uint32_t index, const char *what)
{
    if (!flow->failed)
        tc_error(flow->env->diag, tc_source(flow->class),
                 tc_flow_line(flow, index),
                 "malformed class file: %s in method %s at %u", what,
                 flow->method->name, flow->code->insns[index].pc);
    flow->failed = true;
    return false;
}

unsigned tc_flow_line(const struct tc_flow *flow, uint32_t index)
{
    return tc_code_line(flow->code->source, flow->code->insns[index].pc);
}

uint32_t tc_web_of(const struct tc_flow *flow, uint32_t definition)
{
    while (flow->webs[definition].parent != definition)
        definition = flow->webs[definition].parent;
    return definition;
}

void tc_web_unite(struct tc_flow *flow, uint32_t a, uint32_t b)
{
    a = tc_web_of(flow, a);
    b = tc_web_of(flow, b);
    if (a == b)
        return;
    if (flow->webs[a].size < flow->webs[b].size) {
        uint32_t other = a;
        a = b;
        b = other;
    }
    flow->webs[b].parent = a;
    flow->webs[a].size += flow->webs[b].size;
}

static bool is_live(const struct tc_flow *flow, size_t leader, size_t local)
{
    return (flow->live[leader][local / 8] >> (local % 8) & 1) != 0;
}

/* Joins `from` into `to`; true when `to` changed. */
static bool merge_slot(struct tc_flow *flow, struct tc_slot *to,
                       const struct tc_slot *from, bool widen)
{
    if (to->kind == SLOT_NONE)
        return false;
    if (to->kind != from->kind) {
        to->kind = SLOT_NONE;
        return true;
    }
    if (to->kind == SLOT_ADDRESS && to->range.low != from->range.low) {
        to->kind = SLOT_NONE;
        return true;
    }
    tc_web_unite(flow, to->web, from->web);
    if (to->kind != SLOT_INT ||
        tc_range_within(from->range, to->range.low, to->range.high))
        return false;
    to->range = widen ? tc_range_widen(to->range, from->range)
                      : tc_range_join(to->range, from->range);
    return true;
}

static void enter(struct tc_flow *flow, size_t leader,
                  const struct tc_state *from)
{
    struct tc_state *to = &flow->in[leader];
    size_t locals = flow->code->max_locals;
    to->locals = tc_alloc_array(flow->env->work, locals, sizeof to->locals[0]);
    to->stack =
        tc_alloc_array(flow->env->work, from->depth, sizeof to->stack[0]);
    to->depth = from->depth;
    for (size_t i = 0; i < locals; i++)
        if (is_live(flow, leader, i))
            to->locals[i] = from->locals[i];
    if (from->depth > 0)
        memcpy(to->stack, from->stack, from->depth * sizeof to->stack[0]);
    flow->dirty[leader] = true;
}

static bool merge(struct tc_flow *flow, uint32_t index, uint32_t at,
                  const struct tc_state *from)
{
    size_t leader = flow->leader_of[at] - 1;
    struct tc_state *to = &flow->in[leader];
    if (to->stack == NULL) {
        enter(flow, leader, from);
        return true;
    }
    if (to->depth != from->depth)
        return tc_flow_malformed(flow, index, "the stack heights disagree");
    /* Every loop has a way back; to widen only there keeps what the others
     * know of the locals. */
    bool widen = at <= index && flow->visits[leader] > WIDEN_AFTER;
    bool changed = false;
    for (size_t i = 0; i < flow->code->max_locals; i++)
        changed |= merge_slot(flow, &to->locals[i], &from->locals[i], widen);
    for (size_t i = 0; i < to->depth; i++)
        changed |= merge_slot(flow, &to->stack[i], &from->stack[i], widen);
    flow->dirty[leader] |= changed;
    return true;
}

/* An exception can leave every instruction that a handler covers. */
static bool merge_handlers(struct tc_flow *flow, uint32_t index,
                           const struct tc_state *from)
{
    const struct tc_jcode *code = flow->code;
    for (size_t i = 0; i < code->handler_count; i++) {
        const struct tc_jhandler *h = &code->handlers[i];
        if (index < h->start || index >= h->end)
            continue;
        uint32_t definition = (uint32_t)(code->count + code->max_locals + i);
        struct tc_slot caught = {SLOT_REFERENCE, definition, {0, 0}, 0};
        struct tc_state at_handler = {from->locals, &caught, 1};
        if (!merge(flow, index, h->target, &at_handler))
            return false;
    }
    return true;
}

/*
 * Behind a jsr that enters `s`, which ends in `after`: what the subroutine
 * does not set is as it was at the jsr.
 */
static bool return_to(struct tc_flow *flow, uint32_t index,
                      const struct tc_subroutine *s, uint32_t jsr,
                      const struct tc_state *after)
{
    const struct tc_slot *before = flow->called_with[jsr];
    if (before == NULL)
        return true;
    if (jsr + 1 == flow->code->count)
        return tc_flow_malformed(flow, jsr, "control leaves the code");
    struct tc_state at = *after;
    at.locals = flow->returned;
    for (size_t i = 0; i < flow->code->max_locals; i++)
        at.locals[i] = tc_subroutine_sets(s, i) ? after->locals[i] : before[i];
    return merge(flow, index, jsr + 1, &at);
}

static bool return_from(struct tc_flow *flow, uint32_t index,
                        const struct tc_state *after)
{
    size_t local = (size_t)flow->code->insns[index].a;
    uint32_t entry = (uint32_t)after->locals[local].range.low;
    const struct tc_subroutine *s = tc_subroutine_at(&flow->subroutines, entry);
    for (size_t i = 0; i < s->call_count; i++)
        if (!return_to(flow, index, s, s->calls[i], after))
            return false;
    return true;
}

/* Remembers the locals, and has the subroutine's end seen to again. */
static void call_subroutine(struct tc_flow *flow, uint32_t index,
                            const struct tc_state *after)
{
    size_t size = flow->code->max_locals * sizeof after->locals[0];
    struct tc_slot **to = &flow->called_with[index];
    if (*to == NULL)
        *to = tc_alloc(flow->env->work, size);
    memcpy(*to, after->locals, size);
    const struct tc_subroutine *s = tc_subroutine_at(
        &flow->subroutines, (uint32_t)flow->code->insns[index].a);
    for (size_t i = 0; i < s->ret_count; i++) {
        uint32_t at = s->rets[i];
        while (flow->leader_of[at] == 0)
            at--;
        size_t leader = flow->leader_of[at] - 1;
        flow->dirty[leader] = flow->in[leader].stack != NULL;
    }
}

/* `after` knows more of its locals for a moment: what holds at the target. */
static bool merge_target(struct tc_flow *flow, uint32_t index,
                         struct tc_state *after,
                         const struct tc_compared *compared)
{
    tc_compare_learn(after, compared, true);
    bool ok = merge(flow, index, (uint32_t)flow->code->insns[index].a, after);
    tc_compare_forget(after, compared);
    return ok;
}

static bool merge_successors(struct tc_flow *flow, uint32_t index,
                             struct tc_state *after,
                             const struct tc_compared *compared)
{
    const struct tc_jinsn *i = &flow->code->insns[index];
    if (i->op == JOP_ret)
        return return_from(flow, index, after);
    if (i->op == JOP_jsr)
        call_subroutine(flow, index, after);
    if (tc_jop_branches(i->op) && !merge_target(flow, index, after, compared))
        return false;
    if (i->table == NULL)
        return true;
    for (size_t k = 0; k < i->table->count; k++)
        if (!merge(flow, index, i->table->targets[k], after))
            return false;
    return merge(flow, index, i->table->otherwise, after);
}

static void load(struct tc_flow *flow, const struct tc_state *from)
{
    struct tc_state *now = &flow->now;
    memcpy(now->locals, from->locals,
           flow->code->max_locals * sizeof now->locals[0]);
    if (from->depth > 0)
        memcpy(now->stack, from->stack, from->depth * sizeof now->stack[0]);
    now->depth = from->depth;
    for (size_t i = 0; i < now->depth; i++)
        now->stack[i].source = 0; /* from elsewhere too, perhaps */
}

/* One block: from its leader to the next, or to where control leaves. */
static bool run_block(struct tc_flow *flow, size_t leader)
{
    const struct tc_jcode *code = flow->code;
    flow->dirty[leader] = false;
    if (flow->visits[leader] < UINT8_MAX)
        flow->visits[leader]++;
    load(flow, &flow->in[leader]);
    for (uint32_t i = flow->leaders[leader];; i++) {
        struct tc_compared compared = tc_compare_take(flow, i);
        if (!merge_handlers(flow, i, &flow->now) ||
            !tc_flow_step(flow, &flow->now, i) ||
            !merge_successors(flow, i, &flow->now, &compared))
            return false;
        tc_compare_learn(&flow->now, &compared, false);
        if (!tc_jop_falls_through(code->insns[i].op))
            return true;
        if (i + 1 == code->count)
            return tc_flow_malformed(flow, i, "control leaves the code");
        if (flow->leader_of[i + 1] != 0)
            return merge(flow, i, i + 1, &flow->now);
    }
}

void tc_flow_walk(struct tc_flow *flow, tc_flow_visitor *visit, void *context)
{
    const struct tc_jcode *code = flow->code;
    for (size_t leader = 0; leader < flow->leader_count; leader++) {
        if (flow->in[leader].stack == NULL)
            continue;
        load(flow, &flow->in[leader]);
        for (uint32_t i = flow->leaders[leader]; i < code->count; i++) {
            if (i != flow->leaders[leader] && flow->leader_of[i] != 0)
                break;
            visit(context, flow, i);
            struct tc_compared compared = tc_compare_take(flow, i);
            if (!tc_flow_step(flow, &flow->now, i) ||
                !tc_jop_falls_through(code->insns[i].op))
                break;
            tc_compare_learn(&flow->now, &compared, false);
        }
    }
}

static void find_leaders(struct tc_flow *flow)
{
    const struct tc_jcode *code = flow->code;
    struct tc_arena *arena = flow->env->work;
    flow->leader_of =
        tc_alloc_array(arena, code->count, sizeof flow->leader_of[0]);
    flow->leaders = tc_alloc_array(arena, code->count, sizeof flow->leaders[0]);
    for (uint32_t i = 0; i < code->count; i++) {
        if (i != 0 && !code->insns[i].is_target)
            continue;
        flow->leaders[flow->leader_count++] = i;
        flow->leader_of[i] = (uint32_t)flow->leader_count;
    }
    size_t n = flow->leader_count;
    flow->in = tc_alloc_array(arena, n, sizeof flow->in[0]);
    flow->visits = tc_alloc_array(arena, n, sizeof flow->visits[0]);
    flow->dirty = tc_alloc_array(arena, n, sizeof flow->dirty[0]);
    flow->live = tc_alloc_array(arena, n, sizeof flow->live[0]);
}

static bool live_before_block(struct tc_flow *flow, size_t leader);

static void find_live(struct tc_flow *flow)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t k = flow->leader_count; k-- > 0;)
            changed |= live_before_block(flow, k);
    }
}

static void add_live(uint8_t to[32], const uint8_t from[32])
{
    for (size_t i = 0; i < 32; i++)
        to[i] |= from[i];
}

static void add_live_at(struct tc_flow *flow, uint8_t to[32], uint32_t index)
{
    add_live(to, flow->live[flow->leader_of[index] - 1]);
}

/* Behind a jsr a local is read that the subroutine leaves, or sets. */
static void add_live_behind(struct tc_flow *flow, uint8_t to[32],
                            const struct tc_subroutine *s, uint32_t jsr,
                            bool set_by_it)
{
    if (jsr + 1 == flow->code->count)
        return;
    const uint8_t *behind = flow->live[flow->leader_of[jsr + 1] - 1];
    for (size_t i = 0; i < 32; i++)
        to[i] |= behind[i] & (set_by_it ? s->sets[i] : (uint8_t)~s->sets[i]);
}

static void live_before_ret(struct tc_flow *flow, uint8_t live[32],
                            uint32_t index)
{
    for (size_t k = 0; k < flow->subroutines.count; k++) {
        const struct tc_subroutine *s = &flow->subroutines.items[k];
        for (size_t i = 0; i < s->ret_count; i++)
            for (size_t j = 0; s->rets[i] == index && j < s->call_count; j++)
                add_live_behind(flow, live, s, s->calls[j], true);
    }
}

static void live_before(struct tc_flow *flow, uint8_t live[32], uint32_t index)
{
    const struct tc_jinsn *i = &flow->code->insns[index];
    if (!tc_jop_falls_through(i->op))
        memset(live, 0, 32);
    if (tc_jop_branches(i->op))
        add_live_at(flow, live, (uint32_t)i->a);
    for (size_t k = 0; i->table != NULL && k < i->table->count; k++)
        add_live_at(flow, live, i->table->targets[k]);
    if (i->table != NULL)
        add_live_at(flow, live, i->table->otherwise);
    if (i->op == JOP_jsr)
        add_live_behind(flow, live,
                        tc_subroutine_at(&flow->subroutines, (uint32_t)i->a),
                        index, false);
    if (i->op == JOP_ret)
        live_before_ret(flow, live, index);
    uint8_t bit = (uint8_t)(1u << (i->a % 8 & 7));
    if (i->op == JOP_istore || i->op == JOP_astore)
        live[i->a / 8 % 32] &= (uint8_t)~bit;
    if (i->op == JOP_iload || i->op == JOP_aload || i->op == JOP_iinc ||
        i->op == JOP_ret)
        live[i->a / 8 % 32] |= bit;
    for (size_t k = 0; k < flow->code->handler_count; k++) {
        const struct tc_jhandler *h = &flow->code->handlers[k];
        if (index >= h->start && index < h->end)
            add_live_at(flow, live, h->target);
    }
}

static bool live_before_block(struct tc_flow *flow, size_t leader)
{
    uint8_t live[32] = {0};
    uint32_t first = flow->leaders[leader];
    uint32_t end = leader + 1 < flow->leader_count
                       ? flow->leaders[leader + 1]
                       : (uint32_t)flow->code->count;
    if (end < flow->code->count)
        add_live_at(flow, live, end);
    for (uint32_t i = end; i-- > first;)
        live_before(flow, live, i);
    if (memcmp(live, flow->live[leader], sizeof live) == 0)
        return false;
    memcpy(flow->live[leader], live, sizeof live);
    return true;
}

static struct tc_range range_of_kind(enum tc_kind kind)
{
    if (kind == KIND_INT)
        return tc_range_of(INT32_MIN, INT32_MAX);
    if (kind == KIND_SHORT)
        return tc_range_of(INT16_MIN, INT16_MAX);
    return tc_range_of(INT8_MIN, INT8_MAX);
}

static void put_parameter(struct tc_flow *flow, uint32_t local,
                          enum tc_kind kind)
{
    uint32_t definition = tc_parameter_definition(flow, local);
    struct tc_slot slot = {SLOT_REFERENCE, definition, {0, 0}, 0};
    if (kind != KIND_REFERENCE) {
        slot.kind = SLOT_INT;
        slot.range = range_of_kind(kind);
    }
    flow->now.locals[local] = slot;
    flow->defined[definition] = slot.range;
    flow->webs[definition].is_defined = true;
    flow->webs[definition].is_local = true;
}

static bool enter_method(struct tc_flow *flow)
{
    size_t next = (flow->method->flags & ACC_STATIC) ? 0 : 1;
    if (next + flow->signature->count > flow->code->max_locals)
        return tc_flow_malformed(flow, 0, "too few locals");
    if (next == 1)
        put_parameter(flow, 0, KIND_REFERENCE);
    for (size_t i = 0; i < flow->signature->count; i++)
        put_parameter(flow, (uint32_t)next++,
                      flow->signature->parameters[i].kind);
    enter(flow, 0, &flow->now);
    return true;
}

static void allocate(struct tc_flow *flow)
{
    struct tc_arena *arena = flow->env->work;
    const struct tc_jcode *code = flow->code;
    flow->web_count = code->count + code->max_locals + code->handler_count;
    flow->webs = tc_alloc_array(arena, flow->web_count, sizeof flow->webs[0]);
    flow->defined =
        tc_alloc_array(arena, flow->web_count, sizeof flow->defined[0]);
    for (uint32_t i = 0; i < flow->web_count; i++) {
        flow->webs[i].parent = i;
        flow->webs[i].size = 1;
    }
    flow->now.locals =
        tc_alloc_array(arena, code->max_locals, sizeof flow->now.locals[0]);
    flow->now.stack = tc_alloc_array(arena, (size_t)code->max_stack + 1,
                                     sizeof flow->now.stack[0]);
    flow->scratch = tc_alloc(arena, sizeof *flow->scratch);
    if (flow->subroutines.count == 0)
        return;
    flow->called_with =
        tc_alloc_array(arena, code->count, sizeof flow->called_with[0]);
    flow->returned =
        tc_alloc_array(arena, code->max_locals, sizeof flow->returned[0]);
}

static bool check_size(struct tc_flow *flow)
{
    const struct tc_jcode *code = flow->code;
    const char *what = NULL;
    if (code->max_locals > LOCALS_MAX)
        what = "locals";
    else if (code->max_stack > STACK_MAX)
        what = "stack";
    else if (code->handler_count > HANDLERS_MAX)
        what = "exception handlers";
    else if (!tc_subroutines_find(&flow->subroutines, flow->env->work, code))
        what = "subroutines";
    else if ((size_t)(code->max_locals + code->max_stack) * flow->leader_count >
             SLOTS_MAX)
        what = "branches";
    if (what == NULL)
        return true;
    tc_error(flow->env->diag, tc_source(flow->class), tc_flow_line(flow, 0),
             "method %s needs too many %s (255 at most)", flow->method->name,
             what);
    return false;
}

/* Gives the representative of each web the interval of all its members. */
static void join_webs(struct tc_flow *flow)
{
    for (uint32_t i = 0; i < flow->web_count; i++) {
        if (!flow->webs[i].is_defined)
            continue;
        struct tc_web *root = &flow->webs[tc_web_of(flow, i)];
        bool first = root->uses == 0;
        root->range = first ? flow->defined[i]
                            : tc_range_join(root->range, flow->defined[i]);
        root->uses = 1;
        root->is_local |= flow->webs[i].is_local;
    }
    for (uint32_t i = 0; i < flow->web_count; i++)
        flow->webs[i].uses = 0;
}

static void visit_nothing(void *context, struct tc_flow *flow, uint32_t index)
{
    (void)context;
    (void)flow;
    (void)index;
}

bool tc_flow_run(struct tc_flow *flow, struct tc_env *env,
                 struct tc_class *class, struct tc_method *method,
                 const struct tc_jcode *code, struct tc_signature *signature)
{
    *flow = (struct tc_flow){.env = env,
                             .class = class,
                             .method = method,
                             .code = code,
                             .signature = signature};
    find_leaders(flow);
    if (!check_size(flow))
        return false;
    allocate(flow);
    find_live(flow);
    if (!enter_method(flow))
        return false;
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < flow->leader_count; i++) {
            if (!flow->dirty[i])
                continue;
            if (!run_block(flow, i))
                return false;
            changed = true;
        }
    }
    join_webs(flow);
    flow->is_counting = true;
    tc_flow_walk(flow, visit_nothing, NULL);
    flow->is_counting = false;
    return true;
}
