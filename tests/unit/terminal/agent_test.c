/*
 * Proves how the terminal carries Orders: every command once and in order,
 * the same Report again when its answer is lost, an end at the status word
 * that the server named, and what it says of a card that went away.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "loopback.h"
#include "terminal/agent.h"

#define SESSIONS "/api/v1/terminals/sessions"
#define HANDSHAKE "/gp/seram/handshake"
#define MANAGEMENT "/gp/seram/remoteManagement"

enum { REPORTS_MAX = 16, TEXT_MAX = 4096 };

/* ---- a card that answers 9000, or what is asked for ---- */

struct card {
    struct gp_transport base;
    struct bench *bench;
};

struct bench {
    struct loopback *server;
    const char *const *orders; /* one after the other */
    unsigned next;
    unsigned cut;     /* cut the connection this often, Order 2 and later */
    int trouble;      /* or answer so, once */
    int session_says; /* HTTP status of the session; 0: 201 */
    unsigned report_count;
    char reports[REPORTS_MAX][TEXT_MAX];
    char commands[TEXT_MAX]; /* that reached the card, in hexadecimal */
    unsigned transmits;
    unsigned fail_at; /* that transmit fails; 0: none */
    unsigned resets;
    unsigned opens;
    bool reset_fails;
    bool gone; /* opening fails */
};

static int card_transmit(struct gp_transport *t, struct span command,
                         struct buf *response)
{
    struct bench *b = ((struct card *)(void *)t)->bench;
    uint16_t sw = command.p[1] == 0x70 ? 0x6985 : 0x9000;
    size_t n = strlen(b->commands);

    if (++b->transmits == b->fail_at)
        return GP_ERR_IO;
    hex_encode(command, b->commands + n);
    strcat(b->commands, " ");
    return gp_from_err(buf_put_u2(response, sw));
}

static int card_reset(struct gp_transport *t)
{
    struct bench *b = ((struct card *)(void *)t)->bench;

    b->resets++;
    return b->reset_fails ? GP_ERR_IO : GP_OK;
}

static int card_atr(struct gp_transport *t, struct buf *atr)
{
    (void)t;
    return gp_from_err(buf_put_u2(atr, 0x3B00));
}

static void card_close(struct gp_transport *t)
{
    free(t);
}

static int open_card(void *ctx, struct gp_transport **out, struct gp_why *why)
{
    static const struct gp_transport_ops ops = {card_transmit, card_reset,
                                                card_atr, card_close};
    struct bench *b = ctx;

    b->opens++;
    if (b->gone) {
        gp_why_set(why, "no card here");
        return GP_ERR_NO_CARD;
    }
    struct card *card = calloc(1, sizeof *card);
    assert_non_null(card);
    card->base.ops = &ops;
    card->bench = b;
    *out = &card->base;
    return GP_OK;
}

/* ---- the server ---- */

static int answer_report(struct bench *b, const char *body, const char **text)
{
    assert_true(b->report_count < REPORTS_MAX);
    snprintf(b->reports[b->report_count++], TEXT_MAX, "%s", body);
    if (b->next > 0 && b->cut > 0) {
        b->cut--;
        return 0;
    }
    if (b->trouble != 0) {
        int status = b->trouble;
        b->trouble = 0;
        return status;
    }
    *text = b->orders[b->next];
    if (b->orders[b->next + 1] != NULL)
        b->next++;
    return 200;
}

static int answer(void *ctx, const char *path, const char *body,
                  const char **text)
{
    struct bench *b = ctx;

    if (strcmp(path, SESSIONS) == 0) {
        *text = b->session_says == 0
                    ? "{\"sessionId\":\"00112233445566778899AABBCCDDEEFF\"}"
                    : "{\"error\":{\"code\":\"x\",\"message\":\"bad token\","
                      "\"where\":\"Authorization\"}}";
        return b->session_says == 0 ? 201 : b->session_says;
    }
    if (strcmp(path, HANDSHAKE) == 0) {
        assert_non_null(strstr(body, "\"seId\":\"3B00\""));
        *text = "{\"chosenVersion\":\"2.0.0\"}";
        return 200;
    }
    return strcmp(path, MANAGEMENT) == 0 ? answer_report(b, body, text) : 404;
}

static int run(struct bench *b, const char *const *orders, struct gp_why *why)
{
    struct term_http *http = NULL;

    *why = (struct gp_why){{0}};
    b->orders = orders;
    b->server = loopback_start(answer, b);
    assert_non_null(b->server);
    assert_int_equal(
        term_http_open(loopback_address(b->server), "secret", &http, why),
        GP_OK);
    const struct term_options o = {.http = http,
                                   .open = open_card,
                                   .ctx = b,
                                   .once = true,
                                   .patience = 30};
    int result = term_agent_run(&o, why);
    term_http_close(&http);
    loopback_stop(b->server);
    return result;
}

#define SCRIPT(seq, apdus)                                                     \
    "{\"delay\":0,\"orderSeq\":" seq ",\"ramCommands\":[{\"ramCommandType\":"  \
    "\"seRamCommand\",\"listOfCAPDU\":[" apdus "],\"stopOnSW\":{\"value\":"    \
    "\"9000\",\"mask\":\"F000\"}},{\"ramCommandType\":\"seRamCommand\","       \
    "\"listOfCAPDU\":[\"00FF0000\"]}]}"
#define STOP(seq)                                                              \
    "{\"orderSeq\":" seq ",\"ramCommands\":[{\"ramCommandType\":"              \
    "\"ramStopCommand\"}]}"

static const char *const plain[] = {SCRIPT("1", "\"00010000\",\"00020000\""),
                                    STOP("2"), NULL};

