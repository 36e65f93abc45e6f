/*
 * Proves that an applet need not know of exchanges in the middle of its
 * command: GET RESPONSE, ENVELOPE and wrong lengths of T=0, another command in
 * their place, a copy of the card, objects that should move, and little memory
 * for what has to wait.  [JCAPI APDU] [JCRE 9.4]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "root.h"
#include "tests/apdu/probe.h"

/* ---- T=0: further exchanges that the applet does not see ---- */

static void test_t0_outgoing(void **state)
{
    static const char four[] = "outgoing length:4 send:0,2 send:2,2 state";
    static const struct probe_row rows[] = {
        /* case 2: as many as expected, fewer, more */
        {four, "4 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000004", "80200000 9000"}}},
        {four, "16 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000010", "6C04"},
                       {"8020000004", "80200000 9000"}}},
        {four, "3 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000003", "802000 6101"},
                       {"00C0000001", "00 9000"}}},
        /* case 4; wrong lengths of GET RESPONSE */
        {four, "256 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00C0000004", "80200000 9000"}}},
        {four, "256 0 0 0 6", CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00C0000005", "6C04"},
                       {"00C0000001", "80 6103"},
                       {"00C0000001", "20 6102"},
                       {"00C0000002", "0000 9000"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_t0_long(void **state)
{
    static const struct probe_row rows[] = {
        {"outgoing length:600 sendLong:0,300 sendLong:0,300", "32767 0 0 0",
         CARD_T0, true,
         .exchanges = {{"8020000000", "*256 6100"},
                       {"00C0000000", "*256 6158"},
                       {"00C0000058", "*88 9000"}}},
        {"outgoing length:600 sendLong:0,300 sendLong:0,300 throw:0x6283", NULL,
         CARD_T0, true,
         .exchanges = {{"8020000001AA", "6100"},
                       {"00C0000000", "*256 6100"},
                       {"00C0000000", "*256 6158"},
                       {"00C0000058", "*88 6283"}}},
        /* a command of more than 255 bytes in ENVELOPEs */
        {"receive incoming offset outgoing length:2 send:0,2",
         "300 300 7 32767 0 0", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"00C2000036 *52 0000", "6102"},
                       {"00C0000002", "8020 9000"}}},
        {"receive", "300", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"00C2000034 *52", "9000"}}},
        /* just full: an empty one ends it; Le cut in two */
        {"receive", "248", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 0000F8 *248", "9000"},
                       {"00C20000", "9000"}}},
        {"receive", "247", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 0000F7 *247 00", "9000"},
                       {"00C2000001 00", "9000"}}},
        {"receive", "3", CARD_T0, true,
         .exchanges = {{"00C2000008 80200000 03 010203", "9000"}}},
        /* given up for another command; too short; nothing at all */
        {"receive", "0", CARD_T0, true,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"80200000", "9000"},
                       {"00C2000034 *52", "9000"},
                       {"00C20000", "6700"},
                       {"00C20000", "6700"}}},
        {"receive", NULL, CARD_T0, false,
         .exchanges = {{"00C20000FF 80200000 00012C *248", "9000"},
                       {"00C2000034 *52", "6700"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

static void test_t0_other_command(void **state)
{
    static const char script[] =
        "outgoing length:4 send:0,2 state send:0,2 sendLong:0,2 andSend:0,2 "
        "length:1 wait throw:0x6985";
    static const struct probe_row rows[] = {
        /* its status word goes, the new command is answered */
        {"outgoing length:4 send:0,2 state send:0,2 sendLong:0,2 outgoing "
         "receive length:1 wait",
         "256 0 !AA -1 !1 !1 !4 !4 !4 !4", CARD_T0,
         .exchanges = {{"8020000001AA", "6104"}}},
        {"outgoing length:4 send:0,2 state send:0,2", "16 0 !AC -4 !1", CARD_T0,
         .exchanges = {{"8020000010", "6C04"}}},
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00A4040006F00000006101", "9000"}}},
        /* another instruction, class, parameter, channel */
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000010", "6C04"},
                       {"8020000104", "80208020 6985"}}},
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"}, {"01C0000004", "6881"}}},
        {script, NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"}, {"8020", "6700"}}},
        /* a transaction that was open over the exchange is aborted with it */
        {"begin outgoing length:4 send:0,2 depth", NULL, CARD_T0,
         .exchanges = {{"8020000001AA", "6104"},
                       {"00C0000005", "6C04"},
                       {"00C0000004", "80200000 6F00"}}},
    };

    (void)state;
    PROBE_CHECK(rows);
}

/* A copy of a card whose applet waits goes on by itself. */
static void test_copy_while_waiting(void **state)
{
    static const struct probe_row row = {
        "outgoing length:4 send:0,2 send:2,2", NULL, CARD_T0,
        .exchanges = {{"8020000001AA", "6104"}}};
    static uint8_t io[CARD_APDU_MAX], response[300];
    static const uint8_t more[] = {0x00, 0xC0, 0x00, 0x00, 0x04};
    struct card_port port = probe_host.port;
    void *memory = malloc(card_size());

    (void)state;
    assert_non_null(memory);
    probe_check(&row);
    port.io = io;
    struct card *copy = card_fork(memory, card_size(), probe_host.card, &port);
    card_power_off(probe_host.card);
    assert_int_equal(
        card_transmit(copy, more, sizeof more, response, sizeof response), 6);
    assert_memory_equal(response, "\x80\x20\x00\x00\x90\x00", 6);
    card_power_off(copy);
    free(memory);
}

/* The place of an object that has a gap below it. */
static uint32_t make_gap(ref_t *above)
{
    const struct heap_header blob = {.kind = HEAP_BLOB, .length = 400};
    struct heap *heap = &probe_host.card->heap;
    ref_t below = 0;
    struct heap_view v;

    assert_int_equal(heap_new(heap, &blob, &below), ERR_OK);
    assert_int_equal(heap_new(heap, &blob, above), ERR_OK);
    assert_int_equal(heap_set_root(heap, HEAP_ROOT_COUNT - 1, *above), ERR_OK);
    assert_int_equal(heap_free(heap, below), ERR_OK);
    assert_true(heap_get(heap, *above, &v));
    return (uint32_t)(v.p - probe_host.faults.bytes);
}

static uint32_t place_of(ref_t ref)
{
    struct heap_view v;

    assert_true(heap_get(&probe_host.card->heap, ref, &v));
    return (uint32_t)(v.p - probe_host.faults.bytes);
}

static bool is_there(ref_t ref)
{
    struct heap_view v;

    return heap_get(&probe_host.card->heap, ref, &v);
}

/* An object that nothing refers to. */
static ref_t make_garbage(void)
{
    const struct heap_header blob = {.kind = HEAP_BLOB, .length = 40};
    ref_t ref = 0;

    assert_int_equal(heap_new(&probe_host.card->heap, &blob, &ref), ERR_OK);
    return ref;
}

/*
 * Objects that should move together stay where they are while an applet waits
 * in the middle of its command, whose machine knows places, and asks for more
 * time; they move when it has ended, whether it got its GET RESPONSE or another
 * command came.  What nobody refers to any more stays until then as well, also
 * when the applet has asked for its deletion.  [JCRE 3.3]
 */
static void test_nothing_moves_while_waiting(void **state)
{
    static const struct probe_row row = {
        "collect wait outgoing length:4 wait send:0,2 wait send:2,2 wait", NULL,
        CARD_T0, .exchanges = {{NULL, NULL}}};
    static const struct probe_exchange waits = {"8020000001AA", "6104"};
    static const struct probe_exchange ends[] = {
        {"00C0000004", "80200000 9000"}, {"0070000001", "01 9000"}};
    char *findings = NULL;
    ref_t object = 0;

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        probe_check(&row);
        uint32_t place = make_gap(&object);
        ref_t garbage = make_garbage();
        probe_host.card->heap.crowded = true;
        probe_expect(&row, &waits);
        assert_int_equal(place_of(object), place);
        assert_true(probe_host.card->heap.crowded);
        assert_true(is_there(garbage));
        probe_expect(&row, &ends[i]);
        assert_true(place_of(object) < place);
        assert_false(is_there(garbage));
        assert_int_equal(host_check(&probe_host, &findings), 0);
        free(findings);
        assert_int_equal(
            heap_set_root(&probe_host.card->heap, HEAP_ROOT_COUNT - 1, 0),
            ERR_OK);
        assert_int_equal(heap_free(&probe_host.card->heap, object), ERR_OK);
    }
}

/* ---- a microcontroller's memory [card/port.h, io] ---- */

/* One exchange with room for a short answer; the same texts as in rows. */
static void expect_short(const char *command, const char *answer)
{
    static uint8_t bytes[PROBE_BYTES], expected[PROBE_BYTES];
    uint8_t got[258];
    struct span c = probe_bytes(command, bytes);
    struct span e = probe_bytes(answer, expected);
    size_t n = card_transmit(probe_host.card, c.p, c.n, got, sizeof got);

    assert_int_equal(n, e.n);
    assert_memory_equal(got, expected, n);
}

static void use_memory(uint32_t size, enum card_protocol protocol)
{
    probe_host.port.io_size = size;
    card_set_protocol(probe_host.card, protocol);
    assert_int_equal(host_reset(&probe_host), CARD_OK);
}

/* Short commands, protected ones, and long answers piece by piece. */
static void test_small_memory(void **state)
{
    (void)state;
    memset(probe_host.io, 0xA5, CARD_APDU_MAX);
    use_memory(300, CARD_T1);
    assert_int_equal(host_open_session(&probe_host, 0x30, 0x33, NULL), SW_OK);
    assert_int_equal(host_hex(&probe_host, "80F24000024F0000"), SW_OK);
    scp_close(&probe_host.session);
    expect_short("00A4040006 F00000006102", "9000");
    probe_set_script("receive andSend:0,256");
    expect_short("80200000FF *255 00", "80200000FF *251 9000");
    expect_short("80200000FF *255 10", "80200000FF *11 61F0");
    expect_short("00C00000F0", "*240 9000");
    use_memory(300, CARD_T0);
    expect_short("00A4040006 F00000006102", "9000");
    probe_set_script(
        "outgoing length:768 sendLong:0,256 sendLong:0,256 sendLong:0,"
        "256");
    expect_short("8020000000", "*256 6100");
    expect_short("00C0000000", "*256 6100");
    expect_short("00C0000000", "*256 9000");
    /* what cannot be held while the terminal is asked is an I/O error */
    probe_set_script(
        "outgoing length:600 sendLong:0,600 state send:0,1 outgoing");
    expect_short("8020000000", "9000");
    use_memory(CARD_APDU_MAX, CARD_T1);
    for (size_t i = 300; i < CARD_APDU_MAX; i++)
        assert_int_equal(probe_host.io[i], 0xA5);
}

/* Without any memory lent, what is short and plain works. */
static void test_no_memory(void **state)
{
    (void)state;
    use_memory(0, CARD_T1);
    expect_short("80CA004200", "4203420001 9000");
    expect_short("00A4040006 F00000006101", "9000");
    probe_set_script("receive outgoing length:4 send:0,4");
    expect_short("8020000001 AA 00", "80200000 9000");
    expect_short("8020000001 AA 02", "6F00");
    use_memory(CARD_APDU_MAX, CARD_T1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_t0_outgoing),
        cmocka_unit_test(test_t0_long),
        cmocka_unit_test(test_t0_other_command),
        cmocka_unit_test(test_copy_while_waiting),
        cmocka_unit_test(test_nothing_moves_while_waiting),
        cmocka_unit_test(test_small_memory),
        cmocka_unit_test(test_no_memory),
    };

    if (argc != 2)
        return 2;
    probe_cap = argv[1];
    return cmocka_run_group_tests_name("waiting", tests, probe_open,
                                       probe_close);
}
