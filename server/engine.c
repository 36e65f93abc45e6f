#include "server/contact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"

enum {
    ATTEMPTS_MAX = 50,      /* contacts, before a deployment is given up */
    TURNS_MAX = 64,         /* deployments looked at for one Order */
    CONTACT_SECONDS = 3600, /* then its keys are wiped */
};

static const struct gp_aid issuer = {.n = 0};

/* ---- contacts ---- */

static void release(struct srv_contact *c)
{
    srv_deployment_free(&c->deployment);
    srv_version_free(&c->version);
    if (c->secret != NULL)
        wipe(c->secret, c->secret_size);
    free(c->secret);
    c->secret = NULL;
    c->secret_size = 0;
    c->has_deployment = false;
    c->counted = false;
    c->rounds = 0;
    c->work = (struct srv_work){.active = false};
}

void srv_contact_lost(struct srv_contact *c)
{
    release(c);
    srv_channel_drop(c);
    c->identified = false;
    c->idle = false;
    c->has_proved = false;
    c->open_failed = false;
    c->opening.kvn_asked = 0;
    c->refused[0] = '\0';
    c->cin[0] = '\0';
    c->sent_count = 0;
    srv_inventory_clear(&c->inventory);
}

static void contact_free(struct srv_contact *c)
{
    release(c);
    free(c->inventory.entries);
    wipe(c, sizeof *c);
    free(c);
}

void srv_engine_forget(struct srv_engine *e, const char *session)
{
    for (struct srv_contact **at = &e->contacts; *at != NULL;
         at = &(*at)->next) {
        struct srv_contact *c = *at;
        if (strcmp(c->session, session) != 0)
            continue;
        *at = c->next;
        contact_free(c);
        return;
    }
}

static void expire(struct srv_engine *e, int64_t now)
{
    struct srv_contact **at = &e->contacts;

    while (*at != NULL) {
        struct srv_contact *c = *at;
        if (now - c->used <= CONTACT_SECONDS) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        contact_free(c);
    }
}

static struct srv_contact *find(const struct srv_engine *e, const char *session)
{
    struct srv_contact *c = e->contacts;

    while (c != NULL && strcmp(c->session, session) != 0)
        c = c->next;
    return c;
}

static struct srv_contact *make(struct srv_engine *e, const char *session)
{
    struct srv_contact *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->inventory.entries = calloc(INVENTORY_MAX, sizeof *c->inventory.entries);
    if (c->inventory.entries == NULL) {
        free(c);
        return NULL;
    }
    snprintf(c->session, sizeof c->session, "%s", session);
    srv_inventory_clear(&c->inventory);
    c->next = e->contacts;
    e->contacts = c;
    return c;
}

static struct srv_contact *find_or_make(struct srv_engine *e,
                                        const struct srv_session_row *row)
{
    int64_t now = srv_store_now();

    expire(e, now);
    struct srv_contact *c = find(e, row->id);
    if (c == NULL)
        c = make(e, row->id);
    if (c == NULL)
        return NULL;
    c->once = row->once;
    c->stops = row->stops;
    c->used = now;
    return c;
}

int srv_engine_new(struct srv_store *store, const struct srv_keys *keys,
                   const struct crypto_port *crypto, struct srv_engine **out)
{
    struct srv_engine *e = calloc(1, sizeof *e);

    *out = e;
    if (e == NULL)
        return GP_ERR_MEMORY;
    e->store = store;
    e->keys = keys;
    e->crypto = crypto;
    return GP_OK;
}

void srv_engine_free(struct srv_engine **engine)
{
    if (*engine == NULL)
        return;
    while ((*engine)->contacts != NULL)
        srv_engine_forget(*engine, (*engine)->contacts->session);
    free(*engine);
    *engine = NULL;
}

const char *srv_engine_card(const struct srv_engine *e, const char *session)
{
    const struct srv_contact *c = find(e, session);
    return c != NULL && c->identified ? c->card.id : NULL;
}

