#include "domains/install.h"

#include <string.h>

#include "base/tlv.h"
#include "domains/authority.h"
#include "domains/commands.h"
#include "domains/contactless.h"
#include "domains/global.h"
#include "domains/load.h"
#include "domains/memory.h"
#include "domains/origin.h"
#include "domains/receipt.h"
#include "domains/session.h"
#include "domains/text.h"

enum {
    P1_LOAD = 0x02,
    P1_INSTALL = 0x04,
    P1_MAKE_SELECTABLE = 0x08,
    P1_BOTH = P1_INSTALL | P1_MAKE_SELECTABLE,
    P1_COMBINED = P1_LOAD | P1_BOTH,
    P1_EXTRADITION = 0x10,
    P1_PERSONALIZATION = 0x20,
    P1_REGISTRY_UPDATE = 0x40,
    P2_BEGIN = 0x01,
    P2_END = 0x03,
    TAG_APPLICATION = 0xC9,
    TAG_SYSTEM = 0xEF,
    TAG_TOKEN_TEMPLATE = 0xB6,
    TAG_PROVIDER = 0x5F20,
    TAG_SERVICES = 0xCB,
    TAG_RESTRICT = 0xD9,
    TAG_PROTOCOL = 0x81,
    TAG_ACCEPT_EXTRADITION = 0x82,
    TAG_ACCEPT_DELETION = 0x83,
    TAG_STAY_UNPERSONALIZED = 0x84,
    TAG_CASD = 0x86,
    TAG_RELEASE = 0x87,
};

static sw_t take_system(struct span system, struct domain_install *f)
{
    struct tlv item;

    f->system = system;
    while (system.n > 0) {
        if (tlv_take(&system, &item) != ERR_OK)
            return SW_WRONG_DATA;
        if (item.tag == TAG_SERVICES && item.value.n == 0)
            return SW_WRONG_DATA;
        if (item.tag == TAG_SERVICES)
            f->services = item.value;
        if (item.tag != TAG_RESTRICT)
            continue;
        if (item.value.n != 1)
            return SW_WRONG_DATA;
        f->restrictions = item.value.p[0];
        f->has_restrictions = true;
    }
    return SW_OK;
}

static sw_t take_parameters(struct domain_install *f)
{
    struct span rest = f->parameters;
    struct tlv item;
    sw_t sw = SW_OK;

    while (sw == SW_OK && rest.n > 0) {
        if (tlv_take(&rest, &item) != ERR_OK)
            return SW_WRONG_DATA;
        if (item.tag == TAG_APPLICATION)
            f->application = item.value;
        if (item.tag == TAG_SYSTEM)
            sw = take_system(item.value, f);
        if (item.tag != TAG_TOKEN_TEMPLATE)
            continue;
        f->token_id = domain_token_id(item.value);
        if (tlv_find(item.value, TAG_PROVIDER, &f->provider) != ERR_OK)
            f->provider = span_of(NULL, 0);
    }
    return sw == SW_OK && f->provider.n > 16 ? SW_WRONG_DATA : sw;
}

sw_t domain_take_token(const struct domain_request *r, struct span *rest,
                       struct domain_token *token)
{
    *token = (struct domain_token){
        .p1 = r->c.p1,
        .p2 = r->c.p2,
        .data = span_of(r->c.data.p, r->c.data.n - rest->n),
    };
    sw_t sw = domain_take_field(rest, &token->value);
    return sw == SW_OK && rest->n > 0 ? SW_WRONG_DATA : sw;
}

static sw_t take_fields(const struct domain_request *r, bool aid_optional,
                        struct domain_install *f)
{
    struct span s = r->c.data;

    *f = (struct domain_install){.has_restrictions = false};
    sw_t sw = domain_take_aid(&s, true, &f->first);
    if (sw == SW_OK)
        sw = domain_take_aid(&s, true, &f->module);
    if (sw == SW_OK)
        sw = domain_take_aid(&s, aid_optional, &f->aid);
    if (sw == SW_OK && span_take_lv(&s, &f->privileges) != ERR_OK)
        sw = SW_WRONG_DATA;
    if (sw == SW_OK)
        sw = domain_take_field(&s, &f->parameters);
    if (sw == SW_OK)
        sw = domain_take_token(r, &s, &f->token);
    return sw == SW_OK ? take_parameters(f) : sw;
}

