/*
 * Messages and data of a secure channel that come in pieces:
 * securechannel.SecureChannelProtocol.  A message waits until it is whole, so
 * nothing of a command is seen before its MAC was checked; data are ciphered
 * as their blocks get full.
 *
 * idle --initWrap--> wraps --doFinalWrap--> idle, and so with the others
 */
#include <string.h>

#include "base/ct.h"
#include "natives/channel.h"
#include "natives/natives.h"

/* Arguments of the update and doFinal methods, by cell. */
enum { IN = 1, WRAP_STATUS = 4, OUT = 4, WRAP_OUT = 5 };

struct stream {
    struct channel c;
    struct channel_message *m;
    size_t room;
};

/* False: thrown. */
static bool open_stream(struct vm *vm, const struct vm_call *call,
                        struct stream *s)
{
    if (!native_channel_open(vm, call, &s->c))
        return false;
    s->m = s->c.kind->message(&s->c, &s->room);
    return s->m != NULL;
}

static uint8_t *gathered(const struct stream *s)
{
    return (uint8_t *)(s->m + 1);
}

static void end_message(struct channel_message *m, uint8_t *bytes)
{
    wipe(bytes, m->gathered);
    m->direction = CHANNEL_IDLE;
    m->announced = 0;
    m->gathered = 0;
}

static void end_cipher(struct channel_message *m)
{
    m->ciphering = 0;
    m->part_length = 0;
    wipe(m->part, sizeof m->part);
    wipe(m->chain, sizeof m->chain);
}

void native_channel_forget(struct channel_message *m)
{
    end_message(m, (uint8_t *)(m + 1));
    end_cipher(m);
}

/* ---- messages ---- */

/* One direction at a time. */
static bool begin_message(struct vm *vm, const struct vm_call *call,
                          struct stream *s, enum channel_direction direction)
{
    if (!open_stream(vm, call, s))
        return false;
    if (s->m->direction != CHANNEL_IDLE && s->m->direction != direction) {
        (void)native_throw_iso(vm, SW_CONDITIONS);
        return false;
    }
    end_message(s->m, gathered(s));
    s->m->direction = (uint8_t)direction;
    return true;
}

enum vm_native_result native_channel_init_wrap(struct vm *vm,
                                               const struct vm_call *call)
{
    const int16_t n = native_short(call, 1);
    struct stream s;

    if (n < 0)
        return native_throw_iso(vm, SW_WRONG_LENGTH);
    if (!begin_message(vm, call, &s, CHANNEL_WRAPS))
        return VM_NATIVE_THREW;
    s.m->announced = (uint16_t)n;
    return native_done_short(vm,
                             (int32_t)s.c.kind->wrapped(&s.c, s.m->announced));
}

enum vm_native_result native_channel_init_unwrap(struct vm *vm,
                                                 const struct vm_call *call)
{
    struct stream s;

    return begin_message(vm, call, &s, CHANNEL_UNWRAPS) ? VM_NATIVE_DONE
                                                        : VM_NATIVE_THREW;
}

/* One more piece.  False: thrown, and what does not fit ends the message. */
static bool gather(struct vm *vm, const struct vm_call *call, struct stream *s,
                   enum channel_direction direction,
                   const struct native_range *in)
{
    if (!open_stream(vm, call, s))
        return false;
    if (s->m->direction != direction) {
        (void)native_throw_iso(vm, SW_CONDITIONS);
        return false;
    }
    if (in->n > s->room - s->m->gathered) {
        end_message(s->m, gathered(s));
        (void)native_throw_iso(vm, SW_WRONG_LENGTH);
        return false;
    }
    memcpy(gathered(s) + s->m->gathered, native_span(in).p, in->n);
    s->m->gathered += in->n;
    return true;
}

static enum vm_native_result update(struct vm *vm, const struct vm_call *call,
                                    enum channel_direction direction)
{
    struct native_range in, out;
    struct stream s;

