/*
 * Proves that a receipt's counter never comes again: not when power goes at
 * any program of an operation that is confirmed, torn in one of five ways by
 * turns, nor at its end, where delegated management stops for good; and that
 * it names the card by the numbers that its domain has, and by nothing else.
 * [GPCS C.5]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/registry.h"
#include "root.h"
#include "tests/apdu/host.h"

enum { COUNTER_AT = 19 /* in a response with a receipt of 16 bytes */ };

/* A domain with Delegated Management, and its first keys, 00..0F. */
#define DELEGATE "A000000151535061"
static const char make_delegate[] = "80E60C0026"
                                    "07A0000001515350"
                                    "08A000000151535041"
                                    "08A000000151535061"
                                    "03A00000"
                                    "06C90481020370"
                                    "00"
                                    "00";
static const char own_keys[] = "80D8008143"
                               "31"
                               "8810"
                               "3D0FA4B855D2A5AA4954B8B5DF582A3A"
                               "03C35280"
                               "8810"
                               "3D0FA4B855D2A5AA4954B8B5DF582A3A"
                               "03C35280"
                               "8810"
                               "3D0FA4B855D2A5AA4954B8B5DF582A3A"
                               "03C35280"
                               "00";
static const uint8_t delegate_key[] = {0, 1, 2,  3,  4,  5,  6,  7,
                                       8, 9, 10, 11, 12, 13, 14, 15};

/* The issuer's: of tokens 50..5F, of receipts 70..7F. */
static const char token_key[] = "80D8000117"
                                "70"
                                "8810"
                                "C62E5212589B9EAF19AE940D03C3B7C2"
                                "03F2A8DF"
                                "00";
static const char receipt_key[] = "80D8000117"
                                  "71"
                                  "8810"
                                  "79F5ECFF0CE8E1A75D3B57985CC42099"
                                  "03DCC3AC"
                                  "00";

/* What is confirmed, with tokens made by OpenSSL 3.0. */
static const char make[] = "80E60C0032"
                           "07A0000001515350"
                           "08A000000151535041"
                           "08A000000151535064"
                           "03800000"
                           "02C900"
                           "101753B6DC8375093363F0FBE37DF7B103"
                           "00";
static const char unmake[] = "80E400001C"
                             "4F08A000000151535064"
                             "9E10FC7C2C592F4827947E83C03794B3078B"
                             "00";

static bool open_delegate(struct host *h)
{
    const struct span key = span_of(delegate_key, sizeof delegate_key);

    return host_select(h, DELEGATE) == SW_OK &&
           host_open_session(h, 0x31, 0x01, &key) == SW_OK;
}

static void open_card_of(struct host *h, const struct card_profile *profile)
{
    assert_true(host_open(h, profile, HOST_MEMORY, "receipts"));
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(h, token_key), SW_OK);
    assert_int_equal(host_hex(h, receipt_key), SW_OK);
    assert_int_equal(host_hex(h, make_delegate), SW_OK);
    assert_int_equal(host_select(h, DELEGATE), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(h, own_keys), SW_OK);
    assert_true(open_delegate(h));
}

static void open_card(struct host *h)
{
    const struct card_profile profile = host_profile(false);

    open_card_of(h, &profile);
}

static void check_clean(struct host *h)
{
    char *findings = NULL;

    assert_int_equal(host_check(h, &findings), 0);
    free(findings);
}

/* The counter that an operation tells. */
static uint16_t told_by(struct host *h, const char *command)
{
    assert_int_equal(host_hex(h, command), SW_OK);
    assert_true(h->n > COUNTER_AT + 2);
    return get_u2(h->response + COUNTER_AT);
}

/* One cut in the command; then what the next operation tells. */
static bool cut(struct host *h, const char *command, uint64_t program,
                uint32_t *last)
{
    struct registry_entry e;
    const struct span made =
        span_of((const uint8_t *)"\xA0\0\0\1\x51\x53\x50\x64", 8);

    faults_arm(&h->faults, program, (enum faults_tear)(program % FAULTS_TEARS),
               false);
    const bool survived = host_hex(h, command) == SW_OK;
    if (survived) {
        faults_arm(&h->faults, 0, FAULTS_WHOLE, false);
        assert_true(get_u2(h->response + COUNTER_AT) > *last);
        *last = get_u2(h->response + COUNTER_AT);
    } else {
        assert_int_equal(host_reset(h), CARD_OK);
        check_clean(h);
        assert_true(open_delegate(h));
    }
    const bool is_there = domain_find_application(&h->card->domain, made, &e);
    if (is_there != (command == unmake)) {
        const uint16_t next = told_by(h, command == make ? unmake : make);
        assert_true(next > *last);
        *last = next;
    }
    return survived;
}

static void test_cut(void **state)
{
    const char *const commands[] = {make, unmake};
    struct host h;
    uint32_t last = 0;
    unsigned cuts = 0;

    (void)state;
    open_card(&h);
    assert_int_equal(told_by(&h, make), 0);
    assert_int_equal(told_by(&h, unmake), 1);
    last = 1;
    for (size_t i = 0; i < 2; i++) {
        for (uint64_t p = 1; !cut(&h, commands[i], p, &last); p++)
            cuts++;
        if (i == 0) { /* the second one needs what the first one makes */
            last = told_by(&h, make);
        }
    }
    printf("%u cuts, %u receipts\n", cuts, (unsigned)last + 1);
    assert_true(cuts > 10);
    host_close(&h);
}

static void test_end(void **state)
{
    struct host h;
    struct registry_entry isd;

    (void)state;
    open_card(&h);
    assert_true(domain_entry(&h.card->domain, DOMAIN_ISD, &isd));
    isd.receipts = 0xFFFE;
    assert_int_equal(domain_put_entry(&h.card->domain, &isd), ERR_OK);
    assert_int_equal(told_by(&h, make), 0xFFFE);
    char *before = host_dump(&h, false);
    assert_int_equal(host_hex(&h, unmake), SW_CONDITIONS);
    assert_non_null(strstr(h.reason, "used up"));
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_true(open_delegate(&h));
    assert_int_equal(host_hex(&h, unmake), SW_CONDITIONS);
    char *after = host_dump(&h, false);
    assert_string_equal(before, after);
    free(before);
    free(after);
    check_clean(&h);
    host_close(&h);
}

/* A number that the issuer's domain has not is none of its other objects. */
static void test_missing_number(void **state)
{
    static const uint8_t card[] = {0x04, 0x45, 0x00, 0x00, 0x02};
    struct card_profile profile = host_profile(false);
    struct host h;

    (void)state;
    profile.iin_length = 0;
    open_card_of(&h, &profile);
    assert_int_equal(host_select(&h, ""), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&h, "80E2900005BF2002AABB00"), SW_OK);
    assert_true(open_delegate(&h));
    assert_int_equal(told_by(&h, make), 0);
    assert_true(h.n >= COUNTER_AT + 2 + sizeof card);
    assert_memory_equal(h.response + COUNTER_AT + 2, card, sizeof card);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_missing_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
