/*
 * Proves the life of applet instances: install and what undoes it, register's
 * rules, selection on channels with both forms of select and deselect,
 * exceptions turned into status words, personalisation, deletion and its
 * refusals, and power cuts in all of them.  [JCRE 3, 4, 7.6, 11]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_vm.h"
#include "jcre/delete.h"
#include "jcre/native.h"
#include "natives/natives.h"
#include "ports/faults/faults.h"

/* What the runtime called, in order: one letter a call. */
static char calls[64];
static uint16_t answers;      /* what select returns, or processData */
static const char *exception; /* thrown by each call, with `reason` */
static uint16_t reason;
static bool leave_open;      /* each call leaves a transaction open */
static uint8_t seen_context; /* currently selected, inside the call */
static bool seen_selecting;
static bool seen_reselecting;

static void note(const char *text)
{
    assert_true(strlen(calls) + strlen(text) < sizeof calls);
    strcat(calls, text);
}

static bool is_call(const struct fake_call *c, struct vm_class iface,
                    uint8_t token)
{
    return c->iface.package == iface.package &&
           c->iface.offset == iface.offset && c->token == token;
}

static const char *letter(const struct fake_call *c)
{
    const struct jcre_api *a = &bench.jcre.api;
    const struct vm_class none = {0, 0};

    if (is_call(c, a->multiselectable, a->multi_select))
        return c->args[0] != 0 ? "S" : "M";
    if (is_call(c, a->multiselectable, a->multi_deselect))
        return c->args[0] != 0 ? "D" : "m";
    if (is_call(c, a->applet_event, a->uninstall))
        return "u";
    if (is_call(c, a->application, a->application_data))
        return "a";
    if (is_call(c, a->personalization, a->personalization_data))
        return "b";
    if (is_call(c, none, a->select))
        return "s";
    if (is_call(c, none, a->deselect))
        return "d";
    if (is_call(c, none, a->process))
        return "p";
    return is_call(c, none, a->shareable) ? "g" : "?";
}

static enum vm_result java(struct vm *vm, struct fake_call *call)
{
    note(letter(call));
    seen_context = jcre_selected_context(&bench.jcre);
    seen_selecting = jcre_selecting(&bench.jcre);
    seen_reselecting = jcre_reselecting(&bench.jcre);
    if (leave_open)
        assert_int_equal(heap_begin(vm->heap), ERR_OK);
    call->result = answers;
    if (exception == NULL)
        return VM_RETURNED;
    vm_throw_name(vm, exception, reason);
    return VM_THREW;
}

static int setup(void **state)
{
    (void)state;
    bench_open();
    bench.vm.java = java;
    calls[0] = 0;
    answers = 1;
    exception = NULL;
    reason = 0;
    leave_open = false;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_close();
    return 0;
}

static void expect_calls(const char *expected)
{
    assert_string_equal(calls, expected);
    calls[0] = 0;
}

static void expect_sound(void)
{
    assert_int_equal(jcre_check(&bench.jcre, NULL, NULL), 0);
    assert_int_equal(heap_check(&bench.heap, NULL, NULL), 0);
}

/* ---- install ---- */

/* What an install() of the tests below does, step by step. */
struct script {
    bool registers;
    bool registers_default;
    uint8_t aid_change; /* added to the last byte it registers */
    uint8_t aid_length; /* 0: as INSTALL says */
    bool twice;
    bool plain;         /* registers an object that is no Applet */
    const char *throws; /* after all that */
    uint16_t reason;
    bool open; /* leaves a transaction open */
    bool halts;
};

static const struct script *script;
static uint16_t register_reason; /* of the last refused register() */

