#include "cap/flow.h"

#include <string.h>

#include "cap/subroutine.h"

#define UNREACHED 0xFFFFu

enum { SCAN = 8 /* bytes looked at for one step's worth */ };

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

/* ---- cells ---- */

uint16_t cap_cell(const struct cap_flow *f, uint16_t cell)
{
    if ((cell & (CAP_CELL_NEW | CAP_CELL_RETURN)) != 0 ||
        (cell & CAP_CELL_PARAM) == 0)
        return cell;
    const struct cap_callee *root = cap_root(f->s, f->callee);
    uint8_t kind = cap_kinds(f->s, root)[cell & 0xFF];
    if (kind != CAP_KIND_UNKNOWN)
        return kind;
    return f->s->infer ? cell : CAP_KIND_UNKNOWN;
}

bool cap_want(struct cap_flow *f, uint16_t cell, uint8_t kind)
{
    cell = cap_cell(f, cell);
    if (cell == kind)
        return true;
    if ((cell & (CAP_CELL_NEW | CAP_CELL_RETURN)) == 0 &&
        (cell & CAP_CELL_PARAM) != 0)
        return cap_learn(f->s, f->callee, (uint8_t)cell, kind);
    return false;
}

void cap_forget(struct cap_flow *f, uint16_t from, uint16_t to)
{
    for (unsigned i = 1; i < 1u + f->locals + f->now[0]; i++) {
        if (f->now[i] == from)
            f->now[i] = to;
    }
}

