/*
 * Unsigned numbers of BigNumber and BCDUtil: big-endian, in as many bytes as
 * the card supports.
 */
#ifndef NATIVES_NUMBER_H
#define NATIVES_NUMBER_H

#include "natives/support.h"

enum {
    NUMBER_MAX = 128,     /* getMaxBytesSupported() */
    NUMBER_BCD_MAX = 155, /* 309 digits, two a byte */
};

/* BigNumber.FORMAT_* */
enum { NUMBER_BCD = 1, NUMBER_HEX = 2 };

struct number {
    uint8_t bytes[NUMBER_MAX];
    bool huge; /* it is larger than fits: `bytes` mean nothing */
};

/* False: some nibble is no digit. */
bool native_number_is_bcd(struct span bcd);

/* Of bytes or BCD, of any length; false: not of that format, or empty. */
bool native_number_read(struct number *n, struct span from, int8_t format);

/* Bytes that it takes, 1 at least; it is not huge. */
uint32_t native_number_size(const struct number *n, int8_t format);

/* Writes `size` bytes, native_number_size() at least, zeros in front. */
void native_number_write(const struct number *n, int8_t format, uint8_t *out,
                         uint32_t size);

/* Below, equal or above: -1, 0, 1; a huge number is above all others. */
int native_number_compare(const struct number *a, const struct number *b);

/* a = a + b, a - b, a * b; false: the result is below 0 or does not fit. */
bool native_number_add(struct number *a, const struct number *b);
bool native_number_subtract(struct number *a, const struct number *b);
bool native_number_multiply(struct number *a, const struct number *b);

#endif
