/*
 * Proves OwnerPIN against each of its rules, also when power is cut at every
 * program in every way: no path gives a try back; and that a damaged one is of
 * no use.  [JCAPI OwnerPIN] [JCRE 9.3]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_vm.h"
#include "jcre/native.h"
#include "natives/natives.h"
#include "ports/faults/faults.h"

enum { LIMIT = 3, MAX = 8, CONTEXT = 1 };

static uint16_t owner;
static ref_t pin;
static ref_t array; /* persistent, 32 bytes, of the owner */

static const uint8_t right[] = {1, 2, 3, 4};
static const uint8_t wrong[] = {1, 2, 3, 5};

/* The PIN is held by cell 0 of the applet, so that a reset keeps it. */
static void hold(ref_t target)
{
    struct jcre_instance info;
    uint8_t cell[2];

    assert_true(jcre_instance(&bench.jcre, owner, &info));
    set_u2(cell, target);
    assert_int_equal(
        heap_write(&bench.heap, info.object, 0, cell, 2, HEAP_ATOMIC), ERR_OK);
}

static enum vm_native_result construct(int limit, int max)
{
    struct vm_class c = vm_api_class("javacard/framework/OwnerPIN");
    uint16_t cells[3] = {0, (uint16_t)limit, (uint16_t)max};

    pin = bench_new(HEAP_OBJECT, 0, CONTEXT, owner, c.package, c.offset, 2);
    cells[0] = pin;
    return bench_call(native_pin_new, CONTEXT, owner, cells, 3);
}

static void put(const uint8_t *bytes, uint32_t n)
{
    assert_int_equal(heap_write(&bench.heap, array, 4, bytes, n, HEAP_RAW),
                     ERR_OK);
}

static enum vm_native_result with_array(vm_native *native, ref_t from, int at,
                                        int n)
{
    const uint16_t cells[4] = {pin, from, (uint16_t)at, (uint16_t)n};

    return bench_call(native, CONTEXT, owner, cells, 4);
}

static bool check(const uint8_t *bytes, uint32_t n)
{
    put(bytes, n);
    assert_int_equal(with_array(native_pin_check, array, 4, (int)n),
                     VM_NATIVE_DONE);
    return bench.vm.result != 0;
}

static void update(const uint8_t *bytes, uint32_t n)
{
    put(bytes, n);
    assert_int_equal(with_array(native_pin_update, array, 4, (int)n),
                     VM_NATIVE_DONE);
}

static uint32_t ask(vm_native *native)
{
    const uint16_t cells[1] = {pin};

    assert_int_equal(bench_call(native, CONTEXT, owner, cells, 1),
                     VM_NATIVE_DONE);
    return bench.vm.result;
}

static void tell(vm_native *native)
{
    const uint16_t cells[1] = {pin};

    assert_int_equal(bench_call(native, CONTEXT, owner, cells, 1),
                     VM_NATIVE_DONE);
}

static void expect(uint32_t tries, bool validated)
{
    assert_int_equal(ask(native_pin_tries), tries);
    assert_int_equal(ask(native_pin_is_validated), validated);
}

static int setup(void **state)
{
    (void)state;
    bench_open();
    owner = bench_install(CONTEXT, 0, 1);
    assert_int_equal(construct(LIMIT, MAX), VM_NATIVE_DONE);
    hold(pin);
    array = bench_new(HEAP_BYTE_ARRAY, 0, CONTEXT, owner, 0, 0, 32);
    update(right, sizeof right);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_close();
    return 0;
}

static void expect_thrown(const char *name, uint16_t reason)
{
    assert_string_equal(bench.vm.thrown, name);
    assert_int_equal(bench.vm.reason, reason);
}

static bool is_in_memory(const uint8_t *bytes, uint32_t n)
{
    for (uint32_t i = 0; i + n <= bench.medium->size; i++) {
        if (memcmp(bench.medium->bytes + i, bytes, n) == 0)
            return true;
    }
    return false;
}

/* Nothing of a PIN is left when it is garbage and has been collected. */
static void test_a_freed_pin_is_wiped(void **state)
{
    static const uint8_t secret[] = {0xD1, 0xE2, 0xF3, 0xC4, 0xB5, 0xA6};
    static const uint8_t zeros[sizeof secret];

    (void)state;
    update(secret, sizeof secret);
    put(zeros, sizeof zeros);
    assert_true(is_in_memory(secret, sizeof secret));
    hold(0);
    jcre_request_deletion(&bench.jcre);
    jcre_between_commands(&bench.jcre);
    assert_false(is_in_memory(secret, sizeof secret));
}

static void test_constructor(void **state)
{
    static const int bad[][2] = {{0, 4}, {-1, 4}, {3, 0}, {3, -1}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(construct(bad[i][0], bad[i][1]), VM_NATIVE_THREW);
        expect_thrown("javacard/framework/PINException", 1);
    }
    assert_int_equal(construct(127, 127), VM_NATIVE_DONE);
    expect(127, false);
}

/*
 * Before the first update() there is no PIN value that could match, not even
 * the empty one or as many zeros as fit; after an update() of length 0 the
 * empty one does.  [JCAPI PIN: "PIN value"]
 */
