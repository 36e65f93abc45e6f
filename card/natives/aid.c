/* javacard.framework.AID; where its bytes are is in jcre/aid.h */
#include "natives/natives.h"
#include "natives/support.h"

#include <string.h>

#include "jcre/aid.h"

enum { RID_LENGTH = 5 };

/* The bytes of `this`, whose class the machine has checked. */
static struct span own_aid(struct vm *vm, const struct vm_call *call)
{
    struct span aid = {NULL, 0};

    (void)jcre_aid_get(jcre_of(vm), call->cells[0], &aid);
    return aid;
}

enum vm_native_result native_aid_new(struct vm *vm, const struct vm_call *call)
{
    struct native_range r;
    enum err e = ERR_CORRUPT;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r))
        return VM_NATIVE_THREW;
    if (r.n < JCRE_AID_MIN || r.n > JCRE_AID_MAX)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    e = jcre_aid_set(jcre_of(vm), call->cells[0], native_span(&r));
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

/* Another AID object, which the caller need not own; false for null. */
static bool other_aid(struct vm *vm, const struct vm_call *call,
                      struct span *aid)
{
    return jcre_aid_get(jcre_of(vm), call->cells[1], aid);
}

/* [JCAPI AID]: false for null and for what is no AID */
enum vm_native_result native_aid_equals(struct vm *vm,
                                        const struct vm_call *call)
{
    struct span aid;

    if (native_is_null(vm, call->cells[1]))
        return native_done_short(vm, 0);
    if (!native_object(vm, call, call->cells[1]))
        return VM_NATIVE_THREW;
    return native_done_short(vm, other_aid(vm, call, &aid) &&
                                     span_equal(aid, own_aid(vm, call)));
}

enum vm_native_result native_aid_rid_equals(struct vm *vm,
                                            const struct vm_call *call)
{
    struct span own = own_aid(vm, call);
    struct span aid;

    if (native_is_null(vm, call->cells[1]))
        return native_done_short(vm, 0);
    if (!native_aid(vm, call, call->cells[1], &aid))
        return VM_NATIVE_THREW;
    return native_done_short(vm, own.n >= RID_LENGTH && aid.n >= RID_LENGTH &&
                                     memcmp(own.p, aid.p, RID_LENGTH) == 0);
}

/* What both comparisons with an array begin with; false: thrown. */
static bool compared_bytes(struct vm *vm, const struct vm_call *call,
                           struct native_range *r)
{
    return native_bytes(vm, call, call->cells[1], native_short(call, 2),
                        native_byte(call, 3), r);
}

enum vm_native_result native_aid_equals_bytes(struct vm *vm,
                                              const struct vm_call *call)
{
    struct native_range r;

    if (native_is_null(vm, call->cells[1]))
        return native_done_short(vm, 0);
    if (!compared_bytes(vm, call, &r))
        return VM_NATIVE_THREW;
    return native_done_short(vm,
                             span_equal(native_span(&r), own_aid(vm, call)));
}

/* Whether the array is the beginning of the AID. */
enum vm_native_result native_aid_partial_equals(struct vm *vm,
                                                const struct vm_call *call)
{
    struct span own = own_aid(vm, call);
    struct native_range r;

    if (native_is_null(vm, call->cells[1]))
        return native_done_short(vm, 0);
    if (!compared_bytes(vm, call, &r))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, r.n <= own.n && memcmp(native_span(&r).p, own.p, r.n) == 0);
}

static enum vm_native_result give(struct vm *vm, const struct vm_call *call,
                                  struct span part, unsigned cell)
{
    struct native_range r;

    if (!native_target(vm, call, call->cells[cell],
                       native_short(call, cell + 1), (int32_t)part.n, &r) ||
        !native_write(vm, r.ref, r.at, part.p, r.n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)part.n);
}

enum vm_native_result native_aid_bytes(struct vm *vm,
                                       const struct vm_call *call)
{
    return give(vm, call, own_aid(vm, call), 1);
}

/* Length 0: all that follows the offset. [JCAPI AID] */
enum vm_native_result native_aid_partial_bytes(struct vm *vm,
                                               const struct vm_call *call)
{
    struct span own = own_aid(vm, call);
    int16_t at = native_short(call, 1);
    int8_t n = native_byte(call, 4);

    if (at < 0 || n < 0 || (size_t)at + (size_t)n > own.n)
        return native_throw_bounds(vm);
    own.p += at;
    own.n = n != 0 ? (size_t)n : own.n - (size_t)at;
    return give(vm, call, own, 2);
}
