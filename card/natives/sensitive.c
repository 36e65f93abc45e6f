/*
 * javacard.framework.SensitiveArrays: arrays with a check of their contents,
 * which the heap renews with every update and proves before it.  Reading
 * proves nothing; assertIntegrity does.  A view of such an array is none
 * itself, though what is written through it is guarded.
 * [JCAPI SensitiveArrays]
 */
#include "natives/natives.h"
#include "natives/support.h"

#include <string.h>

enum { PERSISTENT, TRANSIENT_RESET, TRANSIENT_DESELECT };

/* Types 1 to 5, JCSystem.ARRAY_TYPE_*. */
static const uint8_t kinds[] = {
    0,
    HEAP_BOOLEAN_ARRAY,
    HEAP_BYTE_ARRAY,
    HEAP_SHORT_ARRAY,
    HEAP_INT_ARRAY,
    HEAP_REF_ARRAY,
};

enum vm_native_result native_sensitive_supported(struct vm *vm,
                                                 const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, 1);
}

static struct heap_header header_of(struct vm *vm, const struct vm_call *call,
                                    uint8_t kind, int8_t memory)
{
    static const uint8_t flags[] = {0, HEAP_CLEAR_ON_RESET,
                                    HEAP_CLEAR_ON_DESELECT};
    const struct vm_class object = vm_api_class("java/lang/Object");
    struct heap_header hd = {.kind = kind,
                             .flags = flags[memory],
                             .context = call->caller_context,
                             .owner = vm_owner(vm),
                             .length = call->cells[2],
                             .guarded = true};

    if (kind == HEAP_REF_ARRAY) {
        hd.class_package = object.package;
        hd.class_offset = object.offset;
    }
    return hd;
}

static enum vm_native_result make(struct vm *vm, const struct heap_header *hd)
{
    ref_t array = 0;
    const enum err e = heap_new(vm_heap(vm), hd, &array);

    if (e == ERR_MEMORY && hd->flags != 0)
        return native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    return e == ERR_OK ? native_done_ref(vm, array) : vm_throw_err(vm, e);
}

enum vm_native_result native_sensitive_make(struct vm *vm,
                                            const struct vm_call *call)
{
    const int8_t type = native_byte(call, 0);
    const int8_t memory = native_byte(call, 1);

    if (type < 1 || type >= (int8_t)sizeof kinds || memory < PERSISTENT ||
        memory > TRANSIENT_DESELECT)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (native_short(call, 2) < 0)
        return vm_throw_name(vm, "java/lang/NegativeArraySizeException", 0);
    if (memory == TRANSIENT_DESELECT &&
        jcre_selected_context(jcre_of(vm)) != call->caller_context)
        return native_throw_system(vm, SYSTEM_ILLEGAL_TRANSIENT);
    const struct heap_header hd = header_of(vm, call, kinds[type], memory);
    return make(vm, &hd);
}

static bool is_sensitive(const struct vm *vm, ref_t ref, struct heap_view *v)
{
    return heap_get(vm_heap(vm), ref, v) && v->h.guarded &&
           (v->h.flags & HEAP_WINDOW) == 0;
}

enum vm_native_result native_sensitive_is(struct vm *vm,
                                          const struct vm_call *call)
{
    struct heap_view v;

    if (!native_object(vm, call, call->cells[0]))
        return VM_NATIVE_THREW;
    return native_done_short(vm, is_sensitive(vm, call->cells[0], &v));
}

/* An array for which alone a method is; false: thrown. */
static bool take(struct vm *vm, const struct vm_call *call, struct heap_view *v)
{
    if (!native_object(vm, call, call->cells[0]))
        return false;
    if (is_sensitive(vm, call->cells[0], v))
        return vm_array_access(vm, call->caller_context, call->cells[0], v);
    (void)native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return false;
}

enum vm_native_result native_sensitive_assert(struct vm *vm,
                                              const struct vm_call *call)
{
    struct heap_view v;

    if (!take(vm, call, &v))
        return VM_NATIVE_THREW;
    return heap_is_sound(vm_heap(vm), call->cells[0])
               ? VM_NATIVE_DONE
               : native_throw_security(vm);
}

enum vm_native_result native_sensitive_clear(struct vm *vm,
                                             const struct vm_call *call)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct heap_view v;
    enum err e = ERR_LOG_FULL;

    if (!take(vm, call, &v))
        return VM_NATIVE_THREW;
    if (heap_body_size(&v.h) <= port->scratch_size) {
        memset(port->scratch, 0, heap_body_size(&v.h));
        e = heap_guarded_renew(vm_heap(vm), call->cells[0], port->scratch);
    }
    return e == ERR_OK ? native_done_short(vm, (int32_t)v.h.length)
                       : vm_throw_err(vm, e);
}
