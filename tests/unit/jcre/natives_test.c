/*
 * Proves the natives of Util, AID, JCSystem, JCint, RandomData and the
 * GlobalPlatform classes: results, the order and kind of their exceptions,
 * the firewall on array arguments, and that an error changes nothing.
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

enum { CONTEXT = 1, SIZE = 64 };

#define BOUNDS "java/lang/ArrayIndexOutOfBoundsException"
#define NULL_POINTER "java/lang/NullPointerException"
#define SECURITY "java/lang/SecurityException"
#define SYSTEM "javacard/framework/SystemException"
#define TRANSACTION "javacard/framework/TransactionException"

static uint16_t owner;
static ref_t array;     /* persistent bytes 0, 1, 2 ... of the owner */
static ref_t transient; /* as long, zeros */
static ref_t foreign;   /* persistent, of context 2 */

static ref_t bytes_of(uint8_t flags, uint8_t context, uint32_t n)
{
    return bench_new(HEAP_BYTE_ARRAY, flags, context,
                     context == CONTEXT ? owner : 9, 0, 0, n);
}

static int setup(void **state)
{
    uint8_t bytes[SIZE];

    (void)state;
    bench_open();
    owner = bench_install(CONTEXT, 0, 1);
    array = bytes_of(0, CONTEXT, SIZE);
    transient = bytes_of(HEAP_CLEAR_ON_RESET, CONTEXT, SIZE);
    foreign = bytes_of(0, 2, SIZE);
    for (uint8_t i = 0; i < SIZE; i++)
        bytes[i] = i;
    assert_int_equal(heap_write(&bench.heap, array, 0, bytes, SIZE, HEAP_RAW),
                     ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_close();
    return 0;
}

static const uint8_t *body(ref_t ref)
{
    struct heap_view v;

    assert_true(heap_get(&bench.heap, ref, &v));
    return v.p;
}

#define CELLS(...)                                                             \
    (const uint16_t[]){__VA_ARGS__},                                           \
        sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t)

static void returns(vm_native *native, const uint16_t *cells, size_t n,
                    uint32_t value)
{
    enum vm_native_result r =
        bench_call(native, CONTEXT, owner, cells, (uint8_t)n);

    if (r != VM_NATIVE_DONE)
        fail_msg("threw %s", bench.vm.thrown);
    assert_int_equal(bench.vm.result, value);
}

static void does(vm_native *native, const uint16_t *cells, size_t n)
{
    assert_int_equal(bench_call(native, CONTEXT, owner, cells, (uint8_t)n),
                     VM_NATIVE_DONE);
}

static void throws(vm_native *native, const uint16_t *cells, size_t n,
                   const char *name, uint16_t reason)
{
    assert_int_equal(bench_call(native, CONTEXT, owner, cells, (uint8_t)n),
                     VM_NATIVE_THREW);
    assert_string_equal(bench.vm.thrown, name);
    assert_int_equal(bench.vm.reason, reason);
}

/* ---- Util ---- */

static void test_copy(void **state)
{
    static vm_native *const copies[] = {native_util_copy, native_util_copy_raw};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        returns(copies[i], CELLS(array, 2, transient, 1, 3), 4);
        assert_memory_equal(body(transient), "\0\2\3\4\0", 5);
        returns(copies[i], CELLS(array, SIZE, transient, SIZE, 0), SIZE);
        throws(copies[i], CELLS(0, 0, transient, 0, 1), NULL_POINTER, 0);
        throws(copies[i], CELLS(array, 0, 0, 0, 1), NULL_POINTER, 0);
        throws(copies[i], CELLS(array, 0, foreign, 0, 1), SECURITY, 0);
        throws(copies[i], CELLS(foreign, 0, array, 0, 1), SECURITY, 0);
        throws(copies[i], CELLS(array, 0xFFFF, transient, 0, 1), BOUNDS, 0);
        throws(copies[i], CELLS(array, 0, transient, 0, 0xFFFF), BOUNDS, 0);
        throws(copies[i], CELLS(array, 0, transient, SIZE - 1, 2), BOUNDS, 0);
        throws(copies[i], CELLS(array, SIZE - 1, transient, 0, 2), BOUNDS, 0);
        throws(copies[i], CELLS(array, 32767, transient, 0, 32767), BOUNDS, 0);
        assert_memory_equal(body(transient), "\0\2\3\4\0", 5);
    }
}

