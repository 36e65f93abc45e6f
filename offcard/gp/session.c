#include <gp/session.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "offcard/gp/opening.h"

enum {
    CHALLENGE = 8,
    CHALLENGE_S16 = 16,
    ANSWER_MAX = 258,
    SEGMENT = 255,
    MORE = 0x80,
    I_UNKNOWN = 0,
    TAG_SEQUENCE = 0xC1,
    TAG_DIVERSIFICATION = 0xCF,
    INS_END_R_MAC_SESSION = 0x78,
    INS_BEGIN_R_MAC_SESSION = 0x7A,
};

/* Any failed exchange of opening, in words. */
static int refused(const char *what, sw_t sw, struct gp_why *why)
{
    gp_why_set(why, "%s was refused: %04X, %s", what, sw, sw_text(sw));
    return sw == 0 ? GP_ERR_PROTOCOL : sw;
}

int gp_opening_exchange(struct gp_session *s, const char *what,
                        struct span command, struct buf *answer,
                        struct gp_why *why)
{
    int result = gp_transmit(s->transport, command, answer);
    if (result != GP_OK) {
        gp_why_set(why, "%s: %s", what, gp_strerr(result));
        return result;
    }
    sw_t sw = gp_response_sw(answer);
    /* 6283: the domain or card is locked, and answers all the same. */
    if (sw != SW_OK && sw != SW_WARNING_LOCKED)
        return refused(what, sw, why);
    return GP_OK;
}

uint8_t gp_opening_i(struct span fci, uint8_t protocol)
{
    static const uint8_t prefix[] = {0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04};
    const size_t n = sizeof prefix;
    for (size_t at = 0; at + n + 2 <= fci.n; at++) {
        if (memcmp(fci.p + at, prefix, n) == 0 && fci.p[at + n] == protocol)
            return fci.p[at + n + 1] & 0x7F;
    }
    return I_UNKNOWN;
}

static void read_fci(struct gp_session *s, struct span data)
{
    struct span fci;
    struct span aid;
    if (tlv_find(data, 0x6F, &fci) == ERR_OK &&
        tlv_find(fci, 0x84, &aid) == ERR_OK)
        (void)gp_aid_set(&s->domain, aid); /* an odd FCI names no domain */
}

int gp_opening_select(struct gp_session *s, const struct gp_aid *domain,
                      struct buf *answer, struct gp_why *why)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    s->domain = *domain;
    int result = gp_cmd_select(&command, gp_aid_span(domain));
    if (result == GP_OK)
        result = gp_opening_exchange(s, "SELECT of the domain",
                                     buf_span(&command), answer, why);
    if (result == GP_OK)
        read_fci(s, gp_response_data(answer));
    return result;
}

/* S16 shows only in the answer, so it is known from the FCI beforehand. */
static size_t challenge_length(struct span fci)
{
    uint8_t i = gp_opening_i(fci, SCP_03);
    return i & SCP03_I_S16 ? CHALLENGE_S16 : CHALLENGE;
}

static int initialize_update(struct gp_session *s, uint8_t kvn, struct span fci,
                             struct gp_why *why)
{
    uint8_t challenge[CHALLENGE_S16];
    uint8_t bytes[GP_APDU_SHORT_MAX];
    uint8_t answer_bytes[ANSWER_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);
    const struct span host = span_of(challenge, challenge_length(fci));

    if (s->crypto->random(s->crypto->ctx, challenge, host.n) != ERR_OK)
        return GP_ERR_CRYPTO;
    int result = gp_cmd_initialize_update(&command, kvn, host);
    if (result == GP_OK)
        result = gp_opening_exchange(s, "INITIALIZE UPDATE", buf_span(&command),
                                     &answer, why);
    if (result == SW_DATA_NOT_FOUND)
        gp_why_set(why, "the card has no key set of version %02X: 6A88", kvn);
    if (result != GP_OK)
        return result;

    enum err e = scp_init_parse(gp_response_data(&answer), host, &s->init);
    if (e != ERR_OK) {
        gp_why_set(why, "INITIALIZE UPDATE was answered in a form that is "
                        "neither SCP01, SCP02 nor SCP03");
        return e == ERR_UNSUPPORTED ? GP_ERR_UNSUPPORTED : GP_ERR_PROTOCOL;
    }
    const uint8_t i = gp_opening_i(fci, s->init.protocol);
    if (s->init.protocol != SCP_03 && i != I_UNKNOWN)
        s->init.i = i;
    return GP_OK;
}

static int check_protocol(const struct gp_session *s, uint8_t wanted,
                          struct gp_why *why)
{
    if (wanted == 0 || wanted == s->init.protocol)
        return GP_OK;
    gp_why_set(why, "the card speaks SCP%02X, not SCP%02X", s->init.protocol,
               wanted);
    return GP_ERR_UNSUPPORTED;
}

