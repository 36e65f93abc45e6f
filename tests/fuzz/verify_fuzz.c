/*
 * Arbitrary bytes as a load file, for the verifier of a development machine:
 * it ends with a verdict that says why, in memory bounded by the input's size,
 * and accepts nothing that a card would refuse.
 */
#include <stdlib.h>

#include "tests/fuzz/mutate.h"
#include "toolchain/verify.h"

enum { MEMORY_BASE = 16 << 20, MEMORY_PER_BYTE = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct tc_verify_options options = {.load_file = span_of(data, n)};
    struct tc_verdict verdict;
    char error[200] = "";
    if (!tc_verify(&options, &verdict, error, sizeof error) && error[0] == '\0')
        abort();
    for (size_t i = 0; i < verdict.finding_count; i++)
        if (verdict.findings[i].rule == NULL ||
            verdict.findings[i].text == NULL)
            abort();
    if (verdict.arena != NULL &&
        tc_arena_size(verdict.arena) > MEMORY_BASE + MEMORY_PER_BYTE * n)
        abort();
    tc_verdict_free(&verdict);
    return 0;
}
