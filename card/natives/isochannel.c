/*
 * The session of an object of SecureChannelProvider's that protects messages as
 * ISO 7816-4 does, under session keys that its applet has agreed with the
 * terminal by itself.
 */
#include "natives/channel.h"

static sw_t process(struct channel *c, struct span command, struct buf *answer)
{
    (void)c;
    (void)command;
    (void)answer;
    return SW_FUNCTION_UNSUPPORTED;
}

static const struct crypto_port *crypto_of(const struct channel *c)
{
    return jcre_port(jcre_of(c->vm))->crypto;
}

/* What a session that is not open lets pass: messages without protection. */
static sw_t unwrap(struct channel *c, struct buf *command)
{
    enum { SECURE = 0x0C, FURTHER = 0x40, FURTHER_SECURE = 0x20 };
    struct iso_session *s = &c->session->iso;
    struct buf plain = buf_of(command->p, command->n);

    if (!s->open && command->n > 0)
        return (command->p[0] &
                ((command->p[0] & FURTHER) != 0 ? FURTHER_SECURE : SECURE)) == 0
                   ? SW_OK
                   : SW_CONDITIONS;
    const enum err e =
        scp_iso_unwrap_command(s, crypto_of(c), buf_span(command), &plain);
    switch (e) {
    case ERR_OK:
        command->n = plain.n;
        return SW_OK;
    case ERR_NOT_FOUND:
        return SW_SM_OBJECTS_MISSING;
    case ERR_AUTH:
        return SW_SM_OBJECTS_WRONG;
    case ERR_FORMAT:
        return SW_WRONG_LENGTH;
    default:
        return sw_from_err(e);
    }
}

static sw_t wrap(struct channel *c, struct buf *response)
{
    struct iso_session *s = &c->session->iso;

    if (response->n < 2)
        return SW_CONDITIONS;
    const sw_t sw = get_u2(response->p + response->n - 2);
    response->n -= 2;
    return s->open ? sw_from_err(
                         scp_iso_wrap_response(s, crypto_of(c), response, sw))
                   : SW_OK;
}

static size_t wrapped(struct channel *c, size_t n)
{
    return scp_iso_wrapped_length(&c->session->iso, n);
}

static uint8_t level(struct channel *c)
{
    const struct iso_session *s = &c->session->iso;

    return s->open && s->level != 0 ? CHANNEL_AUTHENTICATED | s->level : 0;
}

static sw_t set_level(struct channel *c, uint8_t wanted)
{
    switch (scp_iso_open(&c->session->iso, wanted)) {
    case ERR_OK:
        c->session->level_set = 1;
        return SW_OK;
    case ERR_NOT_FOUND:
        return SW_SECURITY_STATUS;
    default:
        return SW_DATA_INVALID;
    }
}

/* The keys were the session's: key objects that held them are cleared. */
static bool reset(struct channel *c)
{
    native_channel_wipe(c);
    return native_channel_forget_keys(c, true);
}

const struct channel_kind native_channel_iso = {
    .process = process,
    .unwrap = unwrap,
    .wrap = wrap,
    .wrapped = wrapped,
    .level = level,
    .set_level = set_level,
    .reset = reset,
    .message = native_channel_message,
};
