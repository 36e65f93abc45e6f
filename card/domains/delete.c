#include <string.h>

#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/commands.h"
#include "domains/contactless.h"
#include "domains/counters.h"
#include "domains/curves.h"
#include "domains/intent.h"
#include "domains/keys.h"
#include "domains/receipt.h"
#include "domains/references.h"
#include "domains/session.h"
#include "domains/text.h"
#include "jcre/delete.h"

enum {
    P2_RELATED = 0x80,
    TAG_AID = 0x4F,
    TAG_TOKEN = 0x9E,
    TAG_TOKEN_TEMPLATE = 0xB6,
    TAG_KEY_ID = 0xD0,
    TAG_KEY_VERSION = 0xD2,
};

struct targets {
    uint8_t count;
    uint16_t slots[INTENT_SLOTS_MAX];
    uint8_t instance_count;
    uint16_t instances[INTENT_SLOTS_MAX];
};

/* ---- what may go ---- */

static bool add_target(struct targets *t, const struct registry_entry *e)
{
    if (t->count == INTENT_SLOTS_MAX)
        return false;
    t->slots[t->count++] = e->slot;
    if (e->kind == ENTRY_APPLICATION)
        t->instances[t->instance_count++] = e->instance;
    return true;
}

/* A domain goes when nothing belongs to it and no channel runs it. */
static sw_t check_domain(const struct domain *d, const struct registry_entry *e)
{
    struct registry_entry other;

    for (uint16_t s = 0; domain_each_entry(d, &s, &other); s++) {
        if (s != e->slot && other.domain == e->slot)
            return domain_refuse(d, SW_CONDITIONS,
                                 "delete: the domain still has content");
    }
    for (size_t c = 0; c < CARD_CHANNELS; c++) {
        if (d->channels[c].open && d->channels[c].selected == e->slot)
            return domain_refuse(d, SW_CONDITIONS,
                                 "delete: the domain is selected");
    }
    return SW_OK;
}

/*
 * uninstall() comes before any test, whatever they say then [JCRE 11.3.4].
 * package: the load file that goes, too, or 0.
 */
static sw_t check_instances(struct domain *d, const struct targets *t,
                            uint8_t package)
{
    if (t->instance_count == 0)
        return SW_OK;
    for (size_t i = 0; i < t->instance_count; i++)
        jcre_uninstall(d->jcre, t->instances[i]);
    sw_t sw = package == 0
                  ? jcre_may_delete(d->jcre, t->instances, t->instance_count)
                  : jcre_may_delete_with_package(d->jcre, t->instances,
                                                 t->instance_count, package);
    if (sw != SW_OK)
        domain_trace(d, "delete: it is active, or others refer to it");
    return sw;
}

static sw_t collect_related(const struct domain *d,
                            const struct domain_request *r,
                            const struct registry_entry *package,
                            struct targets *t)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (e.kind == ENTRY_PACKAGE || e.package != package->package)
            continue;
        if ((r->c.p2 & P2_RELATED) == 0)
            return domain_refuse(
                d, SW_CONDITIONS,
                "delete: the load file still has applications");
        sw_t sw = domain_may_delete(d, &r->self, &e);
        if (sw != SW_OK)
            return sw;
        if (!add_target(t, &e))
            return domain_refuse(d, SW_NO_MEMORY,
                                 "delete: too many applications");
    }
    return SW_OK;
}

static sw_t collect_package(struct domain *d, const struct domain_request *r,
                            const struct registry_entry *package,
                            struct targets *t)
{
    if (vm_package_is_imported(d->vm, package->package))
        return domain_refuse(d, SW_CONDITIONS,
                             "delete: another load file imports this one");
    sw_t sw = collect_related(d, r, package, t);
    if (sw != SW_OK)
        return sw;
    if (t->count == 0) {
        sw = jcre_may_delete_package(d->jcre, package->package);
        if (sw != SW_OK)
            return domain_refuse(d, sw,
                                 "delete: objects of the load file remain");
    }
    return add_target(t, package) ? SW_OK : SW_NO_MEMORY;
}

static void forget_personalization(struct domain *d, const struct targets *t)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        for (size_t i = 0; i < t->count; i++) {
            if (d->channels[c].personalized == t->slots[i])
                domain_end_personalization(d, c);
        }
    }
}

/* All of them go, and whoever is to know is told. */
static enum err carry_out(struct domain *d, const struct targets *t)
{
    struct domain_cl_farewell farewell = {.n = 0};
    struct registry_entry e;

    for (size_t i = 0; i < t->count; i++) {
        if (domain_entry(d, t->slots[i], &e))
            domain_cl_before_deletion(d, &e, &farewell);
    }
    enum err err = domain_intend(d, t->slots, t->count);
    if (err == ERR_OK)
        err = domain_complete_deletion(d);
    if (err == ERR_OK)
        domain_cl_after_deletion(d, &farewell);
    return err;
}

/* [GPCS 9.5, 11.2.2.3.1] */
static sw_t delete_content(struct domain *d, const struct domain_request *r,
                           struct span aid, const struct domain_token *token)
{
    struct targets t = {.count = 0};
    struct registry_entry e;

