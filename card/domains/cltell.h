/*
 * The walk behind every notice of a contactless event, and what its callers
 * share with it; what else cltell.c does is in contactless.h.
 */
#ifndef DOMAINS_CLTELL_H
#define DOMAINS_CLTELL_H

#include "domains/contactless.h"

/* The next to be told, as struct jcre_notice has it; false: all have been. */
bool domain_cl_next_listener(const struct domain *d, struct jcre_notice *n);

/* The CRS application: the first that has Contactless Activation. */
bool domain_cl_find_crs(const struct domain *d, struct registry_entry *crs);

/* The next member of a head's group at or above *slot, for loops. */
bool domain_cl_next_member(const struct domain *d, uint16_t head,
                           uint16_t *slot, struct registry_entry *e);

#endif
