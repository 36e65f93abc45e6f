/*
 * org.globalplatform.CVM: the global PIN of the card, one object at
 * HEAP_ROOT_CVM with the record of an OwnerPIN (pin.h) whose limit is 0 until
 * it is set.  What the record has as value begins with its format; digits are
 * in ASCII, in whatever format they came.  [GPCS 8.2]
 *
 *   (no value or no limit) --both set--> ACTIVE
 *   ACTIVE, INVALID_SUBMISSION, VALIDATED --verify()--> VALIDATED,
 *       INVALID_SUBMISSION or, with the last try, BLOCKED
 *   any of them --blockState()--> BLOCKED
 *   any, BLOCKED, too --update(), setTryLimit(), resetAndUnblockState()-->
 *       ACTIVE;  INVALID_SUBMISSION, VALIDATED --resetState()--> ACTIVE
 *
 * BLOCKED is a try counter of 0; the two states of a card session are
 * transient.  Nothing of it joins a transaction [GP API 1.6, CVM]: value and
 * counter are one write by themselves, so that a value is at most as long.
 */
#include "natives/gp.h"

#include <assert.h>

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/pin.h"
#include "vault/vault.h"

enum { RESULT_SUCCESS = 0, RESULT_FAILURE = -1 };

enum { VALUE_MAX = 44 /* its format, and the value */ };

static_assert(PIN_VALUE_AT + VAULT_TAG + VALUE_MAX + PIN_CHECKS <=
                  PERSIST_NOW_MAX,
              "the record of the global PIN is one write");

enum { BCD_PADDING = 0xF, PRINTABLE_FIRST = 0x20, PRINTABLE_LAST = 0x7E };

static enum err create(struct vm *vm, ref_t *object)
{
    const struct vm_call call = {.caller_context = 0};
    const struct pin_kind kind = {0, VALUE_MAX, PIN_FLAGS_X};
    const struct vm_class class = vm_api_class("org/globalplatform/"
                                               "GPSystem$Pin");
    struct heap_header hd = {.kind = HEAP_OBJECT, .flags = HEAP_ENTRY_POINT};

    hd.class_package = class.package;
    hd.class_offset = class.offset;
    hd.length = vm_instance_cells(vm, class);
    const enum err e = heap_new(vm_heap(vm), &hd, object);
    return e == ERR_OK ? native_pin_create(vm, &call, *object, &kind) : e;
}

enum err native_cvm_format(struct vm *vm)
{
    ref_t object = 0;

    if (native_cvm_object(vm) != 0)
        return native_pin_add_checks(vm, native_cvm_object(vm));
    enum err e = heap_epoch_begin(vm_heap(vm));
    if (e != ERR_OK)
        return e;
    e = create(vm, &object);
    if (e == ERR_OK)
        return heap_epoch_commit(vm_heap(vm), HEAP_ROOT_CVM, object);
    const enum err aborted = heap_epoch_abort(vm_heap(vm));
    return aborted == ERR_OK ? e : aborted;
}

ref_t native_cvm_object(const struct vm *vm)
{
    return heap_root(vm_heap(vm), HEAP_ROOT_CVM);
}

/* ---- states ---- */

static bool is_active(const struct pin *pin)
{
    return pin->limit != 0 && pin->size != PIN_UNSET;
}

static bool is_blocked(const struct pin *pin)
{
    return is_active(pin) && pin->tries == 0;
}

static bool is_verified(const struct pin *pin)
{
    return *pin->validated != 0;
}

static bool is_submitted(const struct pin *pin)
{
    return is_verified(pin) || *pin->announced != 0;
}

/* The card's own, whatever object a forged call has as `this`. */
static bool open_pin(struct vm *vm, struct pin *pin)
{
    const uint16_t self = native_cvm_object(vm);
    const struct vm_call call = {.cells = &self};

    return native_pin_open(vm, &call, pin);
}

/* ---- values ---- */

static bool put_digits(struct span bcd, struct buf *out)
{
    for (size_t i = 0; i < 2 * bcd.n; i++) {
        const uint8_t both = bcd.p[i / 2];
        const uint8_t digit = i % 2 == 0 ? both >> 4 : both & 0x0F;

        if (digit == BCD_PADDING && i + 1 == 2 * bcd.n && i > 0)
            return true;
        if (digit > 9 || buf_put_u1(out, (uint8_t)('0' + digit)) != ERR_OK)
            return false;
    }
    return true;
}

