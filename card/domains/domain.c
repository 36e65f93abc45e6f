#include "domains/domain.h"

#include <string.h>

#include "base/ct.h"
#include "domains/authority.h"
#include "domains/cardwide.h"
#include "domains/commands.h"
#include "domains/counters.h"
#include "domains/intent.h"
#include "domains/keys.h"
#include "domains/load.h"
#include "domains/memory.h"
#include "domains/objects.h"
#include "domains/session.h"
#include "domains/text.h"
#include "domains/upgrade.h"

enum {
    INS_MANAGE_CHANNEL = 0x70,
    INS_SELECT = 0xA4,
    INS_DELETE = 0xE4,
    INS_INSTALL = 0xE6,
    INS_LOAD = 0xE8,
    INS_PUT_KEY = 0xD8,
    INS_VERIFY_CERTIFICATE = 0x2A, /* PERFORM SECURITY OPERATION */
    P1_BY_NAME = 0x04,
    P1_MORE = 0x80,
    P1_COMBINED = 0x0E,
    P2_COMBINED_END = 0x03,
    CLA_GLOBALPLATFORM = 0x80,
};

enum { CLASS_G = 1, CLASS_I = 2, CLASS_B = CLASS_G | CLASS_I };

struct command_row {
    uint8_t ins;
    uint8_t classes;
    uint8_t runs;
    domain_handler *handler;
};

static const struct command_row rows[] = {
#define DOMAIN_COMMAND(ins, classes, handler, runs)                            \
    {ins, CLASS_##classes, runs, domain_##handler},
#include "domains/commands.def"
#undef DOMAIN_COMMAND
};

void domain_bind(struct domain *d, const struct card_port *port,
                 struct heap *heap, struct vault *vault, struct vm *vm,
                 struct jcre *jcre, struct io *io)
{
    d->port = port;
    d->heap = heap;
    d->vault = vault;
    d->vm = vm;
    d->jcre = jcre;
    d->io = io;
    domain_memory_bind(d);
}

static void clear_channel(struct domain_channel *ch)
{
    wipe(ch, sizeof *ch);
    ch->selected = DOMAIN_NONE;
    ch->session_domain = DOMAIN_NONE;
    ch->session_keys = DOMAIN_NONE;
    ch->personalized = DOMAIN_NONE;
}

void domain_forget(struct domain *d)
{
    wipe(&d->load, sizeof d->load);
    wipe(&d->store, sizeof d->store);
    wipe(&d->peer, sizeof d->peer);
    d->newcomer = NULL;
    d->limits = (struct domain_limits){.any = false};
    d->first = DOMAIN_NONE;
    for (size_t i = 0; i < CARD_CHANNELS; i++)
        clear_channel(&d->channels[i]);
    d->channel = 0;
    d->upgrading = JCRE_UPGRADE_NONE;
}

/* Every record agrees with its check. */
static enum err prove_records(const struct domain *d)
{
    struct heap_view v;
    struct domain_key k;
    ref_t ref;

    if (!domain_cardwide_is_sound(d))
        return ERR_CORRUPT;
    for (uint16_t s = 0; (s = domain_next_slot(d, s)) != DOMAIN_NONE; s++) {
        if (domain_record(d, s, &v, &ref) && v.p[0] == ENTRY_KEY)
            (void)domain_key(d, s, &k);
    }
    return persist_is_dead(d->heap->persist) ? persist_death(d->heap->persist)
                                             : ERR_OK;
}

/* What an answer to reset says stays the same until the next. */
static void take_history(struct domain *d)
{
    struct span bytes;

    d->has_history = domain_object(d, DOMAIN_ISD, OBJECT_TAG_HISTORY, &bytes) &&
                     bytes.n <= sizeof d->history;
    if (!d->has_history)
        return;
    if (bytes.n > 0)
        memcpy(d->history, bytes.p, bytes.n);
    d->history_length = (uint8_t)bytes.n;
}

bool domain_history(const struct domain *d, struct span *bytes)
{
    *bytes = span_of(d->history, d->history_length);
    return d->has_history;
}

/*
 * What deleting needs is there before memory is full; an older card that is
 * full already works on as it did.
 */
static enum err keep_room(struct domain *d)
{
    enum err e = domain_spare_intent(d);

    if (e == ERR_OK)
        e = domain_spare_counters(d);
    return e == ERR_MEMORY || e == ERR_FULL ? ERR_OK : e;
}

enum err domain_reset(struct domain *d)
{
    domain_forget(d);
    enum err e = prove_records(d);
    if (e == ERR_OK)
        e = domain_cardwide_unlock(d);
    if (e == ERR_OK)
        e = domain_complete_deletion(d);
    if (e == ERR_OK)
        e = domain_upgrade_settle(d);
    if (e == ERR_OK)
        e = keep_room(d);
    if (e != ERR_OK)
        return e;

    take_history(d);
    domain_memory_reset(d);
    d->channels[0].open = true;
    jcre_set_channel(d->jcre, 0);
    /* A default application that refuses leaves the channel without one. */
    (void)domain_select_default(d, 0);
    return ERR_OK;
}

bool domain_is_loading(const struct domain *d)
{
    return d->load.active;
}

uint8_t domain_card_state(const struct domain *d)
{
    struct registry_entry isd;

    /* A card without its issuer domain does nothing any more. */
    return domain_entry(d, DOMAIN_ISD, &isd) ? isd.state
                                             : STATE_CARD_TERMINATED;
}

static const struct command_row *find_row(const struct io_command *c, sw_t *sw)
{
    uint8_t base = io_cla_base(c->cla);
    uint8_t class = base == CLA_GLOBALPLATFORM ? CLASS_G : CLASS_I;

    if (base != 0 && base != CLA_GLOBALPLATFORM) {
        *sw = SW_CLA_UNSUPPORTED;
        return NULL;
    }
    *sw = SW_INS_UNSUPPORTED;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].ins != c->ins)
            continue;
        if ((rows[i].classes & class) != 0)
            return &rows[i];
        *sw = SW_CLA_UNSUPPORTED;
    }
    return NULL;
}

