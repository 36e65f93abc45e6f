/*
 * Proves that compiled Java applets run over the real machine: the API's
 * natives as applets see them, the APDU buffer, sharing across the firewall,
 * transactions left open, deletion and power cuts.  The applets are in java/;
 * argv: CAP files of the library, the server and the client.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "gp/capfile.h"
#include "jcre/delete.h"
#include "jcre/native.h"
#include "jcre/state.h"
#include "natives/natives.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/faults/faults.h"
#include "vault/vault.h"
#include "vm/internal.h"
#include "vm/state.h"

enum { MEDIUM = 512 * 1024, SCRATCH = 256 * 1024, ANSWER = 33000 };

static struct {
    struct faults medium;
    struct card_port port;
    struct persist persist;
    struct heap heap;
    struct vault vault; /* off */
    struct vm vm;
    struct jcre jcre;
    uint8_t server_package;
    uint8_t client_package;
    uint16_t server;
    uint16_t client;
} card;

static const char *cap_paths[3];
static uint8_t scratch[SCRATCH];
static uint8_t transient[CARD_TRANSIENT(MEDIUM, CARD_TRANSIENT_SIZE)];
static uint8_t answer[ANSWER];
static struct buf response;

static const uint8_t server_aid[] = {0xF0, 0, 0, 0, 0x51, 1};
static const uint8_t client_aid[] = {0xF0, 0, 0, 0, 0x52, 1};

/* ---- what the domains would say ---- */

static uint8_t card_state(void *ctx)
{
    (void)ctx;
    return 0x0F;
}

static uint8_t applet_state(void *ctx, uint16_t instance)
{
    (void)ctx;
    (void)instance;
    return 0x07;
}

static bool set_applet_state(void *ctx, uint16_t instance, uint8_t state)
{
    (void)ctx;
    (void)instance;
    return (state & 0x07) == 0x07;
}

static bool refuse(void *ctx, uint16_t instance)
{
    (void)ctx;
    (void)instance;
    return false;
}

/* ---- a secure channel that only shows what it was given ---- */

static uint16_t channel_user;

static sw_t channel_process(void *ctx, uint16_t instance, struct span bytes,
                            struct buf *out)
{
    (void)ctx;
    channel_user = instance;
    assert_int_equal(bytes.p[1], 0x0B);
    return sw_from_err(buf_put_u1(out, 0x55));
}

static sw_t channel_unwrap(void *ctx, uint16_t instance, struct buf *message)
{
    (void)ctx;
    channel_user = instance;
    message->n -= 2;
    return SW_OK;
}

static sw_t channel_wrap(void *ctx, uint16_t instance, struct buf *message)
{
    (void)ctx;
    channel_user = instance;
    return sw_from_err(buf_put(message, (const uint8_t *)"MAC", 3));
}

static sw_t channel_cipher(void *ctx, uint16_t instance, bool encrypt,
                           uint8_t chain[16], uint8_t *data, size_t n)
{
    (void)ctx;
    (void)encrypt;
    (void)chain;
    channel_user = instance;
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)~data[i];
    return SW_OK;
}

static uint8_t channel_level(void *ctx, uint16_t instance)
{
    (void)ctx;
    return instance == channel_user ? 0x81 : 0;
}

static void channel_reset(void *ctx, uint16_t instance)
{
    (void)ctx;
    (void)instance;
    channel_user = 0;
}

static uint16_t no_service(void *ctx, struct span aid, uint16_t name)
{
    (void)ctx;
    (void)aid;
    (void)name;
    return 0;
}

static const struct jcre_calls calls = {
    .service = no_service,
    .card_state = card_state,
    .applet_state = applet_state,
    .set_applet_state = set_applet_state,
    .lock_card = refuse,
    .terminate_card = refuse,
    .channel_process = channel_process,
    .channel_unwrap = channel_unwrap,
    .channel_wrap = channel_wrap,
    .channel_cipher = channel_cipher,
    .channel_level = channel_level,
    .channel_reset = channel_reset,
};

