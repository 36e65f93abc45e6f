/*
 * Proves who may do what and when, of all that there is: every command of
 * tables 11-1 and 11-2, in every life cycle state of the card, to the issuer
 * domain, a domain with Authorized Management, one with Delegated Management
 * and one with neither, outside a session, in one that is only begun and at
 * every level.  The table here was written from the clause; a command that may
 * be given does what it says, any other is refused with the word that the
 * reason has, and changes nothing.  So with each transition of the card's own
 * life cycle.  [GPCS 5.1.1, 5.1.2, 6.6.1, 9.2.3, 11]
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
#include "tests/apdu/host.h"

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

enum { NO_SESSION = -2, ONLY_BEGUN = -1 };
static const int levels[] = {NO_SESSION, ONLY_BEGUN, 0x00, 0x01, 0x03, 0x33};

/* ---- the card ---- */

enum { MEMORY = 160 * 1024, TEXT_MAX = 1024 };

/* One that the commands go to. */
struct subject {
    const char *aid;
    const char *privileges; /* with Card Lock, Card Terminate and Final
                             * Application, so that it can do all in all
                             * states; none: the issuer domain */
    unsigned is;
};

static const struct subject issuer = {"A000000151000000", NULL, BY_AUTHORIZED};
static const struct subject authorized = {"A0000001515350AA", "984200",
                                          BY_AUTHORIZED};
static const struct subject delegated = {"A0000001515350DD", "B80200",
                                         BY_DELEGATED};
static const struct subject other = {"A0000001515350CC", "980200", BY_ANY};

static const char *cap_folder;

static const uint8_t domain_key[] = {0, 1, 2,  3,  4,  5,  6,  7,
                                     8, 9, 10, 11, 12, 13, 14, 15};
/* Of tokens: enciphered as PUT KEY brings it under 40..4F, and plain. */
#define TOKEN_KEY "88(3D0FA4B855D2A5AA4954B8B5DF582A3A)(C35280)"

static sw_t send(struct host *h, const char *format, const char *text)
{
    char with[TEXT_MAX], hex[TEXT_MAX];
    uint8_t bytes[TEXT_MAX / 2];
    struct buf b = buf_of(bytes, sizeof bytes);

    snprintf(with, sizeof with, format, text);
    assert_true(host_expand(with, hex, sizeof hex));
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    return host_send(h, buf_span(&b));
}

static void done(struct host *h, const char *format, const char *text)
{
    const sw_t sw = send(h, format, text);

    if (sw != SW_OK)
        fail_msg("%s: %04X, %s", format, sw, h->reason);
}

static void load(struct host *h, const char *name, const char *domain)
{
    char path[TEXT_MAX];

    snprintf(path, sizeof path, "%s/%s", cap_folder, name);
    assert_int_equal(host_load_cap(h, path, domain), SW_OK);
}

static sw_t open_session(struct host *h, const struct subject *s, int level)
{
    const struct span own = span_of(domain_key, sizeof domain_key);

    return s->privileges == NULL
               ? host_open_session(h, 0x30, (uint8_t)level, NULL)
               : host_open_session(h, 0x31, (uint8_t)level, &own);
}