static bool put_text(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < PRINTABLE_FIRST || text.p[i] > PRINTABLE_LAST)
            return false;
    }
    return buf_put_span(out, text) == ERR_OK;
}

/* The value as it is kept and compared; false: it is not of this format. */
static bool put_value(struct span value, uint8_t format, struct buf *out)
{
    const uint8_t kept = format == GP_FORMAT_BCD ? GP_FORMAT_ASCII : format;

    if (value.n == 0 || buf_put_u1(out, kept) != ERR_OK)
        return false;
    switch (format) {
    case GP_FORMAT_BCD:
        return put_digits(value, out);
    case GP_FORMAT_ASCII:
        return put_text(value, out);
    case GP_FORMAT_HEX:
        return buf_put_span(out, value) == ERR_OK;
    default:
        return false;
    }
}

/* ---- what applets ask for ---- */

/* Without the states; false: there is no global PIN. */
static bool look(const struct vm *vm, struct pin *pin)
{
    return native_pin_look(vm, native_cvm_object(vm), pin);
}

bool native_cvm_is_set(const struct vm *vm)
{
    struct pin pin;

    return look(vm, &pin) && (pin.limit != 0 || pin.size != PIN_UNSET);
}

uint8_t native_cvm_tries_left(const struct vm *vm)
{
    struct pin pin;

    return look(vm, &pin) && pin.size != PIN_UNSET ? pin.tries : 0;
}

/* All tries again, and neither submitted nor verified. */
static bool reactivate(struct vm *vm, const struct pin *pin)
{
    native_pin_forget(pin);
    return native_pin_set_tries(vm, pin, pin->limit);
}

bool native_cvm_set(struct vm *vm, uint16_t instance, struct span value,
                    uint8_t format, bool *done)
{
    uint8_t bytes[PIN_VALUE_MAX];
    struct buf kept = buf_of(bytes, sizeof bytes);
    struct pin pin;

    *done = false;
    if (!open_pin(vm, &pin))
        return false;
    *done = native_gp_has(vm, instance, GP_PRIVILEGE_CVM) &&
            put_value(value, format, &kept) && kept.n <= pin.max;
    if (*done)
        native_pin_forget(&pin);
    const bool ok =
        !*done || native_pin_put(vm, &pin, buf_span(&kept), HEAP_NOW);
    wipe(bytes, sizeof bytes);
    return ok;
}

/* The try is counted already; it was not the last one of a blocked PIN. */
static bool compare(struct vm *vm, const struct pin *pin, struct span value,
                    uint8_t format)
{
    uint8_t bytes[PIN_VALUE_MAX];
    struct buf given = buf_of(bytes, sizeof bytes);
    const bool same = put_value(value, format, &given) &&
                      native_pin_matches(vm, pin, buf_span(&given));

    wipe(bytes, sizeof bytes);
    return same;
}

bool native_cvm_try(struct vm *vm, struct span value, uint8_t format,
                    bool *right)
{
    struct pin pin;
    uint8_t tries = 0;

    *right = false;
    if (!open_pin(vm, &pin))
        return false;
    if (!is_active(&pin) || is_blocked(&pin))
        return true;
    *pin.announced = 0;
    if (!native_pin_count_down(vm, &pin, &tries))
        return false;
    *right = compare(vm, &pin, value, format);
    if (*right && !native_pin_set_tries(vm, &pin, pin.limit))
        return false;
    *pin.validated = *right;
    *pin.announced = !*right && tries > 1;
    return true;
}

/* ---- CVM ---- */

/* Whether the caller may manage it; natives of entry points run as the card. */
static bool manages(const struct vm *vm)
{
    return native_gp_has(vm, vm_previous_owner(vm), GP_PRIVILEGE_CVM);
}

/* What the PIN's record or its flags say. */
static enum vm_native_result tell(struct vm *vm,
                                  bool (*holds)(const struct pin *pin))
{
    struct pin pin;

    return open_pin(vm, &pin) ? native_done_short(vm, holds(&pin))
                              : VM_NATIVE_THREW;
}

enum vm_native_result native_cvm_is_active(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return tell(vm, is_active);
}

enum vm_native_result native_cvm_is_submitted(struct vm *vm,
                                              const struct vm_call *call)
{
    (void)call;
    return tell(vm, is_submitted);
}

enum vm_native_result native_cvm_is_verified(struct vm *vm,
                                             const struct vm_call *call)
{
    (void)call;
    return tell(vm, is_verified);
}

