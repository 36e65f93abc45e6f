/*
 * The session of an object of SecureChannelProvider's: SCP02 or SCP03 with
 * explicit initiation, by keys that an applet gives, for as long as the applet
 * stays selected.  As a domain's session is (domains/session.h), but that its
 * keys' version, diversification data and sequence counter are what
 * setSpecificParameter() told.  [GPCS 10, E] [Amd D]
 */
#include <string.h>

#include "base/ct.h"
#include "io/io.h"
#include "natives/cells.h"
#include "natives/channel.h"
#include "natives/keys.h"

enum {
    INS_INITIALIZE_UPDATE = 0x50,
    INS_EXTERNAL_AUTHENTICATE = 0x82,
    INS_BEGIN_R_MAC_SESSION = 0x7A,
    INS_END_R_MAC_SESSION = 0x78,
    R_MAC_COMMAND_MAX = 5 + 255 + SCP_OVERHEAD_MAX,
    KVN_MAX = 0x7F,
    SCP02_LAST = 0xFFFF, /* counter that takes no more sessions */
};

static enum scp_protocol protocol_of(const struct channel *c)
{
    return (enum scp_protocol)(c->protocol_and_i >> 8);
}

static uint8_t i_of(const struct channel *c)
{
    return (uint8_t)c->protocol_and_i;
}

static const struct crypto_port *crypto_of(const struct channel *c)
{
    return jcre_port(jcre_of(c->vm))->crypto;
}

/* ---- initiation ---- */

/* A key as it was given; false: none was, or it has no value now. */
static bool take_key(const struct channel *c, enum channel_key which,
                     uint8_t out[SCP_KEY_MAX], uint8_t *length)
{
    const ref_t ref =
        native_cell(c->vm, c->object,
                    (enum native_cell)(CELL_CHANNEL_KEY + (unsigned)which));
    struct span value;
    struct key key;

    if (!native_key_look(c->vm, ref, &key) ||
        !native_key_part(c->vm, &key, KEY_VALUE, &value) ||
        value.n > SCP_KEY_MAX || (*length != 0 && value.n != *length))
        return false;
    memcpy(out, value.p, value.n);
    *length = (uint8_t)value.n;
    return true;
}

static bool take_keys(const struct channel *c, struct secret_scp_keys *keys)
{
    *keys = (struct secret_scp_keys){.length = 0};
    return take_key(c, CHANNEL_ENC, keys->enc, &keys->length) &&
           take_key(c, CHANNEL_MAC, keys->mac, &keys->length) &&
           take_key(c, CHANNEL_DEK, keys->dek, &keys->length);
}

static bool is_predictable(const struct channel *c)
{
    const uint8_t bit = protocol_of(c) == SCP_03 ? SCP03_I_PSEUDO_RANDOM
                                                 : SCP02_I_PSEUDO_RANDOM;
    return (i_of(c) & bit) != 0;
}

static struct scp_init new_init(const struct channel *c)
{
    const struct channel_session *s = c->session;
    struct scp_init init = {
        .protocol = (uint8_t)protocol_of(c),
        .i = i_of(c),
        .kvn = s->kvn,
        .challenge_length = 8,
    };

    if (init.protocol == SCP_03 && (init.i & SCP03_I_S16) != 0)
        init.challenge_length = 16;
    memcpy(init.kdd, s->kdd, sizeof init.kdd);
    memcpy(init.sequence, s->sequence, sizeof init.sequence);
    return init;
}

/* A counter is of use once: SCP03 counts challenges [Amd D 6.2.2.1]... */
static enum err set_challenge(struct channel *c,
                              const struct secret_scp_keys *keys,
                              struct scp_init *init)
{
    const struct crypto_port *crypto = crypto_of(c);
    struct jcre_instance asking;

    if (!is_predictable(c))
        return crypto->random(
            crypto->ctx, init->card_challenge,
            init->protocol == SCP_02 ? 6 : init->challenge_length);
    if (!jcre_instance(jcre_of(c->vm), c->caller, &asking))
        return ERR_NOT_FOUND;
    if (init->protocol == SCP_03)
        c->session->counted = 0;
    return scp_card_challenge(crypto, keys, asking.aid, init);
}

