/* What the verbs that talk to a server share. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <gp/error.h>
#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"
#include "terminal/client.h"

/* Lines for a verb's --help. */
#define CLI_CLIENT_HELP                                                        \
    "  --server URL      the server, as http://127.0.0.1:8080\n"               \
    "  --token-file F    the file with its token (DIR/admin.token)\n"          \
    "  --json            print data as JSON\n"                                 \
    "  --help            this\n"

struct cli_client {
    const char *server;
    const char *token_file;
    int json; /* --json; set by getopt_long */
    struct term_http *http;
};

/* Says why; the exit status for what a request returned. */
static inline int cli_client_fail(int result, const struct gp_why *why)
{
    cli_error("%s", why->text[0] != '\0' ? why->text : gp_strerr(result));
    switch (result) {
    case GP_ERR_ARGUMENT:
        return EXIT_USAGE;
    case GP_ERR_CONNECT:
    case GP_ERR_FILE:
    case GP_ERR_KEYS:
        return EXIT_NO_CARD;
    case GP_ERR_CANCELLED:
    case GP_ERR_NOT_FOUND:
    case GP_ERR_PROTOCOL:
        return EXIT_CARD_SAID;
    default:
        return EXIT_REFUSED;
    }
}

/* Opens; an exit status, with a message. */
static inline int cli_client_open(struct cli_client *c)
{
    struct gp_why why = {{0}};

    int result = term_client_open(c->server, c->token_file, &c->http, &why);
    return result == GP_OK ? EXIT_DONE : cli_client_fail(result, &why);
}

/* One request; an exit status, with a message.  *out is the caller's. */
static inline int cli_client_ask(struct cli_client *c, const char *method,
                                 const char *path, const json_t *body,
                                 json_t **out)
{
    struct gp_why why = {{0}};

    int result = term_client_json(c->http, method, path, body, out, &why);
    return result == GP_OK ? EXIT_DONE : cli_client_fail(result, &why);
}

/* An answer as it came. */
static inline int cli_client_print(const json_t *answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(2));
    putchar('\n');
    return EXIT_DONE;
}

/* A member as text; "-" when there is none. */
static inline const char *cli_client_text(const json_t *object,
                                          const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL || text[0] == '\0' ? "-" : text;
}

#endif
