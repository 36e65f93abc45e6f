/*
 * Proves that each of 20 logical channels goes its own way: applets that are
 * multiselectable and others, two instances of each, are selected, called and
 * left on channels that are opened and closed, in long random sequences, and
 * every answer is that of a model of a few lines: who is selected where, which
 * refusal comes first, whose memory is cleared when.  [JCRE 4.1, 4.2, 4.5,
 * 4.6, 5.1]  The applets are those of applets.txt; a sequence is named by its
 * seed.
 *
 *   juggle_test FOLDER [SEQUENCES [LENGTH]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/apdu/host.h"

enum {
    SEQUENCES = 12,
    LENGTH = 1200,
    PICKY = 2, /* instances 2 and 3; they are on one channel at a time */
    MULTI = 4, /* 4 and 5 */
    INSTANCES = 6,
    NONE = 0,
    ISSUER = 1,
    TEXT_MAX = 96,
    NOT_GIVEN = 0x1000, /* a channel that is the card's choice */
};

/* What the card should remember. */
struct model {
    bool open[CARD_CHANNELS];
    unsigned selected[CARD_CHANNELS]; /* NONE, ISSUER, an instance */
    uint8_t until_reset[INSTANCES];
    uint8_t until_deselect[INSTANCES];
};

static struct {
    struct host host;
    struct model m;
    uint64_t random;
    unsigned long commands;
    unsigned seed;
    unsigned failures;
    char text[TEXT_MAX + 4]; /* the command */
} now;

static const char *const aids[INSTANCES] = {
    "F000000099",   "A000000151000000", "F00000005401",
    "F00000005402", "F00000005501",     "F00000005502",
};

static unsigned pick(unsigned n)
{
    now.random = now.random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(now.random >> 33) % n;
}

/* ---- speaking ---- */

static uint8_t cla(unsigned channel, uint8_t proprietary)
{
    return (uint8_t)(proprietary |
                     (channel < 4 ? channel : 0x40 | (channel - 4)));
}

static sw_t send(unsigned channel, uint8_t proprietary, const char *rest)
{
    snprintf(now.text, sizeof now.text, "%02X%s", cla(channel, proprietary),
             rest);
    now.commands++;
    return host_hex(&now.host, now.text);
}

/* `data`: of the answer, or NULL when anything will do. */
static void expect(sw_t got, sw_t sw, const uint8_t *data, size_t n)
{
    const struct host *h = &now.host;
    bool same = got == sw && (data == NULL ||
                              (h->n == n && memcmp(h->response, data, n) == 0));

    if (same)
        return;
    fprintf(stderr, "seed %u, command %lu, %s: %04X, not %04X (%s)\n", now.seed,
            now.commands, now.text, got, sw, h->reason);
    if (++now.failures > 10)
        exit(1);
}

/* ---- the model ---- */

static unsigned package_of(unsigned who)
{
    return who / 2;
}

static bool is_active(unsigned package, unsigned but)
{
    for (unsigned c = 0; c < CARD_CHANNELS; c++) {
        if (c != but && now.m.selected[c] >= PICKY &&
            package_of(now.m.selected[c]) == package)
            return true;
    }
    return false;
}

/* Not multiselectable, and its context is active on another channel. */
static bool is_refused(unsigned who, unsigned channel)
{
    return package_of(who) == package_of(PICKY) &&
           is_active(package_of(PICKY), channel);
}

/* CLEAR_ON_DESELECT memory is that of a package [JCRE 5.1]. */
static void leave(unsigned channel)
{
    const unsigned who = now.m.selected[channel];

    now.m.selected[channel] = NONE;
    if (who < PICKY || is_active(package_of(who), channel))
        return;
    for (unsigned i = 0; i < 2; i++)
        now.m.until_deselect[2 * package_of(who) + i] = 0;
}

static sw_t command_to_nobody(unsigned channel)
{
    if (!now.m.open[channel])
        return SW_CHANNEL_UNSUPPORTED;
    return SW_APPLET_SELECT_FAILED;
}

/* ---- what is done ---- */

