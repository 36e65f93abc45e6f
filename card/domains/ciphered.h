/*
 * Ciphered load file data blocks: deciphered as they come, with the key of
 * the domain that the file will belong to.  [GPCS 11.6.2.3, C.1.3, C.6]
 */
#ifndef DOMAINS_CIPHERED_H
#define DOMAINS_CIPHERED_H

#include "domains/registry.h"

/* The initial value (tag D3) of the load in progress.  6A80. */
sw_t domain_ciphered_icv(struct domain *d, struct span value);

/*
 * Before the first byte of a data block of `length` bytes, ciphered or not:
 * it is as its domain wants it.  6A80: it is not, or its length, the initial
 * value or the hash does not go with the key; 6985: there is no such key.
 */
sw_t domain_ciphered_begin(struct domain *d, bool ciphered, uint32_t length);

/* Deciphers what has come, and stages it. */
sw_t domain_ciphered_stage(struct domain *d, struct span s);

/* Takes the padding off, when all is staged.  6A80: there is none. */
sw_t domain_ciphered_end(struct domain *d);

#endif
