/* Every invariant of the heap, found by looking and not by trusting. */
#include "heap/internal.h"

struct checking {
    const struct heap *h;
    void (*report)(void *ctx, const char *line);
    void *ctx;
    unsigned findings;
    ref_t object;
};

static size_t append(char *line, size_t n, const char *text)
{
    while (*text != '\0')
        line[n++] = *text++;
    return n;
}

void heap_report(void (*report)(void *ctx, const char *line), void *ctx,
                 ref_t object, const char *what)
{
    char line[96];
    size_t n = append(line, 0, "heap: object ");

    for (uint32_t divisor = 10000; divisor > 0; divisor /= 10)
        line[n++] = (char)('0' + object / divisor % 10);
    line[n++] = ' ';
    line[append(line, n, what)] = '\0';
    report(ctx, line);
}

static void find(struct checking *c, const char *what)
{
    c->findings++;
    heap_report(c->report, c->ctx, c->object, what);
}

static bool check_target(void *ctx, ref_t target)
{
    struct checking *c = ctx;
    struct heap_view v;
    if (!heap_get(c->h, target, &v) && target < HEAP_BUILTIN_FIRST)
        find(c, "holds a reference to nothing");
    return true;
}

static bool place_is_sound(const struct heap *h, uint32_t entry)
{
    uint32_t room = h->granules << h->granule_shift;
    uint32_t at = (entry & HEAP_PLACE) * HEAP_ALIGN;
    return at < room && room - at >= HEAP_HEAD_SIZE &&
           at % (1u << h->granule_shift) == 0;
}

/* Two objects share memory when one begins inside the other. */
static void check_overlap(struct checking *c, uint32_t start, uint32_t end)
{
    const struct heap *h = c->h;
    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r)) {
        uint32_t at = (heap_entry(h, r) & HEAP_PLACE) * HEAP_ALIGN;
        if (r != c->object && at >= start && at < end)
            find(c, "overlaps another object");
    }
}

static void check_object(struct checking *c, ref_t ref)
{
    const struct heap *h = c->h;
    uint32_t entry = heap_entry(h, ref);
    struct heap_header hd;

    c->object = ref;
    if ((entry & HEAP_USED) == 0 || !place_is_sound(h, entry)) {
        find(c, "has a bad table entry");
        return;
    }
    const uint8_t *p = persist_at(h->persist, heap_place(h, entry));
    uint32_t at = (entry & HEAP_PLACE) * HEAP_ALIGN;
    uint32_t room = h->granules << h->granule_shift;
    heap_read_header(p, &hd);
    if (hd.kind < HEAP_OBJECT || hd.kind > HEAP_BLOB)
        find(c, "is of no kind");
    if (get_u2(p + 12) != ref)
        find(c, "has another object's header");
    if (heap_stored_size(&hd) > room - at) {
        find(c, "runs past the end of memory");
        return;
    }
    if (!h->epoch && (entry & HEAP_PROVISIONAL) != 0)
        find(c, "is provisional outside an epoch");
    check_overlap(c, at, at + heap_stored_size(&hd));
    heap_each_reference(h, ref, check_target, c);
}

static void check_free_memory(struct checking *c)
{
    const struct heap *h = c->h;
    uint32_t size = 1u << h->granule_shift;

    c->object = 0;
    for (uint32_t i = 0; i < h->granules; i++) {
        if (heap_bit(h->used, i))
            continue;
        const uint8_t *p =
            persist_at(h->persist, h->objects + (i << h->granule_shift));
        for (uint32_t k = 0; k < size; k++) {
            if (p[k] != 0) {
                find(c, "free memory is not wiped");
                return;
            }
        }
    }
}

unsigned heap_check(const struct heap *h,
                    void (*report)(void *ctx, const char *line), void *ctx)
{
    struct checking c = {.h = h, .report = report, .ctx = ctx};

    for (ref_t r = heap_next(h, 0); r != 0; r = heap_next(h, r))
        check_object(&c, r);
    c.object = 0;
    for (unsigned i = 0; i < HEAP_ROOT_COUNT; i++) {
        struct heap_view v;
        ref_t root = heap_root(h, i);
        if (root != 0 && !heap_get(h, root, &v))
            find(&c, "a root names nothing");
    }
    check_free_memory(&c);
    return c.findings + heap_check_contents(h, report, ctx);
}
