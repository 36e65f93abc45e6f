#include "domains/session.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "domains/cardwide.h"
#include "domains/keys.h"
#include "domains/load.h"
#include "domains/text.h"
#include "domains/tries.h"
#include "securechannel/apdu.h"

enum { SCP01_CHANNELS = 4 };

struct domain_channel *domain_here(struct domain *d)
{
    assert(d->channel < CARD_CHANNELS);
    return &d->channels[d->channel];
}

void domain_forget_waiting(struct domain *d, uint8_t channel)
{
    if (d->store.length > 0 && d->store.channel == channel)
        wipe(&d->store, sizeof d->store);
}

void domain_end_personalization(struct domain *d, uint8_t channel)
{
    struct domain_channel *ch = &d->channels[channel];

    ch->personalized = DOMAIN_NONE;
    ch->store_block = 0;
    domain_forget_waiting(d, channel);
}

void domain_end_session(struct domain *d, uint8_t channel)
{
    struct domain_channel *ch = &d->channels[channel];

    scp_close(&ch->session);
    ch->session_domain = DOMAIN_NONE;
    ch->session_keys = DOMAIN_NONE;
    ch->protected_response = false;
    ch->host = HOST_PROVIDER;
    if (d->peer.channel == channel)
        wipe(&d->peer, sizeof d->peer);
    domain_end_personalization(d, channel);
    if (d->load.active && d->load.channel == channel)
        domain_load_abort(d);
}

void domain_end_sessions_of(struct domain *d, uint16_t domain)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        const struct domain_channel *ch = &d->channels[c];
        if (ch->session.state != SCP_CLOSED &&
            (ch->session_domain == domain || ch->session_keys == domain))
            domain_end_session(d, c);
    }
}

void domain_end_begun(struct domain *d, uint16_t domain, uint8_t version)
{
    for (uint8_t c = 0; c < CARD_CHANNELS; c++) {
        const struct domain_channel *ch = &d->channels[c];
        if (ch->session.state == SCP_BEGUN && ch->session_keys == domain &&
            ch->session.kvn == version)
            domain_end_session(d, c);
    }
}

static bool is_predictable(const struct scp_init *init)
{
    if (init->protocol == SCP_03)
        return (init->i & SCP03_I_PSEUDO_RANDOM) != 0;
    return init->protocol == SCP_02 && (init->i & SCP02_I_PSEUDO_RANDOM) != 0;
}

/* SCP03 counts each challenge [Amd D 6.2.2.1], SCP02 each session opened. */
static enum err set_sequence(struct domain *d, const struct domain_key_set *set,
                             struct scp_init *init)
{
    uint32_t counter = set->counter;

    if (init->protocol == SCP_02) {
        set_u2(init->sequence, (uint16_t)counter);
        return counter < KEY_COUNTER_MAX_SCP02 ? ERR_OK : ERR_RANGE;
    }
    if (!is_predictable(init))
        return ERR_OK;
    counter++;
    init->sequence[0] = (uint8_t)(counter >> 16);
    set_u2(init->sequence + 1, (uint16_t)counter);
    return domain_set_counter(d, set, counter);
}

static enum err set_challenge(struct domain *d,
                              const struct secret_scp_keys *keys,
                              struct span aid, struct scp_init *init)
{
    const struct crypto_port *crypto = d->port->crypto;

    if (is_predictable(init))
        return scp_card_challenge(crypto, keys, aid, init);
    return crypto->random(crypto->ctx, init->card_challenge,
                          init->protocol == SCP_02 ? 6
                                                   : init->challenge_length);
}

static enum err answer(struct domain *d, const struct domain_key_set *set,
                       struct span aid, struct scp_init *init,
                       struct buf *response)
{
    struct scp_session *session = &domain_here(d)->session;
    struct secret_scp_keys keys;

    if (!domain_open_key_set(d, set, &keys))
        return ERR_NOT_FOUND;
    enum err e = set_sequence(d, set, init);
    if (e == ERR_OK)
        e = set_challenge(d, &keys, aid, init);
    if (e == ERR_OK)
        e = scp_begin(session, d->port->crypto, SCP_CARD, &keys, init);
    if (e == ERR_OK)
        e = scp_init_put(init, response);
    wipe(&keys, sizeof keys);
    if (e != ERR_OK)
        scp_close(session);
    return e;
}

