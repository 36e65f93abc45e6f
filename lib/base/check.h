/*
 * A 64-bit check of bytes at rest: finds torn programs and flipped bits, not
 * attackers.  One multiplication for eight bytes.
 *
 * Every step is a bijection of the state, and of the word: bytes that differ
 * in one aligned word alone never have the same check; others have it with
 * probability 2^-64.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define CHECK_START UINT64_C(0x506F737463617264)

static inline uint64_t check_word(uint64_t check, uint64_t word)
{
    check = (check ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return check ^ check >> 32;
}

/* Goes on with n bytes, the last word filled up with zeros. */
static inline uint64_t check_add(uint64_t check, const uint8_t *p, size_t n)
{
    for (; n >= 8; n -= 8, p += 8)
        check = check_word(check, get_u8(p));
    if (n == 0)
        return check;
    uint64_t last = 0;
    for (size_t i = 0; i < n; i++)
        last |= (uint64_t)p[i] << (56 - 8 * i);
    return check_word(check, last);
}

/* 8 bits, of a number of 24 bits that is written alone. */
static inline uint8_t check_number(uint32_t number)
{
    return (uint8_t)((number * 0x9E3779B9u + 0x5A000000u) >> 24);
}

/* Of n bytes; the length counts, too. */
static inline uint64_t check_of(const uint8_t *p, size_t n)
{
    return check_add(check_word(CHECK_START, n), p, n);
}

#endif
