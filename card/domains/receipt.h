/*
 * Receipts: the card's word that delegated management changed its content,
 * with a counter that never comes again.  [GPCS 11.1.6, C.5]
 */
#ifndef DOMAINS_RECEIPT_H
#define DOMAINS_RECEIPT_H

#include "domains/registry.h"

enum { RECEIPT_FIELDS_MAX = 5 };

/* What was done: fields that go with their lengths [GPCS C.5.1-C.5.6]. */
struct domain_done {
    struct span fields[RECEIPT_FIELDS_MAX];
    size_t count;
    struct span token_id; /* tag 93 in the command's template B6; or none */
};

/* The token's identifier in the template of tag B6; none: no bytes. */
struct span domain_token_id(struct span template);

/*
 * Whether what `self` is about to do can be confirmed.  6985: the domain above
 * with Receipt Generation has no key for it, its counter is at its end, or the
 * confirmation is longer than a response.
 */
sw_t domain_may_confirm(const struct domain *d,
                        const struct registry_entry *self,
                        struct span token_id);

/*
 * Puts the confirmation of what `self` has done, with its length, to
 * `response`, and counts it for good; a byte 00 when `self` does not delegate
 * or nobody above it has Receipt Generation.  A cut before it is counted is
 * one before it is told.
 */
sw_t domain_confirm(struct domain *d, const struct registry_entry *self,
                    const struct domain_done *done, struct buf *response);

#endif
