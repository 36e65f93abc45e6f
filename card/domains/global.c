#include "domains/global.h"

#include "domains/text.h"

enum {
    RECORD_SIZE = 6,
    IS_RECORDED = 0x01,
    IS_REGISTERED = 0x02,
    ANY_SERVICE = 0x00, /* of its family */
    FAMILY_NONE = 0x80, /* [GPCS 8.1.3] */
    FAMILY_LAST = 0xFF, /* not available either */
    NAME_SIZE = 2,
};

bool domain_service(const struct domain *d, uint16_t slot,
                    struct domain_service *s)
{
    struct heap_view v;
    ref_t ref;

    if (!domain_record(d, slot, &v, &ref) || v.p[0] != ENTRY_SERVICE ||
        v.h.length != RECORD_SIZE)
        return false;
    *s = (struct domain_service){
        .slot = slot,
        .name = get_u2(v.p + 2),
        .application = get_u2(v.p + 4),
        .is_registered = v.p[1] == IS_REGISTERED,
    };
    return true;
}

/* The next service at or above *slot, for loops. */
static bool each_service(const struct domain *d, uint16_t *slot,
                         struct domain_service *s)
{
    for (*slot = domain_next_slot(d, *slot); *slot != DOMAIN_NONE;
         *slot = domain_next_slot(d, (uint16_t)(*slot + 1))) {
        if (domain_service(d, *slot, s))
            return true;
    }
    return false;
}

static enum err add_service(struct domain *d, uint16_t application, uint8_t how,
                            uint16_t name)
{
    uint8_t record[RECORD_SIZE] = {ENTRY_SERVICE, how};
    uint16_t slot;

    set_u2(record + 2, name);
    set_u2(record + 4, application);
    return domain_add_record(d, record, sizeof record, &slot);
}

static bool is_name(uint16_t name)
{
    return name >> 8 != FAMILY_NONE && name >> 8 != FAMILY_LAST;
}

enum err domain_record_services(struct domain *d, uint16_t slot,
                                struct span names)
{
    enum err e = names.n % NAME_SIZE == 0 ? ERR_OK : ERR_RANGE;

    for (size_t at = 0; e == ERR_OK && at < names.n; at += NAME_SIZE) {
        const uint16_t name = get_u2(names.p + at);
        e = is_name(name) ? add_service(d, slot, IS_RECORDED, name) : ERR_RANGE;
    }
    return e;
}

/* Whether what is offered as `offered` serves who asks for `asked`. */
static bool serves(uint16_t offered, uint16_t asked)
{
    return offered == asked ||
           (offered >> 8 == asked >> 8 &&
            ((offered & 0xFF) == ANY_SERVICE || (asked & 0xFF) == ANY_SERVICE));
}

/* What INSTALL has recorded limits what may be registered. */
static bool may_offer(const struct domain *d, uint16_t application,
                      uint16_t name)
{
    struct domain_service s;
    bool any = false;

    for (uint16_t at = 0; each_service(d, &at, &s); at++) {
        if (s.application != application || s.is_registered)
            continue;
        if (s.name == name ||
            (s.name >> 8 == name >> 8 && (s.name & 0xFF) == ANY_SERVICE))
            return true;
        any = true;
    }
    return !any;
}

static bool may_register(const struct domain *d, const struct registry_entry *e,
                         uint16_t name)
{
    return (domain_privileges(d, e) & PRIVILEGE_GLOBAL_SERVICE) != 0 &&
           may_offer(d, e->slot, name);
}

static enum err forget_recorded(struct domain *d, uint16_t application)
{
    struct domain_service s;
    enum err e = ERR_OK;

    for (uint16_t at = 0; e == ERR_OK && each_service(d, &at, &s); at++) {
        if (s.application == application && !s.is_registered)
            e = domain_remove_record(d, s.slot);
    }
    return e;
}

enum err domain_update_services(struct domain *d,
                                const struct registry_entry *e,
                                struct span names)
{
    enum err err = names.n > 0 ? forget_recorded(d, e->slot) : ERR_OK;
    struct domain_service s;

    if (err == ERR_OK)
        err = domain_record_services(d, e->slot, names);
    for (uint16_t at = 0; err == ERR_OK && each_service(d, &at, &s); at++) {
        if (s.application == e->slot && s.is_registered &&
            !may_register(d, e, s.name))
            err = domain_remove_record(d, s.slot);
    }
    return err;
}

/* Who has registered just this name. */
static bool find_registered(const struct domain *d, uint16_t name,
                            struct domain_service *s)
{
    for (uint16_t at = 0; each_service(d, &at, s); at++) {
        if (s->is_registered && s->name == name)
            return true;
    }
    return false;
}

/* A family goes to one application, and all of its names with it. */
static bool is_taken(const struct domain *d, uint16_t application,
                     uint16_t name)
{
    struct domain_service s;

    for (uint16_t at = 0; each_service(d, &at, &s); at++) {
        if (s.is_registered && s.application != application &&
            serves(s.name, name))
            return true;
    }
    return false;
}

sw_t domain_register_service(struct domain *d, const struct registry_entry *who,
                             uint16_t name)
{
    struct domain_service s;

    if ((domain_privileges(d, who) & PRIVILEGE_GLOBAL_SERVICE) == 0)
        return domain_refuse(d, SW_CONDITIONS,
                             "service: the privilege is missing");
    if (!is_name(name) || !may_offer(d, who->slot, name))
        return domain_refuse(d, SW_CONDITIONS,
                             "service: not a name that it was installed for");
    if (is_taken(d, who->slot, name))
        return domain_refuse(d, SW_CONDITIONS,
                             "service: another application has registered it");
    return find_registered(d, name, &s)
               ? SW_OK
               : sw_from_err(add_service(d, who->slot, IS_REGISTERED, name));
}

sw_t domain_deregister_service(struct domain *d,
                               const struct registry_entry *who, uint16_t name)
{
    struct domain_service s;

    if ((domain_privileges(d, who) & PRIVILEGE_GLOBAL_SERVICE) == 0 ||
        !find_registered(d, name, &s) || s.application != who->slot)
        return domain_refuse(d, SW_CONDITIONS,
                             "service: it has not registered that");
    return sw_from_err(domain_remove_record(d, s.slot));
}

/* Offered by an application that may offer it now; by one for which it was
 * recorded, when it is asked for by AID. */
static bool offers(const struct domain *d, const struct domain_service *s,
                   struct span aid, struct registry_entry *e)
{
    if (!domain_entry(d, s->application, e) || e->kind != ENTRY_APPLICATION ||
        (e->state & STATE_LOCKED) != 0 ||
        (domain_privileges(d, e) & PRIVILEGE_GLOBAL_SERVICE) == 0)
        return false;
    return aid.n == 0 ? s->is_registered
                      : !s->is_registered && span_equal(registry_aid(e), aid);
}

/* The name itself goes before its family. */
bool domain_find_service(const struct domain *d, struct span aid, uint16_t name,
                         struct registry_entry *e)
{
    struct domain_service s;

    for (uint16_t at = 0; each_service(d, &at, &s); at++) {
        if (s.name == name && offers(d, &s, aid, e))
            return true;
    }
    for (uint16_t at = 0; each_service(d, &at, &s); at++) {
        if (serves(s.name, name) && offers(d, &s, aid, e))
            return true;
    }
    return false;
}
