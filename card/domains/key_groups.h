/*
 * Keys that come in the data groups of STORE DATA [GPCS 11.11.4]: a group 00B9
 * that describes them by control reference templates, and behind it one group
 * for each component that those announce.  An EC key of which no template
 * names a curve is followed by a group 00B9 and the groups of its parameters.
 */
#ifndef DOMAINS_KEY_GROUPS_H
#define DOMAINS_KEY_GROUPS_H

#include "domains/domain.h"

enum { DGI_KEYS = 0x00B9 };

/*
 * Takes keys from the front of `s`, where a group 00B9 stands, and puts them
 * into a domain in the open transaction: each takes the place of the key with
 * its version and identifier, or is new.  While groups are still to come `s`
 * stays as it is.  Values that the clause has enciphered are so whatever P1
 * says; `all` tells that the others are, too.  6A80, 6982, 6A88, 6A84.
 */
sw_t domain_store_keys(struct domain *d, uint16_t domain, bool all,
                       struct span *s);

#endif
