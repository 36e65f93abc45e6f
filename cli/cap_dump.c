/* cap dump: a CAP file as text. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"
#include "toolchain/captext.h"
#include "toolchain/files.h"

enum { OUTPUT = 'o', HELP = 'h' };

static const char help[] =
    "postcard cap dump: a CAP file as text\n\n"
    "Usage: postcard cap dump FILE [-o TEXT]\n\n"
    "FILE is a CAP file, or a load file (its components one after the "
    "other).  The text\nhas every component and every instruction; what "
    "cannot be understood stands in it\nas raw bytes.  'postcard cap assemble' "
    "makes the same components of it again.\ndocs/cap-text.md describes the "
    "text.\n\n"
    "  -o, --output TEXT    write to a file instead of standard output\n\n"
    "Example:\n"
    "  postcard cap dump wallet.cap -o wallet.captext\n";

static const struct option options[] = {
    {"output", required_argument, NULL, OUTPUT},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static int refused(const char *error)
{
    cli_error("%s", error);
    return EXIT_REFUSED;
}

static int dump(struct tc_arena *arena, const char *path, const char *output)
{
    char error[512];
    struct tc_input cap;
    struct span text;
    if (!tc_file_read(arena, path, &cap, error, sizeof error))
        return refused(error);
    if (!tc_cap_dump(arena, cap.bytes, &text, error, sizeof error)) {
        cli_error("%s: %s", path, error);
        return EXIT_REFUSED;
    }
    if (output != NULL)
        return tc_file_write(output, text, error, sizeof error)
                   ? EXIT_DONE
                   : refused(error);
    bool written = fwrite(text.p, 1, text.n, stdout) == text.n;
    if (fflush(stdout) != 0 || !written)
        return refused("standard output cannot be written");
    return EXIT_DONE;
}

int verb_cap_dump(int argc, char **argv)
{
    const char *output = NULL;
    int code = 0;
    optind = 1;
    while ((code = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
        if (code == HELP)
            return cli_help(help);
        if (code != OUTPUT)
            return cli_usage("cap dump");
        output = optarg;
    }
    if (argc - optind != 1) {
        cli_error("cap dump wants one CAP file");
        return cli_usage("cap dump");
    }
    struct tc_arena *arena = tc_arena_new();
    int status = dump(arena, argv[optind], output);
    tc_arena_free(&arena);
    return status;
}
