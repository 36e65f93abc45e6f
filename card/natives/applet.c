/* javacard.framework.Applet, as far as it is not the applet's own */
#include "natives/natives.h"
#include "natives/support.h"

enum vm_native_result native_applet_new(struct vm *vm,
                                        const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

/* An applet class without an install method. [JCAPI Applet] */
enum vm_native_result native_applet_install(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED);
}

enum vm_native_result native_applet_reselecting(struct vm *vm,
                                                const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, jcre_reselecting(jcre_of(vm)));
}

enum vm_native_result native_applet_selecting(struct vm *vm,
                                              const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, jcre_selecting(jcre_of(vm)));
}

static enum vm_native_result answer(struct vm *vm, uint16_t reason)
{
    return reason == 0 ? VM_NATIVE_DONE : native_throw_system(vm, reason);
}

enum vm_native_result native_applet_register(struct vm *vm,
                                             const struct vm_call *call)
{
    return answer(vm, jcre_register(jcre_of(vm), call->cells[0], NULL));
}

enum vm_native_result native_applet_register_as(struct vm *vm,
                                                const struct vm_call *call)
{
    struct native_range r;
    struct span aid;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r))
        return VM_NATIVE_THREW;
    aid = native_span(&r);
    return answer(vm, jcre_register(jcre_of(vm), call->cells[0], &aid));
}

enum vm_native_result native_applet_select(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, 1);
}

enum vm_native_result native_applet_deselect(struct vm *vm,
                                             const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_applet_share(struct vm *vm,
                                          const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, 0);
}
