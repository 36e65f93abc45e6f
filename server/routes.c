#include "server/routes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "server/catalogue.h"
#include "server/params.h"
#include "server/session.h"

enum { AUDIT_LIMIT = 500 };

static const char *argument(const struct srv_call *c, const char *name)
{
    const char *value = c->r->argument(c->r->ctx, name);
    return value == NULL ? "" : value;
}

static json_t *read_body(struct srv_call *c)
{
    return srv_json_read((const char *)c->r->body.p, c->r->body.n, c->problem);
}

/* {"cards": [...]} */
static int give_list(struct srv_call *c, const char *name, json_t *list)
{
    if (list == NULL)
        return srv_problem_from(c->problem, GP_ERR_FILE, "", NULL);
    c->body = json_pack("{s:o}", name, list);
    return 0;
}

static int give_one(struct srv_call *c, json_t *one)
{
    if (one == NULL)
        return srv_problem_set(c->problem, 404, "not_found", c->segment,
                               "there is none of this name or number");
    c->body = one;
    return 0;
}

/* Ends the transaction of a change; `result` is what it came to. */
static int finish(struct srv_call *c, int result, const char *where)
{
    if (result == GP_OK)
        result = srv_store_commit(c->s->store);
    if (result == GP_OK)
        return 0;
    srv_store_abort(c->s->store);
    return srv_problem_from(c->problem, result, where, NULL);
}

int srv_route_health(struct srv_call *c)
{
    c->body = json_pack("{s:s, s:i}", "status", "ok", "schema",
                        srv_store_version(c->s->store));
    return 0;
}

/* ---- catalogue ---- */

/* A name or version behind '?', checked as a member of a body would be. */
static int take_argument(struct srv_call *c, const char *name, char *out,
                         size_t size)
{
    const char *value = argument(c, name);
    if (value[0] == '\0')
        return 0;
    json_t *as_member = json_pack("{s:s}", name, value);
    int status =
        as_member == NULL
            ? srv_problem_set(c->problem, 400, "bad_value", name, "not UTF-8")
            : srv_json_name(as_member, name, true, out, size, c->problem);
    json_decref(as_member);
    return status;
}

int srv_route_publish(struct srv_call *c)
{
    char name[SRV_NAME_SIZE] = "";
    char version[SRV_VERSION_SIZE] = "";
    struct srv_version v;
    bool verified = false;
    int64_t id = 0;

    if (take_argument(c, "name", name, sizeof name) != 0 ||
        take_argument(c, "version", version, sizeof version) != 0 ||
        srv_catalogue_publish(c->s->store, c->r->body, name, version, &verified,
                              &id, c->problem) != 0)
        return -1;
    int result = srv_store_version_get(c->s->store, id, &v);
    if (result != GP_OK)
        return srv_problem_from(c->problem, result, "", NULL);
    c->status = 201;
    c->body =
        json_pack("{s:s, s:s, s:o, s:o, s:I, s:b, s:[]}", "name", v.application,
                  "version", v.version, "package",
                  srv_json_bytes(gp_aid_span(&v.package)), "sha256",
                  srv_json_bytes(span_of(v.hash, sizeof v.hash)), "loadBytes",
                  (json_int_t)v.block_size, "verified", verified, "applets");
    for (unsigned i = 0; i < v.applet_count; i++)
        json_array_append_new(json_object_get(c->body, "applets"),
                              srv_json_bytes(gp_aid_span(&v.applets[i])));
    srv_version_free(&v);
    return 0;
}

int srv_route_applications(struct srv_call *c)
{
    return give_list(c, "applications", srv_store_applications(c->s->store));
}

/* ---- cards ---- */

static int take_card(struct srv_call *c, const json_t *body,
                     struct srv_card *card)
{
    static const char *const members[] = {"id", "kdd", "keys", "kvn", NULL};
    uint8_t number[16];
    struct buf id = buf_of(number, sizeof number);
    struct buf kdd = buf_of(card->kdd, sizeof card->kdd);
    struct srv_problem *p = c->problem;

