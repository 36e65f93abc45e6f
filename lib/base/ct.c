#include "base/ct.h"

#include <string.h>

bool ct_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    volatile uint8_t diff = 0;
    for (size_t i = 0; i < n; i++)
        diff = (uint8_t)(diff | (a[i] ^ b[i]));
    return diff == 0;
}

void wipe(void *p, size_t n)
{
    /* what a volatile pointer names is not known to be without effect */
    void *(*volatile fill)(void *, int, size_t) = memset;

    fill(p, 0, n);
}
