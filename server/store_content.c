#include "server/store.h"

#include <string.h>

#include "base/hex.h"
#include "server/sql.h"

enum { MODULES_MAX = GP_MODULES_MAX * (1 + GP_AID_MAX), SCOPE_ISD = 0x80 };

/* Each AID after its length. */
static size_t pack_modules(const struct gp_status *e, uint8_t out[MODULES_MAX])
{
    struct buf b = buf_of(out, MODULES_MAX);

    for (unsigned i = 0; i < e->module_count && i < GP_MODULES_MAX; i++) {
        if (buf_put_lv(&b, gp_aid_span(&e->modules[i])) != ERR_OK)
            break;
    }
    return b.n;
}

static int add_entry(struct srv_store *store, const char *card, uint8_t scope,
                     int n, const struct gp_status *e)
{
    uint8_t modules[MODULES_MAX];
    size_t size = pack_modules(e, modules);

    return srv_sql_run(
        store,
        srv_sql(store, "INSERT INTO content VALUES (?,?,?,?,?,?,?,?,?,?)",
                "snnbbbbbbb", card, (int)scope, n, gp_aid_span(&e->aid),
                span_of(e->life_cycle, e->life_cycle_length),
                span_of(e->privileges, e->privileges_length),
                gp_aid_span(&e->file), gp_aid_span(&e->domain),
                span_of(e->version, e->version_length),
                span_of(modules, size)));
}

int srv_store_content_set(struct srv_store *store, const char *card,
                          const struct gp_status *entries,
                          const uint8_t *scopes, size_t count)
{
    int result = srv_sql_run(
        store, srv_sql(store, "DELETE FROM content WHERE card = ?", "s", card));

    for (size_t i = 0; i < count && result == GP_OK; i++)
        result = add_entry(store, card, scopes[i], (int)i, &entries[i]);
    if (result == GP_OK)
        result = srv_sql_run(
            store, srv_sql(store, "UPDATE card SET proved = ? WHERE id = ?",
                           "is", srv_sql_now(), card));
    return result;
}

static const char *scope_name(int scope)
{
    if (scope == SCOPE_ISD)
        return "issuer";
    return scope == GP_SCOPE_APPLICATIONS ? "application" : "file";
}

static const char *state_name(int scope, uint8_t state, bool domain)
{
    if (scope == SCOPE_ISD)
        return gp_card_state_name(state);
    if (scope == GP_SCOPE_APPLICATIONS)
        return gp_application_state_name(state, domain);
    return gp_file_state_name(state);
}

static json_t *modules_json(struct span packed)
{
    char hex[2 * GP_AID_MAX + 1];
    struct span aid;
    json_t *list = json_array();

    while (packed.n > 0 && span_take_lv(&packed, &aid) == ERR_OK &&
           aid.n <= GP_AID_MAX) {
        hex_encode(aid, hex);
        json_array_append_new(list, json_string(hex));
    }
    return list;
}

static void put_version(json_t *entry, struct span version)
{
    char text[8];

    if (version.n != 2)
        return;
    snprintf(text, sizeof text, "%u.%u", version.p[0], version.p[1]);
    json_object_set_new(entry, "version", json_string(text));
}

static void put_blob(json_t *entry, const char *name, sqlite3_stmt *stmt,
                     int column)
{
    if (srv_sql_blob(stmt, column).n > 0)
        json_object_set_new(entry, name, srv_sql_json(stmt, column));
}

/* Columns: scope, aid, state, privileges, file, domain, version, modules. */
static json_t *entry_json(sqlite3_stmt *stmt)
{
    int scope = sqlite3_column_int(stmt, 0);
    struct span state = srv_sql_blob(stmt, 2);
    struct span privileges = srv_sql_blob(stmt, 3);
    bool domain = privileges.n > 0 && (privileges.p[0] & 0x80) != 0;
    json_t *e = json_object();

    json_object_set_new(e, "kind", json_string(scope_name(scope)));
    json_object_set_new(e, "aid", srv_sql_json(stmt, 1));
    put_blob(e, "lifeCycle", stmt, 2);
    if (state.n > 0)
        json_object_set_new(e, "state",
                            json_string(state_name(scope, state.p[0], domain)));
    put_blob(e, "privileges", stmt, 3);
    put_blob(e, "file", stmt, 4);
    put_blob(e, "domain", stmt, 5);
    put_version(e, srv_sql_blob(stmt, 6));
    if (scope == GP_SCOPE_FILES)
        json_object_set_new(e, "modules", modules_json(srv_sql_blob(stmt, 7)));
    return e;
}

json_t *srv_store_content(struct srv_store *store, const char *card)
{
    sqlite3_stmt *stmt =
        srv_sql(store, "SELECT proved FROM card WHERE id = ?", "s", card);
    if (srv_sql_row(store, stmt) != GP_OK)
        return NULL;
    json_t *all = json_pack("{s:s, s:o, s:[]}", "card", card, "proved",
                            srv_sql_json(stmt, 0), "content");
    srv_sql_done(stmt);

    stmt = srv_sql(store,
                   "SELECT scope, aid, state, privileges, file, domain,"
                   " version, modules FROM content WHERE card = ?"
                   " ORDER BY scope DESC, n",
                   "s", card);
    while (srv_sql_row(store, stmt) == GP_OK)
        json_array_append_new(json_object_get(all, "content"),
                              entry_json(stmt));
    return all;
}
