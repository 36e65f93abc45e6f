/*
 * org.globalplatform.SecureChannel and its heirs, method by method.
 * [GPCS A.1, SecureChannel]
 */
#include "natives/channel.h"

#include <string.h>

#include "base/ct.h"
#include "jcre/oneshot.h"
#include "natives/natives.h"

/* ---- the session of the caller's domain ---- */

static sw_t domain_process(struct channel *c, struct span command,
                           struct buf *answer)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_process(s->ctx, c->caller, command, answer);
}

static sw_t domain_unwrap(struct channel *c, struct buf *command)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_unwrap(s->ctx, c->caller, command);
}

static sw_t domain_wrap(struct channel *c, struct buf *response)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_wrap(s->ctx, c->caller, response);
}

static size_t domain_wrapped(struct channel *c, size_t n)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_wrapped(s->ctx, c->caller, n);
}

static sw_t domain_cipher(struct channel *c, bool encrypt,
                          uint8_t chain[CRYPTO_BLOCK_MAX], uint8_t *data,
                          size_t n)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_cipher(s->ctx, c->caller, encrypt, chain, data, n);
}

static uint8_t domain_block(struct channel *c)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_block(s->ctx, c->caller);
}

static uint8_t domain_level(struct channel *c)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_level(s->ctx, c->caller);
}

static sw_t domain_set_level(struct channel *c, uint8_t level)
{
    const struct jcre_services *s = native_gp_services(c->vm);

    return s->calls->channel_set_level(s->ctx, c->caller, level);
}

static bool domain_reset(struct channel *c)
{
    const struct jcre_services *s = native_gp_services(c->vm);
    struct jcre *j = jcre_of(c->vm);

    s->calls->channel_reset(s->ctx, c->caller);
    jcre_oneshot_return(j);
    return true;
}

/* Until the applet returns: a message does not outlive its command. */
static struct channel_message *domain_message(struct channel *c, size_t *room)
{
    uint8_t *p = jcre_oneshot_lend(jcre_of(c->vm), c->caller);

    if (p == NULL) {
        (void)native_throw_system(c->vm, SYSTEM_NO_RESOURCE);
        return NULL;
    }
    *room = CARD_ONESHOT_STATE - sizeof(struct channel_message);
    return (struct channel_message *)(void *)p;
}

static const struct channel_kind domain_kind = {
    .process = domain_process,
    .unwrap = domain_unwrap,
    .wrap = domain_wrap,
    .wrapped = domain_wrapped,
    .cipher = domain_cipher,
    .block = domain_block,
    .level = domain_level,
    .set_level = domain_set_level,
    .reset = domain_reset,
    .message = domain_message,
};

/* ---- this ---- */

/*
 * Methods of an object of another context run there; those of an object in
 * the caller's own run as the caller.
 */
static uint16_t caller_of(const struct vm *vm, const struct vm_call *call)
{
    return call->caller_context == vm_context(vm) ? vm_owner(vm)
                                                  : vm_previous_owner(vm);
}

bool native_channel_open(struct vm *vm, const struct vm_call *call,
                         struct channel *c)
{
    c->vm = vm;
    c->object = call->cells[0];
    c->caller = caller_of(vm, call);
    c->kind = &domain_kind;
    c->protocol_and_i = 0;
    c->session = NULL;
    if (c->object == jcre_secure_channel_object())
        return true;
    return native_channel_look(c);
}