static sw_t answer(struct channel *c, struct scp_init *init,
                   struct buf *response)
{
    struct secret_scp_keys keys;
    enum err e = ERR_NOT_FOUND;

    if (take_keys(c, &keys))
        e = set_challenge(c, &keys, init);
    if (e == ERR_OK)
        e = scp_begin(&c->session->scp, crypto_of(c), SCP_CARD, &keys, init);
    if (e == ERR_OK)
        e = scp_init_put(init, response);
    wipe(&keys, sizeof keys);
    if (e != ERR_OK)
        scp_close(&c->session->scp);
    return sw_from_err(e);
}

static void end_session(struct channel *c)
{
    scp_close(&c->session->scp);
    c->session->least = 0;
    c->session->level_set = 0;
}

static sw_t initialize(struct channel *c, const struct io_command *command,
                       struct buf *response)
{
    const struct channel_session *s = c->session;
    const bool counts = protocol_of(c) == SCP_02 || is_predictable(c);

    end_session(c);
    if (command->p2 != 0 || command->p1 > KVN_MAX)
        return SW_WRONG_P1P2;
    if (command->p1 != 0 && command->p1 != s->kvn)
        return SW_DATA_NOT_FOUND;
    if (counts && (!s->counted || (protocol_of(c) == SCP_02 &&
                                   get_u2(s->sequence) == SCP02_LAST)))
        return SW_CONDITIONS;
    struct scp_init init = new_init(c);
    if (command->data.n != init.challenge_length)
        return SW_WRONG_LENGTH;
    memcpy(init.host_challenge, command->data.p, command->data.n);
    return answer(c, &init, response);
}

/* ... and SCP02 sessions [GPCS E.1.2]. */
static sw_t authenticate(struct channel *c, struct span command)
{
    struct channel_session *s = c->session;

    if (s->scp.state != SCP_BEGUN)
        return SW_CONDITIONS;
    const enum err e = scp_authenticate_check(&s->scp, crypto_of(c), command);
    if (e != ERR_OK)
        return scp_authenticate_word(e);
    s->least = s->scp.level;
    if (protocol_of(c) == SCP_02)
        s->counted = 0;
    return SW_OK;
}

/* ---- messages ---- */

static sw_t unwrap(struct channel *c, struct buf *command)
{
    struct scp_session *s = &c->session->scp;
    struct buf plain = buf_of(command->p, command->n);
    struct io_command parsed;

    const sw_t sw = io_parse(buf_span(command), &parsed);
    if (sw != SW_OK)
        return sw;
    if (s->state == SCP_ABORTED)
        return SW_SECURITY_STATUS;
    if (s->state != SCP_OPEN)
        return parsed.secure == 0 ? SW_OK : SW_CONDITIONS;
    const enum err e =
        scp_unwrap_command(s, crypto_of(c), buf_span(command), &plain);
    if (e == ERR_OK)
        command->n = plain.n;
    return e == ERR_AUTH ? SW_SECURITY_STATUS : sw_from_err(e);
}

static sw_t wrap(struct channel *c, struct buf *response)
{
    struct scp_session *s = &c->session->scp;

    if (response->n < 2)
        return SW_CONDITIONS;
    const sw_t sw = get_u2(response->p + response->n - 2);
    response->n -= 2;
    if (s->state == SCP_ABORTED)
        return SW_SECURITY_STATUS;
    return s->state == SCP_OPEN
               ? sw_from_err(scp_wrap_response(s, crypto_of(c), response, sw))
               : SW_OK;
}

static size_t wrapped(struct channel *c, size_t n)
{
    return scp_wrapped_length(&c->session->scp, n);
}

/* ---- R-MAC sessions ---- */

static sw_t word_of_r_mac(enum err e)
{
    return e == ERR_RANGE ? SW_WRONG_P1P2 : sw_from_err(e);
}

