/*
 * javacardx.framework.math.  A BigNumber has a record: its maximum and its
 * value, each in the bytes that it was made for.  A new value is one write,
 * which takes part in transactions.
 */
#include <string.h>

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/number.h"

static enum vm_native_result throw_arithmetic(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/ArithmeticException", 0);
}

/* ---- the record ---- */

struct big {
    ref_t record;
    uint32_t size; /* bytes of a number in it */
    struct number maximum;
    struct number value;
};

static bool open_big(struct vm *vm, ref_t ref, struct big *big)
{
    struct heap_view v;

    big->record = native_cell(vm, ref, CELL_BIG_RECORD);
    if (!heap_get(vm_heap(vm), big->record, &v)) {
        (void)native_throw_null(vm);
        return false;
    }
    big->size = v.h.length / 2;
    return native_number_read(&big->maximum, span_of(v.p, big->size),
                              NUMBER_HEX) &&
           native_number_read(&big->value, span_of(v.p + big->size, big->size),
                              NUMBER_HEX);
}

enum { MAXIMUM = 0, VALUE = 1 };

/* Writes one of the two numbers, which fits. */
static enum vm_native_result keep(struct vm *vm, const struct big *big,
                                  unsigned which, const struct number *n)
{
    return native_update(vm, big->record, which * big->size,
                         n->bytes + NUMBER_MAX - big->size, big->size)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

enum vm_native_result native_big_new(struct vm *vm, const struct vm_call *call)
{
    const int16_t size = native_short(call, 1);
    uint8_t maximum[NUMBER_MAX];
    ref_t record = 0;

    if (size < 1 || size > NUMBER_MAX)
        return throw_arithmetic(vm);
    memset(maximum, 0xFF, sizeof maximum);
    enum err e = native_new_record(vm, call, (uint32_t)size * 2, &record);
    if (e == ERR_OK)
        e = heap_write(vm_heap(vm), record, 0, maximum, (uint32_t)size,
                       HEAP_ATOMIC);
    if (e == ERR_OK)
        e = native_set_cell(vm, call->cells[0], CELL_BIG_RECORD, record,
                            HEAP_ATOMIC);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* ---- operands: array, offset, length and format, from `cell` ---- */

static bool operand(struct vm *vm, const struct vm_call *call, struct number *n)
{
    struct native_range r;

    if (!native_piece(vm, call, 1, &r))
        return false;
    if (native_number_read(n, native_span(&r), native_byte(call, 4)))
        return true;
    (void)throw_arithmetic(vm);
    return false;
}

/* Both, or false: thrown. */
static bool open_both(struct vm *vm, const struct vm_call *call,
                      struct big *big, struct number *n)
{
    return open_big(vm, call->cells[0], big) && operand(vm, call, n);
}

enum vm_native_result native_big_set_maximum(struct vm *vm,
                                             const struct vm_call *call)
{
    struct number n, limit = {0};
    struct big big;

    if (!open_both(vm, call, &big, &n))
        return VM_NATIVE_THREW;
    memset(limit.bytes + NUMBER_MAX - big.size, 0xFF, big.size);
    if (native_number_compare(&n, &big.value) < 0 ||
        native_number_compare(&n, &limit) > 0)
        return throw_arithmetic(vm);
    return keep(vm, &big, MAXIMUM, &n);
}

/* The new value when it is one that the number may have. */
static enum vm_native_result take(struct vm *vm, const struct big *big,
                                  const struct number *n, bool fits)
{
    if (!fits || native_number_compare(n, &big->maximum) > 0)
        return throw_arithmetic(vm);
    return keep(vm, big, VALUE, n);
}

enum vm_native_result native_big_init(struct vm *vm, const struct vm_call *call)
{
    struct number n;
    struct big big;

    return open_both(vm, call, &big, &n) ? take(vm, &big, &n, true)
                                         : VM_NATIVE_THREW;
}

static enum vm_native_result compute(struct vm *vm, const struct vm_call *call,
                                     bool (*rule)(struct number *a,
                                                  const struct number *b))
{
    struct number n;
    struct big big;

    if (!open_both(vm, call, &big, &n))
        return VM_NATIVE_THREW;
    const bool fits = rule(&big.value, &n);
    return take(vm, &big, &big.value, fits);
}

enum vm_native_result native_big_add(struct vm *vm, const struct vm_call *call)
{
    return compute(vm, call, native_number_add);
}

enum vm_native_result native_big_subtract(struct vm *vm,
                                          const struct vm_call *call)
{
    return compute(vm, call, native_number_subtract);
}

enum vm_native_result native_big_multiply(struct vm *vm,
                                          const struct vm_call *call)
{
    return compute(vm, call, native_number_multiply);
}

enum vm_native_result native_big_reset(struct vm *vm,
                                       const struct vm_call *call)
{
    const struct number zero = {0};
    struct big big;

    return open_big(vm, call->cells[0], &big) ? keep(vm, &big, VALUE, &zero)
                                              : VM_NATIVE_THREW;
}

enum vm_native_result native_big_compare(struct vm *vm,
                                         const struct vm_call *call)
{
    struct big a, b;

    if (!native_instance(vm, call, call->cells[1],
                         "javacardx/framework/math/BigNumber") ||
        !open_big(vm, call->cells[0], &a) || !open_big(vm, call->cells[1], &b))
        return VM_NATIVE_THREW;
    return native_done_short(vm, native_number_compare(&a.value, &b.value));
}

enum vm_native_result native_big_compare_bytes(struct vm *vm,
                                               const struct vm_call *call)
{
    struct number n;
    struct big big;

    return open_both(vm, call, &big, &n)
               ? native_done_short(vm, native_number_compare(&big.value, &n))
               : VM_NATIVE_THREW;
}

static bool is_format(int8_t format)
{
    return format == NUMBER_BCD || format == NUMBER_HEX;
}

/* A number that fits, right-aligned; one update. */
static bool put_number(struct vm *vm, const struct native_range *to,
                       const struct number *n, int8_t format)
{
    const struct card_port *port = jcre_port(jcre_of(vm));

    if (to->n > port->scratch_size) {
        (void)vm_throw_err(vm, ERR_LOG_FULL);
        return false;
    }
    native_number_write(n, format, port->scratch, to->n);
    return native_write(vm, to->ref, to->at, port->scratch, to->n, HEAP_ATOMIC);
}

enum vm_native_result native_big_to_bytes(struct vm *vm,
                                          const struct vm_call *call)
{
    const int8_t format = native_byte(call, 4);
    struct native_range to;
    struct big big;

    if (!open_big(vm, call->cells[0], &big) ||
        !native_target(vm, call, call->cells[1], native_short(call, 2),
                       native_short(call, 3), &to))
        return VM_NATIVE_THREW;
    if (!is_format(format) || to.n < native_number_size(&big.value, format))
        return throw_arithmetic(vm);
    return put_number(vm, &to, &big.value, format) ? VM_NATIVE_DONE
                                                   : VM_NATIVE_THREW;
}

enum vm_native_result native_big_length(struct vm *vm,
                                        const struct vm_call *call)
{
    const int8_t format = native_byte(call, 1);
    struct big big;

    if (!open_big(vm, call->cells[0], &big))
        return VM_NATIVE_THREW;
    if (!is_format(format))
        return throw_arithmetic(vm);
    return native_done_short(vm,
                             (int32_t)native_number_size(&big.value, format));
}

enum vm_native_result native_big_supported(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, NUMBER_MAX);
}

/* ---- BCDUtil ---- */

static enum vm_native_result convert(struct vm *vm, const struct vm_call *call,
                                     int8_t from_format, int8_t to_format)
{
    struct native_range from, to;
    struct number n;

    if (!native_in_and_out(vm, call, 0, 0, &from, &to))
        return VM_NATIVE_THREW;
    if (!native_number_read(&n, native_span(&from), from_format) || n.huge)
        return throw_arithmetic(vm);
    const uint32_t size = native_number_size(&n, to_format);
    return native_target(vm, call, to.ref, (int32_t)to.at, (int32_t)size,
                         &to) &&
                   put_number(vm, &to, &n, to_format)
               ? native_done_short(vm, (int32_t)size)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_bcd_to_hex(struct vm *vm,
                                        const struct vm_call *call)
{
    return convert(vm, call, NUMBER_BCD, NUMBER_HEX);
}

enum vm_native_result native_bcd_of_hex(struct vm *vm,
                                        const struct vm_call *call)
{
    return convert(vm, call, NUMBER_HEX, NUMBER_BCD);
}

enum vm_native_result native_bcd_is(struct vm *vm, const struct vm_call *call)
{
    struct native_range r;

    if (!native_piece(vm, call, 0, &r))
        return VM_NATIVE_THREW;
    if (r.n == 0)
        return throw_arithmetic(vm);
    return native_done_short(vm, native_number_is_bcd(native_span(&r)));
}

/* ---- ParityBit ---- */

static uint8_t with_parity(uint8_t byte, bool even)
{
    unsigned ones = byte >> 1;

    ones ^= ones >> 4;
    ones ^= ones >> 2;
    ones ^= ones >> 1;
    return (uint8_t)((byte & 0xFE) | ((ones ^ !even) & 1));
}

enum vm_native_result native_parity_set(struct vm *vm,
                                        const struct vm_call *call)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    const bool even = (call->cells[3] & 1) != 0;
    struct native_range r;

    if (!native_range(vm, call, call->cells[0], native_short(call, 1),
                      native_short(call, 2), HEAP_BYTE_ARRAY,
                      NATIVE_READ | NATIVE_WRITE, &r))
        return VM_NATIVE_THREW;
    if (r.n > port->scratch_size)
        return vm_throw_err(vm, ERR_LOG_FULL);
    for (uint32_t i = 0; i < r.n; i++)
        port->scratch[i] = with_parity(r.v.p[r.at + i], even);
    const bool done =
        native_write(vm, r.ref, r.at, port->scratch, r.n, HEAP_ATOMIC);
    wipe(port->scratch, r.n); /* they are keys as a rule */
    return done ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}
