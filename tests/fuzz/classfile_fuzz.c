/*
 * Proves that no class file, however broken, does more than be refused: the
 * input is converted as the only class of an applet package, with and without
 * int, in memory that is bounded by its size.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/mutate.h"
#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

/* What one conversion may take: the API it looks at, then so much a byte. */
enum { MEMORY_BASE = 4 << 20, MEMORY_PER_BYTE = 2048 };

static void convert(const uint8_t *data, size_t size, bool allow_int)
{
    static const struct tc_applet_option applet = {
        {{0xF0, 0x50, 0x4F, 0x53, 0x54, 0x01}, 6}, "Fuzzed"};
    struct tc_input input = {"Fuzzed.class", {data, size}};
    struct tc_options options = {
        .package_aid = {{0xF0, 0x50, 0x4F, 0x53, 0x54}, 5},
        .major = 1,
        .allow_int = allow_int,
        .applets = &applet,
        .applet_count = allow_int ? 1 : 0,
        .classes = &input,
        .class_count = 1,
    };
    struct tc_result result;
    bool ok = tc_convert(&options, &result);
    if (ok == (result.message_count > 0) ||
        tc_arena_size(result.arena) > MEMORY_BASE + MEMORY_PER_BYTE * size)
        abort();
    tc_result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    convert(data, size, true);
    convert(data, size, false);
    return 0;
}

enum { UTF8 = 1, INTEGER = 3, FLOAT, LONG, DOUBLE, CLASS, STRING };
enum { METHOD_HANDLE = 15, METHOD_TYPE, MODULE = 19, PACKAGE = 20 };
enum { OPCODES = 202, TAGS = 21 };

/* Where in the pool the names of attributes stand. */
struct names {
    uint32_t pool_count;
    uint32_t code;
};

static void walk_constant(struct walk *w, struct names *names, uint32_t index,
                          uint32_t tag)
{
    size_t text = w->at + 2;
    switch (tag) {
    case UTF8:
        walk_text(w);
        if (w->ok && w->at - text == 4 && memcmp(w->p + text, "Code", 4) == 0)
            names->code = index;
        return;
    case INTEGER:
    case FLOAT:
        walk_number(w, 4);
        return;
    case LONG:
    case DOUBLE:
        walk_skip(w, 8);
        return;
    case METHOD_HANDLE:
        walk_number(w, 1);
        walk_index(w, 2, names->pool_count);
        return;
    case CLASS:
    case STRING:
    case METHOD_TYPE:
    case MODULE:
    case PACKAGE:
        walk_index(w, 2, names->pool_count);
        return;
    default:
        walk_index(w, 2, names->pool_count);
        walk_index(w, 2, names->pool_count);
    }
}

static void walk_pool(struct walk *w, struct names *names)
{
    names->pool_count = walk_number(w, 2);
    for (uint32_t i = 1; w->ok && i < names->pool_count; i++) {
        uint32_t tag = walk_index(w, 1, TAGS);
        walk_constant(w, names, i, tag);
        i += tag == LONG || tag == DOUBLE;
    }
}

static void walk_attributes(struct walk *w, const struct names *names,
                            unsigned depth);

static void walk_attribute(struct walk *w, const struct names *names,
                           unsigned depth)
{
    bool code = walk_index(w, 2, names->pool_count) == names->code;
    bool enter = code && names->code != 0 && depth < 2;
    walk_body(w, enter);
    if (!enter)
        return;
    walk_number(w, 2);
    walk_number(w, 2);
    walk_code(w, walk_number(w, 4), OPCODES);
    for (uint32_t n = walk_number(w, 2); w->ok && n > 0; n--) {
        for (unsigned i = 0; i < 3; i++)
            walk_number(w, 2);
        walk_index(w, 2, names->pool_count);
    }
    walk_attributes(w, names, depth + 1);
}

static void walk_attributes(struct walk *w, const struct names *names,
                            unsigned depth)
{
    for (uint32_t n = walk_number(w, 2); w->ok && n > 0; n--)
        walk_attribute(w, names, depth);
}

static void walk_class(struct walk *w)
{
    struct names names = {0, 0};
    walk_skip(w, 6);
    walk_number(w, 2);
    walk_pool(w, &names);
    walk_number(w, 2);
    walk_index(w, 2, names.pool_count);
    walk_index(w, 2, names.pool_count);
    for (uint32_t n = walk_number(w, 2); w->ok && n > 0; n--)
        walk_index(w, 2, names.pool_count);
    for (unsigned i = 0; i < 2; i++) /* fields, then methods */
        for (uint32_t n = walk_number(w, 2); w->ok && n > 0; n--) {
            walk_number(w, 2);
            walk_index(w, 2, names.pool_count);
            walk_index(w, 2, names.pool_count);
            walk_attributes(w, &names, 0);
        }
    walk_attributes(w, &names, 0);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    static struct walk w;
    walk_start(&w, data, size);
    walk_class(&w);
    return walk_mutate(&w, data, size, max, seed);
}
