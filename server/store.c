#include "server/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/sql.h"

static int failed(struct srv_store **store, const char *path,
                  struct gp_why *why)
{
    gp_why_set(why, "%s: %s", path, srv_store_error(*store));
    srv_store_close(store);
    return GP_ERR_FILE;
}

/* FULL: what was answered survives a power cut, not only a killed process. */
static int configure(struct srv_store *store)
{
    static const char settings[] = "PRAGMA journal_mode = WAL;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA foreign_keys = ON;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA secure_delete = ON;";
    sqlite3_busy_timeout(store->db, 5000);
    int result = sqlite3_exec(store->db, settings, NULL, NULL, NULL);
    return result == SQLITE_OK ? GP_OK : GP_ERR_FILE;
}

int srv_store_open(const char *path, struct srv_store **out, struct gp_why *why)
{
    struct gp_why inner = {{0}};
    struct srv_store *store = calloc(1, sizeof *store);

    *out = NULL;
    if (store == NULL)
        return GP_ERR_MEMORY;
    mode_t mask = umask(0077);
    int result = sqlite3_open_v2(
        path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (result == SQLITE_OK && configure(store) != GP_OK)
        result = SQLITE_ERROR;
    umask(mask);
    if (result != SQLITE_OK)
        return failed(&store, path, why);
    if (srv_sql_migrate(store, &inner) != GP_OK) {
        gp_why_set(why, "%s: %s", path, inner.text);
        srv_store_close(&store);
        return GP_ERR_FILE;
    }
    *out = store;
    return GP_OK;
}

void srv_store_close(struct srv_store **store)
{
    struct srv_store *s = *store;

    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->cached; i++)
        sqlite3_finalize(s->cache[i].stmt);
    sqlite3_close(s->db);
    free(s);
    *store = NULL;
}

int srv_store_begin(struct srv_store *store)
{
    return srv_sql_run(store, srv_sql(store, "BEGIN IMMEDIATE", ""));
}

int srv_store_commit(struct srv_store *store)
{
    return srv_sql_run(store, srv_sql(store, "COMMIT", ""));
}

void srv_store_abort(struct srv_store *store)
{
    if (sqlite3_get_autocommit(store->db) == 0)
        (void)srv_sql_run(store, srv_sql(store, "ROLLBACK", ""));
}

const char *srv_store_error(const struct srv_store *store)
{
    return store->db == NULL ? "no memory" : sqlite3_errmsg(store->db);
}

int64_t srv_store_changes(const struct srv_store *store)
{
    return store->changes;
}

int64_t srv_store_now(void)
{
    return srv_sql_now();
}