static const struct jcre_services services = {.calls = &calls};

static enum err count_up(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(i + 1);
    return ERR_OK;
}

/* OpenSSL's digests, and random bytes that are not. */
static struct crypto_port crypto;
static struct port_openssl *library;

/* ---- the card ---- */

static void bind(void)
{
    const struct heap_layout layout = {&card.vm, vm_is_reference};
    struct vm_hooks hooks = jcre_vm_hooks(&card.jcre);

    hooks.natives = native_table;
    hooks.budget = 2000000;
    card.port.transient = transient;
    card.port.transient_size = sizeof transient;
    card.port.scratch = scratch;
    card.port.scratch_size = sizeof scratch;
    card.port.crypto = &crypto;
    persist_bind(&card.persist, &card.port);
    heap_bind(&card.heap, &card.persist, layout);
    vm_bind(&card.vm, &card.heap, hooks);
    jcre_bind(&card.jcre, &card.vm, &card.heap, &card.vault, &card.port,
              &services);
}

static enum err power_on(void)
{
    faults_power_on(&card.medium);
    memset(&card.persist, 0, sizeof card.persist);
    memset(&card.heap, 0, sizeof card.heap);
    memset(&card.vm, 0, sizeof card.vm);
    memset(&card.jcre, 0, sizeof card.jcre);
    bind();
    enum err e = persist_mount(&card.persist);
    if (e == ERR_OK)
        e = heap_mount(&card.heap);
    if (e == ERR_OK)
        e = vm_reset(&card.vm);
    return e == ERR_OK ? jcre_reset(&card.jcre) : e;
}

static void print(void *ctx, const char *line)
{
    (void)ctx;
    print_message("%s\n", line);
}

static void expect_sound(void)
{
    assert_int_equal(heap_check(&card.heap, print, NULL), 0);
    assert_int_equal(vm_check(&card.vm, print, NULL), 0);
    assert_int_equal(jcre_check(&card.jcre, print, NULL), 0);
}

static ref_t load_file(const char *path)
{
    struct gp_capfile *cap = NULL;
    struct heap_header hd = {.kind = HEAP_BLOB};
    struct gp_why why;
    ref_t blob = 0;

    if (gp_capfile_open(path, &cap, &why) != 0)
        fail_msg("%s cannot be read", path);
    hd.length = (uint32_t)gp_capfile_block_size(cap, GP_BLOCK_PLAIN);
    struct buf b = buf_of(malloc(hd.length), hd.length);
    assert_non_null(b.p);
    assert_int_equal(gp_capfile_block(cap, GP_BLOCK_PLAIN, &b), 0);
    assert_int_equal(heap_new(&card.heap, &hd, &blob), ERR_OK);
    assert_int_equal(heap_write(&card.heap, blob, 0, b.p, hd.length, HEAP_RAW),
                     ERR_OK);
    free(b.p);
    gp_capfile_free(&cap);
    return blob;
}

static uint8_t load(const char *path)
{
    char why[160] = "";
    uint8_t package = 0;

    assert_int_equal(heap_epoch_begin(&card.heap), ERR_OK);
    ref_t blob = load_file(path);
    enum err e = vm_link(&card.vm, blob, scratch, sizeof scratch, &package, why,
                         sizeof why);
    if (e != ERR_OK)
        fail_msg("%s: %s (%s)", path, err_text(e), why);
    assert_int_equal(heap_epoch_commit(&card.heap, HEAP_ROOT_COUNT, 0), ERR_OK);
    return package;
}

static uint16_t install(uint8_t package, const uint8_t *aid)
{
    uint16_t instance = 0;

    assert_int_equal(heap_epoch_begin(&card.heap), ERR_OK);
    sw_t sw =
        jcre_install(&card.jcre, package, span_of(aid, 6), span_of(aid, 6),
                     span_of(NULL, 0), span_of(NULL, 0), &instance);
    if (sw != SW_OK)
        fail_msg("install: %04X", sw);
    assert_int_equal(heap_epoch_commit(&card.heap, HEAP_ROOT_COUNT, 0), ERR_OK);
    return instance;
}

