/*
 * Proves that power may go at any program of the upgrade of a load file, or the
 * memory fail in it: while its applications save, go, come again and restore,
 * while it is loaded, and on the ways back.  After each cut the card checks
 * clean, its session is in a state from which the upgrade can be gone on with,
 * or it was not begun, or is over; nobody can select an application half-way;
 * and when it is gone on with, the new version (of a recovery, the old one) has
 * all that the old one held: counter, PIN tries, key, objects of its own
 * classes, sharing.  An abort ends without the application and without a trace
 * of the session.  On a card as it is and, with fewer cuts, on one that keeps
 * its keys enciphered.  And other applets reach none of the applications while
 * the session is open, neither by their names nor by an object that they had
 * before.
 *
 *   upgrade_tear OLD.CAP NEW.CAP CLIENT.CAP [long]
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

#define FILE_AID "F000000071"
#define APPLET "F00000007199"
#define CLIENT_FILE "F000000073"
#define CLIENT "F00000007301"
#define START "80EA010009A1074F05" FILE_AID "00"
#define RESUME "80EA020000"
#define RECOVERY "80EA030000"
#define ABORT "80EA040000"
#define STATUS "80EA080000"

enum {
    MEMORY = 64 * 1024,
    TELLS = 16,
    STATE_AT = 5, /* 00, length, A1, length, 90, 01, state */
    CUTS_A_STEP = 40,
    FAILS_EVERY = 7, /* program is not cut, but fails */
    STEPS_MAX = 12,  /* to come through from anywhere */
    NONE = 0x00,
    AWAITS_FILE = 0x02,
    AWAITS_RESTORE = 0x03,
    RESTORE_FAILED = 0x04,
    SAVING = 0x10,
    CLEANUP = 0x20,
};

static const char *old_cap;
static const char *new_cap;
static const char *client_cap;
static bool thorough;

/* What the applet tells but for its version and what it counts of calls. */
static const uint8_t held[] = {0x12, 0x34, 0x04, 0x40, 0x4F,
                               0x11, 0x22, 0x01, 0x01, 0x51};

static struct world {
    struct host h;
    struct faults ready;
    unsigned long cuts;
} w;

/* ---- commands ---- */

static void open_session(void)
{
    assert_int_equal(host_open_session(&w.h, 0x30, 1, NULL), SW_OK);
}

static void from(const struct faults *medium)
{
    faults_copy(&w.h.faults, medium);
    w.h.faults.cut_at = 0;
    w.h.faults.off = false;
    assert_int_equal(port_openssl_reseed(w.h.openssl, "upgrade"), 0);
    assert_int_equal(host_reset(&w.h), CARD_OK);
    open_session();
}

static uint8_t state(void)
{
    assert_int_equal(host_hex(&w.h, STATUS), SW_OK);
    assert_true(w.h.n > STATE_AT + 1);
    return w.h.response[STATE_AT + 1];
}

static sw_t load(const char *path)
{
    return host_load_cap(&w.h, path, "");
}

static void check(const char *name, unsigned program)
{
    char *findings = NULL;

    if (host_check(&w.h, &findings) != 0)
        fail_msg("%s, program %u: %s", name, program, findings);
    free(findings);
}

/* ---- where it may end ---- */

/* The version that is there has all that there was; 0: there is none. */
static uint8_t version_there(void)
{
    if (host_select(&w.h, APPLET) != SW_OK)
        return 0;
    assert_int_equal(host_hex(&w.h, "0020000010"), SW_OK);
    assert_int_equal(w.h.n, TELLS);
    assert_memory_equal(w.h.response + 1, held, sizeof held);
    return w.h.response[0];
}

/* An application of an open session cannot be selected. */
static void look(const char *name, unsigned program)
{
    const uint8_t at = state();
    const uint8_t version = version_there();

    if ((at == NONE) != (version != 0))
        fail_msg("%s, program %u: state %02X and version %u", name, program, at,
                 version);
    assert_int_equal(host_select(&w.h, ""), SW_OK);
    open_session();
}

