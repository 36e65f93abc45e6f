/*
 * javacard.framework.OwnerPIN, and what all PINs have in common.  Tries are
 * written outside any transaction, before the comparison: neither an abort nor
 * a power cut gives one back.  [JCAPI OwnerPIN] [JCRE 9.3]
 */
#include "natives/pin.h"

#include <string.h>

#include "base/check.h"
#include "base/ct.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/result.h"
#include "vault/vault.h"

/* From the end of a record. */
enum { SEAL_FROM_END = PIN_CHECKS, TRIES_FROM_END = 2 };

enum { RECORD_MAX = PIN_VALUE_AT + VAULT_TAG + PIN_VALUE_MAX + PIN_CHECKS };

enum vm_native_result native_pin_throw(struct vm *vm, uint16_t reason)
{
    return vm_throw_name(vm, "javacard/framework/PINException", reason);
}

/* ---- the record ---- */

static uint32_t seal_of(const uint8_t *record, uint32_t n)
{
    return (uint32_t)(check_of(record, n - SEAL_FROM_END) >> 32);
}

static void put_tries(uint8_t both[TRIES_FROM_END], uint8_t tries)
{
    both[0] = tries;
    both[1] = check_number(tries);
}

static void put_checks(uint8_t *record, uint32_t n, uint8_t tries)
{
    record[PIN_CHECKED_AT] = PIN_CHECKED;
    set_u4(record + n - SEAL_FROM_END, seal_of(record, n));
    put_tries(record + n - TRIES_FROM_END, tries);
}

static bool checks_hold(const uint8_t *record, uint32_t n)
{
    const uint8_t *tries = record + n - TRIES_FROM_END;

    return get_u4(record + n - SEAL_FROM_END) == seal_of(record, n) &&
           tries[1] == check_number(tries[0]);
}

static uint32_t record_length(const struct vm *vm, uint8_t max, bool is_checked)
{
    return PIN_VALUE_AT + (uint32_t)vault_room(jcre_vault(jcre_of(vm)), max) +
           (is_checked ? PIN_CHECKS : 0);
}

/* False: others than this card changed it. */
static bool take_record(const struct vm *vm, const struct heap_view *v,
                        struct pin *pin)
{
    pin->p = v->p;
    pin->n = v->h.length;
    if (pin->n < PIN_VALUE_AT)
        return false;
    pin->limit = v->p[PIN_LIMIT_AT];
    pin->max = v->p[PIN_MAX_AT];
    pin->size = v->p[PIN_SIZE_AT];
    pin->is_checked = v->p[PIN_CHECKED_AT] == PIN_CHECKED;
    if (pin->max > PIN_VALUE_MAX ||
        pin->n != record_length(vm, pin->max, pin->is_checked))
        return false;
    pin->tries =
        pin->is_checked ? v->p[pin->n - TRIES_FROM_END] : v->p[PIN_CHECKED_AT];
    return !pin->is_checked || checks_hold(v->p, pin->n);
}

bool native_pin_look(const struct vm *vm, ref_t object, struct pin *pin)
{
    struct heap_view v;

    pin->record = native_cell(vm, object, CELL_PIN_RECORD);
    if (!heap_get(vm_heap(vm), pin->record, &v))
        return false;
    if (take_record(vm, &v, pin))
        return true;
    persist_give_up(vm_heap(vm)->persist);
    return false;
}

bool native_pin_open(struct vm *vm, const struct vm_call *call, struct pin *pin)
{
    ref_t validated = native_cell(vm, call->cells[0], CELL_PIN_VALIDATED);
    struct heap_view flag;

    if (!native_pin_look(vm, call->cells[0], pin) ||
        !heap_get(vm_heap(vm), validated, &flag) || flag.ram == NULL) {
        (void)native_throw_null(vm);
        return false;
    }
    pin->validated = flag.ram;
    pin->announced = flag.h.length == PIN_FLAGS_X ? flag.ram + 1 : NULL;
    return true;
}

