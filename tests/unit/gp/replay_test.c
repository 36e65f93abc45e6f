/*
 * Proves that, with the same keys and challenges, our commands are byte for
 * byte those that two other tools sent to a card, and that what the card
 * answered them (MACed and encrypted) is what we read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/content.h>

#include "base/hex.h"
#include "helloworld.h"
#include "ports/openssl/crypto_openssl.h"
#include "replay.h"

static struct crypto_port crypto;
static struct replay replay;
static struct gp_session session;

static const struct gp_aid none;
static const struct gp_aid isd = {
    8, {0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00}};
static const struct gp_aid package = {
    7, {0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0x01}};
static const struct gp_aid applet = {
    8, {0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0x01, 0x01}};

static void open_trace(const char *name, const struct gp_aid *domain,
                       uint8_t level)
{
    struct secret_gp_keys keys;
    struct gp_why why = {{0}};
    gp_keys_test(&keys);
    assert_true(replay_open(&replay, &crypto, TRACES, name));
    replay.skip = 1; /* gpshell asks GET DATA 0066 first */
    const struct gp_session_options options = {
        .domain = *domain, .keys = &keys, .level = level};
    int result =
        gp_session_open(&session, &replay.base, &replay.crypto, &options, &why);
    if (result != GP_OK)
        fail_msg("%s: %s", name, why.text);
    replay.skip = 0;
}

static void close_trace(void)
{
    assert_int_equal(replay.wrong, 0);
    gp_session_close(&session);
}

static void count_entry(void *ctx, const struct gp_status *entry)
{
    assert_true(entry->aid.n >= 5);
    ++*(unsigned *)ctx;
}

static void list_all(void)
{
    static const enum gp_scope scopes[] = {GP_SCOPE_ISD, GP_SCOPE_APPLICATIONS,
                                           GP_SCOPE_MODULES, GP_SCOPE_FILES};
    for (size_t i = 0; i < 4; i++) {
        unsigned count = 0;
        assert_int_equal(
            gp_content_list(&session, scopes[i], count_entry, &count, NULL),
            GP_OK);
        assert_int_equal(count > 0, scopes[i] != GP_SCOPE_APPLICATIONS);
    }
}

static void lists_as_globalplatformpro(void **state)
{
    (void)state;
    open_trace("gp-list-scp03", &none, 0x01);
    assert_int_equal(session.scp.protocol, SCP_03);
    list_all();
    close_trace();
    open_trace("gp-list-scp02", &none, 0x01);
    assert_int_equal(session.scp.protocol, SCP_02);
    assert_int_equal(session.scp.i, 0x55);
    list_all();
    close_trace();
}

static size_t read_hex(const char *hex, uint8_t *out, size_t cap)
{
    struct buf b = buf_of(out, cap);
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    return b.n;
}

static void send_plain(const char *hex)
{
    uint8_t plain[400];
    uint8_t answer[300];
    struct buf out = buf_of(answer, sizeof answer);
    size_t n = read_hex(hex, plain, sizeof plain);
    assert_int_equal(gp_session_command(&session, span_of(plain, n), &out),
                     GP_OK);
}

static void send_built(int built, const struct buf *command)
{
    uint8_t answer[300];
    struct buf out = buf_of(answer, sizeof answer);
    assert_int_equal(built, GP_OK);
    assert_int_equal(gp_session_command(&session, buf_span(command), &out),
                     GP_OK);
}

/* The components in the order of loading, Descriptor last if wanted. */
static size_t make_block(uint8_t *out, size_t cap, bool descriptor)
{
    static const uint8_t order[] = {1, 2, 4, 3, 6, 7, 8, 10, 5, 9, 11};
    size_t n = 0;
    for (size_t i = 0; i < sizeof order; i++) {
        const char *hex = helloworld[order[i]];
        if (hex != NULL && (order[i] != 11 || descriptor))
            n += read_hex(hex, out + n, cap - n);
    }
    return n;
}

/* LOAD in pieces as large as fit: where another tool cut, we cut. */
static void load(bool descriptor, size_t size)
{
    uint8_t block[400];
    uint8_t head[4];
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf header = buf_of(head, sizeof head);
    size_t n = make_block(block, sizeof block, descriptor);
    bool last = false;
    assert_int_equal(gp_load_header(&header, n), GP_OK);
    for (unsigned i = 0; !last; i++) {
        struct buf command = buf_of(bytes, sizeof bytes);
        int built = gp_cmd_load_block(&command, buf_span(&header),
                                      span_of(block, n), size, i, &last);
        send_built(built, &command);
    }
}

