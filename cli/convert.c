/* convert: class files to a CAP file. */
#include "cli/convert.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "cli/verbs.h"
#include "toolchain/releases.h"

enum { ERROR_SIZE = 512 };
enum {
    PACKAGE = 'p',
    APPLET = 'a',
    EXP = 'e',
    INT = 'i',
    VERSION = 'v',
    TARGET = 't',
    FORMAT = 'f',
    DEBUG = 'd',
    RESOURCE = 'r',
    PREVIOUS = 'P',
    ENCODING = 'c',
    STUBS = 's',
    JSON = 'j',
    OUTPUT = 'o',
    HELP = 'h'
};

static const char help[] =
    "postcard convert: class files to a CAP file\n\n"
    "Usage: postcard convert FOLDER --package AID [--applet AID=CLASS]... "
    "[OPTION]...\n\n"
    "Takes all class files below FOLDER, which must be of one package and be\n"
    "compiled for Java 8 or before (javac -source 8 -target 8) against the "
    "card's API.\nWithout an --applet the package is a library.\n\n"
    "  --package AID        AID of the package, 5 to 16 bytes\n"
    "  --applet AID=CLASS   an applet: its AID and its class\n"
    "  -o, --output FILE    the CAP file; default: the package's last name\n"
    "  --exp FILE           export file of an imported package\n"
    "  --version M.m        version of the package; default 1.0\n"
    "  --target RELEASE     the Java Card release of the card, as in 3.0.4: "
    "what came\n                       later is refused, its packages are "
    "imported in that\n                       release's versions; default: the "
    "lowest that will do\n"
    "  --format 2.1|2.2|2.3  the CAP format; default: 2.3 for a target from "
    "3.1 "
    "on,\n                       else the lowest that has what is asked for\n"
    "  --debug              write the Debug component (javac -g)\n"
    "  --resource N=FILE    a static resource and its number (format 2.3)\n"
    "  --previous FILE      export file of the package's previous version: its "
    "tokens\n                       are kept, what would break its users is "
    "refused\n"
    "  --int                allow int instructions, for cards that have them\n"
    "  --json               say what was made as JSON\n\n"
    "A package that others can import also gets an export file, beside the "
    "CAP file.\n\n"
    "Example:\n"
    "  postcard convert classes --package F0504F535401 \\\n"
    "      --applet F0504F53540101=Wallet -o wallet.cap\n";

static const struct option long_options[] = {
    {"package", required_argument, NULL, PACKAGE},
    {"applet", required_argument, NULL, APPLET},
    {"output", required_argument, NULL, OUTPUT},
    {"exp", required_argument, NULL, EXP},
    {"version", required_argument, NULL, VERSION},
    {"target", required_argument, NULL, TARGET},
    {"format", required_argument, NULL, FORMAT},
    {"debug", no_argument, NULL, DEBUG},
    {"resource", required_argument, NULL, RESOURCE},
    {"previous", required_argument, NULL, PREVIOUS},
    {"int", no_argument, NULL, INT},
    {"encoding", required_argument, NULL, ENCODING},
    {"stubs", required_argument, NULL, STUBS},
    {"json", no_argument, NULL, JSON},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static bool parse_aid(const char *text, size_t n, struct tc_aid *out)
{
    struct buf b = buf_of(out->bytes, sizeof out->bytes);
    if (hex_decode(text, n, &b, NULL) != ERR_OK || b.n < 5) {
        cli_error("'%.*s' is not an AID: 5 to 16 bytes in hexadecimal", (int)n,
                  text);
        return false;
    }
    out->length = (uint8_t)b.n;
    return true;
}

static bool take_applet(struct cli_conversion *c, const char *text)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals[1] == '\0') {
        cli_error("--applet wants AID=CLASS, not '%s'", text);
        return false;
    }
    if (c->options.applet_count == CLI_APPLETS_MAX) {
        cli_error("more than %d applets", CLI_APPLETS_MAX);
        return false;
    }
    struct tc_applet_option *a = &c->applets[c->options.applet_count++];
    a->class_name = equals + 1;
    return parse_aid(text, (size_t)(equals - text), &a->aid);
}

static bool take_export(struct cli_conversion *c, const char *path)
{
    char error[ERROR_SIZE];
    if (c->options.export_count == CLI_EXPORTS_MAX) {
        cli_error("more than %d export files", CLI_EXPORTS_MAX);
        return false;
    }
    struct tc_input *e = &c->exports[c->options.export_count++];
    if (tc_file_read(c->arena, path, e, error, sizeof error))
        return true;
    cli_error("%s", error);
    return false;
}

