/*
 * javacard.framework.OwnerPINBuilder, OwnerPINx, OwnerPINxWithPredecrement.
 * An OwnerPINx is an instance of the interface itself: its methods are the
 * natives here.  Presentation (check, decrementTriesRemaining, reset) takes no
 * part in a transaction, administration (update, set...) does.  [JCAPI
 * OwnerPINx]
 */
#include "natives/natives.h"
#include "natives/pin.h"

enum { TYPE_OWNER_PIN = 1, TYPE_X = 2, TYPE_X_PREDECREMENT = 3 };

/* Of the flag that a check was announced. */
enum { ANNOUNCED = 1, ANNOUNCED_WHEN_BLOCKED = 2 };

static const char *const class_names[] = {
    NULL,
    "javacard/framework/OwnerPIN",
    "javacard/framework/OwnerPINx",
    "javacard/framework/OwnerPINxWithPredecrement",
};

enum vm_native_result native_pinx_build(struct vm *vm,
                                        const struct vm_call *call)
{
    int8_t limit = native_byte(call, 0);
    int8_t max = native_byte(call, 1);
    int8_t type = native_byte(call, 2);
    const struct pin_kind kind = {(uint8_t)limit, (uint8_t)max,
                                  type == TYPE_OWNER_PIN ? PIN_FLAGS
                                                         : PIN_FLAGS_X};

    if (limit < 1 || max < 1 || type < TYPE_OWNER_PIN ||
        type > TYPE_X_PREDECREMENT)
        return native_pin_throw(vm, PIN_ILLEGAL_VALUE);
    ref_t pin = vm_new_object(vm, vm_api_class(class_names[type]));
    if (pin == 0)
        return VM_NATIVE_THREW;
    enum err e = native_pin_create(vm, call, pin, &kind);
    return e == ERR_OK ? native_done_ref(vm, pin) : vm_throw_err(vm, e);
}

/* False: thrown; also for a PIN that is none of these. */
static bool open_x(struct vm *vm, const struct vm_call *call, struct pin *pin)
{
    if (!native_pin_open(vm, call, pin))
        return false;
    if (pin->announced == NULL)
        (void)native_throw_security(vm);
    return pin->announced != NULL;
}

static bool is_predecremented(struct vm *vm, const struct vm_call *call)
{
    return vm_instance_of(vm, call->cells[0],
                          vm_api_class(class_names[TYPE_X_PREDECREMENT]));
}

/* PIN.check of both; one of them counts down in a call of its own. */
enum vm_native_result native_pinx_check(struct vm *vm,
                                        const struct vm_call *call)
{
    struct pin pin;
    uint8_t tries = 0;

    if (!open_x(vm, call, &pin))
        return VM_NATIVE_THREW;
    uint8_t announced = *pin.announced;
    *pin.announced = 0;
    if (!is_predecremented(vm, call)) {
        if (!native_pin_count_down(vm, &pin, &tries))
            return VM_NATIVE_THREW;
        return native_pin_compare(vm, call, &pin, tries == 0);
    }
    if (announced == 0)
        return native_pin_throw(vm, PIN_ILLEGAL_STATE);
    return native_pin_compare(vm, call, &pin, announced != ANNOUNCED);
}

enum vm_native_result native_pinx_decrement(struct vm *vm,
                                            const struct vm_call *call)
{
    struct pin pin;
    uint8_t tries = 0;

    if (!open_x(vm, call, &pin) || !native_pin_count_down(vm, &pin, &tries))
        return VM_NATIVE_THREW;
    *pin.announced = tries != 0 ? ANNOUNCED : ANNOUNCED_WHEN_BLOCKED;
    return native_done_short(vm, tries != 0 ? tries - 1 : 0);
}

enum vm_native_result native_pinx_limit(struct vm *vm,
                                        const struct vm_call *call)
{
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    return native_done_short(vm, pin.limit);
}

static enum vm_native_result put_counters(struct vm *vm, const struct pin *pin,
                                          uint8_t tries, uint8_t limit)
{
    if (!native_pin_set_counters(vm, pin, tries, limit, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    native_pin_forget(pin);
    return VM_NATIVE_DONE;
}

/* There are as many tries then. [JCAPI OwnerPINx.setTryLimit] */
enum vm_native_result native_pinx_set_limit(struct vm *vm,
                                            const struct vm_call *call)
{
    int8_t limit = native_byte(call, 1);
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    if (limit < 1)
        return native_pin_throw(vm, PIN_ILLEGAL_VALUE);
    return put_counters(vm, &pin, (uint8_t)limit, (uint8_t)limit);
}

enum vm_native_result native_pinx_set_tries(struct vm *vm,
                                            const struct vm_call *call)
{
    int8_t tries = native_byte(call, 1);
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    if (tries < 0 || (uint8_t)tries > pin.limit)
        return native_pin_throw(vm, PIN_ILLEGAL_VALUE);
    return put_counters(vm, &pin, (uint8_t)tries, pin.limit);
}