    if (srv_json_only(body, "", members, p) != 0 ||
        srv_json_hex(body, "id", true, &id, p) != 0 ||
        srv_json_hex(body, "kdd", false, &kdd, p) != 0 ||
        srv_json_name(body, "keys", false, card->keys.name,
                      sizeof card->keys.name, p) != 0 ||
        srv_json_byte(body, "kvn", false, &card->keys.kvn, p) != 0)
        return -1;
    if (id.n == 0)
        return srv_problem_set(p, 400, "bad_value", "id", "1 to 16 bytes");
    if (kdd.n != 0 && kdd.n != sizeof card->kdd)
        return srv_problem_set(p, 400, "bad_value", "kdd", "10 bytes");
    if (card->keys.kvn < 1 || card->keys.kvn > 0x6F)
        return srv_problem_set(p, 400, "bad_value", "kvn", "01 to 6F");
    card->has_kdd = kdd.n != 0;
    json_t *text = srv_json_bytes(buf_span(&id));
    snprintf(card->id, sizeof card->id, "%s", json_string_value(text));
    json_decref(text);
    if (!c->s->keys->ops->has(c->s->keys->ctx, &card->keys))
        return srv_problem_set(p, 404, "no_such_keys", "keys",
                               "the key file has no %s of version %02X",
                               card->keys.name, card->keys.kvn);
    return 0;
}

static bool same_card(struct srv_store *store, const struct srv_card *card)
{
    struct srv_card old;

    return srv_store_card_find(store, card->id, &old) == GP_OK &&
           strcmp(old.keys.name, card->keys.name) == 0 &&
           old.keys.kvn == card->keys.kvn &&
           (!card->has_kdd ||
            (old.has_kdd && memcmp(old.kdd, card->kdd, sizeof old.kdd) == 0));
}

static int add_card(struct srv_call *c, const struct srv_card *card)
{
    struct srv_store *store = c->s->store;

    int result = srv_store_begin(store);
    if (result == GP_OK)
        result = srv_store_card_add(store, card);
    if (result == GP_OK)
        result = srv_store_audit(store, "admin", "register", card->id,
                                 "keys %s, version %02X", card->keys.name,
                                 card->keys.kvn);
    return finish(c, result, "id");
}

int srv_route_card_add(struct srv_call *c)
{
    struct srv_card card = {.keys = {"issuer", 0x30}};
    json_t *body = read_body(c);

    int status = body == NULL ? -1 : take_card(c, body, &card);
    json_decref(body);
    if (status != 0)
        return -1;
    /* The same once more is no error: the answer may have been lost. */
    if (!same_card(c->s->store, &card)) {
        if (add_card(c, &card) != 0)
            return -1;
        c->status = 201;
    }
    return give_one(c, srv_store_card(c->s->store, card.id));
}

int srv_route_cards(struct srv_call *c)
{
    return give_list(c, "cards", srv_store_cards(c->s->store));
}

