/* What jcre/contactless.h promises to applets, and who may ask for it. */
#include "domains/contactless.h"

#include <string.h>

#include "domains/cltell.h"
#include "domains/order.h"
#include "domains/text.h"

enum { /* GPCLSystem.GPCL_PROXIMITY_IO_... */
       INTERFACE_PROXIMITY = 0x01,
       INTERFACE_TYPE_A = 0x41,
       INTERFACE_TYPE_B = 0x42,
       INTERFACE_TYPE_F = 0x44,
       FAMILY_MASK = 0xF0, /* an AFI of a family alone [ISO 14443-3] */
};

/* Who asks about whom. */
struct asked {
    struct registry_entry who;
    struct registry_entry e;
};

static sw_t find(const struct domain *d, uint16_t who, struct span aid,
                 struct asked *a)
{
    *a = (struct asked){.who = {.slot = DOMAIN_NONE}};
    if (!domain_find_application(d, aid, &a->e))
        return SW_DATA_NOT_FOUND;
    return domain_find_instance(d, who, &a->who)
               ? SW_OK
               : domain_refuse(d, SW_CONDITIONS,
                               "contactless: no application asks");
}

static sw_t missing(const struct domain *d)
{
    return domain_refuse(d, SW_CONDITIONS,
                         "contactless: the privilege is missing");
}

static bool has(const struct domain *d, const struct registry_entry *who,
                uint32_t privilege)
{
    return (domain_privileges(d, who) & privilege) != 0;
}

/* The application itself; or, were it an applet, its domain. */
static bool is_its_own(const struct asked *a)
{
    return a->who.slot == a->e.slot || a->who.slot == a->e.domain;
}

static sw_t find_own(const struct domain *d, uint16_t who, struct span aid,
                     struct asked *a)
{
    const sw_t sw = find(d, who, aid, a);

    return sw == SW_OK && !is_its_own(a)
               ? domain_refuse(d, SW_CONDITIONS,
                               "contactless: not one's own application")
               : sw;
}

static sw_t find_with(const struct domain *d, uint16_t who, struct span aid,
                      uint32_t privilege, struct asked *a)
{
    const sw_t sw = find(d, who, aid, a);

    return sw == SW_OK && !has(d, &a->who, privilege) ? missing(d) : sw;
}

static void note(struct jcre_notice *n, const struct asked *a, uint8_t event,
                 bool group)
{
    *n = (struct jcre_notice){
        .subject = a->e.slot,
        .event = event,
        .group = group,
        .origin = a->who.instance,
    };
}

/* ---- states ---- */

static bool may_see(void *ctx, uint16_t who, struct span aid)
{
    struct asked a;

    return find(ctx, who, aid, &a) == SW_OK &&
           domain_cl_may_see(ctx, &a.who, &a.e);
}

static uint8_t state(void *ctx, struct span aid)
{
    struct registry_entry e;

    return domain_find_application(ctx, aid, &e) ? domain_cl_state(ctx, &e)
                                                 : CL_DEACTIVATED;
}

static sw_t may_set_state(void *ctx, uint16_t who, struct span aid,
                          uint8_t wanted, enum jcre_cl_question *question)
{
    struct asked a;
    const sw_t sw = find(ctx, who, aid, &a);

    *question = JCRE_CL_NOBODY;
    return sw == SW_OK
               ? domain_cl_may_set_state(ctx, &a.who, &a.e, wanted, question)
               : sw;
}

static sw_t set_state(void *ctx, uint16_t who, struct span aid, uint8_t wanted,
                      struct jcre_notice *notice)
{
    struct asked a;
    const sw_t sw = find(ctx, who, aid, &a);

    note(notice, &a, JCRE_CL_NO_EVENT, false);
    return sw == SW_OK ? domain_cl_set_state(ctx, &a.who, &a.e, wanted, notice)
                       : sw;
}

static uint16_t crs(void *ctx)
{
    struct registry_entry e;

    return domain_cl_find_crs(ctx, &e) ? e.instance : 0;
}

/* ---- information ---- */

