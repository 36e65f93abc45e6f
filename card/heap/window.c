/*
 * Windows: arrays that lie in other arrays.  They are volatile, hold no
 * memory of their own and are forgotten between commands, as no place that
 * outlives a command can hold one.
 */
#include "heap/internal.h"

static uint32_t element_size(uint8_t kind)
{
    const struct heap_header one = {.kind = kind, .length = 1};
    return heap_body_size(&one);
}

static uint32_t place_of(ref_t ref)
{
    return (uint32_t)ref - HEAP_WINDOW_FIRST;
}

static bool is_window(const struct heap *h, ref_t ref)
{
    return ref >= HEAP_WINDOW_FIRST && place_of(ref) < HEAP_WINDOWS_MAX &&
           h->windows[place_of(ref)].base != 0;
}

bool heap_window_get(const struct heap *h, ref_t ref, struct heap_view *v)
{
    if (!is_window(h, ref))
        return false;
    const struct heap_window *w = &h->windows[place_of(ref)];
    if (!heap_get(h, w->base, v))
        return false; /* an abort took the array back */
    uint32_t at = w->first * element_size(w->kind);
    v->p += at;
    if (v->ram != NULL)
        v->ram += at;
    v->h.kind = w->kind;
    v->h.flags = (uint8_t)(HEAP_WINDOW | w->rights);
    v->h.context = w->context;
    v->h.owner = w->owner;
    v->h.length = w->length;
    return true;
}

/* Onto the array itself when `w` lies in another window. */
static void resolve(const struct heap *h, struct heap_window *w)
{
    if (!is_window(h, w->base))
        return;
    const struct heap_window *outer = &h->windows[place_of(w->base)];
    w->first += outer->first;
    w->base = outer->base;
}

enum err heap_window_new(struct heap *h, const struct heap_window *w,
                         ref_t *out)
{
    *out = 0;
    for (uint32_t i = 0; i < HEAP_WINDOWS_MAX; i++) {
        if (h->windows[i].base != 0)
            continue;
        struct heap_window made = *w;
        resolve(h, &made);
        h->windows[i] = made;
        h->window_count++;
        *out = (ref_t)(HEAP_WINDOW_FIRST + i);
        return ERR_OK;
    }
    return ERR_MEMORY;
}

ref_t heap_window_base(const struct heap *h, ref_t ref)
{
    return is_window(h, ref) ? h->windows[place_of(ref)].base : ref;
}

ref_t heap_window_of(const struct heap *h, const struct heap_view *window,
                     struct heap_view *base)
{
    for (unsigned i = 0; i < HEAP_WINDOWS_MAX; i++) {
        const ref_t ref = h->windows[i].base;
        if (ref != 0 && heap_get(h, ref, base) && window->p >= base->p &&
            window->p < base->p + heap_body_size(&base->h))
            return ref;
    }
    return 0;
}

void heap_window_forget(struct heap *h, ref_t ref)
{
    for (uint32_t i = 0; h->window_count > 0 && i < HEAP_WINDOWS_MAX; i++) {
        struct heap_window *w = &h->windows[i];
        if (w->base == 0 || (ref != 0 && place_of(ref) != i))
            continue;
        w->base = 0;
        h->window_count--;
        h->generation++; /* its handle may name another one now */
    }
}
