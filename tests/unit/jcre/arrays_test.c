/*
 * Proves of each native that takes an array in which order it refuses: null,
 * what the firewall or the array's kind forbids, then indices; and that it
 * changes nothing then.  [JCAPI] leaves the order open; null before the
 * firewall and that before the work is the order of instructions [JCRE 6.2.8].
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "native_calls.h"
#include "natives/natives.h"

enum { CELLS_MAX = 6, NONE = 0xFF };

/* Where in a call that is right array, offset and length stand. */
struct row {
    const char *name;
    vm_native *native;
    uint16_t cells[CELLS_MAX];
    uint8_t count;
    uint8_t array, offset, length;
    bool null_is_no; /* it answers false to null */
    enum { BYTES, SHORTS } kind;
};

static ref_t pin, aid, shorts, source;

/* A cell that holds one of these objects. */
enum { ARRAY = 0xF001, OTHER, PIN, AID, SHORT_ARRAY, SOURCE };

static const struct row rows[] = {
    {"copy",
     native_util_copy,
     {ARRAY, 0, OTHER, 0, 4},
     5,
     0,
     1,
     4,
     false,
     BYTES},
    {"copy",
     native_util_copy,
     {OTHER, 0, ARRAY, 0, 4},
     5,
     2,
     3,
     4,
     false,
     BYTES},
    {"copy_raw",
     native_util_copy_raw,
     {ARRAY, 0, OTHER, 0, 4},
     5,
     0,
     1,
     4,
     false,
     BYTES},
    {"copy_raw",
     native_util_copy_raw,
     {OTHER, 0, ARRAY, 0, 4},
     5,
     2,
     3,
     4,
     false,
     BYTES},
    {"compare",
     native_util_compare,
     {ARRAY, 0, OTHER, 0, 4},
     5,
     0,
     1,
     4,
     false,
     BYTES},
    {"compare",
     native_util_compare,
     {OTHER, 0, ARRAY, 0, 4},
     5,
     2,
     3,
     4,
     false,
     BYTES},
    {"fill", native_util_fill, {ARRAY, 0, 4, 7}, 4, 0, 1, 2, false, BYTES},
    {"fill_raw",
     native_util_fill_raw,
     {ARRAY, 0, 4, 7},
     4,
     0,
     1,
     2,
     false,
     BYTES},
    {"get_short",
     native_util_get_short,
     {ARRAY, 0},
     2,
     0,
     1,
     NONE,
     false,
     BYTES},
    {"set_short",
     native_util_set_short,
     {ARRAY, 0, 7},
     3,
     0,
     1,
     NONE,
     false,
     BYTES},
    {"int_get", native_int_get, {ARRAY, 0}, 2, 0, 1, NONE, false, BYTES},
    {"int_set", native_int_set, {ARRAY, 0, 7, 7}, 4, 0, 1, NONE, false, BYTES},
    {"aid_new", native_aid_new, {AID, ARRAY, 0, 5}, 4, 1, 2, 3, false, BYTES},
    {"aid_equals",
     native_aid_equals_bytes,
     {AID, ARRAY, 0, 5},
     4,
     1,
     2,
     3,
     true,
     BYTES},
    {"aid_partial_equals",
     native_aid_partial_equals,
     {AID, ARRAY, 0, 5},
     4,
     1,
     2,
     3,
     true,
     BYTES},
    {"aid_bytes",
     native_aid_bytes,
     {AID, ARRAY, 0},
     3,
     1,
     2,
     NONE,
     false,
     BYTES},
    {"aid_partial_bytes",
     native_aid_partial_bytes,
     {AID, 0, ARRAY, 0, 3},
     5,
     2,
     3,
     NONE,
     false,
     BYTES},
    {"lookup", native_system_lookup, {ARRAY, 0, 5}, 3, 0, 1, 2, false, BYTES},
    {"memory_bytes",
     native_system_memory_bytes,
     {ARRAY, 0, 0},
     3,
     0,
     1,
     NONE,
     false,
     BYTES},
    {"memory_shorts",
     native_system_memory_shorts,
     {SHORT_ARRAY, 0, 0},
     3,
     0,
     1,
     NONE,
     false,
     SHORTS},
    {"pin_check",
     native_pin_check,
     {PIN, ARRAY, 0, 4},
     4,
     1,
     2,
     3,
     false,
     BYTES},
    {"pin_update",
     native_pin_update,
     {PIN, ARRAY, 0, 4},
     4,
     1,
     2,
     3,
     false,
     BYTES},
    {"random",
     native_random_generate,
     {SOURCE, ARRAY, 0, 4},
     4,
     1,
     2,
     3,
     false,
     BYTES},
    {"random_seed",
     native_random_seed,
     {SOURCE, ARRAY, 0, 4},
     4,
     1,
     2,
     3,
     false,
     BYTES},
    {"register_as",
     native_applet_register_as,
     {0, ARRAY, 0, 5},
     4,
     1,
     2,
     3,
     false,
     BYTES},
};