static void test_never_set(void **state)
{
    static const uint8_t zeros[MAX];

    (void)state;
    assert_int_equal(construct(LIMIT, MAX), VM_NATIVE_DONE);
    assert_false(check(zeros, 0));
    assert_false(check(zeros, MAX));
    expect(1, false);
    assert_int_equal(heap_begin(&bench.heap), ERR_OK);
    update(right, 0);
    assert_true(check(right, 0));
    assert_int_equal(heap_abort(&bench.heap), ERR_OK);
    assert_false(check(right, 0));
    update(right, 0);
    assert_true(check(right, 0));
}

static void test_right_and_wrong(void **state)
{
    (void)state;
    expect(LIMIT, false);
    assert_false(check(wrong, sizeof wrong));
    expect(2, false);
    assert_true(check(right, sizeof right));
    expect(LIMIT, true);
    assert_false(check(wrong, sizeof wrong));
    expect(2, false);
}

/* A prefix, a longer value and the padding are not the PIN. */
static void test_length_counts(void **state)
{
    static const uint8_t longer[] = {1, 2, 3, 4, 0, 0, 0, 0, 0};

    (void)state;
    assert_false(check(right, 3));
    assert_false(check(longer, 5));
    assert_true(check(right, 4));
    assert_false(check(longer, 9));
    assert_false(check(longer, 0));
}

static void test_blocking(void **state)
{
    (void)state;
    for (uint32_t left = LIMIT; left > 0; left--)
        assert_false(check(wrong, sizeof wrong));
    expect(0, false);
    assert_false(check(right, sizeof right));
    expect(0, false);
    tell(native_pin_reset);
    expect(0, false);
    tell(native_pin_unblock);
    expect(LIMIT, false);
    assert_true(check(right, sizeof right));
}

static void test_exceptions_cost_a_try(void **state)
{
    ref_t foreign = bench_new(HEAP_BYTE_ARRAY, 0, 2, 9, 0, 0, 32);

    (void)state;
    assert_true(check(right, sizeof right));
    assert_int_equal(with_array(native_pin_check, 0, 0, 4), VM_NATIVE_THREW);
    expect_thrown("java/lang/NullPointerException", 0);
    expect(2, false);
    assert_int_equal(with_array(native_pin_check, array, 29, 4),
                     VM_NATIVE_THREW);
    expect_thrown("java/lang/ArrayIndexOutOfBoundsException", 0);
    expect(1, false);
    assert_int_equal(with_array(native_pin_check, foreign, 0, 4),
                     VM_NATIVE_THREW);
    expect_thrown("java/lang/SecurityException", 0);
    expect(0, false);
    assert_int_equal(with_array(native_pin_check, array, 0, -1),
                     VM_NATIVE_THREW);
    expect(0, false);
}

static void test_reset_only_when_validated(void **state)
{
    (void)state;
    assert_false(check(wrong, sizeof wrong));
    tell(native_pin_reset);
    expect(2, false);
    assert_true(check(right, sizeof right));
    tell(native_pin_reset);
    expect(LIMIT, false);
}

static void test_update(void **state)
{
    static const uint8_t other[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};

    (void)state;
    assert_false(check(wrong, sizeof wrong));
    put(other, 9);
    assert_int_equal(with_array(native_pin_update, array, 4, 9),
                     VM_NATIVE_THREW);
    expect_thrown("javacard/framework/PINException", 1);
    /* before anything else, as the reference simulator of 2.2.2 has it */
    assert_int_equal(with_array(native_pin_update, 0, -1, 9), VM_NATIVE_THREW);
    expect_thrown("javacard/framework/PINException", 1);
    expect(2, false);
    assert_true(check(right, sizeof right));
    update(other, 8);
    expect(LIMIT, false);
    assert_false(check(right, sizeof right));
    assert_true(check(other, 8));
    update(other, 2);
    assert_false(check(other, 8));
    assert_true(check(other, 2));
}

static void test_validated_flag_is_lost_at_reset(void **state)
{
    (void)state;
    assert_false(check(wrong, sizeof wrong));
    assert_true(check(right, sizeof right));
    assert_int_equal(bench_reset(), ERR_OK);
    expect(LIMIT, false);
}

static void test_set_validated_flag(void **state)
{
    uint16_t cells[2] = {pin, 1};

    (void)state;
    bench_call(native_pin_set_validated, CONTEXT, owner, cells, 2);
    expect(LIMIT, true);
    cells[1] = 0;
    bench_call(native_pin_set_validated, CONTEXT, owner, cells, 2);
    expect(LIMIT, false);
}

static void test_abort_gives_no_try_back(void **state)
{
    (void)state;
    assert_int_equal(heap_begin(&bench.heap), ERR_OK);
    assert_false(check(wrong, sizeof wrong));
    assert_int_equal(heap_abort(&bench.heap), ERR_OK);
    expect(2, false);
    assert_int_equal(heap_begin(&bench.heap), ERR_OK);
    assert_true(check(right, sizeof right));
    assert_int_equal(heap_abort(&bench.heap), ERR_OK);
    expect(LIMIT, true);
}

