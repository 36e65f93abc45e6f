/*
 * Proves of the extended form, several packages and blocks of Method in one
 * file, that a card takes it and that it runs as written, beyond 64 KiB too,
 * and that others import a package of it; and that what a Descriptor declares
 * is kept, while a lie in it has no effect.  Files are texts, assembled and
 * sent as a host sends them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "cap/cap.h"
#include "tests/apdu/host.h"
#include "tests/unit/cap/loadfile.h"
#include "tests/unit/cap/text.h"
#include "toolchain/captext.h"

static const char *folder;

/* ---- texts to load files ---- */

/* The text with `with` in place of `old`, which stands there. */
static char *replaced(struct tc_arena *arena, const char *text, const char *old,
                      const char *with)
{
    struct tc_bytes out = {.arena = arena};
    const char *at = strstr(text, old);

    if (at == NULL)
        fail_msg("no \"%s\" in the text", old);
    tc_put(&out, text, (size_t)(at - text));
    tc_put(&out, with, strlen(with));
    tc_put(&out, at + strlen(old), strlen(at + strlen(old)) + 1);
    return (char *)out.p;
}

/* What LOAD carries: the load file with its tag and length. */
static struct span data_block(struct tc_arena *arena, struct span file)
{
    const uint8_t head[] = {0xC4, 0x83, (uint8_t)(file.n >> 16),
                            (uint8_t)(file.n >> 8), (uint8_t)file.n};
    struct tc_bytes out = {.arena = arena};

    tc_put(&out, head, sizeof head);
    tc_put(&out, file.p, file.n);
    return tc_bytes_span(&out);
}

/* The components that `order` names, of those that there are, in its order. */
static struct span in_order(struct tc_arena *arena, const char *text,
                            const uint8_t *order, size_t n)
{
    const struct tc_input input = {
        "text", span_of((const uint8_t *)text, strlen(text))};
    struct tc_bytes all = {.arena = arena};
    struct tc_assembled made;

    if (!tc_cap_assemble(&input, &made))
        fail_msg("line %u: %s", made.messages[0].line, made.messages[0].text);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < made.part_count; k++) {
            if (made.parts[k].tag == order[i])
                tc_put(&all, made.parts[k].bytes.p, made.parts[k].bytes.n);
        }
    }
    tc_assembled_free(&made);
    return data_block(arena, tc_bytes_span(&all));
}

static struct span load_file(struct tc_arena *arena, const char *text)
{
    return in_order(arena, text, loadfile_order, sizeof loadfile_order);
}

/* ---- a card ---- */

static void open_card(struct host *h)
{
    struct card_profile p = host_profile(false);

    assert_true(host_open(h, &p, HOST_MEMORY, "formats"));
    assert_int_equal(host_open_session(h, 0x30, 0x01, NULL), SW_OK);
}

static void close_card(struct host *h)
{
    char *findings = NULL;

    if (host_check(h, &findings) != 0)
        fail_msg("%s", findings);
    free(findings);
    host_close(h);
}

static void expect_loaded(struct host *h, const char *aid, struct span file)
{
    sw_t sw = host_load_block(h, aid, "", file);

    if (sw != SW_OK)
        fail_msg("%s: %04X %s", aid, sw, h->reason);
}

static void install(struct host *h, const char *file, const char *applet)
{
    char text[200];
    uint8_t n[3] = {(uint8_t)(strlen(file) / 2), (uint8_t)(strlen(applet) / 2),
                    0};

    n[2] = (uint8_t)(9 + n[0] + 2 * n[1]);
    snprintf(text, sizeof text,
             "80E60C00%02X%02X%s%02X%s%02X%s0100"
             "02C90000"
             "00",
             n[2], n[0], file, n[1], applet, n[1], applet);
    sw_t sw = host_hex(h, text);
    if (sw != SW_OK)
        fail_msg("%s: %04X %s", applet, sw, h->reason);
}

/* Sends a command and compares the answer with its status word. */
static void expect(struct host *h, const char *command, const char *wanted)
{
    char answer[2 * 260 + 5] = "";
    sw_t sw = host_hex(h, command);

    hex_encode(span_of(h->response, h->n), answer);
    snprintf(answer + 2 * h->n, 5, "%04X", sw);
    assert_string_equal(answer, wanted);
}

/* ---- the extended form ---- */

static void ask_the_family(struct host *h)
{
    assert_int_equal(host_select(h, "F0504F535601"), SW_OK);
    expect(h, "0001000000", "00759000"); /* the override, and super */
    expect(h, "0002000000", "00229000"); /* each package's own hidden */
    expect(h, "0003000000", "77779000"); /* a handler of the second block */
    expect(h, "0003050000", "00109000"); /* a subroutine, a static field */
    assert_int_equal(host_select(h, "F0504F535602"), SW_OK);
    expect(h, "0001000000", "01239000"); /* a static array */
}

