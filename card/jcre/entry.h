/*
 * Entry objects: the GPRegistryEntry, and GPCLRegistryEntry, of an application
 * or security domain, which applets get, keep and ask.  There is one for an
 * AID, however many ask for it, of a class of the card's own whose first cell
 * refers to an AID object that nothing else has.  When the application goes,
 * the last byte of that says so, for good: an application of the same AID that
 * comes later gets another object.  [GPCS A.1; GP API 1.4, GPCLRegistryEntry]
 */
#ifndef JCRE_ENTRY_H
#define JCRE_ENTRY_H

#include "jcre/jcre.h"

/* The entry object of this AID, found or made.  ERR_MEMORY, heap errors. */
NODISCARD enum err jcre_entry(struct jcre *j, struct span aid, ref_t *out);

/* Whether an object is one, and the AID object that it has. */
bool jcre_is_entry(const struct jcre *j, ref_t ref, ref_t *name);

/* Whether what it names has gone; its AID in heap memory. */
bool jcre_entry_aid(const struct jcre *j, ref_t ref, struct span *aid,
                    bool *gone);

/* The application of this AID goes.  Atomic, and repeatable. */
NODISCARD enum err jcre_entry_disable(struct jcre *j, struct span aid);

#endif