static void test_update_takes_part_in_a_transaction(void **state)
{
    (void)state;
    assert_false(check(wrong, sizeof wrong));
    assert_int_equal(heap_begin(&bench.heap), ERR_OK);
    update(wrong, sizeof wrong);
    expect(LIMIT, false);
    assert_int_equal(heap_abort(&bench.heap), ERR_OK);
    expect(2, false);
    assert_false(check(wrong, sizeof wrong));
    assert_true(check(right, sizeof right));
}

/* Trying on a PIN that is about to be taken back costs a try, too. */
static void test_update_then_check_then_abort(void **state)
{
    (void)state;
    assert_int_equal(heap_begin(&bench.heap), ERR_OK);
    update(wrong, sizeof wrong);
    assert_false(check(right, sizeof right));
    assert_int_equal(heap_abort(&bench.heap), ERR_OK);
    expect(2, false);
    assert_true(check(right, sizeof right));
}

/* ---- power cuts ---- */

/* A check that power may interrupt; true when it said yes. */
static bool torn_check(const uint8_t *bytes, uint32_t n, uint64_t cut,
                       enum faults_tear tear)
{
    put(bytes, n);
    faults_arm(bench.medium, cut, tear, false);
    bool done =
        with_array(native_pin_check, array, 4, (int)n) == VM_NATIVE_DONE &&
        bench.vm.result != 0;
    return done;
}

static void test_torn_wrong_check(void **state)
{
    (void)state;
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        bool cut = true;
        for (uint64_t n = 1; cut; n++) {
            assert_true(check(right, sizeof right));
            assert_false(
                torn_check(wrong, sizeof wrong, n, (enum faults_tear)tear));
            cut = bench.medium->off;
            assert_int_equal(bench_reset(), ERR_OK);
            uint32_t tries = ask(native_pin_tries);
            assert_true(tries == 2 || (cut && tries == LIMIT));
            assert_int_equal(ask(native_pin_is_validated), 0);
            assert_true(n < 100);
        }
    }
}

static void test_torn_right_check(void **state)
{
    (void)state;
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        bool cut = true;
        for (uint64_t n = 1; cut; n++) {
            tell(native_pin_unblock);
            assert_false(check(wrong, sizeof wrong));
            (void)torn_check(right, sizeof right, n, (enum faults_tear)tear);
            cut = bench.medium->off;
            assert_int_equal(bench_reset(), ERR_OK);
            uint32_t tries = ask(native_pin_tries);
            assert_true(tries == LIMIT || (cut && (tries == 1 || tries == 2)));
            assert_true(n < 100);
        }
    }
}

/* All of the new PIN or all of the old one. */
static void test_torn_update(void **state)
{
    static const uint8_t other[] = {7, 7, 7, 7, 7, 7};

    (void)state;
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        bool cut = true;
        for (uint64_t n = 1; cut; n++) {
            update(right, sizeof right);
            assert_false(check(wrong, sizeof wrong));
            put(other, sizeof other);
            faults_arm(bench.medium, n, (enum faults_tear)tear, false);
            (void)with_array(native_pin_update, array, 4, sizeof other);
            cut = bench.medium->off;
            assert_int_equal(bench_reset(), ERR_OK);
            bool is_new = ask(native_pin_tries) == LIMIT;
            assert_true(is_new ? check(other, sizeof other)
                               : check(right, sizeof right));
            assert_true(is_new || cut);
            assert_true(n < 100);
        }
    }
}

/* ---- damage ---- */

/* A flipped bit in what a PIN is stored as is noticed before it is used. */
static void test_flips(void **state)
{
    struct heap_view object, record;

    (void)state;
    for (size_t bit = 0;; bit++) {
        assert_true(heap_get(&bench.heap, pin, &object));
        assert_true(heap_get(&bench.heap, get_u2(object.p), &record));
        if (bit == 8 * (size_t)record.h.length)
            break;
        const size_t at = (size_t)(record.p - bench.medium->bytes) + bit / 8;
        bench.medium->bytes[at] ^= (uint8_t)(1 << bit % 8);
        const uint16_t cells[1] = {pin};
        assert_int_equal(bench_call(native_pin_tries, CONTEXT, owner, cells, 1),
                         VM_NATIVE_THREW);
        assert_true(persist_is_dead(&bench.persist));
        bench.medium->bytes[at] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(bench_reset(), ERR_OK);
    }
    assert_true(check(right, sizeof right));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_freed_pin_is_wiped),
        TEST(test_constructor),
        TEST(test_never_set),
        TEST(test_right_and_wrong),
        TEST(test_length_counts),
        TEST(test_blocking),
        TEST(test_exceptions_cost_a_try),
        TEST(test_reset_only_when_validated),
        TEST(test_update),
        TEST(test_validated_flag_is_lost_at_reset),
        TEST(test_set_validated_flag),
        TEST(test_abort_gives_no_try_back),
        TEST(test_update_takes_part_in_a_transaction),
        TEST(test_update_then_check_then_abort),
        TEST(test_torn_wrong_check),
        TEST(test_torn_right_check),
        TEST(test_torn_update),
        TEST(test_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
