/* cap assemble: a text to a CAP file. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"
#include "toolchain/captext.h"
#include "toolchain/files.h"

enum { OUTPUT = 'o', HELP = 'h' };

static const char help[] =
    "postcard cap assemble: a text to a CAP file\n\n"
    "Usage: postcard cap assemble TEXT [-o FILE]\n\n"
    "TEXT is what 'postcard cap dump' writes, or is written by hand: sizes, "
    "counts,\noffsets, Directory, ReferenceLocation and the like are worked "
    "out where it leaves\nthem out, and are what it says where it gives "
    "them, right or wrong.\ndocs/cap-text.md describes the text.\n\n"
    "  -o, --output FILE    the CAP file; default: TEXT with the ending "
    ".cap\n\n"
    "All mistakes are told with their lines; then nothing is written.\n\n"
    "Example:\n"
    "  postcard cap assemble wallet.captext -o wallet.cap\n";

static const struct option options[] = {
    {"output", required_argument, NULL, OUTPUT},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static void tell(const struct tc_assembled *a)
{
    for (size_t i = 0; i < a->message_count; i++) {
        const struct tc_message *m = &a->messages[i];
        if (m->line != 0)
            fprintf(stderr, "%s:%u: %s\n", m->file, m->line, m->text);
        else
            fprintf(stderr, "%s: %s\n", m->file, m->text);
    }
    cli_error("%zu problem%s; nothing was written", a->message_count,
              a->message_count == 1 ? "" : "s");
}

/* "x/wallet.captext" becomes "x/wallet.cap". */
static const char *output_name(struct tc_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash == NULL ? path : slash + 1, '.');
    size_t n = dot == NULL ? strlen(path) : (size_t)(dot - path);
    return tc_format(arena, "%.*s.cap", (int)n, path);
}

static int assemble(struct tc_arena *arena, const char *path,
                    const char *output)
{
    char error[512];
    struct tc_input text;
    struct tc_assembled made;
    int status = EXIT_REFUSED;
    if (output == NULL)
        output = output_name(arena, path);
    if (strcmp(output, path) == 0) {
        cli_error("%s: the CAP file would replace its text; use --output",
                  path);
        return EXIT_USAGE;
    }
    if (!tc_file_read(arena, path, &text, error, sizeof error)) {
        cli_error("%s", error);
        return EXIT_REFUSED;
    }
    if (!tc_cap_assemble(&text, &made)) {
        tell(&made);
    } else if (!tc_file_write(output, made.file, error, sizeof error)) {
        cli_error("%s", error);
    } else {
        printf("%s: %zu bytes\n", output, made.file.n);
        status = EXIT_DONE;
    }
    tc_assembled_free(&made);
    return status;
}

int verb_cap_assemble(int argc, char **argv)
{
    const char *output = NULL;
    int code = 0;
    optind = 1;
    while ((code = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (code == HELP)
            return cli_help(help);
        if (code != OUTPUT)
            return cli_usage("cap assemble");
        output = optarg;
    }
    if (argc - optind != 1) {
        cli_error("cap assemble wants one text");
        return cli_usage("cap assemble");
    }
    struct tc_arena *arena = tc_arena_new();
    int status = assemble(arena, argv[optind], output);
    tc_arena_free(&arena);
    return status;
}
