/* key: keys on curves, and the certificates of SCP11, are made and put. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/hex.h"
#include "cli/key.h"
#include "securechannel/scp11.h"

/* ---- files ---- */

/* A new file; one that is there already stays as it is. */
static int write_new(const char *path, const char *text, mode_t mode)
{
    const size_t n = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd < 0) {
        cli_error("%s: %s", path, strerror(errno));
        return EXIT_NO_CARD;
    }
    const bool whole = write(fd, text, n) == (ssize_t)n;
    if (close(fd) == 0 && whole)
        return EXIT_DONE;
    cli_error("%s: cannot be written", path);
    return EXIT_NO_CARD;
}

static int load(struct key_job *job, const char *source,
                struct secret_gp_ec_key *key)
{
    struct gp_why why = {{0}};

    cli_no_core();
    int result = gp_ec_key_load(&job->target.crypto, source, key, &why);

    return result == GP_OK ? EXIT_DONE : cli_fail(result, &why);
}

/* ---- made here ---- */

static int write_pair(const struct key_job *job,
                      const struct secret_gp_ec_key *key)
{
    char text[GP_EC_KEY_TEXT];

    gp_ec_key_text(key, true, text);
    int status = write_new(job->out, text, 0600);
    wipe(text, sizeof text);
    if (status != EXIT_DONE)
        return status;
    printf("key on %s written to %s\n", gp_ec_curve_name(key->curve), job->out);
    if (job->out_public == NULL)
        return EXIT_DONE;
    gp_ec_key_text(key, false, text);
    status = write_new(job->out_public, text, 0644);
    if (status == EXIT_DONE)
        printf("its public key written to %s\n", job->out_public);
    return status;
}

int key_generate(struct key_job *job)
{
    struct secret_gp_ec_key key;

    if (job->out == NULL) {
        cli_error("--out is needed");
        return cli_usage("key");
    }
    cli_no_core();
    int status = cli_need_crypto(&job->target);
    if (status != EXIT_DONE)
        return status;
    int result = gp_ec_key_generate(&job->target.crypto, job->curve, &key);
    status = result == GP_OK ? write_pair(job, &key) : cli_fail(result, NULL);
    wipe(&key, sizeof key);
    return status;
}

/* Whoever is not named is called after the key. */
static int name_parties(struct key_job *job, const struct secret_gp_ec_key *by,
                        const struct secret_gp_ec_key *of)
{
    const struct crypto_port *crypto = &job->target.crypto;
    struct gp_certificate *what = &job->what;
    int result = GP_OK;

    if (what->issuer.n == 0) {
        result = gp_ec_key_identifier(crypto, by, job->issuer);
        what->issuer = span_of(job->issuer, 8);
    }
    if (result == GP_OK && what->subject.n == 0) {
        result = gp_ec_key_identifier(crypto, of, job->subject);
        what->subject = span_of(job->subject, 8);
    }
    return result;
}

static void tell_certificate(const struct key_job *job)
{
    const struct gp_certificate *what = &job->what;
    char serial[2 * GP_SERIAL_MAX + 1];
    char issuer[2 * GP_IDENTIFIER_MAX + 1];
    char subject[2 * GP_IDENTIFIER_MAX + 1];

    hex_encode(what->serial, serial);
    hex_encode(what->issuer, issuer);
    hex_encode(what->subject, subject);
    printf("certificate %s of %s, by %s, written to %s\n", serial, subject,
           issuer, job->out);
}

static int certify(struct key_job *job, const struct secret_gp_ec_key *by,
                   const struct secret_gp_ec_key *of)
{
    uint8_t bytes[GP_CERTIFICATE_MAX];
    char text[2 * GP_CERTIFICATE_MAX + 2];
    struct buf out = buf_of(bytes, sizeof bytes);
    struct gp_why why = {{0}};

    int result = name_parties(job, by, of);
    if (result == GP_OK)
        result =
            gp_certificate_make(&out, &job->target.crypto, by, of, &job->what);
    if (result != GP_OK) {
        gp_why_set(&why, "%s",
                   by->scalar_length == 0 ? "--by: that is a public key"
                   : by->curve != of->curve
                       ? "the keys of --by and --for are on different curves"
                       : gp_strerr(result));
        return cli_fail(GP_ERR_KEYS, &why);
    }
    hex_encode(buf_span(&out), text);
    strcat(text, "\n");
    int status = write_new(job->out, text, 0644);
    if (status == EXIT_DONE)
        tell_certificate(job);
    return status;
}

