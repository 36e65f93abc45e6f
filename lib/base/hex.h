/* Hexadecimal text to bytes and back. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/*
 * Appends the bytes that `text` (n characters) spells.  White space and ':'
 * between bytes are skipped.  ERR_FORMAT on another character or an odd digit
 * (then *where is its index, if where is not NULL); ERR_FULL.  On an error
 * `out` is unchanged.
 */
NODISCARD enum err hex_decode(const char *text, size_t n, struct buf *out,
                              size_t *where);

/* Writes 2*s.n upper-case digits and a NUL; `out` has room for 2*s.n+1. */
void hex_encode(struct span s, char *out);

#endif
