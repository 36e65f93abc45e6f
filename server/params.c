#include "server/params.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/hex.h"

static const char *const kinds[] = {
    [SRV_INSTALL] = "install", [SRV_DOMAIN] = "domain", [SRV_ROTATE] = "rotate",
    [SRV_DELETE] = "delete",   [SRV_LOCK] = "lock",     [SRV_UNLOCK] = "unlock",
};

/* Which members an order of each kind may have. */
static const char *const members[][13] = {
    [SRV_INSTALL] = {"kind", "card", "application", "version", "applet",
                     "instance", "domain", "params", "privileges",
                     "personalize", "format", "selectableFirst", NULL},
    [SRV_DOMAIN] = {"kind", "card", "domain", "privileges", "keys", "kvn",
                    NULL},
    [SRV_ROTATE] = {"kind", "card", "domain", "keys", "kvn", NULL},
    [SRV_DELETE] = {"kind", "card", "domain", "aid", "related", NULL},
    [SRV_LOCK] = {"kind", "card", "domain", "aid", NULL},
    [SRV_UNLOCK] = {"kind", "card", "domain", "aid", NULL},
};

/* The steps of each kind, in order; what is not asked for is left out. */
static const char *const steps[][5] = {
    [SRV_INSTALL] = {"load", "install", "personalize", "selectable", NULL},
    [SRV_DOMAIN] = {"install", "keys", NULL},
    [SRV_ROTATE] = {"keys", NULL},
    [SRV_DELETE] = {"delete", NULL},
    [SRV_LOCK] = {"lock", NULL},
    [SRV_UNLOCK] = {"unlock", NULL},
};

const char *srv_kind_name(enum srv_kind kind)
{
    return kinds[kind];
}

bool srv_params_item(struct span *rest, struct span *item)
{
    uint16_t n = 0;

    return span_take_u2(rest, &n) == ERR_OK &&
           span_take(rest, n, item) == ERR_OK;
}

static int take_kind(const json_t *order, struct srv_params *out,
                     struct srv_problem *p)
{
    char name[16] = "";

    if (srv_json_text(order, "kind", true, name, sizeof name, p) != 0)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], name) == 0) {
            out->kind = (enum srv_kind)i;
            return 0;
        }
    }
    return srv_problem_set(p, 400, "bad_value", "kind",
                           "install, domain, rotate, delete, lock or unlock");
}

static int take_card(struct srv_store *store, const json_t *order,
                     struct srv_deployment *d, struct srv_problem *p)
{
    struct srv_card card;

    if (srv_json_name(order, "card", true, d->card, sizeof d->card, p) != 0)
        return -1;
    for (char *c = d->card; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    int result = srv_store_card_find(store, d->card, &card);
    if (result == GP_ERR_NOT_FOUND)
        return srv_problem_set(p, 404, "no_such_card", "card",
                               "card %s is not registered", d->card);
    return result == GP_OK ? 0 : srv_problem_from(p, result, "card", NULL);
}

/* The target domain; the issuer's when none is named. */
static int take_domain(const json_t *order, struct srv_params *out,
                       struct srv_problem *p)
{
    static const uint8_t domain_privileges[] = {0x80, 0xC0, 0x00};

    if (srv_json_aid(order, "domain", out->kind == SRV_DOMAIN, &out->domain,
                     p) != 0)
        return -1;
    if (out->kind == SRV_DOMAIN) {
        memcpy(out->privileges, domain_privileges, sizeof domain_privileges);
        out->privileges_length = sizeof domain_privileges;
    }
    return 0;
}

/* What is given replaces what stands in `out`. */
static int take_privileges(const json_t *order, struct srv_params *out,
                           struct srv_problem *p)
{
    struct buf privileges = buf_of(out->privileges, sizeof out->privileges);

