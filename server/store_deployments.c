#include "server/store.h"

#include <stdlib.h>
#include <string.h>

#include "server/sql.h"

const char *srv_state_name(enum srv_state state)
{
    static const char *const names[] = {"pending", "running", "done", "failed"};
    return names[state];
}

const char *srv_step_state_name(enum srv_step_state state)
{
    static const char *const names[] = {"pending", "sent", "done", "found",
                                        "failed"};
    return names[state];
}

void srv_deployment_free(struct srv_deployment *d)
{
    json_decref(d->params);
    free(d->secret);
    *d = (struct srv_deployment){.id = 0};
}

static int add_steps(struct srv_store *store, const struct srv_deployment *in,
                     int64_t id)
{
    int result = GP_OK;

    for (unsigned i = 0; i < in->step_count && result == GP_OK; i++)
        result = srv_sql_run(
            store, srv_sql(store,
                           "INSERT INTO step (deployment, n, name, state,"
                           " changed) VALUES (?, ?, ?, ?, ?)",
                           "insni", id, (int)i, in->steps[i].name,
                           (int)in->steps[i].state, srv_sql_now()));
    return result;
}

int srv_store_deploy(struct srv_store *store, const struct srv_deployment *in,
                     int64_t *id)
{
    char *params = json_dumps(in->params, JSON_COMPACT | JSON_SORT_KEYS);
    if (params == NULL)
        return GP_ERR_MEMORY;
    int result = srv_sql_run(
        store,
        srv_sql(store,
                "INSERT INTO deployment (card, state, params, secret,"
                " ordered, changed) VALUES (?, 0, ?, nullif(?, x''),"
                " ?, ?)",
                "ssbii", in->card, params, span_of(in->secret, in->secret_size),
                srv_sql_now(), srv_sql_now()));
    *id = sqlite3_last_insert_rowid(store->db);
    free(params);
    return result == GP_OK ? add_steps(store, in, *id) : result;
}

static int read_steps(struct srv_store *store, struct srv_deployment *out)
{
    sqlite3_stmt *stmt = srv_sql(store,
                                 "SELECT name, state FROM step"
                                 " WHERE deployment = ? ORDER BY n",
                                 "i", out->id);
    int result = GP_OK;

    while ((result = srv_sql_row(store, stmt)) == GP_OK) {
        if (out->step_count == SRV_STEPS_MAX)
            continue;
        struct srv_step *s = &out->steps[out->step_count++];
        srv_sql_text(stmt, 0, s->name, sizeof s->name);
        s->state = (enum srv_step_state)sqlite3_column_int(stmt, 1);
    }
    return result == GP_ERR_NOT_FOUND ? GP_OK : result;
}

static int copy_secret(struct span secret, struct srv_deployment *out)
{
    if (secret.n == 0)
        return GP_OK;
    out->secret = malloc(secret.n);
    if (out->secret == NULL)
        return GP_ERR_MEMORY;
    memcpy(out->secret, secret.p, secret.n);
    out->secret_size = secret.n;
    return GP_OK;
}

static int read_deployment(struct srv_store *store, sqlite3_stmt *stmt,
                           struct srv_deployment *out)
{
    *out = (struct srv_deployment){.id = 0};
    int result = srv_sql_row(store, stmt);
    if (result != GP_OK)
        return result;
    out->id = sqlite3_column_int64(stmt, 0);
    srv_sql_text(stmt, 1, out->card, sizeof out->card);
    out->state = (enum srv_state)sqlite3_column_int(stmt, 2);
    out->attempts = (unsigned)sqlite3_column_int(stmt, 3);
    out->params =
        json_loads((const char *)sqlite3_column_text(stmt, 4), 0, NULL);
    result = out->params == NULL ? GP_ERR_FILE
                                 : copy_secret(srv_sql_blob(stmt, 5), out);
    srv_sql_done(stmt);
    if (result == GP_OK)
        result = read_steps(store, out);
    if (result != GP_OK)
        srv_deployment_free(out);
    return result;
}

#define COLUMNS                                                                \
    "SELECT id, card, state, attempts, params, secret FROM deployment "

int srv_store_next(struct srv_store *store, const char *card,
                   struct srv_deployment *out)
{
    return read_deployment(
        store,
        srv_sql(store,
                COLUMNS "WHERE card = ? AND state < 2 ORDER BY id LIMIT 1", "s",
                card),
        out);
}

