/*
 * Proves how `postcard script` and --expect compare: digit by digit, X for any
 * one, never a longer or shorter response.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/exchange.h"

static void valid_patterns(void **state)
{
    (void)state;
    assert_true(cli_pattern_valid("9000"));
    assert_true(cli_pattern_valid("6Xxx"));
    assert_false(cli_pattern_valid(""));
    assert_false(cli_pattern_valid("900"));
    assert_false(cli_pattern_valid("90G0"));
    assert_false(cli_pattern_valid("9000\n"));
}

static void matching(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x6A, 0x88};
    const struct span s = span_of(bytes, sizeof bytes);
    assert_true(cli_pattern_matches("6A88", s));
    assert_true(cli_pattern_matches("6a88", s));
    assert_true(cli_pattern_matches("X", span_of(bytes, 0)) == false);
    assert_true(cli_pattern_matches("6XX8", s));
    assert_true(cli_pattern_matches("XXXX", s));
    assert_false(cli_pattern_matches("6A89", s));
    assert_false(cli_pattern_matches("7A88", s));
    assert_false(cli_pattern_matches("6A8", s));
    assert_false(cli_pattern_matches("6A8800", s));
    assert_false(cli_pattern_matches("", s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_patterns),
        cmocka_unit_test(matching),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
