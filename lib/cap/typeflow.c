/*
 * The data flow of one method: states are remembered where something jumps,
 * and widened until nothing changes.  [JCVM 7.5; JVM 4.9.2 of its time]
 */
#include <string.h>

#include "cap/subroutine.h"
#include "cap/typeframe.h"
#include "cap/typemember.h"
#include "cap/typeorder.h"

#define UNREACHED 0xFFFFFFFFu

bool cap_frame_find(struct cap_frame *f, uint8_t rule)
{
    f->failed = true;
    return cap_types_find(f->s, CAP_METHOD, f->method->offset, f->pc, rule);
}

/* ---- words ---- */

bool cap_frame_need(struct cap_frame *f, unsigned n)
{
    return f->now[CAP_FRAME_DEPTH] >= n ||
           cap_frame_find(f, CAP_RULE_STACK_UNDERFLOW);
}

static bool push_word(struct cap_frame *f, cap_type_t t)
{
    if (f->now[CAP_FRAME_DEPTH] >= f->limit)
        return cap_frame_find(f, CAP_RULE_STACK_OVERFLOW);
    *cap_frame_stack(f, f->now[CAP_FRAME_DEPTH]++) = t;
    return true;
}

bool cap_frame_push(struct cap_frame *f, cap_type_t t)
{
    if (!push_word(f, t))
        return false;
    return cap_type_kind(t) != CAP_TYPE_INT ||
           push_word(f, cap_type(CAP_TYPE_INT_LOW, 0));
}

static bool pop_word(struct cap_frame *f, cap_type_t t)
{
    if (!cap_frame_need(f, 1))
        return false;
    return *cap_frame_stack(f, --f->now[CAP_FRAME_DEPTH]) == t ||
           cap_frame_find(f, CAP_RULE_OPERAND_KIND);
}

bool cap_frame_pop(struct cap_frame *f, cap_type_t t)
{
    if (cap_type_kind(t) == CAP_TYPE_INT &&
        !pop_word(f, cap_type(CAP_TYPE_INT_LOW, 0)))
        return false;
    return pop_word(f, t);
}

bool cap_frame_pop_reference(struct cap_frame *f, cap_type_t *out)
{
    if (!cap_frame_need(f, 1))
        return false;
    *out = *cap_frame_stack(f, --f->now[CAP_FRAME_DEPTH]);
    if (cap_is_reference(*out))
        return true;
    enum cap_type_kind kind = cap_type_kind(*out);
    bool unmade = kind == CAP_TYPE_NEW || kind == CAP_TYPE_THIS;
    return cap_frame_find(f, unmade ? CAP_RULE_UNINITIALISED
                                    : CAP_RULE_OPERAND_KIND);
}

bool cap_frame_pop_as(struct cap_frame *f, cap_type_t declared, uint8_t rule)
{
    cap_type_t value = 0;

    if (!cap_is_reference(declared))
        return cap_frame_pop(f, cap_cell_of(declared));
    return cap_frame_pop_reference(f, &value) &&
           (cap_can_assign(f->s, value, declared) || cap_frame_find(f, rule));
}

void cap_frame_replace(struct cap_frame *f, cap_type_t from, cap_type_t to)
{
    unsigned n = f->locals + f->now[CAP_FRAME_DEPTH];

    for (unsigned i = 0; i < n; i++) {
        if (*cap_frame_local(f, i) == from)
            *cap_frame_local(f, i) = to;
    }
}

/* ---- states that meet ---- */

static cap_type_t *state_at(const struct cap_frame *f, uint32_t pc)
{
    uint16_t i = f->index[pc - f->code.method.code];
    return i == 0 ? NULL : f->states + (size_t)f->words * (i - 1u);
}

static void queue(struct cap_frame *f, uint32_t pc)
{
    f->code.marks[pc - f->code.method.code] |= CAP_CODE_QUEUED;
    f->changed = true;
}

/* Whether there is strength left for n more steps. */
static bool spend(struct cap_frame *f, uint32_t n)
{
    if (f->s->effort < n)
        return cap_frame_find(f, CAP_RULE_EFFORT);
    f->s->effort -= n;
    return true;
}

