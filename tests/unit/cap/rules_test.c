/*
 * Proves that every rule is told where it is broken: a sound package, written
 * as text, is changed as rules.cases says, assembled, and verified; the
 * finding must have the rule, the component, the offset and the method of the
 * case, and be the only one.  Every rule of rules.def has a case here, or is
 * produced by the last tests of this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/cap/loadfile.h"
#include "tests/unit/cap/text.h"
#include "toolchain/captext.h"
#include "toolchain/verify.h"

static const char *folder;

/* One case: the lines of rules.cases up to the next empty one. */
struct rule_case {
    unsigned line;
    char rule[32];
    char component[24];
    unsigned offset;
    unsigned method; /* 0: none */
    bool others;     /* other findings follow from it */
    char *text;      /* the changed package */
    unsigned patch_count;
    struct patch { /* a byte that is put into the assembled file */
        char component[24];
        unsigned offset;
        unsigned value;
    } patches[8];
};

/* ---- verifying a text ---- */

static struct span load_file(struct tc_arena *arena,
                             const struct tc_assembled *made)
{
    struct tc_bytes all = {.arena = arena};

    for (size_t i = 0; i < made->part_count; i++) {
        if (made->parts[i].tag != 0)
            tc_put(&all, made->parts[i].bytes.p, made->parts[i].bytes.n);
    }
    return tc_bytes_span(&all);
}

static struct span assemble(struct tc_arena *arena, const char *text,
                            unsigned line)
{
    const struct tc_input input = {
        "text", span_of((const uint8_t *)text, strlen(text))};
    struct tc_assembled made;

    if (!tc_cap_assemble(&input, &made)) {
        print_error("rules.cases:%u: line %u: %s\n", line,
                    made.messages[0].line, made.messages[0].text);
        return span_of(NULL, 0);
    }
    struct span file = load_file(arena, &made);
    tc_assembled_free(&made);
    return file;
}

/* An extended file without one of its wide components. */
static struct span without(struct tc_arena *arena, struct span file,
                           uint8_t tag)
{
    struct tc_bytes out = {.arena = arena};

    while (file.n > 0) {
        const uint8_t t = file.p[0];
        const bool wide = t == CAP_METHOD || t == CAP_REFERENCE_LOCATION ||
                          t == CAP_DESCRIPTOR || t == CAP_STATIC_RESOURCES;
        const size_t n =
            wide ? 5 + get_u4(file.p + 1) : 3u + get_u2(file.p + 1);
        if (t != tag)
            tc_put(&out, file.p, n);
        file = span_of(file.p + n, file.n - n);
    }
    return tc_bytes_span(&out);
}

static void verify(struct span file, struct tc_verdict *verdict)
{
    const struct tc_verify_options options = {.load_file = file};
    char error[256];

    if (!tc_verify(&options, verdict, error, sizeof error))
        fail_msg("%s", error);
}

/* ---- cases ---- */

/* Puts `with` where `old` stands behind `anchor`. */
static char *replace(struct tc_arena *arena, const char *text,
                     const char *anchor, const char *old, const char *with,
                     unsigned line)
{
    const char *from = strstr(text, anchor);
    const char *at = from == NULL ? NULL : strstr(from, old);

    if (at == NULL)
        fail_msg("case at line %u: no \"%s\" behind \"%s\"", line, old, anchor);
    return tc_format(arena, "%.*s%s%s", (int)(at - text), text, with,
                     at + strlen(old));
}

/* Takes a line off the text; NULL at its end. */
static char *take_line(char **text, unsigned *line)
{
    char *start = *text;
    char *end = strchr(start, '\n');

    if (*start == '\0')
        return NULL;
    if (end != NULL)
        *end = '\0';
    *text = end == NULL ? start + strlen(start) : end + 1;
    (*line)++;
    return start;
}

/* The head of a case: "RULE Component offset [method]". */
static void read_head(struct rule_case *c, const char *head, unsigned line)
{
    c->line = line;
    c->method = c->patch_count = 0;
    c->others = head[strlen(head) - 1] == '+';
    if (sscanf(head, "%31s %23s %u %u", c->rule, c->component, &c->offset,
               &c->method) < 3)
        fail_msg("line %u: no head of a case: %s", line, head);
}

