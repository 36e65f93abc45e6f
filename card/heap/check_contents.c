/*
 * What is in the heap makes sense: flags that go together, transient arrays
 * with elements of their own, and no record of the runtime's that nothing
 * leads to.  An applet's garbage is no finding: it waits for a collection.
 */
#include "heap/internal.h"

#include <stddef.h>

struct contents {
    const struct heap *h;
    void (*report)(void *ctx, const char *line);
    void *ctx;
    unsigned findings;
};

static void find(struct contents *c, ref_t ref, const char *what)
{
    c->findings++;
    heap_report(c->report, c->ctx, ref, what);
}

static bool is_array(uint8_t kind)
{
    return kind >= HEAP_BOOLEAN_ARRAY && kind <= HEAP_REF_ARRAY;
}

/* Flags of volatile objects alone do not come into persistent memory. */
static void check_flags(struct contents *c, ref_t ref,
                        const struct heap_header *hd)
{
    const uint8_t known = HEAP_TRANSIENT | HEAP_ENTRY_POINT | HEAP_GLOBAL_ARRAY;

    if ((hd->flags & ~known) != 0)
        find(c, ref, "has flags that no stored object has");
    if (((hd->flags & (HEAP_TRANSIENT | HEAP_GLOBAL_ARRAY)) != 0 ||
         hd->guarded) &&
        !is_array(hd->kind))
        find(c, ref, "is no array and has an array's flags");
    if ((hd->flags & HEAP_TRANSIENT) == HEAP_TRANSIENT)
        find(c, ref, "is to be cleared by two events");
    if (hd->kind == HEAP_STATICS && hd->class_offset > hd->length)
        find(c, ref, "has more references than cells");
}

static void check_elements(struct contents *c, ref_t ref,
                           const struct heap_view *v)
{
    const uint32_t n = heap_ram_size(&v->h);
    struct heap_view other;

    if (v->ram == NULL || n == 0)
        return;
    for (ref_t r = heap_next(c->h, ref); r != 0; r = heap_next(c->h, r)) {
        if (heap_find(c->h, r, &other) && other.ram != NULL &&
            other.ram < v->ram + n &&
            v->ram < other.ram + heap_ram_size(&other.h))
            find(c, ref, "shares its elements with another");
    }
}

/* ---- what leads to the runtime's records ---- */

static bool is_root(const struct heap *h, ref_t ref)
{
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++) {
        if (heap_root(h, i) == ref)
            return true;
    }
    return false;
}

static bool holds(const struct heap_view *list, ref_t ref)
{
    for (uint32_t i = 0; i < list->h.length; i++) {
        if (get_u2(list->p + 2 * i) == ref)
            return true;
    }
    return false;
}

static bool is_of_runtime(const struct heap_view *v, uint8_t kind)
{
    return v->h.context == 0 && v->h.owner == 0 && v->h.kind == kind;
}

/* The runtime's records are in its lists or an object at a root. */
static bool is_led_to(const struct heap *h, ref_t ref)
{
    struct heap_view list;

    if (is_root(h, ref))
        return true;
    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r)) {
        if (r != ref && heap_get(h, r, &list) &&
            (is_of_runtime(&list, HEAP_REF_ARRAY) ||
             (is_of_runtime(&list, HEAP_OBJECT) && is_root(h, r))) &&
            holds(&list, ref))
            return true;
    }
    return false;
}

static void check_leak(struct contents *c, ref_t ref, const struct heap_view *v)
{
    if (!c->h->epoch &&
        (is_of_runtime(v, HEAP_BLOB) || is_of_runtime(v, HEAP_REF_ARRAY)) &&
        !is_led_to(c->h, ref))
        find(c, ref, "is the runtime's and nothing leads to it");
}

unsigned heap_check_contents(const struct heap *h,
                             void (*report)(void *ctx, const char *line),
                             void *ctx)
{
    struct contents c = {h, report, ctx, 0};
    struct heap_view v;

    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r)) {
        if (!heap_find(h, r, &v))
            continue;
        if (!heap_is_sound(h, r))
            find(&c, r, "has elements that its check contradicts");
        check_flags(&c, r, &v.h);
        check_elements(&c, r, &v);
        check_leak(&c, r, &v);
    }
    return c.findings;
}
