/*
 * Proves that power may go at any program of what changes the contactless
 * registry, or the memory fail in it: states, information, lists, groups, the
 * order of a group, the card's interfaces, locking, INSTALL with parameters and
 * a registry update, deletion.  After each cut the card checks clean, and its
 * records are as before the step or as after it, with their counts, never
 * between; done again, they are as after it.  The entry object that an
 * applet keeps of a deleted application is of no use from then on, and of use
 * until then.
 *
 *   contactless_tear PASS.CAP [long]
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

enum {
    MEMORY = 64 * 1024,
    COMMAND_MAX = 600,
    CUTS_A_STEP = 60,
    FAILS_EVERY = 7, /* program is not cut, but fails */
    SW_GONE = 0x6F16 /* SystemException ILLEGAL_USE, as the applet tells it */
};

#define PASS "F0000000A011"
#define MEMBER "F0000000A012"
#define CREL "F0000000A022"
#define CRS "F0000000A033"
#define NEW "F0000000A044"

static const char *pass_cap;
static bool thorough;

static struct world {
    struct host h;
    struct faults ready;
    unsigned long cuts;
} w;

static const struct step {
    const char *name;
    const char *applet; /* which does it; NULL: the issuer domain */
    const char *act;
} steps[] = {
    {"state", PASS, "80110000"},
    {"information", PASS, "80140400 [687474703A2F2F] 00"},
    {"information again", PASS, "80140400 [68747470733A2F2F78] 00"},
    {"CREL application", PASS, "80170200 [" CREL "]"},
    {"member let in", PASS, "80170000 [" MEMBER "]"},
    {"joining", MEMBER, "80160000 [" PASS "]"},
    {"order of a group", CRS, "80180100"},
    {"interface", CRS, "801C0100"},
    {"no CREL application", PASS, "80170300 [" CREL "]"},
    {"locking", NULL, "80F04080 [" PASS "]"},
    {"unlocking", NULL, "80F04000 [" PASS "]"},
    {"registry update", NULL,
     "80E64000 [()()(" PASS ")()(EF(A0(81(00))A1(87(20)A6(0102))))()] 00"},
    {"installing", NULL,
     "80E60C00 [(F0000000A0)(F0000000A001)(" NEW ")(00)"
     "(C9()EF(A0(81(00)84(02))A1(A3(4F(" CREL "))87(20))))()] 00"},
    {"deletion", NULL, "80E40000 [4F(" PASS ")] 00"},
};

/* ---- commands ---- */

static sw_t command(const char *text)
{
    char hex[COMMAND_MAX];

    assert_true(host_expand(text, hex, sizeof hex));
    return host_hex(&w.h, hex);
}

/* Ready for a step by this applet, or by the issuer domain. */
static void turn_to(const char *applet)
{
    assert_int_equal(host_select(&w.h, applet != NULL ? applet : ""), SW_OK);
    if (applet == NULL)
        assert_int_equal(host_open_session(&w.h, 0x30, 1, NULL), SW_OK);
}

static void from(const struct faults *medium, const char *applet)
{
    faults_copy(&w.h.faults, medium);
    w.h.faults.cut_at = 0;
    w.h.faults.off = false;
    assert_int_equal(port_openssl_reseed(w.h.openssl, "contactless"), 0);
    assert_int_equal(host_reset(&w.h), CARD_OK);
    turn_to(applet);
}

/* ---- looking ---- */

/* The contactless records with their counts, and the applications. */
static char *records(void)
{
    char *dump = host_dump(&w.h, true);
    char *to = dump;

    for (const char *line = dump; *line != '\0';) {
        const size_t n = strcspn(line, "\n") + 1;
        if (strncmp(line, "contactless ", 12) == 0 ||
            strncmp(line, "application ", 12) == 0) {
            memmove(to, line, n);
            to += n;
        }
        line += line[n - 1] == '\n' ? n : n - 1;
    }
    *to = '\0';
    return dump;
}

static void check(const char *name, unsigned program)
{
    char *findings = NULL;

    if (host_check(&w.h, &findings) != 0)
        fail_msg("%s, program %u: %s", name, program, findings);
    free(findings);
}