/* ---- deployments ---- */

int srv_contact_end(const struct srv_engine *e, struct srv_contact *c,
                    enum srv_state state, sw_t sw, const char *message)
{
    int64_t id = c->deployment.id;

    if (!c->has_deployment)
        return GP_OK;
    int result = srv_store_deployment_end(e->store, id, state, sw, message);
    if (result == GP_OK)
        result = srv_store_audit(
            e->store, "engine", "deployment", c->card.id, "%lld %s: %s%s%s",
            (long long)id, srv_kind_name(c->params.kind), srv_state_name(state),
            message[0] == '\0' ? "" : ", ", message);
    release(c);
    return result;
}

static int load_secret(const struct srv_engine *e, struct srv_contact *c)
{
    struct span sealed =
        span_of(c->deployment.secret, c->deployment.secret_size);

    if (sealed.n == 0)
        return GP_OK;
    return e->keys->ops->open(e->keys->ctx, sealed, &c->secret,
                              &c->secret_size);
}

static int load_parts(const struct srv_engine *e, struct srv_contact *c)
{
    int result = srv_params_load(c->deployment.params, &c->params);

    if (result == GP_OK && c->params.kind == SRV_INSTALL)
        result =
            srv_store_version_get(e->store, c->params.version, &c->version);
    return result == GP_OK ? load_secret(e, c) : result;
}

/* The oldest open deployment of the card; GP_ERR_NOT_FOUND: there is none. */
static int pick(const struct srv_engine *e, struct srv_contact *c)
{
    if (c->has_deployment)
        return GP_OK;
    int result = srv_store_next(e->store, c->card.id, &c->deployment);
    if (result != GP_OK)
        return result;
    c->has_deployment = true;
    result = load_parts(e, c);
    if (result != GP_OK)
        return srv_contact_end(e, c, SRV_FAILED, 0,
                               "what was ordered cannot be read any more");
    if (c->deployment.attempts >= ATTEMPTS_MAX)
        return srv_contact_end(e, c, SRV_FAILED, 0,
                               "given up: the card was lost too often");
    return GP_OK;
}

static int count_attempt(const struct srv_engine *e, struct srv_contact *c)
{
    if (c->counted)
        return GP_OK;
    c->counted = true;
    c->deployment.attempts++;
    int result = srv_store_deployment_start(e->store, c->deployment.id);
    if (result == GP_OK)
        result = srv_store_audit(
            e->store, "engine", "deployment", c->card.id, "%lld %s: attempt %u",
            (long long)c->deployment.id, srv_kind_name(c->params.kind),
            c->deployment.attempts);
    return result;
}

/* ---- Orders ---- */

static int stop(const struct srv_contact *c, struct srv_order *out)
{
    *out = (struct srv_order){.kind = SRV_ORDER_STOP};
    out->refused = c->refused[0] != '\0';
    snprintf(out->notice, sizeof out->notice, "%s", c->refused);
    return GP_OK;
}

static int idle(struct srv_contact *c, struct srv_order *out)
{
    if (c->once)
        return stop(c, out);
    *out = (struct srv_order){.kind = SRV_ORDER_WAIT};
    c->idle = true;
    return GP_OK;
}

/*
 * SELECT and INITIALIZE UPDATE; with the key version that the attempt before
 * found to be the right one to ask for.
 */
static int open_domain(const struct srv_engine *e, struct srv_contact *c,
                       struct srv_order *out, const struct gp_aid *domain)
{
    bool again = gp_aid_equal(&c->opening.domain, domain);
    uint8_t kvn = again ? c->opening.kvn_asked : 0;

    srv_script_begin(c, out);
    return srv_channel_begin(e, c, out, domain, kvn);
}

/* A domain of which we believe that it is there and has keys. */
static bool is_believed(const struct srv_engine *e, const struct srv_contact *c,
                        const struct gp_aid *domain)
{
    struct srv_domain_keys keys;

    return domain->n > 0 &&
           srv_store_keys_get(e->store, c->card.id, gp_aid_span(domain),
                              &keys) == GP_OK &&
           (keys.current.name[0] != '\0' || keys.candidate.name[0] != '\0');
}

