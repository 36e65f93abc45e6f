#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "cli/cli.h"
#include "securechannel/scp11.h"

enum { OWN_MAX = 24 };

enum code {
    HELP = 1000,
    CARD,
    CONNECT,
    READER,
    KEYS,
    SEED,
    VIA,
    KVN,
    LEVEL,
    SCP,
    DIV,
    TRACE,
    JSON,
};

static const struct option shared[] = {
    {"help", no_argument, NULL, HELP},
    {"card", required_argument, NULL, CARD},
    {"connect", required_argument, NULL, CONNECT},
    {"reader", required_argument, NULL, READER},
    {"keys", required_argument, NULL, KEYS},
    {"seed", required_argument, NULL, SEED},
    {"via", required_argument, NULL, VIA},
    {"kvn", required_argument, NULL, KVN},
    {"level", required_argument, NULL, LEVEL},
    {"scp", required_argument, NULL, SCP},
    {"div", required_argument, NULL, DIV},
    {"trace", no_argument, NULL, TRACE},
    {"json", no_argument, NULL, JSON},
};

enum { SHARED = sizeof shared / sizeof shared[0] };

const char cli_target_help[] =
    "\nWhich card:\n"
    "  --card FILE          an image file, opened here\n"
    "  --connect HOST:PORT  a card that listens (postcard card run --listen)\n"
    "  --reader NAME        a PC/SC reader; default: the only one with a card\n"
    "Which keys:\n"
    "  --keys SOURCE        a key file, env:NAME or - (standard input);\n"
    "                       default: the well-known test key 40..4F\n"
    "  --kvn HEX            key version; default: that of the key file, or the "
    "card's first\n"
    "  --div METHOD         diversification: none, emv, visa2, kdf3\n"
    "  --via AID            security domain to open the channel with; default: "
    "the issuer's\n"
    "  --scp 01|02|03       refuse any other protocol\n"
    "  --scp 11a|11b|11c    open SCP11 of this variant, with a --keys file of "
    "its own\n"
    "                       kind (see postcard-key)\n"
    "  --level HEX          01 MAC, 03 and encryption, 11, 13, 33 for "
    "responses "
    "as well;\n"
    "                       default: the strongest\n"
    "Others:\n"
    "  --trace              show every exchange on standard error\n"
    "  --json               print data as JSON\n"
    "  --seed TEXT          repeatable random numbers, for tests\n"
    "  --help               this\n";

int cli_byte(const char *option, const char *text, uint8_t *out)
{
    char *end = NULL;
    unsigned long v = strtoul(text, &end, 16);
    if (end == text || *end != '\0' || v > 0xFF || text[0] == '-') {
        cli_error("%s takes one hexadecimal byte, not '%s'", option, text);
        return EXIT_USAGE;
    }
    *out = (uint8_t)v;
    return EXIT_DONE;
}

int cli_aid(const char *option, const char *text, struct gp_aid *out)
{
    if (gp_aid_parse(out, text) == GP_OK)
        return EXIT_DONE;
    cli_error("%s takes an AID of 5 to 16 bytes in hexadecimal, not '%s'",
              option, text);
    return EXIT_USAGE;
}

int cli_hex(const char *option, const char *text, struct buf *out)
{
    size_t where = 0;
    enum err e = hex_decode(text, strlen(text), out, &where);
    if (e == ERR_OK)
        return EXIT_DONE;
    if (e == ERR_FULL)
        cli_error("%s: more than %zu bytes", option, out->cap);
    else
        cli_error("%s: not hexadecimal at character %zu", option, where + 1);
    return EXIT_USAGE;
}

static int take_protocol(struct cli_target *t, const char *text)
{
    static const struct {
        const char *name;
        uint8_t protocol;
        uint8_t variant;
    } names[] = {{"01", SCP_01, 0},   {"02", SCP_02, 0},   {"03", SCP_03, 0},
                 {"11a", 0, SCP11_A}, {"11b", 0, SCP11_B}, {"11c", 0, SCP11_C},
                 {"1", SCP_01, 0},    {"2", SCP_02, 0},    {"3", SCP_03, 0}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(text, names[i].name) == 0) {
            t->protocol = names[i].protocol;
            t->variant = names[i].variant;
            return EXIT_DONE;
        }
    }
    cli_error("--scp takes 01, 02, 03, 11a, 11b or 11c");
    return EXIT_USAGE;
}

static int take_diversification(struct cli_target *t, const char *text)
{
    t->diversify = true;
    if (gp_diversification_parse(text, &t->diversification) == GP_OK)
        return EXIT_DONE;
    cli_error("--div takes none, emv, visa2 or kdf3");
    return EXIT_USAGE;
}

static int take_shared(struct cli_target *t, int code, const char *argument)
{
    switch (code) {
    case CARD:
        t->card = argument;
        return EXIT_DONE;
    case CONNECT:
        t->connect = argument;
        return EXIT_DONE;
    case READER:
        t->reader = argument;
        return EXIT_DONE;
    case KEYS:
        t->keys = argument;
        return EXIT_DONE;
    case SEED:
        t->seed = argument;
        return EXIT_DONE;
    case VIA:
        return cli_aid("--via", argument, &t->via);
    case KVN:
        return cli_byte("--kvn", argument, &t->kvn);
    case LEVEL:
        return cli_byte("--level", argument, &t->level);
    case SCP:
        return take_protocol(t, argument);
    case DIV:
        return take_diversification(t, argument);
    case TRACE:
        t->trace = true;
        return EXIT_DONE;
    default:
        t->json = true;
        return EXIT_DONE;
    }
}

/* The shared options and the verb's own in one table. */
static void merge(struct option all[SHARED + OWN_MAX + 1],
                  const struct option *own)
{
    size_t n = 0;
    memcpy(all, shared, sizeof shared);
    for (; own != NULL && own[n].name != NULL && n < OWN_MAX; n++)
        all[SHARED + n] = own[n];
    all[SHARED + n] = (struct option){0};
}

int cli_parse(int argc, char **argv, struct cli_target *t, const char *help,
              const struct option *own, cli_option *take, void *ctx)
{
    struct option all[SHARED + OWN_MAX + 1];
    merge(all, own);
    t->level = GP_LEVEL_BEST;
    optind = 0; /* start anew, permuting */

    for (;;) {
        int code = getopt_long(argc, argv, "", all, NULL);
        int status = EXIT_DONE;
        if (code == -1)
            return -1;
        if (code == '?')
            return cli_usage(argv[0]);
        if (code == HELP) {
            cli_help(help);
            return cli_help(cli_target_help);
        }
        status = code > HELP ? take_shared(t, code, optarg)
                             : take(ctx, code, optarg);
        if (status != EXIT_DONE)
            return status;
    }
}
