/*
 * dead <--any failed program-- mounted
 * unmounted --persist_mount--> mounted --persist_begin--> open
 * open --persist_commit, persist_abort--> mounted
 *
 * An undo log: before a byte changes in place, an entry with its old value is
 * whole in the log, and the transaction's end is one program of a commit slot.
 * A small write outside a transaction needs no log: the commit slot holds its
 * bytes, and mounting puts them in place once more.
 *
 * (1) A log entry counts only if its checksum holds and its sequence is one
 *     above the last finished transaction's: stale entries never count.
 * (2) No target is programmed before its entry's program has returned, and no
 *     entry before the place behind it has been closed: what earlier
 *     transactions left there, bytes of an applet's choice among it, is never
 *     read as the next entry.
 * (3) Finishing transaction n programs the slot that does not hold n-1; so
 *     does a small write, before it programs its bytes in place.
 * (4) Mounting reads each deciding byte once, programs it again to the value
 *     it read (what it read as no entry and no slot, to none), and only then
 *     acts on it: a torn, unstable bit can decide differently at two mounts
 *     only while nothing has been acted on.
 * (5) Undo runs from the newest entry to the oldest, then the entries of
 *     persist_write_now are done again from the oldest to the newest; both
 *     are repeatable.
 * (6) Mounting redoes the small write of the newest slot, before it undoes:
 *     what the log holds of the same bytes was read after they were in place.
 *     Nothing else programs these bytes until another slot is the newest, or
 *     the log holds them (persist_slot_retire).
 */
#include "persist/internal.h"

#include <stddef.h>
#include <string.h>

#include "base/crc.h"

enum {
    NOW_RESERVE = 1024 /* of the log, for persist_write_now; or a quarter */
};

static const uint8_t magic[8] = {'P', 'o', 's', 't', 'c', 'a', 'r', 'd'};

void persist_bind(struct persist *p, const struct card_port *port)
{
    p->port = port;
}

bool persist_is_dead(const struct persist *p)
{
    return (p->state & PERSIST_DEAD) != 0;
}

void persist_give_up(struct persist *p)
{
    p->state |= PERSIST_DEAD | PERSIST_CORRUPT;
}

enum err persist_death(const struct persist *p)
{
    return (p->state & PERSIST_CORRUPT) != 0 ? ERR_CORRUPT : ERR_IO;
}

bool persist_in_transaction(const struct persist *p)
{
    return (p->state & PERSIST_OPEN) != 0;
}

enum err persist_fill(struct persist *p, uint32_t offset, uint8_t byte,
                      uint32_t n)
{
    uint8_t block[256];
    enum err e = ERR_OK;

    memset(block, byte, sizeof block);
    while (n > 0 && e == ERR_OK) {
        uint32_t part = n < sizeof block ? n : (uint32_t)sizeof block;
        e = persist_program(p, offset, block, part);
        offset += part;
        n -= part;
    }
    return e;
}

static void set_open(struct persist *p, bool open)
{
    p->state =
        (uint8_t)((p->state & ~PERSIST_OPEN) | (open ? PERSIST_OPEN : 0));
}

/* The transaction that is open is finished: its log counts no more. */
static enum err finish(struct persist *p)
{
    enum err e = persist_slot_finish(p);

    if (e != ERR_OK)
        return e;
    p->log_used = 0;
    p->last_entry = PERSIST_NO_ENTRY;
    set_open(p, false);
    return ERR_OK;
}

/* ---- format and mount ---- */

static bool layout(struct persist *p, uint32_t log_size)
{
    const uint32_t size = p->port->nv_size;

    if (log_size < PERSIST_LOG_MIN || size < PERSIST_LOG_AT + log_size ||
        size - PERSIST_LOG_AT - log_size < PERSIST_DATA_MIN)
        return false;
    p->log_start = PERSIST_LOG_AT;
    p->log_size = log_size;
    p->data_start = PERSIST_LOG_AT + log_size;
    p->data_size = size - p->data_start;
    if (p->data_size > PERSIST_DATA_MAX)
        p->data_size = PERSIST_DATA_MAX;
    return true;
}

