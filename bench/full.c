/*
 * What a card takes longer for when it is full: power-on to the first answer
 * and SELECT, on an empty card, on one with an applet that keeps 200 objects,
 * and on one with as many instances of it as it takes, 60 at most.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"
#include "full_text.h"

enum { INSTANCES = 60, OBJECTS = 200, COUNT = 2000, POWER_ONS = 50 };

/* SELECT of an instance; its AID ends in its number. */
struct selecting {
    uint8_t command[11];
};

static struct selecting selecting(unsigned n)
{
    return (struct selecting){{0x00, 0xA4, 0x04, 0x00, 0x06, 0xF0, 0x50, 0x4F,
                               0x53, 0xBB, (uint8_t)n}};
}

/* Installs an instance; false if the card has no room for it. */
static bool install(struct gp_session *s, const struct gp_capfile *cap,
                    unsigned n)
{
    const struct selecting selected = selecting(n);
    const struct gp_install how = {.file = gp_aid_span(&cap->package.aid),
                                   .module = gp_aid_span(&cap->applets[0]),
                                   .instance = span_of(selected.command + 5, 6),
                                   .privileges_length = 1};
    struct gp_why why;

    return gp_content_install(s, &how, &why) == 0;
}

static void load(struct bench *b, const struct gp_capfile *cap)
{
    const struct gp_load_options options = {0};
    struct gp_session s;
    struct gp_why why;

    bench_session(b, &s, 0x01);
    if (gp_content_load(&s, cap, &options, NULL, &why) != 0)
        bench_die(why.text);
    gp_session_close(&s);
}

/* Installs instances from this one up to `end`; how many there are then. */
static unsigned fill(struct bench *b, const struct gp_capfile *cap, unsigned n,
                     unsigned end)
{
    struct gp_session s;

    bench_session(b, &s, 0x01);
    while (n < end && install(&s, cap, n))
        n++;
    gp_session_close(&s);
    if (n == 0)
        bench_die("no instance can be made");
    return n;
}

static void measure(struct bench *b, const char *card)
{
    char what[80];

    snprintf(what, sizeof what, "card_init to the first answer, %s", card);
    bench_row(what, bench_time(bench_from_nothing, b, POWER_ONS) * 1e6, 1,
              "us");
    snprintf(what, sizeof what, "SELECT the card domain, %s", card);
    bench_row(
        what,
        1 / bench_exchange(b, bench_select_isd, sizeof bench_select_isd, COUNT),
        0, "/s");
}

static void measure_select(struct bench *b, const char *what, unsigned n)
{
    const struct selecting s = selecting(n);

    bench_row(what, 1 / bench_exchange(b, s.command, sizeof s.command, COUNT),
              0, "/s");
}

int main(void)
{
    static struct bench b;
    struct gp_capfile *cap = bench_assemble(bench_full);

    bench_open(&b);
    measure(&b, "empty card");
    load(&b, cap);
    unsigned n = fill(&b, cap, 0, 1);
    measure(&b, "one applet");
    measure_select(&b, "SELECT the applet, one applet", 0);
    n = fill(&b, cap, n, INSTANCES);
    measure(&b, "full card");
    measure_select(&b, "SELECT the first applet, full card", 0);
    measure_select(&b, "SELECT the last applet, full card", n - 1);
    bench_row("the full card: instances", n, 0, "");
    bench_row("  and objects that they keep", n * OBJECTS, 0, "");
    bench_machine(&b);
    bench_close(&b);
    gp_capfile_free(&cap);
    return 0;
}
