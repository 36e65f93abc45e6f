#include "cli/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/keys.h>
#include <jansson.h>

#include "base/ct.h"
#include "base/hex.h"
#include "cli/card_file.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/posix_card.h"

static const char help[] =
    "Usage: postcard card new FILE [OPTION]...\n"
    "Issues a virtual card: one image file, created with mode 0600.\n\n"
    "  --profile NAME   developer (default): OP_READY, SCP03 and SCP02 keys\n"
    "                   issued: SECURED (load secured), SCP03 keys only\n"
    "  --keys K         its keys: a key file, env:NAME or -; with a\n"
    "                   diversification in it they are the issuer's master\n"
    "                   keys and the card gets keys of its own\n"
    "  --div METHOD     diversification: none, emv, visa2, kdf3\n"
    "  --memory SIZE    persistent memory, as 512K (default) or 1M\n"
    "  --cin HEX        card image number, 8 bytes as a rule (default: "
    "random)\n"
    "  --iin HEX        issuer identification number\n"
    "  --encipher K     key material in the file is enciphered, under a key\n"
    "                   that K holds: a file or env:NAME, with 64 hexadecimal\n"
    "                   digits or a passphrase.  From then on\n"
    "                   POSTCARD_IMAGE_KEY names it for all verbs\n"
    "  --seed TEXT      everything random follows from TEXT; for tests only\n"
    "  --json           print what was issued as JSON\n"
    "\nWithout --keys the card gets the well-known test key 40..4F.\n"
    "\nExample:\n"
    "  postcard card new my.card --profile issued --keys issuer.keys --json\n";

enum { MEMORY_DEFAULT = 512 * 1024, MEMORY_MIN = 64 * 1024 };

struct order {
    const char *path;
    const char *profile;
    const char *keys;
    const char *seed;
    const char *diversification;
    const char *cin;
    const char *iin;
    const char *encipher;
    uint32_t memory;
    bool json;
};

static int take_hex(const char *name, const char *text, uint8_t *out,
                    uint8_t *length)
{
    struct buf b = buf_of(out, 16);
    if (hex_decode(text, strlen(text), &b, NULL) != ERR_OK || b.n == 0) {
        cli_error("--%s takes 1 to 16 bytes in hexadecimal, not '%s'", name,
                  text);
        return EXIT_USAGE;
    }
    *length = (uint8_t)b.n;
    return EXIT_DONE;
}

static void put_keys(struct card_profile *profile, uint8_t kvn, uint8_t type,
                     const struct secret_scp_keys *keys)
{
    struct card_key_set *set = &profile->key_sets[profile->key_set_count++];
    set->version = kvn;
    set->type = type;
    set->length = keys->length;
    memcpy(set->enc, keys->enc, sizeof set->enc);
    memcpy(set->mac, keys->mac, sizeof set->mac);
    memcpy(set->dek, keys->dek, sizeof set->dek);
}

/* The card's own keys, from the master keys when they are diversified. */
static int card_keys(const struct order *o, const struct crypto_port *crypto,
                     struct card_profile *profile)
{
    struct secret_gp_keys keys;
    struct gp_why why = {0};
    int result = 0;

    if (o->keys == NULL) {
        gp_keys_test(&keys);
        cli_warn("no --keys: the card has the well-known test key");
    } else {
        result = gp_keys_load(o->keys, &keys, &why);
    }
    if (result != 0) {
        cli_error("%s", why.text);
        return EXIT_NO_CARD;
    }
    if (o->diversification != NULL &&
        gp_diversification_parse(o->diversification, &keys.diversification) !=
            0) {
        cli_error("--div takes none, emv, visa2 or kdf3, not '%s'",
                  o->diversification);
        return EXIT_USAGE;
    }
    result = gp_keys_diversify(crypto, &keys, profile->diversification, &keys);
    if (result != 0) {
        cli_error("cannot diversify the keys: %s", gp_strerr(result));
        return EXIT_REFUSED;
    }
    bool des = keys.type == GP_KEY_DES;
    uint8_t kvn = keys.kvn != 0 ? keys.kvn : des ? 0x20 : 0x30;
    put_keys(profile, kvn, des ? GP_KEY_DES : GP_KEY_AES, &keys.keys);
    if (strcmp(o->profile, "developer") == 0 && !des && keys.keys.length == 16)
        put_keys(profile, 0x20, GP_KEY_DES, &keys.keys);
    wipe(&keys, sizeof keys);
    return EXIT_DONE;
}

