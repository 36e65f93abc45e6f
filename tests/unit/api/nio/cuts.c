/*
 * Proves that power may go at any program of the persistent memory, in every
 * way that one can be torn, while an applet changes what the API keeps for it:
 * what it then finds is what was before or after, as its last command tells.
 *
 *   api_guard_cuts CAP PACKAGE PREPARE CHANGE LOOK ...
 *
 * The package has five bytes of AID, and one applet whose AID ends in 01; the
 * commands are three at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/apdu/host.h"

struct subject {
    const char *package;
    const char *prepare;
    const char *change;
    const char *look; /* answers 9000 when all is well */
};

static void must(bool is, const char *what)
{
    if (is)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void install(struct host *h, const char *cap, const char *package)
{
    const struct card_profile profile = host_profile(false);
    char command[80];

    must(host_open(h, &profile, HOST_MEMORY, "cuts"), "no card");
    must(host_open_session(h, 0x30, 1, NULL) == SW_OK, "no session");
    must(host_load_cap(h, cap, "") == SW_OK, h->reason);
    (void)snprintf(command, sizeof command,
                   "80E60C001A05%s06%s0106%s01010002C90000", package, package,
                   package);
    must(host_hex(h, command) == SW_OK, h->reason);
}

static void power_on(struct host *h, const char *package)
{
    char applet[16];

    (void)snprintf(applet, sizeof applet, "%s01", package);
    must(host_reset(h) == CARD_OK, "the card does not come up");
    must(host_select(h, applet) == SW_OK, "not selected");
}

/* Whether there was a program to cut. */
static bool cut(struct host *h, const struct faults *saved,
                const struct subject *s, unsigned tear, uint64_t n)
{
    faults_copy(&h->faults, saved);
    power_on(h, s->package);
    faults_arm(&h->faults, n, (enum faults_tear)tear, false);
    const sw_t sw = host_hex(h, s->change);
    const bool off = h->faults.off;
    must(off || sw == SW_OK, "the change is refused");
    power_on(h, s->package);
    const sw_t found = host_hex(h, s->look);
    if (found != SW_OK)
        fprintf(stderr, "%s, tear %u of program %u: %04X\n", s->change, tear,
                (unsigned)n, (unsigned)found);
    must(found == SW_OK, "a cut leaves what must not be");
    return off;
}

static unsigned cut_all(struct host *h, const struct subject *s)
{
    static struct faults saved;
    unsigned cuts = 0;

    power_on(h, s->package);
    must(host_hex(h, s->prepare) == SW_OK, "not prepared");
    must(host_hex(h, s->look) == SW_OK, "wrong before anything is cut");
    must(faults_open(&saved, h->faults.size, 1), "no memory");
    faults_copy(&saved, &h->faults);
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        for (uint64_t n = 1; cut(h, &saved, s, tear, n); n++)
            cuts++;
    }
    faults_close(&saved);
    return cuts;
}

int main(int argc, char **argv)
{
    static struct host h;
    unsigned cuts = 0;

    if (argc < 6 || argc % 3 != 0)
        return 2;
    install(&h, argv[1], argv[2]);
    for (int i = 3; i < argc; i += 3) {
        const struct subject s = {argv[2], argv[i], argv[i + 1], argv[i + 2]};
        cuts += cut_all(&h, &s);
    }
    printf("%u cuts\n", cuts);
    host_close(&h);
    return cuts > 100 ? 0 : 1;
}
