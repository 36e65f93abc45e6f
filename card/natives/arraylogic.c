/*
 * javacardx.framework.util.ArrayLogic: arrays of boolean, byte, short or int
 * by one name.  A boolean is a component of one byte, and no byte where two
 * arrays have to be of one type.  [JCAPI ArrayLogic]
 */
#include "natives/natives.h"
#include "natives/support.h"

#include <string.h>

enum { UTIL_ILLEGAL_VALUE = 1, UTIL_TYPE_MISMATCHED = 2 };
enum { COMPONENT_MAX = 4, CHUNK = 64 };

static bool fail(struct vm *vm, uint16_t reason)
{
    (void)vm_throw_name(vm, "javacardx/framework/util/UtilException", reason);
    return false;
}

/* Bytes of a component; 0: no array of primitive components. */
static uint32_t component_size(uint8_t kind)
{
    switch (kind) {
    case HEAP_BOOLEAN_ARRAY:
    case HEAP_BYTE_ARRAY:
        return 1;
    case HEAP_SHORT_ARRAY:
        return 2;
    case HEAP_INT_ARRAY:
        return COMPONENT_MAX;
    default:
        return 0;
    }
}

struct array {
    ref_t ref;
    enum heap_kind kind;
    uint32_t size; /* of a component */
};

/* An array argument, which is not null. */
static bool take_array(struct vm *vm, const struct vm_call *call, ref_t ref,
                       struct array *out)
{
    struct heap_view v;

    if (!native_object(vm, call, ref) || !heap_get(vm_heap(vm), ref, &v))
        return false;
    out->ref = ref;
    out->kind = (enum heap_kind)v.h.kind;
    out->size = component_size(v.h.kind);
    return out->size != 0 || fail(vm, UTIL_ILLEGAL_VALUE);
}

static bool take_two(struct vm *vm, const struct vm_call *call, unsigned a,
                     unsigned b, struct array *first, struct array *second)
{
    if (native_is_null(vm, call->cells[a]) ||
        native_is_null(vm, call->cells[b])) {
        (void)native_throw_null(vm);
        return false;
    }
    return take_array(vm, call, call->cells[a], first) &&
           take_array(vm, call, call->cells[b], second);
}

/* Components at..at+n, counted in bytes from here on. */
static bool take_part(struct vm *vm, const struct vm_call *call,
                      const struct array *a, int32_t at, int32_t n, uint8_t use,
                      struct native_range *r)
{
    if (!native_range(vm, call, a->ref, at, n, a->kind, use, r))
        return false;
    r->at *= a->size;
    r->n *= a->size;
    return true;
}

/* ---- copying ---- */

static enum vm_native_result copy(struct vm *vm, const struct vm_call *call,
                                  enum heap_write how)
{
    const uint16_t *c = call->cells;
    struct array from, to;
    struct native_range source, target;

    if (!take_two(vm, call, 0, 3, &from, &to) ||
        !take_part(vm, call, &from, native_short(call, 1),
                   native_short(call, 2), NATIVE_READ, &source))
        return VM_NATIVE_THREW;
    if (source.n % to.size != 0) {
        (void)fail(vm, UTIL_ILLEGAL_VALUE);
        return VM_NATIVE_THREW;
    }
    if (!take_part(vm, call, &to, (int16_t)c[4], (int32_t)(source.n / to.size),
                   NATIVE_WRITE, &target) ||
        (how == HEAP_RAW && !native_may_tear(vm, &target)) ||
        !native_write(vm, to.ref, target.at, native_span(&source).p, source.n,
                      how))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)((target.at + target.n) / to.size));
}

enum vm_native_result native_array_repack(struct vm *vm,
                                          const struct vm_call *call)
{
    return copy(vm, call, HEAP_ATOMIC);
}

enum vm_native_result native_array_repack_raw(struct vm *vm,
                                              const struct vm_call *call)
{
    return copy(vm, call, HEAP_RAW);
}

/* ---- filling ---- */

static void repeat(uint8_t *out, uint32_t n, const uint8_t *value,
                   uint32_t size)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = value[i % size];
}

static bool fill_at_once(struct vm *vm, const struct native_range *r,
                         const uint8_t *value, uint32_t size)
{
    const struct card_port *port = jcre_port(jcre_of(vm));

    if (r->n > port->scratch_size) {
        (void)vm_throw_err(vm, ERR_LOG_FULL);
        return false;
    }
    repeat(port->scratch, r->n, value, size);
    return native_write(vm, r->ref, r->at, port->scratch, r->n, HEAP_ATOMIC);
}

