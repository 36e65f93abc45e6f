#include "server/session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "server/seram.h"

enum { SESSION_SECONDS = 24 * 3600 };

int srv_session_open(struct srv_store *store, bool once, char id[SRV_ID_SIZE])
{
    uint8_t bytes[16];

    randombytes_buf(bytes, sizeof bytes);
    hex_encode(span_of(bytes, sizeof bytes), id);
    int result =
        srv_store_sessions_expire(store, (int64_t)time(NULL) - SESSION_SECONDS);
    return result == GP_OK ? srv_store_session_add(store, id, once) : result;
}

static int find(struct srv_store *store, const char *id,
                struct srv_session_row *row, struct srv_problem *p)
{
    int result = srv_store_session_get(store, id, row);

    if (result == GP_ERR_NOT_FOUND)
        return srv_problem_set(p, 404, "no_such_session", "sessionId",
                               "the session is unknown, or too old");
    return result == GP_OK ? 0 : srv_problem_from(p, result, "", NULL);
}

json_t *srv_session_handshake(struct srv_store *store, const char *id,
                              const json_t *message, struct srv_problem *p)
{
    struct srv_session_row row;

    if (find(store, id, &row, p) != 0)
        return NULL;
    int status = srv_seram_handshake(message, &row, p);
    if (status == 0) {
        int result = srv_store_session_handshake(store, &row);
        if (result != GP_OK)
            status = srv_problem_from(p, result, "", NULL);
    }
    srv_session_row_free(&row);
    return status == 0 ? srv_seram_handshake_answer() : NULL;
}

/* One Report on its way through. */
struct exchange {
    struct srv_engine *engine;
    struct srv_store *store;
    struct srv_session_row row;
    struct srv_report report;
    struct srv_order *order;
    bool may_wait;
    char *answer;
};

/* The agent did not get our last answer: it is given again. */
static bool is_repeated(const struct exchange *x)
{
    const struct srv_session_row *row = &x->row;

    if (row->answer == NULL)
        return false;
    if (row->ended)
        return true;
    return x->report.has_seq && x->report.seq == row->seq - 1;
}

static int encode(struct exchange *x)
{
    x->order->seq = x->row.seq + 1;
    json_t *message = srv_seram_order(x->order, &x->row);
    x->answer = json_dumps(message, JSON_COMPACT);
    json_decref(message);
    if (x->answer == NULL)
        return GP_ERR_MEMORY;
    return srv_store_session_answer(x->store, x->row.id, x->order->seq,
                                    x->answer,
                                    x->order->kind == SRV_ORDER_STOP);
}

/* Engine and answer in one transaction: both happened, or neither. */
static int process(struct exchange *x)
{
    int result = srv_store_begin(x->store);

    if (result == GP_OK)
        result = srv_engine_report(x->engine, &x->row, &x->report, x->order);
    if (result == GP_OK && !(x->order->kind == SRV_ORDER_WAIT && x->may_wait))
        result = encode(x);
    if (result == GP_OK)
        result = srv_store_commit(x->store);
    if (result == GP_OK)
        return GP_OK;
    srv_store_abort(x->store);
    srv_engine_forget(x->engine, x->row.id);
    free(x->answer);
    x->answer = NULL;
    return result;
}

static int run(struct exchange *x, const json_t *message, struct srv_problem *p)
{
    if (!x->row.handshaken)
        return srv_problem_set(p, 409, "no_handshake", "",
                               "the handshake comes first");
    if (srv_seram_report(message, &x->report, p) != 0)
        return -1;
    if (is_repeated(x)) {
        x->answer = strdup(x->row.answer);
        return x->answer != NULL ? 0
                                 : srv_problem_from(p, GP_ERR_MEMORY, "", NULL);
    }
    if (x->report.has_seq && x->report.seq != x->row.seq)
        return srv_problem_set(p, 409, "stale_report", "orderSeq",
                               "it answers Order %lld, the last one is %lld",
                               (long long)x->report.seq, (long long)x->row.seq);
    x->order = calloc(1, sizeof *x->order);
    int result = x->order == NULL ? GP_ERR_MEMORY : process(x);
    return result == GP_OK ? 0 : srv_problem_from(p, result, "", NULL);
}

int srv_session_report(struct srv_engine *engine, struct srv_store *store,
                       const char *id, const json_t *message, bool may_wait,
                       char **answer, struct srv_problem *p)
{
    struct exchange *x = calloc(1, sizeof *x);

    *answer = NULL;
    if (x == NULL)
        return srv_problem_from(p, GP_ERR_MEMORY, "", NULL);
    x->engine = engine;
    x->store = store;
    x->may_wait = may_wait;
    int status = find(store, id, &x->row, p);
    if (status == 0)
        status = run(x, message, p);
    *answer = x->answer;
    srv_report_free(&x->report);
    srv_session_row_free(&x->row);
    free(x->order);
    free(x);
    return status;
}
