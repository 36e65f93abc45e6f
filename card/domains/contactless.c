#include "domains/contactless.h"

#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/text.h"
#include "jcre/native.h"

/* ---- groups, CREL applications ---- */

bool domain_cl_head(const struct domain *d, const struct registry_entry *e,
                    struct registry_entry *head)
{
    struct domain_cl cl;
    struct span aid;

    domain_cl(d, e->slot, &cl);
    if (!domain_cl_item(&cl, CL_ITEM_HEAD, &aid) ||
        !domain_find_application(d, aid, head))
        return false;
    domain_cl(d, head->slot, &cl);
    return domain_cl_lists(&cl, CL_ITEM_MEMBER, registry_aid(e));
}

bool domain_cl_is_head(const struct domain *d, const struct registry_entry *e)
{
    struct domain_cl cl;
    struct span aid;

    domain_cl(d, e->slot, &cl);
    return domain_cl_item(&cl, CL_ITEM_MEMBER, &aid);
}

bool domain_cl_is_crel(const struct domain *d,
                       const struct registry_entry *crel,
                       const struct registry_entry *e)
{
    struct domain_cl cl;

    domain_cl(d, e->slot, &cl);
    return domain_cl_lists(&cl, CL_ITEM_CREL, registry_aid(crel));
}

bool domain_cl_may_see(const struct domain *d, const struct registry_entry *who,
                       const struct registry_entry *what)
{
    return domain_may_see(d, who, what) || domain_cl_is_crel(d, who, what);
}

/* ---- states ---- */

/* Selectable and not locked. */
static bool is_usable(const struct registry_entry *e)
{
    return e->slot == DOMAIN_ISD ||
           (e->state >= STATE_SELECTABLE && (e->state & STATE_LOCKED) == 0);
}

static uint8_t recorded(const struct domain *d, const struct registry_entry *e)
{
    struct domain_cl cl;

    domain_cl(d, e->slot, &cl);
    return e->slot == DOMAIN_ISD ? CL_ACTIVATED : cl.state;
}

/* [Amd C 8.1] */
uint8_t domain_cl_state(const struct domain *d, const struct registry_entry *e)
{
    const uint8_t own = recorded(d, e);
    struct registry_entry head;

    if (own == CL_NON_ACTIVATABLE)
        return own;
    if (!is_usable(e))
        return CL_DEACTIVATED;
    if (!domain_cl_head(d, e, &head))
        return own;
    return is_usable(&head) && recorded(d, &head) == CL_ACTIVATED
               ? CL_ACTIVATED
               : CL_DEACTIVATED;
}

/* Whether the way the card is spoken to has been turned off. */
static bool is_off(const struct domain *d)
{
    uint8_t bits = CL_OFF_PROXIMITY;
    struct domain_cl card;

    domain_cl(d, CL_CARD, &card);
    switch (jcre_protocol(d->jcre)) {
    case CARD_TYPE_A:
        bits |= CL_OFF_TYPE_A;
        break;
    case CARD_TYPE_B:
        bits |= CL_OFF_TYPE_B;
        break;
    case CARD_TYPE_F:
        bits |= CL_OFF_TYPE_F;
        break;
    default:
        break;
    }
    return (card.state & bits) != 0;
}

bool domain_cl_is_reachable(const struct domain *d,
                            const struct registry_entry *e)
{
    return !d->contactless ||
           (!is_off(d) && domain_cl_state(d, e) == CL_ACTIVATED);
}

/* Whether the policy of one names the other: AIDs as tags 4F. */
static bool restricts(const struct domain *d, const struct registry_entry *one,
                      const struct registry_entry *other)
{
    enum { INFO_POLICY = 0x10, TAG_AID = 0x4F };
    struct span list, aid;
    struct domain_cl cl;

    domain_cl(d, one->slot, &cl);
    if (!domain_cl_item(&cl, INFO_POLICY, &list))
        return false;
    while (tlv_take_tag(&list, TAG_AID, &aid) == ERR_OK) {
        if (span_equal(aid, registry_aid(other)))
            return true;
    }
    return false;
}

bool domain_cl_conflicts(const struct domain *d,
                         const struct registry_entry *one,
                         const struct registry_entry *other)
{
    return one->slot != other->slot &&
           (restricts(d, one, other) || restricts(d, other, one));
}

/* Whether what is active keeps `e` from becoming so. */
static bool is_kept_off(const struct domain *d, const struct registry_entry *e)
{
    struct registry_entry other;

    for (uint16_t s = 0; domain_each_entry(d, &s, &other); s++) {
        if (other.kind != ENTRY_PACKAGE && domain_cl_conflicts(d, e, &other) &&
            domain_cl_state(d, &other) == CL_ACTIVATED)
            return true;
    }
    return false;
}

/* Whether anybody has a record: without, all are what they begin with. */
static bool has_records(const struct domain *d)
{
    struct domain_cl cl;
    uint16_t slot = 0;

    return domain_cl_each(d, &slot, &cl);
}

/* [Amd C 8.3] */
enum err domain_cl_settle(struct domain *d, const struct registry_entry *e,
                          bool is_new)
{
    struct domain_cl cl;

    if (!has_records(d))
        return ERR_OK;
    domain_cl(d, e->slot, &cl);
    if (cl.state == CL_NON_ACTIVATABLE)
        return ERR_OK;
    const uint8_t state = cl.initial == CL_ACTIVATED && !is_kept_off(d, e)
                              ? CL_ACTIVATED
                              : CL_DEACTIVATED;
    if (state == cl.state)
        return ERR_OK;
    cl.state = state;
    return is_new ? domain_cl_enter(d, &cl, NULL)
                  : domain_cl_change(d, &cl, NULL);
}

