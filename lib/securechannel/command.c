#include "securechannel/scp.h"

#include <string.h>

#include "base/ct.h"
#include "crypto/pad.h"
#include "securechannel/protocol.h"

static enum err copy(struct span command, struct buf *out)
{
    if (out->cap - out->n < command.n)
        return ERR_FULL;
    if (command.n > 0)
        memmove(out->p + out->n, command.p, command.n);
    out->n += command.n;
    return ERR_OK;
}

static size_t block_of(const struct scp_session *s)
{
    return scp_has_des(s->protocol) ? 8 : 16;
}

static bool encrypts(const struct scp_session *s, size_t n)
{
    return (s->level & SCP_C_DECRYPTION) != 0 && n > 0;
}

static enum err crypt(const struct scp_session *s,
                      const struct crypto_port *port,
                      enum crypto_direction direction, uint32_t counter,
                      uint8_t *p, size_t n)
{
    if (scp_has_des(s->protocol))
        return scp02_crypt(s, port, direction, p, n);
    return scp03_crypt(s, port, direction, false, counter, p, n);
}

static enum err des_c_mac(const struct scp_session *s,
                          const struct crypto_port *port,
                          const struct scp_apdu *apdu, struct span data,
                          uint8_t *mac)
{
    if (s->protocol == SCP_01)
        return scp01_c_mac(s, port, apdu, data, mac);
    return scp02_c_mac(s, port, apdu, data, mac);
}

/* The data, padded and encrypted where the level says so. */
static enum err put_data(const struct scp_session *s,
                         const struct crypto_port *port, uint32_t counter,
                         struct span data, struct buf *out)
{
    size_t start = out->n;
    enum err e = buf_put_span(out, data);
    if (e != ERR_OK || !encrypts(s, data.n))
        return e;
    e = s->protocol == SCP_01 ? scp01_pad(out, start)
                              : crypto_pad(out, start, block_of(s));
    if (e == ERR_OK)
        e = crypt(s, port, CRYPTO_ENCRYPT, counter, out->p + start,
                  out->n - start);
    return e;
}

static size_t sent_size(const struct scp_session *s, size_t n)
{
    if (!encrypts(s, n))
        return n;
    return s->protocol == SCP_01 ? scp01_padded(n)
                                 : crypto_padded(n, block_of(s));
}

/* Header, Lc, protected data; then the MAC, and Le. */
static enum err put_command(const struct scp_session *s,
                            const struct crypto_port *port, uint32_t counter,
                            const struct scp_apdu *apdu, struct buf *out,
                            uint8_t mac[SCP_MAC_MAX])
{
    const struct span data = apdu->data;
    size_t sent = sent_size(s, data.n);
    enum err e = buf_put_u1(out, scp_cla_protected(apdu->head[0]));
    if (e == ERR_OK)
        e = buf_put(out, apdu->head + 1, 3);
    if (e == ERR_OK)
        e = scp_apdu_put_lc(apdu, sent + s->mac_length, out);

    size_t start = out->n;
    if (e == ERR_OK)
        e = put_data(s, port, counter, data, out);
    if (e != ERR_OK)
        return e;

    /* SCP03 encrypts first, then MACs; the others the other way round. */
    if (scp_has_des(s->protocol))
        e = des_c_mac(s, port, apdu, data, mac);
    else
        e = scp03_c_mac(s, port, apdu, span_of(out->p + start, sent), mac);
    if (e == ERR_OK)
        e = buf_put(out, mac, s->mac_length);
    if (e == ERR_OK)
        e = scp_apdu_put_le(apdu, false, out);
    return e;
}

/* Only now, when nothing can fail any more, does the session move on. */
static void advance(struct scp_session *s, const uint8_t mac[SCP_MAC_MAX])
{
    memcpy(s->chain, mac, scp_has_des(s->protocol) ? 8 : SCP_MAC_MAX);
    s->first = 0;
}

static void fill_ticket(const struct scp_session *s, struct scp_ticket *ticket)
{
    if (ticket == NULL)
        return;
    memcpy(ticket->chain, s->chain, sizeof ticket->chain);
    ticket->counter = s->counter;
    ticket->level = s->level;
    ticket->gathered = s->protocol == SCP_02 &&
                       (s->r_mac_going || (s->level & SCP_R_MAC) != 0);
}

static enum err wrap(struct scp_session *s, const struct crypto_port *port,
                     struct span command, struct buf *out)
{
    struct scp_apdu apdu;
    enum err e = scp_apdu_parse(command, &apdu);
    if (e != ERR_OK)
        return e;
    if ((s->level & SCP_C_MAC) == 0)
        return copy(command, out);

    uint8_t mac[SCP_MAC_MAX] = {0};
    size_t start = out->n;
    e = put_command(s, port, s->counter + 1, &apdu, out, mac);
    if (e != ERR_OK) {
        wipe(out->p + start, out->n - start);
        out->n = start;
        return e;
    }
    advance(s, mac);
    return ERR_OK;
}

enum err scp_wrap_command(struct scp_session *s, const struct crypto_port *port,
                          struct span command, struct buf *out,
                          struct scp_ticket *ticket)
{
    if (s->state != SCP_OPEN || s->role != SCP_HOST || s->counter == UINT32_MAX)
        return ERR_STATE;
    enum err e = wrap(s, port, command, out);
    if (e != ERR_OK)
        return e;
    s->counter++;
    fill_ticket(s, ticket);
    return ERR_OK;
}

/*
 * Decrypts what was put at `start` of out and takes its padding off.  A length
 * of no whole block cannot be the work of a host that holds the keys.
 */
