/*
 * Proves of a card whose profile asks for enciphered keys: no secret that goes
 * into a key, a PIN, a template or a security domain's key, and none that the
 * card makes, is in any byte that is ever programmed, so in no old copy either,
 * whatever becomes of it afterwards; a card under another wrapping key, or
 * none, does not power on; what was changed from outside is told and never
 * used; a cut at any program leaves secrets that open; copies have them, too.
 * And of a card whose profile does not ask that it is as it always was.
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
#include "root.h"
#include "tests/apdu/host.h"

#define APPLET "F00000007E01"
#define AES_KEY "A1A2A3A4A5A6A7A8A9AAABACADAEAFA0"
#define OTHER_AES_KEY "E1E2E3E4E5E6E7E8E9EAEBECEDEEEFE0"
#define DES_KEY "B1B2B3B4B5B6B7B8B9BABBBCBDBEBFB0C1C2C3C4C5C6C7C8"
#define HMAC_KEY "D1D2D3D4D5D6D7D8D9DADBDCDDDEDFD0"
#define SCALAR                                                                 \
    "5B0A7E93C4D81F2663BA90E57D3C48F10C9E62B7A5D43F8819E6C07B5A2D914E"
#define PIN "31323334353637383930414243"
#define OTHER_PIN "39383736353433323130"
#define TEMPLATE "70617373776F72642D6F662D62696F"
#define EXPONENT                                                               \
    SCALAR "2122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F41"
#define SEED "F1F2F3F4F5F6F7F8F9FAFBFCFDFEFFF0"
/* encrypted with 40 41 .. 4F, and its check value */
#define WRAPPED "8810B6596A77935F1562E213AB400E1EF5DE03E7C673"
#define PUT_KEYS "80D800814331" WRAPPED WRAPPED WRAPPED "00"
#define DOMAIN_KEY "93F2C14D7A6B5E80D91C0FA4E3B72658"
#define ISSUER_KEY "404142434445464748494A4B4C4D4E4F"

enum {
    MEMORY = 96 * 1024,
    WINDOW = 8, /* bytes of a secret that must not stand side by side */
    SECRETS_MAX = 24,
    SECRET_MAX = 160,
    AROUND = 32,
};

static const char *cap;

/* What must not be seen, and the medium where it is looked for. */
static struct watch {
    struct host *h;
    uint8_t bytes[SECRETS_MAX][SECRET_MAX];
    size_t n[SECRETS_MAX];
    size_t count;
    unsigned seen;
    unsigned long programs;
} watch;

static void hide(const uint8_t *p, size_t n)
{
    assert_true(watch.count < SECRETS_MAX && n <= SECRET_MAX);
    memcpy(watch.bytes[watch.count], p, n);
    watch.n[watch.count++] = n;
}

static void hide_hex(const char *hex)
{
    uint8_t bytes[SECRET_MAX];
    struct buf b = buf_of(bytes, sizeof bytes);

    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    hide(bytes, b.n);
}

/* Occurrences of any WINDOW bytes of a secret in n bytes. */
static unsigned occurrences(const uint8_t *p, size_t n)
{
    unsigned found = 0;

    for (size_t s = 0; s < watch.count; s++) {
        for (size_t at = 0; at + WINDOW <= watch.n[s]; at++)
            found += memmem(p, n, watch.bytes[s] + at, WINDOW) != NULL;
    }
    return found;
}

/* A program's bytes where they will stand, with what stands around them. */
static void look(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    const struct faults *f = &watch.h->faults;
    const uint32_t before = offset < AROUND ? offset : AROUND;
    const uint32_t left = f->size - offset - n;
    const uint32_t after = left < AROUND ? left : AROUND;
    static uint8_t there[MEMORY];

    (void)ctx;
    memcpy(there, f->bytes + offset - before, before);
    memcpy(there + before, bytes, n);
    memcpy(there + before + n, f->bytes + offset + n, after);
    watch.seen += occurrences(there, (size_t)before + n + after);
    watch.programs++;
}

