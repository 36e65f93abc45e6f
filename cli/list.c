/* list: what is on the card. */
#include <stdio.h>
#include <stdlib.h>

#include <gp/content.h>
#include <jansson.h>

#include "base/hex.h"
#include "cli/target.h"
#include "cli/verbs.h"

static const char help[] =
    "postcard list: what is on the card\n\n"
    "Usage: postcard list [AID]... [OPTION]...\n\n"
    "Shows the issuer security domain, security domains and applications, and\n"
    "the packages with their applets, each with its state, in today's words "
    "and in\nthose of the patent; with AIDs only what has one of these, or "
    "that it is not\navailable.\n"
    "\nExample:\n"
    "  postcard list --card my.card --json\n";

enum { WANTED_MAX = 32 };

/* Entries of one GET STATUS, shown when all are there. */
struct listing {
    enum gp_scope scope;
    json_t *array; /* with --json */
    struct gp_aid wanted[WANTED_MAX];
    bool found[WANTED_MAX];
    unsigned wanted_count; /* 0: all are */
};

/* Whether an entry is asked for; remembers that it is there. */
static bool is_wanted(struct listing *l, const struct gp_aid *aid)
{
    bool wanted = l->wanted_count == 0;

    for (unsigned i = 0; i < l->wanted_count; i++) {
        if (!gp_aid_equal(&l->wanted[i], aid))
            continue;
        l->found[i] = true;
        wanted = true;
    }
    return wanted;
}

static bool is_domain(const struct gp_status *e)
{
    return (e->privileges[0] & 0x80) != 0;
}

static const char *kind_of(enum gp_scope scope, const struct gp_status *e)
{
    if (scope == GP_SCOPE_ISD)
        return "card";
    if (scope == GP_SCOPE_APPLICATIONS)
        return is_domain(e) ? "domain" : "application";
    return "package";
}

static const char *state_of(enum gp_scope scope, const struct gp_status *e)
{
    uint8_t state = e->life_cycle[0];
    if (scope == GP_SCOPE_ISD)
        return gp_card_state_name(state);
    if (scope == GP_SCOPE_APPLICATIONS)
        return gp_application_state_name(state, is_domain(e));
    return gp_file_state_name(state);
}

static const char *patent_of(enum gp_scope scope, const struct gp_status *e)
{
    uint8_t state = e->life_cycle[0];
    if (scope == GP_SCOPE_ISD)
        return gp_card_state_patent(state);
    if (scope != GP_SCOPE_APPLICATIONS)
        return "loaded";
    /* the second byte, of contactless applications: 01 activated [Amd C] */
    bool active = e->life_cycle_length > 1 && e->life_cycle[1] == 0x01 &&
                  (state & GP_APPLICATION_LOCKED) == 0;
    return active ? "activated" : gp_application_state_patent(state);
}

/* Whether byte and bit of privilege n are set; see [GPCS 11.1.2]. */
static bool has_privilege(const struct gp_status *e, unsigned n)
{
    static const uint8_t first[8] = {0x80, 0xC0, 0xA0, 0x10,
                                     0x08, 0x04, 0x02, 0xC1};
    if (n < 8)
        return (e->privileges[0] & first[n]) == first[n];
    return (e->privileges[n / 8] & (0x80 >> (n % 8))) != 0;
}

static void print_entry(enum gp_scope scope, const struct gp_status *e)
{
    char aid[2 * GP_AID_MAX + 1];
    hex_encode(gp_aid_span(&e->aid), aid);
    printf("%-11s %-32s %s (%s)\n", kind_of(scope, e), aid, state_of(scope, e),
           patent_of(scope, e));
    if (e->version_length == 2)
        printf("%12sversion %u.%u\n", "", e->version[0], e->version[1]);
    for (unsigned i = 0; i < e->module_count; i++) {
        hex_encode(gp_aid_span(&e->modules[i]), aid);
        printf("%12sapplet %s\n", "", aid);
    }
    if (e->file.n > 0 && scope != GP_SCOPE_MODULES) {
        hex_encode(gp_aid_span(&e->file), aid);
        printf("%12sfrom %s\n", "", aid);
    }
    if (e->domain.n > 0 && scope != GP_SCOPE_ISD) {
        hex_encode(gp_aid_span(&e->domain), aid);
        printf("%12sdomain %s\n", "", aid);
    }
    const char *mark = "privileges";
    for (unsigned n = 0; gp_privilege_name(n) != NULL; n++) {
        if (!has_privilege(e, n))
            continue;
        printf("%12s%s %s\n", "", mark, gp_privilege_name(n));
        mark = "          ";
    }
}

