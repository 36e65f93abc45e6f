/* Persistent memory that is only memory: for tests, measurements and forks. */
#ifndef POSIX_MEMORY_H
#define POSIX_MEMORY_H

#include <stdint.h>
#include <string.h>

#include <card/port.h>

#include "base/hint.h"

struct posix_memory {
    uint8_t *bytes; /* the caller's, `size` of them */
    uint32_t size;
};

/*
 * memcpy for programs, most of which are a few bytes or one commit slot: words
 * go through registers, as they were just written one by one.
 */
static inline void posix_memory_store(uint8_t *to, const uint8_t *from,
                                      uint32_t n)
{
    uint64_t word[3];

    if (LIKELY(n == 24)) {
        memcpy(&word[0], from, 8);
        memcpy(&word[1], from + 8, 8);
        memcpy(&word[2], from + 16, 8);
        memcpy(to, &word[0], 8);
        memcpy(to + 8, &word[1], 8);
        memcpy(to + 16, &word[2], 8);
    } else if (n == 1) {
        *to = *from;
    } else if (n == 2) {
        memcpy(to, from, 2);
    } else if (n == 4) {
        memcpy(to, from, 4);
    } else {
        memcpy(to, from, n);
    }
}

/* Fills in the nv fields and ctx of `port`; `m` must outlive it. */
void posix_memory_bind(struct posix_memory *m, struct card_port *port);

#endif
