/*
 * Proves the natives of Util, JCint, AID and APDUUtil: results, the order and
 * kind of their exceptions, the firewall on array arguments, and that an
 * error changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "native_calls.h"
#include "natives/natives.h"

/* ---- Util ---- */

static void test_copy(void **state)
{
    static vm_native *const copies[] = {native_util_copy, native_util_copy_raw};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        returns(copies[i], CELLS(applet.array, 2, applet.transient, 1, 3), 4);
        assert_memory_equal(body(applet.transient), "\0\2\3\4\0", 5);
        returns(copies[i], CELLS(applet.array, SIZE, applet.transient, SIZE, 0),
                SIZE);
        throws(copies[i], CELLS(0, 0, applet.transient, 0, 1), NULL_POINTER, 0);
        throws(copies[i], CELLS(applet.array, 0, 0, 0, 1), NULL_POINTER, 0);
        throws(copies[i], CELLS(applet.array, 0, applet.foreign, 0, 1),
               SECURITY, 0);
        throws(copies[i], CELLS(applet.foreign, 0, applet.array, 0, 1),
               SECURITY, 0);
        throws(copies[i], CELLS(applet.array, 0xFFFF, applet.transient, 0, 1),
               BOUNDS, 0);
        throws(copies[i], CELLS(applet.array, 0, applet.transient, 0, 0xFFFF),
               BOUNDS, 0);
        throws(copies[i], CELLS(applet.array, 0, applet.transient, SIZE - 1, 2),
               BOUNDS, 0);
        throws(copies[i], CELLS(applet.array, SIZE - 1, applet.transient, 0, 2),
               BOUNDS, 0);
        throws(copies[i],
               CELLS(applet.array, 32767, applet.transient, 0, 32767), BOUNDS,
               0);
        assert_memory_equal(body(applet.transient), "\0\2\3\4\0", 5);
    }
}

/*
 * Of two arrays, null of either comes before the firewall, and that before any
 * index; so the reference simulator of 2.2.2 has it.
 */
static void test_two_arrays(void **state)
{
    static vm_native *const both[] = {native_util_copy, native_util_copy_raw,
                                      native_util_compare};
    const uint16_t own = applet.array, foreign = applet.foreign, bad = 0xFFFF;

    (void)state;
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        throws(both[i], CELLS(own, 0, 0, 0, bad), NULL_POINTER, 0);
        throws(both[i], CELLS(own, SIZE + 1, 0, 0, 1), NULL_POINTER, 0);
        throws(both[i], CELLS(0, 0, own, bad, 1), NULL_POINTER, 0);
        throws(both[i], CELLS(foreign, 0, 0, 0, 1), NULL_POINTER, 0);
        throws(both[i], CELLS(0, 0, foreign, 0, 1), NULL_POINTER, 0);
        throws(both[i], CELLS(own, bad, foreign, 0, 1), SECURITY, 0);
        throws(both[i], CELLS(foreign, 0, own, bad, 1), SECURITY, 0);
    }
}

static void test_copy_within_an_array(void **state)
{
    (void)state;
    returns(native_util_copy, CELLS(applet.array, 0, applet.array, 1, 4), 5);
    assert_memory_equal(body(applet.array), "\0\0\1\2\3\5", 6);
    returns(native_util_copy, CELLS(applet.array, 2, applet.array, 0, 4), 4);
    assert_memory_equal(body(applet.array), "\1\2\3\5\3\5", 6);
    returns(native_util_copy_raw, CELLS(applet.array, 0, applet.array, 2, 4),
            6);
    assert_memory_equal(body(applet.array), "\1\2\1\2\3\5\6", 7);
    returns(native_util_copy_raw, CELLS(applet.array, 0, applet.array, 0, SIZE),
            SIZE);
    assert_memory_equal(body(applet.array), "\1\2\1\2\3\5\6", 7);
}

