/*
 * Key sets of a security domain, where they come from, and how a card's own
 * keys follow from an issuer's master keys.
 *
 * A key file is text, one setting a line, '#' starts a comment:
 *
 *   key 404142434445464748494A4B4C4D4E4F    the same for enc, mac and dek
 *   enc 404142...                           or each on its own line
 *   mac 404142...
 *   dek 404142...
 *   kvn 30                                  hexadecimal; 00: the card's first
 *   type aes                                or des; needed for PUT KEY only
 *   diversification kdf3                    none, emv, visa2, kdf3
 *
 * '=' or ':' may stand after the name.  Keys have 16, 24 or 32 bytes.
 */
#ifndef GP_KEYS_H
#define GP_KEYS_H

#include <stdbool.h>

#include "crypto/kcv.h"
#include "gp/error.h"
#include "securechannel/scp.h"

enum gp_diversification {
    GP_DIV_NONE,
    GP_DIV_EMV,   /* EMV CPS 1.1: triple DES over bytes 4..9 of the data */
    GP_DIV_VISA2, /* triple DES over bytes 0, 1 and 4..7 */
    GP_DIV_KDF3,  /* AES-CMAC in counter mode over all ten bytes */
};

/* Key types [GPCS 11.1.8]. */
enum gp_key_type { GP_KEY_ANY = 0, GP_KEY_DES = 0x80, GP_KEY_AES = 0x88 };

struct secret_gp_keys {
    uint8_t kvn;  /* 00: the card chooses */
    uint8_t type; /* enum gp_key_type; ANY fits the card's protocol */
    uint8_t diversification; /* enum gp_diversification; not yet applied */
    struct secret_scp_keys keys;
};

/* The well-known test key 40..4F in all three places, kvn 0. */
void gp_keys_test(struct secret_gp_keys *out);

/* Whether any of the three keys is the well-known test key. */
bool gp_keys_is_test(const struct secret_gp_keys *keys);

/*
 * Whether everybody has one of the three keys: the test key, those of sample
 * profiles and sample cards that are printed in public documents, and any
 * whose bytes go up or down by one step, as 00..0F, 0011..FF or all zeros.
 */
bool gp_keys_are_public(const struct secret_gp_keys *keys);

/* Reads a key file's text (n bytes).  GP_ERR_KEYS, *why names the line. */
int gp_keys_parse(const char *text, size_t n, struct secret_gp_keys *out,
                  struct gp_why *why);

/*
 * `source` is a file name, "env:NAME" (a key file's text, or one hexadecimal
 * key), "-" (standard input, likewise), or the hexadecimal test key itself;
 * any other key in an argument is refused.  "pkcs11:" is GP_ERR_UNSUPPORTED.
 * GP_ERR_FILE, GP_ERR_KEYS.
 */
int gp_keys_load(const char *source, struct secret_gp_keys *out,
                 struct gp_why *why);

/* "none", "emv", "visa2", "kdf3" to *out; GP_ERR_ARGUMENT. */
int gp_diversification_parse(const char *name, uint8_t *out);

/*
 * The card's keys: master's diversification applied with the ten bytes that
 * the card gives in INITIALIZE UPDATE (GP_DIV_NONE copies).  *out may be
 * *master.  GP_ERR_KEYS when the method does not fit the key length (emv and
 * visa2 need 16), GP_ERR_CRYPTO.
 */
int gp_keys_diversify(const struct crypto_port *crypto,
                      const struct secret_gp_keys *master,
                      const uint8_t kdd[SCP_KDD_SIZE],
                      struct secret_gp_keys *out);

/*
 * Key check values of enc, mac and dek; ANY of 16 bytes counts as AES.
 * GP_ERR_CRYPTO.
 */
int gp_keys_kcv(const struct crypto_port *crypto,
                const struct secret_gp_keys *keys,
                uint8_t kcv[3][CRYPTO_KCV_SIZE]);

#endif
