/*
 * The text form of CAP files: a file dumped and assembled again is the same,
 * byte by byte, whatever it is; a text written by hand becomes the bytes that
 * the format wants, or messages with the right lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "cap/opcodes.h"
#include "toolchain/captext.h"
#include "toolchain/files.h"

static const char *applets;

static struct span read_applet(struct tc_arena *arena, const char *name)
{
    char error[256];
    struct tc_input input;
    const char *path = tc_format(arena, "%s/%s", applets, name);
    if (!tc_file_read(arena, path, &input, error, sizeof error))
        fail_msg("%s", error);
    return input.bytes;
}

static struct span dump(struct tc_arena *arena, struct span cap)
{
    char error[256];
    struct span text;
    if (!tc_cap_dump(arena, cap, &text, error, sizeof error))
        fail_msg("%s", error);
    assert_int_equal(text.p[text.n], 0);
    return text;
}

static struct tc_assembled assemble(struct span text)
{
    struct tc_assembled made;
    const struct tc_input input = {"text", text};
    if (!tc_cap_assemble(&input, &made))
        fail_msg("line %u: %s", made.messages[0].line, made.messages[0].text);
    return made;
}

static void assert_span(struct span is, struct span wanted)
{
    assert_int_equal(is.n, wanted.n);
    assert_memory_equal(is.p, wanted.p, wanted.n);
}

/* Returns the text. */
static const char *round_trip(struct tc_arena *arena, struct span cap)
{
    struct span text = dump(arena, cap);
    struct tc_assembled made = assemble(text);
    assert_span(made.file, cap);
    tc_assembled_free(&made);
    return (const char *)text.p;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no '%s' in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("'%s' in:\n%s", part, text);
}

/* Nothing of what the converter writes needs to be told. */
static void committed_files(void **state)
{
    static const char *const names[] = {"wallet.cap", "loyalty.cap"};
    struct tc_arena *arena = tc_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = round_trip(arena, read_applet(arena, names[i]));
        assert_has(text, "\nDirectory {\n}\n");
        assert_has(text, "\nReferenceLocation {\n}\n");
        assert_has(text, "javacard/framework/Applet.register()V");
        assert_lacks(text, "    raw ");
        assert_lacks(text, "bytecode_count");
        assert_lacks(text, "constant_pool_types");
    }
    tc_arena_free(&arena);
}

/* ---- texts ---- */

static struct tc_assembled assemble_text(const char *text)
{
    return assemble(span_of((const uint8_t *)text, strlen(text)));
}

/* The info of a component, behind tag and size. */
static struct span info_of(const struct tc_assembled *made, uint8_t tag,
                           size_t head)
{
    for (size_t i = 0; i < made->part_count; i++)
        if (made->parts[i].tag == tag)
            return span_of(made->parts[i].bytes.p + head,
                           made->parts[i].bytes.n - head);
    fail_msg("no component %u", tag);
    return span_of(NULL, 0);
}

static void assert_bytes(struct span is, const char *hex)
{
    uint8_t bytes[512];
    struct buf b = buf_of(bytes, sizeof bytes);
    assert_int_equal(hex_decode(hex, strlen(hex), &b, NULL), ERR_OK);
    assert_span(is, buf_span(&b));
}

/* The operands of an instruction of each form, as text. */
static const char *const sample[] = {
    [CAP_NONE] = "",
    [CAP_S1] = "-128",
    [CAP_S2] = "-32768",
    [CAP_S4] = "-2147483648",
    [CAP_LOCAL] = "255",
    [CAP_INC] = "7 -1",
    [CAP_INC_W] = "7 -300",
    [CAP_BRANCH1] = "here",
    [CAP_BRANCH2] = "here",
    [CAP_MN] = "4 8",
    [CAP_ATYPE] = "short",
    [CAP_CAST] = "array 258",
    [CAP_INTERFACE] = "2 259 5",
    [CAP_POOL1] = "200",
    [CAP_POOL2] = "513",
    [CAP_STABLE] = "here -1 1 { here; here; 5 }",
    [CAP_ITABLE] = "here -70000 -69999 { here; here }",
    [CAP_SLOOKUP] = "here { -3 here; 900 here }",
    [CAP_ILOOKUP] = "here { -70000 here; 90000 here }",
};

