/*
 * dead <--any failed program-- mounted
 * unmounted --persist_mount--> mounted --persist_begin--> open
 * open --persist_commit, persist_abort--> mounted
 *
 * An undo log.  Before a byte changes in place, an entry with its old value is
 * whole in the log; the transaction's end is one program of a commit slot.
 *
 * (1) A log entry counts only if its checksum holds and its sequence is one
 *     above the last finished transaction's: stale entries never count.
 * (2) No target is programmed before its entry's program has returned, and no
 *     entry before the place behind it has been closed: what earlier
 *     transactions left there, bytes of an applet's choice among it, is never
 *     read as the next entry.
 * (3) Finishing transaction n programs the slot that does not hold n-1.
 * (4) Mounting reads each deciding byte once, programs it again to the value
 *     it read (what it read as no entry and no slot, to none), and only then
 *     acts on it: a torn, unstable bit can decide differently at two mounts
 *     only while nothing has been acted on.
 * (5) Undo runs from the newest entry to the oldest, then the entries of
 *     persist_write_now are done again from the oldest to the newest; both
 *     are repeatable.
 *
 * In nv, big-endian:
 *   0   superblock: magic[8] version u32, log_start, log_size, data_start,
 *       data_size, crc (of all before)
 *   64  commit slot 0: sequence u32, ~sequence u32, crc u32
 *   96  commit slot 1
 *   128 log: entries {sequence, address, previous entry u32; n u16; kind u16;
 *       crc u32 (of head and bytes)} and n bytes, from log_start on
 *   data_start: data
 */
#include "persist/persist.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/crc.h"
#include "base/span.h"

enum {
    VERSION = 1,
    SUPER_SIZE = 32,
    SLOT_AT = 64,
    SLOT_STEP = 32,
    SLOT_SIZE = 12,
    LOG_AT = 128,
    HEAD_SIZE = 20,
    KIND_AT = 14,      /* in the head */
    ENTRY_BYTES = 256, /* data of one entry, at most */
    NOW_MAX = 64,
    NOW_RESERVE = 1024, /* log kept for persist_write_now */
    KIND_UNDO = 0x554E,
    KIND_NOW = 0x4E4F,
};

#define NO_ENTRY 0xFFFFFFFFu

static const uint8_t magic[8] = {'P', 'o', 's', 't', 'c', 'a', 'r', 'd'};

/* One log entry, copied out of nv: each deciding byte is read once. */
struct entry {
    uint32_t sequence;
    uint32_t address;
    uint32_t previous;
    uint16_t n;
    uint16_t kind;
    uint8_t raw[HEAD_SIZE + ENTRY_BYTES];
};

void persist_bind(struct persist *p, const struct card_port *port)
{
    p->port = port;
}

bool persist_is_dead(const struct persist *p)
{
    return p->dead;
}

bool persist_in_transaction(const struct persist *p)
{
    return p->open;
}

static enum err program(struct persist *p, uint32_t offset,
                        const uint8_t *bytes, uint32_t n)
{
    if (p->dead)
        return ERR_IO;
    if (p->port->nv_program(p->port->ctx, offset, bytes, n) != 0) {
        p->dead = true;
        return ERR_IO;
    }
    return ERR_OK;
}

static enum err write_slot(struct persist *p, uint8_t slot, uint32_t sequence)
{
    uint8_t raw[SLOT_SIZE];
    set_u4(raw, sequence);
    set_u4(raw + 4, ~sequence);
    set_u4(raw + 8, crc_of(raw, 8));
    return program(p, SLOT_AT + SLOT_STEP * (uint32_t)slot, raw, sizeof raw);
}

static enum err clear_slot(struct persist *p, uint8_t slot)
{
    static const uint8_t zero[SLOT_SIZE];
    return program(p, SLOT_AT + SLOT_STEP * (uint32_t)slot, zero, sizeof zero);
}

static bool read_slot(const struct persist *p, uint8_t slot, uint32_t *sequence)
{
    uint8_t raw[SLOT_SIZE];
    memcpy(raw, p->port->nv + SLOT_AT + SLOT_STEP * slot, sizeof raw);
    *sequence = get_u4(raw);
    return get_u4(raw + 4) == ~*sequence && get_u4(raw + 8) == crc_of(raw, 8);
}