    if (json_object_get(order, "privileges") == NULL)
        return 0;
    if (srv_json_hex(order, "privileges", true, &privileges, p) != 0)
        return -1;
    if (privileges.n != 1 && privileges.n != 3)
        return srv_problem_set(p, 400, "bad_value", "privileges",
                               "1 or 3 bytes");
    out->privileges_length = (uint8_t)privileges.n;
    return 0;
}

static int take_version(struct srv_store *store, const json_t *order,
                        struct srv_params *out, json_t *stored,
                        struct srv_problem *p)
{
    char application[SRV_NAME_SIZE] = "";
    char version[SRV_VERSION_SIZE] = "";
    struct srv_version v;

    if (srv_json_name(order, "application", true, application,
                      sizeof application, p) != 0 ||
        srv_json_name(order, "version", false, version, sizeof version, p) != 0)
        return -1;
    int result = srv_store_version_find(store, application, version, &v);
    if (result == GP_ERR_NOT_FOUND)
        return srv_problem_set(p, 404, "no_such_application", "application",
                               "%s%s%s is not in the catalogue", application,
                               version[0] == '\0' ? "" : " ", version);
    if (result != GP_OK)
        return srv_problem_from(p, result, "application", NULL);
    out->version = v.id;
    out->package = v.package;
    out->major = v.major;
    out->minor = v.minor;
    if (v.applet_count > 0)
        out->module = v.applets[0];
    json_object_set_new(stored, "application", json_string(v.application));
    json_object_set_new(stored, "version", json_string(v.version));
    srv_version_free(&v);
    return 0;
}

static int take_format(const json_t *order, struct srv_params *out,
                       struct srv_problem *p)
{
    char format[8] = "dgi";

    if (srv_json_text(order, "format", false, format, sizeof format, p) != 0)
        return -1;
    if (strcmp(format, "dgi") == 0)
        out->store_flags = GP_STORE_DGI;
    else if (strcmp(format, "tlv") == 0)
        out->store_flags = GP_STORE_TLV;
    else if (strcmp(format, "plain") != 0)
        return srv_problem_set(p, 400, "bad_value", "format",
                               "dgi, tlv or plain");
    return 0;
}

/* Each item becomes one STORE DATA. */
static int take_items(const json_t *list, struct buf *out,
                      struct srv_problem *p)
{
    char where[48];
    uint8_t item[SRV_ITEM_MAX];

    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > SRV_ITEMS_MAX)
        return srv_problem_set(p, 400, "bad_value", "personalize",
                               "a list of 1 to %d texts", SRV_ITEMS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        const char *text = json_string_value(value);
        struct buf b = buf_of(item, sizeof item);
        snprintf(where, sizeof where, "personalize[%zu]", i);
        if (text == NULL ||
            hex_decode(text, json_string_length(value), &b, NULL) != ERR_OK ||
            b.n == 0)
            return srv_problem_set(p, 400, "bad_value", where,
                                   "1 to %d bytes in hexadecimal",
                                   SRV_ITEM_MAX);
        if (buf_put_u2(out, (uint16_t)b.n) != ERR_OK ||
            buf_put_span(out, buf_span(&b)) != ERR_OK)
            return srv_problem_set(p, 500, "internal", where, "no room");
    }
    return 0;
}

static int take_personalization(const struct srv_keys *keys,
                                const json_t *order, struct srv_params *out,
                                struct srv_deployment *d, struct srv_problem *p)
{
    enum { ALL_MAX = SRV_ITEMS_MAX * (2 + SRV_ITEM_MAX) };
    const json_t *list = json_object_get(order, "personalize");

    if (list == NULL)
        return 0;
    uint8_t *bytes = malloc(ALL_MAX);
    struct buf all = buf_of(bytes, ALL_MAX);
    int status = bytes == NULL
                     ? srv_problem_set(p, 500, "internal", "", "no memory")
                     : take_items(list, &all, p);
    if (status == 0 && keys->ops->seal(keys->ctx, buf_span(&all), &d->secret,
                                       &d->secret_size) != GP_OK)
        status = srv_problem_set(p, 500, "internal", "personalize",
                                 "it cannot be encrypted for the store");
    if (bytes != NULL)
        wipe(bytes, ALL_MAX);
    free(bytes);
    out->personalize = true;
    return status;
}

