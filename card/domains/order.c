#include "domains/order.h"

#include <string.h>

/* Parts of the order, one after the other. */
enum order_part { PART_FIRST, PART_TOP, PART_MIDDLE, PART_BOTTOM, PART_END };

enum { AT_BEGINNING = DOMAIN_NONE };

static bool has_bit(const uint8_t *bits, uint16_t slot)
{
    return (bits[slot / 8] & (1u << slot % 8)) != 0;
}

static void set_bit(uint8_t *bits, uint16_t slot)
{
    bits[slot / 8] |= (uint8_t)(1u << slot % 8);
}

/* ---- beginning ---- */

static void note_record(const struct domain *d, struct domain_order *o,
                        const struct domain_cl *cl)
{
    struct registry_entry e, head;

    if (cl->application >= REGISTRY_SLOTS)
        return;
    if (cl->rank != 0)
        set_bit(o->moved, cl->application);
    if (d->first != DOMAIN_NONE && domain_entry(d, cl->application, &e) &&
        domain_cl_head(d, &e, &head) && head.slot == d->first)
        set_bit(o->first, cl->application);
    o->plain = o->plain && cl->rank == 0;
}

void domain_order_begin(const struct domain *d, struct domain_order *o)
{
    struct domain_cl cl;

    memset(o, 0, sizeof *o);
    o->slot = AT_BEGINNING;
    o->plain = d->first == DOMAIN_NONE;
    if (!o->plain)
        set_bit(o->first, d->first);
    for (uint16_t s = 0; domain_cl_each(d, &s, &cl); s++)
        note_record(d, o, &cl);
    if (o->plain)
        o->part = PART_MIDDLE;
}

void domain_order_behind(const struct domain *d, struct domain_order *o,
                         uint16_t slot)
{
    struct domain_cl cl;

    domain_order_begin(d, o);
    if (slot >= REGISTRY_SLOTS)
        return;
    o->slot = slot;
    if (o->plain)
        return;
    domain_cl(d, slot, &cl);
    o->rank = cl.rank;
    if (has_bit(o->first, slot))
        o->part = PART_FIRST;
    else if (cl.rank == 0)
        o->part = PART_MIDDLE;
    else
        o->part = cl.rank < 0 ? PART_TOP : PART_BOTTOM;
}

/* ---- walking ---- */

static bool is_tried(const struct domain *d, uint16_t slot,
                     struct registry_entry *e)
{
    return domain_entry(d, slot, e) && e->kind != ENTRY_PACKAGE;
}

static uint16_t behind(const struct domain_order *o)
{
    return o->slot == AT_BEGINNING ? 0 : (uint16_t)(o->slot + 1);
}

/* In the registry's order, of those in `bits` or of those who are not moved. */
static bool next_in_slots(const struct domain *d, struct domain_order *o,
                          bool of_first, struct registry_entry *e)
{
    for (uint16_t s = behind(o); (s = domain_next_slot(d, s)) != DOMAIN_NONE;
         s++) {
        const bool wanted =
            of_first ? has_bit(o->first, s)
                     : !has_bit(o->first, s) && !has_bit(o->moved, s);
        if (!wanted || !is_tried(d, s, e))
            continue;
        o->slot = s;
        return true;
    }
    return false;
}

static bool is_before(int32_t rank, uint16_t slot, int32_t other_rank,
                      uint16_t other_slot)
{
    return rank < other_rank || (rank == other_rank && slot < other_slot);
}

/* Whether a record's application comes behind where the walk is. */
static bool is_ahead(const struct domain_order *o, const struct domain_cl *cl,
                     bool top)
{
    if (cl->application >= REGISTRY_SLOTS || cl->rank == 0 ||
        (cl->rank < 0) != top || has_bit(o->first, cl->application))
        return false;
    return o->slot == AT_BEGINNING ||
           is_before(o->rank, o->slot, cl->rank, cl->application);
}

/* The nearest of those who were moved. */
static bool next_in_ranks(const struct domain *d, struct domain_order *o,
                          bool top, struct registry_entry *e)
{
    struct domain_cl cl;
    struct domain_cl best = {.slot = DOMAIN_NONE};
    struct registry_entry entry;

    for (uint16_t s = 0; domain_cl_each(d, &s, &cl); s++) {
        if (!is_ahead(o, &cl, top) || !is_tried(d, cl.application, &entry) ||
            (best.slot != DOMAIN_NONE &&
             is_before(best.rank, best.application, cl.rank, cl.application)))
            continue;
        best = cl;
        *e = entry;
    }
    if (best.slot == DOMAIN_NONE)
        return false;
    o->slot = best.application;
    o->rank = best.rank;
    return true;
}

bool domain_order_next(const struct domain *d, struct domain_order *o,
                       struct registry_entry *e)
{
    while (o->part < PART_END) {
        bool found = false;
        if (o->part == PART_FIRST || o->part == PART_MIDDLE)
            found = next_in_slots(d, o, o->part == PART_FIRST, e);
        else
            found = next_in_ranks(d, o, o->part == PART_TOP, e);
        if (found)
            return true;
        o->part = o->plain ? PART_END : (uint8_t)(o->part + 1);
        o->slot = AT_BEGINNING;
    }
    return false;
}

/* ---- places ---- */

int32_t domain_order_end(const struct domain *d, bool top)
{
    struct domain_cl cl;
    int32_t end = 0;

    for (uint16_t s = 0; domain_cl_each(d, &s, &cl); s++) {
        if (top ? cl.rank < end : cl.rank > end)
            end = cl.rank;
    }
    if (end == (top ? INT32_MIN : INT32_MAX))
        return end;
    return top ? end - 1 : end + 1;
}

uint16_t domain_order_place(const struct domain *d,
                            const struct registry_entry *e)
{
    struct domain_order o;
    struct registry_entry at;
    uint16_t place = 0;

    domain_order_begin(d, &o);
    while (domain_order_next(d, &o, &at)) {
        place++;
        if (at.slot == e->slot)
            return place;
    }
    return 0;
}
