/* confide: keys of a security domain, made so that no carrier learns them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gp/certificate.h>
#include <gp/confidential.h>

#include "base/ct.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard confide AID: agree with the card on a domain's keys\n\n"
    "Usage: postcard confide AID --new-kvn HEX --trust SOURCE --save FILE "
    "[OPTION]...\n\n"
    "  --new-kvn HEX      version of the new keys, 01 to 7F\n"
    "  --kid HEX          number of the first of the three; default: 01\n"
    "  --trust SOURCE     public key of who certifies the card's Controlling\n"
    "                     Authority domain: a file as postcard-key(1) says\n"
    "  --authority AID    that domain; default: A00000015153504341534400\n"
    "  --save FILE        the new keys, as a key file that was not there\n"
    "  --bytes N          length of each: 16 (default), 24, 32\n"
    "  --des              triple DES; default: AES\n"
    "  --name HEX         the provider's name, bound to the card's numbers\n"
    "  --certificate SOURCE\n"
    "                     the provider's (7F21), which the card is to prove\n"
    "  --own SOURCE       ... and the private key that it is of\n"
    "  --only             the domain's other keys are deleted\n"
    "\nThe channel (--keys, --via) is of whoever may personalize the domain. "
    "It carries the\ncommands, and who has its keys cannot tell the new ones.\n"
    "\nExample:\n"
    "  postcard confide F0504F53540301 --new-kvn 31 --trust 04738F...C2BFAD "
    "\\\n"
    "      --save provider.keys --card my.card\n";

enum {
    NEW_KVN = 1,
    KID,
    TRUST,
    AUTHORITY,
    SAVE,
    BYTES,
    DES,
    NAME,
    CERTIFICATE,
    OWN,
    ONLY,
};
enum { NAME_MAX_BYTES = 64, DES_KEY = 16 };

static const struct option own[] = {
    {"new-kvn", required_argument, NULL, NEW_KVN},
    {"kid", required_argument, NULL, KID},
    {"trust", required_argument, NULL, TRUST},
    {"authority", required_argument, NULL, AUTHORITY},
    {"save", required_argument, NULL, SAVE},
    {"bytes", required_argument, NULL, BYTES},
    {"des", no_argument, NULL, DES},
    {"name", required_argument, NULL, NAME},
    {"certificate", required_argument, NULL, CERTIFICATE},
    {"own", required_argument, NULL, OWN},
    {"only", no_argument, NULL, ONLY},
    {0},
};

struct job {
    struct cli_target target;
    struct gp_confidential how;
    struct gp_aid authority;
    const char *save;
    const char *trust;
    const char *certificate;
    const char *own;
    uint8_t name[NAME_MAX_BYTES];
    uint8_t chain[GP_CERTIFICATE_MAX];
    struct secret_gp_ec_key key; /* the provider's */
};

static int take_length(struct job *job, const char *text)
{
    if (strcmp(text, "16") != 0 && strcmp(text, "24") != 0 &&
        strcmp(text, "32") != 0) {
        cli_error("--bytes takes 16, 24 or 32");
        return EXIT_USAGE;
    }
    job->how.key_length = (uint8_t)((text[0] - '0') * 10 + text[1] - '0');
    return EXIT_DONE;
}

static int take_name(struct job *job, const char *text)
{
    struct buf out = buf_of(job->name, sizeof job->name);
    int status = cli_hex("--name", text, &out);
    job->how.host = buf_span(&out);
    return status;
}

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    switch (code) {
    case NEW_KVN:
        return cli_byte("--new-kvn", argument, &job->how.kvn);
    case KID:
        return cli_byte("--kid", argument, &job->how.kid);
    case TRUST:
        job->trust = argument;
        return EXIT_DONE;
    case AUTHORITY:
        return cli_aid("--authority", argument, &job->authority);
    case SAVE:
        job->save = argument;
        return EXIT_DONE;
    case BYTES:
        return take_length(job, argument);
    case NAME:
        return take_name(job, argument);
    case CERTIFICATE:
        job->certificate = argument;
        return EXIT_DONE;
    case OWN:
        job->own = argument;
        return EXIT_DONE;
    case DES:
        job->how.type = GP_KEY_DES;
        return EXIT_DONE;
    default:
        job->how.deletes = true;
        return EXIT_DONE;
    }
}

/* ---- the key file ---- */

static void put_key(FILE *f, const char *name, const uint8_t *key, size_t n)
{
    fprintf(f, "%s ", name);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%02X", key[i]);
    fputc('\n', f);
}

