/*
 * Proves what holds of secure channel sessions beside each other and beside
 * what else happens to a card: any error in a session ends it; a sequence
 * counter opens one session, also on two channels; a session ends with the
 * domain whose keys it has; and a full memory keeps nobody out.  [GPCS 10.2.3,
 * E.1.2]
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

/*
 * Challenges that were asked for before on other channels give no more tries
 * than there are; nor does the right answer count then.
 */
static void test_limit(void **state)
{
    uint8_t update[] = {0x80, 0x50, 0x30, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0};
    uint8_t guess[5 + 16] = {0x84, 0x82, 0x01, 0x00, 0x10};
    struct host h;

    (void)state;
    open_card(&h, 2);
    assert_int_equal(host_hex(&h, "0070000100"), SW_OK);
    assert_int_equal(host_hex(&h, "0070000200"), SW_OK);
    for (uint8_t channel = 0; channel < 3; channel++) {
        update[0] = 0x80 | channel;
        assert_int_equal(host_raw(&h, span_of(update, sizeof update)), SW_OK);
    }
    for (uint8_t channel = 0; channel < 3; channel++) {
        guess[0] = 0x84 | channel;
        assert_int_equal(host_raw(&h, span_of(guess, sizeof guess)),
                         channel < 2 ? SW_AUTH_FAILED : SW_AUTH_BLOCKED);
        assert_int_equal(h.card->domain.channels[channel].session.state,
                         SCP_CLOSED);
    }
    host_close(&h);
}

/* ---- errors end a session ---- */

enum spoilt {
    PLAIN,    /* not protected at all */
    ANOTHER,  /* a bit of its data, or of a MAC, is another */
    SHORTER,  /* the MAC's last byte is missing */
    REPEATED, /* sent a second time */
    LEFT_OUT, /* the one before it never came */
    WAYS,
};

static const uint8_t status[] = {0x80, 0xF2, 0x80, 0x02, 2, 0x4F, 0, 0};

/* A protected command, or what becomes of it; to be sent as it is. */
static struct span spoil(struct host *h, enum spoilt how, unsigned at,
                         uint8_t bytes[64])
{
    struct buf out = buf_of(bytes, 64);
    const struct span plain = span_of(status, sizeof status);

    if (how == PLAIN)
        return plain;
    if (how == LEFT_OUT || how == REPEATED) {
        assert_int_equal(
            scp_wrap_command(&h->session, &h->crypto, plain, &out, NULL),
            ERR_OK);
        if (how == REPEATED) {
            assert_int_equal(host_raw(h, buf_span(&out)), SW_OK);
            return buf_span(&out);
        }
        out.n = 0;
    }
    assert_int_equal(
        scp_wrap_command(&h->session, &h->crypto, plain, &out, NULL), ERR_OK);
    if (how == ANOTHER)
        out.p[5 + at % out.p[4]] ^= (uint8_t)(1u << at % 8);
    if (how == SHORTER) {
        out.p[4]--;
        out.p[out.n - 2] = out.p[out.n - 1];
        out.n--;
    }
    return buf_span(&out);
}

/* Until INITIALIZE UPDATE or another selection nothing is accepted. */
static void expect_aborted(struct host *h)
{
    static const uint8_t get[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
    uint8_t bytes[64];
    struct buf out = buf_of(bytes, sizeof bytes);

    assert_int_equal(h->card->domain.channels[0].session.state, SCP_ABORTED);
    assert_int_equal(scp_wrap_command(&h->session, &h->crypto,
                                      span_of(status, sizeof status), &out,
                                      NULL),
                     ERR_OK);
    assert_int_equal(host_raw(h, buf_span(&out)), SW_SECURITY_STATUS);
    assert_int_equal(h->n, 0);
    assert_int_equal(host_raw(h, span_of(get, sizeof get)), SW_SECURITY_STATUS);
    assert_int_equal(host_raw(h, span_of(status, sizeof status)),
                     SW_SECURITY_STATUS);
}

/* [GPCS 10.2.3, E.1.6] [Amd D 5.6] */
static void test_errors(void **state)
{
    static const struct {
        uint8_t version;
        uint8_t level;
    } rows[] = {{0x20, 0x01}, {0x20, 0x03}, {0x20, 0x11},
                {0x20, 0x13}, {0x30, 0x01}, {0x30, 0x03},
                {0x30, 0x11}, {0x30, 0x13}, {0x30, 0x33}};
    uint8_t bytes[64];
    struct host h;

    (void)state;
    open_card(&h, 0);
    char *before = host_dump(&h, false);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned k = 0; k < WAYS + 24; k++) {
            const enum spoilt how = k < WAYS ? (enum spoilt)k : ANOTHER;
            assert_int_equal(
                host_open_session(&h, rows[i].version, rows[i].level, NULL),
                SW_OK);
            const struct span c = spoil(&h, how, k, bytes);
            assert_int_equal(host_raw(&h, c), SW_SECURITY_STATUS);
            assert_int_equal(h.n, 0);
            expect_aborted(&h);
        }
        assert_int_equal(host_select(&h, ""), SW_OK);
        assert_int_equal(host_hex(&h, "80CA006600"), SW_OK);
    }
    char *after = host_dump(&h, false);
    assert_string_equal(before, after);
    free(before);
    free(after);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_session_a_count),
        cmocka_unit_test(test_keys_that_go),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
