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
 * a transaction; else three or four for each ENTRY of 256 bytes and one at the
 * transaction's end.  Who wants them counted counts calls of nv_program.
 */
#ifndef PERSIST_PERSIST_H
#define PERSIST_PERSIST_H

#include <stdbool.h>
#include <stdint.h>

#include <card/config.h>
#include <card/port.h>

#include "base/err.h"

typedef uint32_t nvaddr_t;

enum { PERSIST_SMALL = 8 };

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
    uint8_t slot;        /* which commit slot that is */
    bool mounted;
    bool open;    /* a transaction is */
    bool dead;    /* a program failed: no more writes */
    bool corrupt; /* ...or something contradicted itself */
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
const uint8_t *persist_at(const struct persist *p, nvaddr_t a);

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

/*
 * persist_write of 1 to PERSIST_SMALL bytes outside a transaction, without a
 * look at anything: `offset` in nv; word: the bytes, the first on top.
 */
NODISCARD enum err persist_put_small_(struct persist *p, uint32_t offset,
                                      uint64_t word, uint32_t n);

/* n bytes as a word, the first on top; 1 <= n <= 8. */
static inline uint64_t persist_word(const uint8_t *bytes, uint32_t n)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < n; i++)
        word |= (uint64_t)bytes[i] << (56 - 8 * i);
    return word;
}

/* Whether a small write is two programs and nothing else now. */
static inline bool persist_is_plain(const struct persist *p)
{
    return p->mounted && !p->open && !p->dead && p->sequence != UINT32_MAX;
}

/*
 * persist_write where persist_at() led to; there are n bytes there.  Fast for
 * an n that the compiler knows.
 */
NODISCARD static inline enum err persist_put(struct persist *p,
                                             const uint8_t *at,
                                             const uint8_t *bytes, uint32_t n)
{
    if (n > PERSIST_SMALL || n == 0 || !persist_is_plain(p))
        return persist_write(p, persist_address(p, at), bytes, n);
    return persist_put_small_(p, (uint32_t)(at - p->port->nv),
                              persist_word(bytes, n), n);
}

/*
 * Atomic by itself and final at once, also inside an open transaction, which
 * will not undo it: PIN try counters, sequence counters.  n <= 64.
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
