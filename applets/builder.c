/*
 * `postcard build` and `convert` alone: what the tests of the converter run, so
 * that they need no other part of the program.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"

void cli_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

int cli_help(const char *text)
{
    fputs(text, stdout);
    return EXIT_DONE;
}

int cli_usage(const char *verb)
{
    fprintf(stderr, "wrong arguments for %s\n", verb);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "build") == 0)
        return verb_build(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "convert") == 0)
        return verb_convert(argc - 1, argv + 1);
    return EXIT_USAGE;
}
