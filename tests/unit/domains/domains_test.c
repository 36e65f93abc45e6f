/*
 * Proves of the card as a whole what transcripts cannot say: known answers
 * from outside, every command against every kind of session and card state,
 * memory given back, room for deletions, a failing medium and random source,
 * copies.
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
#include "domains/intent.h"
#include "domains/registry.h"
#include "root.h"
#include "tests/unit/domains/unit.h"

/*
 * INITIALIZE UPDATE of an eUICC as pySim's tests have recorded it: the AID of
 * its ISD-R, keys 00.., 10.., 20.., counter 2.
 */
static void test_recorded_initialize_update(void **state)
{
    static const uint8_t aid[] = {0xA0, 0,    0,    5,    0x59, 0x10,
                                  0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89,
                                  0,    0,    1,    0};
    struct card_profile p = {.life_cycle = 0x0F,
                             .scp03_i = 0x70,
                             .key_set_count = 1,
                             .isd_aid_length = sizeof aid};
    struct host h;
    char answer[2 * 64 + 1];

    (void)state;
    memcpy(p.isd_aid, aid, sizeof aid);
    p.key_sets[0].version = 0x30;
    p.key_sets[0].type = 0x88;
    p.key_sets[0].length = 16;
    unit_fill(p.key_sets[0].enc, 0x00, 16);
    unit_fill(p.key_sets[0].mac, 0x10, 16);
    unit_fill(p.key_sets[0].dek, 0x20, 16);
    assert_true(host_open(&h, &p, UNIT_MEMORY, NULL));
    assert_int_equal(host_hex(&h, "8050300008FFFFFFFFFFFFFFFF00"), SW_OK);
    assert_int_equal(host_hex(&h, "8050300008B13E5F938FC108C400"), SW_OK);
    hex_encode(span_of(h.response, h.n), answer);
    assert_string_equal(answer, "00000000000000000000300370"
                                "3EB51047495B249F66C484C1D2EF1948000002");
    assert_int_equal(host_hex(&h, "84821100107D5F5826A993EBC89EEA24957FA0B3CE"),
                     SW_OK);
    /* the recorded commands pass the MAC; what they ask for is not there */
    assert_int_equal(host_hex(&h, "84E291000EBF3E035C015A558D036518A2829700"),
                     SW_OK);
    assert_int_equal(host_hex(&h, "84F220020863A63F8959827FB2"), SW_WRONG_DATA);
    assert_int_equal(host_hex(&h, "84CA006608A0C6A4A74166F7CE00"), SW_OK);
    assert_int_equal(host_hex(&h, "84CA006608A0C6A4A74166F7CE00"),
                     SW_SECURITY_STATUS);
    unit_close(&h);
}

static void test_atr(void **state)
{
    struct host h;
    uint8_t atr[33], check = 0;

    (void)state;
    unit_open(&h, false);
    size_t n = card_atr(h.card, atr);
    assert_true(n > 6 && n <= 33);
    assert_int_equal(atr[0], 0x3B);
    assert_int_equal(n, 2 + 4 + (atr[1] & 0x0F) + 1u);
    for (size_t i = 1; i < n; i++)
        check ^= atr[i];
    assert_int_equal(check, 0);
    unit_close(&h);
}

/* ---- who may do what ---- */

struct matrix_row {
    const char *command;
    bool openly;      /* runs without a session */
    bool when_locked; /* and in CARD_LOCKED */
    bool when_terminated;
};

static const struct matrix_row matrix[] = {
    {"80CA004200", true, true, true},
    {"80F28002024F0000", false, true, false},
    {"80F0807F", false, true, false},
    {"80E602000B06F0504F5354010000000000", false, false, false},
    {"80E60C001D06F0504F53540107F0504F5354010107F0504F53540101010002C9000000",
     false, false, false},
    {"80E8800004C402010100", false, false, false},
    {"80E40000094F07F0504F5354010100", false, false, false},
    {"80E4000003D2013000", false, false, false},
    {"80D8000117318810000102030405060708090A0B0C0D0E0F0300000000", false, false,
     false},
    {"80E2900005420301020300", false, false, false},
};

