#include "domains/domain.h"

#include "domains/authority.h"
#include "domains/session.h"

/* What an applet may ask of its domain, as jcre.h and domain.h promise. */

enum { INS_INITIALIZE_UPDATE = 0x50, INS_EXTERNAL_AUTHENTICATE = 0x82 };

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
        domain_may_set_state(ctx, &e, &e, &state) != SW_OK)
        return false;
    e.state = state;
    return domain_put_entry(ctx, &e) == ERR_OK;
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

static sw_t channel_unwrap(void *ctx, uint16_t instance, struct buf *command)
{
    struct scp_session *session = session_of(ctx, instance);
    struct io_command c;

    sw_t sw = io_parse(buf_span(command), &c);
    if (sw != SW_OK)
        return sw;
    if (session != NULL && session->state == SCP_ABORTED)
        return SW_SECURITY_STATUS;
    if (session == NULL || session->state != SCP_OPEN)
        return c.secure == 0 ? SW_OK : SW_CONDITIONS;
    return domain_unwrap(ctx, command->p, &command->n);
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
        return SW_SECURITY_STATUS;
    return sw_from_err(
        scp_wrap_response(session, d->port->crypto, response, sw));
}

static sw_t channel_decrypt(void *ctx, uint16_t instance, uint8_t *data,
                            size_t n)
{
    const struct domain *d = ctx;
    const struct scp_session *session = session_of(ctx, instance);

    if (session == NULL || session->state != SCP_OPEN)
        return SW_CONDITIONS;
    return sw_from_err(
        scp_dek(session, d->port->crypto, CRYPTO_DECRYPT, data, data, n));
}

static uint8_t channel_level(void *ctx, uint16_t instance)
{
    struct registry_entry applet;

    if (!domain_find_instance(ctx, instance, &applet))
        return 0;
    return domain_level(ctx, applet.domain);
}

static void channel_reset(void *ctx, uint16_t instance)
{
    struct domain *d = ctx;

    if (session_of(d, instance) != NULL)
        domain_end_session(d, d->channel);
}

struct jcre_services domain_services(struct domain *d)
{
    return (struct jcre_services){
        .ctx = d,
        .card_state = card_state,
        .lock_card = lock_card,
        .terminate_card = terminate_card,
        .applet_state = applet_state,
        .set_applet_state = set_applet_state,
        .channel_process = channel_process,
        .channel_unwrap = channel_unwrap,
        .channel_wrap = channel_wrap,
        .channel_decrypt = channel_decrypt,
        .channel_level = channel_level,
        .channel_reset = channel_reset,
    };
}