static void new_domain(struct host *h, const char *aid, const char *privileges)
{
    char text[TEXT_MAX];

    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    snprintf(text, sizeof text, "(%s)(%s)", aid, privileges);
    done(h,
         "80E60C00[(A0000001515350)(A000000151535041)%s"
         "(C9(81(0370)82(F8)83(F8)))()]00",
         text);
    assert_int_equal(host_select(h, aid), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    done(h, "80D80081[31%s]00", TOKEN_KEY TOKEN_KEY TOKEN_KEY);
    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
}

/* A card in OP_READY with all that the table's commands are about. */
static void make_card(struct host *h, const struct subject *s)
{
    struct card_profile p = host_profile(false);

    p.life_cycle = 0x01;
    assert_true(host_open(h, &p, MEMORY, "matrix"));
    new_domain(h, "A0000001515350EE", "80");
    done(h, "80D80001[70%s]00", TOKEN_KEY);
    done(h, "80D80001[71%s]00", TOKEN_KEY);
    if (s->privileges != NULL)
        new_domain(h, s->aid, s->privileges);
    load(h, "wallet.cap", s->aid);
    load(h, "loyalty.cap", s->aid);
    load(h, "echo.cap", s->aid);
    done(h, "80E60C00[(F0504F535401)%s(00)(C900)()]00",
         "(F0504F53540101)(F0504F53540101)");
    done(h, "80E60400[(F0504F535401)%s(00)(C900)()]00",
         "(F0504F53540101)(F0504F53540102)");
    done(h, "80E60C00[(F0504F535402)%s(00)(C900)()]00",
         "(F0504F53540201)(F0504F53540201)");
    if (s->privileges != NULL) {
        assert_int_equal(host_select(h, s->aid), SW_OK);
        assert_int_equal(open_session(h, s, 0x01), SW_OK);
    }
    done(h, "80D80001[44%s]00", "A1(0102030405060708090A)A0(010001)()");
}

/* From where the card is to a state, by the issuer domain. */
static void bring(struct host *h, uint8_t state)
{
    char p2[3];

    if (state == 0x01)
        return;
    snprintf(p2, sizeof p2, "%02X", state);
    assert_int_equal(host_select(h, ""), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
    done(h, "80F080%s", p2);
}

/* ---- one cell ---- */

static void add(char *text, const char *more)
{
    assert_true(strlen(text) + strlen(more) < TEXT_MAX);
    strcat(text, more);
}

/* The CMAC over P1, P2, the length of the data and the data [GPCS C.4]. */
static void make_token(struct host *h, const char *head, const char *data,
                       char token[2 * CRYPTO_CMAC_SIZE + 1])
{
    char text[TEXT_MAX] = "", hex[TEXT_MAX];
    uint8_t bytes[TEXT_MAX / 2], mac[CRYPTO_CMAC_SIZE];
    struct buf b = buf_of(bytes, sizeof bytes);

    add(text, head + 4);
    add(text, "(");
    add(text, data);
    add(text, ")");
    assert_true(host_expand(text, hex, sizeof hex));
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    const struct span all = buf_span(&b);
    assert_int_equal(crypto_cmac(&h->crypto,
                                 span_of(domain_key, sizeof domain_key), &all,
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
        add(text, "9E");
    if (!deletes || needed) {
        add(text, "(");
        add(text, token);
        add(text, ")");
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
    char text[TEXT_MAX] = "";
    char p2[3];

    add(text, r->head);
    if (strlen(r->head) == 6) {
        snprintf(p2, sizeof p2, "%02X", next);
        add(text, p2);
    }
    if (r->data[0] == '\0')
        return send(h, strlen(r->head) == 6 ? "%s" : "%s00", text);
    add(text, "[");
    add(text, r->data[0] == '@' ? s->aid : r->data);
    if ((r->may & TOKEN) != 0 && strncmp(r->head, "80E8", 4) != 0)
        add_token(h, r, with_token, text);
    add(text, "]");
    return send(h, "%s00", text);
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

/* Whether the level can be reached at all in this state. */
static bool enter(struct host *h, const struct subject *s, uint8_t state,
                  int level)
{
    const sw_t there = host_select(h, s->aid);

    if (state == 0xFF) {
        assert_int_equal(there, SW_CONDITIONS);
        if (level >= 0)
            assert_int_equal(open_session(h, s, level), SW_CONDITIONS);
        return level == NO_SESSION;
    }
    assert_int_equal(there, state == 0x7F ? SW_WARNING_LOCKED : SW_OK);
    if (level == ONLY_BEGUN)
        assert_int_equal(host_hex(h, "80500000080102030405060708"), SW_OK);
    else if (level >= 0)
        assert_int_equal(open_session(h, s, level), SW_OK);
    return true;
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

struct image {
    uint8_t *bytes;
    char *dump;
};

static void keep(struct host *h, struct image *image)
{
    card_power_off(h->card);
    image->bytes = malloc(MEMORY);
    assert_non_null(image->bytes);
    memcpy(image->bytes, h->faults.bytes, MEMORY);
    assert_int_equal(host_reset(h), CARD_OK);
    image->dump = host_dump(h, false);
}

static void restore(struct host *h, const struct image *image)
{
    card_power_off(h->card);
    memcpy(h->faults.bytes, image->bytes, MEMORY);
    assert_int_equal(host_reset(h), CARD_OK);
}

/* Refused: as before. */
static void assert_same(struct host *h, const struct image *image)
{
    char *now = host_dump(h, false);

    assert_string_equal(now, image->dump);
    free(now);
}

static void try_row(struct host *h, const struct subject *s,
                    const struct command_row *r, size_t at,
                    const struct image *image)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (!enter(h, s, states[at].state, levels[i]))
            continue;
        try_cell(h, s, r, at, levels[i]);
        if (expected(r, s, states[at].state, levels[i]) == SW_OK)
            restore(h, image);
        else
            assert_same(h, image);
    }
}

static void try_state(struct host *h, const struct subject *s, size_t at)
{
    char *findings = NULL;
    struct image image;

    keep(h, &image);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        try_row(h, s, &rows[i], at, &image);
    if (host_check(h, &findings) != 0)
        fail_msg("%s", findings);
    free(findings);
    restore(h, &image);
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
            assert_int_equal(open_session(&h, s, 0x01), SW_OK);
            done(&h, "80F080%s", "FF");
        } else {
            bring(&h, states[at].state);
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

/* ---- life cycle of the card: figure 5-1 ---- */

enum {
    BY_ISSUER = 0x01,
    BY_CARD_LOCK = 0x02,
    BY_CARD_TERMINATE = 0x04,
};

static const struct {
    uint8_t from, to;
    unsigned by; /* the issuer domain has all three */
} transitions[] = {
    {0x01, 0x07, BY_ISSUER},         {0x01, 0x0F, BY_ISSUER},
    {0x07, 0x0F, BY_ISSUER},         {0x0F, 0x7F, BY_CARD_LOCK},
    {0x7F, 0x0F, BY_CARD_LOCK},      {0x01, 0xFF, BY_CARD_TERMINATE},
    {0x07, 0xFF, BY_CARD_TERMINATE}, {0x0F, 0xFF, BY_CARD_TERMINATE},
    {0x7F, 0xFF, BY_CARD_TERMINATE},
};

static const struct subject masters[] = {
    {"A000000151000000", NULL, BY_ISSUER | BY_CARD_LOCK | BY_CARD_TERMINATE},
    {"A0000001515350AA", "900200", BY_CARD_LOCK},
    {"A0000001515350BB", "880200", BY_CARD_TERMINATE},
    {"A0000001515350CC", "800200", 0},
};

static sw_t transition(const struct subject *s, uint8_t from, uint8_t to)
{
    /* any other P2 says no state [GPCS 11.1.1] */
    if (from != 0xFF && to != 0x01 && to != 0x07 && to != 0x0F && to != 0x7F &&
        to != 0xFF)
        return SW_WRONG_P1P2;
    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++) {
        if (transitions[i].from == from && transitions[i].to == to &&
            (transitions[i].by & s->is) != 0)
            return SW_OK;
    }
    return SW_CONDITIONS;
}

static void try_transitions(struct host *h, const struct subject *s,
                            uint8_t from)
{
    static const uint8_t wanted[] = {0x01, 0x07, 0x0F, 0x7F,
                                     0xFF, 0x00, 0x03, 0x8F};
    struct image image;
    char p2[3];

    keep(h, &image);
    for (size_t i = 0; i < sizeof wanted; i++) {
        const sw_t want = transition(s, from, wanted[i]);

        (void)enter(h, s, from, from == 0xFF ? NO_SESSION : 0x01);
        snprintf(p2, sizeof p2, "%02X", wanted[i]);
        const sw_t sw = send(h, "80F080%s", p2);
        if (sw != want)
            fail_msg("%s: %02X to %02X: %04X, not %04X (%s)", s->aid, from,
                     wanted[i], sw, want, h->reason);
        if (want == SW_OK)
            restore(h, &image);
        else
            assert_same(h, &image);
    }
    restore(h, &image);
    free(image.bytes);
    free(image.dump);
}

/* The issuer domain leads; after the last but one it cannot. */
static void test_card_states(void **state)
{
    static const uint8_t way[] = {0x01, 0x07, 0x0F, 0x7F};

    (void)state;
    for (size_t m = 0; m < sizeof masters / sizeof masters[0]; m++) {
        const struct subject *s = &masters[m];
        struct card_profile p = host_profile(false);
        struct image secured;
        struct host h;

        p.life_cycle = 0x01;
        assert_true(host_open(&h, &p, MEMORY, "states"));
        if (s->privileges != NULL)
            new_domain(&h, s->aid, s->privileges);
        for (size_t i = 0; i < sizeof way; i++) {
            if (way[i] == 0x7F)
                keep(&h, &secured);
            bring(&h, way[i]);
            try_transitions(&h, s, way[i]);
        }
        restore(&h, &secured);
        bring(&h, 0xFF);
        try_transitions(&h, s, 0xFF);
        free(secured.bytes);
        free(secured.dump);
        host_close(&h);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_issuer),      cmocka_unit_test(test_authorized),
        cmocka_unit_test(test_delegated),   cmocka_unit_test(test_other),
        cmocka_unit_test(test_card_states),
    };

    if (argc != 2)
        return 2;
    cap_folder = argv[1];
    return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
