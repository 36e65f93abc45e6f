/*
 * The applet table: which instances there are.  A chain of reference arrays,
 * the first one at HEAP_ROOT_APPLETS:
 *
 *   [ next chunk | applet 1 | AID 1 | applet 2 | AID 2 | ... 32 pairs ]
 *
 * A pair is both null or both set; instance numbers count the pairs from 1.
 * No chunk is looked for beyond the last number: in damaged memory the chain
 * may be a ring.
 */
#ifndef JCRE_TABLE_H
#define JCRE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "heap/heap.h"
#include "jcre/jcre.h"

enum { JCRE_PAIRS = 32, JCRE_CHUNK_LENGTH = 1 + 2 * JCRE_PAIRS };

struct jcre_pair {
    ref_t applet;
    ref_t aid;
};

/* The first chunk of a new card. */
NODISCARD enum err jcre_table_format(struct jcre *j);

/* False beyond the last chunk; an empty pair is two nulls. */
bool jcre_table_get(const struct jcre *j, uint16_t instance,
                    struct jcre_pair *pair);

/*
 * Writes a pair atomically; the table grows by a chunk when it must.
 * ERR_MEMORY, ERR_RANGE (numbers are used up), heap errors.
 */
NODISCARD enum err jcre_table_set(struct jcre *j, uint16_t instance,
                                  struct jcre_pair pair);

/* A number that no instance and no object has; 0 when all are taken. */
uint16_t jcre_table_free(const struct jcre *j);

#endif
