#include "server/sql.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"

/* One statement a text: prepared once, kept until the store is closed. */
static sqlite3_stmt *prepare(struct srv_store *store, const char *text)
{
    for (unsigned i = 0; i < store->cached; i++) {
        if (strcmp(store->cache[i].text, text) == 0) {
            sqlite3_reset(store->cache[i].stmt);
            sqlite3_clear_bindings(store->cache[i].stmt);
            return store->cache[i].stmt;
        }
    }
    sqlite3_stmt *stmt = NULL;
    if (store->cached == SQL_CACHE_MAX ||
        sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL) != SQLITE_OK)
        return NULL;
    store->cache[store->cached].text = text;
    store->cache[store->cached].stmt = stmt;
    store->cached++;
    return stmt;
}

static int bind_one(sqlite3_stmt *stmt, int at, char type, va_list *args)
{
    struct span bytes;
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(stmt, at, va_arg(*args, int64_t));
    case 'n':
        return sqlite3_bind_int(stmt, at, va_arg(*args, int));
    case 's':
        return sqlite3_bind_text(stmt, at, va_arg(*args, const char *), -1,
                                 SQLITE_TRANSIENT);
    default:
        bytes = va_arg(*args, struct span);
        if (bytes.n == 0)
            return sqlite3_bind_zeroblob(stmt, at, 0);
        return sqlite3_bind_blob64(stmt, at, bytes.p, bytes.n,
                                   SQLITE_TRANSIENT);
    }
}

sqlite3_stmt *srv_sql(struct srv_store *store, const char *text,
                      const char *types, ...)
{
    sqlite3_stmt *stmt = prepare(store, text);
    va_list args;
    int result = SQLITE_OK;

    va_start(args, types);
    for (int i = 0; stmt != NULL && types[i] != '\0'; i++) {
        if (result == SQLITE_OK)
            result = bind_one(stmt, i + 1, types[i], &args);
    }
    va_end(args);
    return result == SQLITE_OK ? stmt : NULL;
}

int srv_sql_run(struct srv_store *store, sqlite3_stmt *stmt)
{
    if (stmt == NULL)
        return GP_ERR_FILE;
    int result = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    if (result == SQLITE_DONE || result == SQLITE_ROW) {
        store->changes++;
        return GP_OK;
    }
    return (result & 0xFF) == SQLITE_CONSTRAINT ? GP_ERR_IN_USE : GP_ERR_FILE;
}

int srv_sql_row(struct srv_store *store, sqlite3_stmt *stmt)
{
    (void)store;
    if (stmt == NULL)
        return GP_ERR_FILE;
    int result = sqlite3_step(stmt);
    if (result == SQLITE_ROW)
        return GP_OK;
    sqlite3_reset(stmt);
    return result == SQLITE_DONE ? GP_ERR_NOT_FOUND : GP_ERR_FILE;
}

void srv_sql_done(sqlite3_stmt *stmt)
{
    if (stmt != NULL)
        sqlite3_reset(stmt);
}

void srv_sql_text(sqlite3_stmt *stmt, int column, char *out, size_t n)
{
    const unsigned char *text = sqlite3_column_text(stmt, column);
    size_t length = (size_t)sqlite3_column_bytes(stmt, column);

    if (text == NULL)
        length = 0;
    if (length >= n)
        length = n - 1;
    if (length > 0)
        memcpy(out, text, length);
    out[length] = '\0';
}

struct span srv_sql_blob(sqlite3_stmt *stmt, int column)
{
    const uint8_t *p = sqlite3_column_blob(stmt, column);
    return span_of(p, (size_t)sqlite3_column_bytes(stmt, column));
}

bool srv_sql_aid(sqlite3_stmt *stmt, int column, struct gp_aid *out)
{
    struct span bytes = srv_sql_blob(stmt, column);

    out->n = 0;
    return bytes.n == 0 || gp_aid_set(out, bytes) == GP_OK;
}

static json_t *blob_json(struct span bytes)
{
    char *hex = malloc(2 * bytes.n + 1);
    if (hex == NULL)
        return NULL;
    hex_encode(bytes, hex);
    json_t *text = json_string(hex);
    free(hex);
    return text;
}

json_t *srv_sql_json(sqlite3_stmt *stmt, int column)
{
    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(stmt, column));
    case SQLITE_TEXT:
        return json_string((const char *)sqlite3_column_text(stmt, column));
    case SQLITE_BLOB:
        return blob_json(srv_sql_blob(stmt, column));
    default:
        return json_null();
    }
}

json_t *srv_sql_rows(struct srv_store *store, sqlite3_stmt *stmt)
{
    json_t *rows = json_array();
    int result = GP_OK;

    while ((result = srv_sql_row(store, stmt)) == GP_OK) {
        json_t *row = json_object();
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            json_object_set_new(row, sqlite3_column_name(stmt, i),
                                srv_sql_json(stmt, i));
        json_array_append_new(rows, row);
    }
    if (result == GP_ERR_NOT_FOUND)
        return rows;
    json_decref(rows);
    return NULL;
}

int64_t srv_sql_now(void)
{
    return (int64_t)time(NULL);
}
