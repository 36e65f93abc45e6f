/*
 * The data flow of one method: the state at every place that is jumped to,
 * made wider until nothing moves.  Subroutines are followed once for each call
 * of theirs, so that what holds before a jsr holds behind it as far as the
 * subroutine leaves it.  [JCVM 7.5.49, 7.5.83]
 */
#include "cap/flow.h"

#include <string.h>

enum { CHUNK = 32 /* bytes of code, and bits of a queue's word */ };

bool cap_flow_find(struct cap_flow *f, uint8_t rule)
{
    f->failed = true;
    return cap_find(f->s, CAP_METHOD, f->callee->offset, f->pc, rule);
}

/* Whether the package is worth n more steps; the end of it is told once. */
static bool spend(struct cap_flow *f, uint32_t n)
{
    struct cap_state *s = f->s;

    s->effort = s->effort > n ? s->effort - n : 0;
    if (s->effort > 0)
        return true;
    f->failed = true;
    return false;
}

/* Scratch, or the end of this check. */
static void *take(struct cap_flow *f, uint32_t n)
{
    void *p = cap_take(f->s, n);

    if (p == NULL)
        f->no_memory = f->failed = true;
    return p;
}

/* Scratch as it is counted between states: in words from its start, plus 1. */
static uint32_t word_of(const struct cap_flow *f, const void *p)
{
    return (uint32_t)((const uint8_t *)p - f->s->check->scratch) / 4 + 1;
}

static void *at_word(const struct cap_flow *f, uint32_t word)
{
    return f->s->check->scratch + (size_t)4 * (word - 1);
}

/* ---- cells ---- */

static bool is_marked(uint16_t cell, uint16_t mark)
{
    return (cell & ~CAP_CELL_NUMBER) == mark;
}

/* What a parameter has met on another path; UNKNOWN: nothing. */
static uint8_t mixed_kind(uint16_t cell)
{
    return is_marked(cell, CAP_CELL_PARAM)
               ? (uint8_t)((cell & CAP_CELL_NUMBER) / CAP_CELL_MIXED)
               : CAP_KIND_UNKNOWN;
}

bool cap_cell_number(const struct cap_flow *f, uint16_t cell, uint16_t *number)
{
    const uint16_t n = cell & CAP_CELL_NUMBER;

    if (is_marked(cell, CAP_CELL_PARAM))
        *number = cap_arg(f->callee, (uint8_t)(n & CAP_CELL_INDEX));
    else if (is_marked(cell, CAP_CELL_RESULT))
        *number = cap_result(&f->s->callees[f->asked[n]]);
    else
        return false;
    return true;
}

uint16_t cap_cell(const struct cap_flow *f, uint16_t cell)
{
    uint16_t number = 0;

    if (!cap_cell_number(f, cell, &number))
        return cell;
    const uint8_t kind = cap_kind_of(f->s, number);
    const uint8_t mixed = mixed_kind(cell);
    if (!cap_kind_is_open(kind))
        return mixed == CAP_KIND_UNKNOWN || mixed == kind ? kind
                                                          : CAP_KIND_UNKNOWN;
    f->s->open = true;
    return cell;
}

bool cap_want(struct cap_flow *f, uint16_t cell, uint8_t kind)
{
    uint16_t number = 0;

    cell = cap_cell(f, cell);
    if (!cap_cell_number(f, cell, &number))
        return cell == kind;
    const uint8_t mixed = mixed_kind(cell);
    return (mixed == CAP_KIND_UNKNOWN || mixed == kind) &&
           cap_learn(f->s, number, kind);
}

bool cap_deduce(struct cap_flow *f, uint16_t cell, uint8_t kind)
{
    if (!is_marked(cell, CAP_CELL_ASKED))
        return false;
    const uint16_t i = f->asked[cell & CAP_CELL_NUMBER];
    f->failed = true;
    (void)cap_learn(f->s, cap_result(&f->s->callees[i]), kind);
    return true;
}