static void open_card(struct host *h, bool enciphered)
{
    struct card_profile p = host_profile(false);

    p.enciphered = enciphered;
    assert_true(host_open(h, &p, MEMORY, "vault"));
    memset(&watch, 0, sizeof watch);
    watch.h = h;
    h->faults.watch = look;
    h->port.nv_direct = NULL;
    assert_int_equal(host_open_session(h, 0x30, 1, NULL), SW_OK);
    assert_int_equal(host_load_cap(h, cap, ""), SW_OK);
    assert_int_equal(host_hex(h, "80E60C001A05F00000007E06" APPLET "06" APPLET
                                 "010002C9000000"),
                     SW_OK);
    assert_int_equal(host_select(h, APPLET), SW_OK);
}

static void close_card(struct host *h)
{
    char *findings = NULL;

    if (host_check(h, &findings) != 0)
        fail_msg("%s", findings);
    free(findings);
    host_close(h);
}

static void send(struct host *h, const char *head, const char *data)
{
    char hex[700];

    snprintf(hex, sizeof hex, "%s%02X%s00", head, (unsigned)strlen(data) / 2,
             data);
    const sw_t sw = host_hex(h, hex);
    if (sw != SW_OK)
        fail_msg("%s: %04X", hex, sw);
}

static void answers(struct host *h, const char *head, const char *data,
                    const char *expected)
{
    char answer[700];

    send(h, head, data);
    hex_encode(span_of(h->response, h->n), answer);
    assert_string_equal(answer, expected);
}

/* Every place of the API, set, set again, used, cleared and given up. */
static void live(struct host *h)
{
    static const struct {
        const char *head;
        const char *secret;
    } puts[] = {{"80100000", AES_KEY},       {"80100100", DES_KEY},
                {"80100200", HMAC_KEY},      {"80100300", SCALAR},
                {"80100400", EXPONENT},      {"80100500", SCALAR},
                {"80100600", SCALAR},        {"80100700", SEED},
                {"80200000", PIN},           {"80220000", TEMPLATE},
                {"80100000", OTHER_AES_KEY}, {"80200000", OTHER_PIN}};
    char head[9];

    hide_hex(ISSUER_KEY);
    hide_hex(DOMAIN_KEY);
    for (size_t i = 0; i < sizeof puts / sizeof puts[0]; i++)
        hide_hex(puts[i].secret);
    for (size_t i = 0; i < sizeof puts / sizeof puts[0]; i++)
        send(h, puts[i].head, puts[i].secret);
    send(h, "80210000", OTHER_PIN);
    send(h, "80230000", TEMPLATE);
    answers(h, "80110300", "00", SCALAR);
    send(h, "80100001", AES_KEY); /* committed */
    send(h, "80100002", OTHER_AES_KEY);
    send(h, "80200001", PIN);
    send(h, "80200002", OTHER_PIN);
    send(h, "80210000", PIN);
    /* FIPS 197's algorithm with another key: an answer from outside */
    answers(h, "80110000", "00000000000000000000000000000000",
            "BD8C38985AB92526306EB37D5EB4A437");
    for (unsigned place = 0; place < 4; place++) {
        snprintf(head, sizeof head, "8012%02X00", place);
        send(h, head, "00");
        snprintf(head, sizeof head, "8013%02X00", place);
        send(h, head, "00");
    }
}

static void make(struct host *h)
{
    send(h, "80300000", "00");
    hide(h->response, h->n);
    send(h, "80300001", "00");
    hide(h->response, h->n);
    send(h, "80110900", "00");
}

static void make_rsa(struct host *h)
{
    send(h, "80300100", "00");
    assert_int_equal(h->n, 5 * 32);
    hide(h->response, h->n);
}

