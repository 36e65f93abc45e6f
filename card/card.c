#include <card/card.h>

#include <string.h>

#include "base/ct.h"
#include "domains/trial.h"
#include "natives/natives.h"
#include "root.h"

enum { STATUS_SIZE = 2 };

size_t card_size(void)
{
    return sizeof(struct card);
}

bool card_is_tagged(void)
{
    return CARD_TAGGED;
}

/* Each part is told where the others are; what they know stays. */
static void bind(struct card *card, const struct card_port *port)
{
    const struct heap_layout layout = {&card->vm, vm_is_reference};
    struct vm_hooks hooks = jcre_vm_hooks(&card->jcre);

    hooks.natives = native_table;
    hooks.budget = port->instructions;
    card->port = port;
    card->services = domain_services(&card->domain);
    persist_bind(&card->persist, port);
    heap_bind(&card->heap, &card->persist, layout);
    io_bind(&card->io, port->io, port->io_size);
    vm_bind(&card->vm, &card->heap, hooks);
    jcre_bind(&card->jcre, &card->vm, &card->heap, port, &card->services);
    domain_bind(&card->domain, port, &card->heap, &card->vm, &card->jcre,
                &card->io);
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
        e = flush(card);
    return status_of(e);
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
    if (e == ERR_OK && persist_is_dead(&card->persist))
        e = ERR_IO;
    if (e == ERR_OK)
        e = flush(card);
    card->on = e == ERR_OK;
    return status_of(e);
}

void card_power_off(struct card *card)
{
    const struct card_port *port = card->port;

    io_reset(&card->io);
    wipe(card, sizeof *card);
    bind(card, port);
    io_reset(&card->io);
    domain_forget(&card->domain);
}

/*
 * T=1 with blocks of 254 bytes; the historical bytes say: selection by full
 * and partial name, chaining, extended lengths, channels. [ISO 7816-3 8.2]
 */
size_t card_atr(const struct card *card, uint8_t atr[33])
{
    static const uint8_t bytes[] = {
        0x3B, 0x8E, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x73, 0xC0, 0x01,
        0xDF, 0x68, 'P',  'o',  's',  't',  'c',  'a',  'r',  'd',
    };
    uint8_t check = 0;

    (void)card;
    memcpy(atr, bytes, sizeof bytes);
    for (size_t i = 1; i < sizeof bytes; i++)
        check ^= bytes[i];
    atr[sizeof bytes] = check;
    return sizeof bytes + 1;
}

static void execute(struct card *card, struct span bytes, struct buf *out)
{
    struct io_command c;

    sw_t sw = io_parse(bytes, &c);
    if (sw == SW_OK && io_wants_more(&card->io, &c)) {
        io_answer_more(&card->io, &c, out);
        return;
    }
    struct buf data = io_response(&card->io, out);
    if (sw == SW_OK)
        sw = domain_command(&card->domain, &c, &data);
    io_answer(&card->io, &c, &data, sw, out);
}

size_t card_transmit(struct card *card, const uint8_t *command, size_t n,
                     uint8_t *response, size_t cap)
{
    struct buf out = buf_of(response, cap);

    if (!card->on || cap < STATUS_SIZE)
        return 0;
    execute(card, span_of(command, n), &out);
    if (!domain_is_loading(&card->domain))
        jcre_between_commands(&card->jcre);
    if (persist_is_dead(&card->persist) || flush(card) != ERR_OK) {
        card_power_off(card);
        wipe(response, out.n);
        return 0;
    }
    return out.n;
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
           domain_check(&card->domain, report, ctx);
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
        domain_try(&card->domain, span_of(load_file, n), out, tell, ctx);
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

    if (n < sizeof *card)
        return NULL;
    memcpy(card, src, sizeof *card);
    bind(card, port);
    io_copy(&card->io, &src->io);
    move_builtins(card, src);
    return card;
}
