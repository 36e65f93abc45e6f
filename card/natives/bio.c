#include "natives/bio.h"

#include <string.h>

#include "base/ct.h"
#include "jcre/call.h"
#include "natives/cells.h"
#include "vault/vault.h"

static const uint8_t public_data[BIO_PUBLIC_SIZE] = {'P', 'C', 1,
                                                     BIO_VALUE_MAX};

enum vm_native_result native_bio_throw(struct vm *vm, const struct bio *b,
                                       uint16_t reason)
{
    return vm_throw_name(vm, b->exception, reason);
}

bool native_bio_supports(struct vm *vm, const struct vm_call *call,
                         const char *exception, int8_t type, ref_t provider,
                         int8_t parameter)
{
    struct native_range r;
    const bool own = native_is_null(vm, provider);

    if (!own && !native_bytes(vm, call, provider, 0, 0, &r))
        return false;
    if (own && type == BIO_PASSWORD && parameter == 0)
        return true;
    jcre_trace(jcre_of(vm), "biometry",
               "this card matches passwords only, by its own provider");
    (void)vm_throw_name(vm, exception, BIO_UNSUPPORTED);
    return false;
}

static enum err new_part(struct vm *vm, const struct vm_call *call,
                         ref_t object, enum heap_kind kind, uint8_t flags,
                         uint32_t n, enum native_cell cell)
{
    const struct heap_header hd = {.kind = (uint8_t)kind,
                                   .flags = flags,
                                   .context = call->caller_context,
                                   .owner = vm_owner(vm),
                                   .length = n};
    ref_t part = 0;
    enum err e = heap_new(vm_heap(vm), &hd, &part);

    return e != ERR_OK ? e
                       : native_set_cell(vm, object, cell, part, HEAP_ATOMIC);
}

