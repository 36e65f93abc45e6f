#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/card_file.h"

static const char help[] =
    "Usage: postcard card show FILE [--json]\n"
    "Shows what a card image holds: registry, memory, keys' check values.\n"
    "Needs no key.\n\n"
    "  --json   as JSON: one object a line of the dump\n"
    "\nExample:\n"
    "  postcard card show my.card\n";

static void print_line(void *ctx, const char *line)
{
    fprintf(ctx, "%s\n", line);
}

/* "kind name key=value key=value": as an object of its words. */
static void add_line(void *ctx, const char *line)
{
    json_t *item = json_object();
    char copy[1024];
    char *rest = copy;

    snprintf(copy, sizeof copy, "%s", line);
    const char *kind = strsep(&rest, " ");
    json_object_set_new(item, "kind", json_string(kind));
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        char *value = strchr(word, '=');
        if (*word == '\0')
            continue;
        if (value == NULL) {
            json_object_set_new(item, "name", json_string(word));
            continue;
        }
        *value = '\0';
        json_object_set_new(item, word, json_string(value + 1));
    }
    json_array_append_new(ctx, item);
}

static int show(const char *path, bool json)
{
    struct posix_card *card = NULL;
    int status = cli_card_start(path, &card);
    if (status != EXIT_DONE)
        return status;

    if (json) {
        json_t *list = json_array();
        card_dump(posix_card_card(card), true, add_line, list);
        json_dumpf(list, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(list);
    } else {
        card_dump(posix_card_card(card), true, print_line, stdout);
    }
    posix_card_close(&card);
    return EXIT_DONE;
}

int verb_card_show(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    bool json = false;
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == '?')
            return cli_usage("card show");
        json = true;
    }
    if (argc - optind != 1) {
        cli_error("name one card file");
        return cli_usage("card show");
    }
    return show(argv[optind], json);
}
