/*
 * org.globalplatform.GPSystem.  What it says and does comes from the card
 * domain.  [GPCS A]
 */
#include "natives/gp.h"

#include "natives/natives.h"

enum { STATE_LOCKED = 0x80 /* on top of another [GPCS 11.1.1] */ };

enum vm_native_result native_gp_new(struct vm *vm, const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

const struct jcre_services *native_gp_services(const struct vm *vm)
{
    return jcre_services(jcre_of(vm));
}

bool native_gp_has(const struct vm *vm, uint16_t instance, uint32_t privileges)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_entry e;

    return s->calls->own_entry(s->ctx, instance, &e) &&
           (e.privileges & privileges) != 0;
}

enum vm_native_result native_gp_card_state(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    return native_done_short(vm, (int8_t)s->calls->card_state(s->ctx));
}

enum vm_native_result native_gp_content_state(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    return native_done_short(
        vm, (int8_t)s->calls->applet_state(s->ctx, vm_owner(vm)));
}

/* Not to LOCKED [GPCS A.1]: that is GPRegistryEntry.setState()'s. */
enum vm_native_result native_gp_set_content_state(struct vm *vm,
                                                  const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    const uint8_t state = (uint8_t)call->cells[0];

    return native_done_short(
        vm, (state & STATE_LOCKED) == 0 &&
                s->calls->set_applet_state(s->ctx, vm_owner(vm), state));
}

enum vm_native_result native_gp_history(struct vm *vm,
                                        const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[0], native_short(call, 1),
                      native_byte(call, 2), &r))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, s->calls->set_history(s->ctx, vm_owner(vm), native_span(&r)));
}

enum vm_native_result native_gp_lock(struct vm *vm, const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    return native_done_short(vm, s->calls->lock_card(s->ctx, vm_owner(vm)));
}

enum vm_native_result native_gp_terminate(struct vm *vm,
                                          const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    return native_done_short(vm,
                             s->calls->terminate_card(s->ctx, vm_owner(vm)));
}

enum vm_native_result native_gp_secure_channel(struct vm *vm,
                                               const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, jcre_secure_channel_object());
}
