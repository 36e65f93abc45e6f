/*
 * visa.openplatform, the API of Open Platform 2.0.1': OPSystem, and the
 * ProviderSecurityDomain that it hands out.  They reach the same card and
 * registry, global PIN and secure channels as org.globalplatform [GPCS A.1].
 *
 * What its text leaves open [OP A.2]:
 *  - A PIN structure is a PIN block of format 2 [ISO 9564-1]: 2, the number
 *    of digits (4 to 12), the digits and F up to eight bytes.
 *  - openSecureChannel() leaves the answer where the command's data were, and
 *    its length in the place of Lc, as public applets of that time expect.
 *    The number it returns is that of the logical channel.
 *  - The structure of a key is that of PUT KEY: type, length and value, length
 *    and value of the check; without a check nothing contradicts the key.
 */
#include "natives/gp.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/kcv.h"
#include "natives/natives.h"
#include "natives/service.h"

enum {
    STATE_LOCKED = 0x80, /* on top of another [GPCS 11.1.1] */
    ANSWER_MAX = 64,
    LC_AT = 4,
    BLOCK_SIZE = 8, /* of a PIN */
    BLOCK_FORMAT = 2,
    DIGITS_MIN = 4,
    DIGITS_MAX = 12,
    FILLER = 0xF,
    TYPE_DES_FIRST = 0x80,
    TYPE_DES_LAST = 0x84,
    TYPE_AES = 0x88,
    KEY_MAX = 32,
};

/* ---- OPSystem ---- */

enum vm_native_result native_op_domain(struct vm *vm,
                                       const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_entry e;

    (void)call;
    return native_done_ref(vm, s->calls->own_entry(s->ctx, vm_owner(vm), &e)
                                   ? jcre_provider_object()
                                   : 0);
}

/* To states of the applet's, not to LOCKED [OP A.2]. */
enum vm_native_result native_op_set_content_state(struct vm *vm,
                                                  const struct vm_call *call)
{
    return ((uint8_t)call->cells[0] & STATE_LOCKED) == 0
               ? native_gp_set_content_state(vm, call)
               : native_done_short(vm, 0);
}

/* Success does not return to the applet [OP A.2]. */
enum vm_native_result native_op_terminate(struct vm *vm,
                                          const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    (void)call;
    return s->calls->terminate_card(s->ctx, vm_owner(vm))
               ? native_throw_iso(vm, SW_CONDITIONS)
               : native_done_short(vm, 0);
}

/* n bytes of the APDU buffer from `at`; NULL: thrown. */
static uint8_t *place(struct vm *vm, const struct vm_call *call, unsigned cell,
                      int32_t at, int32_t n)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, cell);

    if (a == NULL)
        return NULL;
    if (at >= 0 && n >= 0 && at + n <= CARD_APDU_BUFFER)
        return a->buffer + at;
    (void)native_throw_bounds(vm);
    return NULL;
}

enum vm_native_result native_op_production(struct vm *vm,
                                           const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    const int16_t from = native_short(call, 2);
    const int16_t n = native_short(call, 3);
    uint8_t bytes[ANSWER_MAX];
    struct buf data = buf_of(bytes, sizeof bytes);
    uint8_t *to = place(vm, call, 0, native_short(call, 1), n);

    if (to == NULL)
        return VM_NATIVE_THREW;
    if (!s->calls->production(s->ctx, &data) || from < 0 ||
        from + n > (int32_t)data.n)
        return native_throw_bounds(vm);
    memcpy(to, bytes + from, (size_t)n);
    return VM_NATIVE_DONE;
}

/* ---- the global PIN ---- */

static uint8_t nibble(const uint8_t *block, unsigned i)
{
    return i % 2 == 0 ? block[i / 2] >> 4 : block[i / 2] & 0x0F;
}

/* The digits of a block as BCD; empty when it is none of format 2. */
static struct span digits(const uint8_t *block)
{
    const unsigned n = nibble(block, 1);

    if (nibble(block, 0) != BLOCK_FORMAT || n < DIGITS_MIN || n > DIGITS_MAX)
        return span_of(NULL, 0);
    for (unsigned i = 2 + n; i < 2 * BLOCK_SIZE; i++) {
        if (nibble(block, i) != FILLER)
            return span_of(NULL, 0);
    }
    return span_of(block + 1, (n + 1) / 2);
}

enum vm_native_result native_op_set_pin(struct vm *vm,
                                        const struct vm_call *call)
{
    const uint8_t *block =
        place(vm, call, 0, native_short(call, 1), BLOCK_SIZE);
    bool done = false;

    if (block == NULL ||
        !native_cvm_set(vm, vm_owner(vm), digits(block), GP_FORMAT_BCD, &done))
        return VM_NATIVE_THREW;
    return native_done_short(vm, done);
}

enum vm_native_result native_op_verify_pin(struct vm *vm,
                                           const struct vm_call *call)
{
    const uint8_t *block =
        place(vm, call, 0, native_short(call, 1), BLOCK_SIZE);
    bool right = false;

    if (block == NULL ||
        !native_cvm_try(vm, digits(block), GP_FORMAT_BCD, &right))
        return VM_NATIVE_THREW;
    return native_done_short(vm, right);
}

/* ---- ProviderSecurityDomain ---- */

static int32_t number(const struct vm *vm)
{
    return jcre_channel(jcre_of(vm));
}

