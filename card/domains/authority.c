#include "domains/authority.h"

#include "domains/cardwide.h"
#include "domains/session.h"
#include "domains/text.h"
#include "domains/upgrade.h"

static unsigned state_bit(const struct domain *d)
{
    switch (domain_card_state(d)) {
    case STATE_CARD_TERMINATED:
        return RUNS_TERMINATED;
    case STATE_CARD_LOCKED:
        return RUNS_LOCKED;
    default:
        return RUNS_LIVE;
    }
}

static bool is_isd(const struct registry_entry *e)
{
    return e->slot == DOMAIN_ISD;
}

static bool is_locked(const struct registry_entry *e)
{
    return !is_isd(e) && (e->state & STATE_LOCKED) != 0;
}

/* The issuer domain's own state is the card's: it is always ready. */
static bool is_personalized(const struct registry_entry *e)
{
    return is_isd(e) || e->state == STATE_PERSONALIZED;
}

static bool has(const struct domain *d, const struct registry_entry *e,
                uint32_t privilege)
{
    return (domain_privileges(d, e) & privilege) != 0;
}

static bool is_authenticated(const struct domain *d,
                             const struct registry_entry *self, unsigned runs)
{
    const uint8_t enough = (runs & RUNS_BY_TOKEN) != 0
                               ? LEVEL_AUTHENTICATED | LEVEL_ANY
                               : LEVEL_AUTHENTICATED;

    return (domain_level(d, self->slot) & enough) != 0;
}

sw_t domain_may_run(const struct domain *d, const struct registry_entry *self,
                    unsigned runs)
{
    if ((runs & state_bit(d)) == 0)
        return domain_refuse(d, SW_CONDITIONS,
                             "not in this card life cycle state");
    if (is_locked(self))
        return domain_refuse(d, SW_CONDITIONS, "the security domain is locked");
    if ((runs & RUNS_OPENLY) == 0 && !is_authenticated(d, self, runs))
        return domain_refuse(d, SW_SECURITY_STATUS,
                             "needs an authenticated secure channel session");
    return SW_OK;
}

/*
 * Whether somebody else must say what it does: of a delegate, or of a host who
 * is not the domain's provider.  [GPCS 9.1.3.2, 9.1.3.3]
 */
static bool needs_token(const struct domain *d,
                        const struct registry_entry *self)
{
    return has(d, self, PRIVILEGE_DELEGATED) ||
           (domain_level(d, self->slot) & LEVEL_ANY) != 0;
}

/* Who needs one shows it each time, and nobody else does. */
static sw_t check_token(const struct domain *d,
                        const struct registry_entry *self,
                        const struct domain_token *token)
{
    const bool needed = needs_token(d, self);

    if (token == NULL)
        return SW_OK;
    if (!needed && token->value.n > 0)
        return domain_refuse(d, SW_WRONG_DATA,
                             "content: a token where none is required");
    if (needed && token->value.n == 0)
        return domain_refuse(d, SW_CONDITIONS,
                             "content: a delegate, or a host that is not the "
                             "domain's provider, needs a token");
    return needed ? domain_verify_token(d, self, token) : SW_OK;
}

/* Whatever else is under way. */
static sw_t may_manage(const struct domain *d,
                       const struct registry_entry *self, unsigned actions,
                       const struct domain_token *token)
{
    if (state_bit(d) != RUNS_LIVE)
        return domain_refuse(d, SW_CONDITIONS, "content: the card is locked");
    if ((domain_restrictions(d) & actions) != 0 ||
        (self->restrictions & actions) != 0)
        return domain_refuse(d, SW_CONDITIONS, "content: restricted for good");
    if (!has(d, self, PRIVILEGE_DELEGATED | PRIVILEGE_AUTHORIZED))
        return domain_refuse(d, SW_CONDITIONS,
                             "content: the domain has neither Authorized nor "
                             "Delegated Management");
    if (!is_personalized(self))
        return domain_refuse(
            d, SW_CONDITIONS,
            "content: the security domain is not personalized");
    return check_token(d, self, token);
}

