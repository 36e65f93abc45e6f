/*
 * Keys of a domain that whoever brings the commands does not learn: data groups
 * of STORE DATA that the card's Controlling Authority domain (casd.h) makes
 * keys of, as securechannel/confidential.h tells.  [Amd A 3]
 */
#ifndef DOMAINS_CONFIDENTIAL_H
#define DOMAINS_CONFIDENTIAL_H

#include "domains/domain.h"

/* Whether such groups begin with this one. */
bool domain_is_confidential(uint16_t dgi);

/*
 * Takes them from the front of `s` and puts the keys into a domain in the open
 * transaction: each takes the place of the key with its version and identifier,
 * or is new; the answer goes to `response`, which is NULL when none may come.
 * While groups are still to come `s` stays as it is.  6A80; 6A86: there is an
 * answer; 6982: a signature is wrong; 6985: no certificate came before; 6A88:
 * no such domain, key or identity of the card; 6A84.
 */
sw_t domain_store_confidential(struct domain *d, uint16_t domain,
                               struct span *s, struct buf *response);

#endif