static void test_copy_within_an_array(void **state)
{
    (void)state;
    returns(native_util_copy, CELLS(array, 0, array, 1, 4), 5);
    assert_memory_equal(body(array), "\0\0\1\2\3\5", 6);
    returns(native_util_copy, CELLS(array, 2, array, 0, 4), 4);
    assert_memory_equal(body(array), "\1\2\3\5\3\5", 6);
    returns(native_util_copy_raw, CELLS(array, 0, array, 2, 4), 6);
    assert_memory_equal(body(array), "\1\2\1\2\3\5\6", 7);
    returns(native_util_copy_raw, CELLS(array, 0, array, 0, SIZE), SIZE);
    assert_memory_equal(body(array), "\1\2\1\2\3\5\6", 7);
}

static void test_global_array_is_everyones(void **state)
{
    ref_t global = bytes_of(HEAP_CLEAR_ON_RESET | HEAP_GLOBAL_ARRAY, 0, SIZE);

    (void)state;
    returns(native_util_copy, CELLS(array, 1, global, 0, 2), 2);
    assert_memory_equal(body(global), "\1\2", 2);
}

static void test_only_byte_arrays(void **state)
{
    ref_t shorts = bench_new(HEAP_SHORT_ARRAY, 0, CONTEXT, owner, 0, 0, SIZE);
    ref_t booleans =
        bench_new(HEAP_BOOLEAN_ARRAY, 0, CONTEXT, owner, 0, 0, SIZE);

    (void)state;
    throws(native_util_copy, CELLS(shorts, 0, array, 0, 1), SECURITY, 0);
    throws(native_util_copy, CELLS(array, 0, shorts, 0, 1), SECURITY, 0);
    returns(native_util_copy, CELLS(booleans, 0, array, 0, 1), 1);
}

static void test_copy_joins_a_transaction(void **state)
{
    (void)state;
    does(native_system_begin, CELLS(0));
    returns(native_util_copy, CELLS(array, 9, array, 0, 3), 3);
    returns(native_util_fill, CELLS(array, 3, 2, 0xEE), 5);
    returns(native_util_set_short, CELLS(array, 5, 0x1234), 7);
    assert_memory_equal(body(array), "\x9\xA\xB\xEE\xEE\x12\x34", 7);
    does(native_system_abort, CELLS(0));
    assert_memory_equal(body(array), "\0\1\2\3\4\5\6", 7);
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
    returns(native_util_fill, CELLS(transient, 1, 2, 0x1AA), 3);
    assert_memory_equal(body(transient), "\0\xAA\xAA\0", 4);
    returns(native_util_fill_raw, CELLS(array, SIZE, 0, 1), SIZE);
    throws(native_util_fill, CELLS(array, SIZE, 1, 1), BOUNDS, 0);
    throws(native_util_fill_raw, CELLS(array, 0, 0xFFFF, 1), BOUNDS, 0);
}

static void test_compare(void **state)
{
    (void)state;
    returns(native_util_compare, CELLS(array, 0, transient, 0, 1), 0);
    returns(native_util_compare, CELLS(array, 0, transient, 0, 2), 1);
    returns(native_util_compare, CELLS(transient, 0, array, 0, 2), 0xFFFF);
    returns(native_util_fill, CELLS(transient, 0, 1, 0x80), 1);
    returns(native_util_compare, CELLS(transient, 0, array, 0, 1), 0xFFFF);
    returns(native_util_compare, CELLS(array, 1, array, 2, 0), 0);
    throws(native_util_compare, CELLS(array, 0, transient, SIZE, 1), BOUNDS, 0);
}

static void test_shorts(void **state)
{
    (void)state;
    returns(native_util_make_short, CELLS(0xFF12, 0xFF34), 0x1234);
    returns(native_util_get_short, CELLS(array, 3), 0x0304);
    returns(native_util_get_short, CELLS(array, SIZE - 2), 0x3E3F);
    throws(native_util_get_short, CELLS(array, SIZE - 1), BOUNDS, 0);
    returns(native_util_set_short, CELLS(array, 1, 0xABCD), 3);
    assert_memory_equal(body(array), "\0\xAB\xCD\3", 4);
    throws(native_util_set_short, CELLS(array, SIZE - 1, 1), BOUNDS, 0);
    throws(native_util_set_short, CELLS(array, 0xFFFF, 1), BOUNDS, 0);
}

