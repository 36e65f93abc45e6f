/*
 * A deletion outgrows the transaction log, so what is to go is recorded first
 * and removed then, step by step; what a power cut interrupts, power-on
 * completes.
 */
#ifndef DOMAINS_INTENT_H
#define DOMAINS_INTENT_H

#include "domains/registry.h"

enum { INTENT_SLOTS_MAX = 64 };

/*
 * Sees to it that there is room for what the next deletion records, whatever
 * becomes of the rest of the memory; done while there is some, and when no
 * deletion is recorded.  ERR_MEMORY, and nothing has changed.
 */
NODISCARD enum err domain_spare_intent(struct domain *d);

/*
 * Records these slots, 1..INTENT_SLOTS_MAX, in the order in which they go:
 * one domain, or applications and then, or alone, their load file.  Atomic.
 * ERR_MEMORY where domain_spare_intent() never found any.
 */
NODISCARD enum err domain_intend(struct domain *d, const uint16_t *slots,
                                 uint8_t count);

/* Whether a deletion is recorded that is not completed. */
bool domain_intends(const struct domain *d);

/*
 * Whether the record, if there is one, agrees with its check and tells of a
 * deletion that DELETE can have begun: no slot twice, nothing but content that
 * may go, in its order.
 */
bool domain_intent_is_sound(const struct domain *d);

/*
 * Completes the deletion that is recorded, if there is one; each step is
 * atomic and can be repeated.  ERR_CORRUPT, and the store dies, before
 * anything goes, when the record is not sound.
 */
NODISCARD enum err domain_complete_deletion(struct domain *d);

#endif
