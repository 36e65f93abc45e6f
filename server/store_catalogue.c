#include "server/store.h"

#include <stdlib.h>
#include <string.h>

#include "server/sql.h"

void srv_version_free(struct srv_version *version)
{
    free(version->block);
    version->block = NULL;
    version->block_size = 0;
}

static int application_id(struct srv_store *store, const char *name,
                          int64_t *id)
{
    sqlite3_stmt *stmt =
        srv_sql(store, "SELECT id FROM application WHERE name = ?", "s", name);
    int result = srv_sql_row(store, stmt);
    if (result != GP_OK)
        return result;
    *id = sqlite3_column_int64(stmt, 0);
    srv_sql_done(stmt);
    return GP_OK;
}

static int application_make(struct srv_store *store, const char *name,
                            int64_t *id)
{
    int result = application_id(store, name, id);
    if (result != GP_ERR_NOT_FOUND)
        return result;
    result = srv_sql_run(
        store,
        srv_sql(store, "INSERT INTO application (name) VALUES (?)", "s", name));
    *id = sqlite3_last_insert_rowid(store->db);
    return result;
}

static int add_applets(struct srv_store *store, const struct srv_version *in,
                       int64_t id)
{
    int result = GP_OK;

    for (unsigned i = 0; i < in->applet_count && result == GP_OK; i++)
        result = srv_sql_run(
            store, srv_sql(store, "INSERT INTO applet VALUES (?, ?, ?)", "inb",
                           id, (int)i, gp_aid_span(&in->applets[i])));
    return result;
}

static int add_version(struct srv_store *store, const struct srv_version *in,
                       struct span cap, int64_t application, int64_t *id)
{
    int result = srv_sql_run(
        store, srv_sql(store,
                       "INSERT INTO version (application, version, package,"
                       " major, minor, hash, cap, block, published)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       "isbnnbbbi", application, in->version,
                       gp_aid_span(&in->package), in->major, in->minor,
                       span_of(in->hash, sizeof in->hash), cap,
                       span_of(in->block, in->block_size), srv_sql_now()));
    *id = sqlite3_last_insert_rowid(store->db);
    return result == GP_OK ? add_applets(store, in, *id) : result;
}

int srv_store_publish(struct srv_store *store, const struct srv_version *in,
                      struct span cap, int64_t *id)
{
    struct srv_version old;
    int64_t application = 0;

    int result =
        srv_store_version_find(store, in->application, in->version, &old);
    if (result == GP_OK) {
        bool same = memcmp(old.hash, in->hash, sizeof old.hash) == 0;
        *id = old.id;
        srv_version_free(&old);
        return same ? GP_OK : GP_ERR_IN_USE;
    }
    if (result == GP_ERR_NOT_FOUND)
        result = application_make(store, in->application, &application);
    return result == GP_OK ? add_version(store, in, cap, application, id)
                           : result;
}

static int read_applets(struct srv_store *store, struct srv_version *out)
{
    sqlite3_stmt *stmt =
        srv_sql(store, "SELECT aid FROM applet WHERE version = ? ORDER BY n",
                "i", out->id);
    int result = GP_OK;

    out->applet_count = 0;
    while ((result = srv_sql_row(store, stmt)) == GP_OK) {
        if (out->applet_count < SRV_APPLETS_MAX &&
            srv_sql_aid(stmt, 0, &out->applets[out->applet_count]))
            out->applet_count++;
    }
    return result == GP_ERR_NOT_FOUND ? GP_OK : result;
}

static int copy_block(sqlite3_stmt *stmt, int column, struct srv_version *out)
{
    struct span block = srv_sql_blob(stmt, column);

    out->block = malloc(block.n > 0 ? block.n : 1);
    if (out->block == NULL)
        return GP_ERR_MEMORY;
    if (block.n > 0)
        memcpy(out->block, block.p, block.n);
    out->block_size = block.n;
    return GP_OK;
}

#define VERSION_COLUMNS                                                        \
    "SELECT v.id, a.name, v.version, v.package, v.major, v.minor, v.hash,"     \
    " v.block FROM version v JOIN application a ON a.id = v.application "

static int read_version(struct srv_store *store, sqlite3_stmt *stmt,
                        struct srv_version *out)
{
    *out = (struct srv_version){.id = 0};
    int result = srv_sql_row(store, stmt);
    if (result != GP_OK)
        return result;
    out->id = sqlite3_column_int64(stmt, 0);
    srv_sql_text(stmt, 1, out->application, sizeof out->application);
    srv_sql_text(stmt, 2, out->version, sizeof out->version);
    out->major = (uint8_t)sqlite3_column_int(stmt, 4);
    out->minor = (uint8_t)sqlite3_column_int(stmt, 5);
    struct span hash = srv_sql_blob(stmt, 6);
    if (!srv_sql_aid(stmt, 3, &out->package) || hash.n != sizeof out->hash)
        result = GP_ERR_FILE;
    else
        memcpy(out->hash, hash.p, hash.n);
    if (result == GP_OK)
        result = copy_block(stmt, 7, out);
    srv_sql_done(stmt);
    if (result == GP_OK)
        result = read_applets(store, out);
    if (result != GP_OK)
        srv_version_free(out);
    return result;
}

int srv_store_version_find(struct srv_store *store, const char *application,
                           const char *version, struct srv_version *out)
{
    const char *want = version == NULL ? "" : version;
    return read_version(store,
                        srv_sql(store,
                                VERSION_COLUMNS
                                "WHERE a.name = ? AND (? = '' OR v.version = ?)"
                                " ORDER BY v.id DESC LIMIT 1",
                                "sss", application, want, want),
                        out);
}

int srv_store_version_get(struct srv_store *store, int64_t id,
                          struct srv_version *out)
{
    return read_version(
        store, srv_sql(store, VERSION_COLUMNS "WHERE v.id = ?", "i", id), out);
}

int srv_store_version_by_package(struct srv_store *store, struct span package,
                                 struct srv_version *out)
{
    return read_version(store,
                        srv_sql(store,
                                VERSION_COLUMNS
                                "WHERE v.package = ? ORDER BY v.id DESC"
                                " LIMIT 1",
                                "b", package),
                        out);
}

static json_t *applets_json(struct srv_store *store, int64_t version)
{
    sqlite3_stmt *stmt =
        srv_sql(store, "SELECT aid FROM applet WHERE version = ? ORDER BY n",
                "i", version);
    json_t *list = json_array();

    while (srv_sql_row(store, stmt) == GP_OK)
        json_array_append_new(list, srv_sql_json(stmt, 0));
    return list;
}

json_t *srv_store_applications(struct srv_store *store)
{
    json_t *rows = srv_sql_rows(
        store, srv_sql(store,
                       "SELECT a.name, v.version, v.id, v.package,"
                       " v.major || '.' || v.minor AS packageVersion,"
                       " v.hash AS sha256, length(v.block) AS loadBytes,"
                       " v.published FROM version v"
                       " JOIN application a ON a.id = v.application"
                       " ORDER BY a.name, v.id",
                       ""));
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach(rows, i, row)
    {
        int64_t id = json_integer_value(json_object_get(row, "id"));
        json_object_del(row, "id");
        json_object_set_new(row, "applets", applets_json(store, id));
    }
    return rows;
}
