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
#include "cli/profile.h"
#include "ports/openssl/crypto_openssl.h"
#include "ports/posix/posix_card.h"

static const char help[] =
    "Usage: postcard card new FILE [OPTION]...\n"
    "Issues a virtual card: one image file, created with mode 0600.\n\n"
    "  --profile NAME   what kind of card: gp231 (default), issued,\n"
    "                   gp22-jcop-like, uicc, visa-op201, terse, or a file of\n"
    "                   your own, with a '/' or a '.' in its name; 'help' "
    "says\n"
    "                   what each is\n"
    "  --keys K         its keys: a key file, env:NAME or -; with a\n"
    "                   diversification in it they are the issuer's master\n"
    "                   keys and the card gets keys of its own\n"
    "  --div METHOD     diversification: none, emv, visa2, kdf3\n"
    "  --memory SIZE    persistent memory, as 512K or 1M\n"
    "  --cin HEX        card image number, 8 bytes as a rule (default: "
    "random)\n"
    "  --iin HEX        issuer identification number\n"
    "  --encipher K     key material in the file is enciphered, under a key\n"
    "                   that K holds: a file or env:NAME, with 64 hexadecimal\n"
    "                   digits or a passphrase.  From then on\n"
    "                   POSTCARD_IMAGE_KEY names it for all verbs\n"
    "  --production     refuse keys that everybody has, and --seed\n"
    "  --seed TEXT      everything random follows from TEXT; for tests only\n"
    "  --json           print what was issued as JSON\n"
    "\nWhat is given here goes before what the profile says.  Without --keys "
    "the card\ngets the well-known test key 40..4F.\n"
    "\nExample:\n"
    "  postcard card new my.card --profile issued --keys issuer.keys --json\n";

struct order {
    const char *path;
    const char *profile;
    const char *keys;
    const char *seed;
    const char *diversification;
    const char *cin;
    const char *iin;
    const char *encipher;
    uint32_t memory; /* 0: not given */
    bool production;
    bool json;
};

enum { SERIAL_AT = 12, SERIAL_SIZE = 4 };

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

/*
 * A set for each protocol that the keys are for: SCP02 or SCP01 takes triple
 * DES, and the values of 16 bytes that AES has.
 */
static int put_key_sets(const struct secret_gp_keys *keys,
                        struct cli_profile *p)
{
    const bool des = keys->type == GP_KEY_DES;
    const bool first = des || !p->has_scp03;
    const uint8_t version =
        p->card.scp02_i != 0 ? p->scp02_version : p->scp01_version;

    if (!des && p->has_scp03)
        put_keys(&p->card, keys->kvn != 0 ? keys->kvn : p->scp03_version,
                 GP_KEY_AES, &keys->keys);
    if ((p->card.scp02_i != 0 || p->card.scp01_i != 0) &&
        keys->keys.length == 16)
        put_keys(&p->card, first && keys->kvn != 0 ? keys->kvn : version,
                 GP_KEY_DES, &keys->keys);
    if (p->card.key_set_count > 0)
        return EXIT_DONE;
    cli_error("the keys are for none of the secure channels of profile %s",
              p->name);
    return EXIT_REFUSED;
}

static int diversify(const struct crypto_port *crypto,
                     const struct cli_profile *p, struct secret_gp_keys *keys)
{
    const int result =
        gp_keys_diversify(crypto, keys, p->card.diversification, keys);

    if (result == 0)
        return EXIT_DONE;
    cli_error("cannot diversify the keys: %s", gp_strerr(result));
    return EXIT_REFUSED;
}

/* A card that is to leave the house must not have keys that others have. */
static int judge_keys(const struct order *o, const struct secret_gp_keys *keys)
{
    const char *what = o->keys == NULL
                           ? "no --keys: the card has the well-known test key"
                           : "--keys: everybody has keys like these";

    if (!gp_keys_are_public(keys))
        return EXIT_DONE;
    if (!o->production) {
        cli_warn("%s", what);
        return EXIT_DONE;
    }
    cli_error("%s; --production wants others", what);
    return EXIT_REFUSED;
}

/* The card's own keys, from the master keys when they are diversified. */
static int card_keys(const struct order *o, const struct crypto_port *crypto,
                     struct cli_profile *p)
{
    struct secret_gp_keys keys;
    struct gp_why why = {0};
    int result = 0;