/* The transaction that is open is finished: its log counts no more. */
static enum err finish(struct persist *p)
{
    uint8_t next = p->slot ^ 1;
    enum err e = write_slot(p, next, p->sequence + 1);
    if (e != ERR_OK)
        return e;
    p->sequence++;
    p->slot = next;
    p->log_used = 0;
    p->last_entry = NO_ENTRY;
    p->open = false;
    return ERR_OK;
}

/* ---- log entries ---- */

/* False unless a whole entry of the open transaction stands at `at`. */
static bool read_entry(const struct persist *p, uint32_t at, struct entry *e)
{
    const uint8_t *log = p->port->nv + p->log_start;
    if (p->log_size - at < HEAD_SIZE)
        return false;
    memcpy(e->raw, log + at, HEAD_SIZE);
    e->sequence = get_u4(e->raw);
    e->address = get_u4(e->raw + 4);
    e->previous = get_u4(e->raw + 8);
    e->n = get_u2(e->raw + 12);
    e->kind = get_u2(e->raw + 14);
    if (e->n > ENTRY_BYTES || e->n > p->log_size - at - HEAD_SIZE)
        return false;
    memcpy(e->raw + HEAD_SIZE, log + at + HEAD_SIZE, e->n);
    uint32_t crc = crc_add(crc_of(e->raw, 16), e->raw + HEAD_SIZE, e->n);
    return crc == get_u4(e->raw + 16) && e->sequence == p->sequence + 1 &&
           (e->kind == KIND_UNDO || e->kind == KIND_NOW) &&
           e->address <= p->data_size && e->n <= p->data_size - e->address;
}

/* Makes sure that what stands at `at` in the log is no entry. */
static enum err close_log(struct persist *p, uint32_t at)
{
    static const uint8_t no_kind[2];

    if (p->log_size - at < HEAD_SIZE)
        return ERR_OK;
    return program(p, p->log_start + at + KIND_AT, no_kind, sizeof no_kind);
}

static enum err append(struct persist *p, uint16_t kind, nvaddr_t a,
                       const uint8_t *bytes, uint16_t n)
{
    uint8_t raw[HEAD_SIZE + ENTRY_BYTES];

    assert(n <= ENTRY_BYTES && HEAD_SIZE + (uint32_t)n <= p->log_size &&
           p->log_used <= p->log_size - HEAD_SIZE - n);
    set_u4(raw, p->sequence + 1);
    set_u4(raw + 4, a);
    set_u4(raw + 8, p->last_entry);
    set_u2(raw + 12, n);
    set_u2(raw + 14, kind);
    memcpy(raw + HEAD_SIZE, bytes, n);
    set_u4(raw + 16, crc_add(crc_of(raw, 16), raw + HEAD_SIZE, n));
    const uint32_t size = HEAD_SIZE + (uint32_t)n;
    enum err e = close_log(p, p->log_used + size);
    if (e == ERR_OK)
        e = program(p, p->log_start + p->log_used, raw, size);
    if (e != ERR_OK)
        return e;
    p->last_entry = p->log_used;
    p->log_used += size;
    return ERR_OK;
}

static enum err apply(struct persist *p, const struct entry *e)
{
    return program(p, p->data_start + e->address, e->raw + HEAD_SIZE, e->n);
}

/* (5): all that the open transaction changed goes back. */
static enum err undo(struct persist *p)
{
    struct entry entry;
    enum err e = ERR_OK;

    for (uint32_t at = p->last_entry; at != NO_ENTRY && e == ERR_OK;) {
        if (!read_entry(p, at, &entry))
            return ERR_CORRUPT;
        if (entry.kind == KIND_UNDO)
            e = apply(p, &entry);
        at = entry.previous;
    }
    for (uint32_t at = 0; at < p->log_used && e == ERR_OK;) {
        if (!read_entry(p, at, &entry))
            return ERR_CORRUPT;
        if (entry.kind == KIND_NOW)
            e = apply(p, &entry);
        at += HEAD_SIZE + (uint32_t)entry.n;
    }
    return e;
}

