/* cap info, cap verify: what a CAP file holds, and whether it is sound. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <gp/capfile.h>
#include <jansson.h>

#include "apidef/api_lookup.h"
#include "base/hex.h"
#include "cap/check.h"
#include "cli/verbs.h"
#include "toolchain/exp.h"
#include "toolchain/files.h"
#include "toolchain/releases.h"

static const char info_help[] =
    "postcard cap info: what a CAP file holds and needs\n\n"
    "Usage: postcard cap info FILE [--json]\n\n"
    "Shows package, applets, imported packages with the first release that "
    "has them,\nthe size of each component and the methods of the API that "
    "are called.\n\n"
    "Example:\n"
    "  postcard cap info wallet.cap\n";

enum { FLAG_INT = 1, AID_TEXT = 2 * 16 + 1, NAME_SIZE = 256 };

static const char *const component_names[GP_CAP_COMPONENT_TAGS] = {
    "",
    "Header",
    "Directory",
    "Applet",
    "Import",
    "ConstantPool",
    "Class",
    "Method",
    "StaticField",
    "ReferenceLocation",
    "Export",
    "Descriptor",
    "Debug"};

static const char *aid_text(const struct gp_aid *aid, char text[AID_TEXT])
{
    hex_encode(gp_aid_span(aid), text);
    return text;
}

static const struct api_package *api_of(const struct gp_cap_import *import)
{
    struct span aid = gp_aid_span(&import->aid);
    return api_package_by_aid(aid.p, aid.n);
}

static json_t *import_json(const struct gp_cap_import *import)
{
    char text[AID_TEXT];
    char version[8];
    const struct api_package *api = api_of(import);
    const char *release =
        api == NULL ? NULL
                    : tc_release_for(api->name, import->major, import->minor);
    snprintf(version, sizeof version, "%u.%u", import->major, import->minor);
    return json_pack("{s:s, s:s, s:s*, s:s*}", "aid",
                     aid_text(&import->aid, text), "version", version, "name",
                     api == NULL ? NULL : api->name, "since", release);
}

/* A reference into another package: what the API calls it, if it is known. */
static const char *external_name(const struct gp_capfile *cap,
                                 const uint8_t *entry, char name[NAME_SIZE])
{
    enum { INSTANCE_FIELD = 2, VIRTUAL = 3, STATIC_FIELD = 5, STATIC = 6 };
    unsigned package = entry[1] & 0x7Fu;
    if ((entry[1] & 0x80) == 0 || package >= cap->import_count)
        return NULL;
    const struct api_package *api = api_of(&cap->imports[package]);
    const struct api_class *class =
        api == NULL ? NULL : api_class_at(api, entry[2]);
    if (class == NULL || (entry[0] != VIRTUAL && entry[0] != STATIC))
        return NULL;
    const struct api_method *m =
        api_method_at(class, entry[0] == STATIC, entry[3]);
    if (m == NULL)
        return NULL;
    snprintf(name, NAME_SIZE, "%s.%s%s", class->name, m->name, m->descriptor);
    return name;
}

static json_t *calls_json(const struct gp_capfile *cap)
{
    enum { ENTRY_SIZE = 4, HEAD = 3 + 2 };
    char name[NAME_SIZE];
    struct span pool = cap->parts[GP_CAP_CONSTANT_POOL];
    json_t *calls = json_array();
    for (size_t at = HEAD; at + ENTRY_SIZE <= pool.n; at += ENTRY_SIZE)
        if (external_name(cap, pool.p + at, name) != NULL)
            json_array_append_new(calls, json_string(name));
    return calls;
}

static json_t *sizes_json(const struct gp_capfile *cap)
{
    json_t *sizes = json_object();
    for (int tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++)
        if (cap->parts[tag].n > 0)
            json_object_set_new(sizes, component_names[tag],
                                json_integer((json_int_t)cap->parts[tag].n));
    return sizes;
}

