#include "jcre/apdu.h"

#include <string.h>

enum {
    P3_AT = 4,
    HEADER_SHORT = 5,
    HEADER_EXTENDED = 7,
    STATUS_SIZE = 2,
};

static void put_header(struct jcre_apdu *a, const struct io_command *c)
{
    uint8_t *b = a->buffer;
    size_t n = c->data.n;

    b[0] = c->cla;
    b[1] = c->ins;
    b[2] = c->p1;
    b[3] = c->p2;
    if (!c->extended)
        b[P3_AT] = (uint8_t)(n != 0 ? n : c->ne);
    else
        set_u2(b + P3_AT + 1, (uint16_t)(n != 0 ? n : c->ne));
}

/* What setOutgoing() says is expected [JCRE 9.4.1, 9.4.4.1] [JCAPI APDU]. */
static uint16_t expected(const struct jcre_apdu *a, const struct io_command *c)
{
    bool unknown = a->t0 && (c->indirect || c->ne == APDU_SHORT_NE_MAX);

    if (unknown)
        return a->extended_applet ? APDU_NE_MAX : APDU_SHORT_NE_MAX;
    return c->ne > APDU_NE_MAX ? (uint16_t)APDU_NE_MAX : (uint16_t)c->ne;
}

void jcre_apdu_begin(struct jcre_apdu *a, const struct io_command *command,
                     bool extended_applet, struct buf *response, struct io *io,
                     enum card_protocol protocol)
{
    jcre_apdu_reset(a);
    a->active = true;
    a->extended_applet = extended_applet;
    a->extended = command->extended;
    a->t0 = protocol == CARD_T0;
    a->cla = command->cla;
    a->command = command;
    a->io = io;
    a->incoming = command->data;
    a->nc = (uint16_t)command->data.n;
    a->ne = expected(a, command);
    a->response = response;
    put_header(a, command);
}

/* The zeros that keep a block of the announced length. */
static void fill_up(struct jcre_apdu *a)
{
    while (a->sent < a->outgoing && buf_put_u1(a->response, 0) == ERR_OK)
        a->sent++;
}

void jcre_apdu_end(struct jcre_apdu *a, bool threw)
{
    if (!threw && a->no_chaining && a->state >= APDU_OUTGOING_LENGTH_KNOWN)
        fill_up(a);
    a->active = false;
    a->response = NULL;
    a->command = NULL;
    a->incoming = span_of(NULL, 0);
}

void jcre_apdu_reset(struct jcre_apdu *a)
{
    memset(a, 0, sizeof *a);
}

uint16_t jcre_apdu_offset(const struct jcre_apdu *a)
{
    return a->extended ? HEADER_EXTENDED : HEADER_SHORT;
}

static uint16_t take_incoming(struct jcre_apdu *a, uint16_t at)
{
    size_t n = sizeof a->buffer - at;
    struct span part;

    if (n > a->incoming.n)
        n = a->incoming.n;
    if (n != 0 && span_take(&a->incoming, n, &part) == ERR_OK)
        memcpy(a->buffer + at, part.p, n);
    a->state = a->incoming.n == 0 ? APDU_FULL_INCOMING : APDU_PARTIAL_INCOMING;
    return (uint16_t)n;
}

uint16_t jcre_apdu_receive_first(struct jcre_apdu *a, uint16_t *n)
{
    if (a->state < 0)
        return APDU_IO_ERROR;
    if (a->state != APDU_INITIAL)
        return APDU_ILLEGAL_USE;
    *n = take_incoming(a, jcre_apdu_offset(a));
    return 0;
}

uint16_t jcre_apdu_may_ask(const struct jcre_apdu *a)
{
    if (a->state != APDU_PARTIAL_INCOMING && a->state != APDU_FULL_INCOMING)
        return APDU_ILLEGAL_USE;
    return 0;
}

uint16_t jcre_apdu_in_block(bool t0)
{
    return t0 ? APDU_T0_IN_BLOCK : APDU_IFSC;
}

uint16_t jcre_apdu_out_block(bool t0)
{
    return t0 ? APDU_T0_OUT_BLOCK : APDU_IFSD;
}

uint16_t jcre_apdu_receive(struct jcre_apdu *a, int16_t at, uint16_t *n)
{
    uint16_t reason = a->state < 0 ? APDU_IO_ERROR : jcre_apdu_may_ask(a);

    if (reason != 0)
        return reason;
    if (at < 0 || at + jcre_apdu_in_block(a->t0) > CARD_APDU_BUFFER)
        return APDU_BUFFER_BOUNDS;
    *n = take_incoming(a, (uint16_t)at);
    return 0;
}

static uint16_t may_start_outgoing(const struct jcre_apdu *a)
{
    if (a->state < 0)
        return APDU_IO_ERROR;
    return a->state >= APDU_OUTGOING ? APDU_ILLEGAL_USE : 0;
}

