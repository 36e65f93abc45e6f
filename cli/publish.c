#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/capfile.h>

#include "cli/cli.h"
#include "cli/client.h"

static const char help[] =
    "Usage: postcard publish FILE.cap --server URL --token-file FILE\n"
    "Publishes a version of an application in the server's catalogue.\n\n"
    "  --name NAME       of the application (default: the package's, else\n"
    "                    the file's)\n"
    "  --version V       of it (default: the package's "
    "version)\n" CLI_CLIENT_HELP "\nExample:\n"
    "  postcard publish wallet.cap --version 1.0 \\\n"
    "      --server http://127.0.0.1:8080 --token-file server/admin.token\n";

struct order {
    struct cli_client client;
    const char *path;
    const char *name;
    const char *version;
};

static int read_file(const char *path, uint8_t **bytes, size_t *n)
{
    FILE *f = fopen(path, "rbe");

    *bytes = malloc(GP_CAP_FILE_MAX + 1);
    if (f == NULL || *bytes == NULL) {
        cli_error("%s: it cannot be read", path);
        if (f != NULL)
            fclose(f);
        return EXIT_REFUSED;
    }
    *n = fread(*bytes, 1, GP_CAP_FILE_MAX + 1, f);
    int failed = ferror(f);
    fclose(f);
    if (failed == 0 && *n <= GP_CAP_FILE_MAX)
        return EXIT_DONE;
    cli_error("%s: %s", path,
              failed != 0 ? "it cannot be read" : "it is too large");
    return EXIT_REFUSED;
}

/* "org/postcard/wallet" and "apps/wallet.cap" are both called wallet. */
static void name_of(const struct gp_capfile *cap, const char *path, char *out,
                    size_t size)
{
    const char *from = cap->name[0] != '\0' ? cap->name : path;
    const char *slash = strrchr(from, '/');
    const char *name = slash == NULL ? from : slash + 1;
    size_t n = strlen(name);

    if (from == path && n > 4 && strcmp(name + n - 4, ".cap") == 0)
        n -= 4;
    snprintf(out, size, "%.*s", (int)n, name);
}

static char *path_of(const struct order *o, const struct gp_capfile *cap)
{
    char name[sizeof cap->name];
    char version[16];
    char *path = NULL;

    name_of(cap, o->path, name, sizeof name);
    snprintf(version, sizeof version, "%u.%u", cap->package.major,
             cap->package.minor);
    char *n = term_client_escape(o->name != NULL ? o->name : name);
    char *v = term_client_escape(o->version != NULL ? o->version : version);
    if (n == NULL || v == NULL ||
        asprintf(&path, "/api/v1/applications?name=%s&version=%s", n, v) < 0)
        path = NULL;
    free(n);
    free(v);
    return path;
}

static int send_cap(struct order *o, struct span bytes,
                    const struct gp_capfile *cap)
{
    struct gp_why why = {{0}};
    json_t *answer = NULL;
    char *path = path_of(o, cap);
    int status = cli_client_open(&o->client);

    if (status == EXIT_DONE && path == NULL)
        status = cli_client_fail(GP_ERR_MEMORY, &why);
    if (status == EXIT_DONE) {
        int result =
            term_client_bytes(o->client.http, path, bytes, &answer, &why);
        if (result != GP_OK)
            status = cli_client_fail(result, &why);
    }
    if (status == EXIT_DONE && o->client.json)
        cli_client_print(answer);
    else if (status == EXIT_DONE)
        printf("%s is published\n", o->path);
    json_decref(answer);
    term_http_close(&o->client.http);
    free(path);
    return status;
}

static int publish(struct order *o)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    struct gp_capfile *cap = NULL;
    struct gp_why why = {{0}};

    int status = read_file(o->path, &bytes, &n);
    if (status == EXIT_DONE &&
        gp_capfile_read(span_of(bytes, n), &cap, &why) != GP_OK) {
        cli_error("%s: %s", o->path, why.text);
        status = EXIT_REFUSED;
    }
    if (status == EXIT_DONE)
        status = send_cap(o, span_of(bytes, n), cap);
    gp_capfile_free(&cap);
    free(bytes);
    return status;
}

int verb_publish(int argc, char **argv)
{
    struct order o = {.name = NULL};
    const struct option options[] = {
        {"server", required_argument, NULL, 's'},
        {"token-file", required_argument, NULL, 't'},
        {"name", required_argument, NULL, 'n'},
        {"version", required_argument, NULL, 'v'},
        {"json", no_argument, &o.client.json, 1},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == 's')
            o.client.server = optarg;
        else if (c == 't')
            o.client.token_file = optarg;
        else if (c == 'n')
            o.name = optarg;
        else if (c == 'v')
            o.version = optarg;
        else if (c != 0)
            return cli_usage("publish");
    }
    if (argc - optind != 1) {
        cli_error("name one CAP file");
        return cli_usage("publish");
    }
    o.path = argv[optind];
    return publish(&o);
}
