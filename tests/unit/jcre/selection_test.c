/*
 * Proves selection on channels with both forms of select and deselect,
 * CLEAR_ON_DESELECT, exceptions turned into status words, what an applet
 * answers, and personalisation.  [JCRE 3, 4, 7.6] [GPCS 7.3.2]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jcre/native.h"
#include "natives/natives.h"
#include "recorder.h"

/* ---- selection ---- */

static void test_select_and_deselect(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_true(recorder.seen_selecting);
    assert_int_equal(recorder.seen_context, 1);
    assert_int_equal(jcre_selected(&bench.jcre, 0), a);
    assert_true(jcre_context_active(&bench.jcre, 1));
    jcre_deselect(&bench.jcre, 0);
    assert_false(recorder.seen_selecting);
    assert_int_equal(recorder.seen_context, 1);
    assert_int_equal(jcre_selected(&bench.jcre, 0), 0);
    assert_false(jcre_context_active(&bench.jcre, 1));
    recorder_expect("sd");
}

static void test_reselecting(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    jcre_set_channel(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_false(recorder.seen_reselecting);
    jcre_set_channel(&bench.jcre, 0);
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_true(recorder.seen_reselecting);
    jcre_deselect(&bench.jcre, 0);
    jcre_set_channel(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_false(recorder.seen_reselecting);
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 1, a), SW_OK);
    assert_false(recorder.seen_reselecting);
}

static void test_refused_selection(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    recorder.answers = 0;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), 0x6999);
    recorder.answers = 1;
    recorder.exception = "javacard/framework/ISOException";
    assert_int_equal(jcre_select(&bench.jcre, 0, a), 0x6999);
    recorder.exception = NULL;
    recorder.leave_open = true;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), 0x6999);
    assert_false(heap_in_transaction(&bench.heap));
    assert_int_equal(jcre_selected(&bench.jcre, 0), 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, 99), 0x6999);
    assert_int_equal(jcre_select(&bench.jcre, CARD_CHANNELS, a), 0x6999);
}

static void test_deselect_swallows_everything(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    recorder.exception = "java/lang/NullPointerException";
    recorder.leave_open = true;
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(jcre_selected(&bench.jcre, 0), 0);
    assert_false(heap_in_transaction(&bench.heap));
}

static void test_one_channel_only(void **state)
{
    uint16_t a = bench_install(1, 0, 1);
    uint16_t b = bench_install(1, 0, 2);
    uint16_t c = bench_install(2, 0, 1);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 1, a), 0x6985);
    assert_int_equal(jcre_select(&bench.jcre, 1, b), 0x6985);
    assert_int_equal(jcre_select(&bench.jcre, 1, c), SW_OK);
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 2, b), SW_OK);
    recorder_expect("ssds");
}

/* A package that breaks its converter's promise. [JCRE 4.2] */
static void test_a_mixed_package(void **state)
{
    uint16_t a = bench_install(1, 0, 1);
    uint16_t b = bench_install(1, FAKE_MULTISELECTABLE, 2);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_false(jcre_may_select(&bench.jcre, 1, b));
    assert_int_equal(jcre_select(&bench.jcre, 1, b), 0x6985);
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 1, b), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 0, b), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 2, a), 0x6985);
    recorder_expect("sdsS");
}

/*
 * A server that is active elsewhere may not be called by what is shared, but
 * where its context is the selected one, as while it is installed once more.
 * [JCRE 6.2.8.6]
 */
static void test_who_may_be_called(void **state)
{
    const struct vm_hooks hooks = jcre_vm_hooks(&bench.jcre);
    uint16_t one = bench_install(1, 0, 1);
    uint16_t many = bench_install(2, FAKE_MULTISELECTABLE, 1);

    (void)state;
    assert_true(hooks.may_share(hooks.ctx, 1));
    assert_int_equal(jcre_select(&bench.jcre, 3, one), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 4, many), SW_OK);
    jcre_set_channel(&bench.jcre, 0);
    assert_false(hooks.may_share(hooks.ctx, 1));
    assert_true(hooks.may_share(hooks.ctx, 2));
    bench.jcre.installing.package = 1;
    assert_true(hooks.may_share(hooks.ctx, 1));
    bench.jcre.installing.package = 0;
    jcre_set_channel(&bench.jcre, 3);
    assert_true(hooks.may_share(hooks.ctx, 1));
}

