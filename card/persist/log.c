/* The undo log of the transaction that is open, or was when power failed. */
#include "persist/internal.h"

#include <assert.h>
#include <string.h>

#include "base/check.h"

static uint64_t check_entry(const uint8_t *raw, uint16_t n)
{
    return check_add(check_of(raw, 16), raw + PERSIST_HEAD, n);
}

/* Whether the bytes in `e` are a whole entry; `room` bytes are there. */
static bool parse(const struct persist *p, struct persist_entry *e,
                  uint32_t room)
{
    e->sequence = get_u4(e->raw);
    e->address = get_u4(e->raw + 4);
    e->previous = get_u4(e->raw + 8);
    e->n = get_u2(e->raw + 12);
    e->kind = get_u2(e->raw + 14);
    return (e->kind == PERSIST_UNDO || e->kind == PERSIST_NOW) &&
           e->n <= PERSIST_ENTRY && e->n <= room - PERSIST_HEAD &&
           e->address <= p->data_size && e->n <= p->data_size - e->address &&
           get_u8(e->raw + 16) == check_entry(e->raw, e->n);
}

/* What stands at `at`, as much as there is; 0 when too little. */
static uint32_t copy(const struct persist *p, uint32_t at,
                     struct persist_entry *e)
{
    uint32_t room = p->log_size - at;

    if (room < PERSIST_HEAD)
        return 0;
    room = room < sizeof e->raw ? room : (uint32_t)sizeof e->raw;
    memcpy(e->raw, p->port->nv + p->log_start + at, room);
    return room;
}

static unsigned bits_of(uint32_t v)
{
    unsigned n = 0;
    for (; v != 0; v &= v - 1)
        n++;
    return n;
}

/* As parse, for an entry of the open transaction; one wrong bit is put right.
 */
static bool parse_flipped(const struct persist *p, struct persist_entry *e,
                          uint32_t room)
{
    const uint16_t kind = get_u2(e->raw + 14);

    if (bits_of(get_u4(e->raw) ^ (p->sequence + 1)) > 1 ||
        (bits_of(kind ^ PERSIST_UNDO) > 1 && bits_of(kind ^ PERSIST_NOW) > 1))
        return false;
    for (uint32_t i = 0; i < 8 * room; i++) {
        e->raw[i / 8] ^= (uint8_t)(1u << i % 8);
        if (parse(p, e, room))
            return true;
        e->raw[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    return false;
}

bool persist_log_read(const struct persist *p, uint32_t at,
                      struct persist_entry *e)
{
    const uint32_t room = copy(p, at, e);

    return room != 0 && (parse(p, e, room) || parse_flipped(p, e, room)) &&
           e->sequence == p->sequence + 1;
}

enum err persist_log_close(struct persist *p, uint32_t at)
{
    static const uint8_t zero[PERSIST_HEAD];

    if (p->log_size - at < PERSIST_HEAD ||
        memcmp(p->port->nv + p->log_start + at, zero, sizeof zero) == 0)
        return ERR_OK;
    return persist_program(p, p->log_start + at, zero, sizeof zero);
}

enum err persist_log_append(struct persist *p, uint16_t kind, nvaddr_t a,
                            const uint8_t *bytes, uint16_t n)
{
    const uint32_t size = PERSIST_HEAD + (uint32_t)n;
    uint8_t raw[PERSIST_HEAD + PERSIST_ENTRY];

    assert(n <= PERSIST_ENTRY && size <= p->log_size - p->log_used);
    set_u4(raw, p->sequence + 1);
    set_u4(raw + 4, a);
    set_u4(raw + 8, p->last_entry);
    set_u2(raw + 12, n);
    set_u2(raw + 14, kind);
    memcpy(raw + PERSIST_HEAD, bytes, n);
    set_u8(raw + 16, check_entry(raw, n));
    enum err e = persist_log_close(p, p->log_used + size);
    if (e == ERR_OK)
        e = persist_program(p, p->log_start + p->log_used, raw, size);
    if (e != ERR_OK)
        return e;
    p->last_entry = p->log_used;
    p->log_used += size;
    return ERR_OK;
}

static enum err apply(struct persist *p, const struct persist_entry *e)
{
    return persist_program(p, p->data_start + e->address, e->raw + PERSIST_HEAD,
                           e->n);
}

enum err persist_log_undo(struct persist *p)
{
    struct persist_entry entry;
    enum err e = ERR_OK;

    for (uint32_t at = p->last_entry; at != PERSIST_NO_ENTRY && e == ERR_OK;) {
        if (!persist_log_read(p, at, &entry))
            return ERR_CORRUPT;
        if (entry.kind == PERSIST_UNDO)
            e = apply(p, &entry);
        at = entry.previous;
    }
    for (uint32_t at = 0; at < p->log_used && e == ERR_OK;) {
        if (!persist_log_read(p, at, &entry))
            return ERR_CORRUPT;
        if (entry.kind == PERSIST_NOW)
            e = apply(p, &entry);
        at += PERSIST_HEAD + (uint32_t)entry.n;
    }
    return e;
}

/*
 * Behind the last entry a torn one may stand, and the place that was closed
 * for it: all that becomes zero, so no later append sees unstable bits there.
 */
static enum err wipe_end(struct persist *p)
{
    const uint32_t torn = PERSIST_HEAD + PERSIST_ENTRY + PERSIST_HEAD;
    const uint32_t left = p->log_size - p->log_used;

    return persist_fill(p, p->log_start + p->log_used, 0,
                        left < torn ? left : torn);
}

enum err persist_log_settle(struct persist *p)
{
    struct persist_entry entry;
    enum err e = ERR_OK;

    p->log_used = 0;
    p->last_entry = PERSIST_NO_ENTRY;
    while (e == ERR_OK && persist_log_read(p, p->log_used, &entry) &&
           entry.previous == p->last_entry) {
        const uint32_t size = PERSIST_HEAD + (uint32_t)entry.n;
        p->last_entry = p->log_used;
        p->log_used += size;
        e = persist_program(p, p->log_start + p->last_entry, entry.raw, size);
    }
    return e == ERR_OK ? wipe_end(p) : e;
}
