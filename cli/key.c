/* key: keys of a security domain are made, put, replaced, deleted. */
#include <stdio.h>
#include <string.h>

#include <gp/content.h>

#include "base/ct.h"
#include "base/tlv.h"
#include "cli/key.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard key: put, replace or delete keys\n\n"
    "Usage: postcard key put --new-keys SOURCE --new-kvn HEX [OPTION]...\n"
    "       postcard key put --ec SOURCE --kid HEX --new-kvn HEX [OPTION]...\n"
    "       postcard key store --beside KID/KVN [OPTION]...\n"
    "       postcard key delete --old-kvn HEX [OPTION]...\n"
    "       postcard key generate --out FILE [OPTION]...\n"
    "       postcard key certify --for SOURCE --by SOURCE --serial HEX --out "
    "FILE [OPTION]...\n\n"
    "  --new-keys SOURCE  key file, env:NAME or -; its type is aes if it says "
    "nothing\n"
    "  --new-kvn HEX      version of the new keys, 01 to 7F\n"
    "  --replace HEX      they take the place of this version; default: added\n"
    "  --new-div METHOD   diversify the new keys with the card's data\n"
    "  --kid HEX          number of the first key; default: 01; to delete: of "
    "that one,\n"
    "                     default: all of the version\n"
    "  --ec SOURCE        a key on a curve: private as --kid 11, 13 or 15 (the "
    "card's, of\n"
    "                     SCP11 a, b, c), else public (10: who certifies "
    "hosts)\n"
    "  --old-kvn HEX      version to delete\n"
    "\nBeside a key, for SCP11:\n"
    "  --beside KID/KVN   its number and version, as 13/41\n"
    "  --certificate SOURCE\n"
    "                     of the card's key, repeated for a chain; or none\n"
    "  --identifier HEX   of who certifies hosts; or none\n"
    "  --allow HEX        serial number of a host's certificate, repeated for "
    "more; any:\n"
    "                     no list\n"
    "\nWithout a card:\n"
    "  --curve NAME       P-256 (default), P-384, P-521, brainpoolP256r1, ...\n"
    "  --out FILE         where the key or certificate goes; a new file\n"
    "  --public FILE      ... and the public key alone\n"
    "  --for SOURCE       whose public key the certificate is of\n"
    "  --by SOURCE        whose private key signs it\n"
    "  --serial HEX       its serial number, 1 to 16 bytes\n"
    "  --issuer HEX       who signs, 1 to 16 bytes; default: a name made of "
    "the key\n"
    "  --subject HEX      for whom, likewise\n"
    "  --expires YYYYMMDD default: 20991231\n"
    "  --certifies        it is for a key that signs certificates\n"
    "\nThe files are described in postcard-key(1); docs/scp11.md sets a card "
    "up.\n"
    "\nExample:\n"
    "  postcard key put --new-keys provider.keys --new-kvn 31 --via "
    "F0504F53540301 --card my.card\n";

enum {
    NEW_KEYS = 1,
    NEW_KVN,
    REPLACE,
    NEW_DIV,
    KID,
    OLD_KVN,
    EC,
    BESIDE,
    CERTIFICATE,
    IDENTIFIER,
    ALLOW,
    CURVE,
    OUT,
    PUBLIC,
    FOR,
    BY,
    SERIAL,
    ISSUER,
    SUBJECT,
    EXPIRES,
    CERTIFIES,
};

static const struct option own[] = {
    {"new-keys", required_argument, NULL, NEW_KEYS},
    {"new-kvn", required_argument, NULL, NEW_KVN},
    {"replace", required_argument, NULL, REPLACE},
    {"new-div", required_argument, NULL, NEW_DIV},
    {"kid", required_argument, NULL, KID},
    {"old-kvn", required_argument, NULL, OLD_KVN},
    {"ec", required_argument, NULL, EC},
    {"beside", required_argument, NULL, BESIDE},
    {"certificate", required_argument, NULL, CERTIFICATE},
    {"identifier", required_argument, NULL, IDENTIFIER},
    {"allow", required_argument, NULL, ALLOW},
    {"curve", required_argument, NULL, CURVE},
    {"out", required_argument, NULL, OUT},
    {"public", required_argument, NULL, PUBLIC},
    {"for", required_argument, NULL, FOR},
    {"by", required_argument, NULL, BY},
    {"serial", required_argument, NULL, SERIAL},
    {"issuer", required_argument, NULL, ISSUER},
    {"subject", required_argument, NULL, SUBJECT},
    {"expires", required_argument, NULL, EXPIRES},
    {"certifies", no_argument, NULL, CERTIFIES},
    {0},
};

/* ---- options ---- */

