/*
 * org.globalplatform.GPSystem, and the SecureChannel object that it hands
 * out.  What they say and do comes from the card domain.  [GPCS A]
 */
#include "natives/gp.h"

#include <string.h>

#include "base/ct.h"
#include "natives/natives.h"

enum { ANSWER_MAX = 256 };

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

/* ---- SecureChannel ---- */

/*
 * The caller's instance: these are methods of an entry point object, so the
 * machine has switched to the runtime's context.
 */
static uint16_t caller(struct vm *vm)
{
    return vm_previous_owner(vm);
}

bool native_gp_command(struct vm *vm, struct span *command)
{
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));
    const uint16_t at = jcre_apdu_offset(a);
    uint16_t n = 0;

    (void)jcre_apdu_receive_first(a, &n);
    *command = span_of(a->buffer, (size_t)at + a->nc);
    if (a->incoming.n == 0 && command->n <= CARD_APDU_BUFFER)
        return true;
    (void)native_throw_iso(vm, SW_WRONG_LENGTH);
    return false;
}

enum vm_native_result native_channel_process(struct vm *vm,
                                             const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span command;
    sw_t sw = SW_UNKNOWN;

    if (call->cells[1] != jcre_apdu_object())
        return native_throw_null(vm);
    if (!native_gp_command(vm, &command))
        return VM_NATIVE_THREW;
    sw = s->calls->channel_process(s->ctx, caller(vm), command, &answer);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    memcpy(a->buffer + jcre_apdu_offset(a), bytes, answer.n);
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
    sw = work(native_gp_services(vm)->ctx, caller(vm), &message);
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
                             native_gp_services(vm)->calls->channel_wrap);
}

enum vm_native_result native_channel_unwrap(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;

    if (!message_bytes(vm, call, &r))
        return VM_NATIVE_THREW;
    return transform_message(vm, &r, r.v.h.length - r.at,
                             native_gp_services(vm)->calls->channel_unwrap);
}

/* What data are ciphered by: one of the two services below. */
typedef sw_t cipher(void *ctx, uint16_t instance, uint8_t *data, size_t n);

static enum vm_native_result
cipher_data(struct vm *vm, const struct vm_call *call, cipher *work)
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
    sw = work(native_gp_services(vm)->ctx, caller(vm), message.p, message.n);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    written = native_write(vm, r.ref, r.at, message.p, r.n, HEAP_RAW);
    wipe(message.p, message.n);
    return written ? native_done_short(vm, (int32_t)r.n) : VM_NATIVE_THREW;
}

enum vm_native_result native_channel_decrypt(struct vm *vm,
                                             const struct vm_call *call)
{
    return cipher_data(vm, call,
                       native_gp_services(vm)->calls->channel_decrypt);
}

enum vm_native_result native_channel_encrypt(struct vm *vm,
                                             const struct vm_call *call)
{
    return cipher_data(vm, call,
                       native_gp_services(vm)->calls->channel_encrypt);
}

enum vm_native_result native_channel_reset(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    s->calls->channel_reset(s->ctx, caller(vm));
    return VM_NATIVE_DONE;
}

enum vm_native_result native_channel_level(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    return native_done_short(
        vm, (int8_t)s->calls->channel_level(s->ctx, caller(vm)));
}

/* Never below what the session was opened with. [GPCS 10.6] */
enum vm_native_result native_channel_set_level(struct vm *vm,
                                               const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    const sw_t sw = s->calls->channel_set_level(s->ctx, caller(vm),
                                                (uint8_t)call->cells[1]);

    return sw == SW_OK ? VM_NATIVE_DONE : native_throw_iso(vm, sw);
}

/* SecureChannelx2: the command is in an array, and so will the answer be. */
enum vm_native_result native_channel_process_array(struct vm *vm,
                                                   const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct native_range in, out;
    sw_t sw = SW_UNKNOWN;

    if (!message_bytes(vm, call, &in) ||
        !native_target(vm, call, in.ref, native_short(call, 4), 0, &out))
        return VM_NATIVE_THREW;
    sw = s->calls->channel_process(s->ctx, caller(vm), native_span(&in),
                                   &answer);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    if (answer.n > out.v.h.length - out.at)
        return native_throw_bounds(vm);
    return native_write(vm, out.ref, out.at, bytes, (uint32_t)answer.n,
                        HEAP_RAW)
               ? native_done_short(vm, (int32_t)answer.n)
               : VM_NATIVE_THREW;
}
