#include "domains/authority.h"
#include "domains/cardwide.h"
#include "domains/contactless.h"
#include "domains/global.h"
#include "domains/install.h"
#include "domains/memory.h"
#include "domains/text.h"

static bool find_any(const struct domain *d, struct span aid,
                     struct registry_entry *e)
{
    return domain_find_application(d, aid, e) || domain_find_package(d, aid, e);
}

/* Changes the association in `e`; the caller writes it back. [GPCS 9.4.1] */
static sw_t move_to(const struct domain *d, const struct domain_request *r,
                    struct span aid, struct registry_entry *e)
{
    struct registry_entry target;

    if (!domain_find_application(d, aid, &target))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "extradition: no such domain");
    sw_t sw = domain_may_release(d, &r->self, e);
    if (sw != SW_OK || target.slot == e->domain)
        return sw;
    sw = domain_may_associate(d, &r->self, &target);
    if (sw != SW_OK)
        return sw;
    if (target.slot != e->slot && domain_is_above(d, e->slot, &target))
        return domain_refuse(d, SW_CONDITIONS,
                             "extradition: the domain would be above itself");
    if (e->kind == ENTRY_PACKAGE && (target.privileges & PRIVILEGE_DAP) != 0)
        return domain_refuse(d, SW_CONDITIONS,
                             "extradition: the domain wants load files signed");
    if (!domain_may_move(d, e, &target))
        return domain_refuse(d, SW_NO_MEMORY,
                             "extradition: more than the domain was granted");
    e->domain = target.slot;
    return SW_OK;
}

/* [GPCS 9.4.1, 11.5.2.3.4] */
sw_t domain_install_for_extradition(struct domain *d,
                                    const struct domain_request *r,
                                    const struct domain_install *f)
{
    struct registry_entry e;

    sw_t sw = domain_may_manage(d, &r->self, ACTION_EXTRADITE, &f->token);
    if (sw != SW_OK)
        return sw;
    if (!find_any(d, f->aid, &e))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "extradition: no such object");
    sw = move_to(d, r, f->first, &e);
    return sw == SW_OK ? sw_from_err(domain_put_entry(d, &e)) : sw;
}

/*
 * Without an AID the restrictions are OPEN's, and for ever; a domain with
 * Global Lock alone sets them.  [GPCS 9.4.2.1, 11.5.2.3.7]
 */
static sw_t restrict_open(struct domain *d, const struct domain_request *r,
                          const struct domain_install *f)
{
    if (!f->has_restrictions || f->first.n > 0 || f->privileges.n > 0 ||
        f->services.n > 0)
        return domain_refuse(
            d, SW_WRONG_DATA,
            "registry update: OPEN has restrictions and no more");
    sw_t sw = domain_may_restrict(d, &r->self);
    return sw == SW_OK ? sw_from_err(domain_restrict(d, f->restrictions)) : sw;
}

/* All that the command asks for, in `e`, or a refusal. [GPCS 11.5.2.3.5] */
static sw_t update_entry(const struct domain *d, const struct domain_request *r,
                         const struct domain_install *f,
                         struct registry_entry *e)
{
    sw_t sw = SW_OK;

    if (f->privileges.n > 0) {
        sw = domain_expand_privileges(f->privileges, &e->privileges);
        if (sw == SW_OK)
            sw = domain_may_grant(d, &r->self, e->privileges,
                                  e->kind == ENTRY_DOMAIN, true, e->slot);
    }
    if (sw == SW_OK && f->has_restrictions && e->kind != ENTRY_DOMAIN)
        sw = SW_WRONG_DATA;
    if (sw == SW_OK && f->has_restrictions)
        e->restrictions = f->restrictions;
    if (sw == SW_OK)
        sw = domain_add_implicit(d, f->system, e);
    if (sw == SW_OK)
        sw = domain_cl_check_parameters(d, f->system);
    if (sw == SW_OK && f->first.n > 0)
        sw = move_to(d, r, f->first, e);
    return sw;
}

/* The entry as it is to be and its services, or all as it was. */
static enum err write_update(struct domain *d, const struct domain_install *f,
                             const struct registry_entry *e)
{
    enum err err = heap_begin(d->heap);

    if (err != ERR_OK)
        return err;
    err = domain_put_entry(d, e);
    if (err == ERR_OK)
        err = domain_update_services(d, e, f->services);
    if (err == ERR_OK)
        err = domain_cl_take_parameters(d, e, f->system, false);
    if (err == ERR_OK)
        return heap_commit(d->heap);
    const enum err undone = heap_abort(d->heap);
    return undone == ERR_OK ? err : undone;
}

sw_t domain_install_for_registry_update(struct domain *d,
                                        const struct domain_request *r,
                                        const struct domain_install *f)
{
    struct registry_entry e;

    const unsigned actions =
        ACTION_UPDATE | (f->first.n > 0 ? ACTION_EXTRADITE : 0u);

    sw_t sw = domain_may_manage(d, &r->self, actions, &f->token);
    if (sw != SW_OK)
        return sw;
    if (f->aid.n == 0)
        return restrict_open(d, r, f);
    sw = domain_find_own(d, r, f->aid, &e);
    if (sw == SW_OK && e.slot == DOMAIN_ISD)
        sw = SW_CONDITIONS;
    if (sw == SW_OK)
        sw = update_entry(d, r, f, &e);
    return sw == SW_OK ? sw_from_err(write_update(d, f, &e)) : sw;
}
