/*
 * How often in a second of processor time a card in this process answers one
 * command: for what an applet does with the API, one APDU each.
 *
 *   bench-commands CAP PACKAGE APPLET COMMAND... / COMMAND
 *
 * Loads the CAP file, installs and selects the applet, sends the commands
 * before the / once, each of which has to end with 9000, and then the last one
 * for about such a second.  All in hexadecimal.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "tests/apdu/host.h"

enum { MEDIUM = 1024 * 1024, BATCH = 64, TEXT_MAX = 1200 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* False, with the status word on stderr, when it is not 9000. */
static bool works(sw_t sw, const char *what)
{
    if (sw != SW_OK)
        fprintf(stderr, "%s: %04X\n", what, sw);
    return sw == SW_OK;
}

static bool install(struct host *h, const char *package, const char *applet)
{
    char text[TEXT_MAX];
    const unsigned p = (unsigned)strlen(package) / 2;
    const unsigned a = (unsigned)strlen(applet) / 2;

    snprintf(text, sizeof text, "80E60C00%02X%02X%s%02X%s%02X%s010002C9000000",
             p + 2 * a + 9, p, package, a, applet, a, applet);
    return works(host_hex(h, text), text) &&
           works(host_select(h, applet), "select");
}

static bool measure(struct host *h, const char *command)
{
    unsigned count = 0;
    const double start = now();
    double end = start;

    while (end - start < 1.0) {
        for (unsigned i = 0; i < BATCH; i++) {
            if (!works(host_hex(h, command), command))
                return false;
        }
        count += BATCH;
        end = now();
    }
    printf("%.0f a second\n", count / (end - start));
    return true;
}

static bool run(struct host *h, int argc, char **argv)
{
    if (!works(host_open_session(h, 0x30, 0x01, NULL), "session") ||
        !works(host_load_cap(h, argv[1], ""), argv[1]) ||
        !install(h, argv[2], argv[3]))
        return false;
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "/") == 0)
            return i + 1 < argc && measure(h, argv[i + 1]);
        if (!works(host_hex(h, argv[i]), argv[i]))
            return false;
    }
    return false;
}

int main(int argc, char **argv)
{
    const struct card_profile profile = host_profile(false);
    struct host host;
    bool done = false;

    if (argc < 6 || !host_open(&host, &profile, MEDIUM, NULL))
        return 2;
    done = run(&host, argc, argv);
    host_close(&host);
    return done ? 0 : 1;
}