static bool do_register(struct vm *vm, ref_t applet, ref_t array)
{
    struct heap_view v;
    uint16_t cells[4] = {applet, array, 1, 6};
    uint8_t changed[7];
    vm_native *native = native_applet_register_as;

    assert_true(heap_get(vm->heap, array, &v));
    assert_int_equal(v.h.flags & HEAP_GLOBAL_ARRAY, HEAP_GLOBAL_ARRAY);
    if (script->registers_default)
        native = native_applet_register;
    if (script->aid_change != 0 || script->aid_length != 0) {
        cells[1] =
            bench_new(HEAP_BYTE_ARRAY, 0, vm->context, vm->owner, 0, 0, 20);
        memcpy(changed, v.p, sizeof changed);
        changed[6] = (uint8_t)(changed[6] + script->aid_change);
        assert_int_equal(heap_write(vm->heap, cells[1], 0, changed,
                                    sizeof changed, HEAP_ATOMIC),
                         ERR_OK);
    }
    if (script->aid_length != 0)
        cells[3] = script->aid_length;
    if (bench_call(native, vm->context, vm->owner, cells, 4) == VM_NATIVE_DONE)
        return true;
    register_reason = vm->reason;
    return false;
}

static enum vm_result scripted_install(struct vm *vm, struct fake_call *call)
{
    uint16_t class = script->plain ? FAKE_PLAIN : 0;
    ref_t applet = bench_new(HEAP_OBJECT, 0, vm->context, vm->owner,
                             vm->context, class, 4);

    assert_int_equal(call->token, FAKE_STATIC);
    assert_int_equal(jcre_selected_context(&bench.jcre), vm->context);
    if (script->registers && !do_register(vm, applet, call->args[0]))
        return VM_THREW;
    if (script->twice && !do_register(vm, applet, call->args[0]))
        return VM_THREW;
    if (script->open)
        assert_int_equal(heap_begin(vm->heap), ERR_OK);
    if (script->halts)
        return VM_HALTED;
    if (script->throws == NULL)
        return VM_RETURNED;
    vm_throw_name(vm, script->throws, script->reason);
    return VM_THREW;
}

static sw_t install(const struct script *s, uint8_t last, uint16_t *instance)
{
    uint8_t component[6], aid[6];
    sw_t sw = 0;

    memcpy(component, bench_aid(1, 1).p, 6);
    memcpy(aid, bench_aid(1, last).p, 6);
    script = s;
    bench.vm.java = scripted_install;
    assert_int_equal(heap_epoch_begin(&bench.heap), ERR_OK);
    sw = jcre_install(&bench.jcre, 1, span_of(component, 6), span_of(aid, 6),
                      span_of(NULL, 0), span_of(NULL, 0), instance);
    if (sw == SW_OK)
        assert_int_equal(heap_epoch_commit(&bench.heap, HEAP_ROOT_COUNT, 0),
                         ERR_OK);
    else
        assert_int_equal(heap_epoch_abort(&bench.heap), ERR_OK);
    bench.vm.java = java;
    jcre_between_commands(&bench.jcre);
    return sw;
}

static const struct {
    const char *name;
    struct script script;
    uint8_t last;
    sw_t sw;
} installs[] = {
    {"registers as told", {.registers = true}, 2, SW_OK},
    {"registers its default name",
     {.registers = true, .registers_default = true},
     1,
     SW_OK},
    {"default name, but another was given",
     {.registers = true, .registers_default = true},
     2,
     SW_WRONG_DATA},
    {"another name", {.registers = true, .aid_change = 1}, 2, SW_WRONG_DATA},
    {"name too short", {.registers = true, .aid_length = 4}, 2, SW_WRONG_DATA},
    {"name too long", {.registers = true, .aid_length = 17}, 2, SW_WRONG_DATA},
    {"twice", {.registers = true, .twice = true}, 2, SW_WRONG_DATA},
    {"never", {.registers = false}, 2, SW_CONDITIONS},
    {"no applet", {.registers = true, .plain = true}, 2, SW_CONDITIONS},
    {"its own word",
     {.registers = true,
      .throws = "javacard/framework/ISOException",
      .reason = 0x6A77},
     2,
     0x6A77},
    {"9000 as an exception",
     {.registers = true,
      .throws = "javacard/framework/ISOException",
      .reason = 0x9000},
     2,
     SW_UNKNOWN},
    {"no room",
     {.throws = "javacard/framework/SystemException", .reason = 2},
     2,
     SW_NO_MEMORY},
    {"null", {.throws = "java/lang/NullPointerException"}, 2, SW_UNKNOWN},
    {"transaction open", {.registers = true, .open = true}, 2, SW_UNKNOWN},
    {"halts", {.registers = true, .halts = true}, 2, SW_UNKNOWN},
};