static int ask_inventory(const struct srv_engine *e, struct srv_contact *c,
                         struct srv_order *out)
{
    srv_script_begin(c, out);
    srv_script_group(out, true);
    int result = srv_channel_authenticate(e, c, out);
    if (result == GP_OK)
        result = srv_inventory_ask(e, c, out);
    if (result == GP_OK && c->has_deployment &&
        is_believed(e, c, &c->params.domain) && srv_script_has_room(c, out))
        result = srv_channel_begin(e, c, out, &c->params.domain, 0);
    return result;
}

/* Behind the last of the work: the proof, or the way to it. */
static int add_proof(const struct srv_engine *e, struct srv_contact *c,
                     struct srv_order *out)
{
    unsigned pages = 0;

    for (unsigned i = 0; i < SCOPES; i++)
        pages += c->inventory.pages[i];
    if (out->command_count + pages + 2 > SRV_COMMANDS_MAX)
        return GP_OK;
    if (c->channel.domain.n == 0 && c->params.kind != SRV_ROTATE)
        return srv_inventory_ask(e, c, out);
    return srv_channel_begin(e, c, out, &issuer, 0);
}

static int send_work(const struct srv_engine *e, struct srv_contact *c,
                     struct srv_order *out)
{
    int result = count_attempt(e, c);

    srv_script_begin(c, out);
    srv_script_group(out, true);
    if (result == GP_OK)
        result = srv_channel_authenticate(e, c, out);
    if (result == GP_OK)
        result = srv_work_fill(e, c, out);
    srv_inventory_clear(&c->inventory); /* what the card said is old now */
    if (result == GP_OK && !c->work.active && c->stops)
        result = add_proof(e, c, out);
    return result;
}

/* The channel could not be opened: the deployment, or all of it, ends. */
static int give_up(const struct srv_engine *e, struct srv_contact *c)
{
    char text[SRV_TEXT_SIZE + 64];
    sw_t sw = c->open_sw;

    if (sw != 0)
        snprintf(text, sizeof text, "%s: %04X, %s", c->open_why.text, sw,
                 sw_text(sw));
    else
        snprintf(text, sizeof text, "%s", c->open_why.text);
    c->open_failed = false;
    if (c->opening.domain.n > 0)
        return srv_contact_end(e, c, SRV_FAILED, sw, text);
    snprintf(c->refused, sizeof c->refused, "%.230s", text);
    return srv_store_audit(e->store, "engine", "card", c->card.id, "%s", text);
}

static bool failed_at(const struct srv_contact *c, const struct gp_aid *domain)
{
    return c->open_failed && gp_aid_equal(&c->opening.domain, domain);
}

/* One look at the contact's deployment; *sent when it made an Order. */
static int turn(const struct srv_engine *e, struct srv_contact *c,
                struct srv_order *out, bool *sent)
{
    struct gp_why why = {{0}};
    enum srv_verdict verdict = srv_plan(e, c, &why);

    if (verdict == VERDICT_DONE)
        return srv_contact_end(e, c, SRV_DONE, 0, "");
    if (verdict == VERDICT_FAILED)
        return srv_contact_end(e, c, SRV_FAILED, 0, why.text);
    const struct gp_aid *domain =
        verdict == VERDICT_PROVE ? &c->params.domain : srv_plan_session(c);
    bool there = srv_channel_at(c, domain);
    if (!there && failed_at(c, domain))
        return give_up(e, c);
    *sent = true;
    if (there && verdict == VERDICT_WORK) {
        c->rounds++;
        return send_work(e, c, out);
    }
    c->work.active = false; /* planned anew when the channel is there */
    return open_domain(e, c, out, domain);
}

/*
 * What comes before any deployment: the card, its issuer domain, its content.
 * *sent when it made an Order; without one, the inventory is fresh or the card
 * is refused.
 */
