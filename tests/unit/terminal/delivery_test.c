/*
 * Proves that a deployment reaches a real card through the real terminal and
 * the real engine, and ends in the same state, with no command of content
 * management accepted twice, whatever is cut and wherever: the card's power,
 * a reply of the server, or the server's process.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gp/capfile.h>

#include "base/hex.h"
#include "loopback.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/posix_card.h"
#include "ports/posix/posix_transport.h"
#include "server/keyfile.h"
#include "server/params.h"
#include "server/session.h"
#include "terminal/agent.h"
#include "tests/folder.h"

#define CARD_ID "0102030405060708"

enum { PATH_SIZE = 96, BLOCK_MAX = 1 << 17, MEMORY = 256 * 1024 };

struct world {
    char folder[PATH_SIZE];
    char card[PATH_SIZE];
    char database[PATH_SIZE];
    struct crypto_port crypto;
    struct port_openssl *openssl;
    struct srv_keys keys;
    struct srv_store *store;
    struct srv_engine *engine;
    struct gp_transport *inner; /* the card under the faulty transport */

    unsigned transmits;
    unsigned break_at; /* the card is reset at this transmit; 0: never */
    bool after;        /* ... after it took the command */
    unsigned reports;
    unsigned cut_at;     /* this Report's reply is lost */
    unsigned restart_at; /* the server dies after this Report's reply */
    unsigned installs;   /* INSTALL that the card answered with 9000 */
    char *text;          /* the last reply */
};

static struct world world;

/* ---- a card whose power can be cut ---- */

struct faulty {
    struct gp_transport base;
    struct world *w;
};

static int faulty_transmit(struct gp_transport *t, struct span command,
                           struct buf *response)
{
    struct world *w = ((struct faulty *)(void *)t)->w;
    bool breaks = ++w->transmits == w->break_at;

    if (breaks && !w->after)
        return GP_ERR_IO;
    int result = w->inner->ops->transmit(w->inner, command, response);
    if (result == GP_OK && command.p[1] == 0xE6 &&
        gp_response_sw(response) == SW_OK)
        w->installs++;
    if (!breaks)
        return result;
    response->n = 0;
    return GP_ERR_IO;
}

static int faulty_reset(struct gp_transport *t)
{
    struct world *w = ((struct faulty *)(void *)t)->w;
    return gp_transport_reset(w->inner);
}

static int faulty_atr(struct gp_transport *t, struct buf *atr)
{
    struct world *w = ((struct faulty *)(void *)t)->w;
    return gp_transport_atr(w->inner, atr);
}

static void faulty_close(struct gp_transport *t)
{
    struct world *w = ((struct faulty *)(void *)t)->w;
    gp_transport_free(&w->inner);
    free(t);
}

static int open_card(void *ctx, struct gp_transport **out, struct gp_why *why)
{
    static const struct gp_transport_ops ops = {faulty_transmit, faulty_reset,
                                                faulty_atr, faulty_close};
    struct world *w = ctx;
    struct faulty *f = calloc(1, sizeof *f);
    int result = GP_OK;

    assert_non_null(f);
    w->inner = port_posix_open_card(w->card, false, "delivery", &result,
                                    why->text, sizeof why->text);
    assert_non_null(w->inner);
    f->base.ops = &ops;
    f->w = w;
    *out = &f->base;
    return GP_OK;
}

/* ---- the server ---- */

static void start_server(struct world *w)
{
    struct gp_why why;

    assert_int_equal(srv_store_open(w->database, &w->store, &why), GP_OK);
    assert_int_equal(srv_engine_new(w->store, &w->keys, &w->crypto, &w->engine),
                     GP_OK);
}

static void stop_server(struct world *w)
{
    srv_engine_free(&w->engine);
    srv_store_close(&w->store);
}

static int answer_report(struct world *w, const char *id, const json_t *message,
                         const char **text)
{
    struct srv_problem p = {.status = 0};

    free(w->text);
    w->text = NULL;
    int status = srv_session_report(w->engine, w->store, id, message, false,
                                    &w->text, &p);
    *text = w->text;
    w->reports++;
    if (w->reports == w->restart_at) {
        stop_server(w);
        start_server(w);
    }
    if (w->reports == w->cut_at)
        return 0;
    if (status != 0)
        print_error("%s: %s\n", p.where, p.message);
    return status == 0 ? 200 : p.status;
}

