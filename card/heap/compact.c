/*
 * Moving objects together, so that free memory is in one piece.
 *
 * An object slides down into the gap below it, in steps no longer than the
 * gap: a step overwrites nothing but the source of the step before, which is
 * done.  Before each step but the first of an object that fits the gap, which
 * leaves its source alone, the record at HEAP_MOVE_AT says what moves where
 * and how many steps are done; mounting repeats the step that was cut.  Then
 * the handle's entry is written, one atomic write, and the record goes.
 *
 * no record --> moving, step 0, 1, ... --(entry written)--> no record
 *
 * The record: handle u16, new place u21, steps done u20, check u7.
 */
#include "heap/internal.h"

enum { STEPS_MAX = 1 << 20 };

struct move {
    ref_t ref;
    uint32_t from; /* places */
    uint32_t to;
    uint32_t count; /* places that the object takes */
    uint32_t steps; /* done */
};

static uint64_t record_of(const struct move *m)
{
    const uint64_t bits =
        (uint64_t)m->ref << 41 | (uint64_t)m->to << 20 | m->steps;
    return bits << 7 | heap_check_move(bits);
}

static enum err write_record(struct heap *h, uint64_t record)
{
    uint8_t raw[8];
    set_u8(raw, record);
    return persist_write(h->persist, HEAP_MOVE_AT, raw, sizeof raw);
}

static bool parse_record(uint64_t record, struct move *m)
{
    m->ref = (ref_t)(record >> 48);
    m->to = (uint32_t)(record >> 27) & (HEAP_PLACES - 1);
    m->steps = (uint32_t)(record >> 7) & (STEPS_MAX - 1);
    return record_of(m) == record;
}

/* Copies step `m->steps`; its length is the gap's, or what is left. */
static enum err copy_step(struct heap *h, const struct move *m)
{
    const uint32_t gap = m->from - m->to;
    const uint32_t first = m->steps * gap;
    const uint32_t count = m->count - first < gap ? m->count - first : gap;

    return persist_write_raw(
        h->persist, heap_address(h, m->to + first),
        persist_at(h->persist, heap_address(h, m->from + first)),
        count * HEAP_ALIGN);
}

/* From step `m->steps` to the end. */
static enum err slide(struct heap *h, struct move *m)
{
    const uint32_t gap = m->from - m->to;
    enum err e = ERR_OK;

    for (; m->steps * gap < m->count && e == ERR_OK; m->steps++) {
        if (m->count > gap)
            e = write_record(h, record_of(m));
        if (e == ERR_OK)
            e = copy_step(h, m);
    }
    return e;
}

static enum err finish(struct heap *h, const struct move *m, bool provisional)
{
    enum err e = heap_set_entry(h, m->ref, m->to, provisional);
    if (e == ERR_OK && m->count > m->from - m->to)
        e = write_record(h, 0);
    return e;
}

static enum err wipe_source(struct heap *h, const struct move *m)
{
    const uint32_t end = m->from + m->count;
    const uint32_t moved = m->to + m->count;
    const uint32_t first = moved > m->from ? moved : m->from;

    heap_mark_space(h, m->from, m->count, false);
    heap_mark_space(h, m->to, m->count, true);
    return persist_fill_raw(h->persist, heap_address(h, first), 0,
                            (end - first) * HEAP_ALIGN);
}

/* `from` holds an object; places `to` up to there are free. */
static enum err move(struct heap *h, ref_t ref, uint32_t from, uint32_t to,
                     uint32_t count)
{
    struct move m = {ref, from, to, count, 0};
    const uint32_t entry = heap_entry(h, ref);

    if (entry == 0 || heap_place(entry) != from)
        return ERR_CORRUPT;
    if (count / (from - to) >= STEPS_MAX)
        return ERR_MEMORY;
    h->generation++;
    h->moved++;
    enum err e = slide(h, &m);
    if (e == ERR_OK)
        e = finish(h, &m, (entry & HEAP_PROVISIONAL) != 0);
    return e == ERR_OK ? wipe_source(h, &m) : e;
}

enum err heap_move_settle(struct heap *h)
{
    const uint64_t record = get_u8(persist_at(h->persist, HEAP_MOVE_AT));
    struct heap_header hd;
    struct move m = {0};

