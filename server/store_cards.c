#include "server/store.h"

#include <string.h>

#include "base/hex.h"
#include "server/sql.h"

int srv_store_card_add(struct srv_store *store, const struct srv_card *in)
{
    sqlite3_stmt *stmt = srv_sql(
        store,
        "INSERT INTO card (id, kdd, key_name, kvn, registered)"
        " VALUES (?, nullif(?, x''), ?, ?, ?)",
        "sbsni", in->id, span_of(in->kdd, in->has_kdd ? SRV_KDD_SIZE : 0),
        in->keys.name, in->keys.kvn, srv_sql_now());
    int result = srv_sql_run(store, stmt);
    const struct srv_domain_keys keys = {.current = in->keys};
    return result == GP_OK
               ? srv_store_keys_set(store, in->id, span_of(NULL, 0), &keys)
               : result;
}

static int read_card(struct srv_store *store, sqlite3_stmt *stmt,
                     struct srv_card *out)
{
    int result = srv_sql_row(store, stmt);
    if (result != GP_OK)
        return result;
    *out = (struct srv_card){.keys.kvn = (uint8_t)sqlite3_column_int(stmt, 3)};
    srv_sql_text(stmt, 0, out->id, sizeof out->id);
    struct span kdd = srv_sql_blob(stmt, 1);
    out->has_kdd = kdd.n == sizeof out->kdd;
    if (out->has_kdd)
        memcpy(out->kdd, kdd.p, kdd.n);
    srv_sql_text(stmt, 2, out->keys.name, sizeof out->keys.name);
    srv_sql_text(stmt, 4, out->blocked, sizeof out->blocked);
    srv_sql_done(stmt);
    return GP_OK;
}

#define CARD_COLUMNS "SELECT id, kdd, key_name, kvn, blocked FROM card "

int srv_store_card_find(struct srv_store *store, const char *id,
                        struct srv_card *out)
{
    return read_card(store,
                     srv_sql(store, CARD_COLUMNS "WHERE id = ?", "s", id), out);
}

int srv_store_card_by_kdd(struct srv_store *store, struct span kdd,
                          struct srv_card *out)
{
    return read_card(
        store, srv_sql(store, CARD_COLUMNS "WHERE kdd = ?", "b", kdd), out);
}

int srv_store_card_block(struct srv_store *store, const char *id,
                         const char *why)
{
    return srv_sql_run(
        store, srv_sql(store, "UPDATE card SET blocked = ? WHERE id = ?", "ss",
                       why, id));
}

int srv_store_card_seen(struct srv_store *store, const char *id,
                        struct span kdd)
{
    return srv_sql_run(
        store, srv_sql(store,
                       "UPDATE card SET seen = ?, kdd = coalesce(kdd, ?)"
                       " WHERE id = ?",
                       "ibs", srv_sql_now(), kdd, id));
}

#define CARD_VIEW                                                              \
    "SELECT c.id, c.kdd, c.key_name AS keys, c.kvn, c.blocked, c.registered,"  \
    " c.seen, c.proved, (SELECT hex(substr(state, 1, 1)) FROM content"         \
    " WHERE card = c.id AND scope = 128) AS lifeCycle,"                        \
    " (SELECT count(*) FROM deployment WHERE card = c.id AND state < 2)"       \
    " AS open FROM card c "

/* The state's names beside its number. */
static void name_state(json_t *card)
{
    const char *hex = json_string_value(json_object_get(card, "lifeCycle"));
    uint8_t state = 0;
    struct buf out = buf_of(&state, 1);

    if (hex == NULL || hex_decode(hex, strlen(hex), &out, NULL) != ERR_OK)
        return;
    json_object_set_new(card, "state", json_string(gp_card_state_name(state)));
    json_object_set_new(card, "patentState",
                        json_string(gp_card_state_patent(state)));
}

json_t *srv_store_cards(struct srv_store *store)
{
    json_t *rows =
        srv_sql_rows(store, srv_sql(store, CARD_VIEW "ORDER BY c.id", ""));
    size_t i = 0;
    json_t *row = NULL;

    json_array_foreach(rows, i, row) name_state(row);
    return rows;
}

json_t *srv_store_card(struct srv_store *store, const char *id)
{
    json_t *rows = srv_sql_rows(
        store, srv_sql(store, CARD_VIEW "WHERE c.id = ?", "s", id));
    json_t *card = json_incref(json_array_get(rows, 0));

    json_decref(rows);
    if (card == NULL)
        return NULL;
    name_state(card);
    json_object_set_new(
        card, "domains",
        srv_sql_rows(store, srv_sql(store,
                                    "SELECT aid, key_name AS keys, kvn,"
                                    " next_name AS nextKeys,"
                                    " next_kvn AS nextKvn FROM card_key"
                                    " WHERE card = ? ORDER BY aid",
                                    "s", id)));
    return card;
}

int srv_store_keys_get(struct srv_store *store, const char *card,
                       struct span aid, struct srv_domain_keys *out)
{
    sqlite3_stmt *stmt =
        srv_sql(store,
                "SELECT key_name, kvn, next_name, next_kvn FROM card_key"
                " WHERE card = ? AND aid = ?",
                "sb", card, aid);
    int result = srv_sql_row(store, stmt);

    *out = (struct srv_domain_keys){.current.kvn = 0};
    if (result == GP_ERR_NOT_FOUND)
        return GP_OK;
    if (result != GP_OK)
        return result;
    srv_sql_text(stmt, 0, out->current.name, sizeof out->current.name);
    out->current.kvn = (uint8_t)sqlite3_column_int(stmt, 1);
    srv_sql_text(stmt, 2, out->candidate.name, sizeof out->candidate.name);
    out->candidate.kvn = (uint8_t)sqlite3_column_int(stmt, 3);
    srv_sql_done(stmt);
    return GP_OK;
}

int srv_store_keys_set(struct srv_store *store, const char *card,
                       struct span aid, const struct srv_domain_keys *in)
{
    return srv_sql_run(
        store,
        srv_sql(store, "INSERT OR REPLACE INTO card_key VALUES (?,?,?,?,?,?)",
                "sbsnsn", card, aid, in->current.name, in->current.kvn,
                in->candidate.name, in->candidate.kvn));
}
