/*
 * ByteBuffer: its elements, one by one in either byte order and many at once,
 * and comparing them.  What does not fit changes nothing.  [JCAPI ByteBuffer]
 */
#include "natives/buffer.h"

#include <string.h>

#include "natives/natives.h"

/* ---- exceptions ---- */

static enum vm_native_result throw_java(struct vm *vm, const char *name)
{
    return vm_throw_name(vm, name, 0);
}

static enum vm_native_result throw_overflow(struct vm *vm)
{
    return throw_java(vm, "javacardx/framework/nio/BufferOverflowException");
}

static enum vm_native_result throw_underflow(struct vm *vm)
{
    return throw_java(vm, "javacardx/framework/nio/BufferUnderflowException");
}

static bool index_fails(struct vm *vm)
{
    (void)throw_java(vm, "java/lang/IndexOutOfBoundsException");
    return false;
}

/* ---- single values, of 1, 2 and 4 bytes ---- */

/* In the buffer's byte order; its own inverse. */
static void arrange(const struct buffer *b, uint8_t *raw, uint32_t n)
{
    for (uint32_t i = 0; (b->flags & BUFFER_LITTLE) != 0 && i < n / 2; i++) {
        const uint8_t byte = raw[i];
        raw[i] = raw[n - 1 - i];
        raw[n - 1 - i] = byte;
    }
}

static bool index_fits(struct vm *vm, const struct buffer *b, int32_t index,
                       uint32_t n)
{
    return (index >= 0 && n <= b->limit && (uint32_t)index <= b->limit - n) ||
           index_fails(vm);
}

static enum vm_native_result give(struct vm *vm, const uint8_t *raw, uint32_t n)
{
    if (n == 4)
        return native_buffer_int(vm, (int32_t)get_u4(raw));
    return native_done_short(vm, n == 2 ? (int16_t)get_u2(raw)
                                        : (int32_t)(int8_t)raw[0]);
}

static bool read_value(struct vm *vm, const struct vm_call *call,
                       const struct buffer *b, uint32_t at, uint8_t raw[4],
                       uint32_t n)
{
    struct native_range r;

    if (!native_buffer_elements(vm, call, b, at, n, NATIVE_READ, &r))
        return false;
    memcpy(raw, native_span(&r).p, n);
    arrange(b, raw, n);
    return true;
}

static enum vm_native_result get_next(struct vm *vm, const struct vm_call *call,
                                      uint32_t n)
{
    uint8_t raw[4];
    struct buffer b;

    if (!native_buffer_this(vm, call, &b))
        return VM_NATIVE_THREW;
    if (n > native_buffer_left(&b))
        return throw_underflow(vm);
    if (!read_value(vm, call, &b, b.position, raw, n) ||
        !native_buffer_stand(vm, &b, b.position + n, b.limit))
        return VM_NATIVE_THREW;
    return give(vm, raw, n);
}

static enum vm_native_result get_at(struct vm *vm, const struct vm_call *call,
                                    uint32_t n)
{
    const int32_t index = native_int(call, 1);
    uint8_t raw[4];
    struct buffer b;

    if (!native_buffer_this(vm, call, &b) || !index_fits(vm, &b, index, n) ||
        !read_value(vm, call, &b, (uint32_t)index, raw, n))
        return VM_NATIVE_THREW;
    return give(vm, raw, n);
}

/* `cell`: where the value is among the arguments. */
static bool write_value(struct vm *vm, const struct vm_call *call,
                        const struct buffer *b, uint32_t at, unsigned cell,
                        uint32_t n)
{
    uint8_t raw[4] = {0};
    struct native_range r;

    if (n == 4)
        set_u4(raw, (uint32_t)native_int(call, cell));
    else if (n == 2)
        set_u2(raw, call->cells[cell]);
    else
        raw[0] = (uint8_t)call->cells[cell];
    arrange(b, raw, n);
    return native_buffer_elements(vm, call, b, at, n, NATIVE_WRITE, &r) &&
           native_write(vm, r.ref, r.at, raw, n, HEAP_ATOMIC);
}

static enum vm_native_result put_next(struct vm *vm, const struct vm_call *call,
                                      uint32_t n)
{
    struct buffer b;

    if (!native_buffer_to_write(vm, call, &b))
        return VM_NATIVE_THREW;
    if (n > native_buffer_left(&b))
        return throw_overflow(vm);
    if (!write_value(vm, call, &b, b.position, 1, n))
        return VM_NATIVE_THREW;
    return native_buffer_done(vm, &b, b.position + n, b.limit);
}