/* The first bytes of what they become, behind the opcode at offset 3. */
static const char *const sample_bytes[] = {
    [CAP_NONE] = "",
    [CAP_S1] = "80",
    [CAP_S2] = "8000",
    [CAP_S4] = "80000000",
    [CAP_LOCAL] = "FF",
    [CAP_INC] = "07FF",
    [CAP_INC_W] = "07FED4",
    [CAP_BRANCH1] = "00",
    [CAP_BRANCH2] = "0000",
    [CAP_MN] = "48",
    [CAP_ATYPE] = "0C",
    [CAP_CAST] = "0E0102",
    [CAP_INTERFACE] = "02010305",
    [CAP_POOL1] = "C8",
    [CAP_POOL2] = "0201",
    [CAP_STABLE] = "0000FFFF0001000000000005",
    [CAP_ITABLE] = "0000FFFEEE90FFFEEE9100000000",
    [CAP_SLOOKUP] = "00000002FFFD000003840000",
    [CAP_ILOOKUP] = "00000002FFFEEE90000000015F900000",
};

/* Known bytes for each of the 185, and the same text from them. */
static void every_instruction(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned code = 0; code < 256; code++) {
        struct tc_arena *arena = tc_arena_new();
        const struct cap_opcode *op = cap_opcode((uint8_t)code);
        if (op != NULL) {
            const char *text = tc_format(
                arena,
                "CAP 2.1 load_file\nApplet {\napplet 0102030405 m\n}\n"
                "Method {\nmethod m max_stack 1 nargs 2 {\nhere: %s %s\n}\n}\n",
                op->name, sample[op->operands]);
            struct tc_assembled made = assemble_text(text);
            assert_bytes(info_of(&made, 7, 3),
                         tc_format(arena, "000120%02X%s", code,
                                   sample_bytes[op->operands]));
            assert_has(round_trip(arena, made.file),
                       tc_format(arena, " %s", op->name));
            tc_assembled_free(&made);
            count++;
        }
        tc_arena_free(&arena);
    }
    assert_int_equal(count, 185);
}

static const char extended_text[] =
    "CAP 2.3 extended\npath \"all/javacard\"\n"
    "Header {\n CAP 1.2 A00000000501\n package 3.4 A00000000502\n"
    " package_name \"a/b\"\n}\n"
    "Directory { }\n"
    "Applet { applet A0000000050101 install }\n"
    "Import { fw: package 1.0 A0000000620101 }\n"
    "ConstantPool {\n"
    " f: InstanceFieldref C 0\n"
    " i: Classref I\n"
    " StaticMethodref install\n"
    " StaticMethodref javacard/framework/Applet.<init>()V\n"
    " SuperMethodref C 7\n"
    " StaticFieldref 2\n"
    "}\n"
    "Class {\n signature (byte[],short)C\n"
    " interface I SHAREABLE|REMOTE {\n"
    "  superinterfaces fw.2\n  interface_name \"I\"\n }\n"
    " class C SHAREABLE|REMOTE {\n"
    "  super_class_ref javacard/framework/Applet\n"
    "  declared_instance_size 1\n"
    "  public_method_table_base 7\n"
    "  public_virtual_method_table process none\n"
    "  package_virtual_method_table hidden\n"
    "  implemented_interface I { index 7 }\n"
    "  remote_interface_info {\n   remote_method 0x3AA7 0 7\n"
    "   class_name \"C\"\n   remote_interfaces I\n  }\n }\n}\n"
    "Method {\n"
    " block {\n  method install max_stack 2 nargs 3 {\n   return\n  }\n"
    "  method hidden abstract nargs 1\n }\n"
    " block {\n"
    "  method process extended max_stack 2 nargs 2 {\n"
    "   exception_handler a z z i\n"
    "   exception_handler a b b 0\n"
    "  a:\n   getfield_s_this f\n   pop\n"
    "  b:\n   checkcast class i\n   checkcast byte 0\n"
    "  z:\n   return\n  }\n }\n}\n"
    "StaticField {\n array_init short 00010002\n reference_count 2\n"
    " default_value_count 1\n non_default_values 0102\n}\n"
    "ReferenceLocation { }\n"
    "Export {\n package {\n  class C {\n   static_field_offsets 0\n"
    "   static_method_offsets install\n  }\n }\n}\n"
    "Descriptor {\n package {\n  class 0 PUBLIC C {\n   interfaces I\n"
    "   field 0 PRIVATE C.0 short\n   field none STATIC 2 byte\n"
    "   method 0 PUBLIC|STATIC install (byte[],short,byte)void\n"
    "   method 7 PUBLIC process (fw.10)void\n  }\n }\n}\n"
    "Debug {\n package \"a/b\" {\n  class \"a/b/C\" PUBLIC C {\n"
    "   superclass_name \"x\"\n   source_file \"C.java\"\n"
    "   interface_names \"a/b/I\"\n   field \"s\" \"S\" PRIVATE 0x00000000\n"
    "   method \"process\" \"()V\" PUBLIC process {\n"
    "    variable 0 \"this\" \"La/b/C;\" 0 9\n    line a z 12\n   }\n  }\n }\n"
    "}\n"
    "StaticResources {\n resource 5 0102\n resource 6 03\n}\n"
    "custom 200 {\n AID A00000000509\n raw CAFE\n}\n";

