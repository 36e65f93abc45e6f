/*
 * The type verifier, fed with what the card knows: the API's descriptors, and
 * the kinds that resident packages were found to have when they came.  Those
 * of the new package are kept in turn, so that callers and overrides in later
 * packages are held to them.
 *
 * A package's signatures, a HEAP_BLOB: number of the public package u8, class
 * u8, space u8, token u8, nargs u8, result u8 (80: a constructor), kinds
 * u8[nargs], one after the other.
 *
 * A package of nothing but interfaces has no code that shows the kinds of
 * their methods: those that use it say them, and each holds the later ones to
 * what it was proved with.  Such an entry has space SAID and the importer's
 * number of the import; it goes with its importer, as does all that could be
 * called by it.
 */
#include "vm/internal.h"

#include <string.h>

#include "apidef/api_lookup.h"
#include "cap/check.h"

enum { ENTRY_HEAD = 6, KEPT_INIT = 0x80, SAID = 0x80, TOKEN_MAX = 0x7F };

struct verifying {
    struct vm *vm;
    const struct vm_resident *r;
    uint8_t package;
    struct buf kept;
    bool kept_full;
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

/* The entry that begins with these four bytes. */
static bool find_kept(const struct vm *vm, const struct vm_resident *r,
                      const uint8_t wanted[4], struct cap_signature *out)
{
    struct heap_view v;

    if (r == NULL || !heap_get(vm->heap, r->signatures, &v))
        return false;
    struct span s = span_of(v.p, v.h.length);
    struct span head;
    struct span kinds;
    while (span_take(&s, ENTRY_HEAD, &head) == ERR_OK &&
           span_take(&s, head.p[4], &kinds) == ERR_OK) {
        if (memcmp(head.p, wanted, 4) != 0 || kinds.n > CAP_ARGS_MAX)
            continue;
        out->nargs = head.p[4];
        out->result = head.p[5] & (uint8_t)~KEPT_INIT;
        out->is_init = (head.p[5] & KEPT_INIT) != 0;
        memcpy(out->kinds, kinds.p, kinds.n);
        return true;
    }
    return false;
}

static bool kept_method(const struct vm *vm, struct vm_import import,
                        uint8_t class, enum cap_space space, uint8_t token,
                        struct cap_signature *out)
{
    const uint8_t wanted[] = {import.number, class, (uint8_t)space, token};

    return find_kept(vm, vm_resident(vm, import.package), wanted, out);
}

/* What one importer said, where the others have not said it. */
static void add_said(const struct cap_signature *said,
                     struct cap_signature *known)
{
    if (known->nargs == 0)
        *known = *said;
    for (uint8_t i = 0; i < known->nargs && i < said->nargs; i++) {
        if (known->kinds[i] == CAP_KIND_UNKNOWN)
            known->kinds[i] = said->kinds[i];
    }
    if (known->result == CAP_KIND_UNKNOWN)
        known->result = said->result;
}

static bool undeclared(void *ctx, uint8_t import, uint8_t class, uint8_t token,
                       struct cap_signature *known)
{
    const struct verifying *v = ctx;
    const struct vm_import from = vm_import(v->r, import);
    const struct vm_class c = vm_exported_class(v->vm, from, class);
    struct cap_signature said;

    known->nargs = 0;
    if (vm_is_api(from.package) || c.package == 0 ||
        !vm_class_is_interface(v->vm, c) || token > TOKEN_MAX)
        return false;
    for (uint8_t i = 1; i <= CARD_PACKAGES_MAX; i++) {
        const struct vm_resident *r = vm_resident(v->vm, i);
        for (unsigned k = 0; r != NULL && k < r->cap.import_count; k++) {
            const struct vm_import other = vm_import(r, (uint8_t)k);
            const uint8_t wanted[] = {(uint8_t)k, class, SAID, token};
            if (other.package == from.package && other.number == from.number &&
                find_kept(v->vm, r, wanted, &said))
                add_said(&said, known);
        }
    }
    return true;
}

static bool resolve(void *ctx, uint8_t import, uint8_t class,
                    enum cap_space space, uint8_t token,
                    struct cap_signature *out)
{
    const struct verifying *v = ctx;

    const struct vm_import from = vm_import(v->r, import);
    return vm_is_api(from.package)
               ? api_method(from.package, class, space, token, out)
               : kept_method(v->vm, from, class, space, token, out);
}

static uint8_t inheritable(void *ctx, uint8_t import, uint8_t class)
{
    const struct verifying *v = ctx;
    uint16_t ref = (uint16_t)(0x8000u | (unsigned)import << 8 | class);

    return vm_inheritable(v->vm, vm_class_of_ref(v->vm, v->package, ref));
}

/* ---- what is kept ---- */

static void put(struct verifying *v, const uint8_t key[4],
                const struct cap_signature *signature)
{
    const uint8_t result =
        (uint8_t)(signature->result | (signature->is_init ? KEPT_INIT : 0));
    const uint8_t head[ENTRY_HEAD] = {key[0], key[1],           key[2],
                                      key[3], signature->nargs, result};

    if (buf_put(&v->kept, head, sizeof head) != ERR_OK ||
        buf_put(&v->kept, signature->kinds, signature->nargs) != ERR_OK)
        v->kept_full = true;
}

static void keep(void *ctx, uint8_t package, uint8_t class,
                 enum cap_space space, uint8_t token,
                 const struct cap_signature *signature)
{
    const uint8_t key[] = {package, class, (uint8_t)space, token};

    put(ctx, key, signature);
}

static void keep_said(void *ctx, uint8_t import, uint8_t class, uint8_t token,
                      const struct cap_signature *signature)
{
    const uint8_t key[] = {import, class, SAID, token};

    put(ctx, key, signature);
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

enum err vm_check_code(struct vm *vm, uint8_t package, uint8_t *scratch,
                       uint32_t scratch_size, char *why, size_t n)
{
    struct verifying v = {
        .vm = vm, .r = vm_resident(vm, package), .package = package};
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
    if (v.found)
        explain(&v, why, n);
    return e;
}