/* Brings the card to a state: 0F, 7F or FF. */
static void set_state(struct host *h, uint8_t card)
{
    assert_int_equal(host_open_session(h, 0x30, 0x00, NULL), SW_OK);
    if (card == 0x7F)
        assert_int_equal(host_hex(h, "80F0807F"), SW_OK);
    if (card == 0xFF)
        assert_int_equal(host_hex(h, "80F080FF"), SW_OK);
    assert_int_equal(host_reset(h), CARD_OK);
}

static bool is_refusal(sw_t sw)
{
    return sw == SW_SECURITY_STATUS || sw == SW_CONDITIONS;
}

/* With no session nothing but GET DATA; with a session what the state has. */
static void test_matrix(void **state)
{
    static const uint8_t states[] = {0x0F, 0x7F, 0xFF};

    (void)state;
    for (size_t s = 0; s < sizeof states; s++) {
        struct host h;

        unit_open(&h, false);
        set_state(&h, states[s]);
        char *before = host_dump(&h, false);
        for (size_t i = 0; i < sizeof matrix / sizeof matrix[0]; i++) {
            const struct matrix_row *r = &matrix[i];
            bool known = states[s] == 0x0F ||
                         (states[s] == 0x7F && r->when_locked) ||
                         (states[s] == 0xFF && r->when_terminated);
            sw_t sw = host_hex(&h, r->command);
            if (!known)
                assert_int_equal(sw, SW_CONDITIONS);
            else if (!r->openly)
                assert_int_equal(sw, SW_SECURITY_STATUS);
            else
                assert_int_equal(sw, SW_OK);
            if (states[s] == 0xFF)
                continue;
            assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
            if (!known)
                assert_int_equal(host_hex(&h, r->command), SW_CONDITIONS);
            assert_int_equal(host_select(&h, ""),
                             states[s] == 0x7F ? SW_WARNING_LOCKED : SW_OK);
        }
        char *after = host_dump(&h, false);
        assert_string_equal(before, after);
        free(before);
        free(after);
        unit_close(&h);
    }
}

/* At each level: what is sent with less protection ends the session. */
static void test_levels(void **state)
{
    static const struct {
        uint8_t version, level;
    } levels[] = {{0x30, 0x01}, {0x30, 0x03}, {0x30, 0x11}, {0x30, 0x13},
                  {0x30, 0x33}, {0x20, 0x01}, {0x20, 0x03}};
    struct host h;

    (void)state;
    unit_open(&h, true);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const uint8_t plain[] = {0x80, 0xF2, 0x80, 0x02, 2, 0x4F, 0};

        assert_int_equal(
            host_open_session(&h, levels[i].version, levels[i].level, NULL),
            SW_OK);
        assert_int_equal(host_hex(&h, "80F28002024F0000"), SW_OK);
        assert_int_equal(host_raw(&h, span_of(plain, sizeof plain)),
                         SW_SECURITY_STATUS);
        assert_true(is_refusal(host_hex(&h, "80F28002024F0000")));
    }
    unit_close(&h);
}

/* ---- memory ---- */

/* Loaded, installed, deleted, again and again: it ends where it began. */
static void test_memory_is_reclaimed(void **state)
{
    struct host h;
    char *first = NULL;

    (void)state;
    unit_open(&h, false);
    assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(unit_install_wallet(&h), SW_OK);
        assert_int_equal(host_hex(&h, "80E40080084F06F0504F53540100"), SW_OK);
        char *now = host_dump(&h, true);
        if (first == NULL) {
            first = now;
            continue;
        }
        assert_string_equal(now, first);
        free(now);
    }
    free(first);
    unit_close(&h);
}

