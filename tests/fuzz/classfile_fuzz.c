/*
 * Proves that no class file, however broken, does more than be refused: the
 * input is converted as the only class of an applet package, with and without
 * int, and as an export file.
 */
#include <stddef.h>
#include <stdint.h>

#include "toolchain/toolchain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    (void)tc_convert(&options, &result);
    tc_result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[200];
    struct tc_java_source *sources = NULL;
    size_t count = 0;
    struct tc_input input = {"fuzzed.exp", {data, size}};
    convert(data, size, true);
    convert(data, size, false);
    if (tc_java_sources(&input, &sources, &count, error, sizeof error))
        tc_java_sources_free(sources, count);
    return 0;
}
