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

/*
 * Two objects share memory when one begins inside the other: its header would
 * be there, with its handle.  One whose header is not is found bad itself.
 */
static void check_overlap(struct checking *c, uint32_t start, uint32_t end)
{
    const struct heap *h = c->h;

    for (uint32_t place = start + 1; place < end; place++) {
        const uint8_t *p = persist_at(h->persist, heap_address(h, place));
        const ref_t r = get_u2(p + HEAP_HANDLE_AT);
        if (r != 0 && r <= h->handle_count && heap_entry_(h, r) != 0 &&
            heap_place(heap_entry_(h, r)) == place)
            find(c, "overlaps another object");
    }
}

static void check_elements(struct checking *c, const uint8_t *body,
                           const struct heap_header *hd)
{
    const uint32_t n = heap_ram_size(hd);
    uint32_t offset = 0;

    if ((hd->flags & HEAP_TRANSIENT) != 0 &&
        (heap_ram_place(body, &offset) != ERR_OK || n > c->h->ram_size ||
         offset > c->h->ram_size - n))
        find(c, "has its elements nowhere");
}

/* What keeps heap_get() from the object; false after reporting it. */
static bool check_place(struct checking *c, uint32_t entry,
                        struct heap_header *hd)
{
    const struct heap *h = c->h;
    const uint32_t place = heap_place(entry);

    if (!heap_entry_is_sound(entry, c->object) || place >= h->granules) {
        find(c, "has a bad table entry");
        return false;
    }
    const uint8_t *p = persist_at(h->persist, heap_address(h, place));
    if (!heap_head_is_sound(p, c->object)) {
        find(c, "has a bad header");
        return false;
    }
    heap_read_header(p, hd);
    if (heap_stored_places(hd) > h->granules - place) {
        find(c, "runs past the end of memory");
        return false;
    }
    check_elements(c, p + HEAP_HEAD_SIZE, hd);
    return true;
}

static void check_object(struct checking *c, ref_t ref)
{
    const struct heap *h = c->h;
    const uint32_t entry = heap_entry_(h, ref);
    struct heap_header hd;

    c->object = ref;
    if (!check_place(c, entry, &hd))
        return;
    if (hd.kind < HEAP_OBJECT || hd.kind > HEAP_SHADOW)
        find(c, "is of no kind");
    if (!h->epoch && hd.kind == HEAP_SHADOW)
        find(c, "is a shadow outside an epoch");
    if (!h->epoch && (entry & HEAP_PROVISIONAL) != 0)
        find(c, "is provisional outside an epoch");
    const uint32_t place = heap_place(entry);
    check_overlap(c, place, place + heap_stored_places(&hd));
    heap_each_reference(h, ref, check_target, c);
}

static void check_free_memory(struct checking *c)
{
    static const uint8_t zero[HEAP_ALIGN];
    const struct heap *h = c->h;

    c->object = 0;
    for (uint32_t i = 0; i < h->granules; i++) {
        const uint8_t *p = persist_at(h->persist, heap_address(h, i));
        if (!heap_bit(h->used, i) && memcmp(p, zero, sizeof zero) != 0) {
            find(c, "free memory is not wiped");
            return;
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
