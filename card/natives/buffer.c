/*
 * javacardx.framework.nio: buffers, how they are made and where they stand;
 * bufferdata.c has what is in them.  The array of a direct buffer is nobody
 * else's.  Arrays are used with the rights of who calls; one that no field may
 * hold (a global array, a view) cannot be wrapped.  Where java.nio has
 * IllegalArgumentException, which Java Card has not, this is SystemException
 * ILLEGAL_VALUE, and ILLEGAL_USE where it has UnsupportedOperationException.
 * [JCAPI Buffer, ByteBuffer]
 */
#include "natives/buffer.h"

#include "natives/natives.h"

enum { CELL = 2, STATE_AT = 1 * CELL, CELLS = 6 };

static const char class_name[] = "javacardx/framework/nio/ByteBuffer$Card";

static enum vm_native_result throw_read_only(struct vm *vm)
{
    return vm_throw_name(vm, "javacardx/framework/nio/ReadOnlyBufferException",
                         0);
}

/* ---- objects ---- */

static void pack(const struct buffer *b, uint8_t raw[CELLS * CELL])
{
    set_u2(raw, b->array);
    set_u2(raw + 2, b->position);
    set_u2(raw + 4, b->limit);
    set_u2(raw + 6, b->offset);
    set_u2(raw + 8, b->capacity);
    set_u2(raw + 10, b->flags);
}

bool native_buffer_open(struct vm *vm, const struct vm_call *call, ref_t object,
                        struct buffer *b)
{
    struct heap_view v;

    if (!native_instance(vm, call, object, class_name) ||
        !heap_get(vm_heap(vm), object, &v))
        return false;
    *b = (struct buffer){.object = object,
                         .array = get_u2(v.p),
                         .position = get_u2(v.p + 2),
                         .limit = get_u2(v.p + 4),
                         .offset = get_u2(v.p + 6),
                         .capacity = get_u2(v.p + 8),
                         .flags = get_u2(v.p + 10)};
    return true;
}

bool native_buffer_this(struct vm *vm, const struct vm_call *call,
                        struct buffer *b)
{
    return native_buffer_open(vm, call, call->cells[0], b);
}

bool native_buffer_to_write(struct vm *vm, const struct vm_call *call,
                            struct buffer *b)
{
    if (!native_buffer_this(vm, call, b))
        return false;
    if ((b->flags & BUFFER_READ_ONLY) == 0)
        return true;
    (void)throw_read_only(vm);
    return false;
}

bool native_buffer_stand(struct vm *vm, const struct buffer *b,
                         uint32_t position, uint32_t limit)
{
    uint8_t raw[2 * CELL];

    set_u2(raw, (uint16_t)position);
    set_u2(raw + CELL, (uint16_t)limit);
    return native_update(vm, b->object, STATE_AT, raw, sizeof raw);
}