/* The state in hand arrives at pc. */
static bool arrive(struct cap_frame *f, uint32_t pc)
{
    cap_type_t *there = state_at(f, pc);
    const cap_type_t *now = f->now;
    uint32_t n = CAP_FRAME_LOCALS + f->locals + now[CAP_FRAME_DEPTH];
    bool wider = false;

    if (!spend(f, n))
        return false;
    if (there[CAP_FRAME_DEPTH] == UNREACHED) {
        memcpy(there, now, n * sizeof *now);
        queue(f, pc);
        return true;
    }
    if (there[CAP_FRAME_DEPTH] != now[CAP_FRAME_DEPTH])
        return cap_frame_find(f, CAP_RULE_MERGE);
    if (there[CAP_FRAME_MADE] > now[CAP_FRAME_MADE]) {
        there[CAP_FRAME_MADE] = 0;
        wider = true;
    }
    for (uint32_t i = CAP_FRAME_LOCALS; i < n; i++) {
        cap_type_t joined = cap_type_join(f->s, there[i], now[i]);
        wider = wider || joined != there[i];
        there[i] = joined;
    }
    if (wider)
        queue(f, pc);
    return true;
}

static bool jump(void *ctx, int64_t target)
{
    struct cap_frame *f = ctx;

    return cap_code_starts(&f->code, target)
               ? arrive(f, (uint32_t)target)
               : cap_frame_find(f, CAP_RULE_BRANCH);
}

/* ---- exceptions: a handler sees the locals before each instruction ---- */

static bool catch_type(struct cap_frame *f, const struct cap_handler *h,
                       cap_type_t *out)
{
    struct cap_entry e;
    uint16_t class = f->s->throwable;

    if (h->catch_type != 0 &&
        (!cap_pool(f->s->cap, h->catch_type, &e) || e.tag != CAP_CLASSREF ||
         !cap_entry_class(f->s, &e, &class)))
        return cap_frame_find(f, CAP_RULE_POOL_KIND);
    *out = cap_type(CAP_TYPE_CLASS, class);
    return cap_is_below(f->s, class, f->s->throwable) ||
           cap_frame_find(f, CAP_RULE_TYPE_THROWABLE);
}

static bool visit_handler(struct cap_frame *f, const struct cap_handler *h)
{
    cap_type_t depth = f->now[CAP_FRAME_DEPTH];
    cap_type_t bottom = *cap_frame_stack(f, 0);
    cap_type_t caught = 0;

    if (f->limit == 0)
        return cap_frame_find(f, CAP_RULE_STACK_OVERFLOW);
    if (!catch_type(f, h, &caught))
        return false;
    f->now[CAP_FRAME_DEPTH] = 1;
    *cap_frame_stack(f, 0) = caught;
    bool ok = arrive(f, h->handler);
    f->now[CAP_FRAME_DEPTH] = depth;
    *cap_frame_stack(f, 0) = bottom;
    return ok;
}

static bool covers(const struct cap_frame *f, const struct cap_handler *h,
                   uint32_t pc)
{
    /* ranges that begin in another method are refused there */
    return h->start >= f->code.method.code && pc >= h->start && pc < h->end;
}

static bool visit_handlers(struct cap_frame *f)
{
    struct cap_handler h;

    for (unsigned i = 0; cap_handler(f->s->cap, f->pc, i, &h); i++) {
        if (covers(f, &h, f->pc) && !visit_handler(f, &h))
            return false;
    }
    return true;
}

/* ---- subroutines ---- */

/* Takes back from before the call what the subroutine does not write. */
static void restore_locals(struct cap_frame *f, const cap_type_t *before,
                           cap_type_t address)
{
    for (unsigned i = 0; i < f->locals; i++) {
        cap_type_t *now = cap_frame_local(f, i);
        enum cap_type_kind kind = cap_type_kind(before[CAP_FRAME_LOCALS + i]);
        /* an object may have been made or lost where no local is written */
        bool tracked = kind == CAP_TYPE_NEW || kind == CAP_TYPE_THIS;
        bool half = kind == CAP_TYPE_INT || kind == CAP_TYPE_INT_LOW;
        bool changed = (f->written[i] &
                        (half ? CAP_WRITTEN | CAP_BESIDE : CAP_WRITTEN)) != 0;
        if (!changed && !tracked)
            *now = before[CAP_FRAME_LOCALS + i];
        else if (cap_type_kind(*now) == CAP_TYPE_RETURN)
            *now = CAP_TYPE_NONE;
        if (*now == address)
            *now = CAP_TYPE_NONE; /* it serves once */
    }
}