/* BEGIN and END come protected, and are answered so. */
static sw_t process_r_mac(struct channel *c, struct span command,
                          struct buf *response)
{
    struct scp_session *s = &c->session->scp;
    uint8_t bytes[R_MAC_COMMAND_MAX];
    struct buf plain = buf_of(bytes, sizeof bytes);
    sw_t sw = SW_UNKNOWN;

    if (buf_put_span(&plain, command) != ERR_OK)
        return SW_WRONG_LENGTH;
    sw = unwrap(c, &plain);
    if (sw != SW_OK)
        return sw;
    if (s->state != SCP_OPEN)
        return SW_SECURITY_STATUS;
    if (bytes[1] == INS_BEGIN_R_MAC_SESSION)
        sw = word_of_r_mac(
            scp_r_mac_begin(s, crypto_of(c), buf_span(&plain), NULL));
    else
        sw = word_of_r_mac(scp_r_mac_end(s, buf_span(&plain), NULL, response));
    const enum err e = scp_wrap_response(s, crypto_of(c), response, sw);
    return e == ERR_OK ? sw : SW_MEMORY_FAILURE;
}

static sw_t process(struct channel *c, struct span bytes, struct buf *response)
{
    const uint16_t giver = native_cell(c->vm, c->object, CELL_CHANNEL_GIVER);
    struct io_command command;

    if (giver != c->caller && !native_channel_forget_keys(c, false))
        return SW_MEMORY_FAILURE;
    const sw_t sw = io_parse(bytes, &command);
    if (sw != SW_OK)
        return sw;
    if (io_cla_base(command.cla) != 0x80)
        return SW_CLA_UNSUPPORTED;
    switch (command.ins) {
    case INS_INITIALIZE_UPDATE:
        return initialize(c, &command, response);
    case INS_EXTERNAL_AUTHENTICATE:
        return authenticate(c, bytes);
    case INS_BEGIN_R_MAC_SESSION:
    case INS_END_R_MAC_SESSION:
        return process_r_mac(c, bytes, response);
    default:
        return SW_INS_UNSUPPORTED;
    }
}

/* ---- the rest ---- */

static sw_t cipher(struct channel *c, bool encrypt,
                   uint8_t chain[CRYPTO_BLOCK_MAX], uint8_t *data, size_t n)
{
    const struct scp_session *s = &c->session->scp;

    if (s->state != SCP_OPEN)
        return SW_SECURITY_STATUS;
    const enum err e =
        scp_dek_next(s, crypto_of(c), encrypt ? CRYPTO_ENCRYPT : CRYPTO_DECRYPT,
                     chain, data, n);
    return e == ERR_RANGE ? SW_WRONG_LENGTH : sw_from_err(e);
}

static uint8_t block(struct channel *c)
{
    const struct scp_session *s = &c->session->scp;

    return s->state == SCP_OPEN ? (uint8_t)scp_dek_block(s) : 0;
}

static uint8_t level(struct channel *c)
{
    const struct scp_session *s = &c->session->scp;

    return s->state == SCP_OPEN ? CHANNEL_AUTHENTICATED | s->level : 0;
}

static sw_t set_level(struct channel *c, uint8_t wanted)
{
    const uint8_t messages = wanted & (uint8_t)~CHANNEL_AUTHENTICATED;
    struct channel_session *s = c->session;

    if (!scp_level_allowed(protocol_of(c), i_of(c), messages))
        return SW_DATA_INVALID;
    if (s->scp.state != SCP_OPEN || (messages & s->least) != s->least)
        return SW_SECURITY_STATUS;
    s->scp.level = messages;
    s->level_set = 1;
    return SW_OK;
}

/* The keys stay, and serve the next session. */
static bool reset(struct channel *c)
{
    native_channel_wipe(c);
    return true;
}

const struct channel_kind native_channel_provided = {
    .process = process,
    .unwrap = unwrap,
    .wrap = wrap,
    .wrapped = wrapped,
    .cipher = cipher,
    .block = block,
    .level = level,
    .set_level = set_level,
    .reset = reset,
    .message = native_channel_message,
};