static void read_patch(struct rule_case *c, const char *l, unsigned line)
{
    struct patch *p = &c->patches[c->patch_count++];

    if (c->patch_count > sizeof c->patches / sizeof c->patches[0] ||
        sscanf(l, "! %23s %u %x", p->component, &p->offset, &p->value) != 3)
        fail_msg("line %u: no patch: %s", line, l);
}

/*
 * Reads a case: after the head, "@ anchor" (where to look from), "< old" and
 * "> new", which may go over several lines, and "! Component offset byte".
 */
static bool next_case(struct tc_arena *arena, const char *base, char **cases,
                      unsigned *line, struct rule_case *c)
{
    char *l = NULL;
    const char *anchor = "";
    const char *old = NULL;
    const char *with = NULL;
    bool started = false;

    c->text = tc_copy_text(arena, base, strlen(base));
    while ((l = take_line(cases, line)) != NULL) {
        bool change = l[0] == '<' || l[0] == '@' || l[0] == '!' || l[0] == '\0';
        if (with != NULL && change) {
            c->text = replace(arena, c->text, anchor, old, with, *line);
            old = with = NULL;
        }
        if (l[0] == '\0' && started)
            return true;
        if (l[0] == '\0' || l[0] == '#')
            continue;
        const char *rest = l[1] == ' ' ? l + 2 : l + 1;
        if (!started)
            read_head(c, l, *line);
        else if (l[0] == '!')
            read_patch(c, l, *line);
        else if (l[0] == '@')
            anchor = rest;
        else if (l[0] == '<')
            old = old == NULL ? rest : tc_format(arena, "%s\n%s", old, rest);
        else if (l[0] == '>')
            with = with == NULL ? rest : tc_format(arena, "%s\n%s", with, rest);
        else
            fail_msg("line %u: neither @ nor < nor >: %s", *line, l);
        started = true;
    }
    if (with != NULL)
        c->text = replace(arena, c->text, anchor, old, with, *line);
    return started;
}

static bool is_told(const struct rule_case *c, const struct tc_finding *f)
{
    return strcmp(f->rule, c->rule) == 0 &&
           strcmp(loadfile_name(f->component), c->component) == 0 &&
           f->offset == c->offset && f->in_method == (c->method != 0) &&
           f->method == c->method;
}

static struct span assemble_case(struct tc_arena *arena,
                                 const struct rule_case *c)
{
    struct span file = assemble(arena, c->text, c->line);

    for (unsigned i = 0; i < c->patch_count && file.n > 0; i++) {
        uint8_t *info = loadfile_find(file, c->patches[i].component);
        assert_non_null(info);
        info[c->patches[i].offset] = (uint8_t)c->patches[i].value;
    }
    return file;
}

static unsigned run_case(struct tc_arena *arena, const struct rule_case *c)
{
    struct tc_verdict v;
    struct span file = assemble_case(arena, c);

    if (file.n == 0)
        return 1;
    verify(file, &v);
    size_t looked_at = c->others ? v.finding_count : 1;
    bool told = false;
    for (size_t i = 0; i < looked_at && i < v.finding_count; i++)
        told = told || is_told(c, &v.findings[i]);
    told = told && (c->others || v.finding_count == 1);
    if (!told)
        print_error("rules.cases:%u: wants %s, is:\n", c->line, c->rule);
    for (size_t i = 0; !told && i < v.finding_count; i++)
        print_error("%s %s %lu %u\n", v.findings[i].rule,
                    loadfile_name(v.findings[i].component),
                    (unsigned long)v.findings[i].offset, v.findings[i].method);
    tc_verdict_free(&v);
    return told ? 0 : 1;
}

static bool seen[CAP_RULE_COUNT];

static void mark_seen(const char *rule)
{
    for (unsigned i = 0; i < CAP_RULE_COUNT; i++)
        seen[i] = seen[i] || strcmp(cap_rule_name((uint8_t)i), rule) == 0;
}

static void every_case_is_told(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    const char *base = text_read(arena, folder, "rules.captext");
    char *cases = text_read(arena, folder, "rules.cases");
    struct rule_case c;
    unsigned line = 0;
    unsigned wrong = 0;
    (void)state;

    while (next_case(arena, base, &cases, &line, &c)) {
        wrong += run_case(arena, &c);
        mark_seen(c.rule);
    }
    assert_int_equal(wrong, 0);
    tc_arena_free(&arena);
}

