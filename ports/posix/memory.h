/* Persistent memory that is only memory: for tests, measurements and forks. */
#ifndef POSIX_MEMORY_H
#define POSIX_MEMORY_H

#include <stdint.h>

#include <card/port.h>

struct posix_memory {
    uint8_t *bytes; /* the caller's, `size` of them */
    uint32_t size;
};

/* Fills in the nv fields and ctx of `port`; `m` must outlive it. */
void posix_memory_bind(struct posix_memory *m, struct card_port *port);

#endif
