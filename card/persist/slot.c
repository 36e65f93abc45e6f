/*
 * The two commit slots.  A torn slot and a flipped bit in a whole one look
 * alike when one bit is wrong; taking either for the whole slot is right: a
 * program that has come that far may count as finished, and what was finished
 * stays so.
 */
#include "persist/internal.h"

#include <string.h>

#include "base/check.h"

static uint32_t place(uint8_t i)
{
    return PERSIST_SLOT_AT + PERSIST_SLOT_STEP * (uint32_t)i;
}

static uint64_t check_slot(uint64_t head, uint64_t bytes)
{
    return check_word(check_word(CHECK_START, head), bytes);
}

static inline enum err program(struct persist *p, uint8_t i,
                               const struct persist_slot *slot)
{
    const uint64_t head = (uint64_t)slot->sequence << 32 | slot->where;
    uint8_t raw[PERSIST_SLOT_SIZE];

    set_u8(raw, head);
    set_u8(raw + 8, slot->bytes);
    set_u8(raw + 16, check_slot(head, slot->bytes));
    return persist_program(p, place(i), raw, sizeof raw);
}

enum err persist_slot_write(struct persist *p, uint8_t i,
                            const struct persist_slot *slot)
{
    return program(p, i, slot);
}

/* What the slot that was just written means. */
static inline void take(struct persist *p, uint8_t i,
                        const struct persist_slot *slot)
{
    p->slot = i;
    p->sequence = slot->sequence;
    p->redo_n = (uint8_t)(slot->where >> 28);
    p->redo_at = slot->where & (PERSIST_DATA_MAX - 1);
}

static inline enum err advance(struct persist *p, uint32_t where,
                               uint64_t bytes)
{
    const struct persist_slot slot = {p->sequence + 1, where, bytes};
    const uint8_t next = p->slot ^ 1;
    enum err e = ERR_OK;

    if (slot.sequence == 0) /* entries from before the wrap stay stale */
        e = persist_log_close(p, 0);
    if (e == ERR_OK)
        e = program(p, next, &slot);
    if (e == ERR_OK)
        take(p, next, &slot);
    return e;
}

enum err persist_slot_finish(struct persist *p)
{
    return advance(p, 0, 0);
}

/* The first byte on top; 1 <= n <= 8. */
static inline uint64_t word_of(const uint8_t *bytes, uint32_t n)
{
    uint64_t word = 0;

    switch (n) {
    case 1:
        return (uint64_t)bytes[0] << 56;
    case 2:
        return (uint64_t)get_u2(bytes) << 48;
    case 4:
        return (uint64_t)get_u4(bytes) << 32;
    default:
        for (uint32_t i = 0; i < n; i++)
            word |= (uint64_t)bytes[i] << (56 - 8 * i);
        return word;
    }
}

enum err persist_slot_small(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                            uint32_t n)
{
    enum err e = advance(p, n << 28 | a, word_of(bytes, n));

    return e == ERR_OK ? persist_program(p, p->data_start + a, bytes, n) : e;
}

enum err persist_slot_retire(struct persist *p, nvaddr_t a, uint32_t n)
{
    const struct persist_slot plain = {.sequence = p->sequence};

    if (a >= p->redo_at + p->redo_n || p->redo_at >= a + n)
        return ERR_OK;
    enum err e = program(p, p->slot ^ 1, &plain);
    if (e == ERR_OK)
        take(p, p->slot ^ 1, &plain);
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
    return get_u8(raw + 16) == check_slot(head, slot->bytes) &&
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
    take(p, i, &slot);
    enum err e = program(p, i, &slot);
    if (e == ERR_OK)
        e = persist_program(p, place(i ^ 1), zero, sizeof zero);
    if (e != ERR_OK || p->redo_n == 0)
        return e;
    set_u8(bytes, slot.bytes);
    return persist_program(p, p->data_start + p->redo_at, bytes, p->redo_n);
}