static void test_ints(void **state)
{
    (void)state;
    returns(native_int_of_bytes, CELLS(0xFF12, 0x34, 0x56, 0x78), 0x12345678);
    returns(native_int_of_shorts, CELLS(0x8000, 0x0001), 0x80000001);
    returns(native_int_get, CELLS(array, 1), 0x01020304);
    throws(native_int_get, CELLS(array, SIZE - 3), BOUNDS, 0);
    returns(native_int_set, CELLS(array, 0, 0xDEAD, 0xBEEF), 4);
    assert_memory_equal(body(array), "\xDE\xAD\xBE\xEF\4", 5);
}

/* ---- AID ---- */

static ref_t new_aid(const char *bytes, uint16_t n)
{
    struct vm_class c = vm_api_class("javacard/framework/AID");
    ref_t aid = bench_new(HEAP_OBJECT, 0, CONTEXT, owner, c.package, c.offset,
                          vm_instance_cells(&bench.vm, c));

    assert_int_equal(
        heap_write(&bench.heap, array, 0, (const uint8_t *)bytes, n, HEAP_RAW),
        ERR_OK);
    does(native_aid_new, CELLS(aid, array, 0, n));
    return aid;
}

static void test_aid_lengths(void **state)
{
    struct vm_class c = vm_api_class("javacard/framework/AID");
    ref_t aid =
        bench_new(HEAP_OBJECT, 0, CONTEXT, owner, c.package, c.offset, 9);

    (void)state;
    throws(native_aid_new, CELLS(aid, array, 0, 4), SYSTEM, 1);
    throws(native_aid_new, CELLS(aid, array, 0, 17), SYSTEM, 1);
    throws(native_aid_new, CELLS(aid, array, SIZE - 4, 5), BOUNDS, 0);
    throws(native_aid_new, CELLS(aid, 0, 0, 5), NULL_POINTER, 0);
    throws(native_aid_new, CELLS(aid, foreign, 0, 5), SECURITY, 0);
    does(native_aid_new, CELLS(aid, array, 0, 16));
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
    returns(native_object_equals, CELLS(a, array), 0);
    returns(native_object_equals, CELLS(array, array), 1);
    returns(native_aid_rid_equals, CELLS(a, b), 1);
    returns(native_aid_rid_equals, CELLS(a, 0), 0);
    returns(native_aid_equals_bytes, CELLS(a, array, 0, 6), 1);
    returns(native_aid_equals_bytes, CELLS(a, array, 0, 5), 0);
    returns(native_aid_equals_bytes, CELLS(a, 0, 0, 5), 0);
    throws(native_aid_equals_bytes, CELLS(a, array, SIZE, 5), BOUNDS, 0);
    returns(native_aid_partial_equals, CELLS(b, array, 0, 5), 1);
    returns(native_aid_partial_equals, CELLS(b, array, 0, 6), 0);
    returns(native_aid_partial_equals, CELLS(a, array, 0, 7), 0);
    returns(native_aid_partial_equals, CELLS(a, array, 0, 0), 1);
}

static void test_aid_bytes(void **state)
{
    ref_t a = new_aid("\xA0\1\2\3\4\5", 6);

    (void)state;
    returns(native_aid_bytes, CELLS(a, transient, 1), 6);
    assert_memory_equal(body(transient), "\0\xA0\1\2\3\4\5\0", 8);
    throws(native_aid_bytes, CELLS(a, transient, SIZE - 5), BOUNDS, 0);
    returns(native_aid_partial_bytes, CELLS(a, 4, transient, 0, 0), 2);
    assert_memory_equal(body(transient), "\4\5\1", 3);
    returns(native_aid_partial_bytes, CELLS(a, 1, transient, 0, 1), 1);
    throws(native_aid_partial_bytes, CELLS(a, 1, transient, 0, 6), BOUNDS, 0);
    throws(native_aid_partial_bytes, CELLS(a, 7, transient, 0, 0), BOUNDS, 0);
    throws(native_aid_partial_bytes, CELLS(a, 0xFFFF, transient, 0, 0), BOUNDS,
           0);
}

/* ---- JCSystem ---- */

static void test_transactions(void **state)
{
    (void)state;
    returns(native_system_depth, CELLS(0), 0);
    throws(native_system_commit, CELLS(0), TRANSACTION, 2);
    throws(native_system_abort, CELLS(0), TRANSACTION, 2);
    does(native_system_begin, CELLS(0));
    returns(native_system_depth, CELLS(0), 1);
    throws(native_system_begin, CELLS(0), TRANSACTION, 1);
    returns(native_util_set_short, CELLS(array, 0, 0x1111), 2);
    does(native_system_commit, CELLS(0));
    assert_int_equal(body(array)[0], 0x11);
    returns(native_system_depth, CELLS(0), 0);
}