static void test_install_and_what_undoes_it(void **state)
{
    struct heap_usage before, after;
    uint16_t instance = 0;

    (void)state;
    for (size_t i = 0; i < sizeof installs / sizeof installs[0]; i++) {
        heap_usage(&bench.heap, &before);
        sw_t sw = install(&installs[i].script, installs[i].last, &instance);
        if (sw != installs[i].sw)
            fail_msg("%s: %04X", installs[i].name, sw);
        if (sw == SW_OK) {
            assert_int_equal(
                jcre_find(&bench.jcre, bench_aid(1, installs[i].last)),
                instance);
            assert_int_equal(jcre_delete(&bench.jcre, instance), ERR_OK);
        }
        heap_usage(&bench.heap, &after);
        assert_int_equal(before.persistent_free, after.persistent_free);
        assert_int_equal(before.handles_free, after.handles_free);
        assert_int_equal(jcre_next(&bench.jcre, 0), 0);
        expect_sound();
    }
}

static void test_register_reasons(void **state)
{
    struct script s = {.registers = true, .aid_length = 4};
    uint16_t cells[4] = {0};
    uint16_t instance = 0;

    (void)state;
    install(&s, 2, &instance);
    assert_int_equal(register_reason, 1);
    s.aid_length = 0;
    s.twice = true;
    install(&s, 2, &instance);
    assert_int_equal(register_reason, 4);
    cells[0] = bench_new(HEAP_OBJECT, 0, 1, 0, 1, 0, 4);
    bench_call(native_applet_register, 1, 0, cells, 1);
    assert_string_equal(bench.vm.thrown, "javacard/framework/SystemException");
    assert_int_equal(bench.vm.reason, 4);
}

static void test_install_refuses_names(void **state)
{
    uint8_t long_params[130] = {0};
    uint16_t instance = 0;
    uint8_t aid[6];

    (void)state;
    bench_install(1, 0, 2);
    memcpy(aid, bench_aid(1, 2).p, 6);
    assert_int_equal(heap_epoch_begin(&bench.heap), ERR_OK);
    assert_int_equal(jcre_install(&bench.jcre, 1, span_of(aid, 6),
                                  span_of(aid, 6), span_of(NULL, 0),
                                  span_of(NULL, 0), &instance),
                     SW_WRONG_DATA);
    aid[5] = 1;
    assert_int_equal(jcre_install(&bench.jcre, 1, span_of(aid, 6),
                                  span_of(aid, 4), span_of(NULL, 0),
                                  span_of(NULL, 0), &instance),
                     SW_WRONG_DATA);
    assert_int_equal(jcre_install(&bench.jcre, 1, span_of(aid, 6),
                                  span_of(aid, 6), span_of(NULL, 0),
                                  span_of(long_params, sizeof long_params),
                                  &instance),
                     SW_WRONG_DATA);
    assert_int_equal(heap_epoch_abort(&bench.heap), ERR_OK);
}

static void test_the_table_grows(void **state)
{
    (void)state;
    for (uint8_t i = 1; i <= 70; i++)
        assert_int_equal(bench_install(1, 0, i), i);
    assert_int_equal(bench_reset(), ERR_OK);
    for (uint8_t i = 1; i <= 70; i++)
        assert_int_equal(jcre_find(&bench.jcre, bench_aid(1, i)), i);
    assert_int_equal(jcre_find(&bench.jcre, bench_aid(1, 71)), 0);
    assert_int_equal(jcre_delete(&bench.jcre, 33), ERR_OK);
    assert_int_equal(jcre_next(&bench.jcre, 32), 34);
    assert_int_equal(bench_install(1, 0, 71), 33);
    expect_sound();
}