static void change_domain_keys(struct host *h)
{
    assert_int_equal(host_select(h, "A000000151000000"), SW_OK);
    assert_int_equal(host_open_session(h, 0x30, 1, NULL), SW_OK);
    assert_int_equal(host_hex(h, PUT_KEYS), SW_OK);
}

static void test_nothing_is_seen(void **state)
{
    struct host h;

    (void)state;
    open_card(&h, true);
    live(&h);
    make_rsa(&h);
    make(&h);
    change_domain_keys(&h);
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(host_select(&h, APPLET), SW_OK);
    send(&h, "80210000", PIN);
    /* what was made in the card is known only when it is in there */
    assert_int_equal(occurrences(h.faults.bytes, h.faults.size), 0);
    assert_int_equal(watch.seen, 0);
    assert_true(watch.programs > 100);
    assert_int_equal(host_select(&h, "A000000151000000"), SW_OK);
    assert_int_equal(host_open_session(&h, 0x30, 1, NULL), SW_OK);
    assert_int_equal(host_hex(&h, "80E40080074F05F00000007E00"), SW_OK);
    assert_int_equal(occurrences(h.faults.bytes, h.faults.size), 0);
    assert_int_equal(watch.seen, 0);
    close_card(&h);
}

/* The same life on a card that does not encipher: the watch does see. */
static void test_watch_sees(void **state)
{
    struct host h;

    (void)state;
    open_card(&h, false);
    live(&h);
    make(&h);
    assert_true(watch.seen > 100);
    assert_true(occurrences(h.faults.bytes, h.faults.size) > 10);
    close_card(&h);
}

static uint8_t given = 0x77;

static int give(void *ctx, uint8_t key[32])
{
    (void)ctx;
    memset(key, given, 32);
    return given == 0 ? -1 : 0;
}

static void test_wrong_key(void **state)
{
    struct host h;

    (void)state;
    open_card(&h, true);
    send(&h, "80100000", AES_KEY);
    h.port.wrapping_key = give;
    for (unsigned i = 0; i < 3; i++) {
        given = i == 0 ? 0x78 : 0; /* another, none to give, no function */
        if (i == 2)
            h.port.wrapping_key = NULL;
        assert_int_equal(host_reset(&h), CARD_WRONG_KEY);
        assert_int_equal(host_hex(&h, "00A4040000"), 0);
    }
    h.port.wrapping_key = give;
    given = 0x77;
    assert_int_equal(host_reset(&h), CARD_OK);
    assert_int_equal(host_select(&h, APPLET), SW_OK);
    answers(&h, "80110000", "00000000000000000000000000000000",
            "BD8C38985AB92526306EB37D5EB4A437");
    close_card(&h);
}

/* A profile that asks needs a port that has a key. */
static void test_no_key_to_format_with(void **state)
{
    struct card_profile p = host_profile(false);
    struct host h;

    (void)state;
    assert_true(host_open(&h, &p, MEMORY, "vault"));
    h.port.wrapping_key = NULL;
    p.enciphered = true;
    assert_int_equal(card_format(h.card, &p), CARD_WRONG_KEY);
    host_close(&h);
}

/* Where bytes that a program changed last stand: a key's cipher text. */
static struct {
    uint32_t offset;
    uint32_t n;
} last;

static void keep_longest(void *ctx, uint32_t offset, const uint8_t *bytes,
                         uint32_t n)
{
    const uint32_t data_start =
        get_u4(((const struct host *)ctx)->faults.bytes + 20);

    (void)bytes;
    if (offset >= data_start && n >= last.n) {
        last.offset = offset;
        last.n = n;
    }
}

static void flip_what(struct host *h, const char *head, const char *data)
{
    memset(&last, 0, sizeof last);
    h->faults.watch = keep_longest;
    h->faults.watch_ctx = h;
    send(h, head, data);
    h->faults.watch = NULL;
    h->faults.bytes[last.offset + last.n - 1] ^= 0x10;
}

