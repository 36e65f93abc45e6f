/* Reading the components of a load file data block, one after the other. */
#ifndef OFFCARD_GP_CAPBLOCK_H
#define OFFCARD_GP_CAPBLOCK_H

#include <gp/capfile.h>

enum { GP_CAP_MAGIC_HIGH = 0xDECA, GP_CAP_MAGIC_LOW = 0xFFED }; /* Header */

/* Whether a component has an extended form, with four bytes of size. */
bool gp_cap_has_wide_form(unsigned tag);

/* Whether the bytes begin as a load file does: with a Header component. */
bool gp_capblock_is(struct span bytes);

/*
 * Calls `each` for every component that this format names, custom ones left
 * out, with its tag, the bytes of its tag and size (3, or 5 in the extended
 * format) and the whole of it (valid as long as the block).  Stops at the
 * first result that is not 0 and returns it.  GP_ERR_CAP when a component is
 * cut off.  The block is one that gp_capblock_is takes.
 */
int gp_capblock_each(struct span block,
                     int (*each)(void *ctx, unsigned tag, size_t head,
                                 struct span bytes, struct gp_why *why),
                     void *ctx, struct gp_why *why);

#endif
