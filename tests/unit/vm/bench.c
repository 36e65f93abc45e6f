#include "bench.h"

#include <stdlib.h>

#include "apidef/api_lookup.h"

/* ---- natives ---- */

static enum vm_native_result nothing(struct vm *vm, const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

static enum vm_native_result equals(struct vm *vm, const struct vm_call *call)
{
    vm_return_short(vm, call->cells[0] == call->cells[1]);
    return VM_NATIVE_DONE;
}

static enum vm_native_result throw_iso(struct vm *vm,
                                       const struct vm_call *call)
{
    return vm_throw_name(vm, "javacard/framework/ISOException", call->cells[0]);
}

static enum vm_native_result reason(struct vm *vm, const struct vm_call *call)
{
    vm_return_short(vm, (int16_t)vm_exception_reason(vm, call->cells[0]));
    return VM_NATIVE_DONE;
}

static void give(struct bench *b, const char *class_name, bool statics,
                 const char *name, const char *descriptor, vm_native *native)
{
    uint8_t token = 0;
    const struct api_method *m = api_method_by_name(
        api_class_called(class_name), statics, name, descriptor, &token);
    assert_non_null(m);
    b->natives[m->id] = native;
}

static void give_all(struct bench *b)
{
    give(b, "java/lang/Object", true, "<init>", "()V", nothing);
    give(b, "java/lang/Object", false, "equals", "(Ljava/lang/Object;)Z",
         equals);
    give(b, "java/lang/RuntimeException", true, "<init>", "()V", nothing);
    give(b, "javacard/framework/ISOException", true, "throwIt", "(S)V",
         throw_iso);
    give(b, "javacard/framework/CardRuntimeException", false, "getReason",
         "()S", reason);
}

/* ---- hooks ---- */

static uint8_t selected_context(void *ctx)
{
    const struct bench *b = ctx;
    return b->selected;
}

static bool may_share(void *ctx, uint8_t context)
{
    struct bench *b = ctx;
    b->asked = context;
    return b->share;
}

/* ---- the card ---- */

int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    assert_non_null(b);
    b->natives = calloc(api_method_count, sizeof(vm_native *));
    assert_non_null(b->natives);
    give_all(b);
    b->share = true;
    b->memory = (struct posix_memory){b->nv, sizeof b->nv};
    posix_memory_bind(&b->memory, &b->port);
    b->port.transient = b->transient;
    b->port.transient_size = sizeof b->transient;
    persist_bind(&b->persist, &b->port);
    heap_bind(&b->heap, &b->persist,
              (struct heap_layout){&b->vm, vm_is_reference});
    vm_bind(
        &b->vm, &b->heap,
        (struct vm_hooks){.ctx = b,
                          .selected_context = selected_context,
                          .may_share = may_share,
                          .natives = b->natives,
                          .budget = 100000,
                          .code = BENCH_IN_PLACE ? NULL : (uint8_t *)b->code,
                          .code_size = sizeof b->code});
    assert_int_equal(persist_format(&b->persist), ERR_OK);
    assert_int_equal(heap_format(&b->heap), ERR_OK);
    assert_int_equal(vm_format(&b->vm), ERR_OK);
    assert_int_equal(persist_mount(&b->persist), ERR_OK);
    assert_int_equal(heap_mount(&b->heap), ERR_OK);
    assert_int_equal(vm_reset(&b->vm), ERR_OK);
    *state = b;
    return 0;
}

int bench_close(void **state)
{
    struct bench *b = *state;
    free(b->natives);
    free(b);
    return 0;
}

static void complain(void *ctx, const char *line)
{
    (void)ctx;
    print_error("%s\n", line);
}

void bench_check(struct bench *b)
{
    assert_int_equal(heap_check(&b->heap, complain, NULL), 0);
    assert_int_equal(vm_check(&b->vm, complain, NULL), 0);
    assert_int_equal(b->vm.depth, 0);
    assert_int_equal(b->vm.sp, 0);
    assert_int_equal(b->vm.context, 0);
}

/* ---- linking ---- */

static enum err stage(struct bench *b, struct span file, ref_t *ref)
{
    const struct heap_header hd = {.kind = HEAP_BLOB,
                                   .length = (uint32_t)file.n};
    enum err e = heap_new(&b->heap, &hd, ref);
    return e == ERR_OK
               ? heap_write(&b->heap, *ref, 0, file.p, hd.length, HEAP_RAW)
               : e;
}

enum err bench_link_bytes(struct bench *b, struct span file, uint8_t *package)
{
    ref_t ref = 0;

    *package = 0;
    assert_int_equal(heap_epoch_begin(&b->heap), ERR_OK);
    assert_int_equal(stage(b, file, &ref), ERR_OK);
    enum err e = vm_link(&b->vm, ref, (uint8_t *)b->scratch, sizeof b->scratch,
                         package, b->why, sizeof b->why);
    if (e == ERR_OK) {
        assert_int_equal(heap_epoch_commit(&b->heap, HEAP_ROOT_COUNT, 0),
                         ERR_OK);
    } else {
        assert_int_equal(heap_epoch_abort(&b->heap), ERR_OK);
        heap_release_retired(&b->heap);
        vm_forget_packages(&b->vm);
    }
    bench_check(b);
    return e;
}

enum err bench_link(struct bench *b, struct builder *file, uint8_t *package)
{
    static uint8_t room[64 * 1024];
    struct buf out = buf_of(room, sizeof room);
    return bench_link_bytes(b, build_finish(file, &out), package);
}

uint8_t bench_need(struct bench *b, struct builder *file)
{
    uint8_t package = 0;
    enum err e = bench_link(b, file, &package);

    if (e != ERR_OK)
        print_error("not linked: %s\n", b->why);
    assert_int_equal(e, ERR_OK);
    return package;
}

/* ---- running ---- */

enum vm_result bench_run(struct bench *b, uint8_t package, uint16_t offset,
                         const uint16_t *args, uint8_t count, uint16_t *result)
{
    return vm_run_static(&b->vm, (struct vm_method){package, offset}, package,
                         1, args, count, result);
}

void bench_returns(struct bench *b, uint8_t package, uint16_t offset,
                   int16_t expected)
{
    uint16_t result = 0;
    enum vm_result r = bench_run(b, package, offset, NULL, 0, &result);

    if (r == VM_HALTED)
        print_error("halted: %s\n", vm_halt_text(&b->vm));
    if (r == VM_THREW)
        print_error("threw %02X/%u\n", vm_exception(&b->vm).class.package,
                    vm_exception(&b->vm).class.offset);
    assert_int_equal(r, VM_RETURNED);
    assert_int_equal((int16_t)result, expected);
}

void bench_throws(struct bench *b, uint8_t package, uint16_t offset,
                  const char *class_name)
{
    enum vm_result r = bench_run(b, package, offset, NULL, 0, NULL);

    if (r == VM_HALTED)
        print_error("halted: %s\n", vm_halt_text(&b->vm));
    assert_int_equal(r, VM_THREW);
    assert_true(vm_exception_is(&b->vm, class_name));
}
