/*
 * javacard.framework.OwnerPIN, and what all PINs have in common.  Tries are
 * written outside any transaction, before the comparison: neither an abort nor
 * a power cut gives one back.  [JCAPI OwnerPIN] [JCRE 9.3]
 */
#include "natives/pin.h"

#include <string.h>

#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/result.h"
#include "vault/vault.h"

enum { AT_ONCE = 64 /* bytes that HEAP_NOW takes */ };

enum vm_native_result native_pin_throw(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/framework/PINException", reason);
}

/* Whether a record is as long as it says; another was changed by others. */
static bool is_whole(const struct vm *vm, const struct heap_view *record)
{
    const struct vault *vault = jcre_vault(jcre_of(vm));
    const uint8_t max = record->p[PIN_MAX_AT];

    return max <= PIN_VALUE_MAX &&
           record->h.length == PIN_VALUE_AT + vault_room(vault, max);
}

bool native_pin_open(struct vm *vm, const struct vm_call *call, struct pin *pin)
{
    ref_t validated = native_cell(vm, call->cells[0], CELL_PIN_VALIDATED);
    struct heap_view record, flag;

    pin->record = native_cell(vm, call->cells[0], CELL_PIN_RECORD);
    if (!heap_get(vm_heap(vm), pin->record, &record) ||
        !heap_get(vm_heap(vm), validated, &flag) || flag.ram == NULL) {
        (void)native_throw_null(vm);
        return false;
    }
    if (!is_whole(vm, &record)) {
        persist_give_up(vm_heap(vm)->persist);
        (void)native_throw_null(vm);
        return false;
    }
    pin->p = record.p;
    pin->validated = flag.ram;
    pin->announced = flag.h.length == PIN_FLAGS_X ? flag.ram + 1 : NULL;
    return true;
}

bool native_pin_set_tries(struct vm *vm, const struct pin *pin, uint8_t tries)
{
    enum err e =
        heap_write(vm_heap(vm), pin->record, PIN_TRIES_AT, &tries, 1, HEAP_NOW);

    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

static enum err new_part(struct vm *vm, ref_t pin, struct heap_header hd,
                         enum native_cell cell)
{
    ref_t part = 0;
    enum err e = heap_new(vm_heap(vm), &hd, &part);

    return e != ERR_OK ? e : native_set_cell(vm, pin, cell, part, HEAP_ATOMIC);
}

enum err native_pin_create(struct vm *vm, const struct vm_call *call, ref_t pin,
                           const struct pin_kind *kind)
{
    const uint8_t head[] = {kind->limit, kind->limit, kind->max, PIN_UNSET};
    struct heap_header hd = {0};
    enum err e = ERR_CORRUPT;

    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    hd.kind = HEAP_BLOB;
    hd.length =
        PIN_VALUE_AT + (uint32_t)vault_room(jcre_vault(jcre_of(vm)), kind->max);
    e = new_part(vm, pin, hd, CELL_PIN_RECORD);
    if (e != ERR_OK)
        return e;
    hd.kind = HEAP_BOOLEAN_ARRAY;
    hd.flags = HEAP_CLEAR_ON_RESET;
    hd.length = kind->flags;
    e = new_part(vm, pin, hd, CELL_PIN_VALIDATED);
    if (e != ERR_OK)
        return e;
    return heap_write(vm_heap(vm), native_cell(vm, pin, CELL_PIN_RECORD), 0,
                      head, sizeof head, HEAP_ATOMIC);
}

enum vm_native_result native_pin_new(struct vm *vm, const struct vm_call *call)
{
    int8_t limit = native_byte(call, 1);
    int8_t max = native_byte(call, 2);
    const struct pin_kind kind = {(uint8_t)limit, (uint8_t)max, PIN_FLAGS};
    enum err e = ERR_CORRUPT;

    if (limit < 1 || max < 1)
        return native_pin_throw(vm, PIN_ILLEGAL_VALUE);
    e = native_pin_create(vm, call, call->cells[0], &kind);
    return e == ERR_OK ? VM_NATIVE_DONE : vm_throw_err(vm, e);
}

static struct vault_place place_of(ref_t record)
{
    return (struct vault_place){VAULT_OF_PIN, record, 0};
}

bool native_pin_opens(const struct vm *vm, ref_t record)
{
    uint8_t own[PIN_VALUE_MAX];
    struct heap_view v;
    enum err e = ERR_OK;

    if (!heap_get(vm_heap(vm), record, &v) || !is_whole(vm, &v))
        return false;
    if (v.p[PIN_SIZE_AT] != PIN_UNSET)
        e = vault_get(jcre_vault(jcre_of(vm)), place_of(record),
                      v.p + PIN_VALUE_AT, v.p[PIN_MAX_AT], own);
    wipe(own, sizeof own);
    return e == ERR_OK;
}

bool native_pin_matches(struct vm *vm, const struct pin *pin, struct span value)
{
    const uint8_t max = pin->p[PIN_MAX_AT];
    uint8_t padded[PIN_VALUE_MAX] = {0};
    uint8_t own[PIN_VALUE_MAX] = {0};
    enum err e = ERR_OK;
    bool same = false;

    if (value.n > max || pin->p[PIN_SIZE_AT] == PIN_UNSET)
        return false;
    if (value.n != 0)
        memcpy(padded, value.p, value.n);
    e = vault_get(jcre_vault(jcre_of(vm)), place_of(pin->record),
                  pin->p + PIN_VALUE_AT, max, own);
    if (e != ERR_OK) /* others than this card changed it: it stops */
        persist_give_up(vm_heap(vm)->persist);
    same = e == ERR_OK && ct_equal(padded, own, max);
    wipe(padded, sizeof padded);
    wipe(own, sizeof own);
    return same && value.n == pin->p[PIN_SIZE_AT];
}

bool native_pin_count_down(struct vm *vm, const struct pin *pin, uint8_t *tries)
{
    *pin->validated = 0;
    *tries = pin->p[PIN_TRIES_AT];
    return *tries == 0 || native_pin_set_tries(vm, pin, (uint8_t)(*tries - 1));
}

/* Whether the arguments are the PIN, and it is not blocked; false: thrown. */
static bool is_right(struct vm *vm, const struct vm_call *call,
                     const struct pin *pin, bool blocked, bool *right)
{
    struct native_range r;

    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r))
        return false;
    *right = native_pin_matches(vm, pin, native_span(&r)) && !blocked;
    return !*right || native_pin_set_tries(vm, pin, pin->p[PIN_LIMIT_AT]);
}

