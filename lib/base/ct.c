#include "base/ct.h"

#include <string.h>

bool ct_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    volatile uint64_t diff = 0;
    size_t i = 0;

    for (; n - i >= sizeof diff; i += sizeof diff) {
        uint64_t x = 0;
        uint64_t y = 0;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        diff |= x ^ y;
    }
    for (; i < n; i++)
        diff |= (uint64_t)(a[i] ^ b[i]);
    return diff == 0;
}

void wipe(void *p, size_t n)
{
    /* what a volatile pointer names is not known to be without effect */
    void *(*volatile fill)(void *, int, size_t) = memset;

    fill(p, 0, n);
}
