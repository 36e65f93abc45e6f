/*
 * The volatile map of free memory: one bit a granule.  The handle table is
 * the truth; the map follows from it and is rebuilt whenever a transaction or
 * an epoch has taken handles back.
 */
#include "heap/internal.h"

#include <string.h>

static uint32_t granules_for(uint32_t n)
{
    return n / HEAP_ALIGN + (n % HEAP_ALIGN != 0);
}

static void set(uint8_t *map, uint32_t i, bool used)
{
    if (used)
        heap_set_bit(map, i);
    else
        heap_clear_bit(map, i);
}

static void mark(uint8_t *map, uint32_t first, uint32_t count, bool used)
{
    uint32_t i = first;

    for (; i < first + count && i % 8 != 0; i++)
        set(map, i, used);
    const uint32_t whole = (first + count - i) / 8;
    memset(map + i / 8, used ? 0xFF : 0, whole);
    for (i += 8 * whole; i < first + count; i++)
        set(map, i, used);
}

void heap_mark_space(struct heap *h, uint32_t place, uint32_t count, bool used)
{
    mark(h->used, place, count, used);
}

static uint32_t ram_granules(uint32_t n)
{
    return n / HEAP_RAM_GRANULE + (n % HEAP_RAM_GRANULE != 0);
}

static enum err mark_object(struct heap *h, ref_t ref, uint32_t entry)
{
    struct heap_header hd;
    const uint32_t place = heap_place(entry);
    uint32_t offset = 0;

    if (place >= h->granules)
        return ERR_CORRUPT;
    const uint8_t *p = persist_at(h->persist, heap_address(h, place));
    if (!heap_head_is_sound(p, ref))
        return ERR_CORRUPT;
    heap_read_header(p, &hd);
    const uint32_t count = heap_stored_places(&hd);
    if (count > h->granules - place)
        return ERR_CORRUPT;
    mark(h->used, place, count, true);
    if ((hd.flags & HEAP_TRANSIENT) == 0)
        return ERR_OK;
    if (heap_ram_place(p + HEAP_HEAD_SIZE, &offset) != ERR_OK)
        return ERR_CORRUPT;
    const uint32_t n = heap_ram_size(&hd);
    if (offset > h->ram_size || n > h->ram_size - offset)
        return ERR_MEMORY; /* this port lends less than the last one */
    mark(h->ram_used, offset / HEAP_RAM_GRANULE, ram_granules(n), true);
    heap_note_transient(h, ref);
    return ERR_OK;
}

enum err heap_map_rebuild(struct heap *h)
{
    enum err e = ERR_OK;

    h->next_granule = 0;
    h->next_handle = 1;
    memset(h->transients, 0, sizeof h->transients);
    memset(h->used, 0, (h->granules + 7) / 8);
    memset(h->ram_used, 0, (h->ram_size / HEAP_RAM_GRANULE + 7) / 8);
    uint32_t end = 1;
    for (uint32_t i = 1; i < h->handle_end && e == ERR_OK; i++) {
        uint32_t entry = heap_entry(h, (ref_t)i);
        if (entry == 0)
            continue;
        e = mark_object(h, (ref_t)i, entry);
        end = i + 1;
    }
    if (e == ERR_OK)
        h->handle_end = end;
    return e;
}

