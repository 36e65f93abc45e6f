/*
 * Proves what a profile decides, on the card: answer to reset, channels,
 * edition in the card recognition data, production data; which profiles are
 * refused; and that cards of each format of the card-wide record, those from
 * before there were profiles among them, are read and keep their values when
 * the record is written again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/cardwide.h"
#include "root.h"
#include "tests/unit/domains/unit.h"

enum { MEMORY = 160 * 1024 };

static const uint8_t historical[] = {0x80, 0x31, 0xE0};

static struct card_profile special(void)
{
    struct card_profile p = host_profile(false);

    p.channels = 3;
    p.edition[0] = 2;
    p.edition[1] = 2;
    p.edition[2] = 1;
    p.withheld = CARD_FAMILY_RSA;
    p.historical_length = sizeof historical;
    memcpy(p.historical, historical, sizeof historical);
    return p;
}

static void open_card(struct host *h, const struct card_profile *p)
{
    assert_true(host_open(h, p, MEMORY, "profile"));
}

static size_t atr_of(struct host *h, enum card_protocol protocol,
                     uint8_t atr[33])
{
    card_set_protocol(h->card, protocol);
    assert_int_equal(card_power_on(h->card), CARD_OK);
    return card_atr(h->card, atr);
}

static void test_answer_to_reset(void **state)
{
    static const uint8_t own[] = {0x3B, 0x83, 0x81, 0x31, 0xFE,
                                  0x45, 0x80, 0x31, 0xE0, 0xD9};
    static const uint8_t own_t0[] = {0x3B, 0x03, 0x80, 0x31, 0xE0};
    struct card_profile p = special();
    uint8_t atr[33], usual[33];
    struct host h;

    (void)state;
    open_card(&h, &p);
    assert_int_equal(card_atr(h.card, atr), sizeof own);
    assert_memory_equal(atr, own, sizeof own);
    assert_int_equal(atr_of(&h, CARD_T0, atr), sizeof own_t0);
    assert_memory_equal(atr, own_t0, sizeof own_t0);
    /* type B has its own bytes; off, a card is as any */
    size_t n = atr_of(&h, CARD_TYPE_B, atr);
    card_power_off(h.card);
    assert_int_equal(card_atr(h.card, usual), n);
    assert_memory_equal(atr, usual, n);
    card_set_protocol(h.card, CARD_T1);
    assert_true(card_atr(h.card, usual) > sizeof own);
    assert_int_equal(card_power_on(h.card), CARD_OK);
    unit_close(&h);
}

/* The byte of the capabilities that counts channels [ISO 7816-4 12.1.1.9]. */
static void test_channels(void **state)
{
    static const struct {
        uint8_t channels;
        uint8_t byte;
    } rows[] = {{0, 0xDF}, {1, 0xC0}, {2, 0xD9}, {4, 0xDB},
                {7, 0xDE}, {8, 0xDF}, {20, 0xDF}};
    uint8_t atr[33];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct card_profile p = host_profile(false);
        struct host h;
        p.channels = rows[i].channels;
        const unsigned count = p.channels == 0 ? CARD_CHANNELS : p.channels;
        open_card(&h, &p);
        card_atr(h.card, atr);
        assert_int_equal(atr[6 + 4], rows[i].byte);
        for (unsigned c = 1; c < count; c++) {
            assert_int_equal(host_hex(&h, "0070000001"), SW_OK);
            assert_int_equal(h.response[0], c);
        }
        assert_int_equal(host_hex(&h, "0070000001"), SW_FUNCTION_UNSUPPORTED);
        unit_close(&h);
    }
}

/* A number that is beyond the card's is none, opened or closed. */
static void test_channel_beyond(void **state)
{
    struct card_profile p = special();
    struct host h;

    (void)state;
    open_card(&h, &p);
    assert_int_equal(host_hex(&h, "0070000200"), SW_OK);
    assert_int_equal(host_hex(&h, "02CA004200"), SW_OK);
    assert_int_equal(host_hex(&h, "0070000300"), SW_FUNCTION_UNSUPPORTED);
    assert_int_equal(host_hex(&h, "0070800300"), SW_FUNCTION_UNSUPPORTED);
    assert_int_equal(host_hex(&h, "03CA004200"), SW_CHANNEL_UNSUPPORTED);
    unit_close(&h);
}

