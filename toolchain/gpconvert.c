/* gp_cap_convert() and gp_cap_archive(): the converter for C programs. */
#include <gp/cap.h>

#include <string.h>

#include "toolchain/container.h"
#include "toolchain/gpoutput.h"
#include "toolchain/releases.h"
#include "toolchain/toolchain.h"

static struct tc_aid aid_of(const struct gp_aid *aid)
{
    struct tc_aid out = {.length = aid->n};
    memcpy(out.bytes, aid->p, aid->n);
    return out;
}

struct tc_input *tc_gp_inputs(struct tc_arena *arena,
                              const struct gp_cap_input *inputs, size_t count)
{
    struct tc_input *out = tc_alloc_array(arena, count, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct tc_input){inputs[i].path, inputs[i].bytes};
    return out;
}

struct tc_gp_output *tc_gp_output_new(void)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_gp_output *o = tc_alloc(arena, sizeof *o);
    o->arena = arena;
    return o;
}

void gp_cap_output_free(struct gp_cap_output **out)
{
    /* The output is the first member of what was allocated. */
    if (*out != NULL) {
        struct tc_arena *arena = ((struct tc_gp_output *)*out)->arena;
        tc_arena_free(&arena);
    }
    *out = NULL;
}

struct span tc_gp_copy(struct tc_arena *arena, struct span bytes)
{
    struct tc_bytes b = {.arena = arena};
    tc_put(&b, bytes.p, bytes.n);
    return tc_bytes_span(&b);
}

static const char *copy_text(struct tc_arena *arena, const char *text)
{
    return tc_copy_text(arena, text, strlen(text));
}

void tc_gp_output_tell(struct tc_gp_output *o,
                       const struct tc_message *messages, size_t count)
{
    struct gp_cap_message *out = tc_alloc_array(o->arena, count, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct gp_cap_message){
            .file = copy_text(o->arena, messages[i].file),
            .line = messages[i].line,
            .text = copy_text(o->arena, messages[i].text),
        };
    o->output.messages = out;
    o->output.message_count = count;
}

static void tell_one(struct tc_gp_output *o, const char *file, const char *text)
{
    const struct tc_message m = {file, 0, text};
    tc_gp_output_tell(o, &m, 1);
}

static struct tc_options options_of(struct tc_arena *arena,
                                    const struct gp_cap_convert_options *g)
{
    struct tc_applet_option *applets =
        tc_alloc_array(arena, g->applet_count, sizeof *applets);
    for (size_t i = 0; i < g->applet_count; i++) {
        applets[i].aid = aid_of(&g->applets[i].aid);
        applets[i].class_name = g->applets[i].class_name;
    }
    struct tc_resource *resources =
        tc_alloc_array(arena, g->resource_count, sizeof *resources);
    for (size_t i = 0; i < g->resource_count; i++)
        resources[i] =
            (struct tc_resource){g->resources[i].id, g->resources[i].bytes};
    return (struct tc_options){
        .target = g->target,
        .package_aid = aid_of(&g->package),
        .major = g->major,
        .minor = g->minor,
        .allow_int = g->allow_int,
        .debug = g->debug,
        .format = g->format_minor,
        .resources = resources,
        .resource_count = g->resource_count,
        .applets = applets,
        .applet_count = g->applet_count,
        .classes = tc_gp_inputs(arena, g->classes, g->class_count),
        .class_count = g->class_count,
        .exports = tc_gp_inputs(arena, g->exports, g->export_count),
        .export_count = g->export_count,
    };
}

static bool is_possible(const struct gp_cap_convert_options *g)
{
    for (size_t i = 0; i < g->applet_count; i++)
        if (g->applets[i].aid.n == 0 || g->applets[i].class_name == NULL)
            return false;
    return g->package.n != 0 && g->format_minor <= TC_FORMAT_LAST &&
           (g->target == NULL || tc_target_known(g->target));
}

static void keep(struct tc_gp_output *o, const struct tc_result *r)
{
    char error[256] = "";
    struct span archive;

    if (r->message_count > 0) {
        tc_gp_output_tell(o, r->messages, r->message_count);
        return;
    }
    if (!tc_cap_archive(r, o->arena, &archive, error, sizeof error)) {
        tell_one(o, "archive", error);
        return;
    }
    o->output.cap = archive;
    o->output.export_file = tc_gp_copy(o->arena, r->export_file);
    o->output.package_name = copy_text(o->arena, r->package_name);
}

int gp_cap_convert(const struct gp_cap_convert_options *options,
                   struct gp_cap_output **out)
{
    struct tc_result result;

    *out = NULL;
    if (!is_possible(options))
        return GP_ERR_ARGUMENT;
    struct tc_gp_output *o = tc_gp_output_new();
    const struct tc_options inner = options_of(o->arena, options);
    (void)tc_convert(&inner, &result);
    keep(o, &result);
    tc_result_free(&result);
    *out = &o->output;
    return o->output.message_count == 0 ? GP_OK : GP_ERR_CAP;
}

int gp_cap_archive(const struct gp_capfile *cap, struct gp_cap_output **out,
                   struct gp_why *why)
{
    char error[256] = "";
    struct tc_result parts = {.package_name = cap->name};

    *out = NULL;
    if (cap->name[0] == '\0') {
        gp_why_set(why, "the package has no name, so its folder has none");
        return GP_ERR_ARGUMENT;
    }
    if ((cap->flags & GP_CAP_EXTENDED) != 0) {
        gp_why_set(why, "the extended format is not written");
        return GP_ERR_UNSUPPORTED;
    }
    struct tc_gp_output *o = tc_gp_output_new();
    for (unsigned tag = 1; tag <= TC_COMPONENT_LAST; tag++)
        parts.component[tag] = cap->parts[tag];
    if (!tc_cap_archive(&parts, o->arena, &o->output.cap, error,
                        sizeof error)) {
        tc_arena_free(&o->arena);
        gp_why_set(why, "%s", error);
        return GP_ERR_CAP;
    }
    *out = &o->output;
    return GP_OK;
}