static int identity(const struct order *o, const struct crypto_port *crypto,
                    struct card_profile *profile)
{
    int status = EXIT_DONE;

    profile->cin_length = 8;
    if (crypto->random(crypto->ctx, profile->cin, 8) != ERR_OK ||
        crypto->random(crypto->ctx, profile->diversification,
                       sizeof profile->diversification) != ERR_OK) {
        cli_error("no random numbers");
        return EXIT_NO_CARD;
    }
    if (o->cin != NULL)
        status = take_hex("cin", o->cin, profile->cin, &profile->cin_length);
    if (status == EXIT_DONE && o->iin != NULL)
        status = take_hex("iin", o->iin, profile->iin, &profile->iin_length);
    return status;
}

static int fill(const struct order *o, struct card_profile *profile)
{
    struct crypto_port crypto;
    struct port_openssl *openssl = NULL;
    bool issued = strcmp(o->profile, "issued") == 0;

    if (!issued && strcmp(o->profile, "developer") != 0) {
        cli_error("there is no profile '%s': developer, issued", o->profile);
        return EXIT_USAGE;
    }
    if (port_openssl_crypto_init(&crypto, &openssl, o->seed) != 0) {
        cli_error("the cryptographic library does not start");
        return EXIT_NO_CARD;
    }
    profile->life_cycle = issued ? 0x0F : 0x01;
    profile->enciphered = o->encipher != NULL;
    profile->scp03_i = 0x70;
    profile->scp02_i = issued ? 0x00 : 0x55;
    int status = identity(o, &crypto, profile);
    if (status == EXIT_DONE)
        status = card_keys(o, &crypto, profile);
    port_openssl_free(&openssl);
    return status;
}

static void tell(const struct order *o, const struct card_profile *profile)
{
    char cin[33];
    char kdd[21];

    hex_encode(span_of(profile->cin, profile->cin_length), cin);
    hex_encode(
        span_of(profile->diversification, sizeof profile->diversification),
        kdd);
    if (!o->json) {
        printf("%s: card %s, diversification data %s, key version %02X\n",
               o->path, cin, kdd, profile->key_sets[0].version);
        return;
    }
    char kvn[3];
    hex_encode(span_of(&profile->key_sets[0].version, 1), kvn);
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "file", o->path,
                          "cin", cin, "kdd", kdd, "kvn", kvn, "memory",
                          (json_int_t)o->memory, "profile", o->profile);
    json_dumpf(j, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(j);
}

static int issue(const struct order *o)
{
    struct card_profile profile = {0};
    char why[256] = "";

    int status = fill(o, &profile);
    if (status == EXIT_DONE) {
        const struct posix_card_options options = {.seed = o->seed,
                                                   .key = o->encipher};
        enum posix_card_result result = posix_card_create(
            o->path, o->memory, &profile, &options, why, sizeof why);
        if (result != POSIX_CARD_DONE)
            cli_error("%s: %s", o->path, why);
        status = cli_card_exit(result);
    }
    if (status == EXIT_DONE)
        tell(o, &profile);
    wipe(&profile, sizeof profile);
    return status;
}

static const struct option long_options[] = {
    {"profile", required_argument, NULL, 'p'},
    {"keys", required_argument, NULL, 'k'},
    {"div", required_argument, NULL, 'd'},
    {"memory", required_argument, NULL, 'm'},
    {"cin", required_argument, NULL, 'c'},
    {"iin", required_argument, NULL, 'i'},
    {"encipher", required_argument, NULL, 'e'},
    {"seed", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

int verb_card_new(int argc, char **argv)
{
    struct order o = {.profile = "developer", .memory = MEMORY_DEFAULT};
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == 'p')
            o.profile = optarg;
        else if (c == 'k')
            o.keys = optarg;
        else if (c == 'd')
            o.diversification = optarg;
        else if (c == 'c')
            o.cin = optarg;
        else if (c == 'i')
            o.iin = optarg;
        else if (c == 'e')
            o.encipher = optarg;
        else if (c == 's')
            o.seed = optarg;
        else if (c == 'j')
            o.json = true;
        else if (c == 'm' && cli_size(optarg, &o.memory) &&
                 o.memory >= MEMORY_MIN)
            continue;
        else {
            if (c == 'm')
                cli_error("--memory takes 64K to 2048M, not '%s'", optarg);
            return cli_usage("card new");
        }
    }
    if (argc - optind != 1) {
        cli_error("name one file to create");
        return cli_usage("card new");
    }
    o.path = argv[optind];
    return issue(&o);
}
