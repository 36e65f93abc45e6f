/*
 * Proves the toolchain as a library, by a program that includes nothing else
 * of it than <gp/cap.h> and <gp/exp.h>: class files become a CAP file that is
 * sound, is described, goes through text and through a container and comes
 * out the same; bad input is refused with its place; export files survive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <gp/cap.h>
#include <gp/exp.h>

static const char *root; /* of the source tree, from the command line */

/* A file below the root; free(). */
static struct gp_cap_input load(const char *name, uint8_t **bytes)
{
    enum { SIZE = 1 << 16 };
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    *bytes = malloc(SIZE);
    assert_non_null(*bytes);
    size_t n = fread(*bytes, 1, SIZE, f);
    fclose(f);
    return (struct gp_cap_input){name, span_of(*bytes, n)};
}

static const char class_file[] =
    "tests/unit/toolchain/classes/arithmetic.class";

static int convert(struct gp_cap_input class, struct gp_cap_output **out)
{
    struct gp_cap_convert_options o = {
        .major = 1,
        .minor = 2,
        .target = "2.2.2",
        .classes = &class,
        .class_count = 1,
    };
    assert_int_equal(gp_aid_parse(&o.package, "F0504F530077"), GP_OK);
    return gp_cap_convert(&o, out);
}

/* The class file converted and read; the caller frees both. */
static struct gp_capfile *converted(struct gp_cap_output **out)
{
    uint8_t *bytes = NULL;
    struct gp_capfile *cap = NULL;
    struct gp_cap_input class = load(class_file, &bytes);
    assert_int_equal(convert(class, out), GP_OK);
    assert_int_equal((*out)->message_count, 0);
    assert_string_equal((*out)->package_name, "org/postcard/shapes");
    assert_int_equal(gp_capfile_read((*out)->cap, &cap, NULL), GP_OK);
    free(bytes);
    return cap;
}

static void converts_and_describes(void **state)
{
    struct gp_cap_output *out = NULL;
    struct gp_cap_info *info = NULL;
    struct gp_capfile *cap = converted(&out);
    (void)state;
    assert_int_equal(cap->package.minor, 2);
    assert_string_equal(cap->name, "org/postcard/shapes");
    assert_int_equal(gp_cap_info(cap, NULL, 0, &info, NULL), GP_OK);
    assert_true(info->is_compact);
    assert_true(info->has_descriptor);
    assert_int_equal(info->class_count, 1);
    assert_int_equal(info->interface_count, 0);
    assert_int_equal(info->method_count, 10);
    assert_int_equal(info->instance_field_count, 4);
    assert_int_equal(info->instance_cells, 4);
    assert_int_equal(info->widest.nargs, 16);
    assert_int_equal(info->export_count, 0);
    assert_int_equal(info->need_count, 1);
    assert_string_equal(info->needs[0].name, "java/lang");
    assert_string_equal(info->java_card, "JC 2.1.1");
    assert_null(info->global_platform);
    assert_false(info->no_global_platform);
    assert_int_equal(info->use_count, 2);
    assert_string_equal(info->uses[0].name, "java/lang/Object");
    assert_string_equal(info->uses[1].name, "java/lang/Object.<init>()V");
    assert_true(info->load_bytes < info->load_bytes_descriptor);

    struct gp_cap_info *bare = NULL; /* as most loaders send it */
    struct gp_capfile stripped = *cap;
    stripped.parts[GP_CAP_DESCRIPTOR] = span_of(NULL, 0);
    assert_int_equal(gp_cap_info(&stripped, NULL, 0, &bare, NULL), GP_OK);
    assert_false(bare->has_descriptor);
    assert_int_equal(bare->load_bytes_descriptor, info->load_bytes);
    gp_cap_info_free(&bare);
    gp_cap_info_free(&info);
    assert_null(info);
    gp_capfile_free(&cap);
    gp_cap_output_free(&out);
    assert_null(out);
}

static void refuses_other_formats(void **state)
{
    enum { MINOR_AT = 3 + 4 };
    struct gp_cap_output *out = NULL;
    struct gp_cap_info *info = NULL;
    struct gp_why why = {""};
    struct gp_capfile *cap = converted(&out);
    (void)state;
    cap->owned[GP_CAP_HEADER][MINOR_AT] = 9;
    cap->format_minor = 9;
    assert_int_equal(gp_cap_info(cap, NULL, 0, &info, &why), GP_ERR_CAP);
    assert_null(info);
    assert_non_null(strstr(why.text, "2.9"));
    gp_capfile_free(&cap);
    gp_cap_output_free(&out);
}