static int write_keys(const struct job *job, int fd,
                      const struct secret_scp_keys *keys)
{
    FILE *f = fdopen(fd, "w");
    if (f == NULL)
        return -1;
    fprintf(f, "kvn %02X\ntype %s\n", job->how.kvn,
            job->how.type == GP_KEY_DES ? "des" : "aes");
    put_key(f, "enc", keys->enc, keys->length);
    put_key(f, "mac", keys->mac, keys->length);
    put_key(f, "dek", keys->dek, keys->length);
    int failed = fflush(f) != 0 || fsync(fd) != 0;
    return fclose(f) != 0 || failed ? -1 : 0;
}

/* ---- keys that are brought ---- */

/* The provider's certificate and key, if it has them. */
static int load_provider(struct job *job, struct gp_why *why)
{
    struct buf chain = buf_of(job->chain, sizeof job->chain);

    if (job->certificate == NULL)
        return GP_OK;
    int result = gp_certificates_load(job->certificate, &chain, why);
    if (result == GP_OK)
        result = gp_ec_key_load(&job->target.crypto, job->own, &job->key, why);
    if (result == GP_OK && job->key.scalar_length == 0) {
        gp_why_set(why, "--own: that is a public key");
        result = GP_ERR_KEYS;
    }
    job->how.certificate = buf_span(&chain);
    job->how.scalar = span_of(job->key.scalar, job->key.scalar_length);
    return result;
}

/* Whom to trust tells the curve, too. */
static int read_casd(struct job *job, struct gp_casd *casd, struct gp_why *why)
{
    const struct crypto_port *crypto = &job->target.crypto;
    struct secret_gp_ec_key trust;

    int result = gp_ec_key_load(crypto, job->trust, &trust, why);
    wipe(trust.scalar, sizeof trust.scalar);
    if (result == GP_OK)
        result = load_provider(job, why);
    return result == GP_OK
               ? gp_casd_read(job->target.transport, crypto, &job->authority,
                              (enum crypto_ec_name)trust.curve,
                              span_of(trust.point, trust.point_length), casd,
                              why)
               : result;
}

/* ---- the card ---- */

/* What proves the card here is not the session's keys. */
static int fail(int result, const struct gp_why *why)
{
    return result == GP_ERR_CARD_AUTH
               ? cli_fail_advised(result, why,
                                  "--trust takes the public key of who "
                                  "certifies the card's authority")
               : cli_fail(result, why);
}

static int agree(struct job *job, struct secret_scp_keys *keys)
{
    struct gp_casd casd;
    struct gp_why why = {{0}};

    int status = cli_open(&job->target);
    if (status != EXIT_DONE)
        return status;
    int result = read_casd(job, &casd, &why);
    if (result != GP_OK)
        return fail(result, &why);
    status = cli_open_session(&job->target);
    if (status != EXIT_DONE)
        return status;
    result = gp_confidential_agree(&job->target.session, &casd, &job->how, keys,
                                   &why);
    return result == GP_OK ? EXIT_DONE : fail(result, &why);
}

/* The file is there before the card has the keys, and goes if it has not. */
static int confide(struct job *job)
{
    struct secret_scp_keys keys;
    int fd = open(job->save, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        cli_error("%s: %s", job->save, strerror(errno));
        return EXIT_REFUSED;
    }
    cli_no_core();
    int status = agree(job, &keys);
    wipe(&job->key, sizeof job->key);
    if (status != EXIT_DONE) {
        close(fd);
        unlink(job->save);
        return status;
    }
    int result = write_keys(job, fd, &keys);
    wipe(&keys, sizeof keys);
    if (result != 0) {
        cli_error("%s: %s; the card has keys that nobody knows", job->save,
                  strerror(errno));
        return EXIT_REFUSED;
    }
    printf("keys of version %02X agreed on, and saved in %s\n", job->how.kvn,
           job->save);
    return EXIT_DONE;
}

int verb_confide(int argc, char **argv)
{
    struct job job = {
        .authority = gp_casd_usual,
        .how = {
            .kid = 1, .type = GP_KEY_AES, .key_length = 16, .random = true}};
    int status = cli_parse(argc, argv, &job.target, help, own, take, &job);
    if (status >= 0)
        return status;
    if (argc - optind != 1 || job.how.kvn == 0 || job.save == NULL ||
        job.trust == NULL) {
        cli_error("the domain's AID, --new-kvn, --trust and --save are needed");
        return cli_usage(argv[0]);
    }
    if ((job.certificate == NULL) != (job.own == NULL)) {
        cli_error("--certificate and --own go together");
        return EXIT_USAGE;
    }
    if (job.how.type == GP_KEY_DES && job.how.key_length != DES_KEY) {
        cli_error("--des: its keys have 16 bytes");
        return EXIT_USAGE;
    }
    if (cli_aid("domain", argv[optind], &job.how.domain) != EXIT_DONE)
        return EXIT_USAGE;
    status = confide(&job);
    cli_close(&job.target);
    return status;
}
