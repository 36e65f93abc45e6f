/*
 * An epoch: handles given out in it are provisional until its commit.
 *
 * none --begin--> OPEN --commit--> KEEP --(marks cleared)--> none
 *                 OPEN --abort, or mount--> (dropped) --> none
 * none --collect, garbage found--> COLLECT --(swept)--> none
 *                 COLLECT --mount--> (collected again) --> none
 *
 * The state byte is written atomically, together with the root that commit
 * sets.  In OPEN every provisional handle will be dropped, in KEEP none: each
 * step towards none can be repeated after a cut.  Shadows (shadow.c) are put
 * back in OPEN and go in KEEP.  COLLECT says that a sweep has
 * begun, so that no garbage is left that refers to what was freed.
 */
#include "heap/internal.h"

#include <string.h>

static uint8_t state(const struct heap *h)
{
    return *persist_at(h->persist, HEAP_EPOCH_AT);
}

enum err heap_set_state(struct heap *h, uint8_t value)
{
    return persist_write(h->persist, HEAP_EPOCH_AT, &value, 1);
}

static bool is_provisional(const struct heap *h, ref_t ref)
{
    return ref != 0 && ref <= h->handle_count &&
           (heap_entry(h, ref) & HEAP_PROVISIONAL) != 0;
}

enum err heap_epoch_begin(struct heap *h)
{
    if (h->epoch || persist_in_transaction(h->persist))
        return ERR_STATE;
    enum err e = heap_set_state(h, HEAP_EPOCH_OPEN);
    h->epoch = e == ERR_OK;
    return e;
}

/*
 * KEEP: the marks go.  At a mount (`again`) every entry in use is programmed:
 * a mark whose clearing was cut may read as gone and come back.
 */
static enum err clear_marks(struct heap *h, bool again)
{
    enum err e = ERR_OK;
    for (uint32_t i = 1; i < h->handle_end && e == ERR_OK; i++) {
        uint32_t entry = heap_entry(h, (ref_t)i);
        if ((entry & (again ? HEAP_USED : HEAP_PROVISIONAL)) == 0)
            continue;
        if (heap_is_shadow(h, (ref_t)i)) {
            e = heap_clear_entry(h, (ref_t)i);
            h->freed = true;
            continue;
        }
        uint8_t first = (uint8_t)((entry & ~HEAP_PROVISIONAL) >> 24);
        e = persist_write_raw(h->persist, h->table + 4 * (i - 1), &first, 1);
    }
    return e == ERR_OK ? heap_set_state(h, HEAP_EPOCH_NONE) : e;
}

enum err heap_epoch_commit(struct heap *h, unsigned i, ref_t ref)
{
    if (!h->epoch || persist_in_transaction(h->persist))
        return ERR_STATE;
    enum err e = persist_begin(h->persist);
    if (e == ERR_OK && i < HEAP_ROOT_COUNT)
        e = heap_set_root(h, i, ref);
    if (e == ERR_OK)
        e = heap_set_state(h, HEAP_EPOCH_KEEP);
    if (e == ERR_OK)
        e = persist_commit(h->persist);
    if (e != ERR_OK)
        return e;
    h->epoch = h->watching = h->freed = false;
    e = clear_marks(h, false);
    if (e == ERR_OK && h->freed)
        e = heap_map_release(h);
    h->freed = false;
    return e;
}

/* References that an older object holds to provisional ones become null. */
static enum err null_in(struct heap *h, ref_t ref, const struct heap_view *v)
{
    static const uint8_t null[2];
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < v->h.length && e == ERR_OK; i++) {
        if (!is_provisional(h, get_u2(v->p + 2 * i)))
            continue;
        bool reference =
            v->h.kind == HEAP_REF_ARRAY ||
            (v->h.kind == HEAP_STATICS && i < v->h.class_offset) ||
            (v->h.kind == HEAP_OBJECT &&
             h->layout.is_reference(h->layout.ctx, v->h.class_package,
                                    v->h.class_offset, (uint16_t)i));
        if (reference)
            e = v->h.guarded
                    ? heap_guarded_force(h, v, 2 * i, null, sizeof null)
                    : heap_write(h, ref, 2 * i, null, 2, HEAP_ATOMIC);
    }
    return e;
}

static enum err null_references(struct heap *h)
{
    struct heap_view v;
    enum err e = ERR_OK;

    for (ref_t r = heap_next(h, 0); r != 0 && e == ERR_OK;
         r = heap_next(h, r)) {
        if (!is_provisional(h, r) && heap_get(h, r, &v) &&
            (v.h.kind == HEAP_REF_ARRAY || v.h.kind == HEAP_STATICS ||
             v.h.kind == HEAP_OBJECT))
            e = null_in(h, r, &v);
    }
    return e;
}

/* OPEN: what the epoch gave out is dropped. */
static enum err drop(struct heap *h)
{
    enum err e = heap_put_back(h);
    if (e == ERR_OK)
        e = null_references(h);
    h->generation++;
    for (uint32_t i = 1; i < h->handle_end && e == ERR_OK; i++) {
        if (!is_provisional(h, (ref_t)i))
            continue;
        e = heap_clear_entry(h, (ref_t)i);
        heap_set_bit(h->retired, i - 1);
        h->any_retired = true;
    }
    return e == ERR_OK ? heap_set_state(h, HEAP_EPOCH_NONE) : e;
}

enum err heap_epoch_abort(struct heap *h)
{
    if (!h->epoch || persist_in_transaction(h->persist))
        return ERR_STATE;
    h->epoch = h->watching = false;
    enum err e = drop(h);
    return e == ERR_OK ? heap_map_release(h) : e;
}

bool heap_in_epoch(const struct heap *h)
{
    return h->epoch;
}

/*
 * A mark is two bits.  Outside an epoch there is none, and in OPEN none is
 * halved; in KEEP any may be, as their clearing is not atomic.
 */
static bool marks_are_sound(const struct heap *h)
{
    for (uint32_t i = 1; i < h->handle_end; i++) {
        const uint32_t mark = heap_entry(h, (ref_t)i) & HEAP_PROVISIONAL;
        if (mark != 0 && state(h) != HEAP_EPOCH_KEEP &&
            (state(h) != HEAP_EPOCH_OPEN || mark != HEAP_PROVISIONAL))
            return false;
    }
    return true;
}

enum err heap_epoch_settle(struct heap *h)
{
    uint32_t freed = 0;

    if (!marks_are_sound(h))
        return ERR_CORRUPT;
    switch (state(h)) {
    case HEAP_EPOCH_NONE:
        return ERR_OK;
    case HEAP_EPOCH_OPEN:
        return drop(h);
    case HEAP_EPOCH_KEEP:
        return clear_marks(h, true);
    case HEAP_COLLECT:
        return heap_collect(h, NULL, 0, &freed);
    default:
        return ERR_CORRUPT;
    }
}