/* ---- selection ---- */

static void test_select_and_deselect(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_true(seen_selecting);
    assert_int_equal(seen_context, 1);
    assert_int_equal(jcre_selected(&bench.jcre, 0), a);
    assert_true(jcre_context_active(&bench.jcre, 1));
    jcre_deselect(&bench.jcre, 0);
    assert_false(seen_selecting);
    assert_int_equal(seen_context, 1);
    assert_int_equal(jcre_selected(&bench.jcre, 0), 0);
    assert_false(jcre_context_active(&bench.jcre, 1));
    expect_calls("sd");
}

static void test_reselecting(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    jcre_set_channel(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_false(seen_reselecting);
    jcre_set_channel(&bench.jcre, 0);
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_true(seen_reselecting);
    jcre_deselect(&bench.jcre, 0);
    jcre_set_channel(&bench.jcre, 0);
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_false(seen_reselecting);
}

static void test_refused_selection(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    answers = 0;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), 0x6999);
    answers = 1;
    exception = "javacard/framework/ISOException";
    assert_int_equal(jcre_select(&bench.jcre, 0, a), 0x6999);
    exception = NULL;
    leave_open = true;
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
    exception = "java/lang/NullPointerException";
    leave_open = true;
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
    expect_calls("ssds");
}

static void test_both_forms_of_select(void **state)
{
    uint16_t a = bench_install(1, FAKE_MULTISELECTABLE, 1);
    uint16_t b = bench_install(1, FAKE_MULTISELECTABLE, 2);

    (void)state;
    assert_int_equal(jcre_select(&bench.jcre, 0, a), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 1, b), SW_OK);
    assert_int_equal(jcre_select(&bench.jcre, 2, a), SW_OK);
    expect_calls("sMS");
    jcre_deselect(&bench.jcre, 0);
    jcre_deselect(&bench.jcre, 2);
    jcre_deselect(&bench.jcre, 1);
    expect_calls("Dmd");
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
    exception = "java/lang/NullPointerException";
    jcre_deselect(&bench.jcre, 1);
    assert_int_equal(dv.p[0], 0);
    assert_int_equal(rv.p[0], 7);
    exception = NULL;
    dv.ram[0] = 7;
    answers = 0;
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
    assert_true(seen_selecting);
    exception = "javacard/framework/ISOException";
    reason = 0x6A80;
    assert_int_equal(process(a, false, 0), 0x6A80);
    reason = 0x9101;
    assert_int_equal(process(a, false, 0), 0x9101);
    leave_open = true;
    assert_int_equal(process(a, false, 0), 0x9101);
    exception = NULL;
    assert_int_equal(process(a, false, 0), 0x6F00);
    leave_open = false;
    exception = "javacard/framework/UserException";
    assert_int_equal(process(a, false, 0), 0x6F00);
    exception = "java/lang/ArithmeticException";
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
    expect_calls("s");
    jcre_deselect(&bench.jcre, 0);
    assert_int_equal(process(b, true, 32767), SW_OK);
    assert_int_equal(process(b, true, 32768), 0x6700);
    expect_calls("dsp");
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
    if (exception == NULL)
        return VM_RETURNED;
    vm_throw_name(vm, exception, reason);
    return VM_THREW;
}

static void test_answer_of_an_applet(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    bench.vm.java = answering;
    assert_int_equal(process(a, false, 0), SW_OK);
    assert_int_equal(response.n, 2);
    exception = "javacard/framework/ISOException";
    reason = 0x6A80;
    assert_int_equal(process(a, false, 0), 0x6A80);
    assert_int_equal(response.n, 0);
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
    answers = 0;
    assert_int_equal(personalize(none), 0x6985);
    expect_calls("g");
    assert_int_equal(personalize(old), SW_OK);
    expect_calls("a");
    assert_int_equal(seen_context, 0);
    answers = 7;
    assert_int_equal(personalize(both), SW_OK);
    expect_calls("b");
    assert_int_equal(response.n, 7);
    assert_memory_equal(bytes, store_data, 7);
    answers = 20000;
    assert_int_equal(personalize(both), SW_UNKNOWN);
    exception = "javacard/framework/ISOException";
    reason = 0x6A80;
    assert_int_equal(personalize(old), 0x6A80);
    assert_int_equal(personalize(99), 0x6985);
}

