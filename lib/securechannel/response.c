#include "securechannel/scp.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/pad.h"
#include "securechannel/protocol.h"

enum { BLOCK = 16, DES_MAC = CRYPTO_DES_MAC_SIZE };

static enum err wrap_scp02(struct scp_session *s,
                           const struct crypto_port *port, struct buf *data,
                           sw_t sw)
{
    enum err e =
        scp02_r_mac_response(s, port, &s->rmac_state, buf_span(data), sw);
    if (e == ERR_OK && (s->answer.level & SCP_R_MAC) != 0)
        e = buf_put(data, s->rchain, DES_MAC);
    return e;
}

static enum err wrap_scp03(struct scp_session *s,
                           const struct crypto_port *port, struct buf *data,
                           sw_t sw)
{
    uint8_t mac[SCP_MAC_MAX];
    enum err e = ERR_OK;

    if ((s->answer.level & SCP_R_ENCRYPTION) != 0 && data->n > 0) {
        e = crypto_pad(data, 0, BLOCK);
        if (e == ERR_OK)
            e = scp03_crypt(s, port, CRYPTO_ENCRYPT, true, s->counter, data->p,
                            data->n);
    }
    if (e == ERR_OK)
        e = scp03_r_mac(s, port, s->chain, buf_span(data), sw, mac);
    if (e == ERR_OK)
        e = buf_put(data, mac, s->mac_length);
    return e;
}

enum err scp_wrap_response(struct scp_session *s,
                           const struct crypto_port *port, struct buf *data,
                           sw_t sw)
{
    if (s->state != SCP_OPEN || s->role != SCP_CARD)
        return ERR_STATE;
    if ((s->answer.level & SCP_R_MAC) == 0 && !s->answer.gathered)
        return ERR_OK;
    if (scp_sw_is_error(sw))
        data->n = 0;

    enum err e = ERR_OK;
    if (s->protocol == SCP_02)
        e = wrap_scp02(s, port, data, sw);
    else if (!scp_sw_is_error(sw))
        e = wrap_scp03(s, port, data, sw);
    if (e != ERR_OK) {
        /* Half protected data must not leave the card. */
        data->n = 0;
        s->state = SCP_ABORTED;
    }
    return e;
}

size_t scp_wrapped_length(const struct scp_session *s, size_t n)
{
    if (s->state != SCP_OPEN || (s->answer.level & SCP_R_MAC) == 0)
        return n;
    if ((s->answer.level & SCP_R_ENCRYPTION) != 0 && n > 0)
        n = (n / BLOCK + 1) * BLOCK;
    return n + (s->protocol == SCP_02 ? DES_MAC : s->mac_length);
}

static enum err put_answer(struct buf *out, struct span data, struct span sw)
{
    enum err e = buf_put_span(out, data);
    if (e == ERR_OK)
        e = buf_put_span(out, sw);
    return e;
}

/*
 * A card may answer an error without its R-MAC: the value is computed and
 * chained all the same, so that the next response tells.
 */
static enum err unwrap_scp02(struct scp_session *s,
                             const struct crypto_port *port,
                             const struct scp_ticket *ticket,
                             struct span command, struct span data, sw_t sw,
                             struct span *plain)
{
    struct scp_apdu apdu;
    struct crypto_retail state;
    bool silent = (ticket->level & SCP_R_MAC) == 0;
    bool bare = silent || (scp_sw_is_error(sw) && data.n == 0);
    if (!bare && data.n < DES_MAC)
        return ERR_AUTH;
    *plain = span_of(data.p, bare ? data.n : data.n - DES_MAC);

    enum err e = scp_apdu_parse(command, &apdu);
    if (e == ERR_OK)
        e = scp02_r_mac_command(s, port, &apdu, &state);
    if (e == ERR_OK)
        e = scp02_r_mac_response(s, port, &state, *plain, sw);
    if (e == ERR_OK && !bare &&
        !ct_equal(s->rchain, plain->p + plain->n, DES_MAC))
        e = ERR_AUTH;
    return e;
}

static enum err check_scp03(const struct scp_session *s,
                            const struct crypto_port *port,
                            const struct scp_ticket *ticket, struct span data,
                            sw_t sw, struct span *body)
{
    uint8_t mac[SCP_MAC_MAX];
    if (data.n < s->mac_length)
        return ERR_AUTH;
    *body = span_of(data.p, data.n - s->mac_length);

    enum err e = scp03_r_mac(s, port, ticket->chain, *body, sw, mac);
    if (e == ERR_OK && !ct_equal(mac, body->p + body->n, s->mac_length))
        e = ERR_AUTH;
    return e;
}

/* Decrypts in `out`, where the data were copied to. */
static enum err open_scp03(const struct scp_session *s,
                           const struct crypto_port *port, uint32_t counter,
                           size_t start, struct buf *out)
{
    size_t n = out->n - start;
    if (n % BLOCK != 0)
        return ERR_AUTH;
    enum err e =
        scp03_crypt(s, port, CRYPTO_DECRYPT, true, counter, out->p + start, n);
    if (e != ERR_OK)
        return e;
    e = crypto_unpad(out->p + start, n, &n);
    out->n = start + n;
    return e == ERR_OK ? ERR_OK : ERR_AUTH;
}

static enum err unwrap_scp03(const struct scp_session *s,
                             const struct crypto_port *port,
                             const struct scp_ticket *ticket, struct span data,
                             struct span status, struct buf *out)
{
    size_t start = out->n;
    struct span body = span_of(data.p, 0);
    sw_t sw = get_u2(status.p);

    enum err e = ERR_OK;
    if (!scp_sw_is_error(sw))
        e = check_scp03(s, port, ticket, data, sw, &body);
    if (e == ERR_OK)
        e = buf_put_span(out, body);
    if (e == ERR_OK && body.n > 0 && (ticket->level & SCP_R_ENCRYPTION) != 0)
        e = open_scp03(s, port, ticket->counter, start, out);
    if (e == ERR_OK)
        e = buf_put_span(out, status);
    return e;
}

static enum err unwrap(struct scp_session *s, const struct crypto_port *port,
                       const struct scp_ticket *ticket, struct span command,
                       struct span response, struct buf *out)
{
    if (response.n < 2)
        return ERR_FORMAT;
    const struct span data = span_of(response.p, response.n - 2);
    const struct span status = span_of(response.p + data.n, 2);
    if ((ticket->level & SCP_R_MAC) == 0 && !ticket->gathered)
        return put_answer(out, data, status);
    if (s->protocol == SCP_03)
        return unwrap_scp03(s, port, ticket, data, status, out);

    struct span plain;
    enum err e =
        unwrap_scp02(s, port, ticket, command, data, get_u2(status.p), &plain);
    return e == ERR_OK ? put_answer(out, plain, status) : e;
}

enum err scp_unwrap_response(struct scp_session *s,
                             const struct crypto_port *port,
                             const struct scp_ticket *ticket,
                             struct span command, struct span response,
                             struct buf *out)
{
    size_t start = out->n;
    if (s->state != SCP_OPEN || s->role != SCP_HOST)
        return ERR_STATE;

    enum err e = unwrap(s, port, ticket, command, response, out);
    if (e != ERR_OK)
        out->n = start;
    if (e != ERR_OK && e != ERR_FULL)
        s->state = SCP_ABORTED;
    return e;
}