static int take_diversification(struct key_job *job, const char *argument)
{
    job->diversify = true;
    if (gp_diversification_parse(argument, &job->diversification) == GP_OK)
        return EXIT_DONE;
    cli_error("--new-div takes none, emv, visa2 or kdf3");
    return EXIT_USAGE;
}

static int take_beside(struct key_job *job, const char *argument)
{
    unsigned kid = 0, kvn = 0;
    char more;

    if (sscanf(argument, "%2x/%2x%c", &kid, &kvn, &more) == 2 && kid >= 1 &&
        kid <= 0x7F && kvn >= 1 && kvn <= 0x7F) {
        job->key[0] = (uint8_t)kid;
        job->key[1] = (uint8_t)kvn;
        return EXIT_DONE;
    }
    cli_error("--beside takes a key's number and version, as 13/41, not '%s'",
              argument);
    return EXIT_USAGE;
}

static int take_bytes(const char *option, const char *argument, uint8_t *bytes,
                      size_t room, struct span *value)
{
    struct buf out = buf_of(bytes, room);
    int status = cli_hex(option, argument, &out);

    if (status == EXIT_DONE && out.n == 0) {
        cli_error("%s takes at least one byte", option);
        status = EXIT_USAGE;
    }
    *value = buf_span(&out);
    return status;
}

static int take_certificate(struct key_job *job, const char *argument)
{
    struct buf chain = {job->chain, job->chain_length, sizeof job->chain};
    struct gp_why why = {{0}};

    job->has_chain = true;
    if (strcmp(argument, "none") == 0)
        return EXIT_DONE;
    int result = gp_certificates_load(argument, &chain, &why);
    job->chain_length = chain.n;
    return result == GP_OK ? EXIT_DONE : cli_fail(result, &why);
}

static int take_identifier(struct key_job *job, const char *argument)
{
    struct span value;

    job->has_identifier = true;
    if (strcmp(argument, "none") == 0)
        return EXIT_DONE;
    int status = take_bytes("--identifier", argument, job->identifier,
                            sizeof job->identifier, &value);
    job->identifier_length = value.n;
    return status;
}

static int take_allowed(struct key_job *job, const char *argument)
{
    struct buf list = {job->serials, job->serials_length, sizeof job->serials};
    uint8_t bytes[32];
    struct span serial;

    job->has_serials = true;
    if (strcmp(argument, "any") == 0)
        return EXIT_DONE;
    int status = take_bytes("--allow", argument, bytes, sizeof bytes, &serial);
    if (status != EXIT_DONE)
        return status;
    if (tlv_put(&list, 0x93, serial) != ERR_OK) {
        cli_error("--allow: more serial numbers than one list holds here");
        return EXIT_USAGE;
    }
    job->serials_length = list.n;
    return EXIT_DONE;
}

static int take_curve(struct key_job *job, const char *argument)
{
    if (gp_ec_curve_parse(argument, &job->curve) == GP_OK)
        return EXIT_DONE;
    cli_error("--curve takes P-256, P-384, P-521, or brainpoolP256, P384 or "
              "P512 with r1 or t1, not '%s'",
              argument);
    return EXIT_USAGE;
}

static int take_expires(struct key_job *job, const char *argument)
{
    struct buf out = buf_of(job->what.expires, sizeof job->what.expires);

    if (strlen(argument) == 8 && strspn(argument, "0123456789") == 8)
        return cli_hex("--expires", argument, &out);
    cli_error("--expires takes YYYYMMDD, not '%s'", argument);
    return EXIT_USAGE;
}

/* Of what is made without a card, and what stands beside keys. */
static int take_curve_option(struct key_job *job, int code,
                             const char *argument)
{
    struct gp_certificate *what = &job->what;

    switch (code) {
    case BESIDE:
        return take_beside(job, argument);
    case CERTIFICATE:
        return take_certificate(job, argument);
    case IDENTIFIER:
        return take_identifier(job, argument);
    case ALLOW:
        return take_allowed(job, argument);
    case CURVE:
        return take_curve(job, argument);
    case SERIAL:
        return take_bytes("--serial", argument, job->serial, sizeof job->serial,
                          &what->serial);
    case ISSUER:
        return take_bytes("--issuer", argument, job->issuer, sizeof job->issuer,
                          &what->issuer);
    case SUBJECT:
        return take_bytes("--subject", argument, job->subject,
                          sizeof job->subject, &what->subject);
    case EXPIRES:
        return take_expires(job, argument);
    default:
        what->certifies = true;
        return EXIT_DONE;
    }
}