static void test_personalization_through_a_shared_object(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    answers =
        bench_new(HEAP_OBJECT, 0, 1, a, 1, FAKE_PLAIN | FAKE_APPLICATION, 4);
    assert_int_equal(personalize(a), SW_OK);
    expect_calls("ga");
}

/* ---- deletion ---- */

/* Holder's cell 0 is a reference. */
static void refer(ref_t holder, ref_t target)
{
    uint8_t cell[2];

    set_u2(cell, target);
    assert_int_equal(heap_write(&bench.heap, holder, 0, cell, 2, HEAP_ATOMIC),
                     ERR_OK);
}

static ref_t object_of(uint16_t instance)
{
    struct jcre_instance info;

    assert_true(jcre_instance(&bench.jcre, instance, &info));
    return info.object;
}

static void test_deletion_refusals(void **state)
{
    uint16_t a = bench_install(1, FAKE_MULTISELECTABLE, 1);
    uint16_t b = bench_install(1, FAKE_MULTISELECTABLE, 2);
    uint16_t c = bench_install(2, 0, 1);
    uint16_t both[2] = {a, b};
    ref_t data = bench_new(HEAP_BYTE_ARRAY, 0, 1, a, 0, 0, 4);

    (void)state;
    assert_int_equal(jcre_may_delete(&bench.jcre, &a, 1), SW_OK);
    refer(object_of(b), data);
    assert_int_equal(jcre_may_delete(&bench.jcre, &a, 1), 0x6985);
    assert_int_equal(jcre_may_delete(&bench.jcre, both, 2), SW_OK);
    refer(object_of(c), data);
    assert_int_equal(jcre_may_delete(&bench.jcre, both, 2), 0x6985);
    refer(object_of(c), 0);
    refer(object_of(b), 0);
    jcre_select(&bench.jcre, 3, b);
    assert_int_equal(jcre_may_delete(&bench.jcre, &a, 1), 0x6985);
    assert_int_equal(jcre_may_delete(&bench.jcre, &c, 1), SW_OK);
}

static void test_garbage_does_not_count(void **state)
{
    uint16_t a = bench_install(1, 0, 1);
    ref_t garbage = bench_new(HEAP_OBJECT, 0, 2, 9, 2, FAKE_PLAIN, 4);

    (void)state;
    refer(garbage, object_of(a));
    assert_int_equal(jcre_may_delete(&bench.jcre, &a, 1), SW_OK);
}

/* A package's statics, reached from a root as the machine's are. */
static ref_t new_statics(uint8_t package, ref_t target)
{
    ref_t statics = bench_new(HEAP_STATICS, 0, package, 0, package, 1, 2);

    assert_int_equal(heap_set_root(&bench.heap, HEAP_ROOT_PACKAGES, statics),
                     ERR_OK);
    refer(statics, target);
    return statics;
}

static void test_static_fields_count(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    new_statics(1, object_of(a));
    assert_int_equal(jcre_may_delete(&bench.jcre, &a, 1), 0x6985);
    assert_int_equal(jcre_may_delete_with_package(&bench.jcre, &a, 1, 1),
                     SW_OK);
    new_statics(2, object_of(a));
    assert_int_equal(jcre_may_delete_with_package(&bench.jcre, &a, 1, 1),
                     0x6985);
}

