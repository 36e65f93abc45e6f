/*
 * Proves every instruction that works on the stack and local variables alone
 * against values computed by the rules of [JCVM 7.5]: constants, arithmetic,
 * shifts beyond the width, conversions, comparisons, branches both ways and in
 * both lengths, switches, and the stack shuffles.
 */
#include "bench.h"

#define N(...) sizeof((const uint8_t[]){__VA_ARGS__})
#define CODE(...) {__VA_ARGS__}, N(__VA_ARGS__)

/* ---- two operands ---- */

struct two {
    uint8_t op;
    int32_t a;
    int32_t b;
    int32_t expected;
};

static const struct two shorts[] = {
    {O(sadd), 32767, 1, -32768},
    {O(sadd), -32768, -1, 32767},
    {O(sadd), 5, -7, -2},
    {O(ssub), -32768, 1, 32767},
    {O(ssub), 5, 7, -2},
    {O(smul), 300, 300, 24464},
    {O(smul), -32768, -1, -32768},
    {O(smul), -3, 7, -21},
    {O(sdiv), 7, 2, 3},
    {O(sdiv), -7, 2, -3},
    {O(sdiv), 7, -2, -3},
    {O(sdiv), -32768, -1, -32768},
    {O(sdiv), -32768, 1, -32768},
    {O(srem), 7, 2, 1},
    {O(srem), -7, 2, -1},
    {O(srem), 7, -2, 1},
    {O(srem), -7, -2, -1},
    {O(srem), -32768, -1, 0},
    {O(sshl), 1, 15, -32768},
    {O(sshl), 1, 16, 0},
    {O(sshl), 1, 31, 0},
    {O(sshl), 1, 32, 1},
    {O(sshl), 3, -1, 0},
    {O(sshr), -32768, 15, -1},
    {O(sshr), -32768, 16, -1},
    {O(sshr), -1, 31, -1},
    {O(sshr), 32767, 16, 0},
    {O(sshr), 32767, 31, 0},
    {O(sshr), -8, 1, -4},
    {O(sshr), -8, 32, -8},
    {O(sushr), -1, 8, -1},
    {O(sushr), -1, 16, -1},
    {O(sushr), -1, 20, 0x0FFF},
    {O(sushr), -1, 31, 1},
    {O(sushr), -1, 0, -1},
    {O(sushr), 32767, 1, 16383},
    {O(sand), 0x0F0F, 0x00FF, 0x000F},
    {O(sand), -1, 0x1234, 0x1234},
    {O(sor), 0x0F00, 0x00F0, 0x0FF0},
    {O(sxor), -1, 0x0F0F, -3856},
};

static const struct two ints[] = {
    {O(iadd), INT32_MAX, 1, INT32_MIN},
    {O(iadd), 65535, 1, 65536},
    {O(isub), INT32_MIN, 1, INT32_MAX},
    {O(isub), 0, 65536, -65536},
    {O(imul), 65536, 65536, 0},
    {O(imul), 65537, 65537, 131073},
    {O(imul), INT32_MIN, -1, INT32_MIN},
    {O(idiv), INT32_MIN, -1, INT32_MIN},
    {O(idiv), -7, 2, -3},
    {O(idiv), 1000000, 1000, 1000},
    {O(irem), INT32_MIN, -1, 0},
    {O(irem), -7, 2, -1},
    {O(irem), 7, -2, 1},
    {O(ishl), 1, 31, INT32_MIN},
    {O(ishl), 1, 32, 1},
    {O(ishl), 1, 33, 2},
    {O(ishr), INT32_MIN, 31, -1},
    {O(ishr), INT32_MIN, 32, INT32_MIN},
    {O(ishr), -1, 1, -1},
    {O(iushr), -1, 1, INT32_MAX},
    {O(iushr), -1, 32, -1},
    {O(iushr), INT32_MIN, 31, 1},
    {O(iand), 0x0F0F0F0F, 0x00FF00FF, 0x000F000F},
    {O(ior), 0x10000000, 1, 0x10000001},
    {O(ixor), -1, 0x12345678, ~0x12345678},
};

static void arithmetic_of_shorts(void **state)
{
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0]; i++) {
        const struct two *t = &shorts[i];
        struct bench *b = *state;
        const struct span code = BYTES(S(t->a), S(t->b), t->op, O(sreturn));
        assert_int_equal(subject_run(b, code, NULL, 0), VM_RETURNED);
        if ((int16_t)b->vm.result[0] != t->expected)
            print_error("row %zu\n", i);
        assert_int_equal((int16_t)b->vm.result[0], t->expected);
        assert_int_equal(b->vm.result_cells, 1);
    }
}

