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
