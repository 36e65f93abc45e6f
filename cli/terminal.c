#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/transport.h>

#include "base/ct.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "ports/posix/posix_transport.h"
#include "terminal/agent.h"

static const char help[] =
    "Usage: postcard terminal --server URL --token-file FILE [OPTION]...\n"
    "Carries deployments from a server to a card.  It holds no key of a card\n"
    "and decides nothing.\n\n"
    "  --server URL         the server, as http://127.0.0.1:8080\n"
    "  --token-file FILE    the file with its token (DIR/terminal.token)\n"
    "  --card FILE          an image file, opened here\n"
    "  --connect HOST:PORT  a card that listens (postcard card run --listen)\n"
    "  --reader NAME        a PC/SC reader; default: the only one with a card\n"
    "  --once               end when there is nothing more for this card\n"
    "  --patience SECONDS   how long a server that was there may be silent\n"
    "                       (default 300)\n"
    "  --help               this\n"
    "\nExit status: 0 all was done, 1 the server or the card refused, 3 no\n"
    "card or no server.\n"
    "\nExample:\n"
    "  postcard terminal --server http://127.0.0.1:8080 \\\n"
    "      --token-file server/terminal.token --card my.card --once\n";

enum { HOST_SIZE = 256, PATIENCE = 300, PATIENCE_MAX = 86400 };

struct options {
    const char *server;
    const char *token_file;
    const char *card;
    const char *connect;
    const char *reader;
    unsigned patience;
    bool once;
};

static int open_connect(const char *where, struct gp_transport **out,
                        struct gp_why *why)
{
    char host[HOST_SIZE];
    const char *colon = strrchr(where, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - where);

    if (n == 0 || n >= sizeof host || colon[1] == '\0') {
        gp_why_set(why, "--connect takes HOST:PORT, not '%.100s'", where);
        return GP_ERR_ARGUMENT;
    }
    memcpy(host, where, n);
    host[n] = '\0';
    return gp_open_tcp(host, colon + 1, out, why);
}

static int open_image(const char *path, struct gp_transport **out,
                      struct gp_why *why)
{
    char text[160] = "";
    int result = GP_OK;

    *out = port_posix_open_card(path, true, NULL, &result, text, sizeof text);
    if (*out != NULL)
        return GP_OK;
    gp_why_set(why, "%.70s: %s", path, text);
    return result;
}

static int open_card(void *ctx, struct gp_transport **out, struct gp_why *why)
{
    const struct options *o = ctx;
    int result = GP_OK;

    if (o->card != NULL)
        result = open_image(o->card, out, why);
    else if (o->connect != NULL)
        result = open_connect(o->connect, out, why);
    else
        result = gp_open_pcsc(o->reader, out, why);
    /* "No answer at that address" is said of servers otherwise. */
    return result == GP_ERR_CONNECT ? GP_ERR_NO_CARD : result;
}

static void tell(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s\n", text);
}

static int exit_of(int result, const struct gp_why *why)
{
    switch (result) {
    case GP_OK:
        return EXIT_DONE;
    case GP_ERR_NO_READER:
    case GP_ERR_NO_CARD:
    case GP_ERR_IN_USE:
    case GP_ERR_IO:
        cli_error("%s", why->text[0] != '\0' ? why->text : gp_strerr(result));
        return EXIT_NO_CARD;
    default:
        return cli_client_fail(result, why);
    }
}

static int run(struct options *o)
{
    struct gp_why why = {{0}};
    struct term_http *http = NULL;

    int result = term_client_open(o->server, o->token_file, &http, &why);
    if (result == GP_OK) {
        const struct term_options options = {
            .http = http,
            .open = open_card,
            .tell = tell,
            .ctx = o,
            .once = o->once,
            .patience = o->patience,
        };
        result = term_agent_run(&options, &why);
    }
    term_http_close(&http);
    return exit_of(result, &why);
}

static bool take_patience(const char *text, unsigned *out)
{
    char *end = NULL;
    unsigned long v = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || text[0] == '-' || v > PATIENCE_MAX) {
        cli_error("--patience takes seconds, 0 to 86400, not '%s'", text);
        return false;
    }
    *out = (unsigned)v;
    return true;
}

static const struct option long_options[] = {
    {"server", required_argument, NULL, 's'},
    {"token-file", required_argument, NULL, 't'},
    {"card", required_argument, NULL, 'c'},
    {"connect", required_argument, NULL, 'n'},
    {"reader", required_argument, NULL, 'r'},
    {"patience", required_argument, NULL, 'p'},
    {"once", no_argument, NULL, 'o'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

/* False after a bad option. */
static bool take(struct options *o, int c)
{
    switch (c) {
    case 's':
        o->server = optarg;
        return true;
    case 't':
        o->token_file = optarg;
        return true;
    case 'c':
        o->card = optarg;
        return true;
    case 'n':
        o->connect = optarg;
        return true;
    case 'r':
        o->reader = optarg;
        return true;
    case 'o':
        o->once = true;
        return true;
    case 'p':
        return take_patience(optarg, &o->patience);
    default:
        return false;
    }
}

int verb_terminal(int argc, char **argv)
{
    struct options o = {.patience = PATIENCE};
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (!take(&o, c))
            return cli_usage("terminal");
    }
    if (argc != optind) {
        cli_error("'%s' is one argument too many", argv[optind]);
        return cli_usage("terminal");
    }
    if ((o.card != NULL) + (o.connect != NULL) + (o.reader != NULL) > 1) {
        cli_error("--card, --connect and --reader exclude each other");
        return cli_usage("terminal");
    }
    return run(&o);
}
