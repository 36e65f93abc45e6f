#include "terminal/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/ct.h"
#include "base/hex.h"
#include "terminal/report.h"

enum {
    PATH_MAX_SIZE = 192,
    ID_SIZE = 65,
    ANSWERS_SIZE = 512 * 1024, /* of one Order */
    BACKOFF_FIRST = 100,       /* ms */
    BACKOFF_MAX = 5000,
    LOST_DELAY = 1000, /* ms, between looks for a card */
    IDLE_DELAY = 100,  /* ms, at least, after an Order without commands */
};

struct agent {
    const struct term_options *o;
    struct gp_why *why;
    struct gp_transport *card; /* NULL: lost */
    char session[ID_SIZE];
    bool met;          /* the server has answered once */
    uint8_t *answers;  /* ANSWERS_SIZE bytes */
    uint8_t *response; /* GP_RESPONSE_MAX bytes */
    struct term_report report;
    struct term_order order;
};

static void pause_ms(unsigned ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (nanosleep(&t, &t) != 0)
        continue;
}

static int64_t now_ms(void)
{
    struct timespec t = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tell(const struct agent *a, const char *text)
{
    if (a->o->tell != NULL && text[0] != '\0')
        a->o->tell(a->o->ctx, text);
}

/* ---- the server ---- */

/* An answer that says nothing about the message, only about the server. */
static bool is_trouble(long status)
{
    return status == 429 || status >= 500;
}

/*
 * The same message again and again, with growing pauses, until it is answered
 * or patience ends: the server knows a Report that comes twice.
 */
static int post(struct agent *a, const char *path, const char *text,
                struct term_answer *answer)
{
    const struct span body = span_of((const uint8_t *)text, strlen(text));
    int64_t end = now_ms() + (int64_t)a->o->patience * 1000;
    unsigned backoff = BACKOFF_FIRST;

    for (;;) {
        int result = term_http_request(
            a->o->http, "POST", path, "application/json", body, answer, a->why);
        bool again = result == GP_ERR_CONNECT ||
                     (result == GP_OK && is_trouble(answer->status));
        if (result == GP_OK)
            a->met = true;
        /* A server that was never there is more likely a wrong address. */
        if (!again || now_ms() + backoff > end || (a->o->once && !a->met))
            return result;
        term_answer_free(answer);
        pause_ms(backoff);
        backoff = 2 * backoff > BACKOFF_MAX ? BACKOFF_MAX : 2 * backoff;
    }
}

/* 0 for a status of success; else the refusal's words. */
static int accepted(struct agent *a, const struct term_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300)
        return GP_OK;
    term_answer_why(answer, a->why);
    return answer->status == 404 ? GP_ERR_NOT_FOUND : GP_ERR_CANCELLED;
}

static int take_session(struct agent *a, const struct term_answer *answer)
{
    static const char digits[] = "0123456789ABCDEFabcdef-";
    json_t *all = json_loadb(answer->text, answer->n, 0, NULL);
    const char *id = json_string_value(json_object_get(all, "sessionId"));
    int result = GP_ERR_PROTOCOL;

    if (id != NULL && id[0] != '\0' && strlen(id) < sizeof a->session &&
        id[strspn(id, digits)] == '\0') {
        snprintf(a->session, sizeof a->session, "%s", id);
        result = GP_OK;
    } else {
        gp_why_set(a->why, "the server gives no sessionId");
    }
    json_decref(all);
    return result;
}

static int open_session(struct agent *a)
{
    struct term_answer answer = {0, NULL, 0};

    int result =
        post(a, "/api/v1/terminals/sessions",
             a->o->once ? "{\"once\":true}" : "{\"once\":false}", &answer);
    if (result == GP_OK)
        result = accepted(a, &answer);
    if (result == GP_ERR_NOT_FOUND)
        result = GP_ERR_CANCELLED;
    if (result == GP_OK)
        result = take_session(a, &answer);
    term_answer_free(&answer);
    return result;
}

