/*
 * What key sets had counted when they went.  A sequence counter starts at zero
 * in a new set [GPCS E.1.2] [Amd D 6.2.2.1]; but one that comes back with the
 * same keys would make the challenges and session keys of before once more, so
 * it goes on where it was.
 *
 * The sets are known by type and check value of their first key, card-wide, as
 * many as there is room for.  When it is full the one that has counted least
 * is forgotten, and no set of its type starts below that any more.
 *
 * Kept as a data object of the issuer domain under a tag that is none: floor
 * of DES sets (3), of AES sets (3), then type, check value (3), counter (3) of
 * each set.
 */
#ifndef DOMAINS_COUNTERS_H
#define DOMAINS_COUNTERS_H

#include "domains/keys.h"

enum { COUNTERS_TAG = 0x0001 };

/*
 * Sees to it that there is room for what is kept, whatever becomes of the rest
 * of the memory; done while there is some.  ERR_MEMORY, and nothing has
 * changed.
 */
NODISCARD enum err domain_spare_counters(struct domain *d);

/*
 * Before a key goes or is replaced: what it has counted, if it is the first of
 * a set.  Atomically or in the open transaction.  ERR_MEMORY.
 */
NODISCARD enum err domain_keep_counter(struct domain *d,
                                       const struct domain_key *k);

/* Where the counter of a new key of this type and check value starts. */
uint32_t domain_first_counter(const struct domain *d, uint8_t type,
                              const uint8_t kcv[3]);

#endif
