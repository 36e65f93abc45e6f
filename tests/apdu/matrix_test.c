/*
 * Proves who may do what and when, of all that there is: every command of
 * tables 11-1 and 11-2, in every life cycle state of the card, to the issuer
 * domain, a domain with Authorized Management, one with Delegated Management
 * and one with neither, outside a session, in one that is only begun and at
 * every level.  The table here was written from the clause; a command that may
 * be given does what it says, any other is refused with the word that the
 * reason has, and changes nothing.  [GPCS 5.1.1, 6.6.1, 9.2.3, 11]
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
#include "crypto/cmac.h"
#include "tests/apdu/subjects.h"

/* ---- tables 11-1 and 11-2 ---- */

enum {
    /* whose domain it is, before the card is locked */
    BY_AUTHORIZED = 0x01, /* the issuer domain, too */
    BY_DELEGATED = 0x02,
    BY_ANY = 0x04,
    BY_MANAGERS = BY_AUTHORIZED | BY_DELEGATED,
    BY_ALL = BY_MANAGERS | BY_ANY,
    /* and in which other states */
    LOCKED = 0x10,
    TERMINATED = 0x20,
    OPENLY = 0x40, /* no minimum security level */
    TOKEN = 0x80,  /* with one, of a domain with Delegated Management */
    /* it changes what a locked card leaves as it is [GPCS 9.6.3] */
    CONTENT = 0x100,
};

/* Head and data as transcripts write them; @ is the domain's AID. */
struct command_row {
    const char *name;
    const char *head;
    const char *data;
    unsigned may;
};

#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* On the card: wallet (01) with applications 0101 and 0102, which is only
 * installed; loyalty (02) with 0201; echo (03) with none; key 44/01. */
static const struct command_row rows[] = {
    {"DELETE Executable Load File", "80E40000", "4F(F0504F535403)",
     BY_MANAGERS | TOKEN},
    {"DELETE Executable Load File and related Application(s)", "80E40080",
     "4F(F0504F535402)", BY_MANAGERS | TOKEN},
    {"DELETE Application", "80E40000", "4F(F0504F53540101)",
     BY_MANAGERS | TOKEN},
    {"DELETE Key", "80E40000", "D0(01)D2(44)", BY_ALL},
    {"GET DATA", "80CA00E0", "", BY_ALL | LOCKED | TERMINATED | OPENLY},
    {"GET DATA, interindustry", "00CB00E0", "",
     BY_ALL | LOCKED | TERMINATED | OPENLY},
    {"GET STATUS", "80F24002", "4F(A0)", BY_ALL | LOCKED},
    {"INSTALL [for load]", "80E60200", "(F0504F535409)()(" HASH ")()",
     BY_MANAGERS | TOKEN},
    {"INSTALL [for install]", "80E60400",
     "(F0504F535403)(F0504F53540301)(F0504F53540301)(00)()",
     BY_MANAGERS | TOKEN},
    {"INSTALL [for load, install and make selectable]", "80E60E01",
     "(F0504F535409)()(" HASH ")()()", BY_MANAGERS},
    {"INSTALL [for install and make selectable]", "80E60C00",
     "(F0504F535403)(F0504F53540301)(F0504F53540301)(00)()",
     BY_MANAGERS | TOKEN},
    {"INSTALL [for make selectable]", "80E60800", "()()(F0504F53540102)(00)()",
     BY_MANAGERS | TOKEN},
    {"INSTALL [for extradition]", "80E61000",
     "(A0000001515350EE)()(F0504F53540201)()()", BY_MANAGERS | TOKEN},
    {"INSTALL [for registry update]", "80E64000",
     "()()(F0504F53540201)(100000)()", BY_MANAGERS | TOKEN},
    {"INSTALL [for personalization]", "80E62000", "()()(F0504F53540101)()()()",
     BY_ALL},
    {"MANAGE ELF UPGRADE [start]", "80EA0100", "A1(4F(F0504F535403))",
     BY_AUTHORIZED},
    {"MANAGE ELF UPGRADE [status]", "80EA0800", "", BY_ALL},
    {"LOAD", "80E80000", "C482010000", BY_MANAGERS | TOKEN},
    {"PUT KEY", "80D80001", "49 A1(0102030405060708090A)A0(010001)()", BY_ALL},
    {"SELECT", "00A40400", "@", BY_ALL | LOCKED | OPENLY},
    {"SET STATUS, application", "80F04080", "F0504F53540101",
     BY_ALL | LOCKED | CONTENT},
    {"SET STATUS, card", "80F080", "", BY_ALL | LOCKED},
    {"STORE DATA", "80E29000", "42(112233)", BY_ALL},
};