static bool has_begun(const struct registry_entry *e, uint8_t was)
{
    const struct registry_entry before = {.slot = e->slot, .state = was};

    return is_usable(e) && !is_usable(&before);
}

static enum err put_and_settle(struct domain *d, const struct registry_entry *e)
{
    const enum err err = domain_put_entry(d, e);

    return err == ERR_OK ? domain_cl_settle(d, e, false) : err;
}

enum err domain_put_state(struct domain *d, const struct registry_entry *e,
                          uint8_t was)
{
    bool own = false;

    if (!has_begun(e, was))
        return domain_put_entry(d, e);
    enum err err = domain_begin(d, &own);
    if (err != ERR_OK)
        return err;
    return domain_end(d, own, put_and_settle(d, e));
}

/* ---- who may change it ---- */

static bool may(const struct domain *d, const struct registry_entry *who,
                uint32_t privilege)
{
    return (domain_privileges(d, who) & privilege) != 0;
}

/* What an application asks of itself, and is a member of a group or not. */
static sw_t may_change_own(const struct domain *d,
                           const struct registry_entry *e, uint8_t state,
                           bool is_member, enum jcre_cl_question *question)
{
    if (state != CL_ACTIVATED || is_member)
        return SW_OK;
    if (recorded(d, e) == CL_NON_ACTIVATABLE)
        return domain_refuse(d, SW_CONDITIONS,
                             "contactless: it is non-activatable");
    if (!may(d, e, PRIVILEGE_SELF_ACTIVATION | PRIVILEGE_CONTACTLESS))
        *question = JCRE_CL_ASK_CRS;
    return SW_OK;
}

static sw_t may_change_other(const struct domain *d,
                             const struct registry_entry *who,
                             const struct registry_entry *e, uint8_t state,
                             enum jcre_cl_question *question)
{
    const bool activates = may(d, who, PRIVILEGE_CONTACTLESS);

    if (state == CL_NON_ACTIVATABLE || recorded(d, e) == CL_NON_ACTIVATABLE)
        return domain_refuse(d, SW_CONDITIONS,
                             "contactless: that is the application's affair");
    if (state == CL_DEACTIVATED)
        return activates || domain_cl_is_crel(d, who, e)
                   ? SW_OK
                   : domain_refuse(d, SW_CONDITIONS,
                                   "contactless: the privilege is missing");
    *question = activates ? JCRE_CL_ASK_POLICIES : JCRE_CL_ASK_CRS;
    return SW_OK;
}

static bool is_state(uint8_t state)
{
    return state == CL_DEACTIVATED || state == CL_ACTIVATED ||
           state == CL_NON_ACTIVATABLE;
}

sw_t domain_cl_may_set_state(const struct domain *d,
                             const struct registry_entry *who,
                             const struct registry_entry *e, uint8_t state,
                             enum jcre_cl_question *question)
{
    const uint8_t now = domain_cl_state(d, e);
    struct registry_entry head;
    const bool is_member = domain_cl_head(d, e, &head);

    *question = JCRE_CL_NOBODY;
    if (!is_state(state) || e->kind == ENTRY_PACKAGE)
        return domain_refuse(d, SW_CONDITIONS,
                             "contactless: there is no such state");
    sw_t sw = who->slot == e->slot
                  ? may_change_own(d, e, state, is_member, question)
                  : may_change_other(d, who, e, state, question);
    if (sw != SW_OK)
        return sw;
    if (state == now) {
        *question = JCRE_CL_NOBODY;
        return SW_OK;
    }
    if (e->slot == DOMAIN_ISD)
        return domain_refuse(d, SW_CONDITIONS,
                             "contactless: the issuer domain stays active");
    if (is_member && state != CL_NON_ACTIVATABLE && now != CL_NON_ACTIVATABLE)
        return domain_refuse(
            d, SW_CONDITIONS,
            "contactless: it is what the head of its group is");
    if (state == CL_ACTIVATED && !is_usable(e))
        return domain_refuse(d, SW_CONDITIONS,
                             "contactless: it is not selectable");
    return state == CL_ACTIVATED && is_kept_off(d, e)
               ? domain_refuse(d, SW_WRONG_DATA,
                               "contactless: another application conflicts")
               : SW_OK;
}

/* What tells others of a state. */
static uint8_t event_of(uint8_t state)
{
    if (state == CL_NON_ACTIVATABLE)
        return JCRE_CL_NON_ACTIVATABLE;
    return state == CL_ACTIVATED ? JCRE_CL_ACTIVATED : JCRE_CL_DEACTIVATED;
}

sw_t domain_cl_set_state(struct domain *d, const struct registry_entry *who,
                         const struct registry_entry *e, uint8_t state,
                         struct jcre_notice *notice)
{
    const uint8_t was = domain_cl_state(d, e);
    enum jcre_cl_question question;
    struct domain_cl cl;

    *notice = (struct jcre_notice){.subject = e->slot};
    sw_t sw = domain_cl_may_set_state(d, who, e, state, &question);
    if (sw == SW_OK && question == JCRE_CL_ASK_CRS)
        sw = domain_refuse(d, SW_CONDITIONS,
                           "contactless: the privilege is missing");
    if (sw != SW_OK || state == was)
        return sw;
    domain_cl(d, e->slot, &cl);
    cl.state = state;
    sw = sw_from_err(domain_cl_change(d, &cl, NULL));
    if (sw != SW_OK)
        return sw;
    const uint8_t now = domain_cl_state(d, e);
    notice->origin = who->instance;
    notice->event = now != was ? event_of(now) : JCRE_CL_NO_EVENT;
    notice->group = domain_cl_is_head(d, e) && now != CL_NON_ACTIVATABLE;
    return SW_OK;
}
