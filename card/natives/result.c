/*
 * javacardx.security.SensitiveResult: what the last sensitive method gave,
 * asserted again, so that a fault between its return and what is decided by
 * it shows.  [JCAPI SensitiveResult]
 */
#include "natives/result.h"

#include "natives/natives.h"
#include "natives/support.h"

enum vm_native_result native_sensitive_done(struct vm *vm,
                                            enum vm_native_result r,
                                            enum jcre_result_kind kind)
{
    if (r == VM_NATIVE_DONE)
        jcre_keep_result(jcre_of(vm), kind, vm_returned(vm));
    else
        jcre_forget_result(jcre_of(vm));
    return r;
}

enum vm_native_result native_sensitive(struct vm *vm,
                                       const struct vm_call *call,
                                       vm_native *native,
                                       enum jcre_result_kind kind)
{
    return native_sensitive_done(vm, native(vm, call), kind);
}

static enum vm_native_result assert_that(struct vm *vm, bool is)
{
    return is ? VM_NATIVE_DONE : native_throw_security(vm);
}

enum vm_native_result native_result_is_object(struct vm *vm,
                                              const struct vm_call *call)
{
    uint16_t kept = 0;

    return assert_that(vm, jcre_result(jcre_of(vm), JCRE_RESULT_REF, &kept) &&
                               kept == call->cells[0]);
}

static enum vm_native_result assert_flag(struct vm *vm, uint16_t flag)
{
    uint16_t kept = 0;

    return assert_that(vm,
                       jcre_result(jcre_of(vm), JCRE_RESULT_BOOLEAN, &kept) &&
                           kept == flag);
}

enum vm_native_result native_result_is_true(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return assert_flag(vm, 1);
}

enum vm_native_result native_result_is_false(struct vm *vm,
                                             const struct vm_call *call)
{
    (void)call;
    return assert_flag(vm, 0);
}

enum { BELOW = 1, EQUAL = 2, ABOVE = 4 };

/* How the short that is kept compares with `value`; 0: none is. */
static unsigned compared(struct vm *vm, int16_t value)
{
    uint16_t kept = 0;

    if (!jcre_result(jcre_of(vm), JCRE_RESULT_SHORT, &kept))
        return 0;
    if ((int16_t)kept == value)
        return EQUAL;
    return (int16_t)kept < value ? BELOW : ABOVE;
}

enum vm_native_result native_result_is_negative(struct vm *vm,
                                                const struct vm_call *call)
{
    (void)call;
    return assert_that(vm, compared(vm, 0) == BELOW);
}

enum vm_native_result native_result_is_positive(struct vm *vm,
                                                const struct vm_call *call)
{
    (void)call;
    return assert_that(vm, compared(vm, 0) == ABOVE);
}

enum vm_native_result native_result_is_zero(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return assert_that(vm, compared(vm, 0) == EQUAL);
}

enum vm_native_result native_result_is(struct vm *vm,
                                       const struct vm_call *call)
{
    return assert_that(vm, compared(vm, native_short(call, 0)) == EQUAL);
}

enum vm_native_result native_result_is_above(struct vm *vm,
                                             const struct vm_call *call)
{
    return assert_that(vm, compared(vm, native_short(call, 0)) == ABOVE);
}

enum vm_native_result native_result_is_below(struct vm *vm,
                                             const struct vm_call *call)
{
    return assert_that(vm, compared(vm, native_short(call, 0)) == BELOW);
}

enum vm_native_result native_result_reset(struct vm *vm,
                                          const struct vm_call *call)
{
    (void)call;
    jcre_forget_result(jcre_of(vm));
    return VM_NATIVE_DONE;
}