/* SELECT opens a closed channel, whatever comes of it [JCRE 4.5.2]. */
static void do_select(unsigned channel, unsigned who)
{
    char rest[TEXT_MAX];

    snprintf(rest, sizeof rest, "A40400%02X%s", (unsigned)strlen(aids[who]) / 2,
             aids[who]);
    sw_t got = send(channel, 0, rest);
    now.m.open[channel] = true;
    if (who == NONE) { /* nobody of that name: whoever is there is asked */
        static const sw_t words[] = {SW_APPLET_SELECT_FAILED, SW_FILE_NOT_FOUND,
                                     SW_INS_UNSUPPORTED};
        unsigned there = now.m.selected[channel];
        expect(got, words[there < PICKY ? there : PICKY], NULL, 0);
        return;
    }
    if (who >= PICKY && is_refused(who, channel)) {
        expect(got, SW_CONDITIONS, NULL, 0);
        return;
    }
    leave(channel);
    now.m.selected[channel] = who;
    expect(got, SW_OK, NULL, 0);
}

/* Who is selected on a new channel: whoever is on its origin, if anybody. */
static unsigned candidate(unsigned origin, sw_t *sw)
{
    const unsigned who = origin == 0 ? ISSUER : now.m.selected[origin];

    *sw = SW_OK;
    if (who < PICKY || !is_refused(who, CARD_CHANNELS))
        return who;
    *sw = SW_CONDITIONS;
    return NONE;
}

static unsigned first_free(void)
{
    unsigned c = 1;

    while (c < CARD_CHANNELS && now.m.open[c])
        c++;
    return c;
}

static void do_open(unsigned origin, unsigned channel)
{
    const bool chosen = channel != NOT_GIVEN;
    unsigned target = chosen ? channel : first_free();
    char rest[TEXT_MAX];
    sw_t sw = SW_OK;

    snprintf(rest, sizeof rest, "7000%02X%s", chosen ? channel : 0,
             chosen ? "00" : "01");
    sw_t got = send(origin, 0, rest);
    if (chosen && channel >= CARD_CHANNELS)
        expect(got, SW_FUNCTION_UNSUPPORTED, NULL, 0);
    else if (!now.m.open[origin])
        expect(got, SW_CHANNEL_UNSUPPORTED, NULL, 0);
    else if (chosen && now.m.open[channel])
        expect(got, SW_WRONG_P1P2, NULL, 0);
    else if (target == CARD_CHANNELS)
        expect(got, SW_FUNCTION_UNSUPPORTED, NULL, 0);
    else {
        unsigned who = candidate(origin, &sw);
        const uint8_t number = (uint8_t)target;
        expect(got, sw, &number, sw == SW_OK && !chosen ? 1 : 0);
        now.m.open[target] = sw == SW_OK;
        now.m.selected[target] = who;
    }
}

/* The origin is tested before the number; in opening it is the other way. */
static void do_close(unsigned origin, unsigned channel)
{
    char rest[TEXT_MAX];

    snprintf(rest, sizeof rest, "7080%02X00", channel);
    sw_t got = send(origin, 0, rest);
    if (!now.m.open[origin])
        expect(got, SW_CHANNEL_UNSUPPORTED, NULL, 0);
    else if (channel == 0 || channel >= CARD_CHANNELS)
        expect(got, SW_FUNCTION_UNSUPPORTED, NULL, 0);
    else if (!now.m.open[channel])
        expect(got, SW_WARNING_UNCHANGED, NULL, 0);
    else {
        expect(got, SW_OK, NULL, 0);
        leave(channel);
        now.m.open[channel] = false;
    }
}

/* Which instance answers shows by what only it remembers. */
static void do_remember(unsigned channel)
{
    const unsigned who = now.m.selected[channel];
    const uint8_t value = (uint8_t)(1 + pick(255));
    char rest[TEXT_MAX];

    snprintf(rest, sizeof rest, "16%02X0000", value);
    sw_t got = send(channel, 0x80, rest);
    if (!now.m.open[channel] || who == NONE) {
        expect(got, command_to_nobody(channel), NULL, 0);
        return;
    }
    expect(got, who == ISSUER ? SW_INS_UNSUPPORTED : SW_OK, NULL, 0);
    now.m.until_reset[who] = now.m.until_deselect[who] = value;
}

