/*
 * The order: the file opened; structure, as on the card; imports identified;
 * what only developers are told; references against the imported versions;
 * kinds, as on the card; the types of all objects, when the Descriptor is
 * there.  A part is left out when one before it has findings that it would
 * only repeat.
 */
#include "toolchain/verify.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cap/agree.h"
#include "cap/debug.h"
#include "cap/types.h"
#include "toolchain/typeworld.h"
#include "toolchain/verifywork.h"

enum { SCRATCH = 8 << 20 };

/* ---- findings ---- */

static void add(struct tc_verify_work *w, const struct cap_finding *f,
                const char *detail)
{
    w->findings = tc_grow(w->arena, w->findings, w->count, sizeof *w->findings);
    struct tc_finding *to = &w->findings[w->count++];
    *to = (struct tc_finding){.component = f->component,
                              .offset = f->offset,
                              .in_method = f->method != 0,
                              .method = f->method,
                              .rule = cap_rule_name(f->rule),
                              .text = cap_rule_text(f->rule),
                              .detail = detail};
    if (to->in_method)
        to->method_name = tc_verify_method_name(w, f->method);
}

bool tc_verify_find(struct tc_verify_work *w, uint8_t component,
                    uint32_t offset, enum cap_rule rule, const char *detail)
{
    const struct cap_finding f = {component, 0, offset, (uint8_t)rule};
    add(w, &f, detail);
    return false;
}

static void report(void *ctx, const struct cap_finding *finding)
{
    add(ctx, finding, NULL);
}

static void note(struct tc_verify_work *w, const char *text)
{
    w->notes = tc_grow(w->arena, w->notes, w->note_count, sizeof *w->notes);
    w->notes[w->note_count++] = text;
}

/* ---- the checks ---- */

static bool read_exports(struct tc_verify_work *w,
                         const struct tc_verify_options *o, char *error,
                         size_t error_size)
{
    const char *problem = NULL;

    w->exports = tc_alloc_array(w->arena, o->export_count, sizeof *w->exports);
    for (size_t i = 0; i < o->export_count; i++) {
        w->exports[i] = tc_exp_read(w->arena, o->exports[i].bytes, &problem);
        if (w->exports[i] == NULL) {
            snprintf(error, error_size, "%s: %s", o->exports[i].path, problem);
            return false;
        }
        w->export_count++;
    }
    return true;
}

static enum cap_rule open_rule(enum err e)
{
    return e == ERR_VERSION     ? CAP_RULE_FORMAT_VERSION
           : e == ERR_TRUNCATED ? CAP_RULE_TRUNCATED
                                : CAP_RULE_COMPONENT;
}

/* A check that ran out of memory has reported nothing yet. */
static void check_effort(struct tc_verify_work *w, enum err e)
{
    if (e == ERR_MEMORY)
        tc_verify_find(w, CAP_METHOD, 0, CAP_RULE_EFFORT, NULL);
    assert(e == ERR_OK || w->count > 0);
}

static struct cap_check card_check(struct tc_verify_work *w, uint8_t *scratch)
{
    return (struct cap_check){
        .cap = &w->cap,
        .resolver = {w, tc_verify_resolve, tc_verify_inheritable, NULL},
        .scratch = scratch,
        .scratch_size = SCRATCH,
        .report = report,
        .report_ctx = w};
}

static void check_code(struct tc_verify_work *w, uint8_t *scratch)
{
    const struct cap_check check = card_check(w, scratch);
    check_effort(w, cap_check(&check));
}

static void check_parts(struct tc_verify_work *w, uint8_t *scratch)
{
    const struct cap_check check = card_check(w, scratch);
    check_effort(w, cap_check_parts(&check));
}

static void check_agreement(struct tc_verify_work *w, uint8_t *scratch)
{
    const struct cap_agree_check check = {.cap = &w->cap,
                                          .scratch = scratch,
                                          .scratch_size = SCRATCH,
                                          .report = report,
                                          .report_ctx = w};
    check_effort(w, cap_check_agreement(&check));
}

static bool check_types(struct tc_verify_work *w, uint8_t *scratch)
{
    if (w->cap.part[CAP_DESCRIPTOR].n == 0) {
        note(w, "no Descriptor component: the kinds of values are checked, as "
                "a card checks them, not the classes of objects");
        return false;
    }
    struct cap_types_check check = {.cap = &w->cap,
                                    .scratch = scratch,
                                    .scratch_size = SCRATCH,
                                    .report = report,
                                    .report_ctx = w};
    tc_typeworld_make(w->arena, &w->cap, w->exports, w->export_count,
                      &check.world);
    check_effort(w, cap_check_types(&check));
    return true;
}

static void check_all(struct tc_verify_work *w, struct tc_verdict *verdict)
{
    uint8_t *scratch = tc_alloc(w->arena, SCRATCH);

    check_parts(w, scratch);
    if (w->count > 0)
        return;
    bool known = tc_verify_imports(w);
    check_agreement(w, scratch);
    if (!known) {
        note(w, "code is not checked: it uses packages that are not known in "
                "their versions");
        return;
    }
    size_t before = w->count;
    tc_verify_references(w);
    if (w->count == before)
        check_code(w, scratch);
    if (w->count == before)
        verdict->types_checked = check_types(w, scratch);
}

bool tc_verify(const struct tc_verify_options *options,
               struct tc_verdict *verdict, char *error, size_t error_size)
{
    uint8_t bad = 0;

    *verdict = (struct tc_verdict){.arena = tc_arena_new()};
    struct tc_verify_work *w = tc_alloc(verdict->arena, sizeof *w);
    w->arena = verdict->arena;
    if (!read_exports(w, options, error, error_size))
        return false;
    enum err e = cap_open(&w->cap, options->load_file, &bad);
    if (e == ERR_OK)
        check_all(w, verdict);
    else
        tc_verify_find(w, bad, 0, open_rule(e), NULL);
    verdict->findings = w->findings;
    verdict->finding_count = w->count;
    verdict->notes = w->notes;
    verdict->note_count = w->note_count;
    return true;
}

void tc_verdict_free(struct tc_verdict *verdict)
{
    tc_arena_free(&verdict->arena);
}