static sw_t run(struct domain *d, const struct domain_request *r,
                struct buf *response)
{
    sw_t sw;
    const struct command_row *row = find_row(&r->c, &sw);

    if (row == NULL)
        return sw;
    sw = domain_may_run(d, &r->self, row->runs);
    if (sw != SW_OK)
        return sw;
    return row->handler(d, r, response);
}

/* These are what opens a session and never inside one. */
static bool opens_session(const struct io_command *c)
{
    return io_cla_base(c->cla) == CLA_GLOBALPLATFORM &&
           (c->ins == 0x50 || c->ins == 0x82 || c->ins == 0x88 ||
            c->ins == INS_VERIFY_CERTIFICATE);
}

/* Takes secure messaging off, where there is any or should be. */
static sw_t unprotect(struct domain *d, struct domain_request *r,
                      uint8_t *bytes)
{
    struct domain_channel *ch = domain_here(d);
    size_t n = r->bytes.n;

    ch->protected_response = false;
    if (opens_session(&r->c))
        return SW_OK;
    if (ch->session.state != SCP_OPEN) {
        if (r->c.secure == 0)
            return SW_OK;
        sw_t may =
            domain_may_run(d, &r->self, RUNS_LIVE | RUNS_LOCKED | RUNS_OPENLY);
        if (may != SW_OK)
            return may;
    }
    sw_t sw = domain_unwrap(d, r->self.slot, registry_aid(&r->self), bytes, &n);
    if (sw != SW_OK)
        return sw;
    ch->protected_response = true;
    r->bytes = span_of(bytes, n);
    return io_parse(r->bytes, &r->c);
}

static sw_t protect(struct domain *d, struct buf *response, sw_t sw)
{
    struct domain_channel *ch = domain_here(d);

    if (!ch->protected_response || ch->session.state != SCP_OPEN)
        return sw;
    ch->protected_response = false;
    enum err e = scp_wrap_response(&ch->session, d->port->crypto, response, sw);
    return e == ERR_OK ? sw : SW_MEMORY_FAILURE;
}

static bool is_error(sw_t sw)
{
    return sw != SW_OK && sw >> 8 != 0x62 && sw >> 8 != 0x63;
}

/* Bits of P1 that the commands of a chain share [GPCS 11.1.5.1]. */
static uint8_t chain_mask(const struct io_command *c)
{
    bool by_p1 = c->ins == INS_INSTALL || c->ins == INS_DELETE ||
                 c->ins == INS_PUT_KEY || c->ins == INS_VERIFY_CERTIFICATE;
    return by_p1 && io_cla_base(c->cla) == CLA_GLOBALPLATFORM
               ? (uint8_t)~P1_MORE
               : 0xFF;
}

/* A command that is whole and stays as it is needs no copy. */
static bool is_gathered(struct domain *d, const struct io_command *c, bool more)
{
    bool unwrapped =
        domain_here(d)->session.state == SCP_OPEN || c->secure != 0;

    return more || c->chained || d->io->chain_open ||
           (unwrapped && !opens_session(c));
}

/* The command in one piece in r->bytes, none while there are more. */
static sw_t gather(struct domain *d, const struct io_command *c,
                   struct domain_request *r, uint8_t **bytes)
{
    uint8_t mask = chain_mask(c);
    bool more = c->chained || (c->p1 & (uint8_t)~mask) != 0;

    *bytes = NULL;
    r->c = *c;
    r->bytes = c->bytes;
    if (!is_gathered(d, c, more))
        return SW_OK;
    sw_t sw = io_gather(d->io, c, more, mask, &r->bytes, bytes);
    return sw == SW_OK && r->bytes.n > 0 ? io_parse(r->bytes, &r->c) : sw;
}

