/*
 * Master keys in one encrypted file: the first place for keys.
 *
 *   "PCKEYS01" | salt (16) | opslimit (8) | memlimit (8) | nonce (24) | box
 *
 * Numbers are big-endian.  The box is XSalsa20-Poly1305 under a key that
 * argon2id makes from the passphrase.  Plain: a random key (32) that seals
 * what the store keeps, then for each set of master keys name (1 + n), kvn
 * (1), type (1), diversification (1), key length (1) and enc, mac, dek.
 */
#ifndef SERVER_KEYFILE_H
#define SERVER_KEYFILE_H

#include <gp/keys.h>

#include "server/keys.h"

enum { SRV_KEYFILE_SETS_MAX = 64, SRV_PASSPHRASE_MAX = 1024 };

/*
 * Opens the file at `path`, or makes a new one without keys (mode 0600).
 * `passphrase` has n bytes.  `crypto` outlives it.  GP_ERR_KEYS for a wrong
 * passphrase or a damaged file, GP_ERR_FILE; *why says which.
 */
int srv_keyfile_open(const char *path, const char *passphrase, size_t n,
                     const struct crypto_port *crypto, struct srv_keys *out,
                     struct gp_why *why);

/*
 * Adds master keys under `name` and their own version (00: any version), and
 * writes the file anew.  The same keys again are no error; others under the
 * same name and version are GP_ERR_IN_USE.
 */
int srv_keyfile_import(struct srv_keys *keys, const char *name,
                       const struct secret_gp_keys *set, struct gp_why *why);

#endif
