/*
 * Intent record (HEAP_ROOT_INTENT): slots (2 bytes each), then the check of
 * them, as in a record of the registry.  A bit that flips in it would have
 * power-on delete something else.
 */
#include "domains/intent.h"

#include "domains/keys.h"
#include "domains/session.h"
#include "jcre/jcre.h"

enum { SLOT_SIZE = 2 };

/* ---- writing ---- */

enum err domain_intend(struct domain *d, const uint16_t *slots, uint8_t count)
{
    const uint32_t end = (uint32_t)count * SLOT_SIZE;
    const struct heap_header blob = {.kind = HEAP_BLOB,
                                     .length = end + REGISTRY_SEAL_SIZE};
    uint8_t bytes[INTENT_SLOTS_MAX * SLOT_SIZE + REGISTRY_SEAL_SIZE];
    ref_t ref = 0;

    for (size_t i = 0; i < count; i++)
        set_u2(bytes + i * SLOT_SIZE, slots[i]);
    set_u4(bytes + end, domain_seal(bytes, end));
    enum err e = heap_epoch_begin(d->heap);
    if (e != ERR_OK)
        return e;
    e = heap_new(d->heap, &blob, &ref);
    if (e == ERR_OK)
        e = heap_write(d->heap, ref, 0, bytes, blob.length, HEAP_RAW);
    if (e == ERR_OK)
        return heap_epoch_commit(d->heap, HEAP_ROOT_INTENT, ref);
    enum err undone = heap_epoch_abort(d->heap);
    return undone == ERR_OK ? e : undone;
}

/* ---- reading ---- */

bool domain_intends(const struct domain *d)
{
    return heap_root(d->heap, HEAP_ROOT_INTENT) != 0;
}

static bool take_slots(const struct domain *d, struct span *slots)
{
    struct heap_view v;

    if (!heap_get(d->heap, heap_root(d->heap, HEAP_ROOT_INTENT), &v) ||
        v.h.kind != HEAP_BLOB || v.h.length < SLOT_SIZE + REGISTRY_SEAL_SIZE)
        return false;
    *slots = span_of(v.p, v.h.length - REGISTRY_SEAL_SIZE);
    return slots->n % SLOT_SIZE == 0 &&
           slots->n <= INTENT_SLOTS_MAX * SLOT_SIZE &&
           get_u4(slots->p + slots->n) ==
               domain_seal(slots->p, (uint32_t)slots->n);
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
    if (!take_slots(d, &slots))
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
        e = domain_remove_belongings(d, slot);
    return e == ERR_OK ? domain_remove_record(d, slot) : e;
}

static enum err drop(struct domain *d, ref_t intent)
{
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
        if (!take_slots(d, &slots))
            return ERR_CORRUPT;
        if (at == slots.n)
            break;
        e = delete_slot(d, get_u2(slots.p + at));
    }
    return e == ERR_OK ? drop(d, heap_root(d->heap, HEAP_ROOT_INTENT)) : e;
}
