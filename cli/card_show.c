#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/commands.h>
#include <jansson.h>

#include "cli/card_file.h"

static const char help[] =
    "Usage: postcard card show FILE [--json]\n"
    "Shows what a card image holds: registry, memory, keys' check values, and\n"
    "life cycles also in the words of the patent.  Needs no key.\n\n"
    "  --json   as JSON: one object a line of the dump\n"
    "\nExample:\n"
    "  postcard card show my.card\n";

/* Where lines go; the issuer's domain is the first, and its state the card's.
 */
struct show {
    json_t *list; /* with --json */
    bool seen_issuer;
};

/* The patent's word for a state of the card that stands there by its name. */
static const char *card_word(const char *name, size_t n)
{
    static const uint8_t states[] = {GP_CARD_OP_READY, GP_CARD_INITIALIZED,
                                     GP_CARD_SECURED, GP_CARD_LOCKED,
                                     GP_CARD_TERMINATED};

    for (size_t i = 0; i < sizeof states; i++) {
        const char *known = gp_card_state_name(states[i]);
        if (strlen(known) == n && memcmp(known, name, n) == 0)
            return gp_card_state_patent(states[i]);
    }
    return NULL;
}

/*
 * The patent's word for the state that a line tells; NULL: it tells none.
 * *end: behind the state.
 */
static const char *patent_word(struct show *s, const char *line,
                               const char **end)
{
    const char *state = strstr(line, " state=");

    if (state == NULL)
        return NULL;
    state += strlen(" state=");
    *end = state + strcspn(state, " ");
    const unsigned long byte = strtoul(state, NULL, 16);
    const bool domain = strncmp(line, "domain ", 7) == 0;
    const bool issuer = domain && !s->seen_issuer;
    s->seen_issuer |= domain;
    if (strncmp(line, "card ", 5) == 0)
        return card_word(state, (size_t)(*end - state));
    if (strncmp(line, "package ", 8) == 0)
        return "loaded";
    return issuer ? gp_card_state_patent((uint8_t)byte)
                  : gp_application_state_patent((uint8_t)byte);
}

static void print_line(void *ctx, const char *line)
{
    const char *end = NULL;
    const char *word = patent_word(ctx, line, &end);

    if (word == NULL)
        printf("%s\n", line);
    else
        printf("%.*s (%s)%s\n", (int)(end - line), line, word, end);
}

/* "kind name key=value key=value": as an object of its words. */
static void add_line(void *ctx, const char *line)
{
    struct show *s = ctx;
    json_t *item = json_object();
    const char *end = NULL;
    const char *patent = patent_word(s, line, &end);
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
    if (patent != NULL)
        json_object_set_new(item, "patent", json_string(patent));
    json_array_append_new(s->list, item);
}

static int show(const char *path, bool json)
{
    struct posix_card *card = NULL;
    struct show s = {.list = json ? json_array() : NULL};
    int status = cli_card_start(path, &card);
    if (status == EXIT_DONE)
        card_dump(posix_card_card(card), true, json ? add_line : print_line,
                  &s);
    if (status == EXIT_DONE && json) {
        json_dumpf(s.list, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(s.list);
    posix_card_close(&card);
    return status;
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