static char session_id[SRV_ID_SIZE];

static int answer(void *ctx, const char *path, const char *body,
                  const char **text)
{
    static char reply[512];
    struct world *w = ctx;
    struct srv_problem p = {.status = 0};
    json_t *message = srv_json_read(body, strlen(body), &p);
    int status = 200;

    assert_non_null(message);
    *text = reply;
    if (strcmp(path, "/api/v1/terminals/sessions") == 0) {
        assert_int_equal(srv_session_open(w->store, true, session_id), GP_OK);
        snprintf(reply, sizeof reply, "{\"sessionId\":\"%s\"}", session_id);
    } else if (strstr(path, "handshake") != NULL) {
        json_t *a = srv_session_handshake(w->store, session_id, message, &p);
        assert_non_null(a);
        char *json = json_dumps(a, 0);
        snprintf(reply, sizeof reply, "%s", json);
        free(json);
        json_decref(a);
    } else {
        status = answer_report(w, session_id, message, text);
    }
    json_decref(message);
    return status;
}

/* ---- what is there before ---- */

static void make_card(struct world *w)
{
    static const uint8_t cin[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const struct posix_card_options delivery = {.seed = "delivery"};
    struct card_profile profile = {.cin_length = sizeof cin,
                                   .life_cycle = 0x0F,
                                   .scp03_i = 0x70,
                                   .key_set_count = 1};
    struct card_key_set *set = &profile.key_sets[0];
    struct secret_gp_keys keys;
    char why[200];

    gp_keys_test(&keys);
    memcpy(profile.cin, cin, sizeof cin);
    set->version = 0x30;
    set->type = GP_KEY_AES;
    set->length = keys.keys.length;
    memcpy(set->enc, keys.keys.enc, sizeof set->enc);
    memcpy(set->mac, keys.keys.mac, sizeof set->mac);
    memcpy(set->dek, keys.keys.dek, sizeof set->dek);
    unlink(w->card);
    assert_int_equal(posix_card_create(w->card, MEMORY, &profile, &delivery,
                                       why, sizeof why),
                     POSIX_CARD_DONE);
}

static void publish(struct world *w)
{
    static uint8_t block[BLOCK_MAX];
    struct gp_capfile *cap = NULL;
    struct gp_why why;
    struct buf b = buf_of(block, sizeof block);
    struct srv_version v = {.application = "wallet", .version = "1.0"};
    int64_t id = 0;

    assert_int_equal(gp_capfile_open(WALLET, &cap, &why), GP_OK);
    assert_int_equal(gp_capfile_block(cap, GP_BLOCK_WITH_DESCRIPTOR, &b),
                     GP_OK);
    v.package = cap->package.aid;
    v.major = cap->package.major;
    v.minor = cap->package.minor;
    v.applet_count = 1;
    v.applets[0] = cap->applets[0];
    v.block = block;
    v.block_size = b.n;
    assert_int_equal(srv_store_publish(w->store, &v, buf_span(&b), &id), GP_OK);
    gp_capfile_free(&cap);
}

static int64_t order(struct world *w, const char *text)
{
    struct srv_problem p = {.status = 0};
    struct srv_deployment d;
    int64_t id = 0;
    json_t *message = json_loads(text, 0, NULL);

    assert_non_null(message);
    if (srv_params_order(w->store, &w->keys, message, &d, &p) != 0)
        fail_msg("%s: %s", p.where, p.message);
    assert_int_equal(srv_store_deploy(w->store, &d, &id), GP_OK);
    srv_deployment_free(&d);
    json_decref(message);
    return id;
}

static void remove_database(const struct world *w)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char path[PATH_SIZE + 8];

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", w->database, ends[i]);
        unlink(path);
    }
}

