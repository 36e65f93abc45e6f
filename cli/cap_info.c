/* cap info: what a CAP file holds and needs. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <gp/capfile.h>
#include <jansson.h>

#include "apidef/api_lookup.h"
#include "base/hex.h"
#include "cli/cap_file.h"
#include "cli/verbs.h"
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

static const char *aid_text(const struct gp_aid *aid, char text[AID_TEXT])
{
    hex_encode(gp_aid_span(aid), text);
    return text;
}

static json_t *import_json(const struct gp_cap_import *import)
{
    char text[AID_TEXT];
    char version[8];
    const struct api_package *api = cli_cap_api(import);
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
    const struct api_package *api = cli_cap_api(&cap->imports[package]);
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
            json_object_set_new(sizes, cli_cap_component((uint8_t)tag),
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

int verb_cap_info(int argc, char **argv)
{
    struct cli_cap_options o = {.json = false};
    int status = cli_cap_parse(argc, argv, "cap info", info_help, &o);
    if (status >= 0)
        return status;
    struct gp_capfile *cap = cli_cap_open(argv[optind]);
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