static void test_both_forms_of_select(void **state)
{
    uint16_t a = bench_install(1, FAKE_MULTISELECTABLE, 1);
    uint16_t b = bench_install(1, FAKE_MULTISELECTABLE, 2);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 1, b), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 2, a), SW_OK);
    recorder_expect("sMS");
    jcre_deselect(&bench.jcre, 0);
    jcre_deselect(&bench.jcre, 2);
    jcre_deselect(&bench.jcre, 1);
    recorder_expect("Dmd");
}

/* CLEAR_ON_DESELECT goes with the context's last instance. [JCRE 5.1] */
static void test_clear_on_deselect(void **state)
{
    uint16_t a = bench_install(1, FAKE_MULTISELECTABLE, 1);
    uint16_t b = bench_install(1, FAKE_MULTISELECTABLE, 2);
    ref_t d = bench_new(HEAP_BYTE_ARRAY, HEAP_CLEAR_ON_DESELECT, 1, a, 0, 0, 4);
    ref_t r = bench_new(HEAP_BYTE_ARRAY, HEAP_CLEAR_ON_RESET, 1, a, 0, 0, 4);
    struct heap_view dv, rv;

    (void)state;
    jcre_select(&bench.jcre, 0, a);
    jcre_select(&bench.jcre, 1, b);
    assert_true(heap_get(&bench.heap, d, &dv));
    assert_true(heap_get(&bench.heap, r, &rv));
    dv.ram[0] = 7;
    rv.ram[0] = 7;
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(dv.p[0], 7);
    recorder.exception = "java/lang/NullPointerException";
    jcre_deselect(&bench.jcre, 1);
    assert_int_equal(dv.p[0], 0);
    assert_int_equal(rv.p[0], 7);
    recorder.exception = NULL;
    dv.ram[0] = 7;
    recorder.answers = 0;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), 0x6999);
    assert_int_equal(dv.p[0], 0);
}

/* ---- process ---- */

static uint8_t bytes[512];
static struct buf response;

static sw_t process(uint16_t instance, bool extended, uint32_t nc)
{
    static uint8_t data[40000];
    struct io_command c = {0};
    sw_t sw = 0;

    response = buf_of(bytes, sizeof bytes);
    c.data = span_of(data, nc);
    c.extended = extended;
    if (jcre_selected(&bench.jcre, 0) == 0)
        assert_int_equal(jcre_select(&bench.jcre, 0, instance), SW_OK);
    sw = jcre_process(&bench.jcre, 0, &c, true, &response);
    assert_false(heap_in_transaction(&bench.heap));
    assert_false(jcre_may_have_apdu(&bench.jcre, 1));
    return sw;
}

static void test_exceptions_become_words(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    assert_int_equal(process(a, false, 0), SW_OK);
    assert_true(recorder.seen_selecting);
    recorder.exception = "javacard/framework/ISOException";
    recorder.reason = 0x6A80;
    assert_int_equal(process(a, false, 0), 0x6A80);
    recorder.reason = 0x9101;
    assert_int_equal(process(a, false, 0), 0x9101);
    recorder.leave_open = true;
    assert_int_equal(process(a, false, 0), 0x9101);
    recorder.exception = NULL;
    assert_int_equal(process(a, false, 0), 0x6F00);
    recorder.leave_open = false;
    recorder.exception = "javacard/framework/UserException";
    assert_int_equal(process(a, false, 0), 0x6F00);
    recorder.exception = "java/lang/ArithmeticException";
    assert_int_equal(process(a, false, 0), 0x6F00);
    assert_int_equal(jcre_process(&bench.jcre, 1, NULL, false, &response),
                     0x6999);
}

