/* script: lines of commands and the responses that they must get. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exchange.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard script FILE: run a script of commands and expected answers\n\n"
    "Usage: postcard script FILE [OPTION]...      ('-' reads standard "
    "input)\n\n"
    "  > HEX      a command; white space between bytes does not matter\n"
    "  < HEX      the response with its status word that it must get; X is any "
    "digit;\n"
    "             without this line the command must end with 9000\n"
    "  reset      the card is reset\n"
    "  # ...      a comment; empty lines are skipped\n\n"
    "  --secure   through a secure channel, opened again after each reset\n"
    "  --quiet    print only what fails\n"
    "\nExample:\n"
    "  postcard script wallet.apdu --card my.card\n";

enum { SECURE = 1, QUIET };
enum { LINE_MAX_ = 300000 };

static const struct option own[] = {
    {"secure", no_argument, NULL, SECURE},
    {"quiet", no_argument, NULL, QUIET},
    {0},
};

struct job {
    struct cli_target target;
    bool secure;
    bool quiet;
    const char *name;
    unsigned line;
    unsigned exchanges;
    unsigned failed;
    unsigned asked; /* line of the last command, 0: nothing to judge */
    struct buf response;
    uint8_t command[GP_COMMAND_MAX];
    uint8_t bytes[GP_RESPONSE_MAX];
    char text[LINE_MAX_];
};

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    (void)argument;
    if (code == SECURE)
        job->secure = true;
    else
        job->quiet = true;
    return EXIT_DONE;
}

static void fail(struct job *job, unsigned line, const char *want)
{
    job->failed++;
    printf("%s:%u: expected %s, got:\n", job->name, line, want);
    cli_print_bytes("< ", buf_span(&job->response));
    sw_t sw = gp_response_sw(&job->response);
    if (sw != SW_OK)
        printf("  %s\n", sw_text(sw));
}

/* A command that no '<' line followed must have ended with 9000. */
static void judge_silent(struct job *job)
{
    if (job->asked != 0 && gp_response_sw(&job->response) != SW_OK)
        fail(job, job->asked, "9000");
    job->asked = 0;
}

static int bad_line(const struct job *job, const char *what)
{
    cli_error("%s:%u: %s", job->name, job->line, what);
    return EXIT_USAGE;
}

static int run_command(struct job *job, const char *hex)
{
    struct buf command = buf_of(job->command, sizeof job->command);
    judge_silent(job);
    if (cli_hex(">", hex, &command) != EXIT_DONE || command.n < 4)
        return bad_line(job, "not a command APDU");
    int result = cli_exchange(&job->target, job->secure, buf_span(&command),
                              &job->response);
    if (result != GP_OK)
        return cli_fail(result, NULL);
    job->asked = job->line;
    job->exchanges++;
    if (!job->quiet) {
        cli_print_bytes("> ", buf_span(&command));
        cli_print_bytes("< ", buf_span(&job->response));
    }
    return EXIT_DONE;
}

static int run_expectation(struct job *job, const char *pattern)
{
    if (!cli_pattern_valid(pattern))
        return bad_line(job, "not hexadecimal digits and X");
    if (job->asked == 0)
        return bad_line(job, "no command went before");
    job->asked = 0;
    if (!cli_pattern_matches(pattern, buf_span(&job->response)))
        fail(job, job->line, pattern);
    return EXIT_DONE;
}

static int run_reset(struct job *job)
{
    judge_silent(job);
    int result = gp_transport_reset(job->target.transport);
    if (result != GP_OK)
        return cli_fail(result, NULL);
    return job->secure ? cli_open_session(&job->target) : EXIT_DONE;
}

/* Drops comments and white space. */
static void squeeze(char *line)
{
    char *out = line;
    for (const char *in = line; *in != '\0' && *in != '#'; in++) {
        if (!isspace((unsigned char)*in))
            *out++ = *in;
    }
    *out = '\0';
}

static int run_line(struct job *job)
{
    char *text = job->text;
    squeeze(text);
    if (text[0] == '\0')
        return EXIT_DONE;
    if (text[0] == '>')
        return run_command(job, text + 1);
    if (text[0] == '<')
        return run_expectation(job, text + 1);
    if (strcmp(text, "reset") == 0)
        return run_reset(job);
    return bad_line(job, "neither '>', '<', reset nor a comment");
}

static int run_file(struct job *job, FILE *f)
{
    int status =
        job->secure ? cli_open_session(&job->target) : cli_open(&job->target);
    while (status == EXIT_DONE &&
           fgets(job->text, sizeof job->text, f) != NULL) {
        job->line++;
        if (strlen(job->text) == sizeof job->text - 1)
            status = bad_line(job, "longer than any command");
        else
            status = run_line(job);
    }
    if (status == EXIT_DONE)
        judge_silent(job);
    if (status != EXIT_DONE)
        return status;
    printf("%s: %u exchanges, %u failed\n", job->name, job->exchanges,
           job->failed);
    return job->failed == 0 ? EXIT_DONE : EXIT_CARD_SAID;
}

static int run(struct job *job, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "re");
    job->name = path;
    job->response = buf_of(job->bytes, sizeof job->bytes);
    if (f == NULL) {
        cli_error("%s: %s", path, strerror(errno));
        return EXIT_REFUSED;
    }
    int status = run_file(job, f);
    if (!standard)
        fclose(f);
    cli_close(&job->target);
    return status;
}

int verb_script(int argc, char **argv)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return cli_fail(GP_ERR_MEMORY, NULL);
    int status = cli_parse(argc, argv, &job->target, help, own, take, job);
    if (status < 0 && argc - optind != 1) {
        cli_error("one script is needed");
        status = cli_usage(argv[0]);
    }
    if (status < 0)
        status = run(job, argv[optind]);
    free(job);
    return status;
}