/* Whether the lengths that are to be 00 are. [GPCS 11.5.2.3.3-11.5.2.3.6] */
static bool is_empty_where_told(uint8_t p1, const struct domain_install *f)
{
    switch (p1) {
    case P1_MAKE_SELECTABLE:
        return f->first.n == 0 && f->module.n == 0;
    case P1_EXTRADITION:
        return f->module.n == 0 && f->privileges.n == 0;
    case P1_REGISTRY_UPDATE:
        return f->module.n == 0;
    case P1_PERSONALIZATION:
        return f->first.n == 0 && f->module.n == 0 && f->privileges.n == 0 &&
               f->parameters.n == 0 && f->token.value.n == 0;
    default:
        return true;
    }
}

sw_t domain_expand_privileges(struct span bytes, uint32_t *privileges)
{
    if (bytes.n == 1) {
        *privileges = (uint32_t)bytes.p[0] << 16;
        if ((*privileges & PRIVILEGE_DOMAIN) != 0)
            *privileges |= PRIVILEGE_TRUSTED_PATH;
        return SW_OK;
    }
    if (bytes.n != 3)
        return SW_WRONG_DATA;
    *privileges = ((uint32_t)bytes.p[0] << 16) | get_u2(bytes.p + 1);
    *privileges &= ~(uint32_t)PRIVILEGE_RFU;
    return SW_OK;
}

/* ---- for install ---- */

static bool has_protocol(const struct registry_entry *e, uint8_t id)
{
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (e->protocols[i].id == id)
            return true;
    }
    return false;
}

/*
 * SCP01 is where the card has it, which its profile says, and keys of triple
 * DES are for one protocol.
 */
static bool fits_others(const struct registry_entry *self,
                        const struct registry_entry *e, uint8_t id)
{
    if (id == SCP_01)
        return has_protocol(self, SCP_01) && !has_protocol(e, SCP_02);
    return id != SCP_02 || !has_protocol(e, SCP_01);
}

static bool add_protocol(const struct registry_entry *self,
                         struct registry_entry *e, struct registry_protocol p)
{
    if (!scp_i_allowed(p.id, p.i) || !fits_others(self, e, p.id))
        return false;
    for (size_t i = 0; i < REGISTRY_PROTOCOLS_MAX; i++) {
        if (e->protocols[i].id != 0)
            continue;
        e->protocols[i] = p;
        return true;
    }
    return false;
}

/* Tag 81, as often as it comes: pairs of protocol and its parameter i. */
static bool take_protocols(const struct registry_entry *self, struct span list,
                           struct registry_entry *e)
{
    if (list.n == 0 || list.n % 2 != 0)
        return false;
    for (size_t i = 0; i < list.n; i += 2) {
        const struct registry_protocol p = {list.p[i], list.p[i + 1]};
        if (!add_protocol(self, e, p))
            return false;
    }
    return true;
}

/* A byte of ACCEPTS_ bits; one behind it is for the future. */
static bool take_policy(struct span value, size_t max, uint8_t *policy)
{
    if (value.n > max)
        return false;
    *policy = value.n == 0 ? 0 : value.p[0];
    return true;
}

static bool take_casd(struct span value, struct registry_entry *e)
{
    if (value.n != sizeof e->casd)
        return false;
    memcpy(e->casd, value.p, sizeof e->casd);
    return true;
}

static bool take_domain_parameter(const struct registry_entry *self,
                                  const struct tlv *item,
                                  struct registry_entry *e)
{
    switch (item->tag) {
    case TAG_PROTOCOL:
        return take_protocols(self, item->value, e);
    case TAG_ACCEPT_EXTRADITION:
        return take_policy(item->value, 2, &e->accepts);
    case TAG_ACCEPT_DELETION:
        return take_policy(item->value, 1, &e->accepts_deletion);
    case TAG_STAY_UNPERSONALIZED:
        e->flags |= FLAG_STAYS_UNPERSONALIZED;
        return item->value.n == 0;
    case TAG_CASD:
        return take_casd(item->value, e);
    case TAG_RELEASE:
        return take_policy(item->value, 2, &e->releases);
    default:
        return true;
    }
}

/* What C9 says of a security domain [GPCS 11.5.2.3.7]. */
static sw_t take_domain_parameters(const struct registry_entry *self,
                                   struct span s, struct registry_entry *e)
{
    struct span list;
    struct tlv item;

    if (tlv_find(s, TAG_PROTOCOL, &list) != ERR_OK)
        memcpy(e->protocols, self->protocols, sizeof e->protocols);
    while (s.n > 0) {
        if (tlv_take(&s, &item) != ERR_OK ||
            !take_domain_parameter(self, &item, e))
            return SW_WRONG_DATA;
    }
    return SW_OK;
}