static struct scp_init new_init(const struct domain *d,
                                const struct domain_key_set *set)
{
    struct scp_init init = {
        .protocol = set->protocol,
        .i = set->i,
        .kvn = set->version,
        .challenge_length = 8,
    };

    if (init.protocol == SCP_03 && (init.i & SCP03_I_S16) != 0)
        init.challenge_length = 16;
    memcpy(init.kdd, domain_diversification(d), SCP_KDD_SIZE);
    return init;
}

bool domain_is_blocked(const struct domain *d, uint16_t holder)
{
    if (domain_tries_left(d, holder) > 0)
        return false;
    domain_trace(d, "secure channel: too many authentications failed");
    return true;
}

/*
 * P2 is RFU, but under SCP01 it may name the first key [GPCS 2.2.1 D.4.1.4],
 * which has three supplementary logical channels at most [D.1.1].
 */
static sw_t check_command(const struct domain *d,
                          const struct domain_key_set *set,
                          const struct io_command *c)
{
    if (set->protocol != SCP_01)
        return c->p2 == 0 ? SW_OK : SW_WRONG_P1P2;
    return d->channel < SCP01_CHANNELS ? SW_OK : SW_CHANNEL_UNSUPPORTED;
}

sw_t domain_begin_session(struct domain *d, uint16_t domain, struct span aid,
                          const struct io_command *c, struct buf *response)
{
    struct domain_channel *ch = domain_here(d);
    uint16_t holder = domain_key_holder(d, domain);
    struct domain_key_set set;

    domain_end_session(d, d->channel);
    if (c->p2 > KEY_ID_ENC || c->p1 > KEY_VERSION_MAX)
        return SW_WRONG_P1P2;
    if (!domain_find_opening_set(d, holder, c->p1, false, &set)) {
        domain_trace(d, "INITIALIZE UPDATE: no such key version");
        return SW_DATA_NOT_FOUND;
    }
    sw_t sw = check_command(d, &set, c);
    if (sw != SW_OK)
        return sw;
    if (!domain_set_serves(d, &set,
                           domain == holder && ch->selected == domain)) {
        domain_trace(d, "INITIALIZE UPDATE: the keys are not for this");
        return SW_DATA_NOT_FOUND;
    }
    if (domain_is_blocked(d, holder))
        return SW_AUTH_BLOCKED;
    struct scp_init init = new_init(d, &set);
    if (c->data.n != init.challenge_length)
        return SW_WRONG_LENGTH;
    memcpy(init.host_challenge, c->data.p, c->data.n);

    enum err e = answer(d, &set, aid, &init, response);
    if (e == ERR_RANGE) {
        domain_trace(d, "INITIALIZE UPDATE: the sequence counter is used up");
        return SW_CONDITIONS;
    }
    ch->session_domain = domain;
    ch->session_keys = holder;
    ch->sequence = get_u2(init.sequence);
    return sw_from_err(e);
}

/* A session is open: what it demands of messages is not to be lowered. */
static enum err count_session(struct domain *d, struct domain_channel *ch)
{
    struct domain_key_set set;

    ch->least_level = ch->session.level;
    if (ch->session.protocol != SCP_02)
        return ERR_OK; /* counted already, or never */
    if (!domain_find_key_set(d, ch->session_keys, ch->session.kvn, &set))
        return ERR_NOT_FOUND;
    return domain_set_counter(d, &set, set.counter + 1);
}

/*
 * Whether the count that the session was begun with has opened another since,
 * on another channel: the same keys would come again, and with them all that
 * was sent there.  [GPCS E.1.2]
 */
static bool is_overtaken(const struct domain *d,
                         const struct domain_channel *ch)
{
    struct domain_key_set set;

    return ch->session.protocol == SCP_02 &&
           (!domain_find_key_set(d, ch->session_keys, ch->session.kvn, &set) ||
            set.counter != ch->sequence);
}