sw_t domain_may_manage(const struct domain *d,
                       const struct registry_entry *self, unsigned actions,
                       const struct domain_token *token)
{
    if (domain_upgrades(d) && actions != ACTION_LOAD)
        return domain_refuse(d, SW_CONDITIONS,
                             "content: a load file is being upgraded");
    return may_manage(d, self, actions, token);
}

sw_t domain_may_restrict(const struct domain *d,
                         const struct registry_entry *self)
{
    return has(d, self, PRIVILEGE_GLOBAL_LOCK)
               ? SW_OK
               : domain_refuse(
                     d, SW_CONDITIONS,
                     "registry update: OPEN is restricted with Global Lock");
}

sw_t domain_may_personalize(const struct domain *d,
                            const struct registry_entry *self,
                            const struct registry_entry *target)
{
    if (state_bit(d) != RUNS_LIVE)
        return domain_refuse(d, SW_CONDITIONS,
                             "personalization: the card is locked");
    if (((domain_restrictions(d) | self->restrictions) & ACTION_PERSONALIZE) !=
        0)
        return domain_refuse(d, SW_CONDITIONS, "personalization: restricted");
    if (!is_personalized(self))
        return domain_refuse(d, SW_CONDITIONS,
                             "personalization: the domain is not personalized");
    if (!has(d, self, PRIVILEGE_TRUSTED_PATH))
        return domain_refuse(d, SW_CONDITIONS,
                             "personalization: the domain is no Trusted Path");
    if (!is_authenticated(d, self, RUNS_LIVE))
        return domain_refuse(d, SW_SECURITY_STATUS,
                             "personalization: for the domain's provider");
    if (target->domain != self->slot || target->slot == self->slot)
        return domain_refuse(
            d, SW_CONDITIONS,
            "personalization: not an application of this domain");
    if (target->state < STATE_INSTALLED || is_locked(target))
        return domain_refuse(d, SW_CONDITIONS, "personalization: it is locked");
    if (domain_upgrade_holds(d, target))
        return domain_refuse(d, SW_CONDITIONS,
                             "personalization: it is upgraded");
    return SW_OK;
}

/* Both below a domain with Authorized Management, `self` as its delegate. */
static bool is_delegate(const struct domain *d,
                        const struct registry_entry *self,
                        const struct registry_entry *owner)
{
    struct registry_entry at;

    if (!has(d, self, PRIVILEGE_DELEGATED))
        return false;
    for (uint16_t s = 0; domain_each_entry(d, &s, &at); s++) {
        if (at.kind == ENTRY_DOMAIN && has(d, &at, PRIVILEGE_AUTHORIZED) &&
            domain_is_above(d, s, owner) && domain_is_above(d, s, self))
            return true;
    }
    return false;
}

/* Whether a domain's policy, of ACCEPTS_ bits, covers a request of `self`. */
static bool accepts(const struct domain *d, const struct registry_entry *owner,
                    uint8_t policy, const struct registry_entry *self)
{
    uint8_t as = ACCEPTS_STRANGER;

    if ((policy & ACCEPTS_ISSUER) != 0 && is_isd(self))
        return true;
    if (!has(d, self, PRIVILEGE_AUTHORIZED))
        return (policy & ACCEPTS_DELEGATE) != 0 && is_delegate(d, self, owner);
    if (domain_is_above(d, self->slot, owner))
        as = ACCEPTS_ANCESTOR;
    else if (domain_root(d, self) == domain_root(d, owner))
        as = ACCEPTS_HIERARCHY;
    return (policy & as) != 0;
}

sw_t domain_may_associate(const struct domain *d,
                          const struct registry_entry *self,
                          const struct registry_entry *target)
{
    if (target->slot == self->slot)
        return SW_OK;
    if (target->kind != ENTRY_DOMAIN)
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "extradition: no such domain");
    if (!is_personalized(target))
        return domain_refuse(
            d, SW_CONDITIONS,
            "extradition: the receiving domain is locked or not "
            "personalized");
    if (!is_isd(target) && !accepts(d, target, target->accepts, self))
        return domain_refuse(
            d, SW_CONDITIONS,
            "extradition: the receiving domain does not accept it");
    return SW_OK;
}