static void test_extended_length(void **state)
{
    uint16_t a = bench_install(1, 0, 1);
    uint16_t b = bench_install(2, FAKE_EXTENDED, 1);

    (void)state;
    assert_int_equal(process(a, true, 300), 0x6700);
    recorder_expect("s");
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(process(b, true, 32767), SW_OK);
    assert_int_equal(process(b, true, 32768), 0x6700);
    recorder_expect("dsp");
}

static enum vm_result answering(struct vm *vm, struct fake_call *call)
{
    uint16_t cells[3] = {jcre_apdu_object(), 0, 2};

    if (call->token != bench.jcre.api.process) {
        call->result = 1;
        return VM_RETURNED;
    }
    assert_int_equal(call->args[0], jcre_apdu_object());
    assert_true(jcre_may_have_apdu(&bench.jcre, 1));
    assert_false(jcre_may_have_apdu(&bench.jcre, 2));
    assert_int_equal(bench_call(native_apdu_outgoing_and_send, vm->context,
                                vm->owner, cells, 3),
                     VM_NATIVE_DONE);
    if (recorder.exception == NULL)
        return VM_RETURNED;
    vm_throw_name(vm, recorder.exception, recorder.reason);
    return VM_THREW;
}

static void test_answer_of_an_applet(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    bench.vm.java = answering;
    assert_int_equal(process(a, false, 0), SW_OK);
    assert_int_equal(response.n, 2);
    recorder.exception = "javacard/framework/ISOException";
    recorder.reason = 0x6A80;
    assert_int_equal(process(a, false, 0), 0x6A80);
    assert_int_equal(response.n, 2);
}

/* ---- personalisation ---- */

static const uint8_t store_data[] = {0x84, 0xE2, 0x80, 0, 2, 1, 2};

static sw_t personalize(uint16_t instance)
{
    response = buf_of(bytes, sizeof bytes);
    return jcre_process_data(&bench.jcre, instance,
                             span_of(store_data, sizeof store_data), &response);
}

static void test_personalization(void **state)
{
    uint16_t none = bench_install(1, 0, 1);
    uint16_t old = bench_install(2, FAKE_APPLICATION, 1);
    uint16_t both =
        bench_install(3, FAKE_APPLICATION | FAKE_PERSONALIZATION, 1);

    (void)state;
    recorder.answers = 0;
    assert_int_equal(personalize(none), 0x6985);
    recorder_expect("g");
    assert_int_equal(personalize(old), SW_OK);
    recorder_expect("a");
    assert_int_equal(recorder.seen_context, 0);
    recorder.answers = 7;
    assert_int_equal(personalize(both), SW_OK);
    recorder_expect("b");
    assert_int_equal(response.n, 7);
    assert_memory_equal(bytes, store_data, 7);
    recorder.answers = 20000;
    assert_int_equal(personalize(both), SW_UNKNOWN);
    recorder.exception = "javacard/framework/ISOException";
    recorder.reason = 0x6A80;
    assert_int_equal(personalize(old), 0x6A80);
    assert_int_equal(personalize(99), 0x6985);
}

static void test_personalization_through_a_shared_object(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    recorder.answers =
        bench_new(HEAP_OBJECT, 0, 1, a, 1, FAKE_PLAIN | FAKE_APPLICATION, 4);
    assert_int_equal(personalize(a), SW_OK);
    recorder_expect("ga");
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, recorder_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_select_and_deselect),
        TEST(test_reselecting),
        TEST(test_refused_selection),
        TEST(test_deselect_swallows_everything),
        TEST(test_one_channel_only),
        TEST(test_a_mixed_package),
        TEST(test_who_may_be_called),
        TEST(test_both_forms_of_select),
        TEST(test_clear_on_deselect),
        TEST(test_exceptions_become_words),
        TEST(test_extended_length),
        TEST(test_answer_of_an_applet),
        TEST(test_personalization),
        TEST(test_personalization_through_a_shared_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