    return native_in_and_out(vm, call, IN, 0, &in, &out) &&
                   gather(vm, call, &s, direction, &in)
               ? native_done_short(vm, 0)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_channel_update_wrap(struct vm *vm,
                                                 const struct vm_call *call)
{
    return update(vm, call, CHANNEL_WRAPS);
}

enum vm_native_result native_channel_update_unwrap(struct vm *vm,
                                                   const struct vm_call *call)
{
    return update(vm, call, CHANNEL_UNWRAPS);
}

/* Takes the message out of its memory, to scratch memory. */
static bool take(struct stream *s, struct buf *message)
{
    const struct card_port *port = jcre_port(jcre_of(s->c.vm));

    *message = buf_of(port->scratch, port->scratch_size);
    const enum err e = buf_put(message, gathered(s), s->m->gathered);
    end_message(s->m, gathered(s));
    if (e != ERR_OK)
        (void)native_throw_system(s->c.vm, SYSTEM_NO_RESOURCE);
    return e == ERR_OK;
}

static enum vm_native_result give(struct vm *vm, const struct native_range *out,
                                  const struct buf *message)
{
    if (message->n > out->v.h.length - out->at)
        return native_throw_bounds(vm);
    const bool written = native_write(vm, out->ref, out->at, message->p,
                                      (uint32_t)message->n, HEAP_RAW);
    wipe(message->p, message->n);
    return written ? native_done_short(vm, (int32_t)message->n)
                   : VM_NATIVE_THREW;
}

/* The array to read from, that to write to is at another cell. */
static bool final_arrays(struct vm *vm, const struct vm_call *call,
                         unsigned cell, struct native_range *in,
                         struct native_range *out)
{
    return native_arrays(vm, call, call->cells[IN], call->cells[cell]) &&
           native_piece(vm, call, IN, in) &&
           native_target(vm, call, call->cells[cell],
                         native_short(call, cell + 1), 0, out);
}

enum vm_native_result native_channel_final_wrap(struct vm *vm,
                                                const struct vm_call *call)
{
    struct native_range in, out;
    struct buf message;
    struct stream s;

    if (!final_arrays(vm, call, WRAP_OUT, &in, &out) ||
        !gather(vm, call, &s, CHANNEL_WRAPS, &in))
        return VM_NATIVE_THREW;
    const bool as_announced = s.m->gathered == s.m->announced;
    if (!take(&s, &message))
        return VM_NATIVE_THREW;
    if (!as_announced ||
        buf_put_u2(&message, call->cells[WRAP_STATUS]) != ERR_OK)
        return native_throw_iso(vm, SW_WRONG_LENGTH);
    const sw_t sw = s.c.kind->wrap(&s.c, &message);
    return sw == SW_OK ? give(vm, &out, &message) : native_throw_iso(vm, sw);
}

enum vm_native_result native_channel_final_unwrap(struct vm *vm,
                                                  const struct vm_call *call)
{
    struct native_range in, out;
    struct buf message;
    struct stream s;

    if (!final_arrays(vm, call, OUT, &in, &out) ||
        !gather(vm, call, &s, CHANNEL_UNWRAPS, &in) || !take(&s, &message))
        return VM_NATIVE_THREW;
    const sw_t sw = s.c.kind->unwrap(&s.c, &message);
    return sw == SW_OK ? give(vm, &out, &message) : native_throw_iso(vm, sw);
}

/* ---- data ---- */

/* False: thrown. */
static bool open_cipher(struct vm *vm, const struct vm_call *call,
                        struct stream *s)
{
    if (!open_stream(vm, call, s))
        return false;
    if (s->c.kind->cipher != NULL)
        return true;
    (void)native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED);
    return false;
}

static enum vm_native_result begin_cipher(struct vm *vm,
                                          const struct vm_call *call,
                                          enum channel_ciphering what)
{
    struct stream s;

