/*
 * The memory that the port lends: first the maps of persistent memory and of
 * handles, then the map of transient memory, and that itself, which is all
 * the rest.
 */
#include "heap/internal.h"

enum { STEP = 8, RAM_MAX = 0xFFFF * HEAP_RAM_GRANULE };

static uint32_t map_size(uint32_t bits)
{
    return (bits + 8 * STEP - 1) / (8 * STEP) * STEP;
}

/* The next n bytes of what is left; NULL when it is less. */
static uint8_t *carve(uint8_t **at, uint32_t *left, uint32_t n)
{
    uint8_t *start = *at;

    if (start == NULL || n > *left)
        return NULL;
    *at += n;
    *left -= n;
    return start;
}

enum err heap_lend(struct heap *h)
{
    const struct card_port *port = h->persist->port;
    uint8_t *at = port->transient;
    uint32_t left = port->transient_size;
    const uint32_t space = map_size(h->granules);
    const uint32_t handles = map_size(h->handle_count);

    h->used = carve(&at, &left, space);
    h->spare = carve(&at, &left, space > handles ? space : handles);
    h->born = carve(&at, &left, handles);
    h->retired = carve(&at, &left, handles);
    if (h->retired == NULL)
        return ERR_MEMORY;
    /* 8 bytes and a bit for each granule, the map in whole steps */
    const uint32_t ram_map = map_size(left / HEAP_RAM_GRANULE);
    h->ram_used = carve(&at, &left, ram_map);
    if (h->ram_used == NULL)
        return ERR_MEMORY;
    h->ram = at;
    h->ram_size = left / HEAP_RAM_GRANULE * HEAP_RAM_GRANULE;
    if (h->ram_size > RAM_MAX)
        h->ram_size = RAM_MAX;
    return ERR_OK;
}
