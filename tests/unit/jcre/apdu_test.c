/*
 * Proves the APDU object's state machine: which call is allowed in which
 * state, what each refusal says, where header and data stand in the buffer,
 * and what reaches the response.  [JCAPI APDU] [JCRE 9.4]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jcre/apdu.h"

enum { RESPONSE_MAX = 40000 };

struct bench {
    struct jcre_apdu apdu;
    struct buf response;
    uint8_t bytes[RESPONSE_MAX];
    uint8_t data[APDU_NE_MAX];
};

static struct bench bench;

static struct io_command command(uint32_t nc, uint32_t ne, bool extended)
{
    struct io_command c = {0};

    for (size_t i = 0; i < sizeof bench.data; i++)
        bench.data[i] = (uint8_t)(i + 1);
    c.cla = 0x81;
    c.ins = 0x22;
    c.p1 = 0x33;
    c.p2 = 0x44;
    c.data = span_of(nc != 0 ? bench.data : NULL, nc);
    c.ne = ne;
    c.has_le = ne != 0;
    c.extended = extended;
    return c;
}

static struct jcre_apdu *begin(uint32_t nc, uint32_t ne, bool extended)
{
    struct io_command c = command(nc, ne, extended);

    bench.response = buf_of(bench.bytes, sizeof bench.bytes);
    jcre_apdu_begin(&bench.apdu, &c, extended, &bench.response, NULL, CARD_T1);
    return &bench.apdu;
}

/* ---- which call in which state ---- */

enum call {
    RECEIVE_FIRST,
    RECEIVE,
    ASK,
    OUTGOING,
    NO_CHAINING,
    LENGTH,
    SEND,
    SEND_FROM,
    AND_SEND,
    WAIT,
    CALLS,
};

/* What is done to the transfer, in place of a call. */
enum { FILL_UP = CALLS, NO_GETRESPONSE, NO_REISSUE };

/* 0 when it has gone as it should. */
static uint16_t break_off(struct jcre_apdu *a, unsigned how)
{
    switch (how) {
    case FILL_UP:
        bench.response.cap = bench.response.n + 1;
        return jcre_apdu_send(a, 0, 2) ^ APDU_IO_ERROR;
    case NO_GETRESPONSE:
        return jcre_apdu_refuse(a, IO_GET_RESPONSE) ^ APDU_NO_T0_GETRESPONSE;
    case NO_REISSUE:
        return jcre_apdu_refuse(a, IO_REISSUE) ^ APDU_NO_T0_REISSUE;
    default:
        return 0xFFFF;
    }
}

static uint16_t make(struct jcre_apdu *a, unsigned call)
{
    static const uint8_t two[2] = {0xA1, 0xA2};
    uint16_t n = 0;

    switch (call) {
    case RECEIVE_FIRST:
        return jcre_apdu_receive_first(a, &n);
    case RECEIVE:
        return jcre_apdu_receive(a, 5, &n);
    case ASK:
        return jcre_apdu_may_ask(a);
    case OUTGOING:
        return jcre_apdu_outgoing(a, false, &n);
    case NO_CHAINING:
        return jcre_apdu_outgoing(a, true, &n);
    case LENGTH:
        return jcre_apdu_outgoing_length(a, 4);
    case SEND:
        return jcre_apdu_send(a, 0, 2);
    case SEND_FROM:
        return jcre_apdu_send_from(a, two, 2);
    case AND_SEND:
        return jcre_apdu_outgoing_and_send(a, 0, 2);
    case WAIT:
        return jcre_apdu_wait(a);
    default:
        return break_off(a, call);
    }
}

struct row {
    const char *name;
    uint8_t before[4];
    uint8_t count;
    int8_t state;
    uint32_t nc;
    uint16_t reasons[CALLS];
};