enum vm_native_result native_pin_compare(struct vm *vm,
                                         const struct vm_call *call,
                                         const struct pin *pin, bool blocked)
{
    bool right = false;

    if (!is_right(vm, call, pin, blocked, &right))
        return VM_NATIVE_THREW;
    *pin->validated = right;
    return native_done_short(vm, right);
}

/*
 * A subclass that overrides getValidatedFlag and setValidatedFlag keeps the
 * flag itself: then all that reads or writes it goes through them, as in the
 * reference implementation of 2.1.1.  [JCAPI OwnerPIN]
 */
static bool keeps_flag(struct vm *vm, const struct vm_call *call, uint8_t token)
{
    return vm_is_overridden(vm, call->cells[0], token);
}

static enum vm_native_result call_set_flag(struct vm *vm,
                                           const struct vm_call *call,
                                           uint16_t value,
                                           vm_continuation *then)
{
    return vm_native_call_own(
        vm, call->cells[0], jcre_set_flag_token(jcre_of(vm)), &value, 1, then);
}

static enum vm_native_result is_set(struct vm *vm, bool threw, uint16_t value)
{
    (void)value;
    return threw ? vm_throw_again(vm) : VM_NATIVE_DONE;
}

static enum vm_native_result was_right(struct vm *vm, bool threw,
                                       uint16_t value)
{
    (void)value;
    return native_sensitive_done(
        vm, threw ? vm_throw_again(vm) : native_done_short(vm, 1),
        JCRE_RESULT_BOOLEAN);
}

/* The flag is down. */
static enum vm_native_result compare_now(struct vm *vm, bool threw)
{
    const struct vm_call call = vm_native_again(vm);
    struct pin pin;
    uint8_t tries = 0;
    bool right = false;

    if (threw)
        return vm_throw_again(vm);
    if (!native_pin_open(vm, &call, &pin) ||
        !native_pin_count_down(vm, &pin, &tries) ||
        !is_right(vm, &call, &pin, tries == 0, &right))
        return VM_NATIVE_THREW;
    return right ? call_set_flag(vm, &call, 1, was_right)
                 : native_done_short(vm, 0);
}

static enum vm_native_result compare_kept(struct vm *vm, bool threw,
                                          uint16_t value)
{
    (void)value;
    return native_sensitive_done(vm, compare_now(vm, threw),
                                 JCRE_RESULT_BOOLEAN);
}

enum vm_native_result native_pin_check(struct vm *vm,
                                       const struct vm_call *call)
{
    struct pin pin;
    uint8_t tries = 0;

    if (keeps_flag(vm, call, jcre_set_flag_token(jcre_of(vm))))
        return call_set_flag(vm, call, 0, compare_kept);
    if (!native_pin_open(vm, call, &pin) ||
        !native_pin_count_down(vm, &pin, &tries))
        return VM_NATIVE_THREW;
    return native_pin_compare(vm, call, &pin, tries == 0);
}

