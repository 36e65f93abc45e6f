#include "toolchain/subroutines.h"

#include <assert.h>
#include <string.h>

enum { ROUNDS_MAX = 100 };

struct search {
    struct tc_arena *arena;
    const struct tc_jcode *code;
    struct tc_subroutines *all;
    uint32_t *calls_of; /* [jsr]: number of the subroutine */
    bool (*nests)[TC_SUBROUTINES_MAX];
    bool *seen; /* [instruction]: the subroutine in hand can get here, */
    bool *ends; /* and from here to its ret */
    uint32_t *open;
    size_t open_count;
    const struct tc_subroutine *in_hand;
};

static struct tc_subroutine *find(const struct tc_subroutines *s,
                                  uint32_t entry)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].entry == entry)
            return &s->items[i];
    return NULL;
}

const struct tc_subroutine *tc_subroutine_at(const struct tc_subroutines *s,
                                             uint32_t entry)
{
    const struct tc_subroutine *found = find(s, entry);
    assert(found != NULL);
    return found;
}

typedef bool visitor(struct search *s, uint32_t index);

/*
 * Calls `visit` for what can follow `index` while the subroutine in hand
 * lasts, until one call says true: that is the result.  A jump that leaves it
 * for good may enter it anew: then it no longer lasts.
 */
static bool any_successor(struct search *s, uint32_t index, visitor *visit)
{
    const struct tc_jinsn *i = &s->code->insns[index];
    if (i->op == JOP_jsr && (uint32_t)i->a == s->in_hand->entry)
        return false;
    if ((i->op == JOP_jsr || tc_jop_falls_through(i->op)) &&
        visit(s, index + 1))
        return true;
    if (tc_jop_branches(i->op) && visit(s, (uint32_t)i->a))
        return true;
    for (size_t k = 0; i->table != NULL && k < i->table->count; k++)
        if (visit(s, i->table->targets[k]))
            return true;
    if (i->table != NULL && visit(s, i->table->otherwise))
        return true;
    for (size_t k = 0; k < s->code->handler_count; k++) {
        const struct tc_jhandler *h = &s->code->handlers[k];
        if (index >= h->start && index < h->end && visit(s, h->target))
            return true;
    }
    return false;
}

static bool open(struct search *s, uint32_t index)
{
    if (index < s->code->count && !s->seen[index]) {
        s->seen[index] = true;
        s->open[s->open_count++] = index;
    }
    return false;
}

static bool leads_to_end(struct search *s, uint32_t index)
{
    return index < s->code->count && s->ends[index];
}

/* The address of an inner subroutine is in another local. */
static bool is_own_ret(const struct search *s, uint32_t index)
{
    const struct tc_jinsn *first = &s->code->insns[s->in_hand->entry];
    const struct tc_jinsn *i = &s->code->insns[index];
    return i->op == JOP_ret && (first->op != JOP_astore || first->a == i->a);
}

static void find_rets(struct search *s, struct tc_subroutine *to)
{
    for (uint32_t i = 0; i < s->code->count; i++) {
        s->ends[i] = s->seen[i] && is_own_ret(s, i);
        if (!s->ends[i])
            continue;
        to->rets =
            tc_grow(s->arena, to->rets, to->ret_count, sizeof to->rets[0]);
        to->rets[to->ret_count++] = i;
    }
}

/* From the rets backwards; too tangled a code: all that was seen. */
static void find_ends(struct search *s)
{
    bool changed = true;
    for (unsigned round = 0; changed && round < ROUNDS_MAX; round++) {
        changed = false;
        for (uint32_t i = (uint32_t)s->code->count; i-- > 0;) {
            if (!s->seen[i] || s->ends[i] || !any_successor(s, i, leads_to_end))
                continue;
            s->ends[i] = true;
            changed = true;
        }
    }
    if (changed)
        memcpy(s->ends, s->seen, s->code->count * sizeof s->ends[0]);
}

static void note(struct search *s, size_t number, uint32_t index)
{
    struct tc_subroutine *to = &s->all->items[number];
    const struct tc_jinsn *i = &s->code->insns[index];
    if (i->op == JOP_istore || i->op == JOP_astore || i->op == JOP_iinc)
        to->sets[i->a / 8 % 32] |= (uint8_t)(1u << (i->a % 8 & 7));
    if (i->op == JOP_jsr)
        s->nests[number][s->calls_of[index]] = true;
}

static void explore(struct search *s, size_t number)
{
    s->in_hand = &s->all->items[number];
    memset(s->seen, 0, s->code->count * sizeof s->seen[0]);
    s->open_count = 0;
    open(s, s->in_hand->entry);
    while (s->open_count > 0)
        any_successor(s, s->open[--s->open_count], open);
    find_rets(s, &s->all->items[number]);
    find_ends(s);
    for (uint32_t i = 0; i < s->code->count; i++)
        if (s->ends[i])
            note(s, number, i);
}

/* What an inner subroutine sets, the outer one sets too. */
static bool inherit(struct search *s, size_t outer)
{
    struct tc_subroutine *to = &s->all->items[outer];
    bool changed = false;
    for (size_t inner = 0; inner < s->all->count; inner++) {
        const uint8_t *from = s->all->items[inner].sets;
        for (size_t k = 0; s->nests[outer][inner] && k < sizeof to->sets; k++) {
            changed |= (from[k] & ~to->sets[k]) != 0;
            to->sets[k] |= from[k];
        }
    }
    return changed;
}

static bool find_calls(struct search *s)
{
    struct tc_subroutines *all = s->all;
    for (uint32_t i = 0; i < s->code->count; i++) {
        if (s->code->insns[i].op != JOP_jsr)
            continue;
        uint32_t entry = (uint32_t)s->code->insns[i].a;
        struct tc_subroutine *to = find(all, entry);
        if (to == NULL && all->count == TC_SUBROUTINES_MAX)
            return false;
        if (to == NULL) {
            all->items =
                tc_grow(s->arena, all->items, all->count, sizeof all->items[0]);
            to = &all->items[all->count++];
            *to = (struct tc_subroutine){.entry = entry};
        }
        s->calls_of[i] = (uint32_t)(to - all->items);
        to->calls =
            tc_grow(s->arena, to->calls, to->call_count, sizeof to->calls[0]);
        to->calls[to->call_count++] = i;
    }
    return true;
}

static bool has_jsr(const struct tc_jcode *code)
{
    for (size_t i = 0; i < code->count; i++)
        if (code->insns[i].op == JOP_jsr)
            return true;
    return false;
}

bool tc_subroutines_find(struct tc_subroutines *all, struct tc_arena *arena,
                         const struct tc_jcode *code)
{
    *all = (struct tc_subroutines){NULL, 0};
    if (!has_jsr(code))
        return true;
    struct search s = {.arena = arena, .code = code, .all = all};
    s.calls_of = tc_alloc_array(arena, code->count, sizeof s.calls_of[0]);
    s.seen = tc_alloc_array(arena, code->count, sizeof s.seen[0]);
    s.ends = tc_alloc_array(arena, code->count, sizeof s.ends[0]);
    s.open = tc_alloc_array(arena, code->count, sizeof s.open[0]);
    if (!find_calls(&s))
        return false;
    s.nests = tc_alloc_array(arena, all->count, sizeof s.nests[0]);
    for (size_t i = 0; i < all->count; i++)
        explore(&s, i);
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < all->count; i++)
            changed |= inherit(&s, i);
    }
    return true;
}
