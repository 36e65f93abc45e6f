#include "domains/cardwide.h"
#include "domains/commands.h"
#include "domains/session.h"
#include "domains/text.h"

enum { P1_OPEN = 0x00, P1_CLOSE = 0x80 };

static uint8_t free_channel(const struct domain *d)
{
    const uint8_t count = domain_channel_count(d);

    for (uint8_t c = 1; c < count; c++) {
        if (!d->channels[c].open)
            return c;
    }
    return IO_CHANNEL_INVALID;
}

/*
 * From the basic channel the default application is selected on the new one,
 * from another channel the application that is selected there, or none where
 * there is none.  [GPCS 6.4.2.2, 6.4.3.2] [JCRE 4.5.1]
 */
static sw_t select_on(struct domain *d, uint8_t channel)
{
    struct registry_entry e;

    if (d->channel == 0)
        return domain_select_default(d, channel);
    if (!domain_entry(d, domain_here(d)->selected, &e))
        return SW_OK;
    if (domain_is_restricted(d, channel, &e))
        return SW_CONDITIONS;
    return domain_select_entry(d, channel, &e);
}

/* Nothing more is opened on a card that is blocked.  [GPCS 5.1.1.4, 5.1.1.5] */
static sw_t open_channel(struct domain *d, const struct io_command *c,
                         struct buf *response)
{
    uint8_t state = domain_card_state(d);
    uint8_t channel = c->p2;

    if (state == STATE_CARD_LOCKED || state == STATE_CARD_TERMINATED)
        return domain_refuse(
            d, SW_FUNCTION_UNSUPPORTED,
            "MANAGE CHANNEL: the card is locked or terminated");
    if (c->p2 == 0) {
        if (c->ne != 1)
            return SW_LE_WRONG | 1;
        channel = free_channel(d);
        if (channel == IO_CHANNEL_INVALID)
            return domain_refuse(d, SW_FUNCTION_UNSUPPORTED,
                                 "MANAGE CHANNEL: all channels are open");
    } else if (channel >= domain_channel_count(d) ||
               d->channels[channel].open) {
        return SW_WRONG_P1P2;
    }

    struct domain_channel *ch = &d->channels[channel];
    ch->open = true;
    ch->was_selected = false;
    sw_t sw = select_on(d, channel);
    if (sw != SW_OK) {
        domain_deselect(d, channel);
        ch->open = false;
        return sw;
    }
    return c->p2 == 0 ? sw_from_err(buf_put_u1(response, channel)) : SW_OK;
}

static sw_t close_channel(struct domain *d, const struct io_command *c)
{
    if (c->p2 == 0 || c->p2 >= domain_channel_count(d))
        return SW_FUNCTION_UNSUPPORTED;
    if (!d->channels[c->p2].open)
        return SW_WARNING_UNCHANGED;
    domain_deselect(d, c->p2);
    d->channels[c->p2].open = false;
    return SW_OK;
}

/* Whether there can be no such command, whatever the origin's state. */
static bool is_unknown(const struct domain *d, const struct io_command *c)
{
    return c->p1 == P1_OPEN ? c->p2 >= domain_channel_count(d)
                            : c->p1 != P1_CLOSE;
}

/* The tests are in the order of [JCRE 4.5.1, 4.6.1]. */
sw_t domain_manage_channel(struct domain *d, const struct io_command *c,
                           struct buf *response)
{
    if (c->secure != 0)
        return SW_SM_UNSUPPORTED;
    if (is_unknown(d, c))
        return SW_FUNCTION_UNSUPPORTED;
    if (!domain_here(d)->open)
        return SW_CHANNEL_UNSUPPORTED;
    if (c->data.n > 0)
        return SW_WRONG_LENGTH;
    return c->p1 == P1_CLOSE ? close_channel(d, c)
                             : open_channel(d, c, response);
}