static int setup(void **state)
{
    (void)state;
    memset(&card, 0, sizeof card);
    assert_int_equal(port_openssl_crypto_init(&crypto, &library, "jcre"), 0);
    crypto.random = count_up;
    assert_true(faults_open(&card.medium, MEDIUM, 3));
    faults_bind(&card.medium, &card.port);
    bind();
    assert_int_equal(persist_format(&card.persist), ERR_OK);
    assert_int_equal(heap_format(&card.heap), ERR_OK);
    assert_int_equal(vm_format(&card.vm), ERR_OK);
    assert_int_equal(jcre_format(&card.jcre), ERR_OK);
    assert_int_equal(power_on(), ERR_OK);
    (void)load(cap_paths[0]);
    card.server_package = load(cap_paths[1]);
    card.server = install(card.server_package, server_aid);
    card.client_package = load(cap_paths[2]);
    card.client = install(card.client_package, client_aid);
    expect_sound();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    faults_close(&card.medium);
    port_openssl_free(&library);
    return 0;
}

/* ---- commands ---- */

static uint8_t command_p1;

static sw_t command(uint16_t instance, uint8_t ins, struct span data)
{
    struct io_command c = {.cla = 0x80, .ins = ins, .ne = 256, .has_le = true};

    c.p1 = command_p1;
    jcre_between_commands(&card.jcre);
    jcre_set_channel(&card.jcre, 0);
    if (jcre_selected(&card.jcre, 0) != instance) {
        jcre_deselect(&card.jcre, 0);
        assert_int_equal(jcre_select(&card.jcre, 0, instance), SW_OK);
        response = buf_of(answer, sizeof answer);
        assert_int_equal(jcre_process(&card.jcre, 0, &c, true, &response),
                         SW_OK);
    }
    c.data = data;
    c.extended = data.n > 255;
    response = buf_of(answer, sizeof answer);
    sw_t sw = jcre_process(&card.jcre, 0, &c, false, &response);
    assert_true(card.medium.off || !heap_in_transaction(&card.heap));
    return sw;
}

static void works(uint16_t instance, uint8_t ins)
{
    sw_t sw = command(instance, ins, span_of(NULL, 0));

    if (sw != SW_OK)
        fail_msg("instruction %02X: %04X (%s)", ins, sw,
                 vm_halt_text(&card.vm));
}

static uint16_t ask(uint16_t instance, uint8_t ins)
{
    works(instance, ins);
    assert_int_equal(response.n, 2);
    return get_u2(answer);
}

#define AREA(name, ins)                                                        \
    static void name(void **state)                                             \
    {                                                                          \
        (void)state;                                                           \
        works(card.server, ins);                                               \
        works(card.server, ins);                                               \
        expect_sound();                                                        \
    }

AREA(test_util, 0x01)
AREA(test_transactions, 0x02)
AREA(test_pins, 0x03)
AREA(test_names, 0x04)
AREA(test_exceptions, 0x05)
AREA(test_memory, 0x06)
AREA(test_system, 0x07)
AREA(test_random, 0x08)
AREA(test_global_platform, 0x09)
AREA(test_the_commit_buffer, 0x20)
AREA(test_non_atomic_in_a_transaction, 0x21)
AREA(test_births_in_vain, 0x22)
AREA(test_built_pins, 0x23)
AREA(test_flag_of_a_subclass, 0x24)

