/* key: keys of a security domain are put, replaced, deleted, listed. */
#include <stdio.h>
#include <string.h>

#include <gp/content.h>

#include "base/ct.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard key: put, replace or delete keys\n\n"
    "Usage: postcard key put --new-keys SOURCE --new-kvn HEX [OPTION]...\n"
    "       postcard key delete --old-kvn HEX [OPTION]...\n\n"
    "  --new-keys SOURCE  key file, env:NAME or -; its type is aes if it says "
    "nothing\n"
    "  --new-kvn HEX      version of the new keys, 01 to 7F\n"
    "  --replace HEX      they take the place of this version; default: added\n"
    "  --new-div METHOD   diversify the new keys with the card's data\n"
    "  --kid HEX          number of the first key; default: 01\n"
    "  --old-kvn HEX      version to delete\n"
    "\nExample:\n"
    "  postcard key put --new-keys provider.keys --new-kvn 31 --via "
    "F0504F53540301 --card my.card\n";

enum { NEW_KEYS = 1, NEW_KVN, REPLACE, NEW_DIV, KID, OLD_KVN };

static const struct option own[] = {
    {"new-keys", required_argument, NULL, NEW_KEYS},
    {"new-kvn", required_argument, NULL, NEW_KVN},
    {"replace", required_argument, NULL, REPLACE},
    {"new-div", required_argument, NULL, NEW_DIV},
    {"kid", required_argument, NULL, KID},
    {"old-kvn", required_argument, NULL, OLD_KVN},
    {0},
};

struct job {
    struct cli_target target;
    const char *source;
    struct gp_put_key how;
    uint8_t old_kvn;
    uint8_t diversification;
    bool diversify;
};

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    switch (code) {
    case NEW_KEYS:
        job->source = argument;
        return EXIT_DONE;
    case NEW_KVN:
        return cli_byte("--new-kvn", argument, &job->how.kvn);
    case REPLACE:
        return cli_byte("--replace", argument, &job->how.replaces);
    case KID:
        return cli_byte("--kid", argument, &job->how.kid);
    case OLD_KVN:
        return cli_byte("--old-kvn", argument, &job->old_kvn);
    default:
        job->diversify = true;
        if (gp_diversification_parse(argument, &job->diversification) == GP_OK)
            return EXIT_DONE;
        cli_error("--new-div takes none, emv, visa2 or kdf3");
        return EXIT_USAGE;
    }
}

static int send_keys(struct job *job, struct secret_gp_keys *keys)
{
    struct gp_why why = {{0}};
    struct gp_session *s = &job->target.session;
    if (job->diversify)
        keys->diversification = job->diversification;
    int result =
        gp_keys_diversify(&job->target.crypto, keys, s->init.kdd, keys);
    job->how.type = keys->type == GP_KEY_ANY ? GP_KEY_AES : keys->type;
    if (result == GP_OK)
        result = gp_content_put_keys(s, &job->how, &keys->keys, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    printf("keys of version %02X put\n", job->how.kvn);
    return EXIT_DONE;
}

static int put(struct job *job)
{
    struct secret_gp_keys keys;
    struct gp_why why = {{0}};
    if (job->source == NULL || job->how.kvn == 0) {
        cli_error("--new-keys and --new-kvn are needed");
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

static int delete (struct job *job)
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
    int result = gp_cmd_delete_key(&command, -1, job->old_kvn);
    if (result == GP_OK)
        result =
            gp_session_command(&job->target.session, buf_span(&command), NULL);
    if (result == GP_OK) {
        printf("keys of version %02X deleted\n", job->old_kvn);
        return EXIT_DONE;
    }
    struct gp_why why;
    gp_why_set(&why, "DELETE of keys: %s", gp_strerr(result));
    return cli_fail(result, &why);
}

int verb_key(int argc, char **argv)
{
    struct job job = {.how.kid = 1};
    int status = cli_parse(argc, argv, &job.target, help, own, take, &job);
    if (status >= 0)
        return status;
    const char *what = argc - optind == 1 ? argv[optind] : "";
    if (strcmp(what, "put") == 0)
        status = put(&job);
    else if (strcmp(what, "delete") == 0)
        status = delete (&job);
    else {
        cli_error("put or delete is needed");
        return cli_usage(argv[0]);
    }
    cli_close(&job.target);
    return status;
}