/* columns as in enum call; U: ILLEGAL_USE; E: IO_ERROR */
#define U APDU_ILLEGAL_USE
#define E APDU_IO_ERROR
static const struct row rows[] = {
    {"initial", {0}, 0, APDU_INITIAL, 8, {0, U, U, 0, 0, U, U, U, 0, 0}},
    {"partial incoming",
     {RECEIVE_FIRST},
     1,
     APDU_PARTIAL_INCOMING,
     2000,
     {U, 0, 0, 0, 0, U, U, U, 0, 0}},
    {"full incoming",
     {RECEIVE_FIRST},
     1,
     APDU_FULL_INCOMING,
     8,
     {U, 0, 0, 0, 0, U, U, U, 0, 0}},
    {"no data",
     {RECEIVE_FIRST},
     1,
     APDU_FULL_INCOMING,
     0,
     {U, 0, 0, 0, 0, U, U, U, 0, 0}},
    {"rest received",
     {RECEIVE_FIRST, RECEIVE},
     2,
     APDU_FULL_INCOMING,
     2000,
     {U, 0, 0, 0, 0, U, U, U, 0, 0}},
    {"outgoing",
     {OUTGOING},
     1,
     APDU_OUTGOING,
     8,
     {U, U, U, U, U, 0, U, U, U, 0}},
    {"outgoing unchained",
     {NO_CHAINING},
     1,
     APDU_OUTGOING,
     8,
     {U, U, U, U, U, 0, U, U, U, U}},
    {"received, outgoing",
     {RECEIVE_FIRST, OUTGOING},
     2,
     APDU_OUTGOING,
     2000,
     {U, U, U, U, U, 0, U, U, U, 0}},
    {"length known",
     {OUTGOING, LENGTH},
     2,
     APDU_OUTGOING_LENGTH_KNOWN,
     8,
     {U, U, U, U, U, U, 0, 0, U, 0}},
    {"partly sent",
     {OUTGOING, LENGTH, SEND},
     3,
     APDU_PARTIAL_OUTGOING,
     8,
     {U, U, U, U, U, U, 0, 0, U, 0}},
    {"all sent",
     {OUTGOING, LENGTH, SEND, SEND_FROM},
     4,
     APDU_FULL_OUTGOING,
     8,
     {U, U, U, U, U, U, U, U, U, 0}},
    {"sent at once",
     {AND_SEND},
     1,
     APDU_FULL_OUTGOING,
     8,
     {U, U, U, U, U, U, U, U, U, 0}},
    {"no room",
     {OUTGOING, LENGTH, FILL_UP},
     3,
     APDU_ERROR_IO,
     8,
     {E, E, U, E, E, E, E, E, E, E}},
    {"no GET RESPONSE",
     {OUTGOING, LENGTH, SEND, NO_GETRESPONSE},
     4,
     APDU_ERROR_NO_T0_GETRESPONSE,
     8,
     {E, E, U, E, E, E, U, U, E, E}},
    {"not reissued",
     {OUTGOING, LENGTH, SEND, NO_REISSUE},
     4,
     APDU_ERROR_NO_T0_REISSUE,
     8,
     {E, E, U, E, E, E, U, U, E, E}},
};
#undef U
#undef E

static void check_cell(const struct row *row, enum call call)
{
    struct jcre_apdu *a = begin(row->nc, 0, row->nc > 255);

    for (uint8_t i = 0; i < row->count; i++)
        assert_int_equal(make(a, row->before[i]), 0);
    assert_int_equal(a->state, row->state);
    size_t had = bench.response.n;
    uint16_t reason = make(a, call);
    if (reason != row->reasons[call])
        fail_msg("%s, call %d: %d", row->name, (int)call, reason);
    if (reason == 0)
        return;
    assert_int_equal(a->state, row->state);
    assert_int_equal(bench.response.n, had);
}

static void test_every_call_in_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned call = 0; call < CALLS; call++)
            check_cell(&rows[i], (enum call)call);
    }
}

/* ---- the buffer ---- */

static void expect_buffer(const uint8_t *bytes, size_t n)
{
    assert_memory_equal(bench.apdu.buffer, bytes, n);
    for (size_t i = n; i < CARD_APDU_BUFFER; i++)
        assert_int_equal(bench.apdu.buffer[i], 0);
}

