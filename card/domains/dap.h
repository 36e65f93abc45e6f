/*
 * DAP blocks: signatures over a load file's hash, each verified by the
 * security domain that it names.  [GPCS 9.2.1, 9.3.5, 11.6.2.3, C.3]
 */
#ifndef DOMAINS_DAP_H
#define DOMAINS_DAP_H

#include "domains/registry.h"

/*
 * A DAP block of the load in progress, without its tag and length: verified
 * at once, and its domain noted.  6A80: it is none, or the load has no hash;
 * 6A88: there is no such domain; 6985: that does not verify; 6982: the
 * signature is wrong; 6A84: too many.
 */
sw_t domain_take_dap(struct domain *d, struct span block);

/*
 * Whether everybody who demands a signature has verified one: each
 * personalized domain with Mandated DAP Verification, and the domain the load
 * file will belong to, if it has DAP Verification.  6985 when not.
 */
sw_t domain_demand_dap(const struct domain *d);

#endif