static void reset_state(struct persist *p)
{
    const struct card_port *port = p->port;
    memset(p, 0, sizeof *p);
    p->port = port;
    p->last_entry = PERSIST_NO_ENTRY;
}

static void make_super(const struct persist *p, uint8_t raw[PERSIST_SUPER_SIZE])
{
    memcpy(raw, magic, sizeof magic);
    set_u4(raw + 8, PERSIST_VERSION);
    set_u4(raw + 12, p->log_start);
    set_u4(raw + 16, p->log_size);
    set_u4(raw + 20, p->data_start);
    set_u4(raw + 24, p->data_size);
    set_u4(raw + 28, crc_of(raw, 28));
}

/* A small memory has a small log. */
static uint32_t log_size_for(uint32_t nv_size)
{
    const uint32_t quarter = (nv_size / 4) & ~63u;
    return quarter < CARD_LOG_SIZE ? quarter : CARD_LOG_SIZE;
}

enum err persist_format(struct persist *p)
{
    const struct persist_slot first = {.sequence = 1};
    uint8_t super[PERSIST_SUPER_SIZE];

    reset_state(p);
    if (!layout(p, log_size_for(p->port->nv_size)))
        return ERR_MEMORY;
    enum err e = persist_fill(p, 0, 0, p->port->nv_size);
    if (e == ERR_OK)
        e = persist_slot_write(p, 0, &first);
    make_super(p, super);
    if (e == ERR_OK)
        e = persist_program(p, 0, super, sizeof super);
    return e == ERR_OK ? persist_mount(p) : e;
}

static enum err read_super(struct persist *p)
{
    uint8_t expected[PERSIST_SUPER_SIZE];
    const uint8_t *nv = p->port->nv;

    if (p->port->nv_size < PERSIST_LOG_AT ||
        memcmp(nv, magic, sizeof magic) != 0)
        return ERR_NOT_FOUND;
    if (get_u4(nv + 8) != PERSIST_VERSION)
        return ERR_VERSION;
    if (!layout(p, get_u4(nv + 16)))
        return ERR_CORRUPT;
    make_super(p, expected);
    return memcmp(nv, expected, sizeof expected) == 0 ? ERR_OK : ERR_CORRUPT;
}

enum err persist_mount(struct persist *p)
{
    reset_state(p);
    enum err e = read_super(p);
    if (e == ERR_OK)
        e = persist_slot_settle(p);
    if (e == ERR_OK)
        e = persist_log_settle(p);
    if (e == ERR_OK && p->last_entry != PERSIST_NO_ENTRY) {
        e = persist_log_undo(p);
        if (e == ERR_OK)
            e = finish(p);
    }
    if (e == ERR_OK)
        p->state |= PERSIST_MOUNTED;
    return e;
}

/* ---- transactions ---- */

enum err persist_begin(struct persist *p)
{
    if (persist_in_transaction(p) || (p->state & PERSIST_MOUNTED) == 0)
        return ERR_STATE;
    set_open(p, true);
    return ERR_OK;
}

enum err persist_commit(struct persist *p)
{
    if (!persist_in_transaction(p))
        return ERR_STATE;
    if (p->last_entry == PERSIST_NO_ENTRY) {
        set_open(p, false);
        return ERR_OK;
    }
    return finish(p);
}

enum err persist_abort(struct persist *p)
{
    if (!persist_in_transaction(p))
        return ERR_STATE;
    if (persist_is_dead(p))
        return ERR_IO;
    enum err e = persist_log_undo(p);
    return e == ERR_OK ? persist_commit(p) : e;
}