static int check_length(const struct gp_session *s,
                        const struct secret_gp_keys *keys, struct gp_why *why)
{
    if (s->init.protocol == SCP_03 || keys->keys.length == 16)
        return GP_OK;
    gp_why_set(why, "SCP%02X takes keys of 16 bytes, these have %u",
               s->init.protocol, keys->keys.length);
    return GP_ERR_KEYS;
}

/* Diversifies with the card's own data, derives, checks its cryptogram. */
static int derive(struct gp_session *s, const struct secret_gp_keys *keys,
                  struct gp_why *why)
{
    struct secret_gp_keys own;
    int result = check_length(s, keys, why);
    if (result == GP_OK)
        result = gp_keys_diversify(s->crypto, keys, s->init.kdd, &own);
    if (result != GP_OK)
        return result;

    enum err e = scp_begin(&s->scp, s->crypto, SCP_HOST, &own.keys, &s->init);
    wipe(&own, sizeof own);
    if (e == ERR_OK)
        return GP_OK;
    if (e != ERR_AUTH)
        return gp_from_err(e);
    gp_why_set(why,
               "the card's cryptogram is wrong for key version %02X: other "
               "keys or another diversification. The host stopped before the "
               "card counts a failed try, of which a real one may allow ten "
               "or fewer; nothing was repeated",
               s->init.kvn);
    return GP_ERR_CARD_AUTH;
}

