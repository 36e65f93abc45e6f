#include "toolchain/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct block {
    struct block *next;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) uint8_t bytes[];
};

struct tc_arena {
    struct block *head;
    size_t taken;
};

static _Noreturn void out_of_memory(void)
{
    fputs("postcard: out of memory\n", stderr);
    exit(4);
}

static void *get(size_t n)
{
    void *p = calloc(1, n);
    if (p == NULL)
        out_of_memory();
    return p;
}

struct tc_arena *tc_arena_new(void)
{
    return get(sizeof(struct tc_arena));
}

void tc_arena_free(struct tc_arena **arena)
{
    if (*arena == NULL)
        return;
    for (struct block *b = (*arena)->head, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(*arena);
    *arena = NULL;
}

void tc_arena_reset(struct tc_arena *arena)
{
    struct block *b = arena->head;
    while (b != NULL && b->next != NULL) {
        struct block *next = b->next;
        arena->taken -= sizeof *b + b->size;
        free(b);
        b = next;
    }
    arena->head = b;
    if (b == NULL)
        return;
    memset(b->bytes, 0, b->used);
    b->used = 0;
}

size_t tc_arena_size(const struct tc_arena *arena)
{
    return sizeof *arena + arena->taken;
}

static struct block *block_with(struct tc_arena *arena, size_t n)
{
    struct block *b = arena->head;
    if (b != NULL && b->size - b->used >= n)
        return b;
    size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;
    b = get(sizeof *b + size);
    b->size = size;
    arena->taken += sizeof *b + size;
    b->next = arena->head;
    arena->head = b;
    return b;
}

void *tc_alloc(struct tc_arena *arena, size_t n)
{
    if (n > SIZE_MAX / 4)
        out_of_memory();
    n = n == 0 ? ALIGNMENT : (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *b = block_with(arena, n);
    void *p = b->bytes + b->used;
    b->used += n;
    return p;
}

void *tc_alloc_array(struct tc_arena *arena, size_t count, size_t size)
{
    if (count > SIZE_MAX / 4 / size)
        out_of_memory();
    return tc_alloc(arena, count * size);
}

void *tc_grow(struct tc_arena *arena, void *items, size_t count, size_t size)
{
    enum { FIRST = 8 };
    if (count == 0)
        return tc_alloc_array(arena, FIRST, size);
    if (count < FIRST || (count & (count - 1)) != 0)
        return items;
    void *moved = tc_alloc_array(arena, count * 2, size);
    memcpy(moved, items, count * size);
    return moved;
}

char *tc_copy_text(struct tc_arena *arena, const char *text, size_t n)
{
    char *copy = tc_alloc(arena, n + 1);
    memcpy(copy, text, n);
    return copy;
}

char *tc_format(struct tc_arena *arena, const char *format, ...)
{
    char first[256];
    va_list args;
    va_start(args, format);
    int n = format == NULL ? 0 : vsnprintf(first, sizeof first, format, args);
    va_end(args);
    if (n < 0 || (size_t)n < sizeof first)
        return tc_copy_text(arena, first, n < 0 ? 0 : (size_t)n);
    char *text = tc_alloc(arena, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}

static void reserve(struct tc_bytes *b, size_t n)
{
    if (b->capacity - b->n >= n)
        return;
    size_t capacity = (b->n + n) * 2;
    uint8_t *p = tc_alloc(b->arena, capacity);
    if (b->n > 0)
        memcpy(p, b->p, b->n);
    b->p = p;
    b->capacity = capacity;
}

void tc_put(struct tc_bytes *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    reserve(b, n);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void tc_put1(struct tc_bytes *b, uint32_t v)
{
    uint8_t byte = (uint8_t)v;
    tc_put(b, &byte, 1);
}

void tc_put2(struct tc_bytes *b, uint32_t v)
{
    uint8_t bytes[2];
    set_u2(bytes, (uint16_t)v);
    tc_put(b, bytes, sizeof bytes);
}

void tc_put4(struct tc_bytes *b, uint32_t v)
{
    uint8_t bytes[4];
    set_u4(bytes, v);
    tc_put(b, bytes, sizeof bytes);
}

struct span tc_bytes_span(const struct tc_bytes *b)
{
    return span_of(b->p, b->n);
}