    if (!open_cipher(vm, call, &s))
        return VM_NATIVE_THREW;
    end_cipher(s.m);
    s.m->ciphering = (uint8_t)what;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_channel_init_encrypt(struct vm *vm,
                                                  const struct vm_call *call)
{
    return begin_cipher(vm, call, CHANNEL_ENCRYPTS);
}

enum vm_native_result native_channel_init_decrypt(struct vm *vm,
                                                  const struct vm_call *call)
{
    return begin_cipher(vm, call, CHANNEL_DECRYPTS);
}

/* What waits and what is new, cut into blocks and a rest that waits. */
static bool cut(struct stream *s, const struct native_range *in,
                struct buf *data, size_t block)
{
    const struct card_port *port = jcre_port(jcre_of(s->c.vm));

    *data = buf_of(port->scratch, port->scratch_size);
    if (buf_put(data, s->m->part, s->m->part_length) != ERR_OK ||
        buf_put(data, native_span(in).p, in->n) != ERR_OK) {
        (void)native_throw_system(s->c.vm, SYSTEM_NO_RESOURCE);
        return false;
    }
    s->m->part_length = (uint8_t)(data->n % block);
    data->n -= s->m->part_length;
    memcpy(s->m->part, data->p + data->n, s->m->part_length);
    return true;
}

/*
 * One more piece, perhaps the last: then it has to end with a block, as the
 * data of encryptData() and decryptData() do.
 */
static enum vm_native_result cipher(struct vm *vm, const struct vm_call *call,
                                    enum channel_ciphering what, bool last)
{
    struct native_range in, out;
    struct stream s;
    struct buf data;
    sw_t sw = SW_WRONG_LENGTH;

    if (!native_in_and_out(vm, call, IN, 0, &in, &out) ||
        !open_cipher(vm, call, &s))
        return VM_NATIVE_THREW;
    if (s.m->ciphering != what)
        return native_throw_iso(vm, SW_CONDITIONS);
    const uint8_t block = s.c.kind->block(&s.c);
    if (block == 0)
        return native_throw_iso(vm, SW_SECURITY_STATUS);
    if ((s.m->part_length + in.n) / block * block > out.v.h.length - out.at)
        return native_throw_bounds(vm);
    if (!cut(&s, &in, &data, block))
        return VM_NATIVE_THREW;
    if (!last || s.m->part_length == 0)
        sw = s.c.kind->cipher(&s.c, what == CHANNEL_ENCRYPTS, s.m->chain,
                              data.p, data.n);
    if (last)
        end_cipher(s.m);
    return sw == SW_OK ? give(vm, &out, &data) : native_throw_iso(vm, sw);
}

enum vm_native_result native_channel_update_encrypt(struct vm *vm,
                                                    const struct vm_call *call)
{
    return cipher(vm, call, CHANNEL_ENCRYPTS, false);
}

enum vm_native_result native_channel_final_encrypt(struct vm *vm,
                                                   const struct vm_call *call)
{
    return cipher(vm, call, CHANNEL_ENCRYPTS, true);
}

enum vm_native_result native_channel_update_decrypt(struct vm *vm,
                                                    const struct vm_call *call)
{
    return cipher(vm, call, CHANNEL_DECRYPTS, false);
}

enum vm_native_result native_channel_final_decrypt(struct vm *vm,
                                                   const struct vm_call *call)
{
    return cipher(vm, call, CHANNEL_DECRYPTS, true);
}

/* ---- what not all protocols have ---- */

/* Of the last command that was unwrapped, if its Le is an object. */
enum vm_native_result native_channel_le(struct vm *vm,
                                        const struct vm_call *call)
{
    struct channel c;

    if (!native_channel_open(vm, call, &c))
        return VM_NATIVE_THREW;
    if (c.kind != &native_channel_iso)
        return native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED);
    if (!c.session->iso.open || !c.session->iso.unwrapped)
        return native_throw_iso(vm, SW_CONDITIONS);
    return native_done_short(vm, c.session->iso.le);
}

/* getKeyReference(): OPACITY has one. */
enum vm_native_result native_channel_unsupported(struct vm *vm,
                                                 const struct vm_call *call)
{
    (void)call;
    return native_throw_iso(vm, SW_FUNCTION_UNSUPPORTED);
}