static bool is_domain_module(struct span aid)
{
    static const uint8_t module[] = {0xA0, 0x00, 0x00, 0x01,
                                     0x51, 0x53, 0x50, 0x41};
    return span_equal(aid, span_of(module, sizeof module));
}

/* The module's load file, named or found by its module. */
static sw_t find_package(const struct domain *d, const struct domain_install *f,
                         struct registry_entry *package)
{
    struct span aid;
    struct vm_method install;

    if (f->first.n > 0 && !domain_find_package(d, f->first, package))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "INSTALL: no such load file");
    for (uint16_t s = 0; domain_each_entry(d, &s, package); s++) {
        if (package->kind != ENTRY_PACKAGE ||
            (f->first.n > 0 && !span_equal(registry_aid(package), f->first)))
            continue;
        if (package->package == REGISTRY_NATIVE_PACKAGE) {
            if (is_domain_module(f->module))
                return SW_OK;
            continue;
        }
        for (uint8_t i = 0;
             vm_package_applet(d->vm, package->package, i, &aid, &install); i++)
            if (span_equal(aid, f->module))
                return SW_OK;
    }
    return domain_refuse(d, SW_DATA_NOT_FOUND, "INSTALL: no such module");
}

/* What it is on the contactless interface. */
static enum err enter_contactless(struct domain *d,
                                  const struct domain_install *f,
                                  const struct registry_entry *e)
{
    const enum err err = domain_cl_take_parameters(d, e, f->system, true);

    return err == ERR_OK && e->state >= STATE_SELECTABLE
               ? domain_cl_settle(d, e, true)
               : err;
}

/* A security domain and its services, or nothing of it. */
static enum err add_domain(struct domain *d, const struct domain_install *f,
                           struct registry_entry *e)
{
    enum err err = heap_begin(d->heap);

    if (err != ERR_OK)
        return err;
    err = domain_add_entry(d, e);
    if (err == ERR_OK)
        err = domain_record_services(d, e->slot, f->services);
    if (err == ERR_OK)
        err = enter_contactless(d, f, e);
    if (err == ERR_OK)
        return heap_commit(d->heap);
    const enum err undone = heap_abort(d->heap);
    return undone == ERR_OK ? err : undone;
}

static sw_t install_domain(struct domain *d, const struct domain_request *r,
                           const struct domain_install *f,
                           struct registry_entry *e)
{
    e->kind = ENTRY_DOMAIN;
    e->domain = r->self.slot;
    sw_t sw = take_domain_parameters(&r->self, f->application, e);
    if (sw != SW_OK)
        return domain_refuse(d, sw, "INSTALL: bad security domain parameters");
    sw = sw_from_err(add_domain(d, f, e));
    domain_memory_reset(d);
    return sw;
}

/* In an epoch: the applet's own install() may refuse. */
static sw_t create_applet(struct domain *d, const struct domain_install *f,
                          struct registry_entry *e)
{
    e->kind = ENTRY_APPLICATION;
    domain_charge(d, e);
    sw_t sw = jcre_install(d->jcre, e->package, f->module, f->aid,
                           f->privileges, f->application, &e->instance);
    if (sw == SW_OK)
        sw = sw_from_err(domain_add_entry(d, e));
    if (sw == SW_OK)
        sw = sw_from_err(domain_record_services(d, e->slot, f->services));
    if (sw == SW_OK)
        sw = sw_from_err(domain_add_origin(d, e, f->module, f->application));
    if (sw == SW_OK)
        sw = sw_from_err(enter_contactless(d, f, e));
    domain_charge(d, NULL);
    if (sw != SW_OK)
        domain_trace_about(
            d, "INSTALL: refused by the applet or for its memory:", f->aid);
    return sw;
}

/* An applet, or nothing of it. */
static sw_t install_applet(struct domain *d, const struct domain_install *f,
                           struct registry_entry *e)
{
    enum err err = heap_epoch_begin(d->heap);

    if (err != ERR_OK)
        return sw_from_err(err);
    sw_t sw = create_applet(d, f, e);
    if (sw == SW_OK)
        sw = sw_from_err(heap_epoch_commit(d->heap, HEAP_ROOT_COUNT, 0));
    if (sw != SW_OK && heap_in_epoch(d->heap)) {
        err = heap_epoch_abort(d->heap);
        if (err != ERR_OK)
            return sw_from_err(err);
    }
    return sw;
}

