/*
 * Proves that deployments reach their end, once, whatever is lost: the answer
 * to any command, the power of the card before or after any command, the
 * terminal, the server before or after any Report.  The final state is always
 * the same, every package is loaded once, every key set put once, and the data
 * of an instance were stored once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "ports/openssl/crypto_openssl.h"
#include "server/keyfile.h"
#include "server/params.h"
#include "server/session.h"
#include "tests/folder.h"
#include "tests/unit/server/fake_card.h"

#define CIN "5301020304050607"
#define DOMAIN "A000000151535042"

enum { ORDERS_MAX = 200, BLOCK_SIZE = 20000 };

/* Where one run is disturbed. */
enum disturbance {
    NOTHING,
    CARD_BEFORE,   /* power fails before the command */
    CARD_AFTER,    /* ... after it: the answer is lost */
    TERMINAL_DIES, /* after the command; a new session, a card reset */
    SERVER_BEFORE, /* the server dies before it reads a Report */
    SERVER_AFTER,  /* ... after it answered: the answer is lost */
};

struct bench {
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct srv_keys keys;
    char folder[TEST_FOLDER];
    struct srv_store *store;
    struct srv_engine *engine;
    struct fake_card card;
    char session[SRV_ID_SIZE];
    bool extensions; /* the terminal knows stopOnSW */
    enum disturbance kind;
    unsigned at; /* the command or Report that is disturbed, from 1 */
    unsigned commands;
    unsigned reports;
    bool refused;
};

/* ---- server ---- */

static void path_in(const struct bench *b, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", b->folder, name);
}

static void server_start(struct bench *b)
{
    char path[128];
    struct gp_why why = {{0}};
    path_in(b, "db", path);
    assert_int_equal(srv_store_open(path, &b->store, &why), GP_OK);
    assert_int_equal(srv_engine_new(b->store, &b->keys, &b->crypto, &b->engine),
                     GP_OK);
}

static void server_stop(struct bench *b)
{
    srv_engine_free(&b->engine);
    srv_store_close(&b->store);
}

static void store_remove(const struct bench *b)
{
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        path_in(b, names[i], path);
        unlink(path);
    }
}

static struct secret_gp_keys keys_of(uint8_t first, uint8_t kvn)
{
    struct secret_gp_keys k = {.kvn = kvn,
                               .type = GP_KEY_AES,
                               .diversification = GP_DIV_KDF3,
                               .keys.length = 16};
    memset(k.keys.enc, first, 16);
    memset(k.keys.mac, first + 1, 16);
    memset(k.keys.dek, first + 2, 16);
    return k;
}

static int setup(void **state)
{
    static struct bench b;
    char path[128];
    struct gp_why why = {{0}};
    assert_true(test_folder(b.folder, "engine"));
    assert_int_equal(port_openssl_crypto_init(&b.crypto, &b.openssl, "engine"),
                     0);
    path_in(&b, "keys", path);
    assert_int_equal(
        srv_keyfile_open(path, "test", 4, &b.crypto, &b.keys, &why), GP_OK);
    const struct secret_gp_keys issuer = keys_of(0x40, 0x30);
    const struct secret_gp_keys first = keys_of(0x50, 0x31);
    const struct secret_gp_keys second = keys_of(0x60, 0x32);
    assert_int_equal(srv_keyfile_import(&b.keys, "issuer", &issuer, &why), 0);
    assert_int_equal(srv_keyfile_import(&b.keys, "provider", &first, &why), 0);
    assert_int_equal(srv_keyfile_import(&b.keys, "provider", &second, &why), 0);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    char path[128];
    path_in(b, "keys", path);
    unlink(path);
    store_remove(b);
    rmdir(b->folder);
    srv_keys_close(&b->keys);
    port_openssl_free(&b->openssl);
    return 0;
}

