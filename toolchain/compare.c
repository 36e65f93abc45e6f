#include "toolchain/compare.h"

enum relation { EQUAL, UNEQUAL, LESS, NOT_LESS, GREATER, NOT_GREATER };

struct tc_compared tc_compare_take(const struct tc_flow *flow, uint32_t index)
{
    struct tc_compared c = {.is_any = false};
    uint8_t op = flow->code->insns[index].op;
    bool with_zero = op >= JOP_ifeq && op <= JOP_ifle;
    bool with_other = op >= JOP_if_icmpeq && op <= JOP_if_icmple;
    if (flow->now.depth < (with_other ? 2u : 1u) || (!with_zero && !with_other))
        return c;
    c.is_any = true;
    c.holds = (uint8_t)(op - (with_zero ? JOP_ifeq : JOP_if_icmpeq));
    c.b = *tc_top(flow, 0);
    c.a = *tc_top(flow, with_other ? 1 : 0);
    if (with_zero)
        c.b = (struct tc_slot){.kind = SLOT_INT};
    return c;
}

static int64_t clamped(struct tc_range r, int64_t value)
{
    if (value < r.low)
        return r.low;
    return value > r.high ? r.high : value;
}

/*
 * The part of `r` from `low` to `high`.  Where that is empty control does not
 * come, or does not yet: the one nearest value says enough.
 */
static struct tc_range part(struct tc_range r, int64_t low, int64_t high)
{
    return tc_range_of((int32_t)clamped(r, low), (int32_t)clamped(r, high));
}

/* What of `a` can have this relation to something in `b`. */
static struct tc_range related(struct tc_range a, enum relation relation,
                               struct tc_range b)
{
    switch (relation) {
    case EQUAL:
        return part(a, b.low, b.high);
    case LESS:
        return part(a, INT32_MIN, (int64_t)b.high - 1);
    case NOT_LESS:
        return part(a, b.low, INT32_MAX);
    case GREATER:
        return part(a, (int64_t)b.low + 1, INT32_MAX);
    case NOT_GREATER:
        return part(a, INT32_MIN, b.high);
    case UNEQUAL:
        break;
    }
    return a;
}

static enum relation turned(enum relation r)
{
    static const uint8_t other_way[] = {EQUAL,       UNEQUAL, GREATER,
                                        NOT_GREATER, LESS,    NOT_LESS};
    return (enum relation)other_way[r];
}

static void learn(struct tc_state *state, const struct tc_slot *slot,
                  struct tc_range range)
{
    if (slot->source != 0)
        state->locals[slot->source - 1].range = range;
}

void tc_compare_learn(struct tc_state *state, const struct tc_compared *c,
                      bool holds)
{
    if (!c->is_any || c->a.kind != SLOT_INT || c->b.kind != SLOT_INT)
        return;
    /* Each relation stands beside its opposite. */
    enum relation r = (enum relation)(holds ? c->holds : c->holds ^ 1u);
    struct tc_range a = related(c->a.range, r, c->b.range);
    learn(state, &c->b, related(c->b.range, turned(r), c->a.range));
    learn(state, &c->a, a);
}

void tc_compare_forget(struct tc_state *state, const struct tc_compared *c)
{
    if (!c->is_any)
        return;
    learn(state, &c->a, c->a.range);
    learn(state, &c->b, c->b.range);
}