static bool is_zero(const uint8_t *p, uint32_t n)
{
    return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* Wipes free granules `first` to `end`, but for what is zero already. */
static enum err wipe_run(struct heap *h, uint32_t first, uint32_t end)
{
    enum { STEP = 16 };
    enum err e = ERR_OK;

    if (first == end || is_zero(persist_at(h->persist, heap_address(h, first)),
                                (end - first) * HEAP_ALIGN))
        return ERR_OK;
    for (uint32_t i = first; i < end && e == ERR_OK; i += STEP) {
        const uint32_t count = end - i < STEP ? end - i : STEP;
        const nvaddr_t at = heap_address(h, i);
        if (!is_zero(persist_at(h->persist, at), count * HEAP_ALIGN))
            e = persist_fill_raw(h->persist, at, 0, count * HEAP_ALIGN);
    }
    return e;
}

/* Wipes what is free in `used` and, unless NULL, was not in `before`. */
static enum err wipe(struct heap *h, const uint8_t *before)
{
    uint32_t first = 0;
    enum err e = ERR_OK;

    for (uint32_t i = 0; i < h->granules && e == ERR_OK; i++) {
        if (!heap_bit(h->used, i) && (before == NULL || heap_bit(before, i)))
            continue;
        e = wipe_run(h, first, i);
        first = i + 1;
    }
    return e == ERR_OK ? wipe_run(h, first, h->granules) : e;
}

enum err heap_wipe_free(struct heap *h)
{
    return wipe(h, NULL);
}

static void wipe_ram(struct heap *h)
{
    for (uint32_t i = 0; i < h->ram_size / HEAP_RAM_GRANULE; i++) {
        if (!heap_bit(h->ram_used, i))
            memset(h->ram + i * HEAP_RAM_GRANULE, 0, HEAP_RAM_GRANULE);
    }
}

enum err heap_map_release(struct heap *h)
{
    memcpy(h->spare, h->used, (h->granules + 7) / 8);
    enum err e = heap_map_rebuild(h);
    if (e != ERR_OK)
        return e;
    wipe_ram(h);
    return wipe(h, h->spare);
}

/* First run of `count` clear bits at or after `from`; `end` when none. */
static uint32_t find_run(const uint8_t *map, uint32_t from, uint32_t end,
                         uint32_t count)
{
    uint32_t run = 0;
    for (uint32_t i = from; i < end; i++) {
        if (i % 8 == 0 && run == 0 && map[i / 8] == 0xFF && end - i > 8) {
            i += 7;
            continue;
        }
        run = heap_bit(map, i) ? 0 : run + 1;
        if (run == count)
            return i + 1 - count;
    }
    return end;
}

bool heap_take_space(struct heap *h, uint32_t n, uint32_t *place)
{
    const uint32_t count = granules_for(n);

    if (count > h->granules)
        return false;
    uint32_t at = find_run(h->used, h->next_granule, h->granules, count);
    if (at == h->granules)
        return false;
    mark(h->used, at, count, true);
    if (at == h->next_granule)
        h->next_granule = at + count;
    *place = at;
    return true;
}

void heap_give_space(struct heap *h, uint32_t place, uint32_t n)
{
    mark(h->used, place, granules_for(n), false);
    if (place < h->next_granule)
        h->next_granule = place;
}

bool heap_take_ram(struct heap *h, uint32_t n, uint32_t *offset)
{
    const uint32_t end = h->ram_size / HEAP_RAM_GRANULE;

    *offset = 0;
    if (n == 0 || n > h->ram_size)
        return n == 0;
    uint32_t at = find_run(h->ram_used, 0, end, ram_granules(n));
    if (at == end)
        return false;
    mark(h->ram_used, at, ram_granules(n), true);
    *offset = at * HEAP_RAM_GRANULE;
    return true;
}

void heap_give_ram(struct heap *h, uint32_t offset, uint32_t n)
{
    memset(h->ram + offset, 0, n);
    mark(h->ram_used, offset / HEAP_RAM_GRANULE, ram_granules(n), false);
}

static uint32_t count_clear(const uint8_t *map, uint32_t end)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < end; i++)
        n += !heap_bit(map, i);
    return n;
}

static uint32_t longest_run(const uint8_t *map, uint32_t end)
{
    uint32_t best = 0;
    uint32_t run = 0;
    for (uint32_t i = 0; i < end; i++) {
        run = heap_bit(map, i) ? 0 : run + 1;
        best = run > best ? run : best;
    }
    return best;
}

uint32_t heap_ram_free(const struct heap *h)
{
    return HEAP_RAM_GRANULE *
           count_clear(h->ram_used, h->ram_size / HEAP_RAM_GRANULE);
}

uint32_t heap_ram_largest(const struct heap *h)
{
    return HEAP_RAM_GRANULE *
           longest_run(h->ram_used, h->ram_size / HEAP_RAM_GRANULE);
}

uint32_t heap_space_free(const struct heap *h)
{
    return count_clear(h->used, h->granules);
}

uint32_t heap_space_largest(const struct heap *h)
{
    return longest_run(h->used, h->granules);
}

void heap_usage(const struct heap *h, struct heap_usage *u)
{
    const uint32_t largest = heap_space_largest(h) * HEAP_ALIGN;

    u->persistent_size = h->granules * HEAP_ALIGN;
    u->persistent_free = heap_space_free(h) * HEAP_ALIGN;
    u->persistent_largest =
        largest > HEAP_HEAD_SIZE ? largest - HEAP_HEAD_SIZE : 0;
    u->transient_reset_free = heap_ram_free(h);
    u->transient_deselect_free = u->transient_reset_free;
    u->handles_free = 0;
    for (uint32_t i = 1; i <= h->handle_count; i++)
        u->handles_free += heap_entry_(h, (ref_t)i) == 0;
}