/* Whether it is the channel that the applet was given; false: thrown. */
static bool is_its_channel(struct vm *vm, const struct vm_call *call)
{
    if (native_byte(call, 1) == number(vm))
        return true;
    (void)native_throw_iso(vm, SW_CONDITIONS);
    return false;
}

/* One of the two commands that open a channel; false: thrown. */
static bool process(struct vm *vm, struct buf *answer)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span command;
    sw_t sw = SW_UNKNOWN;

    if (!native_gp_command(vm, &command))
        return false;
    sw = s->calls->channel_process(s->ctx, vm_previous_owner(vm), command,
                                   answer);
    if (sw != SW_OK)
        (void)native_throw_iso(vm, sw);
    return sw == SW_OK;
}

enum vm_native_result native_provider_open(struct vm *vm,
                                           const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 1);
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);

    if (a == NULL || !process(vm, &answer))
        return VM_NATIVE_THREW;
    memcpy(a->buffer + jcre_apdu_offset(a), bytes, answer.n);
    a->buffer[LC_AT] = (uint8_t)answer.n;
    return native_done_short(vm, number(vm));
}

enum vm_native_result native_provider_authenticate(struct vm *vm,
                                                   const struct vm_call *call)
{
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);

    if (native_apdu_argument(vm, call, 2) == NULL ||
        !is_its_channel(vm, call) || !process(vm, &answer))
        return VM_NATIVE_THREW;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_provider_close(struct vm *vm,
                                            const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);

    if (!is_its_channel(vm, call))
        return VM_NATIVE_THREW;
    s->calls->channel_reset(s->ctx, vm_previous_owner(vm));
    return VM_NATIVE_DONE;
}

static bool is_protected(uint8_t cla)
{
    return (cla & ((cla & 0x40) != 0 ? 0x20 : 0x0C)) != 0;
}

/* In place: what protected the command is gone, and Lc says so. */
enum vm_native_result native_provider_unwrap(struct vm *vm,
                                             const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_apdu *a = native_apdu_argument(vm, call, 2);
    struct span command;
    sw_t sw = SW_UNKNOWN;

    if (a == NULL || !is_its_channel(vm, call) ||
        !native_gp_command(vm, &command))
        return VM_NATIVE_THREW;
    struct buf whole = {a->buffer, command.n, sizeof a->buffer};
    sw = s->calls->channel_unwrap(s->ctx, vm_previous_owner(vm), &whole);
    if (sw == SW_OK && is_protected(a->buffer[0]))
        sw = SW_CONDITIONS; /* nothing was there to take it off */
    return sw == SW_OK ? VM_NATIVE_DONE : native_throw_iso(vm, sw);
}

/* A key as PUT KEY has it; `value` lies in the APDU buffer. */
struct wrapped_key {
    uint8_t type;
    struct span value;
    struct span check; /* empty: none */
};

static bool take_key(struct span s, struct wrapped_key *k)
{
    return span_take_u1(&s, &k->type) == ERR_OK &&
           span_take_lv(&s, &k->value) == ERR_OK &&
           span_take_lv(&s, &k->check) == ERR_OK && k->value.n != 0 &&
           k->value.n <= KEY_MAX &&
           (k->check.n == 0 || k->check.n == CRYPTO_KCV_SIZE);
}

/* Whether the check value does not contradict the plain key. */
static bool is_checked(const struct vm *vm, const struct wrapped_key *k,
                       struct span plain)
{
    const struct crypto_port *crypto = jcre_port(jcre_of(vm))->crypto;
    const bool is_des = k->type >= TYPE_DES_FIRST && k->type <= TYPE_DES_LAST;
    uint8_t kcv[CRYPTO_KCV_SIZE];

    if (!is_des && k->type != TYPE_AES)
        return false;
    if (crypto_kcv(crypto, is_des ? CRYPTO_DES3 : CRYPTO_AES, plain, kcv) !=
        ERR_OK)
        return false;
    return k->check.n == 0 || ct_equal(kcv, k->check.p, sizeof kcv);
}

/* Decrypts it in place, if it proves to be right. */
static bool open_key(struct vm *vm, struct jcre_apdu *a,
                     const struct wrapped_key *k)
{
    const struct jcre_services *s = native_gp_services(vm);
    uint8_t plain[KEY_MAX];
    uint8_t chain[CRYPTO_BLOCK_MAX] = {0};

    memcpy(plain, k->value.p, k->value.n);
    const bool verified =
        s->calls->channel_cipher(s->ctx, vm_previous_owner(vm), false, chain,
                                 plain, k->value.n) == SW_OK &&
        is_checked(vm, k, span_of(plain, k->value.n));
    if (verified)
        memcpy(a->buffer + (k->value.p - a->buffer), plain, k->value.n);
    wipe(plain, sizeof plain);
    return verified;
}

enum vm_native_result native_provider_key(struct vm *vm,
                                          const struct vm_call *call)
{
    struct jcre_apdu *a = native_apdu_argument(vm, call, 2);
    struct wrapped_key key;
    struct span command;
    const int16_t at = native_short(call, 3);

    if (a == NULL || !is_its_channel(vm, call) ||
        !native_gp_command(vm, &command))
        return VM_NATIVE_THREW;
    if (at < 0 || (size_t)at > command.n)
        return native_throw_bounds(vm);
    return native_done_short(
        vm, take_key(span_of(command.p + at, command.n - (size_t)at), &key) &&
                open_key(vm, a, &key));
}
