/*
 * Proves that each change of a card's content is done or not done, whenever
 * power goes: LOAD, INSTALL, DELETE, PUT KEY, SET STATUS, STORE DATA and
 * extradition are cut at every program they make, in each way a program can
 * tear; after power-on the card is consistent and its content is that of
 * before or that of after, and the change can be made then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/apdu/host.h"

enum { TEAR_MEMORY = 192 * 1024, PROGRAMS_MAX = 100000 };

#define WALLET "F0504F535401"
#define APPLET "F0504F53540101"
#define DOMAIN "A000000151535042"
#define KEY "88103D0FA4B855D2A5AA4954B8B5DF582A3A03C35280"
static const char *cap_folder;

/* A change: what comes before it, and what it is. */
struct change {
    const char *name;
    sw_t (*prepare)(struct host *h); /* in a session; NULL: nothing */
    sw_t (*apply)(struct host *h);   /* in a session */
};

static sw_t load_wallet(struct host *h)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/wallet.cap", cap_folder);
    return host_load_cap(h, path, "");
}

static sw_t install_wallet(struct host *h)
{
    return host_hex(h, "80E60C001D06" WALLET "07" APPLET "07" APPLET
                       "010002C9000000");
}

static sw_t load_and_install(struct host *h)
{
    sw_t sw = load_wallet(h);
    return sw == SW_OK ? install_wallet(h) : sw;
}

static sw_t delete_applet(struct host *h)
{
    return host_hex(h, "80E40000094F07" APPLET "00");
}

static sw_t delete_all(struct host *h)
{
    return host_hex(h, "80E40080084F06" WALLET "00");
}

static sw_t lock_applet(struct host *h)
{
    return host_hex(h, "80F0408007" APPLET);
}

static sw_t lock_card(struct host *h)
{
    return host_hex(h, "80F0807F");
}

static sw_t add_keys(struct host *h)
{
    return host_hex(h, "80D800814331" KEY KEY KEY "00");
}

static sw_t replace_keys(struct host *h)
{
    return host_hex(h, "80D831814332" KEY KEY KEY "00");
}

static sw_t delete_keys(struct host *h)
{
    return host_hex(h, "80E4000003D2013100");
}

static sw_t store_data(struct host *h)
{
    return host_hex(h, "80E290000A42034200024503450003");
}

static sw_t create_domain(struct host *h)
{
    return host_hex(h, "80E60C002907A000000151535008A00000015153504108" DOMAIN
                       "0380400009C90781020370820120"
                       "0000");
}

/* A domain with keys of its own, and the wallet beside it. */
static sw_t prepare_extradition(struct host *h)
{
    sw_t sw = load_and_install(h);
    if (sw == SW_OK)
        sw = create_domain(h);
    if (sw == SW_OK)
        sw = host_select(h, DOMAIN);
    if (sw == SW_OK)
        sw = host_open_session(h, 0x30, 0x01, NULL);
    if (sw == SW_OK)
        sw = add_keys(h);
    if (sw == SW_OK)
        sw = host_select(h, "");
    return sw == SW_OK ? host_open_session(h, 0x30, 0x01, NULL) : sw;
}

static sw_t extradite(struct host *h)
{
    return host_hex(h, "80E610001508" DOMAIN "0007" APPLET "00000000");
}

/* The wallet's domain goes with its keys and data. */
static sw_t prepare_domain(struct host *h)
{
    sw_t sw = create_domain(h);
    if (sw == SW_OK)
        sw = host_select(h, DOMAIN);
    if (sw == SW_OK)
        sw = host_open_session(h, 0x30, 0x01, NULL);
    if (sw == SW_OK)
        sw = add_keys(h);
    if (sw == SW_OK)
        sw = store_data(h);
    if (sw == SW_OK)
        sw = host_select(h, "");
    return sw == SW_OK ? host_open_session(h, 0x30, 0x01, NULL) : sw;
}

static sw_t delete_domain(struct host *h)
{
    return host_hex(h, "80E400000A4F08" DOMAIN "00");
}