static void verifies(void **state)
{
    struct gp_cap_output *out = NULL;
    struct gp_cap_verdict *verdict = NULL;
    struct gp_capfile *cap = converted(&out);
    (void)state;
    assert_int_equal(gp_cap_verify(cap, NULL, 0, &verdict, NULL), GP_OK);
    assert_int_equal(verdict->finding_count, 0);
    assert_true(verdict->types_checked);
    gp_cap_verdict_free(&verdict);

    uint8_t *method = cap->owned[GP_CAP_METHOD];
    memset(method + cap->parts[GP_CAP_METHOD].n - 4, 0xFE, 4); /* impdep1 */
    assert_int_equal(gp_cap_verify(cap, NULL, 0, &verdict, NULL), GP_OK);
    assert_true(verdict->finding_count > 0);
    assert_int_equal(verdict->findings[0].component, GP_CAP_METHOD);
    assert_true(strlen(verdict->findings[0].text) > 0);
    gp_cap_verdict_free(&verdict);
    assert_null(verdict);
    gp_capfile_free(&cap);
    gp_cap_output_free(&out);
}

static void text_and_container_keep_every_byte(void **state)
{
    struct gp_cap_output *out = NULL;
    struct gp_cap_output *again = NULL;
    struct gp_capfile *cap = converted(&out);
    char *text = NULL;
    size_t n = 0;
    (void)state;
    assert_int_equal(gp_cap_dump(out->cap, &text, &n, NULL), GP_OK);
    assert_int_equal(strlen(text), n);
    const struct gp_cap_input input = {"it.captext",
                                       span_of((const uint8_t *)text, n)};
    assert_int_equal(gp_cap_assemble(&input, &again), GP_OK);
    assert_true(span_equal(again->cap, out->cap));
    gp_cap_output_free(&again);
    free(text);

    assert_int_equal(gp_cap_archive(cap, &again, NULL), GP_OK);
    struct gp_capfile *copy = NULL;
    assert_int_equal(gp_capfile_read(again->cap, &copy, NULL), GP_OK);
    for (unsigned tag = 1; tag < GP_CAP_COMPONENT_TAGS; tag++)
        assert_true(span_equal(copy->parts[tag], cap->parts[tag]));
    gp_capfile_free(&copy);
    gp_cap_output_free(&again);
    cap->name[0] = '\0';
    struct gp_why why = {""};
    assert_int_equal(gp_cap_archive(cap, &again, &why), GP_ERR_ARGUMENT);
    assert_null(again);
    assert_non_null(strstr(why.text, "name"));
    gp_capfile_free(&cap);
    gp_cap_output_free(&out);
}

static void refuses_with_the_place(void **state)
{
    uint8_t *bytes = NULL;
    struct gp_cap_output *out = NULL;
    (void)state;
    struct gp_cap_input class = load(class_file, &bytes);
    class.bytes.n /= 2;
    assert_int_equal(convert(class, &out), GP_ERR_CAP);
    assert_true(out->message_count > 0);
    assert_string_equal(out->messages[0].file, class_file);
    assert_int_equal(out->cap.n, 0);
    gp_cap_output_free(&out);
    free(bytes);

    const char wrong[] = "cap \n nonsense {\n";
    const struct gp_cap_input text = {
        "wrong.captext", span_of((const uint8_t *)wrong, strlen(wrong))};
    assert_int_equal(gp_cap_assemble(&text, &out), GP_ERR_CAP);
    assert_true(out->message_count > 0);
    assert_string_equal(out->messages[0].file, "wrong.captext");
    assert_true(out->messages[0].line > 0);
    gp_cap_output_free(&out);

    struct gp_cap_convert_options o = {.major = 1};
    assert_int_equal(gp_cap_convert(&o, &out), GP_ERR_ARGUMENT);
    assert_null(out);
    assert_int_equal(gp_aid_parse(&o.package, "F0504F530077"), GP_OK);
    o.target = "1.0";
    assert_int_equal(gp_cap_convert(&o, &out), GP_ERR_ARGUMENT);
}

