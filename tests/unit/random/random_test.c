/*
 * Proves of random numbers: those of the port, seeded and not, of HMAC_DRBG,
 * and of each algorithm that an applet can ask for pass statistical tests,
 * which refuse streams that are not random; two cards and two power-ons have
 * none in common, and with one seed have all.
 *
 * And that no two messages are ever signed with one nonce, nor padded with one
 * salt: by two copies of an image, over two power-ons, with a seed and without.
 *
 *   random_test SECRETS.CAP
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/tlv.h"
#include "crypto/drbg.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/posix_card.h"
#include "tests/apdu/host.h"
#include "tests/unit/random/statistics.h"

enum {
    FIPS_BYTES = 2500,
    FIPS_BLOCKS = 8,
    LARGE = 1 << 17,
    PIECE = 4000, /* of an applet, by hundreds */
    CHUNK = 200,
    NV = 128 * 1024,
    ANSWER_MAX = 512,
};

static const char *cap;
static uint8_t buffer[LARGE];
static char folder[] = "/tmp/random-XXXXXX";

static void assert_random(const uint8_t *p, size_t n,
                          enum statistics_limits limits, const char *what)
{
    const char *why = statistics_refuse(p, n, limits);

    if (why != NULL)
        fail_msg("%s: %s", what, why);
}

/* ---- streams ---- */

static void draw(const char *seed, uint8_t *out, size_t n)
{
    struct port_openssl *openssl = NULL;
    struct crypto_port crypto;

    assert_int_equal(port_openssl_crypto_init(&crypto, &openssl, seed), 0);
    /* in pieces of all sizes, as a card asks */
    for (size_t at = 0, piece = 1; at < n; at += piece) {
        piece = piece % 300 + 1;
        if (piece > n - at)
            piece = n - at;
        assert_int_equal(crypto.random(crypto.ctx, out + at, piece), ERR_OK);
    }
    port_openssl_free(&openssl);
}

/* What each test is for, it refuses. */
static void test_what_is_refused(void **state)
{
    static const struct {
        enum statistics_limits limits;
        const char *why;
        int fill; /* each byte; -1: the bytes count up; -2: random, and */
        size_t zeros;
    } cases[] = {
        {STATISTICS_FIPS, "monobit", 0x00, 0},
        {STATISTICS_FIPS, "poker", 0x55, 0},
        {STATISTICS_FIPS, "long run", -2, 4},
        {STATISTICS_CERTAIN, "monobit", 0x7F, 0},
        {STATISTICS_CERTAIN, "poker", 0x33, 0},
        {STATISTICS_CERTAIN, "long run", -2, 9},
        {STATISTICS_CERTAIN, "autocorrelation", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t n =
            cases[i].limits == STATISTICS_FIPS ? FIPS_BYTES : LARGE;
        draw("refused", buffer, n);
        for (size_t k = 0; k < n && cases[i].fill > -2; k++)
            buffer[k] =
                (uint8_t)(cases[i].fill < 0 ? k : (size_t)cases[i].fill);
        memset(buffer + 100, 0, cases[i].zeros);
        const char *why = statistics_refuse(buffer, n, cases[i].limits);
        if (why == NULL || strcmp(why, cases[i].why) != 0)
            fail_msg("case %zu: %s", i, why == NULL ? "passed" : why);
    }
}

static void test_port_with_seed(void **state)
{
    static uint8_t again[FIPS_BYTES];

    (void)state;
    draw("statistics", buffer, (size_t)FIPS_BYTES * FIPS_BLOCKS);
    for (size_t i = 0; i < FIPS_BLOCKS; i++)
        assert_random(buffer + i * FIPS_BYTES, FIPS_BYTES, STATISTICS_FIPS,
                      "the port's stream with a seed");
    draw("statistics", again, sizeof again);
    assert_memory_equal(again, buffer, sizeof again);
    draw("statistic", again, sizeof again);
    assert_memory_not_equal(again, buffer, 16);
}

static void test_port_without_seed(void **state)
{
    uint8_t other[16];

    (void)state;
    draw(NULL, buffer, LARGE);
    assert_random(buffer, LARGE, STATISTICS_CERTAIN, "the port's stream");
    draw(NULL, other, sizeof other);
    assert_memory_not_equal(other, buffer, sizeof other);
}

static void test_drbg(void **state)
{
    struct port_openssl *openssl = NULL;
    struct crypto_port crypto;
    struct crypto_drbg drbg = {.seeded = 0};

    (void)state;
    assert_int_equal(port_openssl_crypto_init(&crypto, &openssl, NULL), 0);
    assert_int_equal(
        crypto_drbg_seed(&crypto, &drbg, span_of((const uint8_t *)"a seed", 6)),
        ERR_OK);
    for (size_t i = 0; i < FIPS_BLOCKS; i++) {
        assert_int_equal(crypto_drbg_bytes(&crypto, &drbg, buffer, FIPS_BYTES),
                         ERR_OK);
        assert_random(buffer, FIPS_BYTES, STATISTICS_FIPS, "HMAC_DRBG");
    }
    port_openssl_free(&openssl);
}

/* ---- cards ---- */

struct answer {
    uint8_t bytes[ANSWER_MAX];
    size_t n;
};

static void in_folder(const char *name, char *path, size_t n)
{
    snprintf(path, n, "%s/%s", folder, name);
}

static struct posix_card *power_on(const char *name, const char *seed)
{
    const struct posix_card_options options = {.seed = seed};
    struct posix_card *card = NULL;
    char path[128];
    char why[200] = "";

    in_folder(name, path, sizeof path);
    if (posix_card_open(path, &options, &card, why, sizeof why) !=
        POSIX_CARD_DONE)
        fail_msg("%s: %s", path, why);
    assert_int_equal(card_power_on(posix_card_card(card)), CARD_OK);
    return card;
}

static void ask(struct posix_card *card, const uint8_t *command, size_t n,
                struct answer *out)
{
    static const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x06, 0xF0,
                                     0x00, 0x00, 0x00, 0x7E, 0x01};
    static uint8_t response[CARD_APDU_MAX];
    struct card *c = posix_card_card(card);

    assert_int_equal(
        card_transmit(c, select, sizeof select, response, sizeof response), 2);
    const size_t got = card_transmit(c, command, n, response, sizeof response);
    assert_true(got >= 2 && got - 2 <= sizeof out->bytes);
    assert_int_equal(response[got - 2] << 8 | response[got - 1], SW_OK);
    out->n = got - 2;
    memcpy(out->bytes, response, out->n);
}