/* What happened since the session was begun, on other channels. */
static sw_t may_authenticate(const struct domain *d,
                             const struct domain_channel *ch)
{
    if (domain_is_blocked(d, ch->session_keys))
        return SW_AUTH_BLOCKED;
    if (domain_key_holder(d, ch->session_domain) != ch->session_keys)
        return domain_refuse(
            d, SW_CONDITIONS,
            "EXTERNAL AUTHENTICATE: the domain has other keys");
    return is_overtaken(d, ch)
               ? domain_refuse(d, SW_CONDITIONS,
                               "EXTERNAL AUTHENTICATE: its count is used up")
               : SW_OK;
}

sw_t domain_authenticate(struct domain *d, uint16_t domain, struct span command)
{
    struct domain_channel *ch = domain_here(d);

    if (ch->session.state != SCP_BEGUN || ch->session_domain != domain)
        return SW_CONDITIONS;
    sw_t sw = may_authenticate(d, ch);
    if (sw != SW_OK) {
        domain_end_session(d, d->channel);
        return sw;
    }
    enum err e = domain_count_try(d, ch->session_keys);
    if (e == ERR_OK)
        e = scp_authenticate_check(&ch->session, d->port->crypto, command);
    if (e == ERR_OK)
        e = count_session(d, ch);
    if (e == ERR_OK)
        e = domain_forget_tries(d, ch->session_keys);
    if (e == ERR_OK)
        return SW_OK;
    domain_tell_try(d, ch->session_keys, "EXTERNAL AUTHENTICATE: refused");
    domain_end_session(d, d->channel);
    return scp_authenticate_word(e);
}

/* [GPCS table 10-1] */
static uint8_t level_of(uint8_t host)
{
    if ((host & HOST_WHO) == HOST_NOBODY)
        return 0;
    return (host & HOST_WHO) == HOST_ANY ? LEVEL_ANY : LEVEL_AUTHENTICATED;
}

uint8_t domain_level(const struct domain *d, uint16_t domain)
{
    const struct domain_channel *ch = &d->channels[d->channel];

    if (ch->session.state != SCP_OPEN || ch->session_domain != domain)
        return 0;
    return level_of(ch->host) | ch->session.level;
}

/* ---- commands of a session ---- */

static enum err start_implicit(struct domain *d,
                               const struct domain_key_set *set,
                               struct span aid)
{
    struct scp_session *session = &domain_here(d)->session;
    struct scp_init init = new_init(d, set);
    struct secret_scp_keys keys;

    if (!domain_open_key_set(d, set, &keys))
        return ERR_NOT_FOUND;
    enum err e = set_sequence(d, set, &init);
    if (e == ERR_OK)
        e = scp_open_implicit(session, d->port->crypto, SCP_CARD, &keys, &init,
                              aid);
    wipe(&keys, sizeof keys);
    return e;
}

bool domain_opens_implicitly(const struct domain *d, uint16_t domain)
{
    struct domain_key_set set;

    return domain_find_opening_set(d, domain_key_holder(d, domain), 0, true,
                                   &set);
}

/* A protected command where no session is: its C-MAC may open one. */
static sw_t open_implicit(struct domain *d, uint16_t domain, struct span aid)
{
    struct domain_channel *ch = domain_here(d);
    struct domain_key_set set;
    uint16_t holder = domain_key_holder(d, domain);

    if (!domain_find_opening_set(d, holder, 0, true, &set) ||
        !domain_set_serves(d, &set, domain == holder && ch->selected == domain))
        return SW_SECURITY_STATUS;
    if (domain_is_blocked(d, holder))
        return SW_AUTH_BLOCKED;
    domain_end_session(d, d->channel);
    enum err e = domain_count_try(d, holder);
    if (e == ERR_OK)
        e = start_implicit(d, &set, aid);
    if (e == ERR_RANGE) {
        domain_trace(d, "secure channel: the sequence counter is used up");
        return SW_CONDITIONS;
    }
    ch->session_domain = domain;
    ch->session_keys = holder;
    return sw_from_err(e);
}

/*
 * Nothing but the first C-MAC shows that the host of SCP11 a and c has the key
 * that its certificate tells [Amd F 6].
 */