/* What is imported decides which release is the first that will do. */
static void finds_the_release_that_has_all(void **state)
{
    uint8_t *bytes = NULL;
    struct gp_capfile *cap = NULL;
    struct gp_cap_info *info = NULL;
    (void)state;
    struct gp_cap_input file = load("applets/wallet.cap", &bytes);
    assert_int_equal(gp_capfile_read(file.bytes, &cap, NULL), GP_OK);
    for (unsigned i = 0; i < cap->import_count; i++)
        if (cap->imports[i].aid.n == 7 && cap->imports[i].aid.p[5] == 1 &&
            cap->imports[i].aid.p[6] == 1)
            cap->imports[i].minor = 6; /* javacard.framework */
    assert_int_equal(gp_cap_info(cap, NULL, 0, &info, NULL), GP_OK);
    assert_string_equal(info->java_card, "JC 3.0.5");
    assert_string_equal(info->global_platform, "GP 2.1");
    gp_cap_info_free(&info);
    for (unsigned i = 0; i < cap->import_count; i++)
        cap->imports[i].minor = 99;
    assert_int_equal(gp_cap_info(cap, NULL, 0, &info, NULL), GP_OK);
    assert_null(info->java_card);
    assert_true(info->no_java_card);
    assert_true(info->no_global_platform);
    assert_null(info->needs[0].release);
    gp_cap_info_free(&info);
    gp_capfile_free(&cap);
    free(bytes);
}

static void names_by_export_files(void **state)
{
    uint8_t *exp = NULL;
    uint8_t *bytes = NULL;
    struct gp_capfile *cap = NULL;
    struct gp_cap_info *info = NULL;
    bool named = false;
    (void)state;
    const struct span export = load("applets/wallet.exp", &exp).bytes;
    const struct span file = load("applets/loyalty.cap", &bytes).bytes;
    assert_int_equal(gp_capfile_read(file, &cap, NULL), GP_OK);
    assert_int_equal(gp_cap_info(cap, &export, 1, &info, NULL), GP_OK);
    for (size_t i = 0; i < info->use_count; i++)
        named = named || (info->uses[i].name != NULL &&
                          strcmp(info->uses[i].name,
                                 "org/postcard/wallet/Loyalty") == 0);
    assert_true(named);
    gp_cap_info_free(&info);
    struct gp_why why = {""};
    const struct span wrong = span_of(exp, 20);
    assert_int_equal(gp_cap_info(cap, &wrong, 1, &info, &why), GP_ERR_ARGUMENT);
    assert_null(info);
    assert_true(why.text[0] != '\0');
    gp_capfile_free(&cap);
    free(bytes);
    free(exp);
}

static void export_files_survive(void **state)
{
    uint8_t *bytes = NULL;
    uint8_t again[4096];
    struct gp_exp *exp = NULL;
    (void)state;
    const struct span file = load("applets/wallet.exp", &bytes).bytes;
    assert_int_equal(gp_exp_read(file, &exp, NULL), GP_OK);
    assert_string_equal(exp->package_name, "org/postcard/wallet");
    assert_int_equal(exp->class_count, 1);
    assert_string_equal(exp->classes[0].name, "org/postcard/wallet/Loyalty");
    assert_true((exp->classes[0].flags & GP_EXP_SHAREABLE) != 0);
    assert_true(exp->classes[0].method_count > 0);
    struct buf out = buf_of(again, sizeof again);
    assert_int_equal(gp_exp_write(exp, &out), GP_OK);
    assert_true(span_equal(buf_span(&out), file));
    struct buf small = buf_of(again, 10);
    assert_int_equal(gp_exp_write(exp, &small), GP_ERR_TOO_LONG);
    assert_int_equal(small.n, 0);
    gp_exp_free(&exp);
    assert_null(exp);
    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(gp_exp_read(span_of(file.p, n), &exp, NULL),
                         GP_ERR_ARGUMENT);
    free(bytes);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_and_describes),
        cmocka_unit_test(refuses_other_formats),
        cmocka_unit_test(verifies),
        cmocka_unit_test(text_and_container_keep_every_byte),
        cmocka_unit_test(refuses_with_the_place),
        cmocka_unit_test(finds_the_release_that_has_all),
        cmocka_unit_test(names_by_export_files),
        cmocka_unit_test(export_files_survive),
    };
    if (argc != 2)
        return 2;
    root = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
