/*
 * javacardx.framework.time: durations, signed, in microseconds.  A change is
 * one write, which takes part in transactions.  What does not fit 64 bits is an
 * ArithmeticException, as of java.time.Duration, whose model this is.
 */
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/value.h"

static const char duration_class[] = "javacardx/framework/time/TimeDuration";

enum { DATE_TIME_INVALID_VALUE = 1, DATE_TIME_INVALID_UNIT = 2 };

static enum vm_native_result throw_date_time(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacardx/framework/time/DateTimeException",
                         reason);
}

static enum vm_native_result throw_arithmetic(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/ArithmeticException", 0);
}

/* Microseconds of TimeDuration.MICROS to DAYS; false: thrown. */
static bool unit_of(struct vm *vm, int16_t unit, int64_t *micros)
{
    static const int64_t units[] = {
        [2] = 1,        [3] = 1000,       [4] = 1000000,
        [5] = 60000000, [6] = 3600000000, [7] = 86400000000,
    };

    if (unit < 2 || unit > 7) {
        (void)throw_date_time(vm, DATE_TIME_INVALID_UNIT);
        return false;
    }
    *micros = units[unit];
    return true;
}

/* ---- 64 bits that may not be enough ---- */

static bool multiplied(int64_t a, int64_t b, int64_t *out)
{
    /* b: a unit, above 0 */
    if (a > INT64_MAX / b || a < INT64_MIN / b)
        return false;
    *out = a * b;
    return true;
}

static bool added(int64_t a, int64_t b, int64_t *out)
{
    if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b))
        return false;
    *out = a + b;
    return true;
}

static bool negated(int64_t a, int64_t *out)
{
    if (a == INT64_MIN)
        return false;
    *out = -a;
    return true;
}

/* ---- objects ---- */

struct duration {
    struct value value;
    int64_t micros;
};

static bool open_duration(struct vm *vm, ref_t object, struct duration *d)
{
    if (!native_value_open(vm, object, &d->value))
        return false;
    d->micros = (int64_t)d->value.bits;
    return true;
}

/* A method that gives `this`, changed if it is `possible`. */
static enum vm_native_result become(struct vm *vm, const struct vm_call *call,
                                    const struct duration *d, bool possible,
                                    int64_t micros)
{
    if (!possible)
        return throw_arithmetic(vm);
    return native_value_set(vm, &d->value, (uint64_t)micros, HEAP_ATOMIC)
               ? native_done_ref(vm, call->cells[0])
               : VM_NATIVE_THREW;
}

/* A short and a unit, from `cell`. */
static bool amount(struct vm *vm, const struct vm_call *call, unsigned cell,
                   int64_t *micros)
{
    int64_t unit = 0;

    if (!unit_of(vm, native_short(call, cell + 1), &unit))
        return false;
    *micros = native_short(call, cell) * unit; /* 2^15 days fit */
    return true;
}

static bool other(struct vm *vm, const struct vm_call *call, int64_t *micros)
{
    struct duration d;

    if (!native_instance(vm, call, call->cells[1], duration_class) ||
        !open_duration(vm, call->cells[1], &d))
        return false;
    *micros = d.micros;
    return true;
}

