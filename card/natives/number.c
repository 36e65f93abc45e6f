#include "natives/number.h"

#include <string.h>

bool native_number_is_bcd(struct span bcd)
{
    for (size_t i = 0; i < bcd.n; i++)
        if (bcd.p[i] >> 4 > 9 || (bcd.p[i] & 15) > 9)
            return false;
    return true;
}

/* n = n * factor + add */
static void grow(struct number *n, unsigned factor, unsigned add)
{
    unsigned carry = add;

    for (unsigned i = NUMBER_MAX; i-- > 0 && !n->huge;) {
        carry += n->bytes[i] * factor;
        n->bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    n->huge = n->huge || carry != 0;
}

static bool read_bcd(struct number *n, struct span from)
{
    if (!native_number_is_bcd(from))
        return false;
    for (size_t i = 0; i < from.n && !n->huge; i++)
        grow(n, 100, from.p[i] / 16u * 10 + from.p[i] % 16u);
    return true;
}

bool native_number_read(struct number *n, struct span from, int8_t format)
{
    memset(n, 0, sizeof *n);
    if (from.n == 0)
        return false;
    if (format == NUMBER_BCD)
        return read_bcd(n, from);
    if (format != NUMBER_HEX)
        return false;
    for (; from.n > NUMBER_MAX; from = span_of(from.p + 1, from.n - 1))
        n->huge = n->huge || from.p[0] != 0;
    memcpy(n->bytes + NUMBER_MAX - from.n, from.p, from.n);
    return true;
}

/* Two digits a byte, the last one at the end. */
static void to_bcd(const struct number *n, uint8_t out[NUMBER_BCD_MAX])
{
    struct number rest = *n;

    for (unsigned i = NUMBER_BCD_MAX; i-- > 0;) {
        unsigned digits = 0;
        for (unsigned k = 0; k < NUMBER_MAX; k++) {
            digits = digits << 8 | rest.bytes[k];
            rest.bytes[k] = (uint8_t)(digits / 100);
            digits %= 100;
        }
        out[i] = (uint8_t)(digits / 10 << 4 | digits % 10);
    }
}

static uint32_t without_zeros(const uint8_t *p, uint32_t n)
{
    while (n > 1 && *p == 0) {
        p++;
        n--;
    }
    return n;
}

uint32_t native_number_size(const struct number *n, int8_t format)
{
    uint8_t bcd[NUMBER_BCD_MAX];

    if (format == NUMBER_HEX)
        return without_zeros(n->bytes, NUMBER_MAX);
    to_bcd(n, bcd);
    return without_zeros(bcd, NUMBER_BCD_MAX);
}

void native_number_write(const struct number *n, int8_t format, uint8_t *out,
                         uint32_t size)
{
    uint8_t bcd[NUMBER_BCD_MAX];
    const uint8_t *digits = format == NUMBER_HEX ? n->bytes : bcd;
    const uint32_t have = format == NUMBER_HEX ? NUMBER_MAX : NUMBER_BCD_MAX;
    const uint32_t copied = size < have ? size : have;

    if (format != NUMBER_HEX)
        to_bcd(n, bcd);
    memset(out, 0, size);
    memcpy(out + size - copied, digits + have - copied, copied);
}

int native_number_compare(const struct number *a, const struct number *b)
{
    int order = memcmp(a->bytes, b->bytes, NUMBER_MAX);

    if (a->huge || b->huge)
        return a->huge - b->huge;
    return (order > 0) - (order < 0);
}

bool native_number_add(struct number *a, const struct number *b)
{
    unsigned carry = 0;

    for (unsigned i = NUMBER_MAX; i-- > 0;) {
        carry += (unsigned)a->bytes[i] + b->bytes[i];
        a->bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return carry == 0 && !b->huge;
}

bool native_number_subtract(struct number *a, const struct number *b)
{
    unsigned borrow = 0;

    if (native_number_compare(a, b) < 0)
        return false;
    for (unsigned i = NUMBER_MAX; i-- > 0;) {
        unsigned taken = b->bytes[i] + borrow;
        borrow = a->bytes[i] < taken;
        a->bytes[i] = (uint8_t)(a->bytes[i] - taken);
    }
    return true;
}

static bool is_zero(const struct number *n)
{
    for (unsigned i = 0; i < NUMBER_MAX; i++)
        if (n->bytes[i] != 0)
            return false;
    return !n->huge;
}

bool native_number_multiply(struct number *a, const struct number *b)
{
    struct number sum = {0};

    if (is_zero(a))
        return true;
    if (b->huge)
        return false;
    for (unsigned i = 0; i < NUMBER_MAX; i++) {
        struct number part = *a;
        grow(&sum, 256, 0);
        grow(&part, b->bytes[i], 0);
        if (sum.huge || part.huge || !native_number_add(&sum, &part))
            return false;
    }
    *a = sum;
    return true;
}
