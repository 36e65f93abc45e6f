#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/hex.h"
#include "cli/card_file.h"
#include "ports/posix/posix_card.h"
#include "ports/vpcd/vpcd.h"

static const char help[] =
    "Usage: postcard card run FILE... [OPTION]...\n"
    "Puts cards into a reader until interrupted.\n\n"
    "  --reader vpcd[:HOST:PORT]  vsmartcard's virtual reader (default\n"
    "                             127.0.0.1:35963); the second FILE goes to\n"
    "                             PORT+1, and so on\n"
    "  --listen HOST:PORT         wait for a terminal on TCP instead (one\n"
    "                             FILE; port 0 takes a free one and prints "
    "it)\n"
    "  --protocol NAME            t1 (default), t0, type-a or type-b: what "
    "the\n"
    "                             reader and the applets see\n"
    "  --log FILE                 append each exchange and each reason\n"
    "  --durable                  a machine's power may fail: wait for the "
    "disk\n"
    "  --seed TEXT                repeatable random numbers, for tests only\n"
    "\nExample:\n"
    "  postcard card run my.card --reader vpcd &\n"
    "  opensc-tool -a\n";

enum { CARDS_MAX = 16, RETRY_MS = 100 };

/* One card in one reader slot. */
struct slot {
    struct posix_card *card;
    FILE *log;
    uint16_t port;
    struct vpcd_link link; /* fd -1: not connected */
};

struct run {
    struct slot *slots;
    int count;
    char host[256];
    uint16_t port;
    int listener; /* -1: we connect to a reader */
    const char *log_path;
    struct posix_card_options options;
};

static void log_line(FILE *log, char mark, const uint8_t *p, size_t n)
{
    static char text[2 * VPCD_MESSAGE_MAX + 1];
    if (log == NULL)
        return;
    hex_encode(span_of(p, n), text);
    fprintf(log, "%c %s\n", mark, text);
    fflush(log);
}

/* The card's events, as it tells them [GPCS 9.6.8]. */
static void log_reason(void *ctx, const char *text)
{
    const struct slot *s = ctx;
    if (s->log == NULL)
        return;
    fprintf(s->log, "# %s\n", text);
    fflush(s->log);
}

static void power(void *ctx, enum vpcd_control what)
{
    struct slot *s = ctx;
    struct card *card = posix_card_card(s->card);

    if (what != VPCD_ON)
        card_power_off(card);
    if (what == VPCD_OFF)
        return;
    enum card_status status = card_power_on(card);
    if (status != CARD_OK)
        cli_error("the card does not start: %s",
                  posix_card_status_text(status));
}

static size_t atr(void *ctx, uint8_t bytes[33])
{
    const struct slot *s = ctx;
    return card_atr(posix_card_card(s->card), bytes);
}

static size_t transmit(void *ctx, const uint8_t *command, size_t n,
                       uint8_t *response, size_t cap)
{
    struct slot *s = ctx;

    log_line(s->log, '>', command, n);
    size_t got =
        card_transmit(posix_card_card(s->card), command, n, response, cap);
    log_line(s->log, '<', response, got);
    return got;
}

static void disconnect(struct slot *s)
{
    if (s->link.fd >= 0)
        close(s->link.fd);
    s->link.fd = -1;
    s->link.filled = 0;
    card_power_off(posix_card_card(s->card));
}

static void serve(struct slot *s)
{
    const struct vpcd_device device = {s, power, atr, transmit};
    if (!vpcd_serve(&s->link, &device))
        disconnect(s);
}

static void connect_all(struct run *r)
{
    for (int i = 0; i < r->count && r->listener < 0; i++) {
        struct slot *s = &r->slots[i];
        if (s->link.fd < 0)
            s->link.fd = vpcd_connect(r->host, s->port);
    }
}

static void accept_one(struct run *r)
{
    int fd = vpcd_accept(r->listener);
    if (fd < 0)
        return;
    if (r->slots[0].link.fd >= 0)
        disconnect(&r->slots[0]); /* a new terminal takes the card over */
    r->slots[0].link.fd = fd;
}

/* Serves until a signal comes; missing readers are tried again. */
static void loop(struct run *r, int signals)
{
    struct pollfd waits[CARDS_MAX + 2];

    for (;;) {
        bool missing = false;
        connect_all(r);
        for (int i = 0; i < r->count; i++) {
            waits[i] = (struct pollfd){r->slots[i].link.fd, POLLIN, 0};
            missing = missing || r->slots[i].link.fd < 0;
        }
        waits[r->count] = (struct pollfd){signals, POLLIN, 0};
        waits[r->count + 1] = (struct pollfd){r->listener, POLLIN, 0};
        int timeout = missing && r->listener < 0 ? RETRY_MS : -1;
        if (poll(waits, (nfds_t)r->count + 2, timeout) < 0 && errno != EINTR)
            return;
        if (waits[r->count].revents != 0)
            return;
        for (int i = 0; i < r->count; i++) {
            if (waits[i].revents != 0)
                serve(&r->slots[i]);
        }
        if (waits[r->count + 1].revents != 0)
            accept_one(r);
    }
}