static void test_package_deletion(void **state)
{
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    assert_int_equal(jcre_may_delete_package(&bench.jcre, 2), SW_OK);
    assert_int_equal(jcre_may_delete_package(&bench.jcre, 1), 0x6985);
    bench_new(HEAP_OBJECT, 0, 1, a, 2, FAKE_PLAIN, 4);
    assert_int_equal(jcre_may_delete_package(&bench.jcre, 2), SW_OK);
    refer(object_of(a), bench_new(HEAP_OBJECT, 0, 1, a, 2, FAKE_PLAIN, 4));
    assert_int_equal(jcre_may_delete_package(&bench.jcre, 2), 0x6985);
    bench.vm.imported = true;
    assert_int_equal(jcre_may_delete_package(&bench.jcre, 3), 0x6985);
}

static void test_delete_frees_everything(void **state)
{
    struct heap_usage before, after;
    uint16_t a = bench_install(1, 0, 1);

    (void)state;
    assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
    heap_usage(&bench.heap, &before);
    a = bench_install(1, FAKE_EVENT, 1);
    bench_new(HEAP_BYTE_ARRAY, 0, 1, a, 0, 0, 1000);
    bench_new(HEAP_BYTE_ARRAY, HEAP_CLEAR_ON_RESET, 1, a, 0, 0, 100);
    jcre_uninstall(&bench.jcre, a);
    expect_calls("u");
    assert_int_equal(seen_context, 1);
    assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
    assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
    heap_usage(&bench.heap, &after);
    assert_memory_equal(&before, &after, sizeof before);
    expect_sound();
}

/* Storing the AID object is allowed, so it may outlive its instance. */
static void test_a_kept_aid_object_stays(void **state)
{
    uint16_t a = bench_install(1, 0, 1);
    uint16_t b = bench_install(2, 0, 1);
    ref_t aid = jcre_aid_object(&bench.jcre, a);
    struct heap_view v;

    (void)state;
    refer(object_of(b), aid);
    assert_int_equal(jcre_may_delete(&bench.jcre, &a, 1), SW_OK);
    assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
    assert_true(heap_get(&bench.heap, aid, &v));
    refer(object_of(b), 0);
    jcre_request_deletion(&bench.jcre);
    jcre_between_commands(&bench.jcre);
    assert_false(heap_get(&bench.heap, aid, &v));
    expect_sound();
}

/* Cut at every program, in every way; then the deletion is repeated. */
static void test_torn_deletion(void **state)
{
    (void)state;
    for (unsigned tear = 0; tear < FAULTS_TEARS; tear++) {
        for (uint64_t n = 1;; n++) {
            uint16_t a = bench_install(1, 0, 1);
            bench_new(HEAP_BYTE_ARRAY, 0, 1, a, 0, 0, 40);
            faults_arm(bench.medium, n, (enum faults_tear)tear, false);
            bool done = jcre_delete(&bench.jcre, a) == ERR_OK;
            faults_arm(bench.medium, 0, FAULTS_WHOLE, false);
            assert_int_equal(bench_reset(), ERR_OK);
            bench.vm.java = java;
            assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
            assert_int_equal(jcre_next(&bench.jcre, 0), 0);
            expect_sound();
            if (done)
                break;
            assert_true(n < 1000);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_install_and_what_undoes_it),
        TEST(test_register_reasons),
        TEST(test_install_refuses_names),
        TEST(test_the_table_grows),
        TEST(test_select_and_deselect),
        TEST(test_reselecting),
        TEST(test_refused_selection),
        TEST(test_deselect_swallows_everything),
        TEST(test_one_channel_only),
        TEST(test_both_forms_of_select),
        TEST(test_clear_on_deselect),
        TEST(test_exceptions_become_words),
        TEST(test_extended_length),
        TEST(test_answer_of_an_applet),
        TEST(test_personalization),
        TEST(test_personalization_through_a_shared_object),
        TEST(test_deletion_refusals),
        TEST(test_garbage_does_not_count),
        TEST(test_static_fields_count),
        TEST(test_package_deletion),
        TEST(test_delete_frees_everything),
        TEST(test_a_kept_aid_object_stays),
        TEST(test_torn_deletion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