static int32_t int_result(const struct bench *b)
{
    assert_int_equal(b->vm.result_cells, 2);
    return (int32_t)((uint32_t)b->vm.result[0] << 16 | b->vm.result[1]);
}

static void arithmetic_of_ints(void **state)
{
    for (size_t i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        const struct two *t = &ints[i];
        struct bench *b = *state;
        const struct span code = BYTES(I(t->a), I(t->b), t->op, O(ireturn));
        assert_int_equal(subject_run(b, code, NULL, 0), VM_RETURNED);
        if (int_result(b) != t->expected)
            print_error("row %zu\n", i);
        assert_int_equal(int_result(b), t->expected);
    }
}

static void division_by_zero(void **state)
{
    static const uint8_t narrow[] = {O(sdiv), O(srem)};
    static const uint8_t wide[] = {O(idiv), O(irem)};
    struct bench *b = *state;

    for (unsigned i = 0; i < 2; i++) {
        const struct span s = BYTES(S(1), S(0), narrow[i], O(sreturn));
        const struct span w = BYTES(I(1), I(0), wide[i], O(ireturn));
        assert_int_equal(subject_run(b, s, NULL, 0), VM_THREW);
        assert_true(vm_exception_is(&b->vm, "java/lang/ArithmeticException"));
        assert_int_equal(subject_run(b, w, NULL, 0), VM_THREW);
        assert_true(vm_exception_is(&b->vm, "java/lang/ArithmeticException"));
    }
}

/* ---- code that returns one value ---- */

struct row {
    uint8_t code[40];
    size_t n;
    int32_t expected;
};

static const struct row short_rows[] = {
    {CODE(O(sconst_m1), O(sreturn)), -1},
    {CODE(O(sconst_0), O(sreturn)), 0},
    {CODE(O(sconst_1), O(sreturn)), 1},
    {CODE(O(sconst_2), O(sreturn)), 2},
    {CODE(O(sconst_3), O(sreturn)), 3},
    {CODE(O(sconst_4), O(sreturn)), 4},
    {CODE(O(sconst_5), O(sreturn)), 5},
    {CODE(O(bspush), 0x80, O(sreturn)), -128},
    {CODE(O(bspush), 0x7F, O(sreturn)), 127},
    {CODE(S(0x8000), O(sreturn)), -32768},
    {CODE(O(nop), O(sconst_1), O(nop), O(sreturn)), 1},
    {CODE(S(-32768), O(sneg), O(sreturn)), -32768},
    {CODE(S(7), O(sneg), O(sreturn)), -7},
    /* conversions */
    {CODE(S(0x0180), O(s2b), O(sreturn)), -128},
    {CODE(S(0xFF7F), O(s2b), O(sreturn)), 127},
    {CODE(I(0x00010080), O(i2b), O(sreturn)), -128},
    {CODE(I(0x12348765), O(i2s), O(sreturn)), -30875},
    /* icmp */
    {CODE(I(INT32_MIN), I(INT32_MAX), O(icmp), O(sreturn)), -1},
    {CODE(I(65536), I(65535), O(icmp), O(sreturn)), 1},
    {CODE(I(-5), I(-5), O(icmp), O(sreturn)), 0},
    /* locals: sinc wraps, _w forms, short and long indices */
    {CODE(S(32767), O(sstore_0), O(sinc), 0, 1, O(sload_0), O(sreturn)),
     -32768},
    {CODE(S(5), O(sstore), 7, O(sinc), 7, 0x80, O(sload), 7, O(sreturn)), -123},
    {CODE(S(5), O(sstore_3), O(sinc_w), 3, W(1000), O(sload_3), O(sreturn)),
     1005},
    {CODE(S(5), O(sstore_1), O(sinc_w), 1, W(-1000), O(sload_1), O(sreturn)),
     -995},
    {CODE(S(5), O(sstore_2), O(sload_2), O(sreturn)), 5},
    /* the stack */
    {CODE(S(1), S(2), O(pop), O(sreturn)), 1},
    {CODE(S(1), S(2), S(3), O(pop2), O(sreturn)), 1},
    {CODE(S(7), O(dup), O(sadd), O(sreturn)), 14},
    {CODE(S(9), S(2), O(dup2), O(ssub), O(smul), O(ssub), O(sreturn)), -5},
    /* 1 2 -> 2 1 2: m = 1, n = 2; 2 - (1 * 10 + 2) */
    {CODE(S(1), S(2), O(dup_x), 0x12, O(pop), O(ssub), O(sreturn)), 1},
    /* 1 2 3 -> 3 1 2 3 */
    {CODE(S(1), S(2), S(3), O(dup_x), 0x13, O(pop), O(pop2), O(sreturn)), 3},
    /* m = n: the copy below itself is the same */
    {CODE(S(4), O(dup_x), 0x11, O(sadd), O(sreturn)), 8},
    /* m = 2, n = 0 is dup2 */
    {CODE(S(9), S(2), O(dup_x), 0x20, O(ssub), O(smul), O(ssub), O(sreturn)),
     -5},
    /* 1 2 3 -> 2 3 1 2 3 */
    {CODE(S(1), S(2), S(3), O(dup_x), 0x23, O(pop2), O(pop), O(ssub),
          O(sreturn)),
     -1},
    /* m = 4, n = 0: 1 2 3 4 1 2 3 4 */
    {CODE(S(1), S(2), S(3), S(4), O(dup_x), 0x40, O(pop2), O(pop2), O(ssub),
          O(sreturn)),
     -1},
    /* 5 1 2 3 4 -> 1 2 3 4 5 1 2 3 4 */
    {CODE(S(5), S(1), S(2), S(3), S(4), O(dup_x), 0x45, O(pop2), O(pop2),
          O(sreturn)),
     5},
    {CODE(S(1), S(2), O(swap_x), 0x11, O(ssub), O(sreturn)), 1},
    /* 1 2 3, m = 1, n = 2: 3 1 2 */
    {CODE(S(1), S(2), S(3), O(swap_x), 0x12, O(ssub), O(sadd), O(sreturn)), 2},
    /* m = 2, n = 1: 2 3 1 */
    {CODE(S(1), S(2), S(3), O(swap_x), 0x21, O(pop), O(ssub), O(sreturn)), -1},
    /* 1 2 3 4, m = n = 2: 3 4 1 2 */
    {CODE(S(1), S(2), S(3), S(4), O(swap_x), 0x22, O(pop2), O(ssub),
          O(sreturn)),
     -1},
};

