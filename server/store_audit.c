#include "server/store.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/sql.h"

enum { DETAIL_SIZE = 512, FIELDS = 4 };

struct line {
    int64_t id;
    int64_t at;
    const char *field[FIELDS]; /* actor, action, subject, detail */
};

static void hash_number(crypto_hash_sha256_state *state, int64_t number)
{
    uint8_t bytes[8];

    set_u4(bytes, (uint32_t)((uint64_t)number >> 32));
    set_u4(bytes + 4, (uint32_t)number);
    crypto_hash_sha256_update(state, bytes, sizeof bytes);
}

/* SHA-256 of the hash before, then number, time and the texts with lengths. */
static void chain(const uint8_t before[SRV_HASH_SIZE], const struct line *line,
                  uint8_t out[SRV_HASH_SIZE])
{
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, before, SRV_HASH_SIZE);
    hash_number(&state, line->id);
    hash_number(&state, line->at);
    for (size_t i = 0; i < FIELDS; i++) {
        size_t n = strlen(line->field[i]);
        hash_number(&state, (int64_t)n);
        crypto_hash_sha256_update(&state, (const uint8_t *)line->field[i], n);
    }
    crypto_hash_sha256_final(&state, out);
}

static int last_line(struct srv_store *store, int64_t *id,
                     uint8_t hash[SRV_HASH_SIZE])
{
    sqlite3_stmt *stmt = srv_sql(
        store, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", "");
    int result = srv_sql_row(store, stmt);

    *id = 0;
    memset(hash, 0, SRV_HASH_SIZE);
    if (result == GP_ERR_NOT_FOUND)
        return GP_OK;
    if (result != GP_OK)
        return result;
    struct span old = srv_sql_blob(stmt, 1);
    *id = sqlite3_column_int64(stmt, 0);
    if (old.n == SRV_HASH_SIZE)
        memcpy(hash, old.p, old.n);
    srv_sql_done(stmt);
    return GP_OK;
}

int srv_store_audit(struct srv_store *store, const char *actor,
                    const char *action, const char *subject, const char *format,
                    ...)
{
    char detail[DETAIL_SIZE];
    uint8_t before[SRV_HASH_SIZE];
    uint8_t hash[SRV_HASH_SIZE];
    struct line line = {0, srv_sql_now(), {actor, action, subject, detail}};
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    int result = last_line(store, &line.id, before);
    if (result != GP_OK)
        return result;
    line.id++;
    chain(before, &line, hash);
    return srv_sql_run(
        store, srv_sql(store, "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
                       "iissssb", line.id, line.at, actor, action, subject,
                       detail, span_of(hash, sizeof hash)));
}

json_t *srv_store_audit_list(struct srv_store *store, int64_t after, int limit)
{
    return srv_sql_rows(store,
                        srv_sql(store,
                                "SELECT id, at, actor, action, subject, detail,"
                                " hash FROM audit WHERE id > ? ORDER BY id"
                                " LIMIT ?",
                                "in", after, limit));
}

/* One stored line against the hash before; that then becomes its own. */
static bool fits(sqlite3_stmt *stmt, uint8_t before[SRV_HASH_SIZE])
{
    uint8_t hash[SRV_HASH_SIZE];
    struct line line = {
        sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1), {NULL}};
    for (int i = 0; i < FIELDS; i++)
        line.field[i] = (const char *)sqlite3_column_text(stmt, 2 + i);
    struct span stored = srv_sql_blob(stmt, 2 + FIELDS);
    chain(before, &line, hash);
    memcpy(before, hash, sizeof hash);
    return span_equal(stored, span_of(hash, sizeof hash));
}

int srv_store_audit_check(struct srv_store *store, int64_t *bad)
{
    uint8_t before[SRV_HASH_SIZE] = {0};
    int64_t expected = 1;
    sqlite3_stmt *stmt = srv_sql(store,
                                 "SELECT id, at, actor, action, subject,"
                                 " detail, hash FROM audit ORDER BY id",
                                 "");
    int result = GP_OK;

    *bad = 0;
    while ((result = srv_sql_row(store, stmt)) == GP_OK) {
        int64_t id = sqlite3_column_int64(stmt, 0);
        if (id != expected || !fits(stmt, before)) {
            *bad = id;
            srv_sql_done(stmt);
            return GP_OK;
        }
        expected++;
    }
    return result == GP_ERR_NOT_FOUND ? GP_OK : result;
}
