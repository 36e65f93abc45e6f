/* install: load a CAP file and make an instance of its applet; load: only it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gp/content.h>
#include <jansson.h>

#include "base/hex.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char install_help[] =
    "postcard install CAP: load a CAP file and install its applet\n\n"
    "Usage: postcard install CAP [OPTION]...\n"
    "       postcard install --package AID --applet AID [OPTION]...   (loaded "
    "already)\n\n"
    "  --applet AID       which applet of the file; default: its only one\n"
    "  --instance AID     AID of the instance; default: the applet's\n"
    "  --params HEX       installation parameters, put under tag C9\n"
    "  --privileges LIST  names ('card-lock,card-terminate') or hexadecimal\n"
    "  --domain AID       security domain to load into; default: the "
    "channel's\n"
    "  --package AID      do not load; the package is on the card\n"
    "  --descriptor       load the Descriptor component too; one of the "
    "extended\n"
    "                     format is always loaded\n"
    "  --replace          delete the package and its instances first\n"
    "\nExample:\n"
    "  postcard install wallet.cap --card my.card --params 0100\n";

static const char load_help[] =
    "postcard load CAP: load a CAP file, install nothing\n\n"
    "Usage: postcard load CAP [OPTION]...\n\n"
    "  --domain AID       security domain to load into; default: the "
    "channel's\n"
    "  --descriptor       load the Descriptor component too; one of the "
    "extended\n"
    "                     format is always loaded\n"
    "  --replace          delete the package and its instances first\n"
    "\nExample:\n"
    "  postcard load library.cap --reader 'ACS ACR39U'\n";

enum {
    APPLET = 1,
    INSTANCE,
    PARAMS,
    PRIVILEGES,
    DOMAIN_,
    PACKAGE,
    DESCRIPTOR,
    REPLACE
};

static const struct option install_options[] = {
    {"applet", required_argument, NULL, APPLET},
    {"instance", required_argument, NULL, INSTANCE},
    {"params", required_argument, NULL, PARAMS},
    {"privileges", required_argument, NULL, PRIVILEGES},
    {"domain", required_argument, NULL, DOMAIN_},
    {"package", required_argument, NULL, PACKAGE},
    {"descriptor", no_argument, NULL, DESCRIPTOR},
    {"replace", no_argument, NULL, REPLACE},
    {0},
};

static const struct option load_options[] = {
    {"domain", required_argument, NULL, DOMAIN_},
    {"descriptor", no_argument, NULL, DESCRIPTOR},
    {"replace", no_argument, NULL, REPLACE},
    {0},
};

struct job {
    struct cli_target target;
    struct gp_capfile *cap; /* NULL with --package */
    struct gp_aid applet;
    struct gp_aid instance;
    struct gp_aid domain;
    struct gp_aid package;
    uint8_t privileges[3];
    uint8_t privileges_length;
    uint8_t params[255];
    size_t params_length;
    unsigned block_flags;
    bool replace;
};

static int take_params(struct job *job, const char *text)
{
    struct buf out = buf_of(job->params, sizeof job->params);
    int status = cli_hex("--params", text, &out);
    job->params_length = out.n;
    return status;
}

static int take_privileges(struct job *job, const char *text)
{
    if (gp_privileges_parse(text, job->privileges, &job->privileges_length) ==
        GP_OK)
        return EXIT_DONE;
    cli_error("--privileges: '%s' is no list of privileges", text);
    return EXIT_USAGE;
}

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    switch (code) {
    case APPLET:
        return cli_aid("--applet", argument, &job->applet);
    case INSTANCE:
        return cli_aid("--instance", argument, &job->instance);
    case PARAMS:
        return take_params(job, argument);
    case PRIVILEGES:
        return take_privileges(job, argument);
    case DOMAIN_:
        return cli_aid("--domain", argument, &job->domain);
    case PACKAGE:
        return cli_aid("--package", argument, &job->package);
    case DESCRIPTOR:
        job->block_flags |= GP_BLOCK_WITH_DESCRIPTOR;
        return EXIT_DONE;
    default:
        job->replace = true;
        return EXIT_DONE;
    }
}

static int open_cap(struct job *job, const char *path)
{
    struct gp_why why = {{0}};
    int result = gp_capfile_open(path, &job->cap, &why);
    if (result == GP_OK) {
        job->package = job->cap->package.aid;
        return EXIT_DONE;
    }
    cli_fail(result, &why);
    return EXIT_REFUSED;
}

