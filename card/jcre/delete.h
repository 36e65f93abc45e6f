/* Deletion checks beyond those of jcre.h. */
#ifndef JCRE_DELETE_H
#define JCRE_DELETE_H

#include "jcre/jcre.h"

/*
 * Whether a package can go together with these instances, which are all it
 * has [JCRE 11.3.4.3]: no package imports it, its context is not active, and
 * nothing outside the instances refers to their objects; the package's own
 * static fields do not count.  SW_OK or 6985.
 */
sw_t jcre_may_delete_with_package(const struct jcre *j,
                                  const uint16_t *instances, uint8_t count,
                                  uint8_t package);

#endif