static sw_t get_info(void *ctx, uint16_t who, struct span aid, uint16_t info,
                     struct buf *out)
{
    struct asked a;
    const sw_t sw = find(ctx, who, aid, &a);

    if (sw != SW_OK)
        return sw;
    return domain_cl_may_see(ctx, &a.who, &a.e)
               ? domain_cl_get_info(ctx, &a.e, info, out)
               : missing(ctx);
}

static sw_t set_info(void *ctx, uint16_t who, struct span aid, uint16_t info,
                     struct span value, struct jcre_notice *notice)
{
    uint8_t event = JCRE_CL_NO_EVENT;
    struct asked a;
    sw_t sw = find_own(ctx, who, aid, &a);

    if (sw == SW_OK)
        sw = domain_cl_set_info(ctx, &a.e, info, value, &event);
    note(notice, &a, event, false);
    return sw;
}

/* ---- lists of names ---- */

static uint8_t type_of(enum jcre_cl_names list)
{
    return list == JCRE_CL_CREL_NAMES ? CL_ITEM_CREL : CL_ITEM_MEMBER;
}

static size_t count(const struct domain_cl *cl, uint8_t type)
{
    struct span items = cl->items;
    struct span value;
    size_t n = 0;

    while (domain_cl_take(&items, &type, &value))
        n++;
    return n;
}

static sw_t add_name(void *ctx, uint16_t who, struct span aid,
                     enum jcre_cl_names list, struct span name,
                     struct jcre_notice *notice)
{
    const uint8_t type = type_of(list);
    const struct domain_cl_edit edit = {.add = type, .added = name};
    struct registry_entry head;
    struct domain_cl cl;
    struct asked a;
    sw_t sw = find_own(ctx, who, aid, &a);

    if (sw != SW_OK)
        return sw;
    note(notice, &a, JCRE_CL_NO_EVENT, false);
    if (list == JCRE_CL_MEMBER_NAMES && domain_cl_head(ctx, &a.e, &head))
        return domain_refuse(ctx, SW_CONDITIONS,
                             "contactless: it is a member of a group");
    domain_cl(ctx, a.e.slot, &cl);
    if (domain_cl_lists(&cl, type, name))
        return SW_OK;
    if (count(&cl, type) == CL_NAMES_MAX)
        return SW_NO_MEMORY;
    sw = sw_from_err(domain_cl_change(ctx, &cl, &edit));
    if (list == JCRE_CL_CREL_NAMES)
        notice->event = JCRE_CL_CREL_ADDED;
    return sw;
}

/* A member whose head lets it no longer has left the group. */
static void note_member(const struct domain *d,
                        const struct registry_entry *head, struct span name,
                        struct jcre_notice *notice)
{
    struct registry_entry e, its_head;

    if (!domain_find_application(d, name, &e) ||
        !domain_cl_head(d, &e, &its_head) || its_head.slot != head->slot)
        return;
    notice->subject = e.slot;
    notice->event = JCRE_CL_MEMBER_REMOVED;
}

static sw_t remove_name(void *ctx, uint16_t who, struct span aid,
                        enum jcre_cl_names list, struct span name,
                        struct jcre_notice *notice)
{
    const uint8_t type = type_of(list);
    const struct domain_cl_edit edit = {
        .drop = type, .one = true, .dropped = name};
    struct domain_cl cl;
    struct asked a;
    const sw_t sw = find_own(ctx, who, aid, &a);

    if (sw != SW_OK)
        return sw;
    note(notice, &a, JCRE_CL_NO_EVENT, false);
    domain_cl(ctx, a.e.slot, &cl);
    if (!domain_cl_lists(&cl, type, name))
        return SW_OK;
    if (list == JCRE_CL_CREL_NAMES)
        notice->event = JCRE_CL_CREL_REMOVED;
    else
        note_member(ctx, &a.e, name, notice);
    return sw_from_err(domain_cl_change(ctx, &cl, &edit));
}

/* ---- groups ---- */

static sw_t leave(struct domain *d, const struct asked *a,
                  struct jcre_notice *notice)
{
    const struct domain_cl_edit edit = {.drop = CL_ITEM_HEAD};
    struct registry_entry head;
    struct domain_cl cl;

