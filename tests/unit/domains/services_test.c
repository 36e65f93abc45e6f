/*
 * Proves what applets ask of their domain, by the calls that it offers them:
 * a session through it, data that it stores, who provides an application.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "root.h"
#include "tests/unit/domains/unit.h"

/* The host's half of a session that an applet opens through its domain. */
static void open_through_applet(struct host *h, const struct jcre_services *s,
                                uint16_t instance)
{
    static const uint8_t update[] = {0x80, 0x50, 0x30, 0, 8, 1, 2,
                                     3,    4,    5,    6, 7, 8};
    uint8_t answer[64], bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(answer, sizeof answer);
    struct buf authenticate = buf_of(bytes, sizeof bytes);
    struct secret_scp_keys keys = {.length = 16};
    struct scp_init init;

    unit_fill(keys.enc, 0x40, 16);
    unit_fill(keys.mac, 0x40, 16);
    unit_fill(keys.dek, 0x40, 16);
    assert_int_equal(s->calls->channel_process(s->ctx, instance,
                                               span_of(update, sizeof update),
                                               &out),
                     SW_OK);
    assert_int_equal(s->calls->channel_level(s->ctx, instance), 0);
    assert_int_equal(
        scp_init_parse(buf_span(&out), span_of(update + 5, 8), &init), ERR_OK);
    assert_int_equal(scp_begin(&h->session, &h->crypto, SCP_HOST, &keys, &init),
                     ERR_OK);
    assert_int_equal(
        scp_authenticate_make(&h->session, &h->crypto, 0x33, &authenticate),
        ERR_OK);
    assert_int_equal(s->calls->channel_process(s->ctx, instance,
                                               buf_span(&authenticate), &out),
                     SW_OK);
    assert_int_equal(s->calls->channel_level(s->ctx, instance), 0xB3);
}

static void expect(struct host *h, const char *command, sw_t sw)
{
    uint8_t bytes[64];
    struct buf b = buf_of(bytes, sizeof bytes);

    assert_int_equal(hex_decode(command, strlen(command), &b, NULL), ERR_OK);
    assert_int_equal(host_raw(h, buf_span(&b)), sw);
}

/*
 * Data that wait for the rest of their item are one channel's at a time: the
 * others store whole items meanwhile, and may wait when it has done.
 */
static void test_data_wait_on_one_channel(void **state)
{
    struct host h;

    (void)state;
    unit_open(&h, false);
    expect(&h, "0070000100", SW_OK);
    expect(&h, "01A4040000", SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0, NULL), SW_OK);
    h.channel = 1;
    assert_int_equal(host_open_session(&h, 0x30, 0, NULL), SW_OK);

    expect(&h, "80E21000055F50056874", SW_OK);
    expect(&h, "81E2100004DF20026162", SW_NO_MEMORY);
    expect(&h, "81E2900005DF20026162", SW_OK);
    expect(&h, "80E2900103747073", SW_OK);
    expect(&h, "80CA5F5000", SW_OK);
    assert_memory_equal(h.response, "\x5F\x50\x05https", 8);
    expect(&h, "81E2100003DF2001", SW_OK);
    expect(&h, "80E21000055F50056874", SW_NO_MEMORY);
    expect(&h, "0070800100", SW_OK); /* the channel ends, and what waited */
    expect(&h, "80E21000055F50056874", SW_OK);
    unit_close(&h);
}

static void expect_provider(struct host *h, const char *end)
{
    char *all = host_dump(h, false);

    if (strstr(all, end) == NULL)
        fail_msg("not in the dump: %s\n%s", end, all);
    free(all);
}

/*
 * Who provides an application is told when it is installed or made selectable
 * [GPCS 9.3.6, 9.3.7].
 */
static void test_provider(void **state)
{
    struct host h;

    (void)state;
    unit_open(&h, false);
    assert_int_equal(host_open_session(&h, 0x30, 1, NULL), SW_OK);
    assert_int_equal(unit_load_wallet(&h), SW_OK);
    assert_int_equal(
        host_hex(&h, "80E6040024"
                     "06F0504F53540107F0504F5354010107F0504F535401010100"
                     "09C900B6055F2002AABB0000"),
        SW_OK);
    expect_provider(&h, " provider=AABB package=");
    assert_int_equal(host_hex(&h, "80E6080015000007F0504F535401010100"
                                  "07B6055F2002CCDD0000"),
                     SW_OK);
    expect_provider(&h, " provider=CCDD package=");
    unit_close(&h);
}