/* The applet asked for must be in the file; with one, none need be asked. */
static int choose_applet(struct job *job)
{
    const struct gp_capfile *cap = job->cap;
    if (cap == NULL)
        return EXIT_DONE;
    for (unsigned i = 0; i < cap->applet_count; i++) {
        if (gp_aid_equal(&job->applet, &cap->applets[i]))
            return EXIT_DONE;
    }
    if (job->applet.n > 0) {
        cli_error("the CAP file has no applet with that AID");
        return EXIT_REFUSED;
    }
    if (cap->applet_count != 1) {
        cli_error("the CAP file has %u applets; %s", cap->applet_count,
                  cap->applet_count == 0 ? "use 'postcard load'"
                                         : "choose one with --applet");
        return EXIT_REFUSED;
    }
    job->applet = cap->applets[0];
    return EXIT_DONE;
}

static int load(struct job *job)
{
    struct gp_why why = {{0}};
    const struct gp_load_options options = {.domain = job->domain,
                                            .block_flags = job->block_flags};
    if (job->cap == NULL)
        return EXIT_DONE;
    struct gp_session *s = &job->target.session;
    if (job->replace) {
        int result =
            gp_content_delete(s, gp_aid_span(&job->package), true, &why);
        if (result != GP_OK && result != SW_DATA_NOT_FOUND)
            return cli_fail(result, &why);
    }
    int result = gp_content_load(s, job->cap, &options, &cli_progress, &why);
    return result == GP_OK ? EXIT_DONE : cli_fail(result, &why);
}

static int install(struct job *job)
{
    struct gp_why why = {{0}};
    struct gp_install in = {
        .file = gp_aid_span(&job->package),
        .module = gp_aid_span(&job->applet),
        .instance = gp_aid_span(&job->instance),
        .privileges_length = job->privileges_length,
        .parameters = span_of(job->params, job->params_length),
    };
    memcpy(in.privileges, job->privileges, sizeof in.privileges);
    int result = gp_content_install(&job->target.session, &in, &why);
    return result == GP_OK ? EXIT_DONE : cli_fail(result, &why);
}

static json_t *hex_json(struct span s)
{
    char text[2 * 255 + 1];
    hex_encode(s, text);
    return json_string(text);
}

static void report(const struct job *job, bool installed)
{
    const struct gp_aid *instance =
        job->instance.n > 0 ? &job->instance : &job->applet;
    char package[2 * GP_AID_MAX + 1];
    char name[2 * GP_AID_MAX + 1] = "";
    hex_encode(gp_aid_span(&job->package), package);
    if (installed)
        hex_encode(gp_aid_span(instance), name);

    if (!job->target.json) {
        printf("%s %s%s%s\n", installed ? "installed" : "loaded", package,
               installed ? ", instance " : "", name);
        return;
    }
    json_t *o = json_object();
    json_object_set_new(o, "package", hex_json(gp_aid_span(&job->package)));
    if (installed)
        json_object_set_new(o, "instance", hex_json(gp_aid_span(instance)));
    if (job->cap != NULL)
        json_object_set_new(o, "bytes",
                            json_integer((json_int_t)gp_capfile_block_size(
                                job->cap, job->block_flags)));
    json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
}

static int run(struct job *job, const char *path, bool with_install)
{
    int status = path == NULL ? EXIT_DONE : open_cap(job, path);
    if (status == EXIT_DONE && with_install)
        status = choose_applet(job);
    if (status == EXIT_DONE)
        status = cli_open_session(&job->target);
    if (status == EXIT_DONE)
        status = load(job);
    if (status == EXIT_DONE && with_install)
        status = install(job);
    if (status == EXIT_DONE)
        report(job, with_install);
    cli_close(&job->target);
    gp_capfile_free(&job->cap);
    return status;
}

int verb_install(int argc, char **argv)
{
    struct job job = {.privileges_length = 1};
    int status = cli_parse(argc, argv, &job.target, install_help,
                           install_options, take, &job);
    if (status >= 0)
        return status;
    bool loaded = job.package.n > 0;
    if (argc - optind != (loaded ? 0 : 1) || (loaded && job.applet.n == 0)) {
        cli_error("a CAP file, or --package and --applet, are needed");
        return cli_usage(argv[0]);
    }
    return run(&job, loaded ? NULL : argv[optind], true);
}

int verb_load(int argc, char **argv)
{
    struct job job = {.privileges_length = 1};
    int status =
        cli_parse(argc, argv, &job.target, load_help, load_options, take, &job);
    if (status >= 0)
        return status;
    if (argc - optind != 1) {
        cli_error("one CAP file is needed");
        return cli_usage(argv[0]);
    }
    return run(&job, argv[optind], false);
}
