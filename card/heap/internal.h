/* What the files of card/heap share; nobody else includes it. */
#ifndef HEAP_INTERNAL_H
#define HEAP_INTERNAL_H

#include "base/span.h"
#include "heap/heap.h"

/*
 * The data area:
 *   0   magic u32, handle count u32, epoch state u8, 3 bytes 0
 *   12  roots: HEAP_ROOT_COUNT u16
 *   64  handle table, u32 each: USED | PROVISIONAL | granule of 16 bytes
 *   objects: header and body, 16-byte aligned
 *
 * An object: kind, flags, context, class package u8; class offset, owner u16;
 * length u32; its own handle u16; 0 u16; then the body.  The body of a
 * transient array is the u32 offset of its elements in volatile memory.
 */
enum {
    HEAP_MAGIC_AT = 0,
    HEAP_COUNT_AT = 4,
    HEAP_EPOCH_AT = 8,
    HEAP_ROOTS_AT = 12,
    HEAP_TABLE_AT = 64,
    HEAP_ALIGN = 16,
    HEAP_HEAD_SIZE = 16,
    HEAP_TRANSIENT = HEAP_CLEAR_ON_RESET | HEAP_CLEAR_ON_DESELECT,
};

#define HEAP_MAGIC 0x48454150u
#define HEAP_USED 0x80000000u
#define HEAP_PROVISIONAL 0x40000000u
#define HEAP_PLACE 0x3FFFFFFFu

/* Epoch state in nv; see epoch.c. */
enum {
    HEAP_EPOCH_NONE = 0,
    HEAP_EPOCH_OPEN = 0xA5,
    HEAP_EPOCH_KEEP = 0x5A,
    HEAP_COLLECT = 0xC3,
};

static inline bool heap_bit(const uint8_t *map, uint32_t i)
{
    return (map[i / 8] >> (i % 8) & 1) != 0;
}

static inline void heap_set_bit(uint8_t *map, uint32_t i)
{
    map[i / 8] = (uint8_t)(map[i / 8] | 1u << (i % 8));
}

static inline void heap_clear_bit(uint8_t *map, uint32_t i)
{
    map[i / 8] = (uint8_t)(map[i / 8] & ~(1u << (i % 8)));
}

/* The table's entry for a handle 1..handle_count; 0 when it is free. */
static inline uint32_t heap_entry(const struct heap *h, ref_t ref)
{
    return get_u4(persist_at(h->persist, h->table + 4u * (ref - 1u)));
}

static inline nvaddr_t heap_place(const struct heap *h, uint32_t entry)
{
    return h->objects + (entry & HEAP_PLACE) * HEAP_ALIGN;
}

NODISCARD enum err heap_write_entry(struct heap *h, ref_t ref, uint32_t entry);

/* Header fields as stored. */
void heap_read_header(const uint8_t *p, struct heap_header *hd);

/* Bytes in nv, header included, of an object with this header. */
uint32_t heap_stored_size(const struct heap_header *hd);

/* ---- space.c ---- */

/* Rebuilds the maps of used memory from the handle table. */
NODISCARD enum err heap_map_rebuild(struct heap *h);
/* As heap_map_rebuild, and wipes what the table no longer uses. */
NODISCARD enum err heap_map_release(struct heap *h);
/* Wipes every free byte that is not zero. */
NODISCARD enum err heap_wipe_free(struct heap *h);
/* Finds and marks room for n bytes; false when there is none. */
bool heap_take_space(struct heap *h, uint32_t n, uint32_t *place);
void heap_give_space(struct heap *h, uint32_t place, uint32_t n);
bool heap_take_ram(struct heap *h, uint32_t n, uint32_t *offset);
void heap_give_ram(struct heap *h, uint32_t offset, uint32_t n);
uint32_t heap_ram_free(const struct heap *h);

/* ---- window.c ---- */

/* heap_get for the handles of windows. */
bool heap_window_get(const struct heap *h, ref_t ref, struct heap_view *v);

/* ---- check.c, check_contents.c ---- */

/* "heap: object NNNNN WHAT" to `report`; `what` has at most 60 characters. */
void heap_report(void (*report)(void *ctx, const char *line), void *ctx,
                 ref_t object, const char *what);

/* The part of heap_check that asks what the objects are. */
unsigned heap_check_contents(const struct heap *h,
                             void (*report)(void *ctx, const char *line),
                             void *ctx);

/* ---- epoch.c ---- */

/* Writes the epoch state, atomically. */
NODISCARD enum err heap_set_state(struct heap *h, uint8_t value);

/*
 * At mount, the map being there: what an epoch left is dropped or kept, as
 * its state says, and an interrupted collection is done again.
 */
NODISCARD enum err heap_epoch_settle(struct heap *h);

#endif
