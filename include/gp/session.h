/* A secure channel with a security domain, over a transport. */
#ifndef GP_SESSION_H
#define GP_SESSION_H

#include "gp/commands.h"
#include "gp/keys.h"
#include "gp/transport.h"
#include "securechannel/scp.h"

enum { GP_LEVEL_BEST = 0xFF };

struct gp_session_options {
    struct gp_aid domain; /* n 0: the issuer security domain, by SELECT "" */
    const struct secret_gp_keys *keys;
    uint8_t kvn;      /* 00: that of keys */
    uint8_t level;    /* SCP_ bits, or GP_LEVEL_BEST */
    uint8_t protocol; /* enum scp_protocol required; 0: any */
    uint8_t scp02_i;  /* parameter i of SCP02; 0: as the card's FCI says */
};

/* Owned by the caller; refers to transport and crypto port, which outlive it.
 */
struct gp_session {
    struct gp_transport *transport;
    const struct crypto_port *crypto;
    struct gp_aid domain; /* as the card named it in its FCI */
    struct scp_init init;
    struct scp_session scp;
};

/*
 * Selects the domain, runs INITIALIZE UPDATE and EXTERNAL AUTHENTICATE; or,
 * when i of SCP02 is for implicit initiation [GPCS E.1.2.2], reads the sequence
 * counter, and the first command of the session shows whether the card agrees.
 * A wrong card cryptogram is GP_ERR_CARD_AUTH: the host stops before the card
 * counts a failure, and nothing is repeated.  A refused EXTERNAL AUTHENTICATE
 * returns its status word, and *why warns of the tries that are left.
 */
int gp_session_open(struct gp_session *s, struct gp_transport *transport,
                    const struct crypto_port *crypto,
                    const struct gp_session_options *options,
                    struct gp_why *why);

/*
 * Wraps a plain command, exchanges it, unwraps: `response` ends with the
 * status word.  Data too long for a short command are sent by GlobalPlatform
 * command chaining when INS allows it [GPCS 11.1.5.1].  BEGIN and END R-MAC
 * SESSION change the session here, too.  0 whatever the card
 * says; GP_ERR_RESPONSE_MAC, GP_ERR_STATE, GP_ERR_IO.
 */
int gp_session_transmit(struct gp_session *s, struct span plain,
                        struct buf *response);

/*
 * The same, where anything but 9000 (or 61xx) is a failure: returns that
 * status word.  `response` may be NULL when the data do not matter.
 */
int gp_session_command(struct gp_session *s, struct span plain,
                       struct buf *response);

/* Most data bytes of one plain short command in this session. */
size_t gp_session_data_max(const struct gp_session *s);

/* Wipes the keys; the card is not told. */
void gp_session_close(struct gp_session *s);

#endif
