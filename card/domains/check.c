#include "domains/domain.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/kcv.h"
#include "domains/cardwide.h"
#include "domains/clrecord.h"
#include "domains/global.h"
#include "domains/intent.h"
#include "domains/keys.h"
#include "domains/objects.h"
#include "domains/references.h"
#include "domains/origin.h"
#include "domains/text.h"
#include "domains/upgrade.h"

struct check {
    struct domain *d;
    void (*report)(void *ctx, const char *line);
    void *ctx;
    unsigned findings;
};

static void find(struct check *c, const char *what, uint16_t slot)
{
    struct domain_text t = {.n = 0};

    domain_text(&t, "registry: slot ");
    domain_text_number(&t, slot);
    domain_text(&t, ": ");
    domain_text(&t, what);
    c->findings++;
    c->report(c->ctx, t.s);
}

static bool ends_at_root(const struct domain *d, uint16_t slot)
{
    struct registry_entry e;
    unsigned steps = 0;

    if (!domain_entry(d, slot, &e))
        return false;
    do {
        if (e.kind != ENTRY_DOMAIN)
            return false;
    } while (domain_climb(d, &steps, &e));
    return e.domain == e.slot;
}

static bool has_twin(const struct domain *d, const struct registry_entry *e)
{
    struct registry_entry other;

    for (uint16_t s = 0; domain_each_entry(d, &s, &other); s++) {
        bool same_space =
            (other.kind == ENTRY_PACKAGE) == (e->kind == ENTRY_PACKAGE);
        if (s != e->slot && same_space &&
            span_equal(registry_aid(&other), registry_aid(e)))
            return true;
    }
    return false;
}

static void check_package(struct check *c, const struct registry_entry *e)
{
    struct vm_package_info info;

    if (e->package == REGISTRY_NATIVE_PACKAGE)
        return;
    if (!vm_package(c->d->vm, e->package, &info))
        find(c, "a load file without code", e->slot);
    else if (!span_equal(info.aid, registry_aid(e)))
        find(c, "a load file with another AID than its code", e->slot);
}

static void check_application(struct check *c, const struct registry_entry *e)
{
    struct jcre_instance info;

    if (e->instance == 0 && e->package == 0 && domain_upgrade_holds(c->d, e))
        return;
    if (!jcre_instance(c->d->jcre, e->instance, &info))
        find(c, "an application without an instance", e->slot);
    else if (!span_equal(info.aid, registry_aid(e)) ||
             info.package != e->package)
        find(c, "an application that differs from its instance", e->slot);
}

/* [GPCS 11.1.1] */
static bool is_state(const struct registry_entry *e)
{
    const uint8_t unlocked = e->state & (uint8_t)~STATE_LOCKED;

    if (e->kind == ENTRY_PACKAGE)
        return e->state == STATE_LOADED;
    if (e->slot == DOMAIN_ISD)
        return e->state == STATE_CARD_OP_READY ||
               e->state == STATE_CARD_INITIALIZED ||
               e->state == STATE_CARD_SECURED ||
               e->state == STATE_CARD_LOCKED ||
               e->state == STATE_CARD_TERMINATED;
    return unlocked == STATE_INSTALLED ||
           (unlocked & STATE_SELECTABLE) == STATE_SELECTABLE;
}

static void check_entry(struct check *c, const struct registry_entry *e)
{
    if (!is_state(e))
        find(c, "a state that there is not", e->slot);
    if (e->aid_length < 5)
        find(c, "an AID that is too short", e->slot);
    if (has_twin(c->d, e))
        find(c, "an AID that is there twice", e->slot);
    if (!ends_at_root(c->d, e->domain))
        find(c, "an association that leads nowhere", e->slot);
    if (e->kind == ENTRY_PACKAGE)
        check_package(c, e);
    if (e->kind == ENTRY_APPLICATION)
        check_application(c, e);
}

/* The check value is that of the key, which damage would change. */
static void check_value(struct check *c, const struct domain_key *k,
                        uint8_t type, struct span value)
{
    const struct crypto_port *crypto = c->d->port->crypto;
    uint8_t kcv[CRYPTO_KCV_SIZE];

    if (k->kcv_length != CRYPTO_KCV_SIZE ||
        (type != KEY_TYPE_AES && type != KEY_TYPE_DES))
        return;
    enum err e = crypto_kcv(
        crypto, type == KEY_TYPE_AES ? CRYPTO_AES : CRYPTO_DES3, value, kcv);
    if (e == ERR_RANGE || (e == ERR_OK && memcmp(kcv, k->kcv, sizeof kcv) != 0))
        find(c, "a key that its check value denies", k->slot);
}

/* Secret components open, as what they were when they were stored. */
static void check_secrets(struct check *c, const struct domain_key *k)
{
    uint8_t value[KEY_SECRET_MAX];
    struct span rest = k->components;
    struct domain_component part;
    size_t n;

    while (domain_take_component(&rest, &part)) {
        if (!domain_is_secret(part.type))
            continue;
        if (domain_key_part(c->d, k, part.type, value, &n) != ERR_OK)
            find(c, "a key that does not open", k->slot);
        else
            check_value(c, k, part.type, span_of(value, n));
        wipe(value, sizeof value);
    }
}

