/*
 * Padding to whole blocks: with 80 00.. [ISO 9797-1 method 2] [GPCS B.1.3], and
 * the other two ways that ciphers of cards know.
 */
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

enum crypto_padding {
    CRYPTO_PAD_NONE,  /* only whole blocks, and one at least */
    CRYPTO_PAD_ZEROS, /* ISO 9797-1 method 1 */
    CRYPTO_PAD_80,    /* ISO 9797-1 method 2 */
    CRYPTO_PAD_COUNT, /* PKCS #5 and #7 */
};

/*
 * The bytes that belong behind a message of n, to `more`, which has room for a
 * block; *count of them.  Method 1 makes a block of an empty message.
 * ERR_RANGE: no padding, and no whole blocks.
 */
NODISCARD enum err crypto_pad_more(enum crypto_padding padding, size_t n,
                                   size_t block, uint8_t *more, size_t *count);

/*
 * How many bytes of the last block, deciphered, are data, to *data: all of
 * them under the first two ways.  ERR_FORMAT: no such padding.  The time that
 * this takes does not depend on the bytes.
 */
NODISCARD enum err crypto_pad_less(enum crypto_padding padding,
                                   const uint8_t *last, size_t block,
                                   size_t *data);

#endif