static const struct row int_rows[] = {
    {CODE(O(iconst_m1), O(ireturn)), -1},
    {CODE(O(iconst_0), O(ireturn)), 0},
    {CODE(O(iconst_1), O(ireturn)), 1},
    {CODE(O(iconst_2), O(ireturn)), 2},
    {CODE(O(iconst_3), O(ireturn)), 3},
    {CODE(O(iconst_4), O(ireturn)), 4},
    {CODE(O(iconst_5), O(ireturn)), 5},
    {CODE(O(bipush), 0x80, O(ireturn)), -128},
    {CODE(O(sipush), W(0x8000), O(ireturn)), -32768},
    {CODE(I(0x12345678), O(ireturn)), 0x12345678},
    {CODE(S(-2), O(s2i), O(ireturn)), -2},
    {CODE(I(INT32_MIN), O(ineg), O(ireturn)), INT32_MIN},
    {CODE(I(65536), O(ineg), O(ireturn)), -65536},
    {CODE(I(65535), O(istore_0), O(iinc), 0, 1, O(iload_0), O(ireturn)), 65536},
    {CODE(I(INT32_MAX), O(istore_1), O(iinc), 1, 1, O(iload_1), O(ireturn)),
     INT32_MIN},
    {CODE(I(0), O(istore), 6, O(iinc), 6, 0xFF, O(iload), 6, O(ireturn)), -1},
    {CODE(I(70000), O(istore_2), O(iinc_w), 2, W(-30000), O(iload_2),
          O(ireturn)),
     40000},
    {CODE(I(3), O(istore_3), O(iload_3), O(ireturn)), 3},
    /* ints are shuffled whole: copy one below the other */
    {CODE(I(1), I(70000), O(dup_x), 0x24, O(isub), O(isub), O(ireturn)),
     139999},
    {CODE(I(1), I(70000), O(swap_x), 0x22, O(isub), O(ireturn)), 69999},
    {CODE(I(70000), O(dup2), O(iadd), O(ireturn)), 140000},
};

