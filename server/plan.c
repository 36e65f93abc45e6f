#include "server/contact.h"

#include <string.h>

enum {
    STATE_LOCKED = 0x80,
    STATE_INSTALLED = 0x03,
    STATE_SELECTABLE = 0x07,
    ROUNDS_MAX = 6, /* scripts that changed nothing, before giving up */
    PRIVILEGE_DOMAIN = 0x80,
};

enum srv_step_state srv_plan_step(const struct srv_contact *c, const char *name)
{
    for (unsigned i = 0; i < c->deployment.step_count; i++) {
        if (strcmp(c->deployment.steps[i].name, name) == 0)
            return c->deployment.steps[i].state;
    }
    return SRV_STEP_PENDING;
}

int srv_plan_mark(const struct srv_engine *e, struct srv_contact *c,
                  const char *name, enum srv_step_state state, sw_t sw)
{
    for (unsigned i = 0; i < c->deployment.step_count; i++) {
        struct srv_step *s = &c->deployment.steps[i];
        if (strcmp(s->name, name) != 0)
            continue;
        if (s->state == state)
            return GP_OK;
        s->state = state;
        return srv_store_step_set(e->store, c->deployment.id, name, state, sw);
    }
    return GP_OK;
}

/*
 * The card has what the step makes: ours if it was sent once, else it was
 * there before.
 */
static void settle(const struct srv_engine *e, struct srv_contact *c,
                   const char *name)
{
    enum srv_step_state state = srv_plan_step(c, name);

    if (state == SRV_STEP_PENDING)
        (void)srv_plan_mark(e, c, name, SRV_STEP_FOUND, 0);
    else if (state == SRV_STEP_SENT)
        (void)srv_plan_mark(e, c, name, SRV_STEP_DONE, 0);
}

static const struct gp_status *application(const struct srv_contact *c,
                                           const struct gp_aid *aid)
{
    return srv_inventory_find(&c->inventory, GP_SCOPE_APPLICATIONS, aid);
}

static const struct gp_status *file(const struct srv_contact *c,
                                    const struct gp_aid *aid)
{
    return srv_inventory_find(&c->inventory, GP_SCOPE_FILES, aid);
}

const struct gp_aid *srv_plan_session(const struct srv_contact *c)
{
    static const struct gp_aid issuer = {.n = 0};
    /* A domain is made by the issuer's; its keys are put in its own session. */
    if (c->params.kind == SRV_DOMAIN && c->work.install)
        return &issuer;
    return &c->params.domain;
}

static enum srv_verdict work(struct srv_contact *c, struct gp_why *why)
{
    if (c->rounds >= ROUNDS_MAX) {
        gp_why_set(why, "the card accepts the commands, and GET STATUS shows "
                        "nothing of them");
        return VERDICT_FAILED;
    }
    c->work.active = true;
    return VERDICT_WORK;
}

/* ---- install ---- */

static bool other_version(const struct gp_status *f, const struct srv_params *p)
{
    return f->version_length == 2 &&
           (f->version[0] != p->major || f->version[1] != p->minor);
}

/* The target domain as the card would name it; an empty AID is the issuer's. */
static bool in_domain(const struct srv_contact *c, const struct gp_aid *owner)
{
    if (owner->n == 0)
        return true; /* the card does not say */
    if (c->params.domain.n > 0)
        return gp_aid_equal(owner, &c->params.domain);
    return srv_inventory_find(&c->inventory, GP_SCOPE_ISD, owner) != NULL;
}

static bool foreign(const struct srv_contact *c, const struct gp_status *f,
                    const struct gp_status *a, struct gp_why *why)
{
    if (f != NULL && other_version(f, &c->params)) {
        gp_why_set(why,
                   "version %u.%u of the package is on the card: delete it "
                   "first",
                   f->version[0], f->version[1]);
        return true;
    }
    if (a != NULL && a->file.n > 0 &&
        !gp_aid_equal(&a->file, &c->params.package)) {
        gp_why_set(why, "the instance's AID belongs to another application");
        return true;
    }
    if ((a != NULL && !in_domain(c, &a->domain)) ||
        (a == NULL && f != NULL && !in_domain(c, &f->domain))) {
        gp_why_set(why, "it is on the card, in another security domain");
        return true;
    }
    return false;
}

/*
 * Half personalised, not yet selectable: nobody has used it, so it is deleted
 * and made anew rather than given the same data twice.
 */
static enum srv_verdict plan_installed(struct srv_contact *c,
                                       struct gp_why *why)
{
    enum srv_step_state data = srv_plan_step(c, "personalize");
    bool found = srv_plan_step(c, "install") == SRV_STEP_FOUND;

    if (c->params.personalize && (data == SRV_STEP_SENT || found)) {
        c->work.discard = true;
        c->work.install = true;
        c->work.personalize = true;
    } else if (c->params.personalize && data != SRV_STEP_DONE) {
        c->work.personalize = true;
    }
    c->work.selectable = true;
    return work(c, why);
}

/* It is selectable: personalised too, if that comes before in our order. */
static enum srv_verdict plan_selectable(const struct srv_engine *e,
                                        struct srv_contact *c, uint8_t state,
                                        struct gp_why *why)
{
    enum srv_step_state installed = srv_plan_step(c, "install");
    enum srv_step_state data = srv_plan_step(c, "personalize");
    bool ours = installed == SRV_STEP_DONE || installed == SRV_STEP_SENT;
    bool by_order =
        ours && !c->params.selectable_first && data != SRV_STEP_PENDING;