sw_t domain_may_release(const struct domain *d,
                        const struct registry_entry *self,
                        const struct registry_entry *what)
{
    struct registry_entry owner;

    if (is_isd(what))
        return domain_refuse(
            d, SW_CONDITIONS,
            "extradition: the issuer domain stays where it is");
    if (what->domain == self->slot)
        return SW_OK;
    if (!domain_entry(d, what->domain, &owner) || !is_personalized(&owner) ||
        !accepts(d, &owner, owner.releases, self))
        return domain_refuse(d, SW_CONDITIONS,
                             "extradition: its domain does not let it go");
    return SW_OK;
}

sw_t domain_may_use(const struct domain *d, const struct registry_entry *self,
                    const struct registry_entry *package)
{
    struct registry_entry owner;

    if (package->package == REGISTRY_NATIVE_PACKAGE ||
        package->domain == self->slot)
        return SW_OK;
    if (!domain_entry(d, package->domain, &owner) || is_locked(&owner))
        return domain_refuse(d, SW_CONDITIONS,
                             "install: the load file's domain is locked");
    if (!domain_is_above(d, self->slot, package))
        return domain_refuse(
            d, SW_CONDITIONS,
            "install: the load file belongs to another domain");
    return SW_OK;
}

sw_t domain_may_delete(const struct domain *d,
                       const struct registry_entry *self,
                       const struct registry_entry *what)
{
    struct registry_entry owner;

    if (is_isd(what) || (what->kind == ENTRY_PACKAGE &&
                         what->package == REGISTRY_NATIVE_PACKAGE))
        return domain_refuse(d, SW_CONDITIONS,
                             "delete: it is part of the card");
    if (what->slot == self->slot)
        return domain_refuse(d, SW_CONDITIONS,
                             "delete: a domain cannot delete itself");
    if (what->domain == self->slot || has(d, self, PRIVILEGE_GLOBAL_DELETE))
        return SW_OK;
    if (domain_entry(d, what->domain, &owner) && is_personalized(&owner) &&
        accepts(d, &owner, owner.accepts_deletion, self))
        return SW_OK;
    return domain_refuse(d, SW_CONDITIONS,
                         "delete: it belongs to another domain");
}

sw_t domain_may_begin(const struct domain *d, const struct registry_entry *self)
{
    const sw_t sw =
        domain_may_manage(d, self, ACTION_DELETE | ACTIONS_COMBINED, NULL);
    if (sw != SW_OK)
        return sw;
    if (has(d, self, PRIVILEGE_DELEGATED))
        return domain_refuse(d, SW_CONDITIONS,
                             "upgrade: not with Delegated Management");
    return SW_OK;
}

sw_t domain_may_upgrade(const struct domain *d,
                        const struct registry_entry *self,
                        const struct registry_entry *package)
{
    struct registry_entry e;

    sw_t sw = domain_may_delete(d, self, package);
    if (sw == SW_OK)
        sw = domain_may_use(d, self, package);
    for (uint16_t s = 0; sw == SW_OK && domain_each_entry(d, &s, &e); s++) {
        if (e.kind == ENTRY_APPLICATION && e.package == package->package)
            sw = domain_may_delete(d, self, &e);
    }
    return sw;
}

sw_t domain_may_lead(const struct domain *d, const struct registry_entry *self,
                     bool ends)
{
    struct domain_upgrade u;

    if (!domain_upgrade(d, &u))
        return domain_refuse(d, SW_CONDITIONS, "upgrade: no session is open");
    if (u.by == self->slot)
        return SW_OK;
    if (ends && has(d, self, PRIVILEGE_GLOBAL_DELETE) &&
        has(d, self, PRIVILEGE_AUTHORIZED))
        return may_manage(d, self, ACTION_DELETE, NULL);
    return domain_refuse(d, SW_CONDITIONS,
                         "upgrade: the session is another domain's");
}

sw_t domain_may_bring(const struct domain *d, const struct registry_entry *self,
                      struct span aid)
{
    struct domain_upgrade u;

    if (!domain_upgrades(d))
        return SW_OK;
    const sw_t sw = domain_may_lead(d, self, false);
    if (sw != SW_OK)
        return sw;
    if (domain_upgrade(d, &u) && u.state == UPGRADE_AWAITS_FILE &&
        span_equal(aid, upgrade_aid(&u)))
        return SW_OK;
    return domain_refuse(d, SW_CONDITIONS,
                         "upgrade: the session does not await this load file");
}

