/* upgrade: another version of a package, its applications kept. */
#include <stdio.h>
#include <string.h>

#include <gp/content.h>
#include <jansson.h>

#include "base/hex.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard upgrade CAP: replace a package, keep its applications\n\n"
    "Usage: postcard upgrade CAP [OPTION]...\n"
    "       postcard upgrade --status | --resume | --recover | --abort "
    "[OPTION]...\n\n"
    "The card has another version of the package.  Its applications save what\n"
    "they hold, it goes, the CAP file is loaded, and the applications come\n"
    "again with what was saved.  What was interrupted is gone on with.\n\n"
    "  --status      tell how far an upgrade is, and no more\n"
    "  --resume      go on with it, as far as no file has to be loaded\n"
    "  --recover     drop the version that is loaded; then 'postcard upgrade'\n"
    "                with the old CAP file, or a better one\n"
    "  --abort       give it up; once the old version is gone, its "
    "applications\n"
    "                and what they saved go, too\n"
    "  --descriptor  load the Descriptor component too; one of the extended\n"
    "                format is always loaded\n"
    "\nExample:\n"
    "  postcard upgrade wallet-2.cap --card my.card\n";

enum { STATUS = 1, RESUME, RECOVER, ABORT, DESCRIPTOR };

static const struct option own[] = {
    {"status", no_argument, NULL, STATUS},
    {"resume", no_argument, NULL, RESUME},
    {"recover", no_argument, NULL, RECOVER},
    {"abort", no_argument, NULL, ABORT},
    {"descriptor", no_argument, NULL, DESCRIPTOR},
    {0},
};

struct job {
    struct cli_target target;
    struct gp_capfile *cap;
    int action; /* 0: the whole upgrade */
    unsigned actions;
    unsigned block_flags;
    struct gp_upgrade state;
};

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;

    (void)argument;
    if (code == DESCRIPTOR) {
        job->block_flags |= GP_BLOCK_WITH_DESCRIPTOR;
        return EXIT_DONE;
    }
    job->action = code;
    job->actions++;
    return EXIT_DONE;
}

static int open_cap(struct job *job, const char *path)
{
    struct gp_why why = {{0}};
    int result = gp_capfile_open(path, &job->cap, &why);
    if (result == GP_OK)
        return EXIT_DONE;
    cli_fail(result, &why);
    return EXIT_REFUSED;
}

static enum gp_upgrade_action action_of(int option)
{
    switch (option) {
    case RESUME:
        return GP_UPGRADE_RESUME;
    case RECOVER:
        return GP_UPGRADE_RECOVERY;
    case ABORT:
        return GP_UPGRADE_ABORT;
    default:
        return GP_UPGRADE_STATUS;
    }
}

static int upgrade(struct job *job)
{
    struct gp_session *s = &job->target.session;
    const struct gp_load_options options = {.block_flags = job->block_flags};
    struct gp_why why = {{0}};
    int result =
        job->cap != NULL
            ? gp_content_upgrade(s, job->cap, &options, &cli_progress,
                                 &job->state, &why)
            : gp_content_manage_upgrade(s, action_of(job->action),
                                        span_of(NULL, 0), &job->state, &why);
    return result == GP_OK ? EXIT_DONE : cli_fail(result, &why);
}

static void report(const struct job *job)
{
    char file[2 * GP_AID_MAX + 1] = "";

    hex_encode(gp_aid_span(&job->state.file), file);
    if (!job->target.json) {
        printf("%s%s%s\n", file, file[0] != '\0' ? ": " : "",
               gp_upgrade_text(job->state.state));
        return;
    }
    json_t *o = json_object();
    json_object_set_new(o, "state", json_integer(job->state.state));
    json_object_set_new(o, "text",
                        json_string(gp_upgrade_text(job->state.state)));
    if (file[0] != '\0')
        json_object_set_new(o, "package", json_string(file));
    json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
}

/* What was asked for is not what the card is at. */
static int judge(const struct job *job)
{
    if (job->state.state != GP_UPGRADE_RESTORE_FAILED ||
        (job->cap == NULL && job->action != RESUME))
        return EXIT_DONE;
    cli_error("an application did not take up what was saved; try again with "
              "'postcard upgrade --resume', or 'postcard upgrade --recover' "
              "and then the old CAP file or a better one");
    return EXIT_CARD_SAID;
}

static int run(struct job *job, const char *path)
{
    int status = path == NULL ? EXIT_DONE : open_cap(job, path);
    if (status == EXIT_DONE)
        status = cli_open_session(&job->target);
    if (status == EXIT_DONE)
        status = upgrade(job);
    if (status == EXIT_DONE) {
        report(job);
        status = judge(job);
    }
    cli_close(&job->target);
    gp_capfile_free(&job->cap);
    return status;
}

int verb_upgrade(int argc, char **argv)
{
    struct job job = {.action = 0};
    int status = cli_parse(argc, argv, &job.target, help, own, take, &job);
    if (status >= 0)
        return status;
    if (job.actions > 1 || argc - optind != (job.actions == 1 ? 0 : 1)) {
        cli_error("a CAP file, or one of the options in its place, is needed");
        return cli_usage(argv[0]);
    }
    return run(&job, job.actions == 1 ? NULL : argv[optind]);
}