static void test_header_of_every_case(void **state)
{
    static const uint8_t case1[] = {0x81, 0x22, 0x33, 0x44, 0};
    static const uint8_t case2[] = {0x81, 0x22, 0x33, 0x44, 9};
    static const uint8_t case3[] = {0x81, 0x22, 0x33, 0x44, 8};
    static const uint8_t case2e[] = {0x81, 0x22, 0x33, 0x44, 0, 1, 2};
    static const uint8_t case4e[] = {0x81, 0x22, 0x33, 0x44, 0, 3, 4};

    (void)state;
    memset(&bench.apdu, 0xEE, sizeof bench.apdu);
    begin(0, 0, false);
    expect_buffer(case1, sizeof case1);
    begin(0, 9, false);
    expect_buffer(case2, sizeof case2);
    begin(0, 256, false);
    expect_buffer(case1, sizeof case1);
    begin(8, 9, false);
    expect_buffer(case3, sizeof case3);
    begin(0, 0x102, true);
    expect_buffer(case2e, sizeof case2e);
    begin(0x304, 5, true);
    expect_buffer(case4e, sizeof case4e);
}

static void test_short_data_are_received_at_5(void **state)
{
    struct jcre_apdu *a = begin(255, 0, false);
    uint16_t n = 0;

    (void)state;
    assert_int_equal(jcre_apdu_receive_first(a, &n), 0);
    assert_int_equal(n, 255);
    assert_int_equal(jcre_apdu_offset(a), 5);
    assert_int_equal(a->nc, 255);
    assert_memory_equal(a->buffer + 5, bench.data, 255);
    assert_int_equal(jcre_apdu_receive(a, 0, &n), 0);
    assert_int_equal(n, 0);
}

static void test_long_data_come_in_parts(void **state)
{
    struct jcre_apdu *a = begin(5000, 0, true);
    uint16_t n = 0;
    size_t got = 0;

    (void)state;
    assert_int_equal(jcre_apdu_receive_first(a, &n), 0);
    assert_int_equal(n, CARD_APDU_BUFFER - 7);
    assert_memory_equal(a->buffer + 7, bench.data, n);
    while (n != 0) {
        got += n;
        assert_int_equal(jcre_apdu_receive(a, 100, &n), 0);
        assert_memory_equal(a->buffer + 100, bench.data + got, n);
    }
    assert_int_equal(got, 5000);
    assert_int_equal(a->state, APDU_FULL_INCOMING);
}

static void test_receive_needs_room_for_a_block(void **state)
{
    struct jcre_apdu *a = begin(5000, 0, true);
    uint16_t n = 0;

    (void)state;
    assert_int_equal(jcre_apdu_receive_first(a, &n), 0);
    assert_int_equal(jcre_apdu_receive(a, -1, &n), APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_receive(a, CARD_APDU_BUFFER - APDU_IFSC + 1, &n),
                     APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_receive(a, CARD_APDU_BUFFER - APDU_IFSC, &n), 0);
    assert_int_equal(n, APDU_IFSC);
}

/* ---- going out ---- */

static void test_expected_length(void **state)
{
    static const struct {
        uint32_t ne;
        bool extended;
        uint16_t expected;
    } cases[] = {{0, false, 0},        {1, false, 1},
                 {256, false, 256},    {300, true, 300},
                 {32767, true, 32767}, {32768, true, 32767},
                 {65536, true, 32767}};
    uint16_t ne = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct jcre_apdu *a = begin(0, cases[i].ne, cases[i].extended);
        assert_int_equal(jcre_apdu_outgoing(a, false, &ne), 0);
        assert_int_equal(ne, cases[i].expected);
    }
}

static void test_lengths_that_are_bad(void **state)
{
    uint16_t ne = 0;
    struct jcre_apdu *a = begin(0, 0, false);

    (void)state;
    assert_int_equal(jcre_apdu_outgoing(a, false, &ne), 0);
    assert_int_equal(jcre_apdu_outgoing_length(a, -1), APDU_BAD_LENGTH);
    assert_int_equal(jcre_apdu_outgoing_length(a, 257), APDU_BAD_LENGTH);
    assert_int_equal(a->state, APDU_OUTGOING);
    assert_int_equal(jcre_apdu_outgoing_length(a, 256), 0);
    a = begin(0, 0, true);
    assert_int_equal(jcre_apdu_outgoing(a, false, &ne), 0);
    assert_int_equal(jcre_apdu_outgoing_length(a, 32767), 0);
    a = begin(0, 0, true);
    assert_int_equal(jcre_apdu_outgoing(a, true, &ne), 0);
    assert_int_equal(jcre_apdu_outgoing_length(a, APDU_IFSD - 1),
                     APDU_BAD_LENGTH);
    assert_int_equal(jcre_apdu_outgoing_length(a, APDU_IFSD - 2), 0);
}

