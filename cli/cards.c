#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/client.h"

static const char help[] =
    "Usage: postcard cards add --id CIN --kdd HEX --keys NAME [OPTION]...\n"
    "       postcard cards list\n"
    "       postcard cards content CIN\n"
    "Registers cards at the server, and shows what it knows of them.\n\n"
    "  --id CIN          card image number, in hexadecimal\n"
    "  --kdd HEX         key diversification data, 10 bytes\n"
    "  --kvn HEX         version of the issuer domain's keys (default 30)\n"
    "  --keys NAME       master keys, by the name of their import, which says\n"
    "                    also how a card's own keys follow\n" CLI_CLIENT_HELP
    "\nExample:\n"
    "  postcard cards add --id 0102030405060708 --kdd "
    "00010203040506070809 \\\n"
    "      --keys issuer --server http://127.0.0.1:8080 \\\n"
    "      --token-file server/admin.token\n";

struct order {
    struct cli_client client;
    const char *id;
    const char *kdd;
    const char *kvn;
    const char *keys;
};

static int add(struct order *o)
{
    json_t *answer = NULL;

    if (o->id == NULL || o->keys == NULL) {
        cli_error("%s is missing", o->id == NULL ? "--id CIN" : "--keys NAME");
        return EXIT_USAGE;
    }
    json_t *body = json_pack("{s:s, s:s, s:s}", "id", o->id, "kvn", o->kvn,
                             "keys", o->keys);
    if (body == NULL) {
        cli_error("an option is no text in UTF-8");
        return EXIT_USAGE;
    }
    if (o->kdd != NULL)
        json_object_set_new(body, "kdd", json_string(o->kdd));
    int status =
        cli_client_ask(&o->client, "POST", "/api/v1/cards", body, &answer);
    if (status == EXIT_DONE && o->client.json)
        cli_client_print(answer);
    else if (status == EXIT_DONE)
        printf("card %s is registered\n", o->id);
    json_decref(answer);
    json_decref(body);
    return status;
}

static int list(struct order *o)
{
    json_t *answer = NULL;
    size_t i = 0;
    json_t *card = NULL;

    int status =
        cli_client_ask(&o->client, "GET", "/api/v1/cards", NULL, &answer);
    if (status != EXIT_DONE || o->client.json) {
        status = status == EXIT_DONE ? cli_client_print(answer) : status;
        json_decref(answer);
        return status;
    }
    const json_t *cards = term_client_list(answer, "cards");
    json_array_foreach(cards, i, card)
    {
        printf("%s  keys %s  %s\n", cli_client_text(card, "id"),
               cli_client_text(card, "keys"), cli_client_text(card, "state"));
    }
    json_decref(answer);
    return EXIT_DONE;
}

static void print_entries(const json_t *answer, const char *name)
{
    const json_t *entries = json_object_get(answer, name);
    size_t i = 0;
    json_t *entry = NULL;

    json_array_foreach(entries, i, entry)
    {
        const char *kind = json_is_string(json_object_get(entry, "kind"))
                               ? cli_client_text(entry, "kind")
                               : name;
        printf("%-12s %-32s  %-14s  in %s\n", kind,
               cli_client_text(entry, "aid"), cli_client_text(entry, "state"),
               cli_client_text(entry, "domain"));
    }
}

static int content(struct order *o, const char *id)
{
    static const char *const lists[] = {"domains", "packages", "applications",
                                        "content"};
    json_t *answer = NULL;
    char *path = NULL;
    char *name = term_client_escape(id);

    if (name == NULL || asprintf(&path, "/api/v1/cards/%s/content", name) < 0) {
        free(name);
        return EXIT_REFUSED;
    }
    int status = cli_client_ask(&o->client, "GET", path, NULL, &answer);
    if (status == EXIT_DONE && o->client.json)
        cli_client_print(answer);
    else if (status == EXIT_DONE) {
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            print_entries(answer, lists[i]);
    }
    json_decref(answer);
    free(path);
    free(name);
    return status;
}

static int run(struct order *o, int argc, char **argv)
{
    const char *what = argc > 0 ? argv[0] : "";
    int wanted = strcmp(what, "content") == 0 ? 2 : 1;

    if (strcmp(what, "add") != 0 && strcmp(what, "list") != 0 && wanted == 1) {
        cli_error("say what: add, list or content");
        return cli_usage("cards");
    }
    if (argc != wanted) {
        cli_error(argc > wanted ? "one argument too many"
                                : "name the card: content CIN");
        return cli_usage("cards");
    }
    int status = cli_client_open(&o->client);
    if (status != EXIT_DONE)
        return status;
    if (wanted == 2)
        status = content(o, argv[1]);
    else
        status = strcmp(what, "add") == 0 ? add(o) : list(o);
    term_http_close(&o->client.http);
    return status;
}

int verb_cards(int argc, char **argv)
{
    struct order o = {.kvn = "30"};
    const struct option options[] = {
        {"server", required_argument, NULL, 's'},
        {"token-file", required_argument, NULL, 't'},
        {"id", required_argument, NULL, 'i'},
        {"kdd", required_argument, NULL, 'd'},
        {"kvn", required_argument, NULL, 'v'},
        {"keys", required_argument, NULL, 'k'},
        {"json", no_argument, &o.client.json, 1},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    const char **const places[] = {
        ['s'] = &o.client.server,
        ['t'] = &o.client.token_file,
        ['i'] = &o.id,
        ['d'] = &o.kdd,
        ['v'] = &o.kvn,
        ['k'] = &o.keys,
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == '?')
            return cli_usage("cards");
        if (c != 0)
            *places[c] = optarg;
    }
    return run(&o, argc - optind, argv + optind);
}
