/*
 * Proves lib/cap: good packages are accepted with and without a Descriptor;
 * code that breaks a rule is refused with that rule's name; a truncated load
 * file is refused at every length; no single changed byte makes the checker
 * read or write outside (the sanitizers watch) or end without a verdict.
 *
 * Ill-typed code is written over the start of the wallet's install method,
 * which has a reference and two shorts as arguments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/capfile.h>

#include "apidef/api_lookup.h"
#include "cap/check.h"
#include "cap/opcodes.h"

static const char *applets;

struct subject {
    uint8_t bytes[16 * 1024];
    size_t n;
    struct cap cap;
    struct cap_finding first;
    unsigned findings;
};

static void load(struct subject *s, const char *name, unsigned flags)
{
    char path[1024];
    struct gp_capfile *file = NULL;
    struct gp_why why;

    memset(s, 0, sizeof *s);
    snprintf(path, sizeof path, "%s/%s", applets, name);
    assert_int_equal(gp_capfile_open(path, &file, &why), 0);
    struct buf out = buf_of(s->bytes, sizeof s->bytes);
    assert_int_equal(gp_capfile_block(file, flags, &out), 0);
    s->n = out.n;
    gp_capfile_free(&file);
}

static bool resolve(void *ctx, uint8_t import, uint8_t class,
                    enum cap_space space, uint8_t token,
                    struct cap_signature *out)
{
    const struct subject *s = ctx;
    struct cap_package p;

    if (!cap_import(&s->cap, import, &p))
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

static void report(void *ctx, const struct cap_finding *finding)
{
    struct subject *s = ctx;
    if (s->findings++ == 0)
        s->first = *finding;
}

static enum err check_with(struct subject *s, uint32_t scratch_size)
{
    static uint32_t scratch[16 * 1024];
    uint8_t bad = 0;

    s->findings = 0;
    enum err e = cap_open(&s->cap, span_of(s->bytes, s->n), &bad);
    if (e != ERR_OK)
        return e;
    const struct cap_check check = {.cap = &s->cap,
                                    .resolver = {.ctx = s, .method = resolve},
                                    .scratch = (uint8_t *)scratch,
                                    .scratch_size = scratch_size,
                                    .report = report,
                                    .report_ctx = s};
    return cap_check(&check);
}

static enum err check(struct subject *s)
{
    return check_with(s, 64 * 1024);
}

static void good_packages_are_accepted(void **state)
{
    static struct subject s;
    (void)state;

    load(&s, "wallet.cap", GP_BLOCK_PLAIN);
    assert_int_equal(check(&s), ERR_OK);
    load(&s, "wallet.cap", GP_BLOCK_WITH_DESCRIPTOR);
    assert_int_equal(check(&s), ERR_OK);
    assert_int_equal(s.findings, 0);
}

static void too_little_scratch_is_said(void **state)
{
    static struct subject s;
    (void)state;

    load(&s, "wallet.cap", GP_BLOCK_PLAIN);
    for (uint32_t n = 0; n < 4096; n += 64) {
        enum err e = check_with(&s, n);
        assert_true(e == ERR_MEMORY || e == ERR_OK);
    }
}

/* What install()'s code is replaced by, and the rule that refuses it. */
static const struct patch {
    uint8_t code[8];
    size_t n;
    uint8_t rule;
} patches[] = {
    {{0x3B}, 1, CAP_RULE_STACK_UNDERFLOW},        /* pop */
    {{0x41}, 1, CAP_RULE_STACK_UNDERFLOW},        /* sadd */
    {{0xB9}, 1, CAP_RULE_OPCODE},                 /* undefined */
    {{0xFE}, 1, CAP_RULE_OPCODE},                 /* impdep1 */
    {{0x09, 0x7A}, 2, CAP_RULE_INT_FLAG},         /* iconst_m1 */
    {{0x70, 0x01}, 2, CAP_RULE_BRANCH},           /* goto into itself */
    {{0x70, 0x80}, 2, CAP_RULE_BRANCH},           /* goto before it */
    {{0xA8, 0x7F, 0xFF}, 3, CAP_RULE_BRANCH},     /* goto_w behind all */
    {{0x16, 0x50, 0x7A}, 3, CAP_RULE_LOCAL},      /* sload 80 */
    {{0x29, 0x50, 0x7A}, 3, CAP_RULE_LOCAL},      /* sstore 80 */
    {{0x1C, 0x7A}, 2, CAP_RULE_OPERAND_KIND},     /* sload_0: a reference */
    {{0x19, 0x7A}, 2, CAP_RULE_OPERAND_KIND},     /* aload_1: a short */
    {{0x03, 0x77}, 2, CAP_RULE_OPERAND_KIND},     /* areturn of a short */
    {{0x18, 0x78}, 2, CAP_RULE_OPERAND_KIND},     /* sreturn of a ref */
    {{0x03, 0x78}, 2, CAP_RULE_RETURN_KIND},      /* install is void */
    {{0x03, 0x93}, 2, CAP_RULE_OPERAND_KIND},     /* athrow of a short */
    {{0x18, 0x5B}, 2, CAP_RULE_OPERAND_KIND},     /* s2b of a reference */
    {{0x03, 0x92}, 2, CAP_RULE_OPERAND_KIND},     /* arraylength */
    {{0x8D, 0x7F, 0xFF}, 3, CAP_RULE_POOL_ENTRY}, /* invokestatic */
    {{0x8F, 0x7F, 0xFF}, 3, CAP_RULE_POOL_ENTRY}, /* new */
    {{0x03, 0x90, 0x09}, 3, CAP_RULE_OPERAND},    /* newarray 9 */
    {{0x18, 0x94, 0x0F, 0x00, 0x00}, 5, CAP_RULE_OPERAND}, /* checkcast 15 */
    {{0x3F, 0x50, 0x7A}, 3, CAP_RULE_OPERAND},             /* dup_x m = 5 */
    {{0x40, 0x11, 0x7A}, 3, CAP_RULE_STACK_UNDERFLOW},     /* swap_x */
    {{0x72, 0x00}, 2, CAP_RULE_SUBROUTINE}, /* ret of a reference */
    {{0x59, 0x00, 0x01, 0x7A}, 4, CAP_RULE_OPERAND_KIND}, /* sinc of a ref */
    {{0x75, 0x00, 0x00, 0x7F, 0xFF}, 5, CAP_RULE_OPCODE}, /* endless switch */
};

