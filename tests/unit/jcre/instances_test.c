/*
 * Proves that applet instances come and go whole: install and what undoes it,
 * register's rules, the growing table, deletion and its refusals, also with
 * power cut at every program.  [JCRE 3.1, 11]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jcre/delete.h"
#include "jcre/native.h"
#include "natives/natives.h"
#include "ports/faults/faults.h"
#include "recorder.h"

/* ---- install ---- */

/* What an install() of the tests below does, step by step. */
struct script {
    bool registers;
    bool registers_default;
    uint8_t aid_change; /* added to the last byte it registers */
    bool rewrites;      /* the array, then registers what it says */
    uint8_t aid_length; /* 0: as INSTALL says */
    bool twice;
    bool plain;         /* registers an object that is no Applet */
    bool of_another;    /* ... that another instance owns */
    bool by_another;    /* another instance registers it */
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
    if (script->rewrites)
        v.ram[6]++;
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
    if (bench_call(native, vm->context,
                   (uint16_t)(vm->owner + script->by_another), cells,
                   4) == VM_NATIVE_DONE)
        return true;
    register_reason = vm->reason;
    return false;
}

static enum vm_result scripted_install(struct vm *vm, struct fake_call *call)
{
    uint16_t class = script->plain ? FAKE_PLAIN : 0;
    uint16_t owner = (uint16_t)(vm->owner + script->of_another);
    ref_t applet =
        bench_new(HEAP_OBJECT, 0, vm->context, owner, vm->context, class, 4);

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
    /* the array is wiped, whatever it was used for [JCAPI Applet.install] */
    for (size_t i = 0; i < sizeof bench.jcre.install_array; i++)
        assert_int_equal(bench.jcre.install_array[i], 0);
    if (sw == SW_OK)
        assert_int_equal(heap_epoch_commit(&bench.heap, HEAP_ROOT_COUNT, 0),
                         ERR_OK);
    else
        assert_int_equal(heap_epoch_abort(&bench.heap), ERR_OK);
    bench.vm.java = recorder_java;
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
    {"a name it wrote itself",
     {.registers = true, .rewrites = true},
     2,
     SW_WRONG_DATA},
    {"name too short", {.registers = true, .aid_length = 4}, 2, SW_WRONG_DATA},
    {"name too long", {.registers = true, .aid_length = 17}, 2, SW_WRONG_DATA},
    {"twice", {.registers = true, .twice = true}, 2, SW_OK},
    {"never", {.registers = false}, 2, SW_CONDITIONS},
    {"no applet", {.registers = true, .plain = true}, 2, SW_CONDITIONS},
    {"a word too late",
     {.registers = true,
      .throws = "javacard/framework/ISOException",
      .reason = 0x6A77},
     2,
     SW_OK},
    {"its own word",
     {.throws = "javacard/framework/ISOException", .reason = 0x6A77},
     2,
     0x6A77},
    {"9000 as an exception",
     {.throws = "javacard/framework/ISOException", .reason = 0x9000},
     2,
     SW_UNKNOWN},
    {"more data as an exception",
     {.throws = "javacard/framework/ISOException", .reason = 0x6110},
     2,
     SW_UNKNOWN},
    {"a warning",
     {.throws = "javacard/framework/ISOException", .reason = 0x6283},
     2,
     SW_UNKNOWN},
    {"another warning",
     {.throws = "javacard/framework/ISOException", .reason = 0x63C2},
     2,
     SW_UNKNOWN},
    {"another length",
     {.throws = "javacard/framework/ISOException", .reason = 0x6C10},
     2,
     SW_UNKNOWN},
    {"no word",
     {.throws = "javacard/framework/ISOException", .reason = 0x0102},
     2,
     SW_UNKNOWN},
    {"a waiting byte",
     {.throws = "javacard/framework/ISOException", .reason = 0x6000},
     2,
     SW_UNKNOWN},
    {"the first error",
     {.throws = "javacard/framework/ISOException", .reason = 0x6400},
     2,
     0x6400},
    {"an error of its own kind",
     {.throws = "javacard/framework/ISOException", .reason = 0x9804},
     2,
     0x9804},
    {"no room",
     {.throws = "javacard/framework/SystemException", .reason = 2},
     2,
     SW_NO_MEMORY},
    {"not to be used",
     {.throws = "javacard/framework/SystemException", .reason = 6},
     2,
     SW_UNKNOWN},
    {"null", {.throws = "java/lang/NullPointerException"}, 2, SW_UNKNOWN},
    {"transaction open", {.open = true}, 2, SW_UNKNOWN},
    {"open after register()", {.registers = true, .open = true}, 2, SW_OK},
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
        recorder_expect_sound();
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
    s.twice = false;
    s.of_another = true;
    register_reason = 0;
    install(&s, 3, &instance);
    assert_int_equal(register_reason, 4);
    s.of_another = false;
    s.by_another = true;
    register_reason = 0;
    install(&s, 3, &instance);
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
    recorder_expect_sound();
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
    recorder_expect("u");
    assert_int_equal(recorder.seen_context, 1);
    assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
    assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
    heap_usage(&bench.heap, &after);
    assert_memory_equal(&before, &after, sizeof before);
    recorder_expect_sound();
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
    recorder_expect_sound();
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
            bench.vm.java = recorder_java;
            assert_int_equal(jcre_delete(&bench.jcre, a), ERR_OK);
            assert_int_equal(jcre_next(&bench.jcre, 0), 0);
            recorder_expect_sound();
            if (done)
                break;
            assert_true(n < 1000);
        }
    }
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, recorder_setup, recorder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_install_and_what_undoes_it),
        TEST(test_register_reasons),
        TEST(test_install_refuses_names),
        TEST(test_the_table_grows),
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
