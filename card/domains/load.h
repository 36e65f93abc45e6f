/* Loading: what INSTALL [for load] asked for, staged by LOAD. [GPCS 9.3.5] */
#ifndef DOMAINS_LOAD_H
#define DOMAINS_LOAD_H

#include "domains/domain.h"
#include "domains/registry.h"

/* Gives up the load in progress; all that was staged is gone. */
void domain_load_abort(struct domain *d);

/*
 * The AID in the Header component that a load file begins with; empty when it
 * is cut off.  False when the file does not begin with one.  [JCVM 6.4]
 */
bool domain_load_name(struct span file, struct span *aid);

/*
 * Memory for the load file that comes in, in place of what it had; in the
 * load's epoch.  ERR_MEMORY.
 */
NODISCARD enum err domain_load_room(struct domain *d, uint32_t length,
                                    ref_t *blob);

/* Opens an epoch and, in it, memory for a load file of `length` bytes. */
sw_t domain_load_begin(struct domain *d, uint32_t length);

/* Appends to what is staged. */
sw_t domain_load_stage(struct domain *d, struct span s);

/*
 * What the last LOAD does with what was staged, but for the commit: signature,
 * hash and name checked, registered, linked.  *e is the package's entry, to be
 * put again with the number that it now has.
 */
sw_t domain_load_admit(struct domain *d, struct registry_entry *e, char *why,
                       size_t n);

/* The same, and the entry is put again. */
sw_t domain_load_enter(struct domain *d, struct registry_entry *e);

/* Commits all that the load's epoch holds; domain_load_abort() is left. */
sw_t domain_load_commit(struct domain *d);

#endif
