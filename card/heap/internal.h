/* What the files of card/heap share; nobody else includes it. */
#ifndef HEAP_INTERNAL_H
#define HEAP_INTERNAL_H

#include "base/span.h"
#include "heap/heap.h"

/*
 * The data area:
 *   0   magic u32; handle count u32, and its complement
 *   12  epoch state u8, 3 bytes 0
 *   16  move under way u64, 0: none; see compact.c
 *   32  roots: HEAP_ROOT_COUNT times handle u16 and its check u16
 *   128 handle table, u32 each: USED, 2 bits PROVISIONAL, place u21 in units of
 *       16 bytes, check u8; 0: free
 *   objects: header and body, 16-byte aligned
 *
 * An object: kind, flags u8; class offset u16; length u32; its own handle u16;
 * class package, context u8; owner u16; check u16; then the body.  The body of
 * a transient array says where its elements are: the place u16 in units of 8
 * bytes, and its complement.  The kind of a guarded array has HEAP_GUARDED,
 * and its check u64 follows its elements, wherever they are.
 */
enum {
    HEAP_MAGIC_AT = 0,
    HEAP_COUNT_AT = 4,
    HEAP_EPOCH_AT = 12,
    HEAP_MOVE_AT = 16,
    HEAP_ROOTS_AT = 32,
    HEAP_TABLE_AT = 128,
    HEAP_ALIGN = 16,
    HEAP_HEAD_SIZE = 16,
    HEAP_HANDLE_AT = 8,   /* in the header: the object's own handle */
    HEAP_CONTEXT_AT = 11, /* in the header: context, owner, check */
    HEAP_PLACES = 1 << 21,
    HEAP_RAM_GRANULE = 8,
    HEAP_GUARDED = 0x80, /* in the stored kind */
    HEAP_GUARD_SIZE = 8,
    HEAP_TRANSIENT = HEAP_CLEAR_ON_RESET | HEAP_CLEAR_ON_DESELECT,
};

#define HEAP_MAGIC 0x48454150u
#define HEAP_USED 0x80000000u
#define HEAP_PROVISIONAL 0x60000000u
#define HEAP_CHECKED 0x9FFFFF00u /* what an entry's check covers */

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

/*
 * Checks of 8, 16 and 7 bits.  The factors are odd and have no run of as many
 * equal bits, so that one flipped bit always changes the product's top.
 */
static inline uint8_t heap_check_entry(uint32_t entry, ref_t ref)
{
    return (uint8_t)(((entry & HEAP_CHECKED) * 0x9E3779B9u + ref * 0xA3C59AC3u +
                      0x53A7C90Du) >>
                     24);
}

static inline uint16_t heap_check_head(const uint8_t *p)
{
    return (uint16_t)((get_u8(p) * UINT64_C(0x9E3779B97F4A7C15) +
                       (get_u8(p + 8) >> 16) * UINT64_C(0xB5A1C96D2E4F8377)) >>
                      48);
}

/* Of the 57 bits above it in the record of a move; see compact.c. */
static inline uint8_t heap_check_move(uint64_t bits)
{
    return (uint8_t)((bits * UINT64_C(0x9E3779B97F4A7C15)) >> 57);
}

/* The table's entry as it stands, for a handle 1..handle_count. */
static inline uint32_t heap_entry_(const struct heap *h, ref_t ref)
{
    return get_u4(persist_at(h->persist, h->table + 4u * (ref - 1u)));
}

/* Whether an entry, free or not, is what was written there. */
static inline bool heap_entry_is_sound(uint32_t entry, ref_t ref)
{
    return entry == 0 || ((entry & HEAP_USED) != 0 &&
                          heap_check_entry(entry, ref) == (entry & 0xFF));
}

/* The entry; 0 when it is free, and when it is not sound: all writing ends. */
static inline uint32_t heap_entry(const struct heap *h, ref_t ref)
{
    const uint32_t entry = heap_entry_(h, ref);

    if (heap_entry_is_sound(entry, ref))
        return entry;
    persist_give_up(h->persist);
    return 0;
}

