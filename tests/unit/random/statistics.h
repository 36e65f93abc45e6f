/*
 * Statistical tests of bits.  Each says how far n bytes are from what a fair
 * coin gives; `limits` says how far they may be.
 */
#ifndef RANDOM_STATISTICS_H
#define RANDOM_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How often a fair coin is refused: see statistics.c. */
enum statistics_limits {
    STATISTICS_FIPS,   /* of 20,000 bits, as FIPS 140-2 has them: 1 in 10^4 */
    STATISTICS_CERTAIN /* of any number from 2048 on: less than 1 in 10^9 */
};

/* NULL, or the test that these n bytes (STATISTICS_FIPS: 2500) do not pass. */
const char *statistics_refuse(const uint8_t *p, size_t n,
                              enum statistics_limits limits);

#endif