static void publish(struct bench *b, const char *name, const char *package)
{
    static uint8_t block[BLOCK_SIZE];
    char applet[40];
    int64_t id = 0;
    struct srv_version v = {.version = "1.0",
                            .major = 1,
                            .applet_count = 1,
                            .block = block,
                            .block_size = sizeof block};
    snprintf(v.application, sizeof v.application, "%s", name);
    snprintf(applet, sizeof applet, "%s01", package);
    assert_int_equal(gp_aid_parse(&v.package, package), GP_OK);
    assert_int_equal(gp_aid_parse(&v.applets[0], applet), GP_OK);
    assert_int_equal(srv_store_publish(b->store, &v, span_of(block, 1), &id),
                     GP_OK);
}

static int64_t deploy(struct bench *b, const char *text)
{
    struct srv_problem p = {.status = 0};
    struct srv_deployment d;
    int64_t id = 0;
    json_t *order = srv_json_read(text, strlen(text), &p);
    if (order == NULL ||
        srv_params_order(b->store, &b->keys, order, &d, &p) != 0)
        fail_msg("%s: %s", p.where, p.message);
    assert_int_equal(srv_store_deploy(b->store, &d, &id), GP_OK);
    srv_deployment_free(&d);
    json_decref(order);
    return id;
}

static const char *state_of(struct bench *b, int64_t id)
{
    struct srv_deployment d;
    assert_int_equal(srv_store_deployment_get(b->store, id, &d), GP_OK);
    enum srv_state state = d.state;
    srv_deployment_free(&d);
    return srv_state_name(state);
}

/* A fresh card, a fresh store that knows it and two applications. */
static void begin(struct bench *b, enum disturbance kind, unsigned at)
{
    struct srv_card card = {.id = CIN, .keys = {"issuer", 0x30}};
    struct secret_gp_keys own = keys_of(0x40, 0x30);
    fake_init(&b->card, &b->crypto, &own.keys);
    assert_int_equal(gp_keys_diversify(&b->crypto, &own, b->card.kdd, &own),
                     GP_OK);
    b->card.isd.keys = own.keys;
    store_remove(b);
    server_start(b);
    assert_int_equal(srv_store_card_add(b->store, &card), GP_OK);
    publish(b, "wallet", "F0504F535401");
    publish(b, "loyalty", "F0504F535402");
    b->kind = kind;
    b->at = at;
    b->commands = 0;
    b->reports = 0;
    b->refused = false;
    b->extensions = true;
}

/* ---- terminal ---- */

static void login(struct bench *b)
{
    struct srv_problem p = {.status = 0};
    assert_int_equal(srv_session_open(b->store, true, b->session), GP_OK);
    json_t *hello = json_pack("{s:[{s:s,s:s}]}", "secureElements", "seType",
                              "undefined", "seId", "reader");
    if (b->extensions)
        json_object_set_new(hello, "extensions", json_pack("[s]", "stopOnSW"));
    json_t *answer = srv_session_handshake(b->store, b->session, hello, &p);
    assert_non_null(answer);
    json_decref(answer);
    json_decref(hello);
}

static void server_restart(struct bench *b)
{
    server_stop(b);
    server_start(b);
}

static json_t *post(struct bench *b, const json_t *report)
{
    struct srv_problem p = {.status = 0};
    char *text = NULL;
    b->reports++;
    if (b->kind == SERVER_BEFORE && b->reports == b->at)
        server_restart(b);
    if (srv_session_report(b->engine, b->store, b->session, report, false,
                           &text, &p) != 0)
        fail_msg("%s: %s", p.where, p.message);
    if (b->kind == SERVER_AFTER && b->reports == b->at) {
        char *again = NULL;
        server_restart(b);
        assert_int_equal(srv_session_report(b->engine, b->store, b->session,
                                            report, false, &again, &p),
                         0);
        assert_string_equal(again, text); /* the same Order, not a new one */
        free(again);
    }
    json_t *order = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(order);
    return order;
}

enum after { WENT_ON, CARD_LOST, TERMINAL_DEAD };

