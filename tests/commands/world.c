#include "tests/commands/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hex.h"
#include "domains/cardwide.h"
#include "domains/counters.h"
#include "domains/keys.h"
#include "domains/objects.h"
#include "root.h"

enum {
    PIECE = 180,
    LARGEST = 32, /* bytes of a key */
    SHOWS = 8,    /* so many bytes of a key are a key shown */
    EXTENDED_HEAD = 7,
};

static const uint8_t keys[WORLD_KEYS][LARGEST] = {
#define KEY(n)                                                                 \
    {                                                                          \
        (n) ^ 0x5B, 0xE1, 0x3C, 0x96, (n)*7, 0x2D, 0xF4, 0x81, (n) ^ 0xC7,     \
            0x6A, 0xB9, 0x14, (n)*11, 0x8E, 0x53, 0xD0, (n) ^ 0x1F, 0xA5,      \
            0x72, 0xEC, (n)*13, 0x4B, 0x98, 0x37, (n) ^ 0xE6, 0x05, 0xDA,      \
            0x7B, (n)*17, 0x9C, 0x41, 0xB2                                     \
    }
    KEY(0x01), KEY(0x02), KEY(0x03), KEY(0x04), KEY(0x05),
    KEY(0x06), KEY(0x07), KEY(0x08), KEY(0x09), KEY(0x0A),
    KEY(0x0B), KEY(0x0C), KEY(0x0D), KEY(0x0E), KEY(0x0F),
#undef KEY
};

void world_demand(bool holds, const char *why)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", why);
    abort();
}

static void finding(void *ctx, const char *line)
{
    (void)ctx;
    world_demand(false, line);
}

const uint8_t *world_key(unsigned i)
{
    return keys[i];
}

const uint8_t *world_kcv(const struct world *w, unsigned i, uint8_t type,
                         size_t length)
{
    return w->kcv[i][type == KEY_TYPE_DES ? 3 : length / 8 - 2];
}

static struct domain *domains(const struct world *w)
{
    return &w->host.card->domain;
}

/* ---- what is looked at ---- */

bool world_shows_key(struct span bytes)
{
    for (size_t at = 0; at + SHOWS <= bytes.n; at++) {
        for (unsigned i = 0; i < WORLD_KEYS; i++) {
            for (size_t part = 0; part < LARGEST; part += SHOWS) {
                if (memcmp(bytes.p + at, keys[i] + part, SHOWS) == 0)
                    return true;
            }
        }
    }
    return false;
}

/* What is traced is text: keys in it would be hexadecimal, or raw. */
static void look_at_trace(const struct world *w)
{
    const char *text = w->host.reason;
    char hex[2 * SHOWS + 1];

    world_demand(!world_shows_key(span_of((const uint8_t *)text, strlen(text))),
                 "a trace shows a key");
    for (unsigned i = 0; i < WORLD_KEYS; i++) {
        for (size_t part = 0; part < LARGEST; part += SHOWS) {
            hex_encode(span_of(keys[i] + part, SHOWS), hex);
            world_demand(strcasestr(text, hex) == NULL, "a trace shows a key");
        }
    }
}

void world_forget_counters(uint8_t *record, size_t n)
{
    const uint8_t kind = record[0];

    if (kind == ENTRY_KEY)
        memset(record + KEY_COUNTER_AT, 0, KEY_COUNTER_ROOM);
    if (kind == ENTRY_DOMAIN)
        memset(record + 8, 0, 2);
    if (kind == ENTRY_DATA && record[1] == 0 &&
        get_u2(record + 2) <= COUNTERS_TAG)
        memset(record, 0, n);
}

uint64_t world_content(const struct card *card)
{
    const struct domain *d = &card->domain;
    uint64_t sum = 1;
    uint8_t record[KEY_RECORD_MAX], slot[2];
    struct heap_view v;
    ref_t ref;

    for (uint16_t s = domain_next_slot(d, 0); s != DOMAIN_NONE;
         s = domain_next_slot(d, (uint16_t)(s + 1))) {
        world_demand(domain_record(d, s, &v, &ref) &&
                         v.h.length <= sizeof record,
                     "a record that is none");
        memcpy(record, v.p, v.h.length);
        world_forget_counters(record, v.h.length);
        if (record[0] == 0)
            continue;
        set_u2(slot, s);
        sum = check_add(sum, slot, sizeof slot);
        sum = check_add(sum, record, v.h.length);
    }
    const uint8_t restrictions = domain_restrictions(d);
    return check_add(sum, &restrictions, 1);
}

