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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "root.h"
#include "tests/apdu/host.h"

enum {
    EXCHANGES_MAX = 8,
    BYTES_MAX = 40000,
    TEXT_MAX = 512,
    CALL_SIZE = 5,
    LOG_SIZE = 3,
};

/* In the order of the probe's numbers, from 1. */
static const char *const calls[] = {
    "receive",  "receiveAt", "incoming", "offset",   "outgoing", "whole",
    "length",   "send",      "sendLong", "andSend",  "wait",     "state",
    "protocol", "in",        "out",      "nad",      "channel",  "iso",
    "secure",   "chained",   "valid",    "encoding", "peek",     "sum",
    "throw",    "current",   "fill",     "begin",    "depth",    "sendNull",
    "selected", "drain",     "viewLong", "collect",
};

struct exchange {
    const char *command; /* hexadecimal; *N: N bytes of 5A */
    const char *answer;
};

struct row {
    const char *script; /* calls with their numbers: "length:4 send:0,2" */
    const char *log;    /* what each gave: value, !reason, x: something else */
    enum card_protocol protocol;
    bool is_long; /* the applet is one of extended lengths */
    struct exchange exchanges[EXCHANGES_MAX];
};

static struct host host;

/* ---- texts ---- */

static struct span bytes_of(const char *text, uint8_t *bytes)
{
    struct buf b = buf_of(bytes, BYTES_MAX);

    while (*text != 0) {
        size_t n = strcspn(text, " *");
        assert_int_equal(hex_decode(text, n, &b, NULL), ERR_OK);
        text += n;
        if (*text == '*') {
            char *end;
            n = (size_t)strtol(text + 1, &end, 10);
            memset(b.p + b.n, 0x5A, n);
            b.n += n;
            text = end;
        }
        text += *text == ' ';
    }
    return buf_span(&b);
}

static uint8_t call_number(const char *name, size_t n)
{
    for (uint8_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strlen(calls[i]) == n && memcmp(calls[i], name, n) == 0)
            return (uint8_t)(i + 1);
    }
    fail_msg("no call %s", name);
    return 0;
}

/* The script as the probe reads it. */
static void put_script(const char *text, struct buf *out)
{
    while (*text != 0) {
        char *end = NULL;
        size_t n = strcspn(text, " :");
        uint8_t call[CALL_SIZE] = {call_number(text, n)};
        text += n;
        if (*text == ':') {
            set_u2(call + 1, (uint16_t)strtol(text + 1, &end, 0));
            if (*end == ',')
                set_u2(call + 3, (uint16_t)strtol(end + 1, &end, 0));
            text = end;
        }
        text += *text == ' ';
        assert_int_equal(buf_put(out, call, sizeof call), ERR_OK);
    }
}

static void log_text(struct span log, char *text)
{
    *text = 0;
    for (; log.n >= LOG_SIZE;
         log = span_of(log.p + LOG_SIZE, log.n - LOG_SIZE)) {
        int value = (int16_t)get_u2(log.p + 1);
        char one[16];

        if (log.p[0] == 0)
            snprintf(one, sizeof one, "%d", value);
        else if (log.p[0] == 1)
            snprintf(one, sizeof one, "!%X", (unsigned)value & 0xFFFF);
        else
            snprintf(one, sizeof one, "x");
        strcat(text, *text != 0 ? " " : "");
        strcat(text, one);
    }
}

/* ---- a row ---- */

static void expect_answer(const struct row *row, const struct exchange *x)
{
    static uint8_t command[BYTES_MAX], expected[BYTES_MAX], got[BYTES_MAX];
    static char text[2 * BYTES_MAX + 1];
    struct span c = bytes_of(x->command, command);
    struct span e = bytes_of(x->answer, expected);
    size_t n = card_transmit(host.card, c.p, c.n, got, CARD_APDU_MAX);

    if (n == e.n && memcmp(got, expected, n) == 0)
        return;
    hex_encode(span_of(got, n), text);
    fail_msg("%s: %s -> %s, not %s", row->script, x->command, text, x->answer);
}

static void start(const struct row *row)
{
    static const char *const aids[] = {"F00000006101", "F00000006102"};

    card_set_protocol(host.card, row->protocol);
    assert_int_equal(host_reset(&host), CARD_OK);
    assert_int_equal(host_select(&host, aids[row->is_long]), SW_OK);
}