bool cap_push(struct cap_flow *f, uint16_t cell)
{
    if (f->now[0] >= f->limit)
        return cap_flow_find(f, CAP_RULE_STACK_OVERFLOW);
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

static uint16_t *state_at(const struct cap_flow *f, uint32_t pc)
{
    uint16_t i = f->index[pc - f->code.method.code];
    return i == 0 ? NULL : f->states + f->words * (i - 1u);
}

static void queue(struct cap_flow *f, uint32_t pc)
{
    f->code.marks[pc - f->code.method.code] |= CAP_CODE_QUEUED;
    f->changed = true;
}

static uint16_t merge_cell(const struct cap_flow *f, uint16_t a, uint16_t b)
{
    a = cap_cell(f, a);
    b = cap_cell(f, b);
    return a == b ? a : CAP_KIND_UNKNOWN;
}

/* The state in hand arrives at pc. */
static bool arrive(struct cap_flow *f, uint32_t pc)
{
    uint16_t *there = state_at(f, pc);
    const uint16_t *now = f->now;
    bool wider = false;

    if (!spend(f, 1u + f->locals + now[0]))
        return false;
    if (there[0] == UNREACHED) {
        memcpy(there, now, f->words * sizeof *now);
        queue(f, pc);
        return true;
    }
    if (there[0] != now[0])
        return cap_flow_find(f, CAP_RULE_MERGE);
    for (uint32_t i = 1; i < 1u + f->locals + now[0]; i++) {
        uint16_t merged = merge_cell(f, there[i], now[i]);
        bool on_stack = i > f->locals;
        if (on_stack && merged == CAP_KIND_UNKNOWN &&
            cap_cell(f, there[i]) != CAP_KIND_UNKNOWN)
            return cap_flow_find(f, CAP_RULE_MERGE);
        wider = wider || merged != cap_cell(f, there[i]);
        there[i] = merged;
    }
    if (wider)
        queue(f, pc);
    return true;
}

static bool jump(void *ctx, int64_t target)
{
    return arrive(ctx, (uint32_t)target);
}

/* ---- exceptions: a handler sees the locals before each instruction ---- */

static bool visit_handlers(struct cap_flow *f)
{
    struct cap_handler h;
    bool ok = true;

    for (unsigned i = 0; ok && cap_handler(f->s->cap, f->pc, i, &h); i++) {
        /* ranges that begin in another method are refused there */
        if (f->pc < h.start || f->pc >= h.end || h.start < f->code.method.code)
            continue;
        if (f->limit == 0)
            return cap_flow_find(f, CAP_RULE_STACK_OVERFLOW);
        uint16_t sp = f->now[0];
        uint16_t bottom = *cap_stack(f, 0);
        f->now[0] = 1;
        *cap_stack(f, 0) = CAP_KIND_REF;
        ok = arrive(f, h.handler);
        f->now[0] = sp;
        *cap_stack(f, 0) = bottom;
    }
    return ok;
}

/* ---- subroutines ---- */

/* Takes back from before the call what the subroutine does not write. */
static void restore_locals(struct cap_flow *f, const uint16_t *before,
                           const uint8_t *written, uint16_t address)
{
    for (unsigned i = 0; i < f->locals; i++) {
        uint16_t *now = cap_local(f, i);
        uint16_t old = before[1 + i];
        /* an object may have been made or lost where no local is written */
        bool tracked = (old & CAP_CELL_NEW) != 0;
        bool half = cap_cell(f, old) == CAP_KIND_INT_HIGH ||
                    cap_cell(f, old) == CAP_KIND_INT_LOW;
        bool changed =
            (written[i] & (half ? CAP_WRITTEN | CAP_BESIDE : CAP_WRITTEN)) != 0;
        if (!changed && !tracked)
            *now = old;
        else if ((*now & (CAP_CELL_RETURN | CAP_CELL_NEW)) == CAP_CELL_RETURN)
            *now = CAP_KIND_UNKNOWN;
        if (*now == address)
            *now = CAP_KIND_UNKNOWN; /* it serves once */
    }
}

/* What a ret needs to remember. */
struct leaving {
    uint8_t *seen;
    uint8_t *written;
    uint16_t *kept;
    uint16_t address;
};

/* Behind one jsr: what the subroutine did not touch is the caller's. */
static bool return_to(struct cap_flow *f, const struct leaving *l, uint32_t jsr)
{
    const uint16_t *before = state_at(f, jsr);
    const size_t bytes = f->locals * sizeof *l->kept;

    if (before[0] == UNREACHED)
        return true;
    memcpy(l->kept, f->now + 1, bytes);
    restore_locals(f, before, l->written, l->address);
    bool ok = arrive(f, jsr + 3);
    memcpy(f->now + 1, l->kept, bytes);
    return ok;
}

static bool return_to_all(struct cap_flow *f, const struct leaving *l)
{
    const struct cap_code *c = &f->code;
    const uint32_t entry =
        c->method.code + (l->address & (uint32_t)CAP_CELL_PC);

    if (!cap_subroutine_walk(f->s->cap, c, entry, l->seen, &f->s->effort)) {
        f->s->effort = 0;
        f->failed = true;
        return false;
    }
    cap_subroutine_writes(c, l->seen, l->written);
    for (unsigned i = 0; i < f->now[0]; i++) {
        if (*cap_stack(f, i) == l->address)
            *cap_stack(f, i) = CAP_KIND_UNKNOWN;
    }
    for (uint32_t pc = c->method.code; pc < c->end; pc++) {
        if (cap_is_jsr_to(c, pc, entry) && !return_to(f, l, pc))
            return false;
    }
    return true;
}

static bool subroutine_return(struct cap_flow *f, uint8_t local)
{
    const uint32_t used = f->s->used;
    const uint32_t n = f->code.end - f->code.method.code;

    f->has_ret = true;
    if (local >= f->locals ||
        (*cap_local(f, local) & (CAP_CELL_RETURN | CAP_CELL_NEW)) !=
            CAP_CELL_RETURN)
        return cap_flow_find(f, CAP_RULE_SUBROUTINE);
    const struct leaving l = {.seen = cap_take(f->s, n),
                              .written = cap_take(f->s, CAP_LOCALS_MAX),
                              .kept = cap_take(f->s, f->locals * 2u),
                              .address = *cap_local(f, local)};
    f->no_memory = l.seen == NULL || l.written == NULL || l.kept == NULL;
    bool ok = !f->no_memory && return_to_all(f, &l);
    f->s->used = used;
    f->failed = f->failed || f->no_memory;
    return ok;
}

static bool enter_subroutine(struct cap_flow *f)
{
    const uint32_t entry =
        cap_jsr_target(&f->code, f->pc) - f->code.method.code;
    const uint16_t address = (uint16_t)(CAP_CELL_RETURN | entry);

    if (entry > CAP_CELL_PC)
        return cap_flow_find(f, CAP_RULE_SUBROUTINE);
    /* an address that it left in an earlier turn is of no more use */
    cap_forget(f, address, CAP_KIND_UNKNOWN);
    if (!cap_push(f, address))
        return false;
    return arrive(f, entry + f->code.method.code);
}

/* ---- one path ---- */

/* One instruction; false: this path is over (f->failed: with a finding). */
static bool advance(struct cap_flow *f)
{
    const uint8_t *p = f->code.p + f->pc;
    uint8_t op = p[0];

    f->ends = false;
    if (!spend(f, 4u + f->handlers) || !visit_handlers(f))
        return false;
    if (op == CAP_OP_jsr) {
        enter_subroutine(f);
        return false;
    }
    if (op == CAP_OP_ret) {
        subroutine_return(f, p[1]);
        return false;
    }
    if (!cap_step(f) || f->ends ||
        !cap_each_target(f->code.p + f->pc, f->pc, jump, f) ||
        !cap_falls_through(op))
        return false;
    f->pc += cap_instruction_length(p, f->code.end - f->pc);
    return true;
}

static void follow(struct cap_flow *f, uint32_t start)
{
    f->pc = start;
    memcpy(f->now, state_at(f, start), f->words * sizeof *f->now);
    while (advance(f)) {
        if ((f->code.marks[f->pc - f->code.method.code] & CAP_CODE_TARGET) !=
            0) {
            arrive(f, f->pc);
            return;
        }
    }
}

/* ---- a method ---- */

static enum err prepare(struct cap_flow *f)
{
    struct cap_code *c = &f->code;
    uint32_t n = c->end - c->method.code;
    uint32_t targets = 0;

    for (uint32_t i = 0; i < n; i++)
        targets += (c->marks[i] & CAP_CODE_TARGET) != 0;
    f->words = 1u + f->locals + f->limit;
    f->index = cap_take(f->s, 2 * n);
    f->now = cap_take(f->s, 2 * (f->words + 1));
    if (f->index == NULL || f->now == NULL || targets > 0xFFFF ||
        targets > 0x7FFFFFFF / (2 * f->words))
        return ERR_MEMORY;
    f->states = cap_take(f->s, 2 * f->words * targets);
    if (f->states == NULL)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        bool target = (c->marks[i] & CAP_CODE_TARGET) != 0;
        c->marks[i] &= (uint8_t)~CAP_CODE_QUEUED;
        f->index[i] = target ? ++f->count : 0;
        if (target)
            f->states[f->words * (f->count - 1u)] = UNREACHED;
    }
    return ERR_OK;
}