static void begin(struct world *w)
{
    const struct srv_card card = {.id = CARD_ID, .keys = {"issuer", 0x30}};
    const struct srv_domain_keys keys = {.current = card.keys};

    w->transmits = 0;
    w->reports = 0;
    w->installs = 0;
    w->break_at = 0;
    w->cut_at = 0;
    w->restart_at = 0;
    remove_database(w);
    make_card(w);
    start_server(w);
    assert_int_equal(srv_store_card_add(w->store, &card), GP_OK);
    assert_int_equal(
        srv_store_keys_set(w->store, CARD_ID, span_of(NULL, 0), &keys), GP_OK);
    publish(w);
}

/* ---- a contact ---- */

static int carry(struct world *w, struct gp_why *why)
{
    struct term_http *http = NULL;
    struct loopback *l = loopback_start(answer, w);

    *why = (struct gp_why){{0}};
    assert_non_null(l);
    assert_int_equal(term_http_open(loopback_address(l), NULL, &http, why),
                     GP_OK);
    const struct term_options o = {.http = http,
                                   .open = open_card,
                                   .ctx = w,
                                   .once = true,
                                   .patience = 30};
    int result = term_agent_run(&o, why);
    term_http_close(&http);
    loopback_stop(l);
    free(w->text);
    w->text = NULL;
    return result;
}

static void expect_done(struct world *w, int64_t id)
{
    json_t *d = srv_store_deployment(w->store, id);
    const char *state = json_string_value(json_object_get(d, "state"));
    bool done = state != NULL && strcmp(state, "done") == 0;

    if (!done) {
        char *text = json_dumps(d, 0);
        print_error("break %u%s, cut %u, restart %u: %s\n", w->break_at,
                    w->after ? " after" : "", w->cut_at, w->restart_at, text);
        free(text);
    }
    json_decref(d);
    assert_true(done);
}

/* The wallet answers with the owner that was stored: one, and whole. */
static void expect_wallet(struct world *w)
{
    static const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xF0, 0x50,
                                     0x4F, 0x53, 0x54, 0x01, 0x01, 0x00};
    static const uint8_t owner[] = {0x80, 0x54, 0x00, 0x00, 0x00};
    uint8_t bytes[300];
    struct buf b = buf_of(bytes, sizeof bytes);
    struct gp_transport *t = NULL;
    struct gp_why why;

    w->break_at = 0;
    assert_int_equal(open_card(w, &t, &why), GP_OK);
    assert_int_equal(gp_transmit(t, span_of(select, sizeof select), &b), 0);
    assert_int_equal(gp_response_sw(&b), SW_OK);
    assert_int_equal(gp_transmit(t, span_of(owner, sizeof owner), &b), 0);
    assert_int_equal(gp_response_sw(&b), SW_OK);
    assert_int_equal(b.n, 5);
    assert_memory_equal(b.p, "Ada", 3);
    gp_transport_free(&t);
}

static const char install[] =
    "{\"kind\":\"install\",\"card\":\"" CARD_ID "\",\"application\":\"wallet\","
    "\"instance\":\"F0504F53540101\",\"personalize\":[\"010103416461\","
    "\"01020431323334\",\"0103062710138807D0\"]}";

/* One delivery with what `w` cuts. */
static void deliver(struct world *w)
{
    struct gp_why why;
    int64_t id = order(w, install);
    int result = carry(w, &why);

    if (result != GP_OK)
        print_error("break %u%s, cut %u, restart %u: %s\n", w->break_at,
                    w->after ? " after" : "", w->cut_at, w->restart_at,
                    why.text);
    assert_int_equal(result, GP_OK);
    expect_done(w, id);
    expect_wallet(w);
}

static unsigned all_transmits;
static unsigned all_reports;
static unsigned all_installs;

static void undisturbed(void **state)
{
    (void)state;
    begin(&world);
    deliver(&world);
    all_transmits = world.transmits;
    all_reports = world.reports;
    all_installs = world.installs;
    assert_true(all_reports >= 3 && all_reports < 12);
    stop_server(&world);
}

static void lost_replies(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= all_reports; i++) {
        begin(&world);
        world.cut_at = i;
        deliver(&world);
        assert_int_equal(world.installs, all_installs);
        stop_server(&world);
    }
}

static void restarts(void **state)
{
    (void)state;
    for (unsigned i = 1; i < all_reports; i++) {
        begin(&world);
        world.restart_at = i;
        deliver(&world);
        stop_server(&world);
    }
}

