/*
 * Tear-safe persistent memory: the only writer of persistent bytes.
 *
 * The port's memory is divided into a superblock, a log and one data area.
 * Addresses (nvaddr_t) are offsets in the data area.  Reads are plain memory
 * reads through persist_at(); each write is atomic against power cuts, at any
 * instant, with torn bits old, new or unstable, and permanent when the call
 * returns.  A transaction groups writes; only one can be open.  See
 * docs/tearing.md for the argument.
 *
 * Programs of the port: two for a write of at most PERSIST_SMALL bytes outside
 * a transaction, as plain stores if the port has nv_direct; else three or four
 * for each ENTRY of 256 bytes and one at the transaction's end.  Who wants them
 * counted counts calls of nv_program with nv_direct NULL.
 */
#ifndef PERSIST_PERSIST_H
#define PERSIST_PERSIST_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <card/config.h>
#include <card/port.h>

#include "base/check.h"
#include "base/err.h"
#include "base/hint.h"
#include "base/span.h"

typedef uint32_t nvaddr_t;

enum { PERSIST_SMALL = 8, PERSIST_NOW_MAX = 80 };

struct persist {
    const struct card_port *port; /* set by persist_bind */
    uint32_t data_start;          /* in nv */
    uint32_t data_size;
    uint32_t log_start; /* in nv */
    uint32_t log_size;
    uint32_t log_used;   /* bytes of entries of the open transaction */
    uint32_t last_entry; /* offset of the newest, NO_ENTRY if none */
    uint32_t sequence;   /* of the last finished transaction */
    uint32_t redo;       /* the small write of that slot, as it says it */
    uint32_t slot;       /* where that commit slot is, in nv */
    uint8_t state;       /* of enum persist_state, as many as hold */
};

enum persist_state {
    PERSIST_MOUNTED = 1,
    PERSIST_OPEN = 2,   /* a transaction is */
    PERSIST_DEAD = 4,   /* a program failed: no more writes */
    PERSIST_CORRUPT = 8 /* ...or something contradicted itself */
};

/*
 * A commit slot; the two are PERSIST_SLOT_STEP apart, so that one bit of
 * their places tells which.  See persist/internal.h.
 */
enum {
    PERSIST_SLOT_AT = 64,
    PERSIST_SLOT_STEP = 32,
    PERSIST_SLOT_SIZE = 24,
    PERSIST_SLOT_BYTES = 8, /* where they are in it */
};

/* Sets the port pointer; keeps all other state (used after a copy, too). */
void persist_bind(struct persist *p, const struct card_port *port);

/* Erases everything and writes an empty store.  Not tear-safe. */
NODISCARD enum err persist_format(struct persist *p);

/*
 * Power-on: finds the store, finishes or undoes what was interrupted.
 * ERR_NOT_FOUND: no store here; ERR_VERSION; ERR_CORRUPT; ERR_IO.
 */
NODISCARD enum err persist_mount(struct persist *p);

/* Where n bytes at `a` can be read, until the next write there. */
static inline const uint8_t *persist_at(const struct persist *p, nvaddr_t a)
{
    assert(a <= p->data_size);
    return p->port->nv + p->data_start + a;
}

/* The address of a byte that persist_at() led to. */
static inline nvaddr_t persist_address(const struct persist *p,
                                       const uint8_t *at)
{
    return (nvaddr_t)(at - p->port->nv) - p->data_start;
}

/*
 * Atomic: all n bytes or none after a cut.  Inside a transaction it joins it,
 * and ERR_LOG_FULL leaves everything as it was, the transaction open.
 */
NODISCARD enum err persist_write(struct persist *p, nvaddr_t a,
                                 const uint8_t *bytes, uint32_t n);

/* What a slot's check is made of: its first two words. */
static inline uint64_t persist_slot_check_(uint64_t head, uint64_t bytes)
{
    return check_word(check_word(CHECK_START, head), bytes);
}

/* A slot as it stands in nv. */
static EXPANDED void persist_slot_fill_(uint8_t raw[PERSIST_SLOT_SIZE],
                                        uint32_t sequence, uint32_t where,
                                        uint64_t bytes)
{
    const uint64_t head = (uint64_t)sequence << 32 | where;

    set_u8(raw, head);
    set_u8(raw + PERSIST_SLOT_BYTES, bytes);
    set_u8(raw + 16, persist_slot_check_(head, bytes));
}

