/*
 * Proves how the registry stores amounts of memory: a card whose entries are
 * all of the form that there was before there were any is mounted, behaves as
 * it did, and goes on writing that form; entries with amounts, of the longer
 * form, stand beside them and outlive changes and resets.  [GPCS 6.5.1.3]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "domains/registry.h"
#include "heap/heap.h"
#include "root.h"
#include "tests/unit/domains/unit.h"

enum { OLD_SIZE = 64, LONG_SIZE = 88, AMOUNTS_GIVEN_AT = 63 };

/* ---- records by hand, in the form of before ---- */

static uint32_t record_at(const struct host *h, uint16_t slot,
                          uint8_t out[LONG_SIZE])
{
    struct heap_view v;
    ref_t ref;

    assert_true(domain_record(&h->card->domain, slot, &v, &ref));
    assert_in_range(v.h.length, 1, LONG_SIZE);
    memcpy(out, v.p, v.h.length);
    return v.h.length;
}

static void replace(struct host *h, uint16_t slot, const uint8_t *bytes)
{
    struct domain *d = &h->card->domain;

    assert_int_equal(heap_begin(d->heap), ERR_OK);
    assert_int_equal(domain_replace_record(d, slot, bytes, OLD_SIZE), ERR_OK);
    assert_int_equal(heap_commit(d->heap), ERR_OK);
}

/* An entry as registry.h draws it, but for bytes 63 and later. */
static void old_application(const struct registry_entry *e,
                            uint8_t out[OLD_SIZE])
{
    memset(out, 0, OLD_SIZE);
    out[0] = 2;
    out[1] = e->state;
    out[2] = (uint8_t)(e->domain >> 8);
    out[3] = (uint8_t)e->domain;
    out[7] = e->package;
    out[8] = (uint8_t)(e->instance >> 8);
    out[9] = (uint8_t)e->instance;
    out[24] = e->aid_length;
    memcpy(out + 25, e->aid, e->aid_length);
}

/*
 * A domain of the issuer's, 16 zeros and more cut to what they are: kind,
 * state, domain, privileges, package; receipts, restrictions, flags, implicit;
 * protocols; AID; provider; policies, capability, unused.
 */
static const char old_domain[] = "030F"
                                 "0000"
                                 "804000"
                                 "FF"
                                 "0003"
                                 "04"
                                 "03"
                                 "00000000"
                                 "0370000000000000"
                                 "08A0000001515350770000000000000000"
                                 "0501020304050000000000000000000000"
                                 "000000"
                                 "0000"
                                 "00";

static void make_old_domain(uint8_t out[OLD_SIZE])
{
    struct buf b = buf_of(out, OLD_SIZE);
    size_t where;

    assert_int_equal(hex_decode(old_domain, sizeof old_domain - 1, &b, &where),
                     ERR_OK);
    assert_int_equal(b.n, OLD_SIZE);
}

static void add_old_domain(struct host *h)
{
    uint8_t bytes[OLD_SIZE];
    uint16_t slot;

    make_old_domain(bytes);
    assert_int_equal(
        domain_add_record(&h->card->domain, bytes, OLD_SIZE, &slot), ERR_OK);
}

/* ---- the card ---- */

static void open_card(struct host *h)
{
    const struct card_profile p = host_profile(false);

    assert_true(host_open(h, &p, HOST_MEMORY, "memory"));
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(unit_load_wallet(h), SW_OK);
}

/* INSTALL of a wallet F0504F535401NN with these system parameters. */
static void install(struct host *h, const char *number, const char *system)
{
    char hex[256];
    const unsigned n = (unsigned)strlen(system) / 2;

    snprintf(hex, sizeof hex,
             "80E60C00%02X06F0504F53540107F0504F5354010107F0504F535401%s"
             "0100%02XC900EF%02X%s0000",
             31 + n, number, 4 + n, n, system);
    assert_int_equal(host_hex(h, hex), SW_OK);
}

static void find(const struct host *h, uint8_t last, struct registry_entry *e)
{
    const uint8_t aid[] = {0xF0, 'P', 'O', 'S', 'T', 1, last};

    assert_true(
        domain_find_application(&h->card->domain, span_of(aid, sizeof aid), e));
}

