/*
 * The Controlling Authority's security domain (CASD): a domain that INSTALL
 * recorded for the Authority service (family 83) and that has Global Service.
 * It lends its keys to the other domains, and gives none away.  [GPCS 3.1,
 * 8.1.3] [Amd A 3]
 *
 * Its keys have version 74, and are told apart by what they are:
 *
 *   an EC private key    agreement on keys
 *   an RSA private key   deciphers keys
 *   an EC public key     of who certifies providers
 *
 * Its own certificate is its data object 7F21.
 */
#ifndef DOMAINS_CASD_H
#define DOMAINS_CASD_H

#include "domains/keys.h"
#include "domains/scheme.h"

enum {
    CASD_FAMILY = 0x83,
    CASD_KEY_VERSION = 0x74,
    CASD_CERTIFICATE = 0x7F21,
    CASD_CHALLENGE = 16,
};

/* Whether this is the card's: the first that is personalized. */
bool domain_is_casd(const struct domain *d, const struct registry_entry *e);

/* The card's; false: it has none. */
bool domain_find_casd(const struct domain *d, struct registry_entry *e);

/*
 * Opens its key on whose curve a point of this many bytes can be, and whose
 * reference is `reference` where that is not empty.  ERR_NOT_FOUND; as
 * domain_open_scheme, and the caller wipes it, too.
 */
NODISCARD enum err domain_casd_agreement(const struct domain *d,
                                         const struct registry_entry *casd,
                                         size_t point, struct span reference,
                                         struct secret_domain_scheme *out);

/*
 * Deciphers with its RSA key whose modulus is as long as `in` [GPCS B.3]; *n is
 * the length of what comes, which the caller wipes.  ERR_NOT_FOUND: no such
 * key; ERR_RANGE: it is not enciphered with it; ERR_UNSUPPORTED; ERR_IO.
 */
NODISCARD enum err domain_casd_decipher(const struct domain *d,
                                        const struct registry_entry *casd,
                                        struct span in,
                                        uint8_t out[CRYPTO_RSA_MAX], size_t *n);

/*
 * A provider shows its certificate, for keys of `domain`: its public key is
 * kept, and a challenge is drawn that its signature must be over.  6A88: nobody
 * who certifies is known; 6982: none of them has; 6A80.
 */
sw_t domain_casd_challenge(struct domain *d, const struct registry_entry *casd,
                           uint16_t domain, struct span certificate,
                           uint8_t challenge[CASD_CHALLENGE]);

/*
 * Whether the provider has signed these, for `domain`, with the challenge last
 * among them; it counts once.  6985: no certificate came; 6982; 6A80.
 */
sw_t domain_casd_proof(struct domain *d, const struct registry_entry *casd,
                       uint16_t domain, struct span signed_part,
                       struct span signature);

#endif
