/*
 * Values of the whole card that no domain owns, in one record
 * (HEAP_ROOT_CARD).
 *
 *   0 format   1 restrictions of OPEN (tag D9)
 *   2 key diversification data (10)
 *
 * Format 01 ends here.  02 and 04 are those of a card whose keys are
 * enciphered; next comes
 *
 *     the key of its vault, wrapped (VAULT_WRAPPED bytes)
 *
 * 03 and 04 are those of a card whose profile is not the usual one; next come
 *
 *     channels u8, edition (3), kinds of keys withheld u16,
 *     number of historical bytes u8, historical bytes (15), unused (10)
 *
 * and a check u32, domain_seal(), at the end of all.
 */
#ifndef DOMAINS_CARDWIDE_H
#define DOMAINS_CARDWIDE_H

#include "domains/domain.h"

/* ERR_MEMORY; ERR_AUTH: keys cannot be enciphered, as vault_create() says. */
NODISCARD enum err domain_cardwide_format(struct domain *d,
                                          const struct card_profile *profile);

/* Whether the record is there and as it was written. */
bool domain_cardwide_is_sound(const struct domain *d);

/* Opens the vault of a card that has one.  Errors as vault_unlock(). */
NODISCARD enum err domain_cardwide_unlock(struct domain *d);

/* The bytes that INITIALIZE UPDATE and tag CF show; SCP_KDD_SIZE of them. */
const uint8_t *domain_diversification(const struct domain *d);

/* Channels that the card has, 1..CARD_CHANNELS. */
uint8_t domain_channel_count(const struct domain *d);

/* Edition of the specification in tag 66; false: the card has no tag 66. */
bool domain_edition(const struct domain *d, uint8_t edition[3]);

/* Kinds of keys that no applet gets, bits as in enum card_family. */
uint16_t domain_withheld(const struct domain *d);

/* Historical bytes that the profile asked for, in persistent memory, or none.
 */
struct span domain_historical(const struct domain *d);

/*
 * Historical bytes of the answer to reset: those that an application has set,
 * of contacts alone [GPCS A.1, setATRHistBytes]; else the profile's; else the
 * card's own.  Their number is returned.
 */
size_t domain_put_history(const struct domain *d, bool contacts,
                          uint8_t out[DOMAIN_HISTORY_MAX]);

/* The card's own ones: selection by full and partial name, chaining, extended
 * lengths, so many channels [ISO 7816-4 12.1.1]. */
size_t domain_put_own_history(uint8_t channels,
                              uint8_t out[DOMAIN_HISTORY_MAX]);

/* What OPEN no longer does, bits as in tag D9 [GPCS 11.5.2.3.7]. */
uint8_t domain_restrictions(const struct domain *d);

/* Adds restrictions; irreversible. */
NODISCARD enum err domain_restrict(struct domain *d, uint8_t bits);

#endif
