#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap/heap.h"
#include "jcre/native.h"
#include "recorder.h"

struct recorder recorder;

static void note(const char *text)
{
    assert_true(strlen(recorder.calls) + strlen(text) < sizeof recorder.calls);
    strcat(recorder.calls, text);
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

enum vm_result recorder_java(struct vm *vm, struct fake_call *call)
{
    note(letter(call));
    recorder.seen_context = jcre_selected_context(&bench.jcre);
    recorder.seen_selecting = jcre_selecting(&bench.jcre);
    recorder.seen_reselecting = jcre_reselecting(&bench.jcre);
    if (recorder.leave_open)
        assert_int_equal(heap_begin(vm->heap), ERR_OK);
    call->result = recorder.answers;
    if (recorder.exception == NULL)
        return VM_RETURNED;
    vm_throw_name(vm, recorder.exception, recorder.reason);
    return VM_THREW;
}

int recorder_setup(void **state)
{
    (void)state;
    bench_open();
    bench.vm.java = recorder_java;
    recorder.calls[0] = 0;
    recorder.answers = 1;
    recorder.exception = NULL;
    recorder.reason = 0;
    recorder.leave_open = false;
    return 0;
}

int recorder_teardown(void **state)
{
    (void)state;
    bench_close();
    return 0;
}

void recorder_expect(const char *expected)
{
    assert_string_equal(recorder.calls, expected);
    recorder.calls[0] = 0;
}

void recorder_expect_sound(void)
{
    assert_int_equal(jcre_check(&bench.jcre, NULL, NULL), 0);
    assert_int_equal(heap_check(&bench.heap, NULL, NULL), 0);
}
