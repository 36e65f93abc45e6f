/* apdu: commands as they are given, each exchange printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "cli/exchange.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard apdu HEX...: send command APDUs\n\n"
    "Usage: postcard apdu HEX... [OPTION]...\n\n"
    "Prints each exchange; done when the last status word is 9000.\n\n"
    "  --expect SW     done when the last status word is this one; X is any "
    "digit\n"
    "  --secure        through a secure channel\n"
    "\nExample:\n"
    "  postcard apdu 00A4040007F0504F53540101 80500000 --card my.card\n";

enum { EXPECT = 1, SECURE };

static const struct option own[] = {
    {"expect", required_argument, NULL, EXPECT},
    {"secure", no_argument, NULL, SECURE},
    {0},
};

struct job {
    struct cli_target target;
    const char *expect;
    bool secure;
    json_t *array;
    uint8_t command[GP_COMMAND_MAX];
    uint8_t response[GP_RESPONSE_MAX];
};

static int take(void *ctx, int code, const char *argument)
{
    struct job *job = ctx;
    if (code == SECURE) {
        job->secure = true;
        return EXIT_DONE;
    }
    job->expect = argument;
    if (strlen(argument) == 4 && cli_pattern_valid(argument))
        return EXIT_DONE;
    cli_error("--expect takes four hexadecimal digits or X");
    return EXIT_USAGE;
}

static json_t *hex_json(struct span s)
{
    char *text = malloc(2 * s.n + 1);
    if (text == NULL)
        return NULL;
    hex_encode(s, text);
    json_t *j = json_string(text);
    free(text);
    return j;
}

static void show(struct job *job, struct span command,
                 const struct buf *response)
{
    sw_t sw = gp_response_sw(response);
    if (job->array == NULL) {
        cli_print_bytes("> ", command);
        cli_print_bytes("< ", buf_span(response));
        if (sw != SW_OK)
            printf("  %s\n", sw_text(sw));
        return;
    }
    json_t *o = json_object();
    json_object_set_new(o, "command", hex_json(command));
    json_object_set_new(o, "data", hex_json(gp_response_data(response)));
    json_object_set_new(o, "sw", json_sprintf("%04X", sw));
    json_object_set_new(o, "meaning", json_string(sw_text(sw)));
    json_array_append_new(job->array, o);
}

static int send_all(struct job *job, char **texts, sw_t *sw)
{
    for (; *texts != NULL; texts++) {
        struct buf command = buf_of(job->command, sizeof job->command);
        struct buf response = buf_of(job->response, sizeof job->response);
        if (cli_hex("apdu", *texts, &command) != EXIT_DONE)
            return EXIT_USAGE;
        int result = cli_exchange(&job->target, job->secure, buf_span(&command),
                                  &response);
        if (result != GP_OK)
            return cli_fail(result, NULL);
        show(job, buf_span(&command), &response);
        *sw = gp_response_sw(&response);
    }
    return EXIT_DONE;
}

static int check_all(struct job *job, char **texts)
{
    for (; *texts != NULL; texts++) {
        struct buf command = buf_of(job->command, sizeof job->command);
        if (cli_hex("apdu", *texts, &command) != EXIT_DONE)
            return EXIT_USAGE;
        if (command.n < 4) {
            cli_error("'%s' is shorter than a command's four bytes", *texts);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

static int verdict(const struct job *job, sw_t sw)
{
    const uint8_t bytes[2] = {(uint8_t)(sw >> 8), (uint8_t)sw};
    const char *expect = job->expect == NULL ? "9000" : job->expect;
    if (cli_pattern_matches(expect, span_of(bytes, 2)))
        return EXIT_DONE;
    cli_error("the last status word is %04X (%s), not %s", sw, sw_text(sw),
              expect);
    return EXIT_CARD_SAID;
}

static int run(struct job *job, char **texts)
{
    sw_t sw = 0;
    int status =
        job->secure ? cli_open_session(&job->target) : cli_open(&job->target);
    if (status == EXIT_DONE && job->target.json)
        job->array = json_array();
    if (status == EXIT_DONE)
        status = send_all(job, texts, &sw);
    if (job->array != NULL) {
        json_dumpf(job->array, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    if (status == EXIT_DONE)
        status = verdict(job, sw);
    json_decref(job->array);
    cli_close(&job->target);
    return status;
}

int verb_apdu(int argc, char **argv)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return cli_fail(GP_ERR_MEMORY, NULL);
    int status = cli_parse(argc, argv, &job->target, help, own, take, job);
    if (status < 0 && optind == argc) {
        cli_error("a command APDU is needed");
        status = cli_usage(argv[0]);
    }
    if (status < 0 && check_all(job, argv + optind) != EXIT_DONE)
        status = EXIT_USAGE;
    if (status < 0)
        status = run(job, argv + optind);
    free(job);
    return status;
}
