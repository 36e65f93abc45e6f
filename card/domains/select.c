#include <string.h>

#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/commands.h"
#include "domains/order.h"
#include "domains/session.h"
#include "domains/text.h"
#include "domains/upgrade.h"

enum {
    P2_NEXT = 0x02,
    P2_VARIANT = 0x10,       /* what it says is for the applet [JCRE 4.5.2] */
    P2_RESPONSE_MASK = 0x0C, /* FCI, FCP, FMD or nothing: always FCI */
    DATA_FIELD_MAX = 0xFF,
};

void domain_deselect(struct domain *d, uint8_t channel)
{
    struct domain_channel *ch = &d->channels[channel];

    domain_end_session(d, channel);
    jcre_deselect(d->jcre, channel);
    ch->selected = DOMAIN_NONE;
    ch->status_p1 = 0;
}

bool domain_is_restricted(const struct domain *d, uint8_t channel,
                          const struct registry_entry *e)
{
    return e->kind == ENTRY_APPLICATION &&
           !jcre_may_select(d->jcre, channel, e->instance);
}

sw_t domain_select_entry(struct domain *d, uint8_t channel,
                         const struct registry_entry *e)
{
    if (e->kind == ENTRY_APPLICATION) {
        sw_t sw = jcre_select(d->jcre, channel, e->instance);
        if (sw != SW_OK)
            return sw;
    }
    d->channels[channel].selected = e->slot;
    return SW_OK;
}

bool domain_final_application(const struct domain *d, struct registry_entry *e)
{
    for (uint16_t s = 1; domain_each_entry(d, &s, e); s++) {
        if (e->kind != ENTRY_PACKAGE &&
            (e->privileges & PRIVILEGE_FINAL) != 0 &&
            e->state >= STATE_SELECTABLE && !domain_upgrade_holds(d, e))
            return true;
    }
    return domain_entry(d, DOMAIN_ISD, e);
}

static bool is_implicit(const struct domain *d, const struct registry_entry *e,
                        uint8_t channel)
{
    uint8_t medium = d->contactless ? IMPLICIT_CONTACTLESS : IMPLICIT_CONTACT;

    for (size_t i = 0; i < REGISTRY_IMPLICIT_MAX; i++) {
        uint8_t p = e->implicit[i];
        if ((p & medium) != 0 && (p & IMPLICIT_CHANNEL) == channel)
            return true;
    }
    return false;
}

static bool is_selectable(const struct domain *d,
                          const struct registry_entry *e)
{
    if (e->kind == ENTRY_PACKAGE)
        return false;
    if (e->slot == DOMAIN_ISD)
        return true;
    return e->state >= STATE_SELECTABLE && (e->state & STATE_LOCKED) == 0 &&
           !domain_upgrade_holds(d, e) && domain_cl_is_reachable(d, e);
}

/*
 * What is registered as implicitly selectable on just this channel; a locked
 * one leaves its place to the final application.  [GPCS 6.4.2.1.1, 9.6.2]
 */
static bool registered_implicit(const struct domain *d, uint8_t channel,
                                struct registry_entry *e)
{
    for (uint16_t s = 1; domain_each_entry(d, &s, e); s++) {
        if (e->kind == ENTRY_PACKAGE || !is_implicit(d, e, channel))
            continue;
        if (is_selectable(d, e))
            return true;
        if ((e->state & STATE_LOCKED) != 0)
            return domain_final_application(d, e);
    }
    return false;
}

/*
 * Failing that, the one of the basic channel; else the issuer domain.
 * [GPCS 6.4.1, 6.4.2.2]
 */
static bool implicit_application(const struct domain *d, uint8_t channel,
                                 struct registry_entry *e)
{
    return registered_implicit(d, channel, e) || registered_implicit(d, 0, e) ||
           domain_entry(d, DOMAIN_ISD, e);
}

static bool is_card_locked(const struct domain *d)
{
    uint8_t state = domain_card_state(d);

    return state == STATE_CARD_LOCKED || state == STATE_CARD_TERMINATED;
}

sw_t domain_select_default(struct domain *d, uint8_t channel)
{
    struct registry_entry e;
    bool found = is_card_locked(d) ? domain_final_application(d, &e)
                                   : implicit_application(d, channel, &e);

    if (!found)
        return SW_APPLET_SELECT_FAILED;
    if (domain_is_restricted(d, channel, &e))
        return SW_CONDITIONS;
    return domain_select_entry(d, channel, &e);
}

/* FCI of a security domain [GPCS 11.9.3.1]. */
static enum err put_fci(const struct domain *d, const struct registry_entry *e,
                        struct buf *out)
{
    const uint8_t maximum = DATA_FIELD_MAX;
    size_t fci, proprietary;

