/*
 * Keys on elliptic curves, as SCP11, tokens, receipts and DAP have them, and
 * where they come from.
 *
 * A file is text, one setting a line, '#' starts a comment:
 *
 *   curve P-256
 *   private 3DE85CA2...      hexadecimal; without it, a public key alone
 *   public 042CDA62...       uncompressed; not needed beside a private key
 *
 * or what other programs write, in PEM or DER: a private key of PKCS#8 or SEC1
 * that is not enciphered, a public key (SubjectPublicKeyInfo), a certificate of
 * X.509 of which the key is taken.
 */
#ifndef GP_ECKEY_H
#define GP_ECKEY_H

#include <stdbool.h>

#include "crypto/ec.h"
#include "gp/error.h"

/* The caller wipes it. */
struct secret_gp_ec_key {
    uint8_t curve;         /* enum crypto_ec_name */
    uint8_t scalar_length; /* that of the field; 0: the public key alone */
    uint8_t point_length;
    uint8_t scalar[CRYPTO_EC_ORDER_MAX];
    uint8_t point[CRYPTO_EC_POINT_MAX]; /* uncompressed */
};

/*
 * The curves that GlobalPlatform gives references [GPCS B.4.2]: by name, as in
 * "P-256" or "brainpoolP384r1", whatever the case.  GP_ERR_ARGUMENT.
 */
int gp_ec_curve_parse(const char *name, uint8_t *curve);

/* Its name; NULL: it has no reference. */
const char *gp_ec_curve_name(uint8_t curve);

/* Its reference, 00 to 08; -1: it has none. */
int gp_ec_curve_reference(uint8_t curve);

/* A new pair.  GP_ERR_UNSUPPORTED: a curve that this library has not. */
int gp_ec_key_generate(const struct crypto_port *crypto, uint8_t curve,
                       struct secret_gp_ec_key *out);

/*
 * Sets a key by its scalar, and works its point out, or by its point; the
 * other is empty.  GP_ERR_KEYS: not of that curve.
 */
int gp_ec_key_set(const struct crypto_port *crypto, uint8_t curve,
                  struct span scalar, struct span point,
                  struct secret_gp_ec_key *out);

/* Reads what a file holds.  GP_ERR_KEYS, *why says what is wrong. */
int gp_ec_key_parse(const struct crypto_port *crypto, struct span bytes,
                    struct secret_gp_ec_key *out, struct gp_why *why);

/* The same of a file, env:NAME or - as gp_keys_load takes them. */
int gp_ec_key_load(const struct crypto_port *crypto, const char *source,
                   struct secret_gp_ec_key *out, struct gp_why *why);

enum { GP_EC_KEY_TEXT = 600 };

/* A file's text, with the private key or without; the caller wipes it. */
void gp_ec_key_text(const struct secret_gp_ec_key *key, bool with_private,
                    char out[GP_EC_KEY_TEXT]);

#endif
