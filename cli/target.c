#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/hex.h"
#include "cli/cli.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/posix_transport.h"

enum { HOST_MAX = 256 };

static void print_bytes(const char *mark, struct span bytes)
{
    fputs(mark, stderr);
    for (size_t i = 0; i < bytes.n; i++)
        fprintf(stderr, "%02X", bytes.p[i]);
    fputc('\n', stderr);
}

static void trace_command(void *ctx, struct span bytes)
{
    (void)ctx;
    print_bytes("> ", bytes);
}

static void trace_response(void *ctx, struct span bytes)
{
    (void)ctx;
    print_bytes("< ", bytes);
}

/* "HOST:PORT", the host perhaps in brackets. */
static int open_connect(const char *where, struct gp_transport **out,
                        struct gp_why *why)
{
    char host[HOST_MAX];
    const char *colon = strrchr(where, ':');
    size_t n = colon == NULL ? 0 : (size_t)(colon - where);
    if (n == 0 || n >= sizeof host || colon[1] == '\0') {
        gp_why_set(why, "--connect takes HOST:PORT, not '%s'", where);
        return GP_ERR_ARGUMENT;
    }
    memcpy(host, where, n);
    host[n] = '\0';
    if (host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        return gp_open_tcp(host + 1, colon + 1, out, why);
    }
    return gp_open_tcp(host, colon + 1, out, why);
}

static int open_image(const struct cli_target *t, struct gp_transport **out,
                      struct gp_why *why)
{
    char text[sizeof why->text] = "";
    int result = GP_OK;
    *out = port_posix_open_card(t->card, true, t->seed, &result, text,
                                sizeof text);
    if (*out != NULL)
        return GP_OK;
    gp_why_set(why, "%s: %.200s", t->card, text);
    return result;
}

static int open_any(const struct cli_target *t, struct gp_transport **out,
                    struct gp_why *why)
{
    int ways = (t->card != NULL) + (t->connect != NULL) + (t->reader != NULL);
    if (ways > 1) {
        gp_why_set(why, "--card, --connect and --reader exclude each other");
        return GP_ERR_ARGUMENT;
    }
    if (t->card != NULL)
        return open_image(t, out, why);
    if (t->connect != NULL)
        return open_connect(t->connect, out, why);
    return gp_open_pcsc(t->reader, out, why);
}

int cli_open(struct cli_target *t)
{
    struct gp_why why = {{0}};
    if (t->transport != NULL)
        return EXIT_DONE;
    if (port_openssl_crypto_init(&t->crypto, &t->openssl, t->seed) != 0)
        return cli_fail(GP_ERR_CRYPTO, NULL);
    int result = open_any(t, &t->transport, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    if (t->trace)
        t->transport->trace =
            (struct gp_trace){trace_command, trace_response, NULL};
    return EXIT_DONE;
}

/* A core file would hold the keys. */
static void no_core(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* lowering is always allowed */
}

static int load_keys(struct cli_target *t, struct secret_gp_keys *keys,
                     struct gp_why *why)
{
    int result = GP_OK;
    no_core();
    if (t->keys == NULL)
        gp_keys_test(keys);
    else
        result = gp_keys_load(t->keys, keys, why);
    if (result == GP_OK && t->diversify)
        keys->diversification = t->diversification;
    if (result == GP_OK && gp_keys_is_test(keys) && !t->warned) {
        cli_warn("the well-known test key 40..4F is used: everybody has it");
        t->warned = true;
    }
    return result;
}

int cli_open_session(struct cli_target *t)
{
    struct gp_why why = {{0}};
    struct secret_gp_keys keys;
    int result = load_keys(t, &keys, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);

    int status = cli_open(t);
    if (status == EXIT_DONE) {
        const struct gp_session_options options = {
            .domain = t->via,
            .keys = &keys,
            .kvn = t->kvn,
            .level = t->level,
            .protocol = t->protocol,
        };
        result = gp_session_open(&t->session, t->transport, &t->crypto,
                                 &options, &why);
        if (result != GP_OK)
            status = cli_fail(result, &why);
    }
    wipe(&keys, sizeof keys);
    return status;
}

void cli_close(struct cli_target *t)
{
    gp_session_close(&t->session);
    gp_transport_free(&t->transport);
    if (t->openssl != NULL)
        port_openssl_free(&t->openssl);
}

static bool bar_step(void *ctx, const char *what, size_t done, size_t all)
{
    enum { WIDTH = 40 };
    (void)ctx;
    if (!isatty(STDERR_FILENO))
        return true;
    size_t n = all == 0 ? WIDTH : done * WIDTH / all;
    fprintf(stderr, "\r%-10s [%.*s%*s] %zu/%zu", what, (int)n,
            "########################################", (int)(WIDTH - n), "",
            done, all);
    if (done >= all)
        fputs("\r\033[K", stderr);
    return true;
}

const struct gp_progress cli_progress = {bar_step, NULL};