static bool is_unproved(const struct domain_channel *ch)
{
    return (ch->host & HOST_UNPROVED) != 0;
}

/* As domain_authenticate, it counts before it is known to fail. */
static sw_t count_unproved(struct domain *d, const struct domain_channel *ch)
{
    if (domain_is_blocked(d, ch->session_keys)) {
        domain_end_session(d, d->channel);
        return SW_AUTH_BLOCKED;
    }
    return sw_from_err(domain_count_try(d, ch->session_keys));
}

/* What a right first C-MAC says of those that failed before. */
static enum err settle_tries(struct domain *d, struct domain_channel *ch)
{
    const bool repeated = (ch->host & HOST_SCRIPTED) != 0;

    ch->host &= HOST_WHO;
    return repeated ? domain_take_try_back(d, ch->session_keys)
                    : domain_forget_tries(d, ch->session_keys);
}

/*
 * The error lasts until the session is terminated [GPCS 10.2.3]; but after
 * implicit initiation the next C-MAC may open another [GPCS E.1.6].
 */
static sw_t abort_session(struct domain *d, enum err e, bool counted)
{
    const struct domain_channel *ch = domain_here(d);
    const struct scp_session *session = &ch->session;
    const uint16_t holder = ch->session_keys;

    if (e == ERR_AUTH && !counted && (ch->host & HOST_WHO) != HOST_NOBODY)
        e = domain_count_try(d, holder);
    domain_tell_try(d, holder,
                    "secure channel: command refused, session aborted");
    if (scp_i_implicit(session->protocol, session->i))
        domain_end_session(d, d->channel);
    return e == ERR_IO ? SW_MEMORY_FAILURE : SW_SECURITY_STATUS;
}

sw_t domain_unwrap(struct domain *d, uint16_t domain, struct span aid,
                   uint8_t *bytes, size_t *n)
{
    struct domain_channel *ch = domain_here(d);
    struct scp_session *session = &ch->session;
    struct buf out = buf_of(bytes, *n);
    bool opened = session->state == SCP_OPEN && ch->session_domain == domain;
    bool first =
        scp_cla_is_protected(bytes[0]) && (!opened || scp_must_reopen(session));

    if (session->state == SCP_ABORTED)
        return SW_SECURITY_STATUS;
    if (first) {
        sw_t sw = open_implicit(d, domain, aid);
        if (sw != SW_OK)
            return sw;
    } else if (!opened) {
        return SW_OK;
    } else if (is_unproved(ch)) {
        sw_t sw = count_unproved(d, ch);
        if (sw != SW_OK)
            return sw;
    }
    const bool counted = first || is_unproved(ch);
    enum err e =
        scp_unwrap_command(session, d->port->crypto, span_of(bytes, *n), &out);
    if (e == ERR_OK && first)
        e = count_session(d, ch);
    if (e == ERR_OK && counted)
        e = settle_tries(d, ch);
    if (e != ERR_OK)
        return abort_session(d, e, counted);
    *n = out.n;
    return SW_OK;
}

/* ---- R-MAC sessions ---- */

static sw_t word_of_r_mac(struct domain *d, enum err e)
{
    switch (e) {
    case ERR_STATE:
        domain_trace(d, "R-MAC SESSION: not at this security level");
        return SW_CONDITIONS;
    case ERR_RANGE:
        return SW_WRONG_P1P2;
    case ERR_FORMAT:
        return SW_WRONG_DATA;
    case ERR_NOT_FOUND:
        domain_trace(d, "R-MAC SESSION: none is in progress");
        return SW_DATA_NOT_FOUND;
    default:
        return sw_from_err(e);
    }
}

sw_t domain_r_mac_begin(struct domain *d, struct span command)
{
    struct scp_session *session = &domain_here(d)->session;

    return word_of_r_mac(
        d, scp_r_mac_begin(session, d->port->crypto, command, NULL));
}

sw_t domain_r_mac_end(struct domain *d, struct span command,
                      struct buf *response)
{
    struct scp_session *session = &domain_here(d)->session;

    return word_of_r_mac(d, scp_r_mac_end(session, command, NULL, response));
}
