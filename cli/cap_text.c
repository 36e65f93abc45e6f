/* cap info as text. */
#include "cli/cap_answer.h"

#include <stdio.h>
#include <string.h>

#include "cli/cap_file.h"

enum { LABEL_WIDTH = 9 };

static void label(const char *name)
{
    printf("%-*s ", LABEL_WIDTH, name);
}

static void print_package(const char *name, const struct gp_cap_import *p,
                          const char *what)
{
    char aid[CLI_AID_TEXT];
    char version[CLI_VERSION_TEXT];
    snprintf(version, sizeof version, "%u.%u", p->major, p->minor);
    label(name);
    printf("%-20s %-6s %s", cli_aid_text(&p->aid, aid), version,
           what == NULL ? "" : what);
}

static void print_import(const struct gp_cap_need *n)
{
    print_package("import", &n->import, n->name);
    if (n->release != NULL)
        printf(", since %s", n->release);
    else if (n->is_api)
        printf(", of no release known here");
    if (n->uses_minor >= 0 && n->uses_minor < n->import.minor)
        printf("; what is used of it was in %u.%d", n->import.major,
               n->uses_minor);
    putchar('\n');
}

static void print_releases(const struct gp_cap_info *i)
{
    const char *java_card = i->java_card;
    const char *platform = i->global_platform;
    label("needs");
    if (i->no_java_card)
        java_card = "a mix of Java Card packages that no release has";
    if (i->no_global_platform)
        platform = "a mix of GlobalPlatform packages that no release has";
    if (java_card == NULL && platform == NULL)
        java_card = "nothing of a platform that is known here";
    printf("%s%s%s\n", java_card == NULL ? "" : java_card,
           java_card == NULL || platform == NULL ? "" : ", ",
           platform == NULL ? "" : platform);
}

static void print_format(const struct cli_cap_answer *a)
{
    static const uint8_t optional[] = {GP_CAP_DESCRIPTOR, GP_CAP_DEBUG,
                                       GP_CAP_STATIC_RESOURCES};
    label("format");
    printf("CAP %u.%u, %s, int %s", a->cap->format_major, a->cap->format_minor,
           a->info->is_compact ? "compact" : "extended",
           (a->cap->flags & GP_CAP_INT) != 0 ? "used" : "not used");
    for (size_t i = 0; i < sizeof optional; i++)
        printf(", %s %s", a->cap->parts[optional[i]].n > 0 ? "with" : "no",
               cli_cap_component(optional[i]));
    putchar('\n');
}

static void print_sizes(const struct cli_cap_answer *a)
{
    label("to load");
    printf("%zu bytes, %zu with Descriptor\n", a->info->load_bytes,
           a->info->load_bytes_descriptor);
    for (uint8_t tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++)
        if (a->cap->parts[tag].n > 0)
            printf("%*zu %s\n", LABEL_WIDTH, a->cap->parts[tag].n,
                   cli_cap_component(tag));
}

static void print_memory(const struct cli_cap_answer *a)
{
    const struct card_trial *t = &a->fit->trial;
    const char *where = a->card == NULL ? "a new card" : a->card;
    label("on card");
    if (t->load_sw != SW_OK) {
        printf("not measured: it does not load on %s\n", where);
        if (a->card == NULL && a->fit->problem_count > 0)
            printf("%-*s %s\n", LABEL_WIDTH, "", a->fit->problems[0]);
        return;
    }
    printf("%lu bytes of persistent memory once loaded",
           (unsigned long)t->load_bytes);
    if (t->instances > 0)
        printf(", %lu more with %u instance%s (and %lu transient)",
               (unsigned long)t->install_bytes, t->instances,
               t->instances == 1 ? "" : "s", (unsigned long)t->transient_bytes);
    if (t->install_sw != SW_OK)
        printf("; an applet's install() answers %04X without parameters",
               t->install_sw);
    printf("; measured on %s\n", where);
}

