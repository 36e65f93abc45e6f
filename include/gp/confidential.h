/*
 * Keys of a security domain that nobody on the way learns [Amendment A]: a
 * provider and the card's Controlling Authority domain (CASD) agree on them, or
 * the provider enciphers them for it.  Whoever has a session with the card, as
 * a rule its issuer, carries data groups and answers.
 */
#ifndef GP_CONFIDENTIAL_H
#define GP_CONFIDENTIAL_H

#include "gp/session.h"
#include "securechannel/confidential.h"

/* The usual AID of a CASD. */
extern const struct gp_aid gp_casd_usual;

enum {
    GP_CARD_NUMBER_MAX = 64,
    GP_CONFIDENTIAL_MAX = 1024, /* bytes of data groups */
};

/* What a provider must know of a card. */
struct gp_casd {
    enum crypto_ec_name curve;
    uint8_t point[CRYPTO_EC_POINT_MAX]; /* the CASD's public key */
    size_t point_length;
    uint8_t issuer[GP_CARD_NUMBER_MAX]; /* data objects 42 and 45 */
    size_t issuer_length;               /* 0: the card has none */
    uint8_t card[GP_CARD_NUMBER_MAX];
    size_t card_length;
};

/*
 * Reads it outside of any session: the CASD's certificate (7F21), which `root`,
 * the public key of who certifies the card's, must have signed; and the issuer
 * domain's numbers.  GP_ERR_CARD_AUTH: it has not; GP_ERR_KEYS: `root` is no
 * point of the curve; a status word of the card.
 */
int gp_casd_read(struct gp_transport *transport,
                 const struct crypto_port *crypto, const struct gp_aid *aid,
                 enum crypto_ec_name curve, struct span root,
                 struct gp_casd *out, struct gp_why *why);

/* What is to be set up: three keys of a secure channel. */
struct gp_confidential {
    struct gp_aid domain; /* whose; n 0: the session's own */
    uint8_t kvn;
    uint8_t kid;        /* of the first, as a rule 01 */
    uint8_t type;       /* GP_KEY_AES or GP_KEY_DES */
    uint8_t key_length; /* of each */
    bool deletes;       /* the domain's other keys go */
    bool random;        /* a number of the card's goes in, too */
    struct span host;   /* the provider's identifier goes in with the card's
                         * numbers; empty: they do not */

    /* The provider's certificate (7F21) and key, where the card is to ask for
     * them [SGP.02]; else empty. */
    struct span certificate;
    struct span scalar;
};

/* A provider's part, between its offer and the answer.  Not to be moved. */
struct secret_gp_confidential {
    struct confidential_offer offer;
    struct crypto_ec_values curve;
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t bytes[GP_CONFIDENTIAL_MAX]; /* the data groups */
    size_t n;
};

/*
 * The provider: an ephemeral key, and the data groups that tell the card of it,
 * for P1 09 or 89 of STORE DATA.  `challenge`: what the card answered to the
 * certificate; else empty.  GP_ERR_ARGUMENT, GP_ERR_KEYS, GP_ERR_CRYPTO.
 */
int gp_confidential_offer(const struct crypto_port *crypto,
                          const struct gp_casd *casd,
                          const struct gp_confidential *how,
                          struct span challenge,
                          struct secret_gp_confidential *out,
                          struct gp_why *why);

/*
 * The provider: the card's answer proves that its CASD has the same keys, which
 * go to `keys`.  GP_ERR_CARD_AUTH when it does not.
 */
int gp_confidential_finish(const struct crypto_port *crypto,
                           const struct gp_casd *casd,
                           const struct secret_gp_confidential *offer,
                           struct span answer, struct secret_scp_keys *keys,
                           struct gp_why *why);

/* Both at once, over a session of a domain that personalizes it. */
int gp_confidential_agree(struct gp_session *s, const struct gp_casd *casd,
                          const struct gp_confidential *how,
                          struct secret_scp_keys *keys, struct gp_why *why);

/*
 * The keys as they are, enciphered with the CASD's RSA key (n, e): scenario 2B.
 * how->key_length counts; random, host and certificate must be off.
 * GP_ERR_ARGUMENT, GP_ERR_TOO_LONG: the modulus is too short for them.
 */
int gp_confidential_push(struct gp_session *s, struct span n, struct span e,
                         const struct gp_confidential *how,
                         const struct secret_scp_keys *keys,
                         struct gp_why *why);

#endif