/* The number that a method has among those asked; false: they are too many. */
static bool number_asked(struct cap_flow *f, uint16_t callee, uint16_t *n)
{
    for (*n = 0; *n < f->asked_count && f->asked[*n] != callee;)
        ++*n;
    if (*n == f->asked_room)
        return false;
    if (*n == f->asked_count)
        f->asked[f->asked_count++] = callee;
    return true;
}

bool cap_push_asked(struct cap_flow *f, const struct cap_callee *c,
                    uint16_t what)
{
    uint16_t n = 0;

    if (!number_asked(f, (uint16_t)(c - f->s->callees), &n))
        return cap_flow_find(f, CAP_RULE_EFFORT);
    f->s->open = true;
    return cap_push(f, (uint16_t)(what | n));
}

void cap_forget(struct cap_flow *f, uint16_t from, uint16_t to)
{
    for (unsigned i = 1; i < 2u + f->locals + f->now[0]; i++) {
        if (f->now[i] == from)
            f->now[i] = to;
    }
}

bool cap_push(struct cap_flow *f, uint16_t cell)
{
    /* of results that were asked for, the lowest one can only be none */
    if (f->now[0] >= f->limit)
        return (f->now[0] > 0 && cap_deduce(f, *cap_stack(f, 0), CAP_KIND_VOID))
                   ? false
                   : cap_flow_find(f, CAP_RULE_STACK_OVERFLOW);
    *cap_stack(f, f->now[0]++) = cell;
    return true;
}

bool cap_push_kind(struct cap_flow *f, uint8_t kind)
{
    if (!cap_push(f, kind))
        return false;
    return kind != CAP_KIND_INT_HIGH || cap_push(f, CAP_KIND_INT_LOW);
}

static bool pop_cell(struct cap_flow *f, uint8_t kind)
{
    if (f->now[0] == 0)
        return cap_flow_find(f, CAP_RULE_STACK_UNDERFLOW);
    uint16_t cell = *cap_stack(f, --f->now[0]);
    if (cap_deduce(f, cell,
                   kind == CAP_KIND_INT_LOW ? CAP_KIND_INT_HIGH : kind))
        return false;
    if (cap_want(f, cell, kind))
        return true;
    return cap_flow_find(f, (cell & CAP_CELL_NEW) != 0 ? CAP_RULE_UNINITIALISED
                                                       : CAP_RULE_OPERAND_KIND);
}

bool cap_pop(struct cap_flow *f, uint8_t kind)
{
    if (kind == CAP_KIND_INT_HIGH && !pop_cell(f, CAP_KIND_INT_LOW))
        return false;
    return pop_cell(f, kind);
}

/* ---- states that meet ---- */

/* The number of a place that is jumped to. */
static uint32_t number_of(const struct cap_flow *f, uint32_t pc)
{
    const uint32_t at = pc - f->code.method.code;
    uint32_t n = f->ranks[at / CHUNK];

    for (uint32_t i = at / CHUNK * CHUNK; i < at; i++)
        n += (f->code.marks[i] & CAP_CODE_TARGET) != 0;
    return n;
}

static void enqueue(struct cap_flow *f, const struct cap_visit *v, uint32_t n)
{
    uint32_t *queue = at_word(f, v->queue);

    queue[n / CHUNK] |= 1u << n % CHUNK;
    f->queued = true;
}

/*
 * A parameter that nobody knows and what another path brings: whoever reads
 * them says what both are, and if nobody does, they may differ.
 */
static uint16_t mix(uint16_t param, uint16_t other)
{
    enum { PLAIN = CAP_CELL_PARAM | CAP_CELL_INDEX };
    const bool same =
        is_marked(other, CAP_CELL_PARAM) && (param & PLAIN) == (other & PLAIN);
    const uint16_t kind = same ? mixed_kind(other) : other;
    const uint8_t before = mixed_kind(param);

    if (kind > CAP_KIND_REF || (!same && kind == CAP_KIND_UNKNOWN))
        return CAP_KIND_UNKNOWN;
    if (before != CAP_KIND_UNKNOWN && kind != CAP_KIND_UNKNOWN)
        return before == kind ? param : CAP_KIND_UNKNOWN;
    return (uint16_t)(param | kind * CAP_CELL_MIXED);
}

