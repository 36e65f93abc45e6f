#include <card/card.h>

#include <string.h>

#include "base/ct.h"
#include "domains/cardwide.h"
#include "domains/trial.h"
#include "natives/natives.h"
#include "root.h"

enum { STATUS_SIZE = 2, HISTORY_MASK = 0x0F /* of T0 */ };

size_t card_size(void)
{
    return sizeof(struct card);
}

bool card_is_tagged(void)
{
    return CARD_TAGGED;
}

static bool is_contactless(enum card_protocol protocol)
{
    return protocol == CARD_TYPE_A || protocol == CARD_TYPE_B ||
           protocol == CARD_TYPE_F;
}

/* Each part is told where the others are; what they know stays. */
static void bind(struct card *card, const struct card_port *port)
{
    const struct heap_layout layout = {&card->vm, vm_is_reference};
    struct vm_hooks hooks = jcre_vm_hooks(&card->jcre);

    hooks.natives = native_table;
    hooks.budget = port->instructions;
    hooks.code = port->code;
    hooks.code_size = port->code_size;
    card->port = port;
    card->services = domain_services(&card->domain);
    persist_bind(&card->persist, port);
    heap_bind(&card->heap, &card->persist, layout);
    io_bind(&card->io, port->io, port->io_size, card->protocol == CARD_T0);
    vault_bind(&card->vault, port);
    vm_bind(&card->vm, &card->heap, hooks);
    jcre_bind(&card->jcre, &card->vm, &card->heap, &card->vault, port,
              &card->services);
    jcre_set_protocol(&card->jcre, card->protocol, &card->io);
    domain_bind(&card->domain, port, &card->heap, &card->vault, &card->vm,
                &card->jcre, &card->io);
    card->domain.contactless = is_contactless(card->protocol);
}

struct card *card_init(void *memory, size_t n, const struct card_port *port)
{
    struct card *card = memory;

    if (n < sizeof *card)
        return NULL;
    memset(card, 0, sizeof *card);
    bind(card, port);
    return card;
}

static enum card_status status_of(enum err e)
{
    switch (e) {
    case ERR_OK:
        return CARD_OK;
    case ERR_NOT_FOUND:
        return CARD_NOT_FORMATTED;
    case ERR_VERSION:
        return CARD_WRONG_VERSION;
    case ERR_MEMORY:
    case ERR_FULL:
        return CARD_NO_ROOM;
    case ERR_IO:
        return CARD_PORT_FAILED;
    case ERR_RANGE:
        return CARD_BAD_PROFILE;
    case ERR_AUTH:
        return CARD_WRONG_KEY;
    default:
        return CARD_CORRUPT;
    }
}

static enum err flush(const struct card *card)
{
    const struct card_port *port = card->port;

    if (port->nv_flush == NULL || port->nv_flush(port->ctx) == 0)
        return ERR_OK;
    return ERR_IO;
}

enum card_status card_format(struct card *card,
                             const struct card_profile *profile)
{
    card_power_off(card);
    enum err e = persist_format(&card->persist);
    if (e == ERR_OK)
        e = heap_format(&card->heap);
    if (e == ERR_OK)
        e = vm_reset(&card->vm);
    if (e == ERR_OK)
        e = vm_format(&card->vm);
    if (e == ERR_OK)
        e = jcre_format(&card->jcre);
    if (e == ERR_OK)
        e = domain_format(&card->domain, profile);
    if (e == ERR_OK)
        e = native_cvm_format(&card->vm);
    if (e == ERR_OK)
        e = flush(card);
    return status_of(e);
}

/* An older card without room for it works on as it did. */
static enum err add_global_pin(struct card *card)
{
    const enum err e = native_cvm_format(&card->vm);

    return e == ERR_MEMORY || e == ERR_FULL ? ERR_OK : e;
}

