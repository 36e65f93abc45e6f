/*
 * The instructions of a method, one behind the other from its first byte: one
 * reading of the code, the one that runs.  Places that are jumped to are
 * marked; whether a jump lands on an instruction is seen when it is followed.
 */
#include "cap/internal.h"

#include <string.h>

/* Whether the matches of a lookupswitch ascend, as searches rely on. */
bool cap_matches_ascend(const uint8_t *p)
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

bool cap_code_starts(const struct cap_code *code, int64_t pc)
{
    return pc >= code->method.code && pc < code->end &&
           (code->marks[pc - code->method.code] & CAP_CODE_START) != 0;
}

/* A place that is jumped to; beyond the method it is told when followed. */
static bool mark_target(void *ctx, int64_t target)
{
    struct cap_code *c = ctx;

    if (target >= c->method.code && target < c->end)
        c->marks[target - c->method.code] |= CAP_CODE_TARGET;
    return true;
}

static void mark_instructions(struct cap_code *c)
{
    uint32_t pc = c->method.code;

    (void)mark_target(c, pc);
    while (pc < c->end) {
        const uint32_t n = cap_instruction_length(c->p + pc, c->end - pc);
        if (n == 0)
            break;
        c->marks[pc - c->method.code] |= CAP_CODE_START;
        (void)cap_each_target(c->p + pc, pc, mark_target, c);
        if (c->p[pc] == CAP_OP_jsr) {
            (void)mark_target(c, pc);
            (void)mark_target(c, (int64_t)pc + n);
            c->has_jsr = true;
        }
        pc += n;
    }
    c->decoded = pc;
}

/* A range of a handler begins and ends between instructions [JCVM 6.10.1]. */
static bool is_between(const struct cap_code *c, const struct cap_handler *h)
{
    return cap_code_starts(c, h->start) && h->end > h->start &&
           h->end <= c->end &&
           (h->end == c->decoded || cap_code_starts(c, h->end));
}

static void mark_astray(struct cap_code *c, const struct cap_handler *h)
{
    const uint32_t end = h->end < c->end ? h->end : c->end;

    c->astray = true;
    c->marks[h->start - c->method.code] |= CAP_CODE_ASTRAY;
    for (uint32_t pc = h->start; pc < end; pc++)
        c->marks[pc - c->method.code] |= CAP_CODE_ASTRAY;
}

/* One that does not lie between instructions may belong to a method that
 * nothing calls, and so nobody knows of: what it covers must not run. */
static void mark_handlers(const struct cap_state *s, struct cap_code *c)
{
    struct cap_handler h;
    struct cap_block b = {0};

    (void)cap_block_of(s->cap, c->method.code, &b);
    for (unsigned i = 0; cap_block_handler(s->cap, &b, i, &h); i++) {
        if (h.start < c->method.code || h.start >= c->end)
            continue;
        if (is_between(c, &h) && cap_code_starts(c, h.handler))
            (void)mark_target(c, h.handler);
        else
            mark_astray(c, &h);
    }
}

bool cap_code_astray(const struct cap_code *code, uint32_t pc)
{
    const uint32_t n = cap_instruction_length(code->p + pc, code->end - pc);

    for (uint32_t i = pc; i < pc + n; i++) {
        if ((code->marks[i - code->method.code] & CAP_CODE_ASTRAY) != 0)
            return true;
    }
    return false;
}

void cap_walk(const struct cap_state *s, struct cap_code *code)
{
    memset(code->marks, 0, code->end - code->method.code);
    mark_instructions(code);
    mark_handlers(s, code);
}
