#include "domains/domain.h"

#include <string.h>

#include "domains/authority.h"
#include "domains/cardwide.h"
#include "domains/commands.h"
#include "domains/contactless.h"
#include "domains/global.h"
#include "domains/objects.h"
#include "domains/session.h"
#include "domains/upgrade.h"

/* What an applet may ask of its domain, as jcre.h and domain.h promise. */

enum {
    INS_INITIALIZE_UPDATE = 0x50,
    INS_EXTERNAL_AUTHENTICATE = 0x82,
    INS_END_R_MAC_SESSION = 0x78,
    INS_BEGIN_R_MAC_SESSION = 0x7A,
    HEADER_AND_LENGTH = 5,
    R_MAC_COMMAND_MAX = 80, /* data of 25, padded, with MAC and lengths */
    TAG_PRODUCTION = 0x9F7F,
    INFO_HISTORY = 0x80, /* CARD_INFO_ATR_HISTORICAL_BYTES */
};

static uint8_t card_state(void *ctx)
{
    return domain_card_state(ctx);
}

static bool set_card_state(struct domain *d, uint16_t instance, uint8_t state)
{
    struct registry_entry who, isd;

    if (!domain_find_instance(d, instance, &who) ||
        !domain_entry(d, DOMAIN_ISD, &isd) ||
        domain_may_set_card_state(d, &who, state) != SW_OK)
        return false;
    isd.state = state;
    return domain_put_entry(d, &isd) == ERR_OK;
}

static bool lock_card(void *ctx, uint16_t instance)
{
    return set_card_state(ctx, instance, STATE_CARD_LOCKED);
}

static bool terminate_card(void *ctx, uint16_t instance)
{
    return set_card_state(ctx, instance, STATE_CARD_TERMINATED);
}

static uint8_t applet_state(void *ctx, uint16_t instance)
{
    struct registry_entry e;

    return domain_find_instance(ctx, instance, &e) ? e.state : 0;
}

static bool set_applet_state(void *ctx, uint16_t instance, uint8_t state)
{
    struct registry_entry e;

    if (!domain_find_instance(ctx, instance, &e) ||
        e.state < STATE_SELECTABLE ||
        domain_may_set_state(ctx, &e, &e, &state) != SW_OK)
        return false;
    const uint8_t was = e.state;
    e.state = state;
    return domain_put_state(ctx, &e, was) == ERR_OK;
}

/* ---- the registry [GPCS A.1] ---- */

static void tell(const struct domain *d, const struct registry_entry *e,
                 struct jcre_entry *out)
{
    *out = (struct jcre_entry){
        .state = e->state,
        .privileges = domain_privileges(d, e),
        .aid_length = e->aid_length,
    };
    memcpy(out->aid, e->aid, sizeof out->aid);
}

static bool own_entry(void *ctx, uint16_t instance, struct jcre_entry *out)
{
    struct registry_entry e;

    if (!domain_find_instance(ctx, instance, &e))
        return false;
    tell(ctx, &e, out);
    return true;
}

static bool entry_of(void *ctx, struct span aid, struct jcre_entry *out)
{
    struct registry_entry e;

    if (!domain_find_application(ctx, aid, &e))
        return false;
    tell(ctx, &e, out);
    return true;
}

static bool may_see(void *ctx, uint16_t instance, struct span aid)
{
    struct registry_entry who, what;

    return domain_find_instance(ctx, instance, &who) &&
           domain_find_application(ctx, aid, &what) &&
           domain_may_see(ctx, &who, &what);
}

static bool is_associated(void *ctx, struct span aid, struct span domain)
{
    struct registry_entry what, owner;

    return domain_find_application(ctx, aid, &what) &&
           domain_entry(ctx, what.domain, &owner) &&
           span_equal(registry_aid(&owner), domain);
}

static bool set_entry_state(void *ctx, uint16_t instance, struct span aid,
                            uint8_t state)
{
    struct registry_entry who, what;

    if (!domain_find_instance(ctx, instance, &who) ||
        !domain_find_application(ctx, aid, &what))
        return false;
    if (what.slot == DOMAIN_ISD)
        return set_card_state(ctx, instance, state);
    if (domain_may_set_state(ctx, &who, &what, &state) != SW_OK)
        return false;
    const uint8_t was = what.state;
    what.state = state;
    return domain_put_state(ctx, &what, was) == ERR_OK;
}