bool native_pin_set_tries(struct vm *vm, const struct pin *pin, uint8_t tries)
{
    uint8_t both[TRIES_FROM_END];

    put_tries(both, tries);
    return pin->is_checked
               ? native_write(vm, pin->record, pin->n - TRIES_FROM_END, both,
                              sizeof both, HEAP_NOW)
               : native_write(vm, pin->record, PIN_CHECKED_AT, &tries, 1,
                              HEAP_NOW);
}

/* Puts what there is to check into the record, and writes it. */
static bool put_record(struct vm *vm, const struct pin *pin,
                       uint8_t record[RECORD_MAX], uint8_t tries,
                       enum heap_write how)
{
    if (pin->is_checked)
        put_checks(record, pin->n, tries);
    else
        record[PIN_CHECKED_AT] = tries;
    return native_write(vm, pin->record, 0, record, pin->n, how);
}

bool native_pin_set_counters(struct vm *vm, const struct pin *pin,
                             uint8_t tries, uint8_t limit, enum heap_write how)
{
    uint8_t record[RECORD_MAX];

    memcpy(record, pin->p, pin->n);
    record[PIN_LIMIT_AT] = limit;
    const bool written = put_record(vm, pin, record, tries, how);
    wipe(record, sizeof record);
    return written;
}

/* ---- making one ---- */

static struct vault_place place_of(ref_t record)
{
    return (struct vault_place){VAULT_OF_PIN, record, 0};
}

/* A record of no value, whole before anything refers to it. */
static enum err new_record(struct vm *vm, const struct heap_header *owner,
                           const struct pin_kind *kind, ref_t *record)
{
    uint8_t bytes[RECORD_MAX] = {
        [PIN_LIMIT_AT] = kind->limit,
        [PIN_MAX_AT] = kind->max,
        [PIN_SIZE_AT] = PIN_UNSET,
    };
    struct heap_header hd = *owner;

    hd.kind = HEAP_BLOB;
    hd.length = record_length(vm, kind->max, true);
    put_checks(bytes, hd.length, kind->limit);
    enum err e = heap_new(vm_heap(vm), &hd, record);
    return e != ERR_OK ? e
                       : heap_write(vm_heap(vm), *record, 0, bytes, hd.length,
                                    HEAP_RAW);
}

enum err native_pin_create(struct vm *vm, const struct vm_call *call, ref_t pin,
                           const struct pin_kind *kind)
{
    struct heap_header hd = {0};
    ref_t part = 0;

    hd.context = call->caller_context;
    hd.owner = vm_owner(vm);
    enum err e = new_record(vm, &hd, kind, &part);
    if (e == ERR_OK)
        e = native_set_cell(vm, pin, CELL_PIN_RECORD, part, HEAP_ATOMIC);
    if (e != ERR_OK)
        return e;
    hd.kind = HEAP_BOOLEAN_ARRAY;
    hd.flags = HEAP_CLEAR_ON_RESET;
    hd.length = kind->flags;
    e = heap_new(vm_heap(vm), &hd, &part);
    return e == ERR_OK
               ? native_set_cell(vm, pin, CELL_PIN_VALIDATED, part, HEAP_ATOMIC)
               : e;
}

/* The value as it belongs to another record. */
static enum err reseal(struct vm *vm, const struct pin *old, ref_t record,
                       uint8_t *out)
{
    const struct vault *vault = jcre_vault(jcre_of(vm));
    uint8_t value[PIN_VALUE_MAX];

    enum err e = vault_get(vault, place_of(old->record), old->p + PIN_VALUE_AT,
                           old->max, value);
    if (e == ERR_OK)
        e = vault_put(vault, place_of(record), span_of(value, old->max), out);
    wipe(value, sizeof value);
    return e;
}

static enum err copy_record(struct vm *vm, const struct pin *old, ref_t record,
                            uint32_t n)
{
    uint8_t bytes[RECORD_MAX] = {0};
    enum err e = ERR_OK;

    memcpy(bytes, old->p, PIN_VALUE_AT);
    if (old->size != PIN_UNSET)
        e = reseal(vm, old, record, bytes + PIN_VALUE_AT);
    put_checks(bytes, n, old->tries);
    if (e == ERR_OK)
        e = heap_write(vm_heap(vm), record, 0, bytes, n, HEAP_RAW);
    wipe(bytes, sizeof bytes);
    return e;
}

