/* Status words: SW1-SW2 of a response.  [GPCS 11.1.3] */
#ifndef BASE_SW_H
#define BASE_SW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef uint16_t sw_t;

enum {
#define SW(name, value, text) SW_##name = value,
#include "base/sw.def"
#undef SW
};

/*
 * The word's meaning, never NULL.  61xx, 6Cxx and 63Cx are recognised by
 * their first digits.
 */
const char *sw_text(sw_t sw);

/* The one table from an inner error to the word the terminal sees. */
sw_t sw_from_err(enum err e);

#endif
