/*
 * javacard.framework.SensitiveArrays: this card has no arrays whose contents it
 * checks, and says so as the API has it.  [JCAPI SensitiveArrays]
 */
#include "natives/natives.h"
#include "natives/support.h"

enum vm_native_result native_sensitive_supported(struct vm *vm,
                                                 const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, 0);
}

enum vm_native_result native_sensitive_make(struct vm *vm,
                                            const struct vm_call *call)
{
    const struct card_port *port = jcre_port(jcre_of(vm));

    (void)call;
    if (port->trace != NULL)
        port->trace(port->ctx, "SensitiveArrays: this card has none");
    return native_throw_system(vm, SYSTEM_ILLEGAL_USE);
}

enum vm_native_result native_sensitive_is(struct vm *vm,
                                          const struct vm_call *call)
{
    return native_object(vm, call, call->cells[0]) ? native_done_short(vm, 0)
                                                   : VM_NATIVE_THREW;
}

/* assertIntegrity and clearArray, which are for such arrays alone. */
enum vm_native_result native_sensitive_use(struct vm *vm,
                                           const struct vm_call *call)
{
    return native_object(vm, call, call->cells[0])
               ? native_throw_system(vm, SYSTEM_ILLEGAL_VALUE)
               : VM_NATIVE_THREW;
}
