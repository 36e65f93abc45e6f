/*
 * Arbitrary bytes as a load file: reading, structural checks and the verifier
 * of kinds end with a verdict, in 64 KiB of scratch, and touch nothing else;
 * so does the check that development machines make, Descriptor and Debug
 * included, which accepts nothing that a card refuses.
 */
#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/check.h"
#include "toolchain/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool resolve(void *ctx, uint8_t import, uint8_t class,
                    enum cap_space space, uint8_t token,
                    struct cap_signature *out)
{
    const struct cap *cap = ctx;
    struct cap_package p;

    if (!cap_import(cap, import, &p))
        return false;
    const struct api_package *api = api_package_by_aid(p.aid.p, p.aid.n);
    const struct api_class *c = api == NULL ? NULL : api_class_at(api, class);
    const struct api_method *m =
        c == NULL ? NULL : api_method_at(c, space == CAP_SPACE_STATIC, token);
    if (m == NULL ||
        !cap_signature_of(m->descriptor, (m->flags & API_M_STATIC) != 0, out))
        return false;
    out->is_init = strcmp(m->name, "<init>") == 0;
    return true;
}

static void exported(void *ctx, uint8_t package, uint8_t class,
                     enum cap_space space, uint8_t token,
                     const struct cap_signature *signature,
                     const struct cap_links *links)
{
    (void)ctx;
    (void)package;
    (void)class;
    (void)space;
    (void)token;
    for (unsigned i = 0; i < signature->nargs; i++) {
        if (cap_kind_is_open(signature->kinds[i]) != (links->kinds[i] != 0))
            __builtin_trap();
    }
}

/* Whether the card's check accepts it; too little memory is no verdict. */
static bool card_accepts(struct span file)
{
    static uint32_t scratch[16 * 1024];
    struct cap cap;
    uint8_t bad = 0;

    if (cap_open(&cap, file, &bad) != ERR_OK)
        return false;
    const struct cap_check check = {
        .cap = &cap,
        .resolver = {.ctx = &cap, .method = resolve},
        .scratch = (uint8_t *)scratch,
        .scratch_size = sizeof scratch,
        .exported = exported};
    enum err e = cap_check(&check);
    return e == ERR_OK || e == ERR_MEMORY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct tc_verify_options options = {.load_file = span_of(data, n)};
    struct tc_verdict verdict;
    char error[64];
    bool accepted = card_accepts(options.load_file);

    if (!tc_verify(&options, &verdict, error, sizeof error) ||
        (verdict.finding_count == 0 && !accepted))
        __builtin_trap();
    tc_verdict_free(&verdict);
    return 0;
}
