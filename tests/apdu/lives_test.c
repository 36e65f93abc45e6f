/*
 * Proves each transition that there is in the life cycles of the card, of
 * applications and of domains, by whoever may ask for it, and that every other
 * is refused and changes nothing.  The tables were written from figures 5-1 to
 * 5-3 and the text around them.  [GPCS 5.1.2, 5.3.1, 5.3.2, 9.6.2, 9.6.3,
 * 9.6.4, 11.1.1, 11.10.2.2]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/apdu/subjects.h"

static const char *cap_folder;

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

    image_keep(h, &image);
    for (size_t i = 0; i < sizeof wanted; i++) {
        const sw_t want = transition(s, from, wanted[i]);

        (void)subject_enter(h, s, from, from == 0xFF ? NO_SESSION : 0x01);
        snprintf(p2, sizeof p2, "%02X", wanted[i]);
        const sw_t sw = subject_send(h, "80F080%s", p2);
        if (sw != want)
            fail_msg("%s: %02X to %02X: %04X, not %04X (%s)", s->aid, from,
                     wanted[i], sw, want, h->reason);
        if (want == SW_OK)
            image_restore(h, &image);
        else
            image_assert_same(h, &image);
    }
    image_restore(h, &image);
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
        assert_true(host_open(&h, &p, SUBJECT_MEMORY, "states"));
        if (s->privileges != NULL)
            subject_new(&h, s->aid, s->privileges);
        for (size_t i = 0; i < sizeof way; i++) {
            if (way[i] == 0x7F)
                image_keep(&h, &secured);
            subject_bring(&h, way[i]);
            try_transitions(&h, s, way[i]);
        }
        image_restore(&h, &secured);
        subject_bring(&h, 0xFF);
        try_transitions(&h, s, 0xFF);
        free(secured.bytes);
        free(secured.dump);
        host_close(&h);
    }
}

/* ---- life cycles of applications and domains: figures 5-2, 5-3 ---- */

#define TARGET_DOMAIN "A0000001515350EE"
#define TARGET_APPLICATION "F0504F53540102"

static const struct subject issuer = {"A000000151000000", NULL, 0};
static const struct subject associated = {"A0000001515350AA", "80", 0};
static const struct subject stranger = {"A0000001515350BB", "80", 0};
static const struct subject locker = {"A0000001515350CC", "800800", 0};
static const struct subject target = {TARGET_DOMAIN, "80", 0};

struct life {
    const char *aid;
    uint8_t state;              /* to begin with */
    const struct subject *self; /* who it is itself; NULL: no domain */
};

/* In the state that it has now. */
static void assert_state(struct host *h, const struct life *l, uint8_t state)
{
    char words[SUBJECT_TEXT_MAX];
    char *now = host_dump(h, false);

    snprintf(words, sizeof words, "aid=%s state=%02X", l->aid, state);
    if (strstr(now, words) == NULL)
        fail_msg("not there: %s\n%s", words, now);
    free(now);
}

/*
 * Of another only b8 counts, and nobody is asked for what is so already; a
 * domain itself becomes personalised or locked.  [GPCS 11.10.2.2]
 */
static bool may_become(const struct subject *who, const struct life *l,
                       uint8_t now, uint8_t p2)
{
    const bool is_locked = (now & 0x80) != 0;

    if (who == l->self && is_locked)
        return false;
    if (who == l->self)
        return (p2 & 0x80) != 0 || (now == 0x07 && p2 == 0x0F);
    return who != &stranger && ((p2 & 0x80) != 0) != is_locked;
}

static uint8_t becomes(const struct subject *who, const struct life *l,
                       uint8_t now, uint8_t p2)
{
    if ((p2 & 0x80) != 0)
        return now | 0x80;
    return who == l->self ? p2 : now & 0x7F;
}

