/*
 * Data objects that domains store: issuer and card numbers, card data and
 * what else STORE DATA brings.  [GPCS 7.4, 11.11.2.3]
 *
 * Data record: 0 kind, 1 tag (3), 4 domain (2), 6 value.  Tags of more than two
 * bytes are no data objects of the standard: what hangs on a key
 * (references.h).
 */
#ifndef DOMAINS_OBJECTS_H
#define DOMAINS_OBJECTS_H

#include "domains/registry.h"

enum {
    OBJECT_VALUE_MAX = DOMAIN_STORE_MAX,
    OBJECT_HEAD = 6,
    OBJECT_FEW = 16,             /* bytes that domain_rewrite_object() writes */
    OBJECT_SOME = 128,           /* ...and domain_overwrite_object() */
    OBJECT_TAG_HISTORY = 0x5F52, /* historical bytes [ISO 7816-4] */
};

/* The stored value, in persistent memory; false, and *value is as it was, when
 * there is none. */
bool domain_object(const struct domain *d, uint16_t domain, uint32_t tag,
                   struct span *value);

/*
 * Stores or replaces a value, atomically or in the open transaction.
 * ERR_RANGE, ERR_MEMORY.
 */
NODISCARD enum err domain_put_object(struct domain *d, uint16_t domain,
                                     uint32_t tag, struct span value);

/*
 * Writes a value of a few bytes in the place of one that is as long, needing no
 * memory; it stays whatever becomes of an open transaction.  ERR_NOT_FOUND:
 * there is none of that length.
 */
NODISCARD enum err domain_rewrite_object(struct domain *d, uint16_t domain,
                                         uint32_t tag, struct span value);

/*
 * Writes a value in the place of one that is as long, needing no memory,
 * atomically or in the open transaction.  ERR_NOT_FOUND: there is none of that
 * length.
 */
NODISCARD enum err domain_overwrite_object(struct domain *d, uint16_t domain,
                                           uint32_t tag, struct span value);

/* Removes a value, likewise; well, too, when there is none. */
NODISCARD enum err domain_remove_object(struct domain *d, uint16_t domain,
                                        uint32_t tag);

/* The next object of a domain at or above *slot, for loops. */
bool domain_each_object(const struct domain *d, uint16_t domain, uint16_t *slot,
                        uint32_t *tag, struct span *value);

#endif
