/*
 * Proves that a call which has led to a native, and so remembers it, gives
 * the answer of one that remembers nothing: for receivers of the class it
 * met and of others, null, arrays, objects that the firewall closes and
 * entry points, in the context and for the price that they cost undecoded.
 */
#include "bench.h"

#include "apidef/api_lookup.h"
#include "vm/code.h"

enum { OWNER = 7, OTHER_OWNER = 9 };

/* Constant pool. */
enum { R_NONE, R_EQUALS, R_SHORT };

/* Who a receiver is, made anew for each run. */
enum who {
    OF_PLAIN,
    OF_OVERRIDES, /* its class has an equals() of its own */
    OF_OTHERS,    /* of another context */
    ENTRY_POINT,  /* of the runtime */
    AN_ARRAY,
    NOTHING,
    WHO_COUNT
};

struct seen {
    enum vm_result r;
    uint16_t value;
    bool security;
    uint64_t budget;
    unsigned calls; /* of the native, and what was active in the last */
    uint8_t context;
    uint16_t owner;
    uint8_t caller;
};

static struct {
    struct builder file;
    struct builder other;
    uint8_t package;
    uint8_t stranger; /* another package */
    uint16_t ask;     /* boolean ask(Object o, short, byte): o.equals(o) */
    uint16_t join;    /* short join(Object, short a, byte b): makeShort(a, b) */
    uint16_t plain;
    uint16_t overrides;
    struct seen now;
} t;

static enum vm_native_result watched(struct vm *vm, const struct vm_call *call)
{
    t.now.calls++;
    t.now.context = vm_context(vm);
    t.now.owner = vm_owner(vm);
    t.now.caller = call->caller_context;
    vm_return_short(vm, call->cells[0] == call->cells[1]);
    return VM_NATIVE_DONE;
}

/* Util.makeShort(), but throws when its second byte is 0. */
static enum vm_native_result join(struct vm *vm, const struct vm_call *call)
{
    if (call->cells[1] == 0)
        return vm_throw_name(vm, "javacard/framework/ISOException", 0x6A80);
    vm_return_short(vm, (int16_t)(call->cells[0] << 8 | call->cells[1]));
    return VM_NATIVE_DONE;
}

static void put(struct bench *b, const char *class_name, bool statics,
                const char *name, const char *descriptor, vm_native *native)
{
    uint8_t token = 0;

    b->natives[api_method_by_name(api_class_called(class_name), statics, name,
                                  descriptor, &token)
                   ->id] = native;
}

static void make(void)
{
    static const uint8_t aid[] = {0xF0, 'S', 'I', 'T', 'E', 'S'};
    struct builder *f = &t.file;

    build_start(f, span_of(aid, sizeof aid));
    build_import_api(f, "java/lang");
    build_import_api(f, "javacard/framework");
    const uint16_t seven =
        build_method(f, 2, 2, 0, BYTES(O(bspush), 7, O(sreturn)));
    t.ask = build_method(f, 2, 3, 0,
                         BYTES(O(aload_0), O(aload_0), O(invokevirtual),
                               W(R_EQUALS), O(sreturn)));
    t.join = build_method(
        f, 2, 3, 0,
        BYTES(O(sload_1), O(sload_2), O(invokestatic), W(R_SHORT), O(sreturn)));
    const uint16_t object = build_api(f, "java/lang/Object");
    t.plain = build_class(f, &(struct build_class){.super = object,
                                                   .first_reference = 0xFF,
                                                   .public_base = 1});
    t.overrides =
        build_class(f, &(struct build_class){.super = object,
                                             .first_reference = 0xFF,
                                             .public_count = 1,
                                             .public_table = {seven}});
    build_classref(f, object);
    build_api_virtual(f, "java/lang/Object", "equals", "(Ljava/lang/Object;)Z");
    build_api_static(f, "javacard/framework/Util", "makeShort", "(BB)S");
}

static int open(void **state)
{
    static const uint8_t other[] = {0xF0, 'O', 'T', 'H', 'E', 'R'};

    if (bench_open(state) != 0)
        return -1;
    put(*state, "java/lang/Object", false, "equals", "(Ljava/lang/Object;)Z",
        watched);
    put(*state, "javacard/framework/Util", true, "makeShort", "(BB)S", join);
    make();
    t.package = bench_need(*state, &t.file);
    (void)build_static_package(&t.other, span_of(other, sizeof other), 0, 0, 0,
                               BYTES(O(return )));
    t.stranger = bench_need(*state, &t.other);
    return 0;
}

static ref_t receiver(struct bench *b, enum who who)
{
    struct heap_header hd = {.kind = who == AN_ARRAY ? HEAP_BYTE_ARRAY
                                                     : HEAP_OBJECT,
                             .class_package = t.package,
                             .class_offset = t.plain,
                             .context = t.package,
                             .owner = OWNER,
                             .length = who == AN_ARRAY};
    ref_t ref = 0;

    if (who == NOTHING)
        return 0;
    if (who == AN_ARRAY)
        hd.class_package = 0;
    if (who != OF_PLAIN)
        hd.class_offset = who == OF_OVERRIDES ? t.overrides : 0;
    if (who == OF_OTHERS || who == ENTRY_POINT) {
        hd.class_offset = t.plain;
        hd.context = who == OF_OTHERS ? t.stranger : 0;
        hd.owner = OTHER_OWNER;
        hd.flags = who == OF_OTHERS ? 0 : HEAP_ENTRY_POINT;
    }
    assert_int_equal(heap_new(&b->heap, &hd, &ref), ERR_OK);
    return ref;
}

