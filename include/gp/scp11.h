/* A secure channel by SCP11 [Amendment F], over a transport. */
#ifndef GP_SCP11_H
#define GP_SCP11_H

#include "gp/session.h"
#include "securechannel/scp11.h"

struct gp_scp11_options {
    struct gp_aid domain; /* n 0: the issuer security domain, by SELECT "" */
    uint8_t variant;      /* SCP11_A, _B, _C */
    uint8_t kvn;          /* version of the card's key; 00: the card's first */
    uint8_t key_length;   /* of AES: 16, 24, 32 */
    uint8_t usage;        /* SCP11_USAGE_ */
    bool s16;             /* MACs of 16 bytes, even if the FCI tells no i */
    enum crypto_ec_name curve;

    /*
     * The card's public key; or, with none, the key of who certifies the
     * card's: then the card is asked for its certificates (BF21).
     */
    struct span card_point;
    struct span root_point;

    /*
     * The host's static key and its certificates (7F21 or X.509), its own last,
     * and the card's key that proves the first; not for variant b.
     */
    struct span scalar;
    const struct span *certificates;
    size_t certificate_count;
    uint8_t authority_kid; /* 00: 10 */
    uint8_t authority_kvn; /* 00: the first */
};

/*
 * Selects the domain, brings the host's certificates, agrees on keys and proves
 * the card's receipt: GP_ERR_CARD_AUTH when that or a certificate of the card
 * is wrong, and nothing else is sent.  GP_ERR_KEYS: a key or a point is missing
 * or not on the curve.  GP_ERR_UNSUPPORTED: the FCI tells that the domain does
 * not offer the variant.  A status word of the card: *why says of which command
 * and what it means there.
 */
int gp_scp11_open(struct gp_session *s, struct gp_transport *transport,
                  const struct crypto_port *crypto,
                  const struct gp_scp11_options *options, struct gp_why *why);

#endif
