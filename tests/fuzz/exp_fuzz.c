/*
 * Proves that no export file, however broken, does more than be refused: one
 * that is read is written, and read again as the same; a class that uses it is
 * converted; and its declarations become Java sources: all in memory that is
 * bounded by the file's size.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/mutate.h"
#include "toolchain/exp.h"

enum { MEMORY_BASE = 8 << 20, MEMORY_PER_BYTE = 256 };
enum { SOURCES_BASE = 64 << 20, CLIENT_MAX = 16 * 1024 };

static void check_memory(const struct tc_arena *arena, size_t size)
{
    if (tc_arena_size(arena) > MEMORY_BASE + MEMORY_PER_BYTE * size)
        abort();
}

static void write_again(const uint8_t *data, size_t size)
{
    struct tc_arena *arena = tc_arena_new();
    const char *problem = NULL;
    struct tc_exp *exp = tc_exp_read(arena, span_of(data, size), &problem);
    check_memory(arena, size);
    if ((exp == NULL) != (problem != NULL))
        abort();
    if (exp != NULL) {
        struct tc_bytes once = {.arena = arena};
        struct tc_bytes twice = {.arena = arena};
        tc_exp_write(exp, &once);
        struct tc_exp *same =
            tc_exp_read(arena, tc_bytes_span(&once), &problem);
        if (same == NULL)
            abort();
        tc_exp_write(same, &twice);
        if (once.n != twice.n || memcmp(once.p, twice.p, once.n) != 0)
            abort();
    }
    tc_arena_free(&arena);
}

/* A class file that uses much of what the seeds export. */
static struct span client(void)
{
    static uint8_t bytes[CLIENT_MAX];
    static size_t n;
    FILE *f = n > 0 ? NULL : fopen(CLIENT, "rb");
    if (f != NULL) {
        n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
    }
    return span_of(bytes, n);
}

static void import(const uint8_t *data, size_t size)
{
    struct tc_input class = {"ClientApplet.class", client()};
    struct tc_input export = {"fuzzed.exp", {data, size}};
    struct tc_options options = {
        .package_aid = {{0xF0, 0x50, 0x4F, 0x53, 0x54}, 5},
        .major = 1,
        .classes = &class,
        .class_count = 1,
        .exports = &export,
        .export_count = 1,
    };
    struct tc_result result;
    bool ok = tc_convert(&options, &result);
    if (ok == (result.message_count > 0) || class.bytes.n == 0)
        abort();
    check_memory(result.arena, size);
    tc_result_free(&result);
}

static void declare(const uint8_t *data, size_t size)
{
    char error[200] = "";
    struct tc_java_source *sources = NULL;
    size_t count = 0;
    size_t total = 0;
    struct tc_input input = {"fuzzed.exp", {data, size}};
    if (!tc_java_sources(&input, &sources, &count, error, sizeof error)) {
        if (error[0] == '\0')
            abort();
        return;
    }
    for (size_t i = 0; i < count; i++)
        total += strlen(sources[i].text);
    if (total > SOURCES_BASE)
        abort();
    tc_java_sources_free(sources, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    write_again(data, size);
    import(data, size);
    declare(data, size);
    return 0;
}

enum { UTF8 = 1, INTEGER = 3, CLASS = 7, PACKAGE = 13 };

static uint32_t walk_pool(struct walk *w)
{
    uint32_t count = walk_number(w, 2);
    for (uint32_t i = 0; w->ok && i < count; i++) {
        switch (walk_number(w, 1)) {
        case UTF8:
            walk_text(w);
            break;
        case INTEGER:
            walk_number(w, 4);
            break;
        case CLASS:
            walk_index(w, 2, count);
            break;
        case PACKAGE:
            walk_number(w, 1);
            walk_index(w, 2, count);
            walk_number(w, 1);
            walk_number(w, 1);
            walk_skip(w, walk_number(w, 1));
            break;
        default:
            w->ok = false;
        }
    }
    return count;
}

static void walk_members(struct walk *w, uint32_t pool, bool attributes)
{
    for (uint32_t n = walk_number(w, 2); w->ok && n > 0; n--) {
        walk_number(w, 1);
        walk_number(w, 2);
        walk_index(w, 2, pool);
        walk_index(w, 2, pool);
        uint32_t k = attributes ? walk_number(w, 2) : 0;
        for (; w->ok && k > 0; k--) {
            walk_index(w, 2, pool);
            walk_body(w, true);
            walk_index(w, 2, pool);
        }
    }
}

static void walk_class(struct walk *w, uint32_t pool, bool is_23)
{
    walk_number(w, 1);
    walk_number(w, 2);
    walk_index(w, 2, pool);
    for (uint32_t n = walk_number(w, 2); w->ok && n > 0; n--)
        walk_index(w, 2, pool);
    for (uint32_t n = walk_number(w, 1); w->ok && n > 0; n--)
        walk_index(w, 2, pool);
    walk_members(w, pool, true);
    walk_members(w, pool, false);
    if (is_23)
        walk_number(w, 1);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    static struct walk w;
    walk_start(&w, data, size);
    walk_skip(&w, 4);
    bool is_23 = walk_number(&w, 1) == 3;
    walk_number(&w, 1);
    uint32_t pool = walk_pool(&w);
    walk_index(&w, 2, pool);
    if (is_23)
        for (uint32_t n = walk_number(&w, 1); w.ok && n > 0; n--)
            walk_index(&w, 2, pool);
    for (uint32_t n = walk_number(&w, 1); w.ok && n > 0; n--)
        walk_class(&w, pool, is_23);
    return walk_mutate(&w, data, size, max, seed);
}
