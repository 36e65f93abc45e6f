/*
 * The signature schemes of content management: tokens, receipts and signatures
 * of load files.  The kind and size of a key say which scheme it is.
 * [GPCS B, C.1, table C-1]
 *
 *   DES   16 bytes            single DES plus final triple DES, 8 bytes
 *   AES   16, 24, 32 bytes    CMAC, 16 bytes
 *   RSA   1024 bits           PKCS#1 v1.5 with SHA-1
 *         above               PSS with SHA-256 and 32 bytes of salt
 *   EC    256 bits and above  ECDSA, r and s plain; SHA-256, from 384 bits on
 *                             SHA-384, from 512 on SHA-512
 */
#ifndef CRYPTO_SCHEME_H
#define CRYPTO_SCHEME_H

#include <stdbool.h>

#include "crypto/ec.h"
#include "crypto/rsa.h"

enum { CRYPTO_SCHEME_MAX = CRYPTO_RSA_MAX /* bytes of a signature */ };

enum crypto_scheme_kind {
    CRYPTO_SCHEME_DES,
    CRYPTO_SCHEME_AES,
    CRYPTO_SCHEME_RSA,
    CRYPTO_SCHEME_EC,
};

/* A key; the spans are the caller's.  Of an asymmetric one the half that the
 * operation needs is enough. */
struct crypto_scheme_key {
    enum crypto_scheme_kind kind;
    struct span secret;                    /* DES, AES; the scalar of EC */
    struct span point;                     /* EC */
    struct crypto_ec_curve curve;          /* EC */
    struct span n;                         /* RSA */
    struct span e;                         /* RSA */
    struct crypto_rsa_private private_key; /* RSA */
};

/*
 * Bytes of a signature with this key; 0: the key is of a size that no scheme
 * has.
 */
size_t crypto_scheme_size(const struct crypto_scheme_key *key);

/*
 * The digest inside, of RSA and EC; of DES SHA-1, and of AES that of the same
 * strength, as table C-3 pairs them.
 */
enum crypto_digest crypto_scheme_digest(const struct crypto_scheme_key *key);

/*
 * Signs `count` parts one after the other; a signature of crypto_scheme_size()
 * bytes goes to `out`.  ERR_RANGE: no such key; ERR_UNSUPPORTED: not with this
 * port; ERR_FULL; ERR_IO.
 */
NODISCARD enum err crypto_scheme_sign(const struct crypto_port *port,
                                      const struct crypto_scheme_key *key,
                                      const struct span *parts, size_t count,
                                      struct buf *out);

/* Whether it is a signature of them: ERR_AUTH when not; else as above. */
NODISCARD enum err crypto_scheme_verify(const struct crypto_port *port,
                                        const struct crypto_scheme_key *key,
                                        const struct span *parts, size_t count,
                                        struct span signature);

#endif
