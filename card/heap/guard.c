/*
 * Guarded arrays: elements with a check behind them, in persistent memory or
 * in ram, that every write renews.  [JCAPI SensitiveArrays]
 *
 *   +-------------------+-----------+
 *   | elements          | check u64 |
 *   +-------------------+-----------+
 *
 * The check is that of base/check.h from 0: elements of zeros have the check
 * 0, so that memory which is cleared is an array that is sound.
 *
 * Elements and check change together: in the transaction that is open, or in
 * one of their own.  The check goes first, as there is a copy of it to put
 * back when the log has no room left for the elements.
 */
#include "heap/internal.h"

#include <string.h>

#include "base/check.h"

/* n bytes at `at` that will take the place of what an array has there. */
struct change {
    uint32_t at;
    const uint8_t *bytes;
    uint32_t n;
};

/* A word of the array as it will be, filled up with zeros. */
static uint64_t word_at(const struct heap_view *v, const struct change *c,
                        uint32_t from)
{
    const uint32_t size = heap_body_size(&v->h);
    const uint32_t end = size - from < 8 ? size : from + 8;
    uint8_t word[8] = {0};

    memcpy(word, v->p + from, end - from);
    for (uint32_t i = from < c->at ? c->at : from; i < end && i < c->at + c->n;
         i++)
        word[i - from] = c->bytes[i - c->at];
    return get_u8(word);
}

static uint64_t check_with(const struct heap_view *v, const struct change *c)
{
    const uint32_t size = heap_body_size(&v->h);
    uint64_t check = 0;

    for (uint32_t from = 0; from < size; from += 8)
        check = check_word(check, word_at(v, c, from));
    return check;
}

static bool is_sound(const struct heap_view *v)
{
    const uint32_t size = heap_body_size(&v->h);

    return check_add(0, v->p, size) == get_u8(v->p + size);
}

/* What a view is of: itself, or what the window is on; false: it is gone. */
static bool whole_of(const struct heap *h, const struct heap_view *v,
                     struct heap_view *whole)
{
    *whole = *v;
    return (v->h.flags & HEAP_WINDOW) == 0 || heap_window_of(h, v, whole) != 0;
}

bool heap_is_sound(const struct heap *h, ref_t ref)
{
    struct heap_view v, whole;

    return !heap_get(h, ref, &v) || !v.h.guarded ||
           (whole_of(h, &v, &whole) && is_sound(&whole));
}

static enum err change_ram(struct heap *h, const struct heap_view *v,
                           const struct change *c, uint64_t check)
{
    uint8_t *ram = h->ram + (v->p - h->ram);

    memmove(ram + c->at, c->bytes, c->n);
    set_u8(ram + heap_body_size(&v->h), check);
    return ERR_OK;
}

/* In the transaction that is open. */
static enum err change_kept(struct heap *h, const struct heap_view *v,
                            const struct change *c, uint64_t check)
{
    const nvaddr_t to = persist_address(h->persist, v->p);
    const nvaddr_t guard = to + heap_body_size(&v->h);
    uint8_t old[HEAP_GUARD_SIZE];
    uint8_t new[HEAP_GUARD_SIZE];

    memcpy(old, v->p + heap_body_size(&v->h), sizeof old);
    set_u8(new, check);
    enum err e = persist_write(h->persist, guard, new, sizeof new);
    if (e != ERR_OK)
        return e;
    e = persist_write(h->persist, to + c->at, c->bytes, c->n);
    if (e == ERR_LOG_FULL)
        return persist_write_raw(h->persist, guard, old, sizeof old) == ERR_OK
                   ? e
                   : ERR_IO;
    return e;
}

static enum err change_alone(struct heap *h, const struct heap_view *v,
                             const struct change *c, uint64_t check)
{
    enum err e = persist_begin(h->persist);
    if (e != ERR_OK)
        return e;
    e = change_kept(h, v, c, check);
    if (e == ERR_OK)
        return persist_commit(h->persist);
    const enum err undone = persist_abort(h->persist);
    return undone == ERR_OK ? e : undone;
}

static enum err change(struct heap *h, const struct heap_view *v,
                       const struct change *c, uint64_t check)
{
    if ((v->h.flags & HEAP_TRANSIENT) != 0)
        return change_ram(h, v, c, check);
    const enum err e = h->watching ? heap_before_update(h, v) : ERR_OK;
    if (e != ERR_OK)
        return e;
    return persist_in_transaction(h->persist) ? change_kept(h, v, c, check)
                                              : change_alone(h, v, c, check);
}

enum err heap_guarded_put(struct heap *h, const struct heap_view *v,
                          uint32_t at, const uint8_t *bytes, uint32_t n)
{
    struct heap_view whole;

    if (!whole_of(h, v, &whole))
        return ERR_NOT_FOUND;
    if (!is_sound(&whole))
        return ERR_DAMAGED;
    const struct change c = {at + (uint32_t)(v->p - whole.p), bytes, n};
    return change(h, &whole, &c, check_with(&whole, &c));
}

enum err heap_guarded_force(struct heap *h, const struct heap_view *v,
                            uint32_t at, const uint8_t *bytes, uint32_t n)
{
    const struct change c = {at, bytes, n};
    const uint64_t check = check_with(v, &c);

    return change(h, v, &c, is_sound(v) ? check : ~check);
}

enum err heap_guarded_renew(struct heap *h, ref_t ref, const uint8_t *bytes)
{
    struct heap_view v;

    if (!heap_get(h, ref, &v) || !v.h.guarded || (v.h.flags & HEAP_WINDOW) != 0)
        return ERR_NOT_FOUND;
    const struct change c = {0, bytes, heap_body_size(&v.h)};
    return change(h, &v, &c, check_with(&v, &c));
}