static void test_global_array_is_everyones(void **state)
{
    ref_t global = bytes_of(HEAP_CLEAR_ON_RESET | HEAP_GLOBAL_ARRAY, 0, SIZE);

    (void)state;
    returns(native_util_copy, CELLS(applet.array, 1, global, 0, 2), 2);
    assert_memory_equal(body(global), "\1\2", 2);
}

static void test_only_byte_arrays(void **state)
{
    ref_t shorts =
        bench_new(HEAP_SHORT_ARRAY, 0, CONTEXT, applet.owner, 0, 0, SIZE);
    ref_t booleans =
        bench_new(HEAP_BOOLEAN_ARRAY, 0, CONTEXT, applet.owner, 0, 0, SIZE);

    (void)state;
    throws(native_util_copy, CELLS(shorts, 0, applet.array, 0, 1), SECURITY, 0);
    throws(native_util_copy, CELLS(applet.array, 0, shorts, 0, 1), SECURITY, 0);
    returns(native_util_copy, CELLS(booleans, 0, applet.array, 0, 1), 1);
}

static void test_copy_joins_a_transaction(void **state)
{
    (void)state;
    does(native_system_begin, CELLS(0));
    returns(native_util_copy, CELLS(applet.array, 9, applet.array, 0, 3), 3);
    returns(native_util_fill, CELLS(applet.array, 3, 2, 0xEE), 5);
    returns(native_util_set_short, CELLS(applet.array, 5, 0x1234), 7);
    assert_memory_equal(body(applet.array), "\x9\xA\xB\xEE\xEE\x12\x34", 7);
    does(native_system_abort, CELLS(0));
    assert_memory_equal(body(applet.array), "\0\1\2\3\4\5\6", 7);
}

static void test_too_much_for_the_log(void **state)
{
    ref_t large = bytes_of(0, CONTEXT, 20000);
    ref_t source = bytes_of(HEAP_CLEAR_ON_RESET, CONTEXT, 20000);
    struct heap_view v;

    (void)state;
    assert_true(heap_get(&bench.heap, source, &v));
    memset(v.ram, 7, 20000);
    throws(native_util_copy, CELLS(source, 0, large, 0, 20000), TRANSACTION, 3);
    throws(native_util_fill, CELLS(large, 0, 20000, 7), TRANSACTION, 3);
    assert_int_equal(body(large)[0], 0);
    assert_int_equal(body(large)[19999], 0);
    returns(native_util_copy_raw, CELLS(source, 0, large, 0, 20000), 20000);
    assert_int_equal(body(large)[19999], 7);
    returns(native_util_fill_raw, CELLS(large, 1, 19998, 8), 19999);
    assert_int_equal(body(large)[0], 7);
    assert_int_equal(body(large)[1], 8);
    assert_int_equal(body(large)[19998], 8);
    assert_int_equal(body(large)[19999], 7);
}

static void test_fill(void **state)
{
    (void)state;
    returns(native_util_fill, CELLS(applet.transient, 1, 2, 0x1AA), 3);
    assert_memory_equal(body(applet.transient), "\0\xAA\xAA\0", 4);
    returns(native_util_fill_raw, CELLS(applet.array, SIZE, 0, 1), SIZE);
    throws(native_util_fill, CELLS(applet.array, SIZE, 1, 1), BOUNDS, 0);
    throws(native_util_fill_raw, CELLS(applet.array, 0, 0xFFFF, 1), BOUNDS, 0);
}

static void test_compare(void **state)
{
    (void)state;
    returns(native_util_compare, CELLS(applet.array, 0, applet.transient, 0, 1),
            0);
    returns(native_util_compare, CELLS(applet.array, 0, applet.transient, 0, 2),
            1);
    returns(native_util_compare, CELLS(applet.transient, 0, applet.array, 0, 2),
            0xFFFF);
    returns(native_util_fill, CELLS(applet.transient, 0, 1, 0x80), 1);
    returns(native_util_compare, CELLS(applet.transient, 0, applet.array, 0, 1),
            0xFFFF);
    returns(native_util_compare, CELLS(applet.array, 1, applet.array, 2, 0), 0);
    throws(native_util_compare,
           CELLS(applet.array, 0, applet.transient, SIZE, 1), BOUNDS, 0);
}