static bool take_version(struct cli_conversion *c, const char *text)
{
    unsigned major = 0;
    unsigned minor = 0;
    char rest = '\0';
    if (sscanf(text, "%3u.%3u%c", &major, &minor, &rest) != 2 || major > 255 ||
        minor > 255) {
        cli_error("--version wants MAJOR.MINOR, each up to 255, not '%s'",
                  text);
        return false;
    }
    c->options.major = (uint8_t)major;
    c->options.minor = (uint8_t)minor;
    return true;
}

static bool take_target(struct cli_conversion *c, const char *text)
{
    char known[200];
    c->options.target = text;
    if (tc_target_known(text))
        return true;
    tc_target_list(known, sizeof known);
    cli_error("--target wants a Java Card release (%s), not '%s'", known, text);
    return false;
}

static bool take_previous(struct cli_conversion *c, const char *path)
{
    char error[ERROR_SIZE];
    c->options.previous = &c->previous;
    if (tc_file_read(c->arena, path, &c->previous, error, sizeof error))
        return true;
    cli_error("%s", error);
    return false;
}

static bool take_format(struct cli_conversion *c, const char *text)
{
    if (strlen(text) != 3 || strncmp(text, "2.", 2) != 0 || text[2] < '1' ||
        text[2] > '0' + TC_FORMAT_LAST) {
        cli_error("--format wants 2.1, 2.2 or 2.3, not '%s'", text);
        return false;
    }
    c->options.format = (uint8_t)(text[2] - '0');
    return true;
}

static bool take_resource(struct cli_conversion *c, const char *text)
{
    char error[ERROR_SIZE];
    unsigned id = 0;
    int n = 0;
    struct tc_input file;
    if (sscanf(text, "%5u=%n", &id, &n) != 1 || n == 0 || id > UINT16_MAX ||
        text[n] == '\0') {
        cli_error("--resource wants NUMBER=FILE, a number up to 65535, not "
                  "'%s'",
                  text);
        return false;
    }
    if (c->options.resource_count == CLI_RESOURCES_MAX) {
        cli_error("more than %d resources", CLI_RESOURCES_MAX);
        return false;
    }
    if (!tc_file_read(c->arena, text + n, &file, error, sizeof error)) {
        cli_error("%s", error);
        return false;
    }
    c->resources[c->options.resource_count++] =
        (struct tc_resource){(uint16_t)id, file.bytes};
    return true;
}

static bool take(struct cli_conversion *c, int code, const char *value)
{
    switch (code) {
    case PACKAGE:
        return parse_aid(value, strlen(value), &c->options.package_aid);
    case APPLET:
        return take_applet(c, value);
    case EXP:
        return take_export(c, value);
    case VERSION:
        return take_version(c, value);
    case TARGET:
        return take_target(c, value);
    case FORMAT:
        return take_format(c, value);
    case DEBUG:
        c->options.debug = true;
        return true;
    case PREVIOUS:
        return take_previous(c, value);
    case RESOURCE:
        return take_resource(c, value);
    case INT:
        c->options.allow_int = true;
        return true;
    case ENCODING:
        c->encoding = value;
        return true;
    case STUBS:
        c->stubs = value;
        return true;
    case JSON:
        c->json = true;
        return true;
    case OUTPUT:
        c->output = value;
        return true;
    default:
        return false;
    }
}

int cli_conversion_parse(int argc, char **argv, const char *verb,
                         const char *text, struct cli_conversion *c)
{
    int code = 0;
    *c = (struct cli_conversion){.arena = tc_arena_new()};
    c->options.major = 1;
    c->options.applets = c->applets;
    c->options.exports = c->exports;
    c->options.resources = c->resources;
    optind = 1;
    while ((code = getopt_long(argc, argv, "o:", long_options, NULL)) != -1) {
        if (code == HELP)
            return cli_help(text);
        if (!take(c, code, optarg))
            return cli_usage(verb);
    }
    if (argc - optind != 1) {
        cli_error("%s wants one folder", verb);
        return cli_usage(verb);
    }
    c->folder = argv[optind];
    if (c->options.package_aid.length == 0) {
        cli_error("%s wants --package AID", verb);
        return cli_usage(verb);
    }
    return -1;
}

void cli_conversion_end(struct cli_conversion *c)
{
    tc_arena_free(&c->arena);
}

