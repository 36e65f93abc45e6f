/*
 * Proves that power may go at any instant of any command: random sequences of
 * GlobalPlatform commands are sent, and at the programs that they make the
 * medium is copied and the program torn there.  The copy powers on, card_check
 * finds nothing, and its content is that of before the command or that of
 * behind it; nothing between, and not again what was before once a cut has
 * left what is behind.
 *
 *   cut_test CAP [SEQUENCES [STEPS [FIRST]]]
 */
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "tests/commands/grammar.h"

enum {
    SEQUENCES = 3,
    STEPS = 30,
    PROGRAMS_MAX = 24, /* of a command that are cut one after the other */
    EVERY = 5,         /* and of those behind them */
};

static struct {
    struct world w;
    struct grammar g;
    struct host fork;
    uint64_t old;   /* content before the command */
    uint64_t other; /* what cuts left, if it was another */
    bool changed;
    unsigned programs; /* of the command */
    unsigned seed;
    unsigned long cuts;
    unsigned long changes;
} now;

static void demand(bool holds, const char *why)
{
    if (!holds)
        fprintf(stderr, "sequence %u, command %lu, program %u: ", now.seed,
                now.w.commands, now.programs);
    world_demand(holds, why);
}

static void finding(void *ctx, const char *line)
{
    (void)ctx;
    demand(false, line);
}

/* What a cut in this program leaves. */
static uint64_t cut(enum faults_tear tear, uint32_t offset,
                    const uint8_t *bytes, uint32_t n)
{
    struct host *f = &now.fork;

    card_power_off(f->card);
    faults_copy(&f->faults, &now.w.host.faults);
    faults_tear(&f->faults, tear, FAULTS_ANY_BITS, offset, bytes, n);
    demand(host_reset(f) == CARD_OK, "it does not power on");
    (void)card_check(f->card, finding, NULL);
    now.cuts++;
    return world_content(f->card);
}

static void note(uint64_t content, bool done)
{
    if (content == now.old) {
        demand(!now.changed || !done, "what was done is undone");
        return;
    }
    demand(!now.changed || content == now.other, "half of it is done");
    now.other = content;
    now.changed = done || now.changed;
}

static void at_program(void *ctx, uint32_t offset, const uint8_t *bytes,
                       uint32_t n)
{
    static const enum faults_tear tears[] = {FAULTS_PARTIAL, FAULTS_BITS,
                                             FAULTS_UNSTABLE};

    (void)ctx;
    now.programs++;
    if (memcmp(now.w.host.faults.bytes + offset, bytes, n) == 0 ||
        (now.programs > PROGRAMS_MAX && now.programs % EVERY != 0))
        return;
    note(cut(tears[now.cuts % 3], offset, bytes, n), false);
    note(cut(FAULTS_DONE, offset, bytes, n), true);
}

static void before(struct world *w, const struct world_command *c)
{
    (void)c;
    now.old = world_content(w->host.card);
    now.changed = false;
    now.programs = 0;
    now.other = now.old;
    w->host.faults.watch = at_program;
}

/* What the command left is what the cuts in it did, if they left another. */
static void behind(struct world *w, const struct world_command *c)
{
    const uint64_t content = world_content(w->host.card);

    (void)c;
    w->host.faults.watch = NULL;
    demand(content == now.old || content == now.other ||
               now.programs > PROGRAMS_MAX,
           "what the command left no cut did");
    demand(now.other == now.old || now.other == content,
           "a cut left what the command did not");
    now.changes += content != now.old;
}

static void run(unsigned seed, unsigned steps)
{
    uint64_t random = seed * UINT64_C(0x9E3779B97F4A7C15) + 7;

    now.seed = seed;
    world_start(&now.w);
    grammar_start(&now.g, &now.w);
    for (unsigned i = 0; i < steps; i++) {
        uint8_t choices[STEP_BYTES];
        for (unsigned k = 0; k < sizeof choices; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            choices[k] = (uint8_t)(random >> 56);
            if (k > 0 && (random >> 40) % 3 != 0)
                choices[k] = 0;
        }
        grammar_step(&now.g, span_of(choices, sizeof choices));
    }
}

int main(int argc, char **argv)
{
    const unsigned sequences = argc > 2 ? (unsigned)atoi(argv[2]) : SEQUENCES;
    const unsigned steps = argc > 3 ? (unsigned)atoi(argv[3]) : STEPS;
    const unsigned first = argc > 4 ? (unsigned)atoi(argv[4]) : 1;
    const struct card_profile profile = world_profile(false);

    if (argc < 2) {
        fprintf(stderr, "usage: cut_test CAP [SEQUENCES [STEPS [FIRST]]]\n");
        return 2;
    }
    world_open(&now.w, argv[1], false);
    demand(host_open(&now.fork, &profile, WORLD_MEMORY, "fork"), "no fork");
    now.w.before = before;
    now.w.behind = behind;
    now.w.log = getenv("COMMANDS_LOG") != NULL ? stderr : NULL;
    for (unsigned i = 0; i < sequences; i++)
        run(first + i, steps);
    printf("%lu commands, %lu changes of content, %lu cuts\n", now.w.commands,
           now.changes, now.cuts);
    host_close(&now.fork);
    world_close(&now.w);
    return now.changes > 0 && now.cuts > 0 ? 0 : 1;
}