static void install_the_family(struct host *h, struct span file)
{
    expect_loaded(h, "F0504F5356", file);
    install(h, "F0504F5356", "F0504F535601");
    install(h, "F0504F5356", "F0504F535602");
}

static void an_extended_file_runs(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    (void)state;

    open_card(&h);
    install_the_family(
        &h, load_file(arena, text_read(arena, folder, "family.captext")));
    ask_the_family(&h);
    close_card(&h);
    tc_arena_free(&arena);
}

/*
 * A method that only its own package sees is not inherited by an heir in
 * another one of the file, with no Descriptor to say so.  [JCVM 4.3.7.6]
 */
static void what_a_package_hides_its_neighbour_has_not(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    (void)state;

    open_card(&h);
    const char *text = text_read(arena, folder, "family.captext");
    const char *without = replaced(
        arena, text, "        package_virtual_method_table heir_hidden\n", "");
    assert_int_equal(
        host_load_block(&h, "F0504F5356", "", load_file(arena, without)),
        SW_WRONG_DATA);
    install_the_family(&h, load_file(arena, text));
    close_card(&h);
    tc_arena_free(&arena);
}

/* Two blocks that together exceed what a u2 can say. */
static char *large_family(struct tc_arena *arena)
{
    enum { FIRST = 60000, SECOND = 20000 };
    struct tc_bytes nops = {.arena = arena};

    for (unsigned i = 0; i < FIRST; i++)
        tc_put(&nops, "nop\n", 4);
    tc_put(&nops, "return\n", 8);
    char *text = text_read(arena, folder, "family.captext");
    text = replaced(arena, text, "            nop\n            nop\n",
                    (const char *)nops.p + 4 * (FIRST - SECOND));
    return replaced(arena, text, "            nop\n", (const char *)nops.p);
}

static void code_beyond_64_kib_runs(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    (void)state;

    open_card(&h);
    struct span file = load_file(arena, large_family(arena));
    assert_true(file.n > 0x10000 + 0x3000);
    install_the_family(&h, file);
    ask_the_family(&h);
    close_card(&h);
    tc_arena_free(&arena);
}

/* Another file names a package of the family, not the family. */
static void a_package_of_an_extended_file_is_imported(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    (void)state;

    open_card(&h);
    const char *client = text_read(arena, folder, "client.captext");
    assert_int_equal(
        host_load_block(&h, "F0504F5357", "", load_file(arena, client)),
        SW_DATA_NOT_FOUND);
    install_the_family(
        &h, load_file(arena, text_read(arena, folder, "family.captext")));
    const char *by_file = replaced(arena, client, "package 1.1 F0504F5356A1",
                                   "package 1.1 F0504F5356");
    assert_int_equal(
        host_load_block(&h, "F0504F5357", "", load_file(arena, by_file)),
        SW_DATA_NOT_FOUND);
    const char *newer = replaced(arena, client, "package 1.1 F0504F5356A1",
                                 "package 1.4 F0504F5356A1");
    assert_int_not_equal(
        host_load_block(&h, "F0504F5357", "", load_file(arena, newer)), SW_OK);
    expect_loaded(&h, "F0504F5357", load_file(arena, client));
    install(&h, "F0504F5357", "F0504F535701");
    /* an import holds the whole file */
    expect(&h, "80E40080074F05F0504F535600", "6985");
    expect(&h, "80E40080074F05F0504F535700", "009000");
    expect(&h, "80E40080074F05F0504F535600", "009000");
    install_the_family(&h, load_file(arena, large_family(arena)));
    expect_loaded(&h, "F0504F5357", load_file(arena, client));
    install(&h, "F0504F5357", "F0504F535701");
    assert_int_equal(host_select(&h, "F0504F535701"), SW_OK);
    expect(&h, "0000000000", "00219000");
    ask_the_family(&h);
    close_card(&h);
    tc_arena_free(&arena);
}

/* A name that one package of a file on the card bears is taken. */
static void names_inside_an_extended_file_are_taken(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    (void)state;

    open_card(&h);
    const char *family = text_read(arena, folder, "family.captext");
    const char *client = text_read(arena, folder, "client.captext");
    install_the_family(&h, load_file(arena, family));
    const char *same = replaced(arena, client, "package 1.0 F0504F5357",
                                "package 1.0 F0504F5356A2");
    assert_int_equal(
        host_load_block(&h, "F0504F5356A2", "", load_file(arena, same)),
        SW_CONDITIONS);
    const char *own = replaced(arena, client, "package 1.1 F0504F5356A1",
                               "package 1.0 F0504F5357");
    assert_int_not_equal(
        host_load_block(&h, "F0504F5357", "", load_file(arena, own)), SW_OK);
    close_card(&h);
    tc_arena_free(&arena);
}

