/*
 * Proves loads on trial, which leave nothing, and those that are planted, which
 * stay: card_try(), card_plant().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/domains/unit.h"

static void count_sentences(void *ctx, const char *text)
{
    unsigned *count = ctx;
    assert_true(text[0] != '\0');
    ++*count;
}

typedef void trial_function(struct card *card, const uint8_t *load_file,
                            size_t n, struct card_trial *out,
                            void (*tell)(void *ctx, const char *text),
                            void *ctx);

static struct card_trial with_wallet(struct host *h, trial_function *function,
                                     unsigned *sentences)
{
    struct card_trial trial;
    size_t n;
    char path[1024], aid[33];

    snprintf(path, sizeof path, "%s/wallet.cap", unit_cap_folder);
    uint8_t *block = host_read_cap(path, &n, aid);
    assert_non_null(block);
    *sentences = 0;
    /* what stands behind the tag C4 and its length */
    function(h->card, block + 4, n - 4, &trial, count_sentences, sentences);
    free(block);
    return trial;
}

static struct card_trial try_wallet(struct host *h, unsigned *sentences)
{
    return with_wallet(h, card_try, sentences);
}

static void assert_same_dump(struct host *h, char **before)
{
    assert_int_equal(host_reset(h), CARD_OK);
    char *now = host_dump(h, true);
    assert_string_equal(now, *before);
    free(now);
    free(*before);
    *before = NULL;
}

/*
 * A load and an installation on trial take what the real ones take, nothing
 * of them stays, and what stands in their way is told.
 */
static void test_trial(void **state)
{
    struct host h;
    unsigned sentences = 0;

    (void)state;
    unit_open(&h, false);
    char *before = host_dump(&h, true);
    struct card_trial trial = try_wallet(&h, &sentences);
    assert_int_equal(trial.load_sw, SW_OK);
    assert_int_equal(trial.install_sw, SW_OK);
    assert_int_equal(trial.instances, 1);
    assert_int_equal(sentences, 0);
    assert_int_equal(trial.lacks, 0);
    assert_true(trial.load_bytes > 1704 && trial.install_bytes > 0);
    assert_int_equal(card_transmit(h.card, (const uint8_t *)"\0\xA4\4\0", 4,
                                   h.response, 256),
                     0); /* off */
    assert_same_dump(&h, &before);

    assert_int_equal(host_open_session(&h, 0x30, 0x00, NULL), SW_OK);
    assert_int_equal(unit_install_wallet(&h), SW_OK);
    scp_close(&h.session);
    assert_int_equal(host_reset(&h), CARD_OK);
    before = host_dump(&h, true);
    trial = try_wallet(&h, &sentences);
    assert_int_equal(trial.load_sw, SW_CONDITIONS);
    assert_int_equal(trial.instances, 0);
    assert_int_equal(sentences, 1);
    assert_same_dump(&h, &before);
    unit_close(&h);
}

/*
 * What is planted stays and answers, like what was installed; when it does
 * not go the card is off and as it was.
 */
static void test_plant(void **state)
{
    struct host h;
    unsigned sentences = 0;

    (void)state;
    unit_open(&h, false);
    struct card_trial trial = with_wallet(&h, card_plant, &sentences);
    assert_int_equal(trial.load_sw, SW_OK);
    assert_int_equal(trial.install_sw, SW_OK);
    assert_int_equal(trial.instances, 1);
    assert_int_equal(host_hex(&h, "00A4040007F0504F53540101"), SW_OK);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(host_hex(&h, "00A4040007F0504F53540101"), SW_OK);
    unit_check(&h);

    char *before = host_dump(&h, true);
    trial = with_wallet(&h, card_plant, &sentences);
    assert_int_equal(trial.load_sw, SW_CONDITIONS);
    assert_int_equal(trial.install_sw, 0);
    assert_int_equal(card_transmit(h.card, (const uint8_t *)"\0\xA4\4\0", 4,
                                   h.response, 256),
                     0); /* off */
    assert_same_dump(&h, &before);
    unit_close(&h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trial),
        cmocka_unit_test(test_plant),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: trial_test CAP-FOLDER\n");
        return 2;
    }
    unit_cap_folder = argv[1];
    return cmocka_run_group_tests_name("trial", tests, NULL, NULL);
}
