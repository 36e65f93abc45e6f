/* What the files of card/persist share; nobody else includes it. */
#ifndef PERSIST_INTERNAL_H
#define PERSIST_INTERNAL_H

#include "base/span.h"
#include "persist/persist.h"

/*
 * In nv, big-endian:
 *   0   superblock: magic[8] version u32, log_start, log_size, data_start,
 *       data_size, CRC-32 (of all before)
 *   64  commit slot 0: sequence u32; n u4, address u28; bytes[8]; check u64
 *   96  commit slot 1
 *   128 log: entries {sequence, address, previous entry u32; n u16; kind u16;
 *       check u64 (of the 16 bytes before and of the bytes)} and n bytes
 *   data_start: data
 */
enum {
    PERSIST_VERSION = 3,
    PERSIST_SUPER_SIZE = 32,
    PERSIST_LOG_AT = 128,
    PERSIST_LOG_MIN = 1024,
    PERSIST_DATA_MIN = 2048,
    PERSIST_DATA_MAX = 1 << 28, /* what a slot can address */
    PERSIST_HEAD = 24,          /* of an entry */
    PERSIST_ENTRY = 256,        /* data of one entry, at most */
    PERSIST_UNDO = 0x554E,      /* kinds of entries */
    PERSIST_NOW = 0x4E4F,
};

#define PERSIST_NO_ENTRY 0xFFFFFFFFu

/* A commit slot: the last finished transaction, or the last small write. */
struct persist_slot {
    uint32_t sequence;
    uint32_t where; /* n << 28 | address; 0: no small write */
    uint64_t bytes; /* n of them, the first on top, then zeros */
};

/* One log entry, copied out of nv: each deciding byte is read once. */
struct persist_entry {
    uint32_t sequence;
    uint32_t address;
    uint32_t previous;
    uint16_t n;
    uint16_t kind;
    uint8_t raw[PERSIST_HEAD + PERSIST_ENTRY];
};

/* One call of the port; a failure makes the store dead. */
NODISCARD static inline enum err persist_program(struct persist *p,
                                                 uint32_t offset,
                                                 const uint8_t *bytes,
                                                 uint32_t n)
{
    if ((p->state & PERSIST_DEAD) != 0)
        return ERR_IO;
    if (p->port->nv_program(p->port->ctx, offset, bytes, n) != 0) {
        p->state |= PERSIST_DEAD;
        return ERR_IO;
    }
    return ERR_OK;
}

NODISCARD enum err persist_fill(struct persist *p, uint32_t offset,
                                uint8_t byte, uint32_t n);

/* ---- slot.c ---- */

/* Programs commit slot `i`. */
NODISCARD enum err persist_slot_write(struct persist *p, uint8_t i,
                                      const struct persist_slot *slot);
/* The open transaction is finished.  Nothing else decides. */
NODISCARD enum err persist_slot_finish(struct persist *p);
/*
 * Before bytes are programmed in place that no later slot or log entry
 * covers: mounting shall not redo a small write over them.
 */
NODISCARD enum err persist_slot_retire(struct persist *p, nvaddr_t a,
                                       uint32_t n);
/* (4) for the commit slots; also redoes the small write that is current. */
NODISCARD enum err persist_slot_settle(struct persist *p);

/* ---- log.c ---- */

/*
 * False unless an entry of the open transaction stands at `at`, whole but for
 * one bit at most; *e is as it should be.  As with slots, an entry that is
 * torn in one bit may count: what it guards has not been touched.
 */
bool persist_log_read(const struct persist *p, uint32_t at,
                      struct persist_entry *e);
/* The place at `at` holds no entry afterwards. */
NODISCARD enum err persist_log_close(struct persist *p, uint32_t at);
/* Adds an entry; there is room for it. */
NODISCARD enum err persist_log_append(struct persist *p, uint16_t kind,
                                      nvaddr_t a, const uint8_t *bytes,
                                      uint16_t n);
/* (5): all that the open transaction changed goes back. */
NODISCARD enum err persist_log_undo(struct persist *p);
/* (4) for the log: finds the entries of an interrupted transaction. */
NODISCARD enum err persist_log_settle(struct persist *p);

#endif