int srv_store_deployment_get(struct srv_store *store, int64_t id,
                             struct srv_deployment *out)
{
    return read_deployment(
        store, srv_sql(store, COLUMNS "WHERE id = ?", "i", id), out);
}

int srv_store_deployment_start(struct srv_store *store, int64_t id)
{
    return srv_sql_run(
        store, srv_sql(store,
                       "UPDATE deployment SET state = 1,"
                       " attempts = attempts + 1, changed = ? WHERE id = ?",
                       "ii", srv_sql_now(), id));
}

int srv_store_deployment_end(struct srv_store *store, int64_t id,
                             enum srv_state state, sw_t sw, const char *message)
{
    return srv_sql_run(
        store,
        srv_sql(store,
                "UPDATE deployment SET state = ?, sw = nullif(?, 0),"
                " message = nullif(?, ''), secret = NULL, changed = ?"
                " WHERE id = ? AND state < 2",
                "nnsii", (int)state, (int)sw, message, srv_sql_now(), id));
}

int srv_store_step_set(struct srv_store *store, int64_t id, const char *name,
                       enum srv_step_state state, sw_t sw)
{
    return srv_sql_run(
        store, srv_sql(store,
                       "UPDATE step SET state = ?, sw = nullif(?, 0),"
                       " changed = ? WHERE deployment = ? AND name = ?",
                       "nniis", (int)state, (int)sw, srv_sql_now(), id, name));
}

static json_t *steps_json(struct srv_store *store, int64_t id)
{
    sqlite3_stmt *stmt = srv_sql(store,
                                 "SELECT name, state, sw FROM step"
                                 " WHERE deployment = ? ORDER BY n",
                                 "i", id);
    json_t *list = json_array();
    char name[16];
    char sw[5];

    while (srv_sql_row(store, stmt) == GP_OK) {
        int state = sqlite3_column_int(stmt, 1);
        srv_sql_text(stmt, 0, name, sizeof name);
        json_t *step =
            json_pack("{s:s, s:s}", "name", name, "state",
                      srv_step_state_name((enum srv_step_state)state));
        if (sqlite3_column_type(stmt, 2) != SQLITE_NULL) {
            snprintf(sw, sizeof sw, "%04X",
                     (unsigned)sqlite3_column_int(stmt, 2) & 0xFFFFu);
            json_object_set_new(step, "sw", json_string(sw));
        }
        json_array_append_new(list, step);
    }
    return list;
}

/* Numbers to words, the order's text to an object. */
static void finish(struct srv_store *store, json_t *row)
{
    char sw[5];
    json_t *value = json_object_get(row, "sw");
    json_int_t state = json_integer_value(json_object_get(row, "state"));

    json_object_set_new(row, "state",
                        json_string(srv_state_name((enum srv_state)state)));
    if (json_is_integer(value)) {
        sw_t word = (sw_t)json_integer_value(value);
        snprintf(sw, sizeof sw, "%04X", word);
        json_object_set_new(row, "sw", json_string(sw));
        json_object_set_new(row, "swText", json_string(sw_text(word)));
    }
    const char *text = json_string_value(json_object_get(row, "params"));
    json_t *params = text == NULL ? NULL : json_loads(text, 0, NULL);
    if (params != NULL)
        json_object_set_new(row, "order", params);
    json_object_del(row, "params");
    int64_t id = json_integer_value(json_object_get(row, "id"));
    json_object_set_new(row, "steps", steps_json(store, id));
}

#define VIEW                                                                   \
    "SELECT id, card, state, attempts, params, sw, message, ordered, changed"  \
    " FROM deployment "

json_t *srv_store_deployments(struct srv_store *store, const char *card)
{
    const char *which = card == NULL ? "" : card;
    json_t *rows = srv_sql_rows(
        store,
        srv_sql(store,
                VIEW "WHERE ? = '' OR card = ? ORDER BY id DESC LIMIT 1000",
                "ss", which, which));
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach(rows, i, row) finish(store, row);
    return rows;
}

json_t *srv_store_deployment(struct srv_store *store, int64_t id)
{
    json_t *rows =
        srv_sql_rows(store, srv_sql(store, VIEW "WHERE id = ?", "i", id));
    json_t *one = json_incref(json_array_get(rows, 0));

    json_decref(rows);
    if (one != NULL)
        finish(store, one);
    return one;
}