uint16_t jcre_apdu_outgoing(struct jcre_apdu *a, bool no_chaining, uint16_t *ne)
{
    uint16_t reason = may_start_outgoing(a);

    if (reason != 0)
        return reason;
    a->incoming = span_of(NULL, 0);
    a->no_chaining = no_chaining;
    a->state = APDU_OUTGOING;
    if (a->t0 && no_chaining && a->ne > APDU_SHORT_NE_MAX)
        a->ne = APDU_SHORT_NE_MAX;
    *ne = a->ne;
    return 0;
}

static bool length_is_bad(const struct jcre_apdu *a, int16_t n)
{
    return n < 0 || (n > APDU_SHORT_NE_MAX && !a->extended_applet);
}

uint16_t jcre_apdu_outgoing_length(struct jcre_apdu *a, int16_t n)
{
    if (a->state < 0)
        return APDU_IO_ERROR;
    if (a->state != APDU_OUTGOING)
        return APDU_ILLEGAL_USE;
    if (length_is_bad(a, n) ||
        (a->no_chaining && n > jcre_apdu_out_block(a->t0) - STATUS_SIZE))
        return APDU_BAD_LENGTH;
    a->outgoing = (uint16_t)n;
    if (a->t0)
        io_announce(a->io, a->command, a->outgoing, a->no_chaining);
    a->state = APDU_OUTGOING_LENGTH_KNOWN;
    return 0;
}

uint16_t jcre_apdu_may_send(const struct jcre_apdu *a)
{
    if (a->state == APDU_ERROR_IO)
        return APDU_IO_ERROR;
    if (a->state < APDU_OUTGOING_LENGTH_KNOWN || a->sent_at_once)
        return APDU_ILLEGAL_USE;
    return 0;
}

/* Adds to the response, which must be held when the terminal is asked. */
static bool put(struct jcre_apdu *a, const uint8_t *p, uint16_t n)
{
    size_t had = a->response->n;

    if (n != 0 && buf_put(a->response, p, n) != ERR_OK)
        return false;
    if (!a->t0 || !io_must_ask(a->io) || io_can_ask(a->io))
        return true;
    a->response->n = had;
    return false;
}

bool jcre_apdu_must_wait(const struct jcre_apdu *a)
{
    return a->t0 && io_must_ask(a->io);
}

uint16_t jcre_apdu_refuse(struct jcre_apdu *a, enum io_awaits awaited)
{
    bool reissue = awaited == IO_REISSUE;

    a->state =
        reissue ? APDU_ERROR_NO_T0_REISSUE : APDU_ERROR_NO_T0_GETRESPONSE;
    return reissue ? APDU_NO_T0_REISSUE : APDU_NO_T0_GETRESPONSE;
}

static uint16_t send_bytes(struct jcre_apdu *a, const uint8_t *p, uint16_t n)
{
    if (n > a->outgoing - a->sent)
        return APDU_ILLEGAL_USE;
    if (!put(a, p, n)) {
        a->state = APDU_ERROR_IO;
        return APDU_IO_ERROR;
    }
    a->sent = (uint16_t)(a->sent + n);
    a->state =
        a->sent == a->outgoing ? APDU_FULL_OUTGOING : APDU_PARTIAL_OUTGOING;
    return 0;
}

uint16_t jcre_apdu_send_from(struct jcre_apdu *a, const uint8_t *p, uint16_t n)
{
    uint16_t reason = jcre_apdu_may_send(a);

    return reason != 0 ? reason : send_bytes(a, p, n);
}

static bool outside_buffer(int16_t at, int16_t n)
{
    return at < 0 || n < 0 || at + n > CARD_APDU_BUFFER;
}

uint16_t jcre_apdu_send(struct jcre_apdu *a, int16_t at, int16_t n)
{
    uint16_t reason = jcre_apdu_may_send(a);

    if (reason != 0)
        return reason;
    if (outside_buffer(at, n))
        return APDU_BUFFER_BOUNDS;
    return jcre_apdu_send_from(a, a->buffer + at, (uint16_t)n);
}

uint16_t jcre_apdu_outgoing_and_send(struct jcre_apdu *a, int16_t at, int16_t n)
{
    uint16_t reason = may_start_outgoing(a);

    if (reason != 0)
        return reason;
    if (length_is_bad(a, n))
        return APDU_BAD_LENGTH;
    if (outside_buffer(at, n))
        return APDU_BUFFER_BOUNDS;
    a->incoming = span_of(NULL, 0);
    a->outgoing = (uint16_t)n;
    a->state = APDU_OUTGOING_LENGTH_KNOWN;
    reason = send_bytes(a, a->buffer + at, (uint16_t)n);
    a->sent_at_once = true;
    return reason;
}

uint16_t jcre_apdu_wait(const struct jcre_apdu *a)
{
    if (a->state < 0)
        return APDU_IO_ERROR;
    return a->no_chaining ? APDU_ILLEGAL_USE : 0;
}