static uint16_t merge_cell(const struct cap_flow *f, uint16_t a, uint16_t b)
{
    a = cap_cell(f, a);
    b = cap_cell(f, b);
    if (a == b)
        return a;
    return is_marked(a, CAP_CELL_PARAM)   ? mix(a, b)
           : is_marked(b, CAP_CELL_PARAM) ? mix(b, a)
                                          : CAP_KIND_UNKNOWN;
}

/* On the stack, what is not known yet must be what the other path brings. */
static uint16_t merge_word(struct cap_flow *f, uint16_t a, uint16_t b)
{
    uint16_t x = 0;
    uint16_t y = 0;

    a = cap_cell(f, a);
    b = cap_cell(f, b);
    const bool open_a = cap_cell_number(f, a, &x);
    const bool open_b = cap_cell_number(f, b, &y);
    if (a == b || (!open_a && !open_b))
        return a == b ? a : CAP_KIND_UNKNOWN;
    if (open_a && open_b)
        return cap_make_same(f->s, x, y) ? cap_cell(f, a) : CAP_KIND_UNKNOWN;
    const uint16_t known = open_a ? b : a;
    return known <= CAP_KIND_REF &&
                   cap_learn(f->s, open_a ? x : y, (uint8_t)known)
               ? known
               : CAP_KIND_UNKNOWN;
}

/* How many cells a result has, when one path has asked and the other not. */
static bool deduce_depth(struct cap_flow *f, const uint16_t *there)
{
    const uint16_t *now = f->now;
    const uint32_t first = 2u + f->locals;

    for (uint32_t i = first; i < first + now[0] || i < first + there[0]; i++) {
        const uint16_t a = i < first + there[0] ? there[i] : 0;
        const uint16_t b = i < first + now[0] ? now[i] : 0;
        if (a == b)
            continue;
        const bool asks = is_marked(a, CAP_CELL_ASKED);
        const uint16_t with = asks ? there[0] : now[0];
        const uint16_t without = asks ? now[0] : there[0];
        return cap_deduce(f, asks ? a : b,
                          with > without   ? CAP_KIND_VOID
                          : with < without ? CAP_KIND_INT_HIGH
                                           : CAP_KIND_CELL);
    }
    return false;
}

/* The state in hand is the first to arrive there. */
static bool remember(struct cap_flow *f, const struct cap_visit *v, uint32_t n)
{
    uint16_t *state = take(f, f->words * (uint32_t)sizeof *state);
    uint32_t *states = at_word(f, v->states);

    if (state == NULL)
        return false;
    memcpy(state, f->now, f->words * sizeof *state);
    states[n] = word_of(f, state);
    enqueue(f, v, n);
    return true;
}

static uint16_t *state_of(const struct cap_flow *f, const struct cap_visit *v,
                          uint32_t n)
{
    const uint32_t *states = at_word(f, v->states);

    return states[n] == 0 ? NULL : at_word(f, states[n]);
}

/* *wider: the state there now allows more than it did; false: a finding. */
static bool merge(struct cap_flow *f, uint16_t *there, bool *wider)
{
    const uint16_t *now = f->now;

    if (f->s->deduce && deduce_depth(f, there))
        return false;
    if (there[0] != now[0])
        return cap_flow_find(f, CAP_RULE_MERGE);
    for (uint32_t i = 1; i < 2u + f->locals + now[0]; i++) {
        const uint16_t old = there[i];
        if (old == now[i])
            continue;
        const uint16_t known = cap_cell(f, old);
        const bool on_stack = i > 1u + f->locals;
        const uint16_t merged =
            on_stack ? merge_word(f, old, now[i]) : merge_cell(f, old, now[i]);
        if (on_stack && merged == CAP_KIND_UNKNOWN && known != CAP_KIND_UNKNOWN)
            return cap_flow_find(f, CAP_RULE_MERGE);
        *wider = *wider || merged != known;
        there[i] = merged;
    }
    return true;
}

