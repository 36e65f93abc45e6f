/* javacard.framework.JCSystem: transient arrays and free memory */
#include "natives/natives.h"
#include "natives/support.h"

enum { EVENT_RESET = 1, EVENT_DESELECT = 2 };

enum memory_type {
    MEMORY_PERSISTENT = 0,
    MEMORY_TRANSIENT_RESET = 1,
    MEMORY_TRANSIENT_DESELECT = 2,
};

static uint8_t event_flag(int8_t event)
{
    if (event == EVENT_RESET)
        return HEAP_CLEAR_ON_RESET;
    return event == EVENT_DESELECT ? HEAP_CLEAR_ON_DESELECT : 0;
}

static enum vm_native_result new_array(struct vm *vm,
                                       const struct heap_header *hd)
{
    ref_t array = 0;
    enum err e = heap_new(vm_heap(vm), hd, &array);

    if (e == ERR_MEMORY)
        return native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    return e == ERR_OK ? native_done_ref(vm, array) : vm_throw_err(vm, e);
}

/* The component class of an Object array. */
static void set_component(struct heap_header *hd)
{
    struct vm_class object = vm_api_class("java/lang/Object");

    if (hd->kind != HEAP_REF_ARRAY)
        return;
    hd->class_package = object.package;
    hd->class_offset = object.offset;
}

enum vm_native_result native_make_transient(struct vm *vm,
                                            const struct vm_call *call,
                                            enum heap_kind kind)
{
    int16_t n = native_short(call, 0);
    struct heap_header hd = {0};

    hd.kind = (uint8_t)kind;
    hd.flags = event_flag(native_byte(call, 1));
    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    set_component(&hd);
    if (hd.flags == 0)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (n < 0)
        return vm_throw_name(vm, "java/lang/NegativeArraySizeException", 0);
    if (hd.flags == HEAP_CLEAR_ON_DESELECT &&
        jcre_selected_context(jcre_of(vm)) != hd.context)
        return native_throw_system(vm, SYSTEM_ILLEGAL_TRANSIENT);
    hd.length = (uint32_t)n;
    return new_array(vm, &hd);
}

enum vm_native_result native_system_booleans(struct vm *vm,
                                             const struct vm_call *call)
{
    return native_make_transient(vm, call, HEAP_BOOLEAN_ARRAY);
}

enum vm_native_result native_system_bytes(struct vm *vm,
                                          const struct vm_call *call)
{
    return native_make_transient(vm, call, HEAP_BYTE_ARRAY);
}

enum vm_native_result native_system_shorts(struct vm *vm,
                                           const struct vm_call *call)
{
    return native_make_transient(vm, call, HEAP_SHORT_ARRAY);
}

enum vm_native_result native_system_objects(struct vm *vm,
                                            const struct vm_call *call)
{
    return native_make_transient(vm, call, HEAP_REF_ARRAY);
}

/* Types 1 to 5 of makeGlobalArray. */
static const uint8_t global_kinds[] = {
    0,
    HEAP_BOOLEAN_ARRAY,
    HEAP_BYTE_ARRAY,
    HEAP_SHORT_ARRAY,
    HEAP_INT_ARRAY,
    HEAP_REF_ARRAY,
};

enum vm_native_result native_system_global(struct vm *vm,
                                           const struct vm_call *call)
{
    int8_t type = native_byte(call, 0);
    int16_t n = native_short(call, 1);
    struct heap_header hd = {0};

    if (type < 1 || type >= (int8_t)sizeof global_kinds)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (n < 0)
        return vm_throw_name(vm, "java/lang/NegativeArraySizeException", 0);
    hd.kind = global_kinds[type];
    hd.flags = HEAP_CLEAR_ON_RESET | HEAP_GLOBAL_ARRAY;
    hd.length = (uint32_t)n;
    set_component(&hd);
    /* no field may hold it, so it is garbage when the command is over */
    jcre_request_deletion(jcre_of(vm));
    return new_array(vm, &hd);
}

/* Of an object that is closed to the caller the firewall says nothing, as the
 * reference simulator of 2.2.2 does. */
enum vm_native_result native_system_is_transient(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct heap_view v;

    const struct heap *heap = vm_heap(vm);

    if (native_is_null(vm, call->cells[0]))
        return native_done_short(vm, 0);
    if (!native_object(vm, call, call->cells[0]) ||
        !heap_get(heap, heap_window_base(heap, call->cells[0]), &v))
        return VM_NATIVE_THREW;
    if ((v.h.flags & HEAP_CLEAR_ON_RESET) != 0)
        return native_done_short(vm, EVENT_RESET);
    return native_done_short(
        vm, (v.h.flags & HEAP_CLEAR_ON_DESELECT) != 0 ? EVENT_DESELECT : 0);
}

/* Bytes free of one memory; false: there is no such type. */
static bool free_memory(struct vm *vm, int8_t type, uint32_t *n)
{
    struct heap_usage u;

    heap_usage(vm_heap(vm), &u);
    switch (type) {
    case MEMORY_PERSISTENT:
        *n = u.persistent_free;
        return true;
    case MEMORY_TRANSIENT_RESET:
        *n = u.transient_reset_free;
        return true;
    case MEMORY_TRANSIENT_DESELECT:
        *n = u.transient_deselect_free;
        return true;
    default:
        return false;
    }
}

enum vm_native_result native_system_memory(struct vm *vm,
                                           const struct vm_call *call)
{
    uint32_t n = 0;

    if (!free_memory(vm, native_byte(call, 0), &n))
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return native_done_short(vm, n > INT16_MAX ? INT16_MAX : (int32_t)n);
}

/* As 32 bits, into two shorts or four bytes. */
static enum vm_native_result put_memory(struct vm *vm,
                                        const struct vm_call *call,
                                        enum heap_kind kind, int32_t elements)
{
    uint32_t size = 4 / (uint32_t)elements;
    struct native_range r;
    uint8_t bytes[4];
    uint32_t n = 0;

    if (!native_range(vm, call, call->cells[0], native_short(call, 1), elements,
                      kind, NATIVE_WRITE, &r))
        return VM_NATIVE_THREW;
    if (!free_memory(vm, native_byte(call, 2), &n))
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    set_u4(bytes, n);
    return native_write(vm, r.ref, r.at * size, bytes, 4, HEAP_ATOMIC)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

enum vm_native_result native_system_memory_shorts(struct vm *vm,
                                                  const struct vm_call *call)
{
    return put_memory(vm, call, HEAP_SHORT_ARRAY, 2);
}

enum vm_native_result native_system_memory_bytes(struct vm *vm,
                                                 const struct vm_call *call)
{
    return put_memory(vm, call, HEAP_BYTE_ARRAY, 4);
}
