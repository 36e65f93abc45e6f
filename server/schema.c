#include "server/sql.h"

#include <string.h>

/*
 * One entry a schema version, applied in order and never edited afterwards:
 * a database says in user_version how many it has had.
 */
static const char *const migrations[] = {
    "CREATE TABLE application ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE version ("
    " id INTEGER PRIMARY KEY,"
    " application INTEGER NOT NULL REFERENCES application(id),"
    " version TEXT NOT NULL, package BLOB NOT NULL,"
    " major INTEGER NOT NULL, minor INTEGER NOT NULL,"
    " hash BLOB NOT NULL, cap BLOB NOT NULL, block BLOB NOT NULL,"
    " published INTEGER NOT NULL, UNIQUE (application, version)) STRICT;"
    "CREATE TABLE applet ("
    " version INTEGER NOT NULL REFERENCES version(id),"
    " n INTEGER NOT NULL, aid BLOB NOT NULL,"
    " PRIMARY KEY (version, n)) STRICT;"
    "CREATE TABLE card ("
    " id TEXT PRIMARY KEY, kdd BLOB UNIQUE,"
    " key_name TEXT NOT NULL, kvn INTEGER NOT NULL,"
    " blocked TEXT NOT NULL DEFAULT '', registered INTEGER NOT NULL,"
    " seen INTEGER, proved INTEGER) STRICT;"
    "CREATE TABLE card_key ("
    " card TEXT NOT NULL REFERENCES card(id), aid BLOB NOT NULL,"
    " key_name TEXT NOT NULL, kvn INTEGER NOT NULL,"
    " next_name TEXT NOT NULL, next_kvn INTEGER NOT NULL,"
    " PRIMARY KEY (card, aid)) STRICT;"
    "CREATE TABLE content ("
    " card TEXT NOT NULL REFERENCES card(id), scope INTEGER NOT NULL,"
    " n INTEGER NOT NULL, aid BLOB NOT NULL, state BLOB NOT NULL,"
    " privileges BLOB NOT NULL, file BLOB NOT NULL, domain BLOB NOT NULL,"
    " version BLOB NOT NULL, modules BLOB NOT NULL,"
    " PRIMARY KEY (card, scope, n)) STRICT;"
    "CREATE TABLE deployment ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " card TEXT NOT NULL REFERENCES card(id), state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, params TEXT NOT NULL,"
    " secret BLOB, sw INTEGER, message TEXT,"
    " ordered INTEGER NOT NULL, changed INTEGER NOT NULL) STRICT;"
    "CREATE INDEX deployment_open ON deployment(card, id) WHERE state < 2;"
    "CREATE TABLE step ("
    " deployment INTEGER NOT NULL REFERENCES deployment(id),"
    " n INTEGER NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL,"
    " sw INTEGER, changed INTEGER NOT NULL,"
    " PRIMARY KEY (deployment, n)) STRICT;"
    "CREATE TABLE session ("
    " id TEXT PRIMARY KEY, once INTEGER NOT NULL,"
    " stops INTEGER NOT NULL DEFAULT 0,"
    " handshaken INTEGER NOT NULL DEFAULT 0,"
    " ended INTEGER NOT NULL DEFAULT 0, seq INTEGER NOT NULL DEFAULT 0,"
    " se_type TEXT, se_id TEXT, answer TEXT,"
    " used INTEGER NOT NULL) STRICT;"
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL,"
    " action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,"
    " hash BLOB NOT NULL) STRICT;"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN"
    " SELECT RAISE(ABORT, 'the audit trail is append-only'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN"
    " SELECT RAISE(ABORT, 'the audit trail is append-only'); END;"
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit"
    " WHEN NEW.id <= (SELECT coalesce(max(id), 0) FROM audit) BEGIN"
    " SELECT RAISE(ABORT, 'the audit trail is append-only'); END;",

    "CREATE INDEX version_package ON version(package);"
    "CREATE INDEX session_used ON session(used);",
};

enum { LATEST = sizeof migrations / sizeof migrations[0] };

int srv_store_version(struct srv_store *store)
{
    sqlite3_stmt *stmt = srv_sql(store, "PRAGMA user_version", "");
    int version = -1;

    if (srv_sql_row(store, stmt) == GP_OK)
        version = sqlite3_column_int(stmt, 0);
    srv_sql_done(stmt);
    return version;
}

static int migrate_one(struct srv_store *store, int to)
{
    char text[48];

    snprintf(text, sizeof text, "PRAGMA user_version = %d", to);
    int result = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, migrations[to - 1], NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, text, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        return GP_OK;
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return GP_ERR_FILE;
}

int srv_sql_migrate(struct srv_store *store, struct gp_why *why)
{
    int have = srv_store_version(store);

    if (have < 0 || have > LATEST) {
        gp_why_set(why,
                   have < 0 ? "the database cannot be read"
                            : "the database is of a newer version (%d) than "
                              "this program (%d)",
                   have, LATEST);
        return GP_ERR_FILE;
    }
    for (int to = have + 1; to <= LATEST; to++) {
        if (migrate_one(store, to) != GP_OK) {
            gp_why_set(why, "migration %d: %s", to, srv_store_error(store));
            return GP_ERR_FILE;
        }
    }
    return GP_OK;
}
