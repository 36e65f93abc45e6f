/*
 * Proves what the catalogue says of packages that leave kinds open: what a
 * library does not declare, an interface that it does not use or a parameter
 * that it does not look at, may be used in any one way, and whether all who do
 * agree is left to the card; what is no such method, or is used by one package
 * in two ways, is refused with the reason; without its imports a package is
 * published unverified.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/catalogue.h"
#include "tests/folder.h"
#include "toolchain/captext.h"

enum { TEXT_MAX = 4096 };

static const char library[] =
    "CAP 2.1\npath \"org/postcard/said/javacard\"\n"
    "Header { flags EXPORT\npackage 1.0 F0504F5358 }\nDirectory {\n}\n"
    "Import { fw: package 1.0 A0000000620101\n"
    "lang: package 1.0 A0000000620001\n}\n"
    "ConstantPool {\n}\n"
    "Class {\ninterface Face SHAREABLE { superinterfaces fw.2 }\n"
    "class Thing {\nsuper_class_ref lang.0\npublic_method_table_base 1\n"
    "public_virtual_method_table take\n}\n}\n"
    "Method {\nmethod take max_stack 1 nargs 2 {\nsconst_0\nsreturn\n}\n}\n"
    "StaticField {\n}\nReferenceLocation {\n}\n"
    "Export { class Face\nclass Thing\n}\n";

/* Own implements Face.ask, token 0, with a reference; more comes after it. */
static const char client[] =
    "CAP 2.1\npath \"org/postcard/user/javacard\"\n"
    "Header { package 1.0 %s }\nDirectory {\n}\n"
    "Import { lang: package 1.0 A0000000620001\n"
    "said: package 1.0 F0504F5358\n}\n"
    "ConstantPool {\nface: Classref said.0\n"
    "take: VirtualMethodref said.1 1\nbeyond: VirtualMethodref said.1 2\n}\n"
    "Class {\nclass Own {\nsuper_class_ref lang.0\n"
    "public_method_table_base 1\npublic_virtual_method_table ask use\n"
    "implemented_interface said.0 { index 1 }\n}\n}\n"
    "Method {\nmethod ask max_stack 1 nargs 2 {\n%s\nsreturn\n}\n"
    "method use max_stack 3 nargs 1 {\n%s\nsreturn\n}\n}\n"
    "StaticField {\n}\nReferenceLocation {\n}\n";

#define A_REFERENCE "aload_1\narraylength"
#define A_SHORT "sload_1"
#define NOTHING "sconst_0"
#define ASK(given) "aconst_null\n" given "\ninvokeinterface 2 face 0"
#define TAKE(given) "aconst_null\n" given "\ninvokevirtual take"

static struct srv_store *store;
static char folder[TEST_FOLDER];
static struct srv_problem problem;
static bool verified;

static void path_in(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", folder, name);
}

static int open_store(void **state)
{
    char path[128];
    struct gp_why why = {{0}};

    (void)state;
    if (!test_folder(folder, "catalogue"))
        return -1;
    path_in("db", path);
    return srv_store_open(path, &store, &why);
}

static int close_store(void **state)
{
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    char path[128];

    (void)state;
    srv_store_close(&store);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_in(names[i], path);
        unlink(path);
    }
    return rmdir(folder);
}

/* The status of publishing a text; *verified and the problem are kept. */
static int publish(const char *text, const char *name)
{
    const struct tc_input input = {
        name, span_of((const uint8_t *)text, strlen(text))};
    struct tc_assembled made;
    int64_t id = 0;

    problem = (struct srv_problem){.status = 0};
    verified = false;
    if (!tc_cap_assemble(&input, &made))
        fail_msg("%s: %s", name, made.messages[0].text);
    int status = srv_catalogue_publish(store, made.file, name, "1.0", &verified,
                                       &id, &problem);
    tc_assembled_free(&made);
    return status;
}

static int publish_client(const char *aid, const char *ask, const char *use)
{
    char text[TEXT_MAX];

    snprintf(text, sizeof text, client, aid, ask, use);
    return publish(text, aid);
}

static void expect_verified(const char *aid, const char *ask, const char *use)
{
    if (publish_client(aid, ask, use) != 0)
        fail_msg("%s: %s, %s", aid, problem.where, problem.message);
    assert_true(verified);
}

static void expect_refused(const char *ask, const char *use, const char *why)
{
    assert_int_equal(publish_client("F0504F535999", ask, use), -1);
    assert_int_equal(problem.status, 422);
    assert_string_equal(problem.code, "not_verified");
    if (strstr(problem.message, why) == NULL)
        fail_msg("'%s' has no '%s'", problem.message, why);
}

static void unverified_without_its_imports(void **state)
{
    (void)state;
    assert_int_equal(publish_client("F0504F535901", A_REFERENCE, NOTHING), 0);
    assert_false(verified);
    assert_int_equal(publish(library, "library"), 0);
    assert_true(verified);
}

static void open_kinds_are_taken_in_one_way(void **state)
{
    (void)state;
    assert_int_equal(publish(library, "library"), 0);
    expect_verified("F0504F535901", A_REFERENCE, NOTHING);
    expect_verified("F0504F535902", A_REFERENCE, ASK("aload_0"));
    expect_verified("F0504F535903", A_REFERENCE, TAKE("aload_0"));
    /* another way than theirs: the card knows who is on it */
    expect_verified("F0504F535904", A_SHORT, ASK("sconst_5"));
    expect_verified("F0504F535905", A_SHORT, TAKE("sconst_5"));
}

static void what_is_told_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(publish(library, "library"), 0);
    expect_refused(A_REFERENCE, ASK("sconst_5"), "disagree");
    expect_refused(A_SHORT, ASK("aload_0"), "disagree");
    expect_refused(A_SHORT, TAKE("sconst_5") "\npop\n" TAKE("aload_0"),
                   "disagree");
}

static void what_nobody_can_declare_is_refused(void **state)
{
    (void)state;
    assert_int_equal(publish(library, "library"), 0);
    expect_refused(A_SHORT, "aconst_null\nsconst_5\ninvokevirtual beyond",
                   "method");
    expect_refused(A_SHORT, "aconst_null\nsconst_5\ninvokeinterface 2 face 128",
                   "method");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unverified_without_its_imports,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(open_kinds_are_taken_in_one_way,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(what_is_told_twice_is_refused,
                                        open_store, close_store),
        cmocka_unit_test_setup_teardown(what_nobody_can_declare_is_refused,
                                        open_store, close_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
