#include "ports/posix/memory.h"

#include <stddef.h>
#include <string.h>

static int program(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t n)
{
    const struct posix_memory *m = ctx;
    if ((uint64_t)offset + n > m->size)
        return -1;
    posix_memory_store(m->bytes + offset, bytes, n);
    return 0;
}

void posix_memory_bind(struct posix_memory *m, struct card_port *port)
{
    port->ctx = m;
    port->nv = m->bytes;
    port->nv_size = m->size;
    port->nv_program = program;
    port->nv_direct = m->bytes;
    port->nv_flush = NULL;
}