    if (record == 0)
        return ERR_OK;
    if (!parse_record(record, &m) || m.ref == 0 || m.ref > h->handle_count)
        return ERR_CORRUPT;
    const uint32_t entry = heap_entry(h, m.ref);
    m.from = heap_place(entry);
    if (entry == 0 || m.from < m.to || m.from >= h->granules)
        return ERR_CORRUPT;
    if (m.from == m.to)
        return write_record(h, 0);
    /* the first step has copied the header, and later ones overwrite it */
    const uint8_t *p =
        persist_at(h->persist, heap_address(h, m.steps == 0 ? m.from : m.to));
    if (!heap_head_is_sound(p, m.ref))
        return ERR_CORRUPT;
    heap_read_header(p, &hd);
    m.count = heap_stored_places(&hd);
    if (m.count > h->granules - m.from ||
        m.steps > (m.count - 1) / (m.from - m.to))
        return ERR_CORRUPT;
    enum err e = slide(h, &m);
    if (e == ERR_OK)
        e = finish(h, &m, (entry & HEAP_PROVISIONAL) != 0);
    return e; /* what is left of the source is wiped with all free memory */
}

/* ---- making room ---- */

/* The object whose header is at a used place. */
static ref_t object_at(const struct heap *h, uint32_t place,
                       struct heap_header *hd)
{
    const uint8_t *p = persist_at(h->persist, heap_address(h, place));
    const ref_t ref = get_u2(p + 8);

    if (ref == 0 || ref > h->handle_count || !heap_head_is_sound(p, ref))
        return 0;
    heap_read_header(p, hd);
    return ref;
}

/* Slides objects down until `count` free places are together. */
static enum err compact(struct heap *h, uint32_t count)
{
    struct heap_header hd;
    uint32_t to = 0; /* all below is in use */

    for (uint32_t at = 0; at < h->granules && at - to < count;) {
        if (!heap_bit(h->used, at)) {
            at++;
            continue;
        }
        const ref_t ref = object_at(h, at, &hd);
        if (ref == 0)
            return ERR_CORRUPT;
        const uint32_t places = heap_stored_places(&hd);
        enum err e = at == to ? ERR_OK : move(h, ref, at, to, places);
        if (e != ERR_OK)
            return e;
        at += places;
        to += places;
    }
    h->next_granule = 0;
    return ERR_OK;
}

/* The transient array that is lowest in ram at or above `from`; 0: none. */
static ref_t next_in_ram(const struct heap *h, uint32_t from,
                         struct heap_view *out)
{
    struct heap_view v;
    ref_t found = 0;

    for (ref_t r = 0; (r = heap_next_transient(h, r, &v)) != 0;) {
        if (heap_ram_size(&v.h) == 0 || v.ram < h->ram + from ||
            (found != 0 && v.ram >= out->ram))
            continue;
        found = r;
        *out = v;
    }
    return found;
}

/*
 * Elements are volatile: a cut in between clears them all, and the map is
 * made anew.
 */
static enum err compact_ram(struct heap *h)
{
    struct heap_view v;
    uint32_t to = 0;
    uint32_t from = 0;
    enum err e = ERR_OK;

    for (ref_t r; e == ERR_OK && (r = next_in_ram(h, from, &v)) != 0;) {
        const uint32_t at = (uint32_t)(v.ram - h->ram);
        const uint32_t n = heap_ram_size(&v.h);
        const uint32_t room =
            (n + HEAP_RAM_GRANULE - 1) & ~(HEAP_RAM_GRANULE - 1u);
        const uint32_t place = heap_place(heap_entry(h, r));
        uint8_t body[4];
        heap_put_ram_place(body, to);
        if (at != to) {
            h->generation++;
            memmove(h->ram + to, h->ram + at, n);
            e = persist_write(h->persist,
                              heap_address(h, place) + HEAP_HEAD_SIZE, body,
                              sizeof body);
        }
        from = at + room;
        to += room;
    }
    return e == ERR_OK ? heap_map_release(h) : e;
}

enum err heap_make_room(struct heap *h, const struct heap_header *hd)
{
    const uint32_t count = heap_stored_places(hd);
    const uint32_t ram =
        (hd->flags & HEAP_TRANSIENT) != 0 ? heap_ram_size(hd) : 0;

    if (persist_in_transaction(h->persist))
        return ERR_STATE;
    if (count > heap_space_free(h) || ram > heap_ram_free(h))
        return ERR_MEMORY;
    enum err e = ERR_OK;
    if (count > heap_space_largest(h))
        e = compact(h, count);
    if (e == ERR_OK && ram > heap_ram_largest(h))
        e = compact_ram(h);
    return e;
}

enum err heap_settle_down(struct heap *h)
{
    if (!h->crowded || persist_in_transaction(h->persist))
        return ERR_OK;
    h->crowded = false;
    enum err e = compact(h, h->granules + 1);
    if (e == ERR_MEMORY) /* one is too large to move, and stays */
        e = ERR_OK;
    return e == ERR_OK ? compact_ram(h) : e;
}