static void install_for_load(struct span parameters)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    const struct gp_install_for_load in = {.file = gp_aid_span(&package),
                                           .domain = gp_aid_span(&isd),
                                           .parameters = parameters};
    send_built(gp_cmd_install_for_load(&command, &in), &command);
}

static void install_commands(const struct gp_install *in)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    int built =
        gp_cmd_install(&command, GP_INSTALL_ONLY | GP_INSTALL_SELECTABLE, in);
    send_built(built, &command);
}

static void installs_as_globalplatformpro(void **state)
{
    (void)state;
    const struct gp_install in = {.file = gp_aid_span(&package),
                                  .module = gp_aid_span(&applet),
                                  .privileges_length = 3};
    static const char *const traces[] = {"gp-install-scp03",
                                         "gp-install-scp02"};
    for (size_t i = 0; i < 2; i++) {
        open_trace(traces[i], &none, 0x01);
        list_all();
        install_for_load(span_of(NULL, 0));
        load(false, gp_session_data_max(&session));
        list_all();
        install_commands(&in);
        close_trace();
    }
}

/* Everything encrypted and MACed, both ways. */
static void installs_as_gpshell(void **state)
{
    (void)state;
    static const uint8_t size[] = {0xEF, 0x04, 0xC6, 0x02, 0x01, 0x60};
    const struct gp_install in = {.file = gp_aid_span(&package),
                                  .module = gp_aid_span(&applet),
                                  .privileges_length = 1};
    open_trace("gpshell3-install-enc-rmac-scp03", &isd, 0x33);
    install_for_load(span_of(size, sizeof size));
    /* gpshell cuts eight bytes before what would fit. */
    load(true, 231);
    install_commands(&in);
    close_trace();
}

static void makes_a_domain(void **state)
{
    (void)state;
    static const uint8_t file[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50};
    static const uint8_t module[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x50, 0x41};
    static const uint8_t instance[] = {0xA0, 0, 0, 1, 0x51, 0x53, 0x53, 0x42};
    static const uint8_t parameters[] = {0x81, 2,    3,    0x70, 0x82, 2,
                                         0x20, 0x20, 0x87, 2,    0x20, 0x20};
    const struct gp_install in = {
        .file = span_of(file, sizeof file),
        .module = span_of(module, sizeof module),
        .instance = span_of(instance, sizeof instance),
        .privileges = {0xE0},
        .privileges_length = 3,
        .parameters = span_of(parameters, sizeof parameters)};
    open_trace("gp-domain-scp03", &none, 0x01);
    list_all();
    install_commands(&in);
    close_trace();
}

static void count_key(void *ctx, const struct gp_key_info *info)
{
    assert_int_equal(info->type, 0x88);
    assert_int_equal(info->length, 128);
    assert_int_equal(info->kvn, 0x30);
    ++*(unsigned *)ctx;
}

static void reads_keys_through_encrypted_answers(void **state)
{
    (void)state;
    uint8_t bytes[GP_APDU_SHORT_MAX];
    uint8_t answer[300];
    unsigned count = 0;
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf out = buf_of(answer, sizeof answer);
    open_trace("gpshell3-list-keys-scp03", &isd, 0x33);
    assert_int_equal(gp_cmd_get_data(&command, 0x00E0), GP_OK);
    assert_int_equal(gp_session_command(&session, buf_span(&command), &out),
                     GP_OK);
    assert_int_equal(
        gp_key_info_parse(gp_response_data(&out), count_key, &count), GP_OK);
    assert_int_equal(count, 3);

    /* An error comes without MAC and is told as it is [Amd D 6.2.5]. */
    command.n = 0;
    assert_int_equal(gp_cmd_get_data(&command, 0x01E0), GP_OK);
    assert_int_equal(gp_session_command(&session, buf_span(&command), &out),
                     SW_DATA_NOT_FOUND);
    close_trace();
}

