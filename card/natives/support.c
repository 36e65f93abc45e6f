#include "natives/support.h"

#include <string.h>

#include "jcre/aid.h"

enum { CHUNK = 64 };

bool native_is_null(const struct vm *vm, ref_t ref)
{
    struct heap_view v;
    return !heap_get(vm_heap(vm), ref, &v);
}

enum vm_native_result native_done_short(struct vm *vm, int32_t value)
{
    vm_return_short(vm, (int16_t)value);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_done_ref(struct vm *vm, ref_t value)
{
    vm_return_ref(vm, value);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_throw_null(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/NullPointerException", 0);
}

enum vm_native_result native_throw_bounds(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/ArrayIndexOutOfBoundsException", 0);
}

enum vm_native_result native_throw_security(struct vm *vm)
{
    return vm_throw_name(vm, "java/lang/SecurityException", 0);
}

enum vm_native_result native_throw_system(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/framework/SystemException", reason);
}

enum vm_native_result native_throw_transaction(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/framework/TransactionException", reason);
}

enum vm_native_result native_throw_iso(struct vm *vm, uint16_t sw)
{
    return vm_throw_name(vm, "javacard/framework/ISOException", sw);
}

static bool is_kind(uint8_t have, enum heap_kind kind)
{
    return have == kind ||
           (kind == HEAP_BYTE_ARRAY && have == HEAP_BOOLEAN_ARRAY);
}

static bool has_rights(const struct heap_view *v, uint8_t use)
{
    return (v->h.flags & HEAP_WINDOW) == 0 || (v->h.flags & use) == use;
}

bool native_range(struct vm *vm, const struct vm_call *call, ref_t ref,
                  int32_t at, int32_t n, enum heap_kind kind, uint8_t use,
                  struct native_range *r)
{
    if (!vm_array_access(vm, call->caller_context, ref, &r->v))
        return false;
    if (!is_kind(r->v.h.kind, kind) || !has_rights(&r->v, use)) {
        (void)native_throw_security(vm);
        return false;
    }
    if (at < 0 || n < 0 || (int64_t)at + n > (int64_t)r->v.h.length) {
        (void)native_throw_bounds(vm);
        return false;
    }
    r->ref = ref;
    r->at = (uint32_t)at;
    r->n = (uint32_t)n;
    return true;
}

bool native_bytes(struct vm *vm, const struct vm_call *call, ref_t ref,
                  int32_t at, int32_t n, struct native_range *r)
{
    return native_range(vm, call, ref, at, n, HEAP_BYTE_ARRAY, NATIVE_READ, r);
}

bool native_piece(struct vm *vm, const struct vm_call *call, unsigned cell,
                  struct native_range *r)
{
    return native_bytes(vm, call, call->cells[cell],
                        native_short(call, cell + 1),
                        native_short(call, cell + 2), r);
}

bool native_rest(struct vm *vm, const struct vm_call *call, unsigned cell,
                 struct native_range *r)
{
    if (!native_bytes(vm, call, call->cells[cell], native_short(call, cell + 1),
                      0, r))
        return false;
    r->n = r->v.h.length - r->at;
    return true;
}

bool native_target(struct vm *vm, const struct vm_call *call, ref_t ref,
                   int32_t at, int32_t n, struct native_range *r)
{
    return native_range(vm, call, ref, at, n, HEAP_BYTE_ARRAY, NATIVE_WRITE, r);
}

bool native_arrays(struct vm *vm, const struct vm_call *call, ref_t a, ref_t b)
{
    struct heap_view v;

    if (vm_array_access(vm, call->caller_context, a, &v) &&
        vm_array_access(vm, call->caller_context, b, &v))
        return true;
    /* null goes first, whatever was thrown */
    if (native_is_null(vm, a) || native_is_null(vm, b))
        (void)native_throw_null(vm);
    return false;
}

bool native_in_and_out(struct vm *vm, const struct vm_call *call, unsigned cell,
                       int32_t n, struct native_range *in,
                       struct native_range *out)
{
    const ref_t from = call->cells[cell];
    const ref_t to = call->cells[cell + 3];

    if (native_piece(vm, call, cell, in) &&
        native_target(vm, call, to, native_short(call, cell + 4), n, out))
        return true;
    /* in place of what was thrown, if it is about the arrays themselves */
    (void)native_arrays(vm, call, from, to);
    return false;
}

static bool result(struct vm *vm, enum err e)
{
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

/* A copy of n bytes out of the way of what will be written over them. */
static const uint8_t *set_aside(struct vm *vm, const uint8_t *bytes, uint32_t n)
{
    const struct card_port *port = jcre_port(jcre_of(vm));

    if (n > port->scratch_size)
        return NULL;
    memcpy(port->scratch, bytes, n);
    return port->scratch;
}

bool native_write(struct vm *vm, ref_t ref, uint32_t at, const uint8_t *bytes,
                  uint32_t n, enum heap_write how)
{
    struct heap_view v;
    uintptr_t from = (uintptr_t)bytes;
    uintptr_t to = 0;

    if (n == 0)
        return true;
    if (!heap_get(vm_heap(vm), ref, &v))
        return result(vm, ERR_RANGE);
    if (v.ram != NULL) {
        memmove(v.ram + at, bytes, n);
        return true;
    }
    to = (uintptr_t)v.p + at;
    if (from < to + n && to < from + n)
        bytes = set_aside(vm, bytes, n);
    if (bytes == NULL)
        return result(vm, ERR_LOG_FULL);
    return result(vm, heap_write(vm_heap(vm), ref, at, bytes, n, how));
}

static bool fill_in_chunks(struct vm *vm, ref_t ref, uint32_t at, uint8_t value,
                           uint32_t n)
{
    uint8_t chunk[CHUNK];
    enum err e = ERR_OK;

    memset(chunk, value, sizeof chunk);
    for (uint32_t done = 0; done < n && e == ERR_OK; done += CHUNK) {
        uint32_t part = n - done < CHUNK ? n - done : CHUNK;
        e = heap_write(vm_heap(vm), ref, at + done, chunk, part, HEAP_RAW);
    }
    return result(vm, e);
}

bool native_fill(struct vm *vm, ref_t ref, uint32_t at, uint8_t value,
                 uint32_t n, enum heap_write how)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct heap_view v;

    if (!heap_get(vm_heap(vm), ref, &v))
        return result(vm, ERR_RANGE);
    if (v.ram != NULL) {
        memset(v.ram + at, value, n);
        return true;
    }
    if (how == HEAP_RAW)
        return fill_in_chunks(vm, ref, at, value, n);
    if (n > port->scratch_size)
        return result(vm, ERR_LOG_FULL);
    memset(port->scratch, value, n);
    return native_write(vm, ref, at, port->scratch, n, how);
}

bool native_view(struct vm *vm, const struct vm_call *call, ref_t ref,
                 struct heap_view *v)
{
    if (!heap_get(vm_heap(vm), ref, v)) {
        (void)native_throw_null(vm);
        return false;
    }
    if (call->caller_context == 0 || v->h.context == call->caller_context ||
        (v->h.flags & (HEAP_ENTRY_POINT | HEAP_GLOBAL_ARRAY)) != 0)
        return true;
    (void)native_throw_security(vm);
    return false;
}

bool native_may_tear(struct vm *vm, const struct native_range *r)
{
    const struct heap *heap = vm_heap(vm);
    struct heap_view v;

    if (!r->v.h.guarded ||
        !heap_get(heap, heap_window_base(heap, r->ref), &v) ||
        (v.h.flags & (HEAP_CLEAR_ON_RESET | HEAP_CLEAR_ON_DESELECT)) != 0)
        return true;
    (void)native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return false;
}

bool native_object(struct vm *vm, const struct vm_call *call, ref_t ref)
{
    struct heap_view v;

    return native_view(vm, call, ref, &v);
}

bool native_instance(struct vm *vm, const struct vm_call *call, ref_t ref,
                     const char *class_name)
{
    if (!native_object(vm, call, ref))
        return false;
    if (vm_instance_of(vm, ref, vm_api_class(class_name)))
        return true;
    (void)native_throw_security(vm);
    return false;
}

bool native_instance_if_any(struct vm *vm, const struct vm_call *call,
                            ref_t ref, const char *class_name)
{
    return native_is_null(vm, ref) ||
           native_instance(vm, call, ref, class_name);
}

enum err native_new_record(struct vm *vm, const struct vm_call *call,
                           uint32_t n, ref_t *out)
{
    struct heap_header hd = {0};

    hd.kind = HEAP_BLOB;
    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.length = n;
    return heap_new(vm_heap(vm), &hd, out);
}

bool native_update(struct vm *vm, ref_t ref, uint32_t at, const uint8_t *bytes,
                   uint32_t n)
{
    struct heap_view v;

    if (!heap_get(vm_heap(vm), ref, &v))
        return result(vm, ERR_RANGE);
    while (n > 0 && v.p[at] == *bytes) {
        at++;
        bytes++;
        n--;
    }
    while (n > 0 && v.p[at + n - 1] == bytes[n - 1])
        n--;
    return native_write(vm, ref, at, bytes, n, HEAP_ATOMIC);
}

bool native_begin(struct vm *vm, bool *own)
{
    *own = !heap_in_transaction(vm_heap(vm));
    return !*own || result(vm, heap_begin(vm_heap(vm)));
}

bool native_end(struct vm *vm, bool own, bool done)
{
    struct heap *heap = vm_heap(vm);

    if (!own)
        return done;
    return result(vm, done ? heap_commit(heap) : heap_abort(heap)) && done;
}

bool native_aid(struct vm *vm, const struct vm_call *call, ref_t ref,
                struct span *aid)
{
    if (!native_object(vm, call, ref))
        return false;
    if (jcre_aid_get(jcre_of(vm), ref, aid))
        return true;
    (void)native_throw_security(vm);
    return false;
}
