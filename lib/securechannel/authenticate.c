#include "securechannel/scp.h"

#include <string.h>

#include "base/ct.h"
#include "securechannel/protocol.h"

enum { CLA = 0x80, INS = 0x82 };

static enum err c_mac(const struct scp_session *s,
                      const struct crypto_port *port,
                      const struct scp_apdu *apdu, struct span data,
                      uint8_t mac[SCP_MAC_MAX])
{
    if (s->protocol == SCP_01)
        return scp01_c_mac(s, port, apdu, data, mac);
    if (s->protocol == SCP_02)
        return scp02_c_mac(s, port, apdu, data, mac);
    return scp03_c_mac(s, port, apdu, data, mac);
}

/* The C-MAC of EXTERNAL AUTHENTICATE starts every chain. */
static void open_at(struct scp_session *s, uint8_t level,
                    const uint8_t mac[SCP_MAC_MAX])
{
    memcpy(s->chain, mac, scp_has_des(s->protocol) ? 8 : SCP_MAC_MAX);
    memcpy(s->rchain, mac, sizeof s->rchain);
    s->first = 0;
    s->counter = 0;
    s->level = level;
    s->state = SCP_OPEN;
}

enum err scp_authenticate_make(struct scp_session *s,
                               const struct crypto_port *port, uint8_t level,
                               struct buf *out)
{
    if (s->state != SCP_BEGUN || s->role != SCP_HOST)
        return ERR_STATE;
    if (!scp_level_allowed(s->protocol, s->i, level))
        return ERR_RANGE;

    const struct scp_apdu apdu = {.head = {CLA, INS, level, 0}};
    const struct span data = span_of(s->host_cryptogram, s->cryptogram_length);
    uint8_t mac[SCP_MAC_MAX] = {0};
    enum err e = c_mac(s, port, &apdu, data, mac);
    if (e != ERR_OK)
        return e;

    const uint8_t head[5] = {scp_cla_protected(CLA), INS, level, 0,
                             (uint8_t)(data.n + s->mac_length)};
    if (out->cap - out->n < sizeof head + data.n + s->mac_length)
        return ERR_FULL;
    e = buf_put(out, head, sizeof head);
    if (e == ERR_OK)
        e = buf_put_span(out, data);
    if (e == ERR_OK)
        e = buf_put(out, mac, s->mac_length);
    if (e == ERR_OK)
        open_at(s, level, mac);
    return e;
}

static enum err check(struct scp_session *s, const struct crypto_port *port,
                      const struct scp_apdu *apdu, uint8_t mac[SCP_MAC_MAX])
{
    const size_t n = s->cryptogram_length;
    if (!scp_cla_is_protected(apdu->head[0]) ||
        apdu->data.n != n + s->mac_length)
        return ERR_FORMAT;
    if (!scp_level_allowed(s->protocol, s->i, apdu->head[2]))
        return ERR_RANGE;

    enum err e = c_mac(s, port, apdu, span_of(apdu->data.p, n), mac);
    if (e != ERR_OK)
        return e;
    bool same_mac = ct_equal(mac, apdu->data.p + n, s->mac_length);
    bool same = ct_equal(s->host_cryptogram, apdu->data.p, n);
    return same && same_mac ? ERR_OK : ERR_AUTH;
}

enum err scp_authenticate_check(struct scp_session *s,
                                const struct crypto_port *port,
                                struct span command)
{
    struct scp_apdu apdu;
    uint8_t mac[SCP_MAC_MAX] = {0};

    if (s->state != SCP_BEGUN || s->role != SCP_CARD)
        return ERR_STATE;
    enum err e = scp_apdu_parse(command, &apdu);
    if (e == ERR_OK)
        e = check(s, port, &apdu, mac);
    if (e == ERR_OK)
        open_at(s, apdu.head[2], mac);
    else
        scp_close(s);
    wipe(mac, sizeof mac);
    return e;
}

sw_t scp_authenticate_word(enum err e)
{
    switch (e) {
    case ERR_AUTH:
        return SW_AUTH_FAILED;
    case ERR_FORMAT:
        return SW_WRONG_LENGTH;
    case ERR_RANGE:
        return SW_WRONG_P1P2;
    default:
        return sw_from_err(e);
    }
}