static void power_cuts(void **state)
{
    (void)state;
    for (unsigned i = 1; i < all_transmits - 2; i++) {
        begin(&world);
        world.break_at = i;
        world.after = i % 2 == 0;
        deliver(&world);
        stop_server(&world);
    }
}

/* A provider's domain, its keys replaced, an application in it. */
static void a_domain(void **state)
{
    static const char *const orders[] = {
        "{\"kind\":\"domain\",\"card\":\"" CARD_ID "\",\"domain\":"
        "\"F0504F53540301\",\"keys\":\"provider\",\"kvn\":\"31\"}",
        "{\"kind\":\"rotate\",\"card\":\"" CARD_ID "\",\"domain\":"
        "\"F0504F53540301\",\"keys\":\"provider2\",\"kvn\":\"32\"}",
        "{\"kind\":\"install\",\"card\":\"" CARD_ID "\",\"application\":"
        "\"wallet\",\"domain\":\"F0504F53540301\",\"personalize\":"
        "[\"010103416461\"]}",
    };
    struct gp_why why;

    (void)state;
    for (unsigned cut = 0; cut < 40; cut++) {
        int64_t ids[3];
        begin(&world);
        world.break_at = cut;
        world.after = true;
        for (size_t i = 0; i < 3; i++)
            ids[i] = order(&world, orders[i]);
        int result = carry(&world, &why);
        if (result != GP_OK)
            print_error("cut %u: %s\n", cut, why.text);
        for (size_t i = 0; i < 3; i++)
            expect_done(&world, ids[i]);
        assert_int_equal(result, GP_OK);
        expect_wallet(&world);
        stop_server(&world);
    }
}

/* Data for an application that is in use already. */
static void more_data(void **state)
{
    static const char more[] = "{\"kind\":\"install\",\"card\":\"" CARD_ID
                               "\",\"application\":\"wallet\",\"personalize\":["
                               "\"010103416461\",\"01020434333231\"]}";
    struct gp_why why;

    (void)state;
    for (unsigned cut = 1; cut < 24; cut++) {
        begin(&world);
        int64_t first = order(&world, install);
        assert_int_equal(carry(&world, &why), GP_OK);
        expect_done(&world, first);
        world.transmits = 0;
        world.break_at = cut;
        world.after = true;
        int64_t second = order(&world, more);
        int result = carry(&world, &why);
        if (result != GP_OK)
            print_error("cut %u: %s\n", cut, why.text);
        expect_done(&world, second);
        expect_wallet(&world);
        stop_server(&world);
    }
}

static int set_up(void **state)
{
    struct secret_gp_keys keys;
    struct gp_why why;
    char path[PATH_SIZE + 8];
    struct world *w = &world;

    (void)state;
    assert_true(test_folder(w->folder, "delivery"));
    snprintf(w->card, sizeof w->card, "%.60s/card", w->folder);
    snprintf(w->database, sizeof w->database, "%.60s/db", w->folder);
    snprintf(path, sizeof path, "%.60s/keys", w->folder);
    assert_int_equal(port_openssl_crypto_init(&w->crypto, &w->openssl, NULL),
                     0);
    assert_int_equal(srv_keyfile_open(path, "p", 1, &w->crypto, &w->keys, &why),
                     GP_OK);
    gp_keys_test(&keys);
    keys.type = GP_KEY_AES;
    assert_int_equal(srv_keyfile_import(&w->keys, "issuer", &keys, &why), 0);
    keys.keys.enc[0] ^= 0x55;
    keys.diversification = GP_DIV_KDF3;
    assert_int_equal(srv_keyfile_import(&w->keys, "provider", &keys, &why), 0);
    keys.keys.mac[0] ^= 0x55;
    assert_int_equal(srv_keyfile_import(&w->keys, "provider2", &keys, &why), 0);
    unlink(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_database(&world);
    unlink(world.card);
    rmdir(world.folder);
    srv_keys_close(&world.keys);
    port_openssl_free(&world.openssl);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undisturbed), cmocka_unit_test(lost_replies),
        cmocka_unit_test(restarts),    cmocka_unit_test(power_cuts),
        cmocka_unit_test(a_domain),    cmocka_unit_test(more_data),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