/* ---- the Descriptor ---- */

static const char interface_library[] =
    "CAP 2.1\npath \"org/postcard/said/javacard\"\n"
    "Header { flags EXPORT\npackage 1.0 F0504F5358 }\nDirectory {\n}\n"
    "Import { fw: package 1.0 A0000000620101\n"
    "lang: package 1.0 A0000000620001\n}\n"
    "ConstantPool {\n}\n"
    "Class {\ninterface Face SHAREABLE { superinterfaces fw.2 }\n}\n"
    "Method {\n}\nStaticField {\n}\nReferenceLocation {\n}\n"
    "Export { class Face\n}\n"
    "Descriptor {\nclass 0 PUBLIC|INTERFACE|ABSTRACT Face {\n"
    "method 0 PUBLIC|ABSTRACT 0 (byte[])short\n}\n}\n";

static const char interface_user[] =
    "CAP 2.1\npath \"org/postcard/user/javacard\"\n"
    "Header { package 1.0 F0504F5359 }\nDirectory {\n}\n"
    "Import { lang: package 1.0 A0000000620001\n"
    "said: package 1.0 F0504F5358\n}\n"
    "ConstantPool {\n}\n"
    "Class {\nclass Own {\nsuper_class_ref lang.0\n"
    "public_method_table_base 1\npublic_virtual_method_table ask\n"
    "implemented_interface said.0 { index 1 }\n}\n}\n"
    "Method {\nmethod ask max_stack 1 nargs 2 {\n"
    "aload_1\narraylength\nsreturn\n}\n}\n"
    "StaticField {\n}\nReferenceLocation {\n}\n";

/* Nobody in the library shows the kinds: its Descriptor declares them. */
static void importers_are_held_to_what_is_declared(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    (void)state;

    open_card(&h);
    expect_loaded(&h, "F0504F5358", load_file(arena, interface_library));
    const char *other =
        replaced(arena, interface_user, "aload_1\narraylength", "sload_1");
    assert_int_equal(
        host_load_block(&h, "F0504F5359", "", load_file(arena, other)),
        SW_WRONG_DATA);
    expect_loaded(&h, "F0504F5359", load_file(arena, interface_user));
    close_card(&h);
    tc_arena_free(&arena);
}

/* The Descriptor of what LOAD carries, to be changed. */
static uint8_t *descriptor_of(struct span file, size_t *n)
{
    enum { BLOCK_HEAD = 5 };
    struct cap cap;
    uint8_t bad = 0;

    assert_int_equal(
        cap_open(&cap, span_of(file.p + BLOCK_HEAD, file.n - BLOCK_HEAD), &bad),
        ERR_OK);
    *n = cap.part[CAP_DESCRIPTOR].n;
    return (uint8_t *)(uintptr_t)cap.part[CAP_DESCRIPTOR].p;
}

/*
 * A Descriptor with one byte changed is refused, and the card is as it was;
 * or it is accepted, and the package does what it did.
 */
static void a_changed_descriptor_has_no_effect(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct host h;
    size_t n = 0;
    unsigned refused = 0;
    (void)state;

    open_card(&h);
    struct span file =
        load_file(arena, text_read(arena, folder, "family.captext"));
    uint8_t *d = descriptor_of(file, &n);
    char *before = host_dump(&h, false);
    for (size_t i = 0; i < n; i++) {
        const uint8_t whole = d[i];
        d[i] ^= (uint8_t)(1u << i % 8);
        sw_t sw = host_load_block(&h, "F0504F5356", "", file);
        if (sw == SW_OK) {
            install(&h, "F0504F5356", "F0504F535601");
            install(&h, "F0504F5356", "F0504F535602");
            ask_the_family(&h);
            close_card(&h);
            open_card(&h);
        } else {
            char *after = host_dump(&h, false);
            assert_string_equal(after, before);
            free(after);
            refused++;
        }
        d[i] = whole;
    }
    print_message("%zu bytes changed, %u refused\n", n, refused);
    assert_true(refused > n / 2);
    free(before);
    close_card(&h);
    tc_arena_free(&arena);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(importers_are_held_to_what_is_declared),
        cmocka_unit_test(a_changed_descriptor_has_no_effect),
        cmocka_unit_test(an_extended_file_runs),
        cmocka_unit_test(what_a_package_hides_its_neighbour_has_not),
        cmocka_unit_test(code_beyond_64_kib_runs),
        cmocka_unit_test(a_package_of_an_extended_file_is_imported),
        cmocka_unit_test(names_inside_an_extended_file_are_taken),
    };
    if (argc != 2)
        return 2;
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
