/*
 * From a CAP file to an applet that can be selected: loading, verifying,
 * linking and installing a package of 30 KiB over SCP03, every block encrypted
 * and with its MAC.  The package is made here: an applet and as many methods
 * as fit, with loops, arrays, fields, calls, switches and handlers as the
 * methods of applets have them.
 */
#include <stdio.h>
#include <string.h>

#include "bench/assemble.h"
#include "bench/common.h"
#include "load_method_text.h"
#include "load_text.h"

enum { SIZE = 30 * 1024, LEVEL = 0x03 };

/* Puts a text with "$" and "&" as the numbers of this method and the next. */
static void put_numbered(struct tc_bytes *to, const char *text, int n, int next)
{
    char number[16];

    for (; *text != '\0'; text++) {
        if (*text != '$' && *text != '&') {
            tc_put(to, text, 1);
            continue;
        }
        int length =
            snprintf(number, sizeof number, "%d", *text == '$' ? n : next);
        tc_put(to, number, (size_t)length);
    }
}

/* A package of so many methods; the text, and it must outlive the arena. */
static struct gp_capfile *make(struct tc_arena *arena, int methods)
{
    struct tc_bytes names = {.arena = arena};
    struct tc_bytes bodies = {.arena = arena};

    for (int i = 0; i < methods; i++) {
        put_numbered(&names, "m$: StaticMethodref m$\n", i, i);
        put_numbered(&bodies, bench_load_method, i, (i + 1) % methods);
    }
    const char *text =
        bench_put(arena, bench_load, "//+pool", tc_bytes_span(&names));
    text = bench_put(arena, text, "//+methods", tc_bytes_span(&bodies));
    return bench_assemble(text);
}

struct loading {
    struct bench *b;
    struct gp_session s;
    const struct gp_capfile *cap;
};

static void load_and_delete(struct loading *l, double *load, double *install,
                            double *erase)
{
    const struct gp_load_options options = {0};
    const struct span applet = gp_aid_span(&l->cap->applets[0]);
    const struct span package = gp_aid_span(&l->cap->package.aid);
    const struct gp_install how = {.file = package,
                                   .module = applet,
                                   .instance = applet,
                                   .privileges_length = 1};
    struct gp_why why;

    const double start = bench_now();
    if (gp_content_load(&l->s, l->cap, &options, NULL, &why) != 0)
        bench_die(why.text);
    const double loaded = bench_now();
    if (gp_content_install(&l->s, &how, &why) != 0)
        bench_die(why.text);
    const double installed = bench_now();
    if (gp_content_delete(&l->s, package, true, &why) != 0)
        bench_die(why.text);
    *load = loaded - start;
    *install = installed - loaded;
    *erase = bench_now() - installed;
}

/* Medians of BENCH_ROUNDS, after one that is not counted. */
static void measure(struct loading *l, size_t size)
{
    double load[BENCH_ROUNDS];
    double install[BENCH_ROUNDS];
    double erase[BENCH_ROUNDS];
    double whole[BENCH_ROUNDS];

    load_and_delete(l, load, install, erase);
    for (int i = 0; i < BENCH_ROUNDS; i++) {
        load_and_delete(l, &load[i], &install[i], &erase[i]);
        whole[i] = load[i] + install[i];
    }
    bench_row("the package, bytes of its components", (double)size, 0, "B");
    bench_row("LOAD: decrypted, verified, linked",
              bench_median(load, BENCH_ROUNDS) * 1e3, 3, "ms");
    bench_row("INSTALL: the applet made and selectable",
              bench_median(install, BENCH_ROUNDS) * 1e3, 3, "ms");
    bench_row("both", bench_median(whole, BENCH_ROUNDS) * 1e3, 3, "ms");
    bench_row("DELETE of the package and the applet",
              bench_median(erase, BENCH_ROUNDS) * 1e3, 3, "ms");
}

int main(void)
{
    static struct bench b;
    struct tc_arena *arena = tc_arena_new();
    struct loading l = {.b = &b};
    struct gp_capfile *cap = make(arena, 1);
    const size_t one = gp_capfile_block_size(cap, 0);

    gp_capfile_free(&cap);
    cap = make(arena, 2);
    const size_t step = gp_capfile_block_size(cap, 0) - one;
    gp_capfile_free(&cap);
    cap = make(arena, (int)((SIZE - one) / step) + 1);
    l.cap = cap;
    bench_open(&b);
    bench_session(&b, &l.s, LEVEL);
    measure(&l, gp_capfile_block_size(cap, 0));
    bench_machine(&b);
    gp_session_close(&l.s);
    bench_close(&b);
    gp_capfile_free(&cap);
    tc_arena_free(&arena);
    return 0;
}
