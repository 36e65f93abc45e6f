/*
 * What commands wear out: programs of persistent memory, bytes that they write
 * and how often the page that has most of them is programmed, for each step of
 * a card's life (tests/tear/story.c): power-on, a session, loading, installing,
 * selecting, an applet's writes, transactions, PIN checks, deletion.
 *
 *   bench-endurance VAULT.CAP [PAGE]
 *
 * PAGE: its bytes, 256 unless told.  A last table has the parts of the memory:
 * where a medium wears out first if nothing spreads the programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/common.h"
#include "heap/internal.h"
#include "persist/internal.h"
#include "root.h"
#include "tests/tear/story.h"

enum { PAGE = 256 };

/* Programs, and how many of them each page sees. */
struct wear {
    unsigned long programs;
    unsigned long bytes;
    unsigned long *pages;
};

static struct {
    uint32_t page;
    uint32_t count;
    struct wear step;
    struct wear whole;
} now;

static void add(struct wear *w, uint32_t offset, uint32_t n)
{
    w->programs++;
    w->bytes += n;
    for (uint32_t i = offset / now.page; i <= (offset + n - 1) / now.page; i++)
        w->pages[i]++;
}

static void note(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    (void)ctx;
    (void)bytes;
    if (n == 0)
        return;
    add(&now.step, offset, n);
    add(&now.whole, offset, n);
}

/* The page with most programs among pages `first` to `end`. */
static uint32_t most(const struct wear *w, uint32_t first, uint32_t end)
{
    uint32_t best = first;

    for (uint32_t i = first; i < end; i++) {
        if (w->pages[i] > w->pages[best])
            best = i;
    }
    return best;
}

static void print_step(const char *name)
{
    const struct wear *w = &now.step;
    const uint32_t page = most(w, 0, now.count);
    unsigned touched = 0;

    for (uint32_t i = 0; i < now.count; i++)
        touched += w->pages[i] > 0;
    printf("%-42s %9lu %9lu %9u %9lu\n", name, w->programs, w->bytes, touched,
           w->pages[page]);
}

static void start(void)
{
    now.step.programs = now.step.bytes = 0;
    memset(now.step.pages, 0, now.count * sizeof *now.step.pages);
}

/* Ends of the memory's parts, in its order. */
static void print_parts(const struct card *card)
{
    const struct persist *p = &card->persist;
    const struct heap *h = &card->heap;
    const uint32_t table = p->data_start + h->table;
    const struct {
        const char *name;
        uint32_t end;
    } parts[] = {
        {"superblock and commit slots", PERSIST_LOG_AT},
        {"log", p->data_start},
        {"roots, table of handles", table + 4 * h->handle_count},
        {"objects", card->port->nv_size},
    };
    uint32_t first = 0;

    printf("\n%-42s %9s %9s\n", "part of the memory", "bytes", "most");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const uint32_t end = (parts[i].end + now.page - 1) / now.page;
        printf("%-42s %9u %9lu\n", parts[i].name,
               parts[i].end - first * now.page,
               now.whole.pages[most(&now.whole, first, end)]);
        first = end;
    }
}

static void run_step(struct host *h, const struct story_step *s)
{
    h->faults.watch = NULL;
    if (!story_do(h, s->enter))
        bench_die(s->name);
    start();
    h->faults.watch = note;
    if (!story_do(h, s->act))
        bench_die(s->name);
    print_step(s->name);
}

static void power_on(struct host *h, const char *name)
{
    start();
    h->faults.watch = note;
    if (host_reset(h) != CARD_OK)
        bench_die("the card does not start");
    print_step(name);
}

static void make_pages(const char *size)
{
    now.page = size == NULL ? PAGE : (uint32_t)strtoul(size, NULL, 10);
    if (now.page == 0)
        bench_die("a page of no bytes");
    now.count = STORY_MEMORY / now.page + 1;
    now.step.pages = calloc(now.count, sizeof *now.step.pages);
    now.whole.pages = calloc(now.count, sizeof *now.whole.pages);
    if (now.step.pages == NULL || now.whole.pages == NULL)
        bench_die("no memory");
}

int main(int argc, char **argv)
{
    const struct card_profile profile = host_profile(false);
    static struct host h;

    if (argc < 2)
        bench_die("usage: bench-endurance VAULT.CAP [PAGE]");
    make_pages(argc > 2 ? argv[2] : NULL);
    story_cap = argv[1];
    if (!host_open(&h, &profile, STORY_MEMORY, "endurance"))
        bench_die("no card");
    printf("pages of %u bytes\n\n%-42s %9s %9s %9s %9s\n", now.page, "step",
           "programs", "bytes", "pages", "most");
    power_on(&h, "power-on");
    for (size_t i = 0; i < story_length; i++)
        run_step(&h, &story[i]);
    power_on(&h, "power-on again");
    printf("%-42s %9lu %9lu\n", "all", now.whole.programs, now.whole.bytes);
    print_parts(h.card);
    host_close(&h);
    free(now.step.pages);
    free(now.whole.pages);
    return 0;
}