static void test_changed(void **state)
{
    static const struct {
        const char *put[2];
        const char *use;
        const char *finding;
    } cases[] = {
        {{"80100000", AES_KEY},
         "801100001000000000000000000000000000000000",
         "vault: a key does not open"},
        {{"80200000", PIN},
         "802100000D" PIN,
         "a PIN that is damaged or does not open"},
        {{"80220000", TEMPLATE},
         "802300000F" TEMPLATE,
         "vault: a template does not open"},
    };
    char *findings = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct host h;
        open_card(&h, true);
        flip_what(&h, cases[i].put[0], cases[i].put[1]);
        assert_int_equal(host_reset(&h), CARD_OK);
        assert_int_equal(host_check(&h, &findings), 1);
        assert_non_null(strstr(findings, cases[i].finding));
        free(findings);
        assert_int_equal(host_select(&h, APPLET), SW_OK);
        assert_int_equal(host_hex(&h, cases[i].use), 0);
        host_close(&h);
    }
}

/* A step with power cut at each of its programs; what may be there then. */
struct cut_case {
    const char *before[2];
    const char *step[2];
    const char *ask[2]; /* after the cut: answers 9000 or what follows */
    sw_t else_sw;
};

static void cut_everywhere(const struct cut_case *c)
{
    char *findings = NULL;
    bool ended = false;
    struct host h;
    char hex[300];

    for (uint64_t n = 1; !ended; n++) {
        open_card(&h, true);
        if (c->before[0] != NULL)
            send(&h, c->before[0], c->before[1]);
        faults_arm(&h.faults, n, FAULTS_UNSTABLE, false);
        snprintf(hex, sizeof hex, "%s%02X%s00", c->step[0],
                 (unsigned)strlen(c->step[1]) / 2, c->step[1]);
        ended = host_hex(&h, hex) != 0;
        assert_int_equal(host_reset(&h), CARD_OK);
        if (host_check(&h, &findings) != 0)
            fail_msg("%s: program %u: %s", hex, (unsigned)n, findings);
        free(findings);
        assert_int_equal(host_select(&h, APPLET), SW_OK);
        snprintf(hex, sizeof hex, "%s%02X%s00", c->ask[0],
                 (unsigned)strlen(c->ask[1]) / 2, c->ask[1]);
        const sw_t sw = host_hex(&h, hex);
        assert_true(sw == SW_OK || (!ended && sw == c->else_sw));
        host_close(&h);
    }
}

static void test_cuts(void **state)
{
    static const struct cut_case cases[] = {
        {{"80100000", AES_KEY},
         {"80100000", OTHER_AES_KEY},
         {"80110000", AES_KEY},
         0x6F00},
        {{"80100000", AES_KEY},
         {"80120000", "00"},
         {"80100000", AES_KEY},
         0x6F00},
        {{"80200000", PIN},
         {"80200001", OTHER_PIN},
         {"80210000", OTHER_PIN},
         0x63C0},
        {{"80220000", TEMPLATE},
         {"80220000", "7061737377"},
         {"80220000", TEMPLATE},
         0x6F00},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cut_everywhere(&cases[i]);
}

static void test_copy(void **state)
{
    struct host h, copy;
    struct card_profile p = host_profile(false);

    (void)state;
    open_card(&h, true);
    send(&h, "80100000", AES_KEY);
    assert_true(host_open(&copy, &p, MEMORY, "copy"));
    faults_copy(&copy.faults, &h.faults);
    copy.card = card_fork(copy.memory, card_size(), h.card, &copy.port);
    assert_non_null(copy.card);
    answers(&copy, "80110000", "00000000000000000000000000000000",
            "BD8C38985AB92526306EB37D5EB4A437");
    host_close(&copy);
    close_card(&h);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_seen),
        cmocka_unit_test(test_watch_sees),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_no_key_to_format_with),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_copy),
    };

    if (argc != 2)
        return 2;
    cap = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
