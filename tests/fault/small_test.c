/*
 * Proves of a card that is compiled and lent as little as a microcontroller
 * has (card_small in card/meson.build: 64 KiB of persistent memory, all
 * volatile memory but the C stack in 16 KiB, nothing to decode ahead in) that
 *
 * - it lives through the whole story: load, install, transactions, PIN and key
 *   generation, collection, domains, deletion; and loads the wallet;
 * - where its numbers end (packages, entries of the registry, frames, cells of
 *   the stack, channels, bytes of a data object), the command is refused with
 *   the status word for it, nothing has changed, and what was full serves
 *   again when something is given up.
 *
 *   small_test VAULT.CAP APPLETS
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domains/registry.h"
#include "root.h"
#include "tests/tear/story.h"

enum {
    MEMORY = 64 * 1024,
    RAM = 16 * 1024,
    SCRATCH = 3072,
    IO = 320,
    AID_AT = 5, /* of the last byte of the wallet's AID in its own */
};

static const char *applets;

static void open_small(struct host *h)
{
    const struct card_profile profile = host_profile(false);

    assert_true(host_open(h, &profile, MEMORY, "small"));
    h->port.scratch_size = SCRATCH;
    h->port.io_size = IO;
    h->port.code = NULL;
    h->port.code_size = 0;
    assert_int_equal(host_reset(h), CARD_OK);
}

static void session(struct host *h)
{
    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
}

/* Nothing is wrong with the card, and it is as `before` tells. */
static void unchanged(struct host *h, const char *before)
{
    char *findings = NULL;
    char *now = host_dump(h, false);

    if (host_check(h, &findings) != 0)
        fail_msg("%s", findings);
    assert_string_equal(now, before);
    free(findings);
    free(now);
}

/* ---- life ---- */

static void it_fits(void **state)
{
    struct host h;

    (void)state;
    open_small(&h);
    const size_t all = card_size() + h.port.transient_size + IO + SCRATCH;

    print_message("struct card %zu, transient %u, io %d, scratch %d: %zu\n",
                  card_size(), h.port.transient_size, IO, SCRATCH, all);
    assert_true(all <= RAM); /* with pointers of 8 bytes; they have 4 */
    host_close(&h);
}

static void it_lives(void **state)
{
    struct host h;

    (void)state;
    open_small(&h);
    for (size_t i = 0; i < story_length; i++) {
        if (!story_do(&h, story[i].enter) || !story_do(&h, story[i].act))
            fail_msg("%s", story[i].name);
    }
    host_close(&h);
}

/* ---- packages ---- */

/* The wallet under an AID of its own. */
static sw_t load_wallet(struct host *h, uint8_t number)
{
    static const uint8_t own[] = {0xF0, 0x50, 0x4F, 0x53, 0x54, 0x01};
    char path[1024];
    char aid[33];
    size_t n = 0;

    snprintf(path, sizeof path, "%s/wallet.cap", applets);
    uint8_t *block = host_read_cap(path, &n, aid);
    assert_non_null(block);
    for (size_t i = 0; i + sizeof own <= n; i++) {
        if (memcmp(block + i, own, sizeof own) == 0)
            block[i + AID_AT] = number;
    }
    snprintf(aid, sizeof aid, "F0504F5354%02X", number);
    sw_t sw = host_load_block(h, aid, "", span_of(block, n));
    free(block);
    return sw;
}

static void packages_end(void **state)
{
    struct heap_usage before;
    struct heap_usage after;
    struct host h;

    (void)state;
    open_small(&h);
    session(&h);
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++)
        assert_int_equal(load_wallet(&h, 0x20 + i), SW_OK);
    char *dump = host_dump(&h, false);
    heap_usage(&h.card->heap, &before);
    assert_int_equal(load_wallet(&h, 0x20), SW_NO_MEMORY);
    heap_usage(&h.card->heap, &after);
    assert_memory_equal(&before, &after, sizeof before);
    unchanged(&h, dump);
    free(dump);
    session(&h);
    assert_int_equal(host_hex(&h, "80E40080084F06F0504F53542300"), SW_OK);
    assert_int_equal(load_wallet(&h, 0x20), SW_OK);
    host_close(&h);
}

