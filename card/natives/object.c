/* java.lang.Object */
#include "natives/natives.h"
#include "natives/support.h"

#include "jcre/aid.h"

enum vm_native_result native_object_new(struct vm *vm,
                                        const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

/* The tables give AID.equals the number of the method that it overrides. */
enum vm_native_result native_object_equals(struct vm *vm,
                                           const struct vm_call *call)
{
    struct span aid;

    if (jcre_aid_get(jcre_of(vm), call->cells[0], &aid))
        return native_aid_equals(vm, call);
    return native_done_short(vm, call->cells[0] == call->cells[1]);
}
