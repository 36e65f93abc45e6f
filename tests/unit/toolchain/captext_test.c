/*
 * The text form of CAP files: a file dumped and assembled again is the same,
 * byte by byte, whatever it is; a text written by hand becomes the bytes that
 * the format wants, or messages with the right lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "toolchain/captext.h"
#include "toolchain/files.h"

static const char *applets;

static struct span read_applet(struct tc_arena *arena, const char *name)
{
    char error[256];
    struct tc_input input;
    const char *path = tc_format(arena, "%s/%s", applets, name);
    if (!tc_file_read(arena, path, &input, error, sizeof error))
        fail_msg("%s", error);
    return input.bytes;
}

static struct span dump(struct tc_arena *arena, struct span cap)
{
    char error[256];
    struct span text;
    if (!tc_cap_dump(arena, cap, &text, error, sizeof error))
        fail_msg("%s", error);
    assert_int_equal(text.p[text.n], 0);
    return text;
}

static struct tc_assembled assemble(struct span text)
{
    struct tc_assembled made;
    const struct tc_input input = {"text", text};
    if (!tc_cap_assemble(&input, &made))
        fail_msg("line %u: %s", made.messages[0].line, made.messages[0].text);
    return made;
}

static void assert_span(struct span is, struct span wanted)
{
    assert_int_equal(is.n, wanted.n);
    assert_memory_equal(is.p, wanted.p, wanted.n);
}

/* Returns the text. */
static const char *round_trip(struct tc_arena *arena, struct span cap)
{
    struct span text = dump(arena, cap);
    struct tc_assembled made = assemble(text);
    assert_span(made.file, cap);
    tc_assembled_free(&made);
    return (const char *)text.p;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no '%s' in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("'%s' in:\n%s", part, text);
}

/* Nothing of what the converter writes needs to be told. */
static void committed_files(void **state)
{
    static const char *const names[] = {"wallet.cap", "loyalty.cap"};
    struct tc_arena *arena = tc_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = round_trip(arena, read_applet(arena, names[i]));
        assert_has(text, "\nDirectory {\n}\n");
        assert_has(text, "\nReferenceLocation {\n}\n");
        assert_has(text, "javacard/framework/Applet.register()V");
        assert_lacks(text, "    raw ");
        assert_lacks(text, "bytecode_count");
        assert_lacks(text, "constant_pool_types");
    }
    tc_arena_free(&arena);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s APPLETS\n", argv[0]);
        return 2;
    }
    applets = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