static void print_lack(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "the card lacks %s\n", text);
}

/* A card with the applet, which has made its pairs. */
static void issue(const char *name, const char *seed)
{
    const struct card_profile profile = {
        .life_cycle = 0x0F,
        .scp03_i = 0x70,
        .key_set_count = 1,
        .key_sets = {{.version = 0x30, .type = 0x88, .length = 16}}};
    const struct posix_card_options options = {.seed = seed};
    static const uint8_t make[] = {0x80, 0x30, 0x00, 0x00, 0x01, 0x00, 0x00};
    struct card_trial trial;
    struct answer answer;
    struct tlv tlv;
    char path[128], why[200] = "", aid[33];
    size_t n = 0;
    uint8_t *file = host_read_cap(cap, &n, aid);

    in_folder(name, path, sizeof path);
    assert_non_null(file);
    struct span block = span_of(file, n);
    assert_int_equal(tlv_take(&block, &tlv), ERR_OK);
    assert_int_equal(
        posix_card_create(path, NV, &profile, &options, why, sizeof why),
        POSIX_CARD_DONE);
    struct posix_card *card = power_on(name, seed);
    card_plant(posix_card_card(card), tlv.value.p, tlv.value.n, &trial,
               print_lack, NULL);
    if (trial.install_sw != SW_OK)
        fail_msg("%s", trial.why);
    ask(card, make, sizeof make, &answer);
    posix_card_close(&card);
    free(file);
}

