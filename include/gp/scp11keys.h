/*
 * What a host needs to open SCP11, from a key file.  It is text, one setting a
 * line, '#' starts a comment:
 *
 *   curve P-256               first, where keys below are hexadecimal
 *   private host.key          the host's key pair; not for variant b
 *   certificate ca-host.pem   its certificates, in the order in which each
 *   certificate host.pem      proves the next, the host's own last
 *   card card.pub             the card's public key, or instead of that:
 *   card-authority ca.pub     the key that proves the card's certificates
 *   kvn 41                    hexadecimal; 00 or none: the card's first
 *   authority 10/50           identifier and version of the card's key that
 *                             proves the host's; default: 10, the first
 *   aes 128                   128, 192, 256; default: what fits the curve
 *
 * A key is a file as gp/eckey.h says, looked for beside this one, or stands
 * here in hexadecimal; a certificate likewise [gp/certificate.h].  Lines of
 * `certificate` add up.
 */
#ifndef GP_SCP11KEYS_H
#define GP_SCP11KEYS_H

#include "gp/certificate.h"
#include "gp/scp11.h"

/* The caller wipes it. */
struct secret_gp_scp11_keys {
    struct secret_gp_ec_key host; /* scalar_length 0: none */
    struct secret_gp_ec_key card; /* point_length 0: none */
    struct secret_gp_ec_key card_authority;
    uint8_t curve; /* enum crypto_ec_name, of all of them */
    uint8_t kvn;
    uint8_t authority_kid; /* 00: 10 */
    uint8_t authority_kvn;
    uint8_t key_length; /* of AES: 16, 24, 32 */
    size_t chain_length;
    uint8_t chain[GP_CHAIN_MAX];
};

/*
 * Reads a key file: a file's name, env:NAME or -.  All keys and certificates
 * are on one curve, and the last certificate is that of the private key: a
 * chain that is given the other way round is turned.  GP_ERR_KEYS, GP_ERR_FILE,
 * GP_ERR_LIMIT, with *why.
 */
int gp_scp11_keys_load(const struct crypto_port *crypto, const char *source,
                       struct secret_gp_scp11_keys *out, struct gp_why *why);

/*
 * What it says as options for gp_scp11_open; the rest of them is left as it is.
 * They point into `keys` and `certificates`.
 */
void gp_scp11_keys_apply(const struct secret_gp_scp11_keys *keys,
                         struct span certificates[GP_CHAIN_LENGTH_MAX],
                         struct gp_scp11_options *options);

#endif