    sw_t sw = domain_may_manage(d, &r->self, ACTION_DELETE, token);
    if (sw != SW_OK)
        return sw;
    if (!domain_find_application(d, aid, &e) &&
        !domain_find_package(d, aid, &e))
        return domain_refuse(d, SW_DATA_NOT_FOUND, "delete: no such object");
    sw = domain_may_delete(d, &r->self, &e);
    if (sw == SW_OK && e.kind == ENTRY_PACKAGE)
        sw = collect_package(d, r, &e, &t);
    else if (sw == SW_OK && !add_target(&t, &e))
        sw = SW_NO_MEMORY;
    if (sw == SW_OK && e.kind == ENTRY_DOMAIN)
        sw = check_domain(d, &e);
    if (sw == SW_OK)
        sw = check_instances(d, &t, e.kind == ENTRY_PACKAGE ? e.package : 0);
    if (sw != SW_OK)
        return sw;
    forget_personalization(d, &t);
    return sw_from_err(carry_out(d, &t));
}

/* ---- keys ---- */

/* Tags D0 and D2; one of them at least. */
struct key_choice {
    bool by_id;
    bool by_version;
    uint8_t id;
    uint8_t version;
};

/*
 * The one key of an identifier and a version, or all keys of the one that is
 * given [GPCS 11.2.2.3.2]; never the last that open a session.
 */
static sw_t remove_keys(struct domain *d, uint16_t domain,
                        const struct key_choice *choice)
{
    struct domain_key k;
    struct domain_key_set set;
    bool had_set = domain_find_key_set(d, domain, 0, &set);
    bool any = false;

    for (uint16_t s = 0; domain_each_key(d, domain, &s, &k); s++) {
        if ((choice->by_id && k.id != choice->id) ||
            (choice->by_version && k.version != choice->version))
            continue;
        domain_end_begun(d, domain, k.version);
        enum err e = domain_keep_counter(d, &k);
        if (e == ERR_OK)
            e = domain_remove_record(d, s);
        if (e != ERR_OK)
            return sw_from_err(e);
        any = true;
    }
    if (!any)
        return domain_refuse(d, SW_DATA_NOT_FOUND, "delete: no such key");
    if (had_set && !domain_find_key_set(d, domain, 0, &set))
        return domain_refuse(
            d, SW_CONDITIONS,
            "delete: the domain's last secure channel keys stay");
    if (!domain_curves_are_found(d))
        return domain_refuse(d, SW_CONDITIONS,
                             "delete: a curve that keys are on stays");
    return sw_from_err(domain_sweep_references(d, domain));
}

static sw_t delete_keys(struct domain *d, const struct domain_request *r,
                        const struct key_choice *choice)
{
    enum err e = heap_begin(d->heap);

    if (e != ERR_OK)
        return sw_from_err(e);
    sw_t sw = remove_keys(d, r->self.slot, choice);
    if (sw == SW_OK)
        return sw_from_err(heap_commit(d->heap));
    e = heap_abort(d->heap);
    return e == ERR_OK ? sw : sw_from_err(e);
}

struct delete_fields {
    struct span aid;
    struct domain_token token;
    struct span token_id; /* tag 93 in B6 */
    struct key_choice keys;
};

/* Whatever stands in front of the token is what it signs [GPCS C.4.6]. */
static bool take_item(const struct tlv *item, struct delete_fields *f)
{
    if (f->token.value.n > 0)
        return false; /* it ends the data field */
    switch (item->tag) {
    case TAG_AID:
        if (f->aid.n > 0)
            return false; /* one object a command */
        f->aid = item->value;
        return f->aid.n >= 5 && f->aid.n <= 16;
    case TAG_TOKEN:
        f->token.value = item->value;
        return true;
    case TAG_TOKEN_TEMPLATE:
        f->token_id = domain_token_id(item->value);
        return true;
    case TAG_KEY_ID:
        f->keys.by_id = item->value.n == 1;
        f->keys.id = f->keys.by_id ? item->value.p[0] : 0;
        return f->keys.by_id;
    case TAG_KEY_VERSION:
        f->keys.by_version = item->value.n == 1;
        f->keys.version = f->keys.by_version ? item->value.p[0] : 0;
        return f->keys.by_version;
    default:
        return false;
    }
}

static sw_t delete_confirmed(struct domain *d, const struct domain_request *r,
                             const struct delete_fields *f,
                             struct buf *response)
{
    const struct domain_done done = {{f->aid}, 1, f->token_id};

    sw_t sw = domain_may_confirm(d, &r->self, f->token_id);
    if (sw == SW_OK)
        sw = delete_content(d, r, f->aid, &f->token);
    return sw == SW_OK ? domain_confirm(d, &r->self, &done, response) : sw;
}

/* [GPCS 11.2] */
sw_t domain_delete(struct domain *d, const struct domain_request *r,
                   struct buf *response)
{
    struct delete_fields f = {.aid = span_of(NULL, 0)};
    struct span s = r->c.data;
    struct tlv item;

    f.token = (struct domain_token){.p1 = r->c.p1, .p2 = r->c.p2};
    while (s.n > 0) {
        if (f.token.value.n == 0)
            f.token.data = span_of(r->c.data.p, r->c.data.n - s.n);
        if (tlv_take(&s, &item) != ERR_OK || !take_item(&item, &f))
            return domain_refuse(d, SW_WRONG_DATA, "delete: bad data field");
    }
    bool keys = f.keys.by_id || f.keys.by_version;
    if (keys == (f.aid.n > 0) || (keys && f.token.value.n > 0))
        return domain_refuse(
            d, SW_WRONG_DATA,
            "delete: an AID, with a token or without, or keys");
    if (!keys)
        return delete_confirmed(d, r, &f, response);
    sw_t sw = domain_may_run(d, &r->self, RUNS_LIVE);
    if (sw == SW_OK)
        sw = delete_keys(d, r, &f.keys);
    return sw == SW_OK ? sw_from_err(buf_put_u1(response, 0)) : sw;
}