/* One command; its answer is appended to `answers`, if there is one. */
static enum after exchange(struct bench *b, const char *hex, json_t *answers,
                           sw_t *sw)
{
    uint8_t in[300], out[2000];
    struct buf command = buf_of(in, sizeof in);
    struct buf response = buf_of(out, sizeof out);
    bool now = ++b->commands == b->at;
    assert_int_equal(hex_decode(hex, strlen(hex), &command, NULL), ERR_OK);
    if (now && b->kind == CARD_BEFORE) {
        fake_reset(&b->card);
        return CARD_LOST;
    }
    fake_transmit(&b->card, buf_span(&command), &response);
    if (now && b->kind >= CARD_AFTER && b->kind <= TERMINAL_DIES) {
        fake_reset(&b->card);
        return b->kind == CARD_AFTER ? CARD_LOST : TERMINAL_DEAD;
    }
    *sw = get_u2(out + response.n - 2);
    json_array_append_new(answers, srv_json_bytes(buf_span(&response)));
    return WENT_ON;
}

static enum after run_group(struct bench *b, const json_t *group,
                            json_t *answers, bool *stopped)
{
    const json_t *list = json_object_get(group, "listOfCAPDU");
    bool stops = json_object_get(group, "stopOnSW") != NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        sw_t sw = 0;
        enum after a = exchange(b, json_string_value(json_array_get(list, i)),
                                answers, &sw);
        if (a != WENT_ON)
            return a;
        if (stops && (sw & 0xF000) != 0x9000) {
            *stopped = true;
            return WENT_ON;
        }
    }
    return WENT_ON;
}

/* Carries out an Order; the next Report, or NULL when the session is over. */
static json_t *carry_out(struct bench *b, const json_t *order, bool *over)
{
    json_t *responses = json_array();
    const json_t *list = json_object_get(order, "ramCommands");
    enum after a = WENT_ON;
    bool stopped = false;
    int count = 0;
    *over = false;
    for (size_t i = 0; i < json_array_size(list) && a == WENT_ON && !stopped;
         i++) {
        const json_t *c = json_array_get(list, i);
        const char *type =
            json_string_value(json_object_get(c, "ramCommandType"));
        if (strcmp(type, "ramStopCommand") == 0) {
            *over = true;
            b->refused = json_object_get(c, "error") != NULL;
        }
        if (strcmp(type, "seRamCommand") != 0)
            continue;
        json_t *answers = json_array();
        a = run_group(b, c, answers, &stopped);
        json_array_append_new(
            responses, json_pack("{s:s,s:o}", "ramResponseType",
                                 "seRamResponse", "listOfRAPDU", answers));
        count++;
    }
    if (*over || a == TERMINAL_DEAD) {
        json_decref(responses);
        return NULL;
    }
    return json_pack(
        "{s:{s:s,s:i}, s:o, s:O, s:b}", "localAgentStatus",
        "localAgentStatusEnum", a == WENT_ON ? "PROCESSED" : "UNKNOWN_FAILURE",
        "executedSeRamCommands", count, "ramResponses", responses, "orderSeq",
        json_object_get(order, "orderSeq"), "cardReset", a == CARD_LOST);
}

/* One contact, from login to stop or death. */
static bool contact(struct bench *b)
{
    bool over = false;
    login(b);
    json_t *report =
        json_pack("{s:{s:s}, s:i}", "localAgentStatus", "localAgentStatusEnum",
                  "POLLING", "orderSeq", 0);
    for (unsigned i = 0; report != NULL; i++) {
        assert_in_range(i, 0, ORDERS_MAX);
        json_t *order = post(b, report);
        json_decref(report);
        report = carry_out(b, order, &over);
        json_decref(order);
    }
    return over;
}

static void until_done(struct bench *b)
{
    for (unsigned i = 0; i < 3; i++) {
        if (contact(b))
            return;
    }
    fail_msg("the card is never done");
}

/* ---- the story, disturbed anywhere ---- */

