/*
 * Proves the converter's parts: intervals wrap as Java's ints do, branches
 * widen exactly where a byte ends, export files survive writing and reading,
 * and a class file that is cut or changed anywhere is refused or converted,
 * but never breaks the converter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "toolchain/exp.h"
#include "toolchain/files.h"
#include "toolchain/layout.h"
#include "toolchain/range.h"
#include "toolchain/types.h"

static const char *folder; /* of the class files, from the command line */

static void test_ranges(void **state)
{
    static const struct {
        uint8_t op;
        struct tc_range a, b, r;
    } cases[] = {
        {JOP_iadd, {-32768, 32767}, {-32768, 32767}, {-65536, 65534}},
        {JOP_iadd, {0, INT32_MAX}, {0, 1}, {INT32_MIN, INT32_MAX}},
        {JOP_isub, {0, 127}, {-128, 127}, {-127, 255}},
        {JOP_imul, {-128, 127}, {-128, 127}, {-16256, 16384}},
        {JOP_idiv, {-32768, 32767}, {-32768, 32767}, {-32768, 32768}},
        {JOP_idiv, {-32768, 32767}, {2, 2}, {-32768, 32767}},
        {JOP_idiv, {-32768, 32767}, {-9, -2}, {-32768, 32767}},
        {JOP_irem, {-32768, 32767}, {10, 10}, {-9, 9}},
        {JOP_irem, {0, 5}, {-100, 100}, {0, 5}},
        {JOP_iand, {-32768, 32767}, {255, 255}, {0, 255}},
        {JOP_ior, {0, 100}, {0, 5}, {0, 127}},
        {JOP_ixor, {-128, 127}, {0, 300}, {-512, 511}},
        {JOP_ishl, {-128, 127}, {8, 8}, {-32768, 32512}},
        {JOP_ishl, {-1, 1}, {0, 31}, {INT32_MIN, INT32_MAX}},
        {JOP_ishr, {-32768, 32767}, {3, 3}, {-4096, 4095}},
        {JOP_ishr, {0, 32767}, {0, 31}, {0, 32767}},
        {JOP_iushr, {-128, 127}, {24, 24}, {0, 255}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tc_range r =
            tc_range_binary(cases[i].op, cases[i].a, cases[i].b);
        assert_int_equal(r.low, cases[i].r.low);
        assert_int_equal(r.high, cases[i].r.high);
    }
}

static void test_widening_ends(void **state)
{
    struct tc_range r = {0, 0};
    (void)state;
    for (int i = 0; i < 16; i++)
        r = tc_range_widen(
            r, tc_range_of(r.low == INT32_MIN ? r.low : r.low - 1,
                           r.high == INT32_MAX ? r.high : r.high + 1));
    assert_int_equal(r.low, INT32_MIN);
    assert_int_equal(r.high, INT32_MAX);
}

static void test_signatures(void **state)
{
    static struct tc_signature s;
    (void)state;
    assert_null(tc_signature_read("([BSILa/B;)S", &s));
    assert_int_equal(s.count, 4);
    assert_int_equal(s.cells, 5);
    assert_true(s.has_int);
    assert_int_equal(s.result.kind, KIND_SHORT);
    static const char *const bad[] = {"",     "(",     "(B",   "(V)V",
                                      "()",   "(L;)V", "()VV", "([[B)V",
                                      "(J)V", "(La)V", "()[V"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_non_null(tc_signature_read(bad[i], &s));
}

/* A goto over `distance - 2` bytes, forwards. */
static struct tc_body *body_with_jump(struct tc_arena *arena, size_t nops)
{
    struct tc_body *b = tc_alloc(arena, sizeof *b);
    b->count = nops + 2;
    b->insns = tc_alloc_array(arena, b->count, sizeof b->insns[0]);
    b->insns[0].op = OP_goto;
    b->insns[0].target = (uint32_t)nops + 1;
    b->insns[nops + 1].op = OP_goto;
    b->insns[nops + 1].target = 0;
    return b;
}

static void test_branches_widen(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    (void)state;
    struct tc_body *near = body_with_jump(arena, 125); /* +127, -127 */
    assert_null(tc_layout(arena, near));
    assert_int_equal(near->code.n, 2 + 125 + 2);
    assert_int_equal(near->code.p[1], 127);
    assert_int_equal((int8_t)near->code.p[128], -127);
    /* +128 widens the first, which then pushes the second to -129 */
    struct tc_body *far = body_with_jump(arena, 126);
    assert_null(tc_layout(arena, far));
    assert_int_equal(far->code.n, 3 + 126 + 3);
    assert_int_equal(far->code.p[0], OP_goto_w);
    assert_int_equal(get_u2(far->code.p + 1), 129);
    assert_int_equal((int16_t)get_u2(far->code.p + 130), -129);
    struct tc_body *huge = body_with_jump(arena, 32800);
    assert_non_null(tc_layout(arena, huge));
    tc_arena_free(&arena);
}

static void test_far_fields(void **state)
{
    struct tc_arena *arena = tc_arena_new();
    struct tc_pool_ref ref = {.index = 256};
    struct tc_insn insns[] = {{.op = OP_getfield_b_this, .ref = &ref},
                              {.op = OP_putfield_i_this, .ref = &ref},
                              {.op = OP_putfield_s, .ref = &ref}};
    struct tc_body b = {.insns = insns, .count = 3, .max_stack = 3};
    static const uint8_t wanted[] = {
        OP_aload_0, OP_getfield_b_w, 1, 0, OP_aload_0,      OP_swap_x,
        0x12,       OP_putfield_i_w, 1, 0, OP_putfield_s_w, 1,
        0};
    (void)state;
    assert_null(tc_layout(arena, &b));
    assert_int_equal(b.code.n, sizeof wanted);
    assert_memory_equal(b.code.p, wanted, sizeof wanted);
    assert_int_equal(b.max_stack, 4);
    tc_arena_free(&arena);
}

static void test_increment_is_fused(void **state)
{
    struct tc_insn insns[] = {{.op = OP_sload_2, .a = 2},
                              {.op = OP_bspush, .a = 100},
                              {.op = OP_ssub},
                              {.op = OP_sstore_2, .a = 2}};
    struct tc_body b = {.insns = insns, .count = 4};
    (void)state;
    tc_peephole(&b);
    assert_int_equal(insns[0].op, OP_sinc);
    assert_int_equal(insns[0].b, -100);
    assert_int_equal(insns[3].op, OP_REMOVED);
    struct tc_insn other[] = {{.op = OP_sload_2, .a = 2},
                              {.op = OP_sconst_1},
                              {.op = OP_sadd, .is_target = true},
                              {.op = OP_sstore_2, .a = 2}};
    struct tc_body jumped = {.insns = other, .count = 4};
    tc_peephole(&jumped);
    assert_int_equal(other[0].op, OP_sload_2);
}

static void test_export_files(void **state)
{
    static const char *supers[] = {"java/lang/Object"};
    struct tc_exp_member fields[] = {{0xFF, 0x19, "LIMIT", "S", true, -300},
                                     {0, 0x09, "x", "B", false, 0}};
    struct tc_exp_member methods[] = {{0, 0x01, "<init>", "()V", false, 0},
                                      {1, 0x01, "f", "(S)S", false, 0}};
    struct tc_exp_class class = {.token = 0,
                                 .flags = 1,
                                 .name = "a/B",
                                 .supers = supers,
                                 .super_count = 1,
                                 .fields = fields,
                                 .field_count = 2,
                                 .methods = methods,
                                 .method_count = 2};
    struct tc_exp exp = {.format = 1,
                         .package_name = "a",
                         .is_library = true,
                         .major = 1,
                         .minor = 2,
                         .aid = {{1, 2, 3, 4, 5}, 5},
                         .classes = &class,
                         .class_count = 1};
    struct tc_bytes bytes = {.arena = tc_arena_new()};
    const char *problem = NULL;
    (void)state;
    tc_exp_write(&exp, &bytes);
    struct span whole = tc_bytes_span(&bytes);
    const struct tc_exp *read = tc_exp_read(bytes.arena, whole, &problem);
    assert_non_null(read);
    assert_string_equal(read->classes[0].name, "a/B");
    assert_int_equal(read->classes[0].fields[0].value, -300);
    assert_int_equal(read->classes[0].methods[1].token, 1);
    assert_int_equal(read->minor, 2);
    for (size_t n = 0; n < whole.n; n++)
        assert_null(tc_exp_read(bytes.arena, span_of(whole.p, n), &problem));
    tc_arena_free(&bytes.arena);
}

static bool convert(struct span bytes, size_t *messages)
{
    struct tc_input input = {"Some.class", bytes};
    struct tc_options options = {.package_aid = {{1, 2, 3, 4, 5}, 5},
                                 .major = 1,
                                 .allow_int = true,
                                 .classes = &input,
                                 .class_count = 1};
    struct tc_result result;
    bool ok = tc_convert(&options, &result);
    *messages = result.message_count;
    assert_true(ok == (result.message_count == 0));
    assert_true(ok == (result.component[1].n > 0));
    tc_result_free(&result);
    return ok;
}

static void test_broken_class_files(void **state)
{
    static const char *const names[] = {"flow.class", "arithmetic.class"};
    char error[200];
    size_t messages = 0;
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct tc_arena *arena = tc_arena_new();
        struct tc_input file;
        assert_true(tc_file_read(arena,
                                 tc_format(arena, "%s/%s", folder, names[k]),
                                 &file, error, sizeof error));
        /* flow.class needs a class that is not given */
        assert_int_equal(convert(file.bytes, &messages), k == 1);
        uint8_t *copy = tc_alloc(arena, file.bytes.n);
        memcpy(copy, file.bytes.p, file.bytes.n);
        for (size_t n = 0; n < file.bytes.n; n += 7)
            assert_false(convert(span_of(copy, n), &messages));
        for (size_t n = 0; n < file.bytes.n; n++) {
            copy[n] ^= 0xFF;
            (void)convert(span_of(copy, file.bytes.n), &messages);
            copy[n] ^= 0xFF;
        }
        tc_arena_free(&arena);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_widening_ends),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_branches_widen),
        cmocka_unit_test(test_far_fields),
        cmocka_unit_test(test_increment_is_fused),
        cmocka_unit_test(test_export_files),
        cmocka_unit_test(test_broken_class_files),
    };
    folder = argc > 1 ? argv[1] : "classes";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