static int open_slot(struct run *r, struct slot *s, const char *path)
{
    char why[256] = "";
    struct posix_card_options options = r->options;

    s->link.fd = -1;
    if (r->log_path != NULL) {
        s->log = fopen(r->log_path, "a");
        if (s->log == NULL) {
            cli_error("cannot write %s: %s", r->log_path, strerror(errno));
            return EXIT_USAGE;
        }
        options.trace = log_reason;
        options.trace_ctx = s;
    }
    enum posix_card_result result =
        posix_card_open(path, &options, &s->card, why, sizeof why);
    if (result != POSIX_CARD_DONE)
        cli_error("%s: %s", path, why);
    return cli_card_exit(result);
}

static int start(struct run *r)
{
    if (r->listener == -2) {
        r->listener = vpcd_listen(r->host, &r->port);
        if (r->listener < 0) {
            cli_error("cannot listen on %s: %s", r->host, strerror(errno));
            return EXIT_NO_CARD;
        }
        printf("listening on %s:%u\n", r->host, r->port);
        fflush(stdout);
        return EXIT_DONE;
    }
    connect_all(r);
    for (int i = 0; i < r->count; i++) {
        if (r->slots[i].link.fd < 0) {
            cli_error("no virtual reader at %s:%u: is pcscd running, with "
                      "vsmartcard-vpcd installed?",
                      r->host, r->slots[i].port);
            return EXIT_NO_CARD;
        }
    }
    printf("%d card%s in the reader at %s:%u\n", r->count,
           r->count == 1 ? "" : "s", r->host, r->port);
    fflush(stdout);
    return EXIT_DONE;
}

static int run_cards(struct run *r, char **paths)
{
    sigset_t ends;
    int status = EXIT_DONE;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int signals = signalfd(-1, &ends, SFD_CLOEXEC);

    int opened = 0;
    while (status == EXIT_DONE && opened < r->count) {
        struct slot *s = &r->slots[opened];
        s->port = (uint16_t)(r->port + opened);
        status = open_slot(r, s, paths[opened]);
        opened += status == EXIT_DONE;
    }
    if (status == EXIT_DONE)
        status = start(r);
    if (status == EXIT_DONE)
        loop(r, signals);
    for (int i = 0; i < opened; i++) {
        disconnect(&r->slots[i]);
        posix_card_close(&r->slots[i].card);
    }
    close(signals);
    return status;
}

static bool take_reader(struct run *r, const char *text)
{
    if (strncmp(text, "vpcd", 4) != 0)
        return false;
    if (text[4] == '\0')
        return true;
    return text[4] == ':' &&
           cli_host_port(text + 5, r->host, sizeof r->host, &r->port);
}

static bool take_protocol(struct run *r, const char *text)
{
    static const struct {
        const char *name;
        enum card_protocol protocol;
    } names[] = {{"t1", CARD_T1},
                 {"t0", CARD_T0},
                 {"type-a", CARD_TYPE_A},
                 {"type-b", CARD_TYPE_B}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i].name) != 0)
            continue;
        r->options.protocol = names[i].protocol;
        return true;
    }
    cli_error("--protocol takes t1, t0, type-a or type-b, not '%s'", text);
    return false;
}

static int options(struct run *r, int argc, char **argv, bool *stop)
{
    static const struct option long_options[] = {
        {"reader", required_argument, NULL, 'r'},
        {"listen", required_argument, NULL, 'l'},
        {"protocol", required_argument, NULL, 'p'},
        {"log", required_argument, NULL, 'o'},
        {"durable", no_argument, NULL, 'd'},
        {"seed", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int c;

    *stop = true;
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == 'r' && !take_reader(r, optarg)) {
            cli_error("--reader takes vpcd or vpcd:HOST:PORT, not '%s'",
                      optarg);
            return cli_usage("card run");
        }
        if (c == 'l') {
            r->listener = -2;
            if (!cli_host_port(optarg, r->host, sizeof r->host, &r->port)) {
                cli_error("--listen takes HOST:PORT, not '%s'", optarg);
                return cli_usage("card run");
            }
        }
        if (c == 'p' && !take_protocol(r, optarg))
            return cli_usage("card run");
        if (c == 'o')
            r->log_path = optarg;
        if (c == 'd')
            r->options.durable = true;
        if (c == 's')
            r->options.seed = optarg;
        if (c == '?')
            return cli_usage("card run");
    }
    *stop = false;
    return EXIT_DONE;
}

int verb_card_run(int argc, char **argv)
{
    struct run r = {
        .host = "127.0.0.1", .port = VPCD_DEFAULT_PORT, .listener = -1};
    bool stop;

    int status = options(&r, argc, argv, &stop);
    if (stop)
        return status;
    r.count = argc - optind;
    if (r.count < 1 || r.count > CARDS_MAX ||
        (r.listener == -2 && r.count != 1)) {
        cli_error(r.listener == -2 ? "--listen serves one card file"
                                   : "name 1 to 16 card files");
        return cli_usage("card run");
    }
    r.slots = calloc((size_t)r.count, sizeof *r.slots);
    if (r.slots == NULL) {
        cli_error("out of memory");
        return EXIT_NO_CARD;
    }
    status = run_cards(&r, argv + optind);
    free(r.slots);
    return status;
}
