/* javacard.framework.APDU; the state machine is in jcre/apdu.c */
#include "natives/natives.h"
#include "natives/support.h"

enum {
    CLA_FURTHER = 0x40,
    CLA_FURTHER_SECURE = 0x20,
    CLA_SECURE = 0x0C,
    CLA_CHAINED = 0x10,
    CLA_PROPRIETARY = 0x80,
    CLA_TOP = 0xE0,
    CLA_RESERVED = 0x20,            /* b8 b7 b6 = 001 */
    LC_ENCODING_TYPE_4_TYPE_16 = 2, /* channels 0..3 and 4..19 */
};

static struct jcre_apdu *apdu_of(struct vm *vm)
{
    return jcre_apdu(jcre_of(vm));
}

static enum vm_native_result fail(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/framework/APDUException", reason);
}

static enum vm_native_result done_or_fail(struct vm *vm, uint16_t reason)
{
    return reason == 0 ? VM_NATIVE_DONE : fail(vm, reason);
}

static enum vm_native_result short_or_fail(struct vm *vm, uint16_t reason,
                                           uint16_t value)
{
    return reason == 0 ? native_done_short(vm, value) : fail(vm, reason);
}

/* A send that was allowed may end only when the terminal has asked for it. */
static enum vm_native_result sent_or_fail(struct vm *vm, uint16_t reason)
{
    if (reason != 0)
        return fail(vm, reason);
    return jcre_apdu_must_wait(apdu_of(vm)) ? VM_NATIVE_WAITS : VM_NATIVE_DONE;
}

static bool is_t0(const struct vm *vm)
{
    return jcre_protocol(jcre_of(vm)) == CARD_T0;
}

enum vm_native_result native_apdu_in_block(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, jcre_apdu_in_block(is_t0(vm)));
}

enum vm_native_result native_apdu_out_block(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, jcre_apdu_out_block(is_t0(vm)));
}

enum vm_native_result native_apdu_protocol(struct vm *vm,
                                           const struct vm_call *call)
{
    /* medium in the high nibble, protocol in the low one [JCAPI APDU] */
    static const int8_t protocols[] = {
        [CARD_T1] = 0x01,          [CARD_T0] = 0x00,
        [CARD_TYPE_A] = -0x80 + 1, [CARD_TYPE_B] = -0x70 + 1,
        [CARD_TYPE_F] = -0x50 + 1, [CARD_USB] = -0x60 + 1,
    };

    (void)call;
    return native_done_short(vm, protocols[jcre_protocol(jcre_of(vm))]);
}

enum vm_native_result native_apdu_nad(struct vm *vm, const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, 0);
}

enum vm_native_result native_apdu_wait(struct vm *vm,
                                       const struct vm_call *call)
{
    (void)call;
    return done_or_fail(vm, jcre_apdu_wait(apdu_of(vm)));
}

static enum vm_native_result current(struct vm *vm, const struct vm_call *call,
                                     ref_t ref)
{
    if (!jcre_may_have_apdu(jcre_of(vm), call->caller_context))
        return native_throw_security(vm);
    return native_done_ref(vm, ref);
}

enum vm_native_result native_apdu_current(struct vm *vm,
                                          const struct vm_call *call)
{
    return current(vm, call, jcre_apdu_object());
}

enum vm_native_result native_apdu_current_buffer(struct vm *vm,
                                                 const struct vm_call *call)
{
    return current(vm, call, jcre_apdu_buffer());
}

enum vm_native_result native_apdu_buffer(struct vm *vm,
                                         const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, jcre_apdu_buffer());
}

enum vm_native_result native_apdu_receive_first(struct vm *vm,
                                                const struct vm_call *call)
{
    uint16_t n = 0;
    uint16_t reason = jcre_apdu_receive_first(apdu_of(vm), &n);

    (void)call;
    return short_or_fail(vm, reason, n);
}

enum vm_native_result native_apdu_receive(struct vm *vm,
                                          const struct vm_call *call)
{
    uint16_t n = 0;
    uint16_t reason = jcre_apdu_receive(apdu_of(vm), native_short(call, 1), &n);

    return short_or_fail(vm, reason, n);
}

enum vm_native_result native_apdu_incoming_length(struct vm *vm,
                                                  const struct vm_call *call)
{
    const struct jcre_apdu *a = apdu_of(vm);

    (void)call;
    return short_or_fail(vm, jcre_apdu_may_ask(a), a->nc);
}

enum vm_native_result native_apdu_offset(struct vm *vm,
                                         const struct vm_call *call)
{
    const struct jcre_apdu *a = apdu_of(vm);

    (void)call;
    return short_or_fail(vm, jcre_apdu_may_ask(a), jcre_apdu_offset(a));
}