static void test_transient_arrays(void **state)
{
    struct heap_view v;

    (void)state;
    does(native_system_bytes, CELLS(10, 1));
    assert_true(heap_get(&bench.heap, (ref_t)bench.vm.result, &v));
    assert_int_equal(v.h.kind, HEAP_BYTE_ARRAY);
    assert_int_equal(v.h.context, CONTEXT);
    assert_int_equal(v.h.owner, owner);
    returns(native_system_is_transient, CELLS((uint16_t)bench.vm.result), 1);
    returns(native_system_is_transient, CELLS(array), 0);
    returns(native_system_is_transient, CELLS(0), 0);
    throws(native_system_bytes, CELLS(0xFFFF, 1),
           "java/lang/NegativeArraySizeException", 0);
    throws(native_system_shorts, CELLS(1, 0), SYSTEM, 1);
    throws(native_system_objects, CELLS(1, 3), SYSTEM, 1);
    throws(native_system_booleans, CELLS(32767, 1), SYSTEM, 2);
    throws(native_system_bytes, CELLS(1, 2), SYSTEM, 3);
    assert_int_equal(jcre_select(&bench.jcre, 0, owner), 0x6999);
    bench.jcre.contexts[0] = CONTEXT;
    does(native_int_transient, CELLS(1, 2));
    returns(native_system_is_transient, CELLS((uint16_t)bench.vm.result), 2);
}

static void test_global_arrays(void **state)
{
    struct heap_view v;

    (void)state;
    throws(native_system_global, CELLS(0, 1), SYSTEM, 1);
    throws(native_system_global, CELLS(6, 1), SYSTEM, 1);
    for (uint16_t type = 1; type <= 5; type++) {
        does(native_system_global, CELLS(type, 3));
        assert_true(heap_get(&bench.heap, (ref_t)bench.vm.result, &v));
        assert_int_equal(v.h.kind, HEAP_OBJECT + type);
        assert_int_equal(v.h.flags & HEAP_GLOBAL_ARRAY, HEAP_GLOBAL_ARRAY);
        assert_int_equal(v.h.context, 0);
    }
}

static void test_free_memory(void **state)
{
    ref_t shorts = bench_new(HEAP_SHORT_ARRAY, 0, CONTEXT, owner, 0, 0, 4);
    struct heap_usage u;

    (void)state;
    heap_usage(&bench.heap, &u);
    assert_true(u.persistent_free > 32767);
    returns(native_system_memory, CELLS(0), 32767);
    throws(native_system_memory, CELLS(3), SYSTEM, 1);
    does(native_system_memory_shorts, CELLS(shorts, 1, 0));
    assert_int_equal(get_u4(body(shorts) + 2), u.persistent_free);
    throws(native_system_memory_shorts, CELLS(shorts, 3, 0), BOUNDS, 0);
    throws(native_system_memory_shorts, CELLS(shorts, 0, 9), SYSTEM, 1);
    does(native_system_memory_bytes, CELLS(array, 1, 0));
    assert_int_equal(get_u4(body(array) + 1), u.persistent_free);
}

static void test_identity(void **state)
{
    struct span aid = bench_aid(CONTEXT, 1);

    (void)state;
    assert_int_equal(heap_write(&bench.heap, array, 0, aid.p, 6, HEAP_RAW),
                     ERR_OK);
    ref_t own = jcre_aid_object(&bench.jcre, owner);
    returns(native_system_version, CELLS(0), 0x0305);
    returns(native_system_aid, CELLS(0), own);
    returns(native_system_lookup, CELLS(array, 0, 6), own);
    returns(native_system_lookup, CELLS(array, 0, 5), 0);
    throws(native_system_lookup, CELLS(array, SIZE, 5), BOUNDS, 0);
    returns(native_system_previous_aid, CELLS(0), 0);
    bench.vm.previous_owner = owner;
    returns(native_system_previous_aid, CELLS(0), own);
    returns(native_system_is_active, CELLS(own), 0);
    bench.jcre.selected[4] = owner;
    returns(native_system_is_active, CELLS(own), 1);
}

/* ---- sharing ---- */

static uint16_t shared;
static const uint16_t *seen;
static uint16_t copy_of_seen[2];
static bool server_throws;