/* The instance, if its entry is the one that is named. */
static bool is_its_own(const struct domain *d, uint16_t instance,
                       struct span aid, struct registry_entry *who)
{
    return domain_find_instance(d, instance, who) &&
           span_equal(registry_aid(who), aid);
}

static sw_t register_service(void *ctx, uint16_t instance, struct span aid,
                             uint16_t name)
{
    struct registry_entry who;

    return is_its_own(ctx, instance, aid, &who)
               ? domain_register_service(ctx, &who, name)
               : SW_CONDITIONS;
}

static sw_t deregister_service(void *ctx, uint16_t instance, struct span aid,
                               uint16_t name)
{
    struct registry_entry who;

    return is_its_own(ctx, instance, aid, &who)
               ? domain_deregister_service(ctx, &who, name)
               : SW_CONDITIONS;
}

static uint16_t service(void *ctx, struct span aid, uint16_t name)
{
    struct registry_entry e;

    return domain_find_service(ctx, aid, name, &e) ? e.instance : 0;
}

/* What GET DATA to the issuer domain answers, without tag and length. */
static sw_t issuer_data(struct domain *d, uint16_t tag, struct buf *out)
{
    struct domain_request r = {
        .c = {.ins = 0xCA, .p1 = (uint8_t)(tag >> 8), .p2 = (uint8_t)tag}};
    const size_t start = out->n;

    if (!domain_entry(d, DOMAIN_ISD, &r.self))
        return SW_DATA_NOT_FOUND;
    const sw_t sw = domain_get_data(d, &r, out);
    if (sw != SW_OK)
        out->n = start;
    return sw;
}

static bool production(void *ctx, struct buf *out)
{
    return issuer_data(ctx, TAG_PRODUCTION, out) == SW_OK;
}

/* Kept by GlobalPlatform for what is no data object. */
static bool is_internal(uint16_t info)
{
    const uint8_t class = (uint8_t)(info & 0xE0);
    const uint8_t last = class < 0xC0 ? 0x1E : 0x1D;

    if (info <= 0xFF)
        return class >= 0x80 && (info & 0x1F) <= last;
    return (info >> 8 == 0xDF || info >> 8 == 0xFF) && (info & 0xFF) >= 0x1F &&
           (info & 0xFF) <= 0x7F;
}

/* A BER tag of one byte or two, the number as short as it can be. */
static bool is_tag(uint16_t info)
{
    const uint8_t low = (uint8_t)info;

    if (info <= 0xFF)
        return info != 0 && (info & 0x1F) != 0x1F;
    return (info & 0x1F00) == 0x1F00 && low >= 0x1F && low <= 0x7F;
}

/* Of a radio there is nothing to tell. [GP API 1.7, getCardInfo] */
static sw_t card_info(void *ctx, uint16_t info, struct buf *out)
{
    uint8_t bytes[DOMAIN_HISTORY_MAX];

    if (info == INFO_HISTORY)
        return sw_from_err(
            buf_put(out, bytes, domain_put_history(ctx, true, bytes)));
    if (is_internal(info))
        return SW_DATA_NOT_FOUND;
    if (!is_tag(info))
        return SW_WRONG_DATA;
    return issuer_data(ctx, info, out) == SW_OK ? SW_OK : SW_DATA_NOT_FOUND;
}

static bool set_history(void *ctx, uint16_t instance, struct span bytes)
{
    struct registry_entry who;

    return bytes.n > 0 && bytes.n <= DOMAIN_HISTORY_MAX &&
           domain_find_instance(ctx, instance, &who) &&
           (domain_privileges(ctx, &who) & PRIVILEGE_CARD_RESET) != 0 &&
           domain_put_object(ctx, DOMAIN_ISD, OBJECT_TAG_HISTORY, bytes) ==
               ERR_OK;
}

/* ---- the secure channel of the applet's domain ---- */

static bool find_domain(const struct domain *d, uint16_t instance,
                        struct registry_entry *applet,
                        struct registry_entry *owner)
{
    return domain_find_instance(d, instance, applet) &&
           domain_entry(d, applet->domain, owner) &&
           (owner->slot == DOMAIN_ISD || (owner->state & STATE_LOCKED) == 0);
}