static void values_of_shorts(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof short_rows / sizeof short_rows[0]; i++) {
        const struct row *t = &short_rows[i];
        assert_int_equal(subject_run(b, span_of(t->code, t->n), NULL, 0),
                         VM_RETURNED);
        if ((int16_t)b->vm.result[0] != t->expected)
            print_error("row %zu\n", i);
        assert_int_equal((int16_t)b->vm.result[0], t->expected);
    }
}

static void values_of_ints(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof int_rows / sizeof int_rows[0]; i++) {
        const struct row *t = &int_rows[i];
        assert_int_equal(subject_run(b, span_of(t->code, t->n), NULL, 0),
                         VM_RETURNED);
        if (int_result(b) != t->expected)
            print_error("row %zu\n", i);
        assert_int_equal(int_result(b), t->expected);
    }
}

static void arguments_come_first(void **state)
{
    static const uint16_t args[] = {10, 3};
    struct bench *b = *state;
    const struct span code =
        BYTES(O(sload_0), O(sload_1), O(ssub), O(sload_2), O(pop), O(sreturn));

    /* local 2 was never written: the verifier refuses that, the tag shows it */
    static struct subject s;
    uint8_t package = 0;
    subject_make(&s, code, 2, 1, NULL, 0);
    assert_int_equal(bench_link(b, &s.file, &package),
                     CARD_TAGGED ? ERR_OK : ERR_TYPE);
    if (CARD_TAGGED) {
        assert_int_equal(bench_run(b, package, s.method, args, 2, NULL),
                         VM_HALTED);
        assert_int_equal(vm_unlink(&b->vm, package), ERR_OK);
    }
    const struct span good = BYTES(O(sload_0), O(sload_1), O(ssub), O(sreturn));
    assert_int_equal(subject_run(b, good, args, 2), VM_RETURNED);
    assert_int_equal(b->vm.result[0], 7);
}

/* ---- branches ---- */

static const int16_t samples[] = {-32768, -1, 0, 1, 32767};

static bool holds(unsigned condition, int16_t a, int16_t b)
{
    const bool answers[] = {a == b, a != b, a<b, a >= b, a> b, a <= b};
    return answers[condition];
}

static void expect_taken(struct bench *b, struct span code, bool taken)
{
    assert_int_equal(subject_run(b, code, NULL, 0), VM_RETURNED);
    assert_int_equal(b->vm.result[0], taken ? 2 : 1);
}

/* Falls through to 1, jumps to 2. */
#define NARROW(op) op, 4, O(sconst_1), O(sreturn), O(sconst_2), O(sreturn)
#define WIDE(op) op, W(5), O(sconst_1), O(sreturn), O(sconst_2), O(sreturn)

static void comparing_with_zero(void **state)
{
    struct bench *b = *state;
    for (unsigned c = 0; c < 6; c++) {
        for (unsigned i = 0; i < 5; i++) {
            bool yes = holds(c, samples[i], 0);
            uint8_t op = (uint8_t)(O(ifeq) + c);
            uint8_t wide = (uint8_t)(O(ifeq_w) + c);
            expect_taken(b, BYTES(S(samples[i]), NARROW(op)), yes);
            expect_taken(b, BYTES(S(samples[i]), WIDE(wide)), yes);
        }
    }
}

static void comparing_shorts(void **state)
{
    struct bench *b = *state;
    for (unsigned c = 0; c < 6; c++) {
        for (unsigned i = 0; i < 25; i++) {
            int16_t x = samples[i / 5];
            int16_t y = samples[i % 5];
            uint8_t op = (uint8_t)(O(if_scmpeq) + c);
            uint8_t wide = (uint8_t)(O(if_scmpeq_w) + c);
            expect_taken(b, BYTES(S(x), S(y), NARROW(op)), holds(c, x, y));
            expect_taken(b, BYTES(S(x), S(y), WIDE(wide)), holds(c, x, y));
        }
    }
}

#define ARRAY S(1), O(newarray), 11