static enum err replace_record(struct vm *vm, ref_t object,
                               const struct pin *old)
{
    const struct heap_header hd = {
        .kind = HEAP_BLOB,
        .length = record_length(vm, old->max, true),
    };
    ref_t record = 0;

    enum err e = heap_new(vm_heap(vm), &hd, &record);
    if (e == ERR_OK)
        e = copy_record(vm, old, record, hd.length);
    if (e == ERR_OK)
        e = native_set_cell(vm, object, CELL_PIN_RECORD, record, HEAP_ATOMIC);
    return e == ERR_OK ? heap_free(vm_heap(vm), old->record) : e;
}

enum err native_pin_add_checks(struct vm *vm, ref_t object)
{
    struct heap *heap = vm_heap(vm);
    struct pin old = {.record = native_cell(vm, object, CELL_PIN_RECORD)};
    struct heap_view v;

    if (!heap_get(heap, old.record, &v) || !take_record(vm, &v, &old) ||
        old.is_checked || !native_pin_opens(vm, old.record))
        return ERR_OK;
    enum err e = heap_begin(heap);
    if (e != ERR_OK)
        return e;
    e = replace_record(vm, object, &old);
    if (e == ERR_OK)
        return heap_commit(heap);
    const enum err aborted = heap_abort(heap);
    return aborted == ERR_OK ? e : aborted;
}

/* ---- what they do ---- */

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

bool native_pin_opens(const struct vm *vm, ref_t record)
{
    uint8_t own[PIN_VALUE_MAX];
    struct heap_view v;
    struct pin pin;
    enum err e = ERR_OK;

    if (!heap_get(vm_heap(vm), record, &v) || !take_record(vm, &v, &pin))
        return false;
    if (pin.size != PIN_UNSET)
        e = vault_get(jcre_vault(jcre_of(vm)), place_of(record),
                      pin.p + PIN_VALUE_AT, pin.max, own);
    wipe(own, sizeof own);
    return e == ERR_OK;
}

bool native_pin_matches(struct vm *vm, const struct pin *pin, struct span value)
{
    const uint8_t max = pin->max;
    uint8_t padded[PIN_VALUE_MAX] = {0};
    uint8_t own[PIN_VALUE_MAX] = {0};
    enum err e = ERR_OK;
    bool same = false;

    if (value.n > max || pin->size == PIN_UNSET)
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
    return same && value.n == pin->size;
}

bool native_pin_count_down(struct vm *vm, const struct pin *pin, uint8_t *tries)
{
    *pin->validated = 0;
    *tries = pin->tries;
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
    return !*right || native_pin_set_tries(vm, pin, pin->limit);
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
    return native_done_short(vm, pin.tries);
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
        !native_pin_set_tries(vm, &pin, pin.limit))
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
                    enum heap_write how)
{
    uint8_t record[RECORD_MAX] = {0};
    uint8_t padded[PIN_VALUE_MAX] = {0};

    record[PIN_LIMIT_AT] = pin->limit;
    record[PIN_MAX_AT] = pin->max;
    record[PIN_SIZE_AT] = (uint8_t)value.n;
    if (value.n != 0)
        memcpy(padded, value.p, value.n);
    enum err e = vault_put(jcre_vault(jcre_of(vm)), place_of(pin->record),
                           span_of(padded, pin->max), record + PIN_VALUE_AT);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    const bool written =
        e == ERR_OK && put_record(vm, pin, record, pin->limit, how);
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
    if (native_byte(call, 3) > pin.max)
        return native_pin_throw(vm, PIN_ILLEGAL_VALUE);
    if (!native_bytes(vm, call, call->cells[1], native_short(call, 2),
                      native_byte(call, 3), &r) ||
        !native_pin_put(vm, &pin, native_span(&r), HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return forget(vm, call, &pin);
}