bool domain_may_see(const struct domain *d, const struct registry_entry *self,
                    const struct registry_entry *what)
{
    return what->slot == self->slot ||
           has(d, self, PRIVILEGE_GLOBAL_REGISTRY) ||
           domain_is_above(d, self->slot, what);
}

/* [GPCS 6.6.1]  Only domains hold these; DAP and Mandated DAP with
 * PRIVILEGE_DOMAIN. */
enum {
    DOMAIN_ONLY = PRIVILEGE_DAP | PRIVILEGE_DELEGATED | PRIVILEGE_MANDATED_DAP |
                  PRIVILEGE_AUTHORIZED | PRIVILEGE_TOKEN | PRIVILEGE_RECEIPT |
                  PRIVILEGE_CIPHERED,
    /* Reach beyond their holder: given only by who has them, or the issuer. */
    FAR_REACHING = PRIVILEGE_CARD_LOCK | PRIVILEGE_CARD_TERMINATE |
                   PRIVILEGE_CARD_RESET | PRIVILEGE_CVM |
                   PRIVILEGE_MANDATED_DAP | PRIVILEGE_AUTHORIZED |
                   PRIVILEGE_TOKEN | PRIVILEGE_GLOBAL_DELETE |
                   PRIVILEGE_GLOBAL_LOCK | PRIVILEGE_GLOBAL_REGISTRY |
                   PRIVILEGE_FINAL | PRIVILEGE_RECEIPT | PRIVILEGE_CONTACTLESS,
    SINGLE = PRIVILEGE_CARD_RESET | PRIVILEGE_FINAL,
    EXCLUDED_BY_DELEGATED =
        PRIVILEGE_AUTHORIZED | PRIVILEGE_TOKEN | PRIVILEGE_RECEIPT,
};

uint32_t domain_assignable(bool is_domain)
{
    const uint32_t all = 0xFFFFFF & ~(uint32_t)PRIVILEGE_RFU;

    return is_domain ? all : all & ~(uint32_t)(PRIVILEGE_DOMAIN | DOMAIN_ONLY);
}

/* Whether the combination makes sense at all. [GPCS 6.6.1, 6.6.2] */
static bool consistent(uint32_t privileges, bool is_domain)
{
    if (((privileges & PRIVILEGE_DOMAIN) != 0) != is_domain)
        return false;
    if ((privileges & ~domain_assignable(is_domain)) != 0)
        return false;
    if ((privileges & PRIVILEGE_MANDATED_DAP) != 0 &&
        (privileges & PRIVILEGE_DAP) == 0)
        return false;
    if ((privileges & PRIVILEGE_DELEGATED) != 0 &&
        (privileges & EXCLUDED_BY_DELEGATED) != 0)
        return false;
    return true;
}

/*
 * Card Reset and Final Application have one holder besides the issuer's, who
 * has them again when that one has not.  [GPCS 6.6.2]
 */
static bool single_is_free(const struct domain *d, uint32_t wanted,
                           uint16_t slot)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (s != DOMAIN_ISD && s != slot && (e.privileges & wanted) != 0)
            return false;
    }
    return true;
}

/*
 * Whoever gives a privilege answers for it: the domain itself, or where a token
 * says so the one who verified that.
 * [GPCS 9.1.3.3, C.4.2, C.4.5]
 */
static bool may_give(const struct domain *d, const struct registry_entry *self,
                     uint32_t privileges)
{
    struct registry_entry by = *self;

    if (needs_token(d, self) &&
        !domain_find_in_charge(d, self, PRIVILEGE_TOKEN, &by))
        return false;
    return is_isd(&by) ||
           (privileges & FAR_REACHING & ~domain_privileges(d, &by)) == 0;
}

