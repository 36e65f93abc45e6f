/*
 * Who is told of what becomes of an application: its CREL applications, the
 * CRS application, itself; of a head's state and order, those of the members
 * of its group, too.  [Amd C 3.10]
 */
#include "domains/cltell.h"

#include <assert.h>
#include <string.h>

#include "jcre/entry.h"
#include "jcre/listener.h"

enum { /* steps of a notice behind those of the CREL applications */
       STEP_CRS = CL_NAMES_MAX,
       STEP_SELF,
       STEP_END,
};

static_assert((int)REGISTRY_SLOTS <= (int)JCRE_NOTICE_SUBJECTS,
              "each entry can be the subject of a notice");

/* ---- who ---- */

static bool can_run(const struct registry_entry *e)
{
    return e->kind == ENTRY_APPLICATION && e->instance != 0 &&
           e->state >= STATE_SELECTABLE && (e->state & STATE_LOCKED) == 0;
}

bool domain_cl_find_crs(const struct domain *d, struct registry_entry *crs)
{
    for (uint16_t s = 0; domain_each_entry(d, &s, crs); s++) {
        if ((crs->privileges & PRIVILEGE_CONTACTLESS) != 0 && can_run(crs))
            return true;
    }
    return false;
}

/* The CREL application of this number in the list. */
static bool find_crel(const struct domain *d, const struct domain_cl *cl,
                      uint8_t number, struct registry_entry *crel, bool *more)
{
    struct span items = cl->items;
    uint8_t type = CL_ITEM_CREL;
    struct span aid;

    *more = true;
    for (uint8_t i = 0; *more && i <= number; i++)
        *more = domain_cl_take(&items, &type, &aid);
    return *more && domain_find_application(d, aid, crel) && can_run(crel);
}

/* The subject's own applet; not of what it cannot know of. */
static bool tells_itself(const struct jcre_notice *n,
                         const struct registry_entry *subject)
{
    return subject->kind == ENTRY_APPLICATION && subject->instance != 0 &&
           n->event != JCRE_CL_INSTALLED && n->event != JCRE_CL_DELETED;
}

/* Whoever this step is for. */
static bool listener_at(const struct domain *d, struct jcre_notice *n,
                        const struct registry_entry *subject,
                        const struct domain_cl *cl, struct registry_entry *who)
{
    bool more = true;

    n->identifier = JCRE_CL_CREL;
    if (n->step < STEP_CRS) {
        if (find_crel(d, cl, n->step, who, &more))
            return true;
        if (!more)
            n->step = STEP_CRS - 1; /* the list is over */
        return false;
    }
    if (n->step == STEP_CRS)
        return !n->is_policy && domain_cl_find_crs(d, who) &&
               !domain_cl_is_crel(d, who, subject);
    n->identifier = JCRE_CL_APPLET;
    *who = *subject;
    return tells_itself(n, subject);
}

static bool next_of_subject(const struct domain *d, struct jcre_notice *n,
                            const struct registry_entry *subject)
{
    struct registry_entry who;
    struct domain_cl cl;

    domain_cl(d, subject->slot, &cl);
    for (; n->step < STEP_END; n->step++) {
        if (!listener_at(d, n, subject, &cl, &who) ||
            who.instance == n->origin ||
            (who.slot == subject->slot && n->step < STEP_SELF))
            continue;
        if (n->is_policy)
            n->identifier = JCRE_CL_POLICY;
        n->listener = who.instance;
        n->step++;
        return true;
    }
    return false;
}

/* Members that are what their head is; one that is in no state, not. */
static bool follows(const struct domain *d, const struct registry_entry *e)
{
    struct domain_cl cl;

    domain_cl(d, e->slot, &cl);
    return cl.state != CL_NON_ACTIVATABLE;
}

bool domain_cl_next_member(const struct domain *d, uint16_t head,
                           uint16_t *slot, struct registry_entry *e)
{
    struct registry_entry its_head;

    for (; domain_each_entry(d, slot, e); (*slot)++) {
        if (e->kind != ENTRY_PACKAGE && domain_cl_head(d, e, &its_head) &&
            its_head.slot == head)
            return true;
    }
    return false;
}

/* On to the next member of the subject's group. */
static bool next_subject(const struct domain *d, struct jcre_notice *n,
                         struct registry_entry *subject)
{
    struct registry_entry head;
    const bool is_member = domain_cl_head(d, subject, &head);
    uint16_t slot = is_member ? (uint16_t)(subject->slot + 1) : 0;

    if (!n->group)
        return false;
    for (; domain_cl_next_member(d, is_member ? head.slot : n->subject, &slot,
                                 subject);
         slot++) {
        if (!follows(d, subject))
            continue;
        n->subject = slot;
        n->step = 0;
        return true;
    }
    return false;
}

bool domain_cl_next_listener(const struct domain *d, struct jcre_notice *n)
{
    struct registry_entry subject;

    if (n->event == JCRE_CL_NO_EVENT || !domain_entry(d, n->subject, &subject))
        return false;
    while (!next_of_subject(d, n, &subject)) {
        if (!next_subject(d, n, &subject))
            return false;
    }
    n->aid_length = subject.aid_length;
    memcpy(n->aid, subject.aid, sizeof n->aid);
    return true;
}

/* ---- life cycles ---- */

void domain_cl_tell(struct domain *d, const struct registry_entry *e,
                    uint8_t was)
{
    const uint8_t changed = e->state ^ was;

    if (e->slot == DOMAIN_ISD || e->kind == ENTRY_PACKAGE)
        return;
    if (was == 0)
        jcre_notify(d->jcre, e->slot, JCRE_CL_INSTALLED);
    if (was < STATE_SELECTABLE && e->state >= STATE_SELECTABLE)
        jcre_notify(d->jcre, e->slot, JCRE_CL_SELECTABLE);
    else if (was != 0 && (changed & STATE_LOCKED) != 0)
        jcre_notify(d->jcre, e->slot,
                    (e->state & STATE_LOCKED) != 0 ? JCRE_CL_LOCKED
                                                   : JCRE_CL_UNLOCKED);
}

/* ---- deletion ---- */

void domain_cl_before_deletion(struct domain *d, const struct registry_entry *e,
                               struct domain_cl_farewell *f)
{
    struct jcre_notice n = {.subject = e->slot, .event = JCRE_CL_DELETED};
    ref_t entry = 0;

    if (e->kind == ENTRY_PACKAGE)
        return;
    while (f->n < CL_FAREWELLS_MAX && domain_cl_next_listener(d, &n)) {
        if (!jcre_may_listen(d->jcre, n.listener) ||
            jcre_entry(d->jcre, registry_aid(e), &entry) != ERR_OK)
            continue;
        f->to[f->n].entry = entry;
        f->to[f->n].listener = n.listener;
        f->n++;
    }
}

void domain_cl_after_deletion(struct domain *d,
                              const struct domain_cl_farewell *f)
{
    struct jcre_notice n = {.event = JCRE_CL_DELETED,
                            .identifier = JCRE_CL_CREL};

    for (uint8_t i = 0; i < f->n; i++) {
        n.listener = f->to[i].listener;
        jcre_notify_one(d->jcre, &n, f->to[i].entry);
    }
}

enum err domain_cl_forget(struct domain *d, const struct registry_entry *e)
{
    if (d->first == e->slot)
        d->first = DOMAIN_NONE;
    return jcre_entry_disable(d->jcre, registry_aid(e));
}