/* The key that GlobalPlatformPro put, found by decrypting what it sent. */
static void puts_keys_as_globalplatformpro(void **state)
{
    (void)state;
    uint8_t wrapped[16];
    struct secret_scp_keys keys = {.length = 16};
    struct gp_why why = {{0}};
    const struct gp_put_key how = {
        .replaces = 0x30, .kvn = 0x30, .kid = 1, .type = GP_KEY_AES};
    open_trace("gp-lock-scp03", &none, 0x01);
    send_plain("80CA00E000");
    read_hex("C62E5212589B9EAF19AE940D03C3B7C2", wrapped, sizeof wrapped);
    assert_int_equal(
        scp_dek(&session.scp, &crypto, CRYPTO_DECRYPT, wrapped, keys.enc, 16),
        ERR_OK);
    memcpy(keys.mac, keys.enc, 16);
    memcpy(keys.dek, keys.enc, 16);
    assert_int_equal(gp_content_put_keys(&session, &how, &keys, &why), GP_OK);
    close_trace();
}

/* Longer than 255: chained by P1, one MAC over the whole. */
static void chains_as_globalplatformpro(void **state)
{
    (void)state;
    open_trace("gp-putkey-rsa2048-scp03", &none, 0x01);
    send_plain(
        "80D8000100010B"
        "49A1820100AFC25CBE6C0903FB7851C68385B1AA61CEEE42E8C61488AEDAA0FB34ECCC"
        "408E55EC7396038459B249BDD7E0098AD487EC7D6D0C2E2E0DE93F07BD6EFAFB10C113"
        "BF0FAD96A8CA0EA5B4277866204950FB884F9FA9B9C3A7446DB85784F4BDABB55CADD3"
        "A62EC550D4181CC401F324E6B546C3F6615A1897E873D59EF7B1E421FBA1265772D38B"
        "8388871282CFAE55BF49117065303FF3BE3ED6049734D9A45130612535C14CA448E940"
        "EFD40C0DE9FA36EB8C8E0CD8ADD7341CF36B76F5397FBF919677BA08C89395049D7534"
        "EDDCA78476D20F6BDA206DDC3C98C6301916CFDC55D47050C116DA6ACC790028CFAD2D"
        "CB964007F05789D8D9253B75282D6A81A00301000100");
    assert_int_equal(replay.next, replay.count);
    close_trace();
}

static void puts_one_key_as_globalplatformpro(void **state)
{
    (void)state;
    uint8_t bytes[GP_APDU_SHORT_MAX];
    uint8_t answer[300];
    struct secret_gp_keys keys;
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf out = buf_of(answer, sizeof answer);
    const struct gp_put_key how = {.kvn = 0x47, .kid = 1, .type = GP_KEY_AES};
    gp_keys_test(&keys);
    const struct span key = span_of(keys.keys.enc, 16);
    open_trace("gp-putkey-aes-scp03", &none, 0x01);
    assert_int_equal(gp_cmd_put_key(&command, &session.scp, &crypto, &how, key),
                     GP_OK);
    assert_int_equal(gp_session_command(&session, buf_span(&command), &out),
                     GP_OK);
    assert_int_equal(
        gp_put_key_check(gp_response_data(&out), &crypto, &how, &key, 1),
        GP_OK);
    out.p[1] ^= 1;
    assert_int_equal(
        gp_put_key_check(gp_response_data(&out), &crypto, &how, &key, 1),
        GP_ERR_PROTOCOL);
    close_trace();
}

static void deletes_keys_and_moves_as_gpshell(void **state)
{
    (void)state;
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    open_trace("gpshell3-move-scp03", &isd, 0x33);
    send_built(
        gp_cmd_extradite(&command, gp_aid_span(&isd), gp_aid_span(&applet)),
        &command);
    close_trace();

    /* gpshell sets P2 to 80 here, where [GPCS 11.2.2.2] has 00 for keys. */
    open_trace("gpshell3-del-key-sec-mac", &isd, 0x01);
    command.n = 0;
    assert_int_equal(gp_cmd_delete_key(&command, 1, 0x73), GP_OK);
    command.p[3] = 0x80;
    send_built(GP_OK, &command);
    close_trace();
}

static int begin(void **state)
{
    static struct port_openssl *port;
    *state = &port;
    return port_openssl_crypto_init(&crypto, &port, "test");
}

static int end(void **state)
{
    port_openssl_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_as_globalplatformpro),
        cmocka_unit_test(installs_as_globalplatformpro),
        cmocka_unit_test(installs_as_gpshell),
        cmocka_unit_test(makes_a_domain),
        cmocka_unit_test(reads_keys_through_encrypted_answers),
        cmocka_unit_test(puts_keys_as_globalplatformpro),
        cmocka_unit_test(puts_one_key_as_globalplatformpro),
        cmocka_unit_test(chains_as_globalplatformpro),
        cmocka_unit_test(deletes_keys_and_moves_as_gpshell),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