/* ---- the registry ---- */

/* 00 01 .. 0F, encrypted with 40 41 .. 4F, and its check value. */
#define KEY "88103D0FA4B855D2A5AA4954B8B5DF582A3A03C35280"

static unsigned used_slots(const struct host *h)
{
    const struct domain *d = &h->card->domain;
    unsigned n = 0;

    for (uint16_t s = domain_next_slot(d, 0); s != DOMAIN_NONE;
         s = domain_next_slot(d, s + 1u))
        n++;
    return n;
}

static sw_t add_object(struct host *h, unsigned i)
{
    char hex[64];

    snprintf(hex, sizeof hex, "80E2900004%02X%02X01AA", i < 0x60 ? 0xDF : 0xBF,
             0x20 + i % 0x60);
    return host_hex(h, hex);
}

static sw_t add_keys(struct host *h, unsigned version)
{
    char hex[200];

    snprintf(hex, sizeof hex, "80D8008143%02X" KEY KEY KEY "00", version);
    return host_hex(h, hex);
}

/* Three keys more do not fit where two would. */
static void the_registry_ends(void **state)
{
    enum { OBJECTS = 2 * 0x60 - 1 };
    struct host h;
    unsigned version = 0;

    (void)state;
    open_small(&h);
    session(&h);
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_int_equal(add_object(&h, i), SW_OK);
    while (used_slots(&h) + 3 <= REGISTRY_SLOTS) {
        if (++version != 0x30)
            assert_int_equal(add_keys(&h, version), SW_OK);
    }
    const unsigned left = REGISTRY_SLOTS - used_slots(&h);
    assert_true(left > 0);
    char *dump = host_dump(&h, false);
    assert_int_equal(add_keys(&h, version + 1), SW_NO_MEMORY);
    assert_int_equal(used_slots(&h), REGISTRY_SLOTS - left);
    unchanged(&h, dump);
    free(dump);
    session(&h);
    assert_int_equal(host_hex(&h, "80E4000003D2010100"), SW_OK);
    assert_int_equal(add_keys(&h, version + 1), SW_OK);
    host_close(&h);
}

/* ---- channels, data ---- */

static void channels_end(void **state)
{
    struct host h;

    (void)state;
    open_small(&h);
    for (unsigned i = 1; i < CARD_CHANNELS; i++)
        assert_int_equal(host_hex(&h, "0070000001"), SW_OK);
    char *dump = host_dump(&h, false);
    assert_int_equal(host_hex(&h, "0070000001"), 0x6A81);
    unchanged(&h, dump);
    free(dump);
    assert_int_equal(host_hex(&h, "00708002"), SW_OK);
    assert_int_equal(host_hex(&h, "0070000001"), SW_OK);
    assert_int_equal(h.response[0], 2);
    host_close(&h);
}

/* One byte more than can wait for its end, in two blocks. */
static void data_objects_end(void **state)
{
    enum { FIRST = 200, SECOND = CARD_STORE_MAX + 1 - FIRST };
    const uint8_t first[5 + FIRST] = {0x80, 0xE2, 0x10, 0x00, FIRST,
                                      0xDF, 0x20, 0x81, 0xFC};
    const uint8_t second[5 + SECOND] = {0x80, 0xE2, 0x90, 0x01, SECOND};
    struct host h;

    (void)state;
    open_small(&h);
    session(&h);
    char *dump = host_dump(&h, false);
    assert_int_equal(host_send(&h, span_of(first, sizeof first)), SW_OK);
    assert_int_equal(host_send(&h, span_of(second, sizeof second)),
                     SW_NO_MEMORY);
    unchanged(&h, dump);
    free(dump);
    assert_int_equal(add_object(&h, 0), SW_OK);
    host_close(&h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fits),      cmocka_unit_test(it_lives),
        cmocka_unit_test(packages_end), cmocka_unit_test(the_registry_ends),
        cmocka_unit_test(channels_end), cmocka_unit_test(data_objects_end),
    };

    if (argc != 3)
        return 2;
    story_cap = argv[1];
    applets = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
