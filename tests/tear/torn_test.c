/*
 * Proves that power may go while objects of the API change what they keep: keys
 * set, cleared and generated, BigNumber, BER TLVs, MonotonicCounter and
 * sensitive arrays; outside a transaction, in one that is committed and in one
 * that is aborted; on a card as it is and on one that keeps its keys
 * enciphered.  Power is cut at every program of each step, torn in one of five
 * ways by turns. After each cut the card checks clean, tells what it told
 * before the step or what it tells after it, and nothing between unless the
 * step is several updates; a counter never goes down; and the step, done again,
 * ends where it ends.
 *
 *   torn_test TORN.CAP
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

#define APPLET "F00000007F01"

enum { MEMORY = 64 * 1024, TELLS_MAX = 300, PROGRAMS_MAX = 400 };

enum {
    SEVERAL = 1,    /* updates, of which some may be done */
    AGAIN_ADDS = 2, /* done twice, it ends elsewhere */
    APART = 4,      /* is for good at once, whatever the transaction does */
};

static const char *cap;

static const struct step {
    const char *name;
    const char *before; /* commands that go before, or NULL */
    const char *ins;
    const char *value;
    unsigned flags;
} steps[] = {
    {"setKey", NULL, "10", "21", 0},
    {"setKey again", "8010110000", "10", "21", 0},
    {"clearKey", "8010110000", "11", "22", 0},
    {"a part of a CRT key", NULL, "12", "31", 0},
    {"all parts of a CRT key", NULL, "13", "31", SEVERAL},
    {"clearKey of a CRT key", "8013310000", "14", "32", 0},
    {"genKeyPair", NULL, "15", "01", AGAIN_ADDS},
    {"genKeyPair again", "8015010000", "15", "02", AGAIN_ADDS},
    {"BigNumber.init", "8020110000", "20", "61", 0},
    {"BigNumber.add", "8020010000", "21", "62", AGAIN_ADDS},
    {"BigNumber.multiply", "8020010000", "22", "63", AGAIN_ADDS},
    {"BigNumber.reset", "8020110000", "23", "64", 0},
    {"BERTLV append", NULL, "30", "71", AGAIN_ADDS},
    {"BERTLV append a second", "8030010000", "30", "71", AGAIN_ADDS},
    {"BERTLV delete", "8030010000", "31", "72", SEVERAL | AGAIN_ADDS},
    {"appendValue that grows", NULL, "32", "73", AGAIN_ADDS},
    {"replaceValue that grows", NULL, "33", "74", 0},
    {"incrementBy", NULL, "40", "01", AGAIN_ADDS | APART},
    {"setValue of a counter", NULL, "41", "20", APART},
    {"an element of a sensitive array", NULL, "50", "51", 0},
    {"clearArray", "8050510000", "51", "52", 0},
};

struct told {
    uint8_t bytes[TELLS_MAX];
    size_t n;
};

/* A card before any step, and the one that each step is tried on. */
static struct world {
    struct host h;
    struct faults fresh;
    struct faults ready;
    unsigned long cuts;
} w;

static void from(const struct faults *medium)
{
    faults_copy(&w.h.faults, medium);
    w.h.faults.cut_at = 0;
    w.h.faults.off = false;
    assert_int_equal(port_openssl_reseed(w.h.openssl, "torn"), 0);
    assert_int_equal(host_reset(&w.h), CARD_OK);
    assert_int_equal(host_select(&w.h, APPLET), SW_OK);
}

static void ask(struct told *out)
{
    assert_int_equal(host_select(&w.h, APPLET), SW_OK);
    assert_int_equal(host_hex(&w.h, "8000000000"), SW_OK);
    assert_true(w.h.n <= sizeof out->bytes);
    memcpy(out->bytes, w.h.response, w.h.n);
    out->n = w.h.n;
}

