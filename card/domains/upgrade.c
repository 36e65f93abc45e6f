#include "domains/upgrade.h"

#include <string.h>

#include "base/ct.h"
#include "domains/contactless.h"
#include "domains/keys.h"
#include "domains/memory.h"
#include "domains/origin.h"
#include "domains/session.h"
#include "domains/text.h"
#include "domains/upgrade_session.h"
#include "jcre/delete.h"
#include "jcre/native.h"

enum { PRIVILEGES_SIZE = 3 };

/* The entry of an application of the session. */
static bool find_entry(const struct domain *d, const struct domain_upgrade *u,
                       uint8_t i, struct registry_entry *e)
{
    return domain_entry(d, u->slots[i], e) && e->kind == ENTRY_APPLICATION;
}

static bool is_away(const struct registry_entry *e)
{
    return e->kind == ENTRY_APPLICATION && e->instance == 0;
}

bool domain_upgrade_holds(const struct domain *d,
                          const struct registry_entry *e)
{
    struct domain_upgrade u;

    if (e->kind == ENTRY_DOMAIN || !domain_upgrade(d, &u))
        return false;
    return is_away(e) || e->package == u.package ||
           (e->kind == ENTRY_PACKAGE &&
            span_equal(registry_aid(e), upgrade_aid(&u)));
}

bool domain_upgrade_running(const struct domain *d, struct jcre_upgrade *out)
{
    struct domain_upgrade u;

    if (d->upgrading == JCRE_UPGRADE_NONE || !domain_upgrade(d, &u))
        return false;
    *out = (struct jcre_upgrade){
        .phase = d->upgrading,
        .package = u.package,
        .version = u.version,
        .aid_length = u.aid_length,
    };
    memcpy(out->aid, u.aid, sizeof out->aid);
    return true;
}

bool domain_upgrade_shuts(const struct domain *d, uint8_t package)
{
    struct domain_upgrade u;

    return d->upgrading == JCRE_UPGRADE_NONE && domain_upgrade(d, &u) &&
           u.package == package;
}

/* An epoch given up; what was wrong with it counts, unless that fails. */
static sw_t give_up_epoch(struct domain *d, sw_t sw)
{
    if (!heap_in_epoch(d->heap))
        return sw;
    const enum err e = heap_epoch_abort(d->heap);
    return e == ERR_OK ? sw : sw_from_err(e);
}

/* What was saved is garbage now. */
static sw_t close_session(struct domain *d)
{
    const enum err e = domain_session_close(d);

    jcre_request_deletion(d->jcre);
    return sw_from_err(e);
}

/* ---- saving ---- */

static sw_t save_one(struct domain *d, struct domain_upgrade *u, uint8_t i)
{
    struct registry_entry e;

    if (!find_entry(d, u, i, &e))
        return SW_NO_DIAGNOSIS;
    u->told[i] = jcre_is_listener(d->jcre, e.instance);
    if (!u->told[i])
        return SW_OK;
    heap_watch(d->heap, true);
    const sw_t sw = jcre_on_save(d->jcre, e.instance, &u->roots[i]);
    heap_watch(d->heap, false);
    if (sw != SW_OK) {
        domain_trace_about(d, "upgrade: it does not save:", registry_aid(&e));
        return SW_CONDITIONS;
    }
    return sw_from_err(domain_session_set_root(d, u, i, u->roots[i]));
}

static sw_t list_saved(struct domain *d, struct domain_upgrade *u)
{
    heap_watch(d->heap, true);
    enum err e = jcre_list_saved(d->jcre, u->package, u->roots, u->count,
                                 &u->list, u->saved);
    heap_watch(d->heap, false);
    if (e == ERR_TYPE)
        return domain_refuse(
            d, SW_CONDITIONS,
            "upgrade: an object of a class of the file was saved");
    return sw_from_err(e == ERR_OK ? domain_session_set_plan(d, u) : e);
}

static sw_t save_all(struct domain *d, struct domain_upgrade *u)
{
    sw_t sw = SW_OK;

    d->upgrading = JCRE_UPGRADE_SAVING;
    for (uint8_t i = 0; sw == SW_OK && i < u->count; i++)
        sw = save_one(d, u, i);
    d->upgrading = JCRE_UPGRADE_NONE;
    return sw == SW_OK ? list_saved(d, u) : sw;
}

/* All of it or nothing, and then there is no session. */
static sw_t save(struct domain *d, struct domain_upgrade *u)
{
    enum err e = heap_epoch_begin(d->heap);

    if (e != ERR_OK)
        return sw_from_err(e);
    sw_t sw = save_all(d, u);
    if (sw == SW_OK)
        sw = sw_from_err(heap_epoch_commit(d->heap, HEAP_ROOT_COUNT, 0));
    if (sw != SW_OK) {
        sw = give_up_epoch(d, sw);
        const sw_t closed = close_session(d);
        return closed == SW_OK ? sw : closed;
    }
    return sw_from_err(domain_session_set(d, u, UPGRADE_CLEANUP, u->package));
}

