/*
 * Card production life cycle data: who made the card, when and with what, 42
 * bytes of the issuer domain's under tag 9F7F.  [OP 2.0.1' 6.12.1]
 * GlobalPlatform 2.3.1 only says that a domain may keep more objects than it
 * lists [GPCS 11.11.2.3]; that two parts of them are written under tags of
 * their own is how cards have it.
 */
#ifndef DOMAINS_PRODUCTION_H
#define DOMAINS_PRODUCTION_H

#include "domains/registry.h"

enum {
    PRODUCTION_TAG = 0x9F7F,
    PRODUCTION_TAG_PERSONALIZER = 0x9F66,     /* its last eight bytes */
    PRODUCTION_TAG_PRE_PERSONALIZER = 0x9F67, /* the eight before them */
};

/*
 * What a card tells that was issued without such data, appended: no
 * fabricator, dates or batch are claimed, the serial number is taken from the
 * diversification data.  ERR_NOT_FOUND for another domain than the issuer's.
 */
NODISCARD enum err domain_put_production(const struct domain *d,
                                         const struct registry_entry *self,
                                         struct buf *out);

/* Whether a part of the data is stored under this tag. */
bool domain_is_production(uint32_t tag);

/*
 * Replaces that part, atomically or in the open transaction: of two bytes that
 * name who did it, a date of two and four that name the equipment.
 * SW_WRONG_DATA for any other length.
 */
sw_t domain_store_production(struct domain *d, uint32_t tag, struct span value);

#endif
