/*
 * Proves what holds of secure channel sessions beside each other and beside
 * what else happens to a card: a sequence counter opens one session, also on
 * two channels; a session ends with the domain whose keys it has; and a full
 * memory keeps nobody out.  [GPCS 10.2.3, E.1.2]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "root.h"
#include "tests/apdu/host.h"

#define MANAGER "A000000151535042"
#define BELOW "A000000151535043"
/* 00 01 .. 0F, enciphered with 40 41 .. 4F */
#define KEY "88103D0FA4B855D2A5AA4954B8B5DF582A3A03C35280"

static const uint8_t own_key[] = {0, 1, 2,  3,  4,  5,  6,  7,
                                  8, 9, 10, 11, 12, 13, 14, 15};

static void open_card(struct host *h, uint8_t tries)
{
    struct card_profile profile = host_profile(true);

    profile.tries = tries;
    assert_true(host_open(h, &profile, HOST_MEMORY, "sessions"));
}

static void check_clean(struct host *h)
{
    char *findings = NULL;

    assert_int_equal(host_check(h, &findings), 0);
    free(findings);
}

/* The same command on the first further channel. */
static sw_t on_channel_1(struct host *h, struct span command)
{
    uint8_t bytes[64];

    assert_true(command.n <= sizeof bytes);
    memcpy(bytes, command.p, command.n);
    bytes[0] |= 0x01;
    return host_raw(h, span_of(bytes, command.n));
}

/*
 * Two channels are offered the same challenge, and give the same answer; what
 * opens one session opens no other, in which all that was sent in the first
 * could be sent again.
 */
static void test_one_session_a_count(void **state)
{
    static const uint8_t update[] = {0x80, 0x50, 0x20, 0, 8, 1, 2,
                                     3,    4,    5,    6, 7, 8, 0};
    uint8_t other[64], bytes[SCP_AUTHENTICATE_MAX];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct secret_scp_keys keys = {.length = 16};
    struct scp_init init;
    struct host h;

    (void)state;
    for (uint8_t i = 0; i < 16; i++)
        keys.enc[i] = keys.mac[i] = keys.dek[i] = 0x40 + i;
    open_card(&h, 3);
    assert_int_equal(host_hex(&h, "0070000100"), SW_OK);
    assert_int_equal(on_channel_1(&h, span_of(update, sizeof update)), SW_OK);
    memcpy(other, h.response, h.n);
    const size_t n = h.n;
    assert_int_equal(host_raw(&h, span_of(update, sizeof update)), SW_OK);
    assert_memory_equal(other, h.response, n);
    assert_int_equal(
        scp_init_parse(span_of(h.response, h.n), span_of(update + 5, 8), &init),
        ERR_OK);
    init.i = h.scp02_i;
    assert_int_equal(scp_begin(&h.session, &h.crypto, SCP_HOST, &keys, &init),
                     ERR_OK);
    assert_int_equal(scp_authenticate_make(&h.session, &h.crypto, 0x01, &out),
                     ERR_OK);
    assert_int_equal(host_raw(&h, buf_span(&out)), SW_OK);
    assert_int_equal(on_channel_1(&h, buf_span(&out)), SW_CONDITIONS);
    assert_int_equal(h.card->domain.channels[1].session.state, SCP_CLOSED);
    assert_int_equal(host_hex(&h, "80F28002024F0000"), SW_OK);
    host_close(&h);
}

/* A domain with keys, and below it one without, which uses them. */
static void make_domains(struct host *h)
{
    const struct span key = span_of(own_key, sizeof own_key);

    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(
        host_hex(h, "80E60C002C07A000000151535008A00000015153504108" MANAGER
                    "038040000CC90A8102037082012087012000"
                    "00"),
        SW_OK);
    assert_int_equal(host_select(h, MANAGER), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(h, "80D800814331" KEY KEY KEY "00"), SW_OK);
    assert_int_equal(host_open_session(h, 0x31, 0x01, &key), SW_OK);
    assert_int_equal(
        host_hex(h, "80E60C002607A000000151535008A00000015153504108" BELOW
                    "0380000006C9048102037000"
                    "00"),
        SW_OK);
}

static void test_keys_that_go(void **state)
{
    const struct span key = span_of(own_key, sizeof own_key);
    const uint8_t *broken = (const uint8_t *)"\x85\xF2\x80\x02\x0A\x4F\0\1\2\3"
                                             "\4\5\6\7\x08\0";
    struct host h;

    (void)state;
    open_card(&h, 3);
    make_domains(&h);
    assert_int_equal(host_hex(&h, "0070000100"), SW_OK);
    assert_int_equal(host_hex(&h, "01A4040008" BELOW "00"), SW_OK);
    h.channel = 1;
    assert_int_equal(host_open_session(&h, 0x31, 0x01, &key), SW_OK);
    h.channel = 0;
    assert_int_equal(host_select(&h, ""), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&h, "80E610001608A00000015100000000"
                                  "08" BELOW "00000000"),
                     SW_OK);
    assert_int_equal(h.card->domain.channels[1].session.state, SCP_OPEN);
    assert_int_equal(host_hex(&h, "80E400000A4F08" MANAGER "00"), SW_OK);
    assert_int_equal(h.card->domain.channels[1].session.state, SCP_CLOSED);
    assert_int_equal(host_raw(&h, span_of(broken, 16)), SW_SECURITY_STATUS);
    check_clean(&h);
    host_close(&h);
}

/* Objects until nothing more is stored. */
static void fill(struct host *h)
{
    static const uint8_t sizes[] = {120, 30, 8, 1};
    uint8_t c[5 + 3 + 120 + 1] = {0x80, 0xE2, 0x90, 0x00};
    unsigned objects = 0;

    for (unsigned i = 0; i < sizeof sizes; i++) {
        sw_t sw = SW_OK;
        while (sw == SW_OK) {
            assert_true(objects < 0xC0);
            c[4] = sizes[i] + 3;
            c[5] = objects < 0x60 ? 0xBF : 0xDF;
            c[6] = (uint8_t)(0x20 + objects++ % 0x60);
            c[7] = sizes[i];
            sw = host_send(h, span_of(c, 9u + sizes[i]));
        }
        assert_int_equal(sw, SW_NO_MEMORY);
    }
}

/*
 * Each domain's keys open a session, and a wrong key costs a try, as ever; what
 * is counted is no content.
 */
static void test_full(void **state)
{
    const struct span key = span_of(own_key, sizeof own_key);
    struct card_profile profile = host_profile(false);
    struct host h;

    (void)state;
    profile.tries = 3;
    assert_true(host_open(&h, &profile, 16 * 1024, "full"));
    make_domains(&h);
    assert_int_equal(host_select(&h, ""), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    fill(&h);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_select(&h, MANAGER), SW_OK);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, &key), SW_OK);
    char *before = host_dump(&h, false);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, NULL), SW_AUTH_FAILED);
    char *after = host_dump(&h, false);
    assert_string_equal(before, after);
    free(before);
    free(after);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, NULL), SW_AUTH_FAILED);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, NULL), SW_AUTH_FAILED);
    assert_int_equal(host_open_session(&h, 0x31, 0x01, &key), SW_AUTH_BLOCKED);
    check_clean(&h);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_session_a_count),
        cmocka_unit_test(test_keys_that_go),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
