/*
 * Proves that decoded methods may go at any time, and need not be there: a
 * program whose methods are dropped in the middle, in each of its frames and
 * calls, or find no room, leaves the same results for the same price as one
 * that never is decoded, and is decoded again; and that what calls leave is
 * learnt where nothing on the card tells it.
 */
#include "bench.h"

#include "apidef/api_lookup.h"
#include "vm/code.h"

enum { ROOM = 8192, STEP = 40, DEEP = 6 };

/* Constant pool. */
enum {
    Q_NONE,
    Q_DERIVED,
    Q_IFACE,
    Q_OBJECT_INIT,
    Q_INIT,
    Q_PROGRAM,
    Q_ABSTRACT, /* virtual short Base.a() */
    Q_ARITHMETIC,
    Q_FAILS,
    Q_NOTE, /* static short */
    Q_BASE_INIT,
    Q_COUNT
};

enum { A_TOKEN = 1, V_TOKEN, S_TOKEN, I_TOKEN };

/*
 * short program(short n), the method under test, which calls itself: makes
 * an object, whose native constructor is where the test comes in, calls by
 * all ways and catches an exception.
 */
struct program {
    struct builder file;
    uint8_t package;
    uint16_t method;
};

static const uint8_t program_code[] = {
    O(sload_0),
    O(ifne),
    4,
    O(sconst_1),
    O(sreturn),
    O(new), /* 5 */
    W(Q_DERIVED),
    O(dup),
    O(invokespecial),
    W(Q_INIT),
    O(astore_1),
    O(sload_0), /* 13 */
    O(sconst_1),
    O(ssub),
    O(invokestatic),
    W(Q_PROGRAM),
    O(sstore_2),
    O(aload_1), /* 20 */
    O(invokevirtual),
    W(Q_ABSTRACT),
    O(sload_2),
    O(sadd),
    O(sstore_2),
    O(aload_1), /* 27 */
    O(invokeinterface),
    1,
    W(Q_IFACE),
    0, /* void */
    O(aload_1),
    O(invokeinterface),
    1,
    W(Q_IFACE),
    1, /* short */
    O(sload_2),
    O(sadd),
    O(aload_1), /* 41 */
    O(invokeinterface),
    1,
    W(Q_IFACE),
    2, /* int */
    O(i2s),
    O(sadd),
    O(sstore_2),
    O(invokestatic), /* 50: guarded */
    W(Q_FAILS),
    O(pop),
    O(sload_2),
    O(sreturn),
    O(pop), /* 56: caught */
    O(getstatic_s),
    W(Q_NOTE),
    O(sconst_1),
    O(sadd),
    O(putstatic_s),
    W(Q_NOTE),
    O(sload_2),
    O(sconst_2),
    O(smul),
    O(getstatic_s),
    W(Q_NOTE),
    O(sadd),
    O(sreturn),
};

enum { GUARDED = 50, CAUGHT = 56 };

static void add_classes(struct builder *f, const uint16_t methods[4],
                        uint16_t *base, uint16_t *derived, uint16_t *iface)
{
    const uint16_t object = build_api(f, "java/lang/Object");
    const uint16_t abstract = build_abstract(f, 1);

    *iface = build_interface(f, 0, 0, NULL);
    *base = build_class(f, &(struct build_class){.super = object,
                                                 .first_reference = 0xFF,
                                                 .public_base = A_TOKEN,
                                                 .public_count = 1,
                                                 .public_table = {abstract}});
    *derived = build_class(
        f, &(struct build_class){
               .super = *base,
               .first_reference = 0xFF,
               .public_base = A_TOKEN,
               .public_count = 4,
               .public_table = {methods[0], methods[1], methods[2], methods[3]},
               .interface_count = 1,
               .interfaces = {{*iface, 3, {V_TOKEN, S_TOKEN, I_TOKEN}}}});
}