/* The state in hand arrives at pc, within the subroutine calls of `visit`. */
static bool arrive(struct cap_flow *f, uint16_t visit, uint32_t pc)
{
    struct cap_visit *v = &f->visits[visit];
    const uint32_t n = number_of(f, pc);
    uint16_t *there = state_of(f, v, n);
    bool wider = false;

    if (!spend(f, 2u + f->locals + f->now[0]))
        return false;
    if (there == NULL)
        return remember(f, v, n);
    if (!merge(f, there, &wider))
        return false;
    if (wider)
        enqueue(f, v, n);
    return true;
}

/* An object without a constructor may not go back to where it is made. */
static bool holds_unmade(const struct cap_flow *f)
{
    for (unsigned i = 1; i < 2u + f->locals + f->now[0]; i++) {
        if ((f->now[i] & CAP_CELL_NEW) != 0 && f->now[i] != CAP_CELL_THIS)
            return true;
    }
    return false;
}

static bool jump(void *ctx, int64_t target)
{
    struct cap_flow *f = ctx;

    if (!cap_code_starts(&f->code, target))
        return cap_flow_find(f, CAP_RULE_BRANCH);
    if (target <= f->pc && holds_unmade(f))
        return cap_flow_find(f, CAP_RULE_UNINITIALISED);
    return arrive(f, f->visit, (uint32_t)target);
}

/* ---- exceptions: a handler sees the locals before each instruction ---- */

static bool visit_handler(struct cap_flow *f, const struct cap_handler *h)
{
    if (f->limit == 0)
        return cap_flow_find(f, CAP_RULE_STACK_OVERFLOW);
    const uint16_t sp = f->now[0];
    const uint16_t bottom = *cap_stack(f, 0);
    f->now[0] = 1;
    *cap_stack(f, 0) = CAP_KIND_REF;
    const bool ok = arrive(f, f->visit, h->handler);
    f->now[0] = sp;
    *cap_stack(f, 0) = bottom;
    return ok;
}

/* Those that do not know yet what the locals are here. */
static bool visit_handlers(struct cap_flow *f)
{
    for (unsigned i = 0; i < f->handler_count; i++) {
        const struct cap_handler *h = &f->handlers[i];
        if (f->pc >= h->start && f->pc < h->end &&
            (f->moved || f->pc == h->start) && !visit_handler(f, h))
            return false;
    }
    f->moved = false;
    return true;
}

/* ---- subroutines ---- */

static struct cap_visit *new_visit(struct cap_flow *f)
{
    const uint32_t words = (f->targets + CHUNK - 1) / CHUNK;

    if (f->visit_count == CAP_VISITS_MAX) {
        f->s->effort = 0;
        f->failed = true;
        return NULL;
    }
    uint32_t *lists = take(f, (f->targets + words) * (uint32_t)sizeof *lists);
    if (lists == NULL || !spend(f, f->targets + 1))
        return NULL;
    memset(lists, 0, (f->targets + words) * sizeof *lists);
    struct cap_visit *v = &f->visits[f->visit_count++];
    v->states = word_of(f, lists);
    v->queue = word_of(f, lists + f->targets);
    return v;
}

/* The visit by this jsr inside of `parent`; 0 when there can be none. */
static uint16_t visit_by(struct cap_flow *f, uint16_t parent, uint32_t jsr,
                         uint32_t entry)
{
    for (uint16_t i = 1; i < f->visit_count; i++) {
        if (f->visits[i].parent == parent && f->visits[i].jsr == jsr)
            return i;
    }
    struct cap_visit *v = new_visit(f);
    if (v == NULL)
        return 0;
    v->jsr = jsr;
    v->entry = entry;
    v->parent = parent;
    return (uint16_t)(v - f->visits);
}

