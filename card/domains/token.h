/*
 * Tokens: the word of whoever owns the Token Verification privilege that a
 * domain may change content.  [GPCS 9.2.3, C.4]
 */
#ifndef DOMAINS_TOKEN_H
#define DOMAINS_TOKEN_H

#include "domains/registry.h"

enum { TOKEN_HEAD_MAX = 5 };

/*
 * A token and what it signs: P1, P2, the length of what stands in front of the
 * token in the data field, and that.
 */
struct domain_token {
    struct span value; /* no bytes: there is none */
    uint8_t p1;
    uint8_t p2;
    struct span data;  /* the data field up to the token's length */
    struct span first; /* of the combined process: all that the first command
                          has of this form [GPCS C.4.7] */
    bool has_hash;     /* the data name a load file's hash, of these bytes */
    uint8_t hash_length;
};

/*
 * P1, P2 and a length as tokens sign them, 3 or 5 bytes, to `out`; how many.
 */
size_t domain_token_head(uint8_t p1, uint8_t p2, size_t length,
                         uint8_t out[TOKEN_HEAD_MAX]);

/*
 * Verifies by the domain with Token Verification that is in charge of `self`.
 * 6985: there is none, or it is locked, or has no key; 6982: the token is
 * wrong; 6A80: it is weaker than it must be.
 */
sw_t domain_verify_token(const struct domain *d,
                         const struct registry_entry *self,
                         const struct domain_token *token);

#endif
