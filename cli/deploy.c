#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/client.h"

static const char help[] =
    "Usage: postcard deploy order --card CIN --kind KIND [OPTION]...\n"
    "       postcard deploy status [ID]\n"
    "       postcard deploy wait ID [--timeout SECONDS]\n"
    "Orders that a card gets something, and follows it.\n\n"
    "  --card CIN         which card\n"
    "  --kind KIND        install (default), domain, rotate, delete, lock,\n"
    "                     unlock\n"
    "  --app NAME[@V]     application of the catalogue, the latest version\n"
    "                     or V (install)\n"
    "  --instance AID     the instance's AID; default: the applet's\n"
    "  --aid AID          what to delete, lock or unlock\n"
    "  --related          delete also what came from it\n"
    "  --domain AID       security domain; default: the issuer's\n"
    "  --params HEX       the application's install parameters\n"
    "  --privileges HEX   1 or 3 bytes\n"
    "  --personalize HEX  one STORE DATA, a DGI; may be repeated\n"
    "  --keys NAME        the domain's new keys (domain, rotate)\n"
    "  --kvn HEX          and their version\n"
    "  --timeout SECONDS  of wait (default 300)\n" CLI_CLIENT_HELP
    "\nExit status of wait: 0 done, 1 failed, 3 not yet or no server.\n"
    "\nExample:\n"
    "  postcard deploy order --card 0102030405060708 --app wallet@1.0 \\\n"
    "      --server http://127.0.0.1:8080 --token-file server/admin.token\n";

enum { POLL_MS = 200, TIMEOUT = 300, TIMEOUT_MAX = 86400 };

struct order {
    struct cli_client client;
    json_t *body;        /* of the order */
    json_t *personalize; /* in it, once there is one */
    unsigned timeout;
};

static void print_steps(const json_t *deployment)
{
    size_t i = 0;
    json_t *step = NULL;

    json_array_foreach(json_object_get(deployment, "steps"), i, step)
    {
        const char *sw = cli_client_text(step, "sw");
        printf("    %-12s %s", cli_client_text(step, "name"),
               cli_client_text(step, "state"));
        printf(strcmp(sw, "-") == 0 ? "\n" : " (%s)\n", sw);
    }
}

static void print_deployment(const json_t *d)
{
    const json_t *order = json_object_get(d, "order");
    const char *kind = cli_client_text(order != NULL ? order : d, "kind");
    const char *message = cli_client_text(d, "message");

    printf("%lld  %s  %s  card %s\n",
           (long long)json_integer_value(json_object_get(d, "id")), kind,
           cli_client_text(d, "state"), cli_client_text(d, "card"));
    print_steps(d);
    if (strcmp(message, "-") != 0)
        printf("    %s\n", message);
}

/* The deployment in an answer: itself, or its member. */
static const json_t *one_of(const json_t *answer)
{
    const json_t *inner = json_object_get(answer, "deployment");

    return json_is_object(inner) ? inner : answer;
}

static int show(const struct order *o, const json_t *answer)
{
    size_t i = 0;
    json_t *d = NULL;
    const json_t *list = term_client_list(answer, "deployments");

    if (o->client.json)
        return cli_client_print(answer);
    if (list == NULL)
        print_deployment(one_of(answer));
    json_array_foreach(list, i, d) print_deployment(d);
    return EXIT_DONE;
}

static int get(struct order *o, const char *id, json_t **answer)
{
    char path[64] = "/api/v1/deployments";

    if (id != NULL && (id[0] == '\0' || strlen(id) > 18 ||
                       id[strspn(id, "0123456789")] != '\0')) {
        cli_error("a deployment's number is expected, not '%s'", id);
        return EXIT_USAGE;
    }
    if (id != NULL)
        snprintf(path, sizeof path, "/api/v1/deployments/%s", id);
    return cli_client_ask(&o->client, "GET", path, NULL, answer);
}

static int status_of(struct order *o, const char *id)
{
    json_t *answer = NULL;
    int status = get(o, id, &answer);

    if (status == EXIT_DONE)
        show(o, answer);
    json_decref(answer);
    return status;
}

static int order(struct order *o)
{
    json_t *answer = NULL;

    if (json_object_get(o->body, "kind") == NULL)
        json_object_set_new(o->body, "kind", json_string("install"));
    int status = cli_client_ask(&o->client, "POST", "/api/v1/deployments",
                                o->body, &answer);
    if (status == EXIT_DONE && o->client.json)
        cli_client_print(answer);
    else if (status == EXIT_DONE)
        printf("%lld\n", (long long)json_integer_value(
                             json_object_get(one_of(answer), "id")));
    json_decref(answer);
    return status;
}

/* -1 while it is neither done nor failed. */
static int end_of(const json_t *answer)
{
    const char *state = cli_client_text(one_of(answer), "state");

    if (strcmp(state, "done") == 0)
        return EXIT_DONE;
    return strcmp(state, "failed") == 0 ? EXIT_CARD_SAID : -1;
}

static int wait_for(struct order *o, const char *id)
{
    const struct timespec pause = {0, POLL_MS * 1000000L};
    unsigned left = o->timeout * (1000 / POLL_MS);

    for (;;) {
        json_t *answer = NULL;
        int status = get(o, id, &answer);
        int end = status == EXIT_DONE ? end_of(answer) : status;
        if (status == EXIT_DONE && end < 0 && left == 0) {
            cli_error("deployment %s is not done after %u seconds", id,
                      o->timeout);
            end = EXIT_NO_CARD;
        }
        if (status == EXIT_DONE && end >= 0)
            show(o, answer);
        json_decref(answer);
        if (end >= 0)
            return end;
        left--;
        nanosleep(&pause, NULL);
    }
}

