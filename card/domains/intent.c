/*
 * Intent record (HEAP_ROOT_INTENT): slots (2 bytes each), zeros in what is left
 * of it, then the check of them, as in a record of the registry.  A bit that
 * flips in it would have power-on delete something else.
 *
 * Its room is there before it is needed (HEAP_ROOT_SPARE), so that a card that
 * is full can still delete; what was recorded last stays in it.
 *
 * spare --domain_intend--> intent --drop--> spare
 */
#include "domains/intent.h"

#include "domains/contactless.h"
#include "domains/keys.h"
#include "domains/session.h"
#include "jcre/jcre.h"

enum { SLOT_SIZE = 2, ALL_SLOTS = INTENT_SLOTS_MAX * SLOT_SIZE };

/* ---- writing ---- */

/* The record of these slots, sealed, in the place of what stands there. */
static enum err write_record(struct domain *d, ref_t ref, const uint16_t *slots,
                             uint8_t count)
{
    uint8_t bytes[ALL_SLOTS + REGISTRY_SEAL_SIZE] = {0};

    for (size_t i = 0; i < count; i++)
        set_u2(bytes + i * SLOT_SIZE, slots[i]);
    set_u4(bytes + ALL_SLOTS, domain_seal(bytes, ALL_SLOTS));
    return heap_write(d->heap, ref, 0, bytes, sizeof bytes, HEAP_RAW);
}

static enum err make_spare(struct domain *d)
{
    const struct heap_header blob = {.kind = HEAP_BLOB,
                                     .length = ALL_SLOTS + REGISTRY_SEAL_SIZE};
    ref_t ref = 0;

    enum err e = heap_epoch_begin(d->heap);
    if (e != ERR_OK)
        return e;
    e = heap_new(d->heap, &blob, &ref);
    if (e == ERR_OK)
        e = write_record(d, ref, NULL, 0);
    if (e == ERR_OK)
        return heap_epoch_commit(d->heap, HEAP_ROOT_SPARE, ref);
    enum err undone = heap_epoch_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}

/* Two roots at once. */
static enum err set_roots(struct domain *d, ref_t intent, ref_t spare)
{
    enum err e = heap_begin(d->heap);

    if (e != ERR_OK)
        return e;
    e = heap_set_root(d->heap, HEAP_ROOT_INTENT, intent);
    if (e == ERR_OK)
        e = heap_set_root(d->heap, HEAP_ROOT_SPARE, spare);
    if (e == ERR_OK)
        return heap_commit(d->heap);
    enum err undone = heap_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}

enum err domain_intend(struct domain *d, const uint16_t *slots, uint8_t count)
{
    enum err e = domain_spare_intent(d);

    if (e != ERR_OK)
        return e;
    const ref_t ref = heap_root(d->heap, HEAP_ROOT_SPARE);
    e = write_record(d, ref, slots, count);
    return e == ERR_OK ? set_roots(d, ref, 0) : e;
}

/* ---- reading ---- */

bool domain_intends(const struct domain *d)
{
    return heap_root(d->heap, HEAP_ROOT_INTENT) != 0;
}

/* The slots that a record names; false: it is none, or not what was written. */
static bool take_slots(const struct domain *d, ref_t ref, struct span *slots)
{
    struct heap_view v;

    if (!heap_get(d->heap, ref, &v) || v.h.kind != HEAP_BLOB ||
        v.h.length < SLOT_SIZE + REGISTRY_SEAL_SIZE)
        return false;
    *slots = span_of(v.p, v.h.length - REGISTRY_SEAL_SIZE);
    if (slots->n % SLOT_SIZE != 0 || slots->n > ALL_SLOTS ||
        get_u4(slots->p + slots->n) !=
            domain_seal(slots->p, (uint32_t)slots->n))
        return false;
    while (slots->n > 0 && get_u2(slots->p + slots->n - SLOT_SIZE) == 0)
        slots->n -= SLOT_SIZE;
    return true;
}

static bool is_earlier(struct span slots, size_t at)
{
    for (size_t i = 0; i < at; i += SLOT_SIZE) {
        if (get_u2(slots.p + i) == get_u2(slots.p + at))
            return true;
    }
    return false;
}