/* Card numbers are kept in capitals. */
static const char *card_id(struct srv_call *c)
{
    for (char *at = c->segment; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return c->segment;
}

int srv_route_card(struct srv_call *c)
{
    return give_one(c, srv_store_card(c->s->store, card_id(c)));
}

int srv_route_content(struct srv_call *c)
{
    return give_one(c, srv_store_content(c->s->store, card_id(c)));
}

int srv_route_unblock(struct srv_call *c)
{
    struct srv_store *store = c->s->store;
    struct srv_card card;

    int result = srv_store_card_find(store, card_id(c), &card);
    if (result != GP_OK)
        return srv_problem_from(c->problem, result, "id", NULL);
    result = srv_store_begin(store);
    if (result == GP_OK)
        result = srv_store_card_block(store, card.id, "");
    if (result == GP_OK)
        result = srv_store_audit(store, "admin", "unblock", card.id, "%s",
                                 card.blocked);
    if (finish(c, result, "id") != 0)
        return -1;
    return give_one(c, srv_store_card(store, card.id));
}

/* ---- deployments ---- */

static int store_order(struct srv_call *c, const struct srv_deployment *d,
                       int64_t *id)
{
    struct srv_store *store = c->s->store;

    int result = srv_store_begin(store);
    if (result == GP_OK)
        result = srv_store_deploy(store, d, id);
    if (result == GP_OK)
        result = srv_store_audit(
            store, "admin", "order", d->card, "%lld %s", (long long)*id,
            json_string_value(json_object_get(d->params, "kind")));
    return finish(c, result, "");
}

int srv_route_order(struct srv_call *c)
{
    struct srv_deployment d = {.id = 0};
    int64_t id = 0;
    json_t *body = read_body(c);

    if (body == NULL)
        return -1;
    int status =
        srv_params_order(c->s->store, c->s->keys, body, &d, c->problem);
    if (status == 0)
        status = store_order(c, &d, &id);
    srv_deployment_free(&d);
    json_decref(body);
    if (status != 0)
        return -1;
    c->status = 201;
    return give_one(c, srv_store_deployment(c->s->store, id));
}

int srv_route_deployments(struct srv_call *c)
{
    const char *card = argument(c, "card");
    char id[SRV_ID_SIZE] = "";

    if (strlen(card) >= sizeof id)
        return srv_problem_set(c->problem, 400, "bad_value", "card",
                               "no card's number is so long");
    for (size_t i = 0; card[i] != '\0'; i++)
        id[i] = (char)toupper((unsigned char)card[i]);
    return give_list(
        c, "deployments",
        srv_store_deployments(c->s->store, id[0] == '\0' ? NULL : id));
}

/* A number behind '?' or in the path; -1 when it is none. */
static int64_t number(const char *text, int64_t otherwise)
{
    char *end = NULL;

    if (text[0] == '\0')
        return otherwise;
    long long value = strtoll(text, &end, 10);
    return *end == '\0' && value >= 0 ? value : -1;
}

int srv_route_deployment(struct srv_call *c)
{
    return give_one(c,
                    srv_store_deployment(c->s->store, number(c->segment, -1)));
}

/* ---- audit, changes ---- */

int srv_route_audit(struct srv_call *c)
{
    int64_t after = number(argument(c, "after"), 0);
    int64_t limit = number(argument(c, "limit"), AUDIT_LIMIT);
    int64_t bad = 0;

    if (after < 0 || limit < 1 || limit > AUDIT_LIMIT)
        return srv_problem_set(c->problem, 400, "bad_value",
                               after < 0 ? "after" : "limit",
                               "a number, and at most %d lines", AUDIT_LIMIT);
    int result = srv_store_audit_check(c->s->store, &bad);
    if (result != GP_OK)
        return srv_problem_from(c->problem, result, "", NULL);
    json_t *lines = srv_store_audit_list(c->s->store, after, (int)limit);
    if (lines == NULL)
        return srv_problem_from(c->problem, GP_ERR_FILE, "", NULL);
    c->body = json_pack("{s:o, s:b, s:I}", "audit", lines, "intact", bad == 0,
                        "firstBad", (json_int_t)bad);
    return 0;
}

/* The console's long poll: answered when the store has changed. */
int srv_route_changes(struct srv_call *c)
{
    int64_t since = number(argument(c, "since"), -1);
    int64_t now = srv_store_changes(c->s->store);

    if (since == now && c->r->may_wait) {
        c->later = true;
        return 0;
    }
    c->body = json_pack("{s:I}", "changes", (json_int_t)now);
    return 0;
}

/* ---- terminals ---- */

int srv_route_session(struct srv_call *c)
{
    static const char *const members[] = {"once", NULL};
    char id[SRV_ID_SIZE];
    bool once = false;

    json_t *body = c->r->body.n == 0 ? json_object() : read_body(c);
    int status =
        body == NULL ? -1 : srv_json_only(body, "", members, c->problem);
    if (status == 0)
        status = srv_json_bool(body, "once", &once, c->problem);
    json_decref(body);
    if (status != 0)
        return -1;
    int result = srv_session_open(c->s->store, once, id);
    if (result != GP_OK)
        return srv_problem_from(c->problem, result, "", NULL);
    c->status = 201;
    c->body = json_pack("{s:s}", "sessionId", id);
    return 0;
}

int srv_route_handshake(struct srv_call *c)
{
    json_t *message = read_body(c);

    if (message == NULL)
        return -1;
    c->body = srv_session_handshake(c->s->store, argument(c, "sessionId"),
                                    message, c->problem);
    json_decref(message);
    return c->body == NULL ? -1 : 0;
}

int srv_route_management(struct srv_call *c)
{
    json_t *message = read_body(c);

    if (message == NULL)
        return -1;
    int status =
        srv_session_report(c->s->engine, c->s->store, argument(c, "sessionId"),
                           message, c->r->may_wait, &c->text, c->problem);
    json_decref(message);
    c->later = status == 0 && c->text == NULL;
    return status;
}
