/* cap verify: whether a CAP file is sound. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cap/check.h"
#include "cli/cap_file.h"
#include "cli/verbs.h"
#include "toolchain/exp.h"
#include "toolchain/files.h"

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
    const struct api_package *api = cli_cap_api(from);
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

static void print_finding(void *ctx, const struct cap_finding *f)
{
    struct verification *v = ctx;
    v->findings++;
    fprintf(stderr, "%s: %s, offset %lu", v->path,
            cli_cap_component(f->component), (unsigned long)f->offset);
    if (f->method != 0)
        fprintf(stderr, ", in the method at %u", f->method);
    fprintf(stderr, ": %s\n", cap_rule_text(f->rule));
}

static bool read_exports(struct verification *v,
                         const struct cli_cap_options *o)
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
        cli_error("%s: %s: %s", v->path, cli_cap_component(bad), err_text(e));
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
    struct cli_cap_options o = {.json = false};
    int status = cli_cap_parse(argc, argv, "cap verify", verify_help, &o);
    if (status >= 0)
        return status;
    struct gp_capfile *cap = cli_cap_open(argv[optind]);
    if (cap == NULL)
        return EXIT_REFUSED;
    struct verification v = {
        .path = argv[optind], .file = cap, .arena = tc_arena_new()};
    status = read_exports(&v, &o) ? verify(&v) : EXIT_REFUSED;
    tc_arena_free(&v.arena);
    gp_capfile_free(&cap);
    return status;
}
