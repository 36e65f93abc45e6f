/*
 * What a card costs that is there, that comes on, and that is copied: bytes of
 * its state and of what a port on a host lends it; of one more live card; time
 * from card_init() to the first answer, and of a whole process that powers a
 * card on and asks it one thing; copies a second.
 *
 *   bench-memory WALLET.CAP POSTCARD BENCH-ASK
 *
 * The card is one of 512 KiB with the wallet on it, in a file in TMPDIR. Beside
 * each time stands what the machine takes for the least that could be asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/asked.h"
#include "bench/common.h"

enum { LIVE = 200, POWER_ONS = 200, PROCESSES = 20, COPIES = 1000 };

static char folder[] = "/tmp/postcard-bench-XXXXXX";
static char image[sizeof folder + 8];

/* ---- processes ---- */

/* Runs a program, its output thrown away; dies unless it ends with 0. */
static void run(const char *const *arguments)
{
    int status = 0;

    fflush(stdout); /* or the child would print it, too */
    const pid_t child = fork();

    if (child == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL)
            _exit(127);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        bench_die(arguments[0]);
}

static void run_once(void *ctx)
{
    run(ctx);
}

static void make_image(const char *postcard, const char *wallet)
{
    const char *const new[] = {postcard,   "card", "new", image,
                               "--memory", "512K", NULL};
    const char *const install[] = {postcard, "install", wallet,
                                   "--card", image,     NULL};

    if (mkdtemp(folder) == NULL)
        bench_die("no folder for the card");
    snprintf(image, sizeof image, "%s/card", folder);
    run(new);
    run(install);
}

static void measure_processes(const char *postcard, const char *alone)
{
    const char *const least[] = {alone, image, NULL};
    const char *const ask[] = {postcard, "apdu", "00A4040000",
                               "--card", image,  NULL};
    const char *const nothing[] = {"true", NULL};

    bench_row("a process: power-on, one answer, power-off",
              bench_time(run_once, (void *)(uintptr_t)least, PROCESSES) * 1e3,
              2, "ms");
    bench_row("  the same by the verb apdu, all its libraries loaded",
              bench_time(run_once, (void *)(uintptr_t)ask, PROCESSES) * 1e3, 2,
              "ms");
    bench_row("  a process that does nothing",
              bench_time(run_once, (void *)(uintptr_t)nothing, PROCESSES) * 1e3,
              2, "ms");
}

/* ---- copies ---- */

static struct posix_card *copy_of(struct posix_card *from, bool freeze)
{
    struct posix_card *copy = NULL;
    char why[256];
    enum posix_card_result result =
        freeze ? posix_card_freeze(from, &copy, why, sizeof why)
               : posix_card_copy(from, &copy, why, sizeof why);

    if (result != POSIX_CARD_DONE)
        bench_die(why);
    return copy;
}

static void copy_alone(void *ctx)
{
    struct posix_card *copy = copy_of(ctx, false);
    posix_card_close(&copy);
}

static void copy_and_ask(void *ctx)
{
    struct posix_card *copy = copy_of(ctx, false);
    asked_once(copy);
    posix_card_close(&copy);
}

/* Bytes of memory that this process has, and nobody else. */
static double resident(void)
{
    unsigned long pages = 0;
    unsigned long shared = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f == NULL || fscanf(f, "%*u %lu %lu", &pages, &shared) != 2)
        bench_die("/proc/self/statm cannot be read");
    fclose(f);
    return (double)(pages - shared) * (double)sysconf(_SC_PAGESIZE);
}

static void measure_live(struct posix_card *from)
{
    static struct posix_card *cards[LIVE];
    const double before = resident();

    for (int i = 0; i < LIVE; i++) {
        cards[i] = copy_of(from, false);
        asked_once(cards[i]);
    }
    bench_row("one more live card, as the system counts, all in",
              (resident() - before) / LIVE / 1024, 1, "KiB");
    for (int i = 0; i < LIVE; i++)
        posix_card_close(&cards[i]);
}

static void measure_copies(void)
{
    struct posix_card *original = asked_open(image);
    struct posix_card *frozen = copy_of(original, true);

    measure_live(frozen);
    bench_row("copies of a frozen card",
              1 / bench_time(copy_alone, frozen, COPIES), 0, "/s");
    bench_row("  each of which answers a command",
              1 / bench_time(copy_and_ask, frozen, COPIES), 0, "/s");
    bench_row("copies of a card in use, memory and all",
              1 / bench_time(copy_alone, original, COPIES), 0, "/s");
    posix_card_close(&frozen);
    posix_card_close(&original);
}

/* ---- one card ---- */

static void measure_power_on(struct bench *b, const char *wallet)
{
    bench_install_file(b, wallet);
    bench_row("card_init to the first answer, wallet on it",
              bench_time(bench_from_nothing, b, POWER_ONS) * 1e6, 1, "us");
}

static void print_sizes(const struct bench *b)
{
    bench_row("struct card", (double)card_size() / 1024, 1, "KiB");
    bench_row("lent: transient arrays and maps of 512 KiB",
              b->port.transient_size / 1024.0, 1, "KiB");
    bench_row("lent: io", b->port.io_size / 1024.0, 1, "KiB");
    bench_row("lent: scratch, which cards can have in common",
              b->port.scratch_size / 1024.0, 1, "KiB");
    bench_row("lent: methods decoded ahead", b->port.code_size / 1024.0, 1,
              "KiB");
}

int main(int argc, char **argv)
{
    static struct bench b;

    if (argc != 4)
        bench_die("usage: bench-memory WALLET.CAP POSTCARD BENCH-ASK");
    make_image(argv[2], argv[1]);
    bench_open(&b);
    print_sizes(&b);
    measure_power_on(&b, argv[1]);
    measure_processes(argv[2], argv[3]);
    measure_copies();
    bench_machine(&b);
    bench_close(&b);
    unlink(image);
    rmdir(folder);
    return 0;
}
