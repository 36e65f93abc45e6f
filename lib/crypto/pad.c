#include "crypto/pad.h"

#include <string.h>

size_t crypto_padded(size_t n, size_t block)
{
    return (n / block + 1) * block;
}

enum err crypto_pad(struct buf *b, size_t start, size_t block)
{
    size_t n = b->n - start;
    size_t more = crypto_padded(n, block) - n;
    if (b->cap - b->n < more)
        return ERR_FULL;

    memset(b->p + b->n, 0, more);
    b->p[b->n] = 0x80;
    b->n += more;
    return ERR_OK;
}

enum err crypto_unpad(const uint8_t *p, size_t n, size_t *data)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    if (n == 0 || p[n - 1] != 0x80)
        return ERR_FORMAT;
    *data = n - 1;
    return ERR_OK;
}

enum err crypto_pad_more(enum crypto_padding padding, size_t n, size_t block,
                         uint8_t *more, size_t *count)
{
    const size_t rest = block - n % block; /* 1..block */
    const bool whole = rest == block;

    memset(more, padding == CRYPTO_PAD_COUNT ? (int)rest : 0, block);
    if (padding == CRYPTO_PAD_80)
        more[0] = 0x80;
    *count = rest;
    if ((padding == CRYPTO_PAD_NONE || padding == CRYPTO_PAD_ZEROS) && whole &&
        n != 0)
        *count = 0;
    return padding == CRYPTO_PAD_NONE && *count != 0 ? ERR_RANGE : ERR_OK;
}

/* All ones when a == b, both below 2^16. */
static size_t same(size_t a, size_t b)
{
    return (size_t)0 - (((a ^ b) - 1) >> (8 * sizeof(size_t) - 1));
}

/* All ones when a < b, both below 2^16. */
static size_t below(size_t a, size_t b)
{
    return (size_t)0 - ((a - b) >> (8 * sizeof(size_t) - 1));
}

static size_t less_80(const uint8_t *last, size_t block)
{
    size_t data = block;       /* block: none found */
    size_t zeros = ~(size_t)0; /* all ones: only zeros up to here */

    for (size_t i = block; i-- > 0;) {
        const size_t found = zeros & same(last[i], 0x80);
        data = (data & ~found) | (i & found);
        zeros &= same(last[i], 0);
    }
    return data;
}

static size_t less_count(const uint8_t *last, size_t block)
{
    const size_t count = last[block - 1];
    size_t wrong = same(count, 0) | below(block, count);

    for (size_t i = 0; i < block; i++)
        wrong |= below(block - 1 - i, count) & ~same(last[i], count);
    return (block & wrong) | ((block - count) & ~wrong);
}

enum err crypto_pad_less(enum crypto_padding padding, const uint8_t *last,
                         size_t block, size_t *data)
{
    if (padding == CRYPTO_PAD_NONE || padding == CRYPTO_PAD_ZEROS) {
        *data = block;
        return ERR_OK;
    }
    *data = padding == CRYPTO_PAD_80 ? less_80(last, block)
                                     : less_count(last, block);
    return *data < block ? ERR_OK : ERR_FORMAT;
}
