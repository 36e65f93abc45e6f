/*
 * org.globalplatform.GPSystem.  What it says and does comes from the card
 * domain.  [GPCS A]
 */
#include "natives/gp.h"

#include "natives/contactless.h"
#include "natives/natives.h"

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

/* An application may lock itself [GP API 1.5, setCardContentState]. */
enum vm_native_result native_gp_set_content_state(struct vm *vm,
                                                  const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    const uint16_t who = vm_owner(vm);
    const uint8_t was = s->calls->applet_state(s->ctx, who);

    if (!s->calls->set_applet_state(s->ctx, who, (uint8_t)call->cells[0]))
        return native_done_short(vm, false);
    const uint8_t now = s->calls->applet_state(s->ctx, who);
    struct jcre_entry e;
    return ((was ^ now) & GP_LOCKED) != 0 &&
                   s->calls->own_entry(s->ctx, who, &e)
               ? native_cl_tell_lock(vm, who, &e)
               : native_done_short(vm, true);
}

/* ---- card information ---- */

/* In scratch memory; false: thrown. */
static bool card_info(struct vm *vm, uint16_t info, struct buf *out)
{
    const struct jcre_services *s = native_gp_services(vm);
    const struct card_port *port = jcre_port(jcre_of(vm));

    *out = buf_of(port->scratch, port->scratch_size);
    const sw_t sw = s->calls->card_info(s->ctx, info, out);
    if (sw != SW_OK)
        (void)native_throw_iso(vm, sw);
    return sw == SW_OK;
}

enum vm_native_result native_gp_card_info(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range r;
    struct buf data;

    if (!native_target(vm, call, call->cells[0], native_short(call, 1), 0,
                       &r) ||
        !card_info(vm, call->cells[2], &data))
        return VM_NATIVE_THREW;
    if (data.n > r.v.h.length - r.at)
        return native_throw_bounds(vm);
    return native_write(vm, r.ref, r.at, data.p, (uint32_t)data.n, HEAP_ATOMIC)
               ? native_done_short(vm, (int32_t)(r.at + data.n))
               : VM_NATIVE_THREW;
}

enum vm_native_result native_gp_card_info_length(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct buf data;

    return card_info(vm, call->cells[0], &data)
               ? native_done_short(vm, (int32_t)data.n)
               : VM_NATIVE_THREW;
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