static void do_tell(unsigned channel)
{
    const unsigned who = now.m.selected[channel];
    const uint8_t values[] = {now.m.until_reset[who],
                              now.m.until_deselect[who]};
    const uint8_t where[] = {cla(channel, 0x80), (uint8_t)channel,
                             (uint8_t)channel};

    sw_t got = send(channel, 0x80, "17000000");
    if (!now.m.open[channel] || who == NONE) {
        expect(got, command_to_nobody(channel), NULL, 0);
        return;
    }
    if (who == ISSUER) {
        expect(got, SW_INS_UNSUPPORTED, NULL, 0);
        return;
    }
    expect(got, SW_OK, values, sizeof values);
    expect(send(channel, 0x80, "18000000"), SW_OK, where, sizeof where);
}

/* Basic channel open, its default applet selected, all else forgotten. */
static void do_reset(void)
{
    if (host_reset(&now.host) != CARD_OK)
        exit(1);
    memset(&now.m, 0, sizeof now.m);
    now.m.open[0] = true;
    now.m.selected[0] = ISSUER;
}

/* Few channels often, so that they meet; all of them sometimes. */
static unsigned some_channel(void)
{
    return pick(4) == 0 ? pick(CARD_CHANNELS) : pick(5);
}

static void do_something(void)
{
    const unsigned what = pick(100);
    const unsigned c = some_channel();

    if (what < 30)
        do_select(c, pick(INSTANCES));
    else if (what < 42)
        do_open(c, NOT_GIVEN);
    else if (what < 52)
        do_open(c, 1 + pick(CARD_CHANNELS + 2));
    else if (what < 64)
        do_close(c, pick(2) == 0 ? some_channel() : pick(CARD_CHANNELS + 2));
    else if (what < 80)
        do_remember(c);
    else if (what < 99 || pick(4) != 0)
        do_tell(c);
    else
        do_reset();
}

/* ---- the card ---- */

static bool load(const char *folder, const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/apdu-%s.cap", folder, name);
    return host_load_cap(&now.host, path, "") == SW_OK;
}

static bool install(unsigned who)
{
    char text[TEXT_MAX];

    snprintf(text, sizeof text, "80E60C001A05%.10s06%.10s0106%s010002C9000000",
             aids[who], aids[who], aids[who]);
    return host_hex(&now.host, text) == SW_OK;
}

static bool prepare(const char *folder)
{
    const struct card_profile profile = host_profile(false);
    bool done = host_open(&now.host, &profile, HOST_MEMORY, "juggle") &&
                host_open_session(&now.host, 0x30, 0x01, NULL) == SW_OK &&
                load(folder, "roles") && load(folder, "picky") &&
                load(folder, "multi");

    for (unsigned who = PICKY; done && who < INSTANCES; who++)
        done = install(who);
    return done;
}

static void juggle(unsigned seed, unsigned length)
{
    now.seed = seed;
    now.random = seed * 0x9E3779B97F4A7C15u;
    now.commands = 0;
    do_reset();
    for (unsigned i = 0; i < length; i++)
        do_something();
}

int main(int argc, char **argv)
{
    unsigned sequences = argc > 2 ? (unsigned)atoi(argv[2]) : SEQUENCES;
    unsigned length = argc > 3 ? (unsigned)atoi(argv[3]) : LENGTH;
    unsigned long commands = 0;
    char *findings = NULL;

    if (argc < 2 || !prepare(argv[1])) {
        fprintf(stderr, "usage: juggle_test FOLDER [SEQUENCES [LENGTH]]\n");
        return 2;
    }
    for (unsigned i = 1; i <= sequences; i++) {
        juggle(i, length);
        commands += now.commands;
    }
    if (host_check(&now.host, &findings) != 0) {
        fprintf(stderr, "%s", findings);
        now.failures++;
    }
    free(findings);
    printf("%u sequences, %lu commands; %u failures\n", sequences, commands,
           now.failures);
    host_close(&now.host);
    return now.failures == 0 && commands > 0 ? 0 : 1;
}
