#include "toolchain/range.h"

#include <stddef.h>

#include "toolchain/jvmcode.h"

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static struct tc_range whole(void)
{
    return tc_range_of(INT32_MIN, INT32_MAX);
}

/* What leaves 32 bits wraps, so nothing is known of it. */
static struct tc_range checked(int64_t low, int64_t high)
{
    if (low < INT32_MIN || high > INT32_MAX)
        return whole();
    return tc_range_of((int32_t)low, (int32_t)high);
}

struct tc_range tc_range_join(struct tc_range a, struct tc_range b)
{
    return tc_range_of(a.low < b.low ? a.low : b.low,
                       a.high > b.high ? a.high : b.high);
}

struct tc_range tc_range_widen(struct tc_range old, struct tc_range with)
{
    static const int32_t lows[] = {0, INT8_MIN, INT16_MIN, INT32_MIN};
    /* 32766: below the bound of a loop that counts up to a short */
    static const int32_t highs[] = {
        0,         INT8_MAX,   UINT8_MAX, INT16_MAX - 1,
        INT16_MAX, UINT16_MAX, INT32_MAX};
    struct tc_range r = old;
    for (size_t i = 0; with.low < r.low; i++)
        if (lows[i] < r.low)
            r.low = lows[i];
    for (size_t i = 0; with.high > r.high; i++)
        if (highs[i] > r.high)
            r.high = highs[i];
    return r;
}

static struct tc_range product(struct tc_range a, struct tc_range b)
{
    int64_t p[] = {(int64_t)a.low * b.low, (int64_t)a.low * b.high,
                   (int64_t)a.high * b.low, (int64_t)a.high * b.high};
    int64_t low = p[0];
    int64_t high = p[0];
    for (size_t i = 1; i < 4; i++) {
        low = min64(low, p[i]);
        high = max64(high, p[i]);
    }
    return checked(low, high);
}

/*
 * A divisor of 1 or more keeps sign and size, one of -2 or less halves at
 * least, and -1 alone negates.
 */
static struct tc_range quotient(struct tc_range a, struct tc_range b)
{
    int64_t low = min64(a.low, 0);
    int64_t high = max64(a.high, 0);
    if (b.low < 0) {
        bool by_minus_one = b.high >= -1;
        int64_t divisor = by_minus_one ? 1 : 2;
        low = min64(low, -(int64_t)a.high / divisor);
        high = max64(high, -(int64_t)a.low / divisor);
    }
    return checked(low, high);
}

static struct tc_range remainder_of(struct tc_range a, struct tc_range b)
{
    int64_t most = max64(-(int64_t)b.low, b.high) - 1;
    most = max64(most, 0);
    int64_t low = a.low < 0 ? -min64(-(int64_t)a.low, most) : 0;
    int64_t high = a.high > 0 ? min64(a.high, most) : 0;
    return checked(low, high);
}

/* The smallest 2^k - 1 that, with its complement, holds the interval. */
static int64_t mask_of(struct tc_range r)
{
    int64_t most = max64(r.high, -(int64_t)r.low - 1);
    int64_t mask = 0;
    while (mask < most)
        mask = mask * 2 + 1;
    return mask;
}

/* "~a" is written a ^ -1. */
static bool is_minus_one(struct tc_range r)
{
    return r.low == -1 && r.high == -1;
}

static struct tc_range bitwise(uint8_t jop, struct tc_range a,
                               struct tc_range b)
{
    if (jop == JOP_ixor && is_minus_one(b))
        return tc_range_of(~a.high, ~a.low);
    if (jop == JOP_iand) {
        if (a.low >= 0 && b.low >= 0)
            return tc_range_of(0, a.high < b.high ? a.high : b.high);
        if (a.low >= 0 || b.low >= 0)
            return tc_range_of(0, a.low >= 0 ? a.high : b.high);
    }
    int64_t mask = max64(mask_of(a), mask_of(b));
    int64_t low = a.low >= 0 && b.low >= 0 ? 0 : -mask - 1;
    return checked(low, mask);
}

static struct tc_range shifted(uint8_t jop, struct tc_range a,
                               struct tc_range b)
{
    bool is_known = b.low == b.high;
    unsigned by = (unsigned)b.low & 31;
    if (jop == JOP_ishl) {
        int64_t factor = is_known ? (int64_t)1 << by : 0;
        return is_known ? checked(a.low * factor, a.high * factor) : whole();
    }
    if (jop == JOP_iushr && a.low < 0) {
        if (!is_known || by == 0)
            return whole();
        return tc_range_of(0, (int32_t)(UINT32_MAX >> by));
    }
    if (is_known)
        return tc_range_of(a.low >> by, a.high >> by);
    return tc_range_of(a.low < 0 ? a.low : 0, a.high > 0 ? a.high : 0);
}

struct tc_range tc_range_binary(uint8_t jop, struct tc_range a,
                                struct tc_range b)
{
    switch (jop) {
    case JOP_iadd:
        return checked((int64_t)a.low + b.low, (int64_t)a.high + b.high);
    case JOP_isub:
        return checked((int64_t)a.low - b.high, (int64_t)a.high - b.low);
    case JOP_imul:
        return product(a, b);
    case JOP_idiv:
        return quotient(a, b);
    case JOP_irem:
        return remainder_of(a, b);
    case JOP_iand:
    case JOP_ior:
    case JOP_ixor:
        return bitwise(jop, a, b);
    case JOP_ishl:
    case JOP_ishr:
    case JOP_iushr:
        return shifted(jop, a, b);
    default:
        return whole();
    }
}