static void check_key(struct check *c, const struct domain_key *k)
{
    struct span rest = k->components;
    struct domain_component part;
    struct domain_key other;

    for (uint8_t i = 0; i < k->component_count; i++) {
        if (!domain_take_component(&rest, &part)) {
            find(c, "a key that is cut off", k->slot);
            return;
        }
    }
    if (rest.n != 0 || k->component_count == 0)
        find(c, "a key with bytes of no component", k->slot);
    check_secrets(c, k);
    if (!ends_at_root(c->d, k->domain))
        find(c, "a key of no domain", k->slot);
    if (domain_find_key(c->d, k->domain, k->version, k->id, &other) &&
        other.slot != k->slot)
        find(c, "a key that is there twice", k->slot);
}

static void check_origin(struct check *c, uint16_t slot, uint16_t application)
{
    struct registry_entry e;

    if (!domain_entry(c->d, application, &e) || e.kind != ENTRY_APPLICATION)
        find(c, "the origin of no application", slot);
}

static bool is_cl_state(uint8_t state)
{
    return state == CL_DEACTIVATED || state == CL_ACTIVATED ||
           state == CL_NON_ACTIVATABLE;
}

static void check_contactless(struct check *c, const struct domain_cl *cl)
{
    const bool is_card = cl->application == CL_CARD;
    struct registry_entry e;
    struct domain_cl first;

    domain_cl(c->d, cl->application, &first);
    if (first.slot != cl->slot)
        find(c, "a contactless record that is there twice", cl->slot);
    if (!domain_cl_is_sound(cl) || cl->initial > CL_ACTIVATED ||
        (!is_card && !is_cl_state(cl->state)))
        find(c, "a contactless record that says what cannot be", cl->slot);
    if (!is_card &&
        (!domain_entry(c->d, cl->application, &e) || e.kind == ENTRY_PACKAGE))
        find(c, "the contactless record of no application", cl->slot);
}

static void check_service(struct check *c, const struct domain_service *s)
{
    struct registry_entry e;

    if (!domain_entry(c->d, s->application, &e) || e.kind == ENTRY_PACKAGE ||
        (e.kind == ENTRY_DOMAIN && s->is_registered))
        find(c, "a service of no application", s->slot);
}

static void check_data(struct check *c, uint16_t slot, uint16_t domain)
{
    struct span value;
    uint16_t at = slot;
    uint32_t tag;

    if (domain_each_object(c->d, domain, &at, &tag, &value) && at == slot &&
        !domain_reference_holds(c->d, domain, tag, value))
        find(c, "what belongs to a key that is not there", slot);
}

static void check_slot(struct check *c, uint16_t slot)
{
    struct domain_cl cl;
    struct heap_view v;
    struct registry_entry e;
    struct domain_key k;
    struct domain_service s;
    struct span module;
    uint16_t application;
    ref_t ref;

    if (!domain_record(c->d, slot, &v, &ref))
        find(c, "no record, or one that its check denies", slot);
    else if (domain_entry(c->d, slot, &e))
        check_entry(c, &e);
    else if (domain_key(c->d, slot, &k))
        check_key(c, &k);
    else if (domain_service(c->d, slot, &s))
        check_service(c, &s);
    else if (domain_origin_record(c->d, slot, &application, &module))
        check_origin(c, slot, application);
    else if (domain_cl_record(c->d, slot, &cl))
        check_contactless(c, &cl);
    else if (v.p[0] != ENTRY_DATA || v.h.length < 6 ||
             !ends_at_root(c->d, get_u2(v.p + 4)))
        find(c, "a record of no known kind or no domain", slot);
    else
        check_data(c, slot, get_u2(v.p + 4));
}

/* Nothing runs that the registry does not know. */
static void check_strays(struct check *c)
{
    struct vm_package_info info;
    struct registry_entry e;

    for (uint8_t p = 1; p <= CARD_PACKAGES_MAX; p++) {
        if (vm_package(c->d->vm, p, &info) && !domain_find_code(c->d, p, &e))
            find(c, "code without a load file", p);
    }
    for (uint16_t i = jcre_next(c->d->jcre, 0); i != 0;
         i = jcre_next(c->d->jcre, i)) {
        if (!domain_find_instance(c->d, i, &e))
            find(c, "an instance without an application", i);
    }
}

unsigned domain_check(struct domain *d,
                      void (*report)(void *ctx, const char *line), void *ctx)
{
    struct check c = {d, report, ctx, 0};
    struct registry_entry isd;

    if (!domain_entry(d, DOMAIN_ISD, &isd) || isd.kind != ENTRY_DOMAIN ||
        isd.domain != DOMAIN_ISD)
        find(&c, "no issuer security domain", DOMAIN_ISD);
    if (!domain_cardwide_is_sound(d))
        find(&c, "no card-wide record, or one that its check denies", 0);
    if (!domain_intent_is_sound(d))
        find(&c, "a deletion's record that is damaged or impossible", 0);
    else if (domain_intends(d))
        find(&c, "a deletion that was not completed", 0);
    if (!domain_upgrade_is_sound(d))
        find(&c, "an upgrade's record that is damaged", 0);
    for (uint16_t s = domain_next_slot(d, 0); s != DOMAIN_NONE;
         s = domain_next_slot(d, (uint16_t)(s + 1)))
        check_slot(&c, s);
    check_strays(&c);
    return c.findings;
}