static void check(const struct row *row)
{
    uint8_t command[300] = {0x80, 0xF0};
    struct buf script = buf_of(command + 5, 250);
    char log[TEXT_MAX];

    start(row);
    put_script(row->script, &script);
    command[4] = (uint8_t)script.n;
    assert_int_equal(host_raw(&host, span_of(command, 5 + script.n)), SW_OK);
    for (size_t i = 0; i < EXCHANGES_MAX && row->exchanges[i].command; i++)
        expect_answer(row, &row->exchanges[i]);
    if (row->log == NULL)
        return;
    sw_t sw = host_hex(&host, "80F2000000");
    if (sw >> 8 == 0x6C) {
        uint8_t again[] = {0x80, 0xF2, 0, 0, (uint8_t)sw};
        sw = host_raw(&host, span_of(again, sizeof again));
    }
    assert_int_equal(sw, SW_OK);
    log_text(span_of(host.response, host.n), log);
    if (strcmp(log, row->log) != 0)
        fail_msg("%s: %s, not %s", row->script, log, row->log);
}

static void check_all(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&rows[i]);
}

#define CHECK(rows) check_all(rows, sizeof rows / sizeof rows[0])

/* ---- order and limits of the calls ---- */

static void test_order(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

static void test_limits(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

static void test_the_buffer(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

/* ---- protocols ---- */

static void test_views(void **state)
{
    static const char script[] = "protocol in out nad encoding";
    static const struct row rows[] = {
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
    CHECK(rows);
}

static void test_expected_lengths(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

static void test_class_bytes(void **state)
{
    static const char script[] = "channel iso secure chained valid";
    static const struct row rows[] = {
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
    CHECK(rows);
}

/* ---- blocks and extended lengths ---- */

static void test_blocks(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

/* Lengths and places up to the greatest short, and what goes around there. */
static void test_greatest_lengths(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

static void test_no_chaining_fills_up(void **state)
{
    static const struct row rows[] = {
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
    CHECK(rows);
}

/* ---- T=0: further exchanges that the applet does not see ---- */

static void test_t0_outgoing(void **state)
{
    static const char four[] = "outgoing length:4 send:0,2 send:2,2 state";
    static const struct row rows[] = {
        /* case 2: as many as expected, fewer, more */
        {four, "4 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000004", "80200000 9000"}}},
        {four, "16 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000010", "6C04"},
                       {"8020000004", "80200000 9000"}}},
        {four, "3 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000003", "802000 6101"},
                       {"00C0000001", "00 9000"}}},
        /* case 4; wrong lengths of GET RESPONSE */
        {four, "256 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00C0000004", "80200000 9000"}}},
        {four, "256 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00C0000005", "6C04"},
                       {"00C0000001", "80 6103"},
                       {"00C0000001", "20 6102"},
                       {"00C0000002", "0000 9000"}}},
    };

    (void)state;
    CHECK(rows);
}

static void test_t0_long(void **state)
{
    static const struct row rows[] = {
        {"outgoing length:600 sendLong:0,300 sendLong:0,300", "32767 0 0 0",
         CARD_T0, true,
         .exchanges = {{"8020000000", "*256 6100"},
                       {"00C0000000", "*256 6158"},
                       {"00C0000058", "*88 9000"}}},
        {"outgoing length:600 sendLong:0,300 sendLong:0,300 throw:0x6283", NULL,
         CARD_T0, true,
         .exchanges = {{"8020000001AA", "6100"},
                       {"00C0000000", "*256 6100"},
                       {"00C0000000", "*256 6158"},
                       {"00C0000058", "*88 6283"}}},
        /* a command of more than 255 bytes in ENVELOPEs */
        {"receive incoming offset outgoing length:2 send:0,2",
         "300 300 7 32767 0 0", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"00C2000036 *52 0000", "6102"},
                       {"00C0000002", "8020 9000"}}},
        {"receive", "300", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"00C2000034 *52", "9000"}}},
        /* just full: an empty one ends it; Le cut in two */
        {"receive", "248", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 0000F8 *248", "9000"},
                       {"00C20000", "9000"}}},
        {"receive", "247", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 0000F7 *247 00", "9000"},
                       {"00C2000001 00", "9000"}}},
        {"receive", "3", CARD_T0, true,
         .exchanges = {{"00C2000008 80200000 03 010203", "9000"}}},
        /* given up for another command; too short; nothing at all */
        {"receive", "0", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"80200000", "9000"},
                       {"00C2000034 *52", "9000"},
                       {"00C20000", "6700"},
                       {"00C20000", "6700"}}},
        {"receive", NULL, CARD_T0, false,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"00C2000034 *52", "6700"}}},
    };

    (void)state;
    CHECK(rows);
}