/* A load that is refused gives back what it had taken. */
static void test_refused_load_leaves_nothing(void **state)
{
    struct host h;
    size_t n;
    char path[1024], aid[33];

    (void)state;
    unit_open(&h, false);
    assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
    snprintf(path, sizeof path, "%s/wallet.cap", unit_cap_folder);
    uint8_t *block = host_read_cap(path, &n, aid);
    assert_non_null(block);
    char *before = host_dump(&h, true);
    for (size_t at = 4; at < n; at += n / 16) {
        block[at] ^= 0x55;
        sw_t sw = host_load_block(&h, aid, "", span_of(block, n));
        block[at] ^= 0x55;
        if (sw == SW_OK) /* some bytes of a file mean nothing */
            assert_int_equal(host_hex(&h, "80E40080084F06F0504F53540100"),
                             SW_OK);
        char *now = host_dump(&h, true);
        assert_string_equal(now, before);
        free(now);
    }
    free(before);
    free(block);
    unit_close(&h);
}

/* ---- what the port may do ---- */

/* Each program fails in turn: the card is mute, then whole again. */
static void test_failing_medium(void **state)
{
    struct host h;
    unsigned failures = 0;

    (void)state;
    unit_open(&h, false);
    for (uint64_t n = 1; n < 400; n += 7) {
        assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
        faults_arm(&h.faults, n, FAULTS_WHOLE, true);
        sw_t sw = unit_install_wallet(&h);
        faults_arm(&h.faults, 0, FAULTS_WHOLE, false);
        failures += sw != SW_OK;
        assert_int_equal(host_reset(&h), CARD_OK);
        unit_check(&h);
        assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
        sw = host_hex(&h, "80E40080084F06F0504F53540100");
        assert_true(sw == SW_OK || sw == SW_DATA_NOT_FOUND);
    }
    assert_true(failures > 3);
    unit_close(&h);
}

static enum err no_random(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    (void)out;
    (void)n;
    return ERR_IO;
}

static void test_no_random(void **state)
{
    struct card_profile p = host_profile(true);
    struct host h;

    (void)state;
    p.scp03_i = 0x60; /* a random challenge */
    assert_true(host_open(&h, &p, UNIT_MEMORY, "unit"));
    assert_int_equal(host_open_session(&h, 0x30, 0x33, NULL), SW_OK);
    h.crypto.random = no_random;
    assert_int_equal(host_select(&h, ""), SW_OK);
    assert_int_equal(host_hex(&h, "8050300008010203040506070800"),
                     SW_MEMORY_FAILURE);
    assert_int_equal(h.n, 0);
    unit_close(&h);
}

static void test_bad_profiles(void **state)
{
    struct host h;
    struct card_profile good = host_profile(true);
    struct card_profile p;

    (void)state;
    unit_open(&h, true);
    p = good;
    p.key_set_count = 0;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.key_sets[1].version = p.key_sets[0].version;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.key_sets[1].length = 24;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.isd_aid_length = 4;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.life_cycle = 0x03;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    assert_int_equal(card_format(h.card, &good), CARD_OK);
    assert_int_equal(card_power_on(h.card), CARD_OK);
    unit_close(&h);
}

static void test_off_is_mute(void **state)
{
    struct host h;
    const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x00};
    uint8_t response[CARD_APDU_MAX];

    (void)state;
    unit_open(&h, false);
    card_power_off(h.card);
    assert_int_equal(
        card_transmit(h.card, select, 5, response, sizeof response), 0);
    memset(h.faults.bytes, 0, h.faults.size);
    assert_int_equal(card_power_on(h.card), CARD_NOT_FORMATTED);
    assert_int_equal(
        card_transmit(h.card, select, 5, response, sizeof response), 0);
    host_close(&h);
}

