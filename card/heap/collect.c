/*
 * Mark and sweep.  Marks are bits in volatile memory; the stack of objects
 * still to visit is bounded, and when it overflows the marked objects are
 * gone through again until no new mark appears.  Each handle is freed by one
 * atomic write; a cut among them would leave garbage with references to what
 * is gone, so the sweep is recorded first, and mounting collects again.
 */
#include "heap/internal.h"

#include <string.h>

enum { STACK_MAX = 128 };

struct marking {
    struct heap *h;
    ref_t stack[STACK_MAX];
    uint16_t depth;
    bool overflowed;
};

static bool mark(void *ctx, ref_t ref)
{
    struct marking *m = ctx;

    if (ref == 0 || ref > m->h->handle_count || heap_entry(m->h, ref) == 0 ||
        heap_bit(m->h->spare, ref - 1u))
        return true;
    heap_set_bit(m->h->spare, ref - 1u);
    if (m->depth == STACK_MAX)
        m->overflowed = true;
    else
        m->stack[m->depth++] = ref;
    return true;
}

static void drain(struct marking *m)
{
    while (m->depth > 0) {
        ref_t ref = m->stack[--m->depth];
        heap_each_reference(m->h, ref, mark, m);
    }
}

static void mark_all(struct marking *m, const ref_t *extra, uint16_t count)
{
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++)
        mark(m, heap_root(m->h, i));
    for (uint16_t i = 0; i < count; i++) {
        mark(m, extra[i]);
        drain(m);
    }
    drain(m);
    while (m->overflowed) {
        m->overflowed = false;
        for (ref_t r = heap_next(m->h, 0); r != 0; r = heap_next(m->h, r)) {
            if (heap_bit(m->h->spare, r - 1u))
                heap_each_reference(m->h, r, mark, m);
            drain(m);
        }
    }
}

/* The first unmarked object above `ref`, 0 when there is none. */
static ref_t next_garbage(const struct heap *h, ref_t ref)
{
    do
        ref = heap_next(h, ref);
    while (ref != 0 && heap_bit(h->spare, ref - 1u));
    return ref;
}

static enum err sweep(struct heap *h, uint32_t *freed)
{
    ref_t r = next_garbage(h, 0);

    if (r == 0)
        return ERR_OK;
    enum err e = heap_set_state(h, HEAP_COLLECT);
    for (; r != 0 && e == ERR_OK; r = next_garbage(h, r)) {
        e = heap_free(h, r);
        *freed += e == ERR_OK;
    }
    return e == ERR_OK ? heap_set_state(h, HEAP_EPOCH_NONE) : e;
}

enum err heap_collect(struct heap *h, const ref_t *extra, uint16_t count,
                      uint32_t *freed)
{
    struct marking m = {.h = h};

    *freed = 0;
    if (h->epoch || persist_in_transaction(h->persist))
        return ERR_STATE;
    memset(h->spare, 0, (h->handle_count + 7) / 8);
    mark_all(&m, extra, count);
    return sweep(h, freed);
}
