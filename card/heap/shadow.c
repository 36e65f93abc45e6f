/*
 * Shadows: what an epoch that watches keeps of an older object before the
 * first update of it, so that its end without a commit brings it back.
 *
 *   +----------------------------+--------------------------+
 *   | of u16, its complement u16 | the older object's body  |
 *   +----------------------------+--------------------------+
 *
 * The head is four zeros until the body is whole.  A shadow is provisional like
 * all that the epoch gives out: made in a transaction that is aborted it goes
 * away with the update that it was made for.
 *
 * Invariants: an older object that differs from what it was when watching
 * began has a shadow of what it was; the shadows of an open epoch can be put
 * back any number of times.
 */
#include "heap/internal.h"

enum { BODY_AT = 4 };

static bool is_provisional(const struct heap *h, ref_t ref)
{
    return (heap_entry(h, ref) & HEAP_PROVISIONAL) != 0;
}

bool heap_is_shadow(const struct heap *h, ref_t ref)
{
    struct heap_view v;

    return heap_get(h, ref, &v) && v.h.kind == HEAP_SHADOW;
}

/* The handle in a shadow's head; 0 until it is whole. */
static ref_t of(const struct heap_view *shadow)
{
    return get_u2(shadow->p);
}

/* Whether a head is as it was written. */
static bool is_sound(const struct heap_view *shadow)
{
    return get_u4(shadow->p) == 0 ||
           (of(shadow) ^ get_u2(shadow->p + 2)) == 0xFFFF;
}

/* What a shadow is of, that is still as large; false: of nothing. */
static bool find_original(const struct heap *h, const struct heap_view *shadow,
                          struct heap_view *original)
{
    const ref_t ref = of(shadow);

    return ref != 0 && ref <= h->handle_count && heap_find(h, ref, original) &&
           original->ram == NULL && !is_provisional(h, ref) &&
           heap_kept_size(&original->h) + BODY_AT == shadow->h.length;
}

static bool find_shadow(const struct heap *h, ref_t original,
                        struct heap_view *shadow)
{
    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r)) {
        if (is_provisional(h, r) && heap_get(h, r, shadow) &&
            shadow->h.kind == HEAP_SHADOW && of(shadow) == original)
            return true;
    }
    return false;
}

static enum err make_shadow(struct heap *h, ref_t of_what, uint32_t size)
{
    const struct heap_header hd = {.kind = HEAP_SHADOW,
                                   .length = size + BODY_AT};
    struct heap_view original, shadow;
    uint8_t head[BODY_AT];
    ref_t ref = 0;

    enum err e = heap_new(h, &hd, &ref);
    if (e != ERR_OK)
        return e;
    if (!heap_get(h, of_what, &original) || !heap_get(h, ref, &shadow))
        return ERR_CORRUPT;
    const nvaddr_t at = persist_address(h->persist, shadow.p);
    e = persist_write_raw(h->persist, at + BODY_AT, original.p, size);
    set_u2(head, of_what);
    set_u2(head + 2, of_what ^ 0xFFFF);
    return e == ERR_OK ? persist_write(h->persist, at, head, sizeof head) : e;
}

/* The object whose body a view is of: the window's base, for a window. */
static ref_t handle_of(const struct heap *h, const struct heap_view *v)
{
    struct heap_view base;

    if ((v->h.flags & HEAP_WINDOW) == 0)
        return get_u2(v->p - HEAP_HEAD_SIZE + HEAP_HANDLE_AT);
    return heap_window_of(h, v, &base);
}

enum err heap_before_update(struct heap *h, const struct heap_view *v)
{
    const ref_t ref = handle_of(h, v);
    struct heap_view shadow, original;

    if (ref == 0 || ref == h->shadowed)
        return ERR_OK;
    if (!heap_get(h, ref, &original))
        return ERR_CORRUPT;
    enum err e = ERR_OK;
    if (!is_provisional(h, ref) && !find_shadow(h, ref, &shadow))
        e = make_shadow(h, ref, heap_kept_size(&original.h));
    if (e == ERR_OK)
        h->shadowed = ref;
    return e;
}

/* The shadow first: a cut in between must not bring the old value back. */
enum err heap_now_in_shadow(struct heap *h, const struct heap_view *v,
                            uint32_t at, const uint8_t *bytes, uint32_t n)
{
    struct heap_view shadow;

    if (!find_shadow(h, handle_of(h, v), &shadow))
        return ERR_OK;
    return persist_write_now(
        h->persist, persist_address(h->persist, shadow.p) + BODY_AT + at, bytes,
        n);
}

static enum err put_back(struct heap *h, const struct heap_view *shadow)
{
    struct heap_view original;

    if (!is_sound(shadow))
        return ERR_CORRUPT;
    if (!find_original(h, shadow, &original))
        return ERR_OK;
    return persist_write_raw(h->persist,
                             persist_address(h->persist, original.p),
                             shadow->p + BODY_AT, shadow->h.length - BODY_AT);
}

enum err heap_put_back(struct heap *h)
{
    struct heap_view shadow;
    enum err e = ERR_OK;

    for (ref_t r = heap_next(h, 0); r != 0 && e == ERR_OK;
         r = heap_next(h, r)) {
        if (is_provisional(h, r) && heap_get(h, r, &shadow) &&
            shadow.h.kind == HEAP_SHADOW)
            e = put_back(h, &shadow);
    }
    return e;
}

void heap_watch(struct heap *h, bool on)
{
    h->watching = on && h->epoch;
    h->shadowed = 0;
}