/* What went before a cut is not there; the rest is what DELETE can name. */
static bool may_go(const struct domain *d, struct span slots, size_t at)
{
    const uint16_t slot = get_u2(slots.p + at);
    struct registry_entry e;
    struct heap_view v;
    ref_t ref;

    if (slot >= REGISTRY_SLOTS || slot == DOMAIN_ISD || is_earlier(slots, at))
        return false;
    if (!domain_record(d, slot, &v, &ref))
        return true;
    if (!domain_entry(d, slot, &e))
        return false;
    if (e.kind == ENTRY_DOMAIN)
        return slots.n == SLOT_SIZE;
    return e.kind == ENTRY_APPLICATION ||
           (e.package != REGISTRY_NATIVE_PACKAGE && at + SLOT_SIZE == slots.n);
}

bool domain_intent_is_sound(const struct domain *d)
{
    struct span slots;

    if (!domain_intends(d))
        return true;
    if (!take_slots(d, heap_root(d->heap, HEAP_ROOT_INTENT), &slots) ||
        slots.n == 0)
        return false;
    for (size_t at = 0; at < slots.n; at += SLOT_SIZE) {
        if (!may_go(d, slots, at))
            return false;
    }
    return true;
}

/* ---- what is recorded is done ---- */

static enum err delete_slot(struct domain *d, uint16_t slot)
{
    struct registry_entry entry;
    enum err e = ERR_OK;

    if (!domain_entry(d, slot, &entry))
        return ERR_OK; /* done before the cut */
    if (entry.kind == ENTRY_APPLICATION)
        e = jcre_delete(d->jcre, entry.instance);
    else if (entry.kind == ENTRY_PACKAGE)
        e = vm_unlink(d->vm, entry.package);
    else
        domain_end_sessions_of(d, slot);
    if (e == ERR_OK && entry.kind != ENTRY_PACKAGE)
        e = domain_cl_forget(d, &entry);
    if (e == ERR_OK && entry.kind != ENTRY_PACKAGE)
        e = domain_remove_belongings(d, slot);
    return e == ERR_OK ? domain_remove_record(d, slot) : e;
}

/* One that an earlier version recorded is shorter, and goes. */
static enum err drop(struct domain *d, ref_t intent)
{
    struct heap_view v;

    if (heap_root(d->heap, HEAP_ROOT_SPARE) == 0 &&
        heap_get(d->heap, intent, &v) &&
        v.h.length == ALL_SLOTS + REGISTRY_SEAL_SIZE)
        return set_roots(d, 0, intent);
    enum err e = heap_begin(d->heap);
    if (e != ERR_OK)
        return e;
    e = heap_set_root(d->heap, HEAP_ROOT_INTENT, 0);
    if (e == ERR_OK)
        e = heap_free(d->heap, intent);
    if (e == ERR_OK)
        return heap_commit(d->heap);
    enum err undone = heap_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}

enum err domain_complete_deletion(struct domain *d)
{
    struct span slots;
    enum err e = ERR_OK;

    if (!domain_intends(d))
        return ERR_OK;
    if (!domain_intent_is_sound(d)) {
        persist_give_up(d->heap->persist);
        return ERR_CORRUPT;
    }
    for (size_t at = 0; e == ERR_OK; at += SLOT_SIZE) {
        /* Looked up anew each time: deleting may move things. */
        if (!take_slots(d, heap_root(d->heap, HEAP_ROOT_INTENT), &slots))
            return ERR_CORRUPT;
        if (at == slots.n)
            break;
        e = delete_slot(d, get_u2(slots.p + at));
    }
    return e == ERR_OK ? drop(d, heap_root(d->heap, HEAP_ROOT_INTENT)) : e;
}

enum err domain_spare_intent(struct domain *d)
{
    const ref_t ref = heap_root(d->heap, HEAP_ROOT_SPARE);
    struct span slots;

    if (ref == 0)
        return make_spare(d);
    /* A cut while it was written, or a bit that flipped, harms nothing. */
    return take_slots(d, ref, &slots) ? ERR_OK : write_record(d, ref, NULL, 0);
}