static enum vm_result server(struct vm *vm, struct fake_call *call)
{
    memcpy(copy_of_seen, call->args, sizeof copy_of_seen);
    seen = copy_of_seen;
    call->result = shared;
    if (!server_throws)
        return VM_RETURNED;
    vm_throw_name(vm, "java/lang/ArithmeticException", 0);
    return VM_THREW;
}

static void test_sharing(void **state)
{
    uint16_t other = bench_install(2, 0, 1);
    ref_t aid = jcre_aid_object(&bench.jcre, other);
    ref_t unknown = new_aid("\xA0\1\2\3\4\5", 6);

    (void)state;
    bench.vm.java = server;
    seen = NULL;
    shared = array;
    returns(native_system_share, CELLS(aid, 7), array);
    assert_non_null(seen);
    assert_int_equal(seen[0], jcre_aid_object(&bench.jcre, owner));
    assert_int_equal(seen[1], 7);
    server_throws = true;
    returns(native_system_share, CELLS(aid, 7), 0);
    server_throws = false;
    returns(native_system_share, CELLS(0, 7), 0);
    returns(native_system_share, CELLS(unknown, 7), 0);
    bench.jcre.selected[3] = other;
    bench.jcre.contexts[3] = 2;
    throws(native_system_share, CELLS(aid, 7), SECURITY, 0);
    bench.jcre.channel = 3;
    returns(native_system_share, CELLS(aid, 7), array);
}

/* ---- RandomData ---- */

static void test_random(void **state)
{
    static const uint16_t known[] = {1, 2, 3, 5, 6};
    const char *crypto = "javacard/security/CryptoException";

    (void)state;
    throws(native_random_instance, CELLS(0), crypto, 3);
    throws(native_random_instance, CELLS(4), crypto, 3);
    throws(native_random_instance, CELLS(7), crypto, 3);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        does(native_random_instance, CELLS(known[i]));
        returns(native_random_algorithm, CELLS((uint16_t)bench.vm.result),
                known[i]);
    }
    does(native_random_generate, CELLS(1, transient, 1, 2));
    assert_memory_equal(body(transient), "\0\x5A\x5A\0", 4);
    returns(native_random_next, CELLS(1, array, 0, SIZE), SIZE);
    assert_int_equal(body(array)[SIZE - 1], 0x5A);
    throws(native_random_generate, CELLS(1, array, 0, 0), crypto, 1);
    throws(native_random_generate, CELLS(1, array, 0, SIZE + 1), BOUNDS, 0);
    throws(native_random_generate, CELLS(1, foreign, 0, 1), SECURITY, 0);
    does(native_random_seed, CELLS(1, array, 0, 4));
}

/* ---- GlobalPlatform ---- */

static uint16_t asked_by;
static sw_t channel_sw;

static uint8_t card_state(void *ctx)
{
    (void)ctx;
    return 0xFF;
}

static uint8_t applet_state(void *ctx, uint16_t instance)
{
    (void)ctx;
    asked_by = instance;
    return 0x87;
}

static bool yes(void *ctx, uint16_t instance)
{
    (void)ctx;
    asked_by = instance;
    return true;
}

static bool set_state(void *ctx, uint16_t instance, uint8_t state)
{
    (void)ctx;
    asked_by = instance;
    return state == 0x0F;
}

static sw_t channel_process(void *ctx, uint16_t instance, struct span command,
                            struct buf *response)
{
    (void)ctx;
    asked_by = instance;
    assert_int_equal(command.n, 7);
    assert_memory_equal(command.p + 5, "\1\2", 2);
    assert_int_equal(buf_put(response, (const uint8_t *)"xyz", 3), ERR_OK);
    return channel_sw;
}

/* Two bytes are taken off, or three put on. */
static sw_t unwrap(void *ctx, uint16_t instance, struct buf *command)
{
    (void)ctx;
    asked_by = instance;
    command->n -= 2;
    return channel_sw;
}

static sw_t wrap(void *ctx, uint16_t instance, struct buf *response)
{
    (void)ctx;
    asked_by = instance;
    assert_int_equal(buf_put(response, (const uint8_t *)"MAC", 3), ERR_OK);
    return channel_sw;
}

static sw_t decrypt(void *ctx, uint16_t instance, uint8_t *data, size_t n)
{
    (void)ctx;
    asked_by = instance;
    for (size_t i = 0; i < n; i++)
        data[i] ^= 0xFF;
    return channel_sw;
}