    enum err err = tlv_open(out, 0x6F, &fci);
    if (err == ERR_OK)
        err = tlv_put(out, 0x84, registry_aid(e));
    if (err == ERR_OK)
        err = tlv_open(out, 0xA5, &proprietary);
    if (err == ERR_OK)
        err = domain_put_recognition(d, e, out);
    if (err == ERR_OK)
        err = tlv_put(out, 0x9F65, span_of(&maximum, 1));
    if (err == ERR_OK)
        err = tlv_close(out, proprietary);
    if (err == ERR_OK)
        err = tlv_close(out, fci);
    return err;
}

/* The SELECT goes to what it selected. [GPCS 11.9.3] */
static sw_t process_select(struct domain *d, const struct io_command *c,
                           const struct registry_entry *e, struct buf *response)
{
    if (e->kind == ENTRY_APPLICATION)
        return jcre_process(d->jcre, d->channel, c, true, response);
    enum err err = put_fci(d, e, response);
    if (err != ERR_OK)
        return sw_from_err(err);
    return domain_card_state(d) == STATE_CARD_LOCKED ? SW_WARNING_LOCKED
                                                     : SW_OK;
}

/* How the name of an entry may compare with the one asked for. */
enum likeness { WHOLE, LONGER, BEGINS };

static bool matches(const struct registry_entry *e, struct span aid,
                    enum likeness how)
{
    if (e->aid_length < aid.n || (how == WHOLE && e->aid_length != aid.n) ||
        (how == LONGER && e->aid_length == aid.n))
        return false;
    return aid.n == 0 || memcmp(e->aid, aid.p, aid.n) == 0;
}

/* What a search for an AID found on its way. */
struct search {
    struct span aid;
    bool matched;   /* an entry had this AID, selectable or not */
    uint16_t at;    /* the last one that had */
    bool dropped;   /* the old selection is gone */
    bool was_ended; /* because it had been locked meanwhile */
    sw_t refusal;   /* why the last match was not selected */
};

static void drop(struct domain *d, struct search *s)
{
    if (!s->dropped)
        domain_deselect(d, d->channel);
    s->dropped = true;
}

/* One match: selected, or why not. */
static bool try_entry(struct domain *d, const struct registry_entry *e,
                      struct search *s)
{
    s->matched = true;
    s->at = e->slot;
    if (!is_selectable(d, e)) {
        s->refusal = SW_FILE_NOT_FOUND;
        if (e->slot == domain_here(d)->selected) {
            drop(d, s); /* locked while it ran: its session ends now */
            s->was_ended = true;
        }
        return false;
    }
    if (domain_is_restricted(d, d->channel, e)) {
        s->refusal = SW_CONDITIONS;
        return false;
    }
    drop(d, s);
    s->refusal = domain_select_entry(d, d->channel, e);
    return s->refusal == SW_OK;
}

/* The one with just this name. */
static bool search_whole(struct domain *d, struct search *s,
                         struct registry_entry *e)
{
    for (uint16_t slot = 0; domain_each_entry(d, &slot, e); slot++) {
        if (e->kind != ENTRY_PACKAGE && matches(e, s->aid, WHOLE) &&
            try_entry(d, e, s))
            return true;
    }
    return false;
}

/* Searches behind a slot in the order of selection; DOMAIN_NONE: all of it. */
static bool search_behind(struct domain *d, uint16_t slot, enum likeness how,
                          struct search *s, struct registry_entry *e)
{
    struct domain_order o;

    domain_order_behind(d, &o, slot);
    while (domain_order_next(d, &o, e)) {
        if (matches(e, s->aid, how) && try_entry(d, e, s))
            return true;
    }
    return false;
}

/*
 * An application that is named in full is the one that is meant [JCRE 4.5.2];
 * when it cannot be selected the search goes on behind it, as behind each
 * partial match, in the registry's order.  "Next" goes on behind what is
 * selected.  [GPCS 6.4.2.1.2, 6.4.3.1.2]
 */
static bool find_and_select(struct domain *d, const struct io_command *c,
                            struct search *s, struct registry_entry *e)
{
    const struct domain_channel *ch = domain_here(d);

    if (s->aid.n == 0) {
        struct registry_entry isd;
        bool found = domain_entry(d, DOMAIN_ISD, &isd) && try_entry(d, &isd, s);
        *e = isd;
        return found;
    }
    if ((c->p2 & P2_NEXT) != 0)
        return search_behind(d, ch->selected, BEGINS, s, e);
    if (search_whole(d, s, e))
        return true;
    return search_behind(d, s->matched ? s->at : DOMAIN_NONE, LONGER, s, e);
}

/*
 * Nothing was selected: the old application goes on, unless it was deselected
 * for one that then refused, which leaves none [JCRE 4.5.2], or because it had
 * been locked, which leaves the basic channel to its default application
 * [GPCS 6.4.2.1.2].
 */