/* Which state SET STATUS asks for in each. */
static const struct {
    uint8_t state;
    uint8_t next;
} states[] = {
    {0x01, 0xFF}, {0x07, 0xFF}, {0x0F, 0x7F}, {0x7F, 0x0F}, {0xFF, 0xFF}};
enum { STATES = sizeof states / sizeof states[0] };

static const int levels[] = {NO_SESSION, ONLY_BEGUN, 0x00, 0x01, 0x03, 0x33};

/* ---- the card ---- */

static const char *cap_folder;

/* With Card Lock, Card Terminate, Trusted Path and Final Application, so that
 * they can do all in all states. */
static const struct subject issuer = {"A000000151000000", NULL, BY_AUTHORIZED};
static const struct subject authorized = {"A0000001515350AA", "98C200",
                                          BY_AUTHORIZED};
static const struct subject delegated = {"A0000001515350DD", "B88200",
                                         BY_DELEGATED};
static const struct subject other = {"A0000001515350CC", "988200", BY_ANY};

/* A card in OP_READY with all that the table's commands are about. */
static void make_card(struct host *h, const struct subject *s)
{
    struct card_profile p = host_profile(false);

    p.life_cycle = 0x01;
    assert_true(host_open(h, &p, SUBJECT_MEMORY, "matrix"));
    subject_new(h, "A0000001515350EE", "80");
    subject_done(h, "80D80001[70%s]00", SUBJECT_KEY);
    subject_done(h, "80D80001[71%s]00", SUBJECT_KEY);
    if (s->privileges != NULL)
        subject_new(h, s->aid, s->privileges);
    subject_load(h, cap_folder, "wallet.cap", s->aid);
    subject_load(h, cap_folder, "loyalty.cap", s->aid);
    subject_load(h, cap_folder, "echo.cap", s->aid);
    subject_done(h, "80E60C00[(F0504F535401)%s(00)(C900)()]00",
                 "(F0504F53540101)(F0504F53540101)");
    subject_done(h, "80E60400[(F0504F535401)%s(00)(C900)()]00",
                 "(F0504F53540101)(F0504F53540102)");
    subject_done(h, "80E60C00[(F0504F535402)%s(00)(C900)()]00",
                 "(F0504F53540201)(F0504F53540201)");
    if (s->privileges != NULL) {
        assert_int_equal(host_select(h, s->aid), SW_OK);
        assert_int_equal(subject_open(h, s, 0x01), SW_OK);
    }
    subject_done(h, "80D80001[44%s]00", "A1(0102030405060708090A)A0(010001)()");
}

/* ---- one cell ---- */

/* The CMAC over P1, P2, the length of the data and the data [GPCS C.4]. */
static void make_token(struct host *h, const char *head, const char *data,
                       char token[2 * CRYPTO_CMAC_SIZE + 1])
{
    char text[SUBJECT_TEXT_MAX] = "", hex[SUBJECT_TEXT_MAX];
    uint8_t bytes[SUBJECT_TEXT_MAX / 2], mac[CRYPTO_CMAC_SIZE];
    struct buf b = buf_of(bytes, sizeof bytes);

    subject_add(text, head + 4);
    subject_add(text, "(");
    subject_add(text, data);
    subject_add(text, ")");
    assert_true(host_expand(text, hex, sizeof hex));
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    const struct span all = buf_span(&b);
    assert_int_equal(crypto_cmac(&h->crypto,
                                 span_of(subject_key, sizeof subject_key), &all,
                                 1, mac),
                     ERR_OK);
    hex_encode(span_of(mac, sizeof mac), token);
}

/* What follows the data in INSTALL, and in DELETE. */
static void add_token(struct host *h, const struct command_row *r, bool needed,
                      char *text)
{
    const bool deletes = strncmp(r->head, "80E4", 4) == 0;
    char token[2 * CRYPTO_CMAC_SIZE + 1] = "";

    if (needed)
        make_token(h, r->head, r->data, token);
    if (deletes && needed)
        subject_add(text, "9E");
    if (!deletes || needed) {
        subject_add(text, "(");
        subject_add(text, token);
        subject_add(text, ")");
    }
}

static const struct command_row *row_called(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    fail_msg("no row %s", name);
    return NULL;
}