static int authenticate(struct gp_session *s, uint8_t level, struct gp_why *why)
{
    uint8_t bytes[SCP_AUTHENTICATE_MAX];
    uint8_t answer_bytes[ANSWER_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    struct buf answer = buf_of(answer_bytes, sizeof answer_bytes);

    if (level == GP_LEVEL_BEST)
        level = scp_level_best(s->init.protocol, s->init.i);
    enum err e = scp_authenticate_make(&s->scp, s->crypto, level, &command);
    if (e == ERR_RANGE) {
        gp_why_set(why, "SCP%02X with i=%02X has no security level %02X",
                   s->init.protocol, s->init.i, level);
        return GP_ERR_UNSUPPORTED;
    }
    if (e != ERR_OK)
        return gp_from_err(e);

    int result = gp_opening_exchange(s, "EXTERNAL AUTHENTICATE",
                                     buf_span(&command), &answer, why);
    if (result == SW_AUTH_FAILED || result == SW_SECURITY_STATUS)
        gp_why_set(why,
                   "the card refused the authentication: %04X. It counts: a "
                   "real card may allow ten tries or fewer and then block "
                   "for ever. Nothing was repeated",
                   (unsigned)result);
    return result;
}

/* ---- SCP02 by implicit initiation ---- */

/* What tag 64 of the FCI announces, unless another protocol is asked for. */
static bool is_implicit(const struct gp_session_options *options,
                        struct span fci, uint8_t *i)
{
    *i = options->scp02_i != 0 ? options->scp02_i : gp_opening_i(fci, SCP_02);
    if (*i == I_UNKNOWN || !scp_i_implicit(SCP_02, *i))
        return false;
    return options->protocol == SCP_02 ||
           (options->protocol == 0 && gp_opening_i(fci, SCP_03) == I_UNKNOWN);
}

/* n bytes of a data object that holds nothing else. */
static int get_data(struct gp_session *s, uint8_t tag, uint8_t *out, size_t n,
                    struct gp_why *why)
{
    const uint8_t get[] = {0x80, 0xCA, 0x00, tag, 0x00};
    uint8_t bytes[ANSWER_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span value;

    int result = gp_opening_exchange(s, "GET DATA", span_of(get, sizeof get),
                                     &answer, why);
    if (result != GP_OK)
        return result;
    if (tlv_find(gp_response_data(&answer), tag, &value) != ERR_OK ||
        value.n != n) {
        gp_why_set(why, "GET DATA of tag %02X: %zu bytes were expected", tag,
                   n);
        return GP_ERR_PROTOCOL;
    }
    memcpy(out, value.p, n);
    return GP_OK;
}

/* The diversification data are asked for only where they matter. */
static int read_init(struct gp_session *s, const struct secret_gp_keys *keys,
                     struct gp_why *why)
{
    int result = get_data(s, TAG_SEQUENCE, s->init.sequence, 2, why);
    if (result == GP_OK && keys->diversification != GP_DIV_NONE)
        result =
            get_data(s, TAG_DIVERSIFICATION, s->init.kdd, SCP_KDD_SIZE, why);
    return result;
}

/* The first command of the session will show whether the card agrees. */
static int open_implicit(struct gp_session *s,
                         const struct gp_session_options *options, uint8_t i,
                         struct gp_why *why)
{
    struct secret_gp_keys own;

    if (options->level != GP_LEVEL_BEST && options->level != SCP_C_MAC) {
        gp_why_set(why, "implicit initiation has C-MAC alone, not level %02X",
                   options->level);
        return GP_ERR_UNSUPPORTED;
    }
    s->init = (struct scp_init){.protocol = SCP_02, .i = i};
    int result = check_length(s, options->keys, why);
    if (result == GP_OK)
        result = read_init(s, options->keys, why);
    if (result == GP_OK)
        result = gp_keys_diversify(s->crypto, options->keys, s->init.kdd, &own);
    if (result != GP_OK)
        return result;
    enum err e = scp_open_implicit(&s->scp, s->crypto, SCP_HOST, &own.keys,
                                   &s->init, gp_aid_span(&s->domain));
    wipe(&own, sizeof own);
    return gp_from_err(e);
}

static int open_steps(struct gp_session *s,
                      const struct gp_session_options *options,
                      struct gp_why *why)
{
    uint8_t bytes[ANSWER_MAX];
    struct buf fci = buf_of(bytes, sizeof bytes);
    uint8_t kvn = options->kvn != 0 ? options->kvn : options->keys->kvn;

    uint8_t i = I_UNKNOWN;

    int result = gp_opening_select(s, &options->domain, &fci, why);
    if (result == GP_OK && is_implicit(options, gp_response_data(&fci), &i))
        return open_implicit(s, options, i, why);
    if (result == GP_OK)
        result = initialize_update(s, kvn, gp_response_data(&fci), why);
    if (result == GP_OK && s->init.protocol == SCP_02 &&
        options->scp02_i != I_UNKNOWN)
        s->init.i = options->scp02_i;
    if (result == GP_OK)
        result = check_protocol(s, options->protocol, why);
    if (result == GP_OK)
        result = derive(s, options->keys, why);
    if (result == GP_OK)
        result = authenticate(s, options->level, why);
    return result;
}

int gp_session_open(struct gp_session *s, struct gp_transport *transport,
                    const struct crypto_port *crypto,
                    const struct gp_session_options *options,
                    struct gp_why *why)
{
    *s = (struct gp_session){.transport = transport, .crypto = crypto};
    int result = open_steps(s, options, why);
    if (result != GP_OK)
        scp_close(&s->scp);
    return result;
}

size_t gp_session_data_max(const struct gp_session *s)
{
    return scp_data_max(s->scp.protocol, s->scp.i, s->scp.level);
}

/* Only these know GlobalPlatform's own chaining [GPCS 11.1.5.1]. */
static bool can_chain(uint8_t ins)
{
    return ins == 0xE4 || ins == 0xE6 || ins == 0xD8;
}

/* Data that one short command cannot carry once they are protected. */
static bool must_chain(const struct gp_session *s, struct span plain)
{
    if (plain.n <= 7 || !can_chain(plain.p[1]))
        return false;
    size_t lc = plain.p[4] != 0 ? plain.p[4] : get_u2(plain.p + 5);
    return lc > gp_session_data_max(s);
}

/* The same command in extended form, over which the MAC is computed. */
static enum err extend(struct span plain, struct buf *out)
{
    size_t lc = plain.p[4];
    const uint8_t length[3] = {0, 0, (uint8_t)lc};
    if (lc == 0)
        return buf_put_span(out, plain); /* it is in extended form */
    if (plain.n != 5 + lc && plain.n != 6 + lc)
        return ERR_FORMAT;
    enum err e = buf_put(out, plain.p, 4);
    if (e == ERR_OK)
        e = buf_put(out, length, sizeof length);
    if (e == ERR_OK)
        e = buf_put(out, plain.p + 5, lc);
    return e;
}

/* The wrapped data in pieces; the last one ends the chain and is answered. */
static int send_chain(struct gp_session *s, struct span wrapped,
                      struct buf *answer)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct span data = span_of(wrapped.p + 7, get_u2(wrapped.p + 5));

    for (;;) {
        struct buf command = buf_of(bytes, sizeof bytes);
        size_t n = data.n < SEGMENT ? data.n : SEGMENT;
        bool last = n == data.n;
        const uint8_t head[5] = {wrapped.p[0], wrapped.p[1],
                                 (uint8_t)(wrapped.p[2] | (last ? 0 : MORE)),
                                 wrapped.p[3], (uint8_t)n};
        enum err e = buf_put(&command, head, sizeof head);
        if (e == ERR_OK)
            e = buf_put(&command, data.p, n);
        if (e == ERR_OK)
            e = buf_put_u1(&command, 0);
        if (e != ERR_OK)
            return gp_from_err(e);

        int result = gp_transmit(s->transport, buf_span(&command), answer);
        if (result != GP_OK || last || gp_response_sw(answer) != SW_OK)
            return result;
        data = span_of(data.p + n, data.n - n);
    }
}

/* Buffers of one exchange, as large as this one needs. */
struct work {
    struct buf longer; /* the command in extended form */
    struct buf wrapped;
    struct buf answer;
};

static bool is_command(struct span plain, uint8_t ins)
{
    return plain.n >= 4 && (plain.p[0] & 0x80) != 0 && plain.p[1] == ins;
}

/*
 * What BEGIN and END R-MAC SESSION did to the session at the card, they do here
 * once it has agreed; `mac` is what END is to return, if it is more than the
 * answer's own.
 */
static enum err follow(struct gp_session *s, struct span plain, sw_t sw,
                       struct scp_ticket *ticket, struct buf *mac)
{
    if (sw != SW_OK)
        return ERR_OK;
    if (is_command(plain, INS_BEGIN_R_MAC_SESSION))
        return scp_r_mac_begin(&s->scp, s->crypto, plain, ticket);
    if (is_command(plain, INS_END_R_MAC_SESSION))
        return scp_r_mac_end(&s->scp, plain, ticket, mac);
    return ERR_OK;
}

static int unwrap(struct gp_session *s, struct span plain, struct span answer,
                  struct scp_ticket *ticket, struct buf *response)
{
    uint8_t bytes[SCP_MAC_MAX];
    struct buf mac = buf_of(bytes, sizeof bytes);
    sw_t sw = answer.n < 2 ? 0 : get_u2(answer.p + answer.n - 2);

    response->n = 0;
    enum err e = follow(s, plain, sw, ticket, &mac);
    if (e == ERR_OK)
        e = scp_unwrap_response(&s->scp, s->crypto, ticket, plain, answer,
                                response);
    if (e == ERR_OK && mac.n > 0 &&
        !(response->n == mac.n + 2 && ct_equal(response->p, mac.p, mac.n)))
        e = ERR_AUTH;
    return gp_from_err(e);
}

static int transmit(struct gp_session *s, struct span plain, struct work *w,
                    struct buf *response)
{
    struct scp_ticket ticket;
    bool chain = must_chain(s, plain);
    enum err e = ERR_OK;

    if (chain) {
        e = extend(plain, &w->longer);
        plain = buf_span(&w->longer);
    }
    if (e == ERR_OK)
        e = scp_wrap_command(&s->scp, s->crypto, plain, &w->wrapped, &ticket);
    if (e != ERR_OK)
        return e == ERR_RANGE ? GP_ERR_TOO_LONG : gp_from_err(e);

    const struct span wrapped = buf_span(&w->wrapped);
    int result = chain ? send_chain(s, wrapped, &w->answer)
                       : gp_transmit(s->transport, wrapped, &w->answer);
    if (result != GP_OK)
        return result;
    return unwrap(s, plain, buf_span(&w->answer), &ticket, response);
}

int gp_session_transmit(struct gp_session *s, struct span plain,
                        struct buf *response)
{
    size_t longer = plain.n + 2;
    size_t wrapped = longer + SCP_OVERHEAD_MAX + 3;
    size_t answer = response->cap < ANSWER_MAX ? ANSWER_MAX : response->cap;
    answer += SCP_OVERHEAD_MAX;

    size_t all = longer + wrapped + answer;
    uint8_t *bytes = malloc(all);
    if (bytes == NULL)
        return GP_ERR_MEMORY;
    struct work w = {.longer = buf_of(bytes, longer),
                     .wrapped = buf_of(bytes + longer, wrapped),
                     .answer = buf_of(bytes + longer + wrapped, answer)};
    int result = transmit(s, plain, &w, response);
    /* The plain command may hold a key; the answer is the caller's anyway. */
    wipe(bytes, longer + wrapped);
    free(bytes);
    return result;
}

int gp_session_command(struct gp_session *s, struct span plain,
                       struct buf *response)
{
    uint8_t bytes[ANSWER_MAX];
    struct buf own = buf_of(bytes, sizeof bytes);
    struct buf *answer = response != NULL ? response : &own;
    int result = gp_session_transmit(s, plain, answer);
    if (result != GP_OK)
        return result;
    sw_t sw = gp_response_sw(answer);
    return sw == SW_OK ? GP_OK : sw;
}

void gp_session_close(struct gp_session *s)
{
    scp_close(&s->scp);
    *s = (struct gp_session){.transport = NULL};
}