static int prepare(const struct srv_engine *e, struct srv_contact *c,
                   struct srv_order *out, bool *sent)
{
    *sent = true;
    if (c->work.active && c->channel.state == CHANNEL_OPEN)
        return send_work(e, c, out);
    if (c->inventory.fresh) {
        *sent = false;
        return GP_OK;
    }
    if (failed_at(c, &issuer)) {
        *sent = false;
        return give_up(e, c);
    }
    if (!c->identified || !srv_channel_at(c, &issuer))
        return open_domain(e, c, out, &issuer);
    int result = pick(e, c);
    if (result != GP_OK && result != GP_ERR_NOT_FOUND)
        return result;
    return ask_inventory(e, c, out);
}

static int advance(const struct srv_engine *e, struct srv_contact *c,
                   struct srv_order *out)
{
    for (unsigned i = 0; i < TURNS_MAX; i++) {
        bool sent = false;
        if (c->refused[0] != '\0')
            return stop(c, out);
        int result = prepare(e, c, out, &sent);
        if (result != GP_OK || sent)
            return result;
        if (c->refused[0] != '\0')
            continue;
        result = pick(e, c);
        if (result == GP_ERR_NOT_FOUND)
            return idle(c, out);
        if (result == GP_OK && c->has_deployment)
            result = turn(e, c, out, &sent);
        if (result != GP_OK || sent)
            return result;
    }
    return idle(c, out);
}

/* A script that cannot be made ends its deployment, not the session. */
static int advance_or_fail(const struct srv_engine *e, struct srv_contact *c,
                           struct srv_order *out)
{
    char text[SRV_TEXT_SIZE];
    int result = advance(e, c, out);

    if (result == GP_OK || result == GP_ERR_FILE || !c->has_deployment)
        return result;
    snprintf(text, sizeof text, "the script cannot be made: %s",
             gp_strerr(result));
    result = srv_contact_end(e, c, SRV_FAILED, 0, text);
    srv_contact_lost(c);
    return result == GP_OK ? advance(e, c, out) : result;
}

static int order(const struct srv_engine *e, struct srv_contact *c,
                 struct srv_order *out)
{
    if (c->idle) {
        struct srv_deployment next;
        int result = srv_store_next(e->store, c->card.id, &next);
        if (result == GP_ERR_NOT_FOUND)
            return idle(c, out);
        if (result != GP_OK)
            return result;
        srv_deployment_free(&next);
        srv_contact_lost(c); /* while we waited, the card may have changed */
    }
    int result = advance_or_fail(e, c, out);
    if (out->kind != SRV_ORDER_SCRIPT)
        c->sent_count = 0;
    c->group_count = out->group_count;
    for (unsigned i = 0; i < out->group_count; i++)
        c->group_sizes[i] = out->groups[i].count;
    return result;
}

int srv_engine_next_script(struct srv_engine *e,
                           const struct srv_session_row *session,
                           struct srv_order *out)
{
    struct srv_contact *c = find_or_make(e, session);

    if (c == NULL)
        return GP_ERR_MEMORY;
    if (c->sent_count > 0)
        srv_contact_lost(c); /* the agent has lost our script */
    return order(e, c, out);
}

int srv_engine_report(struct srv_engine *e,
                      const struct srv_session_row *session,
                      const struct srv_report *report, struct srv_order *out)
{
    struct srv_contact *c = find_or_make(e, session);
    int result = GP_OK;

    if (c == NULL)
        return GP_ERR_MEMORY;
    if (report->status == SRV_REPORT_POLLING)
        return srv_engine_next_script(e, session, out);
    if (c->sent_count > 0)
        result = srv_answers_take(e, c, report);
    if (report->card_reset)
        srv_contact_lost(c);
    if (report->status == SRV_REPORT_UNGRANTED)
        snprintf(c->refused, sizeof c->refused,
                 "the terminal is not allowed to use the card");
    return result == GP_OK ? order(e, c, out) : result;
}
