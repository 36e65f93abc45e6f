/*
 * The confidential set-up of a security domain's keys [Amendment A], for both
 * ends: whoever carries the commands learns nothing of the keys.  A domain of
 * the card's, the Controlling Authority's (CASD), has the private key for it.
 *
 *   3    key agreement: the keys follow from an ephemeral key of the provider's
 *        and the CASD's static one (ECKA-EG [TR-03111 4.3.2.2]); the card
 *        answers with a receipt, made with a key that follows, too
 *   2B   the keys come enciphered with the CASD's RSA key
 *
 * A control reference template says which keys: A6 {90 scenario, 95 usage, 96
 * access, 80 type, 81 length, 82 identifier of the first, 83 version, 91
 * counter, 45 the domain's image number, 84 the host's identifier}; or, where
 * keys of scenario 3 differ, a B9 {95, 96, 80, 81} for each.  It stands in a
 * data group 00A6, the public key in 7F49 behind it, or the keys in 8010.  Of
 * GSMA SGP.02 is 3A01, the provider's certificate, that the card answers with a
 * challenge, and then 3A02 in the place of 00A6, with a signature in 5F37
 * behind them.
 */
#ifndef SECURECHANNEL_CONFIDENTIAL_H
#define SECURECHANNEL_CONFIDENTIAL_H

#include <stdbool.h>

#include "crypto/ec.h"

enum {
    CONFIDENTIAL_DGI_TEMPLATE = 0x00A6,
    CONFIDENTIAL_DGI_POINT = 0x7F49,
    CONFIDENTIAL_DGI_KEYS = 0x8010,
    CONFIDENTIAL_DGI_CERTIFICATE = 0x3A01,
    CONFIDENTIAL_DGI_PROVEN = 0x3A02, /* a template that is signed */
    CONFIDENTIAL_DGI_SIGNATURE = 0x5F37,
    CONFIDENTIAL_DGI_CHALLENGE = 0x0085, /* signed, but not sent */
    CONFIDENTIAL_TAG_RANDOM = 0x85,
    CONFIDENTIAL_TAG_RECEIPT = 0x86,
};

enum confidential_scenario {
    CONFIDENTIAL_AGREE = 3,  /* scenario 3 */
    CONFIDENTIAL_PUSH_2B = 4 /* scenario 2B */
};

/* Parameters of scenario 3. */
enum {
    CONFIDENTIAL_DELETE = 0x01,   /* the domain's other keys go */
    CONFIDENTIAL_RANDOM = 0x02,   /* a random number of the card goes in */
    CONFIDENTIAL_IDENTITY = 0x04, /* identifiers of host and card go in */
    CONFIDENTIAL_PROVEN = 0x08,   /* a certificate came before [SGP.02] */
};

enum {
    CONFIDENTIAL_KEYS_MAX = 3,
    CONFIDENTIAL_KEY_MAX = 32,
    CONFIDENTIAL_USAGE_SET = 0x10,  /* three keys, of a secure channel */
    CONFIDENTIAL_USAGE_BASE = 0x5C, /* one for everything */
    CONFIDENTIAL_RECEIPT_MAX = 16,
    CONFIDENTIAL_RANDOM_MAX = 32,
    CONFIDENTIAL_COUNTER_MAX = 8,
    CONFIDENTIAL_IDENTITY_MAX = 255, /* of all three, with their lengths */
    CONFIDENTIAL_OFFER_MAX = 160,    /* a template without identities */
};

struct confidential_key {
    uint8_t usage; /* in a template of its own: of that key alone */
    uint8_t access;
    bool access_given;
    uint8_t type; /* 80 DES, 85 PSK for TLS, 88 AES */
    uint8_t length;
};

/* What is set up. */
struct confidential_offer {
    uint8_t scenario;   /* enum confidential_scenario */
    uint8_t parameters; /* CONFIDENTIAL_ bits, of scenario 3 */
    uint8_t version;
    uint8_t id;    /* of the first key; the next ones follow it */
    uint8_t count; /* of keys */
    bool apart;    /* each has a template; else they are as the first */
    struct confidential_key keys[CONFIDENTIAL_KEYS_MAX];
    struct span counter; /* 91; may be empty */
    struct span image;   /* 45; may be empty */
    struct span host;    /* 84; may be empty */
    struct span all;     /* A6 and its length included */
};

/*
 * Host: appends the template to `out` and sets offer->all to it.  ERR_RANGE:
 * no such keys; ERR_FULL.
 */
NODISCARD enum err scp_confidential_offer_put(struct confidential_offer *offer,
                                              struct buf *out);

/*
 * Card: the reverse; spans point into `data`, which holds a template and
 * nothing else.  ERR_FORMAT; ERR_UNSUPPORTED: another scenario, or other keys.
 */
NODISCARD enum err scp_confidential_offer_take(struct span data,
                                               struct confidential_offer *out);

/* Bytes of the number that the card draws for keys on this curve. */
size_t scp_confidential_random_size(const struct crypto_ec_curve *curve);

/* Bytes of all keys, one behind the other. */
size_t scp_confidential_keys_size(const struct confidential_offer *offer);

/* Both: identities as they go into the derivation; ERR_FULL, ERR_RANGE. */
NODISCARD enum err scp_confidential_identities_put(struct span host,
                                                   struct span issuer,
                                                   struct span card,
                                                   struct buf *out);

/* What scenario 3 comes to. */
struct secret_confidential {
    uint8_t receipt_length; /* of its key */
    uint8_t receipt_key[CONFIDENTIAL_KEY_MAX];
    uint8_t keys[CONFIDENTIAL_KEYS_MAX * CONFIDENTIAL_KEY_MAX];
};

/*
 * Both: the keys, which the caller wipes, of the secret that own scalar and
 * other point make.  `random` and `identities` are empty where the parameters
 * do not ask for them.  ERR_RANGE: the point is not on the curve;
 * ERR_UNSUPPORTED: the port has no elliptic curves; ERR_IO.
 */
NODISCARD enum err
scp_confidential_agree(const struct crypto_port *port,
                       const struct confidential_offer *offer,
                       const struct crypto_ec_curve *curve, struct span scalar,
                       struct span point, struct span random,
                       struct span identities, struct secret_confidential *out);

/*
 * Both: the receipt, over the template and the random number: of AES a CMAC,
 * of DES single DES with a final triple DES.  *n is its length.
 */
NODISCARD enum err scp_confidential_receipt(
    const struct crypto_port *port, const struct confidential_offer *offer,
    const struct secret_confidential *secret, struct span random,
    uint8_t receipt[CONFIDENTIAL_RECEIPT_MAX], size_t *n);

/* Card: the answer; ERR_FULL. */
NODISCARD enum err scp_confidential_answer_put(struct span random,
                                               struct span receipt,
                                               struct buf *out);

/* Host: the reverse; *random is empty where there is none.  ERR_FORMAT. */
NODISCARD enum err scp_confidential_answer_take(struct span data,
                                                struct span *random,
                                                struct span *receipt);

/* A data group: two bytes, a length of one byte or of FF and two, the value. */
NODISCARD enum err scp_confidential_group_put(struct buf *out, uint16_t dgi,
                                              struct span value);

#endif
