/*
 * Proves the APDU class to the letter, from Java and over each protocol: a
 * probe applet calls its methods in the order that a row puts down, and what
 * each call gave and what crossed the wire is compared.
 * [JCAPI APDU] [JCRE 9.4]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "tests/apdu/probe.h"

/* ---- order and limits of the calls ---- */

static void test_order(void **state)
{
    static const struct probe_row rows[] = {
        {"state receive state receive incoming offset", "0 3 2 !1 3 5",
         .exchanges = {{"80200000 03 010203", "9000"}}},
        {"incoming offset receiveAt:5 receive incoming", "!1 !1 !1 0 0",
         .exchanges = {{"80200000", "9000"}}},
        {"outgoing outgoing whole receive receiveAt:5 incoming offset andSend",
         "0 !1 !1 !1 !1 !1 !1 !1", .exchanges = {{"80200000 01 AA", "9000"}}},
        {"length:1 send:0,1 sendLong:0,1 state", "!1 !1 !1 0",
         .exchanges = {{"8020000000", "9000"}}},
        {"outgoing length:4 length:4 state send:0,1 state send:1,3 state "
         "send:0,1 sendLong:0,1",
         "256 0 !1 4 0 5 0 6 !1 !1",
         .exchanges = {{"8020000000", "80200000 9000"}}},
        {"andSend:0,2 state andSend:0,2 outgoing length:1 send:0,1 "
         "sendLong:0,1",
         "0 6 !1 !1 !1 !1 !1", .exchanges = {{"8020000000", "8020 9000"}}},
        {"outgoing length:0 state send:0,0 state", "256 0 4 0 6",
         .exchanges = {{"8020000000", "9000"}}},
        {"wait whole wait state", "0 256 !1 3",
         .exchanges = {{"8020000000", "9000"}}},
        {"current nad", "1 0", .exchanges = {{"80200000", "9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_limits(void **state)
{
    static const struct probe_row rows[] = {
        {"outgoing length:-1 length:257 length:256 state", "256 !3 !3 0 4",
         .exchanges = {{"8020000000", "9000"}}},
        {"outgoing length:8 send:-1,1 send:0,-1 send:1024,1 send:1000,100 "
         "sendNull:0,1 sendLong:-1,1 sendLong:0,-1 sendLong:32767,1 state",
         "256 0 !2 !2 !2 !2 x x x x 4", .exchanges = {{"8020000000", "9000"}}},
        {"andSend:0,-1 andSend:0,257 andSend:-1,1 andSend:1024,1 state",
         "!3 !3 !2 !2 0", .exchanges = {{"8020000000", "9000"}}},
        {"receive receiveAt:-1 receiveAt:771 receiveAt:770 receiveAt:5",
         "1 !2 !2 0 0", .exchanges = {{"80200000 01 AA", "9000"}}},
        {"outgoing length:3 send:0,4 state send:0,3", "256 0 !1 4 0",
         .exchanges = {{"8020000000", "802000 9000"}}},
        {"whole length:253 length:4 state", "256 !3 0 4",
         .exchanges = {{"8020000000", "00000000 9000"}}},
        {"whole length:257 length:4 state", "4 !3 0 4", CARD_T0,
         .exchanges = {{"8020000004", "00000000 9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_the_buffer(void **state)
{
    static const struct probe_row rows[] = {
        {"sum:0,1024 fill:0,1024", "160 0",
         .exchanges = {{"80200000", "9000"}}},
        /* nothing of the command before is left */
        {"peek:0 peek:2 peek:4 peek:6 sum:7,1017 fill:0,1024",
         "-32736 258 768 0 0 0",
         .exchanges = {{"80200102 03 112233", "9000"},
                       {"80200102 03 112233", "9000"}}},
        {"peek:4 sum:5,1019", "4096 0", .exchanges = {{"8020000010", "9000"}}},
        {"peek:3 peek:5 sum:7,1017 receive incoming offset",
         "0 300 0 300 300 7", .is_long = true,
         .exchanges = {{"80200000 00012C *300", "9000"}}},
        {"peek:3 peek:5 sum:7,1017", "0 513 0", .is_long = true,
         .exchanges = {{"80200000 000201", "9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

/* ---- protocols ---- */

static void test_views(void **state)
{
    static const char script[] = "protocol in out nad encoding";
    static const struct probe_row rows[] = {
        {script, "1 254 254 0 2", CARD_T1, .exchanges = {{"80200000", "9000"}}},
        {script, "0 1 258 0 2", CARD_T0, .exchanges = {{"80200000", "9000"}}},
        {script, "-127 254 254 0 2", CARD_TYPE_A,
         .exchanges = {{"80200000", "9000"}}},
        {script, "-111 254 254 0 2", CARD_TYPE_B,
         .exchanges = {{"80200000", "9000"}}},
        {script, "-79 254 254 0 2", CARD_TYPE_F,
         .exchanges = {{"80200000", "9000"}}},
        {script, "-95 254 254 0 2", CARD_USB,
         .exchanges = {{"80200000", "9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_expected_lengths(void **state)
{
    static const struct probe_row rows[] = {
        /* T=1: what Le says, none is 0 */
        {"outgoing", "0", .exchanges = {{"80200000", "9000"}}},
        {"outgoing", "0", .exchanges = {{"8020000001AA", "9000"}}},
        {"outgoing", "256", .exchanges = {{"8020000001AA00", "9000"}}},
        {"outgoing", "16", .exchanges = {{"8020000010", "9000"}}},
        {"outgoing", "32767", .is_long = true,
         .exchanges = {{"80200000000000", "9000"}}},
        {"whole", "300", .is_long = true,
         .exchanges = {{"8020000000012C", "9000"}}},
        {"outgoing", "32767", .is_long = true,
         .exchanges = {{"80200000008000", "9000"}}},
        /* T=0: P3 of case 2, and otherwise as much as there may be */
        {"outgoing", "256", CARD_T0, .exchanges = {{"80200000", "9000"}}},
        {"outgoing", "16", CARD_T0, .exchanges = {{"8020000010", "9000"}}},
        {"outgoing", "256", CARD_T0, .exchanges = {{"8020000001AA", "9000"}}},
        {"outgoing", "32767", CARD_T0, true, {{"8020000000", "9000"}}},
        {"outgoing", "16", CARD_T0, true, {{"8020000010", "9000"}}},
        {"outgoing", "32767", CARD_T0, true, {{"8020000001AA", "9000"}}},
        {"whole", "256", CARD_T0, true, {{"8020000001AA", "9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_class_bytes(void **state)
{
    static const char script[] = "channel iso secure chained valid";
    static const struct probe_row rows[] = {
        {script, "0 1 0 0 1", .exchanges = {{"00200000", "9000"}}},
        {script, "0 1 1 0 1", .exchanges = {{"0C200000", "9000"}}},
        {script, "0 0 1 1 1", .exchanges = {{"94200000", "9000"}}},
        {script, "0 0 0 0 1", .exchanges = {{"A0200000", "9000"}}},
        /* no channel is in these: the basic one's, and not valid */
        {script, "0 1 0 0 0", .exchanges = {{"2D200000", "9000"}}},
        {script, "0 1 0 0 0", .exchanges = {{"3F200000", "9000"}}},
        {script, "0 0 0 0 0", .exchanges = {{"FF200000", "9000"}}},
        {script, "3 0 0 0 1",
         .exchanges = {{"0070000300", "9000"},
                       {"03A4040006F00000006101", "9000"},
                       {"83200000", "9000"}}},
        {script, "19 1 1 1 1",
         .exchanges = {{"0070001300", "9000"},
                       {"4FA4040006F00000006101", "9000"},
                       {"7F200000", "9000"}}},
        /* select() knows the channel that the command came on */
        {"selected", "18",
         .exchanges = {{"0070001200", "9000"},
                       {"4EA4040006F00000006101", "9000"},
                       {"80200000", "9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

/* ---- blocks and extended lengths ---- */

static void test_blocks(void **state)
{
    static const struct probe_row rows[] = {
        {"receive state sum:7,1017 receiveAt:100 sum:100,924 state drain state",
         "1017 1 25994 924 17624 1 8059 2", .is_long = true,
         .exchanges = {{"80200000 002710 *10000", "9000"}}},
        {"receive drain incoming", "1017 31750 32767", .is_long = true,
         .exchanges = {{"80200000 007FFF *32767", "9000"}}},
        {"outgoing length:32767 sendLong:0,32767", "32767 0 0", .is_long = true,
         .exchanges = {{"80200000 000000", "*32767 9000"}}},
        {"receive drain outgoing length:32767 sendLong:0,32767",
         "1017 31750 32767 0 0", .is_long = true,
         .exchanges = {{"80200000 007FFF *32767 0000", "*32767 9000"}}},
        /* longer than it was expected: the rest by GET RESPONSE */
        {"outgoing length:600 sendLong:0,600", "256 0 0", .is_long = true,
         .exchanges = {{"8020000000", "*256 6100"},
                       {"00C0000000", "*256 6158"},
                       {"00C0000058", "*88 9000"}}},
        /* beyond a short, or for an applet that did not ask for it */
        {"receive", NULL, .is_long = true,
         .exchanges = {{"80200000 008000 *32768", "6700"}}},
        {"receive", NULL,
         .exchanges = {{"80200000 00012C *300", "6700"},
                       {"80200000 000001 AA", "6700"},
                       {"80200000 000000", "6700"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

/* Lengths and places up to the greatest short, and what goes around there. */
static void test_greatest_lengths(void **state)
{
    static const struct probe_row rows[] = {
        {"outgoing length:-32768 length:-1 length:32767 length:1 state",
         "32767 !3 !3 0 !1 4", .is_long = true,
         .exchanges = {{"80200000 000000", "9000"}}},
        {"outgoing length:32767 sendLong:1,32767 sendLong:32767,1 "
         "sendLong:32767,32767 sendLong:0,-32768 sendLong:-32768,32767 state "
         "sendLong:32767,0 sendLong:0,32767 sendLong:0,1 sendLong:0,0 state",
         "32767 0 x x x x x 4 0 0 !1 0 6", .is_long = true,
         .exchanges = {{"80200000 000000", "*32767 9000"}}},
        {"outgoing length:32767 send:0,32767 send:32767,0 send:32767,32767 "
         "send:1,1024 send:-32768,-32768 state",
         "32767 0 !2 !2 !2 !2 !2 4", .is_long = true,
         .exchanges = {{"80200000 000000", "9000"}}},
        {"andSend:0,32767 andSend:32767,1 andSend:32767,32767 state "
         "andSend:0,-32768",
         "!2 !2 !2 0 !3", .is_long = true,
         .exchanges = {{"80200000 000000", "9000"}}},
        /* not chained, one block is all that there is */
        {"whole length:32767 length:253 length:4 state", "32767 !3 !3 0 4",
         .is_long = true, .exchanges = {{"80200000 000000", "00000000 9000"}}},
        /* an applet that did not ask for more than 256 */
        {"outgoing length:32767 length:257 andSend:0,257 state",
         "256 !3 !3 !1 3", .exchanges = {{"8020000000", "9000"}}},
        /* more than was expected */
        {"outgoing length:32767 throw:0x6985", NULL, .is_long = true,
         .exchanges = {{"8020000010", "6985"}}},
        {"receive receiveAt:32767 receiveAt:-32768 receiveAt:1024 "
         "receiveAt:771 "
         "receiveAt:770 drain incoming",
         "1017 !2 !2 !2 !2 254 31496 32767", .is_long = true,
         .exchanges = {{"80200000 007FFF *32767", "9000"}}},
        /* what came is left, and what goes begins */
        {"receive outgoing receiveAt:0 length:32767 sendLong:0,32767 receive",
         "1017 32767 !1 0 0 !1", .is_long = true,
         .exchanges = {{"80200000 007FFF *32767 0000", "*32767 9000"}}},
        /* fewer bytes than Lc says, and more */
        {"receive", NULL, .is_long = true,
         .exchanges = {{"80200000 007FFF *32766", "6700"},
                       {"80200000 007FFF *32768", "6700"},
                       {"80200000 007FFF *32770", "6700"},
                       {"80200000 00FFFF *32767", "6700"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_no_chaining_fills_up(void **state)
{
    static const struct probe_row rows[] = {
        {"whole length:6 send:0,2", "256 0 0",
         .exchanges = {{"8020000000", "802000000000 9000"}}},
        {"outgoing length:6 send:0,2", "256 0 0",
         .exchanges = {{"8020000000", "8020 9000"}}},
        {"whole length:6 send:0,2", "256 0 0", CARD_T0,
         .exchanges = {{"8020000000", "6106"},
                       {"00C0000006", "802000000000 9000"}}},
        /* what T=0 announced to the terminal leaves in any case */
        {"outgoing length:6 send:0,2", "6 0 0", CARD_T0,
         .exchanges = {{"8020000006", "802000000000 9000"}}},
        /* a view is one command's, however many exchanges that takes */
        {"outgoing length:2 viewLong:7,2", "256 0 90", CARD_T0,
         .exchanges = {{"8020000000", "6C02"}, {"8020000002", "*2 9000"}}},
        {"outgoing length:6 send:0,2 throw:0x6985", NULL, CARD_T0,
         .exchanges = {{"8020000000", "6C06"},
                       {"8020000006", "802000000000 6985"}}},
        {"outgoing length:6 throw:0x6985", NULL, CARD_T0,
         .exchanges = {{"8020000000", "6985"}}},
        /* what was sent stays sent: a first part, and how much is left */
        {"andSend:0,2 throw:0x6131", NULL,
         .exchanges = {{"8020000000", "8020 6131"}}},
        {"andSend:0,2 throw:0x6985", NULL, CARD_T0,
         .exchanges = {{"8020000000", "6C02"}, {"8020000002", "8020 6985"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_atr(void **state)
{
    static const struct {
        enum card_protocol protocol;
        const char *start;
        size_t n;
    } rows[] = {
        {CARD_T1, "3B8E8131FE45", 21},
        {CARD_T0, "3B0E8073", 16},
        {CARD_TYPE_A, "3B8E800180", 19},
        {CARD_TYPE_B, "3B88800150", 13},
    };
    uint8_t atr[33];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[67];
        card_set_protocol(probe_host.card, rows[i].protocol);
        hex_encode(span_of(atr, card_atr(probe_host.card, atr)), text);
        assert_memory_equal(text, rows[i].start, strlen(rows[i].start));
        assert_int_equal(strlen(text), 2 * rows[i].n);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_the_buffer),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_expected_lengths),
        cmocka_unit_test(test_class_bytes),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_greatest_lengths),
        cmocka_unit_test(test_no_chaining_fills_up),
        cmocka_unit_test(test_atr),
    };

    if (argc != 2)
        return 2;
    probe_cap = argv[1];
    return cmocka_run_group_tests_name("probe", tests, probe_open, probe_close);
}