static sw_t not_selected(struct domain *d, const struct io_command *c,
                         const struct search *s, struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    struct registry_entry current;

    if (s->was_ended && d->channel == 0 && ch->selected == DOMAIN_NONE)
        (void)domain_select_default(d, 0);
    if (s->matched)
        return s->refusal;
    if ((c->p2 & P2_NEXT) != 0)
        return SW_FILE_NOT_FOUND;
    if (!domain_entry(d, ch->selected, &current))
        return SW_APPLET_SELECT_FAILED;
    if (current.kind == ENTRY_APPLICATION)
        return jcre_process(d->jcre, d->channel, c, false, response);
    return c->data.n > sizeof current.aid ? SW_WRONG_LENGTH : SW_FILE_NOT_FOUND;
}

/* The final application in the place of what was selected before. */
static sw_t reselect(struct domain *d, const struct registry_entry *final)
{
    domain_deselect(d, 0);
    return domain_select_entry(d, 0, final);
}

/*
 * A terminated card selects nothing any more: all commands are the final
 * application's, and the issuer domain answers GET DATA only [GPCS 9.6.4].
 */
static sw_t select_terminated(struct domain *d, const struct io_command *c,
                              const struct registry_entry *final,
                              struct buf *response)
{
    sw_t sw =
        domain_here(d)->selected == final->slot ? SW_OK : reselect(d, final);

    if (sw != SW_OK)
        return sw;
    return final->kind == ENTRY_APPLICATION
               ? jcre_process(d->jcre, 0, c, false, response)
               : domain_refuse(d, SW_CONDITIONS,
                               "SELECT: the card is terminated");
}

/*
 * A locked card lets its final application alone be selected again, with a
 * warning; any other SELECT leaves that selected. [GPCS 6.4.2.1.2, 6.4.3.1.2]
 */
static sw_t select_locked(struct domain *d, const struct io_command *c,
                          struct buf *response)
{
    struct registry_entry final;

    if (d->channel != 0) {
        if (domain_here(d)->open)
            domain_deselect(d, d->channel);
        domain_here(d)->open = false;
        return SW_FUNCTION_UNSUPPORTED;
    }
    if (!domain_final_application(d, &final))
        return SW_FUNCTION_UNSUPPORTED;
    if (domain_card_state(d) == STATE_CARD_TERMINATED)
        return select_terminated(d, c, &final, response);
    bool asked = c->data.n == 0 ? final.slot == DOMAIN_ISD
                                : matches(&final, c->data, BEGINS);
    if (!asked && domain_here(d)->selected == final.slot)
        return SW_FUNCTION_UNSUPPORTED;
    if (reselect(d, &final) != SW_OK || !asked)
        return SW_FUNCTION_UNSUPPORTED;
    sw_t sw = process_select(d, c, &final, response);
    return sw == SW_OK ? SW_WARNING_LOCKED : sw;
}

/* By whole or partial name, or by its variant that a remote service has. */
static bool selects_by_name(uint8_t p2)
{
    uint8_t how = p2 & (uint8_t)~P2_RESPONSE_MASK;

    return how == 0 || how == P2_NEXT || how == P2_VARIANT;
}

/* Not the SELECT of an applet: a command like any other. [JCRE 4.5.2] */
static sw_t other_select(struct domain *d, const struct io_command *c,
                         struct buf *response)
{
    const struct domain_channel *ch = domain_here(d);
    struct registry_entry current;

    if (!ch->open)
        return SW_CHANNEL_UNSUPPORTED;
    if (!domain_entry(d, ch->selected, &current))
        return SW_APPLET_SELECT_FAILED;
    return current.kind == ENTRY_APPLICATION
               ? jcre_process(d->jcre, d->channel, c, false, response)
               : SW_WRONG_P1P2;
}

sw_t domain_select(struct domain *d, const struct io_command *c,
                   struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    struct search s = {.aid = c->data};
    struct registry_entry e;

    if (is_card_locked(d)) {
        const sw_t sw = select_locked(d, c, response);
        if (sw == SW_FUNCTION_UNSUPPORTED)
            domain_trace(d, "SELECT: the card is locked or terminated");
        return sw;
    }
    if (!selects_by_name(c->p2))
        return other_select(d, c, response);
    if ((c->p2 & P2_NEXT) != 0 && !ch->was_selected)
        return SW_CONDITIONS;

    /* SELECT opens a closed channel, which stays open when the applet does
     * not want to be selected or there is none. [JCRE 4.5.2] */
    ch->open = true;
    if (find_and_select(d, c, &s, &e)) {
        ch->was_selected = true;
        return process_select(d, c, &e, response);
    }
    return not_selected(d, c, &s, response);
}

/* There are no files: every other SELECT finds nothing. */
sw_t domain_select_file(struct domain *d, const struct domain_request *r,
                        struct buf *response)
{
    (void)d;
    (void)response;
    return r->c.p1 <= 0x03 || r->c.p1 == 0x08 || r->c.p1 == 0x09
               ? SW_FILE_NOT_FOUND
               : SW_WRONG_P1P2;
}