    if (!domain_cl_head(d, &a->e, &head))
        return domain_refuse(d, SW_CONDITIONS,
                             "contactless: it is in no group");
    domain_cl(d, a->e.slot, &cl);
    note(notice, a, JCRE_CL_MEMBER_REMOVED, false);
    return sw_from_err(domain_cl_change(d, &cl, &edit));
}

/* Whether `head` lets it come. */
static bool is_let(const struct domain *d, struct span head,
                   const struct registry_entry *e)
{
    struct registry_entry other;
    struct domain_cl cl;

    if (!domain_find_application(d, head, &other))
        return false;
    domain_cl(d, other.slot, &cl);
    return domain_cl_lists(&cl, CL_ITEM_MEMBER, registry_aid(e));
}

static sw_t join(void *ctx, uint16_t who, struct span aid, struct span head,
                 struct jcre_notice *notice)
{
    const struct domain_cl_edit edit = {
        .drop = CL_ITEM_HEAD, .add = CL_ITEM_HEAD, .added = head};
    struct registry_entry other;
    struct domain_cl cl;
    struct asked a;
    const sw_t sw = find(ctx, who, aid, &a);

    if (sw != SW_OK)
        return sw;
    if (a.who.slot != a.e.slot)
        return domain_refuse(ctx, SW_CONDITIONS,
                             "contactless: it joins a group itself");
    if (head.n == 0)
        return leave(ctx, &a, notice);
    if (domain_cl_head(ctx, &a.e, &other) || domain_cl_is_head(ctx, &a.e) ||
        !is_let(ctx, head, &a.e))
        return domain_refuse(ctx, SW_CONDITIONS,
                             "contactless: it must not join that group");
    domain_cl(ctx, a.e.slot, &cl);
    note(notice, &a, JCRE_CL_MEMBER_ADDED, false);
    return sw_from_err(domain_cl_change(ctx, &cl, &edit));
}

static sw_t is_head(void *ctx, uint16_t who, struct span aid, bool *answer)
{
    struct asked a;
    const sw_t sw = find_with(ctx, who, aid, PRIVILEGE_GLOBAL_REGISTRY, &a);

    *answer = sw == SW_OK && domain_cl_is_head(ctx, &a.e);
    return sw;
}

static sw_t is_member(void *ctx, uint16_t who, struct span aid, bool *answer)
{
    struct registry_entry head;
    struct asked a;
    const sw_t sw = find_with(ctx, who, aid, PRIVILEGE_GLOBAL_REGISTRY, &a);

    *answer = sw == SW_OK && domain_cl_head(ctx, &a.e, &head);
    return sw;
}

/* ---- walking lists ---- */

/* A family alone stands for all that is below it. */
static bool is_of_family(const struct domain *d, const struct registry_entry *e,
                         uint16_t family)
{
    const uint16_t own = domain_cl_family(d, e);

    return family == 0 || own == family ||
           ((family & FAMILY_MASK) == family && (own & FAMILY_MASK) == family);
}

struct walking {
    const struct jcre_cl_walk *w;
    struct asked a; /* e: whose list */
    bool sees_all;  /* with Global Registry */
};

static bool is_on_list(const struct domain *d, const struct walking *k,
                       const struct registry_entry *e)
{
    struct registry_entry head;

    if (e->kind == ENTRY_PACKAGE)
        return false;
    switch (k->w->list) {
    case JCRE_CL_FAMILY:
        return e->kind == ENTRY_APPLICATION &&
               (k->sees_all || domain_cl_is_crel(d, &k->a.who, e)) &&
               is_of_family(d, e, k->w->family);
    case JCRE_CL_CONFLICTS:
        return domain_cl_conflicts(d, &k->a.e, e) &&
               domain_cl_state(d, e) == CL_ACTIVATED;
    case JCRE_CL_MEMBERS:
        return domain_cl_head(d, e, &head) && head.slot == k->a.e.slot;
    case JCRE_CL_CRELS:
        return domain_cl_is_crel(d, e, &k->a.e);
    default:
        return domain_cl_is_crel(d, &k->a.e, e);
    }
}

