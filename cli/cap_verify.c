/* cap verify: whether a CAP file is sound. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cap_file.h"
#include "cli/verbs.h"
#include "toolchain/files.h"
#include "toolchain/verify.h"

static const char verify_help[] =
    "postcard cap verify: check a CAP file before a card does\n\n"
    "Usage: postcard cap verify FILE [--exp FILE]... [--json]\n\n"
    "Makes every check that a card makes before it takes a package, and those "
    "that it\nleaves to the sender: imports against the versions asked for, "
    "Descriptor,\nReferenceLocation and Debug against the code, and with the "
    "Descriptor the class of\nevery object.  Without one, only the kinds of "
    "values are checked, as on a card.\n\n"
    "Every finding is printed: component and offset, the method, the rule and "
    "its name.\nImported packages that are not of the Java Card or "
    "GlobalPlatform API are known by\ntheir export files.  Exit status 4: "
    "there are findings.\n\n"
    "Options:\n"
    "  --exp FILE   export file of an imported package; may be repeated\n"
    "  --json       print the verdict as JSON\n\n"
    "Example:\n"
    "  postcard cap verify loyalty.cap --exp wallet.exp\n";

/* ---- the verdict in words ---- */

static void print_finding(const char *path, const struct tc_finding *f)
{
    fprintf(stderr, "%s: %s+%lu", path, cli_cap_component(f->component),
            (unsigned long)f->offset);
    if (f->method_name != NULL)
        fprintf(stderr, " (method %s)", f->method_name);
    else if (f->in_method)
        fprintf(stderr, " (method at %u)", f->method);
    fprintf(stderr, ": %s", f->text);
    if (f->detail != NULL)
        fprintf(stderr, ": %s", f->detail);
    fprintf(stderr, " (%s)\n", f->rule);
}

static void print_words(const char *path, const struct tc_verdict *v)
{
    for (size_t i = 0; i < v->finding_count; i++)
        print_finding(path, &v->findings[i]);
    for (size_t i = 0; i < v->note_count; i++)
        fprintf(stderr, "%s: note: %s\n", path, v->notes[i]);
    if (v->finding_count > 0)
        cli_error("%s: %zu finding%s", path, v->finding_count,
                  v->finding_count == 1 ? "" : "s");
    else
        printf("%s: no finding\n", path);
}

/* ---- the verdict as JSON ---- */

static json_t *finding_json(const struct tc_finding *f)
{
    json_t *o = json_pack(
        "{s:s, s:I, s:s, s:s}", "component", cli_cap_component(f->component),
        "offset", (json_int_t)f->offset, "rule", f->rule, "text", f->text);
    if (f->in_method)
        json_object_set_new(o, "method", json_integer(f->method));
    if (f->method_name != NULL)
        json_object_set_new(o, "method_name", json_string(f->method_name));
    if (f->detail != NULL)
        json_object_set_new(o, "detail", json_string(f->detail));
    return o;
}

static void print_json(const char *path, const struct tc_verdict *v)
{
    json_t *findings = json_array();
    json_t *notes = json_array();

    for (size_t i = 0; i < v->finding_count; i++)
        json_array_append_new(findings, finding_json(&v->findings[i]));
    for (size_t i = 0; i < v->note_count; i++)
        json_array_append_new(notes, json_string(v->notes[i]));
    json_t *o =
        json_pack("{s:s, s:b, s:b, s:o, s:o}", "file", path, "sound",
                  v->finding_count == 0, "types_checked", v->types_checked,
                  "findings", findings, "notes", notes);
    json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
}

/* ---- the check ---- */

/* All components of the file, one after the other. */
static struct span all_parts(struct tc_arena *arena,
                             const struct gp_capfile *file)
{
    struct tc_bytes all = {.arena = arena};

    for (size_t i = 0; i < sizeof file->parts / sizeof file->parts[0]; i++)
        tc_put(&all, file->parts[i].p, file->parts[i].n);
    return tc_bytes_span(&all);
}

static bool read_exports(struct tc_arena *arena,
                         const struct cli_cap_options *o,
                         struct tc_input *exports)
{
    char error[512];

    for (size_t i = 0; i < o->export_count; i++) {
        if (!tc_file_read(arena, o->exports[i], &exports[i], error,
                          sizeof error)) {
            cli_error("%s", error);
            return false;
        }
    }
    return true;
}

static int verify(struct tc_arena *arena, const char *path,
                  const struct gp_capfile *file,
                  const struct cli_cap_options *o)
{
    struct tc_input *exports =
        tc_alloc_array(arena, o->export_count, sizeof *exports);
    const struct tc_verify_options options = {.load_file =
                                                  all_parts(arena, file),
                                              .exports = exports,
                                              .export_count = o->export_count};
    struct tc_verdict verdict;
    char error[512];

    if (!read_exports(arena, o, exports))
        return EXIT_REFUSED;
    bool made = tc_verify(&options, &verdict, error, sizeof error);
    if (!made)
        cli_error("%s", error);
    else if (o->json)
        print_json(path, &verdict);
    else
        print_words(path, &verdict);
    bool sound = made && verdict.finding_count == 0;
    tc_verdict_free(&verdict);
    return sound ? EXIT_DONE : EXIT_REFUSED;
}

int verb_cap_verify(int argc, char **argv)
{
    struct cli_cap_options o = {.json = false};
    int status = cli_cap_parse(argc, argv, "cap verify", verify_help, &o);
    if (status >= 0)
        return status;
    struct gp_capfile *file = cli_cap_open(argv[optind]);
    if (file == NULL)
        return EXIT_REFUSED;
    struct tc_arena *arena = tc_arena_new();
    status = verify(arena, argv[optind], file, &o);
    tc_arena_free(&arena);
    gp_capfile_free(&file);
    return status;
}
