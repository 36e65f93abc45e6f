#include "cli/cap_fit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/sw.h"
#include "cli/cap_file.h"
#include "cli/card_file.h"
#include "cli/cli.h"

enum { HEX_MAX = 2 * GP_AID_MAX + 1 };

static void add_problem(struct cli_fit *fit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each problem once: a method may stand twice in the ConstantPool. */
static void add_problem(struct cli_fit *fit, const char *format, ...)
{
    char text[CLI_PROBLEM_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (size_t i = 0; i < fit->problem_count; i++)
        if (strcmp(fit->problems[i], text) == 0)
            return;
    void *more = realloc(fit->problems,
                         (fit->problem_count + 1) * sizeof *fit->problems);
    if (more == NULL)
        return;
    fit->problems = more;
    memcpy(fit->problems[fit->problem_count++], text, sizeof text);
}

static void hear(void *ctx, const char *sentence)
{
    add_problem(ctx, "it %s", sentence);
}

/* ---- AIDs that the card has already ---- */

struct registry {
    const struct gp_capfile *cap;
    struct cli_fit *fit;
};

/* "package aid=H version=M.m ...": the value of a word of the dump. */
static void word(const char *line, const char *key, char *out, size_t n)
{
    const char *at = strstr(line, key);
    size_t used = 0;
    for (at = at == NULL ? "" : at + strlen(key);
         *at != '\0' && *at != ' ' && used + 1 < n; at++)
        out[used++] = *at;
    out[used] = '\0';
}

static void compare(const struct registry *r, const char *line,
                    const struct gp_aid *aid, const char *what,
                    const char *advice)
{
    char own[HEX_MAX];
    char here[HEX_MAX];
    char version[16];

    hex_encode(gp_aid_span(aid), own);
    word(line, " aid=", here, sizeof here);
    word(line, " version=", version, sizeof version);
    if (strcmp(own, here) == 0)
        add_problem(
            r->fit, "the AID of its %s, %s, is taken by %s%s%s%s", what, own,
            strncmp(line, "package", 7) == 0 ? "a package" : "an application",
            version[0] == '\0' ? "" : " of version ", version, advice);
}

static void check_line(void *ctx, const char *line)
{
    const struct registry *r = ctx;
    if (strncmp(line, "package ", 8) != 0 &&
        strncmp(line, "application ", 12) != 0 &&
        strncmp(line, "domain ", 7) != 0)
        return;
    compare(r, line, &r->cap->package.aid, "package", "");
    for (unsigned i = 0; i < r->cap->applet_count; i++)
        compare(r, line, &r->cap->applets[i], "applet",
                ": give the instance another");
}

/* ---- the trial ---- */

static void judge_load(struct cli_fit *fit)
{
    const struct card_trial *t = &fit->trial;
    if (t->load_sw == SW_OK || fit->problem_count > 0)
        return;
    if (t->load_sw == SW_NO_MEMORY)
        add_problem(fit, "the card has too little memory: %lu bytes are free",
                    (unsigned long)t->free);
    else
        add_problem(fit, "the card refuses it with %04X%s%s", t->load_sw,
                    t->why[0] == '\0' ? "" : ": ", t->why);
}

static void judge_install(struct cli_fit *fit)
{
    const struct card_trial *t = &fit->trial;
    if (t->load_sw == SW_OK && t->install_sw == SW_NO_MEMORY)
        add_problem(fit,
                    "its applets do not find the memory that they want when "
                    "they are installed: %lu bytes are free after the load",
                    (unsigned long)(t->free - t->load_bytes));
}

static int try_on(struct posix_card *card, const struct gp_capfile *cap,
                  struct cli_fit *fit)
{
    size_t n = 0;
    uint8_t *bytes = cli_cap_block(cap, &n);

    if (bytes == NULL)
        return EXIT_REFUSED;
    card_try(posix_card_card(card), bytes, n, &fit->trial, hear, fit);
    fit->tried = true;
    free(bytes);
    judge_load(fit);
    judge_install(fit);
    return EXIT_DONE;
}

int cli_fit_card(const struct gp_capfile *cap, const char *path,
                 struct cli_fit *fit)
{
    struct posix_card *card = NULL;
    struct registry r = {cap, fit};

    *fit = (struct cli_fit){.problem_count = 0};
    int status = cli_card_look(path, &card);
    if (status != EXIT_DONE)
        return status;
    card_dump(posix_card_card(card), false, check_line, &r);
    status = try_on(card, cap, fit);
    posix_card_close(&card);
    return status;
}

int cli_fit_blank(const struct gp_capfile *cap, struct cli_fit *fit)
{
    struct posix_card *card = NULL;

    *fit = (struct cli_fit){.problem_count = 0};
    int status = cli_card_blank(&card);
    if (status == EXIT_DONE)
        status = try_on(card, cap, fit);
    posix_card_close(&card);
    return status;
}

void cli_fit_free(struct cli_fit *fit)
{
    free(fit->problems);
    *fit = (struct cli_fit){.problem_count = 0};
}