static bool is_referenced(const struct domain *d,
                          const struct registry_entry *who)
{
    struct registry_entry e;

    for (uint16_t s = 0; domain_each_entry(d, &s, &e); s++) {
        if (e.kind != ENTRY_PACKAGE && domain_cl_is_crel(d, who, &e))
            return true;
    }
    return false;
}

static sw_t may_walk(const struct domain *d, struct walking *k)
{
    const bool activates = has(d, &k->a.who, PRIVILEGE_CONTACTLESS);
    bool may = activates;

    k->sees_all = has(d, &k->a.who, PRIVILEGE_GLOBAL_REGISTRY);
    if (k->w->list == JCRE_CL_FAMILY)
        may = k->sees_all || k->w->is_crel || is_referenced(d, &k->a.who);
    else if (k->w->list == JCRE_CL_MEMBERS)
        may = activates || domain_cl_is_crel(d, &k->a.who, &k->a.e);
    else if (k->w->list == JCRE_CL_REFERENCING)
        may = k->w->is_crel || is_referenced(d, &k->a.who);
    return may ? SW_OK : missing(d);
}

/* Where the walk goes on; false: not behind anything of the list. */
static bool find_start(const struct domain *d, const struct walking *k,
                       uint16_t *slot)
{
    struct registry_entry after;

    *slot = 0;
    if (k->w->after.n == 0)
        return true;
    if (!domain_find_application(d, k->w->after, &after) ||
        !is_on_list(d, k, &after))
        return false;
    *slot = (uint16_t)(after.slot + 1);
    return true;
}

static void tell(const struct registry_entry *e, struct jcre_entry *out)
{
    *out = (struct jcre_entry){.state = e->state, .aid_length = e->aid_length};
    memcpy(out->aid, e->aid, sizeof out->aid);
}

static sw_t next(void *ctx, const struct jcre_cl_walk *w,
                 struct jcre_entry *out)
{
    struct walking k = {.w = w};
    struct registry_entry e;
    uint16_t slot = 0;
    sw_t sw = SW_OK;

    *out = (struct jcre_entry){.aid_length = 0};
    if (w->list != JCRE_CL_FAMILY)
        sw = find(ctx, w->who, w->aid, &k.a);
    else if (!domain_find_instance(ctx, w->who, &k.a.who))
        sw = SW_CONDITIONS;
    if (sw == SW_OK)
        sw = may_walk(ctx, &k);
    if (sw != SW_OK || !find_start(ctx, &k, &slot))
        return sw;
    for (; domain_each_entry(ctx, &slot, &e); slot++) {
        if (!is_on_list(ctx, &k, &e))
            continue;
        tell(&e, out);
        break;
    }
    return SW_OK;
}

/* ---- order ---- */

static enum err move(struct domain *d, uint16_t slot, int32_t rank)
{
    struct domain_cl cl;

    domain_cl(d, slot, &cl);
    cl.rank = rank;
    return domain_cl_change(d, &cl, NULL);
}

/* With the members of its group, who keep the registry's order. */
static enum err move_all(struct domain *d, uint16_t head, int32_t rank)
{
    struct registry_entry e;
    enum err err = move(d, head, rank);
    uint16_t slot = 0;

    for (; err == ERR_OK && domain_cl_next_member(d, head, &slot, &e); slot++)
        err = move(d, slot, rank);
    return err;
}

static enum err move_at_once(struct domain *d, uint16_t head, int32_t rank)
{
    bool own = false;

    if (heap_in_epoch(d->heap))
        return ERR_STATE;
    enum err e = domain_begin(d, &own);
    if (e != ERR_OK)
        return e;
    return domain_end(d, own, move_all(d, head, rank));
}

static sw_t set_order(void *ctx, uint16_t who, struct span aid, bool top,
                      struct jcre_notice *notice)
{
    struct asked a;
    const sw_t sw = find_with(ctx, who, aid, PRIVILEGE_CONTACTLESS, &a);

    if (sw != SW_OK)
        return sw;
    note(notice, &a, top ? JCRE_CL_HIGHEST : JCRE_CL_LOWEST,
         domain_cl_is_head(ctx, &a.e));
    return sw_from_err(move_at_once(ctx, a.e.slot, domain_order_end(ctx, top)));
}