/* The Application Provider, where the command names it. */
static void set_provider(const struct domain_install *f,
                         struct registry_entry *e)
{
    if (f->provider.n == 0)
        return;
    e->provider_length = (uint8_t)f->provider.n;
    memcpy(e->provider, f->provider.p, f->provider.n);
}

static void new_entry(const struct domain_install *f,
                      const struct registry_entry *package, bool selectable,
                      struct registry_entry *e)
{
    *e = (struct registry_entry){
        .slot = DOMAIN_NONE,
        .state = selectable ? STATE_SELECTABLE : STATE_INSTALLED,
        .domain = package->domain,
        .package = package->package,
        .aid_length = (uint8_t)f->aid.n,
    };
    memcpy(e->aid, f->aid.p, f->aid.n);
    set_provider(f, e);
}

/* The entry that an application of this package gets, if it may. */
static sw_t plan(const struct domain *d, const struct domain_request *r,
                 const struct domain_install *f,
                 const struct registry_entry *package, struct registry_entry *e)
{
    const bool selectable = (r->c.p1 & P1_MAKE_SELECTABLE) != 0;
    struct registry_entry other;

    sw_t sw = domain_may_use(d, &r->self, package);
    if (sw != SW_OK)
        return sw;
    if (domain_find_application(d, f->aid, &other) ||
        domain_find_package(d, f->aid, &other))
        return domain_refuse(d, SW_CONDITIONS, "INSTALL: the AID is in use");
    new_entry(f, package, selectable, e);
    sw = domain_expand_privileges(f->privileges, &e->privileges);
    if (sw == SW_OK)
        sw = domain_may_grant(d, &r->self, e->privileges,
                              package->package == REGISTRY_NATIVE_PACKAGE,
                              selectable, DOMAIN_NONE);
    if (sw == SW_OK)
        sw = domain_add_implicit(d, f->system, e);
    if (sw == SW_OK)
        sw = domain_take_memory(d, f->system, e);
    if (sw == SW_OK)
        sw = domain_cl_check_parameters(d, f->system);
    if (sw == SW_OK && selectable)
        domain_assign_reset(d, e);
    return sw;
}

/* [GPCS 9.3.6, 11.5.2.3.2] */
static sw_t for_install(struct domain *d, const struct domain_request *r,
                        const struct domain_install *f)
{
    struct registry_entry package, e;

    sw_t sw = domain_may_manage(
        d, &r->self, r->c.p1 & (ACTION_INSTALL | ACTION_MAKE_SELECTABLE),
        &f->token);
    if (sw == SW_OK)
        sw = find_package(d, f, &package);
    if (sw == SW_OK)
        sw = plan(d, r, f, &package, &e);
    if (sw != SW_OK)
        return sw;
    return package.package == REGISTRY_NATIVE_PACKAGE
               ? install_domain(d, r, f, &e)
               : install_applet(d, f, &e);
}

/* ---- the combined process: load, install and make selectable ---- */

/* The file that was loaded, linked, and an applet of it. */
static sw_t enter_both(struct domain *d, const struct domain_request *r,
                       const struct domain_install *f)
{
    struct registry_entry package, e;

    /* From here on the session may end, and the load does not end with it. */
    d->load.active = false;
    sw_t sw = domain_load_enter(d, &package);
    if (sw == SW_OK)
        sw = find_package(d, f, &package);
    if (sw == SW_OK)
        sw = plan(d, r, f, &package, &e);
    if (sw == SW_OK)
        sw = create_applet(d, f, &e);
    return sw == SW_OK ? domain_load_commit(d) : sw;
}

static sw_t authorize_combined(const struct domain *d,
                               const struct domain_request *r,
                               struct domain_install *f)
{
    const struct domain_load *load = &d->load;

    if (!load->loaded || load->by != r->self.slot)
        return domain_refuse(d, SW_CONDITIONS,
                             "INSTALL: nothing was loaded for it");
    f->token.first = span_of(load->first, load->first_length);
    f->token.has_hash = true;
    f->token.hash_length = load->hash_length;
    const sw_t sw = domain_may_manage(d, &r->self, ACTIONS_COMBINED, &f->token);
    return sw == SW_OK ? domain_may_confirm(d, &r->self, f->token_id) : sw;
}

/* [GPCS 9.3.8]; what is loaded stays with its application, or not at all. */
static sw_t end_combined(struct domain *d, const struct domain_request *r,
                         struct domain_install *f, struct buf *response)
{
    const struct domain_load *load = &d->load;
    const struct span file = span_of(load->aid, load->aid_length);
    struct domain_done done = {{file, f->aid}, 3, f->token_id};
    struct registry_entry owner;