static void ill_typed_code_is_refused(void **state)
{
    static struct subject s;
    struct cap_method install;
    uint32_t offset = 0;
    struct span aid;
    (void)state;

    for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
        const struct patch *p = &patches[i];
        load(&s, "wallet.cap", GP_BLOCK_PLAIN);
        assert_int_equal(check(&s), ERR_OK);
        assert_true(cap_applet(&s.cap, 0, &aid, &offset));
        assert_true(cap_method_at(&s.cap, offset, &install));
        size_t at = (size_t)(s.cap.part[CAP_METHOD].p - s.bytes) + install.code;
        memcpy(s.bytes + at, p->code, p->n);
        enum err e = check(&s);
        if (e == ERR_OK || s.first.rule != p->rule)
            print_error("patch %zu: %s, not %s\n", i,
                        cap_rule_text(s.first.rule), cap_rule_text(p->rule));
        assert_int_equal(s.first.rule, p->rule);
        assert_int_equal(e, ERR_TYPE);
        assert_int_equal(s.first.component, CAP_METHOD);
        assert_int_equal(s.first.method, offset);
    }
}

static void truncated_files_are_refused(void **state)
{
    static struct subject s;
    (void)state;

    load(&s, "wallet.cap", GP_BLOCK_PLAIN);
    size_t whole = s.n;
    for (s.n = 0; s.n < whole; s.n++)
        assert_int_not_equal(check(&s), ERR_OK);
}

static void every_changed_byte_gets_a_verdict(void **state)
{
    static struct subject s;
    unsigned refused = 0;
    (void)state;

    load(&s, "wallet.cap", GP_BLOCK_PLAIN);
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t old = s.bytes[i];
        for (unsigned bit = 0; bit < 8; bit += 3) {
            s.bytes[i] = (uint8_t)(old ^ 1u << bit);
            refused += check(&s) != ERR_OK;
        }
        s.bytes[i] = old;
    }
    assert_int_equal(check(&s), ERR_OK);
    assert_true(refused > s.n); /* most changes show */
}

static void instruction_lengths(void **state)
{
    static const uint8_t table[] = {0x73, 0, 9, 0, 1, 0, 2, 0, 9, 0, 9};
    static const uint8_t backwards[] = {0x73, 0, 9, 0, 2, 0, 1, 0, 9};
    static const uint8_t lookup[] = {0x75, 0, 9, 0, 1, 0, 7, 0, 9};
    unsigned defined = 0;
    (void)state;

    for (unsigned op = 0; op < 256; op++) {
        uint8_t code[8] = {(uint8_t)op};
        uint32_t n = cap_instruction_length(code, sizeof code);
        defined += cap_opcode((uint8_t)op) != NULL;
        assert_true(n <= sizeof code);
        if (n > 1)
            assert_int_equal(cap_instruction_length(code, n - 1), 0);
    }
    assert_int_equal(defined, 185);
    assert_int_equal(cap_instruction_length(table, sizeof table), 11);
    assert_int_equal(cap_instruction_length(table, 10), 0);
    assert_int_equal(cap_instruction_length(backwards, sizeof backwards), 0);
    assert_int_equal(cap_instruction_length(lookup, sizeof lookup), 9);
}

static void descriptors_become_kinds(void **state)
{
    struct cap_signature s;
    (void)state;

    assert_true(cap_signature_of("([BSI)Z", false, &s));
    const uint8_t kinds[] = {CAP_KIND_REF, CAP_KIND_REF, CAP_KIND_SHORT,
                             CAP_KIND_INT_HIGH, CAP_KIND_INT_LOW};
    assert_int_equal(s.nargs, sizeof kinds);
    assert_memory_equal(s.kinds, kinds, sizeof kinds);
    assert_int_equal(s.result, CAP_KIND_SHORT);
    assert_true(cap_signature_of("(Ljava/lang/Object;)V", true, &s));
    assert_int_equal(s.nargs, 1);
    assert_int_equal(s.result, CAP_KIND_VOID);
    assert_false(cap_signature_of("(Ljava", true, &s));
    assert_false(cap_signature_of("B", true, &s));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_packages_are_accepted),
        cmocka_unit_test(too_little_scratch_is_said),
        cmocka_unit_test(ill_typed_code_is_refused),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(every_changed_byte_gets_a_verdict),
        cmocka_unit_test(instruction_lengths),
        cmocka_unit_test(descriptors_become_kinds),
    };
    if (argc != 2)
        return 2;
    applets = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