/* Any bit of any record: found when power comes, or the copy of it is. */
static void test_flipped_record(void **state)
{
    struct host h;
    struct heap_view v;
    ref_t ref = 0;
    unsigned records = 0;

    (void)state;
    unit_open(&h, true);
    assert_int_equal(host_hex(&h, "80CA006600"), SW_OK);
    for (uint16_t s = 0;
         (s = domain_next_slot(&h.card->domain, s)) != DOMAIN_NONE; s++) {
        assert_true(domain_record(&h.card->domain, s, &v, &ref));
        uint32_t at = (uint32_t)(v.p - h.faults.bytes);
        uint32_t bits = 8 * (v.h.length + 4);
        records++;
        for (uint32_t i = 0; i<bits; i += records> 2 ? 7 : 1) {
            h.faults.bytes[at + i / 8] ^= (uint8_t)(1u << i % 8);
            assert_int_equal(host_reset(&h), CARD_CORRUPT);
            h.faults.bytes[at + i / 8] ^= (uint8_t)(1u << i % 8);
        }
        assert_int_equal(host_reset(&h), CARD_OK);
    }
    assert_true(records >= 7); /* the domain and two sets of keys */
    unit_close(&h);
}

/* A copy goes its own way, its open session with it. */
static void test_fork(void **state)
{
    struct host h, copy;
    const struct card_profile p = host_profile(false);

    (void)state;
    unit_open(&h, false);
    assert_true(host_open(&copy, &p, UNIT_MEMORY, "other"));
    assert_int_equal(host_open_session(&h, 0x30, 0x33, NULL), SW_OK);
    faults_copy(&copy.faults, &h.faults);
    copy.card = card_fork(copy.memory, card_size(), h.card, &copy.port);
    assert_non_null(copy.card);
    copy.session = h.session;
    memset(h.memory, 0xA5, card_size()); /* the original is gone */
    memset(h.faults.bytes, 0xA5, h.faults.size);
    assert_int_equal(unit_install_wallet(&copy), SW_OK);
    assert_int_equal(host_select(&copy, "F0504F53540101"), SW_OK);
    assert_int_equal(host_hex(&copy, "8050000000"), SW_OK);
    h.card = NULL;
    host_close(&h);
    unit_close(&copy);
}

static void expect_history(const struct host *h, struct span bytes)
{
    uint8_t atr[33], check = 0;
    const size_t n = card_atr(h->card, atr);

    assert_int_equal(n, 2 + 4 + bytes.n + 1);
    assert_int_equal(atr[1] & 0x0F, bytes.n);
    assert_memory_equal(atr + 6, bytes.p, bytes.n);
    for (size_t i = 1; i < n; i++)
        check ^= atr[i];
    assert_int_equal(check, 0);
}

/* Set by who has Card Reset, to be seen from the next power-on on. */
static void test_historical_bytes(void **state)
{
    static const uint8_t bytes[16] = {0x80, 1, 2, 3};
    struct registry_entry e;
    uint8_t before[33], told[33];
    struct host h;

    (void)state;
    unit_open(&h, false);
    assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
    assert_int_equal(unit_install_wallet(&h), SW_OK);
    assert_int_equal(host_select(&h, "F0504F53540101"), SW_OK);
    const struct jcre_services *s = &h.card->services;
    const uint16_t instance = h.card->jcre.selected[0];

    (void)card_atr(h.card, before);
    assert_false(s->calls->set_history(s->ctx, instance, span_of(bytes, 4)));
    assert_true(domain_find_instance(&h.card->domain, instance, &e));
    e.privileges |= PRIVILEGE_CARD_RESET;
    assert_int_equal(domain_put_entry(&h.card->domain, &e), ERR_OK);
    assert_false(s->calls->set_history(s->ctx, instance, span_of(bytes, 16)));
    assert_true(s->calls->set_history(s->ctx, instance, span_of(bytes, 15)));
    assert_true(s->calls->set_history(s->ctx, instance, span_of(bytes, 4)));
    expect_history(&h, span_of(before + 6, before[1] & 0x0F));
    assert_int_equal(host_reset(&h), CARD_OK);
    expect_history(&h, span_of(bytes, 4));
    assert_false(s->calls->set_history(s->ctx, instance, span_of(bytes, 0)));
    /* what is told without contacts is not what was set */
    card_set_protocol(h.card, CARD_TYPE_A);
    assert_int_equal(host_reset(&h), CARD_OK);
    (void)card_atr(h.card, told);
    assert_int_equal(told[1] & 0x0F, before[1] & 0x0F);
    unit_close(&h);
}

