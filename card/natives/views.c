/*
 * Array views: javacard.framework.JCSystem.make*ArrayView and what tells them
 * from other arrays, JCint.makeIntArrayView.  The heap calls them windows.
 * [JCAPI JCSystem]
 */
#include "natives/natives.h"
#include "natives/support.h"

enum { ATTR_READABLE = 1, ATTR_WRITABLE = 2 };

static uint8_t rights_of(uint16_t attributes)
{
    uint8_t rights = 0;

    if ((attributes & ATTR_READABLE) != 0)
        rights |= HEAP_READABLE;
    if ((attributes & ATTR_WRITABLE) != 0)
        rights |= HEAP_WRITABLE;
    return rights;
}

/*
 * For whom the view is: the caller, or the owner of a Shareable object.
 * False: thrown, the object shares nothing.
 */
static bool find_user(struct vm *vm, const struct vm_call *call, ref_t shared,
                      struct heap_window *w)
{
    struct heap_view v;

    w->context = call->caller_context;
    w->owner = vm_owner(vm);
    if (!heap_get(vm_heap(vm), shared, &v))
        return true; /* null */
    if (!vm_instance_of(vm, shared,
                        vm_api_class("javacard/framework/Shareable"))) {
        (void)native_throw_security(vm);
        return false;
    }
    w->context = v.h.context;
    w->owner = v.h.owner;
    return true;
}

/* The caller's access to the array, and the elements' place in it. */
static bool find_elements(struct vm *vm, const struct vm_call *call,
                          enum heap_kind kind, uint8_t rights,
                          struct native_range *r)
{
    return native_range(vm, call, call->cells[0], native_short(call, 1),
                        native_short(call, 2), kind, rights, r);
}

static enum vm_native_result
make_view(struct vm *vm, const struct vm_call *call, enum heap_kind kind)
{
    uint16_t attributes = call->cells[3];
    struct heap_window w = {0};
    struct native_range r;
    ref_t view = 0;

    w.rights = rights_of(attributes);
    if (!find_elements(vm, call, kind, w.rights, &r))
        return VM_NATIVE_THREW;
    if (attributes == 0 || attributes > (ATTR_READABLE | ATTR_WRITABLE))
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (!find_user(vm, call, call->cells[4], &w))
        return VM_NATIVE_THREW;
    w.base = r.ref;
    w.kind = r.v.h.kind;
    w.first = r.at;
    w.length = r.n;
    if (jcre_new_view(jcre_of(vm), &w, &view) != ERR_OK)
        return native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    return native_done_ref(vm, view);
}

/* The kind of array an Object is; SystemException for anything else. */
enum vm_native_result native_view_object(struct vm *vm,
                                         const struct vm_call *call)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), call->cells[0], &v))
        return native_throw_null(vm);
    if (v.h.kind < HEAP_BOOLEAN_ARRAY || v.h.kind > HEAP_REF_ARRAY)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return make_view(vm, call, (enum heap_kind)v.h.kind);
}

enum vm_native_result native_view_booleans(struct vm *vm,
                                           const struct vm_call *call)
{
    return make_view(vm, call, HEAP_BOOLEAN_ARRAY);
}

enum vm_native_result native_view_bytes(struct vm *vm,
                                        const struct vm_call *call)
{
    return make_view(vm, call, HEAP_BYTE_ARRAY);
}

enum vm_native_result native_view_shorts(struct vm *vm,
                                         const struct vm_call *call)
{
    return make_view(vm, call, HEAP_SHORT_ARRAY);
}

enum vm_native_result native_view_ints(struct vm *vm,
                                       const struct vm_call *call)
{
    return make_view(vm, call, HEAP_INT_ARRAY);
}

enum vm_native_result native_view_is(struct vm *vm, const struct vm_call *call)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), call->cells[0], &v))
        return native_done_short(vm, 0);
    if (!native_object(vm, call, call->cells[0]))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (v.h.flags & HEAP_WINDOW) != 0);
}

/* An array that is no view can be read and written. */
enum vm_native_result native_view_attributes(struct vm *vm,
                                             const struct vm_call *call)
{
    struct heap_view v;
    int32_t attributes = 0;

    if (!vm_array_access(vm, call->caller_context, call->cells[0], &v))
        return VM_NATIVE_THREW;
    if ((v.h.flags & HEAP_WINDOW) == 0)
        return native_done_short(vm, ATTR_READABLE | ATTR_WRITABLE);
    if ((v.h.flags & HEAP_READABLE) != 0)
        attributes |= ATTR_READABLE;
    if ((v.h.flags & HEAP_WRITABLE) != 0)
        attributes |= ATTR_WRITABLE;
    return native_done_short(vm, attributes);
}
