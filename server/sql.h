/* SQLite with fewer words: inside the store only. */
#ifndef SERVER_SQL_H
#define SERVER_SQL_H

#include <sqlite3.h>

#include "base/span.h"
#include "server/store.h"

enum { SQL_CACHE_MAX = 80 };

struct srv_store {
    sqlite3 *db;
    int64_t changes;
    unsigned cached;
    struct {
        const char *text; /* a literal, compared by address first */
        sqlite3_stmt *stmt;
    } cache[SQL_CACHE_MAX];
};

/*
 * A prepared statement for `text`, reset, parameters bound by `types`, one
 * letter each: i int64_t, n int, s const char * (NULL: null), b struct span.
 * NULL on failure; all that follows accepts NULL and fails then.
 */
sqlite3_stmt *srv_sql(struct srv_store *store, const char *text,
                      const char *types, ...);

/* Runs a statement that gives no rows: 0, GP_ERR_IN_USE, GP_ERR_FILE. */
int srv_sql_run(struct srv_store *store, sqlite3_stmt *stmt);

/* The next row: 0, GP_ERR_NOT_FOUND after the last, GP_ERR_FILE. */
int srv_sql_row(struct srv_store *store, sqlite3_stmt *stmt);

/* Ends reading early. */
void srv_sql_done(sqlite3_stmt *stmt);

/* Column values; text is cut to n - 1 characters. */
void srv_sql_text(sqlite3_stmt *stmt, int column, char *out, size_t n);
struct span srv_sql_blob(sqlite3_stmt *stmt, int column);
bool srv_sql_aid(sqlite3_stmt *stmt, int column, struct gp_aid *out);

/* A column as JSON; NULL becomes null, a blob hexadecimal text. */
json_t *srv_sql_json(sqlite3_stmt *stmt, int column);

/* All rows as an array of objects named by the columns. */
json_t *srv_sql_rows(struct srv_store *store, sqlite3_stmt *stmt);

/* Seconds since 1970. */
int64_t srv_sql_now(void);

/* Brings the schema to this program's version. */
int srv_sql_migrate(struct srv_store *store, struct gp_why *why);

#endif