uint16_t world_domain(const struct world *w, uint8_t channel)
{
    const struct domain_channel *ch = &domains(w)->channels[channel];
    struct registry_entry e;

    return ch->open && domain_entry(domains(w), ch->selected, &e) &&
                   e.kind == ENTRY_DOMAIN
               ? e.slot
               : DOMAIN_NONE;
}

bool world_is_open(const struct world *w, uint8_t channel)
{
    return domains(w)->channels[channel].open;
}

bool world_in_session(const struct world *w, uint8_t channel)
{
    return domains(w)->channels[channel].session.state == SCP_OPEN;
}

bool world_has_host(const struct world *w, uint8_t channel)
{
    return world_in_session(w, channel) &&
           (domains(w)->channels[channel].host & HOST_WHO) != HOST_NOBODY;
}

static bool is_refusal(sw_t sw)
{
    return sw != SW_OK && sw >> 8 != 0x62 && sw >> 8 != 0x63;
}

/* The host forgets the sessions that the card has ended. */
static void follow(struct world *w)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        const uint8_t state = domains(w)->channels[c].session.state;
        const bool awaited =
            state == SCP_CLOSED && w->sessions[c].state == SCP_OPEN &&
            scp_i_implicit(w->sessions[c].protocol, w->sessions[c].i);
        if (state != SCP_OPEN && !awaited)
            scp_close(&w->sessions[c]);
    }
}

void world_look(const struct world *w)
{
    world_demand(card_check(w->host.card, finding, NULL) == 0, "card_check");
    world_demand(!world_shows_key(span_of(w->host.response, w->host.n)),
                 "an answer shows a key");
    look_at_trace(w);
}

/* ---- sending ---- */

static uint8_t class_on(uint8_t cla, uint8_t channel)
{
    const uint8_t secure = (cla & 0x0C) != 0 ? 0x20 : 0x00;

    return channel < 4
               ? (uint8_t)((cla & 0xFC) | channel)
               : (uint8_t)((cla & 0x90) | 0x40 | secure | (channel - 4));
}

/* The host's end can protect it: it is a command. */
static bool can_wrap(const struct world *w, struct span apdu)
{
    struct scp_session copy = w->host.session;
    struct buf out = buf_of(w->host.protected, 4096);

    return copy.state == SCP_OPEN &&
           scp_wrap_command(&copy, &w->host.crypto, apdu, &out, NULL) == ERR_OK;
}

/* With a bit of its last bytes another: of the MAC, if there is one. */
static sw_t send_broken(struct world *w, struct span apdu)
{
    static uint8_t bytes[4096];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct host *h = &w->host;

    if (scp_wrap_command(&h->session, &h->crypto, apdu, &out, NULL) != ERR_OK)
        return host_raw(h, apdu);
    const bool extended = out.p[4] == 0;
    const size_t head = extended ? EXTENDED_HEAD : 5;
    const size_t n = extended ? get_u2(out.p + 5) : out.p[4];
    out.p[head + n - 1] ^= 0x01;
    return host_raw(h, buf_span(&out));
}

/* By b8 of P1, without a session. */
static sw_t send_pieces(struct world *w, struct span apdu)
{
    uint8_t c[5 + PIECE];
    struct span rest = span_of(apdu.p + EXTENDED_HEAD, get_u2(apdu.p + 5));
    sw_t sw = SW_OK;

    while (sw == SW_OK && rest.n > 0) {
        const size_t n = rest.n < PIECE ? rest.n : PIECE;
        memcpy(c, apdu.p, 4);
        c[2] = n < rest.n ? apdu.p[2] | 0x80 : apdu.p[2];
        c[4] = (uint8_t)n;
        memcpy(c + 5, rest.p, n);
        rest = span_of(rest.p + n, rest.n - n);
        sw = host_raw(&w->host, span_of(c, 5 + n));
    }
    return sw;
}

static sw_t send_as(struct world *w, const struct world_command *c,
                    struct span apdu)
{
    const bool wrapped = c->protection != BARE && can_wrap(w, apdu);

    if (c->in_pieces)
        return wrapped ? host_chain(&w->host, apdu) : send_pieces(w, apdu);
    if (!wrapped)
        return host_raw(&w->host, apdu);
    return c->protection == BROKEN ? send_broken(w, apdu)
                                   : host_send(&w->host, apdu);
}

