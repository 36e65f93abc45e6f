/*
 * AID objects.  Their native cells hold a length byte and up to 16 bytes, in
 * the order of memory, so that an AID is read in place.  [JCAPI AID]
 *
 *   +--------+----------+-----+
 *   | length | 16 bytes |  x  |   9 cells
 *   +--------+----------+-----+
 *
 * x is 00, but for the name of an application that is gone in an entry object
 * that somebody still has: entry.h.
 */
#ifndef JCRE_AID_H
#define JCRE_AID_H

#include <stdbool.h>

#include "base/span.h"
#include "heap/heap.h"
#include "jcre/jcre.h"

enum { JCRE_AID_MIN = 5, JCRE_AID_MAX = 16, JCRE_AID_BODY = 18 };

/* A permanent entry point AID object, owned by the runtime [JCRE 6.2.1]. */
NODISCARD enum err jcre_aid_new(struct jcre *j, struct span aid, ref_t *out);

/* Stores an AID of 5..16 bytes in an AID object.  ERR_RANGE, heap errors. */
NODISCARD enum err jcre_aid_set(struct jcre *j, ref_t object, struct span aid);

/* The AID of an AID object, in heap memory; false when it is not one. */
bool jcre_aid_get(const struct jcre *j, ref_t object, struct span *aid);

#endif
