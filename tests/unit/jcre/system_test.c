/*
 * Proves the natives of JCSystem, RandomData and the GlobalPlatform classes:
 * results, exceptions, and what they ask of runtime and domains.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jcre/native.h"
#include "native_calls.h"
#include "natives/natives.h"

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
    returns(native_util_set_short, CELLS(applet.array, 0, 0x1111), 2);
    does(native_system_commit, CELLS(0));
    assert_int_equal(body(applet.array)[0], 0x11);
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
    assert_int_equal(v.h.owner, applet.owner);
    returns(native_system_is_transient, CELLS((uint16_t)bench.vm.result), 1);
    returns(native_system_is_transient, CELLS(applet.array), 0);
    returns(native_system_is_transient, CELLS(0), 0);
    throws(native_system_bytes, CELLS(0xFFFF, 1),
           "java/lang/NegativeArraySizeException", 0);
    throws(native_system_bytes, CELLS(0xFFFF, 0), SYSTEM, 1);
    throws(native_system_bytes, CELLS(0xFFFF, 2),
           "java/lang/NegativeArraySizeException", 0);
    throws(native_system_shorts, CELLS(1, 0), SYSTEM, 1);
    throws(native_system_objects, CELLS(1, 3), SYSTEM, 1);
    does(native_system_booleans, CELLS(20000, 1));
    throws(native_system_booleans, CELLS(20000, 1), SYSTEM, 2);
    throws(native_system_bytes, CELLS(1, 2), SYSTEM, 3);
    assert_int_equal(jcre_select(&bench.jcre, 0, applet.owner), 0x6999);
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
    ref_t shorts =
        bench_new(HEAP_SHORT_ARRAY, 0, CONTEXT, applet.owner, 0, 0, 4);
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
    does(native_system_memory_bytes, CELLS(applet.array, 1, 0));
    assert_int_equal(get_u4(body(applet.array) + 1), u.persistent_free);
}

static void test_identity(void **state)
{
    struct span aid = bench_aid(CONTEXT, 1);

    (void)state;
    assert_int_equal(
        heap_write(&bench.heap, applet.array, 0, aid.p, 6, HEAP_RAW), ERR_OK);
    ref_t own = jcre_aid_object(&bench.jcre, applet.owner);
    returns(native_system_version, CELLS(0), 0x0305);
    returns(native_system_aid, CELLS(0), own);
    returns(native_system_lookup, CELLS(applet.array, 0, 6), own);
    returns(native_system_lookup, CELLS(applet.array, 0, 5), 0);
    throws(native_system_lookup, CELLS(applet.array, SIZE, 5), BOUNDS, 0);
    returns(native_system_previous_aid, CELLS(0), 0);
    bench.vm.previous_owner = applet.owner;
    returns(native_system_previous_aid, CELLS(0), own);
    returns(native_system_is_active, CELLS(own), 0);
    bench.jcre.selected[4] = applet.owner;
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
    shared = applet.array;
    returns(native_system_share, CELLS(aid, 7), applet.array);
    assert_non_null(seen);
    assert_int_equal(seen[0], jcre_aid_object(&bench.jcre, applet.owner));
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
    returns(native_system_share, CELLS(aid, 7), applet.array);
}

/* ---- RandomData ---- */

static void test_random(void **state)
{
    static const uint16_t known[] = {1, 2, 3, 4, 5, 6};
    const char *crypto = "javacard/security/CryptoException";

    (void)state;
    throws(native_random_instance, CELLS(0), crypto, 3);
    throws(native_random_instance, CELLS(7), crypto, 3);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        does(native_random_instance, CELLS(known[i]));
        returns(native_random_algorithm, CELLS((uint16_t)bench.vm.result),
                known[i]);
    }
    does(native_random_instance, CELLS(2));
    const uint16_t source = (uint16_t)bench.vm.result;
    does(native_random_generate, CELLS(source, applet.transient, 1, 2));
    assert_memory_equal(body(applet.transient), "\0\x5A\x5A\0", 4);
    returns(native_random_next, CELLS(source, applet.array, 0, SIZE), SIZE);
    assert_int_equal(body(applet.array)[SIZE - 1], 0x5A);
    throws(native_random_generate, CELLS(source, applet.array, 0, 0), crypto,
           1);
    throws(native_random_generate, CELLS(source, applet.array, 0, SIZE + 1),
           BOUNDS, 0);
    throws(native_random_generate, CELLS(source, applet.foreign, 0, 1),
           SECURITY, 0);
    does(native_random_seed, CELLS(source, applet.array, 0, 4));
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

