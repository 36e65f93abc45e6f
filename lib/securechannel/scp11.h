/*
 * Key agreement of secure channel protocol 11 [Amendment F], for both ends.
 * The channel that it opens is SCP03's: scp_open_keys() with what is agreed.
 *
 * Each side has two key pairs on one curve, an ephemeral and a static one;
 * where an end has no static pair (the host, in variant b) the ephemeral one
 * takes both places.
 */
#ifndef SECURECHANNEL_SCP11_H
#define SECURECHANNEL_SCP11_H

#include "crypto/ec.h"
#include "securechannel/scp.h"

/* The variants, which are also the identifiers of the card's keys. */
enum {
    SCP11_A = 0x11, /* both ends are authenticated */
    SCP11_B = 0x13, /* the card alone is */
    SCP11_C = 0x15, /* as a, in a script that many cards may run */
};

enum {
    SCP11_USAGE_MAC = 0x34,     /* C-MAC and R-MAC */
    SCP11_USAGE_ENCRYPT = 0x3C, /* and encryption both ways */
    SCP11_RECEIPT = 16,
    SCP11_OFFER_MAX = 32 + CRYPTO_EC_POINT_MAX,
    SCP11_ANSWER_MAX = 32 + CRYPTO_EC_POINT_MAX,
};

/* What the host asks for, the data of INTERNAL, EXTERNAL AUTHENTICATE. */
struct scp11_offer {
    uint8_t variant;    /* SCP11_A, _B, _C */
    uint8_t usage;      /* SCP11_USAGE_ */
    uint8_t key_length; /* 16, 24, 32: AES */
    struct span point;  /* the host's ephemeral public key */
    struct span all;    /* as it is sent */
};

/* What one end contributes, and what it was given. */
struct scp11_share {
    const struct crypto_ec_curve *curve;
    struct span own_ephemeral; /* scalars */
    struct span own_static;
    struct span other_ephemeral; /* points */
    struct span other_static;
};

struct secret_scp11 {
    struct secret_scp_keys keys; /* S-ENC, S-MAC, and the DEK */
    uint8_t rmac[SCP_KEY_MAX];
    uint8_t receipt_key[SCP_KEY_MAX];
};

/*
 * Host: appends the data to `out`, and sets offer->all to them.  ERR_RANGE for
 * a variant, usage or length that there is not; ERR_FULL.
 */
NODISCARD enum err scp11_offer_put(struct scp11_offer *offer, struct buf *out);

/* Card: the reverse; spans point into `data`.  ERR_FORMAT; ERR_UNSUPPORTED:
 * well formed, but something else than AES, or identities are to be bound. */
NODISCARD enum err scp11_offer_take(struct span data, struct scp11_offer *out);

/*
 * Both: agrees on the keys, which the caller wipes.  ERR_RANGE: a point is not
 * on the curve; ERR_UNSUPPORTED: the port has no elliptic curves; ERR_IO.
 */
NODISCARD enum err scp11_agree(const struct crypto_port *port,
                               const struct scp11_offer *offer,
                               const struct scp11_share *share,
                               struct secret_scp11 *out);

/*
 * Both: the receipt of the offer and the card's ephemeral point, which proves
 * the card's share and is the first value that C-MACs chain from.
 */
NODISCARD enum err scp11_receipt(const struct crypto_port *port,
                                 const struct scp11_offer *offer,
                                 const struct secret_scp11 *secret,
                                 struct span card_point,
                                 uint8_t receipt[SCP11_RECEIPT]);

/* Card: the answer, ephemeral point and receipt.  ERR_FULL. */
NODISCARD enum err scp11_answer_put(struct span card_point,
                                    const uint8_t receipt[SCP11_RECEIPT],
                                    struct buf *out);

/* Host: the reverse.  ERR_FORMAT. */
NODISCARD enum err scp11_answer_take(struct span data, struct span *card_point,
                                     struct span *receipt);

/*
 * Both: the session, OPEN at the level that the usage asks for.  `s16`: MACs
 * of 16 bytes, as the card's parameter i says.
 */
NODISCARD enum err scp11_open(struct scp_session *s, enum scp_role role,
                              const struct scp11_offer *offer, bool s16,
                              const struct secret_scp11 *secret,
                              const uint8_t receipt[SCP11_RECEIPT]);

#endif
