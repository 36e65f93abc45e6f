/* java.lang.Object */
#include "natives/buffer.h"
#include "natives/natives.h"
#include "natives/result.h"
#include "natives/support.h"

#include "jcre/aid.h"

enum vm_native_result native_object_new(struct vm *vm,
                                        const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

/* The tables give an equals() the number of the method that it overrides. */
enum vm_native_result native_object_equals(struct vm *vm,
                                           const struct vm_call *call)
{
    struct span aid;

    if (jcre_aid_get(jcre_of(vm), call->cells[0], &aid))
        return native_sensitive(vm, call, native_aid_equals,
                                JCRE_RESULT_BOOLEAN);
    if (native_is_buffer(vm, call->cells[0]))
        return native_buffer_equals(vm, call);
    return native_done_short(vm, call->cells[0] == call->cells[1]);
}