static sw_t cipher(void *ctx, uint16_t instance, bool encrypt,
                   uint8_t chain[16], uint8_t *data, size_t n)
{
    (void)ctx;
    (void)encrypt;
    assert_int_equal(chain[0], 0);
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

static uint16_t no_service(void *ctx, struct span aid, uint16_t name)
{
    (void)ctx;
    (void)name;
    assert_int_equal(aid.n, 0);
    return 0;
}

static bool set_history(void *ctx, uint16_t instance, struct span bytes)
{
    (void)ctx;
    asked_by = instance;
    return bytes.n == 2 && bytes.p[0] == 4;
}

static sw_t set_level(void *ctx, uint16_t instance, uint8_t wanted)
{
    (void)ctx;
    asked_by = instance;
    return wanted == 0x83 ? SW_OK : SW_CONDITIONS;
}

static const struct jcre_calls calls = {
    .service = no_service,
    .set_history = set_history,
    .channel_cipher = cipher,
    .channel_set_level = set_level,
    .card_state = card_state,
    .applet_state = applet_state,
    .set_applet_state = set_state,
    .lock_card = yes,
    .terminate_card = yes,
    .channel_process = channel_process,
    .channel_unwrap = unwrap,
    .channel_wrap = wrap,
    .channel_level = level,
    .channel_reset = reset_channel,
};

static const struct jcre_services services = {.calls = &calls};

static void test_gp_system(void **state)
{
    (void)state;
    bench.jcre.services = &services;
    returns(native_gp_card_state, CELLS(0), 0xFFFF);
    returns(native_gp_content_state, CELLS(0), 0xFF87);
    assert_int_equal(asked_by, applet.owner);
    returns(native_gp_set_content_state, CELLS(0x0F), 1);
    returns(native_gp_set_content_state, CELLS(0x1F), 0);
    asked_by = 0;
    returns(native_gp_lock, CELLS(0), 1);
    assert_int_equal(asked_by, applet.owner);
    returns(native_gp_terminate, CELLS(0), 1);
    returns(native_gp_service, CELLS(0, 0x8211), 0);
    returns(native_gp_cvm, CELLS(0x11), 0); /* a card without a global PIN */
    returns(native_gp_set_content_state, CELLS(0x8F), 0);
    returns(native_gp_history, CELLS(applet.array, 4, 2), 1);
    assert_int_equal(asked_by, applet.owner);
    returns(native_gp_history, CELLS(applet.array, 4, 3), 0);
    throws(native_gp_history, CELLS(applet.array, 4, SIZE), BOUNDS, 0);
    returns(native_gp_secure_channel, CELLS(0), jcre_secure_channel_object());
}

static void test_secure_channel_messages(void **state)
{
    const ref_t self = jcre_secure_channel_object();

    (void)state;
    bench.jcre.services = &services;
    bench.vm.previous_owner = applet.owner;
    channel_sw = SW_OK;
    returns(native_channel_unwrap, CELLS(self, applet.array, 4, 10), 8);
    returns(native_channel_wrap, CELLS(self, applet.array, 4, 2), 5);
    assert_memory_equal(body(applet.array) + 4, "\4\5MAC\x9", 6);
    throws(native_channel_wrap, CELLS(self, applet.array, SIZE - 4, 2), BOUNDS,
           0);
    assert_int_equal(body(applet.array)[SIZE - 1], SIZE - 1);
    throws(native_channel_wrap, CELLS(self, applet.foreign, 0, 2), SECURITY, 0);
    returns(native_channel_decrypt, CELLS(self, applet.array, 0, 2), 2);
    assert_memory_equal(body(applet.array), "\xFF\xFE\2", 3);
    returns(native_channel_encrypt, CELLS(self, applet.array, 0, 2), 2);
    assert_memory_equal(body(applet.array), "\0\1\2", 3);
    returns(native_channel_decrypt, CELLS(self, applet.array, 0, 2), 2);
    returns(native_channel_level, CELLS(self), 0xFF81);
    does(native_channel_set_level, CELLS(self, 0x83));
    throws(native_channel_set_level, CELLS(self, 0x81),
           "javacard/framework/ISOException", 0x6985);
    asked_by = 0;
    does(native_channel_reset, CELLS(self));
    assert_int_equal(asked_by, applet.owner);
    channel_sw = 0x6982;
    throws(native_channel_unwrap, CELLS(self, applet.array, 0, 10),
           "javacard/framework/ISOException", 0x6982);
    throws(native_channel_decrypt, CELLS(self, applet.array, 0, 2),
           "javacard/framework/ISOException", 0x6982);
    assert_memory_equal(body(applet.array), "\xFF\xFE\2", 3);
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
    bench.vm.previous_owner = applet.owner;
    channel_sw = SW_OK;
    c.data = span_of(data, sizeof data);
    jcre_apdu_begin(&bench.jcre.apdu, &c, false, &response, NULL, CARD_T1);
    returns(native_channel_process, CELLS(self, jcre_apdu_object()), 3);
    assert_memory_equal(bench.jcre.apdu.buffer + 5, "xyz", 3);
    assert_int_equal(asked_by, applet.owner);
    channel_sw = 0x6D00;
    jcre_apdu_begin(&bench.jcre.apdu, &c, false, &response, NULL, CARD_T1);
    throws(native_channel_process, CELLS(self, jcre_apdu_object()),
           "javacard/framework/ISOException", 0x6D00);
    throws(native_channel_process, CELLS(self, 0), NULL_POINTER, 0);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, native_calls_setup,                     \
                                    native_calls_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
