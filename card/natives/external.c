/*
 * javacardx.external and javacardx.framework.event.  This card has no memory
 * beside its own and no peripheral that events come from, and says so.
 * [JCAPI Memory]
 */
#include "jcre/call.h"
#include "natives/natives.h"
#include "natives/support.h"

enum { NO_SUCH_SUBSYSTEM = 1 };

enum vm_native_result native_external_memory(struct vm *vm,
                                             const struct vm_call *call)
{
    (void)call;
    jcre_trace(jcre_of(vm), "Memory", "this card has no external memory");
    return vm_throw_name(vm, "javacardx/external/ExternalException",
                         NO_SUCH_SUBSYSTEM);
}

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