enum vm_native_result native_pin_tries(struct vm *vm,
                                       const struct vm_call *call)
{
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    return native_done_short(vm, pin.p[PIN_TRIES_AT]);
}

enum vm_native_result native_pin_get_validated(struct vm *vm,
                                               const struct vm_call *call)
{
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    return native_done_short(vm, *pin.validated);
}

static enum vm_native_result what_is_kept(struct vm *vm, bool threw,
                                          uint16_t value)
{
    return native_sensitive_done(
        vm, threw ? vm_throw_again(vm) : native_done_short(vm, value & 1),
        JCRE_RESULT_BOOLEAN);
}

enum vm_native_result native_pin_is_validated(struct vm *vm,
                                              const struct vm_call *call)
{
    uint8_t token = jcre_get_flag_token(jcre_of(vm));

    if (keeps_flag(vm, call, token))
        return vm_native_call_own(vm, call->cells[0], token, NULL, 0,
                                  what_is_kept);
    return native_pin_get_validated(vm, call);
}

enum vm_native_result native_pin_set_validated(struct vm *vm,
                                               const struct vm_call *call)
{
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    *pin.validated = (call->cells[1] & 1) != 0;
    return VM_NATIVE_DONE;
}

/* Puts the flag down, the last thing that a method does. */
static enum vm_native_result forget(struct vm *vm, const struct vm_call *call,
                                    const struct pin *pin)
{
    native_pin_forget(pin);
    if (keeps_flag(vm, call, jcre_set_flag_token(jcre_of(vm))))
        return call_set_flag(vm, call, 0, is_set);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_pin_unblock(struct vm *vm,
                                         const struct vm_call *call)
{
    struct pin pin;

    if (!native_pin_open(vm, call, &pin) ||
        !native_pin_set_tries(vm, &pin, pin.p[PIN_LIMIT_AT]))
        return VM_NATIVE_THREW;
    return forget(vm, call, &pin);
}

static enum vm_native_result reset_kept(struct vm *vm, bool threw,
                                        uint16_t value)
{
    const struct vm_call call = vm_native_again(vm);

    if (threw)
        return vm_throw_again(vm);
    return (value & 1) != 0 ? native_pin_unblock(vm, &call) : VM_NATIVE_DONE;
}

enum vm_native_result native_pin_reset(struct vm *vm,
                                       const struct vm_call *call)
{
    uint8_t token = jcre_get_flag_token(jcre_of(vm));
    struct pin pin;

    if (keeps_flag(vm, call, token))
        return vm_native_call_own(vm, call->cells[0], token, NULL, 0,
                                  reset_kept);
    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    return *pin.validated ? native_pin_unblock(vm, call) : VM_NATIVE_DONE;
}

bool native_pin_put(struct vm *vm, const struct pin *pin, struct span value,
                    uint32_t from, enum heap_write how)
{
    const struct vault *vault = jcre_vault(jcre_of(vm));
    uint8_t record[PIN_VALUE_AT + VAULT_TAG + PIN_VALUE_MAX] = {0};
    uint8_t padded[PIN_VALUE_MAX] = {0};
    const uint8_t max = pin->p[PIN_MAX_AT];

    record[PIN_TRIES_AT] = record[PIN_LIMIT_AT] = pin->p[PIN_LIMIT_AT];
    record[PIN_MAX_AT] = max;
    record[PIN_SIZE_AT] = (uint8_t)value.n;
    if (value.n != 0)
        memcpy(padded, value.p, value.n);
    enum err e = vault_put(vault, place_of(pin->record), span_of(padded, max),
                           record + PIN_VALUE_AT);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    const uint32_t n = PIN_VALUE_AT + (uint32_t)vault_room(vault, max) - from;
    const bool written =
        e == ERR_OK && native_write(vm, pin->record, from, record + from, n,
                                    n <= AT_ONCE ? how : HEAP_ATOMIC);
    wipe(padded, sizeof padded);
    wipe(record, sizeof record);
    return written;
}

enum vm_native_result native_pin_update(struct vm *vm,
                                        const struct vm_call *call)
{
    struct native_range r;
    struct pin pin;

    if (!native_pin_open(vm, call, &pin))
        return VM_NATIVE_THREW;
    if (native_byte(call, 3) > pin.p[PIN_MAX_AT])
        return native_pin_throw(vm, PIN_ILLEGAL_VALUE);
    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r) ||
        !native_pin_put(vm, &pin, native_span(&r), PIN_TRIES_AT, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return forget(vm, call, &pin);
}