/* Every component in the extended form: known bytes, and the round trip. */
static void extended(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    (void)state;
    struct tc_assembled made = assemble_text(extended_text);
    assert_bytes(info_of(&made, 1, 3), "DECAFFED03020E020106A00000000501"
                                       "010403 06A00000000502 03612F62");
    assert_bytes(info_of(&made, 7, 5),
                 "02 00000009 0000000F"
                 "00 0230 7A 4010"
                 "02 0015 0003 0018 0000 0015 800B 0020 0001"
                 "80020200 AF00 3B 94000001 940B0000 7A");
    assert_bytes(info_of(&made, 9, 5), "02 0000 0000 0001 16 0002 0F0B");
    assert_bytes(info_of(&made, 10, 3), "01 01 000C 0101 0000 000001");
    assert_bytes(info_of(&made, 13, 5),
                 "0002 0005 00000002 0006 00000001 0102 03");
    assert_bytes(info_of(&made, 8, 3), "0007 0002 0001 040004 00010002 0001"
                                       "0002 0102");
    const struct span directory = info_of(&made, 2, 3);
    assert_int_equal(directory.n, 46 + 1 + 4 + 1 + 6);
    assert_int_equal(get_u2(directory.p), 30);
    assert_bytes(span_of(directory.p + 36, 22),
                 "0007 0001 0004 01 01 02 01 C8 00000002 06A00000000509");
    const char *text = (const char *)dump(arena, made.file).p;
    assert_has(text, "exception_handler L0 L11 L11 1");
    assert_has(text, "CAP 1.2 A00000000501");
    assert_has(text, "variable 0 \"this\"");
    assert_lacks(text, " raw 0");
    struct tc_assembled again = assemble_text(text);
    assert_span(again.file, made.file);
    tc_assembled_free(&again);
    tc_assembled_free(&made);
    tc_arena_free(&arena);
}

/*
 * A token map that is left out: what the superclass has fixed stands under its
 * number, also where the table begins below it, and the rest is the class's
 * own.  [JCVM 6.9.2.7]
 */
static void token_maps(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    (void)state;
    struct tc_assembled made =
        assemble_text("CAP 2.3 load_file\n"
                      "Import { lang: package 1.0 A0000000620001\n"
                      " fw: package 1.0 A0000000620101\n"
                      " foreign: package 1.0 A00000000501 }\n"
                      "Class {\n"
                      " class Heir {\n  super_class_ref Base\n"
                      "  public_virtual_method_table none none none none\n }\n"
                      " class Base {\n  super_class_ref java/lang/Object\n"
                      "  public_virtual_method_table none none none\n"
                      "  CAP22_inheritable_public_method_token_count 2\n }\n"
                      " class Wallet {\n  super_class_ref fw.3\n"
                      "  public_method_table_base 7\n"
                      "  public_virtual_method_table none none\n }\n"
                      " class Stranger {\n  super_class_ref foreign.0\n"
                      "  public_method_table_base 2\n"
                      "  public_virtual_method_table none\n }\n"
                      "}\n");
    assert_bytes(info_of(&made, 6, 3),
                 "0000"
                 "00 0019 00FF00 0004 0000 FFFFFFFFFFFFFFFF 0001FFFF 04"
                 "00 8000 00FF00 0003 0000 FFFFFFFFFFFF 00FFFF 02"
                 "00 8103 00FF00 0702 0000 FFFFFFFF 0001020304050607FF 09"
                 "00 8200 00FF00 0201 0000 FFFF 0001FF 03");
    round_trip(arena, made.file);
    tc_assembled_free(&made);
    tc_arena_free(&arena);
}

