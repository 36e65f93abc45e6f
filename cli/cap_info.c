/* cap info: what a CAP file holds and needs, and whether it fits a card. */
#include <getopt.h>

#include <gp/capinfo.h>

#include "cli/cap_answer.h"
#include "cli/cap_file.h"
#include "cli/verbs.h"
#include "toolchain/files.h"

static const char info_help[] =
    "postcard cap info: what a CAP file holds and needs\n\n"
    "Usage: postcard cap info FILE [--card FILE] [--exp FILE]... [--json]\n\n"
    "Shows package, applets, imported packages with the first release that "
    "has them\nand the lowest that has all; the size of each component and "
    "what the package takes\nof a card's memory, measured by loading it and "
    "installing its applets on a new\ncard in memory; classes, methods, "
    "fields; what is exported, and what of the API\nis used.\n\n"
    "  --card FILE   whether it fits this card, tried on a copy of it: "
    "memory,\n"
    "                missing packages and methods, AIDs already there; needs\n"
    "                no key, and ends with 4 when it does not fit\n"
    "  --exp FILE    export file of an imported package, for its names\n"
    "  --json        as JSON\n\n"
    "Example:\n"
    "  postcard cap info wallet.cap --card my.card\n";

enum { EXPORTS_MAX = 128 };

struct question {
    const char *card;
    bool json;
    const char *export_paths[EXPORTS_MAX];
    size_t export_count;
};

static int read_info(const struct question *q, const struct gp_capfile *cap,
                     struct gp_cap_info **out)
{
    struct tc_arena *arena = tc_arena_new();
    struct span exports[EXPORTS_MAX];
    struct gp_why why = {""};
    char error[512];
    int status = EXIT_DONE;

    for (size_t i = 0; i < q->export_count && status == EXIT_DONE; i++) {
        struct tc_input input;
        if (tc_file_read(arena, q->export_paths[i], &input, error,
                         sizeof error)) {
            exports[i] = input.bytes;
        } else {
            cli_error("%s", error);
            status = EXIT_REFUSED;
        }
    }
    if (status == EXIT_DONE &&
        gp_cap_info(cap, exports, q->export_count, out, &why) != GP_OK) {
        cli_error("%s", why.text);
        status = EXIT_REFUSED;
    }
    tc_arena_free(&arena);
    return status;
}

static int answer(const struct question *q, const struct gp_capfile *cap)
{
    struct gp_cap_info *info = NULL;
    struct cli_fit fit = {.problem_count = 0};
    int status = read_info(q, cap, &info);
    if (status == EXIT_DONE)
        status = q->card == NULL ? cli_fit_blank(cap, &fit)
                                 : cli_fit_card(cap, q->card, &fit);
    if (status == EXIT_DONE) {
        const struct cli_cap_answer a = {q->card, cap, info, &fit};
        if (q->json)
            cli_cap_answer_json(&a);
        else
            cli_cap_answer_text(&a);
        if (q->card != NULL && fit.problem_count > 0)
            status = EXIT_REFUSED;
    }
    cli_fit_free(&fit);
    gp_cap_info_free(&info);
    return status;
}

static int parse(int argc, char **argv, struct question *q)
{
    static const struct option options[] = {
        {"card", required_argument, NULL, 'c'},
        {"exp", required_argument, NULL, 'e'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int code = 0;
    optind = 1;
    while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (code == 'h')
            return cli_help(info_help);
        if (code == 'j')
            q->json = true;
        else if (code == 'c')
            q->card = optarg;
        else if (code == 'e' && q->export_count < EXPORTS_MAX)
            q->export_paths[q->export_count++] = optarg;
        else
            return cli_usage("cap info");
    }
    if (argc - optind == 1)
        return -1;
    cli_error("cap info wants one CAP file");
    return cli_usage("cap info");
}

int verb_cap_info(int argc, char **argv)
{
    struct question q = {.json = false};
    int status = parse(argc, argv, &q);
    if (status >= 0)
        return status;
    struct gp_capfile *cap = cli_cap_open(argv[optind]);
    if (cap == NULL)
        return EXIT_REFUSED;
    status = answer(&q, cap);
    gp_capfile_free(&cap);
    return status;
}
