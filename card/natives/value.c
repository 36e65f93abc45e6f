#include "natives/value.h"

#include "natives/cells.h"

enum { PERSISTENT, TRANSIENT_RESET, TRANSIENT_DESELECT };

static bool header_of(struct vm *vm, const struct vm_call *call, int8_t memory,
                      struct heap_header *hd)
{
    static const uint8_t flags[] = {0, HEAP_CLEAR_ON_RESET,
                                    HEAP_CLEAR_ON_DESELECT};

    if (memory < PERSISTENT || memory > TRANSIENT_DESELECT) {
        (void)native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
        return false;
    }
    hd->kind = memory == PERSISTENT ? HEAP_BLOB : HEAP_BYTE_ARRAY;
    hd->flags = flags[memory];
    hd->context = call->caller_context;
    hd->owner = vm_owner(vm);
    if (memory != TRANSIENT_DESELECT ||
        jcre_selected_context(jcre_of(vm)) == hd->context)
        return true;
    (void)native_throw_system(vm, SYSTEM_ILLEGAL_TRANSIENT);
    return false;
}

ref_t native_value_new(struct vm *vm, const struct vm_call *call,
                       const char *class_name, int8_t memory, uint32_t size)
{
    struct heap_header hd = {.length = size};
    ref_t object = 0;
    ref_t record = 0;

    if (!header_of(vm, call, memory, &hd))
        return 0;
    object = vm_new_object(vm, vm_api_class(class_name));
    if (object == 0)
        return 0;
    enum err e = heap_new(vm_heap(vm), &hd, &record);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_VALUE_RECORD, record, HEAP_ATOMIC);
    if (e == ERR_OK)
        return object;
    if (e == ERR_MEMORY && memory != PERSISTENT)
        (void)native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    else
        (void)vm_throw_err(vm, e);
    return 0;
}

bool native_value_open(struct vm *vm, ref_t object, struct value *value)
{
    struct heap_view v;

    value->record = native_cell(vm, object, CELL_VALUE_RECORD);
    if (!heap_get(vm_heap(vm), value->record, &v) || v.h.length > VALUE_MAX) {
        (void)native_throw_null(vm);
        return false;
    }
    value->size = v.h.length;
    value->bits = native_value_of(span_of(v.p, v.h.length));
    value->memory = PERSISTENT;
    if ((v.h.flags & HEAP_CLEAR_ON_RESET) != 0)
        value->memory = TRANSIENT_RESET;
    else if ((v.h.flags & HEAP_CLEAR_ON_DESELECT) != 0)
        value->memory = TRANSIENT_DESELECT;
    return true;
}

bool native_value_set(struct vm *vm, const struct value *value, uint64_t bits,
                      enum heap_write how)
{
    uint8_t bytes[VALUE_MAX];

    if (bits == value->bits)
        return true;
    native_value_put(bytes, value->size, bits);
    return native_write(vm, value->record, 0, bytes, value->size, how);
}

uint64_t native_value_of(struct span bytes)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < bytes.n; i++)
        bits = bits << 8 | bytes.p[i];
    return bits;
}

void native_value_put(uint8_t *out, uint32_t n, uint64_t bits)
{
    while (n > 0) {
        out[--n] = (uint8_t)bits;
        bits >>= 8;
    }
}