/* Whether a small write is two programs and nothing else now. */
static inline bool persist_is_plain(const struct persist *p)
{
    return LIKELY(p->state == PERSIST_MOUNTED) &&
           LIKELY(p->sequence != UINT32_MAX);
}

/* A small write as a slot says it, and where it goes in nv. */
struct persist_small_ {
    uint32_t slot; /* where that is in nv */
    uint32_t sequence;
    uint32_t where;
    uint32_t offset;
    uint32_t n;
    uint64_t word;
};

/* The slot, then the bytes in place; false: one failed. */
static EXPANDED bool persist_program_(const struct card_port *port,
                                      struct persist_small_ w)
{
    uint8_t raw[PERSIST_SLOT_SIZE];

    persist_slot_fill_(raw, w.sequence, w.where, w.word);
    return port->nv_program(port->ctx, w.slot, raw, sizeof raw) == 0 &&
           port->nv_program(port->ctx, w.offset, raw + PERSIST_SLOT_BYTES,
                            w.n) == 0;
}

/* The same by plain stores. */
static EXPANDED bool persist_store_(const struct card_port *port,
                                    struct persist_small_ w)
{
    uint8_t bytes[PERSIST_SMALL];

    if (w.offset > port->nv_size - w.n)
        return false;
    set_u8(bytes, w.word);
    IN_ORDER();
    persist_slot_fill_(port->nv_direct + w.slot, w.sequence, w.where, w.word);
    IN_ORDER();
    memcpy(port->nv_direct + w.offset, bytes, w.n);
    IN_ORDER();
    return true;
}

/*
 * persist_write of 1 to PERSIST_SMALL bytes while persist_is_plain: nothing
 * but the two programs, as applets do this all the time.  `to`: where
 * persist_at() led to, there are n bytes; word: the bytes, the first on top.
 * What the slot says is noted before it is written, as a failure ends all
 * writing anyway.
 */
NODISCARD static EXPANDED enum err persist_put_small_(struct persist *p,
                                                      const uint8_t *to,
                                                      uint64_t word, uint32_t n)
{
    const struct card_port *port = p->port;
    const uint32_t offset = (uint32_t)(to - port->nv);
    const struct persist_small_ w = {
        .slot = p->slot ^ PERSIST_SLOT_STEP,
        .sequence = p->sequence + 1,
        .where = n << 28 | (offset - p->data_start),
        .offset = offset,
        .n = n,
        .word = word,
    };

    p->slot = w.slot;
    p->sequence = w.sequence;
    p->redo = w.where;
    if (LIKELY(port->nv_direct != NULL) ? LIKELY(persist_store_(port, w))
                                        : persist_program_(port, w))
        return ERR_OK;
    p->state |= PERSIST_DEAD;
    return ERR_IO;
}

/*
 * Atomic by itself and final at once, also inside an open transaction, which
 * will not undo it: PIN try counters, sequence counters.  n <=
 * PERSIST_NOW_MAX.
 */
NODISCARD enum err persist_write_now(struct persist *p, nvaddr_t a,
                                     const uint8_t *bytes, uint32_t n);

/*
 * Not atomic and not logged: for memory that nothing refers to yet, and for
 * the API's non-atomic copies.  If the bytes are in the open transaction's
 * log, an abort restores the old ones.
 */
NODISCARD enum err persist_write_raw(struct persist *p, nvaddr_t a,
                                     const uint8_t *bytes, uint32_t n);
NODISCARD enum err persist_fill_raw(struct persist *p, nvaddr_t a, uint8_t byte,
                                    uint32_t n);

/* ERR_STATE when one is open (begin) or none is (commit, abort). */
NODISCARD enum err persist_begin(struct persist *p);
NODISCARD enum err persist_commit(struct persist *p);
NODISCARD enum err persist_abort(struct persist *p);
bool persist_in_transaction(const struct persist *p);

/* Bytes of log in all, and not yet used by the open transaction. */
uint32_t persist_log_capacity(const struct persist *p);
uint32_t persist_log_free(const struct persist *p);

/*
 * A failed program makes the store dead: every write, and an abort, is ERR_IO
 * until mount.
 */
bool persist_is_dead(const struct persist *p);
/* The same, when what is read contradicts itself. */
void persist_give_up(struct persist *p);
/* Why the store is dead: ERR_CORRUPT after persist_give_up, else ERR_IO. */
enum err persist_death(const struct persist *p);

#endif
