/*
 * What limits of memory [GPCS 9.7] cost, and what a card takes longer for the
 * more applets it has: power-on to the first answer, INSTALL, and 50 objects
 * made in one command, with 1, 10 and 100 applets of 20 objects each, none of
 * them limited, then each of them with a quota and memory kept for it.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"
#include "limits_text.h"

enum { MOST = 100, POWER_ONS = 10, COMMANDS = 2, NEWCOMER = 0xFF };

static const unsigned sizes[] = {1, 10, MOST};

/* A card with this many of them; the newcomer comes and goes. */
struct limits {
    struct bench b;
    struct gp_capfile *cap;
    struct gp_session s;
    bool limited;
    unsigned applets;
};

/* Its AID ends in its number. */
struct selecting {
    uint8_t command[11];
};

static struct selecting selecting(unsigned n)
{
    return (struct selecting){{0x00, 0xA4, 0x04, 0x00, 0x06, 0xF0, 0x50, 0x4F,
                               0x53, 0xBC, (uint8_t)n}};
}

/* A quota of 32767 bytes, and 16 kept. */
static struct span limits_of(const struct limits *l)
{
    static const uint8_t system[] = {0xEF, 0x08, 0xC8, 0x02, 0x7F,
                                     0xFF, 0xD8, 0x02, 0x00, 0x10};

    return span_of(system, l->limited ? sizeof system : 0);
}

static void install(struct limits *l, unsigned n)
{
    const struct selecting selected = selecting(n);
    const struct gp_install how = {.file = gp_aid_span(&l->cap->package.aid),
                                   .module = gp_aid_span(&l->cap->applets[0]),
                                   .instance = span_of(selected.command + 5, 6),
                                   .system = limits_of(l),
                                   .privileges_length = 1};
    struct gp_why why;

    if (gp_content_install(&l->s, &how, &why) != 0)
        bench_die(why.text);
}

static void delete_newcomer(struct limits *l)
{
    const struct selecting selected = selecting(NEWCOMER);
    struct gp_why why;

    if (gp_content_delete(&l->s, span_of(selected.command + 5, 6), false,
                          &why) != 0)
        bench_die(why.text);
}

static double time_install(struct limits *l)
{
    double t[BENCH_ROUNDS];

    bench_session(&l->b, &l->s, 0x01);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        const double start = bench_now();
        install(l, NEWCOMER);
        t[i] = bench_now() - start;
        delete_newcomer(l);
    }
    gp_session_close(&l->s);
    return bench_median(t, BENCH_ROUNDS);
}

/* The objects of all rounds stay: nobody asks for their deletion. */
static double time_objects(struct limits *l)
{
    static const uint8_t make[] = {0x00, 0x01, 0x00, 0x00};
    const struct selecting selected = selecting(0);

    bench_send(&l->b, selected.command, sizeof selected.command);
    return bench_exchange(&l->b, make, sizeof make, COMMANDS);
}

static void row(const struct limits *l, const char *what, double seconds)
{
    char text[80];

    snprintf(text, sizeof text, "%s, %u %s", what, l->applets,
             l->limited        ? "limited"
             : l->applets == 1 ? "applet"
                               : "applets");
    bench_row(text, seconds * 1e6, 1, "us");
}

static void measure(struct limits *l)
{
    row(l, "card_init to the first answer",
        bench_time(bench_from_nothing, &l->b, POWER_ONS));
    row(l, "INSTALL", time_install(l));
    row(l, "50 objects", time_objects(l));
}

static void measure_card(struct limits *l)
{
    const struct gp_load_options options = {0};
    struct gp_why why;

    bench_open(&l->b);
    bench_session(&l->b, &l->s, 0x01);
    if (gp_content_load(&l->s, l->cap, &options, NULL, &why) != 0)
        bench_die(why.text);
    for (unsigned n = 0; n < l->applets; n++)
        install(l, n);
    gp_session_close(&l->s);
    measure(l);
}

int main(void)
{
    static struct limits l;

    l.cap = bench_assemble(bench_limits);
    for (unsigned i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        l.limited = i % 2 != 0;
        l.applets = sizes[i / 2];
        measure_card(&l);
        if (i + 1 < 2 * sizeof sizes / sizeof sizes[0])
            bench_close(&l.b);
    }
    bench_machine(&l.b);
    bench_close(&l.b);
    gp_capfile_free(&l.cap);
    return 0;
}