enum vm_native_result native_cvm_is_blocked(struct vm *vm,
                                            const struct vm_call *call)
{
    (void)call;
    return tell(vm, is_blocked);
}

enum vm_native_result native_cvm_tries(struct vm *vm,
                                       const struct vm_call *call)
{
    (void)call;
    return native_done_short(vm, native_cvm_tries_left(vm));
}

/* Array, offset and length of a value; it is in a global array alone. */
static bool value_of(struct vm *vm, const struct vm_call *call,
                     struct native_range *r)
{
    struct heap_view v;

    if (!native_is_null(vm, call->cells[1]) &&
        (!heap_get(vm_heap(vm), call->cells[1], &v) ||
         (v.h.flags & HEAP_GLOBAL_ARRAY) == 0)) {
        (void)native_throw_security(vm);
        return false;
    }
    return native_bytes(vm, call, call->cells[1], native_short(call, 2),
                        native_byte(call, 3), r);
}

enum vm_native_result native_cvm_update(struct vm *vm,
                                        const struct vm_call *call)
{
    struct native_range r;
    bool done = false;

    if (!value_of(vm, call, &r) ||
        !native_cvm_set(vm, vm_previous_owner(vm), native_span(&r),
                        (uint8_t)call->cells[4], &done))
        return VM_NATIVE_THREW;
    return native_done_short(vm, done);
}

/* Null, or out of bounds: that is thrown, and costs a try all the same. */
static bool is_missing(const struct vm *vm, const struct vm_call *call)
{
    const int32_t at = native_short(call, 2);
    const int32_t n = native_byte(call, 3);
    struct heap_view v;

    if (native_is_null(vm, call->cells[1]))
        return true;
    return heap_get(vm_heap(vm), call->cells[1], &v) &&
           (v.h.flags & HEAP_GLOBAL_ARRAY) != 0 &&
           (at < 0 || n < 0 || (uint32_t)(at + n) > v.h.length);
}

enum vm_native_result native_cvm_verify(struct vm *vm,
                                        const struct vm_call *call)
{
    struct native_range r;
    bool right = false;

    if (is_missing(vm, call) &&
        !native_cvm_try(vm, span_of(NULL, 0), GP_FORMAT_HEX, &right))
        return VM_NATIVE_THREW;
    if (!value_of(vm, call, &r) ||
        !native_cvm_try(vm, native_span(&r), (uint8_t)call->cells[4], &right))
        return VM_NATIVE_THREW;
    return native_done_short(vm, right ? RESULT_SUCCESS : RESULT_FAILURE);
}

enum vm_native_result native_cvm_reset(struct vm *vm,
                                       const struct vm_call *call)
{
    struct pin pin;

    (void)call;
    if (!open_pin(vm, &pin))
        return VM_NATIVE_THREW;
    native_pin_forget(&pin);
    return native_done_short(vm, is_active(&pin) && !is_blocked(&pin));
}

enum vm_native_result native_cvm_block(struct vm *vm,
                                       const struct vm_call *call)
{
    struct pin pin;

    (void)call;
    if (!open_pin(vm, &pin))
        return VM_NATIVE_THREW;
    if (!manages(vm) || !is_active(&pin))
        return native_done_short(vm, 0);
    native_pin_forget(&pin);
    return native_pin_set_tries(vm, &pin, 0) ? native_done_short(vm, 1)
                                             : VM_NATIVE_THREW;
}

enum vm_native_result native_cvm_unblock(struct vm *vm,
                                         const struct vm_call *call)
{
    struct pin pin;

    (void)call;
    if (!open_pin(vm, &pin))
        return VM_NATIVE_THREW;
    if (!manages(vm) || !is_active(&pin))
        return native_done_short(vm, 0);
    return reactivate(vm, &pin) ? native_done_short(vm, 1) : VM_NATIVE_THREW;
}

enum vm_native_result native_cvm_limit(struct vm *vm,
                                       const struct vm_call *call)
{
    const uint8_t limit = (uint8_t)call->cells[1];
    struct pin pin;

    if (!open_pin(vm, &pin))
        return VM_NATIVE_THREW;
    if (!manages(vm) || native_byte(call, 1) < 1)
        return native_done_short(vm, 0);
    native_pin_forget(&pin);
    return native_pin_set_counters(vm, &pin, limit, limit, HEAP_NOW)
               ? native_done_short(vm, 1)
               : VM_NATIVE_THREW;
}
