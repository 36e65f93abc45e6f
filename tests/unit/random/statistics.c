/*
 * FIPS 140-2 (as of 2001) 4.9.1: monobit, poker, runs, long run, of 20,000 bits
 * with its limits.  And with limits of our own, whose false alarms add up to
 * less than 10^-9: monobit, poker, number and length of runs, bytes (chi-square
 * of 255 degrees of freedom), and autocorrelation at 64 distances.
 *
 * What is normally distributed may be 7 deviations away (2.6e-12); a
 * chi-square of 15 degrees 90 (1.0e-12), of 255 degrees 450 (5.8e-13); a run
 * of log2(n) + 43 bits comes once in 10^13.
 */
#include "tests/unit/random/statistics.h"

#include <math.h>

enum { BITS = 8, NIBBLES = 16, RUNS = 6, LAGS = 64, FIPS_BITS = 20000 };

static unsigned bit(const uint8_t *p, size_t i)
{
    return p[i / BITS] >> (BITS - 1 - i % BITS) & 1u;
}

static size_t ones(const uint8_t *p, size_t bits)
{
    size_t sum = 0;

    for (size_t i = 0; i < bits; i++)
        sum += bit(p, i);
    return sum;
}

static double poker(const uint8_t *p, size_t n)
{
    size_t count[NIBBLES] = {0};
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        count[p[i] >> 4]++;
        count[p[i] & 0x0F]++;
    }
    for (size_t i = 0; i < NIBBLES; i++)
        sum += (double)count[i] * (double)count[i];
    return NIBBLES / (2.0 * (double)n) * sum - 2.0 * (double)n;
}

static double bytes(const uint8_t *p, size_t n)
{
    size_t count[256] = {0};
    const double expected = (double)n / 256;
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        count[p[i]]++;
    for (size_t i = 0; i < 256; i++)
        sum += ((double)count[i] - expected) * ((double)count[i] - expected);
    return sum / expected;
}

struct runs {
    size_t of[2][RUNS + 1]; /* by value and length; RUNS and more in the last */
    size_t count;
    size_t longest;
};

static struct runs runs_of(const uint8_t *p, size_t bits)
{
    struct runs r = {.count = 0};
    size_t length = 1;

    for (size_t i = 1; i <= bits; i++) {
        if (i < bits && bit(p, i) == bit(p, i - 1)) {
            length++;
            continue;
        }
        r.of[bit(p, i - 1)][length < RUNS ? length : RUNS]++;
        r.longest = length > r.longest ? length : r.longest;
        r.count++;
        length = 1;
    }
    return r;
}

static const char *refuse_fips(const uint8_t *p, size_t n)
{
    static const size_t limits[RUNS + 1][2] = {
        {0, 0},     {2315, 2685}, {1114, 1386}, {527, 723},
        {240, 384}, {103, 209},   {103, 209}};
    const size_t sum = ones(p, FIPS_BITS);
    const double x = poker(p, n);
    const struct runs r = runs_of(p, FIPS_BITS);

    if (sum <= 9725 || sum >= 10275)
        return "monobit";
    if (x <= 2.16 || x >= 46.17)
        return "poker";
    for (size_t i = 1; i <= RUNS; i++) {
        for (size_t value = 0; value < 2; value++) {
            if (r.of[value][i] < limits[i][0] || r.of[value][i] > limits[i][1])
                return "runs";
        }
    }
    return r.longest >= 26 ? "long run" : NULL;
}

/* Deviations that `count` of `of` fair coins is away from its half. */
static bool is_far(size_t count, size_t of)
{
    const double away = 7;

    return fabs(2.0 * (double)count - (double)of) > away * sqrt((double)of);
}

static bool correlates(const uint8_t *p, size_t bits)
{
    for (size_t lag = 1; lag <= LAGS; lag++) {
        size_t same = 0;
        for (size_t i = 0; i + lag < bits; i++)
            same += bit(p, i) == bit(p, i + lag);
        if (is_far(same, bits - lag))
            return true;
    }
    return false;
}

static const char *refuse_certain(const uint8_t *p, size_t n)
{
    const size_t bits = n * BITS;
    const struct runs r = runs_of(p, bits);

    if (is_far(ones(p, bits), bits))
        return "monobit";
    if (poker(p, n) > 90)
        return "poker";
    if (bytes(p, n) > 450)
        return "bytes";
    if (is_far(r.count - 1, bits - 1))
        return "runs";
    if ((double)r.longest > log2((double)bits) + 43)
        return "long run";
    return correlates(p, bits) ? "autocorrelation" : NULL;
}

const char *statistics_refuse(const uint8_t *p, size_t n,
                              enum statistics_limits limits)
{
    return limits == STATISTICS_FIPS ? refuse_fips(p, n) : refuse_certain(p, n);
}