static void copy_image(const char *from, const char *to)
{
    char path[128];
    size_t n = 0;
    static uint8_t bytes[NV + 4096];

    in_folder(from, path, sizeof path);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    in_folder(to, path, sizeof path);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* What the first command after a power-on answers. */
static void first(const char *name, const char *seed, const uint8_t *command,
                  size_t n, struct answer *out)
{
    struct posix_card *card = power_on(name, seed);

    ask(card, command, n, out);
    posix_card_close(&card);
}

static void test_algorithms(void **state)
{
    struct posix_card *card = power_on("one", NULL);
    struct answer answer;

    (void)state;
    for (uint8_t algorithm = 1; algorithm <= 6; algorithm++) {
        const uint8_t command[] = {0x80, 0x40, algorithm, CHUNK, 1, 0, 0};
        char what[40];
        for (size_t at = 0; at < PIECE; at += CHUNK) {
            ask(card, command, sizeof command, &answer);
            assert_int_equal(answer.n, CHUNK);
            memcpy(buffer + at, answer.bytes, CHUNK);
        }
        snprintf(what, sizeof what, "RandomData %u", algorithm);
        assert_random(buffer, PIECE, STATISTICS_CERTAIN, what);
    }
    posix_card_close(&card);
}

static const uint8_t thirty[] = {0x80, 0x40, 0x02, 0x20, 0x01, 0x00, 0x00};
static const uint8_t preseeded[] = {0x80, 0x40, 0x04, 0x20, 0x01, 0x00, 0x00};

static void test_cards_and_power_ons(void **state)
{
    static const struct {
        const char *card;
        const char *seed;
    } runs[] = {{"one", NULL}, {"one", NULL},    {"two", NULL},
                {"one", "x"},  {"copied", NULL}, {"one", "y"}};
    enum { RUNS = sizeof runs / sizeof runs[0] };
    struct answer answers[2 * RUNS];
    struct answer again;

    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        first(runs[i].card, runs[i].seed, thirty, sizeof thirty, &answers[i]);
        first(runs[i].card, runs[i].seed, preseeded, sizeof preseeded,
              &answers[RUNS + i]);
    }
    for (size_t i = 0; i < 2 * RUNS; i++) {
        assert_int_equal(answers[i].n, 0x20);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(answers[i].bytes, answers[j].bytes, 0x20);
    }
    first("one", "x", thirty, sizeof thirty, &again);
    assert_memory_equal(again.bytes, answers[3].bytes, 0x20);
}

/* r of an ECDSA signature in DER. */
static struct span r_of(const struct answer *a)
{
    assert_true(a->n > 8 && a->bytes[0] == 0x30 && a->bytes[2] == 0x02 &&
                a->n > 4u + a->bytes[3]);
    return span_of(a->bytes + 4, a->bytes[3]);
}

static bool same(struct span a, struct span b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Each signs another message as the first thing it does. */
static void test_nonces(void **state)
{
    static const struct {
        const char *card;
        const char *seed;
    } runs[] = {{"one", NULL},    {"one", NULL},   {"one", "x"},   {"one", "x"},
                {"copied", NULL}, {"copied", "x"}, {"copied", "x"}};
    enum { RUNS = sizeof runs / sizeof runs[0] };
    struct answer answers[RUNS], again;
    uint8_t sign[] = {0x80, 0x11, 0x09, 0x00, 0x04, 'm', 's', 'g', 0, 0};

    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        sign[8] = (uint8_t)i;
        first(runs[i].card, runs[i].seed, sign, sizeof sign, &answers[i]);
        for (size_t j = 0; j < i; j++)
            assert_false(same(r_of(&answers[i]), r_of(&answers[j])));
    }
    /* the last once more: a seed repeats, and nothing else does */
    first("one", "x", sign, sizeof sign, &again);
    assert_true(same(r_of(&again), r_of(&answers[RUNS - 1])));
    first("one", NULL, sign, sizeof sign, &again);
    assert_false(same(r_of(&again), r_of(&answers[RUNS - 1])));
}

/* The same message, so that only the salt can make a difference. */
static void test_salts(void **state)
{
    static const uint8_t sign[] = {0x80, 0x41, 0, 0, 4, 'm', 's', 'g', 0, 0};
    struct answer a, b;

    (void)state;
    struct posix_card *card = power_on("one", NULL);
    ask(card, sign, sizeof sign, &a);
    ask(card, sign, sizeof sign, &b);
    posix_card_close(&card);
    assert_int_equal(a.n, 128);
    assert_memory_not_equal(a.bytes, b.bytes, 128);
    copy_image("one", "salty");
    first("one", NULL, sign, sizeof sign, &a);
    first("salty", NULL, sign, sizeof sign, &b);
    assert_memory_not_equal(a.bytes, b.bytes, 128);
    first("one", "x", sign, sizeof sign, &a);
    first("salty", "x", sign, sizeof sign, &b);
    assert_memory_equal(a.bytes, b.bytes, 128);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    issue("one", NULL);
    issue("two", NULL);
    copy_image("one", "copied");
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"one", "two", "copied", "salty"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        in_folder(names[i], path, sizeof path);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_port_with_seed),
        cmocka_unit_test(test_port_without_seed),
        cmocka_unit_test(test_drbg),
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_cards_and_power_ons),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_salts),
    };

    if (argc != 2)
        return 2;
    cap = argv[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