/* Goes on until `version` is there, wherever it stands. */
static void come_through(const char *cap, uint8_t version)
{
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        const uint8_t at = state();
        if (at == NONE && version_there() == version)
            return;
        if (at == NONE) {
            assert_int_equal(host_select(&w.h, ""), SW_OK);
            open_session();
        }
        if (at == NONE)
            assert_int_equal(host_hex(&w.h, START), SW_OK);
        else if (at == AWAITS_FILE)
            assert_int_equal(load(cap), SW_OK);
        else if (at == RESTORE_FAILED)
            assert_int_equal(host_hex(&w.h, RECOVERY), SW_OK);
        else
            assert_int_equal(host_hex(&w.h, RESUME), SW_OK);
    }
    fail_msg("it does not come through");
}

/* ---- cuts ---- */

enum end { NEW_VERSION, OLD_VERSION, NOTHING };

static const struct step {
    const char *name;
    const char *act; /* a command, "old" or "new": what is loaded */
    enum end end;
} steps[] = {
    {"start", START, NEW_VERSION},
    {"load", "new", NEW_VERSION},
    {"resume", RESUME, NEW_VERSION},
};

/* The old version's trouble 07: the new one refuses to restore. */
static const struct step refused[] = {
    {"start", START, OLD_VERSION},      {"load", "new", OLD_VERSION},
    {"resume", RESUME, OLD_VERSION},    {"recovery", RECOVERY, OLD_VERSION},
    {"load again", "old", OLD_VERSION}, {"resume again", RESUME, OLD_VERSION},
};

static const struct step given_up[] = {
    {"start", START, NEW_VERSION},
    {"load", "new", NEW_VERSION},
    {"abort", ABORT, NOTHING},
};

static void act(const char *what)
{
    if (strcmp(what, "old") == 0)
        (void)load(old_cap);
    else if (strcmp(what, "new") == 0)
        (void)load(new_cap);
    else
        (void)host_hex(&w.h, what);
}

/* The application is there, in a session or at its end, or gone with it. */
static void end_abort(const char *name, unsigned program)
{
    const uint8_t at = state();

    if (at != NONE && host_hex(&w.h, ABORT) != SW_OK)
        fail_msg("%s, program %u: not again", name, program);
    check(name, program);
    assert_int_equal(state(), NONE);
    assert_int_equal(version_there(), 0);
}

static void finish(const struct step *s, unsigned program)
{
    if (s->end == NOTHING) {
        end_abort(s->name, program);
        return;
    }
    look(s->name, program);
    if (s->end == NEW_VERSION)
        come_through(new_cap, 2);
    else
        come_through(old_cap, 1);
    check(s->name, program);
}

static void cut(const struct step *s, unsigned program)
{
    from(&w.ready);
    faults_arm(&w.h.faults, program, (enum faults_tear)(program % FAULTS_TEARS),
               program % FAILS_EVERY == 0);
    act(s->act);
    if (host_reset(&w.h) != CARD_OK)
        fail_msg("%s, program %u: no power-on", s->name, program);
    w.cuts++;
    check(s->name, program);
    open_session();
    finish(s, program);
}

/* Leaves the card as the step does. */
static void try_step(const struct step *s, unsigned cuts)
{
    faults_copy(&w.ready, &w.h.faults);
    from(&w.ready);
    const uint64_t first = w.h.faults.programs;
    act(s->act);
    const unsigned programs = (unsigned)(w.h.faults.programs - first);
    const unsigned stride = thorough || programs < cuts ? 1 : programs / cuts;
    assert_true(programs > 0);
    for (unsigned program = 1; program <= programs; program += stride)
        cut(s, program);
    from(&w.ready);
    act(s->act);
}

static void open_card(bool enciphered)
{
    struct card_profile p = host_profile(false);

    p.enciphered = enciphered;
    assert_true(host_open(&w.h, &p, MEMORY, "upgrade"));
    w.h.port.nv_direct = NULL;
    assert_true(faults_open(&w.ready, MEMORY, 1));
    open_session();
    assert_int_equal(load(old_cap), SW_OK);
    assert_int_equal(host_hex(&w.h,
                              "80E60C002A05" FILE_AID "06F0000000710106" APPLET
                              "010012C910404142434445464748494A4B4C4D4E4F0000"),
                     SW_OK);
}

