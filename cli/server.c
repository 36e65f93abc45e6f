/* server: the application server, in the foreground. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/target.h"
#include "cli/verbs.h"
#include "server/server.h"

static const char help[] =
    "Usage: postcard server --dir DIR [OPTION]...\n"
    "Runs the application server: catalogue, cards, deployments, audit, and a "
    "console\nin the browser.  Prints the address when it is ready; ends on "
    "SIGTERM or Ctrl-C.\n\n"
    "  --dir DIR               its folder; made if it is not there\n"
    "  --listen HOST:PORT      default 127.0.0.1:8080; port 0: any free one\n"
    "  --port-file FILE        writes the port there when it is ready\n"
    "  --import-keys NAME=FILE adds the master keys of a key file "
    "(issuer=...)\n"
    "  --passphrase-file FILE  its first line opens DIR/keys; default: the\n"
    "                          variable POSTCARD_PASSPHRASE, else "
    "DIR/passphrase,\n"
    "                          made at random\n\n"
    "DIR/admin.token opens the REST interface and the console, "
    "DIR/terminal.token is for\nterminals.  TLS is a proxy's: beyond the "
    "loopback put one in front.\n\n"
    "Example:\n"
    "  postcard server --dir /var/lib/postcard --import-keys "
    "issuer=issuer.keys\n";

enum { IMPORTS_MAX = 16 };

struct options {
    struct srv_config config;
    const char *port_file;
    struct srv_import imports[IMPORTS_MAX];
};

static int take_import(struct options *o, char *argument)
{
    char *equals = strchr(argument, '=');

    if (equals == NULL || equals == argument || equals[1] == '\0' ||
        o->config.import_count == IMPORTS_MAX) {
        cli_error("--import-keys takes NAME=FILE, at most %d times",
                  IMPORTS_MAX);
        return EXIT_USAGE;
    }
    *equals = '\0';
    o->imports[o->config.import_count++] =
        (struct srv_import){argument, equals + 1};
    return EXIT_DONE;
}

static int write_port(const char *path, unsigned port)
{
    char other[4096];
    int n = snprintf(other, sizeof other, "%s.new", path);
    FILE *f = n < (int)sizeof other ? fopen(other, "we") : NULL;

    if (f == NULL) {
        cli_error("%s: cannot be written", path);
        return EXIT_NO_CARD;
    }
    fprintf(f, "%u\n", port);
    if (fclose(f) == 0 && rename(other, path) == 0)
        return EXIT_DONE;
    cli_error("%s: cannot be written", path);
    return EXIT_NO_CARD;
}

/* A descriptor that can be read when the program is told to end. */
static int stop_descriptor(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static int run(const struct options *o)
{
    struct srv_server *server = NULL;
    struct gp_why why = {{0}};
    int stop = stop_descriptor();
    int status = EXIT_DONE;

    int result = srv_server_open(&o->config, &server, &why);
    if (result != GP_OK) {
        cli_error("%s", why.text[0] != '\0' ? why.text : gp_strerr(result));
        close(stop);
        return result == GP_ERR_ARGUMENT ? EXIT_USAGE : EXIT_NO_CARD;
    }
    if (o->port_file != NULL)
        status = write_port(o->port_file, srv_server_port(server));
    if (status == EXIT_DONE) {
        printf("listening on %s\n", srv_server_address(server));
        fflush(stdout);
        if (srv_server_run(server, stop) != GP_OK) {
            cli_error("the server's socket failed");
            status = EXIT_NO_CARD;
        }
    }
    srv_server_close(&server);
    close(stop);
    return status;
}

static const struct option long_options[] = {
    {"dir", required_argument, NULL, 'd'},
    {"listen", required_argument, NULL, 'l'},
    {"port-file", required_argument, NULL, 'p'},
    {"import-keys", required_argument, NULL, 'i'},
    {"passphrase-file", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

static int take(struct options *o, int code)
{
    switch (code) {
    case 'd':
        o->config.dir = optarg;
        return EXIT_DONE;
    case 'l':
        o->config.listen = optarg;
        return EXIT_DONE;
    case 'p':
        o->port_file = optarg;
        return EXIT_DONE;
    case 's':
        o->config.passphrase_file = optarg;
        return EXIT_DONE;
    case 'i':
        return take_import(o, optarg);
    default:
        return cli_usage("server");
    }
}

int verb_server(int argc, char **argv)
{
    struct options o = {.config = {.listen = "127.0.0.1:8080"}};
    int code;

    optind = 0;
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (code == 'h')
            return cli_help(help);
        int status = take(&o, code);
        if (status != EXIT_DONE)
            return status;
    }
    if (o.config.dir == NULL || optind != argc) {
        cli_error(o.config.dir == NULL ? "give --dir DIR"
                                       : "there is an argument too many");
        return cli_usage("server");
    }
    o.config.imports = o.imports;
    return run(&o);
}
