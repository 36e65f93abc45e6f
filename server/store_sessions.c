#include "server/store.h"

#include <stdlib.h>
#include <string.h>

#include "server/sql.h"

void srv_session_row_free(struct srv_session_row *row)
{
    free(row->answer);
    row->answer = NULL;
}

int srv_store_session_add(struct srv_store *store, const char *id, bool once)
{
    return srv_sql_run(
        store,
        srv_sql(store, "INSERT INTO session (id, once, used) VALUES (?, ?, ?)",
                "sni", id, (int)once, srv_sql_now()));
}

static int copy_answer(sqlite3_stmt *stmt, int column,
                       struct srv_session_row *out)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    if (text == NULL)
        return GP_OK;
    out->answer = strdup(text);
    return out->answer == NULL ? GP_ERR_MEMORY : GP_OK;
}

int srv_store_session_get(struct srv_store *store, const char *id,
                          struct srv_session_row *out)
{
    sqlite3_stmt *stmt = srv_sql(store,
                                 "SELECT once, stops, handshaken, ended, seq,"
                                 " se_type, se_id, answer FROM session"
                                 " WHERE id = ?",
                                 "s", id);
    *out = (struct srv_session_row){.seq = 0};
    int result = srv_sql_row(store, stmt);
    if (result != GP_OK)
        return result;
    snprintf(out->id, sizeof out->id, "%s", id);
    out->once = sqlite3_column_int(stmt, 0) != 0;
    out->stops = sqlite3_column_int(stmt, 1) != 0;
    out->handshaken = sqlite3_column_int(stmt, 2) != 0;
    out->ended = sqlite3_column_int(stmt, 3) != 0;
    out->seq = sqlite3_column_int64(stmt, 4);
    srv_sql_text(stmt, 5, out->se_type, sizeof out->se_type);
    srv_sql_text(stmt, 6, out->se_id, sizeof out->se_id);
    result = copy_answer(stmt, 7, out);
    srv_sql_done(stmt);
    return result;
}

int srv_store_session_handshake(struct srv_store *store,
                                const struct srv_session_row *in)
{
    return srv_sql_run(store,
                       srv_sql(store,
                               "UPDATE session SET handshaken = 1, stops = ?,"
                               " se_type = ?, se_id = ?, used = ? WHERE id = ?",
                               "nssis", (int)in->stops, in->se_type, in->se_id,
                               srv_sql_now(), in->id));
}

int srv_store_session_answer(struct srv_store *store, const char *id,
                             int64_t seq, const char *answer, bool ended)
{
    return srv_sql_run(
        store, srv_sql(store,
                       "UPDATE session SET seq = ?, answer = ?, ended = ?,"
                       " used = ? WHERE id = ?",
                       "isnis", seq, answer, (int)ended, srv_sql_now(), id));
}

int srv_store_sessions_expire(struct srv_store *store, int64_t before)
{
    return srv_sql_run(
        store,
        srv_sql(store, "DELETE FROM session WHERE used < ?", "i", before));
}
