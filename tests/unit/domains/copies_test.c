/*
 * Proves copies of a card on a host: thousands are made of one that was
 * prepared and frozen, each goes its own way, none touches the original or its
 * file, and with a seed each draws the same random bytes, without one others.
 * A card of another version of the format is refused in a sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ports/posix/posix_card.h"

enum { NV = 512 * 1024, COPIES = 300 };

static char path[] = "/tmp/postcard-copies-XXXXXX";
static char why[256];

static const uint8_t update[] = {0x80, 0x50, 0x30, 0, 8, 1, 2,
                                 3,    4,    5,    6, 7, 8, 0};

static const struct card_profile profile = {
    .life_cycle = 0x0F,
    .scp03_i = 0x60, /* challenges are random */
    .key_set_count = 1,
    .key_sets = {{.version = 0x30, .type = 0x88, .length = 16}}};

static const struct posix_card_options issue = {.seed = "issue"};

static int set_up(void **state)
{
    (void)state;
    int file = mkstemp(path);
    if (file < 0)
        return -1;
    close(file);
    unlink(path);
    return posix_card_create(path, NV, &profile, &issue, why, sizeof why) ==
                   POSIX_CARD_DONE
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static struct posix_card *frozen(const char *seed)
{
    const struct posix_card_options options = {.seed = seed};
    struct posix_card *card = NULL;
    struct posix_card *copy = NULL;

    assert_int_equal(posix_card_open(path, &options, &card, why, sizeof why),
                     POSIX_CARD_DONE);
    assert_int_equal(card_power_on(posix_card_card(card)), CARD_OK);
    assert_int_equal(posix_card_freeze(card, &copy, why, sizeof why),
                     POSIX_CARD_DONE);
    posix_card_close(&card);
    return copy;
}

/* INITIALIZE UPDATE; its challenge of 8 bytes, or else how it ended. */
static void challenge(struct posix_card *from, uint8_t out[8])
{
    struct posix_card *copy = NULL;
    static uint8_t answer[CARD_APDU_MAX];

    assert_int_equal(posix_card_copy(from, &copy, why, sizeof why),
                     POSIX_CARD_DONE);
    size_t n = card_transmit(posix_card_card(copy), update, sizeof update,
                             answer, sizeof answer);
    assert_true(n > 23);
    assert_int_equal(answer[n - 2], 0x90);
    memcpy(out, answer + 13, 8);
    posix_card_close(&copy);
}

static void copies_with_a_seed_are_alike(void **state)
{
    struct posix_card *from = frozen("story");
    uint8_t first[8];
    uint8_t other[8];

    (void)state;
    challenge(from, first);
    for (int i = 0; i < COPIES; i++) {
        challenge(from, other);
        assert_memory_equal(first, other, 8);
    }
    posix_card_close(&from);
    from = frozen("another story");
    challenge(from, other);
    assert_memory_not_equal(first, other, 8);
    posix_card_close(&from);
}

static void copies_without_a_seed_are_not(void **state)
{
    struct posix_card *from = frozen(NULL);
    uint8_t first[8];
    uint8_t other[8];

    (void)state;
    challenge(from, first);
    challenge(from, other);
    assert_memory_not_equal(first, other, 8);
    posix_card_close(&from);
}

/* What is sent to it by mistake changes no copy. */
static void a_frozen_card_takes_no_program(void **state)
{
    struct posix_card *from = frozen("story");
    static uint8_t answer[CARD_APDU_MAX];
    static const uint8_t status[] = {0x80, 0xF0, 0x80, 0x7F, 0x00};

    (void)state;
    uint8_t first[8];
    uint8_t other[8];
    challenge(from, first);
    (void)card_transmit(posix_card_card(from), status, sizeof status, answer,
                        sizeof answer);
    challenge(from, other);
    assert_memory_equal(first, other, 8);
    posix_card_close(&from);
}

/* Whole images, byte by byte. */
static void two_runs_with_a_seed_are_one(void **state)
{
    static uint8_t images[2][NV + 4096];

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct posix_card_options options = {.seed = "run"};
        struct posix_card *card = NULL;
        static uint8_t answer[CARD_APDU_MAX];
        unlink(path);
        assert_int_equal(
            posix_card_create(path, NV, &profile, &issue, why, sizeof why),
            POSIX_CARD_DONE);
        assert_int_equal(
            posix_card_open(path, &options, &card, why, sizeof why),
            POSIX_CARD_DONE);
        assert_int_equal(card_power_on(posix_card_card(card)), CARD_OK);
        assert_true(card_transmit(posix_card_card(card), update, sizeof update,
                                  answer, sizeof answer) > 2);
        posix_card_close(&card);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        assert_int_equal(fread(images[i], 1, sizeof images[i], f),
                         sizeof images[i]);
        fclose(f);
    }
    assert_memory_equal(images[0], images[1], sizeof images[0]);
}

static void another_version_is_refused(void **state)
{
    const struct posix_card_options options = {.seed = NULL};
    struct posix_card *card = NULL;
    FILE *f = fopen(path, "r+b");

    (void)state;
    assert_non_null(f);
    assert_int_equal(fseek(f, 4096 + 11, SEEK_SET), 0);
    assert_int_equal(fputc(1, f), 1);
    fclose(f);
    assert_int_equal(posix_card_open(path, &options, &card, why, sizeof why),
                     POSIX_CARD_DONE);
    assert_int_equal(card_power_on(posix_card_card(card)), CARD_WRONG_VERSION);
    posix_card_close(&card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_with_a_seed_are_alike),
        cmocka_unit_test(copies_without_a_seed_are_not),
        cmocka_unit_test(a_frozen_card_takes_no_program),
        cmocka_unit_test(two_runs_with_a_seed_are_one),
        cmocka_unit_test(another_version_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
