/* card algorithms: what a card supports, asked of it, as JCAlgTest tells it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "base/sw.h"
#include "cli/algorithms.h"
#include "cli/probe.h"
#include "cli/verbs.h"
#include "cli/version.h"

static const char help[] =
    "Usage: postcard card algorithms [FILE] [--only TEXT] [--json]\n"
    "Shows the algorithms, key types and key lengths that a card supports; "
    "without FILE\na new card's.  An applet asks for them one by one, on a "
    "copy of the card.\n\n"
    "The table has the form of JCAlgTest's, for its scripts: a name, yes, no "
    "or the\nerror, the seconds that it took, and the bytes of persistent, "
    "deselect and reset\nmemory.\n\n"
    "  --only TEXT   only sections that have TEXT in their name\n"
    "  --json        as JSON\n"
    "\nExample:\n"
    "  postcard card algorithms my.card --only Cipher\n";

enum { ANSWER_TEXT = 64 };

struct report {
    struct cli_probe *probe;
    const char *only;
    char section[CLI_ALGORITHM_SECTION]; /* the one begun last */
    json_t *sections;                    /* NULL: as text */
    json_t *rows;                        /* of that section */
};

/* ---- one answer ---- */

static const char *describe(const struct cli_probe_answer *a,
                            char text[ANSWER_TEXT])
{
    static const char *const exceptions[] = {
        [CLI_PROBE_THREW_CRYPTO] = "javacard/security/CryptoException",
        [CLI_PROBE_THREW_SYSTEM] = "javacard/framework/SystemException",
    };

    if (a->sw != SW_OK)
        snprintf(text, ANSWER_TEXT, "error(%04X)", a->sw);
    else if (a->outcome == CLI_PROBE_MADE)
        snprintf(text, ANSWER_TEXT, "yes");
    else if (a->outcome >= CLI_PROBE_THREW_OTHER)
        snprintf(text, ANSWER_TEXT, "error(UNKNOWN_ERROR)");
    else {
        const char *name = cli_constant_name(exceptions[a->outcome], a->reason);
        bool none = name != NULL && strcmp(name, "NO_SUCH_ALGORITHM") == 0;
        snprintf(text, ANSWER_TEXT, none ? "no" : "error(%s)",
                 name != NULL ? name : "UNKNOWN_ERROR");
    }
    return text;
}

static void print_row(const char *name, const struct cli_probe_answer *a)
{
    char text[ANSWER_TEXT];

    printf("%s;%s;\t\t%f;%ld;%ld;%ld\n", name, describe(a, text), a->seconds,
           (long)a->taken[0], (long)a->taken[1], (long)a->taken[2]);
}

static void add_row(json_t *rows, const char *name,
                    const struct cli_probe_answer *a)
{
    char text[ANSWER_TEXT];

    json_array_append_new(
        rows,
        json_pack("{s:s, s:b, s:s, s:f, s:i, s:i, s:i}", "name", name,
                  "supported", a->sw == SW_OK && a->outcome == CLI_PROBE_MADE,
                  "answer", describe(a, text), "seconds", a->seconds,
                  "persistent", (int)a->taken[0], "deselect", (int)a->taken[1],
                  "reset", (int)a->taken[2]));
}

/* ---- sections ---- */

static void begin_section(struct report *r, const char *section)
{
    snprintf(r->section, sizeof r->section, "%s", section);
    if (r->sections == NULL) {
        printf("\n%s\n", section);
        return;
    }
    r->rows = json_array();
    json_array_append_new(r->sections, json_pack("{s:s, s:o}", "class", section,
                                                 "algorithms", r->rows));
}

static bool take(void *ctx, const struct cli_algorithm *a)
{
    struct report *r = ctx;
    struct cli_probe_answer answer;

    if (r->only != NULL && strstr(a->section, r->only) == NULL)
        return true;
    if (!cli_probe_ask(r->probe, a->ins, a->data, a->n, &answer))
        return false;
    if (strcmp(a->section, r->section) != 0)
        begin_section(r, a->section);
    if (r->sections == NULL)
        print_row(a->name, &answer);
    else
        add_row(r->rows, a->name, &answer);
    return true;
}

