/*
 * javacardx.external and javacardx.framework.event.  An extended memory store
 * is a part of persistent memory that nobody else can name; writes to it take
 * part in no transaction.  There are no other memories, and no peripheral that
 * events come from, and the card says so.  [JCAPI Memory]
 */
#include "jcre/call.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/support.h"

enum { NO_SUCH_SUBSYSTEM = 1, INVALID_PARAM = 2 };

enum { EXTENDED_STORE = 2 };

enum { STORE_MAX = 1 << 24 /* what one object can hold */ };

static const char store_class[] = "javacardx/external/Memory$Store";

static enum vm_native_result throw_external(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacardx/external/ExternalException", reason);
}

/* ---- memory ---- */

static enum vm_native_result make_store(struct vm *vm,
                                        const struct vm_call *call, uint32_t n)
{
    const ref_t store = vm_new_object(vm, vm_api_class(store_class));
    ref_t record = 0;

    if (store == 0)
        return VM_NATIVE_THREW;
    enum err e = native_new_record(vm, call, n, &record);
    if (e == ERR_MEMORY) {
        jcre_trace(jcre_of(vm), "Memory", "no room for a store of this size");
        return throw_external(vm, INVALID_PARAM);
    }
    if (e == ERR_OK)
        e = native_set_cell(vm, store, CELL_STORE_RECORD, record, HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, store) : vm_throw_err(vm, e);
}

enum vm_native_result native_external_memory(struct vm *vm,
                                             const struct vm_call *call)
{
    struct native_range size;

    if (native_byte(call, 0) != EXTENDED_STORE) {
        jcre_trace(jcre_of(vm), "Memory", "this card has no such memory");
        return throw_external(vm, NO_SUCH_SUBSYSTEM);
    }
    if (!native_range(vm, call, call->cells[1], native_short(call, 2), 2,
                      HEAP_SHORT_ARRAY, NATIVE_READ, &size))
        return VM_NATIVE_THREW;
    const uint32_t n = get_u4(size.v.p + 2 * size.at);
    return n == 0 || n > STORE_MAX ? throw_external(vm, INVALID_PARAM)
                                   : make_store(vm, call, n);
}

/*
 * The n bytes of this store at the address that sector and block are; what a
 * key says is ignored.  False: thrown.
 */
static bool find_bytes(struct vm *vm, const struct vm_call *call,
                       unsigned sector, int32_t n, struct native_range *r)
{
    const uint32_t at = (uint32_t)native_int(call, sector);
    const ref_t key = call->cells[sector - 3];

    if (!native_is_null(vm, key) && !native_bytes(vm, call, key, 0, 0, r))
        return false;
    r->ref = native_cell(vm, call->cells[0], CELL_STORE_RECORD);
    if (!native_instance(vm, call, call->cells[0], store_class))
        return false;
    if (!heap_get(vm_heap(vm), r->ref, &r->v) || n < 0 || at > r->v.h.length ||
        (uint32_t)n > r->v.h.length - at) {
        (void)throw_external(vm, INVALID_PARAM);
        return false;
    }
    r->at = at;
    r->n = (uint32_t)n;
    return true;
}

enum vm_native_result native_external_write(struct vm *vm,
                                            const struct vm_call *call)
{
    const int16_t n = native_short(call, 3);
    struct native_range from, to;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2), n,
                      &from) ||
        !find_bytes(vm, call, 7, n, &to) ||
        !native_write(vm, to.ref, to.at, native_span(&from).p, to.n, HEAP_RAW))
        return VM_NATIVE_THREW;
    return native_done_short(vm, 1);
}

enum vm_native_result native_external_read(struct vm *vm,
                                           const struct vm_call *call)
{
    const int16_t n = native_short(call, 8);
    struct native_range from, to;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2), n,
                       &to) ||
        !find_bytes(vm, call, 6, n, &from) ||
        !native_write(vm, to.ref, to.at, native_span(&from).p, to.n, HEAP_RAW))
        return VM_NATIVE_THREW;
    return native_done_short(vm, n);
}

/* ---- events ---- */

/* No object of this card's own is an EventSource. */
enum vm_native_result native_event_registry(struct vm *vm,
                                            const struct vm_call *call)
{
    if (!native_object(vm, call, call->cells[0]))
        return VM_NATIVE_THREW;
    jcre_trace(jcre_of(vm), "EventRegistry", "this card has no event sources");
    return native_throw_system(vm, SYSTEM_NO_RESOURCE);
}

/* There is no registry to call them on. */
enum vm_native_result native_event_listener(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return native_throw_system(vm, SYSTEM_ILLEGAL_USE);
}