static void order_all(struct bench *b, int64_t ids[4])
{
    ids[0] = deploy(b, "{\"kind\":\"install\",\"card\":\"" CIN
                       "\",\"application\":\"wallet\",\"personalize\":"
                       "[\"01010141\",\"01020142\"]}");
    ids[1] = deploy(b, "{\"kind\":\"domain\",\"card\":\"" CIN
                       "\",\"domain\":\"" DOMAIN
                       "\",\"keys\":\"provider\",\"kvn\":\"31\"}");
    ids[2] = deploy(b, "{\"kind\":\"rotate\",\"card\":\"" CIN
                       "\",\"domain\":\"" DOMAIN
                       "\",\"keys\":\"provider\",\"kvn\":\"32\"}");
    ids[3] =
        deploy(b, "{\"kind\":\"install\",\"card\":\"" CIN
                  "\",\"application\":\"loyalty\",\"domain\":\"" DOMAIN "\"}");
}

static struct fake_app *app(struct bench *b, const char *hex)
{
    struct gp_aid aid;
    assert_int_equal(gp_aid_parse(&aid, hex), GP_OK);
    struct fake_app *a = fake_find(&b->card, gp_aid_span(&aid));
    assert_non_null(a);
    return a;
}

static void check_end(struct bench *b, const int64_t ids[4])
{
    static const uint8_t data[] = {1, 1, 1, 0x41, 1, 2, 1, 0x42};
    const struct fake_counts *n = &b->card.count;
    struct secret_gp_keys last = keys_of(0x60, 0x32);
    int64_t bad = -1;

    for (size_t i = 0; i < 4; i++)
        assert_string_equal(state_of(b, ids[i]), "done");
    const struct fake_app *wallet = app(b, "F0504F53540101");
    const struct fake_app *domain = app(b, DOMAIN);
    const struct fake_app *loyalty = app(b, "F0504F53540201");
    assert_int_equal(wallet->state, 0x07);
    assert_int_equal(wallet->size, sizeof data);
    assert_memory_equal(wallet->data, data, sizeof data);
    assert_int_equal(loyalty->state, 0x07);
    assert_true(gp_aid_equal(&loyalty->owner, &domain->aid));
    assert_int_equal(domain->kvn, 0x32);
    assert_int_equal(gp_keys_diversify(&b->crypto, &last, b->card.kdd, &last),
                     GP_OK);
    assert_memory_equal(domain->keys.enc, last.keys.enc, 16);
    /* Only a half personalised instance is ever made again. */
    assert_int_equal(n->loads, 2);
    assert_int_equal(n->put_keys, 2);
    assert_int_equal(n->installs - n->deletes, 3);
    assert_int_equal(n->refused_authentications, 0);
    assert_int_equal(srv_store_audit_check(b->store, &bad), GP_OK);
    assert_int_equal(bad, 0);
}

/* Content as the store believes it is what the card has. */
static void check_mirror(struct bench *b)
{
    json_t *all = srv_store_content(b->store, CIN);
    json_t *list = json_object_get(all, "content");
    assert_int_equal(json_array_size(list), 1 + 3 + 2);
    json_decref(all);
}

static unsigned run_once(struct bench *b, enum disturbance kind, unsigned at,
                         bool extensions)
{
    int64_t ids[4];
    begin(b, kind, at);
    b->extensions = extensions;
    order_all(b, ids);
    until_done(b);
    check_end(b, ids);
    check_mirror(b);
    server_stop(b);
    return kind >= SERVER_BEFORE ? b->reports : b->commands;
}

static void undisturbed(void **state)
{
    struct bench *b = *state;
    assert_in_range(run_once(b, NOTHING, 0, true), 100, 400);
    assert_int_equal(b->card.count.deletes, 0);
    assert_int_equal(b->card.count.stores, 2);
    assert_in_range(b->reports, 5, 25); /* few round trips */
    run_once(b, NOTHING, 0, false);     /* and for an agent that never stops */
}