/* A deletion as an earlier version recorded it: in a record of its size. */
static void record_as_before(struct host *h, uint16_t slot)
{
    const struct heap_header blob = {.kind = HEAP_BLOB, .length = 6};
    struct heap *heap = &h->card->heap;
    uint8_t bytes[6];
    ref_t ref;

    set_u2(bytes, slot);
    set_u4(bytes + 2, domain_seal(bytes, 2));
    assert_int_equal(heap_new(heap, &blob, &ref), ERR_OK);
    assert_int_equal(heap_write(heap, ref, 0, bytes, 6, HEAP_RAW), ERR_OK);
    assert_int_equal(heap_set_root(heap, HEAP_ROOT_INTENT, ref), ERR_OK);
}

/* The wallet's package; false when it is not there. */
static bool find_wallet(struct host *h, struct registry_entry *e)
{
    static const uint8_t aid[] = {0xF0, 0x50, 0x4F, 0x53, 0x54, 0x01};

    return domain_find_package(&h->card->domain, span_of(aid, sizeof aid), e);
}

static void load_as_issuer(struct host *h, struct registry_entry *e)
{
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(unit_load_wallet(h), SW_OK);
    scp_close(&h->session);
    assert_true(find_wallet(h, e));
}

/*
 * The room for the record of a deletion: made for an older card at power-on,
 * put right when it was cut while it was written, used and given back.
 */
static void test_room_for_deleting(void **state)
{
    const uint8_t spoiled = 0xA5;
    struct registry_entry e;
    struct host h;

    (void)state;
    unit_open(&h, false);
    struct heap *heap = &h.card->heap;
    const ref_t made = heap_root(heap, HEAP_ROOT_SPARE);
    assert_int_not_equal(made, 0);
    assert_int_equal(heap_free(heap, made), ERR_OK);
    assert_int_equal(heap_set_root(heap, HEAP_ROOT_SPARE, 0), ERR_OK);
    assert_int_equal(host_reset(&h), CARD_OK);
    const ref_t spare = heap_root(heap, HEAP_ROOT_SPARE);
    assert_int_not_equal(spare, 0);

    assert_int_equal(heap_write(heap, spare, 1, &spoiled, 1, HEAP_RAW), ERR_OK);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(heap_root(heap, HEAP_ROOT_SPARE), spare);
    struct heap_view v;
    assert_true(heap_get(heap, spare, &v));
    assert_int_equal(v.p[1], 0);

    load_as_issuer(&h, &e);
    assert_int_equal(domain_intend(&h.card->domain, &e.slot, 1), ERR_OK);
    assert_int_equal(heap_root(heap, HEAP_ROOT_INTENT), spare);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_false(find_wallet(&h, &e));
    assert_int_equal(heap_root(heap, HEAP_ROOT_INTENT), 0);
    assert_int_equal(heap_root(heap, HEAP_ROOT_SPARE), spare);

    load_as_issuer(&h, &e);
    record_as_before(&h, e.slot);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_false(find_wallet(&h, &e));
    assert_int_equal(heap_root(heap, HEAP_ROOT_SPARE), spare);
    unit_close(&h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_initialize_update),
        cmocka_unit_test(test_atr),
        cmocka_unit_test(test_historical_bytes),
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_memory_is_reclaimed),
        cmocka_unit_test(test_refused_load_leaves_nothing),
        cmocka_unit_test(test_failing_medium),
        cmocka_unit_test(test_no_random),
        cmocka_unit_test(test_bad_profiles),
        cmocka_unit_test(test_off_is_mute),
        cmocka_unit_test(test_flipped_record),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_room_for_deleting),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: domains_test CAP-FOLDER\n");
        return 2;
    }
    unit_cap_folder = argv[1];
    return cmocka_run_group_tests_name("domains", tests, NULL, NULL);
}