/* "abc" by FIPS 180-4's examples. */
static void test_digests(void **state)
{
    static const struct {
        uint8_t algorithm;
        uint8_t length;
        uint8_t first[8];
    } known[] = {
        {1, 20, {0xA9, 0x99, 0x3E, 0x36, 0x47, 0x06, 0x81, 0x6A}},
        {7, 28, {0x23, 0x09, 0x7D, 0x22, 0x34, 0x05, 0xD8, 0x22}},
        {4, 32, {0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA}},
        {5, 48, {0xCB, 0x00, 0x75, 0x3F, 0x45, 0xA3, 0x5E, 0x8B}},
        {6, 64, {0xDD, 0xAF, 0x35, 0xA1, 0x93, 0x61, 0x7A, 0xBA}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        command_p1 = known[i].algorithm;
        works(card.server, 0x0C);
        assert_int_equal(response.n, known[i].length);
        assert_memory_equal(answer, known[i].first, 8);
    }
    command_p1 = 0;
}

static void test_secure_channel(void **state)
{
    const struct jcre_api *a = &card.jcre.api;
    struct vm_method m;

    (void)state;
    if (!vm_find_interface(&card.vm, a->secure_channel,
                           vm_api_class("org/globalplatform/SecureChannel"), 0,
                           &m)) {
        print_message("the machine does not call natives of interfaces\n");
        skip();
    }
    works(card.server, 0x0B);
    assert_int_equal(channel_user, 0);
}

static void test_object_deletion(void **state)
{
    struct heap_usage before, after;

    (void)state;
    works(card.server, 0x0A);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &before);
    works(card.server, 0x0A);
    works(card.server, 0x0A);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &after);
    assert_int_equal(before.persistent_free, after.persistent_free);
    expect_sound();
}

/* No field can hold one, so they are garbage when their command is over. */
static void test_global_arrays_go(void **state)
{
    struct heap_usage before, after;

    (void)state;
    works(card.client, 7);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &before);
    works(card.client, 7);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &after);
    assert_int_equal(before.transient_reset_free, after.transient_reset_free);
    assert_int_equal(before.handles_free, after.handles_free);
}

/*
 * References in statics, fields and transient arrays of another package keep
 * an object from the collector and its owner from deletion; cycles do not.
 */
static void test_what_others_hold(void **state)
{
    struct heap_usage before, held, after;

    (void)state;
    works(card.client, 10);
    jcre_request_deletion(&card.jcre);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &before);
    works(card.client, 12);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &held);
    assert_int_equal(before.handles_free - held.handles_free, 4);
    jcre_deselect(&card.jcre, 0);
    assert_int_equal(jcre_may_delete(&card.jcre, &card.server, 1),
                     SW_CONDITIONS);
    works(card.client, 13);
    jcre_between_commands(&card.jcre);
    heap_usage(&card.heap, &after);
    assert_int_equal(before.persistent_free, after.persistent_free);
    assert_int_equal(before.handles_free, after.handles_free);
    jcre_deselect(&card.jcre, 0);
    assert_int_equal(jcre_may_delete(&card.jcre, &card.server, 1), SW_OK);
    expect_sound();
}

static void test_echo(void **state)
{
    uint8_t data[255];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    assert_int_equal(command(card.server, 0x10, span_of(data, 255)), SW_OK);
    assert_int_equal(response.n, 255);
    assert_memory_equal(answer, data, 255);
    assert_int_equal(command(card.server, 0x11, span_of(NULL, 0)), SW_OK);
    assert_int_equal(response.n, 16);
    assert_memory_equal(answer, data, 16);
}

static void test_long_command(void **state)
{
    static uint8_t data[30000];
    uint16_t sum = 0;

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
        sum = (uint16_t)(sum + data[i]);
    }
    assert_int_equal(command(card.server, 0x18, span_of(data, sizeof data)),
                     SW_OK);
    assert_int_equal(get_u2(answer), sum);
}