/* Every command or Report in turn, until a run ends before its number. */
static void everywhere(struct bench *b, enum disturbance kind)
{
    unsigned seen = UINT32_MAX;
    for (unsigned at = 1; at <= seen; at++) {
        unsigned n = run_once(b, kind, at, true);
        if (n < at)
            return;
        seen = n > seen ? seen : n + 1;
    }
}

static void card_loses_power_before(void **state)
{
    everywhere(*state, CARD_BEFORE);
}

static void card_loses_power_after(void **state)
{
    everywhere(*state, CARD_AFTER);
}

static void terminal_dies(void **state)
{
    everywhere(*state, TERMINAL_DIES);
}

static void server_dies(void **state)
{
    everywhere(*state, SERVER_BEFORE);
    everywhere(*state, SERVER_AFTER);
}

/* ---- other ways ---- */

static void refusal_is_told(void **state)
{
    struct bench *b = *state;
    begin(b, NOTHING, 0);
    int64_t id = deploy(b, "{\"kind\":\"install\",\"card\":\"" CIN
                           "\",\"application\":\"wallet\"}");
    b->card.refuse_install = SW_NO_MEMORY;
    until_done(b);
    assert_string_equal(state_of(b, id), "failed");
    json_t *d = srv_store_deployment(b->store, id);
    assert_string_equal(json_string_value(json_object_get(d, "sw")), "6A84");
    json_decref(d);
    /* ordered again, only what is missing is done */
    b->card.refuse_install = 0;
    id = deploy(b, "{\"kind\":\"install\",\"card\":\"" CIN
                   "\",\"application\":\"wallet\"}");
    until_done(b);
    assert_string_equal(state_of(b, id), "done");
    assert_int_equal(b->card.count.loads, 1);
    server_stop(b);
}

static void lock_delete_and_pages(void **state)
{
    struct bench *b = *state;
    int64_t ids[4];
    begin(b, NOTHING, 0);
    b->card.page = 1; /* GET STATUS in many answers */
    order_all(b, ids);
    until_done(b);
    check_end(b, ids);
    ids[0] = deploy(b, "{\"kind\":\"lock\",\"card\":\"" CIN
                       "\",\"aid\":\"F0504F53540101\"}");
    until_done(b);
    assert_int_equal(app(b, "F0504F53540101")->state, 0x87);
    ids[1] = deploy(b, "{\"kind\":\"unlock\",\"card\":\"" CIN
                       "\",\"aid\":\"F0504F53540101\"}");
    ids[2] = deploy(b, "{\"kind\":\"delete\",\"card\":\"" CIN
                       "\",\"aid\":\"F0504F53540101\"}");
    ids[3] = deploy(b, "{\"kind\":\"delete\",\"card\":\"" CIN
                       "\",\"aid\":\"F0504F53540101\"}");
    until_done(b);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(state_of(b, ids[i]), "done");
    assert_int_equal(b->card.count.deletes, 1);
    server_stop(b);
}

/* Wrong keys: seen by the card's cryptogram, and nothing is authenticated. */
static void foreign_card(void **state)
{
    struct bench *b = *state;
    begin(b, NOTHING, 0);
    b->card.isd.keys.enc[0] ^= 1;
    b->card.isd.keys.mac[0] ^= 1;
    int64_t id = deploy(b, "{\"kind\":\"install\",\"card\":\"" CIN
                           "\",\"application\":\"wallet\"}");
    until_done(b);
    assert_true(b->refused);
    assert_string_equal(state_of(b, id), "pending");
    assert_int_equal(b->card.count.refused_authentications, 0);
    b->card.cin[0] ^= 1; /* and one that nobody registered */
    until_done(b);
    assert_true(b->refused);
    server_stop(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undisturbed),
        cmocka_unit_test(card_loses_power_before),
        cmocka_unit_test(card_loses_power_after),
        cmocka_unit_test(terminal_dies),
        cmocka_unit_test(server_dies),
        cmocka_unit_test(refusal_is_told),
        cmocka_unit_test(lock_delete_and_pages),
        cmocka_unit_test(foreign_card),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
