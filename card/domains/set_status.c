#include "domains/authority.h"
#include "domains/commands.h"
#include "domains/contactless.h"
#include "domains/session.h"

enum {
    P1_CARD = 0x80,
    P1_APPLICATION = 0x40,
    P1_HIERARCHY = 0x60,
    P1_MASK = 0xE0,
};

/* The data field does not matter. [GPCS 11.10.2.3, 9.6.3, 9.6.4] */
static sw_t set_card(struct domain *d, const struct domain_request *r)
{
    struct registry_entry isd;

    sw_t sw = domain_may_set_card_state(d, &r->self, r->c.p2);
    if (sw != SW_OK)
        return sw;
    if (!domain_entry(d, DOMAIN_ISD, &isd))
        return SW_NO_DIAGNOSIS;
    isd.state = r->c.p2;
    return sw_from_err(domain_put_entry(d, &isd));
}

/* [GPCS 11.10.2.2, 9.6.2] */
static sw_t set_one(struct domain *d, const struct domain_request *r,
                    struct registry_entry *target)
{
    uint8_t state = r->c.p2;

    sw_t sw = domain_may_set_state(d, &r->self, target, &state);
    if (sw != SW_OK)
        return sw;
    const uint8_t was = target->state;
    target->state = state;
    sw = sw_from_err(domain_put_state(d, target, was));
    if (sw == SW_OK)
        domain_cl_tell(d, target, was);
    return sw;
}

static bool is_below(const struct domain *d, uint16_t root,
                     const struct registry_entry *e)
{
    return e->kind != ENTRY_PACKAGE && e->slot != DOMAIN_ISD &&
           (e->slot == root || domain_is_above(d, root, e));
}

/* Which entries have been locked or unlocked. */
struct changed {
    uint8_t slots[REGISTRY_SLOTS / 8];
};

/* Locks or unlocks what is not in that state yet. */
static enum err set_below(struct domain *d, uint16_t root, bool lock,
                          struct changed *changed)
{
    struct registry_entry e;
    enum err err = ERR_OK;

    for (uint16_t s = 0; err == ERR_OK && domain_each_entry(d, &s, &e); s++) {
        bool final = (domain_privileges(d, &e) & PRIVILEGE_FINAL) != 0;
        if (!is_below(d, root, &e) || (lock && final))
            continue;
        const uint8_t was = e.state;
        e.state =
            lock ? e.state | STATE_LOCKED : (uint8_t)(e.state & ~STATE_LOCKED);
        if (e.state != was)
            changed->slots[s / 8] |= (uint8_t)(1u << s % 8);
        err = domain_put_state(d, &e, was);
    }
    return err;
}

static void tell_changed(struct domain *d, const struct changed *changed)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if ((changed->slots[s / 8] & (1u << s % 8)) != 0)
            domain_cl_tell(d, &e, e.state ^ STATE_LOCKED);
    }
}

/* A domain and all that is below it, in one step. [GPCS 11.10.2.1] */
static sw_t set_hierarchy(struct domain *d, const struct domain_request *r,
                          const struct registry_entry *target)
{
    bool lock = (r->c.p2 & STATE_LOCKED) != 0;
    struct changed changed = {.slots = {0}};
    struct registry_entry as_if = *target;
    uint8_t state = r->c.p2;

    /* All may be in the wanted state already: that alone is no refusal. */
    as_if.state = lock ? (uint8_t)(target->state & ~STATE_LOCKED)
                       : target->state | STATE_LOCKED;
    sw_t sw = target->kind == ENTRY_DOMAIN
                  ? domain_may_set_state(d, &r->self, &as_if, &state)
                  : SW_WRONG_DATA;
    if (sw != SW_OK)
        return sw;
    enum err e = heap_begin(d->heap);
    if (e != ERR_OK)
        return sw_from_err(e);
    e = set_below(d, target->slot, lock, &changed);
    if (e == ERR_OK) {
        e = heap_commit(d->heap);
        if (e == ERR_OK)
            tell_changed(d, &changed);
        return sw_from_err(e);
    }
    enum err undone = heap_abort(d->heap);
    return sw_from_err(undone == ERR_OK ? e : undone);
}

/* [GPCS 11.10] */
sw_t domain_set_status(struct domain *d, const struct domain_request *r,
                       struct buf *response)
{
    uint8_t type = r->c.p1 & P1_MASK;
    struct registry_entry target;

    (void)response;
    if (type == P1_CARD)
        return set_card(d, r);
    if (type != P1_APPLICATION && type != P1_HIERARCHY)
        return SW_WRONG_P1P2;
    uint8_t card = domain_card_state(d);
    if (card == STATE_CARD_LOCKED)
        return SW_CONDITIONS;
    if (r->c.data.n < 5 || r->c.data.n > 16)
        return SW_WRONG_DATA;
    if (!domain_find_application(d, r->c.data, &target))
        return SW_DATA_NOT_FOUND;
    return type == P1_HIERARCHY ? set_hierarchy(d, r, &target)
                                : set_one(d, r, &target);
}
