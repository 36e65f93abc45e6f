/*
 * Proves lib/base: cursors that refuse to run past their end, hexadecimal,
 * BER-TLV in every length form, that each status word has words, and that
 * UTF-8 is what RFC 3629 says, for every code point and every second byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/ct.h"
#include "base/hex.h"
#include "base/span.h"
#include "base/sw.h"
#include "base/tlv.h"
#include "base/utf.h"

static void cursor_stops_at_the_end(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x01, 0x02, 0x03};
    struct span s = span_of(bytes, sizeof bytes);
    uint16_t v = 0;
    uint32_t w = 0;

    assert_int_equal(span_take_u2(&s, &v), ERR_OK);
    assert_int_equal(v, 0x0102);
    assert_int_equal(span_take_u2(&s, &v), ERR_TRUNCATED);
    assert_int_equal(span_take_u4(&s, &w), ERR_TRUNCATED);
    assert_int_equal(s.n, 1);
}

static void lv_needs_all_its_bytes(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x02, 0xAA, 0xBB, 0x03, 0xCC};
    struct span s = span_of(bytes, sizeof bytes);
    struct span v;

    assert_int_equal(span_take_lv(&s, &v), ERR_OK);
    assert_true(span_equal(v, span_of(bytes + 1, 2)));
    assert_int_equal(span_take_lv(&s, &v), ERR_TRUNCATED);
    assert_int_equal(s.n, 2);
}

static void a_put_that_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    uint8_t room[3];
    struct buf b = buf_of(room, sizeof room);

    assert_int_equal(buf_put_u2(&b, 0x1234), ERR_OK);
    assert_int_equal(buf_put_u2(&b, 0x5678), ERR_FULL);
    assert_int_equal(buf_put_lv(&b, span_of(room, 1)), ERR_FULL);
    assert_int_equal(b.n, 2);
    assert_int_equal(room[0], 0x12);
    assert_int_equal(room[1], 0x34);
}

static void hex_reads_what_it_writes_and_names_the_place(void **state)
{
    (void)state;
    uint8_t room[4];
    char text[9];
    size_t where = 0;
    struct buf b = buf_of(room, sizeof room);

    assert_int_equal(hex_decode("0a:B1 c2", 8, &b, NULL), ERR_OK);
    hex_encode(buf_span(&b), text);
    assert_string_equal(text, "0AB1C2");
    assert_int_equal(hex_decode("0g", 2, &b, &where), ERR_FORMAT);
    assert_int_equal(where, 1);
    assert_int_equal(hex_decode("0", 1, &b, &where), ERR_FORMAT);
    assert_int_equal(hex_decode("0102", 4, &b, NULL), ERR_FULL);
    assert_int_equal(b.n, 3);
}

static void tlv_length_forms(void **state)
{
    (void)state;
    static uint8_t room[70000];
    static uint8_t value[66000];
    const size_t sizes[] = {0, 127, 128, 255, 256, 65535, 65536};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf b = buf_of(room, sizeof room);
        assert_int_equal(tlv_put(&b, 0x9F70, span_of(value, sizes[i])), ERR_OK);
        struct span s = buf_span(&b);
        struct tlv item;
        assert_int_equal(tlv_take(&s, &item), ERR_OK);
        assert_int_equal(item.tag, 0x9F70);
        assert_int_equal(item.value.n, sizes[i]);
        assert_int_equal(s.n, 0);

        size_t mark = 0;
        struct buf c = buf_of(room, sizeof room);
        assert_int_equal(tlv_open(&c, 0xE3, &mark), ERR_OK);
        assert_int_equal(buf_put(&c, value, sizes[i]), ERR_OK);
        assert_int_equal(tlv_close(&c, mark), ERR_OK);
        s = buf_span(&c);
        assert_int_equal(tlv_take_tag(&s, 0xE3, &item.value), ERR_OK);
        assert_int_equal(item.value.n, sizes[i]);
    }
}

static void tlv_refuses(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[4];
        size_t n;
        enum err e;
    } bad[] = {
        {{0x4F}, 1, ERR_TRUNCATED},
        {{0x4F, 0x02, 0xAA}, 3, ERR_TRUNCATED},
        {{0x4F, 0x80, 0x00, 0x00}, 4, ERR_FORMAT},
        {{0x4F, 0x84, 0x00, 0x00}, 4, ERR_FORMAT},
        {{0x4F, 0x82, 0x01}, 3, ERR_TRUNCATED},
        {{0x9F, 0x81, 0x01, 0x00}, 4, ERR_FORMAT},
        {{0x9F}, 1, ERR_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct span s = span_of(bad[i].bytes, bad[i].n);
        struct tlv item;
        assert_int_equal(tlv_take(&s, &item), bad[i].e);
        assert_int_equal(s.n, bad[i].n);
    }
}

static void every_error_and_word_has_text(void **state)
{
    (void)state;
    assert_string_equal(sw_text(SW_OK), "done");
    assert_string_equal(sw_text(0x6A84), "not enough memory");
    assert_non_null(strstr(sw_text(0x63C2), "tries"));
    assert_non_null(strstr(sw_text(0x6110), "more response"));
    assert_string_equal(sw_text(0x1234), "unknown status");
    for (int e = ERR_OK; e <= ERR_IO; e++) {
        assert_string_not_equal(err_text((enum err)e), "unknown error");
        assert_int_equal(sw_from_err((enum err)e) == SW_OK, e == ERR_OK);
    }
}

static void secrets_compare_and_vanish(void **state)
{
    (void)state;
    uint8_t a[4] = {1, 2, 3, 4};
    const uint8_t b[4] = {1, 2, 3, 5};

    assert_true(ct_equal(a, a, 4));
    assert_false(ct_equal(a, b, 4));
    assert_true(ct_equal(a, b, 3));
    wipe(a, sizeof a);
    assert_int_equal(a[0] | a[1] | a[2] | a[3], 0);
}

static void every_character_has_one_utf8_form(void **state)
{
    (void)state;

    for (int32_t code = 0; code <= UTF_CODE_MAX; code++) {
        uint8_t bytes[4];
        struct buf b = buf_of(bytes, sizeof bytes);
        const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(utf8_put(&b, code), surrogate ? ERR_RANGE : ERR_OK);
        if (surrogate)
            continue;
        assert_int_equal(utf8_unit(buf_span(&b)), b.n);
        assert_int_equal(utf8_unit_before(buf_span(&b)), b.n);
        assert_int_equal(utf8_code(buf_span(&b)), code);
    }
}

/* The second bytes that RFC 3629 4 allows after each first one. */
static bool may_follow(unsigned first, unsigned second)
{
    if (first < 0xC2 || first > 0xF4)
        return false;
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

static void utf8_is_refused_where_the_grammar_does(void **state)
{
    (void)state;

    for (unsigned first = 0x80; first <= 0xFF; first++) {
        for (unsigned second = 0; second <= 0xFF; second++) {
            const uint8_t bytes[] = {(uint8_t)first, (uint8_t)second, 0x80,
                                     0xBF};
            const size_t n = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
            assert_int_equal(utf8_is_valid(span_of(bytes, n)),
                             may_follow(first, second));
            assert_false(utf8_is_valid(span_of(bytes, n - 1)));
        }
    }
}

/* Of whatever length, wherever the one bit stands that differs. */
static void secrets_differ_in_any_bit(void **state)
{
    enum { MOST = 19 };
    uint8_t a[MOST] = {0};
    uint8_t b[MOST] = {0};

    (void)state;
    for (size_t n = 0; n <= MOST; n++) {
        assert_true(ct_equal(a, b, n));
        for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
            b[bit / 8] = (uint8_t)(1u << bit % 8);
            assert_int_equal(ct_equal(a, b, n), bit / 8 >= n);
            b[bit / 8] = 0;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor_stops_at_the_end),
        cmocka_unit_test(lv_needs_all_its_bytes),
        cmocka_unit_test(a_put_that_does_not_fit_changes_nothing),
        cmocka_unit_test(hex_reads_what_it_writes_and_names_the_place),
        cmocka_unit_test(tlv_length_forms),
        cmocka_unit_test(tlv_refuses),
        cmocka_unit_test(every_error_and_word_has_text),
        cmocka_unit_test(secrets_compare_and_vanish),
        cmocka_unit_test(every_character_has_one_utf8_form),
        cmocka_unit_test(utf8_is_refused_where_the_grammar_does),
        cmocka_unit_test(secrets_differ_in_any_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