/* [GPCS H.2] */
static void test_edition(void **state)
{
    static const uint8_t oid[] = {0x06, 0x0A, 0x2A, 0x86, 0x48, 0x86,
                                  0xFC, 0x6B, 0x02, 0x02, 0x02, 0x01};
    struct card_profile p = special();
    struct host h;

    (void)state;
    open_card(&h, &p);
    assert_int_equal(host_hex(&h, "80CA006600"), SW_OK);
    assert_memory_equal(h.response + 4 + 2 + 7 + 2, oid, sizeof oid);
    unit_close(&h);

    memset(p.edition, 0xFF, sizeof p.edition);
    open_card(&h, &p);
    assert_int_equal(host_hex(&h, "80CA006600"), SW_DATA_NOT_FOUND);
    assert_int_equal(host_hex(&h, "00CA006600"), SW_DATA_NOT_FOUND);
    assert_int_equal(host_hex(&h, "00A4040000"), SW_OK);
    for (size_t i = 0; i + 1 < h.n; i++)
        assert_false(h.response[i] == 0xFC && h.response[i + 1] == 0x6B);
    unit_close(&h);
}

static void test_production_data(void **state)
{
    struct card_profile p = host_profile(false);
    struct host h;

    (void)state;
    open_card(&h, &p);
    assert_int_equal(host_hex(&h, "80CA9F7F00"), SW_OK);
    assert_memory_equal(h.response + 3 + 12, "\x07\x08\x09\x0A", 4);
    unit_close(&h);

    p.has_cplc = true;
    for (uint8_t i = 0; i < CARD_CPLC_SIZE; i++)
        p.cplc[i] = i;
    open_card(&h, &p);
    assert_int_equal(host_hex(&h, "80CA9F7F00"), SW_OK);
    assert_int_equal(h.n, 3 + CARD_CPLC_SIZE);
    assert_memory_equal(h.response + 3, p.cplc, CARD_CPLC_SIZE);
    unit_close(&h);
}

static void test_refused_profiles(void **state)
{
    const struct card_profile good = special();
    struct card_profile p = good;
    struct host h;

    (void)state;
    open_card(&h, &good);
    p.channels = CARD_CHANNELS + 1;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.historical_length = sizeof p.historical + 1;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.scp01_i = 0x55;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p.scp01_i = 0x05; /* triple DES keys are for one of both */
    p.scp02_i = 0x15;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p.scp02_i = 0;
    assert_int_equal(card_format(h.card, &p), CARD_OK);
    p.scp11_i = 0x08; /* no variant */
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    p = good;
    p.withheld = CARD_FAMILY_ALL + 1;
    assert_int_equal(card_format(h.card, &p), CARD_BAD_PROFILE);
    assert_int_equal(card_format(h.card, &good), CARD_OK);
    assert_int_equal(card_power_on(h.card), CARD_OK);
    unit_close(&h);
}

/* Bytes of the card-wide record, and its format. */
static uint8_t format_of(const struct host *h, uint32_t *n)
{
    struct heap_view v;
    const struct heap *heap = &h->card->heap;

    assert_true(heap_get(heap, heap_root(heap, HEAP_ROOT_CARD), &v));
    *n = v.h.length;
    return v.p[0];
}

/*
 * A card of the usual profile has the record that there was before profiles;
 * restrictions are written into each, and all else is as it was.
 */
static void test_formats(void **state)
{
    static const uint32_t sizes[] = {16, 16 + 80, 16 + 32, 16 + 80 + 32};
    static const uint8_t kdd[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

    (void)state;
    for (uint8_t i = 0; i < 4; i++) {
        struct card_profile p = (i & 2) != 0 ? special() : host_profile(false);
        struct host h;
        uint32_t n;
        p.enciphered = (i & 1) != 0;
        open_card(&h, &p);
        assert_int_equal(format_of(&h, &n), 1 + i);
        assert_int_equal(n, sizes[i]);
        assert_int_equal(domain_restrict(&h.card->domain, 0x01), ERR_OK);
        assert_int_equal(host_reset(&h), CARD_OK);
        const struct domain *d = &h.card->domain;
        assert_int_equal(domain_restrictions(d), 0x01);
        assert_memory_equal(domain_diversification(d), kdd, sizeof kdd);
        assert_int_equal(domain_channel_count(d),
                         (i & 2) != 0 ? 3 : CARD_CHANNELS);
        assert_int_equal(domain_withheld(d), p.withheld);
        assert_int_equal(domain_historical(d).n, p.historical_length);
        assert_int_equal(host_open_session(&h, 0x30, 0x33, NULL), SW_OK);
        scp_close(&h.session);
        unit_close(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer_to_reset),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_channel_beyond),
        cmocka_unit_test(test_edition),
        cmocka_unit_test(test_production_data),
        cmocka_unit_test(test_refused_profiles),
        cmocka_unit_test(test_formats),
    };

    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