/* Addresses of this visit and of those inside it are of no more use. */
static void end_visits(struct cap_flow *f, uint16_t last)
{
    for (uint16_t v = f->visit; v != 0; v = f->visits[v].parent) {
        cap_forget(f, (uint16_t)(CAP_CELL_RETURN | v), CAP_KIND_UNKNOWN);
        if (v == last)
            return;
    }
}

/* The visit of the subroutine at `entry` that lasts here; 0: none. */
static uint16_t lasting(const struct cap_flow *f, uint32_t entry)
{
    uint16_t v = f->visit;

    while (v != 0 && f->visits[v].entry != entry)
        v = f->visits[v].parent;
    return v;
}

/*
 * A subroutine that is entered again has been left by a jump, as a `finally`
 * is that continues a loop around it; its former address is lost, so one that
 * calls itself finds no way back.
 */
static bool enter_subroutine(struct cap_flow *f)
{
    const int64_t entry =
        (int64_t)f->pc + (int16_t)get_u2(f->code.p + f->pc + 1);
    uint16_t parent = f->visit;

    if (!cap_code_starts(&f->code, entry))
        return cap_flow_find(f, CAP_RULE_BRANCH);
    if (!cap_code_starts(&f->code, (int64_t)f->pc + 3))
        return cap_flow_find(f, CAP_RULE_FALL_OFF);
    if (entry <= f->pc && holds_unmade(f))
        return cap_flow_find(f, CAP_RULE_UNINITIALISED);
    const uint16_t again = lasting(f, (uint32_t)entry);
    if (again != 0) {
        end_visits(f, again);
        parent = f->visits[again].parent;
    }
    const uint16_t v = visit_by(f, parent, f->pc, (uint32_t)entry);
    return v != 0 && cap_push(f, (uint16_t)(CAP_CELL_RETURN | v)) &&
           arrive(f, v, (uint32_t)entry);
}

static bool leave_subroutine(struct cap_flow *f, uint8_t local)
{
    const uint16_t cell =
        local < f->locals ? *cap_local(f, local) : CAP_KIND_UNKNOWN;
    const uint16_t v = cell & (uint16_t)~CAP_CELL_RETURN;

    if ((cell & (CAP_CELL_RETURN | CAP_CELL_NEW)) != CAP_CELL_RETURN)
        return cap_flow_find(f, CAP_RULE_SUBROUTINE);
    end_visits(f, v);
    return arrive(f, f->visits[v].parent, f->visits[v].jsr + 3);
}

/* ---- one path ---- */

/* What of an instruction no other place has looked at. */
static bool admit(struct cap_flow *f, const uint8_t *p)
{
    const struct cap_code *c = &f->code;

    if (!cap_code_starts(c, f->pc))
        return cap_flow_find(f, f->pc < c->end ? CAP_RULE_OPCODE
                                               : CAP_RULE_FALL_OFF);
    if (c->astray && cap_code_astray(c, f->pc))
        return cap_flow_find(f, CAP_RULE_HANDLER);
    if (cap_opcode(p[0])->needs_int && (f->s->cap->flags & CAP_ACC_INT) == 0)
        return cap_flow_find(f, CAP_RULE_INT_FLAG);
    const uint32_t n = cap_instruction_length(p, c->end - f->pc);
    if (!spend(f, 2u + f->handler_count + n / 2))
        return false;
    return cap_matches_ascend(p) || cap_flow_find(f, CAP_RULE_SWITCH_ORDER);
}

static bool leaves_method(uint8_t op)
{
    return op == CAP_OP_athrow || (op >= CAP_OP_areturn && op <= CAP_OP_return);
}