/* ---- cleanup ---- */

static void tell_all(struct domain *d, const struct domain_upgrade *u,
                     enum jcre_upgrade_phase phase,
                     void (*tell)(struct jcre *j, uint16_t instance))
{
    struct registry_entry e;

    d->upgrading = (uint8_t)phase;
    for (uint8_t i = 0; i < u->count; i++) {
        if (find_entry(d, u, i, &e) && jcre_is_listener(d->jcre, e.instance))
            tell(d->jcre, e.instance);
    }
    d->upgrading = JCRE_UPGRADE_NONE;
}

static sw_t may_go(struct domain *d, const struct domain_upgrade *u)
{
    uint16_t instances[JCRE_UPGRADE_MAX];
    struct registry_entry e;

    for (uint8_t i = 0; i < u->count; i++)
        instances[i] = find_entry(d, u, i, &e) ? e.instance : 0;
    return jcre_may_delete_with_package(d->jcre, instances, u->count,
                                        u->package);
}

/* Who is referred to from outside stays, as it is. */
static sw_t clean_up(struct domain *d, const struct domain_upgrade *u)
{
    tell_all(d, u, JCRE_UPGRADE_CLEANING, jcre_on_cleanup);
    const sw_t sw = may_go(d, u);
    if (sw == SW_OK)
        return sw_from_err(
            domain_session_set(d, u, UPGRADE_DELETING, u->package));
    domain_trace(d, "upgrade: it is active, or others refer to it");
    const sw_t closed = close_session(d);
    return closed == SW_OK ? sw : closed;
}

/* ---- deleting ---- */

/* The entry stays, and its belongings. */
static enum err delete_instance(struct domain *d, struct registry_entry *e)
{
    if (is_away(e))
        return ERR_OK;
    enum err err = jcre_delete(d->jcre, e->instance);
    e->instance = 0;
    e->package = 0;
    return err == ERR_OK ? domain_put_entry(d, e) : err;
}

static enum err delete_file(struct domain *d, const struct domain_upgrade *u)
{
    struct registry_entry package;

    if (!domain_find_package(d, upgrade_aid(u), &package))
        return ERR_OK;
    enum err e = vm_unlink(d->vm, package.package);
    return e == ERR_OK ? domain_remove_record(d, package.slot) : e;
}

/* Each step can be repeated after a cut. */
static enum err delete_all(struct domain *d, const struct domain_upgrade *u)
{
    struct registry_entry entry;
    enum err e = jcre_keep_saved(d->jcre, u->list);

    for (uint8_t i = 0; e == ERR_OK && i < u->count; i++) {
        if (find_entry(d, u, i, &entry))
            e = delete_instance(d, &entry);
    }
    if (e == ERR_OK)
        e = delete_file(d, u);
    return e == ERR_OK ? domain_session_set(d, u, UPGRADE_AWAITS_FILE, 0) : e;
}

/* ---- installing and restoring ---- */

static void encode_privileges(uint32_t privileges, uint8_t out[PRIVILEGES_SIZE])
{
    out[0] = (uint8_t)(privileges >> 16);
    set_u2(out + 1, (uint16_t)privileges);
}

static sw_t install_from(struct domain *d, struct registry_entry *e,
                         const struct domain_origin *o, uint8_t package)
{
    uint8_t privileges[PRIVILEGES_SIZE];

    encode_privileges(e->privileges, privileges);
    domain_charge(d, e);
    sw_t sw = jcre_install(
        d->jcre, package, span_of(o->module, o->module_length), registry_aid(e),
        span_of(privileges, sizeof privileges),
        span_of(o->parameters, o->parameters_length), &e->instance);
    domain_charge(d, NULL);
    if (sw != SW_OK)
        return sw;
    e->package = package;
    heap_watch(d->heap, true);
    const enum err err = domain_put_entry(d, e);
    heap_watch(d->heap, false);
    return sw_from_err(err);
}

/* Under the entry that it had, with its state, privileges and domain. */
static sw_t install_one(struct domain *d, const struct domain_upgrade *u,
                        uint8_t i)
{
    struct domain_origin origin;
    struct registry_entry e;

    if (!find_entry(d, u, i, &e))
        return SW_NO_DIAGNOSIS;
    const enum err err = domain_get_origin(d, &e, u->package, &origin);
    sw_t sw = err == ERR_OK ? install_from(d, &e, &origin, u->package)
                            : sw_from_err(err);
    wipe(&origin, sizeof origin);
    if (sw != SW_OK)
        domain_trace_about(
            d, "upgrade: it does not install again:", registry_aid(&e));
    return sw;
}

