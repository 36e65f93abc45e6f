/* Classes that come from the API tables or an export file. */
#ifndef TOOLCHAIN_IMPORTED_H
#define TOOLCHAIN_IMPORTED_H

#include "toolchain/symbols.h"

/*
 * The class `name` of `package`, with its superclasses and interfaces, added
 * to `env`; NULL when the package does not have it.
 */
struct tc_class *tc_imported_class(struct tc_env *env,
                                   struct tc_package *package,
                                   const char *name);

#endif
