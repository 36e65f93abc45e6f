/*
 * The state of the one APDU object.  [JCAPI APDU] [JCRE 9.4]
 *
 *   INITIAL --receive--> PARTIAL_INCOMING --receive--> FULL_INCOMING
 *      |  (all at once: straight to FULL_INCOMING)          |
 *      +----------------- outgoing ----------> OUTGOING <---+
 *   OUTGOING --length--> OUTGOING_LENGTH_KNOWN --send--> PARTIAL_OUTGOING
 *   --send--> FULL_OUTGOING; outgoing_and_send: any incoming state to
 *   FULL_OUTGOING.  No room for a response: ERROR_IO, for good.  T=0, another
 *   command comes while send waits: ERROR_NO_T0_GETRESPONSE or _REISSUE.
 *
 * Settled where the API text is silent: an applet sees the class byte as it
 * was sent, channel bits and all [JCRE 4.3]; P3 of T=0 that is 00, and any T=0
 * command with data, may expect all there can be [JCRE 9.4.4.1]; T=1 without
 * Le expects 0 [JCRE 9.4.2], and what is sent beyond Le leaves by GET RESPONSE
 * [ISO 7816-4 5.3.4]; only an answer without chaining (and, in T=0, one that
 * the terminal was told of) is filled up with zeros [JCRE 9.4.1.1, 9.4.2.1];
 * ENVELOPE with an interindustry class is the transport's, whoever is
 * selected; T=1 blocks, and so S(ABORT), are below card_transmit().
 *
 * The calls below return 0, or the reason of the APDUException to throw.
 * A call that is refused changes nothing.
 */
#ifndef JCRE_APDU_H
#define JCRE_APDU_H

#include <stdbool.h>
#include <stdint.h>

#include <card/card.h>
#include <card/config.h>

#include "base/span.h"
#include "io/io.h"

enum jcre_apdu_state {
    APDU_INITIAL = 0,
    APDU_PARTIAL_INCOMING = 1,
    APDU_FULL_INCOMING = 2,
    APDU_OUTGOING = 3,
    APDU_OUTGOING_LENGTH_KNOWN = 4,
    APDU_PARTIAL_OUTGOING = 5,
    APDU_FULL_OUTGOING = 6,
    APDU_ERROR_NO_T0_GETRESPONSE = -1,
    APDU_ERROR_T1_IFD_ABORT = -2, /* blocks are the port's: never seen here */
    APDU_ERROR_IO = -3,
    APDU_ERROR_NO_T0_REISSUE = -4,
};

enum { /* reasons of APDUException */
       APDU_ILLEGAL_USE = 1,
       APDU_BUFFER_BOUNDS = 2,
       APDU_BAD_LENGTH = 3,
       APDU_IO_ERROR = 4,
       APDU_NO_T0_GETRESPONSE = 0xAA,
       APDU_NO_T0_REISSUE = 0xAC,
};

enum {
    APDU_IFSC = 254,         /* information field sizes, card and device */
    APDU_IFSD = 254,         /*   [ISO 7816-3 11.4.2] */
    APDU_T0_IN_BLOCK = 1,    /* T=0 [JCAPI APDU.getInBlockSize, */
    APDU_T0_OUT_BLOCK = 258, /*   getOutBlockSize] */
    APDU_NE_MAX = 32767,     /* as far as a short goes [JCAPI APDU] */
    APDU_SHORT_NE_MAX = 256, /* without ExtendedLength */
};

struct jcre_apdu {
    bool active;          /* a process() is running */
    bool extended_applet; /* it implements ExtendedLength */
    bool extended;        /* the command has extended lengths */
    bool no_chaining;     /* setOutgoingNoChaining was called */
    bool sent_at_once;    /* setOutgoingAndSend was called */
    int8_t state;         /* enum jcre_apdu_state */
    bool t0;
    uint8_t cla;
    const struct io_command *command; /* until a send may wait */
    struct io *io;
    struct span incoming; /* what has not been received yet */
    uint16_t nc;
    uint16_t ne;
    uint16_t outgoing; /* what setOutgoingLength announced */
    uint16_t sent;
    struct buf *response;
    uint8_t buffer[CARD_APDU_BUFFER]; /* the Java APDU buffer */
};

/*
 * Before process(): zeroes the buffer, puts the header there, and keeps the
 * command's data and the response until jcre_apdu_end().  `io`, for T=0, is
 * told what is announced.
 */
void jcre_apdu_begin(struct jcre_apdu *a, const struct io_command *command,
                     bool extended_applet, struct buf *response, struct io *io,
                     enum card_protocol protocol);

/*
 * After process().  What was sent leaves, whatever came of process(); unless
 * it threw, what an applet announced without chaining and did not send is
 * filled up with zeros.  [JCRE 9.4.2.1]
 */
void jcre_apdu_end(struct jcre_apdu *a, bool threw);

/* Zeroes the buffer; nothing is active. */
void jcre_apdu_reset(struct jcre_apdu *a);

/* Offset of the command data in the buffer: 5, or 7 when extended. */
uint16_t jcre_apdu_offset(const struct jcre_apdu *a);

/* getInBlockSize, getOutBlockSize. */
uint16_t jcre_apdu_in_block(bool t0);
uint16_t jcre_apdu_out_block(bool t0);

/* setIncomingAndReceive, receiveBytes(at): *n bytes are in the buffer. */
uint16_t jcre_apdu_receive_first(struct jcre_apdu *a, uint16_t *n);
uint16_t jcre_apdu_receive(struct jcre_apdu *a, int16_t at, uint16_t *n);

/*
 * getIncomingLength and getOffsetCdata: 0 when they may be asked now.  They
 * transfer nothing: after a failure they are as illegal as after setOutgoing.
 */
uint16_t jcre_apdu_may_ask(const struct jcre_apdu *a);

/* setOutgoing (no_chaining: setOutgoingNoChaining): *ne bytes expected. */
uint16_t jcre_apdu_outgoing(struct jcre_apdu *a, bool no_chaining,
                            uint16_t *ne);

/* setOutgoingLength. */
uint16_t jcre_apdu_outgoing_length(struct jcre_apdu *a, int16_t n);

/* Whether sendBytes may be called at all now. */
uint16_t jcre_apdu_may_send(const struct jcre_apdu *a);

/*
 * T=0, after a send that was allowed: whether it returns only when the
 * terminal has asked for what was sent.
 */
bool jcre_apdu_must_wait(const struct jcre_apdu *a);

/*
 * The terminal sent another command than the one that was awaited: the state
 * is an error from now on; returns the reason that the send throws.
 */
uint16_t jcre_apdu_refuse(struct jcre_apdu *a, enum io_awaits awaited);

/* sendBytes. */
uint16_t jcre_apdu_send(struct jcre_apdu *a, int16_t at, int16_t n);

/* sendBytesLong: n bytes of an array that the caller may read. */
uint16_t jcre_apdu_send_from(struct jcre_apdu *a, const uint8_t *p, uint16_t n);

/* setOutgoingAndSend. */
uint16_t jcre_apdu_outgoing_and_send(struct jcre_apdu *a, int16_t at,
                                     int16_t n);

/* waitExtension. */
uint16_t jcre_apdu_wait(const struct jcre_apdu *a);

#endif