static sw_t restore_one(struct domain *d, const struct domain_upgrade *u,
                        uint8_t i, uint32_t first)
{
    struct registry_entry e;

    if (!find_entry(d, u, i, &e))
        return SW_NO_DIAGNOSIS;
    const enum err given =
        jcre_give_saved(d->jcre, u->list, first, u->saved[i], e.instance);
    domain_forget_room(d);
    if (given != ERR_OK)
        return sw_from_err(given);
    if (!u->told[i] || !jcre_is_listener(d->jcre, e.instance))
        return SW_OK;
    heap_watch(d->heap, true);
    const sw_t sw = jcre_on_restore(d->jcre, e.instance, u->roots[i]);
    heap_watch(d->heap, false);
    if (sw != SW_OK)
        domain_trace_about(d,
                           "upgrade: it does not restore:", registry_aid(&e));
    return sw;
}

static sw_t bring_back(struct domain *d, const struct domain_upgrade *u)
{
    uint32_t first = 0;
    sw_t sw = SW_OK;

    for (uint8_t i = 0; sw == SW_OK && i < u->count; i++)
        sw = install_one(d, u, i);
    if (sw == SW_OK)
        sw = sw_from_err(
            domain_session_set(d, u, UPGRADE_RESTORING, u->package));
    for (uint8_t i = 0; sw == SW_OK && i < u->count; i++) {
        sw = restore_one(d, u, i, first);
        first += u->saved[i];
    }
    return sw == SW_OK ? sw_from_err(domain_session_mark(d, u)) : sw;
}

/* All of them or none: then what was saved is there for another attempt. */
static sw_t restore(struct domain *d, struct domain_upgrade *u)
{
    struct registry_entry package;

    if (!domain_find_package(d, upgrade_aid(u), &package))
        return SW_NO_DIAGNOSIS;
    u->package = package.package;
    enum err e = domain_session_set(d, u, UPGRADE_INSTALLING, u->package);
    if (e == ERR_OK)
        e = heap_epoch_begin(d->heap);
    if (e != ERR_OK)
        return sw_from_err(e);
    d->upgrading = JCRE_UPGRADE_RESTORING;
    sw_t sw = bring_back(d, u);
    d->upgrading = JCRE_UPGRADE_NONE;
    if (sw == SW_OK)
        sw = sw_from_err(heap_epoch_commit(d->heap, HEAP_ROOT_COUNT, 0));
    if (sw == SW_OK)
        return sw_from_err(
            domain_session_set(d, u, UPGRADE_CONSOLIDATING, u->package));
    if (heap_in_epoch(d->heap))
        e = heap_epoch_abort(d->heap);
    if (e == ERR_OK)
        e = jcre_keep_saved(d->jcre, u->list);
    if (e == ERR_OK)
        e = domain_session_set(d, u, UPGRADE_RESTORE_FAILED, u->package);
    return sw_from_err(e);
}

/* ---- the way through ---- */

static sw_t consolidate(struct domain *d, const struct domain_upgrade *u)
{
    tell_all(d, u, JCRE_UPGRADE_CONSOLIDATING, jcre_on_consolidate);
    return close_session(d);
}

/* One step; *stop: it is the terminal's turn, or there is no session. */
static sw_t step(struct domain *d, struct domain_upgrade *u, bool *stop)
{
    struct domain_upgrade now;
    sw_t sw = SW_OK;

    *stop = false;
    switch (u->state) {
    case UPGRADE_SAVING:
        return save(d, u);
    case UPGRADE_CLEANUP:
        return clean_up(d, u);
    case UPGRADE_DELETING:
        return sw_from_err(delete_all(d, u));
    case UPGRADE_AWAITS_RESTORE:
    case UPGRADE_RESTORE_FAILED:
    case UPGRADE_INSTALLING:
    case UPGRADE_RESTORING:
        sw = restore(d, u);
        *stop = domain_upgrade(d, &now) && now.state == UPGRADE_RESTORE_FAILED;
        return sw;
    case UPGRADE_CONSOLIDATING:
        return consolidate(d, u);
    default:
        *stop = true;
        return SW_OK;
    }
}

sw_t domain_upgrade_resume(struct domain *d)
{
    struct domain_upgrade u;
    bool stop = false;
    sw_t sw = SW_OK;

    while (sw == SW_OK && !stop && domain_upgrade(d, &u))
        sw = step(d, &u, &stop);
    return sw;
}

/* ---- beginning ---- */

