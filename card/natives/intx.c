/* javacardx.framework.util.intx.JCint */
#include "natives/natives.h"
#include "natives/support.h"

enum { INT_SIZE = 4 };

static enum vm_native_result done_int(struct vm *vm, uint32_t value)
{
    vm_return_int(vm, (int32_t)value);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_int_of_bytes(struct vm *vm,
                                          const struct vm_call *call)
{
    uint8_t b[INT_SIZE];

    for (unsigned i = 0; i < INT_SIZE; i++)
        b[i] = (uint8_t)call->cells[i];
    return done_int(vm, get_u4(b));
}

enum vm_native_result native_int_of_shorts(struct vm *vm,
                                           const struct vm_call *call)
{
    return done_int(vm, ((uint32_t)call->cells[0] << 16) | call->cells[1]);
}

enum vm_native_result native_int_get(struct vm *vm, const struct vm_call *call)
{
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[0], native_short(call, 1), INT_SIZE,
                      &r))
        return VM_NATIVE_THREW;
    return done_int(vm, get_u4(native_span(&r).p));
}

enum vm_native_result native_int_set(struct vm *vm, const struct vm_call *call)
{
    struct native_range r;
    uint8_t bytes[INT_SIZE];

    set_u4(bytes, (uint32_t)native_int(call, 2));
    if (!native_target(vm, call, call->cells[0], native_short(call, 1),
                       INT_SIZE, &r) ||
        !native_write(vm, r.ref, r.at, bytes, INT_SIZE, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)(r.at + INT_SIZE));
}

enum vm_native_result native_int_transient(struct vm *vm,
                                           const struct vm_call *call)
{
    return native_make_transient(vm, call, HEAP_INT_ARRAY);
}