int key_certify(struct key_job *job)
{
    struct secret_gp_ec_key by, of;

    if (job->by == NULL || job->of == NULL || job->out == NULL ||
        job->what.serial.n == 0) {
        cli_error("--for, --by, --serial and --out are needed");
        return cli_usage("key");
    }
    int status = cli_need_crypto(&job->target);
    if (status == EXIT_DONE)
        status = load(job, job->by, &by);
    if (status != EXIT_DONE)
        return status;
    status = load(job, job->of, &of);
    if (status == EXIT_DONE)
        status = certify(job, &by, &of);
    wipe(&by, sizeof by);
    wipe(&of, sizeof of);
    return status;
}

/* ---- put on the card ---- */

static const char *advice(int result)
{
    switch (result) {
    case SW_WRONG_DATA:
        return "a key of that number and version may be there already "
               "(--replace), or be on another curve; see 'postcard info'";
    case SW_DATA_NOT_FOUND:
        return "there is no key of that number and version; see 'postcard "
               "info'";
    case SW_NO_MEMORY:
        return "the card has no room for so much";
    case SW_SECURITY_STATUS:
        return "the command needs a session with a host that is "
               "authenticated: not --scp 11b";
    default:
        return NULL;
    }
}

/* The card's own keys of SCP11 are private, those of others are public. */
static bool is_own(uint8_t kid)
{
    return kid == SCP11_A || kid == SCP11_B || kid == SCP11_C;
}

static int send_key(struct key_job *job, const struct secret_gp_ec_key *key)
{
    const bool private = is_own(job->how.kid);
    struct gp_why why = {{0}};

    if (private && key->scalar_length == 0) {
        gp_why_set(&why,
                   "%s: that is a public key; number %02X is for the "
                   "card's own, private one",
                   job->ec, job->how.kid);
        return cli_fail(GP_ERR_KEYS, &why);
    }
    int status = cli_open_session(&job->target);
    if (status != EXIT_DONE)
        return status;
    int result = gp_content_put_ec_key(&job->target.session, &job->how, key,
                                       private, &why);
    if (result != GP_OK)
        return cli_fail_advised(result, &why, advice(result));
    printf("%s key %02X of version %02X put\n", private ? "private" : "public",
           job->how.kid, job->how.kvn);
    return EXIT_DONE;
}

int key_put_ec(struct key_job *job)
{
    struct secret_gp_ec_key key;

    if (job->how.kid == 0 || job->how.kvn == 0) {
        cli_error("--kid and --new-kvn are needed");
        return cli_usage("key");
    }
    int status = cli_need_crypto(&job->target);
    if (status == EXIT_DONE)
        status = load(job, job->ec, &key);
    if (status != EXIT_DONE)
        return status;
    status = send_key(job, &key);
    wipe(&key, sizeof key);
    return status;
}

/* One of the three kinds; `there` is whether it was asked for. */
static int store_one(struct key_job *job, bool there, enum gp_reference what,
                     struct span value, const char *name)
{
    struct gp_why why = {{0}};

    if (!there)
        return EXIT_DONE;
    int result = gp_content_store_reference(&job->target.session, job->key[0],
                                            job->key[1], what, value, &why);
    if (result != GP_OK)
        return cli_fail_advised(result, &why, advice(result));
    printf("%s of key %02X/%02X %s\n", name, job->key[0], job->key[1],
           value.n > 0 ? "stored" : "taken away");
    return EXIT_DONE;
}

int key_store(struct key_job *job)
{
    if (job->key[0] == 0 || job->key[1] == 0 ||
        !(job->has_chain || job->has_identifier || job->has_serials)) {
        cli_error("--beside, and --certificate, --identifier or --allow are "
                  "needed");
        return cli_usage("key");
    }
    int status = cli_open_session(&job->target);
    if (status == EXIT_DONE)
        status =
            store_one(job, job->has_chain, GP_REFERENCE_CERTIFICATES,
                      span_of(job->chain, job->chain_length), "certificates");
    if (status == EXIT_DONE)
        status = store_one(job, job->has_identifier, GP_REFERENCE_IDENTIFIER,
                           span_of(job->identifier, job->identifier_length),
                           "identifier");
    if (status == EXIT_DONE)
        status = store_one(job, job->has_serials, GP_REFERENCE_SERIALS,
                           span_of(job->serials, job->serials_length),
                           "serial numbers");
    return status;
}
