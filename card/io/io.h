/*
 * Command and response APDUs: taken apart, chained and cut to size.  Pure: it
 * knows no applet and keeps only what chaining needs.  [ISO 7816-4 5]
 */
#ifndef IO_IO_H
#define IO_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/sw.h"

enum {
    IO_CLA_CHAINED = 0x10,
    IO_CHANNEL_INVALID = 0xFF,
    IO_HEADER_MAX = 7, /* CLA INS P1 P2 and an extended Lc */
};

struct io_command {
    uint8_t cla;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    struct span bytes; /* the whole command */
    struct span data;
    uint32_t ne;   /* bytes expected at most; 0: no Le */
    bool extended; /* lengths in the extended form */
    bool has_le;
    uint8_t channel; /* from cla; FF when cla is invalid */
    uint8_t secure;  /* secure messaging bits of cla, 0: none */
    bool chained;    /* more commands of this chain follow */
};

/*
 * Takes a command apart.  6700 when lengths and bytes disagree; then only the
 * header fields that were there are set.
 */
sw_t io_parse(struct span bytes, struct io_command *c);

/* The CLA byte without channel bits: first interindustry or 80 class. */
uint8_t io_cla_base(uint8_t cla);

/*
 * Chaining state of one card [ISO 7816-4 5.3.3, 5.3.4; GPCS 11.1.5]: commands
 * of a chain gathered, a response kept for GET RESPONSE.
 *
 * no chain --io_gather (more)--> open --io_gather (last, other header)--> none
 *
 * Both are in memory that the port lends.  A chain begins at its start, with
 * room for a header in front; what is kept of a response follows it, when no
 * chain is open any more at the start.  A response comes into being in the
 * caller's buffer, or in the upper half of `memory` when that is larger.
 *
 * Invariants: gathered data end below `limit`; kept_at <= kept_end <= size;
 * nothing beyond `dirty` was written since the last reset.
 */
struct io {
    uint8_t *memory; /* lent by the port */
    uint32_t size;
    uint32_t dirty;
    uint32_t limit;           /* a chain may grow so far now */
    uint32_t gathered_length; /* of data, while a chain is open */
    uint8_t chain_header[4];
    bool chain_open;
    uint32_t kept_at; /* what is kept and not sent, in `memory` */
    uint32_t kept_end;
    sw_t kept_sw;
};

/* Says that bytes below `end` of the lent memory were written. */
static inline void io_touch(struct io *io, uint32_t end)
{
    if (end > io->dirty)
        io->dirty = end;
}

/* Lends memory; keeps all other state (used after a copy, too). */
void io_bind(struct io *io, uint8_t *memory, uint32_t size);

/* Forgets everything and wipes what was written to the lent memory. */
void io_reset(struct io *io);

/*
 * After the members of `from` were copied to `io`, which was then bound to
 * memory of its own: copies what the memory holds, as much as there is room;
 * io_reset() where that is too little.
 */
void io_copy(struct io *io, const struct io *from);

/*
 * Adds a command to its chain.  `more`: others follow; `p1_mask`: the bits of
 * P1 that all commands of a chain share (FF, or 7F where b8 of P1 chains
 * [GPCS 11.1.5.1]).  When the chain is whole (a single command is one, too)
 * *whole is the command as if it had come in one piece, in memory of `io`
 * that stays until the next call and may be written through *bytes; the
 * header is the last command's, its chaining bit cleared, lengths extended
 * when the data need it.  Otherwise whole->n is 0.  An open chain is given up
 * with 6985 when the header differs, with 6A86 when it grows too long (6700: a
 * single command is too long).
 */
sw_t io_gather(struct io *io, const struct io_command *c, bool more,
               uint8_t p1_mask, struct span *whole, uint8_t **bytes);

/* Gives up a chain that another command interrupted; true if one was open. */
bool io_interrupt(struct io *io);

/*
 * An empty buffer for the response data of one command, whose answer will go
 * to `out`; nothing is kept any more.
 */
struct buf io_response(struct io *io, const struct buf *out);

/*
 * Writes the answer to `c` to `out`: of the `data` that were put into
 * io_response()'s buffer as many as Ne and out's room allow, and the status
 * word.  Without Le a short command's response is taken to expect 256.  What
 * does not fit is kept, and the word is 61xx [ISO 7816-4 5.3.4]; where it
 * cannot be kept either, the answer is 6F00 alone.
 */
void io_answer(struct io *io, const struct io_command *c,
               const struct buf *data, sw_t sw, struct buf *out);

/*
 * Whether `c` is a GET RESPONSE for what is kept.  Any other command drops
 * what is kept (io_response does).
 */
bool io_wants_more(const struct io *io, const struct io_command *c);

/* Answers a GET RESPONSE that io_wants_more() recognised. */
void io_answer_more(struct io *io, const struct io_command *c, struct buf *out);

#endif
