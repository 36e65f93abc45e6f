/*
 * javacard.framework.OwnerPIN.  A PIN has a record of its own:
 *
 *   +-------+-------+----------+------+--------------------------+
 *   | tries | limit | max size | size | value, padded with zeros |
 *   +-------+-------+----------+------+--------------------------+
 *
 * and a transient boolean, so that a reset forgets that it was validated.
 * Tries are written outside any transaction, before the comparison: neither
 * an abort nor a power cut gives one back.  [JCAPI OwnerPIN] [JCRE 9.3]
 */
#include "natives/natives.h"

#include <string.h>

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/support.h"

enum {
    TRIES_AT = 0,
    LIMIT_AT = 1,
    MAX_AT = 2,
    SIZE_AT = 3,
    VALUE_AT = 4,
    VALUE_MAX = 127,
};

enum { PIN_ILLEGAL_VALUE = 1 };

struct pin {
    ref_t record;
    const uint8_t *p; /* the record */
    uint8_t *validated;
};

static enum vm_native_result illegal_value(struct vm *vm)
{
    return vm_throw_name(vm, "javacard/framework/PINException",
                         PIN_ILLEGAL_VALUE);
}

/* False: thrown; a PIN whose constructor did not end is of no use. */
static bool open_pin(struct vm *vm, const struct vm_call *call, struct pin *pin)
{
    ref_t validated = native_cell(vm, call->cells[0], CELL_PIN_VALIDATED);
    struct heap_view record, flag;

    pin->record = native_cell(vm, call->cells[0], CELL_PIN_RECORD);
    if (!heap_get(vm_heap(vm), pin->record, &record) ||
        !heap_get(vm_heap(vm), validated, &flag) || flag.ram == NULL) {
        (void)native_throw_null(vm);
        return false;
    }
    pin->p = record.p;
    pin->validated = flag.ram;
    return true;
}

static bool set_tries(struct vm *vm, const struct pin *pin, uint8_t tries)
{
    enum err e =
        heap_write(vm_heap(vm), pin->record, TRIES_AT, &tries, 1, HEAP_NOW);

    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

static enum err new_part(struct vm *vm, ref_t pin, struct heap_header hd,
                         enum native_cell cell)
{
    ref_t part = 0;
    enum err e = heap_new(vm_heap(vm), &hd, &part);

    return e != ERR_OK ? e : native_set_cell(vm, pin, cell, part, HEAP_ATOMIC);
}

static enum err create(struct vm *vm, const struct vm_call *call, uint8_t limit,
                       uint8_t max)
{
    const uint8_t head[] = {limit, limit, max, 0};
    struct heap_header hd = {0};
    ref_t pin = call->cells[0];
    enum err e = ERR_CORRUPT;

    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.kind = HEAP_BLOB;
    hd.length = VALUE_AT + (uint32_t)max;
    e = new_part(vm, pin, hd, CELL_PIN_RECORD);
    if (e != ERR_OK)
        return e;
    hd.kind = HEAP_BOOLEAN_ARRAY;
    hd.flags = HEAP_CLEAR_ON_RESET;
    hd.length = 1;
    e = new_part(vm, pin, hd, CELL_PIN_VALIDATED);
    if (e != ERR_OK)
        return e;
    return heap_write(vm_heap(vm), native_cell(vm, pin, CELL_PIN_RECORD), 0,
                      head, sizeof head, HEAP_ATOMIC);
}

enum vm_native_result native_pin_new(struct vm *vm, const struct vm_call *call)
{
    int8_t limit = native_byte(call, 1);
    int8_t max = native_byte(call, 2);
    enum err e = ERR_CORRUPT;

    if (limit < 1 || max < 1)
        return illegal_value(vm);
    e = create(vm, call, (uint8_t)limit, (uint8_t)max);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* Takes the same time for every value of the same length. */
static bool matches(const struct pin *pin, struct span value)
{
    uint8_t padded[VALUE_MAX] = {0};
    bool same = false;

    if (value.n > pin->p[MAX_AT])
        return false;
    if (value.n != 0)
        memcpy(padded, value.p, value.n);
    same = ct_equal(padded, pin->p + VALUE_AT, pin->p[MAX_AT]);
    wipe(padded, sizeof padded);
    return same && value.n == pin->p[SIZE_AT];
}

enum vm_native_result native_pin_check(struct vm *vm,
                                       const struct vm_call *call)
{
    struct native_range r;
    struct pin pin;
    uint8_t tries = 0;

    if (!open_pin(vm, call, &pin))
        return VM_NATIVE_THREW;
    *pin.validated = 0;
    tries = pin.p[TRIES_AT];
    if (tries != 0 && !set_tries(vm, &pin, (uint8_t)(tries - 1)))
        return VM_NATIVE_THREW;
    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r))
        return VM_NATIVE_THREW;
    if (tries == 0 || !matches(&pin, native_span(&r)))
        return native_done_short(vm, 0);
    if (!set_tries(vm, &pin, pin.p[LIMIT_AT]))
        return VM_NATIVE_THREW;
    *pin.validated = 1;
    return native_done_short(vm, 1);
}

