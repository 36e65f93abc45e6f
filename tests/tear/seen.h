/*
 * What a test has seen already, by fingerprint: states of a card that need no
 * second look, each with a number that the test remembers of it.
 */
#ifndef TEAR_SEEN_H
#define TEAR_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 128 bits; two states of a run have the same one in one of 2^64 cases. */
struct fingerprint {
    uint64_t half[2];
};

struct seen {
    struct seen_entry *entries;
    size_t room; /* a power of two, or 0 */
    size_t n;
};

/* Of nothing; then of more and more bytes. */
struct fingerprint fingerprint_start(void);
void fingerprint_add(struct fingerprint *f, const void *bytes, size_t n);

/* Whether it is there; *value is then what it was added with. */
bool seen_find(const struct seen *s, const struct fingerprint *f,
               unsigned *value);
/* Adds what is not there yet.  Aborts the test program without memory. */
void seen_add(struct seen *s, const struct fingerprint *f, unsigned value);

/* Whether it is there; it is now. */
bool seen_before(struct seen *s, const struct fingerprint *f);

void seen_forget(struct seen *s);

#endif