static json_t *describe(const struct gp_capfile *cap)
{
    char text[AID_TEXT];
    char format[8];
    json_t *applets = json_array();
    json_t *imports = json_array();
    for (unsigned i = 0; i < cap->applet_count; i++)
        json_array_append_new(applets,
                              json_string(aid_text(&cap->applets[i], text)));
    for (unsigned i = 0; i < cap->import_count; i++)
        json_array_append_new(imports, import_json(&cap->imports[i]));
    snprintf(format, sizeof format, "%u.%u", cap->format_major,
             cap->format_minor);
    size_t load = gp_capfile_block_size(cap, GP_BLOCK_PLAIN);
    json_t *package = import_json(&cap->package);
    if (cap->name[0] != '\0')
        json_object_set_new(package, "name", json_string(cap->name));
    return json_pack("{s:s, s:o, s:o, s:o, s:b, s:I, s:o, s:o}", "format",
                     format, "package", package, "applets", applets, "imports",
                     imports, "int", (cap->flags & FLAG_INT) != 0, "load_bytes",
                     (json_int_t)load, "components", sizes_json(cap), "calls",
                     calls_json(cap));
}

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static void print_package(const char *label, const json_t *p)
{
    const char *since = member(p, "since");
    printf("%-9s %-20s %-6s %s%s%s\n", label, member(p, "aid"),
           member(p, "version"), member(p, "name"),
           since[0] == '\0' ? "" : ", since ", since);
}

static void print_text(const json_t *d)
{
    size_t i = 0;
    const char *name = NULL;
    const json_t *item = NULL;
    json_t *sizes = json_object_get(d, "components");
    json_t *size = NULL;
    print_package("package", json_object_get(d, "package"));
    json_array_foreach(json_object_get(d, "applets"), i, item)
        printf("%-9s %s\n", "applet", json_string_value(item));
    json_array_foreach(json_object_get(d, "imports"), i, item)
        print_package("import", item);
    printf("%-9s CAP %s, int %s, %lld bytes to load\n", "format",
           member(d, "format"),
           json_is_true(json_object_get(d, "int")) ? "used" : "not used",
           (long long)json_integer_value(json_object_get(d, "load_bytes")));
    json_object_foreach(sizes, name, size)
        printf("%9lld %s\n", (long long)json_integer_value(size), name);
    json_array_foreach(json_object_get(d, "calls"), i, item)
        printf("%-9s %s\n", "calls", json_string_value(item));
}

/* Options of both verbs; -1 to go on, with the file at argv[optind]. */
struct cap_options {
    bool json;
    const char *exports[128];
    size_t export_count;
};

static int parse(int argc, char **argv, const char *verb, const char *help,
                 struct cap_options *o)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"exp", required_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int code = 0;
    optind = 1;
    while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (code == 'h')
            return cli_help(help);
        if (code == 'j')
            o->json = true;
        else if (code == 'e' &&
                 o->export_count < sizeof o->exports / sizeof o->exports[0])
            o->exports[o->export_count++] = optarg;
        else
            return cli_usage(verb);
    }
    if (argc - optind == 1)
        return -1;
    cli_error("%s wants one CAP file", verb);
    return cli_usage(verb);
}

static struct gp_capfile *open_cap(const char *path)
{
    struct gp_capfile *cap = NULL;
    struct gp_why why = {""};
    int result = gp_capfile_open(path, &cap, &why);
    if (result != GP_OK)
        cli_error("%s: %s", path,
                  why.text[0] == '\0' ? gp_strerr(result) : why.text);
    return cap;
}

int verb_cap_info(int argc, char **argv)
{
    struct cap_options o = {.json = false};
    int status = parse(argc, argv, "cap info", info_help, &o);
    if (status >= 0)
        return status;
    struct gp_capfile *cap = open_cap(argv[optind]);
    if (cap == NULL)
        return EXIT_REFUSED;
    json_t *d = describe(cap);
    gp_capfile_free(&cap);
    if (o.json) {
        json_dumpf(d, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_text(d);
    }
    json_decref(d);
    return EXIT_DONE;
}

static const char verify_help[] =
    "postcard cap verify: check structure and types of a CAP file\n\n"
    "Usage: postcard cap verify FILE [--exp FILE]...\n\n"
    "Makes the checks that a card makes before it takes a package, and prints "
    "every\nfinding: the component, where in it, the method, the rule.  "
    "Imported packages that\nare not of the Java Card or GlobalPlatform API "
    "are known by their export files.\n\n"
    "Example:\n"
    "  postcard cap verify loyalty.cap --exp wallet.exp\n";

struct verification {
    const char *path;
    const struct gp_capfile *file;
    struct tc_arena *arena;
    const struct tc_exp **exports;
    size_t export_count;
    size_t findings;
};

static bool api_method_signature(const struct api_package *api, uint8_t class,
                                 bool statics, uint8_t token,
                                 struct cap_signature *out)
{
    const struct api_class *c = api_class_at(api, class);
    const struct api_method *m =
        c == NULL ? NULL : api_method_at(c, statics, token);
    return m != NULL &&
           cap_signature_of(m->descriptor, (m->flags & API_M_STATIC) != 0, out);
}

static bool exp_method_signature(const struct tc_exp *exp, uint8_t class,
                                 bool statics, uint8_t token,
                                 struct cap_signature *out)
{
    enum { STATIC = 0x0008 };
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct tc_exp_class *c = &exp->classes[i];
        for (size_t k = 0; c->token == class && k < c->method_count; k++) {
            const struct tc_exp_member *m = &c->methods[k];
            bool is_static = (m->flags & STATIC) != 0;
            bool in_statics = is_static || strcmp(m->name, "<init>") == 0;
            if (m->token == token && in_statics == statics)
                return cap_signature_of(m->descriptor, is_static, out);
        }
    }
    return false;
}