static enum err open_data(const struct scp_session *s,
                          const struct crypto_port *port, size_t start,
                          struct buf *out)
{
    size_t n = out->n - start;
    if (!encrypts(s, n))
        return ERR_OK;
    if (n % block_of(s) != 0)
        return ERR_AUTH;

    enum err e =
        crypt(s, port, CRYPTO_DECRYPT, s->counter + 1, out->p + start, n);
    if (e != ERR_OK)
        return e;
    e = s->protocol == SCP_01 ? scp01_unpad(out->p + start, &n)
                              : crypto_unpad(out->p + start, n, &n);
    out->n = start + n;
    return e == ERR_OK ? ERR_OK : ERR_AUTH;
}

static enum err check_mac(struct scp_session *s, const uint8_t *mac,
                          const uint8_t *received)
{
    if (!ct_equal(mac, received, s->mac_length))
        return ERR_AUTH;
    advance(s, mac);
    return ERR_OK;
}

/* Moves the data to their plain place, checked and decrypted. */
static enum err unwrap_data(struct scp_session *s,
                            const struct crypto_port *port,
                            const struct scp_apdu *apdu, struct span data,
                            const uint8_t *received, struct buf *out)
{
    uint8_t mac[SCP_MAC_MAX] = {0};
    size_t start = out->n;
    enum err e = ERR_OK;

    if (s->protocol == SCP_03) {
        e = scp03_c_mac(s, port, apdu, data, mac);
        if (e == ERR_OK)
            e = check_mac(s, mac, received);
    }
    if (e == ERR_OK)
        e = copy(data, out);
    if (e == ERR_OK)
        e = open_data(s, port, start, out);
    if (e == ERR_OK && scp_has_des(s->protocol)) {
        const struct span plain = span_of(out->p + start, out->n - start);
        e = des_c_mac(s, port, apdu, plain, mac);
        if (e == ERR_OK)
            e = check_mac(s, mac, received);
    }
    return e;
}

/* Room for Lc as the plain length will need it; set_lc() fills it in. */
static enum err skip_lc(const struct scp_apdu *apdu, struct buf *out)
{
    static const uint8_t nothing[3];
    return buf_put(out, nothing, apdu->extended ? 3 : 1);
}

static void set_lc(const struct scp_apdu *apdu, struct buf *out, size_t start)
{
    size_t n = out->n - start;
    if (n == 0)
        out->n = start - (apdu->extended ? 3 : 1);
    else if (apdu->extended)
        set_u2(out->p + start - 2, (uint16_t)n);
    else
        out->p[start - 1] = (uint8_t)n;
}

static enum err unwrap(struct scp_session *s, const struct crypto_port *port,
                       const struct scp_apdu *apdu, struct buf *out)
{
    if (!scp_cla_is_protected(apdu->head[0]) || apdu->data.n < s->mac_length)
        return ERR_AUTH;

    /* `out` may be the command itself: its MAC is saved before it moves. */
    uint8_t received[SCP_MAC_MAX];
    struct span data = span_of(apdu->data.p, apdu->data.n - s->mac_length);
    memcpy(received, data.p + data.n, s->mac_length);

    enum err e = buf_put_u1(out, scp_cla_plain(apdu->head[0]));
    if (e == ERR_OK)
        e = buf_put(out, apdu->head + 1, 3);
    if (e == ERR_OK)
        e = skip_lc(apdu, out);
    size_t start = out->n;
    if (e == ERR_OK)
        e = unwrap_data(s, port, apdu, data, received, out);
    if (e != ERR_OK)
        return e;
    set_lc(apdu, out, start);
    return scp_apdu_put_le(apdu, out->n < start, out);
}

/* What the R-MAC needs of the command, kept until its response. */
static enum err note_command(struct scp_session *s,
                             const struct crypto_port *port, struct span plain)
{
    struct scp_apdu apdu;
    fill_ticket(s, &s->answer);
    if (!s->answer.gathered)
        return ERR_OK;
    enum err e = scp_apdu_parse(plain, &apdu);
    if (e == ERR_OK)
        e = scp02_r_mac_command(s, port, &apdu, &s->rmac_state);
    return e;
}

/* Without protection, where the level allows that. */
static bool comes_plain(struct scp_session *s, const struct scp_apdu *apdu)
{
    bool is_protected = scp_cla_is_protected(apdu->head[0]);
    if (!scp_i_implicit(s->protocol, s->i))
        return (s->level & SCP_C_MAC) == 0;
    if (!is_protected)
        s->level &= (uint8_t)~SCP_C_MAC;
    return !is_protected;
}

enum err scp_unwrap_command(struct scp_session *s,
                            const struct crypto_port *port, struct span command,
                            struct buf *out)
{
    struct scp_apdu apdu;
    size_t start = out->n;

    if (s->state != SCP_OPEN || s->role != SCP_CARD || s->counter == UINT32_MAX)
        return ERR_STATE;
    enum err e = scp_apdu_parse(command, &apdu);
    if (e == ERR_OK && comes_plain(s, &apdu))
        e = copy(command, out);
    else if (e == ERR_OK && scp_must_reopen(s))
        e = ERR_AUTH;
    else if (e == ERR_OK)
        e = unwrap(s, port, &apdu, out);
    if (e == ERR_OK)
        e = note_command(s, port, span_of(out->p + start, out->n - start));
    if (e != ERR_OK) {
        s->state = SCP_ABORTED;
        out->n = start;
        return e;
    }
    s->counter++;
    return ERR_OK;
}
