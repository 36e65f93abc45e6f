/*
 * Proves that a fault in an integrity-sensitive array is told to its applet:
 * any one flipped bit of its elements or of their check, in persistent memory
 * and in volatile, makes assertIntegrity and every update a SecurityException,
 * changes nothing else, and goes with clearArray.  [JCAPI SensitiveArrays]
 *
 *   api_guard_flips api-guard.cap
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/apdu/host.h"

enum { LENGTH = 20, CHECK = 8, FILL = 0x5A };

static void must(bool is, const char *what)
{
    if (is)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* The one place where an array of this test has its elements. */
static uint8_t *find(uint8_t *p, size_t n)
{
    uint8_t *found = NULL;
    uint8_t elements[LENGTH];

    memset(elements, FILL, sizeof elements);
    for (size_t i = 0; i + LENGTH + CHECK <= n; i++) {
        if (memcmp(p + i, elements, LENGTH) != 0)
            continue;
        must(found == NULL, "the elements are at two places");
        found = p + i;
    }
    must(found != NULL, "the elements are nowhere");
    return found;
}

static void install(struct host *h, const char *cap)
{
    const struct card_profile profile = host_profile(false);

    must(host_open(h, &profile, HOST_MEMORY, "guard"), "no card");
    must(host_open_session(h, 0x30, 1, NULL) == SW_OK, "no session");
    must(host_load_cap(h, cap, "") == SW_OK, h->reason);
    must(host_hex(h, "80E60C001A05F00000007C06F00000007C0106F00000007C01"
                     "010002C90000") == SW_OK,
         h->reason);
    must(host_select(h, "F00000007C01") == SW_OK, "not selected");
}

/* The applet looks at its array for damage: P2 says which of the two. */
static sw_t look(struct host *h, bool fleeting)
{
    return host_hex(h, fleeting ? "80020B01" : "80020B00");
}

static void flip_all(struct host *h, bool fleeting)
{
    must(host_hex(h, "80020800") == SW_OK, "not filled");
    must(look(h, fleeting) == 0x6501, "damage where there is none");
    for (unsigned bit = 0; bit < 8 * (LENGTH + CHECK); bit++) {
        uint8_t *p = fleeting ? find(h->transient, h->port.transient_size)
                              : find(h->faults.bytes, h->faults.size);
        p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        must(look(h, fleeting) == SW_OK, "a flipped bit is not told");
    }
}

/* What is kept is told after power was off, too. */
static void flip_and_reset(struct host *h)
{
    find(h->faults.bytes, h->faults.size)[7] ^= 4;
    must(host_reset(h) == CARD_OK, "the card does not come up");
    must(host_select(h, "F00000007C01") == SW_OK, "not selected");
    must(look(h, false) == SW_OK, "a flipped bit is not told after a reset");
}

int main(int argc, char **argv)
{
    static struct host h;

    if (argc != 2)
        return 2;
    install(&h, argv[1]);
    flip_all(&h, false);
    flip_all(&h, true);
    flip_and_reset(&h);
    host_close(&h);
    return 0;
}