static struct change changes[] = {
    /* not const: cmocka wants void * */
    {"LOAD", NULL, load_wallet},
    {"INSTALL", load_wallet, install_wallet},
    {"DELETE application", load_and_install, delete_applet},
    {"DELETE load file and applications", load_and_install, delete_all},
    {"SET STATUS application", load_and_install, lock_applet},
    {"SET STATUS card", NULL, lock_card},
    {"PUT KEY add", NULL, add_keys},
    {"PUT KEY replace", add_keys, replace_keys},
    {"DELETE key", add_keys, delete_keys},
    {"STORE DATA", NULL, store_data},
    {"STORE DATA again", store_data, store_data},
    {"INSTALL security domain", NULL, create_domain},
    {"DELETE security domain", prepare_domain, delete_domain},
    {"INSTALL for extradition", prepare_extradition, extradite},
};

static void open_session(struct host *h)
{
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
}

static void assert_consistent(struct host *h, const char *name, uint64_t n)
{
    char *findings = NULL;

    if (host_check(h, &findings) != 0) {
        print_message("%s, cut at program %u:\n%s", name, (unsigned)n,
                      findings);
        free(findings);
        fail();
    }
    free(findings);
}

/* Cuts the change at program n; false when it makes fewer than n. */
static bool cut_at(struct host *h, const struct faults *start,
                   const struct change *c, uint64_t n, enum faults_tear tear,
                   const char *before, const char *after)
{
    faults_copy(&h->faults, start);
    assert_int_equal(host_reset(h), CARD_OK);
    open_session(h);
    faults_arm(&h->faults, n, tear, false);
    sw_t sw = c->apply(h);
    bool cut = h->faults.off;
    if (!cut)
        assert_int_equal(sw, SW_OK);

    assert_int_equal(host_reset(h), CARD_OK);
    assert_consistent(h, c->name, n);
    char *now = host_dump(h, false);
    bool is_before = strcmp(now, before) == 0;
    bool is_after = strcmp(now, after) == 0;
    if (!is_before && !is_after) {
        print_message("%s, cut at program %u (tear %d):\n%s", c->name,
                      (unsigned)n, (int)tear, now);
        fail();
    }
    free(now);
    if (is_before && n % 16 == 0 && strcmp(before, after) != 0) {
        open_session(h);
        assert_int_equal(c->apply(h), SW_OK);
    }
    return cut;
}

/* In all the ways that a program can tear. */
static bool cut_everyway(struct host *h, const struct faults *start,
                         const struct change *c, uint64_t n, const char *before,
                         const char *after)
{
    bool cut = false;

    for (int tear = 0; tear < FAULTS_TEARS; tear++)
        cut = cut_at(h, start, c, n, (enum faults_tear)tear, before, after);
    return cut;
}

static void tear_change(const struct change *c)
{
    const struct card_profile profile = host_profile(false);
    struct host h;
    struct faults start;

    assert_true(host_open(&h, &profile, TEAR_MEMORY, "tear"));
    assert_true(faults_open(&start, TEAR_MEMORY, 7));
    open_session(&h);
    if (c->prepare != NULL)
        assert_int_equal(c->prepare(&h), SW_OK);
    char *before = host_dump(&h, false);
    faults_copy(&start, &h.faults);
    assert_int_equal(c->apply(&h), SW_OK);
    char *after = host_dump(&h, false);

    uint64_t n = 1;
    while (n < PROGRAMS_MAX && cut_everyway(&h, &start, c, n, before, after))
        n++;
    print_message("%s: %u programs\n", c->name, (unsigned)(n - 1));
    assert_true(n > 1);
    free(before);
    free(after);
    faults_close(&start);
    host_close(&h);
}

static void test_change(void **state)
{
    tear_change(*state);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[sizeof changes / sizeof changes[0]];

    if (argc != 2) {
        fprintf(stderr, "usage: domain_tear CAP-FOLDER\n");
        return 2;
    }
    cap_folder = argv[1];
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        tests[i] = (struct CMUnitTest){changes[i].name, test_change, NULL, NULL,
                                       &changes[i]};
    }
    return _cmocka_run_group_tests("domain_tear", tests,
                                   sizeof tests / sizeof tests[0], NULL, NULL);
}