/* SERAM has no type for a bank card; its ATR says which one it is. */
static json_t *element(struct agent *a)
{
    uint8_t bytes[GP_ATR_MAX];
    char id[2 * GP_ATR_MAX + 1] = "";
    struct buf atr = buf_of(bytes, sizeof bytes);

    if (a->card != NULL && gp_transport_atr(a->card, &atr) == GP_OK)
        hex_encode(buf_span(&atr), id);
    return json_pack("{s:s, s:s}", "seType", "undefined", "seId",
                     id[0] == '\0' ? "card" : id);
}

static int handshake(struct agent *a)
{
    char path[PATH_MAX_SIZE];
    struct term_answer answer = {0, NULL, 0};
    json_t *message = json_pack(
        "{s:[o], s:[s], s:[s], s:[s], s:[s,s,s]}", "secureElements", element(a),
        "supportedTransportProtocols", "HTTPS", "supportedDataFormats",
        "application/json", "supportedVersions", "2.0.0", "extensions",
        "orderSeq", "stopOnSW", "cardReset");
    char *text = json_dumps(message, JSON_COMPACT);

    json_decref(message);
    if (text == NULL)
        return GP_ERR_MEMORY;
    snprintf(path, sizeof path, "/gp/seram/handshake?sessionId=%s", a->session);
    int result = post(a, path, text, &answer);
    if (result == GP_OK)
        result = accepted(a, &answer);
    term_answer_free(&answer);
    free(text);
    return result;
}

/* Tells the Report, and reads the next Order. */
static int exchange(struct agent *a)
{
    char path[PATH_MAX_SIZE];
    struct term_answer answer = {0, NULL, 0};
    char *text = term_report_write(&a->report);

    if (text == NULL)
        return GP_ERR_MEMORY;
    snprintf(path, sizeof path, "/gp/seram/remoteManagement?sessionId=%s",
             a->session);
    int result = post(a, path, text, &answer);
    if (result == GP_OK)
        result = accepted(a, &answer);
    term_order_free(&a->order);
    if (result == GP_OK)
        result = term_order_read(answer.text == NULL ? "" : answer.text,
                                 answer.n, &a->order, a->why);
    term_answer_free(&answer);
    free(text);
    return result;
}

/* ---- the card ---- */

static void new_report(struct agent *a, enum term_status status)
{
    int64_t seq = a->order.has_seq ? a->order.seq : a->report.seq;

    a->report = (struct term_report){
        .status = status,
        .seq = seq,
        .memory = buf_of(a->answers, ANSWERS_SIZE),
    };
}

static int send_command(struct agent *a, struct span command)
{
    struct buf answer = buf_of(a->response, GP_RESPONSE_MAX);
    struct term_report *r = &a->report;
    const uint8_t *start = r->memory.p + r->memory.n;

    int result = gp_transmit(a->card, command, &answer);
    if (result == GP_OK &&
        buf_put_span(&r->memory, buf_span(&answer)) != ERR_OK)
        result = GP_ERR_TOO_LONG;
    if (result != GP_OK)
        return result;
    r->answers[r->answer_count++] = span_of(start, answer.n);
    return GP_OK;
}

/* Whether the last answer ends the Order. */
static bool stops(const struct term_report *r, const struct term_group *group)
{
    struct span last = r->answers[r->answer_count - 1];
    uint16_t sw = get_u2(last.p + last.n - 2);

    return group->stops && (sw & group->mask) != group->value;
}

static int execute_group(struct agent *a, const struct term_group *group,
                         bool *stopped)
{
    struct term_report *r = &a->report;
    unsigned *count = &r->counts[r->group_count++];

    for (unsigned i = 0; i < group->count && !*stopped; i++) {
        int result = send_command(a, a->order.commands[group->first + i]);
        if (result != GP_OK)
            return result;
        (*count)++;
        *stopped = stops(r, group);
    }
    r->executed++;
    return GP_OK;
}

