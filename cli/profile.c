#include "cli/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/profile_settings.h"
#include "gp22_jcop_like_profile.h"
#include "gp231_profile.h"
#include "issued_profile.h"
#include "terse_profile.h"
#include "uicc_profile.h"
#include "visa_op201_profile.h"

enum { FILE_MAX = 64 * 1024, MEMORY_MIN = 64 * 1024 };

static const struct built_in {
    const char *name;
    const unsigned char *text;
    size_t n;
} built_ins[] = {
    {"gp231", gp231_profile, sizeof gp231_profile},
    {"issued", issued_profile, sizeof issued_profile},
    {"gp22-jcop-like", gp22_jcop_like_profile, sizeof gp22_jcop_like_profile},
    {"uicc", uicc_profile, sizeof uicc_profile},
    {"visa-op201", visa_op201_profile, sizeof visa_op201_profile},
    {"terse", terse_profile, sizeof terse_profile},
    {"developer", gp231_profile, sizeof gp231_profile}, /* its old name */
};

enum { BUILT_INS = sizeof built_ins / sizeof built_ins[0], LISTED = 6 };

/* ---- lines ---- */

struct reader {
    struct cli_profile *out;
    const char *path;
    unsigned line;
    unsigned lines[CLI_SETTINGS]; /* where each was set; 0: not */
};

static bool set(struct reader *r, const char *name, const char *value)
{
    for (unsigned i = 0; i < CLI_SETTINGS; i++) {
        if (strcmp(cli_settings[i].name, name) != 0)
            continue;
        if (r->lines[i] != 0) {
            cli_error("%s:%u: %s stands in line %u already", r->path, r->line,
                      name, r->lines[i]);
            return false;
        }
        r->lines[i] = r->line;
        if (cli_settings[i].take(r->out, value, cli_settings[i].at))
            return true;
        cli_error("%s:%u: %s takes %s, not '%s'", r->path, r->line, name,
                  cli_settings[i].takes, value);
        return false;
    }
    cli_error("%s:%u: a profile has no '%s'", r->path, r->line, name);
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    size_t n = strlen(text);

    while (n > 0 && is_blank(text[n - 1]))
        text[--n] = '\0';
    while (is_blank(*text))
        text++;
    return text;
}

/* One line, without its end; it is cut up. */
static bool read_line(struct reader *r, char *text)
{
    text[strcspn(text, "#")] = '\0';
    char *value = strchr(text, '=');
    if (value != NULL)
        *value++ = '\0';
    char *name = trim(text);
    if (value == NULL && *name == '\0')
        return true;
    if (value == NULL || *name == '\0' || *trim(value) == '\0') {
        cli_error("%s:%u: a line is 'key = value'", r->path, r->line);
        return false;
    }
    return set(r, name, trim(value));
}

/* A whole file; `text` ends with a NUL and is cut up. */
static int read_text(struct reader *r, char *text, size_t n)
{
    if (strlen(text) != n) {
        cli_error("%s: not a text file", r->path);
        return EXIT_REFUSED;
    }
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        r->line++;
        if (!read_line(r, line))
            return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

/* What lines that are well by themselves may not be together. */
static int check(const struct reader *r)
{
    const struct cli_profile *p = r->out;

    const bool des = p->card.scp02_i != 0 || p->card.scp01_i != 0;
    const uint8_t version =
        p->card.scp02_i != 0 ? p->scp02_version : p->scp01_version;

    if (!p->has_scp03 && !des) {
        cli_error("%s: a card without scp03, scp02 and scp01 cannot be managed",
                  r->path);
        return EXIT_REFUSED;
    }
    if (p->card.scp02_i != 0 && p->card.scp01_i != 0) {
        cli_error("%s: triple DES keys are for scp02 or for scp01, not for "
                  "both: one is none",
                  r->path);
        return EXIT_REFUSED;
    }
    if (p->has_scp03 && des && p->scp03_version == version) {
        cli_error("%s: the keys of scp03 and %s need versions of their own, "
                  "not both %02X",
                  r->path, p->card.scp02_i != 0 ? "scp02" : "scp01", version);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

static int read_bytes(const char *path, const void *bytes, size_t n,
                      struct cli_profile *out)
{
    struct reader r = {.out = out, .path = path};
    char *text = malloc(n + 1);

    if (text == NULL) {
        cli_error("out of memory");
        return EXIT_NO_CARD;
    }
    memcpy(text, bytes, n);
    text[n] = '\0';
    int status = read_text(&r, text, n);
    free(text);
    return status == EXIT_DONE ? check(&r) : status;
}

static int read_file(const char *path, struct cli_profile *out)
{
    static char text[FILE_MAX + 1];
    FILE *f = fopen(path, "rbe");

    if (f == NULL) {
        cli_error("%s: %s", path, strerror(errno));
        return EXIT_NO_CARD;
    }
    size_t n = fread(text, 1, sizeof text, f);
    if (ferror(f) != 0) {
        cli_error("%s: %s", path, strerror(errno));
        fclose(f);
        return EXIT_NO_CARD;
    }
    fclose(f);
    if (n > FILE_MAX) {
        cli_error("%s: too long for a profile", path);
        return EXIT_REFUSED;
    }
    return read_bytes(path, text, n, out);
}

/* ---- profiles ---- */

static const struct built_in *find(const char *name)
{
    for (unsigned i = 0; i < BUILT_INS; i++) {
        if (strcmp(built_ins[i].name, name) == 0)
            return &built_ins[i];
    }
    return NULL;
}

bool cli_profile_memory_fits(uint32_t memory)
{
    return memory >= MEMORY_MIN;
}

int cli_profile_load(const char *name, struct cli_profile *out)
{
    const struct built_in *usual = &built_ins[0];
    const struct built_in *b = find(name);

    *out = (struct cli_profile){.memory = 0};
    int status = read_bytes(usual->name, usual->text, usual->n, out);
    if (status == EXIT_DONE && b != NULL)
        status = read_bytes(b->name, b->text, b->n, out);
    else if (status == EXIT_DONE && strpbrk(name, "/.") != NULL)
        status = read_file(name, out);
    else if (status == EXIT_DONE) {
        cli_error("there is no profile '%s': --profile help lists them, and a "
                  "file's name has a '/' or a '.'",
                  name);
        status = EXIT_USAGE;
    }
    snprintf(out->name, sizeof out->name, "%s", name);
    return status;
}

void cli_profile_list(void)
{
    for (unsigned i = 0; i < LISTED; i++) {
        /* the first line is "# NAME: SUMMARY" */
        const char *text = (const char *)built_ins[i].text;
        const char *end = memchr(text, '\n', built_ins[i].n);
        size_t skip = strlen(built_ins[i].name) + sizeof "# : " - 1;
        printf("%-15s %.*s\n", built_ins[i].name, (int)(end - text) - (int)skip,
               text + skip);
    }
}