/* One instruction; false: this path is over (f->failed: with a finding). */
static bool advance(struct cap_flow *f)
{
    const uint8_t *p = f->code.p + f->pc;

    f->ends = false;
    if (!admit(f, p) || !visit_handlers(f))
        return false;
    if (p[0] == CAP_OP_jsr) {
        enter_subroutine(f);
        return false;
    }
    if (p[0] == CAP_OP_ret) {
        leave_subroutine(f, p[1]);
        return false;
    }
    if (!cap_step(f) || f->ends)
        return false;
    if (leaves_method(p[0]) && f->now[0] > 0)
        /* what is left there of results was never one */
        (void)cap_deduce(f, *cap_stack(f, 0), CAP_KIND_VOID);
    if (!cap_each_target(f->code.p + f->pc, f->pc, jump, f) ||
        !cap_falls_through(p[0]))
        return false;
    const uint32_t from = f->pc;
    f->pc += cap_instruction_length(p, f->code.end - f->pc);
    if (f->pc < f->code.end)
        return true;
    f->pc = from;
    return cap_flow_find(f, CAP_RULE_FALL_OFF);
}

static void follow(struct cap_flow *f, uint16_t visit, uint32_t n)
{
    const struct cap_code *c = &f->code;

    f->visit = visit;
    f->pc = f->places[n];
    f->moved = true;
    memcpy(f->now, state_of(f, &f->visits[visit], n),
           f->words * sizeof *f->now);
    while (advance(f)) {
        if ((c->marks[f->pc - c->method.code] & CAP_CODE_TARGET) != 0) {
            (void)arrive(f, visit, f->pc);
            return;
        }
    }
}

/* ---- a method ---- */

static bool is_over(const struct cap_flow *f)
{
    return f->s->effort == 0 || f->no_memory || (f->failed && !f->s->infer);
}

static uint32_t lowest_bit(uint32_t bits)
{
    uint32_t n = 0;

    while ((bits >> n & 1) == 0)
        n++;
    return n;
}

/* The places of one visit that want a turn, in their order. */
static void sweep(struct cap_flow *f, uint16_t visit)
{
    uint32_t *queue = at_word(f, f->visits[visit].queue);

    for (uint32_t i = 0; i < (f->targets + CHUNK - 1) / CHUNK; i++) {
        while (queue[i] != 0) {
            const uint32_t bit = lowest_bit(queue[i]);
            queue[i] &= ~(1u << bit);
            follow(f, visit, CHUNK * i + bit);
            if (is_over(f))
                return;
        }
    }
}

static void settle(struct cap_flow *f)
{
    while (f->queued && !is_over(f)) {
        f->queued = false;
        for (uint16_t v = 0; v < f->visit_count && !is_over(f); v++) {
            if (spend(f, f->targets / CHUNK))
                sweep(f, v);
        }
    }
}

/* Numbers the places that are jumped to. */
static bool number_targets(struct cap_flow *f)
{
    const struct cap_code *c = &f->code;
    const uint32_t n = c->end - c->method.code;
    uint32_t count = 0;

    for (uint32_t i = 0; i < n; i++)
        f->targets += (c->marks[i] & CAP_CODE_TARGET) != 0;
    f->ranks = take(f, (n / CHUNK + 1) * (uint32_t)sizeof *f->ranks);
    f->places = take(f, f->targets * (uint32_t)sizeof *f->places);
    if (f->no_memory)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (i % CHUNK == 0)
            f->ranks[i / CHUNK] = (uint16_t)count;
        if ((c->marks[i] & CAP_CODE_TARGET) != 0)
            f->places[count++] = c->method.code + i;
    }
    return true;
}