static sw_t give(struct host *h, const struct subject *s,
                 const struct command_row *r, uint8_t next, bool with_token)
{
    char text[SUBJECT_TEXT_MAX] = "";
    char p2[3];

    subject_add(text, r->head);
    if (strlen(r->head) == 6) {
        snprintf(p2, sizeof p2, "%02X", next);
        subject_add(text, p2);
    }
    if (r->data[0] == '\0')
        return subject_send(h, strlen(r->head) == 6 ? "%s" : "%s00", text);
    subject_add(text, "[");
    subject_add(text, r->data[0] == '@' ? s->aid : r->data);
    if ((r->may & TOKEN) != 0 && strncmp(r->head, "80E8", 4) != 0)
        add_token(h, r, with_token, text);
    subject_add(text, "]");
    return subject_send(h, "%s00", text);
}

static sw_t expected(const struct command_row *r, const struct subject *s,
                     uint8_t state, int level)
{
    if (state == 0xFF && (r->may & TERMINATED) == 0)
        return SW_CONDITIONS;
    if (state == 0x7F && (r->may & LOCKED) == 0)
        return SW_CONDITIONS;
    if (level < 0 && (r->may & OPENLY) == 0)
        return SW_SECURITY_STATUS;
    if (state < 0x7F && (r->may & s->is) == 0)
        return SW_CONDITIONS;
    if (state == 0x7F && (r->may & CONTENT) != 0)
        return SW_CONDITIONS;
    return state == 0x7F && strcmp(r->name, "SELECT") == 0 ? SW_WARNING_LOCKED
                                                           : SW_OK;
}

/* LOAD comes behind an INSTALL, if that is allowed. */
static void prepare(struct host *h, const struct subject *s,
                    const struct command_row *r, sw_t want)
{
    if (strcmp(r->name, "LOAD") == 0 && want == SW_OK)
        assert_int_equal(give(h, s, row_called("INSTALL [for load]"), 0,
                              s->is == BY_DELEGATED),
                         SW_OK);
}

static void wrong(const struct host *h, const struct subject *s,
                  const struct command_row *r, uint8_t state, int level,
                  sw_t got, sw_t want)
{
    fail_msg("%s to %s, card in %02X, level %d: %04X, not %04X (%s)", r->name,
             s->aid, state, level, got, want, h->reason);
}

static void try_cell(struct host *h, const struct subject *s,
                     const struct command_row *r, size_t at, int level)
{
    const uint8_t state = states[at].state;
    const sw_t want = expected(r, s, state, level);
    const bool with_token =
        s->is == BY_DELEGATED && (r->may & TOKEN) != 0 && want == SW_OK;
    sw_t sw;

    prepare(h, s, r, want);
    if (with_token && strcmp(r->name, "LOAD") != 0) {
        sw = give(h, s, r, states[at].next, false);
        if (sw != SW_CONDITIONS)
            wrong(h, s, r, state, level, sw, SW_CONDITIONS);
    }
    sw = give(h, s, r, states[at].next, with_token);
    if (sw != want)
        wrong(h, s, r, state, level, sw, want);
}

/* ---- all of them ---- */

static void try_row(struct host *h, const struct subject *s,
                    const struct command_row *r, size_t at,
                    const struct image *image)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (!subject_enter(h, s, states[at].state, levels[i]))
            continue;
        try_cell(h, s, r, at, levels[i]);
        if (expected(r, s, states[at].state, levels[i]) == SW_OK)
            image_restore(h, image);
        else
            image_assert_same(h, image);
    }
}

static void try_state(struct host *h, const struct subject *s, size_t at)
{
    char *findings = NULL;
    struct image image;

    image_keep(h, &image);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        try_row(h, s, &rows[i], at, &image);
    if (host_check(h, &findings) != 0)
        fail_msg("%s", findings);
    free(findings);
    image_restore(h, &image);
    free(image.bytes);
    free(image.dump);
}

/* The states follow each other; a locked card is terminated at last. */
static void try_subject(const struct subject *s)
{
    struct host h;

    make_card(&h, s);
    for (size_t at = 0; at < STATES; at++) {
        if (states[at].state == 0xFF) {
            assert_int_equal(host_select(&h, s->aid), SW_WARNING_LOCKED);
            assert_int_equal(subject_open(&h, s, 0x01), SW_OK);
            subject_done(&h, "80F080%s", "FF");
        } else {
            subject_bring(&h, states[at].state);
        }
        try_state(&h, s, at);
    }
    host_close(&h);
}

static void test_issuer(void **state)
{
    (void)state;
    try_subject(&issuer);
}

static void test_authorized(void **state)
{
    (void)state;
    try_subject(&authorized);
}

static void test_delegated(void **state)
{
    (void)state;
    try_subject(&delegated);
}

static void test_other(void **state)
{
    (void)state;
    try_subject(&other);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_authorized),
        cmocka_unit_test(test_delegated),
        cmocka_unit_test(test_other),
    };

    if (argc != 2)
        return 2;
    cap_folder = argv[1];
    return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
