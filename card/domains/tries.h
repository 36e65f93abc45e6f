/*
 * Authentications that failed, one after the other, with the keys of a domain:
 * counted where the card's profile sets a limit, and refused from there on.  A
 * command with a wrong C-MAC is one, but for those of SCP11b, where nobody is
 * to be authenticated.  What else of SCP11 fails is none: it tells nothing that
 * public keys do not tell.  [GPCS 9.6.7]
 *
 * Stored as the domain's data object of tag 0000, which GET DATA tells: limit,
 * count.  The limit is the issuer domain's.
 */
#ifndef DOMAINS_TRIES_H
#define DOMAINS_TRIES_H

#include "domains/domain.h"

enum { TRIES_TAG = 0x0000 };

/* At format, for the whole card; 0: there is none, and nothing is counted. */
NODISCARD enum err domain_set_try_limit(struct domain *d, uint8_t limit);

/*
 * A domain has keys of its own from now on: room for its count, so that
 * counting needs none where memory is full.  In the caller's transaction.
 * ERR_MEMORY.
 */
NODISCARD enum err domain_expect_tries(struct domain *d, uint16_t holder);

/* How many more may fail; FF: no limit. */
uint8_t domain_tries_left(const struct domain *d, uint16_t holder);

/*
 * Counts one, before it is known to fail: a cut leaves it counted, and so does
 * the end of a transaction that an applet opened.
 */
NODISCARD enum err domain_count_try(struct domain *d, uint16_t holder);

/*
 * Tells the port what was refused, and where there is a limit how many failed
 * in a row until now.  [GPCS 9.6.8]
 */
void domain_tell_try(const struct domain *d, uint16_t holder, const char *what);

/*
 * The one that was counted last did not fail, but it may be a repetition and
 * says nothing of those before: they stay counted.
 */
NODISCARD enum err domain_take_try_back(struct domain *d, uint16_t holder);

/* One succeeded: the count starts anew. */
NODISCARD enum err domain_forget_tries(struct domain *d, uint16_t holder);

#endif
