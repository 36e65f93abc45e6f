/*
 * Proves that the terminal reads SERAM Orders in both published spellings and
 * refuses what it cannot understand with the place, and that its Reports are
 * what the schema says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/report.h"

static int read_order(const char *text, struct term_order *out,
                      struct gp_why *why)
{
    *why = (struct gp_why){{0}};
    return term_order_read(text, strlen(text), out, why);
}

static void expect_order(const char *text)
{
    struct term_order o;
    struct gp_why why;

    assert_int_equal(read_order(text, &o, &why), GP_OK);
    assert_int_equal(o.seq, 7);
    assert_true(o.has_seq);
    assert_int_equal(o.delay, 100);
    assert_int_equal(o.group_count, 1);
    assert_int_equal(o.groups[0].count, 2);
    assert_true(o.groups[0].stops);
    assert_int_equal(o.groups[0].value, 0x9000);
    assert_int_equal(o.groups[0].mask, 0xF000);
    assert_int_equal(o.commands[0].n, 5);
    assert_memory_equal(o.commands[0].p, "\x00\xA4\x04\x00\x00", 5);
    assert_int_equal(o.commands[1].n, 7);
    assert_string_equal(o.notice, "hello");
    assert_true(o.stop);
    assert_false(o.refused);
    term_order_free(&o);
}

static void both_spellings(void **state)
{
    (void)state;
    expect_order("{\"delay\":100,\"orderSeq\":7,\"ramCommands\":["
                 "{\"ramCommandType\":\"ramStartCommand\"},"
                 "{\"ramCommandType\":\"seRamCommand\","
                 "\"listOfCAPDU\":[\"00A4040000\",\"00A40400023F00\"],"
                 "\"stopOnSW\":{\"value\":\"9000\",\"mask\":\"F000\"}},"
                 "{\"ramCommandType\":\"notificationCommand\","
                 "\"deviceAppNotification\":\"hello\"},"
                 "{\"ramCommandType\":\"ramStopCommand\"}]}");
    expect_order("{\"delay\":100,\"orderSeq\":7,\"unknown\":[],"
                 "\"ramCommands\":[{\"type\":\"startCommand\"},"
                 "{\"type\":\"seRam\","
                 "\"listOfCAPDU\":[\"00a4040000\",\"00a40400023f00\"],"
                 "\"stopOnSW\":{\"value\":\"9000\",\"mask\":\"f000\"}},"
                 "{\"type\":\"notification\",\"text\":\"hello\"},"
                 "{\"type\":\"stopCommand\"}]}");
}

static void a_refusal_has_words(void **state)
{
    struct term_order o;
    struct gp_why why;

    (void)state;
    assert_int_equal(
        read_order("{\"ramCommands\":[{\"ramCommandType\":\"ramStopCommand\","
                   "\"error\":\"no\"}]}",
                   &o, &why),
        GP_OK);
    assert_true(o.stop && o.refused && !o.has_seq);
    assert_string_equal(o.error, "no");
    term_order_free(&o);
}

static void an_empty_order_waits(void **state)
{
    struct term_order o;
    struct gp_why why;

    (void)state;
    assert_int_equal(read_order("{\"delay\":99999999}", &o, &why), GP_OK);
    assert_int_equal(o.delay, TERM_DELAY_MAX);
    assert_false(o.stop);
    assert_int_equal(o.command_count, 0);
    term_order_free(&o);
}

static void wrong_orders(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{",
        "{} {}",
        "{\"delay\":-1}",
        "{\"delay\":\"1\"}",
        "{\"orderSeq\":1.5}",
        "{\"delay\":1,\"delay\":2}",
        "{\"ramCommands\":{}}",
        "{\"ramCommands\":[1]}",
        "{\"ramCommands\":[{\"ramCommandType\":\"other\"}]}",
        "{\"ramCommands\":[{\"ramCommandType\":\"seRamCommand\"}]}",
        "{\"ramCommands\":[{\"type\":\"seRam\",\"listOfCAPDU\":[\"00A404\"]}]}",
        /* the letter O, as in the published example */
        "{\"ramCommands\":[{\"type\":\"seRam\",\"listOfCAPDU\":[\"O0A40400\"]}"
        "]}",
        "{\"ramCommands\":[{\"type\":\"seRam\",\"listOfCAPDU\":[7]}]}",
        "{\"ramCommands\":[{\"type\":\"seRam\",\"listOfCAPDU\":[],"
        "\"stopOnSW\":{\"value\":\"9000\"}}]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct term_order o;
        struct gp_why why;
        assert_int_equal(read_order(wrong[i], &o, &why), GP_ERR_PROTOCOL);
        assert_string_not_equal(why.text, "");
        assert_null(o.memory);
    }
}

/* One command more than an Order may have. */
static void too_many(void **state)
{
    struct term_order o;
    struct gp_why why;
    json_t *list = json_array();

    (void)state;
    for (int i = 0; i <= TERM_COMMANDS_MAX; i++)
        json_array_append_new(list, json_string("00A40400"));
    json_t *all = json_pack("{s:[{s:s, s:o}]}", "ramCommands", "type", "seRam",
                            "listOfCAPDU", list);
    char *text = json_dumps(all, 0);
    assert_int_equal(read_order(text, &o, &why), GP_ERR_PROTOCOL);
    free(text);
    json_array_remove(list, 0);
    text = json_dumps(all, 0);
    assert_int_equal(read_order(text, &o, &why), GP_OK);
    assert_int_equal(o.command_count, TERM_COMMANDS_MAX);
    term_order_free(&o);
    free(text);
    json_decref(all);
}

static void reports(void **state)
{
    static const uint8_t one[] = {0x6A, 0x82};
    static const uint8_t two[] = {0x01, 0x90, 0x00};
    const struct term_report r = {
        .status = TERM_FAILURE,
        .seq = 3,
        .card_reset = true,
        .error = "gone",
        .executed = 1,
        .group_count = 2,
        .counts = {1, 1},
        .answer_count = 2,
        .answers = {{one, sizeof one}, {two, sizeof two}},
    };
    char *text = term_report_write(&r);

    (void)state;
    assert_string_equal(
        text, "{\"localAgentStatus\":{\"localAgentStatusEnum\":"
              "\"UNKNOWN_FAILURE\",\"executedSeRamCommands\":1,"
              "\"errorMsg\":\"gone\"},\"orderSeq\":3,\"cardReset\":true,"
              "\"ramResponses\":[{\"ramResponseType\":\"seRamResponse\","
              "\"listOfRAPDU\":[\"6A82\"]},{\"ramResponseType\":"
              "\"seRamResponse\",\"listOfRAPDU\":[\"019000\"]}]}");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_spellings),
        cmocka_unit_test(a_refusal_has_words),
        cmocka_unit_test(an_empty_order_waits),
        cmocka_unit_test(wrong_orders),
        cmocka_unit_test(too_many),
        cmocka_unit_test(reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
