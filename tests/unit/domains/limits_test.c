/*
 * Proves of random allocations, freed and not, between those of others, on one
 * command or on many, that limits of memory hold after each of them: a quota,
 * what is kept for somebody, what is granted below a domain; and that nothing
 * is refused because of what the card still knew of the allocation before.
 * [GPCS 9.7]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/memory.h"
#include "root.h"
#include "tests/apdu/host.h"

#define DOMAIN "A000000151535042"
/* 00 01 .. 0F, enciphered with 40 41 .. 4F */
#define KEY "88103D0FA4B855D2A5AA4954B8B5DF582A3A03C35280"

enum { MEMORY = 40 * 1024, OWNERS = 6, STEPS = 6000, OBJECTS_MAX = 600 };

static const char *cap_folder;

/* Those that limit somebody; quotas go beyond what is kept. */
static const struct limited {
    const char *number;
    const char *system;
    uint32_t quota; /* 0: none */
    uint32_t kept;
} limited[] = {
    {"01", "C8021000D8020400", 0x1000, 0x0400},
    {"02", "D8022000", 0, 0x2000},
    {"03", "C8020800", 0x0800, 0},
    {"04", "", 0, 0},
};

enum { APPLICATIONS = sizeof limited / sizeof limited[0], GRANTED = 0x1800 };

/* The applications, their owners, and what is there. */
static struct world {
    struct host h;
    uint16_t owners[OWNERS]; /* then nobody's, and one that is not known */
    ref_t objects[OBJECTS_MAX];
    size_t count;
    uint64_t random;
    unsigned taken, refused;
} w;

static uint32_t draw(uint32_t below)
{
    w.random = w.random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(w.random >> 33) % below;
}

static void install(const struct limited *l)
{
    const unsigned n = (unsigned)strlen(l->system) / 2;
    char hex[256];

    snprintf(hex, sizeof hex,
             "80E60C00%02X06F0504F53540107F0504F5354010107F0504F535401%s"
             "0100%02XC900EF%02X%s0000",
             31 + n, l->number, 4 + n, n, l->system);
    assert_int_equal(host_hex(&w.h, hex), SW_OK);
}

static void find(unsigned i, struct registry_entry *e)
{
    const uint8_t aid[] = {0xF0, 'P', 'O', 'S', 'T', 1, (uint8_t)(i + 1)};

    assert_true(domain_find_application(&w.h.card->domain,
                                        span_of(aid, sizeof aid), e));
}

/* 03 and 04 are below a domain that is granted so much. */
static void move_below(const char *number)
{
    char hex[64];

    snprintf(hex, sizeof hex,
             "80E610001508" DOMAIN "0007F0504F535401%s000000"
             "00",
             number);
    assert_int_equal(host_hex(&w.h, hex), SW_OK);
}

static void open_card(void)
{
    const struct card_profile p = host_profile(false);
    struct registry_entry e;
    char path[512];

    assert_true(host_open(&w.h, &p, MEMORY, "limits"));
    assert_int_equal(host_open_session(&w.h, 0x30, 0x01, NULL), SW_OK);
    snprintf(path, sizeof path, "%s/wallet.cap", cap_folder);
    assert_int_equal(host_load_cap(&w.h, path, ""), SW_OK);
    for (unsigned i = 0; i < APPLICATIONS; i++) {
        install(&limited[i]);
        find(i, &e);
        w.owners[i] = e.instance;
    }
    w.owners[APPLICATIONS] = 0;
    w.owners[APPLICATIONS + 1] = 0x0F0F;
    assert_int_equal(
        host_hex(&w.h, "80E60C002D07A000000151535008A00000015153504108" DOMAIN
                       "01800FC90781020370820120EF04830218000000"),
        SW_OK);
    assert_int_equal(host_select(&w.h, DOMAIN), SW_OK);
    assert_int_equal(host_open_session(&w.h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&w.h, "80D800814331" KEY KEY KEY "00"), SW_OK);
    assert_int_equal(host_select(&w.h, ""), SW_OK);
    assert_int_equal(host_open_session(&w.h, 0x30, 0x01, NULL), SW_OK);
}

/* ---- what must hold ---- */

static uint32_t share(unsigned i)
{
    struct heap_share s;

    heap_owned(&w.h.card->heap, w.owners[i], &s);
    return s.persistent;
}

static uint32_t beyond(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

/* What is free and kept for nobody; an application's own limits hold. */
static uint32_t expect_limits(unsigned step)
{
    struct heap_usage usage;
    uint32_t kept = 0;

    for (unsigned i = 0; i < APPLICATIONS; i++) {
        const struct limited *l = &limited[i];
        if (l->quota != 0 && share(i) > l->kept + l->quota)
            fail_msg("step %u: %s has %u", step, l->number, share(i));
        kept += beyond(l->kept, share(i));
    }
    if (share(2) + share(3) > GRANTED)
        fail_msg("step %u: %u below the domain", step, share(2) + share(3));
    heap_usage(&w.h.card->heap, &usage);
    if (usage.persistent_free < kept)
        fail_msg("step %u: %u free, %u kept", step, usage.persistent_free,
                 kept);
    return usage.persistent_free - kept;
}

/* ---- the story ---- */

static enum err allocate(const struct heap_header *hd)
{
    ref_t ref = 0;

    const enum err e = heap_new(&w.h.card->heap, hd, &ref);
    if (e == ERR_OK)
        w.objects[w.count++] = ref;
    return e;
}

static void take_one(unsigned step)
{
    const struct heap_header hd = {
        .kind = HEAP_BYTE_ARRAY,
        .flags = draw(8) == 0 ? HEAP_CLEAR_ON_RESET : 0,
        .context = 1,
        .owner = w.owners[draw(OWNERS)],
        .length = 1 + draw(draw(5) == 0 ? 1000 : 60),
    };

    /* what the card takes for itself is not limited here */
    if (hd.owner == 0 && heap_taken(&hd) > expect_limits(step))
        return;
    const enum err e = allocate(&hd);
    w.taken += e == ERR_OK;
    if (e == ERR_OK)
        return;
    w.refused++;
    domain_forget_room(&w.h.card->domain);
    if (allocate(&hd) == ERR_OK)
        fail_msg("step %u: owner %04X: refused for nothing", step, hd.owner);
}

static void free_one(void)
{
    const size_t i = draw((uint32_t)w.count);

    assert_int_equal(heap_free(&w.h.card->heap, w.objects[i]), ERR_OK);
    w.objects[i] = w.objects[--w.count];
}

static void test_random(void **state)
{
    (void)state;
    open_card();
    move_below("03");
    move_below("04");
    for (unsigned step = 0; step < STEPS; step++) {
        if (draw(30) == 0)
            domain_forget_room(&w.h.card->domain);
        if (w.count == OBJECTS_MAX || (w.count > 0 && draw(9) < 4))
            free_one();
        else
            take_one(step);
        (void)expect_limits(step);
    }
    print_message("%u taken, %u refused\n", w.taken, w.refused);
    assert_true(w.taken > STEPS / 4 && w.refused > STEPS / 50);
    host_close(&w.h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };

    if (argc != 2)
        return 2;
    cap_folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
