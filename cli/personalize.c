/* personalize: STORE DATA to an application through its security domain. */
#include <stdio.h>
#include <string.h>

#include <gp/content.h>

#include "base/ct.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard personalize AID: send STORE DATA to an application\n\n"
    "Usage: postcard personalize AID --data HEX [--data HEX]... [OPTION]...\n"
    "       postcard personalize --data HEX...    (the security domain "
    "itself)\n\n"
    "  --data HEX       one STORE DATA; repeat it for more; '-' reads one "
    "line\n"
    "                   of hexadecimal each from standard input\n"
    "  --format FORM    none (default), dgi or tlv: what P1 says of the data\n"
    "  --encrypted      P1 says that values are encrypted\n"
    "\nExample:\n"
    "  postcard personalize F0504F53540101 --format dgi --data 01010400000064 "
    "--card my.card\n";

enum { DATA = 1, FORMAT, ENCRYPTED };
enum { ITEMS_MAX = 256, BYTES_MAX = 16384 };

static const struct option own[] = {
    {"data", required_argument, NULL, DATA},
    {"format", required_argument, NULL, FORMAT},
    {"encrypted", no_argument, NULL, ENCRYPTED},
    {0},
};

struct job {
    struct cli_target target;
    struct gp_aid aid;
    uint8_t flags;
    size_t count;
    struct span items[ITEMS_MAX];
    struct buf all;
    uint8_t bytes[BYTES_MAX];
};

static int add(struct job *job, const char *text)
{
    size_t start = job->all.n;
    if (job->count == ITEMS_MAX) {
        cli_error("--data: more than %d", ITEMS_MAX);
        return EXIT_USAGE;
    }
    int status = cli_hex("--data", text, &job->all);
    job->items[job->count++] = span_of(job->all.p + start, job->all.n - start);
    return status;
}

static int add_lines(struct job *job)
{
    char line[1024];
    int status = EXIT_DONE;
    while (status == EXIT_DONE && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0')
            status = add(job, line);
    }
    wipe(line, sizeof line);
    return status;
}

static int take_format(struct job *job, const char *text)
{
    job->flags &= GP_STORE_ENCRYPTED;
    if (strcmp(text, "dgi") == 0)
        job->flags |= GP_STORE_DGI;
    else if (strcmp(text, "tlv") == 0)
        job->flags |= GP_STORE_TLV;
    else if (strcmp(text, "none") != 0) {
        cli_error("--format takes none, dgi or tlv");
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    switch (code) {
    case DATA:
        return strcmp(argument, "-") == 0 ? add_lines(job) : add(job, argument);
    case FORMAT:
        return take_format(job, argument);
    default:
        job->flags |= GP_STORE_ENCRYPTED;
        return EXIT_DONE;
    }
}

static int run(struct job *job)
{
    struct gp_why why = {{0}};
    int status = cli_open_session(&job->target);
    if (status == EXIT_DONE) {
        int result = gp_content_store(
            &job->target.session, gp_aid_span(&job->aid), job->flags,
            job->items, job->count, &cli_progress, &why);
        if (result != GP_OK)
            status = cli_fail(result, &why);
        else
            printf("personalized with %zu STORE DATA\n", job->count);
    }
    cli_close(&job->target);
    return status;
}

int verb_personalize(int argc, char **argv)
{
    struct job job = {.count = 0};
    job.all = buf_of(job.bytes, sizeof job.bytes);
    int status = cli_parse(argc, argv, &job.target, help, own, take, &job);
    if (status >= 0)
        return status;
    if (argc - optind > 1 || job.count == 0) {
        cli_error("one AID at most, and at least one --data");
        return cli_usage(argv[0]);
    }
    if (optind < argc && cli_aid(argv[0], argv[optind], &job.aid) != EXIT_DONE)
        return EXIT_USAGE;
    status = run(&job);
    wipe(job.bytes, sizeof job.bytes);
    return status;
}
