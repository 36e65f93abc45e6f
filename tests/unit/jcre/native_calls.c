#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "native_calls.h"
#include "natives/natives.h"

struct native_calls applet;

ref_t bytes_of(uint8_t flags, uint8_t context, uint32_t n)
{
    return bench_new(HEAP_BYTE_ARRAY, flags, context,
                     context == CONTEXT ? applet.owner : 9, 0, 0, n);
}

int native_calls_setup(void **state)
{
    uint8_t bytes[SIZE];

    (void)state;
    bench_open();
    applet.owner = bench_install(CONTEXT, 0, 1);
    applet.array = bytes_of(0, CONTEXT, SIZE);
    applet.transient = bytes_of(HEAP_CLEAR_ON_RESET, CONTEXT, SIZE);
    applet.foreign = bytes_of(0, 2, SIZE);
    for (uint8_t i = 0; i < SIZE; i++)
        bytes[i] = i;
    assert_int_equal(
        heap_write(&bench.heap, applet.array, 0, bytes, SIZE, HEAP_RAW),
        ERR_OK);
    return 0;
}

int native_calls_teardown(void **state)
{
    (void)state;
    bench_close();
    return 0;
}

const uint8_t *body(ref_t ref)
{
    struct heap_view v;

    assert_true(heap_get(&bench.heap, ref, &v));
    return v.p;
}

void returns(vm_native *native, const uint16_t *cells, size_t n, uint32_t value)
{
    enum vm_native_result r =
        bench_call(native, CONTEXT, applet.owner, cells, (uint8_t)n);

    if (r != VM_NATIVE_DONE)
        fail_msg("threw %s", bench.vm.thrown);
    assert_int_equal(bench.vm.result, value);
}

void does(vm_native *native, const uint16_t *cells, size_t n)
{
    assert_int_equal(
        bench_call(native, CONTEXT, applet.owner, cells, (uint8_t)n),
        VM_NATIVE_DONE);
}

void throws(vm_native *native, const uint16_t *cells, size_t n,
            const char *name, uint16_t reason)
{
    assert_int_equal(
        bench_call(native, CONTEXT, applet.owner, cells, (uint8_t)n),
        VM_NATIVE_THREW);
    assert_string_equal(bench.vm.thrown, name);
    assert_int_equal(bench.vm.reason, reason);
}

ref_t new_aid(const char *bytes, uint16_t n)
{
    struct vm_class c = vm_api_class("javacard/framework/AID");
    ref_t aid = bench_new(HEAP_OBJECT, 0, CONTEXT, applet.owner, c.package,
                          c.offset, vm_instance_cells(&bench.vm, c));

    assert_int_equal(heap_write(&bench.heap, applet.array, 0,
                                (const uint8_t *)bytes, n, HEAP_RAW),
                     ERR_OK);
    does(native_aid_new, CELLS(aid, applet.array, 0, n));
    return aid;
}
