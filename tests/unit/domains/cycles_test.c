/*
 * Proves that content comes and goes without a trace: the wallet is loaded,
 * installed, selected, used and deleted, and loaded again, and after each
 * cycle free memory of every kind (persistent, in one piece, transient,
 * handles) is exactly what it was after the first.  The count of cycles is
 * the second argument; without it a short run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "tests/apdu/host.h"

enum { MEMORY = 160 * 1024, SHORT_RUN = 200, CHECK_EVERY = 100 };

static void need(bool ok, unsigned long cycle, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "cycle %lu: %s\n", cycle, what);
    exit(1);
}

static void cycle(struct host *h, const char *path, unsigned long n)
{
    need(host_open_session(h, 0x30, 0x00, NULL) == SW_OK, n, "session");
    need(host_load_cap(h, path, "") == SW_OK, n, "load");
    need(host_hex(h, "80E60C001D06F0504F53540107F0504F5354010107F0504F53540101"
                     "010002C9000000") == SW_OK,
         n, "install");
    need(host_select(h, "F0504F53540101") == SW_OK, n, "select");
    need(host_hex(h, "805400000000") != 0, n, "use");
    need(host_hex(h, "00A4040000") == SW_OK, n, "leave");
    need(host_open_session(h, 0x30, 0x00, NULL) == SW_OK, n, "session");
    need(host_hex(h, "80E40080084F06F0504F53540100") == SW_OK, n, "delete");
}

static void check(struct host *h, unsigned long n)
{
    char *findings = NULL;

    need(host_check(h, &findings) == 0, n, findings == NULL ? "" : findings);
    free(findings);
}

int main(int argc, char **argv)
{
    const struct card_profile profile = host_profile(false);
    const unsigned long count =
        argc > 2 ? strtoul(argv[2], NULL, 10) : SHORT_RUN;
    struct heap_usage first;
    struct heap_usage now;
    struct host h;
    char path[1024];

    memset(&first, 0, sizeof first);
    memset(&now, 0, sizeof now);
    snprintf(path, sizeof path, "%s/wallet.cap", argc > 1 ? argv[1] : ".");
    need(host_open(&h, &profile, MEMORY, "cycles"), 0, "no card");
    for (unsigned long i = 1; i <= count; i++) {
        cycle(&h, path, i);
        heap_usage(&h.card->heap, i == 1 ? &first : &now);
        need(i == 1 || memcmp(&first, &now, sizeof first) == 0, i,
             "memory is not what it was");
        if (i % CHECK_EVERY == 0)
            check(&h, i);
    }
    printf("%lu cycles; free: %u of %u persistent, %u transient, %u handles\n",
           count, first.persistent_free, first.persistent_size,
           first.transient_reset_free, first.handles_free);
    host_close(&h);
    return 0;
}