/* ---- opening ---- */

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
    struct jcre_apdu *a = jcre_apdu(jcre_of(vm));
    uint8_t bytes[CHANNEL_ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span command;
    struct channel c;
    sw_t sw = SW_UNKNOWN;

    if (call->cells[1] != jcre_apdu_object())
        return native_throw_null(vm);
    if (!native_gp_command(vm, &command) || !native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    sw = c.kind->process(&c, command, &answer);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    memcpy(a->buffer + jcre_apdu_offset(a), bytes, answer.n);
    return native_done_short(vm, (int32_t)answer.n);
}

/* The command is in an array, and the answer goes to one, from `out` on. */
static enum vm_native_result process_array(struct vm *vm,
                                           const struct vm_call *call,
                                           const struct native_range *in,
                                           const struct native_range *out)
{
    uint8_t bytes[CHANNEL_ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct channel c;

    if (!native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    const sw_t sw = c.kind->process(&c, native_span(in), &answer);
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    if (answer.n > out->v.h.length - out->at)
        return native_throw_bounds(vm);
    return native_write(vm, out->ref, out->at, bytes, (uint32_t)answer.n,
                        HEAP_RAW)
               ? native_done_short(vm, (int32_t)answer.n)
               : VM_NATIVE_THREW;
}

static bool message_bytes(struct vm *vm, const struct vm_call *call,
                          struct native_range *r)
{
    return native_range(vm, call, call->cells[1], native_short(call, 2),
                        native_short(call, 3), HEAP_BYTE_ARRAY,
                        NATIVE_READ | NATIVE_WRITE, r);
}

/* SecureChannelx2: in the same array. */
enum vm_native_result native_channel_process_array(struct vm *vm,
                                                   const struct vm_call *call)
{
    struct native_range in, out;

    if (!message_bytes(vm, call, &in) ||
        !native_target(vm, call, in.ref, native_short(call, 4), 0, &out))
        return VM_NATIVE_THREW;
    return process_array(vm, call, &in, &out);
}

/* SecureChannelProtocol: perhaps in another. */
enum vm_native_result native_channel_process_arrays(struct vm *vm,
                                                    const struct vm_call *call)
{
    struct native_range in, out;

    if (!native_in_and_out(vm, call, 1, 0, &in, &out))
        return VM_NATIVE_THREW;
    return process_array(vm, call, &in, &out);
}

/* ---- messages and data ---- */

/* What a message is turned into: one of a kind's two. */
typedef sw_t transform(struct channel *c, struct buf *message);

/*
 * Transforms a message in scratch memory and puts it back, where there is
 * room for it till the end of the array.
 */
static enum vm_native_result transform_message(struct channel *c,
                                               const struct native_range *r,
                                               transform *work)
{
    const struct card_port *port = jcre_port(jcre_of(c->vm));
    struct buf message = buf_of(port->scratch, port->scratch_size);

    if (buf_put(&message, native_span(r).p, r->n) != ERR_OK)
        return native_throw_system(c->vm, SYSTEM_NO_RESOURCE);
    const sw_t sw = work(c, &message);
    if (sw != SW_OK)
        return native_throw_iso(c->vm, sw);
    if (message.n > r->v.h.length - r->at)
        return native_throw_bounds(c->vm);
    if (!native_write(c->vm, r->ref, r->at, message.p, (uint32_t)message.n,
                      HEAP_RAW))
        return VM_NATIVE_THREW;
    wipe(message.p, message.n);
    return native_done_short(c->vm, (int32_t)message.n);
}

enum vm_native_result native_channel_wrap(struct vm *vm,
                                          const struct vm_call *call)
{
    struct native_range r;
    struct channel c;

    if (!message_bytes(vm, call, &r) || !native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    return transform_message(&c, &r, c.kind->wrap);
}

enum vm_native_result native_channel_unwrap(struct vm *vm,
                                            const struct vm_call *call)
{
    struct native_range r;
    struct channel c;

    if (!message_bytes(vm, call, &r) || !native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    return transform_message(&c, &r, c.kind->unwrap);
}

static enum vm_native_result
cipher_data(struct vm *vm, const struct vm_call *call, bool encrypt)
{
    const struct card_port *port = jcre_port(jcre_of(vm));
    struct buf data = buf_of(port->scratch, port->scratch_size);
    uint8_t chain[CRYPTO_BLOCK_MAX] = {0};
    struct native_range r;
    struct channel c;

    if (!message_bytes(vm, call, &r) || !native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    if (buf_put(&data, native_span(&r).p, r.n) != ERR_OK)
        return native_throw_system(vm, SYSTEM_NO_RESOURCE);
    const sw_t sw = c.kind->cipher != NULL
                        ? c.kind->cipher(&c, encrypt, chain, data.p, data.n)
                        : SW_FUNCTION_UNSUPPORTED;
    if (sw != SW_OK)
        return native_throw_iso(vm, sw);
    const bool written = native_write(vm, r.ref, r.at, data.p, r.n, HEAP_RAW);
    wipe(data.p, data.n);
    return written ? native_done_short(vm, (int32_t)r.n) : VM_NATIVE_THREW;
}

enum vm_native_result native_channel_decrypt(struct vm *vm,
                                             const struct vm_call *call)
{
    return cipher_data(vm, call, false);
}

enum vm_native_result native_channel_encrypt(struct vm *vm,
                                             const struct vm_call *call)
{
    return cipher_data(vm, call, true);
}

/* ---- the rest ---- */

enum vm_native_result native_channel_reset(struct vm *vm,
                                           const struct vm_call *call)
{
    struct channel c;

    return native_channel_open(vm, call, &c) && c.kind->reset(&c)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

enum vm_native_result native_channel_level(struct vm *vm,
                                           const struct vm_call *call)
{
    struct channel c;

    return native_channel_open(vm, call, &c)
               ? native_done_short(vm, (int8_t)c.kind->level(&c))
               : VM_NATIVE_THREW;
}

/* Never below what the session was opened with. [GPCS 10.6] */
enum vm_native_result native_channel_set_level(struct vm *vm,
                                               const struct vm_call *call)
{
    struct channel c;

    if (!native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    const sw_t sw = c.kind->set_level(&c, (uint8_t)call->cells[1]);
    return sw == SW_OK ? VM_NATIVE_DONE : native_throw_iso(vm, sw);
}
