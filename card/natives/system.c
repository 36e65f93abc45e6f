/* javacard.framework.JCSystem: identity, sharing, transactions, memory */
#include "natives/natives.h"
#include "natives/result.h"
#include "natives/support.h"

enum { SHORT_MAX = 32767 };

static int32_t capped(uint32_t n)
{
    return n > SHORT_MAX ? SHORT_MAX : (int32_t)n;
}

/* ---- identity ---- */

enum vm_native_result native_system_version(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, JCRE_VERSION);
}

enum vm_native_result native_system_aid(struct vm *vm,
                                        const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, jcre_aid_object(jcre_of(vm), vm_owner(vm)));
}

enum vm_native_result native_system_previous_aid(struct vm *vm,
                                                 const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm,
                           jcre_aid_object(jcre_of(vm), vm_previous_owner(vm)));
}

enum vm_native_result native_system_lookup(struct vm *vm,
                                           const struct vm_call *call)
{
    struct jcre *j = jcre_of(vm);
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[0], native_short(call, 1),
                      native_byte(call, 2), &r))
        return VM_NATIVE_THREW;
    return native_done_ref(vm,
                           jcre_aid_object(j, jcre_find(j, native_span(&r))));
}

enum vm_native_result native_system_channel(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, jcre_channel(jcre_of(vm)));
}

/* The instance whose AID object this is, also while it is being installed. */
static uint16_t instance_of(struct vm *vm, ref_t object, struct span aid)
{
    const struct jcre *j = jcre_of(vm);

    if (object == jcre_aid_object(j, vm_owner(vm)))
        return vm_owner(vm);
    return jcre_find(j, aid);
}

enum vm_native_result native_system_is_active(struct vm *vm,
                                              const struct vm_call *call)
{
    struct span aid;

    if (!native_aid(vm, call, call->cells[0], &aid))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, jcre_is_active(jcre_of(vm), instance_of(vm, call->cells[0], aid)));
}

/* ---- sharing [JCRE 6.2.7.2] ---- */

static enum vm_native_result shared(struct vm *vm, bool threw, uint16_t value)
{
    return native_sensitive_done(vm, native_done_ref(vm, threw ? 0 : value),
                                 JCRE_RESULT_REF);
}

enum vm_native_result native_system_share(struct vm *vm,
                                          const struct vm_call *call)
{
    struct jcre *j = jcre_of(vm);
    uint16_t args[2] = {jcre_aid_object(j, vm_owner(vm)), call->cells[1]};
    struct jcre_instance server;
    struct span aid;
    uint16_t instance = 0;

    if (args[0] == 0 || native_is_null(vm, call->cells[0]))
        return native_done_ref(vm, 0);
    if (!native_aid(vm, call, call->cells[0], &aid))
        return VM_NATIVE_THREW;
    instance = jcre_find(j, aid);
    if (!jcre_server(j, instance, &server))
        return native_done_ref(vm, 0);
    if (!jcre_may_share(j, instance))
        return native_throw_security(vm);
    return vm_native_call_virtual(vm, server.object, jcre_shareable_token(j),
                                  args, 2, shared);
}

/* ---- transactions ---- */

static enum vm_native_result transaction(struct vm *vm, enum err e,
                                         uint16_t wrong_state)
{
    if (e == ERR_OK)
        return VM_NATIVE_DONE;
    if (e == ERR_STATE)
        return native_throw_transaction(vm, wrong_state);
    return native_throw_transaction(vm, TRANSACTION_INTERNAL_FAILURE);
}

enum vm_native_result native_system_begin(struct vm *vm,
                                          const struct vm_call *call)
{
    (void)call;
    if (heap_in_transaction(vm_heap(vm)))
        return native_throw_transaction(vm, TRANSACTION_IN_PROGRESS);
    return transaction(vm, heap_begin(vm_heap(vm)), TRANSACTION_IN_PROGRESS);
}

enum vm_native_result native_system_commit(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return transaction(vm, heap_commit(vm_heap(vm)),
                       TRANSACTION_NOT_IN_PROGRESS);
}

enum vm_native_result native_system_abort(struct vm *vm,
                                          const struct vm_call *call)
{
    (void)call;
    return transaction(vm, heap_abort(vm_heap(vm)),
                       TRANSACTION_NOT_IN_PROGRESS);
}

enum vm_native_result native_system_depth(struct vm *vm,
                                          const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, heap_in_transaction(vm_heap(vm)));
}

enum vm_native_result native_system_max_commit(struct vm *vm,
                                               const struct vm_call *call)
{
    (void)call;
    return native_done_short(
        vm, capped(persist_log_capacity(vm_heap(vm)->persist)));
}

enum vm_native_result native_system_unused_commit(struct vm *vm,
                                                  const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm,
                             capped(persist_log_free(vm_heap(vm)->persist)));
}

/* ---- object deletion ---- */

enum vm_native_result native_system_can_delete(struct vm *vm,
                                               const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, 1);
}

enum vm_native_result native_system_delete(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    jcre_request_deletion(jcre_of(vm));
    return VM_NATIVE_DONE;
}