static bool is_over(const struct cap_flow *f)
{
    return f->s->effort == 0 || f->no_memory || (f->failed && !f->s->infer);
}

static void drain(struct cap_flow *f)
{
    struct cap_code *c = &f->code;

    do {
        f->changed = false;
        if (!spend(f, (c->end - c->method.code) / SCAN))
            return;
        for (uint32_t pc = c->method.code; pc < c->end; pc++) {
            uint8_t *mark = &c->marks[pc - c->method.code];
            if ((*mark & CAP_CODE_QUEUED) == 0)
                continue;
            *mark &= (uint8_t)~CAP_CODE_QUEUED;
            follow(f, pc);
            if (is_over(f))
                return;
        }
    } while (f->changed);
}

/* With subroutines a ret depends on every jsr: go on until nothing moves. */
static void settle(struct cap_flow *f)
{
    const struct cap_code *c = &f->code;
    bool moved = true;

    drain(f);
    while (f->has_ret && moved && !is_over(f)) {
        f->changed = false;
        for (uint32_t pc = c->method.code; pc < c->end && !is_over(f); pc++) {
            if ((c->marks[pc - c->method.code] & CAP_CODE_TARGET) != 0 &&
                state_at(f, pc)[0] != UNREACHED)
                follow(f, pc);
        }
        moved = f->changed;
        drain(f);
    }
}

static enum err run(struct cap_flow *f)
{
    struct cap_code *c = &f->code;

    if (!spend(f, 1 + (c->end - c->method.code)))
        return ERR_TYPE;
    c->marks = cap_take(f->s, c->end - c->method.code);
    if (c->marks == NULL)
        return ERR_MEMORY;
    if (!cap_walk(f->s, c))
        return f->s->infer ? ERR_OK : ERR_TYPE;
    f->locals = (uint16_t)(c->method.nargs + c->method.max_locals);
    f->limit = c->method.max_stack;
    enum err e = prepare(f);
    if (e != ERR_OK)
        return e;
    memset(f->now, 0, f->words * sizeof *f->now);
    for (unsigned i = 0; i < c->method.nargs; i++)
        *cap_local(f, i) = (uint16_t)(CAP_CELL_PARAM | i);
    f->pc = c->method.code;
    (void)arrive(f, f->pc);
    settle(f);
    if (f->no_memory)
        return ERR_MEMORY;
    return f->failed && !f->s->infer ? ERR_TYPE : ERR_OK;
}

enum err cap_flow(struct cap_state *s, struct cap_callee *callee)
{
    struct cap_flow f = {.s = s, .callee = callee};
    uint32_t used = s->used;
    struct cap_block b;

    if (!cap_method_at(s->cap, callee->offset, &f.code.method))
        return ERR_FORMAT;
    if ((f.code.method.flags & CAP_METHOD_ABSTRACT) != 0)
        return ERR_OK;
    f.code.callee = callee;
    f.code.p = s->cap->part[CAP_METHOD].p;
    f.code.end = cap_method_end(s, callee);
    if (cap_block_of(s->cap, callee->offset, &b))
        f.handlers = b.handler_count;
    if (f.code.end <= f.code.method.code) {
        f.pc = f.code.method.code;
        return cap_flow_find(&f, CAP_RULE_METHOD_HEADER) ? ERR_OK : ERR_TYPE;
    }
    enum err e = run(&f);
    s->used = used;
    return e;
}