static void test_t0_other_command(void **state)
{
    static const char script[] =
        "outgoing length:4 send:0,2 state send:0,2 sendLong:0,2 andSend:0,2 "
        "length:1 wait throw:0x6985";
    static const struct row rows[] = {
        /* its status word goes, the new command is answered */
        {"outgoing length:4 send:0,2 state send:0,2 sendLong:0,2 outgoing "
         "receive length:1 wait",
         "256 0 !AA -1 !1 !1 !4 !4 !4 !4", CARD_T0,
         .exchanges = {{"8020000001AA", "6104"}}},
        {"outgoing length:4 send:0,2 state send:0,2", "16 0 !AC -4 !1", CARD_T0,
         .exchanges = {{"8020000010", "6C04"}}},
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00A4040006F00000006101", "9000"}}},
        /* another instruction, class, parameter, channel */
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000010", "6C04"},
                       {"8020000104", "80208020 6985"}}},
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"}, {"01C0000004", "6881"}}},
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"}, {"8020", "6700"}}},
        /* a transaction that was open over the exchange is aborted with it */
        {"begin outgoing length:4 send:0,2 depth", NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00C0000005", "6C04"},
                       {"00C0000004", "80200000 6F00"}}},
    };

    (void)state;
    CHECK(rows);
}

/* A copy of a card whose applet waits goes on by itself. */
static void test_copy_while_waiting(void **state)
{
    static const struct row row = {"outgoing length:4 send:0,2 send:2,2", NULL,
                                   CARD_T0,
                                   .exchanges = {{"8020000001AA", "6104"}}};
    static uint8_t io[CARD_APDU_MAX], response[300];
    static const uint8_t more[] = {0x00, 0xC0, 0x00, 0x00, 0x04};
    struct card_port port = host.port;
    void *memory = malloc(card_size());

    (void)state;
    assert_non_null(memory);
    check(&row);
    port.io = io;
    struct card *copy = card_fork(memory, card_size(), host.card, &port);
    card_power_off(host.card);
    assert_int_equal(
        card_transmit(copy, more, sizeof more, response, sizeof response), 6);
    assert_memory_equal(response, "\x80\x20\x00\x00\x90\x00", 6);
    card_power_off(copy);
    free(memory);
}

/* The place of an object that has a gap below it. */
static uint32_t make_gap(ref_t *above)
{
    const struct heap_header blob = {.kind = HEAP_BLOB, .length = 400};
    struct heap *heap = &host.card->heap;
    ref_t below = 0;
    struct heap_view v;

    assert_int_equal(heap_new(heap, &blob, &below), ERR_OK);
    assert_int_equal(heap_new(heap, &blob, above), ERR_OK);
    assert_int_equal(heap_set_root(heap, HEAP_ROOT_COUNT - 1, *above), ERR_OK);
    assert_int_equal(heap_free(heap, below), ERR_OK);
    assert_true(heap_get(heap, *above, &v));
    return (uint32_t)(v.p - host.faults.bytes);
}

static uint32_t place_of(ref_t ref)
{
    struct heap_view v;

    assert_true(heap_get(&host.card->heap, ref, &v));
    return (uint32_t)(v.p - host.faults.bytes);
}

static bool is_there(ref_t ref)
{
    struct heap_view v;

    return heap_get(&host.card->heap, ref, &v);
}

/* An object that nothing refers to. */
static ref_t make_garbage(void)
{
    const struct heap_header blob = {.kind = HEAP_BLOB, .length = 40};
    ref_t ref = 0;

    assert_int_equal(heap_new(&host.card->heap, &blob, &ref), ERR_OK);
    return ref;
}

/*
 * Objects that should move together stay where they are while an applet waits
 * in the middle of its command, whose machine knows places, and asks for more
 * time; they move when it has ended, whether it got its GET RESPONSE or another
 * command came.  What nobody refers to any more stays until then as well, also
 * when the applet has asked for its deletion.  [JCRE 3.3]
 */
static void test_nothing_moves_while_waiting(void **state)
{
    static const struct row row = {
        "collect wait outgoing length:4 wait send:0,2 wait send:2,2 wait", NULL,
        CARD_T0, .exchanges = {{NULL, NULL}}};
    static const struct exchange waits = {"8020000001AA", "6104"};
    static const struct exchange ends[] = {{"00C0000004", "80200000 9000"},
                                           {"0070000001", "01 9000"}};
    char *findings = NULL;
    ref_t object = 0;

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        check(&row);
        uint32_t place = make_gap(&object);
        ref_t garbage = make_garbage();
        host.card->heap.crowded = true;
        expect_answer(&row, &waits);
        assert_int_equal(place_of(object), place);
        assert_true(host.card->heap.crowded);
        assert_true(is_there(garbage));
        expect_answer(&row, &ends[i]);
        assert_true(place_of(object) < place);
        assert_false(is_there(garbage));
        assert_int_equal(host_check(&host, &findings), 0);
        free(findings);
        assert_int_equal(
            heap_set_root(&host.card->heap, HEAP_ROOT_COUNT - 1, 0), ERR_OK);
        assert_int_equal(heap_free(&host.card->heap, object), ERR_OK);
    }
}