static void story(const struct step *list, size_t n, const char *trouble,
                  bool enciphered, unsigned cuts)
{
    open_card(enciphered);
    assert_int_equal(host_select(&w.h, APPLET), SW_OK);
    assert_int_equal(host_hex(&w.h, "00101234"), SW_OK);
    assert_int_equal(host_hex(&w.h, "00160000"), SW_OK);
    assert_int_equal(host_hex(&w.h, trouble), SW_OK);
    w.cuts = 0;
    for (size_t i = 0; i < n; i++)
        try_step(&list[i], cuts);
    printf("%lu cuts\n", w.cuts);
    assert_true(w.cuts >= n * cuts / 2);
    faults_close(&w.ready);
    host_close(&w.h);
}

static void test_upgrade(void **unused)
{
    (void)unused;
    story(steps, sizeof steps / sizeof steps[0], "00140000", false,
          CUTS_A_STEP);
}

static void test_enciphered(void **unused)
{
    (void)unused;
    story(steps, sizeof steps / sizeof steps[0], "00140000", true,
          CUTS_A_STEP / 4);
}

static void test_recovery(void **unused)
{
    (void)unused;
    story(refused, sizeof refused / sizeof refused[0], "00140700", false,
          CUTS_A_STEP / 2);
}

static void test_abort(void **unused)
{
    (void)unused;
    story(given_up, sizeof given_up / sizeof given_up[0], "00140000", false,
          CUTS_A_STEP / 4);
}

/* ---- other applets ---- */

/* What the client answers; its session is over then. */
static uint8_t client(const char *command)
{
    assert_int_equal(host_select(&w.h, CLIENT), SW_OK);
    assert_int_equal(host_hex(&w.h, command), SW_OK);
    assert_int_equal(w.h.n, 1);
    return w.h.response[0];
}

#define ASK "0012000006" APPLET "00"
#define KEEP "0010000006" APPLET "00"
#define CALL "0014000000"

enum { NOBODY = 0x00, THERE = 0x01, REFUSED = 0x5E };

/* The old version is there, and the session is open or not. */
static void reach(uint8_t at)
{
    assert_int_equal(client(ASK), at == NONE ? THERE : NOBODY);
    assert_int_equal(client(CALL), at == NONE ? THERE : REFUSED);
    assert_int_equal(host_select(&w.h, ""), SW_OK);
    open_session();
}

/*
 * Somebody has an object of the old version, so that it cannot go: but before
 * that is found out, power is cut.  False: it was not.
 */
static bool cut_while_kept(unsigned program, bool seen[256])
{
    from(&w.ready);
    faults_arm(&w.h.faults, program, (enum faults_tear)(program % FAULTS_TEARS),
               false);
    act(START);
    const bool off = w.h.faults.off;
    assert_int_equal(host_reset(&w.h), CARD_OK);
    open_session();
    const uint8_t at = state();
    seen[at] = true;
    reach(at);
    if (at != NONE) {
        assert_int_equal(host_hex(&w.h, ABORT), SW_OK);
        reach(NONE);
    }
    check("kept", program);
    return off;
}

static void test_others(void **unused)
{
    bool seen[256] = {false};

    (void)unused;
    open_card(false);
    assert_int_equal(load(client_cap), SW_OK);
    assert_int_equal(host_hex(&w.h, "80E60C001A05" CLIENT_FILE "06" CLIENT
                                    "06" CLIENT "010002C9000000"),
                     SW_OK);
    assert_int_equal(client(KEEP), THERE);
    assert_int_equal(host_select(&w.h, ""), SW_OK);
    faults_copy(&w.ready, &w.h.faults);
    for (unsigned program = 1; cut_while_kept(program, seen);)
        program++;
    assert_true(seen[SAVING] && seen[CLEANUP]);
    faults_close(&w.ready);
    host_close(&w.h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upgrade),  cmocka_unit_test(test_enciphered),
        cmocka_unit_test(test_recovery), cmocka_unit_test(test_abort),
        cmocka_unit_test(test_others),
    };

    if (argc < 4)
        return 2;
    old_cap = argv[1];
    new_cap = argv[2];
    client_cap = argv[3];
    thorough = argc > 4 && strcmp(argv[4], "long") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