    sw_t sw = authorize_combined(d, r, f);
    if (sw != SW_OK)
        return sw;
    if (f->first.n > 0 && !span_equal(f->first, file))
        return domain_refuse(d, SW_WRONG_DATA,
                             "INSTALL: another file was loaded");
    f->first = file;
    sw = enter_both(d, r, f);
    if (sw != SW_OK)
        return sw;
    if (domain_entry(d, load->associated, &owner))
        done.fields[2] = registry_aid(&owner);
    sw = domain_confirm(d, &r->self, &done, response);
    domain_load_abort(d);
    return sw;
}

/* ---- for make selectable, personalization ---- */

sw_t domain_find_own(const struct domain *d, const struct domain_request *r,
                     struct span aid, struct registry_entry *e)
{
    if (!domain_find_application(d, aid, e))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "INSTALL: no such application");
    if (!domain_is_above(d, r->self.slot, e))
        return domain_refuse(d, SW_CONDITIONS,
                             "INSTALL: it belongs to another domain");
    return SW_OK;
}

/*
 * Of the privileges Card Reset alone counts here [GPCS 11.5.2.3.3]; one that
 * is selectable already keeps its state, and can get it so.  [GPCS 9.3.7]
 */
static sw_t for_make_selectable(struct domain *d,
                                const struct domain_request *r,
                                const struct domain_install *f)
{
    struct registry_entry e;
    uint32_t privileges = 0;

    sw_t sw = domain_may_manage(d, &r->self, ACTION_MAKE_SELECTABLE, &f->token);
    if (sw == SW_OK)
        sw = domain_find_own(d, r, f->aid, &e);
    if (sw == SW_OK)
        sw = domain_expand_privileges(f->privileges, &privileges);
    if (sw != SW_OK)
        return sw;
    if ((e.state & STATE_LOCKED) != 0)
        return domain_refuse(d, SW_CONDITIONS, "INSTALL: it is locked");
    e.privileges |= privileges & PRIVILEGE_CARD_RESET;
    sw = domain_may_grant(d, &r->self, e.privileges, e.kind == ENTRY_DOMAIN,
                          true, e.slot);
    if (sw == SW_OK)
        sw = domain_add_implicit(d, f->system, &e);
    if (sw != SW_OK)
        return sw;
    domain_assign_reset(d, &e);
    set_provider(f, &e);
    const uint8_t was = e.state;
    if (e.state == STATE_INSTALLED)
        e.state = STATE_SELECTABLE;
    return sw_from_err(domain_put_state(d, &e, was));
}

/*
 * The STORE DATA that follow on this channel are for an application of this
 * domain [GPCS 7.3.2, 11.5.2.3.6]; another one ends what was begun before.
 */
static sw_t for_personalization(struct domain *d,
                                const struct domain_request *r,
                                const struct domain_install *f)
{
    struct domain_channel *ch = domain_here(d);
    struct registry_entry e;

    domain_end_personalization(d, d->channel);
    if (!domain_find_application(d, f->aid, &e))
        return domain_refuse(d, SW_DATA_NOT_FOUND,
                             "INSTALL: no such application");
    sw_t sw = domain_may_personalize(d, &r->self, &e);
    if (sw == SW_OK)
        ch->personalized = e.slot;
    return sw;
}

typedef sw_t installer(struct domain *d, const struct domain_request *r,
                       const struct domain_install *f);

static installer *installer_of(uint8_t p1)
{
    switch (p1) {
    case P1_INSTALL:
    case P1_BOTH:
        return for_install;
    case P1_MAKE_SELECTABLE:
        return for_make_selectable;
    case P1_EXTRADITION:
        return domain_install_for_extradition;
    case P1_PERSONALIZATION:
        return for_personalization;
    case P1_REGISTRY_UPDATE:
        return domain_install_for_registry_update;
    default:
        return NULL;
    }
}

/* ---- confirmation ---- */

/* What an INSTALL did: what its receipt is of [GPCS C.5.2-C.5.4]. */
struct done {
    struct registry_entry old; /* the domain that it was in before */
    struct registry_entry package;
    struct domain_done fields;
};

static void add_field(struct domain_done *done, struct span field)
{
    done->fields[done->count++] = field;
}

