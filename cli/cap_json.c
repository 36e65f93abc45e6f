/* cap info as JSON. */
#include "cli/cap_answer.h"

#include <stdio.h>

#include <jansson.h>

#include "cli/cap_file.h"

static json_t *package_json(const struct gp_cap_import *p, const char *name)
{
    char aid[CLI_AID_TEXT];
    char version[CLI_VERSION_TEXT];
    snprintf(version, sizeof version, "%u.%u", p->major, p->minor);
    return json_pack("{s:s, s:s, s:s*}", "aid", cli_aid_text(&p->aid, aid),
                     "version", version, "name", name);
}

static json_t *imports_json(const struct gp_cap_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->need_count; i++) {
        const struct gp_cap_need *n = &info->needs[i];
        json_t *o = package_json(&n->import, n->name);
        json_object_set_new(o, "api", json_boolean(n->is_api));
        if (n->release != NULL)
            json_object_set_new(o, "since", json_string(n->release));
        if (n->uses_minor >= 0)
            json_object_set_new(o, "uses_minor", json_integer(n->uses_minor));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *applets_json(const struct gp_capfile *cap)
{
    char text[CLI_AID_TEXT];
    json_t *list = json_array();
    for (unsigned i = 0; i < cap->applet_count; i++)
        json_array_append_new(
            list, json_string(cli_aid_text(&cap->applets[i], text)));
    return list;
}

static json_t *packages_json(const struct gp_capfile *cap)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < cap->package_count; i++)
        json_array_append_new(list, package_json(&cap->packages[i], NULL));
    return list;
}

static json_t *sizes_json(const struct gp_capfile *cap)
{
    json_t *sizes = json_object();
    for (uint8_t tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++)
        if (cap->parts[tag].n > 0)
            json_object_set_new(sizes, cli_cap_component(tag),
                                json_integer((json_int_t)cap->parts[tag].n));
    return sizes;
}

static json_t *method_json(const struct gp_cap_method *m)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i}", "offset", (int)m->offset,
                     "bytes", (int)m->bytes, "max_stack", (int)m->max_stack,
                     "max_locals", (int)m->max_locals, "nargs", (int)m->nargs);
}

static json_t *counts_json(const struct gp_cap_info *i)
{
    json_t *o = json_pack(
        "{s:i, s:i, s:i, s:i, s:b, s:i, s:i, s:i, s:i}", "classes",
        (int)i->class_count, "interfaces", (int)i->interface_count, "methods",
        (int)i->method_count, "abstract", (int)i->abstract_count, "exact",
        i->has_descriptor, "instance_cells", (int)i->instance_cells,
        "static_bytes", (int)i->static_bytes, "static_references",
        (int)i->static_references, "static_array_bytes",
        (int)i->static_array_bytes);
    if (i->has_descriptor) {
        json_object_set_new(o, "static_fields",
                            json_integer(i->static_field_count));
        json_object_set_new(o, "instance_fields",
                            json_integer(i->instance_field_count));
    }
    json_object_set_new(o, "largest", method_json(&i->largest));
    json_object_set_new(o, "deepest", method_json(&i->deepest));
    json_object_set_new(o, "widest", method_json(&i->widest));
    return o;
}

static json_t *exports_json(const struct cli_cap_answer *a)
{
    char aid[CLI_AID_TEXT];
    json_t *list = json_array();
    for (size_t i = 0; i < a->info->export_count; i++) {
        const struct gp_cap_exported *e = &a->info->exports[i];
        json_t *o = json_pack("{s:i, s:b, s:b, s:i, s:i}", "token",
                              (int)e->token, "interface", e->is_interface,
                              "shareable", e->is_shareable, "fields",
                              (int)e->fields, "methods", (int)e->methods);
        if (e->package < a->cap->package_count)
            json_object_set_new(o, "package",
                                json_string(cli_aid_text(
                                    &a->cap->packages[e->package].aid, aid)));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *uses_json(const struct gp_cap_info *info)
{
    static const char *const kinds[] = {"class", "method", "field"};
    json_t *list = json_array();
    for (size_t i = 0; i < info->use_count; i++) {
        const struct gp_cap_use *u = &info->uses[i];
        char aid[CLI_AID_TEXT];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:i, s:i, s:s*, s:s*}", "kind",
                      kinds[u->kind], "package",
                      cli_aid_text(&info->needs[u->import].import.aid, aid),
                      "class", (int)u->class, "token", (int)u->token, "name",
                      u->name, "since", u->release));
    }
    return list;
}

static json_t *memory_json(const struct cli_cap_answer *a)
{
    const struct card_trial *t = &a->fit->trial;
    if (!a->fit->tried || t->load_sw != SW_OK)
        return NULL;
    json_t *o =
        json_pack("{s:s, s:I, s:i}", "measured_on",
                  a->card == NULL ? "a new card" : a->card, "load",
                  (json_int_t)t->load_bytes, "instances", (int)t->instances);
    if (t->instances > 0) {
        json_object_set_new(o, "install", json_integer(t->install_bytes));
        json_object_set_new(o, "transient", json_integer(t->transient_bytes));
    }
    return o;
}

static json_t *fit_json(const struct cli_cap_answer *a)
{
    json_t *problems = json_array();
    for (size_t i = 0; i < a->fit->problem_count; i++)
        json_array_append_new(problems, json_string(a->fit->problems[i]));
    return json_pack("{s:s, s:b, s:o}", "card", a->card, "fits",
                     a->fit->problem_count == 0, "problems", problems);
}

static void set_if(json_t *o, const char *key, json_t *value)
{
    if (value != NULL)
        json_object_set_new(o, key, value);
}

static json_t *text_json(const char *text)
{
    return text == NULL ? NULL : json_string(text);
}

static json_t *describe(const struct cli_cap_answer *a)
{
    const struct gp_capfile *cap = a->cap;
    const struct gp_cap_info *info = a->info;
    char format[8];
    snprintf(format, sizeof format, "%u.%u", cap->format_major,
             cap->format_minor);
    json_t *o = json_pack(
        "{s:s, s:b, s:b, s:o, s:o, s:o, s:I, s:I, s:o}", "format", format,
        "extended", !info->is_compact, "int", (cap->flags & GP_CAP_INT) != 0,
        "package",
        package_json(&cap->package, cap->name[0] == '\0' ? NULL : cap->name),
        "applets", applets_json(cap), "imports", imports_json(info),
        "load_bytes", (json_int_t)info->load_bytes, "load_bytes_descriptor",
        (json_int_t)info->load_bytes_descriptor, "components", sizes_json(cap));
    set_if(o, "java_card", text_json(info->java_card));
    set_if(o, "global_platform", text_json(info->global_platform));
    set_if(o, "memory", memory_json(a));
    if (!info->is_compact)
        set_if(o, "packages", packages_json(cap));
    set_if(o, "counts", counts_json(info));
    set_if(o, "exports", exports_json(a));
    set_if(o, "uses", uses_json(info));
    if (a->card != NULL)
        set_if(o, "fit", fit_json(a));
    return o;
}

void cli_cap_answer_json(const struct cli_cap_answer *a)
{
    json_t *d = describe(a);
    json_dumpf(d, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(d);
}