static json_t *report(const struct bench *b, unsigned i)
{
    json_t *r = json_loads(b->reports[i], 0, NULL);

    assert_non_null(r);
    return r;
}

static const char *status_of(const json_t *r)
{
    return json_string_value(json_object_get(
        json_object_get(r, "localAgentStatus"), "localAgentStatusEnum"));
}

static json_int_t seq_of(const json_t *r)
{
    return json_integer_value(json_object_get(r, "orderSeq"));
}

static void carries(void **state)
{
    struct bench b = {.next = 0};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_OK);
    assert_string_equal(b.commands, "00010000 00020000 00FF0000 ");
    assert_int_equal(b.report_count, 2);
    json_t *first = report(&b, 0);
    json_t *second = report(&b, 1);
    assert_string_equal(status_of(first), "POLLING");
    assert_int_equal(seq_of(first), 0);
    assert_string_equal(status_of(second), "PROCESSED");
    assert_int_equal(seq_of(second), 1);
    assert_non_null(strstr(b.reports[1], "[\"9000\",\"9000\"]"));
    json_decref(first);
    json_decref(second);
}

/* The Report is told again, the card is not asked again. */
static void repeats_a_report(void **state)
{
    struct bench b = {.cut = 2};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_OK);
    assert_string_equal(b.commands, "00010000 00020000 00FF0000 ");
    assert_true(b.report_count >= 4);
    for (unsigned i = 2; i < b.report_count; i++)
        assert_string_equal(b.reports[i], b.reports[1]);
}

static void repeats_after_trouble(void **state)
{
    struct bench b = {.trouble = 503};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_OK);
    assert_int_equal(b.report_count, 3);
    assert_string_equal(b.reports[1], b.reports[0]);
}

/* Nothing of the Order after the status word that ends it. */
static void stops_on_a_status_word(void **state)
{
    static const char *const orders[] = {
        SCRIPT("1", "\"00010000\",\"00700000\",\"00020000\""), STOP("2"), NULL};
    struct bench b = {.next = 0};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, orders, &why), GP_OK);
    assert_string_equal(b.commands, "00010000 00700000 ");
    assert_non_null(strstr(b.reports[1], "[\"9000\",\"6985\"]"));
}

/* What was executed is told, and that the card begins anew. */
static void a_card_that_breaks(void **state)
{
    struct bench b = {.fail_at = 2};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_OK);
    assert_string_equal(b.commands, "00010000 ");
    assert_int_equal(b.resets, 1);
    json_t *r = report(&b, 1);
    assert_string_equal(status_of(r), "UNKNOWN_FAILURE");
    assert_true(json_is_true(json_object_get(r, "cardReset")));
    assert_non_null(strstr(b.reports[1], "[\"9000\"]"));
    json_decref(r);
}

static void a_card_that_is_opened_again(void **state)
{
    struct bench b = {.fail_at = 1, .reset_fails = true};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_OK);
    assert_int_equal(b.opens, 2);
    assert_non_null(strstr(b.reports[1], "\"cardReset\":true"));
}

static void no_card(void **state)
{
    struct bench b = {.gone = true};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_ERR_NO_CARD);
    assert_string_equal(why.text, "no card here");
    assert_int_equal(b.report_count, 0);
}

static void a_refusal(void **state)
{
    static const char *const orders[] = {
        "{\"orderSeq\":1,\"ramCommands\":[{\"ramCommandType\":"
        "\"ramStopCommand\",\"error\":\"unknown card\"}]}",
        NULL};
    struct bench b = {.next = 0};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, orders, &why), GP_ERR_CANCELLED);
    assert_string_equal(why.text, "unknown card");
}

static void a_bad_token(void **state)
{
    struct bench b = {.session_says = 401};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, plain, &why), GP_ERR_CANCELLED);
    assert_string_equal(why.text, "the server refuses Authorization: bad "
                                  "token");
}

static void an_order_that_is_none(void **state)
{
    static const char *const orders[] = {"<html>", NULL};
    struct bench b = {.next = 0};
    struct gp_why why;

    (void)state;
    assert_int_equal(run(&b, orders, &why), GP_ERR_PROTOCOL);
    assert_string_equal(b.commands, "");
}

/* A port that was just closed: nobody listens, and nobody is waited for. */
static void no_server(void **state)
{
    struct bench b = {.next = 0};
    struct term_http *http = NULL;
    struct gp_why why = {{0}};

    (void)state;
    struct loopback *l = loopback_start(answer, &b);
    assert_non_null(l);
    assert_int_equal(term_http_open(loopback_address(l), NULL, &http, &why),
                     GP_OK);
    loopback_stop(l);
    const struct term_options o = {.http = http,
                                   .open = open_card,
                                   .ctx = &b,
                                   .once = true,
                                   .patience = 30};
    assert_int_equal(term_agent_run(&o, &why), GP_ERR_CONNECT);
    assert_string_not_equal(why.text, "");
    term_http_close(&http);
}

static void wrong_addresses(void **state)
{
    static const char *const wrong[] = {"", "localhost:80", "ftp://x",
                                        "http://", "file:///etc/passwd"};
    struct term_http *http = NULL;
    struct gp_why why;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(term_http_open(wrong[i], NULL, &http, &why),
                         GP_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries),
        cmocka_unit_test(repeats_a_report),
        cmocka_unit_test(repeats_after_trouble),
        cmocka_unit_test(stops_on_a_status_word),
        cmocka_unit_test(a_card_that_breaks),
        cmocka_unit_test(a_card_that_is_opened_again),
        cmocka_unit_test(no_card),
        cmocka_unit_test(a_refusal),
        cmocka_unit_test(a_bad_token),
        cmocka_unit_test(an_order_that_is_none),
        cmocka_unit_test(no_server),
        cmocka_unit_test(wrong_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