static void list_installed(const struct domain *d,
                           const struct domain_install *f, struct done *done)
{
    struct registry_entry e;

    if (domain_find_application(d, f->aid, &e) &&
        domain_find_code(d, e.package, &done->package))
        add_field(&done->fields, registry_aid(&done->package));
    add_field(&done->fields, f->aid);
}

static void list_moved(const struct domain_install *f, struct done *done)
{
    add_field(&done->fields,
              f->first.n > 0 ? registry_aid(&done->old) : span_of(NULL, 0));
    add_field(&done->fields, f->aid);
    add_field(&done->fields, f->first);
}

static sw_t confirm(struct domain *d, const struct domain_request *r,
                    const struct domain_install *f, struct done *done,
                    struct buf *response)
{
    done->fields = (struct domain_done){.token_id = f->token_id};
    if ((r->c.p1 & P1_BOTH) != 0) {
        list_installed(d, f, done);
    } else {
        list_moved(f, done);
    }
    if (r->c.p1 == P1_REGISTRY_UPDATE) {
        add_field(&done->fields, f->privileges);
        add_field(&done->fields, f->parameters);
    }
    return domain_confirm(d, &r->self, &done->fields, response);
}

static sw_t without_confirmation(sw_t sw, struct buf *response)
{
    return sw == SW_OK ? sw_from_err(buf_put_u1(response, 0)) : sw;
}

/* Runs one that is confirmed. */
static sw_t run_confirmed(struct domain *d, const struct domain_request *r,
                          installer *run, const struct domain_install *f,
                          struct buf *response)
{
    struct done done = {.fields = {.count = 0}};
    struct registry_entry e;

    if (domain_find_application(d, f->aid, &e) ||
        domain_find_package(d, f->aid, &e))
        (void)domain_entry(d, e.domain, &done.old);
    sw_t sw = domain_may_confirm(d, &r->self, f->token_id);
    if (sw == SW_OK)
        sw = run(d, r, f);
    return sw == SW_OK ? confirm(d, r, f, &done, response) : sw;
}

/* The life cycle state of an application; 0: there is none. */
static uint8_t state_of(const struct domain *d, struct span aid)
{
    struct registry_entry e;

    return domain_find_application(d, aid, &e) ? e.state : 0;
}

/* What an INSTALL did to an application that was in a state before. */
static void tell(struct domain *d, struct span aid, uint8_t was)
{
    struct registry_entry e;

    if (domain_find_application(d, aid, &e) && e.state != was)
        domain_cl_tell(d, &e, was);
}

static sw_t run_one(struct domain *d, const struct domain_request *r,
                    struct buf *response)
{
    const bool combined = r->c.p1 == P1_COMBINED;
    struct domain_install f;
    installer *run = installer_of(r->c.p1);

    if (r->c.p1 == P1_LOAD || (combined && r->c.p2 == P2_BEGIN))
        return without_confirmation(domain_install_for_load(d, r, combined),
                                    response);
    sw_t sw = take_fields(r, r->c.p1 == P1_REGISTRY_UPDATE, &f);
    if (sw != SW_OK)
        return domain_refuse(d, sw, "INSTALL: bad data field");
    if (!is_empty_where_told(r->c.p1, &f))
        return domain_refuse(d, SW_WRONG_DATA,
                             "INSTALL: a field that is to be empty is not");
    const uint8_t was = state_of(d, f.aid);
    if (r->c.p1 == P1_PERSONALIZATION)
        return without_confirmation(run(d, r, &f), response);
    sw = combined ? end_combined(d, r, &f, response)
                  : run_confirmed(d, r, run, &f, response);
    if (sw == SW_OK)
        tell(d, f.aid, was);
    return sw;
}

/* P2 tells the ends of the combined process [GPCS 11.5.2.2]. */
static bool is_known(uint8_t p1, uint8_t p2)
{
    if (p1 == P1_COMBINED)
        return p2 == P2_BEGIN || p2 == P2_END;
    return p2 == 0 && (p1 == P1_LOAD || installer_of(p1) != NULL);
}

/* [GPCS 11.5]; a byte 00 says that no confirmation follows. */
sw_t domain_install(struct domain *d, const struct domain_request *r,
                    struct buf *response)
{
    if (!is_known(r->c.p1, r->c.p2))
        return domain_refuse(d, SW_WRONG_P1P2, "INSTALL: no such P1 and P2");
    const sw_t sw = run_one(d, r, response);
    if (sw != SW_OK)
        domain_load_abort(d); /* a combined process ends with a refusal */
    return sw;
}
