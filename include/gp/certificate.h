/*
 * Certificates of SCP11 [Amendment F 6.6] for a host or a card: of
 * GlobalPlatform's own form (tag 7F21), which can be made here, and X.509.
 *
 * A file holds one or several of them, one behind the other in binary, as one
 * line of hexadecimal each, or (X.509) in PEM.
 */
#ifndef GP_CERTIFICATE_H
#define GP_CERTIFICATE_H

#include "gp/eckey.h"

enum {
    GP_CERTIFICATE_MAX = 512, /* of those that are made here */
    GP_CHAIN_MAX = 8192,
    GP_CHAIN_LENGTH_MAX = 16,
    GP_SERIAL_MAX = 16,
    GP_IDENTIFIER_MAX = 16,
};

/* What a certificate says besides the key. */
struct gp_certificate {
    struct span serial;  /* tag 93, 1 to 16 bytes */
    struct span issuer;  /* tag 42, 1 to 16 bytes */
    struct span subject; /* tag 5F20, 1 to 16 bytes */
    bool certifies;      /* its key signs certificates; else it agrees on keys*/
    uint8_t expires[4];  /* tag 5F24: year, month, day in BCD */
};

/*
 * Makes one of the public key of `of`, signed with the private key of `by`,
 * which is on the same curve.  GP_ERR_ARGUMENT: another curve, no private key,
 * a field out of its range.
 */
int gp_certificate_make(struct buf *out, const struct crypto_port *crypto,
                        const struct secret_gp_ec_key *by,
                        const struct secret_gp_ec_key *of,
                        const struct gp_certificate *what);

/*
 * Appends the certificates that a file holds to a chain, in their order.
 * GP_ERR_KEYS, *why says what is wrong; GP_ERR_LIMIT.
 */
int gp_certificates_parse(struct span bytes, struct buf *chain,
                          struct gp_why *why);

/* The same of a file, env:NAME or -. */
int gp_certificates_load(const char *source, struct buf *chain,
                         struct gp_why *why);

/*
 * The certificates of a chain, one span each.  GP_ERR_LIMIT: there are more
 * than GP_CHAIN_LENGTH_MAX; GP_ERR_KEYS.
 */
int gp_certificates_split(struct span chain,
                          struct span out[GP_CHAIN_LENGTH_MAX], size_t *count);

/* A name for a key: the first eight bytes of its point's SHA-256. */
int gp_ec_key_identifier(const struct crypto_port *crypto,
                         const struct secret_gp_ec_key *key, uint8_t out[8]);

#endif