/* What the CRS keeps of an application serves as long as that is there. */
static void look_at_entry(const char *name, unsigned program)
{
    const bool is_there = host_select(&w.h, PASS) == SW_OK;

    turn_to(CRS);
    const sw_t sw = command("80120000 00");
    if (sw != (is_there ? SW_OK : SW_GONE))
        fail_msg("%s, program %u: the entry answers %04X", name, program, sw);
}

/* ---- cuts ---- */

struct ends {
    char *before;
    char *after;
};

static void cut(const struct step *s, unsigned program, const struct ends *e)
{
    from(&w.ready, s->applet);
    faults_arm(&w.h.faults, program, (enum faults_tear)(program % FAULTS_TEARS),
               program % FAILS_EVERY == 0);
    (void)command(s->act);
    if (host_reset(&w.h) != CARD_OK)
        fail_msg("%s, program %u: no power-on", s->name, program);
    w.cuts++;
    check(s->name, program);
    char *now = records();
    if (strcmp(now, e->before) != 0 && strcmp(now, e->after) != 0)
        fail_msg("%s, program %u:\n%snot before:\n%snor after:\n%s", s->name,
                 program, now, e->before, e->after);
    const bool was_done = strcmp(now, e->after) == 0;
    free(now);
    if (strcmp(s->name, "deletion") == 0) {
        look_at_entry(s->name, program);
        return;
    }
    turn_to(s->applet);
    if (!was_done) {
        (void)command(s->act);
        now = records();
        assert_string_equal(now, e->after);
        free(now);
    }
    check(s->name, program);
}

/* Leaves the card as the step does. */
static void try_step(const struct step *s)
{
    struct ends e;

    turn_to(s->applet);
    faults_copy(&w.ready, &w.h.faults);
    from(&w.ready, s->applet);
    e.before = records();
    const uint64_t first = w.h.faults.programs;
    if ((command(s->act) & 0xFF00) != 0x9000)
        fail_msg("%s: refused", s->name);
    const unsigned programs = (unsigned)(w.h.faults.programs - first);
    e.after = records();
    assert_true(programs > 0);
    assert_string_not_equal(e.before, e.after);
    const unsigned stride =
        thorough || programs < CUTS_A_STEP ? 1 : programs / CUTS_A_STEP;
    for (unsigned program = 1; program <= programs; program += stride)
        cut(s, program, &e);
    from(&w.ready, s->applet);
    (void)command(s->act);
    free(e.before);
    free(e.after);
}

static void install(const char *module, const char *aid, const char *privileges)
{
    char text[COMMAND_MAX];

    snprintf(text, sizeof text,
             "80E60C00 [(F0000000A0)(%s)(%s)(%s)(C9())()] 00", module, aid,
             privileges);
    assert_int_equal(command(text), SW_OK);
}

/* Each applet keeps an entry: its own, the CRS that of the first. */
static void keep_entries(void)
{
    turn_to(PASS);
    assert_int_equal(command("80100000 00"), SW_OK);
    turn_to(MEMBER);
    assert_int_equal(command("80100000 00"), SW_OK);
    turn_to(CRS);
    assert_int_equal(command("80100000 [" PASS "] 00"), SW_OK);
}

static void test_registry(void **unused)
{
    const struct card_profile p = host_profile(false);

    (void)unused;
    assert_true(host_open(&w.h, &p, MEMORY, "contactless"));
    w.h.port.nv_direct = NULL;
    assert_true(faults_open(&w.ready, MEMORY, 1));
    assert_int_equal(host_open_session(&w.h, 0x30, 1, NULL), SW_OK);
    assert_int_equal(host_load_cap(&w.h, pass_cap, ""), SW_OK);
    install("F0000000A001", PASS, "000010");
    install("F0000000A001", MEMBER, "000010");
    install("F0000000A002", CREL, "00");
    install("F0000000A003", CRS, "000420");
    keep_entries();
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        try_step(&steps[i]);
    printf("%lu cuts\n", w.cuts);
    faults_close(&w.ready);
    host_close(&w.h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),
    };

    if (argc < 2)
        return 2;
    pass_cap = argv[1];
    thorough = argc > 2 && strcmp(argv[2], "long") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
