/*
 * What is known of the kinds of arguments and results.  Cells that must be of
 * one kind, because one method overrides or implements the other or passes on
 * what it was given, are made one: what is learnt of one is learnt of all.
 */
#include "cap/internal.h"

#include <string.h>

enum { CELLS_MAX = 0xFFFE };

bool cap_kind_meet(uint8_t a, uint8_t b, uint8_t *both)
{
    const uint8_t low = a < b ? a : b;
    const uint8_t high = a < b ? b : a;

    *both = low == CAP_KIND_UNKNOWN ? high : low;
    return low == high || low == CAP_KIND_UNKNOWN ||
           (high == CAP_KIND_CELL &&
            (low == CAP_KIND_SHORT || low == CAP_KIND_REF));
}

enum err cap_give_cells(struct cap_state *s)
{
    uint32_t room = 0;

    for (uint16_t i = 0; i < s->callee_count; i++)
        room += s->callees[i].nargs + 1u;
    if (room > CELLS_MAX)
        return ERR_MEMORY;
    s->same = cap_take(s, room * (uint32_t)sizeof *s->same);
    s->kinds = cap_take(s, room);
    if (s->same == NULL || s->kinds == NULL)
        return ERR_MEMORY;
    memset(s->kinds, CAP_KIND_UNKNOWN, room);
    for (uint32_t i = 0; i < room; i++)
        s->same[i] = (uint16_t)i;
    room = 0;
    for (uint16_t i = 0; i < s->callee_count; i++) {
        s->callees[i].cells = (uint16_t)room;
        room += s->callees[i].nargs + 1u;
    }
    return ERR_OK;
}

/* The one that stands for all that are one with it. */
static uint16_t find(struct cap_state *s, uint16_t cell)
{
    while (s->same[cell] != cell) {
        s->same[cell] = s->same[s->same[cell]];
        cell = s->same[cell];
    }
    return cell;
}

uint8_t cap_kind_of(struct cap_state *s, uint16_t cell)
{
    return s->kinds[find(s, cell)];
}

bool cap_learn(struct cap_state *s, uint16_t cell, uint8_t kind)
{
    uint8_t *known = &s->kinds[find(s, cell)];
    const uint8_t before = *known;

    if (!cap_kind_meet(before, kind, &kind))
        return false;
    *known = kind;
    s->changed = s->changed || kind != before;
    return true;
}

bool cap_make_same(struct cap_state *s, uint16_t a, uint16_t b)
{
    a = find(s, a);
    b = find(s, b);
    if (a == b)
        return true;
    if (!cap_learn(s, a, s->kinds[b]))
        return false;
    s->same[b] = a;
    s->changed = true;
    return true;
}

bool cap_learn_all(struct cap_state *s, const struct cap_callee *c,
                   const struct cap_signature *signature)
{
    if (c->nargs != signature->nargs)
        return false;
    for (uint8_t i = 0; i < signature->nargs; i++) {
        if (!cap_learn(s, cap_arg(c, i), signature->kinds[i]))
            return false;
    }
    return cap_learn(s, cap_result(c), signature->result);
}

bool cap_unite(struct cap_state *s, const struct cap_callee *a,
               const struct cap_callee *b)
{
    if (a->nargs != b->nargs)
        return false;
    for (uint8_t i = 0; i < a->nargs; i++) {
        if (!cap_make_same(s, cap_arg(a, i), cap_arg(b, i)))
            return false;
    }
    return cap_make_same(s, cap_result(a), cap_result(b));
}

/* The number by which others know an open cell; 0: it is not open. */
static uint16_t link_of(struct cap_state *s, uint16_t cell, uint8_t *kind)
{
    *kind = cap_kind_of(s, cell);
    return cap_kind_is_open(*kind) ? (uint16_t)(find(s, cell) + 1u) : 0;
}

void cap_known(struct cap_state *s, const struct cap_callee *c,
               struct cap_signature *out, struct cap_links *links)
{
    *out = (struct cap_signature){.nargs = c->nargs, .is_init = c->init};
    *links = (struct cap_links){0};
    for (uint8_t i = 0; i < c->nargs; i++)
        links->kinds[i] = link_of(s, cap_arg(c, i), &out->kinds[i]);
    links->result = link_of(s, cap_result(c), &out->result);
}
