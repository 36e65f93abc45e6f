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
    bool indirect;   /* T=0: the answer's data leave by GET RESPONSE only */
};

/*
 * Takes a command apart.  6700 when lengths and bytes disagree; then only the
 * header fields that were there are set.
 */
sw_t io_parse(struct span bytes, struct io_command *c);

/*
 * The same of a TPDU of T=0: header, P3, and data if there are any.  Nobody
 * says how much a command with data expects: 256.  A command of four bytes is
 * one with P3 = 00, and an Le behind the data is passed over, as a reader
 * would.  [ISO 7816-3 10.3, 12.2]
 */
sw_t io_parse_t0(struct span bytes, struct io_command *c);

/* The CLA byte without channel bits: first interindustry or 80 class. */
uint8_t io_cla_base(uint8_t cla);

/* T=0: which command alone goes on with what the card has begun. */
enum io_awaits { IO_NOTHING, IO_GET_RESPONSE, IO_REISSUE };

/*
 * T=0: a response on its way out.  The terminal has asked for `granted` bytes
 * that were not sent yet, and may ask for `promised` more, by the command that
 * is awaited.  While `running`, the applet waits inside its call until all it
 * has sent was asked for.
 *
 * idle --io_announce--> announced --io_ask--> running --io_go_on--> announced
 * announced --io_answer--> idle, or kept (awaits, not running)
 */
struct io_transfer {
    bool announced; /* promised and granted are known */
    bool begun;     /* the terminal was told of it */
    bool running;
    uint8_t awaits;    /* enum io_awaits */
    uint8_t header[4]; /* of the command that is awaited again */
    uint8_t channel;
    uint32_t promised;
    uint32_t granted;
};

/*
 * Chaining state of one card [ISO 7816-4 5.3.3, 5.3.4; GPCS 11.1.5]: commands
 * of a chain gathered, a response kept for GET RESPONSE; and what T=0 makes of
 * both.
 *
 * no chain --io_gather (more)--> open --io_gather (last, other header)--> none
 *
 * Both are in memory that the port lends.  A chain begins at its start, with
 * room for a header in front, an ENVELOPE's command behind it; what is kept of
 * a response stands at the start, where no chain is open any more.  A response
 * comes into being in the caller's buffer, or in the upper half of `memory`
 * when that is larger.
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
    uint32_t kept_at; /* T=1: what is kept and not sent, in `memory` */
    uint32_t kept_end;
    sw_t kept_sw;
    bool t0;
    struct io_transfer transfer;
    struct buf response;  /* what was put into it and not sent */
    uint32_t envelope_at; /* what ENVELOPEs brought, in `memory` */
    uint32_t envelope_length;
};

/* Says that bytes below `end` of the lent memory were written. */
static inline void io_touch(struct io *io, uint32_t end)
{
    if (end > io->dirty)
        io->dirty = end;
}

/* Lends memory and names the protocol; keeps all other state. */
void io_bind(struct io *io, uint8_t *memory, uint32_t size, bool t0);

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
 * Begins a command whose answer will go to `out`: nothing is kept any more,
 * and io->response is an empty buffer for the response's data.
 */
void io_response(struct io *io, const struct buf *out);

/*
 * Writes the answer to `c` to `out`: of the data that were put into
 * io->response as many as Ne and out's room allow, and the status word.
 * Without Le a short command's response is taken to expect 256.  What does not
 * fit is kept, and the word is 61xx [ISO 7816-4 5.3.4]; where it cannot be
 * kept either, the answer is 6F00 alone.  T=0: 61xx after a command with data,
 * 6Cxx when there is less than was expected, and what was announced but never
 * sent is zeros.
 */
void io_answer(struct io *io, const struct io_command *c, sw_t sw,
               struct buf *out);

/*
 * Whether `c` is a GET RESPONSE for what is kept [GPCS 11.1.5.2].  Any other
 * command drops what is kept (io_response does).  T=1.
 */
bool io_wants_more(const struct io *io, const struct io_command *c);

/* Answers a GET RESPONSE that io_wants_more() recognised. */
void io_answer_more(struct io *io, const struct io_command *c, struct buf *out);

/* ---- T=0 ---- */

/*
 * n bytes will answer `c` in all [JCRE 9.4.1.1, 9.4.1.2].  `constrained`: an
 * applet asked for no chaining, so fewer than expected are 61xx, not 6Cxx.
 */
void io_announce(struct io *io, const struct io_command *c, uint32_t n,
                 bool constrained);

/*
 * Whether what stands in io->response must be asked for before more comes, or
 * is all that was asked for so far.
 */
bool io_must_ask(const struct io *io);
/* Whether it can be held meanwhile. */
bool io_can_ask(const struct io *io);

/* Sends what was granted, and asks for the next command: 61xx or 6Cxx. */
void io_ask(struct io *io, struct buf *out);

enum io_step {
    IO_OTHER,    /* `c` is not what was awaited */
    IO_ANSWERED, /* it is, and the answer is in `out` */
    IO_GO_ON,    /* it is, and the applet goes on */
};

/* A command that comes while the card awaits one. */
enum io_step io_go_on(struct io *io, const struct io_command *c,
                      struct buf *out);

/* Whether `c` is an ENVELOPE of the transport [JCRE 9.4.4.1]. */
bool io_is_envelope(const struct io *io, const struct io_command *c);

/*
 * Takes the data of an ENVELOPE.  *whole is the command that it completes, or
 * empty: answer with the status word.  A command is whole when it has all the
 * bytes that its lengths announce and the last ENVELOPE was not full, or when
 * an empty one ends it.  [ISO 7816-3 12.2.4, 12.2.5]
 */
sw_t io_envelope(struct io *io, const struct io_command *c, struct span *whole);

#endif