static void try_life(struct host *h, const struct subject *who,
                     const struct life *l, uint8_t now,
                     const struct image *image)
{
    static const uint8_t wanted[] = {0x00, 0x03, 0x07, 0x0F, 0x1F,
                                     0x80, 0x83, 0x8F, 0xFF};
    char head[16], text[SUBJECT_TEXT_MAX];

    for (size_t i = 0; i < sizeof wanted; i++) {
        const bool may = may_become(who, l, now, wanted[i]);

        assert_int_equal(host_select(h, who->aid), SW_OK);
        assert_int_equal(subject_open(h, who, 0x01), SW_OK);
        snprintf(head, sizeof head, "80F040%02X", wanted[i]);
        snprintf(text, sizeof text, "%s[%s]", head, l->aid);
        const sw_t sw = subject_send(h, "%s", text);
        if (sw != (may ? SW_OK : SW_CONDITIONS))
            fail_msg("%s: %s in %02X to %02X: %04X (%s)", who->aid, l->aid, now,
                     wanted[i], sw, h->reason);
        assert_state(h, l, may ? becomes(who, l, now, wanted[i]) : now);
        if (may)
            image_restore(h, image);
        else
            image_assert_same(h, image);
    }
}

/* A domain `associated` with an application and a domain in their states. */
static void make_lives(struct host *h, const struct life *application,
                       const struct life *domain)
{
    /* tag 84: with its keys it is not personalised yet */
    const char *const more = domain->state == 0x07 ? "84()" : "";
    struct card_profile p = host_profile(false);
    const bool selectable = application->state != 0x03;
    char text[SUBJECT_TEXT_MAX];

    assert_true(host_open(h, &p, SUBJECT_MEMORY, "lives"));
    subject_new(h, associated.aid, "80");
    subject_new(h, stranger.aid, stranger.privileges);
    subject_new(h, locker.aid, locker.privileges);
    subject_new_with(h, TARGET_DOMAIN, "80", more);
    subject_load(h, cap_folder, "wallet.cap", "");
    snprintf(text, sizeof text, "80E60%s00", selectable ? "C" : "4");
    subject_add(text, "[(F0504F535401)(F0504F53540101)(" TARGET_APPLICATION
                      ")(00)(C900)()]00");
    subject_done(h, "%s", text);
    snprintf(text, sizeof text, "(%s)()", associated.aid);
    subject_done(h, "80E61000[%s(" TARGET_APPLICATION ")()()()]00", text);
    subject_done(h, "80E61000[%s(" TARGET_DOMAIN ")()()()]00", text);
}

static void lock(struct host *h, const struct life *l)
{
    assert_int_equal(host_select(h, locker.aid), SW_OK);
    assert_int_equal(subject_open(h, &locker, 0x01), SW_OK);
    subject_done(h, "80F04080[%s]", l->aid);
}

static void try_lives(struct host *h, const struct life *l, uint8_t now)
{
    const struct subject *const actors[] = {&issuer, &associated, &locker,
                                            &stranger, l->self};
    struct image image;

    image_keep(h, &image);
    for (size_t i = 0; i < sizeof actors / sizeof actors[0]; i++) {
        const bool is_there =
            actors[i] != NULL && (actors[i] != l->self || (now & 0x80) == 0);
        if (is_there)
            try_life(h, actors[i], l, now, &image);
    }
    free(image.bytes);
    free(image.dump);
}

static void test_lives(void **state)
{
    static const struct life applications[] = {
        {TARGET_APPLICATION, 0x03, NULL}, {TARGET_APPLICATION, 0x07, NULL}};
    static const struct life domains[] = {{TARGET_DOMAIN, 0x07, &target},
                                          {TARGET_DOMAIN, 0x0F, &target}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct host h;

        make_lives(&h, &applications[i], &domains[i]);
        try_lives(&h, &applications[i], applications[i].state);
        try_lives(&h, &domains[i], domains[i].state);
        lock(&h, &applications[i]);
        lock(&h, &domains[i]);
        try_lives(&h, &applications[i], applications[i].state | 0x80);
        try_lives(&h, &domains[i], domains[i].state | 0x80);
        host_close(&h);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card_states),
        cmocka_unit_test(test_lives),
    };

    if (argc != 2)
        return 2;
    cap_folder = argv[1];
    return cmocka_run_group_tests_name("lives", tests, NULL, NULL);
}