ref_t native_bio_new(struct vm *vm, const struct vm_call *call,
                     const char *class_name, uint8_t limit, uint32_t value_max,
                     uint32_t state_size)
{
    const uint8_t counters[] = {limit, limit};
    const ref_t object = vm_new_object(vm, vm_api_class(class_name));

    if (object == 0)
        return 0;
    const size_t value =
        value_max == 0 ? 0 : vault_room(jcre_vault(jcre_of(vm)), value_max);
    enum err e = new_part(vm, call, object, HEAP_BLOB, 0,
                          BIO_VALUE_AT + (uint32_t)value, CELL_BIO_RECORD);
    if (e == ERR_OK)
        e = new_part(vm, call, object, HEAP_BYTE_ARRAY, HEAP_CLEAR_ON_RESET,
                     state_size, CELL_BIO_STATE);
    if (e == ERR_OK)
        e = heap_write(vm_heap(vm), native_cell(vm, object, CELL_BIO_RECORD),
                       BIO_TRIES_AT, counters, sizeof counters, HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK ? object : 0;
}

bool native_bio_open(struct vm *vm, ref_t object, const char *exception,
                     struct bio *b)
{
    struct heap_view record, state;

    b->exception = exception;
    b->record = native_cell(vm, object, CELL_BIO_RECORD);
    if (!heap_get(vm_heap(vm), b->record, &record) ||
        !heap_get(vm_heap(vm), native_cell(vm, object, CELL_BIO_STATE),
                  &state) ||
        state.ram == NULL) {
        (void)native_throw_null(vm);
        return false;
    }
    b->p = record.p;
    b->state = state.ram;
    return true;
}

/* ---- enrolment ---- */

static bool put(struct vm *vm, const struct bio *b, uint32_t at,
                const uint8_t *bytes, uint32_t n)
{
    return native_write(vm, b->record, at, bytes, n, HEAP_ATOMIC);
}

/* ---- the value ---- */

/* All BIO_VALUE_MAX bytes; zeros of a record that has none.  Else as
 * vault_get(). */
static enum err get_value(const struct vm *vm, ref_t record, const uint8_t *p,
                          uint8_t out[BIO_VALUE_MAX])
{
    const struct vault_place place = {VAULT_OF_BIO, record, 0};

    memset(out, 0, BIO_VALUE_MAX);
    return p[BIO_SIZE_AT] == 0
               ? ERR_OK
               : vault_get(jcre_vault(jcre_of(vm)), place, p + BIO_VALUE_AT,
                           BIO_VALUE_MAX, out);
}

bool native_bio_opens(const struct vm *vm, ref_t record)
{
    uint8_t value[BIO_VALUE_MAX];
    struct heap_view v;
    enum err e = ERR_CORRUPT;

    if (!heap_get(vm_heap(vm), record, &v))
        return false;
    if (v.h.length == BIO_VALUE_AT) /* counters alone */
        return true;
    if (v.h.length ==
        BIO_VALUE_AT + vault_room(jcre_vault(jcre_of(vm)), BIO_VALUE_MAX))
        e = get_value(vm, record, v.p, value);
    wipe(value, sizeof value);
    return e == ERR_OK;
}

/* Size and value, which go together, in one update.  False: thrown. */
static bool put_value(struct vm *vm, const struct bio *b, uint8_t size,
                      const uint8_t value[BIO_VALUE_MAX])
{
    const struct vault *vault = jcre_vault(jcre_of(vm));
    const struct vault_place place = {VAULT_OF_BIO, b->record, 0};
    uint8_t form[1 + VAULT_TAG + BIO_VALUE_MAX] = {size};
    enum err e =
        vault_put(vault, place, span_of(value, BIO_VALUE_MAX), form + 1);
    bool done = false;

    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    else
        done = put(vm, b, BIO_SIZE_AT, form,
                   1 + (uint32_t)vault_room(vault, BIO_VALUE_MAX));
    wipe(form, sizeof form);
    return done;
}

/* Puts bytes behind those that are there.  False: thrown. */
static bool append(struct vm *vm, const struct vm_call *call,
                   const struct bio *b)
{
    const uint32_t had = b->p[BIO_SIZE_AT];
    uint8_t value[BIO_VALUE_MAX];
    struct native_range r;

    if (!native_piece(vm, call, 1, &r))
        return false;
    if (had + r.n > BIO_VALUE_MAX) {
        (void)native_bio_throw(vm, b, BIO_INVALID_DATA);
        return false;
    }
    enum err e = get_value(vm, b->record, b->p, value);
    bool done = false;
    if (r.n != 0)
        memcpy(value + had, native_span(&r).p, r.n);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    else
        done = put_value(vm, b, (uint8_t)(had + r.n), value);
    wipe(value, sizeof value);
    return done;
}

/* What was there is gone, whatever becomes of the rest. */
static bool forget(struct vm *vm, const struct bio *b)
{
    const uint8_t none[2 + VAULT_TAG + BIO_VALUE_MAX] = {0};
    const size_t room = vault_room(jcre_vault(jcre_of(vm)), BIO_VALUE_MAX);

    b->state[BIO_VALIDATED] = b->state[BIO_MATCHING] = 0;
    b->state[BIO_ENROLLING] = 0;
    return put(vm, b, BIO_READY_AT, none, 2 + (uint32_t)room);
}

enum vm_native_result native_bio_init(struct vm *vm, const struct vm_call *call,
                                      const struct bio *b)
{
    struct native_range r;

    if (!native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    if (r.n > BIO_VALUE_MAX)
        return native_bio_throw(vm, b, BIO_INVALID_DATA);
    if (!forget(vm, b) || !append(vm, call, b))
        return VM_NATIVE_THREW;
    b->state[BIO_ENROLLING] = 1;
    return VM_NATIVE_DONE;
}

static bool is_enrolling(const struct bio *b)
{
    return b->state[BIO_ENROLLING] != 0 && b->p[BIO_READY_AT] == 0;
}

enum vm_native_result native_bio_update(struct vm *vm,
                                        const struct vm_call *call,
                                        const struct bio *b)
{
    struct native_range r;

    if (!native_piece(vm, call, 1, &r))
        return VM_NATIVE_THREW;
    if (!is_enrolling(b))
        return native_bio_throw(vm, b, BIO_ILLEGAL_USE);
    return append(vm, call, b) ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

/* Tries, limit and that it is ready lie side by side: one update. */
enum vm_native_result native_bio_final(struct vm *vm, const struct bio *b)
{
    const uint8_t head[] = {b->p[BIO_LIMIT_AT], b->p[BIO_LIMIT_AT], 1};

    if (!is_enrolling(b))
        return native_bio_throw(vm, b, BIO_ILLEGAL_USE);
    if (b->p[BIO_SIZE_AT] == 0)
        return native_bio_throw(vm, b, BIO_INVALID_DATA);
    if (!put(vm, b, BIO_TRIES_AT, head, sizeof head))
        return VM_NATIVE_THREW;
    b->state[BIO_ENROLLING] = 0;
    return VM_NATIVE_DONE;
}

enum vm_native_result native_bio_clear(struct vm *vm, const struct bio *b)
{
    return forget(vm, b) ? VM_NATIVE_DONE : VM_NATIVE_THREW;
}

/* ---- what anybody may know ---- */

enum vm_native_result native_bio_version(struct vm *vm,
                                         const struct vm_call *call)
{
    struct native_range r;

    if (!native_target(vm, call, call->cells[1], native_short(call, 2),
                       BIO_VERSION_SIZE, &r) ||
        !native_write(vm, r.ref, r.at, public_data, r.n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, BIO_VERSION_SIZE);
}

enum vm_native_result native_bio_public(struct vm *vm,
                                        const struct vm_call *call,
                                        const struct bio *b)
{
    const int16_t from = native_short(call, 1);
    int16_t n = native_short(call, 4);
    struct native_range r;

    if (from >= BIO_PUBLIC_SIZE)
        n = n > 0 ? 0 : n;
    else if (from >= 0 && n > BIO_PUBLIC_SIZE - from)
        n = (int16_t)(BIO_PUBLIC_SIZE - from);
    if (!native_target(vm, call, call->cells[2], native_short(call, 3), n, &r))
        return VM_NATIVE_THREW;
    if (from < 0)
        return native_throw_bounds(vm);
    if (b->p[BIO_READY_AT] == 0)
        return native_bio_throw(vm, b, BIO_NOT_ENROLLED);
    if (n != 0 &&
        !native_write(vm, r.ref, r.at, public_data + from, r.n, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, n);
}

/* ---- tries and sessions ---- */

static bool set_tries(struct vm *vm, const struct bio *b, uint8_t tries)
{
    const enum err e =
        heap_write(vm_heap(vm), b->record, BIO_TRIES_AT, &tries, 1, HEAP_NOW);

    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

enum vm_native_result native_bio_unblock(struct vm *vm, const struct bio *b,
                                         int8_t limit)
{
    const uint8_t counters[] = {(uint8_t)limit, (uint8_t)limit};

    if (limit < 1)
        return native_bio_throw(vm, b, BIO_ILLEGAL_VALUE);
    b->state[BIO_VALIDATED] = 0;
    return put(vm, b, BIO_TRIES_AT, counters, sizeof counters)
               ? VM_NATIVE_DONE
               : VM_NATIVE_THREW;
}

bool native_bio_begin(struct vm *vm, const struct bio *b,
                      enum vm_native_result *result)
{
    const uint8_t tries = b->p[BIO_TRIES_AT];

    *result = VM_NATIVE_THREW;
    b->state[BIO_MATCHING] = b->state[BIO_MATCHED] = 0;
    if (tries == 0) {
        *result = native_done_short(vm, BIO_NO_MATCH);
        return false;
    }
    b->state[BIO_VALIDATED] = 0;
    return set_tries(vm, b, (uint8_t)(tries - 1));
}

void native_bio_compare(struct vm *vm, const struct bio *of, uint8_t matched,
                        struct span part, uint8_t *differs)
{
    const size_t size = of->p[BIO_SIZE_AT];
    uint8_t value[BIO_VALUE_MAX];
    uint8_t any = *differs;

    if (size > sizeof value ||
        get_value(vm, of->record, of->p, value) != ERR_OK) {
        persist_give_up(vm_heap(vm)->persist); /* others changed it */
        *differs = 1;
        return;
    }
    for (size_t i = 0; i < part.n && matched + i < size; i++)
        any |= (uint8_t)(part.p[i] ^ value[matched + i]);
    wipe(value, sizeof value);
    *differs = any;
}

bool native_bio_succeed(struct vm *vm, const struct bio *b)
{
    b->state[BIO_MATCHING] = 0;
    if (!set_tries(vm, b, b->p[BIO_LIMIT_AT]))
        return false;
    b->state[BIO_VALIDATED] = 1;
    return true;
}