static void test_send_outside_the_buffer(void **state)
{
    struct jcre_apdu *a = begin(0, 0, true);
    uint16_t ne = 0;

    (void)state;
    assert_int_equal(jcre_apdu_outgoing_and_send(a, -1, 2), APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_outgoing_and_send(a, 0, -1), APDU_BAD_LENGTH);
    assert_int_equal(jcre_apdu_outgoing_and_send(a, CARD_APDU_BUFFER, 1),
                     APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_outgoing(a, false, &ne), 0);
    assert_int_equal(jcre_apdu_outgoing_length(a, 32767), 0);
    assert_int_equal(jcre_apdu_send(a, -1, 2), APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_send(a, 2, -1), APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_send(a, CARD_APDU_BUFFER - 1, 2),
                     APDU_BUFFER_BOUNDS);
    assert_int_equal(jcre_apdu_send(a, 32767, 32767), APDU_BUFFER_BOUNDS);
    assert_int_equal(bench.response.n, 0);
    assert_int_equal(jcre_apdu_send(a, CARD_APDU_BUFFER - 1, 1), 0);
}

static void test_more_than_announced(void **state)
{
    struct jcre_apdu *a = begin(0, 0, false);

    (void)state;
    assert_int_equal(make(a, OUTGOING), 0);
    assert_int_equal(make(a, LENGTH), 0);
    assert_int_equal(jcre_apdu_send(a, 0, 5), APDU_ILLEGAL_USE);
    assert_int_equal(jcre_apdu_send(a, 0, 3), 0);
    assert_int_equal(jcre_apdu_send(a, 0, 2), APDU_ILLEGAL_USE);
    assert_int_equal(jcre_apdu_send(a, 0, 1), 0);
    assert_int_equal(jcre_apdu_send(a, 0, 0), 0);
    assert_int_equal(bench.response.n, 4);
}

static void test_short_answer_with_and_without_chaining(void **state)
{
    static const uint8_t filled[] = {0x81, 0x22, 0, 0};

    (void)state;
    make(begin(0, 0, false), OUTGOING);
    make(&bench.apdu, LENGTH);
    make(&bench.apdu, SEND);
    jcre_apdu_end(&bench.apdu, false);
    assert_int_equal(bench.response.n, 2);
    make(begin(0, 0, false), NO_CHAINING);
    make(&bench.apdu, LENGTH);
    make(&bench.apdu, SEND);
    jcre_apdu_end(&bench.apdu, false);
    assert_int_equal(bench.response.n, 4);
    assert_memory_equal(bench.response.p, filled, 4);
}

static void test_what_an_exception_leaves(void **state)
{
    (void)state;
    make(begin(0, 0, false), AND_SEND);
    jcre_apdu_end(&bench.apdu, true);
    assert_int_equal(bench.response.n, 2);
    make(begin(0, 0, false), OUTGOING);
    make(&bench.apdu, LENGTH);
    make(&bench.apdu, SEND);
    jcre_apdu_end(&bench.apdu, true);
    assert_int_equal(bench.response.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_call_in_every_state),
        cmocka_unit_test(test_header_of_every_case),
        cmocka_unit_test(test_short_data_are_received_at_5),
        cmocka_unit_test(test_long_data_come_in_parts),
        cmocka_unit_test(test_receive_needs_room_for_a_block),
        cmocka_unit_test(test_expected_length),
        cmocka_unit_test(test_lengths_that_are_bad),
        cmocka_unit_test(test_send_outside_the_buffer),
        cmocka_unit_test(test_more_than_announced),
        cmocka_unit_test(test_short_answer_with_and_without_chaining),
        cmocka_unit_test(test_what_an_exception_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
