/*
 * Keys of the domains that sign and decipher for content management: which key
 * of a domain it is, and that key as the schemes of appendix C take it.
 * [GPCS 11.1.8, 11.1.9, B.4.2, C.1, C.2]
 *
 *   purpose   version  usage  privilege that its domain has
 *   TOKEN     70       81     Token Verification
 *   RECEIPT   71       44     Receipt Generation
 *   DAP       73       84     DAP Verification
 *   CIPHER    75       -      Ciphered Load File Data Block
 *
 * The key has identifier 01 and this version, and serves for this where it
 * tells a usage; failing that it is the domain's only key with this usage.
 */
#ifndef DOMAINS_SCHEME_H
#define DOMAINS_SCHEME_H

#include "crypto/scheme.h"
#include "domains/keys.h"

enum domain_purpose {
    DOMAIN_FOR_TOKEN,
    DOMAIN_FOR_RECEIPT,
    DOMAIN_FOR_DAP,
    DOMAIN_FOR_CIPHER,
};

enum {
    /* five halves of a private key, and its modulus */
    SCHEME_SECRETS = 5 * CRYPTO_RSA_HALF_MAX + CRYPTO_RSA_MAX,
};

/* A key and the memory that it lies in; its user wipes it. */
struct secret_domain_scheme {
    struct crypto_scheme_key key;
    struct crypto_ec_values values; /* its curve */
    size_t used;                    /* of what follows */
    uint8_t secrets[SCHEME_SECRETS];
};

/* The key of a domain for this purpose; false: none, or more than one. */
bool domain_find_scheme(const struct domain *d, uint16_t domain,
                        enum domain_purpose purpose, struct domain_key *k);

/*
 * Opens a key; what is public of it stays in persistent memory.  ERR_TYPE: it
 * is none of these schemes; ERR_AUTH: its secret does not open; ERR_FULL: a
 * number is longer than there are; as domain_key_curve(); ERR_IO.
 */
NODISCARD enum err domain_open_scheme(const struct domain *d,
                                      const struct domain_key *k,
                                      struct secret_domain_scheme *out);

/*
 * Whether a load file hash of this many bytes is as strong as what the key
 * signs or enciphers [GPCS table C-3].
 */
bool domain_hash_suits(const struct crypto_scheme_key *key, size_t hash_length);

/* A signature and what it is of. */
struct domain_signed {
    const struct span *parts;
    size_t count;
    struct span signature;
    bool has_hash; /* a load file's hash, of these bytes, is part of it */
    uint8_t hash_length;
};

/*
 * Verifies by a domain's key.  6985: it has no such key; 6982: the signature
 * is wrong; 6A80: the hash is missing or weaker than the signature.
 */
sw_t domain_verify(const struct domain *d, uint16_t domain,
                   enum domain_purpose purpose, const struct domain_signed *s);

#endif
