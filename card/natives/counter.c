/*
 * javacardx.security.util.MonotonicCounter: written at once and for good,
 * whatever a transaction does.  [JCAPI MonotonicCounter]
 */
#include "natives/natives.h"
#include "natives/value.h"

static const char counter_class[] = "javacardx/security/util/MonotonicCounter";

static enum vm_native_result throw_arithmetic(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/ArithmeticException", 0);
}

static uint64_t maximum(const struct value *value)
{
    return UINT64_MAX >> (8 * (VALUE_MAX - value->size));
}

enum vm_native_result native_counter_instance(struct vm *vm,
                                              const struct vm_call *call)
{
    const int16_t size = native_short(call, 0);

    if (size < 1 || size > VALUE_MAX)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    const ref_t object = native_value_new(vm, call, counter_class,
                                          native_byte(call, 1), (uint32_t)size);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

enum vm_native_result native_counter_memory(struct vm *vm,
                                            const struct vm_call *call)
{
    struct value value;

    return native_value_open(vm, call->cells[0], &value)
               ? native_done_short(vm, value.memory)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_counter_size(struct vm *vm,
                                          const struct vm_call *call)
{
    struct value value;

    return native_value_open(vm, call->cells[0], &value)
               ? native_done_short(vm, (int32_t)value.size)
               : VM_NATIVE_THREW;
}

/* Goes up to `bits`, and never down; gives what it is then, as far as a short
 * holds it. */
static enum vm_native_result raise(struct vm *vm, const struct value *value,
                                   uint64_t bits)
{
    if (bits < value->bits || bits > maximum(value))
        return throw_arithmetic(vm);
    return native_value_set(vm, value, bits, HEAP_NOW)
               ? native_done_short(vm, (int16_t)bits)
               : VM_NATIVE_THREW;
}

/* The number in an array, leading zeros and all: false: thrown. */
static bool operand(struct vm *vm, const struct vm_call *call, bool *huge,
                    uint64_t *bits)
{
    struct native_range r;

    if (!native_piece(vm, call, 1, &r))
        return false;
    if (r.n == 0) {
        (void)throw_arithmetic(vm);
        return false;
    }
    struct span s = native_span(&r);
    for (*huge = false; s.n > VALUE_MAX; s = span_of(s.p + 1, s.n - 1))
        *huge = *huge || *s.p != 0;
    *bits = native_value_of(s);
    return true;
}

/* `this`, with an operand. */
static bool open_with(struct vm *vm, const struct vm_call *call,
                      struct value *value, bool *huge, uint64_t *bits)
{
    return operand(vm, call, huge, bits) &&
           native_value_open(vm, call->cells[0], value);
}

enum vm_native_result native_counter_set(struct vm *vm,
                                         const struct vm_call *call)
{
    struct value value;
    uint64_t bits = 0;
    bool huge = false;

    if (!open_with(vm, call, &value, &huge, &bits))
        return VM_NATIVE_THREW;
    return huge ? throw_arithmetic(vm) : raise(vm, &value, bits);
}

enum vm_native_result native_counter_increment(struct vm *vm,
                                               const struct vm_call *call)
{
    const int16_t by = native_short(call, 1);
    struct value value;

    if (!native_value_open(vm, call->cells[0], &value))
        return VM_NATIVE_THREW;
    return by < 0 ? throw_arithmetic(vm)
                  : raise(vm, &value, value.bits + (uint64_t)by);
}

enum vm_native_result native_counter_get(struct vm *vm,
                                         const struct vm_call *call)
{
    uint8_t bytes[VALUE_MAX];
    struct native_range to;
    struct value value;

    if (!native_value_open(vm, call->cells[0], &value) ||
        !native_target(vm, call, call->cells[1], native_short(call, 2),
                       (int32_t)value.size, &to))
        return VM_NATIVE_THREW;
    native_value_put(bytes, value.size, value.bits);
    return native_write(vm, to.ref, to.at, bytes, to.n, HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)to.n)
               : VM_NATIVE_THREW;
}

static enum vm_native_result order(struct vm *vm, uint64_t a, uint64_t b)
{
    return native_done_short(vm, (a > b) - (a < b));
}

enum vm_native_result native_counter_compare_bytes(struct vm *vm,
                                                   const struct vm_call *call)
{
    struct value value;
    uint64_t bits = 0;
    bool huge = false;

    if (!open_with(vm, call, &value, &huge, &bits))
        return VM_NATIVE_THREW;
    return huge ? native_done_short(vm, -1) : order(vm, value.bits, bits);
}

enum vm_native_result native_counter_compare(struct vm *vm,
                                             const struct vm_call *call)
{
    struct value a, b;

    return native_instance(vm, call, call->cells[1], counter_class) &&
                   native_value_open(vm, call->cells[0], &a) &&
                   native_value_open(vm, call->cells[1], &b)
               ? order(vm, a.bits, b.bits)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_counter_at_maximum(struct vm *vm,
                                                const struct vm_call *call)
{
    struct value value;

    return native_value_open(vm, call->cells[0], &value)
               ? native_done_short(vm, value.bits == maximum(&value))
               : VM_NATIVE_THREW;
}
