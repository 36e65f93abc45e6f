/* The probe applet's side of a test: its scripts, its log, its card. */
#include "tests/apdu/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

enum {
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

struct host probe_host;

/* ---- texts ---- */

struct span probe_bytes(const char *text, uint8_t *bytes)
{
    struct buf b = buf_of(bytes, PROBE_BYTES);

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

void probe_set_script(const char *text)
{
    uint8_t command[300] = {0x80, 0xF0};
    struct buf script = buf_of(command + 5, 250);

    put_script(text, &script);
    command[4] = (uint8_t)script.n;
    assert_int_equal(host_raw(&probe_host, span_of(command, 5 + script.n)),
                     SW_OK);
}

void probe_expect(const struct probe_row *row, const struct probe_exchange *x)
{
    static uint8_t command[PROBE_BYTES], expected[PROBE_BYTES],
        got[PROBE_BYTES];
    static char text[2 * PROBE_BYTES + 1];
    struct span c = probe_bytes(x->command, command);
    struct span e = probe_bytes(x->answer, expected);
    size_t n = card_transmit(probe_host.card, c.p, c.n, got, CARD_APDU_MAX);

    if (n == e.n && memcmp(got, expected, n) == 0)
        return;
    hex_encode(span_of(got, n), text);
    fail_msg("%s: %s -> %s, not %s", row->script, x->command, text, x->answer);
}

static void start(const struct probe_row *row)
{
    static const char *const aids[] = {"F00000006101", "F00000006102"};

    card_set_protocol(probe_host.card, row->protocol);
    assert_int_equal(host_reset(&probe_host), CARD_OK);
    assert_int_equal(host_select(&probe_host, aids[row->is_long]), SW_OK);
}

void probe_check(const struct probe_row *row)
{
    char log[TEXT_MAX];

    start(row);
    probe_set_script(row->script);
    for (size_t i = 0; i < PROBE_EXCHANGES && row->exchanges[i].command; i++)
        probe_expect(row, &row->exchanges[i]);
    if (row->log == NULL)
        return;
    sw_t sw = host_hex(&probe_host, "80F2000000");
    if (sw >> 8 == 0x6C) {
        uint8_t again[] = {0x80, 0xF2, 0, 0, (uint8_t)sw};
        sw = host_raw(&probe_host, span_of(again, sizeof again));
    }
    assert_int_equal(sw, SW_OK);
    log_text(span_of(probe_host.response, probe_host.n), log);
    if (strcmp(log, row->log) != 0)
        fail_msg("%s: %s, not %s", row->script, log, row->log);
}

/* ---- the card ---- */

const char *probe_cap;

int probe_open(void **state)
{
    struct card_profile profile = host_profile(false);
    static const char *const aids[] = {"F00000006101", "F00000006102"};

    (void)state;
    if (!host_open(&probe_host, &profile, HOST_MEMORY, "probe") ||
        host_open_session(&probe_host, 0x30, 0, NULL) != SW_OK ||
        host_load_cap(&probe_host, probe_cap, "") != SW_OK)
        return -1;
    for (size_t i = 0; i < 2; i++) {
        char hex[128];
        snprintf(hex, sizeof hex,
                 "80E60C001A05F00000006106%s06%s010002C9000000", aids[i],
                 aids[i]);
        if (host_hex(&probe_host, hex) != SW_OK)
            return -1;
    }
    return 0;
}

int probe_close(void **state)
{
    (void)state;
    host_close(&probe_host);
    return 0;
}