/* Behind one jsr: what the subroutine did not touch is the caller's. */
static bool return_to(struct cap_frame *f, cap_type_t address, uint32_t jsr)
{
    const cap_type_t *before = state_at(f, jsr);
    size_t bytes = f->locals * sizeof *f->kept;

    if (before[CAP_FRAME_DEPTH] == UNREACHED)
        return true;
    memcpy(f->kept, cap_frame_local(f, 0), bytes);
    restore_locals(f, before, address);
    bool ok = arrive(f, jsr + 3);
    memcpy(cap_frame_local(f, 0), f->kept, bytes);
    return ok;
}

static bool subroutine_return(struct cap_frame *f, uint8_t local)
{
    const struct cap_code *c = &f->code;
    cap_type_t address = local < f->locals ? *cap_frame_local(f, local) : 0;

    if (cap_type_kind(address) != CAP_TYPE_RETURN)
        return cap_frame_find(f, CAP_RULE_SUBROUTINE);
    uint32_t entry = c->method.code + cap_type_detail(address);
    if (!cap_subroutine_walk(f->s->cap, c, entry, f->seen, &f->s->effort))
        return cap_frame_find(f, CAP_RULE_EFFORT);
    cap_subroutine_writes(c, f->seen, f->written);
    for (unsigned i = 0; i < f->now[CAP_FRAME_DEPTH]; i++) {
        if (*cap_frame_stack(f, i) == address)
            *cap_frame_stack(f, i) = CAP_TYPE_NONE;
    }
    for (uint32_t pc = c->method.code; pc < c->end; pc++) {
        if (cap_is_jsr_to(c, pc, entry) && !return_to(f, address, pc))
            return false;
    }
    return true;
}

static bool enter_subroutine(struct cap_frame *f)
{
    uint32_t entry = cap_jsr_target(&f->code, f->pc);
    cap_type_t address = cap_type(CAP_TYPE_RETURN, entry - f->code.method.code);

    /* an address that it left in an earlier turn is of no more use */
    cap_frame_replace(f, address, CAP_TYPE_NONE);
    return push_word(f, address) && arrive(f, entry);
}

/* ---- one path ---- */

/* One instruction; false: this path is over (f->failed: with a finding). */
static bool advance(struct cap_frame *f)
{
    const uint8_t *p = f->code.p + f->pc;

    if (f->code.astray && cap_code_astray(&f->code, f->pc))
        return cap_frame_find(f, CAP_RULE_HANDLER);
    if (!spend(f, 1u + f->handlers) || !visit_handlers(f))
        return false;
    if (p[0] == CAP_OP_jsr) {
        (void)enter_subroutine(f);
        return false;
    }
    if (p[0] == CAP_OP_ret) {
        (void)subroutine_return(f, p[1]);
        return false;
    }
    if (!cap_type_step(f) ||
        !cap_each_target(f->code.p + f->pc, f->pc, jump, f) ||
        !cap_falls_through(p[0]))
        return false;
    f->pc += cap_instruction_length(p, f->code.end - f->pc);
    return true;
}

static void follow(struct cap_frame *f, uint32_t start)
{
    const cap_type_t *from = state_at(f, start);

    f->pc = start;
    memcpy(f->now, from,
           (CAP_FRAME_LOCALS + f->locals + from[CAP_FRAME_DEPTH]) *
               sizeof *from);
    while (advance(f)) {
        if ((f->code.marks[f->pc - f->code.method.code] & CAP_CODE_TARGET) !=
            0) {
            (void)arrive(f, f->pc);
            return;
        }
    }
}

static void drain(struct cap_frame *f)
{
    struct cap_code *c = &f->code;

    do {
        f->changed = false;
        for (uint32_t pc = c->method.code; pc < c->end; pc++) {
            uint8_t *mark = &c->marks[pc - c->method.code];
            if ((*mark & CAP_CODE_QUEUED) == 0)
                continue;
            *mark &= (uint8_t)~CAP_CODE_QUEUED;
            follow(f, pc);
            if (f->failed)
                return;
        }
    } while (f->changed);
}

/* A ret depends on the state of every jsr: both again, until nothing moves. */
static void settle(struct cap_frame *f)
{
    const struct cap_code *c = &f->code;
    bool moved = false;

    do {
        drain(f);
        for (uint32_t pc = c->method.code; pc < c->end && !f->failed; pc++) {
            if ((c->marks[pc - c->method.code] & CAP_CODE_TARGET) != 0 &&
                state_at(f, pc)[CAP_FRAME_DEPTH] != UNREACHED)
                follow(f, pc);
        }
        moved = f->changed;
    } while (moved && !f->failed);
}