/* ---- format and mount ---- */

static void layout(struct persist *p)
{
    p->log_start = LOG_AT;
    p->log_size = CARD_LOG_SIZE;
    p->data_start = LOG_AT + CARD_LOG_SIZE;
    p->data_size = p->port->nv_size - p->data_start;
}

static void reset_state(struct persist *p)
{
    const struct card_port *port = p->port;
    memset(p, 0, sizeof *p);
    p->port = port;
    p->last_entry = NO_ENTRY;
}

static void make_super(const struct persist *p, uint8_t raw[SUPER_SIZE])
{
    memcpy(raw, magic, sizeof magic);
    set_u4(raw + 8, VERSION);
    set_u4(raw + 12, p->log_start);
    set_u4(raw + 16, p->log_size);
    set_u4(raw + 20, p->data_start);
    set_u4(raw + 24, p->data_size);
    set_u4(raw + 28, crc_of(raw, 28));
}

static enum err fill(struct persist *p, uint32_t offset, uint8_t byte,
                     uint32_t n)
{
    uint8_t block[128];
    enum err e = ERR_OK;

    memset(block, byte, sizeof block);
    while (n > 0 && e == ERR_OK) {
        uint32_t part = n < sizeof block ? n : (uint32_t)sizeof block;
        e = program(p, offset, block, part);
        offset += part;
        n -= part;
    }
    return e;
}

enum err persist_format(struct persist *p)
{
    uint8_t super[SUPER_SIZE];

    reset_state(p);
    if (p->port->nv_size < LOG_AT + CARD_LOG_SIZE + 4096u)
        return ERR_MEMORY;
    layout(p);
    enum err e = fill(p, 0, 0, p->port->nv_size);
    if (e == ERR_OK)
        e = write_slot(p, 0, 1);
    make_super(p, super);
    if (e == ERR_OK)
        e = program(p, 0, super, sizeof super);
    return e == ERR_OK ? persist_mount(p) : e;
}

static enum err read_super(struct persist *p)
{
    uint8_t expected[SUPER_SIZE];
    const uint8_t *nv = p->port->nv;

    if (p->port->nv_size < LOG_AT || memcmp(nv, magic, sizeof magic) != 0)
        return ERR_NOT_FOUND;
    if (get_u4(nv + 8) != VERSION)
        return ERR_VERSION;
    if (p->port->nv_size < LOG_AT + CARD_LOG_SIZE + 4096u)
        return ERR_CORRUPT;
    layout(p);
    make_super(p, expected);
    return memcmp(nv, expected, sizeof expected) == 0 ? ERR_OK : ERR_CORRUPT;
}

/* (4) for the commit slots. */
static enum err settle_slots(struct persist *p)
{
    uint32_t value[2];
    const bool valid[2] = {read_slot(p, 0, &value[0]),
                           read_slot(p, 1, &value[1])};

    if (!valid[0] && !valid[1])
        return ERR_CORRUPT;
    /* two valid ones are neighbours, also where the count wraps */
    p->slot = valid[1] && (!valid[0] || value[1] == value[0] + 1);
    p->sequence = value[p->slot];
    enum err e = write_slot(p, p->slot, p->sequence);
    if (e == ERR_OK)
        e = clear_slot(p, p->slot ^ 1);
    return e;
}

/* (4) for the log: finds the entries of an interrupted transaction. */
static enum err settle_log(struct persist *p)
{
    struct entry entry;
    enum err e = ERR_OK;

    p->log_used = 0;
    p->last_entry = NO_ENTRY;
    while (e == ERR_OK && read_entry(p, p->log_used, &entry) &&
           entry.previous == p->last_entry) {
        p->last_entry = p->log_used;
        p->log_used += HEAD_SIZE + (uint32_t)entry.n;
        e = program(p, p->log_start + p->last_entry, entry.raw,
                    HEAD_SIZE + (uint32_t)entry.n);
    }
    return e == ERR_OK ? close_log(p, p->log_used) : e;
}