static void print_method(const char *what, const struct gp_cap_method *m,
                         unsigned value, const char *unit)
{
    printf("; %s %u %s (at %u)", what, value, unit, m->offset);
}

static void print_counts(const struct gp_cap_info *i)
{
    label("content");
    printf("%u classes, %u interfaces, %s%u methods (%u abstract)",
           i->class_count, i->interface_count,
           i->has_descriptor ? "" : "at least ", i->method_count,
           i->abstract_count);
    if (i->has_descriptor)
        printf(", %u static and %u instance fields", i->static_field_count,
               i->instance_field_count);
    printf("\n%-*s static image of %u bytes with %u references, arrays of %u "
           "bytes\n",
           LABEL_WIDTH, "", i->static_bytes, i->static_references,
           i->static_array_bytes);
    label("");
    printf("methods: most bytecode %u bytes (at %u)", i->largest.bytes,
           i->largest.offset);
    print_method("most stack", &i->deepest, i->deepest.max_stack, "cells");
    print_method("most locals", &i->widest,
                 i->widest.nargs + i->widest.max_locals, "cells");
    putchar('\n');
}

static void print_exports(const struct cli_cap_answer *a)
{
    char aid[CLI_AID_TEXT];

    for (size_t i = 0; i < a->info->export_count; i++) {
        const struct gp_cap_exported *e = &a->info->exports[i];
        label("export");
        printf("class %u", e->token);
        if (e->package < a->cap->package_count)
            printf(" of %s",
                   cli_aid_text(&a->cap->packages[e->package].aid, aid));
        printf(": %s%s", e->is_shareable ? "shareable " : "",
               e->is_interface ? "interface" : "class");
        if (!e->is_interface)
            printf(", %u static methods and constructors, %u static fields",
                   e->methods, e->fields);
        putchar('\n');
    }
}

static void print_uses(const struct gp_cap_info *info)
{
    char aid[CLI_AID_TEXT];
    for (size_t i = 0; i < info->use_count; i++) {
        const struct gp_cap_use *u = &info->uses[i];
        const struct gp_cap_need *n = &info->needs[u->import];
        label("uses");
        if (u->name != NULL)
            printf("%s", u->name);
        else if (u->kind == GP_CAP_USE_CLASS)
            printf("class %u of %s", u->class,
                   cli_aid_text(&n->import.aid, aid));
        else
            printf("%s%s %u of class %u of %s", u->is_static ? "static " : "",
                   u->kind == GP_CAP_USE_METHOD ? "method" : "field", u->token,
                   u->class, cli_aid_text(&n->import.aid, aid));
        printf("%s%s\n", u->release == NULL ? "" : ", since ",
               u->release == NULL ? "" : u->release);
    }
}

static void print_fit(const struct cli_cap_answer *a)
{
    if (a->card == NULL)
        return;
    label("fits");
    printf("%s: %s\n", a->card, a->fit->problem_count == 0 ? "yes" : "no");
    for (size_t i = 0; i < a->fit->problem_count; i++)
        printf("%-*s %s\n", LABEL_WIDTH, "", a->fit->problems[i]);
}

void cli_cap_answer_text(const struct cli_cap_answer *a)
{
    const struct gp_capfile *cap = a->cap;
    char aid[CLI_AID_TEXT];
    print_package("package", &cap->package, cap->name);
    putchar('\n');
    for (unsigned i = 0; i < cap->package_count; i++) {
        print_package("public", &cap->packages[i], NULL);
        putchar('\n');
    }
    for (unsigned i = 0; i < cap->applet_count; i++)
        printf("%-*s %s\n", LABEL_WIDTH, "applet",
               cli_aid_text(&cap->applets[i], aid));
    for (size_t i = 0; i < a->info->need_count; i++)
        print_import(&a->info->needs[i]);
    print_releases(a->info);
    print_format(a);
    print_sizes(a);
    print_memory(a);
    print_counts(a->info);
    print_exports(a);
    print_uses(a->info);
    print_fit(a);
}
