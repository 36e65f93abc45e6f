/*
 * The type verifier, fed with what the card knows: the API's descriptors, and
 * the kinds that resident packages were found to have when they came.  Those
 * of the new package are kept in turn, so that callers and overrides in later
 * packages are held to them.
 */
#include "vm/kinds.h"

#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/check.h"

struct verifying {
    struct vm *vm;
    const struct vm_resident *r;
    uint8_t package;
    struct buf kept;
    bool kept_full;
    uint32_t effort; /* for what others say */
    struct cap_finding first;
    bool found;
};

/* ---- what is known of imports ---- */

static bool api_method(uint8_t package, uint8_t class, enum cap_space space,
                       uint8_t token, struct cap_signature *out)
{
    const struct api_class *row = vm_api_row((struct vm_class){package, class});
    bool statics = space == CAP_SPACE_STATIC;
    const struct api_method *m =
        row != NULL ? api_method_at(row, statics, token) : NULL;

    if (m == NULL ||
        !cap_signature_of(m->descriptor, (m->flags & API_M_STATIC) != 0, out))
        return false;
    out->is_init = statics && vm_same_name(m->name, "<init>");
    return true;
}

static struct vm_kinds_method method_of(const struct verifying *v,
                                        uint8_t import, uint8_t class,
                                        enum cap_space space, uint8_t token)
{
    return (struct vm_kinds_method){vm_import(v->r, import), class,
                                    (uint8_t)space, token};
}

static bool undeclared(void *ctx, uint8_t import, uint8_t class,
                       enum cap_space space, uint8_t token,
                       struct cap_signature *known)
{
    struct verifying *v = ctx;
    const struct vm_kinds_method m = method_of(v, import, class, space, token);

    return vm_kinds_said(v->vm, &m, &v->effort, known);
}

static bool resolve(void *ctx, uint8_t import, uint8_t class,
                    enum cap_space space, uint8_t token,
                    struct cap_signature *out)
{
    const struct verifying *v = ctx;

    const struct vm_kinds_method m = method_of(v, import, class, space, token);
    return vm_is_api(m.package.package)
               ? api_method(m.package.package, class, space, token, out)
               : vm_kinds_own(v->vm, &m, out);
}

static uint8_t inheritable(void *ctx, uint8_t import, uint8_t class)
{
    const struct verifying *v = ctx;
    uint16_t ref = (uint16_t)(0x8000u | (unsigned)import << 8 | class);

    return vm_inheritable(v->vm, vm_class_of_ref(v->vm, v->package, ref));
}

/* ---- what is kept ---- */

static void keep(void *ctx, uint8_t package, uint8_t class,
                 enum cap_space space, uint8_t token,
                 const struct cap_signature *signature,
                 const struct cap_links *links)
{
    struct verifying *v = ctx;

    if (vm_kinds_put(&v->kept, package, class, space, token, signature,
                     links) != ERR_OK)
        v->kept_full = true;
}

static void keep_said(void *ctx, uint8_t import, uint8_t class,
                      enum cap_space space, uint8_t token,
                      const struct cap_signature *signature,
                      const struct cap_links *links)
{
    struct verifying *v = ctx;

    if (vm_kinds_put_said(&v->kept, import, class, space, token, signature,
                          links) != ERR_OK)
        v->kept_full = true;
}

static enum err store(struct verifying *v)
{
    const struct heap_header hd = {.kind = HEAP_BLOB,
                                   .length = (uint32_t)v->kept.n};
    uint8_t raw[2];
    ref_t ref = 0;

    if (v->kept_full)
        return ERR_MEMORY;
    enum err e = heap_new(v->vm->heap, &hd, &ref);
    if (e == ERR_OK)
        e = heap_write(v->vm->heap, ref, 0, v->kept.p, hd.length, HEAP_RAW);
    set_u2(raw, ref);
    if (e == ERR_OK)
        e = heap_write(
            v->vm->heap, heap_root(v->vm->heap, HEAP_ROOT_PACKAGES),
            2u * (VM_LIST_STEP * (v->package - 1u) + VM_LIST_SIGNATURES), raw,
            sizeof raw, HEAP_ATOMIC);
    vm_forget_packages(v->vm);
    return e;
}

/* ---- the finding in words ---- */

static void report(void *ctx, const struct cap_finding *finding)
{
    struct verifying *v = ctx;
    if (!v->found)
        v->first = *finding;
    v->found = true;
}

static size_t say(char *why, size_t n, size_t at, const char *text)
{
    while (*text != '\0' && at + 1 < n)
        why[at++] = *text++;
    if (n > 0)
        why[at] = '\0';
    return at;
}

static size_t say_hex(char *why, size_t n, size_t at, uint32_t value)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[5] = {0};
    for (unsigned i = 0; i < 4; i++)
        text[i] = digits[value >> (12 - 4 * i) & 15];
    return say(why, n, at, text);
}

static void explain(const struct verifying *v, char *why, size_t n)
{
    size_t at = 0;
    if (v->first.component == CAP_METHOD) {
        at = say(why, n, at, "method at ");
        at = say_hex(why, n, at, v->first.method);
        at = say(why, n, at, ", offset ");
        at = say_hex(why, n, at, v->first.offset);
        at = say(why, n, at, ": ");
    }
    say(why, n, at, cap_rule_text(v->first.rule));
}

/* What all packages say together; the new one is among them by now. */
static enum err check_agreement(struct verifying *v)
{
    if (vm_kinds_agree(v->vm, v->package, &v->effort))
        return ERR_OK;
    if (v->effort == 0)
        return ERR_MEMORY;
    report(v, &(struct cap_finding){.component = CAP_IMPORT,
                                    .rule = CAP_RULE_SIGNATURE});
    return ERR_TYPE;
}

enum err vm_check_code(struct vm *vm, uint8_t package, uint8_t *scratch,
                       uint32_t scratch_size, char *why, size_t n)
{
    struct verifying v = {.vm = vm,
                          .r = vm_resident(vm, package),
                          .package = package,
                          .effort = VM_KINDS_EFFORT};
    const uint32_t kept = scratch_size / 8 & ~3u;

    if (v.r == NULL)
        return ERR_CORRUPT;
    v.kept = buf_of(scratch, kept);
    const struct cap cap = v.r->cap;
    const struct cap_check check = {
        .cap = &cap,
        .resolver = {&v, resolve, inheritable, undeclared},
        .scratch = scratch + kept,
        .scratch_size = scratch_size - kept,
        .report = report,
        .report_ctx = &v,
        .exported = keep,
        .said = keep_said,
        .exported_ctx = &v,
    };
    enum err e = CARD_TAGGED ? cap_check_parts(&check) : cap_check(&check);
    if (e == ERR_OK)
        e = store(&v);
    if (e == ERR_OK)
        e = check_agreement(&v);
    if (v.found)
        explain(&v, why, n);
    return e;
}
