#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gp/scp11keys.h>

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
    const struct cli_target *t = ctx;
    const char *said = port_posix_card_said(t->transport);
    if (said[0] != '\0')
        fprintf(stderr, "# %s\n", said);
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

int cli_need_crypto(struct cli_target *t)
{
    if (t->openssl != NULL ||
        port_openssl_crypto_init(&t->crypto, &t->openssl, t->seed) == 0)
        return EXIT_DONE;
    return cli_fail(GP_ERR_CRYPTO, NULL);
}

int cli_open(struct cli_target *t)
{
    struct gp_why why = {{0}};
    if (t->transport != NULL)
        return EXIT_DONE;
    int status = cli_need_crypto(t);
    if (status != EXIT_DONE)
        return status;
    int result = open_any(t, &t->transport, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    cli_fail_card(t->transport);
    if (t->trace)
        t->transport->trace =
            (struct gp_trace){trace_command, trace_response, t};
    return EXIT_DONE;
}

void cli_no_core(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* lowering is always allowed */
}

static int load_keys(struct cli_target *t, struct secret_gp_keys *keys,
                     struct gp_why *why)
{
    int result = GP_OK;
    cli_no_core();
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

/* ---- SCP11 ---- */

static const char *advice_scp11(int result)
{
    switch (result) {
    case GP_ERR_CARD_AUTH:
        return "give the right card or card-authority, and private with its "
               "certificate, in the --keys file";
    case SW_SECURITY_STATUS:
        return "give other certificates in the --keys file; or the card's "
               "domain is to have another authority ('postcard key put --kid "
               "10') or list ('postcard key store --allow')";
    case SW_WRONG_DATA:
        return "keys, certificates and the card's keys are to be on one curve";
    case SW_DATA_NOT_FOUND:
        return "'postcard info --no-session' shows the keys: 11, 13 and 15 are "
               "for SCP11 a, b and c, 10 is an authority's; kvn and authority "
               "in the --keys file choose";
    case SW_CONDITIONS:
    case GP_ERR_UNSUPPORTED:
        return "use another variant of --scp, or SCP03 with keys of that kind";
    default:
        return NULL;
    }
}

/* What the host asks for [Amd F 6]: MACs, or encryption as well, both ways. */
static int usage_of_level(uint8_t level, uint8_t *usage)
{
    *usage = level == (SCP_C_MAC | SCP_R_MAC) ? SCP11_USAGE_MAC
                                              : SCP11_USAGE_ENCRYPT;
    if (*usage == SCP11_USAGE_MAC || level == GP_LEVEL_BEST ||
        level == (SCP_C_MAC | SCP_C_DECRYPTION | SCP_R_MAC | SCP_R_ENCRYPTION))
        return EXIT_DONE;
    cli_error("--level of SCP11 is 11 or 33");
    return EXIT_USAGE;
}

static int open_scp11_with(struct cli_target *t, uint8_t usage,
                           struct secret_gp_scp11_keys *keys)
{
    struct span certificates[GP_CHAIN_LENGTH_MAX];
    struct gp_scp11_options options = {
        .domain = t->via, .variant = t->variant, .usage = usage};
    struct gp_why why = {{0}};

    int result = gp_scp11_keys_load(&t->crypto, t->keys, keys, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    gp_scp11_keys_apply(keys, certificates, &options);
    if (t->kvn != 0)
        options.kvn = t->kvn;
    result =
        gp_scp11_open(&t->session, t->transport, &t->crypto, &options, &why);
    return result == GP_OK
               ? EXIT_DONE
               : cli_fail_advised(result, &why, advice_scp11(result));
}

static int open_scp11(struct cli_target *t)
{
    struct secret_gp_scp11_keys keys;
    uint8_t usage = 0;

    int status = usage_of_level(t->level, &usage);
    if (status != EXIT_DONE)
        return status;
    if (t->keys == NULL || t->diversify) {
        cli_error(t->keys == NULL
                      ? "--scp 11a, 11b and 11c need a key file: --keys SOURCE"
                      : "keys of SCP11 are not diversified: no --div");
        return EXIT_USAGE;
    }
    cli_no_core();
    status = cli_open(t);
    if (status == EXIT_DONE)
        status = open_scp11_with(t, usage, &keys);
    wipe(&keys, sizeof keys);
    return status;
}

/* ---- sessions ---- */

int cli_open_session(struct cli_target *t)
{
    if (t->variant != 0)
        return open_scp11(t);
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
    cli_fail_card(NULL);
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