static enum vm_native_result put_at(struct vm *vm, const struct vm_call *call,
                                    uint32_t n)
{
    const int32_t index = native_int(call, 1);
    struct buffer b;

    if (!native_buffer_to_write(vm, call, &b) ||
        !index_fits(vm, &b, index, n) ||
        !write_value(vm, call, &b, (uint32_t)index, 3, n))
        return VM_NATIVE_THREW;
    return native_done_ref(vm, b.object);
}

enum vm_native_result native_buffer_get(struct vm *vm,
                                        const struct vm_call *call)
{
    return get_next(vm, call, 1);
}

enum vm_native_result native_buffer_get_at(struct vm *vm,
                                           const struct vm_call *call)
{
    return get_at(vm, call, 1);
}

enum vm_native_result native_buffer_get_short(struct vm *vm,
                                              const struct vm_call *call)
{
    return get_next(vm, call, 2);
}

enum vm_native_result native_buffer_get_short_at(struct vm *vm,
                                                 const struct vm_call *call)
{
    return get_at(vm, call, 2);
}

enum vm_native_result native_buffer_get_int(struct vm *vm,
                                            const struct vm_call *call)
{
    return get_next(vm, call, 4);
}

enum vm_native_result native_buffer_get_int_at(struct vm *vm,
                                               const struct vm_call *call)
{
    return get_at(vm, call, 4);
}

enum vm_native_result native_buffer_put(struct vm *vm,
                                        const struct vm_call *call)
{
    return put_next(vm, call, 1);
}

enum vm_native_result native_buffer_put_at(struct vm *vm,
                                           const struct vm_call *call)
{
    return put_at(vm, call, 1);
}

enum vm_native_result native_buffer_put_short(struct vm *vm,
                                              const struct vm_call *call)
{
    return put_next(vm, call, 2);
}

enum vm_native_result native_buffer_put_short_at(struct vm *vm,
                                                 const struct vm_call *call)
{
    return put_at(vm, call, 2);
}

enum vm_native_result native_buffer_put_int(struct vm *vm,
                                            const struct vm_call *call)
{
    return put_next(vm, call, 4);
}

enum vm_native_result native_buffer_put_int_at(struct vm *vm,
                                               const struct vm_call *call)
{
    return put_at(vm, call, 4);
}

/* ---- many bytes at once ---- */

/* To or from part of an array, or all of it when n is negative. */
static bool part_of(struct vm *vm, const struct vm_call *call, bool all,
                    uint8_t use, struct native_range *r)
{
    struct heap_view v;

    if (!all)
        return native_range(vm, call, call->cells[1], native_int(call, 2),
                            native_int(call, 4), HEAP_BYTE_ARRAY, use, r);
    return vm_array_access(vm, call->caller_context, call->cells[1], &v) &&
           native_range(vm, call, call->cells[1], 0, (int32_t)v.h.length,
                        HEAP_BYTE_ARRAY, use, r);
}