static void test_shorts(void **state)
{
    (void)state;
    returns(native_util_make_short, CELLS(0xFF12, 0xFF34), 0x1234);
    returns(native_util_get_short, CELLS(applet.array, 3), 0x0304);
    returns(native_util_get_short, CELLS(applet.array, SIZE - 2), 0x3E3F);
    throws(native_util_get_short, CELLS(applet.array, SIZE - 1), BOUNDS, 0);
    returns(native_util_set_short, CELLS(applet.array, 1, 0xABCD), 3);
    assert_memory_equal(body(applet.array), "\0\xAB\xCD\3", 4);
    throws(native_util_set_short, CELLS(applet.array, SIZE - 1, 1), BOUNDS, 0);
    throws(native_util_set_short, CELLS(applet.array, 0xFFFF, 1), BOUNDS, 0);
}

static void test_ints(void **state)
{
    (void)state;
    returns(native_int_of_bytes, CELLS(0xFF12, 0x34, 0x56, 0x78), 0x12345678);
    returns(native_int_of_shorts, CELLS(0x8000, 0x0001), 0x80000001);
    returns(native_int_get, CELLS(applet.array, 1), 0x01020304);
    throws(native_int_get, CELLS(applet.array, SIZE - 3), BOUNDS, 0);
    returns(native_int_set, CELLS(applet.array, 0, 0xDEAD, 0xBEEF), 4);
    assert_memory_equal(body(applet.array), "\xDE\xAD\xBE\xEF\4", 5);
}

/* ---- AID ---- */

static void test_aid_lengths(void **state)
{
    struct vm_class c = vm_api_class("javacard/framework/AID");
    ref_t aid = bench_new(HEAP_OBJECT, 0, CONTEXT, applet.owner, c.package,
                          c.offset, 9);

    (void)state;
    throws(native_aid_new, CELLS(aid, applet.array, 0, 4), SYSTEM, 1);
    throws(native_aid_new, CELLS(aid, applet.array, 0, 17), SYSTEM, 1);
    throws(native_aid_new, CELLS(aid, applet.array, SIZE - 4, 5), BOUNDS, 0);
    throws(native_aid_new, CELLS(aid, 0, 0, 5), NULL_POINTER, 0);
    throws(native_aid_new, CELLS(aid, applet.foreign, 0, 5), SECURITY, 0);
    does(native_aid_new, CELLS(aid, applet.array, 0, 16));
}

static void test_aid_comparisons(void **state)
{
    ref_t a = new_aid("\xA0\1\2\3\4\5", 6);
    ref_t b = new_aid("\xA0\1\2\3\4\6", 6);
    ref_t again = new_aid("\xA0\1\2\3\4\5", 6);

    (void)state;
    returns(native_object_equals, CELLS(a, again), 1);
    returns(native_object_equals, CELLS(a, b), 0);
    returns(native_object_equals, CELLS(a, 0), 0);
    returns(native_object_equals, CELLS(a, applet.array), 0);
    returns(native_object_equals, CELLS(applet.array, applet.array), 1);
    returns(native_aid_rid_equals, CELLS(a, b), 1);
    returns(native_aid_rid_equals, CELLS(a, 0), 0);
    returns(native_aid_equals_bytes, CELLS(a, applet.array, 0, 6), 1);
    returns(native_aid_equals_bytes, CELLS(a, applet.array, 0, 5), 0);
    returns(native_aid_equals_bytes, CELLS(a, 0, 0, 5), 0);
    throws(native_aid_equals_bytes, CELLS(a, applet.array, SIZE, 5), BOUNDS, 0);
    returns(native_aid_partial_equals, CELLS(b, applet.array, 0, 5), 1);
    returns(native_aid_partial_equals, CELLS(b, applet.array, 0, 6), 0);
    returns(native_aid_partial_equals, CELLS(a, applet.array, 0, 7), 0);
    returns(native_aid_partial_equals, CELLS(a, applet.array, 0, 0), 1);
}

