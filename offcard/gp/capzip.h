/* Reading the entries of a ZIP archive, within limits. */
#ifndef OFFCARD_GP_CAPZIP_H
#define OFFCARD_GP_CAPZIP_H

#include <gp/capfile.h>

/*
 * Calls `each` for every file of the archive with its whole name and bytes
 * (valid during the call).  Stops at the first result that is not 0 and
 * returns it.  Entries that `wants` does not want are not unpacked.  GP_ERR_CAP
 * for what is no archive or damaged, GP_ERR_LIMIT, GP_ERR_MEMORY.
 */
int gp_capzip_each(struct span archive, bool (*wants)(const char *name),
                   int (*each)(void *ctx, const char *name, struct span bytes,
                               struct gp_why *why),
                   void *ctx, struct gp_why *why);

#endif