static enum vm_native_result get_many(struct vm *vm, const struct vm_call *call,
                                      bool all)
{
    struct native_range from, to;
    struct buffer b;

    if (!native_buffer_this(vm, call, &b) ||
        !part_of(vm, call, all, NATIVE_WRITE, &to))
        return VM_NATIVE_THREW;
    if (to.n > native_buffer_left(&b))
        return throw_underflow(vm);
    if (!native_buffer_elements(vm, call, &b, b.position, to.n, NATIVE_READ,
                                &from) ||
        !native_write(vm, to.ref, to.at, native_span(&from).p, to.n,
                      HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_buffer_done(vm, &b, b.position + to.n, b.limit);
}

static enum vm_native_result put_many(struct vm *vm, const struct vm_call *call,
                                      bool all)
{
    struct native_range from, to;
    struct buffer b;

    if (!native_buffer_to_write(vm, call, &b) ||
        !part_of(vm, call, all, NATIVE_READ, &from))
        return VM_NATIVE_THREW;
    if (from.n > native_buffer_left(&b))
        return throw_overflow(vm);
    if (!native_buffer_elements(vm, call, &b, b.position, from.n, NATIVE_WRITE,
                                &to) ||
        !native_write(vm, to.ref, to.at, native_span(&from).p, from.n,
                      HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_buffer_done(vm, &b, b.position + from.n, b.limit);
}

enum vm_native_result native_buffer_get_array(struct vm *vm,
                                              const struct vm_call *call)
{
    return get_many(vm, call, true);
}

enum vm_native_result native_buffer_get_part(struct vm *vm,
                                             const struct vm_call *call)
{
    return get_many(vm, call, false);
}

enum vm_native_result native_buffer_put_array(struct vm *vm,
                                              const struct vm_call *call)
{
    return put_many(vm, call, true);
}

enum vm_native_result native_buffer_put_part(struct vm *vm,
                                             const struct vm_call *call)
{
    return put_many(vm, call, false);
}

/*
 * What changes elements and two buffers, or what is before a buffer's position,
 * is done as a whole or not at all.
 */
static bool pour(struct vm *vm, const struct vm_call *call,
                 const struct buffer *from, const struct buffer *to)
{
    const uint32_t n = native_buffer_left(from);
    struct native_range source, target;

    return native_buffer_elements(vm, call, from, from->position, n,
                                  NATIVE_READ, &source) &&
           native_buffer_elements(vm, call, to, to->position, n, NATIVE_WRITE,
                                  &target) &&
           native_write(vm, target.ref, target.at, native_span(&source).p, n,
                        HEAP_ATOMIC) &&
           native_buffer_stand(vm, to, to->position + n, to->limit) &&
           native_buffer_stand(vm, from, from->limit, from->limit);
}

enum vm_native_result native_buffer_put_buffer(struct vm *vm,
                                               const struct vm_call *call)
{
    struct buffer from, to;
    bool own = false;

    if (!native_buffer_to_write(vm, call, &to) ||
        !native_buffer_open(vm, call, call->cells[1], &from))
        return VM_NATIVE_THREW;
    if (from.object == to.object)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    if (native_buffer_left(&from) > native_buffer_left(&to))
        return throw_overflow(vm);
    if (!native_begin(vm, &own) ||
        !native_end(vm, own, pour(vm, call, &from, &to)))
        return VM_NATIVE_THREW;
    return native_done_ref(vm, to.object);
}

static bool move_down(struct vm *vm, const struct vm_call *call,
                      const struct buffer *b)
{
    const uint32_t n = native_buffer_left(b);
    struct native_range from, to;

    return native_buffer_elements(vm, call, b, b->position, n, NATIVE_READ,
                                  &from) &&
           native_buffer_elements(vm, call, b, 0, n, NATIVE_WRITE, &to) &&
           native_write(vm, to.ref, to.at, native_span(&from).p, n,
                        HEAP_ATOMIC) &&
           native_buffer_stand(vm, b, n, b->capacity);
}

enum vm_native_result native_buffer_compact(struct vm *vm,
                                            const struct vm_call *call)
{
    struct buffer b;
    bool own = false;

    if (!native_buffer_to_write(vm, call, &b) || !native_begin(vm, &own) ||
        !native_end(vm, own, move_down(vm, call, &b)))
        return VM_NATIVE_THREW;
    return native_done_ref(vm, b.object);
}

/* ---- comparing ---- */

/* As the first bytes that differ do, signed; else as their numbers do. */
static int32_t order_of(struct span a, struct span b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        if (a.p[i] != b.p[i])
            return (int8_t)a.p[i] - (int8_t)b.p[i];
    }
    return (int32_t)a.n - (int32_t)b.n;
}

/* What remains of this buffer and another; false: thrown. */
static bool compare(struct vm *vm, const struct vm_call *call, int32_t *order)
{
    struct native_range a, b;
    struct buffer this, that;

    if (!native_buffer_this(vm, call, &this) ||
        !native_buffer_open(vm, call, call->cells[1], &that) ||
        !native_buffer_elements(vm, call, &this, this.position,
                                native_buffer_left(&this), NATIVE_READ, &a) ||
        !native_buffer_elements(vm, call, &that, that.position,
                                native_buffer_left(&that), NATIVE_READ, &b))
        return false;
    *order = order_of(native_span(&a), native_span(&b));
    return true;
}

enum vm_native_result native_buffer_compare(struct vm *vm,
                                            const struct vm_call *call)
{
    int32_t order = 0;

    return compare(vm, call, &order) ? native_buffer_int(vm, order)
                                     : VM_NATIVE_THREW;
}

enum vm_native_result native_buffer_equals(struct vm *vm,
                                           const struct vm_call *call)
{
    int32_t order = 0;

    if (native_is_null(vm, call->cells[1]))
        return native_done_short(vm, 0);
    if (!native_object(vm, call, call->cells[1]))
        return VM_NATIVE_THREW;
    if (!native_is_buffer(vm, call->cells[1]))
        return native_done_short(vm, 0);
    return compare(vm, call, &order) ? native_done_short(vm, order == 0)
                                     : VM_NATIVE_THREW;
}