/* What is given is taken, right or wrong. */
static void overrides(void **state)
{
    static const struct {
        const char *text;
        const char *file;
    } cases[] = {
        {"Applet { count 9 }", "03000109"},
        {"Applet { size 9 }", "03000900"},
        {"Applet { tag 7 }", "07000100"},
        {"Applet { trailing 0102 }", "030003000102"},
        {"Applet { raw }", "030000"},
        {"Import { package 1.0 17:A0 }", "0400050100 01 11A0"},
        {"bytes 00AA", "00AA"},
        {"component 20 { raw 01; size 2 }", "14000201"},
        {"ConstantPool { raw 07000000; a: Classref none }",
         "05000A0002 07000000 01FFFF00"},
        {"Method { handler_count 2; raw 00 }", "0700020200"},
        {"Method { exception_handler 5 9 7 3 go_on }",
         "0700090100050004 00070003"},
        {"StaticField { image_size 3; array_init 6 9: 01 }",
         "08000E 0003 0001 0001 06 0009 01 0000 0000"},
        {"Directory { Method 77; import_count 3; custom 128 5 0102030405 }",
         "020028 0000 0028 0000 0000 0000 0000 004D 0000 0000 0000 0000"
         "0000 0000 0000 03 00 01 80 0005 05 0102030405"},
        {"ReferenceLocation { byte_indices 17 272 800 }",
         "09000A 0006 11FF00FFFF12 0000"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tc_arena *arena = tc_arena_new();
        struct tc_assembled made = assemble_text(
            tc_format(arena, "CAP 2.1 load_file\n%s\n", cases[i].text));
        assert_bytes(made.file, cases[i].file);
        round_trip(arena, made.file);
        tc_assembled_free(&made);
        tc_arena_free(&arena);
    }
}

/* Each mistake has its line, and all are told. */
static void mistakes(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *words;
    } cases[] = {
        {"", 1, "CAP 2.1, 2.2 or 2.3"},
        {"CAP 3.0", 1, "should be 2.1, 2.2 or 2.3"},
        {"CAP 2.1\nMehtod { }", 2, "should be a component"},
        {"CAP 2.1\nMethod {", 2, "has no '}'"},
        {"CAP 2.1\n}", 2, "no block to end"},
        {"CAP 2.1\npath \"x", 2, "does not end on its line"},
        {"CAP 2.1\npath \"\\q\"", 2, "unknown escape"},
        {"CAP 2.1\nApplet {\n applet A0 m\n}", 3, "should be a method"},
        {"CAP 2.1\nApplet {\n applet XY none\n}", 3, "hexadecimal digits"},
        {"CAP 2.1\nApplet {\n applet A0\n}", 3, "applet lacks a method"},
        {"CAP 2.1\nApplet {\n applet A0 none 5\n}", 3, "one word more"},
        {"CAP 2.1\nApplet {\n count 256\n}", 3, "from 0 to 255"},
        {"CAP 2.1\nApplet {\n cuont 2\n}", 3, "has no 'cuont'"},
        {"CAP 2.1\nApplet { }\nApplet { }", 3, "a second Applet"},
        {"CAP 2.1\nImport {\n package 1 A0\n}", 3, "MAJOR.MINOR"},
        {"CAP 2.1\nHeader {\n flags BIG\n package 1.0 A0\n}", 3, "INT, EXPORT"},
        {"CAP 2.1\nClass {\n class C\n}", 3, "lacks super_class_ref"},
        {"CAP 2.1\nConstantPool {\n Classref D\n}", 3, "should be a class"},
        {"CAP 2.1\nConstantPool {\n Classref java/lang/Object\n}", 3,
         "no package java/lang"},
        {"CAP 2.1\nConstantPool {\n a: Classref none\n a: Classref none\n}", 4,
         "from line 3"},
        {"CAP 2.1\nMethod {\n method m nargs 1 { }\n}", 3, "lacks max_stack"},
        {"CAP 2.1\nMethod {\n method m max_stack 1 nargs 1 {\n  sad\n }\n}", 4,
         "no instruction 'sad'"},
        {"CAP 2.1\nMethod {\n method m max_stack 1 nargs 1 {\n  bspush 128\n"
         " }\n}",
         4, "from -128 to 127"},
        {"CAP 2.1\nMethod {\n method m max_stack 1 nargs 1 {\n  goto x\n }\n}",
         4, "should be a label"},
        {"CAP 2.1\nMethod {\n method m max_stack 1 nargs 1 {\n  getfield_a 256"
         "\n }\n}",
         4, "reaches 0 to 255"},
        {"CAP 2.1\nMethod {\n method m max_stack 1 nargs 1 {\n  nop 1\n }\n}",
         4, "one word more"},
        {"CAP 2.1 extended\nMethod {\n method m nargs 1 abstract\n}", 3,
         "only blocks"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tc_assembled made;
        const struct tc_input input = {
            "text",
            span_of((const uint8_t *)cases[i].text, strlen(cases[i].text))};
        assert_false(tc_cap_assemble(&input, &made));
        assert_int_equal(made.file.n, 0);
        if (made.message_count != 1 || made.messages[0].line != cases[i].line ||
            strstr(made.messages[0].text, cases[i].words) == NULL)
            fail_msg("case %zu: %zu messages, line %u: %s", i,
                     made.message_count, made.messages[0].line,
                     made.messages[0].text);
        tc_assembled_free(&made);
    }
}

static void all_mistakes_at_once(void **state)
{
    struct tc_assembled made;
    static const char text[] = "CAP 2.1\nApplet {\n applet A0 m\n}\n"
                               "Import {\n package x A0\n}\nMethods { }\n";
    const struct tc_input input = {
        "text", span_of((const uint8_t *)text, sizeof text - 1)};
    (void)state;
    assert_false(tc_cap_assemble(&input, &made));
    assert_int_equal(made.message_count, 3);
    tc_assembled_free(&made);
}

/* The components of the wallet one after the other. */
static struct span load_file(struct tc_arena *arena)
{
    struct tc_bytes all = {.arena = arena};
    struct tc_assembled made =
        assemble(dump(arena, read_applet(arena, "wallet.cap")));
    for (size_t i = 0; i < made.part_count; i++)
        if (made.parts[i].tag != 0)
            tc_put(&all, made.parts[i].bytes.p, made.parts[i].bytes.n);
    tc_assembled_free(&made);
    return tc_bytes_span(&all);
}

/* Cut short anywhere, or with any byte another: still the same bytes. */
static void malformed_files(void **state)
{
    enum { STEP = 37 };
    struct tc_arena *arena = tc_arena_new();
    struct span good = load_file(arena);
    uint8_t *bad = tc_alloc(arena, good.n);
    (void)state;
    for (size_t at = 0; at < good.n; at += STEP) {
        struct tc_arena *own = tc_arena_new();
        round_trip(own, span_of(good.p, at));
        memcpy(bad, good.p, good.n);
        bad[at] ^= 0x5A;
        round_trip(own, span_of(bad, good.n));
        tc_arena_free(&own);
    }
    tc_arena_free(&arena);
}

/* Only the number that differs is told. */
static void differences_alone(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct span good = load_file(arena);
    uint8_t *bad = tc_alloc(arena, good.n);
    enum { METHOD_SIZE = 3 + 2 * 6 + 1 };
    (void)state;
    memcpy(bad, good.p, good.n);
    size_t header = 3 + (size_t)get_u2(good.p + 1);
    bad[header + METHOD_SIZE]++;
    const char *text = round_trip(arena, span_of(bad, good.n));
    const char *directory = strstr(text, "\nDirectory {\n    Method ");
    assert_non_null(directory);
    assert_ptr_equal(strstr(strstr(directory, "Method "), "\n") + 1,
                     strstr(directory, "}"));
    assert_has(text, "\nReferenceLocation {\n}\n");
    tc_arena_free(&arena);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s APPLETS\n", argv[0]);
        return 2;
    }
    applets = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(committed_files),
        cmocka_unit_test(every_instruction),
        cmocka_unit_test(extended),
        cmocka_unit_test(token_maps),
        cmocka_unit_test(overrides),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(all_mistakes_at_once),
        cmocka_unit_test(malformed_files),
        cmocka_unit_test(differences_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