static uint16_t resolved(uint16_t cell)
{
    switch (cell) {
    case ARRAY:
        return applet.array;
    case OTHER:
        return applet.transient;
    case PIN:
        return pin;
    case AID:
        return aid;
    case SHORT_ARRAY:
        return shorts;
    case SOURCE:
        return source;
    default:
        return cell;
    }
}

/* What the call throws with one or two cells changed; "" for nothing. */
static const char *thrown(const struct row *row, uint8_t cell, uint16_t value,
                          uint8_t second, uint16_t other)
{
    uint16_t cells[CELLS_MAX];

    for (uint8_t i = 0; i < row->count; i++)
        cells[i] = resolved(row->cells[i]);
    if (cell != NONE)
        cells[cell] = value;
    if (second != NONE)
        cells[second] = other;
    enum vm_native_result r =
        bench_call(row->native, CONTEXT, applet.owner, cells, row->count);
    return r == VM_NATIVE_THREW ? bench.vm.thrown : "";
}

static void expect(const struct row *row, const char *what, const char *got,
                   const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        fail_msg("%s, %s: '%s', not '%s'", row->name, what, got, wanted);
}

static void check_row(const struct row *row)
{
    const uint8_t a = row->array, at = row->offset, n = row->length;
    const uint16_t bad = 0xFFFF;
    const char *null = row->null_is_no ? "" : NULL_POINTER;
    ref_t other_kind = row->kind == BYTES ? shorts : applet.array;

    expect(row, "null", thrown(row, a, 0, NONE, 0), null);
    expect(row, "null, offset", thrown(row, a, 0, at, bad), null);
    expect(row, "foreign", thrown(row, a, applet.foreign, at, bad), SECURITY);
    expect(row, "kind", thrown(row, a, other_kind, at, bad), SECURITY);
    expect(row, "offset -1", thrown(row, at, bad, NONE, 0), BOUNDS);
    expect(row, "offset", thrown(row, at, SIZE - 1, NONE, 0), BOUNDS);
    expect(row, "greatest offset", thrown(row, at, 32767, NONE, 0), BOUNDS);
    if (n == NONE)
        return;
    expect(row, "null, length", thrown(row, a, 0, n, bad), null);
    expect(row, "foreign, length", thrown(row, a, applet.foreign, n, bad),
           SECURITY);
    expect(row, "length -1", thrown(row, n, bad, NONE, 0), BOUNDS);
    expect(row, "length", thrown(row, n, SIZE + 1, NONE, 0), BOUNDS);
    expect(row, "offset and length", thrown(row, at, 32767, n, 127), BOUNDS);
}

static void make_objects(void)
{
    struct vm_class c = vm_api_class("javacard/framework/OwnerPIN");
    uint16_t cells[3] = {0, 100, 127};

    aid = new_aid("\0\1\2\3\4", 5);
    pin = bench_new(HEAP_OBJECT, 0, CONTEXT, applet.owner, c.package, c.offset,
                    2);
    shorts = bench_new(HEAP_SHORT_ARRAY, 0, CONTEXT, applet.owner, 0, 0, SIZE);
    cells[0] = pin;
    does(native_pin_new, cells, 3);
    does(native_random_instance, CELLS(2));
    source = (ref_t)bench.vm.result;
}

static void test_every_array(void **state)
{
    uint8_t array[SIZE], transient[SIZE];

    (void)state;
    make_objects();
    memcpy(array, body(applet.array), SIZE);
    memcpy(transient, body(applet.transient), SIZE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_row(&rows[i]);
        assert_memory_equal(body(applet.array), array, SIZE);
        assert_memory_equal(body(applet.transient), transient, SIZE);
    }
}

/* With nothing wrong each of them works, but register() outside install(). */
static void test_every_call_that_is_right(void **state)
{
    (void)state;
    make_objects();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(&rows[i], "right", thrown(&rows[i], NONE, 0, NONE, 0),
               rows[i].native == native_applet_register_as ? SYSTEM : "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_array, native_calls_setup,
                                        native_calls_teardown),
        cmocka_unit_test_setup_teardown(test_every_call_that_is_right,
                                        native_calls_setup,
                                        native_calls_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