/* ---- the card ---- */

static const char *const kinds[CLI_PROBE_KINDS] = {
    "PERSISTENT", "TRANSIENT_DESELECT", "TRANSIENT_RESET"};

static void print_head(const struct cli_probe *p,
                       const struct cli_probe_system *s)
{
    uint8_t atr[33];
    char text[2 * sizeof atr + 1];

    hex_encode(span_of(atr, cli_probe_atr(p, atr)), text);
    printf("INFO: what a card supports, asked of it by Postcard;\n"
           "Postcard version; " POSTCARD_VERSION "\nCard ATR; ");
    for (size_t i = 0; text[i] != '\0'; i += 2)
        printf("%s%.2s", i > 0 ? " " : "", text + i);
    printf("\nCard name; Postcard\n\n"
           "JavaCard support version;%u.%u;\n\n"
           "JCSystem.getVersion()[Major.Minor];%u.%u;\n"
           "JCSystem.isObjectDeletionSupported;%s;\n",
           s->version >> 8, s->version & 0xFFu, s->version >> 8,
           s->version & 0xFFu, s->deletes_objects ? "yes" : "no");
    for (size_t i = 0; i < CLI_PROBE_KINDS; i++)
        printf("JCSystem.MEMORY_TYPE_%s;%luB;\n", kinds[i],
               (unsigned long)s->available[i]);
    printf("\nJCSystem.getMaxCommitCapacity();%uB;\n"
           "APDU.getInBlockSize();%uB;\nAPDU.getOutBlockSize();%uB;\n"
           "APDU.getProtocol();%uB;\nAPDU.getNAD();%uB;\n\n"
           "algorithm_name; is_supported; time_elapsed; "
           "persistent_mem_allocated; ram_deselect_allocated; "
           "ram_reset_allocated;\n",
           s->commit_capacity, s->block_in, s->block_out, s->protocol,
           s->node_address);
}

static json_t *system_json(const struct cli_probe_system *s)
{
    char version[16];
    json_t *available = json_object();

    snprintf(version, sizeof version, "%u.%u", s->version >> 8,
             s->version & 0xFFu);
    for (size_t i = 0; i < CLI_PROBE_KINDS; i++)
        json_object_set_new(available, kinds[i], json_integer(s->available[i]));
    return json_pack("{s:s, s:b, s:o, s:i, s:i, s:i, s:i, s:i}", "version",
                     version, "object_deletion", s->deletes_objects, "memory",
                     available, "commit_capacity", s->commit_capacity,
                     "block_in", s->block_in, "block_out", s->block_out,
                     "protocol", s->protocol, "nad", s->node_address);
}

static int ask_all(struct report *r, bool json)
{
    struct cli_probe_system system;
    json_t *all = NULL;

    bool heard = cli_probe_system(r->probe, &system);
    if (heard && json) {
        r->sections = json_array();
        all = json_pack("{s:o, s:o}", "system", system_json(&system),
                        "sections", r->sections);
    } else if (heard) {
        print_head(r->probe, &system);
    }
    heard = heard && cli_algorithms(take, r);
    if (heard && json) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(all);
    if (!heard)
        cli_error("the card is mute");
    else if (r->section[0] == '\0')
        cli_error("no section has '%s' in its name", r->only);
    return !heard                  ? EXIT_CARD_SAID
           : r->section[0] == '\0' ? EXIT_USAGE
                                   : EXIT_DONE;
}

int verb_card_algorithms(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"only", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    struct report r = {.only = NULL};
    bool json = false;
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h')
            return cli_help(help);
        if (c == '?')
            return cli_usage("card algorithms");
        if (c == 'o')
            r.only = optarg;
        else
            json = true;
    }
    if (argc - optind > 1) {
        cli_error("name one card file, or none");
        return cli_usage("card algorithms");
    }
    int status = cli_probe_open(argv[optind], &r.probe);
    if (status == EXIT_DONE)
        status = ask_all(&r, json);
    cli_probe_close(&r.probe);
    return status;
}