static void the_sound_package_has_no_finding(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_verdict v;
    (void)state;

    verify(assemble(arena, text_read(arena, folder, "rules.captext"), 0), &v);
    assert_int_equal(v.finding_count, 0);
    assert_int_equal(v.note_count, 0);
    assert_true(v.types_checked);
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/* Nest mates call a private method: it is package-visible without a token. */
static void a_method_of_a_nest_is_no_finding(void **state)
{
    static const char private[] = "method none PRIVATE method_4 short";
    struct tc_arena *arena = tc_arena_new();
    struct tc_verdict v;
    (void)state;

    const char *text = replace(arena, text_read(arena, folder, "rules.captext"),
                               "", private, "method none 0 method_4 short", 0);
    verify(assemble(arena, text, 0), &v);
    assert_int_equal(v.finding_count, 0);
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

static void a_number_that_the_superclass_took_later_is_no_finding(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_verdict v;
    (void)state;

    verify(assemble(arena, text_read(arena, folder, "grown.captext"), 0), &v);
    assert_int_equal(v.finding_count, 0);
    assert_true(v.types_checked);
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/* ---- what no text can say ---- */

/*
 * Converter 2.1.1 gives a field of an array of an imported class the class:
 * here class_2.1 gets the type of class_1.2, an Object's.  Later ones do not.
 */
static void a_field_of_2_1_1_is_no_finding(void **state)
{
    enum { ARRAY_AT = 161, OBJECT_AT = 50 };
    struct tc_arena *arena = tc_arena_new();
    const char *later = text_read(arena, folder, "rules.captext");
    const char *old = replace(arena, later, "", "CAP 2.2", "CAP 2.1", 0);
    struct tc_verdict v;
    (void)state;

    old = replace(arena, old, "", "package_name \"org/postcard/rules\"", "", 0);
    for (int is_old = 0; is_old <= 1; is_old++) {
        struct span file = assemble(arena, is_old ? old : later, 0);
        uint8_t *info = loadfile_find(file, "Descriptor");
        assert_non_null(info);
        assert_memory_not_equal(info + ARRAY_AT, info + OBJECT_AT, 2);
        memcpy(info + ARRAY_AT, info + OBJECT_AT, 2);
        verify(file, &v);
        assert_int_equal(v.finding_count, is_old ? 0 : 1);
        if (is_old)
            assert_true(v.types_checked);
        else
            assert_string_equal(v.findings[0].rule, "POOL_TYPE");
        tc_verdict_free(&v);
    }
    tc_arena_free(&arena);
}

static void a_cut_file_is_told(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct span file =
        assemble(arena, text_read(arena, folder, "rules.captext"), 0);
    struct tc_verdict v;
    (void)state;

    verify(span_of(file.p, file.n - 1), &v);
    assert_int_equal(v.finding_count, 1);
    assert_string_equal(v.findings[0].rule, "TRUNCATED");
    assert_int_equal(v.findings[0].component, CAP_DESCRIPTOR);
    mark_seen("TRUNCATED");
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/*
 * Nothing else says which package of an extended file a class is of: without
 * Descriptor a method that may or may not override another is refused.
 */
static void packages_are_told_apart(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    const char *family = text_read(arena, folder, "family.captext");
    struct tc_verdict v;
    (void)state;

    verify(assemble(arena, family, 0), &v);
    assert_int_equal(v.finding_count, 0);
    assert_true(v.types_checked);
    tc_verdict_free(&v);
    struct span file = assemble(arena, family, 0);
    verify(without(arena, file, CAP_DESCRIPTOR), &v);
    assert_int_equal(v.finding_count, 1);
    assert_string_equal(v.findings[0].rule, "PACKAGES");
    assert_int_equal(v.findings[0].component, CAP_CLASS);
    mark_seen("PACKAGES");
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/*
 * The types of an extended file, in all its packages and blocks: what one of
 * its packages keeps to itself no other uses, nor overrides.
 */
static void types_of_an_extended_file_are_checked(void **state)
{
    static const struct {
        const char *anchor, *old, *with;
        const char *rule; /* of the first finding; NULL: none */
    } cases[] = {
        {"method main_process", "getfield_a kept\n", "\n", "TYPE_RECEIVER"},
        {"method other_process", "aload_0\n",
         "getstatic_s level\npop\naload_0\n", "TYPE_ACCESS"},
        {"method 1 PUBLIC|STATIC twice", "PUBLIC", "PROTECTED", "TYPE_ACCESS"},
        {"method 1 PUBLIC base_ask", "PUBLIC", "PROTECTED", "TYPE_ACCESS"},
        {"method 128 0 heir_hidden", "short", "boolean", NULL},
        {"method 1 PUBLIC heir_ask", "short", "boolean", "TYPE_OVERRIDE"},
        {"caught failure", "failure", "failure go_on", "HANDLER_ORDER"},
        {"class Heir { static", "heir_init", "heir_install", "DESCRIPTOR"},
    };
    struct tc_arena *arena = tc_arena_new();
    const char *family = text_read(arena, folder, "family.captext");
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tc_verdict v;
        const char *text = replace(arena, family, cases[i].anchor, cases[i].old,
                                   cases[i].with, (unsigned)i);
        verify(assemble(arena, text, 0), &v);
        const char *rule = v.finding_count == 0 ? "" : v.findings[0].rule;
        assert_string_equal(rule, cases[i].rule == NULL ? "" : cases[i].rule);
        tc_verdict_free(&v);
    }
    tc_arena_free(&arena);
}

/* Debug of an extended file has its packages, and blocks of methods. */
static void debug_of_an_extended_file_is_read(void **state)
{
    static const char text[] =
        "Debug {\n"
        "package \"org/postcard/heir\" {\n"
        "class \"org/postcard/heir/Heir\" PUBLIC Heir {\n"
        "superclass_name \"org/postcard/base/Base\"\n"
        "source_file \"Heir.java\"\n"
        "method \"hidden\" \"()S\" 0 heir_hidden { line 0 %d 7 }\n"
        "}\n}\n}\n";
    struct tc_arena *arena = tc_arena_new();
    const char *family = text_read(arena, folder, "family.captext");
    struct tc_verdict v;
    (void)state;

    for (int last = 2; last <= 3; last++) { /* of the code's three bytes */
        struct tc_bytes all = {.arena = arena};
        char debug[sizeof text];
        int n = snprintf(debug, sizeof debug, text, last);
        tc_put(&all, family, strlen(family));
        tc_put(&all, debug, (size_t)n + 1);
        verify(assemble(arena, (const char *)all.p, 0), &v);
        assert_int_equal(v.finding_count, last == 2 ? 0 : 1);
        if (last == 3)
            assert_string_equal(v.findings[0].rule, "DEBUG");
        tc_verdict_free(&v);
    }
    tc_arena_free(&arena);
}

/* The text with a body of its own for install(). */
static const char *with_install(struct tc_arena *arena, const char *body)
{
    static const char plain[] = "method method_6 max_stack 2 nargs 3 {\n";

    return replace(arena, text_read(arena, folder, "rules.captext"), "", plain,
                   body, 0);
}

/* Subroutines that call each other twice: every call is a way of its own. */
static void entangled_code_ends(void **state)
{
    enum { DEPTH = 12 };
    struct tc_arena *arena = tc_arena_new();
    struct tc_bytes text = {.arena = arena};
    struct tc_verdict v;
    char lines[100];
    (void)state;

    int n = snprintf(lines, sizeof lines,
                     "method method_6 max_stack 2 nargs 3 max_locals 20 {\n"
                     "jsr S0\nreturn\n");
    tc_put(&text, lines, (size_t)n);
    for (int i = 0; i < DEPTH; i++) {
        n = snprintf(lines, sizeof lines,
                     "S%d:\nastore %d\njsr S%d\njsr S%d\nret %d\n", i, 3 + i,
                     i + 1, i + 1, 3 + i);
        tc_put(&text, lines, (size_t)n);
    }
    n = snprintf(lines, sizeof lines, "S%d:\nastore %d\nret %d\n", DEPTH,
                 3 + DEPTH, 3 + DEPTH);
    tc_put(&text, lines, (size_t)n + 1);
    verify(assemble(arena, with_install(arena, (const char *)text.p), 0), &v);
    assert_int_equal(v.finding_count, 1);
    assert_string_equal(v.findings[0].rule, "EFFORT");
    mark_seen("EFFORT");
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/*
 * Ten thousand branches, forwards and back: what is worth a package suffices
 * many times over, so a check takes time as the code is long.
 */
static void many_branches_are_followed(void **state)
{
    enum { BRANCHES = 5000 };
    struct tc_arena *arena = tc_arena_new();
    struct tc_bytes text = {.arena = arena};
    struct tc_verdict v;
    char lines[100];
    (void)state;

    int n = snprintf(lines, sizeof lines,
                     "method method_6 max_stack 2 nargs 3 max_locals 20 {\n");
    tc_put(&text, lines, (size_t)n);
    for (int i = 0; i < BRANCHES; i++) {
        n = snprintf(lines, sizeof lines,
                     "B%d:\nsload_1\nifeq B%d\nsload_2\nifne B%d\n", i, i + 1,
                     i);
        tc_put(&text, lines, (size_t)n);
    }
    n = snprintf(lines, sizeof lines, "B%d:\n", BRANCHES);
    tc_put(&text, lines, (size_t)n + 1);
    verify(assemble(arena, with_install(arena, (const char *)text.p), 0), &v);
    for (size_t i = 0; i < v.finding_count; i++)
        assert_string_not_equal(v.findings[i].rule, "EFFORT");
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/* install() with this body has no finding. */
static void body_is_sound(const char *body)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_verdict v;

    verify(assemble(arena, with_install(arena, body), 0), &v);
    for (size_t i = 0; i < v.finding_count; i++)
        assert_string_not_equal(v.findings[i].rule, "SUBROUTINE");
    assert_int_equal(v.finding_count, 0);
    tc_verdict_free(&v);
    tc_arena_free(&arena);
}

/* A `finally` that goes on with the loop around it, inside which another is:
 * the first is left without ret and entered again. */
static void a_finally_left_for_a_loop_is_no_finding(void **state)
{
    (void)state;
    body_is_sound(
        "method method_6 max_stack 2 nargs 3 max_locals 3 {\n"
        "again:\nsload_1\nifeq out\njsr first\ngoto again\n"
        "first:\nastore_3\nsload_2\nifeq back\njsr second\ngoto again\n"
        "back:\nret 3\n"
        "second:\nastore 4\nsload_2\nsstore_1\nret 4\n"
        "out:\n");
}

/* Two callers leave different things in a local that it does not touch. */
static void a_local_may_differ_between_callers(void **state)
{
    (void)state;
    body_is_sound("method method_6 max_stack 2 nargs 3 max_locals 2 {\n"
                  "sload_1\nsstore 4\njsr sub\nsload 4\npop\n"
                  "aload_0\nastore 4\njsr sub\naload 4\npop\ngoto out\n"
                  "sub:\nastore_3\nret 3\n"
                  "out:\n");
}

static void every_rule_has_been_seen(void **state)
{
    unsigned missing = 0;
    (void)state;

    for (unsigned i = CAP_RULE_NONE + 1; i < CAP_RULE_COUNT; i++) {
        if (!seen[i])
            print_error("no case for %s\n", cap_rule_name((uint8_t)i));
        missing += !seen[i];
    }
    assert_int_equal(missing, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sound_package_has_no_finding),
        cmocka_unit_test(a_method_of_a_nest_is_no_finding),
        cmocka_unit_test(a_number_that_the_superclass_took_later_is_no_finding),
        cmocka_unit_test(every_case_is_told),
        cmocka_unit_test(a_field_of_2_1_1_is_no_finding),
        cmocka_unit_test(a_cut_file_is_told),
        cmocka_unit_test(packages_are_told_apart),
        cmocka_unit_test(types_of_an_extended_file_are_checked),
        cmocka_unit_test(debug_of_an_extended_file_is_read),
        cmocka_unit_test(entangled_code_ends),
        cmocka_unit_test(many_branches_are_followed),
        cmocka_unit_test(a_finally_left_for_a_loop_is_no_finding),
        cmocka_unit_test(a_local_may_differ_between_callers),
        cmocka_unit_test(every_rule_has_been_seen),
    };
    if (argc != 2)
        return 2;
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