enum vm_native_result native_duration_instance(struct vm *vm,
                                               const struct vm_call *call)
{
    const ref_t object = native_value_new(vm, call, duration_class,
                                          native_byte(call, 0), VALUE_MAX);

    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

enum vm_native_result native_duration_instance_of(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct duration d;
    int64_t micros = 0;

    if (!amount(vm, call, 1, &micros))
        return VM_NATIVE_THREW;
    const ref_t object = native_value_new(vm, call, duration_class,
                                          native_byte(call, 0), VALUE_MAX);
    return object != 0 && open_duration(vm, object, &d) &&
                   native_value_set(vm, &d.value, (uint64_t)micros, HEAP_ATOMIC)
               ? native_done_ref(vm, object)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_duration_memory(struct vm *vm,
                                             const struct vm_call *call)
{
    struct duration d;

    return open_duration(vm, call->cells[0], &d)
               ? native_done_short(vm, d.value.memory)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_duration_is_negative(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct duration d;

    return open_duration(vm, call->cells[0], &d)
               ? native_done_short(vm, d.micros < 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_duration_abs(struct vm *vm,
                                          const struct vm_call *call)
{
    struct duration d;
    int64_t micros = 0;

    if (!open_duration(vm, call->cells[0], &d))
        return VM_NATIVE_THREW;
    if (d.micros >= 0)
        return native_done_ref(vm, call->cells[0]);
    const bool possible = negated(d.micros, &micros);
    return become(vm, call, &d, possible, micros);
}

enum vm_native_result native_duration_neg(struct vm *vm,
                                          const struct vm_call *call)
{
    struct duration d;
    int64_t micros = 0;

    if (!open_duration(vm, call->cells[0], &d))
        return VM_NATIVE_THREW;
    const bool possible = negated(d.micros, &micros);
    return become(vm, call, &d, possible, micros);
}

enum vm_native_result native_duration_reset(struct vm *vm,
                                            const struct vm_call *call)
{
    struct duration d;

    return open_duration(vm, call->cells[0], &d) ? become(vm, call, &d, true, 0)
                                                 : VM_NATIVE_THREW;
}

static enum vm_native_result order(struct vm *vm, const struct vm_call *call,
                                   int64_t micros)
{
    struct duration d;

    return open_duration(vm, call->cells[0], &d)
               ? native_done_short(vm,
                                   (d.micros > micros) - (d.micros < micros))
               : VM_NATIVE_THREW;
}

static enum vm_native_result plus(struct vm *vm, const struct vm_call *call,
                                  int64_t micros)
{
    struct duration d;

    if (!open_duration(vm, call->cells[0], &d))
        return VM_NATIVE_THREW;
    const bool possible = added(d.micros, micros, &micros);
    return become(vm, call, &d, possible, micros);
}

static enum vm_native_result minus(struct vm *vm, const struct vm_call *call,
                                   int64_t micros)
{
    struct duration d;
    bool possible = true;

    if (!open_duration(vm, call->cells[0], &d))
        return VM_NATIVE_THREW;
    if (micros == INT64_MIN) { /* it has no opposite */
        possible = d.micros < 0;
        micros = possible ? d.micros - INT64_MIN : 0;
    } else {
        possible = added(d.micros, -micros, &micros);
    }
    return become(vm, call, &d, possible, micros);
}

#define WITH(function, operand, rule)                                          \
    enum vm_native_result function(struct vm *vm, const struct vm_call *call)  \
    {                                                                          \
        int64_t micros = 0;                                                    \
        return operand ? rule(vm, call, micros) : VM_NATIVE_THREW;             \
    }

WITH(native_duration_compare, other(vm, call, &micros), order)
WITH(native_duration_compare_to, amount(vm, call, 1, &micros), order)
WITH(native_duration_plus, other(vm, call, &micros), plus)
WITH(native_duration_plus_some, amount(vm, call, 1, &micros), plus)
WITH(native_duration_minus, other(vm, call, &micros), minus)
WITH(native_duration_minus_some, amount(vm, call, 1, &micros), minus)

/* ---- as bytes: signed, big-endian, in a unit ---- */

/* Bytes that a number takes, with its sign. */
static uint32_t size_of(int64_t number)
{
    uint32_t n = 1;

    while (number < -128 || number > 127) {
        number = number < 0 ? ~(~number >> 8) : number >> 8;
        n++;
    }
    return n;
}

enum vm_native_result native_duration_set(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range r;
    struct duration d;
    int64_t unit = 0;
    int64_t micros = 0;

    if (!native_piece(vm, call, 1, &r) ||
        !open_duration(vm, call->cells[0], &d) ||
        !unit_of(vm, native_short(call, 4), &unit))
        return VM_NATIVE_THREW;
    if (r.n == 0 || r.n > VALUE_MAX)
        return throw_date_time(vm, DATE_TIME_INVALID_VALUE);
    const struct span s = native_span(&r);
    uint64_t bits = native_value_of(s);
    if (s.p[0] >= 0x80 && s.n < VALUE_MAX)
        bits |= UINT64_MAX << (8 * s.n);
    const bool possible = multiplied((int64_t)bits, unit, &micros);
    return become(vm, call, &d, possible, micros);
}

enum vm_native_result native_duration_to_bytes(struct vm *vm,
                                               const struct vm_call *call)
{
    uint8_t bytes[VALUE_MAX];
    struct native_range to;
    struct duration d;
    int64_t unit = 0;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2),
                       native_short(call, 3), &to) ||
        !open_duration(vm, call->cells[0], &d) ||
        !unit_of(vm, native_short(call, 4), &unit))
        return VM_NATIVE_THREW;
    if (to.n > VALUE_MAX || to.n < size_of(d.micros / unit))
        return throw_date_time(vm, DATE_TIME_INVALID_VALUE);
    native_value_put(bytes, to.n, (uint64_t)(d.micros / unit));
    return native_write(vm, to.ref, to.at, bytes, to.n, HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)to.n)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_duration_length(struct vm *vm,
                                             const struct vm_call *call)
{
    struct duration d;
    int64_t unit = 0;

    return open_duration(vm, call->cells[0], &d) &&
                   unit_of(vm, native_short(call, 1), &unit)
               ? native_done_short(vm, (int32_t)size_of(d.micros / unit))
               : VM_NATIVE_THREW;
}

/* ---- SysTime ---- */

enum vm_native_result native_time_uptime(struct vm *vm,
                                         const struct vm_call *call)
{
    struct duration d;

    return native_instance(vm, call, call->cells[0], duration_class) &&
                   open_duration(vm, call->cells[0], &d) &&
                   native_value_set(vm, &d.value, jcre_uptime(jcre_of(vm)),
                                    HEAP_ATOMIC)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}
