/*
 * Signatures that are two numbers, r and s, as a SEQUENCE of two INTEGERs in
 * DER.  [X9.62 E.8]
 */
#ifndef NATIVES_SIGNDER_H
#define NATIVES_SIGNDER_H

#include <stdbool.h>

#include "base/span.h"

/* Numbers of any length.  ERR_FULL. */
NODISCARD enum err native_signder_put(struct buf *b, struct span r,
                                      struct span s);

/* The reverse, without leading zeros; false: another spelling, or none. */
bool native_signder_take(struct span in, struct span *r, struct span *s);

/* The longest: of two numbers that fill the order, one bit more each where
 * the order fills its bytes. */
uint16_t native_signder_length(struct span order);

#endif
