/*
 * What GPCLRegistryEntry and GPCLSystem tell by number.  Protocol data, the
 * recognition of legacy terminals and the mode of type F are for a radio: they
 * cannot be set, and are not there.  [Amd C 3.11.4; GP API 1.4]
 */
#include "domains/contactless.h"

#include <string.h>

#include "base/tlv.h"
#include "domains/order.h"

enum {
    INFO_URI = 0x04,
    INFO_DISCRETIONARY = 0x05,
    INFO_LOGO = 0x06,
    INFO_TYPE_A = 0x07,
    INFO_TYPE_F = 0x09,
    INFO_MESSAGE = 0x0A,
    INFO_FAMILY = 0x0B,
    INFO_PROTOCOLS = 0x0C,
    INFO_CONTINUOUS = 0x0D,
    INFO_UPDATES = 0x0E,
    INFO_DISPLAY = 0x0F,
    INFO_POLICY = 0x10,
    INFO_RECOGNITION = 0x11,
    INFO_PRIORITY = 0x12,
    INFO_HEAD = 0x13,
    INFO_TYPE_F_MODE = 0x14,
    INFO_PRIVACY = 0x15,
    CONTINUOUS_DISABLED = 1,
    CONTINUOUS_ENABLED = 2,
    EVENT_PROTOCOLS = 0x0B,
    EVENT_FAMILY = 0x0C,
    EVENT_CONTINUOUS_ON = 0x0D,
    EVENT_CONTINUOUS_OFF = 0x8D,
    EVENT_DISPLAY = 0x15,
    EVENT_POLICY = 0x10,
    CARD_UPDATES = 7,
    CARD_TYPES = 8,
    CARD_RADIO_FIRST = 1, /* protocol data, default and current */
    CARD_RADIO_LAST = 6,
    TAG_AID = 0x4F,
};

/* ---- what may be said ---- */

static bool needs_radio(uint16_t info)
{
    return (info >= INFO_TYPE_A && info <= INFO_TYPE_F) ||
           info == INFO_RECOGNITION || info == INFO_TYPE_F_MODE;
}

static bool are_protocols(struct span value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] != 0x81 && value.p[i] != 0x82 && value.p[i] != 0x84)
            return false;
    }
    return true;
}

static bool are_aids(struct span value)
{
    struct span aid;

    while (value.n > 0) {
        if (tlv_take_tag(&value, TAG_AID, &aid) != ERR_OK || aid.n < 5 ||
            aid.n > 16)
            return false;
    }
    return true;
}

static bool is_byte(struct span value, uint8_t least, uint8_t most)
{
    return value.n == 1 && value.p[0] >= least && value.p[0] <= most;
}

static bool is_well_formed(uint16_t info, struct span value)
{
    switch (info) {
    case INFO_URI:
    case INFO_DISCRETIONARY:
    case INFO_LOGO:
    case INFO_MESSAGE:
        return true;
    case INFO_FAMILY:
        return value.n == 2;
    case INFO_PROTOCOLS:
        return are_protocols(value);
    case INFO_CONTINUOUS:
        return is_byte(value, CONTINUOUS_DISABLED, CONTINUOUS_ENABLED);
    case INFO_DISPLAY:
    case INFO_PRIVACY:
        return is_byte(value, 0, 1);
    case INFO_POLICY:
        return are_aids(value);
    default:
        return false;
    }
}

sw_t domain_cl_check_info(uint16_t info, struct span value)
{
    if (needs_radio(info))
        return SW_FUNCTION_UNSUPPORTED;
    if (value.n > CL_VALUE_MAX)
        return SW_NO_MEMORY;
    /* nothing takes away what is there */
    if (value.n == 0 && info != INFO_PROTOCOLS)
        return is_well_formed(info, value) || info == INFO_FAMILY ||
                       info == INFO_CONTINUOUS || info == INFO_DISPLAY ||
                       info == INFO_PRIVACY
                   ? SW_OK
                   : SW_WRONG_DATA;
    return is_well_formed(info, value) ? SW_OK : SW_WRONG_DATA;
}

/* ---- an application's ---- */