static json_t *aid_json(const struct gp_aid *aid)
{
    char text[2 * GP_AID_MAX + 1];
    hex_encode(gp_aid_span(aid), text);
    return json_string(text);
}

static json_t *entry_json(enum gp_scope scope, const struct gp_status *e)
{
    json_t *o = json_object();
    json_object_set_new(o, "kind", json_string(kind_of(scope, e)));
    json_object_set_new(o, "aid", aid_json(&e->aid));
    json_object_set_new(o, "state", json_string(state_of(scope, e)));
    json_object_set_new(o, "patent", json_string(patent_of(scope, e)));
    json_object_set_new(o, "lifeCycle", json_integer(e->life_cycle[0]));
    if (e->file.n > 0)
        json_object_set_new(o, "package", aid_json(&e->file));
    if (e->domain.n > 0)
        json_object_set_new(o, "domain", aid_json(&e->domain));

    json_t *privileges = json_array();
    for (unsigned n = 0; gp_privilege_name(n) != NULL; n++) {
        if (has_privilege(e, n))
            json_array_append_new(privileges,
                                  json_string(gp_privilege_name(n)));
    }
    json_object_set_new(o, "privileges", privileges);
    json_t *modules = json_array();
    for (unsigned i = 0; i < e->module_count; i++)
        json_array_append_new(modules, aid_json(&e->modules[i]));
    json_object_set_new(o, "applets", modules);
    return o;
}

static void show(void *ctx, const struct gp_status *entry)
{
    struct listing *l = ctx;
    if (!is_wanted(l, &entry->aid))
        return;
    if (l->array != NULL)
        json_array_append_new(l->array, entry_json(l->scope, entry));
    else
        print_entry(l->scope, entry);
}

/* What is asked for and nowhere on the card. */
static void show_absent(const struct listing *l)
{
    char aid[2 * GP_AID_MAX + 1];

    for (unsigned i = 0; i < l->wanted_count; i++) {
        if (l->found[i])
            continue;
        hex_encode(gp_aid_span(&l->wanted[i]), aid);
        if (l->array != NULL)
            json_array_append_new(
                l->array,
                json_pack("{s:s, s:s, s:s, s:s}", "kind", "none", "aid", aid,
                          "state", "absent", "patent", "not available"));
        else
            printf("%-11s %-32s absent (not available)\n", "none", aid);
    }
}

static int take_wanted(struct listing *l, char **aids)
{
    for (; *aids != NULL; aids++) {
        if (l->wanted_count == WANTED_MAX) {
            cli_error("at most %d AIDs at once", WANTED_MAX);
            return EXIT_USAGE;
        }
        if (gp_aid_parse(&l->wanted[l->wanted_count++], *aids) != GP_OK) {
            cli_error("'%s' is no AID", *aids);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

static int list_all(struct cli_target *t, struct listing *l)
{
    static const enum gp_scope scopes[] = {GP_SCOPE_ISD, GP_SCOPE_APPLICATIONS,
                                           GP_SCOPE_MODULES};
    struct gp_why why = {{0}};
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        l->scope = scopes[i];
        int result = gp_content_list(&t->session, scopes[i], show, l, &why);
        /* Only the issuer's domain may ask for the card's own entry. */
        if (result > 0 && scopes[i] == GP_SCOPE_ISD && t->via.n > 0)
            continue;
        if (result != GP_OK)
            return cli_fail(result, &why);
    }
    return EXIT_DONE;
}

static int no_option(void *ctx, int code, const char *argument)
{
    (void)ctx;
    (void)code;
    (void)argument;
    return EXIT_USAGE;
}

int verb_list(int argc, char **argv)
{
    struct cli_target t = {0};
    struct listing l = {.wanted_count = 0};
    int status = cli_parse(argc, argv, &t, help, NULL, no_option, NULL);
    if (status >= 0)
        return status;
    status = take_wanted(&l, argv + optind);
    if (status != EXIT_DONE)
        return status;
    status = cli_open_session(&t);
    if (status == EXIT_DONE && t.json)
        l.array = json_array();
    if (status == EXIT_DONE)
        status = list_all(&t, &l);
    if (status == EXIT_DONE)
        show_absent(&l);
    if (l.array != NULL && status == EXIT_DONE) {
        json_dumpf(l.array, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(l.array);
    cli_close(&t);
    return status;
}
