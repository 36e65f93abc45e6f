/* Text that a person names where keys are wanted. */
#ifndef OFFCARD_GP_SOURCE_H
#define OFFCARD_GP_SOURCE_H

#include <gp/error.h>

#include "base/span.h"

/*
 * Appends what stands in a file, in the environment ("env:NAME") or comes from
 * standard input ("-").  GP_ERR_FILE; GP_ERR_LIMIT: more than fits;
 * GP_ERR_UNSUPPORTED of "pkcs11:".
 */
int gp_source_read(const char *source, struct buf *out, struct gp_why *why);

/* What a message calls it. */
const char *gp_source_name(const char *source);

#endif