/* BEGIN and END R-MAC SESSION come protected, and are answered so. */
static sw_t process_r_mac(struct domain *d, const struct registry_entry *applet,
                          uint16_t owner, struct span command,
                          struct buf *response)
{
    uint8_t bytes[R_MAC_COMMAND_MAX];
    size_t n = command.n;

    if (n > sizeof bytes)
        return SW_WRONG_LENGTH;
    memcpy(bytes, command.p, n);
    sw_t sw = domain_unwrap(d, owner, registry_aid(applet), bytes, &n);
    if (sw != SW_OK)
        return sw;
    if (domain_level(d, owner) == 0)
        return SW_SECURITY_STATUS;
    if (bytes[1] == INS_BEGIN_R_MAC_SESSION)
        sw = domain_r_mac_begin(d, span_of(bytes, n));
    else
        sw = domain_r_mac_end(d, span_of(bytes, n), response);
    enum err e = scp_wrap_response(&domain_here(d)->session, d->port->crypto,
                                   response, sw);
    return e == ERR_OK ? sw : SW_MEMORY_FAILURE;
}

static sw_t channel_process(void *ctx, uint16_t instance, struct span command,
                            struct buf *response)
{
    struct registry_entry applet, owner;
    struct io_command c;

    if (!find_domain(ctx, instance, &applet, &owner))
        return SW_CONDITIONS;
    sw_t sw = io_parse(command, &c);
    if (sw != SW_OK)
        return sw;
    if (io_cla_base(c.cla) != 0x80)
        return SW_CLA_UNSUPPORTED;
    if (c.ins == INS_INITIALIZE_UPDATE)
        return domain_begin_session(ctx, owner.slot, registry_aid(&applet), &c,
                                    response);
    if (c.ins == INS_EXTERNAL_AUTHENTICATE)
        return domain_authenticate(ctx, owner.slot, command);
    if (c.ins == INS_BEGIN_R_MAC_SESSION || c.ins == INS_END_R_MAC_SESSION)
        return process_r_mac(ctx, &applet, owner.slot, command, response);
    return SW_INS_UNSUPPORTED;
}

/* The channel's session, if it is the domain's. */
static struct scp_session *session_of(struct domain *d, uint16_t instance)
{
    struct registry_entry applet, owner;
    struct domain_channel *ch = domain_here(d);

    if (!find_domain(d, instance, &applet, &owner) ||
        ch->session_domain != owner.slot)
        return NULL;
    return &ch->session;
}

/* Whether it is the session's to look at a command. */
static bool is_concerned(const struct domain *d,
                         const struct scp_session *session,
                         const struct io_command *c, uint16_t owner)
{
    const bool is_open = session != NULL && session->state == SCP_OPEN;

    if (is_open && (session->level != 0 || c->secure == 0))
        return true;
    return c->secure != 0 && domain_opens_implicitly(d, owner);
}

/* Without data there is a length of 00 in their place. */
static void end_in_length(struct buf *command)
{
    struct io_command c;

    if (io_parse(buf_span(command), &c) != SW_OK || c.data.n != 0 ||
        command->cap < HEADER_AND_LENGTH)
        return;
    command->p[HEADER_AND_LENGTH - 1] = 0;
    command->n = HEADER_AND_LENGTH;
}

static sw_t channel_unwrap(void *ctx, uint16_t instance, struct buf *command)
{
    const struct scp_session *session = session_of(ctx, instance);
    struct registry_entry applet, owner;
    struct io_command c;

    sw_t sw = io_parse(buf_span(command), &c);
    if (sw != SW_OK)
        return sw;
    if (session != NULL && session->state == SCP_ABORTED)
        return SW_CONDITIONS;
    if (!find_domain(ctx, instance, &applet, &owner))
        return c.secure == 0 ? SW_OK : SW_CONDITIONS;
    if (!is_concerned(ctx, session, &c, owner.slot))
        return SW_OK;
    sw = domain_unwrap(ctx, owner.slot, registry_aid(&applet), command->p,
                       &command->n);
    if (sw == SW_OK && c.secure != 0)
        end_in_length(command);
    return sw;
}

