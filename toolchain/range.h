/* Intervals of Java ints, and how the operations change them. */
#ifndef TOOLCHAIN_RANGE_H
#define TOOLCHAIN_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct tc_range {
    int32_t low;
    int32_t high; /* inclusive */
};

static inline struct tc_range tc_range_of(int32_t low, int32_t high)
{
    return (struct tc_range){low, high};
}

static inline bool tc_range_within(struct tc_range r, int32_t low, int32_t high)
{
    return r.low >= low && r.high <= high;
}

static inline bool tc_fits_short(struct tc_range r)
{
    return tc_range_within(r, INT16_MIN, INT16_MAX);
}

static inline bool tc_fits_byte(struct tc_range r)
{
    return tc_range_within(r, INT8_MIN, INT8_MAX);
}

/* The smallest interval with both. */
struct tc_range tc_range_join(struct tc_range a, struct tc_range b);

/* An interval with both, taken from a short list so that loops end. */
struct tc_range tc_range_widen(struct tc_range old, struct tc_range with);

/* The interval of the result of `jop` (iadd .. ixor), wrapping as Java does. */
struct tc_range tc_range_binary(uint8_t jop, struct tc_range a,
                                struct tc_range b);

#endif
