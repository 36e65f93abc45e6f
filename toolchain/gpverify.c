/* gp_cap_verify(): the verifier for C programs. */
#include <gp/cap.h>

#include "toolchain/gpoutput.h"
#include "toolchain/verify.h"

struct verdict_object {
    struct gp_cap_verdict verdict; /* first: what the caller sees */
    struct tc_verdict inner;       /* has the texts */
    struct tc_arena *arena;
};

/* All components of the file, one after the other. */
static struct span all_parts(struct tc_arena *arena,
                             const struct gp_capfile *cap)
{
    struct tc_bytes all = {.arena = arena};

    for (unsigned tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++)
        tc_put(&all, cap->parts[tag].p, cap->parts[tag].n);
    return tc_bytes_span(&all);
}

static const struct gp_cap_finding *findings_of(struct tc_arena *arena,
                                                const struct tc_verdict *v)
{
    struct gp_cap_finding *out =
        tc_alloc_array(arena, v->finding_count, sizeof *out);
    for (size_t i = 0; i < v->finding_count; i++) {
        const struct tc_finding *f = &v->findings[i];
        out[i] = (struct gp_cap_finding){
            .component = f->component,
            .offset = f->offset,
            .in_method = f->in_method,
            .method = f->method,
            .method_name = f->method_name,
            .rule = f->rule,
            .text = f->text,
            .detail = f->detail,
        };
    }
    return out;
}

static void fill(struct verdict_object *o)
{
    o->verdict.findings = findings_of(o->arena, &o->inner);
    o->verdict.finding_count = o->inner.finding_count;
    o->verdict.notes = o->inner.notes;
    o->verdict.note_count = o->inner.note_count;
    o->verdict.types_checked = o->inner.types_checked;
}

int gp_cap_verify(const struct gp_capfile *cap,
                  const struct gp_cap_input *exports, size_t export_count,
                  struct gp_cap_verdict **out, struct gp_why *why)
{
    struct tc_arena *arena = tc_arena_new();
    struct verdict_object *o = tc_alloc(arena, sizeof *o);
    const struct tc_verify_options options = {
        .load_file = all_parts(arena, cap),
        .exports = tc_gp_inputs(arena, exports, export_count),
        .export_count = export_count,
    };
    char error[256] = "";

    o->arena = arena;
    *out = &o->verdict;
    if (tc_verify(&options, &o->inner, error, sizeof error)) {
        fill(o);
        return GP_OK;
    }
    gp_why_set(why, "%s", error);
    gp_cap_verdict_free(out);
    return GP_ERR_ARGUMENT;
}

void gp_cap_verdict_free(struct gp_cap_verdict **verdict)
{
    /* The verdict is the first member of what was allocated. */
    if (*verdict != NULL) {
        struct verdict_object *o = (struct verdict_object *)*verdict;
        struct tc_arena *arena = o->arena;
        tc_verdict_free(&o->inner);
        tc_arena_free(&arena);
    }
    *verdict = NULL;
}