static int refused(const char *error)
{
    cli_error("%s", error);
    return EXIT_REFUSED;
}

static void tell(const struct tc_result *r)
{
    for (size_t i = 0; i < r->message_count; i++) {
        const struct tc_message *m = &r->messages[i];
        if (m->line != 0)
            fprintf(stderr, "%s:%u: %s\n", m->file, m->line, m->text);
        else
            fprintf(stderr, "%s: %s\n", m->file, m->text);
    }
    cli_error("%zu problem%s; nothing was written", r->message_count,
              r->message_count == 1 ? "" : "s");
}

static const char *output_name(const struct cli_conversion *c,
                               const struct tc_result *r)
{
    const char *slash = strrchr(r->package_name, '/');
    if (c->output != NULL)
        return c->output;
    return tc_format(c->arena, "%s.cap",
                     slash == NULL ? r->package_name : slash + 1);
}

/* "x/wallet.cap" has its export file in "x/wallet.exp". */
static const char *export_name(const struct cli_conversion *c,
                               const char *output)
{
    size_t n = strlen(output);
    if (n > 4 && strcmp(output + n - 4, ".cap") == 0)
        n -= 4;
    return tc_format(c->arena, "%.*s.exp", (int)n, output);
}

static json_t *json_imports(const struct tc_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->import_count; i++) {
        const struct tc_import *p = &r->imports[i];
        char aid[2 * sizeof p->aid.bytes + 1];
        char version[8];
        hex_encode(span_of(p->aid.bytes, p->aid.length), aid);
        snprintf(version, sizeof version, "%u.%u", p->major, p->minor);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "package", p->name,
                                        "aid", aid, "version", version));
    }
    return list;
}

static json_t *json_exports(const struct tc_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->exported_count; i++)
        json_array_append_new(list, json_string(r->exports[i]));
    return list;
}

static void report(const struct cli_conversion *c, const struct tc_result *r,
                   const char *cap, const char *exp)
{
    size_t bytes = 0;
    char format[8];
    for (int tag = 1; tag <= TC_COMPONENT_LAST; tag++)
        bytes += r->component[tag].n;
    if (!c->json) {
        printf("%s: package %s %u.%u, %zu bytes in components\n", cap,
               r->package_name, c->options.major, c->options.minor, bytes);
        if (exp != NULL)
            printf("%s: its export file\n", exp);
        return;
    }
    snprintf(format, sizeof format, "2.%u", r->format);
    json_t *j = json_pack("{s:s, s:s, s:s*, s:s, s:I, s:o, s:o}", "package",
                          r->package_name, "cap", cap, "export", exp, "format",
                          format, "bytes", (json_int_t)bytes, "imports",
                          json_imports(r), "exports", json_exports(r));
    json_dumpf(j, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(j);
}

static int write_files(const struct cli_conversion *c,
                       const struct tc_result *r)
{
    char error[ERROR_SIZE];
    const char *cap = output_name(c, r);
    const char *exp = NULL;
    if (!tc_write_cap(r, cap, error, sizeof error))
        return refused(error);
    if (r->export_file.n > 0) {
        exp = export_name(c, cap);
        if (!tc_file_write(exp, r->export_file, error, sizeof error))
            return refused(error);
    }
    report(c, r, cap, exp);
    return EXIT_DONE;
}

int cli_conversion_run(struct cli_conversion *c, const char *classes)
{
    char error[ERROR_SIZE];
    struct tc_paths paths = {NULL, 0};
    if (!tc_files_find(c->arena, classes, ".class", &paths, error,
                       sizeof error))
        return refused(error);
    struct tc_input *inputs =
        tc_alloc_array(c->arena, paths.count, sizeof *inputs);
    for (size_t i = 0; i < paths.count; i++)
        if (!tc_file_read(c->arena, paths.items[i], &inputs[i], error,
                          sizeof error))
            return refused(error);
    c->options.classes = inputs;
    c->options.class_count = paths.count;
    struct tc_result result;
    int status = EXIT_REFUSED;
    if (tc_convert(&c->options, &result))
        status = write_files(c, &result);
    else
        tell(&result);
    tc_result_free(&result);
    return status;
}

int verb_convert(int argc, char **argv)
{
    struct cli_conversion c;
    int status = cli_conversion_parse(argc, argv, "convert", help, &c);
    if (status < 0)
        status = cli_conversion_run(&c, c.folder);
    cli_conversion_end(&c);
    return status;
}
