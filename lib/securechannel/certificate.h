/*
 * Certificates of SCP11 [Amendment F 6.6]: GlobalPlatform's own (tag 7F21) and
 * X.509, with keys on the curve of whoever certifies them.
 */
#ifndef SECURECHANNEL_CERTIFICATE_H
#define SECURECHANNEL_CERTIFICATE_H

#include <stdbool.h>

#include "crypto/ec.h"

/* The digest that goes with a curve in GlobalPlatform's form [GPCS B.4.3]. */
enum crypto_digest
scp11_certificate_digest(const struct crypto_ec_curve *curve);

struct scp11_certificate {
    struct span signed_part;
    struct span r, s; /* numbers */
    enum crypto_digest digest;
    struct span serial;  /* a number in X.509, bytes in 7F21 */
    struct span subject; /* of 7F21: who holds the key; X.509: empty */
    struct span point;   /* the public key */
    bool certifies;      /* the key signs certificates */
    bool agrees;         /* the key is for key agreement */
};

/*
 * Takes a certificate apart; nothing is proved yet.  Spans point into `bytes`.
 * ERR_FORMAT: it is none of both; ERR_UNSUPPORTED: another algorithm, another
 * curve than `curve`, a critical extension that is not known, or restrictions
 * (BF20) that are not enforced here.
 */
NODISCARD enum err scp11_certificate(const struct crypto_port *port,
                                     const struct crypto_ec_curve *curve,
                                     struct span bytes,
                                     struct scp11_certificate *out);

/* Proves it by the key that is to have signed it.  ERR_AUTH: it has not. */
NODISCARD enum err scp11_certificate_check(const struct crypto_port *port,
                                           const struct crypto_ec_curve *curve,
                                           struct span signer,
                                           const struct scp11_certificate *c);

#endif