static sw_t put_u2(struct buf *out, uint16_t value)
{
    return sw_from_err(buf_put_u2(out, value));
}

/* A head that is gone, or lets it no longer, is none. */
static sw_t put_head(const struct domain *d, const struct registry_entry *e,
                     struct buf *out)
{
    struct registry_entry head;

    return domain_cl_head(d, e, &head)
               ? sw_from_err(buf_put_span(out, registry_aid(&head)))
               : SW_RECORD_NOT_FOUND;
}

sw_t domain_cl_get_info(const struct domain *d, const struct registry_entry *e,
                        uint16_t info, struct buf *out)
{
    struct domain_cl cl;
    struct span value;

    domain_cl(d, e->slot, &cl);
    if (info < INFO_URI || info > INFO_PRIVACY)
        return SW_WRONG_DATA;
    if (info == INFO_UPDATES)
        return put_u2(out, cl.updates);
    if (info == INFO_PRIORITY)
        return put_u2(out, domain_order_place(d, e));
    if (info == INFO_HEAD)
        return put_head(d, e, out);
    return domain_cl_item(&cl, (uint8_t)info, &value)
               ? sw_from_err(buf_put_span(out, value))
               : SW_RECORD_NOT_FOUND;
}

static uint8_t event_of(uint16_t info, struct span value)
{
    switch (info) {
    case INFO_URI:
    case INFO_DISCRETIONARY:
    case INFO_LOGO:
    case INFO_MESSAGE:
        return (uint8_t)info;
    case INFO_FAMILY:
        return EVENT_FAMILY;
    case INFO_PROTOCOLS:
        return EVENT_PROTOCOLS;
    case INFO_CONTINUOUS:
        return value.n == 1 && value.p[0] == CONTINUOUS_ENABLED
                   ? EVENT_CONTINUOUS_ON
                   : EVENT_CONTINUOUS_OFF;
    case INFO_DISPLAY:
        return EVENT_DISPLAY;
    case INFO_POLICY:
        return EVENT_POLICY;
    default:
        return JCRE_CL_NO_EVENT; /* there is none for privacy */
    }
}

static bool is_kept(uint16_t info, struct span value)
{
    return value.n > 0 || info == INFO_PROTOCOLS;
}

sw_t domain_cl_set_info(struct domain *d, const struct registry_entry *e,
                        uint16_t info, struct span value, uint8_t *event)
{
    const struct domain_cl_edit edit = {
        .drop = (uint8_t)info,
        .add = is_kept(info, value) ? (uint8_t)info : 0,
        .added = value,
    };
    struct domain_cl cl;
    struct span old;

    *event = JCRE_CL_NO_EVENT;
    sw_t sw = domain_cl_check_info(info, value);
    if (sw != SW_OK)
        return sw;
    domain_cl(d, e->slot, &cl);
    const bool is_there = domain_cl_item(&cl, (uint8_t)info, &old);
    if (is_there == is_kept(info, value) &&
        (!is_there || span_equal(old, value)))
        return SW_OK;
    *event = event_of(info, value);
    return sw_from_err(domain_cl_change(d, &cl, &edit));
}

uint16_t domain_cl_family(const struct domain *d,
                          const struct registry_entry *e)
{
    struct domain_cl cl;
    struct span value;

    domain_cl(d, e->slot, &cl);
    return domain_cl_item(&cl, INFO_FAMILY, &value) && value.n == 2
               ? get_u2(value.p)
               : 0;
}

/* ---- the card's ---- */

sw_t domain_cl_card_info(const struct domain *d, uint16_t info, struct buf *out)
{
    struct domain_cl cl;

    domain_cl(d, CL_CARD, &cl);
    if (info == CARD_UPDATES)
        return put_u2(out, cl.updates);
    if (info == CARD_TYPES)
        return sw_from_err(
            buf_put_u1(out, (uint8_t)(CL_OFF_TYPES & ~cl.state)));
    return info >= CARD_RADIO_FIRST && info <= CARD_RADIO_LAST
               ? SW_RECORD_NOT_FOUND
               : SW_WRONG_DATA;
}
