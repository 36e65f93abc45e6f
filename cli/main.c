#include "cli/cli.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/version.h"

#define VERB(group, name, function, summary) cli_verb function;
#include "cli/verbs.def"
#undef VERB

static const struct verb {
    const char *group;
    const char *name;
    cli_verb *run;
    const char *summary;
} verbs[] = {
#define VERB(group, name, function, summary) {group, name, function, summary},
#include "cli/verbs.def"
#undef VERB
};

enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static void tell(const char *kind, const char *format, va_list args)
{
    fflush(stdout);
    fprintf(stderr, "postcard: %s", kind);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void cli_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell("", format, args);
    va_end(args);
}

void cli_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell("warning: ", format, args);
    va_end(args);
}

int cli_help(const char *text)
{
    fputs(text, stdout);
    return EXIT_DONE;
}

int cli_usage(const char *verb)
{
    fprintf(stderr, "Try 'postcard %s%s--help'.\n", verb,
            *verb == '\0' ? "" : " ");
    return EXIT_USAGE;
}

static int overview(void)
{
    printf("postcard: a multi-application smart card, its issuer's tool, "
           "toolchain, terminal and server\n\n"
           "Usage: postcard VERB [OPTION]... [ARGUMENT]...\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++) {
        char full[32];
        snprintf(full, sizeof full, "%s%s%s",
                 verbs[i].group == NULL ? "" : verbs[i].group,
                 verbs[i].group == NULL ? "" : " ", verbs[i].name);
        printf("  %-15s %s\n", full, verbs[i].summary);
    }
    printf("\n'postcard help VERB' explains a verb, with an example.\n"
           "Exit status: 0 done; 1 refused by the card or the server; 2 usage; "
           "3 no card,\nreader, connection or key, or in use; 4 refused "
           "here.\n");
    return EXIT_DONE;
}

static const struct verb *find(const char *first, const char *second)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        const struct verb *v = &verbs[i];
        if (v->group == NULL && strcmp(v->name, first) == 0)
            return v;
        if (v->group != NULL && strcmp(v->group, first) == 0 &&
            second != NULL && strcmp(v->name, second) == 0)
            return v;
    }
    return NULL;
}

static const struct verb *find_or_tell(int argc, char **argv)
{
    const struct verb *v = find(argv[1], argc > 2 ? argv[2] : NULL);
    if (v == NULL)
        cli_error("there is no verb '%s'", argv[1]);
    return v;
}

/* "help card new" is "card new --help". */
static int help(int argc, char **argv)
{
    static const char option[] = "--help";
    char text[sizeof option];
    if (argc < 2)
        return overview();
    const struct verb *v = find_or_tell(argc, argv);
    if (v == NULL)
        return cli_usage("");
    memcpy(text, option, sizeof text);
    char *arguments[] = {argv[v->group == NULL ? 1 : 2], text, NULL};
    return v->run(2, arguments);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        overview();
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0)
        return overview();
    if (strcmp(argv[1], "help") == 0)
        return help(argc - 1, argv + 1);
    if (strcmp(argv[1], "--version") == 0) {
        printf("postcard %s\n", POSTCARD_VERSION);
        return EXIT_DONE;
    }
    const struct verb *v = find_or_tell(argc, argv);
    if (v == NULL)
        return cli_usage("");
    int skip = v->group == NULL ? 1 : 2;
    return v->run(argc - skip, argv + skip);
}