static uint8_t level(void *ctx, uint16_t instance)
{
    (void)ctx;
    asked_by = instance;
    return 0x81;
}

static void reset_channel(void *ctx, uint16_t instance)
{
    (void)ctx;
    asked_by = instance;
}

static const struct jcre_services services = {
    .card_state = card_state,
    .applet_state = applet_state,
    .set_applet_state = set_state,
    .lock_card = yes,
    .terminate_card = yes,
    .channel_process = channel_process,
    .channel_unwrap = unwrap,
    .channel_wrap = wrap,
    .channel_decrypt = decrypt,
    .channel_level = level,
    .channel_reset = reset_channel,
};

static void test_gp_system(void **state)
{
    (void)state;
    bench.jcre.services = &services;
    returns(native_gp_card_state, CELLS(0), 0xFFFF);
    returns(native_gp_content_state, CELLS(0), 0xFF87);
    assert_int_equal(asked_by, owner);
    returns(native_gp_set_content_state, CELLS(0x0F), 1);
    returns(native_gp_set_content_state, CELLS(0x1F), 0);
    asked_by = 0;
    returns(native_gp_lock, CELLS(0), 1);
    assert_int_equal(asked_by, owner);
    returns(native_gp_terminate, CELLS(0), 1);
    returns(native_gp_nothing, CELLS(0), 0);
    returns(native_gp_secure_channel, CELLS(0), jcre_secure_channel_object());
}

static void test_secure_channel_messages(void **state)
{
    const ref_t self = jcre_secure_channel_object();

    (void)state;
    bench.jcre.services = &services;
    bench.vm.previous_owner = owner;
    channel_sw = SW_OK;
    returns(native_channel_unwrap, CELLS(self, array, 4, 10), 8);
    returns(native_channel_wrap, CELLS(self, array, 4, 2), 5);
    assert_memory_equal(body(array) + 4, "\4\5MAC\x9", 6);
    throws(native_channel_wrap, CELLS(self, array, SIZE - 4, 2), BOUNDS, 0);
    assert_int_equal(body(array)[SIZE - 1], SIZE - 1);
    throws(native_channel_wrap, CELLS(self, foreign, 0, 2), SECURITY, 0);
    returns(native_channel_decrypt, CELLS(self, array, 0, 2), 2);
    assert_memory_equal(body(array), "\xFF\xFE\2", 3);
    returns(native_channel_level, CELLS(self), 0xFF81);
    asked_by = 0;
    does(native_channel_reset, CELLS(self));
    assert_int_equal(asked_by, owner);
    channel_sw = 0x6982;
    throws(native_channel_unwrap, CELLS(self, array, 0, 10),
           "javacard/framework/ISOException", 0x6982);
    throws(native_channel_decrypt, CELLS(self, array, 0, 2),
           "javacard/framework/ISOException", 0x6982);
    assert_memory_equal(body(array), "\xFF\xFE\2", 3);
}

static void test_process_security(void **state)
{
    static const uint8_t data[] = {1, 2};
    struct io_command c = {.cla = 0x80, .ins = 0x50};
    const ref_t self = jcre_secure_channel_object();
    uint8_t bytes[16];
    struct buf response = buf_of(bytes, sizeof bytes);

    (void)state;
    bench.jcre.services = &services;
    bench.vm.previous_owner = owner;
    channel_sw = SW_OK;
    c.data = span_of(data, sizeof data);
    jcre_apdu_begin(&bench.jcre.apdu, &c, false, &response);
    returns(native_channel_process, CELLS(self, jcre_apdu_object()), 3);
    assert_memory_equal(bench.jcre.apdu.buffer + 5, "xyz", 3);
    assert_int_equal(asked_by, owner);
    channel_sw = 0x6D00;
    jcre_apdu_begin(&bench.jcre.apdu, &c, false, &response);
    throws(native_channel_process, CELLS(self, jcre_apdu_object()),
           "javacard/framework/ISOException", 0x6D00);
    throws(native_channel_process, CELLS(self, 0), NULL_POINTER, 0);
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

/* ---- class bytes [API APDU] ---- */

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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_copy),
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
        TEST(test_transactions),
        TEST(test_transient_arrays),
        TEST(test_global_arrays),
        TEST(test_free_memory),
        TEST(test_identity),
        TEST(test_sharing),
        TEST(test_random),
        TEST(test_gp_system),
        TEST(test_secure_channel_messages),
        TEST(test_process_security),
        TEST(test_table),
        TEST(test_class_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
