/*
 * The order in which applications are tried for a partial name: that of the
 * registry, but for those that setPartialSelectionOrder() has moved to one of
 * its ends, and in front of all the one with volatile priority and its group,
 * until power-off.  [GP API 1.4, GPCLRegistryEntry, GPCLSystem]
 *
 * An order is walked in one pass for all that stand where they were, and one
 * for each that was moved.
 */
#ifndef DOMAINS_ORDER_H
#define DOMAINS_ORDER_H

#include "domains/contactless.h"

struct domain_order {
    bool plain;                        /* nobody was moved: the registry's */
    uint8_t part;                      /* where the walk is: enum order_part */
    uint16_t slot;                     /* of the last entry, */
    int32_t rank;                      /*   and its rank */
    uint8_t first[REGISTRY_SLOTS / 8]; /* have volatile priority */
    uint8_t moved[REGISTRY_SLOTS / 8]; /* have a rank */
};

/* Begins with the first of all, or, with a slot, behind that entry. */
void domain_order_begin(const struct domain *d, struct domain_order *o);
void domain_order_behind(const struct domain *d, struct domain_order *o,
                         uint16_t slot);

/* The next application or domain; false at the end. */
bool domain_order_next(const struct domain *d, struct domain_order *o,
                       struct registry_entry *e);

/* A rank in front of all others, or behind. */
int32_t domain_order_end(const struct domain *d, bool top);

/* Where the entry stands among applications and domains, from 1. */
uint16_t domain_order_place(const struct domain *d,
                            const struct registry_entry *e);

#endif