static bool take_handlers(struct cap_flow *f)
{
    const struct cap_code *c = &f->code;
    const struct cap *cap = f->s->cap;
    struct cap_handler h;
    struct cap_block b = {0};
    unsigned n = 0;

    (void)cap_block_of(cap, c->method.code, &b);
    for (unsigned i = 0; cap_block_handler(cap, &b, i, &h); i++)
        n += h.start >= c->method.code && h.start < c->end;
    f->handlers = take(f, n * (uint32_t)sizeof *f->handlers);
    if (f->no_memory)
        return false;
    for (unsigned i = 0; cap_block_handler(cap, &b, i, &h); i++) {
        if (h.start >= c->method.code && h.start < c->end)
            f->handlers[f->handler_count++] = h;
    }
    return true;
}

/* Room for the methods whose results may have to be asked for. */
static bool take_asked(struct cap_flow *f)
{
    const struct cap_code *c = &f->code;
    uint32_t calls = 0;

    for (uint32_t i = 0; i < c->end - c->method.code; i++)
        calls += (c->marks[i] & CAP_CODE_START) != 0 &&
                 cap_is_dispatched(c->p[c->method.code + i]);
    f->asked_room = calls < CAP_CELL_NUMBER ? (uint16_t)calls : CAP_CELL_NUMBER;
    f->asked = take(f, f->asked_room * (uint32_t)sizeof *f->asked);
    return !f->no_memory;
}

static bool prepare(struct cap_flow *f)
{
    const struct cap_code *c = &f->code;
    f->locals = (uint16_t)(c->method.nargs + c->method.max_locals);
    f->limit = c->method.max_stack;
    f->words = 2u + f->locals + f->limit;
    f->now = take(f, (f->words + 1) * (uint32_t)sizeof *f->now);
    f->visits = take(f, (c->has_jsr ? CAP_VISITS_MAX : 1u) *
                            (uint32_t)sizeof *f->visits);
    return !f->no_memory && number_targets(f) && take_handlers(f) &&
           take_asked(f) && new_visit(f) != NULL;
}

/* What the caller gives; a constructor gets an object still to be made. */
static void enter_method(struct cap_flow *f)
{
    memset(f->now, 0, f->words * sizeof *f->now);
    for (unsigned i = 0; i < f->code.method.nargs; i++)
        *cap_local(f, i) = (uint16_t)(CAP_CELL_PARAM | i);
    *cap_made(f) = CAP_KIND_REF;
    if (f->callee->init && !cap_is_root_class(f->s, f->callee->class))
        *cap_local(f, 0) = *cap_made(f) = CAP_CELL_THIS;
}

static enum err run(struct cap_flow *f)
{
    struct cap_code *c = &f->code;

    if (!spend(f, 1 + (c->end - c->method.code)))
        return ERR_TYPE;
    c->marks = take(f, c->end - c->method.code);
    if (c->marks == NULL)
        return ERR_MEMORY;
    cap_walk(f->s, c);
    if (prepare(f)) {
        enter_method(f);
        f->pc = c->method.code;
        (void)arrive(f, 0, f->pc);
        settle(f);
    }
    if (f->no_memory)
        return ERR_MEMORY;
    return f->failed && !f->s->infer ? ERR_TYPE : ERR_OK;
}

enum err cap_flow(struct cap_state *s, struct cap_callee *callee)
{
    struct cap_flow f = {.s = s, .callee = callee};
    uint32_t used = s->used;

    if (!cap_method_at(s->cap, callee->offset, &f.code.method))
        return ERR_FORMAT;
    if ((f.code.method.flags & CAP_METHOD_ABSTRACT) != 0)
        return ERR_OK;
    f.code.callee = callee;
    f.code.p = s->cap->part[CAP_METHOD].p;
    f.code.end = cap_method_end(s, callee);
    if (f.code.end <= f.code.method.code) {
        f.pc = f.code.method.code;
        return cap_flow_find(&f, CAP_RULE_METHOD_HEADER) ? ERR_OK : ERR_TYPE;
    }
    s->open = false;
    enum err e = run(&f);
    s->used = used;
    callee->proved = s->infer && e == ERR_OK && !f.failed && !s->open;
    return e;
}