    settle(e, c, "install");
    if (!c->params.personalize || data == SRV_STEP_DONE || by_order ||
        (data == SRV_STEP_SENT && (state & 0x7F) != STATE_SELECTABLE)) {
        settle(e, c, "personalize");
        settle(e, c, "selectable");
        return VERDICT_DONE;
    }
    /*
     * STORE DATA sets values and adds nothing, so when the answer was lost the
     * data are sent once more.
     */
    settle(e, c, "selectable");
    c->work.personalize = true;
    return work(c, why);
}

static enum srv_verdict plan_install(const struct srv_engine *e,
                                     struct srv_contact *c, struct gp_why *why)
{
    const struct gp_status *f = file(c, &c->params.package);
    const struct gp_status *a = application(c, &c->params.instance);

    if (foreign(c, f, a, why))
        return VERDICT_FAILED;
    if (f != NULL)
        settle(e, c, "load");
    if (a != NULL && a->life_cycle[0] == STATE_INSTALLED) {
        settle(e, c, "install");
        return plan_installed(c, why);
    }
    if (a != NULL)
        return plan_selectable(e, c, a->life_cycle[0], why);
    c->work.load = f == NULL;
    c->work.install = true;
    c->work.personalize = c->params.personalize;
    c->work.selectable = c->params.personalize && !c->params.selectable_first;
    return work(c, why);
}

/* ---- the other kinds ---- */

static bool key_id_equal(const struct srv_key_id *a, const struct srv_key_id *b)
{
    return a->kvn == b->kvn && strcmp(a->name, b->name) == 0;
}

/* The keys show themselves when a channel is opened, and only then. */
static enum srv_verdict plan_keys(const struct srv_engine *e,
                                  struct srv_contact *c, struct gp_why *why)
{
    const struct gp_aid *domain = &c->params.domain;
    bool proved = c->has_proved && gp_aid_equal(&c->proved_domain, domain);

    if (proved && key_id_equal(&c->proved, &c->params.keys)) {
        settle(e, c, "keys");
        return VERDICT_DONE;
    }
    if (!srv_channel_at(c, domain))
        return VERDICT_PROVE;
    if (c->params.kind == SRV_DOMAIN && !c->channel.parent) {
        gp_why_set(why, "the domain has keys already: %s of version %02X",
                   c->channel.keys.name, c->channel.keys.kvn);
        return VERDICT_FAILED;
    }
    if (c->params.kind == SRV_ROTATE && c->channel.parent) {
        gp_why_set(why, "the domain has no keys of its own to replace");
        return VERDICT_FAILED;
    }
    c->work.rest = true;
    return work(c, why);
}

static enum srv_verdict plan_domain(const struct srv_engine *e,
                                    struct srv_contact *c, struct gp_why *why)
{
    const struct gp_status *a = application(c, &c->params.domain);

    if (a == NULL) {
        static const struct srv_domain_keys none = {.current.kvn = 0};
        (void)srv_store_keys_set(e->store, c->card.id,
                                 gp_aid_span(&c->params.domain), &none);
        c->work.install = true;
        return work(c, why);
    }
    if (a->privileges_length > 0 &&
        (a->privileges[0] & PRIVILEGE_DOMAIN) == 0) {
        gp_why_set(why, "an application that is no security domain has its "
                        "AID");
        return VERDICT_FAILED;
    }
    settle(e, c, "install");
    return plan_keys(e, c, why);
}

static enum srv_verdict plan_rotate(const struct srv_engine *e,
                                    struct srv_contact *c, struct gp_why *why)
{
    if (c->params.domain.n > 0 && application(c, &c->params.domain) == NULL) {
        gp_why_set(why, "the security domain is not on the card");
        return VERDICT_FAILED;
    }
    return plan_keys(e, c, why);
}

static enum srv_verdict plan_delete(const struct srv_engine *e,
                                    struct srv_contact *c, struct gp_why *why)
{
    if (application(c, &c->params.aid) == NULL &&
        file(c, &c->params.aid) == NULL) {
        settle(e, c, "delete");
        return VERDICT_DONE;
    }
    c->work.rest = true;
    return work(c, why);
}

static bool is_locked(const struct srv_contact *c, bool *there)
{
    if (c->params.aid.n > 0) {
        const struct gp_status *a = application(c, &c->params.aid);
        *there = a != NULL;
        return a != NULL && (a->life_cycle[0] & STATE_LOCKED) != 0;
    }
    *there = false;
    for (size_t i = 0; i < c->inventory.count; i++) {
        if (c->inventory.scopes[i] != GP_SCOPE_ISD)
            continue;
        *there = true;
        return c->inventory.entries[i].life_cycle[0] == GP_CARD_LOCKED;
    }
    return false;
}

static enum srv_verdict plan_lock(const struct srv_engine *e,
                                  struct srv_contact *c, struct gp_why *why)
{
    bool there = false;
    bool want = c->params.kind == SRV_LOCK;
    bool locked = is_locked(c, &there);

    if (!there) {
        gp_why_set(why, "it is not on the card");
        return VERDICT_FAILED;
    }
    if (locked == want) {
        settle(e, c, want ? "lock" : "unlock");
        return VERDICT_DONE;
    }
    c->work.rest = true;
    return work(c, why);
}

enum srv_verdict srv_plan(const struct srv_engine *e, struct srv_contact *c,
                          struct gp_why *why)
{
    c->work = (struct srv_work){.active = false};
    switch (c->params.kind) {
    case SRV_INSTALL:
        return plan_install(e, c, why);
    case SRV_DOMAIN:
        return plan_domain(e, c, why);
    case SRV_ROTATE:
        return plan_rotate(e, c, why);
    case SRV_DELETE:
        return plan_delete(e, c, why);
    default:
        return plan_lock(e, c, why);
    }
}