/* ---- a microcontroller's memory [card/port.h, io] ---- */

/* One exchange with room for a short answer; the same texts as in rows. */
static void expect_short(const char *command, const char *answer)
{
    static uint8_t bytes[BYTES_MAX], expected[BYTES_MAX];
    uint8_t got[258];
    struct span c = bytes_of(command, bytes);
    struct span e = bytes_of(answer, expected);
    size_t n = card_transmit(host.card, c.p, c.n, got, sizeof got);

    assert_int_equal(n, e.n);
    assert_memory_equal(got, expected, n);
}

static void set_script(const char *text)
{
    uint8_t command[300] = {0x80, 0xF0};
    struct buf script = buf_of(command + 5, 250);

    put_script(text, &script);
    command[4] = (uint8_t)script.n;
    assert_int_equal(host_raw(&host, span_of(command, 5 + script.n)), SW_OK);
}

static void use_memory(uint32_t size, enum card_protocol protocol)
{
    host.port.io_size = size;
    card_set_protocol(host.card, protocol);
    assert_int_equal(host_reset(&host), CARD_OK);
}

/* Short commands, protected ones, and long answers piece by piece. */
static void test_small_memory(void **state)
{
    (void)state;
    memset(host.io, 0xA5, CARD_APDU_MAX);
    use_memory(300, CARD_T1);
    assert_int_equal(host_open_session(&host, 0x30, 0x33, NULL), SW_OK);
    assert_int_equal(host_hex(&host, "80F24000024F0000"), SW_OK);
    scp_close(&host.session);
    expect_short("00A4040006 F00000006102", "9000");
    set_script("receive andSend:0,256");
    expect_short("80200000FF *255 00", "80200000FF *251 9000");
    expect_short("80200000FF *255 10", "80200000FF *11 61F0");
    expect_short("00C00000F0", "*240 9000");
    use_memory(300, CARD_T0);
    expect_short("00A4040006 F00000006102", "9000");
    set_script("outgoing length:768 sendLong:0,256 sendLong:0,256 sendLong:0,"
               "256");
    expect_short("8020000000", "*256 6100");
    expect_short("00C0000000", "*256 6100");
    expect_short("00C0000000", "*256 9000");
    /* what cannot be held while the terminal is asked is an I/O error */
    set_script("outgoing length:600 sendLong:0,600 state send:0,1 outgoing");
    expect_short("8020000000", "9000");
    use_memory(CARD_APDU_MAX, CARD_T1);
    for (size_t i = 300; i < CARD_APDU_MAX; i++)
        assert_int_equal(host.io[i], 0xA5);
}

/* Without any memory lent, what is short and plain works. */
static void test_no_memory(void **state)
{
    (void)state;
    use_memory(0, CARD_T1);
    expect_short("80CA004200", "4203420001 9000");
    expect_short("00A4040006 F00000006101", "9000");
    set_script("receive outgoing length:4 send:0,4");
    expect_short("8020000001 AA 00", "80200000 9000");
    expect_short("8020000001 AA 02", "6F00");
    use_memory(CARD_APDU_MAX, CARD_T1);
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
        card_set_protocol(host.card, rows[i].protocol);
        hex_encode(span_of(atr, card_atr(host.card, atr)), text);
        assert_memory_equal(text, rows[i].start, strlen(rows[i].start));
        assert_int_equal(strlen(text), 2 * rows[i].n);
    }
}

static const char *cap_path;

static int open_card(void **state)
{
    struct card_profile profile = host_profile(false);
    static const char *const aids[] = {"F00000006101", "F00000006102"};

    (void)state;
    if (!host_open(&host, &profile, HOST_MEMORY, "probe") ||
        host_open_session(&host, 0x30, 0, NULL) != SW_OK ||
        host_load_cap(&host, cap_path, "") != SW_OK)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        char hex[128];
        snprintf(hex, sizeof hex,
                 "80E60C001A05F00000006106%s06%s010002C9000000", aids[i],
                 aids[i]);
        if (host_hex(&host, hex) != SW_OK)
            return -1;
    }
    return 0;
}

static int close_card(void **state)
{
    (void)state;
    host_close(&host);
    return 0;
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
        cmocka_unit_test(test_t0_outgoing),
        cmocka_unit_test(test_t0_long),
        cmocka_unit_test(test_t0_other_command),
        cmocka_unit_test(test_copy_while_waiting),
        cmocka_unit_test(test_nothing_moves_while_waiting),
        cmocka_unit_test(test_small_memory),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_atr),
    };

    if (argc != 2)
        return 2;
    cap_path = argv[1];
    return cmocka_run_group_tests_name("probe", tests, open_card, close_card);
}
