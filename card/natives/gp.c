/*
 * org.globalplatform.GPSystem, and the SecureChannel object that it hands
 * out.  What they say and do comes from the card domain.  [GPCS A]
 */
#include "natives/natives.h"
#include "natives/support.h"

#include <string.h>

#include "base/ct.h"

enum { ANSWER_MAX = 256 };

enum vm_native_result native_gp_new(struct vm *vm, const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

static const struct jcre_services *services_of(struct vm *vm)
{
    return jcre_services(jcre_of(vm));
}

enum vm_native_result native_gp_card_state(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    (void)call;
    return native_done_short(vm, (int8_t)s->calls->card_state(s->ctx));
}

enum vm_native_result native_gp_content_state(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    (void)call;
    return native_done_short(
        vm, (int8_t)s->calls->applet_state(s->ctx, vm_owner(vm)));
}

enum vm_native_result native_gp_set_content_state(struct vm *vm,
                                                  const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    return native_done_short(
        vm, s->calls->set_applet_state(s->ctx, vm_owner(vm),
                                       (uint8_t)call->cells[0]));
}

enum vm_native_result native_gp_lock(struct vm *vm, const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    (void)call;
    return native_done_short(vm, s->calls->lock_card(s->ctx, vm_owner(vm)));
}

enum vm_native_result native_gp_terminate(struct vm *vm,
                                          const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    (void)call;
    return native_done_short(vm,
                             s->calls->terminate_card(s->ctx, vm_owner(vm)));
}

/* No application offers a global service: null says so [GPCS A]. */
enum vm_native_result native_gp_nothing(struct vm *vm,
                                        const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, 0);
}

enum vm_native_result native_gp_secure_channel(struct vm *vm,
                                               const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, jcre_secure_channel_object());
}

/* ---- SecureChannel ---- */

/*
 * The caller's instance: these are methods of an entry point object, so the
 * machine has switched to the runtime's context.
 */
static uint16_t caller(struct vm *vm)
{
    return vm_previous_owner(vm);
}

enum vm_native_result native_channel_process(struct vm *vm,
                                             const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    uint16_t at = jcre_apdu_offset(a);
    uint16_t n = 0;
    sw_t sw = SW_UNKNOWN;

    if (call->cells[1] != jcre_apdu_object())
        return native_throw_null(vm);
    (void)jcre_apdu_receive_first(a, &n);
    if (a->incoming.n != 0 || at + a->nc > CARD_APDU_BUFFER)
        return native_throw_iso(vm, SW_WRONG_LENGTH);
    sw = s->calls->channel_process(
        s->ctx, caller(vm), span_of(a->buffer, (size_t)at + a->nc), &answer);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    memcpy(a->buffer + at, bytes, answer.n);
    return native_done_short(vm, (int32_t)answer.n);
}

/* What a message is turned into: one of the two services below. */
typedef sw_t transform(void *ctx, uint16_t instance, struct buf *message);

/*
 * Transforms a message in scratch memory and puts it back; `room` is what
 * there is for it in the array.
 */
static enum vm_native_result transform_message(struct vm *vm,
                                               const struct native_range *r,
                                               uint32_t room, transform *work)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct buf message = buf_of(port->scratch, port->scratch_size);
    sw_t sw = SW_UNKNOWN;

    if (buf_put(&message, native_span(r).p, r->n) != ERR_OK)
        return native_throw_system(vm, SYSTEM_NO_RESOURCE);
    sw = work(services_of(vm)->ctx, caller(vm), &message);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    if (message.n > room)
        return native_throw_bounds(vm);
    if (!native_write(vm, r->ref, r->at, message.p, (uint32_t)message.n,
                      HEAP_RAW))
        return VM_NATIVE_THREW;
    wipe(message.p, message.n);
    return native_done_short(vm, (int32_t)message.n);
}

static bool message_bytes(struct vm *vm, const struct vm_call *call,
                          struct native_range *r)
{
    return native_range(vm, call, call->cells[1], native_short(call, 2),
                        native_short(call, 3), HEAP_BYTE_ARRAY,
                        NATIVE_READ | NATIVE_WRITE, r);
}

enum vm_native_result native_channel_wrap(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range r;

    if (!message_bytes(vm, call, &r))
        return VM_NATIVE_THREW;
    return transform_message(vm, &r, r.v.h.length - r.at,
                             services_of(vm)->calls->channel_wrap);
}

enum vm_native_result native_channel_unwrap(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;

    if (!message_bytes(vm, call, &r))
        return VM_NATIVE_THREW;
    return transform_message(vm, &r, r.v.h.length - r.at,
                             services_of(vm)->calls->channel_unwrap);
}

static sw_t decrypt(const struct jcre_services *s, uint16_t instance,
                    struct buf *message)
{
    return s->calls->channel_decrypt(s->ctx, instance, message->p, message->n);
}

enum vm_native_result native_channel_decrypt(struct vm *vm,
                                             const struct vm_call *call)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct buf message = buf_of(port->scratch, port->scratch_size);
    struct native_range r;
    sw_t sw = SW_UNKNOWN;
    bool written = false;

    if (!message_bytes(vm, call, &r))
        return VM_NATIVE_THREW;
    if (buf_put(&message, native_span(&r).p, r.n) != ERR_OK)
        return native_throw_system(vm, SYSTEM_NO_RESOURCE);
    sw = decrypt(services_of(vm), caller(vm), &message);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    written = native_write(vm, r.ref, r.at, message.p, r.n, HEAP_RAW);
    wipe(message.p, message.n);
    return written ? native_done_short(vm, (int32_t)r.n) : VM_NATIVE_THREW;
}

enum vm_native_result native_channel_reset(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    (void)call;
    s->calls->channel_reset(s->ctx, caller(vm));
    return VM_NATIVE_DONE;
}

enum vm_native_result native_channel_level(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = services_of(vm);

    (void)call;
    return native_done_short(
        vm, (int8_t)s->calls->channel_level(s->ctx, caller(vm)));
}