uint32_t persist_log_capacity(const struct persist *p)
{
    const uint32_t quarter = p->log_size / 4;
    return p->log_size - (quarter < NOW_RESERVE ? quarter : NOW_RESERVE);
}

uint32_t persist_log_free(const struct persist *p)
{
    uint32_t capacity = persist_log_capacity(p);
    return p->log_used < capacity ? capacity - p->log_used : 0;
}

static bool is_inside(const struct persist *p, nvaddr_t a, uint32_t n)
{
    return a <= p->data_size && n <= p->data_size - a;
}

static enum err in_place(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                         uint32_t n)
{
    return persist_program(p, p->data_start + a, bytes, n);
}

static uint32_t log_need(uint32_t n)
{
    uint32_t entries = (n + PERSIST_ENTRY - 1) / PERSIST_ENTRY;
    return n + entries * PERSIST_HEAD;
}

static enum err write_in_transaction(struct persist *p, nvaddr_t a,
                                     const uint8_t *bytes, uint32_t n)
{
    enum err e = ERR_OK;

    if (log_need(n) > persist_log_free(p))
        return ERR_LOG_FULL;
    for (uint32_t at = 0; at < n && e == ERR_OK; at += PERSIST_ENTRY) {
        uint32_t part = n - at < PERSIST_ENTRY ? n - at : PERSIST_ENTRY;
        e = persist_log_append(p, PERSIST_UNDO, a + at, persist_at(p, a + at),
                               (uint16_t)part);
    }
    return e == ERR_OK ? in_place(p, a, bytes, n) : e;
}

static enum err write_alone(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                            uint32_t n)
{
    enum err e = persist_begin(p);
    if (e == ERR_OK)
        e = write_in_transaction(p, a, bytes, n);
    if (e == ERR_LOG_FULL) {
        set_open(p, false);
        return e;
    }
    return e == ERR_OK ? persist_commit(p) : e;
}

/* n bytes as a word, the first on top; 1 <= n <= 8. */
static uint64_t word_of(const uint8_t *bytes, uint32_t n)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < n; i++)
        word |= (uint64_t)bytes[i] << (56 - 8 * i);
    return word;
}

enum err persist_write(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                       uint32_t n)
{
    if (!is_inside(p, a, n))
        return ERR_RANGE;
    if (n == 0)
        return ERR_OK;
    if (persist_is_dead(p))
        return ERR_IO;
    if (persist_in_transaction(p))
        return write_in_transaction(p, a, bytes, n);
    if (n > PERSIST_SMALL || !persist_is_plain(p))
        return write_alone(p, a, bytes, n);
    return persist_put_small_(p, persist_at(p, a), word_of(bytes, n), n);
}

enum err persist_write_now(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                           uint32_t n)
{
    if (n > PERSIST_NOW_MAX || !is_inside(p, a, n))
        return ERR_RANGE;
    if (!persist_in_transaction(p))
        return persist_write(p, a, bytes, n);
    if (PERSIST_HEAD + n > p->log_size - p->log_used)
        return ERR_LOG_FULL;
    enum err e = persist_log_append(p, PERSIST_NOW, a, bytes, (uint16_t)n);
    return e == ERR_OK ? in_place(p, a, bytes, n) : e;
}

enum err persist_write_raw(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                           uint32_t n)
{
    if (!is_inside(p, a, n))
        return ERR_RANGE;
    if (n == 0)
        return ERR_OK;
    enum err e = persist_slot_retire(p, a, n);
    return e == ERR_OK ? in_place(p, a, bytes, n) : e;
}

enum err persist_fill_raw(struct persist *p, nvaddr_t a, uint8_t byte,
                          uint32_t n)
{
    if (!is_inside(p, a, n))
        return ERR_RANGE;
    if (n == 0)
        return ERR_OK;
    enum err e = persist_slot_retire(p, a, n);
    return e == ERR_OK ? persist_fill(p, p->data_start + a, byte, n) : e;
}