static int take(void *ctx, int code, const char *argument)
{
    struct key_job *job = ctx;
    const char **const texts[] = {
        [NEW_KEYS] = &job->source,   [EC] = &job->ec,  [OUT] = &job->out,
        [PUBLIC] = &job->out_public, [FOR] = &job->of, [BY] = &job->by};

    if (code <= BY && texts[code] != NULL) {
        *texts[code] = argument;
        return EXIT_DONE;
    }
    switch (code) {
    case NEW_KVN:
        return cli_byte("--new-kvn", argument, &job->how.kvn);
    case REPLACE:
        return cli_byte("--replace", argument, &job->how.replaces);
    case KID:
        return cli_byte("--kid", argument, &job->how.kid);
    case OLD_KVN:
        return cli_byte("--old-kvn", argument, &job->old_kvn);
    case NEW_DIV:
        return take_diversification(job, argument);
    default:
        return take_curve_option(job, code, argument);
    }
}

/* ---- sets of three ---- */

/* SCP11 brings no diversification data: they are asked for. */
static int need_diversification(struct gp_session *s, struct gp_why *why)
{
    static const uint8_t get[] = {0x80, 0xCA, 0x00, 0xCF, 0x00};
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf answer = buf_of(bytes, sizeof bytes);
    struct span value;

    int result = gp_session_command(s, span_of(get, sizeof get), &answer);
    if (result == GP_OK &&
        (tlv_find(gp_response_data(&answer), 0xCF, &value) != ERR_OK ||
         value.n != sizeof s->init.kdd))
        result = GP_ERR_PROTOCOL;
    if (result == GP_OK)
        memcpy(s->init.kdd, value.p, value.n);
    else
        gp_why_set(why, "GET DATA of diversification data: %s",
                   gp_strerr(result));
    return result;
}

static int send_keys(struct key_job *job, struct secret_gp_keys *keys)
{
    struct gp_why why = {{0}};
    struct gp_session *s = &job->target.session;
    int result = GP_OK;

    if (job->diversify)
        keys->diversification = job->diversification;
    if (keys->diversification != GP_DIV_NONE && job->target.variant != 0)
        result = need_diversification(s, &why);
    if (result == GP_OK)
        result =
            gp_keys_diversify(&job->target.crypto, keys, s->init.kdd, keys);
    job->how.type = keys->type == GP_KEY_ANY ? GP_KEY_AES : keys->type;
    if (job->how.kid == 0)
        job->how.kid = 1;
    if (result == GP_OK)
        result = gp_content_put_keys(s, &job->how, &keys->keys, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    printf("keys of version %02X put\n", job->how.kvn);
    return EXIT_DONE;
}

static int put(struct key_job *job)
{
    struct secret_gp_keys keys;
    struct gp_why why = {{0}};

    if (job->source != NULL && job->ec != NULL) {
        cli_error("--new-keys and --ec exclude each other");
        return cli_usage("key");
    }
    if (job->ec != NULL)
        return key_put_ec(job);
    if (job->source == NULL || job->how.kvn == 0) {
        cli_error("--new-keys or --ec, and --new-kvn, are needed");
        return cli_usage("key");
    }
    int result = gp_keys_load(job->source, &keys, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    int status = cli_open_session(&job->target);
    if (status == EXIT_DONE)
        status = send_keys(job, &keys);
    wipe(&keys, sizeof keys);
    return status;
}

static int delete (struct key_job *job)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    if (job->old_kvn == 0) {
        cli_error("--old-kvn is needed");
        return cli_usage("key");
    }
    int status = cli_open_session(&job->target);
    if (status != EXIT_DONE)
        return status;
    int kid = job->how.kid == 0 ? -1 : job->how.kid;
    int result = gp_cmd_delete_key(&command, kid, job->old_kvn);
    if (result == GP_OK)
        result =
            gp_session_command(&job->target.session, buf_span(&command), NULL);
    if (result == GP_OK) {
        printf("keys of version %02X deleted\n", job->old_kvn);
        return EXIT_DONE;
    }
    struct gp_why why = {{0}};
    cli_refused(&why, result, "DELETE of keys");
    return cli_fail(result, &why);
}

static const struct {
    const char *name;
    int (*run)(struct key_job *job);
} actions[] = {
    {"put", put},
    {"store", key_store},
    {"delete", delete},
    {"generate", key_generate},
    {"certify", key_certify},
};

int verb_key(int argc, char **argv)
{
    struct key_job job = {.curve = CRYPTO_EC_SECP256R1,
                          .what.expires = {0x20, 0x99, 0x12, 0x31}};
    int status = cli_parse(argc, argv, &job.target, help, own, take, &job);
    if (status >= 0)
        return status;
    const char *what = argc - optind == 1 ? argv[optind] : "";
    status = -1;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(what, actions[i].name) == 0)
            status = actions[i].run(&job);
    }
    if (status == -1) {
        cli_error("put, store, delete, generate or certify is needed");
        status = cli_usage(argv[0]);
    }
    cli_close(&job.target);
    return status;
}