enum vm_native_result native_buffer_done(struct vm *vm, const struct buffer *b,
                                         uint32_t position, uint32_t limit)
{
    return native_buffer_stand(vm, b, position, limit)
               ? native_done_ref(vm, b->object)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_int(struct vm *vm, int32_t value)
{
    vm_return_int(vm, value);
    return VM_NATIVE_DONE;
}

static enum vm_native_result make(struct vm *vm, const struct buffer *b)
{
    uint8_t raw[CELLS * CELL];
    const ref_t object = vm_new_object(vm, vm_api_class(class_name));

    if (object == 0)
        return VM_NATIVE_THREW;
    pack(b, raw);
    if (!native_write(vm, object, 0, raw, sizeof raw, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_ref(vm, object);
}

bool native_buffer_elements(struct vm *vm, const struct vm_call *call,
                            const struct buffer *b, uint32_t at, uint32_t n,
                            uint8_t use, struct native_range *r)
{
    return native_range(vm, call, b->array, (int32_t)(b->offset + at),
                        (int32_t)n, HEAP_BYTE_ARRAY, use, r);
}

/* ---- making ---- */

enum vm_native_result native_buffer_direct(struct vm *vm,
                                           const struct vm_call *call)
{
    const int32_t capacity = native_int(call, 0);
    const struct heap_header hd = {.kind = HEAP_BYTE_ARRAY,
                                   .context = call->caller_context,
                                   .owner = vm_owner(vm),
                                   .length = (uint32_t)capacity};
    struct buffer b = {.flags = BUFFER_DIRECT};

    if (capacity < 0)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (capacity > INT16_MAX)
        return native_throw_system(vm, SYSTEM_NO_RESOURCE);
    const enum err e = heap_new(vm_heap(vm), &hd, &b.array);
    if (e != ERR_OK)
        return vm_throw_err(vm, e);
    b.limit = b.capacity = (uint16_t)capacity;
    return make(vm, &b);
}

/* `at` and `n`: what the buffer shows of the array at first. */
static enum vm_native_result wrap(struct vm *vm, const struct vm_call *call,
                                  int32_t at, int32_t n)
{
    const ref_t array = call->cells[0];
    struct native_range r;

    if (!native_range(vm, call, array, at, n, HEAP_BYTE_ARRAY, NATIVE_READ, &r))
        return VM_NATIVE_THREW;
    if (!vm_may_store(vm, array))
        return native_throw_security(vm);
    const struct buffer b = {.array = array,
                             .position = (uint16_t)at,
                             .limit = (uint16_t)(at + n),
                             .capacity = (uint16_t)r.v.h.length};
    return make(vm, &b);
}

enum vm_native_result native_buffer_wrap_part(struct vm *vm,
                                              const struct vm_call *call)
{
    return wrap(vm, call, native_int(call, 1), native_int(call, 3));
}

enum vm_native_result native_buffer_wrap(struct vm *vm,
                                         const struct vm_call *call)
{
    struct heap_view v;

    if (!vm_array_access(vm, call->caller_context, call->cells[0], &v))
        return VM_NATIVE_THREW;
    return wrap(vm, call, 0, (int32_t)v.h.length);
}

enum vm_native_result native_buffer_slice(struct vm *vm,
                                          const struct vm_call *call)
{
    struct buffer b;

    if (!native_buffer_this(vm, call, &b))
        return VM_NATIVE_THREW;
    b.offset = (uint16_t)(b.offset + b.position);
    b.limit = b.capacity = (uint16_t)native_buffer_left(&b);
    b.position = 0;
    b.flags &= BUFFER_READ_ONLY | BUFFER_DIRECT;
    return make(vm, &b);
}

enum vm_native_result native_buffer_as_read_only(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct buffer b;

    if (!native_buffer_this(vm, call, &b))
        return VM_NATIVE_THREW;
    b.flags = (uint16_t)((b.flags & BUFFER_DIRECT) | BUFFER_READ_ONLY);
    return make(vm, &b);
}

/* ---- what it is, and where it stands ---- */

enum vm_native_result native_buffer_capacity(struct vm *vm,
                                             const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b) ? native_buffer_int(vm, b.capacity)
                                            : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_position(struct vm *vm,
                                             const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b) ? native_buffer_int(vm, b.position)
                                            : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_limit(struct vm *vm,
                                          const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b) ? native_buffer_int(vm, b.limit)
                                            : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_remaining(struct vm *vm,
                                              const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_buffer_int(vm, (int32_t)native_buffer_left(&b))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_has_remaining(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_done_short(vm, native_buffer_left(&b) > 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_is_read_only(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_done_short(vm, (b.flags & BUFFER_READ_ONLY) != 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_is_direct(struct vm *vm,
                                              const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_done_short(vm, (b.flags & BUFFER_DIRECT) != 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_has_array(struct vm *vm,
                                              const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_done_short(
                     vm, (b.flags & (BUFFER_READ_ONLY | BUFFER_DIRECT)) == 0)
               : VM_NATIVE_THREW;
}

/* A buffer whose array others may have; false: thrown. */
static bool open_array(struct vm *vm, const struct vm_call *call,
                       struct buffer *b)
{
    if (!native_buffer_to_write(vm, call, b))
        return false;
    if ((b->flags & BUFFER_DIRECT) == 0)
        return true;
    (void)native_throw_system(vm, SYSTEM_ILLEGAL_USE);
    return false;
}

enum vm_native_result native_buffer_array(struct vm *vm,
                                          const struct vm_call *call)
{
    struct buffer b;

    return open_array(vm, call, &b) ? native_done_ref(vm, b.array)
                                    : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_array_offset(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct buffer b;

    return open_array(vm, call, &b) ? native_buffer_int(vm, b.offset)
                                    : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_set_position(struct vm *vm,
                                                 const struct vm_call *call)
{
    const int32_t position = native_int(call, 1);
    struct buffer b;

    if (!native_buffer_this(vm, call, &b))
        return VM_NATIVE_THREW;
    if (position < 0 || position > b.limit)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return native_buffer_done(vm, &b, (uint32_t)position, b.limit);
}

enum vm_native_result native_buffer_set_limit(struct vm *vm,
                                              const struct vm_call *call)
{
    const int32_t limit = native_int(call, 1);
    struct buffer b;

    if (!native_buffer_this(vm, call, &b))
        return VM_NATIVE_THREW;
    if (limit < 0 || limit > b.capacity)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return native_buffer_done(vm, &b,
                              b.position > limit ? (uint32_t)limit : b.position,
                              (uint32_t)limit);
}

enum vm_native_result native_buffer_clear(struct vm *vm,
                                          const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_buffer_done(vm, &b, 0, b.capacity)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_flip(struct vm *vm,
                                         const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_buffer_done(vm, &b, 0, b.position)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_rewind(struct vm *vm,
                                           const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_buffer_done(vm, &b, 0, b.limit)
               : VM_NATIVE_THREW;
}

/* ---- byte order ---- */

enum vm_native_result native_buffer_order(struct vm *vm,
                                          const struct vm_call *call)
{
    struct buffer b;

    return native_buffer_this(vm, call, &b)
               ? native_done_ref(
                     vm, jcre_byte_order((b.flags & BUFFER_LITTLE) != 0))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_set_order(struct vm *vm,
                                              const struct vm_call *call)
{
    const ref_t order = call->cells[1];
    uint8_t raw[CELL];
    struct buffer b;

    if (!native_buffer_this(vm, call, &b) ||
        !native_instance(vm, call, order, "javacardx/framework/nio/ByteOrder"))
        return VM_NATIVE_THREW;
    b.flags &= BUFFER_READ_ONLY | BUFFER_DIRECT;
    if (order == jcre_byte_order(true))
        b.flags |= BUFFER_LITTLE;
    set_u2(raw, b.flags);
    return native_update(vm, b.object, (CELLS - 1) * CELL, raw, sizeof raw)
               ? native_done_ref(vm, b.object)
               : VM_NATIVE_THREW;
}

bool native_is_buffer(const struct vm *vm, ref_t ref)
{
    return vm_instance_of(vm, ref, vm_api_class(class_name));
}