enum card_status card_power_on(struct card *card)
{
    card_power_off(card);
    enum err e = persist_mount(&card->persist);
    if (e == ERR_OK)
        e = heap_mount(&card->heap);
    if (e == ERR_OK)
        e = vm_reset(&card->vm);
    if (e == ERR_OK)
        e = jcre_reset(&card->jcre);
    if (e == ERR_OK)
        e = domain_reset(&card->domain);
    if (e == ERR_OK)
        e = add_global_pin(card);
    if (e == ERR_OK && persist_is_dead(&card->persist))
        e = persist_death(&card->persist);
    if (e == ERR_OK)
        e = flush(card);
    card->on = e == ERR_OK;
    return status_of(e);
}

void card_power_off(struct card *card)
{
    const struct card_port *port = card->port;
    const enum card_protocol protocol = card->protocol;

    io_reset(&card->io);
    if (port->transient != NULL)
        wipe(port->transient, port->transient_size);
    wipe(card, sizeof *card);
    card->protocol = protocol;
    bind(card, port);
    io_reset(&card->io);
    domain_forget(&card->domain);
}

void card_set_protocol(struct card *card, enum card_protocol protocol)
{
    card->protocol = protocol;
    card_power_off(card);
}

/*
 * What stands in front of the historical bytes: T=0 alone; T=1 with blocks of
 * 254 bytes [ISO 7816-3 8.2]; what stands for ISO 14443 [PC/SC 3.1.3.2.3].
 */
static struct span atr_head(enum card_protocol protocol)
{
    static const uint8_t t0[] = {0x3B, 0x0E};
    static const uint8_t t1[] = {0x3B, 0x8E, 0x81, 0x31, 0xFE, 0x45};
    static const uint8_t type_a[] = {0x3B, 0x8E, 0x80, 0x01};
    static const uint8_t type_b[] = {0x3B, 0x88, 0x80, 0x01};

    if (protocol == CARD_T0)
        return span_of(t0, sizeof t0);
    if (protocol == CARD_TYPE_B)
        return span_of(type_b, sizeof type_b);
    return is_contactless(protocol) ? span_of(type_a, sizeof type_a)
                                    : span_of(t1, sizeof t1);
}

/*
 * Historical bytes; for type B application data, protocol info (256-byte
 * frames, ISO 14443-4, CID) and MBLI of its ATQB and answer to ATTRIB.
 */
static size_t put_historical(const struct card *card, uint8_t *at)
{
    static const uint8_t type_b[] = {'P', 'o', 's', 't', 0x00, 0x81, 0x71, 0};

    if (card->protocol == CARD_TYPE_B) {
        memcpy(at, type_b, sizeof type_b);
        return sizeof type_b;
    }
    if (!card->on)
        return domain_put_own_history(CARD_CHANNELS, at);
    return domain_put_history(&card->domain, !is_contactless(card->protocol),
                              at);
}

size_t card_atr(const struct card *card, uint8_t atr[33])
{
    const struct span head = atr_head(card->protocol);
    uint8_t check = 0;

    memcpy(atr, head.p, head.n);
    const size_t count = put_historical(card, atr + head.n);
    size_t n = head.n + count;
    atr[1] = (uint8_t)((atr[1] & (uint8_t)~HISTORY_MASK) | count);
    for (size_t i = 1; i < n; i++)
        check ^= atr[i];
    if (card->protocol != CARD_T0) /* which has no TCK */
        atr[n++] = check;
    return n;
}

/* Answers, or asks the terminal on behalf of an applet that waits. */
static void answer(struct card *card, const struct io_command *c, sw_t sw,
                   struct buf *out)
{
    if (sw == JCRE_WAITS)
        io_ask(&card->io, out);
    else
        io_answer(&card->io, c, sw, out);
}

/* A command that the response under way does not go on with ends it. */
static void process(struct card *card, struct io_command *c, sw_t sw,
                    struct buf *out)
{
    struct span whole = c->bytes;

    if (card->io.transfer.running)
        (void)domain_resume(&card->domain, card->io.transfer.awaits);
    io_response(&card->io, out);
    if (sw == SW_OK && io_is_envelope(&card->io, c)) {
        sw = io_envelope(&card->io, c, &whole);
        if (whole.n > 0)
            sw = io_parse(whole, c);
        c->indirect = true;
    } else {
        card->io.envelope_length = 0;
    }
    if (sw == SW_OK && whole.n > 0)
        sw = domain_command(&card->domain, c, &card->io.response);
    answer(card, c, sw, out);
}

