/*
 * UTF-8 in bytes that may be anything.  [RFC 3629]
 *
 * A unit is a character, or what stands for one where the bytes are none: a
 * first byte (C0..DF, E0..EF, F0..F7) with the continuation bytes that follow
 * it, as many as it announces or fewer; or any other single byte.
 */
#ifndef BASE_UTF_H
#define BASE_UTF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum { UTF_ILL_FORMED = -1, UTF_CODE_MAX = 0x10FFFF };

/* The length of the unit at the start of text that is not empty: 1 to 4. */
size_t utf8_unit(struct span text);

/*
 * The length of the unit that ends where the text ends, which is not empty; of
 * a character that the end cuts, the part that is there.
 */
size_t utf8_unit_before(struct span text);

/*
 * The code point that one whole unit encodes; UTF_ILL_FORMED when it encodes
 * none, in a form that is too long, a surrogate or one above 10FFFF.
 */
int32_t utf8_code(struct span unit);

/* Whether all of the text is well-formed. */
bool utf8_is_valid(struct span text);

/* Appends a code point.  ERR_RANGE when it is no character's; ERR_FULL. */
NODISCARD enum err utf8_put(struct buf *b, int32_t code);

#endif
