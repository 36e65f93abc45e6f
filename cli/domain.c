/* domain: a supplementary security domain is made, or content moves to it. */
#include <stdio.h>
#include <string.h>

#include <gp/content.h>

#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard domain AID: create a security domain\n\n"
    "Usage: postcard domain AID [OPTION]...\n"
    "       postcard domain --move AID --to AID [OPTION]...    "
    "(extradition)\n\n"
    "  --privileges LIST  more than security-domain, e.g. "
    "authorized-management\n"
    "  --params HEX       what goes under C9 (81 protocol, 82 extradition, "
    "...)\n"
    "  --authority        a Controlling Authority's: offers its keys to other "
    "domains\n"
    "  --package AID      package with the domain's code; default: "
    "A0000001515350\n"
    "  --module AID       its module; default: A000000151535041\n"
    "  --move AID         instead, move this application or domain\n"
    "  --to AID           ... to this domain\n"
    "\nThe new domain has no keys: whoever puts the first ones ('postcard key "
    "put --via AID')\ncould follow a later replacement.\n"
    "\nExample:\n"
    "  postcard domain F0504F53540301 --privileges authorized-management "
    "--card my.card\n";

enum { PRIVILEGES = 1, PARAMS, AUTHORITY, PACKAGE, MODULE, MOVE, TO };

static const struct option own[] = {
    {"privileges", required_argument, NULL, PRIVILEGES},
    {"params", required_argument, NULL, PARAMS},
    {"authority", no_argument, NULL, AUTHORITY},
    {"package", required_argument, NULL, PACKAGE},
    {"module", required_argument, NULL, MODULE},
    {"move", required_argument, NULL, MOVE},
    {"to", required_argument, NULL, TO},
    {0},
};

static const struct gp_aid usual_package = {
    7, {0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50}};
static const struct gp_aid usual_module = {
    8, {0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50, 0x41}};

struct job {
    struct cli_target target;
    struct gp_aid package;
    struct gp_aid module;
    struct gp_aid move;
    struct gp_aid to;
    uint8_t privileges[3];
    uint8_t privileges_length;
    bool is_authority; /* EF {CB: the Authority service [GPCS 8.1.3]} */
    uint8_t params[200];
    size_t params_length;
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
    if (gp_privileges_parse(text, job->privileges, &job->privileges_length) !=
        GP_OK) {
        cli_error("--privileges: '%s' is no list of privileges", text);
        return EXIT_USAGE;
    }
    job->privileges[0] |= 0x80; /* Security Domain */
    return EXIT_DONE;
}

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    switch (code) {
    case PRIVILEGES:
        return take_privileges(job, argument);
    case PARAMS:
        return take_params(job, argument);
    case AUTHORITY:
        job->is_authority = true;
        return EXIT_DONE;
    case PACKAGE:
        return cli_aid("--package", argument, &job->package);
    case MODULE:
        return cli_aid("--module", argument, &job->module);
    case MOVE:
        return cli_aid("--move", argument, &job->move);
    default:
        return cli_aid("--to", argument, &job->to);
    }
}

/* Such a domain is a global service. */
static void set_authority(struct gp_install *in)
{
    static const uint8_t service[] = {0xEF, 0x04, 0xCB, 0x02, 0x83, 0x00};

    if (in->privileges_length == 1)
        in->privileges[1] = 0x80; /* Trusted Path, as one byte stands for */
    in->privileges_length = 3;
    in->privileges[1] |= 0x01;
    in->system = span_of(service, sizeof service);
}

static int create(struct job *job, const char *text)
{
    struct gp_aid aid;
    struct gp_why why = {{0}};
    if (cli_aid("domain", text, &aid) != EXIT_DONE)
        return EXIT_USAGE;
    int status = cli_open_session(&job->target);
    if (status != EXIT_DONE)
        return status;

    struct gp_install in = {
        .file = gp_aid_span(&job->package),
        .module = gp_aid_span(&job->module),
        .instance = gp_aid_span(&aid),
        .privileges_length = job->privileges_length,
        .parameters = span_of(job->params, job->params_length),
    };
    memcpy(in.privileges, job->privileges, sizeof in.privileges);
    if (job->is_authority)
        set_authority(&in);
    int result = gp_content_install(&job->target.session, &in, &why);
    if (result != GP_OK)
        return cli_fail(result, &why);
    printf("security domain %s created\n", text);
    return EXIT_DONE;
}

static int move(struct job *job)
{
    uint8_t bytes[GP_APDU_SHORT_MAX];
    struct buf command = buf_of(bytes, sizeof bytes);
    int status = cli_open_session(&job->target);
    if (status != EXIT_DONE)
        return status;
    int result = gp_cmd_extradite(&command, gp_aid_span(&job->to),
                                  gp_aid_span(&job->move));
    if (result == GP_OK)
        result =
            gp_session_command(&job->target.session, buf_span(&command), NULL);
    if (result == GP_OK) {
        printf("moved\n");
        return EXIT_DONE;
    }
    struct gp_why why = {{0}};
    cli_refused(&why, result, "INSTALL [for extradition]");
    return cli_fail(result, &why);
}

int verb_domain(int argc, char **argv)
{
    struct job job = {.package = usual_package,
                      .module = usual_module,
                      .privileges = {0x80, 0, 0},
                      .privileges_length = 1};
    int status = cli_parse(argc, argv, &job.target, help, own, take, &job);
    if (status >= 0)
        return status;
    bool moves = job.move.n > 0 && job.to.n > 0;
    if (argc - optind != (moves ? 0 : 1) ||
        (!moves && (job.move.n > 0 || job.to.n > 0))) {
        cli_error("the new domain's AID, or --move and --to, are needed");
        return cli_usage(argv[0]);
    }
    status = moves ? move(&job) : create(&job, argv[optind]);
    cli_close(&job.target);
    return status;
}