static bool same(const struct told *a, const struct told *b)
{
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

/* Without the first byte, which is the field. */
static bool same_apart(const struct told *a, const struct told *b)
{
    return a->n == b->n && memcmp(a->bytes + 1, b->bytes + 1, a->n - 1) == 0;
}

/* What a step may leave when it is cut. */
static bool may_be(const struct step *s, const struct told *now,
                   const struct told *before, const struct told *after)
{
    if ((s->flags & SEVERAL) != 0 || same(now, before) || same(now, after))
        return true;
    return (s->flags & APART) != 0 && now->bytes[0] == before->bytes[0] &&
           same_apart(now, after);
}

static void check(const char *name, unsigned program)
{
    char *findings = NULL;

    if (host_check(&w.h, &findings) != 0)
        fail_msg("%s, program %u: %s", name, program, findings);
    free(findings);
    assert_int_equal(host_select(&w.h, APPLET), SW_OK);
    assert_int_equal(host_hex(&w.h, "8001000000"), SW_OK);
}

/* One cut, and the step once more. */
static void cut(const struct step *s, const char *command, uint64_t program,
                const struct told *before, const struct told *after)
{
    struct told now;

    from(&w.ready);
    faults_arm(&w.h.faults, program, (enum faults_tear)(program % FAULTS_TEARS),
               false);
    (void)host_hex(&w.h, command);
    assert_int_equal(host_reset(&w.h), CARD_OK);
    w.cuts++;
    ask(&now);
    if (!may_be(s, &now, before, after))
        fail_msg("%s (%s), program %u: neither before nor after", s->name,
                 command, (unsigned)program);
    check(s->name, (unsigned)program);
    assert_int_equal(port_openssl_reseed(w.h.openssl, "torn"), 0);
    const bool once = same_apart(&now, before);
    if (host_hex(&w.h, command) != SW_OK && (s->flags & SEVERAL) == 0)
        fail_msg("%s (%s), program %u: not once more", s->name, command,
                 (unsigned)program);
    ask(&now);
    if (((s->flags & AGAIN_ADDS) == 0 || once) && !same(&now, after))
        fail_msg("%s (%s), program %u: ends elsewhere", s->name, command,
                 (unsigned)program);
    check(s->name, (unsigned)program);
}

static void try_step(const struct step *s, unsigned end)
{
    struct told before, after;
    char command[16];

    from(&w.fresh);
    if (s->before != NULL)
        assert_int_equal(host_hex(&w.h, s->before), SW_OK);
    assert_int_equal(host_reset(&w.h), CARD_OK);
    ask(&before);
    faults_copy(&w.ready, &w.h.faults);

    from(&w.ready);
    snprintf(command, sizeof command, "80%s%s%02X00", s->ins, s->value, end);
    const uint64_t first = w.h.faults.programs;
    if (host_hex(&w.h, command) != SW_OK)
        fail_msg("%s (%s) does not work", s->name, command);
    const uint64_t programs = w.h.faults.programs - first;
    ask(&after);
    check(s->name, 0);
    assert_true(programs < PROGRAMS_MAX);
    for (uint64_t program = 1; program <= programs; program++)
        cut(s, command, program, &before, &after);
}

static void story(bool enciphered, size_t first, size_t last)
{
    struct card_profile p = host_profile(false);

    p.enciphered = enciphered;
    assert_true(host_open(&w.h, &p, MEMORY, "torn"));
    w.h.port.nv_direct = NULL;
    assert_true(faults_open(&w.fresh, MEMORY, 1));
    assert_true(faults_open(&w.ready, MEMORY, 1));
    assert_int_equal(host_open_session(&w.h, 0x30, 1, NULL), SW_OK);
    assert_int_equal(host_load_cap(&w.h, cap, ""), SW_OK);
    assert_int_equal(host_hex(&w.h, "80E60C001A05F00000007F06" APPLET
                                    "06" APPLET "010002C9000000"),
                     SW_OK);
    faults_copy(&w.fresh, &w.h.faults);
    w.cuts = 0;
    for (size_t i = first; i < last; i++) {
        for (unsigned end = 0; end < 3; end++)
            try_step(&steps[i], end);
    }
    printf("%lu cuts\n", w.cuts);
    assert_true(w.cuts > 100);
    faults_close(&w.fresh);
    faults_close(&w.ready);
    host_close(&w.h);
}

static void test_plain(void **state)
{
    (void)state;
    story(false, 0, sizeof steps / sizeof steps[0]);
}

/* Only keys are written in another way. */
static void test_enciphered(void **state)
{
    (void)state;
    story(true, 0, 8);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_enciphered),
    };

    if (argc != 2)
        return 2;
    cap = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
