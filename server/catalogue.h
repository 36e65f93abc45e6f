/* A CAP file on its way into the catalogue. */
#ifndef SERVER_CATALOGUE_H
#define SERVER_CATALOGUE_H

#include "server/problem.h"
#include "server/store.h"

/*
 * Reads a CAP archive, checks it as a card would (structure and types; imports
 * are known by the API tables or by what is in the catalogue already), and
 * publishes it.  `name` and `version` may be "": the package's.  *verified is
 * false when the types could not be checked because an imported package is
 * not in the catalogue.  *id is the version's.  0, or -1 and the problem.
 */
int srv_catalogue_publish(struct srv_store *store, struct span archive,
                          const char *name, const char *version, bool *verified,
                          int64_t *id, struct srv_problem *p);

#endif