static void test_aid_bytes(void **state)
{
    ref_t a = new_aid("\xA0\1\2\3\4\5", 6);

    (void)state;
    returns(native_aid_bytes, CELLS(a, applet.transient, 1), 6);
    assert_memory_equal(body(applet.transient), "\0\xA0\1\2\3\4\5\0", 8);
    throws(native_aid_bytes, CELLS(a, applet.transient, SIZE - 5), BOUNDS, 0);
    returns(native_aid_partial_bytes, CELLS(a, 4, applet.transient, 0, 0), 2);
    assert_memory_equal(body(applet.transient), "\4\5\1", 3);
    returns(native_aid_partial_bytes, CELLS(a, 1, applet.transient, 0, 1), 1);
    throws(native_aid_partial_bytes, CELLS(a, 1, applet.transient, 0, 6),
           BOUNDS, 0);
    throws(native_aid_partial_bytes, CELLS(a, 7, applet.transient, 0, 0),
           BOUNDS, 0);
    throws(native_aid_partial_bytes, CELLS(a, 0xFFFF, applet.transient, 0, 0),
           BOUNDS, 0);
}

/* ---- the table ---- */

/* Every entry is one of natives.def; the most used methods are there. */
static void test_table(void **state)
{
    unsigned count = 0;

    (void)state;
    for (uint16_t i = 0; i < api_method_count; i++)
        count += native_table[i] != NULL;
    assert_true(count > 120);
}

/* ---- class bytes [JCAPI APDU] ---- */

static void test_class_bytes(void **state)
{
    static const struct {
        uint8_t cla, channel, secure, chained, iso, valid;
    } rows[] = {
        {0x00, 0, 0, 0, 1, 1}, {0x03, 3, 0, 0, 1, 1},  {0x0C, 0, 1, 0, 1, 1},
        {0x14, 0, 1, 1, 1, 1}, {0x20, 0, 0, 0, 1, 0},  {0x3F, 0, 0, 0, 1, 0},
        {0x40, 4, 0, 0, 1, 1}, {0x6F, 19, 1, 0, 1, 1}, {0x55, 9, 0, 1, 1, 1},
        {0x81, 1, 0, 0, 0, 1}, {0x84, 0, 1, 0, 0, 1},  {0xC2, 6, 0, 0, 0, 1},
        {0xFF, 0, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint16_t cla = rows[i].cla;
        returns(native_apduutil_channel, CELLS(cla), rows[i].channel);
        returns(native_apduutil_is_secure, CELLS(cla), rows[i].secure);
        returns(native_apduutil_is_chaining, CELLS(cla), rows[i].chained);
        returns(native_apduutil_is_interindustry, CELLS(cla), rows[i].iso);
        returns(native_apduutil_is_valid, CELLS(cla), rows[i].valid);
    }
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, native_calls_setup,                     \
                                    native_calls_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_copy),
        TEST(test_two_arrays),
        TEST(test_copy_within_an_array),
        TEST(test_global_array_is_everyones),
        TEST(test_only_byte_arrays),
        TEST(test_copy_joins_a_transaction),
        TEST(test_too_much_for_the_log),
        TEST(test_fill),
        TEST(test_compare),
        TEST(test_shorts),
        TEST(test_ints),
        TEST(test_aid_lengths),
        TEST(test_aid_comparisons),
        TEST(test_aid_bytes),
        TEST(test_table),
        TEST(test_class_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