static int run(struct order *o, int argc, char **argv)
{
    const char *what = argc > 0 ? argv[0] : "";
    bool waits = strcmp(what, "wait") == 0;
    bool shows = strcmp(what, "status") == 0;

    if (!waits && !shows && strcmp(what, "order") != 0) {
        cli_error("say what: order, status or wait");
        return cli_usage("deploy");
    }
    if (argc > (waits || shows ? 2 : 1) || (waits && argc < 2)) {
        cli_error(waits && argc < 2 ? "name the deployment: wait ID"
                                    : "one argument too many");
        return cli_usage("deploy");
    }
    int status = cli_client_open(&o->client);
    if (status != EXIT_DONE)
        return status;
    if (waits)
        status = wait_for(o, argv[1]);
    else
        status = shows ? status_of(o, argc > 1 ? argv[1] : NULL) : order(o);
    term_http_close(&o->client.http);
    return status;
}

/* ---- options ---- */

static int put(struct order *o, const char *name, const char *text)
{
    json_t *value = json_string(text);

    if (value != NULL && json_object_set_new(o->body, name, value) == 0)
        return EXIT_DONE;
    cli_error("'%s' is no text in UTF-8", text);
    return EXIT_USAGE;
}

static int put_application(struct order *o, const char *text)
{
    const char *at = strchr(text, '@');

    if (at == NULL)
        return put(o, "application", text);
    if (at == text || at[1] == '\0') {
        cli_error("--app takes NAME or NAME@VERSION, not '%s'", text);
        return EXIT_USAGE;
    }
    json_object_set_new(o->body, "application",
                        json_stringn(text, (size_t)(at - text)));
    return put(o, "version", at + 1);
}

static int put_item(struct order *o, const char *text)
{
    if (o->personalize == NULL) {
        o->personalize = json_array();
        json_object_set_new(o->body, "personalize", o->personalize);
    }
    if (json_array_append_new(o->personalize, json_string(text)) == 0)
        return EXIT_DONE;
    cli_error("--personalize takes hexadecimal text");
    return EXIT_USAGE;
}

static int put_timeout(struct order *o, const char *text)
{
    char *end = NULL;
    unsigned long v = strtoul(text, &end, 10);

    if (end == text || *end != '\0' || text[0] == '-' || v > TIMEOUT_MAX) {
        cli_error("--timeout takes seconds, 0 to 86400, not '%s'", text);
        return EXIT_USAGE;
    }
    o->timeout = (unsigned)v;
    return EXIT_DONE;
}

enum code {
    HELP = 1,
    SERVER,
    TOKEN,
    APP,
    PERSONALIZE,
    RELATED,
    TIMEOUT_OPTION,
    MEMBER, /* those from here go into the order as they are */
};

/* The member of the order that an option names; in the order of the codes. */
static const char *const members[] = {"card", "kind",       "instance",
                                      "aid",  "domain",     "params",
                                      "keys", "privileges", "kvn"};

static int take(struct order *o, int code)
{
    switch (code) {
    case 0:
        return EXIT_DONE;
    case SERVER:
        o->client.server = optarg;
        return EXIT_DONE;
    case TOKEN:
        o->client.token_file = optarg;
        return EXIT_DONE;
    case APP:
        return put_application(o, optarg);
    case PERSONALIZE:
        return put_item(o, optarg);
    case RELATED:
        json_object_set_new(o->body, "related", json_true());
        return EXIT_DONE;
    case TIMEOUT_OPTION:
        return put_timeout(o, optarg);
    default:
        return code >= MEMBER && code != '?'
                   ? put(o, members[code - MEMBER], optarg)
                   : cli_usage("deploy");
    }
}

static int parse(struct order *o, int argc, char **argv)
{
    const struct option options[] = {
        {"help", no_argument, NULL, HELP},
        {"server", required_argument, NULL, SERVER},
        {"token-file", required_argument, NULL, TOKEN},
        {"app", required_argument, NULL, APP},
        {"personalize", required_argument, NULL, PERSONALIZE},
        {"related", no_argument, NULL, RELATED},
        {"timeout", required_argument, NULL, TIMEOUT_OPTION},
        {"json", no_argument, &o->client.json, 1},
        {"card", required_argument, NULL, MEMBER},
        {"kind", required_argument, NULL, MEMBER + 1},
        {"instance", required_argument, NULL, MEMBER + 2},
        {"aid", required_argument, NULL, MEMBER + 3},
        {"domain", required_argument, NULL, MEMBER + 4},
        {"params", required_argument, NULL, MEMBER + 5},
        {"keys", required_argument, NULL, MEMBER + 6},
        {"privileges", required_argument, NULL, MEMBER + 7},
        {"kvn", required_argument, NULL, MEMBER + 8},
        {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == HELP) {
            cli_help(help);
            return EXIT_DONE;
        }
        int status = take(o, c);
        if (status != EXIT_DONE)
            return status;
    }
    return -1;
}

int verb_deploy(int argc, char **argv)
{
    struct order o = {.timeout = TIMEOUT, .body = json_object()};

    int status = parse(&o, argc, argv);
    if (status < 0)
        status = run(&o, argc - optind, argv + optind);
    json_decref(o.body);
    return status;
}
