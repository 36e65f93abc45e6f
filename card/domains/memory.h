/*
 * Memory resource management: what load files need to be there, what an
 * application may take and what is kept for it, and what all below a domain
 * may take together.  [GPCS 9.7]
 *
 * Charged to an application are its own objects, to a security domain its keys
 * and the data that it stores, to the domains above a load file what LOAD keeps
 * of it.  The entries of the registry are charged to nobody, but do not take
 * what is kept for somebody; what deleting writes down always finds what is
 * free.
 */
#ifndef DOMAINS_MEMORY_H
#define DOMAINS_MEMORY_H

#include "domains/registry.h"

enum domain_memory_type { MEMORY_VOLATILE, MEMORY_PERSISTENT, MEMORY_TYPES };

/*
 * INSTALL [for load]: tags C6, C7, C8 of its system parameters are there now
 * for what belongs to this domain.  6A80 for lengths other than 2 and 4, 6A84.
 */
sw_t domain_check_minimum(const struct domain *d, uint16_t domain,
                          struct span system);

/* Bytes that are free for content of this domain, and kept for nobody. */
uint32_t domain_available(const struct domain *d, uint16_t domain,
                          enum domain_memory_type t);

/*
 * INSTALL [for install]: tags C7, C8, D7, D8 of its system parameters, and for
 * a domain 82 and 83, into e->memory.  6A80: a bad length, or a quota below
 * what is reserved; 6A84: that is not there.
 */
sw_t domain_take_memory(const struct domain *d, struct span system,
                        struct registry_entry *e);

/*
 * Whether what `e` and all below it take fits into what is granted where it
 * goes: to the domain `target` and those above.
 */
bool domain_may_move(const struct domain *d, const struct registry_entry *e,
                     const struct registry_entry *target);

/* Whether a record of the registry may come, or replace that in `slot`. */
bool domain_may_keep(const struct domain *d, uint16_t slot,
                     const uint8_t *record, uint32_t n);

/*
 * What is taken from here on is charged to this entry, the caller's, which is
 * coming in: an application, whose instance is filled in with its first object,
 * or a load file.  NULL: no longer.
 */
void domain_charge(struct domain *d, struct registry_entry *e);

/*
 * What was found out of the application that took memory last holds no longer:
 * a command begins, or who may take what has changed.
 */
void domain_forget_room(struct domain *d);

/* After the registry is readable, and once for a bound heap. */
void domain_memory_reset(struct domain *d);
void domain_memory_bind(struct domain *d);

/* What is granted to all below a domain (tags 82, 83); false: nothing is. */
bool domain_granted(const struct registry_entry *e, enum domain_memory_type t,
                    uint32_t *bytes);
/* What of that is not taken. */
uint32_t domain_granted_left(const struct domain *d,
                             const struct registry_entry *e,
                             enum domain_memory_type t);

#endif
