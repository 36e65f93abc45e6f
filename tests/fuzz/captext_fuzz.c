/*
 * The text form of CAP files, both ways.  Arbitrary bytes as a file: dumped
 * and assembled again they are the same.  Arbitrary bytes as a text: a file or
 * messages, in bounded memory; and what was assembled can be dumped.
 */
#include <stdlib.h>
#include <string.h>

#include "toolchain/captext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A load file, or an archive, whose entries alone are compared. */
static void both_ways(struct span cap)
{
    struct tc_arena *arena = tc_arena_new();
    struct span text;
    char error[256];
    struct tc_assembled made;
    bool archive = cap.n >= 2 && memcmp(cap.p, "PK", 2) == 0;
    if (tc_cap_dump(arena, cap, &text, error, sizeof error)) {
        const struct tc_input input = {"text", text};
        bool good = tc_cap_assemble(&input, &made);
        if (!archive && (!good || !span_equal(made.file, cap)))
            abort();
        tc_assembled_free(&made);
    } else if (!archive || error[0] == '\0') {
        abort();
    }
    tc_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct tc_assembled made;
    const struct tc_input input = {"text", span_of(data, n)};
    both_ways(input.bytes);
    bool good = tc_cap_assemble(&input, &made);
    if (good != (made.message_count == 0))
        abort();
    if (good)
        both_ways(made.file);
    tc_assembled_free(&made);
    return 0;
}