static sw_t set_first(void *ctx, uint16_t who, struct span aid,
                      struct jcre_notice *notice)
{
    struct domain *d = ctx;
    struct asked a = {.e = {.slot = d->first}};
    sw_t sw = SW_OK;

    if (aid.n > 0)
        sw = find(d, who, aid, &a);
    else if (!domain_find_instance(d, who, &a.who))
        sw = SW_CONDITIONS;
    if (sw == SW_OK && !has(d, &a.who, PRIVILEGE_CONTACTLESS))
        sw = missing(d);
    if (sw != SW_OK)
        return sw;
    note(notice, &a, aid.n > 0 ? JCRE_CL_PRIORITY_SET : JCRE_CL_PRIORITY_RESET,
         false);
    d->first = aid.n > 0 ? a.e.slot : DOMAIN_NONE;
    return SW_OK;
}

/* ---- the card ---- */

static sw_t card_info(void *ctx, uint16_t info, struct buf *out)
{
    return domain_cl_card_info(ctx, info, out);
}

/* 0: there is no such interface. */
static uint8_t bit_of(uint16_t which)
{
    switch (which) {
    case INTERFACE_PROXIMITY:
        return CL_OFF_PROXIMITY;
    case INTERFACE_TYPE_A:
        return CL_OFF_TYPE_A;
    case INTERFACE_TYPE_B:
        return CL_OFF_TYPE_B;
    case INTERFACE_TYPE_F:
        return CL_OFF_TYPE_F;
    default:
        return 0;
    }
}

static sw_t set_interface(void *ctx, uint16_t who, uint16_t which, bool on)
{
    const uint8_t bit = bit_of(which);
    struct registry_entry e;
    struct domain_cl cl;

    if (bit == 0)
        return SW_WRONG_DATA;
    if (!domain_find_instance(ctx, who, &e) ||
        !has(ctx, &e, PRIVILEGE_CONTACTLESS))
        return missing(ctx);
    domain_cl(ctx, CL_CARD, &cl);
    const uint8_t state = on ? cl.state & (uint8_t)~bit : cl.state | bit;
    if (state == cl.state)
        return SW_OK;
    cl.state = state;
    return sw_from_err(domain_cl_change(ctx, &cl, NULL));
}

/* A type is off with the interface. */
static sw_t is_enabled(void *ctx, uint16_t which, bool *on)
{
    const uint8_t bit = bit_of(which);
    struct domain_cl cl;

    domain_cl(ctx, CL_CARD, &cl);
    *on = (cl.state & (bit | CL_OFF_PROXIMITY)) == 0;
    return bit != 0 ? SW_OK : SW_WRONG_DATA;
}

static bool notice_of(void *ctx, uint16_t who, struct span aid,
                      struct jcre_notice *notice)
{
    struct asked a;

    if (find(ctx, who, aid, &a) != SW_OK)
        return false;
    note(notice, &a, JCRE_CL_NO_EVENT, false);
    return true;
}

static bool subject(void *ctx, const struct jcre_notice *notice,
                    struct jcre_entry *out)
{
    struct registry_entry e;

    if (!domain_entry(ctx, notice->subject, &e) || e.kind == ENTRY_PACKAGE)
        return false;
    tell(&e, out);
    return true;
}

static bool next_listener(void *ctx, struct jcre_notice *notice)
{
    return domain_cl_next_listener(ctx, notice);
}

const struct jcre_contactless domain_contactless_calls = {
    .may_see = may_see,
    .state = state,
    .may_set_state = may_set_state,
    .set_state = set_state,
    .crs = crs,
    .get_info = get_info,
    .set_info = set_info,
    .add_name = add_name,
    .remove_name = remove_name,
    .join = join,
    .is_head = is_head,
    .is_member = is_member,
    .next = next,
    .set_order = set_order,
    .set_first = set_first,
    .card_info = card_info,
    .set_interface = set_interface,
    .is_enabled = is_enabled,
    .notice_of = notice_of,
    .subject = subject,
    .next_listener = next_listener,
};
