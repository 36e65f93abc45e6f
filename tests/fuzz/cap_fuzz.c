/*
 * Arbitrary bytes as a load file: reading, structural checks and the type
 * verifier end with a verdict, in 64 KiB of scratch, and touch nothing else.
 */
#include "apidef/api_lookup.h"
#include "cap/check.h"

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
    return m != NULL &&
           cap_signature_of(m->descriptor, (m->flags & API_M_STATIC) != 0, out);
}

static void exported(void *ctx, uint8_t class, enum cap_space space,
                     uint8_t token, const struct cap_signature *signature)
{
    (void)ctx;
    (void)class;
    (void)space;
    (void)token;
    if (signature->nargs > CAP_ARGS_MAX)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint32_t scratch[16 * 1024];
    struct cap cap;
    uint8_t bad = 0;

    if (cap_open(&cap, span_of(data, n), &bad) != ERR_OK)
        return 0;
    const struct cap_check check = {.cap = &cap,
                                    .resolver = {&cap, resolve},
                                    .scratch = (uint8_t *)scratch,
                                    .scratch_size = sizeof scratch,
                                    .exported = exported};
    return cap_check(&check) == ERR_CORRUPT ? -1 : 0;
}