static int take_install(struct srv_store *store, const struct srv_keys *keys,
                        const json_t *order, struct srv_params *out,
                        struct srv_deployment *d, struct srv_problem *p)
{
    struct buf parameters = buf_of(out->parameters, sizeof out->parameters);

    out->privileges_length = 1;
    if (take_version(store, order, out, d->params, p) != 0 ||
        srv_json_aid(order, "applet", out->module.n == 0, &out->module, p) != 0)
        return -1;
    out->instance = out->module;
    if (srv_json_aid(order, "instance", false, &out->instance, p) != 0 ||
        srv_json_hex(order, "params", false, &parameters, p) != 0 ||
        take_privileges(order, out, p) != 0 ||
        srv_json_bool(order, "selectableFirst", &out->selectable_first, p) !=
            0 ||
        take_format(order, out, p) != 0)
        return -1;
    out->parameters_size = parameters.n;
    return take_personalization(keys, order, out, d, p);
}

static int take_new_keys(const struct srv_keys *keys, const json_t *order,
                         struct srv_params *out, struct srv_problem *p)
{
    if (srv_json_name(order, "keys", true, out->keys.name,
                      sizeof out->keys.name, p) != 0 ||
        srv_json_byte(order, "kvn", true, &out->keys.kvn, p) != 0)
        return -1;
    if (out->keys.kvn < 1 || out->keys.kvn > 0x6F)
        return srv_problem_set(p, 400, "bad_value", "kvn", "01 to 6F");
    if (!keys->ops->has(keys->ctx, &out->keys))
        return srv_problem_set(p, 404, "no_such_keys", "keys",
                               "the key file has no %s of version %02X",
                               out->keys.name, out->keys.kvn);
    return 0;
}

static int take_rest(struct srv_store *store, const struct srv_keys *keys,
                     const json_t *order, struct srv_params *out,
                     struct srv_deployment *d, struct srv_problem *p)
{
    switch (out->kind) {
    case SRV_INSTALL:
        return take_install(store, keys, order, out, d, p);
    case SRV_DOMAIN:
        if (take_privileges(order, out, p) != 0)
            return -1;
        return take_new_keys(keys, order, out, p);
    case SRV_ROTATE:
        return take_new_keys(keys, order, out, p);
    case SRV_DELETE:
        if (srv_json_bool(order, "related", &out->related, p) != 0)
            return -1;
        return srv_json_aid(order, "aid", true, &out->aid, p);
    case SRV_LOCK:
    case SRV_UNLOCK:
    default:
        return srv_json_aid(order, "aid", false, &out->aid, p);
    }
}

static void put_aid(json_t *o, const char *name, const struct gp_aid *aid)
{
    if (aid->n > 0)
        json_object_set_new(o, name, srv_json_bytes(gp_aid_span(aid)));
}

/* What srv_params_load reads back. */
static void store_params(const struct srv_params *in, json_t *o)
{
    json_object_set_new(o, "kind", json_string(kinds[in->kind]));
    put_aid(o, "domain", &in->domain);
    put_aid(o, "aid", &in->aid);
    if (in->keys.name[0] != '\0') {
        json_object_set_new(o, "keys", json_string(in->keys.name));
        json_object_set_new(o, "kvn", json_integer(in->keys.kvn));
    }
    if (in->privileges_length > 0)
        json_object_set_new(
            o, "privileges",
            srv_json_bytes(span_of(in->privileges, in->privileges_length)));
    if (in->kind == SRV_DELETE)
        json_object_set_new(o, "related", json_boolean(in->related));
    if (in->kind != SRV_INSTALL)
        return;
    put_aid(o, "package", &in->package);
    put_aid(o, "applet", &in->module);
    put_aid(o, "instance", &in->instance);
    json_object_set_new(o, "versionId", json_integer(in->version));
    json_object_set_new(o, "major", json_integer(in->major));
    json_object_set_new(o, "minor", json_integer(in->minor));
    json_object_set_new(
        o, "params",
        srv_json_bytes(span_of(in->parameters, in->parameters_size)));
    json_object_set_new(o, "personalize", json_boolean(in->personalize));
    json_object_set_new(o, "selectableFirst",
                        json_boolean(in->selectable_first));
    json_object_set_new(o, "storeFlags", json_integer(in->store_flags));
}