/* ---- a method ---- */

/* The types that a method is entered with. */
static void enter(struct cap_frame *f)
{
    bool is_static = (f->method->flags & CAP_ROW_STATIC) != 0;
    bool unmade = (f->method->flags & CAP_ROW_INIT) != 0 &&
                  f->method->class != f->s->object;
    unsigned at = 0;

    memset(f->now, 0, f->words * sizeof *f->now);
    f->now[CAP_FRAME_MADE] = unmade ? 0 : 1;
    if (!is_static)
        *cap_frame_local(f, at++) =
            unmade ? cap_type(CAP_TYPE_THIS, 0)
                   : cap_type(CAP_TYPE_CLASS, f->method->class);
    for (uint16_t i = 0; i < f->s->own.count; i++) {
        cap_type_t t = cap_cell_of(f->s->own.parameters[i]);
        *cap_frame_local(f, at++) = t;
        if (cap_type_kind(t) == CAP_TYPE_INT)
            *cap_frame_local(f, at++) = cap_type(CAP_TYPE_INT_LOW, 0);
    }
}

static enum err prepare(struct cap_frame *f)
{
    struct cap_code *c = &f->code;
    uint32_t n = c->end - c->method.code;
    uint32_t targets = 0;

    for (uint32_t i = 0; i < n; i++)
        targets += (c->marks[i] & CAP_CODE_TARGET) != 0;
    f->words = (uint32_t)CAP_FRAME_LOCALS + f->locals + f->limit;
    f->index = cap_types_take(f->s, 2 * n);
    f->seen = cap_types_take(f->s, n);
    f->now = cap_types_take(f->s, 4 * (f->words + 1));
    f->kept = cap_types_take(f->s, 4u * CAP_LOCALS_MAX);
    f->written = cap_types_take(f->s, CAP_LOCALS_MAX);
    if (f->index == NULL || f->seen == NULL || f->now == NULL ||
        f->kept == NULL || f->written == NULL ||
        targets > 0x7FFFFFFF / (4 * f->words))
        return ERR_MEMORY;
    f->states = cap_types_take(f->s, 4 * f->words * targets);
    if (f->states == NULL)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        bool target = (c->marks[i] & CAP_CODE_TARGET) != 0;
        c->marks[i] &= (uint8_t)~CAP_CODE_QUEUED;
        f->index[i] = target ? ++f->count : 0;
        if (target)
            f->states[(size_t)f->words * (f->count - 1u)] = UNREACHED;
    }
    return ERR_OK;
}

static enum err run(struct cap_frame *f)
{
    struct cap_code *c = &f->code;

    c->marks = cap_types_take(f->s, c->end - c->method.code);
    if (c->marks == NULL)
        return ERR_MEMORY;
    cap_walk(&f->walk, c);
    f->locals = (uint16_t)(c->method.nargs + c->method.max_locals);
    f->limit = c->method.max_stack;
    enum err e = prepare(f);
    if (e != ERR_OK)
        return e;
    enter(f);
    f->pc = c->method.code;
    (void)arrive(f, f->pc);
    settle(f);
    return f->failed ? ERR_TYPE : ERR_OK;
}

enum err cap_type_flow(struct cap_types *s, const struct cap_method_row *m)
{
    struct cap_frame f = {.s = s, .method = m, .walk = {.cap = s->cap}};
    unsigned object = (m->flags & CAP_ROW_STATIC) != 0 ? 0 : 1;
    uint32_t used = s->used;
    struct cap_block b;

    if (!cap_method_at(s->cap, m->offset, &f.code.method))
        return ERR_FORMAT;
    f.pc = f.code.method.code;
    if (!cap_types_of(s, m->type, &s->own) ||
        s->own.cells + object != f.code.method.nargs)
        return cap_frame_find(&f, CAP_RULE_DESCRIPTOR) ? ERR_OK : ERR_TYPE;
    if ((m->flags & CAP_ROW_ABSTRACT) != 0)
        return ERR_OK;
    f.walk.quiet = true;
    f.callee.offset = m->offset;
    f.code.callee = &f.callee;
    f.code.p = s->cap->part[CAP_METHOD].p;
    f.code.end = f.code.method.code + m->code_count;
    if (cap_block_of(s->cap, m->offset, &b))
        f.handlers = b.handler_count;
    enum err e = run(&f);
    s->used = used;
    return e;
}