static void expect_line(struct host *h, const char *line)
{
    char *all = host_dump(h, true);

    if (strstr(all, line) == NULL)
        fail_msg("not in the dump: %s\n%s", line, all);
    free(all);
}

static void test_the_old_form_is_read(void **state)
{
    struct host h;
    struct registry_entry e;
    uint8_t old[OLD_SIZE], now[LONG_SIZE];

    (void)state;
    open_card(&h);
    install(&h, "01", "");
    find(&h, 1, &e);
    old_application(&e, old);
    assert_int_equal(record_at(&h, e.slot, now), OLD_SIZE);
    assert_memory_equal(now, old, OLD_SIZE);
    replace(&h, e.slot, old);
    add_old_domain(&h);

    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(host_select(&h, "F0504F53540101"), SW_OK);
    expect_line(&h, "\ndomain aid=A000000151535077 state=0F privileges=804000 "
                    "domain=A000000151000000 provider=0102030405 "
                    "protocols=0370 flags=03 accepts=F8F8000000 "
                    "restrictions=04 receipts=3\n");
    assert_int_equal(host_select(&h, ""), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    /* lock and unlock: written again as it was */
    assert_int_equal(host_hex(&h, "80F0408007F0504F53540101"), SW_OK);
    assert_int_equal(host_hex(&h, "80F0400007F0504F53540101"), SW_OK);
    assert_int_equal(record_at(&h, e.slot, now), OLD_SIZE);
    assert_memory_equal(now, old, OLD_SIZE);
    unit_close(&h);
}

/* Quotas 200 and 1000, reserves 10 and 800, hexadecimal. */
static void test_amounts_stand_beside_it(void **state)
{
    static const uint8_t amounts[] = {0, 0, 2, 0, 0, 0, 0x10, 0, 0, 0, 0, 0x10,
                                      0, 0, 8, 0, 0, 0, 0,    0, 0, 0, 0, 0};
    struct host h;
    struct registry_entry e;
    uint8_t now[LONG_SIZE];

    (void)state;
    open_card(&h);
    add_old_domain(&h);
    install(&h, "01", "");
    install(&h, "02", "C7020200C8021000D7020010D8020800");
    find(&h, 2, &e);
    assert_int_equal(host_hex(&h, "80F0408007F0504F53540102"), SW_OK);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(record_at(&h, e.slot, now), LONG_SIZE);
    assert_int_equal(now[1], 0x87);
    assert_int_equal(now[AMOUNTS_GIVEN_AT], 0x0F);
    assert_memory_equal(now + OLD_SIZE, amounts, sizeof amounts);
    expect_line(&h, " volatile-quota=512 quota=4096 volatile-reserved=16 "
                    "reserved=2048\n");
    find(&h, 1, &e);
    assert_int_equal(record_at(&h, e.slot, now), OLD_SIZE);

    /* and goes as one */
    assert_int_equal(host_open_session(&h, 0x30, 0x01, NULL), SW_OK);
    assert_int_equal(host_hex(&h, "80E40000094F07F0504F5354010200"), SW_OK);
    unit_close(&h);
}

/* Lengths that no entry has are none. */
static void test_other_lengths_are_no_entries(void **state)
{
    static const uint32_t lengths[] = {24, OLD_SIZE, LONG_SIZE - 1,
                                       LONG_SIZE + 1};
    struct host h;
    struct registry_entry e;
    uint8_t bytes[LONG_SIZE + 1] = {0};
    uint16_t slot;

    (void)state;
    open_card(&h);
    make_old_domain(bytes);
    bytes[AMOUNTS_GIVEN_AT] = 1;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct domain *d = &h.card->domain;
        assert_int_equal(domain_add_record(d, bytes, lengths[i], &slot),
                         ERR_OK);
        assert_false(domain_entry(d, slot, &e));
        assert_int_equal(domain_remove_record(d, slot), ERR_OK);
    }
    unit_close(&h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_old_form_is_read),
        cmocka_unit_test(test_amounts_stand_beside_it),
        cmocka_unit_test(test_other_lengths_are_no_entries),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: memory_test CAP-FOLDER\n");
        return 2;
    }
    unit_cap_folder = argv[1];
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