static void execute_t0(struct card *card, struct span bytes, struct buf *out)
{
    struct io_command c;
    sw_t sw = io_parse_t0(bytes, &c);
    enum io_step step = sw == SW_OK ? io_go_on(&card->io, &c, out) : IO_OTHER;

    if (step == IO_OTHER)
        process(card, &c, sw, out);
    if (step == IO_GO_ON)
        answer(card, &c, domain_resume(&card->domain, IO_NOTHING), out);
}

static void execute(struct card *card, struct span bytes, struct buf *out)
{
    struct io_command c;
    sw_t sw = io_parse(bytes, &c);

    if (sw == SW_OK && io_wants_more(&card->io, &c))
        io_answer_more(&card->io, &c, out);
    else
        process(card, &c, sw, out);
}

size_t card_transmit(struct card *card, const uint8_t *command, size_t n,
                     uint8_t *response, size_t cap)
{
    struct buf out = buf_of(response, cap);

    if (!card->on || cap < STATUS_SIZE)
        return 0;
    if (card->protocol == CARD_T0)
        execute_t0(card, span_of(command, n), &out);
    else
        execute(card, span_of(command, n), &out);
    if (!domain_is_loading(&card->domain))
        jcre_between_commands(&card->jcre);
    vault_forget(&card->vault);
    if (persist_is_dead(&card->persist) || flush(card) != ERR_OK) {
        card_power_off(card);
        wipe(response, out.n);
        return 0;
    }
    return out.n;
}

void card_observe(struct card *card, const struct card_observer *observer)
{
    vm_observe(&card->vm, observer);
}

unsigned card_check(struct card *card,
                    void (*report)(void *ctx, const char *line), void *ctx)
{
    if (!card->on) {
        report(ctx, "the card is not on");
        return 1;
    }
    return heap_check(&card->heap, report, ctx) +
           vm_check(&card->vm, report, ctx) +
           jcre_check(&card->jcre, report, ctx) +
           domain_check(&card->domain, report, ctx) +
           native_check(&card->vm, report, ctx);
}

void card_dump(struct card *card, bool counters,
               void (*line)(void *ctx, const char *text), void *ctx)
{
    if (card->on)
        domain_dump(&card->domain, counters, line, ctx);
}

void card_try(struct card *card, const uint8_t *load_file, size_t n,
              struct card_trial *out, void (*tell)(void *ctx, const char *text),
              void *ctx)
{
    memset(out, 0, sizeof *out);
    if (card->on)
        domain_try(&card->domain, span_of(load_file, n), false, out, tell, ctx);
    card_power_off(card);
}

void card_plant(struct card *card, const uint8_t *load_file, size_t n,
                struct card_trial *out,
                void (*tell)(void *ctx, const char *text), void *ctx)
{
    memset(out, 0, sizeof *out);
    if (card->on)
        domain_try(&card->domain, span_of(load_file, n), true, out, tell, ctx);
    if (out->install_sw != SW_OK)
        card_power_off(card);
}

/* Built-in objects have their bodies in struct card: in the copy's now. */
static void move_builtins(struct card *card, const struct card *src)
{
    const uint8_t *start = (const uint8_t *)src;
    struct heap_view v;

    for (unsigned i = 0; i < HEAP_BUILTIN_MAX; i++) {
        if (!heap_get(&src->heap, (ref_t)(HEAP_BUILTIN_FIRST + i), &v) ||
            v.ram == NULL || v.ram < start || v.ram >= start + sizeof *src)
            continue;
        heap_set_builtin(&card->heap, i, &v.h,
                         (uint8_t *)card + (v.ram - start));
    }
}

struct card *card_fork(void *memory, size_t n, const struct card *src,
                       const struct card_port *port)
{
    struct card *card = memory;

    if (n < sizeof *card || port->transient_size != src->port->transient_size)
        return NULL;
    memcpy(card, src, sizeof *card);
    if (port->transient_size > 0)
        memcpy(port->transient, src->port->transient, port->transient_size);
    bind(card, port);
    io_copy(&card->io, &src->io);
    move_builtins(card, src);
    return card;
}