enum vm_native_result native_pin_tries(struct vm *vm,
                                       const struct vm_call *call)
{
    struct pin pin;

    if (!open_pin(vm, call, &pin))
        return VM_NATIVE_THREW;
    return native_done_short(vm, pin.p[TRIES_AT]);
}

enum vm_native_result native_pin_is_validated(struct vm *vm,
                                              const struct vm_call *call)
{
    struct pin pin;

    if (!open_pin(vm, call, &pin))
        return VM_NATIVE_THREW;
    return native_done_short(vm, *pin.validated);
}

enum vm_native_result native_pin_set_validated(struct vm *vm,
                                               const struct vm_call *call)
{
    struct pin pin;

    if (!open_pin(vm, call, &pin))
        return VM_NATIVE_THREW;
    *pin.validated = (call->cells[1] & 1) != 0;
    return VM_NATIVE_DONE;
}

static enum vm_native_result restore_tries(struct vm *vm, const struct pin *pin)
{
    *pin->validated = 0;
    return set_tries(vm, pin, pin->p[LIMIT_AT]) ? VM_NATIVE_DONE
                                                : VM_NATIVE_THREW;
}

enum vm_native_result native_pin_reset(struct vm *vm,
                                       const struct vm_call *call)
{
    struct pin pin;

    if (!open_pin(vm, call, &pin))
        return VM_NATIVE_THREW;
    return *pin.validated ? restore_tries(vm, &pin) : VM_NATIVE_DONE;
}

enum vm_native_result native_pin_unblock(struct vm *vm,
                                         const struct vm_call *call)
{
    struct pin pin;

    if (!open_pin(vm, call, &pin))
        return VM_NATIVE_THREW;
    return restore_tries(vm, &pin);
}

/* Value, size and tries in one atomic write, which joins a transaction. */
enum vm_native_result native_pin_update(struct vm *vm,
                                        const struct vm_call *call)
{
    uint8_t record[VALUE_AT + VALUE_MAX] = {0};
    struct native_range r;
    struct pin pin;
    uint8_t max = 0;
    bool written = false;

    if (!open_pin(vm, call, &pin) ||
        !native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r))
        return VM_NATIVE_THREW;
    max = pin.p[MAX_AT];
    if (r.n > max)
        return illegal_value(vm);
    record[TRIES_AT] = record[LIMIT_AT] = pin.p[LIMIT_AT];
    record[MAX_AT] = max;
    record[SIZE_AT] = (uint8_t)r.n;
    if (r.n != 0)
        memcpy(record + VALUE_AT, native_span(&r).p, r.n);
    written = native_write(vm, pin.record, 0, record, VALUE_AT + (uint32_t)max,
                           HEAP_ATOMIC);
    wipe(record, sizeof record);
    if (!written)
        return VM_NATIVE_THREW;
    *pin.validated = 0;
    return VM_NATIVE_DONE;
}