static void test_services(void **state)
{
    static const uint8_t plain[] = {0x80, 0x40, 0, 0, 2, 0xAA, 0xBB};
    uint8_t bytes[64], answer[64] = {0xC0, 0xFF, 0xEE, 0x90, 0x00};
    uint8_t opened[64], secret[32], chain[16] = {0};
    struct host h;
    struct scp_ticket ticket;

    (void)state;
    unit_open(&h, false);
    assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
    assert_int_equal(unit_install_wallet(&h), SW_OK);
    assert_int_equal(host_select(&h, "F0504F53540101"), SW_OK);
    const struct jcre_services *s = &h.card->services;
    uint16_t instance = h.card->jcre.selected[0];
    assert_int_not_equal(instance, 0);

    /* nothing is open: commands stay what they are, data are not ciphered */
    struct buf command = buf_of(bytes, sizeof bytes);
    assert_int_equal(buf_put(&command, plain, sizeof plain), ERR_OK);
    assert_int_equal(s->calls->channel_unwrap(s->ctx, instance, &command),
                     SW_OK);
    assert_int_equal(command.n, sizeof plain);
    bytes[0] = 0x84;
    assert_int_equal(s->calls->channel_unwrap(s->ctx, instance, &command),
                     SW_OK);
    assert_int_equal(command.n, sizeof plain);
    assert_int_equal(bytes[0], 0x84);
    assert_int_equal(
        s->calls->channel_cipher(s->ctx, instance, false, chain, secret, 16),
        SW_CONDITIONS);
    assert_int_equal(s->calls->channel_block(s->ctx, instance), 0);
    assert_int_equal(s->calls->channel_wrapped(s->ctx, instance, 5), 5);

    open_through_applet(&h, s, instance);
    command.n = 0;
    assert_int_equal(scp_wrap_command(&h.session, &h.crypto,
                                      span_of(plain, sizeof plain), &command,
                                      &ticket),
                     ERR_OK);
    assert_int_equal(s->calls->channel_unwrap(s->ctx, instance, &command),
                     SW_OK);
    assert_int_equal(command.n, sizeof plain);
    assert_memory_equal(bytes, plain, sizeof plain);

    struct buf response = {answer, 5, sizeof answer};
    assert_int_equal(s->calls->channel_wrapped(s->ctx, instance, 3), 16 + 8);
    assert_int_equal(s->calls->channel_wrap(s->ctx, instance, &response),
                     SW_OK);
    assert_int_equal(response.n, 16 + 8);
    assert_int_equal(buf_put_u2(&response, 0x9000), ERR_OK);
    struct buf back = buf_of(opened, sizeof opened);
    assert_int_equal(scp_unwrap_response(&h.session, &h.crypto, &ticket,
                                         span_of(plain, sizeof plain),
                                         buf_span(&response), &back),
                     ERR_OK);
    assert_int_equal(back.n, 5);
    assert_int_equal(opened[0], 0xC0);

    /* data, in two pieces */
    memset(bytes, 0x11, 32);
    assert_int_equal(s->calls->channel_block(s->ctx, instance), 16);
    assert_int_equal(
        scp_dek(&h.session, &h.crypto, CRYPTO_ENCRYPT, bytes, secret, 32),
        ERR_OK);
    for (size_t at = 0; at < 32; at += 16)
        assert_int_equal(s->calls->channel_cipher(s->ctx, instance, false,
                                                  chain, secret + at, 16),
                         SW_OK);
    assert_memory_equal(secret, bytes, 32);

    /* an error lasts until a new session, or until this one is reset */
    command.n = 0;
    assert_int_equal(buf_put(&command, plain, sizeof plain), ERR_OK);
    assert_int_equal(s->calls->channel_unwrap(s->ctx, instance, &command),
                     SW_SECURITY_STATUS);
    assert_int_equal(s->calls->channel_level(s->ctx, instance), 0);
    assert_int_equal(s->calls->channel_unwrap(s->ctx, instance, &command),
                     SW_CONDITIONS);
    s->calls->channel_reset(s->ctx, instance);
    assert_int_equal(s->calls->channel_unwrap(s->ctx, instance, &command),
                     SW_OK);

    /* life cycles: its own state it may change, the card's not */
    assert_int_equal(s->calls->applet_state(s->ctx, instance), 0x07);
    assert_true(s->calls->set_applet_state(s->ctx, instance, 0x1F));
    assert_false(s->calls->set_applet_state(s->ctx, instance, 0x1F));
    assert_false(s->calls->set_applet_state(s->ctx, instance, 0x03));
    assert_int_equal(s->calls->applet_state(s->ctx, instance), 0x1F);
    assert_false(s->calls->lock_card(s->ctx, instance));
    assert_false(s->calls->terminate_card(s->ctx, instance));
    assert_int_equal(s->calls->card_state(s->ctx), 0x0F);
    assert_true(s->calls->set_applet_state(s->ctx, instance, 0x9F));
    assert_false(s->calls->set_applet_state(s->ctx, instance, 0x1F));
    scp_close(&h.session);
    unit_close(&h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_wait_on_one_channel),
        cmocka_unit_test(test_provider),
        cmocka_unit_test(test_services),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: services_test CAP-FOLDER\n");
        return 2;
    }
    unit_cap_folder = argv[1];
    return cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
