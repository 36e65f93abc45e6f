/*
 * Memory for one conversion: everything is freed at once, at its end.
 * None of these calls returns NULL; without memory the process ends.
 */
#ifndef TOOLCHAIN_ARENA_H
#define TOOLCHAIN_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct tc_arena;

struct tc_arena *tc_arena_new(void);
/* Frees the arena and all that came from it; sets *arena to NULL. */
void tc_arena_free(struct tc_arena **arena);

/* Takes back all that came from the arena, which stays usable. */
void tc_arena_reset(struct tc_arena *arena);

/* Bytes that the arena has taken from the system so far. */
size_t tc_arena_size(const struct tc_arena *arena);

/* `n` zeroed bytes, aligned for any type. */
void *tc_alloc(struct tc_arena *arena, size_t n);
/* `count` zeroed items of `size` bytes; one at least. */
void *tc_alloc_array(struct tc_arena *arena, size_t count, size_t size);

/*
 * Room for item number `count` in an array that holds `count` items of
 * `size` bytes and has only been grown through this call: returns the array,
 * moved if it had to be.
 */
void *tc_grow(struct tc_arena *arena, void *items, size_t count, size_t size);

/* Copies; the second and third end in a NUL. */
char *tc_copy_text(struct tc_arena *arena, const char *text, size_t n);
char *tc_format(struct tc_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes being written, big-endian. */
struct tc_bytes {
    struct tc_arena *arena;
    uint8_t *p;
    size_t n;
    size_t capacity;
};

void tc_put(struct tc_bytes *b, const void *p, size_t n);
/* The low 8, 16 and 32 bits of `v`. */
void tc_put1(struct tc_bytes *b, uint32_t v);
void tc_put2(struct tc_bytes *b, uint32_t v);
void tc_put4(struct tc_bytes *b, uint32_t v);
struct span tc_bytes_span(const struct tc_bytes *b);

#endif