static sw_t native_command(struct domain *d, const struct io_command *c,
                           const struct registry_entry *self,
                           struct buf *response)
{
    struct domain_request r = {.self = *self};
    uint8_t *bytes;

    /* What could not be executed is not gathered. */
    if (domain_here(d)->session.state == SCP_ABORTED && !opens_session(c)) {
        io_interrupt(d->io);
        return SW_SECURITY_STATUS;
    }
    sw_t sw = gather(d, c, &r, &bytes);
    if (sw != SW_OK || r.bytes.n == 0)
        return sw;
    size_t n = r.bytes.n;
    sw = unprotect(d, &r, bytes);
    if (sw == SW_OK)
        sw = run(d, &r, response);
    if (is_error(sw))
        response->n = 0;
    if (bytes != NULL)
        wipe(bytes, n); /* it may have been decrypted there */
    return protect(d, response, sw);
}

static sw_t applet_command(struct domain *d, const struct io_command *c,
                           struct buf *response)
{
    io_interrupt(d->io);
    return jcre_process(d->jcre, d->channel, c, false, response);
}

static bool selects_by_name(const struct io_command *c)
{
    return (c->cla & 0x80) == 0 && c->ins == INS_SELECT && c->p1 == P1_BY_NAME;
}

/* A SELECT is never protected; an applet sees it all the same [JCRE 4.5.2]. */
static sw_t protected_select(struct domain *d)
{
    io_interrupt(d->io);
    domain_trace(d, "SELECT: with secure messaging");
    return SW_SM_UNSUPPORTED; /* [GPCS 11.9.3.2] */
}

static sw_t dispatch(struct domain *d, const struct io_command *c,
                     struct buf *response)
{
    const struct domain_channel *ch = domain_here(d);
    struct registry_entry e;

    if (!ch->open)
        return SW_CHANNEL_UNSUPPORTED;
    if (jcre_selected(d->jcre, d->channel) != 0)
        return applet_command(d, c, response);
    if (!domain_entry(d, ch->selected, &e) || e.kind == ENTRY_APPLICATION)
        return SW_APPLET_SELECT_FAILED;
    if (selects_by_name(c))
        return protected_select(d);
    return native_command(d, c, &e, response);
}

sw_t domain_resume(struct domain *d, enum io_awaits refused)
{
    return jcre_is_waiting(d->jcre, &d->channel) ? jcre_resume(d->jcre, refused)
                                                 : SW_UNKNOWN;
}

/* The next LOAD, or the INSTALL that ends the combined process. */
static bool continues_load(const struct domain *d, const struct io_command *c)
{
    if (d->channel != d->load.channel ||
        io_cla_base(c->cla) != CLA_GLOBALPLATFORM)
        return false;
    return c->ins == INS_LOAD || (c->ins == INS_INSTALL && d->load.loaded &&
                                  (c->p1 & (uint8_t)~P1_MORE) == P1_COMBINED &&
                                  c->p2 == P2_COMBINED_END);
}

/* Anything else ends a load [GPCS 9.3.5]. */
static void interrupt_load(struct domain *d, const struct io_command *c)
{
    if (!d->load.active || continues_load(d, c))
        return;
    domain_trace(d, "LOAD: given up for another command");
    domain_load_abort(d);
}

/*
 * A class byte that tells of no channel is the basic channel's: an applet
 * there may ask APDU.isValidCLA(), a domain knows no such class.  [JCRE 4.3]
 */
static sw_t channelless(struct domain *d, const struct io_command *c,
                        struct buf *response)
{
    struct registry_entry e;

    if (jcre_selected(d->jcre, d->channel) != 0)
        return applet_command(d, c, response);
    return domain_entry(d, domain_here(d)->selected, &e)
               ? SW_CLA_UNSUPPORTED
               : SW_APPLET_SELECT_FAILED;
}

sw_t domain_command(struct domain *d, const struct io_command *c,
                    struct buf *response)
{
    bool valid = c->channel != IO_CHANNEL_INVALID;
    bool interindustry = (c->cla & 0x80) == 0;

    if (valid && c->channel >= CARD_CHANNELS)
        return SW_CHANNEL_UNSUPPORTED;
    d->channel = valid ? c->channel : 0;
    jcre_set_channel(d->jcre, d->channel);
    domain_forget_room(d);
    interrupt_load(d, c);

    if (!valid)
        return channelless(d, c, response);
    if (interindustry && c->ins == INS_MANAGE_CHANNEL) {
        io_interrupt(d->io);
        return domain_manage_channel(d, c, response);
    }
    if (selects_by_name(c) && c->secure == 0) {
        io_interrupt(d->io);
        return domain_select(d, c, response);
    }
    return dispatch(d, c, response);
}