sw_t domain_may_grant(const struct domain *d, const struct registry_entry *self,
                      uint32_t privileges, bool is_domain, bool selectable,
                      uint16_t slot)
{
    struct registry_entry old = {.privileges = 0};

    (void)domain_entry(d, slot, &old);
    if (!consistent(privileges, is_domain))
        return domain_refuse(d, SW_WRONG_DATA,
                             "privileges: they do not fit together");
    if ((privileges & PRIVILEGE_CARD_RESET) != 0 && !selectable)
        return domain_refuse(
            d, SW_WRONG_DATA,
            "privileges: Card Reset only when made selectable");
    if (!may_give(d, self, privileges & ~old.privileges))
        return domain_refuse(
            d, SW_CONDITIONS,
            "privileges: the domain does not hold what it gives");
    if (!single_is_free(d, privileges & SINGLE, slot))
        return domain_refuse(
            d, SW_CONDITIONS,
            "privileges: another application holds it already");
    return SW_OK;
}

sw_t domain_may_set_card_state(const struct domain *d,
                               const struct registry_entry *who, uint8_t state)
{
    uint8_t now = domain_card_state(d);
    uint32_t needs = PRIVILEGE_CARD_LOCK;
    bool allowed = false;

    switch (state) {
    case STATE_CARD_OP_READY:
        break; /* no way leads back there [GPCS 5.1.2] */
    case STATE_CARD_INITIALIZED:
        allowed = now == STATE_CARD_OP_READY && is_isd(who);
        needs = PRIVILEGE_DOMAIN;
        break;
    case STATE_CARD_SECURED:
        allowed =
            now == STATE_CARD_LOCKED ||
            ((now == STATE_CARD_OP_READY || now == STATE_CARD_INITIALIZED) &&
             is_isd(who));
        break;
    case STATE_CARD_LOCKED:
        allowed = now == STATE_CARD_SECURED;
        break;
    case STATE_CARD_TERMINATED:
        allowed = now != STATE_CARD_TERMINATED;
        needs = PRIVILEGE_CARD_TERMINATE;
        break;
    default:
        return domain_refuse(d, SW_WRONG_P1P2,
                             "card state: there is no such state");
    }
    if (!allowed)
        return domain_refuse(d, SW_CONDITIONS,
                             "card state: not reachable from the present one");
    if (!has(d, who, needs))
        return domain_refuse(d, SW_CONDITIONS,
                             "card state: the privilege is missing");
    return SW_OK;
}

/* A domain or applet changes its own state. [GPCS 5.3.1, 5.3.2] */
static bool own_transition(const struct registry_entry *target, uint8_t state)
{
    uint8_t now = target->state;

    if ((now & STATE_LOCKED) != 0 || now < STATE_SELECTABLE)
        return (state & STATE_LOCKED) != 0 && (now & STATE_LOCKED) == 0;
    if ((state & STATE_LOCKED) != 0)
        return true;
    if (target->kind == ENTRY_DOMAIN)
        return state == STATE_PERSONALIZED && now == STATE_SELECTABLE;
    return (state & 0x07) == 0x07 && state != now;
}

sw_t domain_may_set_state(const struct domain *d,
                          const struct registry_entry *who,
                          const struct registry_entry *target, uint8_t *state)
{
    bool lock = (*state & STATE_LOCKED) != 0;
    bool is_locked_now = (target->state & STATE_LOCKED) != 0;

    if (is_isd(target))
        return domain_refuse(d, SW_CONDITIONS,
                             "state: the issuer domain has the card's state");
    if (lock && has(d, target, PRIVILEGE_FINAL))
        return domain_refuse(d, SW_CONDITIONS,
                             "state: the final application is never locked");
    if (who->slot == target->slot) {
        if (!own_transition(target, *state))
            return domain_refuse(d, SW_CONDITIONS,
                                 "state: not from the present one");
        *state = lock ? target->state | STATE_LOCKED : *state;
        return SW_OK;
    }
    if (!domain_is_above(d, who->slot, target) &&
        !has(d, who, PRIVILEGE_GLOBAL_LOCK))
        return domain_refuse(d, SW_CONDITIONS,
                             "state: not one's own application");
    if (domain_upgrade_holds(d, target))
        return domain_refuse(d, SW_CONDITIONS,
                             "state: its load file is upgraded");
    if (lock == is_locked_now)
        return domain_refuse(d, SW_CONDITIONS,
                             "state: it is in this state already");
    *state = lock ? (uint8_t)(target->state | STATE_LOCKED)
                  : (uint8_t)(target->state & ~STATE_LOCKED);
    return SW_OK;
}