static bool is_asked(const struct srv_params *in, const char *step)
{
    bool personal = strcmp(step, "personalize") == 0;
    bool selectable = strcmp(step, "selectable") == 0;

    if (personal)
        return in->personalize;
    return !selectable || (in->personalize && !in->selectable_first);
}

static void put_steps(const struct srv_params *in, struct srv_deployment *d)
{
    for (size_t i = 0; steps[in->kind][i] != NULL; i++) {
        const char *name = steps[in->kind][i];
        if (is_asked(in, name))
            snprintf(d->steps[d->step_count++].name, sizeof d->steps[0].name,
                     "%s", name);
    }
}

int srv_params_order(struct srv_store *store, const struct srv_keys *keys,
                     const json_t *order, struct srv_deployment *out,
                     struct srv_problem *p)
{
    struct srv_params params = {.kind = SRV_INSTALL};

    *out = (struct srv_deployment){.params = json_object()};
    if (take_kind(order, &params, p) != 0 ||
        srv_json_only(order, "", members[params.kind], p) != 0 ||
        take_card(store, order, out, p) != 0 ||
        take_domain(order, &params, p) != 0 ||
        take_rest(store, keys, order, &params, out, p) != 0)
        return -1;
    store_params(&params, out->params);
    put_steps(&params, out);
    return 0;
}

static int integer(const json_t *o, const char *name)
{
    return (int)json_integer_value(json_object_get(o, name));
}

int srv_params_load(const json_t *stored, struct srv_params *out)
{
    struct srv_problem p = {.status = 0};
    struct buf parameters = buf_of(out->parameters, sizeof out->parameters);
    struct buf privileges = buf_of(out->privileges, sizeof out->privileges);

    *out = (struct srv_params){.kind = SRV_INSTALL};
    if (take_kind(stored, out, &p) != 0 ||
        srv_json_aid(stored, "domain", false, &out->domain, &p) != 0 ||
        srv_json_text(stored, "keys", false, out->keys.name,
                      sizeof out->keys.name, &p) != 0 ||
        srv_json_aid(stored, "package", false, &out->package, &p) != 0 ||
        srv_json_aid(stored, "applet", false, &out->module, &p) != 0 ||
        srv_json_aid(stored, "instance", false, &out->instance, &p) != 0 ||
        srv_json_aid(stored, "aid", false, &out->aid, &p) != 0 ||
        srv_json_hex(stored, "params", false, &parameters, &p) != 0 ||
        srv_json_hex(stored, "privileges", false, &privileges, &p) != 0)
        return GP_ERR_FILE;
    out->parameters_size = parameters.n;
    out->privileges_length = (uint8_t)privileges.n;
    out->keys.kvn = (uint8_t)integer(stored, "kvn");
    out->version = json_integer_value(json_object_get(stored, "versionId"));
    out->major = (uint8_t)integer(stored, "major");
    out->minor = (uint8_t)integer(stored, "minor");
    out->store_flags = (uint8_t)integer(stored, "storeFlags");
    out->related = json_is_true(json_object_get(stored, "related"));
    out->personalize = json_is_true(json_object_get(stored, "personalize"));
    out->selectable_first =
        json_is_true(json_object_get(stored, "selectableFirst"));
    return GP_OK;
}
