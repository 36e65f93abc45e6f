/*
 * What of a method can be reached, instruction by instruction.  Two
 * instructions may not share a byte, so there is one reading of the code and
 * it is the one that runs.  Bytes that nothing reaches may be anything: they
 * never run.
 */
#include "cap/internal.h"

#include <string.h>

struct walk {
    struct cap_state *s;
    struct cap_code *code;
    uint32_t pc; /* the instruction whose targets are looked at */
    bool more;   /* a queued place lies behind us */
};

static bool find(const struct walk *w, uint32_t pc, uint8_t rule)
{
    return cap_find(w->s, CAP_METHOD, w->code->callee->offset, pc, rule);
}

/* A place where an instruction must begin. */
static bool enqueue(struct walk *w, int64_t target, uint8_t rule)
{
    struct cap_code *c = w->code;

    if (target < c->method.code || target >= c->end)
        return find(w, w->pc, rule);
    uint8_t *mark = &c->marks[target - c->method.code];
    if ((*mark & CAP_CODE_BODY) != 0)
        return find(w, w->pc, rule);
    *mark |= CAP_CODE_TARGET;
    if ((*mark & CAP_CODE_START) == 0) {
        *mark |= CAP_CODE_QUEUED;
        w->more = w->more || target <= w->pc;
    }
    return true;
}

static bool on_target(void *ctx, int64_t target)
{
    return enqueue(ctx, target, CAP_RULE_BRANCH);
}

/* Whether the matches of a lookupswitch ascend, as searches rely on. */
static bool ascends(const uint8_t *p)
{
    const bool wide = p[0] == CAP_OP_ilookupswitch;
    const uint32_t step = wide ? 6 : 4;
    const uint8_t *at = p + 5;

    if (!wide && p[0] != CAP_OP_slookupswitch)
        return true;
    for (uint32_t n = get_u2(p + 3); n > 1; n--, at += step) {
        bool less = wide ? (int32_t)get_u4(at) < (int32_t)get_u4(at + step)
                         : (int16_t)get_u2(at) < (int16_t)get_u2(at + step);
        if (!less)
            return false;
    }
    return true;
}

/* Takes one instruction in; its length, 0 after a finding. */
static uint32_t take(struct walk *w, uint32_t pc)
{
    struct cap_code *c = w->code;
    uint32_t at = pc - c->method.code;
    uint32_t n = cap_instruction_length(c->p + pc, c->end - pc);

    w->pc = pc;
    if (n == 0) {
        find(w, pc, CAP_RULE_OPCODE);
        return 0;
    }
    if (cap_opcode(c->p[pc])->needs_int &&
        (w->s->cap->flags & CAP_ACC_INT) == 0) {
        find(w, pc, CAP_RULE_INT_FLAG);
        return 0;
    }
    if (!ascends(c->p + pc)) {
        find(w, pc, CAP_RULE_SWITCH_ORDER);
        return 0;
    }
    c->marks[at] |= CAP_CODE_START;
    c->marks[at] &= (uint8_t)~CAP_CODE_QUEUED;
    for (uint32_t i = 1; i < n; i++) {
        if ((c->marks[at + i] & (CAP_CODE_START | CAP_CODE_QUEUED)) != 0) {
            find(w, pc, CAP_RULE_BRANCH);
            return 0;
        }
        c->marks[at + i] |= CAP_CODE_BODY;
    }
    /* what holds before a jsr holds again behind it: both are remembered */
    if (c->p[pc] == CAP_OP_jsr) {
        c->marks[at] |= CAP_CODE_TARGET;
        if (!enqueue(w, (int64_t)pc + n, CAP_RULE_FALL_OFF))
            return 0;
    }
    return cap_each_target(c->p + pc, pc, on_target, w) ? n : 0;
}

/* From a queued place as far as execution goes on by itself. */
static bool run_on(struct walk *w, uint32_t pc)
{
    struct cap_code *c = w->code;

    for (;;) {
        uint8_t op = c->p[pc];
        uint32_t n = take(w, pc);
        if (n == 0)
            return false;
        if (!cap_falls_through(op))
            return true;
        pc += n;
        if (pc >= c->end)
            return find(w, w->pc, CAP_RULE_FALL_OFF);
        uint8_t mark = c->marks[pc - c->method.code];
        if ((mark & CAP_CODE_BODY) != 0)
            return find(w, w->pc, CAP_RULE_BRANCH);
        if ((mark & CAP_CODE_START) != 0)
            return true;
    }
}

/* Handlers whose range begins in this method. */
static bool enqueue_handlers(struct walk *w)
{
    struct cap_code *c = w->code;
    struct cap_handler h;

    for (unsigned i = 0; cap_handler(w->s->cap, c->method.code, i, &h); i++) {
        if (h.start < c->method.code || h.start >= c->end)
            continue;
        w->pc = h.start;
        if (h.end > c->end || h.end <= h.start)
            return find(w, h.start, CAP_RULE_HANDLER);
        if (!enqueue(w, h.handler, CAP_RULE_HANDLER))
            return false;
    }
    return true;
}

/* A handler's range begins and ends between instructions [JCVM 6.10.1]. */
static bool check_ranges(struct walk *w)
{
    const struct cap_code *c = w->code;
    struct cap_handler h;

    for (unsigned i = 0; cap_handler(w->s->cap, c->method.code, i, &h); i++) {
        if (h.start < c->method.code || h.start >= c->end)
            continue;
        w->pc = h.start;
        if ((c->marks[h.start - c->method.code] & CAP_CODE_BODY) != 0 ||
            (h.end < c->end &&
             (c->marks[h.end - c->method.code] & CAP_CODE_BODY) != 0))
            return find(w, h.start, CAP_RULE_HANDLER);
    }
    return true;
}

bool cap_walk(struct cap_state *s, struct cap_code *code)
{
    struct walk w = {.s = s, .code = code, .pc = code->method.code};

    memset(code->marks, 0, code->end - code->method.code);
    if (!enqueue(&w, code->method.code, CAP_RULE_FALL_OFF) ||
        !enqueue_handlers(&w))
        return false;
    do {
        w.more = false;
        for (uint32_t pc = code->method.code; pc < code->end; pc++) {
            uint8_t mark = code->marks[pc - code->method.code];
            if ((mark & CAP_CODE_QUEUED) != 0 && !run_on(&w, pc))
                return false;
        }
    } while (w.more);
    return check_ranges(&w);
}