/* In units of HEAP_ALIGN. */
static inline uint32_t heap_place(uint32_t entry)
{
    return entry >> 8 & (HEAP_PLACES - 1);
}

static inline nvaddr_t heap_address(const struct heap *h, uint32_t place)
{
    return h->objects + place * HEAP_ALIGN;
}

/* In use, at `place`; `provisional` in an epoch. */
NODISCARD enum err heap_set_entry(struct heap *h, ref_t ref, uint32_t place,
                                  bool provisional);
/* The object is gone. */
NODISCARD enum err heap_clear_entry(struct heap *h, ref_t ref);

/* Header fields as stored. */
void heap_read_header(const uint8_t *p, struct heap_header *hd);
/* Whether a header is of handle `ref` and as it was written. */
static inline bool heap_head_is_sound(const uint8_t *p, ref_t ref)
{
    return get_u2(p + 8) == ref && get_u2(p + 14) == heap_check_head(p);
}

/* Bytes in nv, header included, of an object with this header. */
uint32_t heap_stored_size(const struct heap_header *hd);
/* The same without the header. */
static inline uint32_t heap_kept_size(const struct heap_header *hd)
{
    return heap_stored_size(hd) - HEAP_HEAD_SIZE;
}
/* Bytes in ram of a transient array, with its guard. */
uint32_t heap_ram_size(const struct heap_header *hd);

/* heap_get, and `ram` is where volatile elements are, guarded or not. */
bool heap_find(const struct heap *h, ref_t ref, struct heap_view *v);
/* The same in units of HEAP_ALIGN. */
uint32_t heap_stored_places(const struct heap_header *hd);

/* The place of a transient array's elements, in bytes; ERR_CORRUPT. */
NODISCARD enum err heap_ram_place(const uint8_t *body, uint32_t *offset);
void heap_put_ram_place(uint8_t body[4], uint32_t offset);

/* A transient array is there, of this handle. */
void heap_note_transient(struct heap *h, ref_t ref);
/* The lowest live one above `ref`, and its view; 0 at the end. */
ref_t heap_next_transient(const struct heap *h, ref_t ref, struct heap_view *v);

/* ---- lend.c ---- */

/* Lays out the memory that the port lends, once the sizes are known. */
NODISCARD enum err heap_lend(struct heap *h);

/* ---- compact.c ---- */

/* At mount, before the map is built: finishes a move that was cut. */
NODISCARD enum err heap_move_settle(struct heap *h);

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
uint32_t heap_space_free(const struct heap *h);
/* The longest free run, in units of HEAP_ALIGN; in bytes of ram. */
uint32_t heap_space_largest(const struct heap *h);
uint32_t heap_ram_largest(const struct heap *h);
/* Marks places as used or free. */
void heap_mark_space(struct heap *h, uint32_t place, uint32_t count, bool used);

/* ---- shadow.c ---- */

bool heap_is_shadow(const struct heap *h, ref_t ref);
/* Puts every older object back to what its shadow holds; repeatable. */
NODISCARD enum err heap_put_back(struct heap *h);
/* Before a HEAP_NOW write through `v`: what is put back has it, too. */
NODISCARD enum err heap_now_in_shadow(struct heap *h, const struct heap_view *v,
                                      uint32_t at, const uint8_t *bytes,
                                      uint32_t n);

/* ---- guard.c ---- */

/* heap_put() for a guarded array, or for a window on one. */
NODISCARD enum err heap_guarded_put(struct heap *h, const struct heap_view *v,
                                    uint32_t at, const uint8_t *bytes,
                                    uint32_t n);
/* The same for the runtime's own sake: what is damaged stays so. */
NODISCARD enum err heap_guarded_force(struct heap *h, const struct heap_view *v,
                                      uint32_t at, const uint8_t *bytes,
                                      uint32_t n);

/* ---- window.c ---- */

/* The array that the view of a window is on, and its view; 0: none. */
ref_t heap_window_of(const struct heap *h, const struct heap_view *window,
                     struct heap_view *base);

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