enum vm_native_result native_apdu_outgoing(struct vm *vm,
                                           const struct vm_call *call)
{
    uint16_t ne = 0;
    uint16_t reason = jcre_apdu_outgoing(apdu_of(vm), false, &ne);

    (void)call;
    return short_or_fail(vm, reason, ne);
}

enum vm_native_result native_apdu_outgoing_whole(struct vm *vm,
                                                 const struct vm_call *call)
{
    uint16_t ne = 0;
    uint16_t reason = jcre_apdu_outgoing(apdu_of(vm), true, &ne);

    (void)call;
    return short_or_fail(vm, reason, ne);
}

enum vm_native_result native_apdu_outgoing_length(struct vm *vm,
                                                  const struct vm_call *call)
{
    return done_or_fail(
        vm, jcre_apdu_outgoing_length(apdu_of(vm), native_short(call, 1)));
}

enum vm_native_result native_apdu_send(struct vm *vm,
                                       const struct vm_call *call)
{
    return sent_or_fail(vm, jcre_apdu_send(apdu_of(vm), native_short(call, 1),
                                           native_short(call, 2)));
}

enum vm_native_result native_apdu_send_long(struct vm *vm,
                                            const struct vm_call *call)
{
    struct jcre_apdu *a = apdu_of(vm);
    uint16_t reason = jcre_apdu_may_send(a);
    struct native_range r;

    if (reason != 0)
        return fail(vm, reason);
    if (!native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    return sent_or_fail(
        vm, jcre_apdu_send_from(a, native_span(&r).p, (uint16_t)r.n));
}

enum vm_native_result native_apdu_outgoing_and_send(struct vm *vm,
                                                    const struct vm_call *call)
{
    return done_or_fail(vm, jcre_apdu_outgoing_and_send(apdu_of(vm),
                                                        native_short(call, 1),
                                                        native_short(call, 2)));
}

enum vm_native_result native_apdu_state(struct vm *vm,
                                        const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, apdu_of(vm)->state);
}

/* ---- class byte [JCAPI APDU] ---- */

static bool is_valid(uint8_t cla)
{
    return cla != 0xFF && (cla & CLA_TOP) != CLA_RESERVED;
}

static bool is_interindustry(uint8_t cla)
{
    return (cla & CLA_PROPRIETARY) == 0;
}

static bool is_secure(uint8_t cla)
{
    if (!is_valid(cla))
        return false;
    return (cla & CLA_FURTHER) != 0 ? (cla & CLA_FURTHER_SECURE) != 0
                                    : (cla & CLA_SECURE) != 0;
}

static uint8_t channel_of(uint8_t cla)
{
    if (!is_valid(cla))
        return 0;
    return (cla & CLA_FURTHER) != 0 ? (uint8_t)((cla & 0x0F) + 4) : cla & 0x03;
}

enum vm_native_result native_apdu_cla_channel(struct vm *vm,
                                              const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, jcre_origin(jcre_of(vm)));
}

enum vm_native_result native_apdu_is_chaining(struct vm *vm,
                                              const struct vm_call *call)
{
    uint8_t cla = apdu_of(vm)->cla;

    (void)call;
    return native_done_short(vm, is_valid(cla) && (cla & CLA_CHAINED) != 0);
}

enum vm_native_result native_apdu_is_secure(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, is_secure(apdu_of(vm)->cla));
}

enum vm_native_result native_apdu_is_interindustry(struct vm *vm,
                                                   const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, is_interindustry(apdu_of(vm)->cla));
}

enum vm_native_result native_apdu_is_valid(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, is_valid(apdu_of(vm)->cla));
}

enum vm_native_result native_apdu_channel_encoding(struct vm *vm,
                                                   const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, LC_ENCODING_TYPE_4_TYPE_16);
}

/* ---- javacardx.apdu.util.APDUUtil: the same of any class byte ---- */

enum vm_native_result native_apduutil_channel(struct vm *vm,
                                              const struct vm_call *call)
{
    return native_done_short(vm, channel_of((uint8_t)call->cells[0]));
}

enum vm_native_result native_apduutil_is_chaining(struct vm *vm,
                                                  const struct vm_call *call)
{
    uint8_t cla = (uint8_t)call->cells[0];

    return native_done_short(vm, is_valid(cla) && (cla & CLA_CHAINED) != 0);
}

enum vm_native_result native_apduutil_is_secure(struct vm *vm,
                                                const struct vm_call *call)
{
    return native_done_short(vm, is_secure((uint8_t)call->cells[0]));
}

enum vm_native_result
native_apduutil_is_interindustry(struct vm *vm, const struct vm_call *call)
{
    return native_done_short(vm, is_interindustry((uint8_t)call->cells[0]));
}

enum vm_native_result native_apduutil_is_valid(struct vm *vm,
                                               const struct vm_call *call)
{
    return native_done_short(vm, is_valid((uint8_t)call->cells[0]));
}