static struct seen run(struct bench *b, uint16_t method, ref_t self, uint16_t x,
                       uint16_t y)
{
    const uint16_t args[] = {self, x, y};

    memset(&t.now, 0, sizeof t.now);
    t.now.r = vm_run_static(&b->vm, (struct vm_method){t.package, method},
                            t.package, OWNER, args, 3, &t.now.value);
    t.now.security = t.now.r == VM_THREW &&
                     vm_exception_is(&b->vm, "java/lang/SecurityException");
    t.now.budget = b->vm.budget;
    bench_check(b);
    return t.now;
}

static void same(const struct seen *a, const struct seen *b)
{
    assert_int_equal(a->r, b->r);
    assert_int_equal(a->value, b->value);
    assert_int_equal(a->security, b->security);
    assert_int_equal(a->budget, b->budget);
    assert_int_equal(a->calls, b->calls);
    assert_int_equal(a->context, b->context);
    assert_int_equal(a->owner, b->owner);
    assert_int_equal(a->caller, b->caller);
}

static bool remembers(struct bench *b, uint16_t method, enum vm_decoded op)
{
    const uint32_t at =
        vm_code_find(&b->vm, (struct vm_method){t.package, method});

    assert_int_not_equal(at, 0);
    struct vm_code *code = vm_code_at(&b->vm, at);
    for (unsigned i = 0; i < code->count; i++) {
        if (vm_code_ops(code)[i].op == op)
            return true;
    }
    return false;
}

static void undecoded(struct bench *b)
{
    vm_code_lend(&b->vm, NULL, 0);
}

static void decoded(struct bench *b)
{
    vm_code_lend(&b->vm, (uint8_t *)b->code, sizeof b->code);
}

/* What each receiver comes to, by the clauses. [JCRE 6.2.8.4] */
static void what_it_is(const struct seen *s, enum who who)
{
    const bool runs = who != OF_OVERRIDES && who != OF_OTHERS && who != NOTHING;

    assert_int_equal(s->r, who == OF_OTHERS || who == NOTHING ? VM_THREW
                                                              : VM_RETURNED);
    assert_int_equal(s->security, who == OF_OTHERS);
    assert_int_equal(s->calls, runs);
    if (s->r == VM_RETURNED)
        assert_int_equal(s->value, runs ? 1 : 7);
    if (runs) {
        assert_int_equal(s->caller, t.package);
        assert_int_equal(s->context, who == ENTRY_POINT ? 0 : t.package);
        assert_int_equal(s->owner, who == ENTRY_POINT ? OTHER_OWNER : OWNER);
    }
}

static void each_receiver_is_looked_at(void **state)
{
    struct bench *b = *state;

    for (enum who first = 0; first < WHO_COUNT; first++) {
        for (enum who then = 0; then < WHO_COUNT; then++) {
            const ref_t before = receiver(b, first);
            const ref_t self = receiver(b, then);
            undecoded(b);
            const struct seen expected = run(b, t.ask, self, 0, 0);
            what_it_is(&expected, then);
            decoded(b);
            (void)run(b, t.ask, before, 0, 0);
            (void)run(b, t.ask, before, 0, 0);
            assert_int_equal(remembers(b, t.ask, VM_D_CALL_NATIVE),
                             first == OF_PLAIN || first == ENTRY_POINT);
            for (unsigned i = 0; i < 3; i++) {
                const struct seen s = run(b, t.ask, self, 0, 0);
                same(&s, &expected);
            }
        }
    }
}

static void a_static_one_may_throw(void **state)
{
    struct bench *b = *state;

    undecoded(b);
    const struct seen good = run(b, t.join, 0, 1, 2);
    const struct seen bad = run(b, t.join, 0, 1, 0);
    assert_int_equal(good.value, 0x0102);
    assert_int_equal(bad.r, VM_THREW);
    assert_int_equal(vm_exception(&b->vm).reason, 0x6A80);
    decoded(b);
    for (unsigned i = 0; i < 6; i++) {
        /* nothing else than the call remembers the native */
        memset(b->vm.described, 0, sizeof b->vm.described);
        const struct seen s = run(b, t.join, 0, 1, i % 2 == 0 ? 2 : 0);
        same(&s, i % 2 == 0 ? &good : &bad);
        assert_true(remembers(b, t.join, VM_D_CALL_NATIVE_STATIC));
    }
    assert_int_equal(vm_exception(&b->vm).reason, 0x6A80);
}

/* As many instructions as it takes, and one less. */
static void it_is_paid_for(void **state)
{
    struct bench *b = *state;
    const uint64_t all = b->vm.hooks.budget;

    decoded(b);
    for (unsigned i = 0; i < 3; i++) {
        b->vm.hooks.budget = 4;
        assert_int_equal(run(b, t.join, 0, 1, 2).r, VM_RETURNED);
        b->vm.hooks.budget = 2;
        assert_int_equal(run(b, t.join, 0, 1, 2).r, VM_HALTED);
    }
    b->vm.hooks.budget = all;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_receiver_is_looked_at),
        cmocka_unit_test(a_static_one_may_throw),
        cmocka_unit_test(it_is_paid_for),
    };
    return cmocka_run_group_tests(tests, open, bench_close);
}