static sw_t collect(const struct domain *d,
                    const struct registry_entry *package,
                    struct domain_upgrade *u)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (e.kind != ENTRY_APPLICATION || e.package != package->package)
            continue;
        if (u->count == JCRE_UPGRADE_MAX)
            return domain_refuse(d, SW_NO_MEMORY,
                                 "upgrade: too many applications");
        u->slots[u->count++] = s;
    }
    return SW_OK;
}

static void end_personalization(struct domain *d,
                                const struct domain_upgrade *u)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        for (size_t i = 0; i < u->count; i++) {
            if (d->channels[c].personalized == u->slots[i])
                domain_end_personalization(d, c);
        }
    }
}

sw_t domain_upgrade_begin(struct domain *d, const struct registry_entry *self,
                          const struct registry_entry *package)
{
    struct domain_upgrade u = {.state = UPGRADE_SAVING,
                               .package = package->package,
                               .by = self->slot,
                               .domain = package->domain,
                               .aid_length = package->aid_length};
    struct vm_package_info info;

    if (!vm_package(d->vm, package->package, &info))
        return SW_NO_DIAGNOSIS;
    memcpy(u.aid, package->aid, sizeof u.aid);
    u.version = (uint16_t)(info.major << 8 | info.minor);
    sw_t sw = collect(d, package, &u);
    if (sw != SW_OK)
        return sw;
    if (vm_package_is_imported(d->vm, package->package))
        return domain_refuse(d, SW_CONDITIONS,
                             "upgrade: another load file imports this one");
    if (jcre_context_active(d->jcre, package->package))
        return domain_refuse(d, SW_CONDITIONS,
                             "upgrade: an application is active");
    end_personalization(d, &u);
    enum err e = domain_session_open(d, &u);
    return e == ERR_OK ? domain_upgrade_resume(d) : sw_from_err(e);
}

/* ---- recovery and abort ---- */

static bool may_go_back(enum domain_upgrade_state state)
{
    return state == UPGRADE_AWAITS_RESTORE || state == UPGRADE_RESTORE_FAILED ||
           state == UPGRADE_INSTALLING || state == UPGRADE_RESTORING;
}

sw_t domain_upgrade_recover(struct domain *d)
{
    struct domain_upgrade u;

    if (!domain_upgrade(d, &u) || !may_go_back(u.state))
        return domain_refuse(d, SW_CONDITIONS,
                             "upgrade: nothing to recover from");
    enum err e = domain_session_set(d, &u, UPGRADE_DELETING, u.package);
    return e == ERR_OK ? domain_upgrade_resume(d) : sw_from_err(e);
}

/* Repeatable; what is there again is gone with the session. */
static enum err abandon(struct domain *d, const struct domain_upgrade *u)
{
    struct registry_entry entry;
    enum err e = ERR_OK;

    for (uint8_t i = 0; e == ERR_OK && i < u->count; i++) {
        if (!find_entry(d, u, i, &entry))
            continue;
        e = domain_cl_forget(d, &entry);
        if (e == ERR_OK)
            e = domain_remove_belongings(d, entry.slot);
        if (e == ERR_OK)
            e = domain_remove_record(d, entry.slot);
    }
    if (e == ERR_OK)
        e = domain_session_close(d);
    jcre_request_deletion(d->jcre);
    return e;
}

sw_t domain_upgrade_abort(struct domain *d)
{
    struct domain_upgrade u;

    if (!domain_upgrade(d, &u))
        return domain_refuse(d, SW_CONDITIONS, "upgrade: no session to abort");
    if (u.state == UPGRADE_SAVING || u.state == UPGRADE_CLEANUP)
        return close_session(d);
    if (!may_go_back(u.state) && u.state != UPGRADE_AWAITS_FILE)
        return domain_refuse(d, SW_CONDITIONS, "upgrade: too late to abort");
    enum err e = domain_session_set(d, &u, UPGRADE_ABORTING, u.package);
    return sw_from_err(e == ERR_OK ? abandon(d, &u) : e);
}

/* ---- power-on ---- */

enum err domain_upgrade_settle(struct domain *d)
{
    struct domain_upgrade u;

    if (!domain_upgrades(d))
        return ERR_OK;
    if (!domain_upgrade_is_sound(d) || !domain_upgrade(d, &u)) {
        persist_give_up(d->heap->persist);
        return ERR_CORRUPT;
    }
    switch (u.state) {
    case UPGRADE_DELETING:
        return delete_all(d, &u);
    case UPGRADE_INSTALLING:
    case UPGRADE_RESTORING:
        return jcre_keep_saved(d->jcre, u.list);
    case UPGRADE_ABORTING:
        return abandon(d, &u);
    default:
        return ERR_OK;
    }
}