static bool resolve(void *ctx, uint8_t import, uint8_t class,
                    enum cap_space space, uint8_t token,
                    struct cap_signature *out)
{
    const struct verification *v = ctx;
    bool statics = space == CAP_SPACE_STATIC;
    if (import >= v->file->import_count)
        return false;
    const struct gp_cap_import *from = &v->file->imports[import];
    const struct api_package *api = api_of(from);
    if (api != NULL)
        return api_method_signature(api, class, statics, token, out);
    for (size_t i = 0; i < v->export_count; i++) {
        const struct tc_aid *aid = &v->exports[i]->aid;
        if (span_equal(span_of(aid->bytes, aid->length),
                       gp_aid_span(&from->aid)))
            return exp_method_signature(v->exports[i], class, statics, token,
                                        out);
    }
    return false;
}

static const char *part_name(uint8_t tag)
{
    return tag < GP_CAP_COMPONENT_TAGS ? component_names[tag] : "component";
}

static void print_finding(void *ctx, const struct cap_finding *f)
{
    struct verification *v = ctx;
    v->findings++;
    fprintf(stderr, "%s: %s, offset %lu", v->path, part_name(f->component),
            (unsigned long)f->offset);
    if (f->method != 0)
        fprintf(stderr, ", in the method at %u", f->method);
    fprintf(stderr, ": %s\n", cap_rule_text(f->rule));
}

static bool read_exports(struct verification *v, const struct cap_options *o)
{
    char error[512];
    v->exports = tc_alloc_array(v->arena, o->export_count, sizeof *v->exports);
    for (size_t i = 0; i < o->export_count; i++) {
        struct tc_input input;
        const char *problem = NULL;
        if (!tc_file_read(v->arena, o->exports[i], &input, error,
                          sizeof error)) {
            cli_error("%s", error);
            return false;
        }
        v->exports[i] = tc_exp_read(v->arena, input.bytes, &problem);
        if (v->exports[i] == NULL) {
            cli_error("%s: %s", o->exports[i], problem);
            return false;
        }
        v->export_count++;
    }
    return true;
}

static int verify(struct verification *v)
{
    enum { SCRATCH_SIZE = 4 << 20 };
    struct cap cap;
    uint8_t bad = 0;
    size_t size = gp_capfile_block_size(v->file, GP_BLOCK_WITH_DESCRIPTOR);
    struct buf block = buf_of(tc_alloc(v->arena, size), size);
    enum err e = ERR_FORMAT;
    if (gp_capfile_block(v->file, GP_BLOCK_WITH_DESCRIPTOR, &block) == GP_OK)
        e = cap_open(&cap, buf_span(&block), &bad);
    if (e != ERR_OK) {
        cli_error("%s: %s: %s", v->path, part_name(bad), err_text(e));
        return EXIT_REFUSED;
    }
    struct cap_check check = {.cap = &cap,
                              .resolver = {v, resolve},
                              .scratch = tc_alloc(v->arena, SCRATCH_SIZE),
                              .scratch_size = SCRATCH_SIZE,
                              .report = print_finding,
                              .report_ctx = v};
    e = cap_check(&check);
    if (e == ERR_OK) {
        printf("%s: no finding\n", v->path);
        return EXIT_DONE;
    }
    cli_error("%s: %s, %zu finding%s", v->path, err_text(e), v->findings,
              v->findings == 1 ? "" : "s");
    return EXIT_REFUSED;
}

int verb_cap_verify(int argc, char **argv)
{
    struct cap_options o = {.json = false};
    int status = parse(argc, argv, "cap verify", verify_help, &o);
    if (status >= 0)
        return status;
    struct gp_capfile *cap = open_cap(argv[optind]);
    if (cap == NULL)
        return EXIT_REFUSED;
    struct verification v = {
        .path = argv[optind], .file = cap, .arena = tc_arena_new()};
    status = read_exports(&v, &o) ? verify(&v) : EXIT_REFUSED;
    tc_arena_free(&v.arena);
    gp_capfile_free(&cap);
    return status;
}