static void test_words(void **state)
{
    (void)state;
    uint16_t before = ask(card.server, 0x17);
    assert_int_equal(command(card.server, 0x12, span_of(NULL, 0)), 0x6F00);
    assert_int_equal(ask(card.server, 0x17), before);
    assert_int_equal(command(card.server, 0x13, span_of(NULL, 0)), 0x6F00);
    assert_int_equal(command(card.server, 0x1A, span_of(NULL, 0)), 0x6F00);
    assert_int_equal(command(card.server, 0x14, span_of(NULL, 0)), 0x6F00);
    assert_int_equal(command(card.server, 0x1D, span_of(NULL, 0)), 0x6F00);
    assert_int_equal(command(card.server, 0x77, span_of(NULL, 0)), 0x6D00);
    assert_int_equal(command(card.server, 0x1B, span_of(NULL, 0)), 0x6283);
    assert_int_equal(response.n, 2);
    expect_sound();
}

static void test_transient_memory_is_cleared(void **state)
{
    (void)state;
    works(card.server, 0x15);
    assert_int_equal(ask(card.server, 0x16), 0x0101);
    jcre_deselect(&card.jcre, 0);
    assert_int_equal(ask(card.server, 0x16), 0x0001);
    works(card.server, 0x15);
    assert_int_equal(power_on(), ERR_OK);
    assert_int_equal(ask(card.server, 0x16), 0);
}

static void test_personalization(void **state)
{
    static const uint8_t data[] = {0xAB, 0xCD, 1};
    uint8_t out[16];
    struct buf b = buf_of(out, sizeof out);

    (void)state;
    assert_int_equal(
        jcre_process_data(&card.jcre, card.server, span_of(data, 3), &b),
        SW_OK);
    assert_int_equal(ask(card.server, 0x19), 0xABCD);
    assert_int_equal(
        jcre_process_data(&card.jcre, card.client, span_of(data, 3), &b),
        SW_CONDITIONS);
}

static void test_sharing(void **state)
{
    (void)state;
    works(card.client, 1);
    works(card.client, 2);
    works(card.client, 3);
    expect_sound();
}

/* Each subject is a class of the client's. */
#define ACROSS(name, ins)                                                      \
    static void name(void **state)                                             \
    {                                                                          \
        (void)state;                                                           \
        works(card.client, ins);                                               \
        works(card.client, ins);                                               \
        expect_sound();                                                        \
    }

ACROSS(test_views, 4)
ACROSS(test_firewall_on_objects, 5)
ACROSS(test_firewall_on_arrays, 6)
ACROSS(test_what_may_be_kept, 7)
ACROSS(test_chain_of_contexts, 8)
ACROSS(test_abort_by_the_server, 9)
ACROSS(test_entered_from_the_runtime, 10)
ACROSS(test_resources, 11)

/* It is not there, it shares nothing: the client sees null. */
static void test_an_applet_that_shares_nothing(void **state)
{
    static const uint8_t aid[] = {0xF0, 0, 0, 0, 0x52, 2};

    (void)state;
    assert_int_equal(ask(card.client, 14), 0x0100);
    jcre_deselect(&card.jcre, 0);
    uint16_t silent = install(card.client_package, aid);
    assert_int_equal(ask(silent, 1), 1);
    assert_int_equal(ask(silent, 1), 2);
    assert_int_equal(ask(card.client, 14), 0x0100);
}

static void test_multiselection(void **state)
{
    (void)state;
    works(card.server, 0x17);
    assert_int_equal(jcre_select(&card.jcre, 1, card.server), SW_OK);
    assert_int_equal(jcre_select(&card.jcre, 2, card.client), SW_OK);
    assert_int_equal(jcre_select(&card.jcre, 3, card.client), SW_CONDITIONS);
    jcre_deselect(&card.jcre, 1);
    jcre_deselect(&card.jcre, 0);
    jcre_deselect(&card.jcre, 2);
    assert_false(jcre_context_active(&card.jcre, card.server_package));
}