static sw_t channel_wrap(void *ctx, uint16_t instance, struct buf *response)
{
    const struct domain *d = ctx;
    struct scp_session *session = session_of(ctx, instance);

    if (response->n < 2)
        return SW_CONDITIONS;
    sw_t sw = get_u2(response->p + response->n - 2);
    response->n -= 2;
    if (session == NULL || session->state == SCP_CLOSED)
        return SW_OK;
    if (session->state != SCP_OPEN)
        return SW_CONDITIONS;
    return sw_from_err(
        scp_wrap_response(session, d->port->crypto, response, sw));
}

static size_t channel_wrapped(void *ctx, uint16_t instance, size_t n)
{
    const struct scp_session *session = session_of(ctx, instance);

    return session != NULL ? scp_wrapped_length(session, n) : n;
}

/* Whole blocks with the data encryption key. [GPCS A.1, SecureChannel] */
static sw_t channel_cipher(void *ctx, uint16_t instance, bool encrypt,
                           uint8_t chain[16], uint8_t *data, size_t n)
{
    const struct domain *d = ctx;
    const struct scp_session *session = session_of(ctx, instance);

    if (session == NULL || session->state != SCP_OPEN)
        return SW_CONDITIONS;
    enum err e =
        scp_dek_next(session, d->port->crypto,
                     encrypt ? CRYPTO_ENCRYPT : CRYPTO_DECRYPT, chain, data, n);
    return e == ERR_RANGE ? SW_WRONG_LENGTH : sw_from_err(e);
}

static uint8_t channel_block(void *ctx, uint16_t instance)
{
    const struct scp_session *session = session_of(ctx, instance);

    return session != NULL && session->state == SCP_OPEN
               ? (uint8_t)scp_dek_block(session)
               : 0;
}

static uint8_t channel_level(void *ctx, uint16_t instance)
{
    struct registry_entry applet;

    if (!domain_find_instance(ctx, instance, &applet))
        return 0;
    return domain_level(ctx, applet.domain);
}

/* At least what the session was opened with. [GPCS A.1, SecureChannelx] */
static sw_t channel_set_level(void *ctx, uint16_t instance, uint8_t level)
{
    const uint8_t least = domain_here(ctx)->least_level;
    struct scp_session *session = session_of(ctx, instance);
    const uint8_t messages =
        level & (uint8_t) ~(LEVEL_AUTHENTICATED | LEVEL_ANY);

    if (session == NULL || session->state != SCP_OPEN ||
        (messages & least) != least ||
        !scp_level_allowed(session->protocol, session->i, messages))
        return SW_CONDITIONS;
    session->level = messages;
    return SW_OK;
}

static void channel_reset(void *ctx, uint16_t instance)
{
    struct domain *d = ctx;

    if (session_of(d, instance) != NULL)
        domain_end_session(d, d->channel);
}

static uint16_t withheld(void *ctx)
{
    return domain_withheld(ctx);
}

static bool upgrade(void *ctx, struct jcre_upgrade *u)
{
    return domain_upgrade_running(ctx, u);
}

static bool is_away(void *ctx, uint8_t package)
{
    return domain_upgrade_shuts(ctx, package);
}

static const struct jcre_calls calls = {
    .card_state = card_state,
    .lock_card = lock_card,
    .terminate_card = terminate_card,
    .applet_state = applet_state,
    .set_applet_state = set_applet_state,
    .own_entry = own_entry,
    .entry = entry_of,
    .may_see = may_see,
    .is_associated = is_associated,
    .set_entry_state = set_entry_state,
    .register_service = register_service,
    .deregister_service = deregister_service,
    .service = service,
    .production = production,
    .card_info = card_info,
    .set_history = set_history,
    .channel_process = channel_process,
    .channel_unwrap = channel_unwrap,
    .channel_wrap = channel_wrap,
    .channel_wrapped = channel_wrapped,
    .channel_cipher = channel_cipher,
    .channel_block = channel_block,
    .channel_level = channel_level,
    .channel_set_level = channel_set_level,
    .channel_reset = channel_reset,
    .upgrade = upgrade,
    .is_away = is_away,
    .withheld = withheld,
    .contactless = &domain_contactless_calls,
};

struct jcre_services domain_services(struct domain *d)
{
    return (struct jcre_services){.ctx = d, .calls = &calls};
}