static void make(struct program *p)
{
    static const uint8_t aid[] = {0xF0, 'D', 'E', 'C', 'O', 'D', 'E'};
    struct builder *f = &p->file;
    uint16_t base = 0;
    uint16_t derived = 0;
    uint16_t iface = 0;

    build_start(f, span_of(aid, sizeof aid));
    f->flags = CAP_ACC_INT;
    build_import_api(f, "java/lang");
    build_handlers(f, 1);
    const uint16_t made = build_method(
        f, 1, 1, 0,
        BYTES(O(aload_0), O(invokespecial), W(Q_OBJECT_INIT), O(return )));
    const uint16_t init = build_method(
        f, 1, 1, 0,
        BYTES(O(aload_0), O(invokespecial), W(Q_BASE_INIT), O(return )));
    const uint16_t methods[] = {
        build_method(f, 1, 1, 0, BYTES(O(bspush), 11, O(sreturn))),
        build_method(f, 1, 1, 0, BYTES(O(sconst_1), O(pop), O(return ))),
        build_method(f, 1, 1, 0, BYTES(O(bspush), 22, O(sreturn))),
        build_method(f, 2, 1, 0, BYTES(O(bipush), 33, O(ireturn))),
    };
    const uint16_t fails = build_method(
        f, 2, 0, 0, BYTES(O(sconst_1), O(sconst_0), O(sdiv), O(sreturn)));
    p->method =
        build_method(f, 6, 1, 2, span_of(program_code, sizeof program_code));
    const uint16_t start = (uint16_t)(p->method + 2);
    build_handler(f, (uint16_t)(start + GUARDED), (uint16_t)(start + CAUGHT),
                  (uint16_t)(start + CAUGHT), Q_ARITHMETIC);
    add_classes(f, methods, &base, &derived, &iface);
    build_classref(f, base);
    build_classref(f, derived);
    build_classref(f, iface);
    build_api_static(f, "java/lang/Object", "<init>", "()V");
    build_static(f, CAP_STATIC_METHODREF, init);
    build_static(f, CAP_STATIC_METHODREF, p->method);
    build_member(f, CAP_VIRTUAL_METHODREF, base, A_TOKEN);
    build_classref(f, build_api(f, "java/lang/ArithmeticException"));
    build_static(f, CAP_STATIC_METHODREF, fails);
    build_static(f, CAP_STATIC_FIELDREF, 0);
    assert_int_equal(build_static(f, CAP_STATIC_METHODREF, made) + 1, Q_COUNT);
    build_statics(f, 0, 2, span_of(NULL, 0));
}

static struct program program;

static int open(void **state)
{
    if (bench_open(state) != 0)
        return -1;
    make(&program);
    program.package = bench_need(*state, &program.file);
    return 0;
}

/* ---- running it ---- */

struct outcome {
    int16_t value;
    uint64_t budget;
};

static struct outcome run(struct bench *b)
{
    static const uint16_t args[] = {DEEP};
    const ref_t statics = vm_resident(&b->vm, program.package)->statics;
    uint32_t freed = 0;
    uint16_t value = 0;

    assert_int_equal(
        heap_write(&b->heap, statics, 0, (uint8_t[]){0, 0}, 2, HEAP_ATOMIC),
        ERR_OK);
    const enum vm_result r =
        bench_run(b, program.package, program.method, args, 1, &value);
    if (r != VM_RETURNED)
        print_error("%d: %s\n", (int)r, vm_halt_text(&b->vm));
    assert_int_equal(r, VM_RETURNED);
    assert_int_equal(heap_collect(&b->heap, NULL, 0, &freed), ERR_OK);
    return (struct outcome){(int16_t)value, b->vm.budget};
}

static void same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->value, b->value);
    assert_int_equal(a->budget, b->budget);
}

static void lend(struct bench *b, uint32_t n)
{
    vm_code_lend(&b->vm, n > 0 ? (uint8_t *)b->code : NULL, n);
}

static const struct vm_ahead *ahead(const struct bench *b)
{
    return (const void *)b->vm.ahead;
}

/* What comes of it undecoded, worked out by hand as well. */
static struct outcome reference(struct bench *b)
{
    int16_t expected = 1;

    lend(b, 0);
    const struct outcome o = run(b);
    for (int n = 1; n <= DEEP; n++)
        expected = (int16_t)((expected + 11 + 22 + 33) * 2 + n);
    assert_int_equal(o.value, expected);
    return o;
}