enum err persist_mount(struct persist *p)
{
    reset_state(p);
    enum err e = read_super(p);
    if (e == ERR_OK)
        e = settle_slots(p);
    if (e == ERR_OK)
        e = settle_log(p);
    if (e == ERR_OK && p->last_entry != NO_ENTRY) {
        e = undo(p);
        if (e == ERR_OK)
            e = finish(p);
    }
    p->mounted = e == ERR_OK;
    return e;
}

const uint8_t *persist_at(const struct persist *p, nvaddr_t a)
{
    assert(a <= p->data_size);
    return p->port->nv + p->data_start + a;
}

/* ---- transactions ---- */

enum err persist_begin(struct persist *p)
{
    if (p->open || !p->mounted)
        return ERR_STATE;
    p->open = true;
    return ERR_OK;
}

enum err persist_commit(struct persist *p)
{
    if (!p->open)
        return ERR_STATE;
    if (p->last_entry == NO_ENTRY) {
        p->open = false;
        return ERR_OK;
    }
    return finish(p);
}

enum err persist_abort(struct persist *p)
{
    if (!p->open)
        return ERR_STATE;
    if (p->dead)
        return ERR_IO;
    enum err e = undo(p);
    return e == ERR_OK ? persist_commit(p) : e;
}

uint32_t persist_log_capacity(const struct persist *p)
{
    return p->log_size - NOW_RESERVE;
}

uint32_t persist_log_free(const struct persist *p)
{
    uint32_t capacity = persist_log_capacity(p);
    return p->log_used < capacity ? capacity - p->log_used : 0;
}

static uint32_t log_need(uint32_t n)
{
    uint32_t entries = (n + ENTRY_BYTES - 1) / ENTRY_BYTES;
    return n + entries * HEAD_SIZE;
}

static enum err write_in_transaction(struct persist *p, nvaddr_t a,
                                     const uint8_t *bytes, uint32_t n)
{
    enum err e = ERR_OK;

    if (log_need(n) > persist_log_free(p))
        return ERR_LOG_FULL;
    for (uint32_t at = 0; at < n && e == ERR_OK; at += ENTRY_BYTES) {
        uint32_t part = n - at < ENTRY_BYTES ? n - at : ENTRY_BYTES;
        e = append(p, KIND_UNDO, a + at, persist_at(p, a + at), (uint16_t)part);
    }
    return e == ERR_OK ? program(p, p->data_start + a, bytes, n) : e;
}

enum err persist_write(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                       uint32_t n)
{
    if (a > p->data_size || n > p->data_size - a)
        return ERR_RANGE;
    if (n == 0)
        return ERR_OK;
    if (p->dead)
        return ERR_IO;
    if (p->open)
        return write_in_transaction(p, a, bytes, n);

    enum err e = persist_begin(p);
    if (e == ERR_OK)
        e = write_in_transaction(p, a, bytes, n);
    if (e == ERR_LOG_FULL) {
        p->open = false;
        return e;
    }
    return e == ERR_OK ? persist_commit(p) : e;
}

enum err persist_write_now(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                           uint32_t n)
{
    if (n > NOW_MAX || a > p->data_size || n > p->data_size - a)
        return ERR_RANGE;
    if (!p->open)
        return persist_write(p, a, bytes, n);
    if (HEAD_SIZE + n > p->log_size - p->log_used)
        return ERR_LOG_FULL;
    enum err e = append(p, KIND_NOW, a, bytes, (uint16_t)n);
    return e == ERR_OK ? program(p, p->data_start + a, bytes, n) : e;
}

enum err persist_write_raw(struct persist *p, nvaddr_t a, const uint8_t *bytes,
                           uint32_t n)
{
    if (a > p->data_size || n > p->data_size - a)
        return ERR_RANGE;
    return n == 0 ? ERR_OK : program(p, p->data_start + a, bytes, n);
}

enum err persist_fill_raw(struct persist *p, nvaddr_t a, uint8_t byte,
                          uint32_t n)
{
    if (a > p->data_size || n > p->data_size - a)
        return ERR_RANGE;
    return fill(p, p->data_start + a, byte, n);
}