/* The card is not there any more, or answers no more: it begins anew. */
static void lose_card(struct agent *a, int result)
{
    snprintf(a->report.error, sizeof a->report.error, "the card: %s",
             gp_strerr(result));
    a->report.status = TERM_FAILURE;
    a->report.card_reset = true;
    if (gp_transport_reset(a->card) != GP_OK)
        gp_transport_free(&a->card);
}

static void execute(struct agent *a)
{
    bool stopped = false;
    int result = GP_OK;

    new_report(a, TERM_PROCESSED);
    for (unsigned g = 0;
         g < a->order.group_count && result == GP_OK && !stopped; g++)
        result = execute_group(a, &a->order.groups[g], &stopped);
    if (result != GP_OK)
        lose_card(a, result);
}

/* ---- a session ---- */

/* Looks for the card again; without `once` its absence is only reported. */
static int find_card(struct agent *a)
{
    if (a->card != NULL)
        return GP_OK;
    int result = a->o->open(a->o->ctx, &a->card, a->why);
    if (result == GP_OK || a->o->once)
        return result;
    a->report.status = TERM_UNAVAILABLE;
    snprintf(a->report.error, sizeof a->report.error, "%.200s", a->why->text);
    pause_ms(LOST_DELAY);
    return GP_OK;
}

/* What an Order asks for; the next Report is ready then. */
static int obey(struct agent *a)
{
    tell(a, a->order.notice);
    if (a->order.group_count > 0 && a->card != NULL) {
        execute(a);
        pause_ms(a->order.delay);
    } else {
        new_report(a, a->card == NULL ? TERM_UNAVAILABLE : TERM_POLLING);
        pause_ms(a->order.delay < IDLE_DELAY ? IDLE_DELAY : a->order.delay);
    }
    bool lost = a->card == NULL;
    int result = find_card(a);
    if (lost && a->card != NULL)
        a->report.card_reset = true;
    return result;
}

/* One session: 0 when the server ended it without an error. */
static int run_session(struct agent *a)
{
    a->order = (struct term_order){.delay = 0};
    a->report = (struct term_report){.seq = 0};
    int result = open_session(a);
    if (result == GP_OK)
        result = handshake(a);
    new_report(a, TERM_POLLING);
    while (result == GP_OK) {
        result = exchange(a);
        if (result == GP_OK && a->order.stop)
            break;
        if (result == GP_OK)
            result = obey(a);
    }
    if (result == GP_OK && a->order.refused) {
        gp_why_set(a->why, "%s",
                   a->order.error[0] != '\0' ? a->order.error
                                             : "the server ended the session");
        result = GP_ERR_CANCELLED;
    }
    term_order_free(&a->order);
    return result;
}

/* Whether a terminal that stays on goes on after this. */
static bool is_passing(int result)
{
    return result == GP_OK || result == GP_ERR_CANCELLED ||
           result == GP_ERR_NOT_FOUND || result == GP_ERR_CONNECT;
}

static int run(struct agent *a)
{
    for (;;) {
        int result = run_session(a);
        if (result == GP_ERR_NOT_FOUND && a->o->once)
            return GP_ERR_CANCELLED;
        if (a->o->once || !is_passing(result))
            return result;
        tell(a, result == GP_OK ? "" : a->why->text);
        pause_ms(LOST_DELAY);
    }
}

int term_agent_run(const struct term_options *options, struct gp_why *why)
{
    struct agent *a = calloc(1, sizeof *a);
    int result = GP_ERR_MEMORY;

    if (a == NULL)
        return result;
    a->o = options;
    a->why = why;
    a->answers = malloc(ANSWERS_SIZE);
    a->response = malloc(GP_RESPONSE_MAX);
    if (a->answers != NULL && a->response != NULL)
        result = find_card(a);
    if (result == GP_OK)
        result = run(a);
    gp_transport_free(&a->card);
    free(a->answers);
    free(a->response);
    free(a);
    return result;
}