/* ---- dropped in the middle ---- */

static struct {
    unsigned calls;
    unsigned at;
} drop;

static enum vm_native_result dropping(struct vm *vm, const struct vm_call *call)
{
    (void)call;
    if (drop.calls++ == drop.at)
        vm_code_drop(vm);
    return VM_NATIVE_DONE;
}

static vm_native **constructor(struct bench *b)
{
    uint8_t token = 0;
    return &b->natives[api_method_by_name(api_class_called("java/lang/Object"),
                                          true, "<init>", "()V", &token)
                           ->id];
}

static void it_goes_in_the_middle(void **state)
{
    struct bench *b = *state;
    vm_native **native = constructor(b);
    vm_native *const old = *native;
    const struct outcome expected = reference(b);

    *native = dropping;
    for (drop.at = 0; drop.at <= DEEP; drop.at++) {
        lend(b, ROOM);
        for (unsigned round = 0; round < 3; round++) {
            drop.calls = 0;
            const struct outcome o = run(b);
            same(&o, &expected);
            assert_int_equal(drop.calls, DEEP);
            /* what ran afterwards has been decoded again */
            assert_true(ahead(b)->used > sizeof(struct vm_ahead));
        }
    }
    *native = old;
}

/* ---- no room ---- */

static void it_finds_no_room(void **state)
{
    struct bench *b = *state;
    const struct outcome expected = reference(b);
    unsigned full = 0;

    for (uint32_t n = 0; n < ROOM; n += STEP) {
        lend(b, n);
        for (unsigned round = 0; round < 3; round++) {
            const struct outcome o = run(b);
            same(&o, &expected);
            full += ahead(b) != NULL && ahead(b)->full;
        }
    }
    assert_true(full > 0);
    assert_false(ahead(b)->full);
}

/* Full while nothing runs, it is dropped: what runs next has the room. */
static void what_is_full_is_dropped(void **state)
{
    struct bench *b = *state;
    const struct outcome expected = reference(b);

    lend(b, ROOM);
    struct outcome o = run(b);
    struct vm_ahead *h = (void *)b->vm.ahead;
    h->full = true;
    h->used = ROOM - 64;
    o = run(b);
    same(&o, &expected);
    assert_false(h->full);
    assert_true(h->used < ROOM - 64);
}

/* ---- what is learnt ---- */

static bool has_unknown(const struct bench *b)
{
    const uint32_t at =
        vm_code_find((struct vm *)(uintptr_t)&b->vm,
                     (struct vm_method){program.package, program.method});
    assert_int_not_equal(at, 0);
    struct vm_code *code = vm_code_at(&b->vm, at);
    for (unsigned i = 0; i < code->count; i++) {
        if (vm_code_ops(code)[i].op == VM_D_UNKNOWN)
            return true;
    }
    return false;
}

static void what_calls_leave_is_learnt(void **state)
{
    /* by token: an interface's three, and an abstract method's */
    static const uint8_t cells[] = {0, 1, 2};
    struct bench *b = *state;
    const struct outcome expected = reference(b);

    lend(b, ROOM);
    assert_true(has_unknown(b));
    struct outcome o = run(b);
    same(&o, &expected);
    assert_int_equal(ahead(b)->lessons, 4);
    const struct vm_lesson *l = (const void *)(b->vm.ahead + b->vm.ahead_size);
    for (unsigned i = 0; i < ahead(b)->lessons; i++) {
        l--;
        assert_int_equal(l->package, program.package);
        assert_int_equal(l->cells, i == 0 ? 1 : cells[l->token]);
    }
    assert_false(has_unknown(b));
    /* and kept */
    const uint32_t used = ahead(b)->used;
    o = run(b);
    same(&o, &expected);
    assert_int_equal(ahead(b)->used, used);
    assert_int_equal(ahead(b)->lessons, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_in_the_middle),
        cmocka_unit_test(it_finds_no_room),
        cmocka_unit_test(what_is_full_is_dropped),
        cmocka_unit_test(what_calls_leave_is_learnt),
    };
    return cmocka_run_group_tests(tests, open, bench_close);
}
