/*
 * The volatile map of free memory: one bit a granule.  The handle table is
 * the truth; the map follows from it and is rebuilt whenever a transaction or
 * an epoch has taken handles back.
 */
#include "heap/internal.h"

#include <string.h>

static uint32_t granule_of(const struct heap *h, uint32_t place)
{
    return (place * HEAP_ALIGN) >> h->granule_shift;
}

static uint32_t granules_for(const struct heap *h, uint32_t n)
{
    return (n + (1u << h->granule_shift) - 1) >> h->granule_shift;
}

static void mark(uint8_t *map, uint32_t first, uint32_t count, bool used)
{
    for (uint32_t i = first; i < first + count; i++) {
        if (used)
            heap_set_bit(map, i);
        else
            heap_clear_bit(map, i);
    }
}

static uint32_t ram_granules(uint32_t n)
{
    return (n + HEAP_RAM_GRANULE - 1) / HEAP_RAM_GRANULE;
}

static enum err mark_object(struct heap *h, uint32_t entry)
{
    struct heap_header hd;
    uint32_t place = entry & HEAP_PLACE;
    uint32_t room = h->granules << h->granule_shift;
    uint32_t at = place * HEAP_ALIGN;

    if (at >= room || room - at < HEAP_HEAD_SIZE)
        return ERR_CORRUPT;
    const uint8_t *p = persist_at(h->persist, heap_place(h, entry));
    heap_read_header(p, &hd);
    uint32_t size = heap_stored_size(&hd);
    if (size > room - at)
        return ERR_CORRUPT;
    mark(h->used, granule_of(h, place), granules_for(h, size), true);
    if ((hd.flags & HEAP_TRANSIENT) != 0) {
        uint32_t offset = get_u4(p + HEAP_HEAD_SIZE);
        uint32_t n = heap_body_size(&hd);
        if (offset > CARD_TRANSIENT_SIZE || n > CARD_TRANSIENT_SIZE - offset)
            return ERR_CORRUPT;
        mark(h->ram_used, offset / HEAP_RAM_GRANULE, ram_granules(n), true);
    }
    return ERR_OK;
}

enum err heap_map_rebuild(struct heap *h)
{
    enum err e = ERR_OK;

    h->next_granule = 0;
    memset(h->used, 0, sizeof h->used);
    memset(h->ram_used, 0, sizeof h->ram_used);
    for (uint32_t i = 1; i <= h->handle_count && e == ERR_OK; i++) {
        uint32_t entry = heap_entry(h, (ref_t)i);
        if ((entry & HEAP_USED) != 0)
            e = mark_object(h, entry);
    }
    return e;
}

static enum err wipe_granule(struct heap *h, uint32_t i)
{
    static const uint8_t zero[64];
    uint32_t size = 1u << h->granule_shift;
    nvaddr_t at = h->objects + (i << h->granule_shift);

    for (uint32_t k = 0; k < size; k += HEAP_ALIGN) {
        if (memcmp(persist_at(h->persist, at + k), zero, HEAP_ALIGN) != 0)
            return persist_fill_raw(h->persist, at + k, 0, size - k);
    }
    return ERR_OK;
}

enum err heap_wipe_free(struct heap *h)
{
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < h->granules && e == ERR_OK; i++) {
        if (!heap_bit(h->used, i))
            e = wipe_granule(h, i);
    }
    return e;
}

enum err heap_map_release(struct heap *h)
{
    memcpy(h->spare, h->used, sizeof h->spare);
    enum err e = heap_map_rebuild(h);
    for (uint32_t i = 0; i < h->granules && e == ERR_OK; i++) {
        if (heap_bit(h->spare, i) && !heap_bit(h->used, i))
            e = wipe_granule(h, i);
    }
    return e;
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
    uint32_t count = granules_for(h, n);
    if (n > h->granules << h->granule_shift)
        return false;
    uint32_t at = find_run(h->used, h->next_granule, h->granules, count);
    if (at == h->granules)
        return false;
    mark(h->used, at, count, true);
    if (at == h->next_granule)
        h->next_granule = at + count;
    *place = (at << h->granule_shift) / HEAP_ALIGN;
    return true;
}

void heap_give_space(struct heap *h, uint32_t place, uint32_t n)
{
    uint32_t first = granule_of(h, place);
    mark(h->used, first, granules_for(h, n), false);
    if (first < h->next_granule)
        h->next_granule = first;
}

bool heap_take_ram(struct heap *h, uint32_t n, uint32_t *offset)
{
    const uint32_t end = CARD_TRANSIENT_SIZE / HEAP_RAM_GRANULE;
    if (n > CARD_TRANSIENT_SIZE)
        return false;
    if (n == 0) {
        *offset = 0;
        return true;
    }
    uint32_t at = find_run(h->ram_used, 0, end, ram_granules(n));
    if (at == end)
        return false;
    mark(h->ram_used, at, ram_granules(n), true);
    *offset = at * HEAP_RAM_GRANULE;
    return true;
}

void heap_give_ram(struct heap *h, uint32_t offset, uint32_t n)
{
    mark(h->ram_used, offset / HEAP_RAM_GRANULE, ram_granules(n), false);
}

static uint32_t count_clear(const uint8_t *map, uint32_t end)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < end; i++)
        n += !heap_bit(map, i);
    return n;
}

uint32_t heap_ram_free(const struct heap *h)
{
    return HEAP_RAM_GRANULE *
           count_clear(h->ram_used, CARD_TRANSIENT_SIZE / HEAP_RAM_GRANULE);
}

static uint32_t longest_run(const struct heap *h)
{
    uint32_t best = 0;
    uint32_t run = 0;
    for (uint32_t i = 0; i < h->granules; i++) {
        run = heap_bit(h->used, i) ? 0 : run + 1;
        best = run > best ? run : best;
    }
    return best;
}

void heap_usage(const struct heap *h, struct heap_usage *u)
{
    uint32_t largest = longest_run(h) << h->granule_shift;

    u->persistent_size = h->granules << h->granule_shift;
    u->persistent_free = count_clear(h->used, h->granules) << h->granule_shift;
    u->persistent_largest =
        largest > HEAP_HEAD_SIZE ? largest - HEAP_HEAD_SIZE : 0;
    u->transient_reset_free = heap_ram_free(h);
    u->transient_deselect_free = u->transient_reset_free;
    u->handles_free = 0;
    for (uint32_t i = 1; i <= h->handle_count; i++)
        u->handles_free += heap_entry(h, (ref_t)i) == 0;
}