static bool fill_in_chunks(struct vm *vm, const struct native_range *r,
                           const uint8_t *value, uint32_t size)
{
    uint8_t chunk[CHUNK];

    repeat(chunk, sizeof chunk, value, size);
    for (uint32_t done = 0; done < r->n; done += CHUNK) {
        uint32_t part = r->n - done < CHUNK ? r->n - done : CHUNK;
        if (!native_write(vm, r->ref, r->at + done, chunk, part, HEAP_RAW))
            return false;
    }
    return true;
}

static enum vm_native_result fill(struct vm *vm, const struct vm_call *call,
                                  enum heap_write how)
{
    uint8_t value[COMPONENT_MAX];
    struct array array, values;
    struct native_range target, source;

    if (!take_two(vm, call, 0, 3, &array, &values))
        return VM_NATIVE_THREW;
    if (array.kind != values.kind) {
        (void)fail(vm, UTIL_TYPE_MISMATCHED);
        return VM_NATIVE_THREW;
    }
    if (!take_part(vm, call, &values, native_short(call, 4), 1, NATIVE_READ,
                   &source) ||
        !take_part(vm, call, &array, native_short(call, 1),
                   native_short(call, 2), NATIVE_WRITE, &target) ||
        (how == HEAP_RAW && !native_may_tear(vm, &target)))
        return VM_NATIVE_THREW;
    memcpy(value, native_span(&source).p, source.n);
    if (!(how == HEAP_RAW ? fill_in_chunks : fill_at_once)(vm, &target, value,
                                                           array.size))
        return VM_NATIVE_THREW;
    return native_done_short(vm,
                             (int32_t)((target.at + target.n) / array.size));
}

enum vm_native_result native_array_fill(struct vm *vm,
                                        const struct vm_call *call)
{
    return fill(vm, call, HEAP_ATOMIC);
}

enum vm_native_result native_array_fill_raw(struct vm *vm,
                                            const struct vm_call *call)
{
    return fill(vm, call, HEAP_RAW);
}

/* ---- comparing and finding ---- */

/* Components are signed. */
static int32_t component(const uint8_t *p, uint32_t size)
{
    if (size == 1)
        return (int8_t)p[0];
    return size == 2 ? (int16_t)get_u2(p) : (int32_t)get_u4(p);
}

static int32_t order_of(const uint8_t *a, const uint8_t *b, uint32_t n,
                        uint32_t size)
{
    for (uint32_t i = 0; i < n; i += size) {
        int32_t x = component(a + i, size);
        int32_t y = component(b + i, size);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

enum vm_native_result native_array_compare(struct vm *vm,
                                           const struct vm_call *call)
{
    int16_t n = native_short(call, 4);
    struct array first, second;
    struct native_range a, b;

    if (!take_two(vm, call, 0, 2, &first, &second))
        return VM_NATIVE_THREW;
    if (first.kind != second.kind) {
        (void)fail(vm, UTIL_TYPE_MISMATCHED);
        return VM_NATIVE_THREW;
    }
    if (!take_part(vm, call, &first, native_short(call, 1), n, NATIVE_READ,
                   &a) ||
        !take_part(vm, call, &second, native_short(call, 3), n, NATIVE_READ,
                   &b))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, order_of(native_span(&a).p, native_span(&b).p, a.n, first.size));
}

/* The value stands in bytes, whatever the array is made of. */
enum vm_native_result native_array_find(struct vm *vm,
                                        const struct vm_call *call)
{
    const uint16_t *c = call->cells;
    int16_t at = native_short(call, 1);
    struct array array;
    struct native_range all, value;
    struct heap_view v;

    if (native_is_null(vm, c[0]) || native_is_null(vm, c[2]))
        return native_throw_null(vm);
    if (!take_array(vm, call, c[0], &array) ||
        !native_bytes(vm, call, c[2], native_short(call, 3),
                      (int32_t)array.size, &value) ||
        !heap_get(vm_heap(vm), array.ref, &v) ||
        !take_part(vm, call, &array, at, (int32_t)v.h.length - at, NATIVE_READ,
                   &all))
        return VM_NATIVE_THREW;
    const uint8_t *p = native_span(&all).p;
    for (uint32_t i = 0; i < all.n; i += array.size) {
        if (memcmp(p + i, native_span(&value).p, array.size) == 0)
            return native_done_short(vm, (int32_t)((all.at + i) / array.size));
    }
    return native_done_short(vm, -1);
}
