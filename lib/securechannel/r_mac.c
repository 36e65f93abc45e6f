#include "securechannel/scp.h"

#include "securechannel/protocol.h"

enum {
    P2_BEGIN = 0x01,
    P2_RETURN = 0x01,
    P2_END = 0x03,
    DATA_MAX = 24, /* [GPCS table E-16] */
};

/* What the answer to BEGIN or END itself is protected with. */
static struct scp_ticket *answer_of(struct scp_session *s,
                                    struct scp_ticket *ticket)
{
    return s->role == SCP_CARD ? &s->answer : ticket;
}

static bool begin_known(enum scp_protocol protocol, const struct scp_apdu *apdu)
{
    const uint8_t level = apdu->head[2];
    if (apdu->head[3] != P2_BEGIN)
        return false;
    if (protocol == SCP_02)
        return level == SCP_AUTHENTICATED || level == SCP_R_MAC;
    return level == SCP_R_MAC || level == (SCP_R_MAC | SCP_R_ENCRYPTION);
}

/* Nothing, or a length and as many bytes, which mean nothing to the card. */
static bool data_fit(struct span data)
{
    if (data.n == 0)
        return true;
    return data.p[0] <= DATA_MAX && data.n == 1u + data.p[0];
}

/* Only to raise what protects responses [Amd D 7.1.3.1, 7.1.3.7]. */
static bool raises(const struct scp_session *s, uint8_t level)
{
    if (s->r_mac_going || s->protocol == SCP_01)
        return false;
    if (s->protocol == SCP_02)
        return (s->level & SCP_R_MAC) == 0;
    return (s->level & SCP_C_MAC) != 0 && (s->level & level) != level &&
           (s->level & SCP_R_ENCRYPTION) == 0 &&
           scp_level_allowed(SCP_03, s->i, s->level | level);
}

enum err scp_r_mac_begin(struct scp_session *s, const struct crypto_port *port,
                         struct span command, struct scp_ticket *ticket)
{
    struct scp_apdu apdu;
    enum err e = scp_apdu_parse(command, &apdu);
    if (e != ERR_OK)
        return e;
    if (!begin_known(s->protocol, &apdu))
        return ERR_RANGE;
    if (!data_fit(apdu.data))
        return ERR_FORMAT;
    if (s->state != SCP_OPEN || !raises(s, apdu.head[2]))
        return ERR_STATE;

    if (s->protocol == SCP_02) {
        if (s->role == SCP_CARD)
            e = scp02_r_mac_command(s, port, &apdu, &s->rmac_state);
        if (e != ERR_OK)
            return e;
        answer_of(s, ticket)->gathered = 1;
    }
    s->r_mac_going = 1;
    s->r_mac_bits = apdu.head[2] & (uint8_t)~s->level;
    s->level |= s->r_mac_bits;
    return ERR_OK;
}

static bool end_known(enum scp_protocol protocol, const struct scp_apdu *apdu)
{
    const uint8_t p2 = apdu->head[3];
    if (apdu->head[2] != 0)
        return false;
    return p2 == P2_END || (protocol == SCP_02 && p2 == P2_RETURN);
}

enum err scp_r_mac_end(struct scp_session *s, struct span command,
                       struct scp_ticket *ticket, struct buf *mac)
{
    struct scp_apdu apdu;
    enum err e = scp_apdu_parse(command, &apdu);
    if (e != ERR_OK)
        return e;
    if (!end_known(s->protocol, &apdu))
        return ERR_RANGE;
    if (apdu.data.n > 0)
        return ERR_FORMAT;
    if (s->state != SCP_OPEN || !s->r_mac_going)
        return ERR_NOT_FOUND;

    if (s->protocol == SCP_02) {
        struct scp_ticket *answer = answer_of(s, ticket);
        e = buf_put(mac, s->rchain, sizeof s->rchain);
        if (e != ERR_OK)
            return e;
        answer->gathered = 0;
        answer->level &= (uint8_t)~SCP_R_MAC;
    }
    if (apdu.head[3] == P2_END) {
        s->level &= (uint8_t)~s->r_mac_bits;
        s->r_mac_going = 0;
        s->r_mac_bits = 0;
    }
    return ERR_OK;
}
