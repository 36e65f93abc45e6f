/* Padding with 80 00.. to whole blocks [ISO 9797-1 method 2] [GPCS B.1.3]. */
#ifndef CRYPTO_PAD_H
#define CRYPTO_PAD_H

#include "crypto/crypto.h"

/* What n bytes become: always longer, a multiple of `block` (8 or 16). */
size_t crypto_padded(size_t n, size_t block);

/* Pads what `b` holds from `start` on; ERR_FULL leaves it unchanged. */
NODISCARD enum err crypto_pad(struct buf *b, size_t start, size_t block);

/*
 * How many of the n bytes are data, to *data.  Any number of padding zeros is
 * taken off: real cards send more than a block of them.  ERR_FORMAT when there
 * is no padding.
 */
NODISCARD enum err crypto_unpad(const uint8_t *p, size_t n, size_t *data);

#endif