/* A command as secure messaging knows it, in one piece. */
static bool is_plain_and_whole(const struct world *w,
                               const struct world_command *c)
{
    const struct span a = c->apdu;

    if (c->in_pieces || a.n < 4 || domains(w)->io->chain_open ||
        (a.p[0] & 0x7C) != 0)
        return false;
    switch (a.p[1]) {
    case 0xA4: /* SELECT, MANAGE CHANNEL: OPEN's own */
    case 0x70:
    case 0x50: /* these open a session */
    case 0x82:
    case 0x88:
    case 0x2A:
    case 0xC0: /* GET RESPONSE and ENVELOPE: of transmission */
    case 0xC2:
        return false;
    case 0xD8: /* more may follow */
    case 0xE4:
    case 0xE6:
        return a.p[2] < 0x80;
    default:
        return true;
    }
}

/* What holds of a command to a domain in a session; how it was before. */
struct before {
    bool counts; /* there was one, and the host knew it */
    uint8_t level;
    bool implicit;
};

static struct before look_before(const struct world *w,
                                 const struct world_command *c)
{
    const struct scp_session *s = &domains(w)->channels[c->channel].session;
    struct scp_session copy = w->sessions[c->channel];
    struct buf out = buf_of(w->host.protected, 4096);

    return (struct before){
        .counts = world_domain(w, c->channel) != DOMAIN_NONE &&
                  s->state == SCP_OPEN && copy.state == SCP_OPEN &&
                  is_plain_and_whole(w, c) &&
                  scp_wrap_command(&copy, &w->host.crypto, c->apdu, &out,
                                   NULL) == ERR_OK,
        .level = s->level,
        .implicit = scp_i_implicit(s->protocol, s->i),
    };
}

static void look_behind(const struct world *w, const struct world_command *c,
                        const struct before *b)
{
    const uint8_t state = domains(w)->channels[c->channel].session.state;

    if (!b->counts)
        return;
    if (c->protection == AS_SESSION && state == SCP_OPEN)
        world_demand(w->sw != 1, "an answer is not protected as agreed");
    if ((b->level & SCP_C_MAC) == 0 || c->protection == AS_SESSION ||
        (b->implicit && c->protection == BARE))
        return;
    world_demand(w->sw == SW_SECURITY_STATUS, "a wrong MAC is accepted");
    world_demand(state != SCP_OPEN, "a session outlives a wrong MAC");
}

static void look_at_content(const struct world *w, uint64_t before,
                            bool authority)
{
    const bool same = world_content(w->host.card) == before;

    world_demand(same || !is_refusal(w->sw) || w->sw == 1,
                 "a refused command changed content");
    world_demand(same || authority, "content changed without a session");
}

static void write_log(const struct world *w, const struct world_command *c,
                      const uint8_t *apdu)
{
    static const char *const how[] = {"", "bare ", "broken "};
    static char hex[2 * WORLD_DATA_MAX + 1];

    hex_encode(span_of(apdu, c->apdu.n < 300 ? c->apdu.n : 300), hex);
    fprintf(w->log, "%s%s%s\n", how[c->protection],
            c->in_pieces ? "in pieces " : "", hex);
    hex_encode(span_of(w->host.response, w->host.n < 64 ? w->host.n : 64), hex);
    fprintf(w->log, "    %s %04X %s\n", hex, w->sw, w->host.reason);
    fflush(w->log);
}

sw_t world_send(struct world *w, const struct world_command *c)
{
    static uint8_t bytes[WORLD_DATA_MAX + 64];
    const uint64_t content = world_content(w->host.card);
    const bool authority = world_has_host(w, c->channel);
    const struct before before = look_before(w, c);

    world_demand(c->apdu.n <= sizeof bytes, "a command is too long");
    memcpy(bytes, c->apdu.p, c->apdu.n);
    if (c->apdu.n > 0)
        bytes[0] = class_on(bytes[0], c->channel);
    if (w->before != NULL)
        w->before(w, c);
    w->host.session = w->sessions[c->channel];
    w->sw = send_as(w, c, span_of(bytes, c->apdu.n));
    w->sessions[c->channel] = w->host.session;
    w->commands++;
    if (w->log != NULL)
        write_log(w, c, bytes);
    world_demand(w->sw != 0, "the card is mute");
    world_look(w);
    look_behind(w, c, &before);
    look_at_content(w, content, authority || world_has_host(w, c->channel));
    if (w->behind != NULL)
        w->behind(w, c);
    follow(w);
    return w->sw;
}
