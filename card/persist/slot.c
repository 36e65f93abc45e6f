/*
 * The two commit slots.  A torn slot and a flipped bit in a whole one look
 * alike when one bit is wrong; taking either for the whole slot is right: a
 * program that has come that far may count as finished, and what was finished
 * stays so.
 */
#include "persist/internal.h"

#include <string.h>

static uint32_t place(uint8_t i)
{
    return PERSIST_SLOT_AT + PERSIST_SLOT_STEP * (uint32_t)i;
}

/* What mounting would put in place once more: so many bytes, there. */
static uint32_t redo_n(const struct persist *p)
{
    return p->redo >> 28;
}

static nvaddr_t redo_at(const struct persist *p)
{
    return p->redo & (PERSIST_DATA_MAX - 1);
}

/* Programs the commit slot that is at `at`. */
static enum err program(struct persist *p, uint32_t at, uint32_t sequence,
                        uint32_t where, uint64_t bytes)
{
    uint8_t raw[PERSIST_SLOT_SIZE];

    persist_slot_fill_(raw, sequence, where, bytes);
    return persist_program(p, at, raw, sizeof raw);
}

enum err persist_slot_write(struct persist *p, uint8_t i,
                            const struct persist_slot *slot)
{
    return program(p, place(i), slot->sequence, slot->where, slot->bytes);
}

/* What the slot at `at` means. */
static void take(struct persist *p, uint32_t at, uint32_t sequence,
                 uint32_t where)
{
    p->slot = at;
    p->sequence = sequence;
    p->redo = where;
}

enum err persist_slot_finish(struct persist *p)
{
    const uint32_t next = p->slot ^ PERSIST_SLOT_STEP;
    enum err e = ERR_OK;

    if (p->sequence == UINT32_MAX) /* entries from before the wrap stay stale */
        e = persist_log_close(p, 0);
    if (e == ERR_OK)
        e = program(p, next, p->sequence + 1, 0, 0);
    if (e == ERR_OK)
        take(p, next, p->sequence + 1, 0);
    return e;
}

enum err persist_slot_retire(struct persist *p, nvaddr_t a, uint32_t n)
{
    const uint32_t next = p->slot ^ PERSIST_SLOT_STEP;
    const nvaddr_t at = redo_at(p);

    if (a >= at + redo_n(p) || at >= a + n)
        return ERR_OK;
    enum err e = program(p, next, p->sequence, 0, 0);
    if (e == ERR_OK)
        take(p, next, p->sequence, 0);
    return e;
}

/* ---- mounting ---- */

static bool parse(const struct persist *p, const uint8_t *raw,
                  struct persist_slot *slot)
{
    const uint64_t head = get_u8(raw);

    slot->sequence = (uint32_t)(head >> 32);
    slot->where = (uint32_t)head;
    slot->bytes = get_u8(raw + 8);
    uint32_t n = slot->where >> 28;
    uint32_t a = slot->where & (PERSIST_DATA_MAX - 1);
    return get_u8(raw + 16) == persist_slot_check_(head, slot->bytes) &&
           n <= PERSIST_SMALL && a <= p->data_size && n <= p->data_size - a;
}

/* As parse; one wrong bit is put right. */
static bool parse_flipped(const struct persist *p, uint8_t *raw,
                          struct persist_slot *slot)
{
    for (uint32_t i = 0; i < 8 * PERSIST_SLOT_SIZE; i++) {
        raw[i / 8] ^= (uint8_t)(1u << i % 8);
        if (parse(p, raw, slot))
            return true;
        raw[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    return false;
}

/* Whether `a` was written after `b`, also where the count wraps. */
static bool is_newer(const struct persist_slot *a, const struct persist_slot *b)
{
    return a->sequence == b->sequence + 1 ||
           (a->sequence == b->sequence && a->where == 0);
}

/* The slot that counts; false when there is none. */
static bool choose(const struct persist *p, uint8_t *chosen,
                   struct persist_slot *out)
{
    struct persist_slot slot[2];
    bool whole[2];
    bool valid[2];

    for (uint8_t i = 0; i < 2; i++) {
        uint8_t raw[PERSIST_SLOT_SIZE];
        memcpy(raw, p->port->nv + place(i), sizeof raw);
        whole[i] = parse(p, raw, &slot[i]);
        valid[i] = whole[i] || parse_flipped(p, raw, &slot[i]);
    }
    if (!valid[0] && !valid[1])
        return false;
    /* two valid ones are neighbours, unless one is of no account */
    if (valid[0] && valid[1])
        *chosen = is_newer(&slot[1], &slot[0]) ||
                  (!is_newer(&slot[0], &slot[1]) && whole[1]);
    else
        *chosen = valid[1];
    *out = slot[*chosen];
    return true;
}

enum err persist_slot_settle(struct persist *p)
{
    static const uint8_t zero[PERSIST_SLOT_SIZE];
    struct persist_slot slot;
    uint8_t bytes[PERSIST_SMALL];
    uint8_t i = 0;

    if (!choose(p, &i, &slot))
        return ERR_CORRUPT;
    take(p, place(i), slot.sequence, slot.where);
    enum err e = persist_slot_write(p, i, &slot);
    if (e == ERR_OK)
        e = persist_program(p, place(i ^ 1), zero, sizeof zero);
    if (e != ERR_OK || redo_n(p) == 0)
        return e;
    set_u8(bytes, slot.bytes);
    return persist_program(p, p->data_start + redo_at(p), bytes, redo_n(p));
}