    if (o->keys == NULL && p->keys_given) {
        cli_error("a card of profile %s needs --keys", p->name);
        return EXIT_USAGE;
    }
    if (o->keys == NULL) {
        gp_keys_test(&keys);
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
    int status = judge_keys(o, &keys);
    if (status == EXIT_DONE)
        status = diversify(crypto, p, &keys);
    if (status == EXIT_DONE)
        status = put_key_sets(&keys, p);
    wipe(&keys, sizeof keys);
    return status;
}

/* Random numbers, or what was given, and the serial number that follows. */
static int identity(const struct order *o, const struct crypto_port *crypto,
                    struct cli_profile *p)
{
    struct card_profile *card = &p->card;
    uint8_t cin[8];
    int status = EXIT_DONE;

    if (crypto->random(crypto->ctx, cin, sizeof cin) != ERR_OK ||
        crypto->random(crypto->ctx, card->diversification,
                       sizeof card->diversification) != ERR_OK) {
        cli_error("no random numbers");
        return EXIT_NO_CARD;
    }
    if (!p->has_cin) {
        card->cin_length = sizeof cin;
        memcpy(card->cin, cin, sizeof cin);
    }
    if (o->cin != NULL)
        status = take_hex("cin", o->cin, card->cin, &card->cin_length);
    if (status == EXIT_DONE && o->iin != NULL)
        status = take_hex("iin", o->iin, card->iin, &card->iin_length);
    if (!p->has_cplc_serial)
        memcpy(card->cplc + SERIAL_AT,
               card->diversification + sizeof card->diversification -
                   SERIAL_SIZE,
               SERIAL_SIZE);
    return status;
}

static int fill(const struct order *o, struct cli_profile *p)
{
    struct crypto_port crypto;
    struct port_openssl *openssl = NULL;

    if (p->card.enciphered && o->encipher == NULL) {
        cli_error("a card of profile %s needs --encipher", p->name);
        return EXIT_USAGE;
    }
    if (port_openssl_crypto_init(&crypto, &openssl, o->seed) != 0) {
        cli_error("the cryptographic library does not start");
        return EXIT_NO_CARD;
    }
    p->card.enciphered = o->encipher != NULL;
    if (o->memory != 0)
        p->memory = o->memory;
    int status = identity(o, &crypto, p);
    if (status == EXIT_DONE)
        status = card_keys(o, &crypto, p);
    port_openssl_free(&openssl);
    return status;
}

static void tell(const struct order *o, const struct cli_profile *p)
{
    const struct card_profile *profile = &p->card;
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
                          (json_int_t)p->memory, "profile", o->profile);
    json_dumpf(j, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(j);
}

static int issue(const struct order *o)
{
    struct cli_profile p;
    char why[256] = "";

    int status = cli_profile_load(o->profile, &p);
    if (status == EXIT_DONE)
        status = fill(o, &p);
    if (status == EXIT_DONE) {
        const struct posix_card_options options = {.seed = o->seed,
                                                   .key = o->encipher};
        enum posix_card_result result = posix_card_create(
            o->path, p.memory, &p.card, &options, why, sizeof why);
        if (result != POSIX_CARD_DONE)
            cli_error("%s: %s", o->path, why);
        status = cli_card_exit(result);
    }
    if (status == EXIT_DONE)
        tell(o, &p);
    wipe(&p, sizeof p);
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
    {"production", no_argument, NULL, 'P'},
    {"seed", required_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

int verb_card_new(int argc, char **argv)
{
    struct order o = {.profile = "gp231"};
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
        else if (c == 'P')
            o.production = true;
        else if (c == 'j')
            o.json = true;
        else if (c == 'm' && cli_size(optarg, &o.memory) &&
                 cli_profile_memory_fits(o.memory))
            continue;
        else {
            if (c == 'm')
                cli_error("--memory takes 64K to 2048M, not '%s'", optarg);
            return cli_usage("card new");
        }
    }
    if (strcmp(o.profile, "help") == 0) {
        cli_profile_list();
        return EXIT_DONE;
    }
    if (argc - optind != 1) {
        cli_error("name one file to create");
        return cli_usage("card new");
    }
    o.path = argv[optind];
    if (o.production && o.seed != NULL) {
        cli_error("--seed: everybody can have the same card; --production "
                  "wants chance");
        return EXIT_REFUSED;
    }
    return issue(&o);
}
