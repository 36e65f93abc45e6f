/* javacard.framework.Util */
#include "natives/natives.h"
#include "natives/support.h"

#include <string.h>

static int8_t order_of(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return (int8_t)a[i] < (int8_t)b[i] ? -1 : 1;
    }
    return 0;
}

enum vm_native_result native_util_compare(struct vm *vm,
                                          const struct vm_call *call)
{
    const uint16_t *c = call->cells;
    int16_t n = native_short(call, 4);
    struct native_range a, b;

    if (!native_arrays(vm, call, c[0], c[2]) ||
        !native_bytes(vm, call, c[0], native_short(call, 1), n, &a) ||
        !native_bytes(vm, call, c[2], native_short(call, 3), n, &b))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, order_of(native_span(&a).p, native_span(&b).p, a.n));
}

static enum vm_native_result copy(struct vm *vm, const struct vm_call *call,
                                  enum heap_write how)
{
    const uint16_t *c = call->cells;
    int16_t n = native_short(call, 4);
    struct native_range from, to;

    if (!native_arrays(vm, call, c[0], c[2]) ||
        !native_bytes(vm, call, c[0], native_short(call, 1), n, &from) ||
        !native_target(vm, call, c[2], native_short(call, 3), n, &to) ||
        (how == HEAP_RAW && !native_may_tear(vm, &to)) ||
        !native_write(vm, to.ref, to.at, native_span(&from).p, from.n, how))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)(to.at + to.n));
}

enum vm_native_result native_util_copy(struct vm *vm,
                                       const struct vm_call *call)
{
    return copy(vm, call, HEAP_ATOMIC);
}

enum vm_native_result native_util_copy_raw(struct vm *vm,
                                           const struct vm_call *call)
{
    return copy(vm, call, HEAP_RAW);
}

static enum vm_native_result fill(struct vm *vm, const struct vm_call *call,
                                  enum heap_write how)
{
    struct native_range to;
    uint8_t value = (uint8_t)call->cells[3];

    if (!native_target(vm, call, call->cells[0], native_short(call, 1),
                       native_short(call, 2), &to) ||
        (how == HEAP_RAW && !native_may_tear(vm, &to)) ||
        !native_fill(vm, to.ref, to.at, value, to.n, how))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)(to.at + to.n));
}

enum vm_native_result native_util_fill(struct vm *vm,
                                       const struct vm_call *call)
{
    return fill(vm, call, HEAP_ATOMIC);
}

enum vm_native_result native_util_fill_raw(struct vm *vm,
                                           const struct vm_call *call)
{
    return fill(vm, call, HEAP_RAW);
}

enum vm_native_result native_util_get_short(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[0], native_short(call, 1), 2, &r))
        return VM_NATIVE_THREW;
    return native_done_short(vm, get_u2(native_span(&r).p));
}

enum vm_native_result native_util_set_short(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;
    uint8_t bytes[2];

    set_u2(bytes, call->cells[2]);
    if (!native_target(vm, call, call->cells[0], native_short(call, 1), 2,
                       &r) ||
        !native_write(vm, r.ref, r.at, bytes, 2, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)(r.at + 2));
}

enum vm_native_result native_util_make_short(struct vm *vm,
                                             const struct vm_call *call)
{
    uint32_t high = call->cells[0] & 0xFFu;

    return native_done_short(vm,
                             (int32_t)((high << 8) | (call->cells[1] & 0xFFu)));
}