static void comparing_references(void **state)
{
    struct bench *b = *state;
    expect_taken(b, BYTES(O(aconst_null), NARROW(O(ifnull))), true);
    expect_taken(b, BYTES(ARRAY, NARROW(O(ifnull))), false);
    expect_taken(b, BYTES(O(aconst_null), NARROW(O(ifnonnull))), false);
    expect_taken(b, BYTES(ARRAY, NARROW(O(ifnonnull))), true);
    expect_taken(b, BYTES(O(aconst_null), WIDE(O(ifnull_w))), true);
    expect_taken(b, BYTES(ARRAY, WIDE(O(ifnonnull_w))), true);
    expect_taken(b, BYTES(ARRAY, O(dup), NARROW(O(if_acmpeq))), true);
    expect_taken(b, BYTES(ARRAY, ARRAY, NARROW(O(if_acmpeq))), false);
    expect_taken(b, BYTES(ARRAY, ARRAY, NARROW(O(if_acmpne))), true);
    expect_taken(b, BYTES(ARRAY, O(dup), WIDE(O(if_acmpne_w))), false);
    expect_taken(b, BYTES(ARRAY, O(dup), WIDE(O(if_acmpeq_w))), true);
}

static void jumping(void **state)
{
    struct bench *b = *state;
    /* forth over, back, and out again */
    expect_taken(
        b, BYTES(O(goto), 5, O(sconst_2), O(sreturn), O(nop), O(goto), 0xFD),
        true);
    expect_taken(b,
                 BYTES(O(goto_w), W(6), O(sconst_2), O(sreturn), O(nop),
                       O(goto_w), W(-3)),
                 true);
}

/* ---- switches: each case pushes its own number ---- */

static void table_switches(void **state)
{
    struct bench *b = *state;
    for (int key = -4; key <= 3; key++) {
        int expected = key == -1 ? 3 : key == 0 ? 4 : key == 1 ? 5 : 2;
        const struct span s =
            BYTES(S(key), O(stableswitch), W(13), W(-1), W(1), W(15), W(17),
                  W(19), O(sconst_2), O(sreturn), O(sconst_3), O(sreturn),
                  O(sconst_4), O(sreturn), O(sconst_5), O(sreturn));
        assert_int_equal(subject_run(b, s, NULL, 0), VM_RETURNED);
        assert_int_equal(b->vm.result[0], expected);
        const struct span i = BYTES(
            I(key), O(itableswitch), W(17), 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1,
            W(19), W(21), W(23), O(sconst_2), O(sreturn), O(sconst_3),
            O(sreturn), O(sconst_4), O(sreturn), O(sconst_5), O(sreturn));
        assert_int_equal(subject_run(b, i, NULL, 0), VM_RETURNED);
        assert_int_equal(b->vm.result[0], expected);
    }
}

static void lookup_switches(void **state)
{
    static const int keys[] = {-32768, -3, 0, 7, 32767};
    struct bench *b = *state;
    for (unsigned k = 0; k < 5; k++) {
        int expected = keys[k] == -32768 ? 3 : keys[k] == 7 ? 4 : 2;
        const struct span s =
            BYTES(S(keys[k]), O(slookupswitch), W(13), W(2), W(-32768), W(15),
                  W(7), W(17), O(sconst_2), O(sreturn), O(sconst_3), O(sreturn),
                  O(sconst_4), O(sreturn));
        assert_int_equal(subject_run(b, s, NULL, 0), VM_RETURNED);
        assert_int_equal(b->vm.result[0], expected);
        const struct span i =
            BYTES(I(keys[k]), O(ilookupswitch), W(17), W(2), 0xFF, 0xFF, 0x80,
                  0, W(19), 0, 0, 0, 7, W(21), O(sconst_2), O(sreturn),
                  O(sconst_3), O(sreturn), O(sconst_4), O(sreturn));
        assert_int_equal(subject_run(b, i, NULL, 0), VM_RETURNED);
        assert_int_equal(b->vm.result[0], expected);
    }
    /* no pairs at all */
    expect_taken(b,
                 BYTES(O(sconst_0), O(slookupswitch), W(5), W(0), O(sconst_2),
                       O(sreturn)),
                 true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_of_shorts),
        cmocka_unit_test(arithmetic_of_ints),
        cmocka_unit_test(division_by_zero),
        cmocka_unit_test(values_of_shorts),
        cmocka_unit_test(values_of_ints),
        cmocka_unit_test(arguments_come_first),
        cmocka_unit_test(comparing_with_zero),
        cmocka_unit_test(comparing_shorts),
        cmocka_unit_test(comparing_references),
        cmocka_unit_test(jumping),
        cmocka_unit_test(table_switches),
        cmocka_unit_test(lookup_switches),
    };
    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