static void test_deletion(void **state)
{
    struct heap_usage before, after;

    (void)state;
    assert_int_equal(jcre_may_delete(&card.jcre, &card.client, 1), SW_OK);
    assert_int_equal(jcre_delete(&card.jcre, card.client), ERR_OK);
    heap_usage(&card.heap, &before);
    card.client = install(card.client_package, client_aid);
    works(card.client, 1);
    jcre_deselect(&card.jcre, 0);
    jcre_uninstall(&card.jcre, card.server);
    assert_int_equal(ask(card.server, 0x1C), 1);
    jcre_deselect(&card.jcre, 0);
    assert_int_equal(jcre_may_delete(&card.jcre, &card.client, 1), SW_OK);
    assert_int_equal(jcre_delete(&card.jcre, card.client), ERR_OK);
    heap_usage(&card.heap, &after);
    assert_int_equal(before.persistent_free, after.persistent_free);
    assert_int_equal(jcre_may_delete_package(&card.jcre, card.server_package),
                     SW_CONDITIONS);
    assert_int_equal(jcre_may_delete_package(&card.jcre, card.client_package),
                     SW_OK);
    expect_sound();
}

/* Power goes at every program of a command: old or new, and sound. */
static void test_torn_commands(void **state)
{
    static const uint8_t areas[] = {0x02, 0x03, 0x05};

    (void)state;
    for (size_t i = 0; i < sizeof areas; i++) {
        bool cut = true;
        for (uint64_t n = 1; cut; n++) {
            command(card.server, 0x17, span_of(NULL, 0));
            faults_arm(&card.medium, n, (enum faults_tear)(n % FAULTS_TEARS),
                       false);
            (void)command(card.server, areas[i], span_of(NULL, 0));
            cut = card.medium.off;
            assert_int_equal(power_on(), ERR_OK);
            expect_sound();
        }
        works(card.server, areas[i]);
    }
}

static void test_torn_install(void **state)
{
    bool cut = true;

    (void)state;
    for (uint64_t n = 1; cut; n++) {
        uint16_t instance = 0;
        assert_int_equal(jcre_delete(&card.jcre, card.client), ERR_OK);
        faults_arm(&card.medium, n, (enum faults_tear)(n % FAULTS_TEARS),
                   false);
        if (heap_epoch_begin(&card.heap) == ERR_OK &&
            jcre_install(&card.jcre, card.client_package,
                         span_of(client_aid, 6), span_of(client_aid, 6),
                         span_of(NULL, 0), span_of(NULL, 0),
                         &instance) == SW_OK)
            (void)!heap_epoch_commit(&card.heap, HEAP_ROOT_COUNT, 0);
        cut = card.medium.off;
        assert_int_equal(power_on(), ERR_OK);
        expect_sound();
        card.client = jcre_find(&card.jcre, span_of(client_aid, 6));
        assert_true(card.client != 0 || cut);
        if (card.client != 0)
            works(card.client, 1);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_util),
        TEST(test_transactions),
        TEST(test_pins),
        TEST(test_names),
        TEST(test_exceptions),
        TEST(test_memory),
        TEST(test_system),
        TEST(test_random),
        TEST(test_global_platform),
        TEST(test_the_commit_buffer),
        TEST(test_non_atomic_in_a_transaction),
        TEST(test_births_in_vain),
        TEST(test_built_pins),
        TEST(test_flag_of_a_subclass),
        TEST(test_digests),
        TEST(test_secure_channel),
        TEST(test_object_deletion),
        TEST(test_global_arrays_go),
        TEST(test_what_others_hold),
        TEST(test_echo),
        TEST(test_long_command),
        TEST(test_words),
        TEST(test_transient_memory_is_cleared),
        TEST(test_personalization),
        TEST(test_sharing),
        TEST(test_views),
        TEST(test_firewall_on_objects),
        TEST(test_firewall_on_arrays),
        TEST(test_what_may_be_kept),
        TEST(test_chain_of_contexts),
        TEST(test_abort_by_the_server),
        TEST(test_entered_from_the_runtime),
        TEST(test_resources),
        TEST(test_an_applet_that_shares_nothing),
        TEST(test_multiselection),
        TEST(test_deletion),
        TEST(test_torn_commands),
        TEST(test_torn_install),
    };

    if (argc != 4)
        return 2;
    for (int i = 0; i < 3; i++)
        cap_paths[i] = argv[i + 1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
