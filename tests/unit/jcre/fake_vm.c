#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apidef/api_lookup.h"
#include "crypto/crypto.h"
#include "fake_vm.h"

#include "vm/remote.h"
#include "natives/natives.h"
#include "ports/faults/faults.h"

enum { MEDIUM = 256 * 1024, SCRATCH = 64 * 1024 };

struct bench bench;
static struct faults medium;
static uint8_t scratch[SCRATCH];

/* ---- the machine ---- */

void *vm_environment(const struct vm *vm)
{
    return vm->hooks.ctx;
}

struct heap *vm_heap(const struct vm *vm)
{
    return vm->heap;
}

uint8_t vm_context(const struct vm *vm)
{
    return vm->context;
}

uint16_t vm_owner(const struct vm *vm)
{
    return vm->owner;
}

uint16_t vm_previous_owner(const struct vm *vm)
{
    return vm->previous_owner;
}

enum vm_native_result vm_throw_name(struct vm *vm, const char *class_name,
                                    uint16_t reason)
{
    assert_non_null(api_class_by_name(class_name, strlen(class_name)));
    vm->thrown = class_name;
    vm->reason = reason;
    return VM_NATIVE_THREW;
}

enum vm_native_result vm_throw_err(struct vm *vm, enum err e)
{
    if (e == ERR_LOG_FULL)
        return vm_throw_name(vm, "javacard/framework/TransactionException", 3);
    return vm_throw_name(vm, "javacard/framework/SystemException", 5);
}

struct vm_exception vm_exception(const struct vm *vm)
{
    struct vm_exception x = {0};

    x.class = vm_api_class(vm->thrown);
    x.reason = vm->reason;
    return x;
}

bool vm_exception_is(const struct vm *vm, const char *class_name)
{
    return strcmp(vm->thrown, class_name) == 0;
}

uint16_t vm_exception_reason(const struct vm *vm, ref_t exception)
{
    (void)exception;
    return vm->reason;
}

void vm_set_exception_reason(struct vm *vm, ref_t exception, uint16_t reason)
{
    (void)exception;
    vm->reason = reason;
}

const char *vm_halt_text(const struct vm *vm)
{
    (void)vm;
    return "halted by the test";
}

bool vm_array_access(struct vm *vm, uint8_t c, ref_t ref, struct heap_view *v)
{
    if (!heap_get(vm->heap, ref, v)) {
        vm_throw_name(vm, "java/lang/NullPointerException", 0);
        return false;
    }
    if (c == 0 || v->h.context == c || (v->h.flags & HEAP_GLOBAL_ARRAY) != 0)
        return true;
    vm_throw_name(vm, "java/lang/SecurityException", 0);
    return false;
}

static enum vm_result run(struct vm *vm, struct fake_call *call,
                          uint8_t context, uint16_t owner, uint16_t *result)
{
    uint8_t old_context = vm->context;
    uint16_t old_owner = vm->owner;
    enum vm_result r = VM_RETURNED;

    vm->context = context;
    vm->owner = owner;
    if (vm->java != NULL)
        r = vm->java(vm, call);
    vm->context = old_context;
    vm->owner = old_owner;
    if (result != NULL)
        *result = call->result;
    return r;
}

enum vm_result vm_run_static(struct vm *vm, struct vm_method method,
                             uint8_t context, uint16_t owner,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result)
{
    struct fake_call call = {0, {0, 0}, FAKE_STATIC, args, count, 0};

    assert_int_equal(method.package, context);
    return run(vm, &call, context, owner, result);
}

static enum vm_result run_on(struct vm *vm, struct fake_call *call,
                             uint16_t *result)
{
    struct heap_view v;

    assert_true(heap_get(vm->heap, call->self, &v));
    return run(vm, call, v.h.context, v.h.owner, result);
}

enum vm_result vm_run_virtual(struct vm *vm, ref_t self, uint8_t token,
                              const uint16_t *args, uint8_t count,
                              uint16_t *result)
{
    struct fake_call call = {self, {0, 0}, token, args, count, 0};

    return run_on(vm, &call, result);
}

bool vm_find_method(const struct vm *vm, ref_t self, uint8_t token,
                    struct vm_method *out)
{
    struct heap_view v;

    *out = (struct vm_method){.offset = token};
    return heap_get(vm->heap, self, &v);
}

enum vm_result vm_run_method(struct vm *vm, struct vm_method method, ref_t self,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result)
{
    return vm_run_virtual(vm, self, (uint8_t)method.offset, args, count,
                          result);
}

enum vm_result vm_resume(struct vm *vm)
{
    return vm->thrown != NULL ? VM_THREW : VM_RETURNED;
}

enum vm_result vm_run_interface(struct vm *vm, ref_t self,
                                struct vm_class iface, uint8_t token,
                                const uint16_t *args, uint8_t count,
                                uint16_t *result)
{
    struct fake_call call = {self, iface, token, args, count, 0};

    return run_on(vm, &call, result);
}

enum vm_native_result vm_native_call_virtual(struct vm *vm, ref_t self,
                                             uint8_t token,
                                             const uint16_t *args,
                                             uint8_t count,
                                             vm_continuation *then)
{
    uint16_t value = 0;
    enum vm_result r = vm_run_virtual(vm, self, token, args, count, &value);

    vm->thrown = NULL; /* what a continuation got is dropped */
    return then(vm, r == VM_THREW, value);
}

/* No class of a loaded package extends OwnerPIN here. */
bool vm_is_overridden(const struct vm *vm, ref_t self, uint8_t token)
{
    (void)vm;
    (void)self;
    (void)token;
    return false;
}

enum vm_native_result vm_native_call_own(struct vm *vm, ref_t self,
                                         uint8_t token, const uint16_t *args,
                                         uint8_t count, vm_continuation *then)
{
    return vm_native_call_virtual(vm, self, token, args, count, then);
}

enum vm_native_result
vm_native_call_interface(struct vm *vm, ref_t self, struct vm_class iface,
                         uint8_t token, const uint16_t *args, uint8_t count,
                         vm_continuation *then)
{
    (void)iface;
    return vm_native_call_virtual(vm, self, token, args, count, then);
}

enum vm_native_result
vm_native_call_own_interface(struct vm *vm, ref_t self, struct vm_class iface,
                             uint8_t token, const uint16_t *args, uint8_t count,
                             vm_continuation *then)
{
    return vm_native_call_interface(vm, self, iface, token, args, count, then);
}

bool vm_leads_to_java(const struct vm *vm, ref_t self, struct vm_class iface,
                      uint8_t token)
{
    (void)iface;
    return vm_is_overridden(vm, self, token);
}

/* Nothing extends anything here. */
bool vm_class_is(const struct vm *vm, struct vm_class c, struct vm_class of)
{
    (void)vm;
    return c.package == of.package && c.offset == of.offset;
}

bool vm_remote(const struct vm *vm, ref_t object, struct vm_remote *out)
{
    (void)vm;
    (void)object;
    (void)out;
    return false;
}

bool vm_remote_method(const struct vm *vm, const struct vm_remote *r,
                      uint16_t hash, uint8_t *token, const uint8_t **nibbles,
                      uint8_t *count)
{
    (void)vm;
    (void)r;
    (void)hash;
    (void)token;
    (void)nibbles;
    (void)count;
    return false;
}

bool vm_package_name(const struct vm *vm, struct vm_class c, struct span *name)
{
    (void)vm;
    (void)c;
    (void)name;
    return false;
}

bool vm_remote_interface(const struct vm *vm, const struct vm_remote *r,
                         uint8_t i, struct vm_class *face, struct span *name)
{
    (void)vm;
    (void)r;
    (void)i;
    (void)face;
    (void)name;
    return false;
}

bool vm_is_exported(const struct vm *vm, ref_t object)
{
    (void)vm;
    (void)object;
    return false;
}

enum err vm_set_exported(struct vm *vm, ref_t object, bool exported)
{
    (void)vm;
    (void)object;
    (void)exported;
    return ERR_RANGE;
}

enum vm_native_result vm_native_call_remote(struct vm *vm, ref_t self,
                                            const struct vm_remote *r,
                                            uint8_t token,
                                            const char *descriptor,
                                            const uint16_t *args, uint8_t count,
                                            vm_continuation *then)
{
    (void)r;
    (void)descriptor;
    return vm_native_call_virtual(vm, self, token, args, count, then);
}

int32_t vm_called_int(const struct vm *vm)
{
    return (int32_t)vm->result;
}

uint32_t vm_native_note(const struct vm *vm)
{
    (void)vm;
    return 0;
}

void vm_native_keep(struct vm *vm, uint32_t note)
{
    (void)vm;
    (void)note;
}

struct vm_call vm_native_again(const struct vm *vm)
{
    (void)vm;
    return (struct vm_call){0};
}

enum vm_native_result vm_throw_again(struct vm *vm)
{
    (void)vm;
    return VM_NATIVE_THREW;
}

void vm_return_short(struct vm *vm, int16_t value)
{
    vm->result = (uint16_t)value;
}

void vm_return_int(struct vm *vm, int32_t value)
{
    vm->result = (uint32_t)value;
}

void vm_return_ref(struct vm *vm, ref_t value)
{
    vm->result = value;
}

uint16_t vm_returned(const struct vm *vm)
{
    return (uint16_t)vm->result;
}

struct vm_class vm_api_class(const char *name)
{
    const struct api_class *c = api_class_by_name(name, strlen(name));
    struct vm_class out = {0, 0};
    uint16_t token = 0;

    if (c == NULL)
        c = api_hidden_class(name);
    if (c == NULL)
        return out;
    out.package = (uint8_t)(VM_API | api_class_place(c, &token));
    out.offset = token;
    return out;
}

static bool same(struct vm_class a, struct vm_class b)
{
    return a.package == b.package && a.offset == b.offset;
}

struct vm_class vm_class_of(const struct vm *vm, ref_t ref)
{
    struct heap_view v;

    if (!heap_get(vm->heap, ref, &v) || v.h.kind != HEAP_OBJECT)
        return (struct vm_class){0, 0};
    return (struct vm_class){v.h.class_package, v.h.class_offset};
}

bool vm_may_store(const struct vm *vm, ref_t ref)
{
    struct heap_view v;

    return !heap_get(vm->heap, ref, &v) || (v.h.flags & HEAP_TEMPORARY) == 0;
}

bool vm_is_named(struct vm_class c, const char *name)
{
    const struct vm_class named = vm_api_class(name);

    return c.package == named.package && c.offset == named.offset;
}

bool vm_instance_of(const struct vm *vm, ref_t ref, struct vm_class of)
{
    static const char *const faces[] = {
        "javacard/framework/MultiSelectable", "javacardx/apdu/ExtendedLength",
        "javacard/framework/AppletEvent",     "org/globalplatform/Application",
        "org/globalplatform/Personalization",
    };
    const struct vm_class c = vm_class_of(vm, ref);

    if (c.package == 0)
        return false;
    if ((c.package & VM_API) != 0)
        return same(c, of);
    if (same(of, vm_api_class("javacard/framework/Applet")))
        return (c.offset & FAKE_PLAIN) == 0;
    for (unsigned i = 0; i < sizeof faces / sizeof faces[0]; i++) {
        if (same(of, vm_api_class(faces[i])))
            return (c.offset & (1u << i)) != 0;
    }
    return false;
}

uint16_t vm_instance_cells(const struct vm *vm, struct vm_class c)
{
    (void)vm;
    return (c.package & VM_API) != 0
               ? api_class_at(&api_packages[c.package & 0x7F], c.offset)->cells
               : 4;
}

uint8_t vm_calling_package(const struct vm *vm)
{
    return vm->context;
}

bool vm_resource(const struct vm *vm, uint8_t package, uint16_t id,
                 struct vm_resource *out)
{
    (void)vm;
    (void)package;
    (void)id;
    (void)out;
    return false;
}

/* No frames here: a view is dropped as soon as there are others. */
bool vm_on_stack(const struct vm *vm, ref_t ref)
{
    (void)vm;
    (void)ref;
    return false;
}

ref_t vm_new_object(struct vm *vm, struct vm_class c)
{
    return bench_new(HEAP_OBJECT, 0, vm->context, vm->owner, c.package,
                     c.offset, vm_instance_cells(vm, c));
}

bool vm_package(const struct vm *vm, uint8_t package,
                struct vm_package_info *info)
{
    memset(info, 0, sizeof *info);
    info->applet_count = 1;
    return package >= 1 && package <= vm->packages;
}

struct span bench_aid(uint8_t package, uint8_t last)
{
    static uint8_t bytes[6] = {0xF0, 0, 0, 0, 0, 0};

    bytes[4] = package;
    bytes[5] = last;
    return span_of(bytes, sizeof bytes);
}

bool vm_package_applet(const struct vm *vm, uint8_t package, uint8_t i,
                       struct span *aid, struct vm_method *install)
{
    (void)vm;
    *aid = bench_aid(package, 1);
    install->package = package;
    install->offset = 0;
    return i == 0;
}

bool vm_package_uses(const struct vm *vm, uint8_t package, uint8_t other)
{
    (void)vm;
    (void)package;
    (void)other;
    return false;
}

bool vm_package_is_imported(const struct vm *vm, uint8_t package)
{
    (void)package;
    return vm->imported;
}

/* ---- the bench ---- */

/* Cells 0 and 1 of OwnerPIN, cell 0 of what is not the API's. */
static bool is_reference(void *ctx, uint8_t class_package,
                         uint16_t class_offset, uint16_t cell)
{
    struct vm_class pin = vm_api_class("javacard/framework/OwnerPIN");

    (void)ctx;
    if ((class_package & VM_API) == 0)
        return cell == 0;
    return class_package == pin.package && class_offset == pin.offset &&
           cell < 2;
}

static enum err test_random(void *ctx, uint8_t *out, size_t n)
{
    (void)ctx;
    memset(out, 0x5A, n);
    return ERR_OK;
}

static const struct crypto_port crypto = {.random = test_random};

static void bind(void)
{
    const struct heap_layout layout = {NULL, is_reference};

    static uint8_t transient[CARD_TRANSIENT(MEDIUM, CARD_TRANSIENT_SIZE)];

    bench.port.transient = transient;
    bench.port.transient_size = sizeof transient;
    bench.port.scratch = scratch;
    bench.port.scratch_size = sizeof scratch;
    bench.port.crypto = &crypto;
    persist_bind(&bench.persist, &bench.port);
    heap_bind(&bench.heap, &bench.persist, layout);
    bench.vm.heap = &bench.heap;
    bench.vm.hooks = jcre_vm_hooks(&bench.jcre);
    jcre_bind(&bench.jcre, &bench.vm, &bench.heap, &bench.vault, &bench.port,
              NULL);
}

void bench_open(void)
{
    memset(&bench, 0, sizeof bench);
    assert_true(faults_open(&medium, MEDIUM, 7));
    bench.medium = &medium;
    faults_bind(&medium, &bench.port);
    bind();
    bench.vm.packages = 4;
    assert_int_equal(persist_format(&bench.persist), ERR_OK);
    assert_int_equal(heap_format(&bench.heap), ERR_OK);
    assert_int_equal(jcre_format(&bench.jcre), ERR_OK);
    assert_int_equal(bench_reset(), ERR_OK);
}

void bench_close(void)
{
    faults_close(&medium);
}

enum err bench_reset(void)
{
    faults_power_on(&medium);
    memset(&bench.persist, 0, sizeof bench.persist);
    memset(&bench.heap, 0, sizeof bench.heap);
    memset(&bench.jcre, 0, sizeof bench.jcre);
    bind();
    enum err e = persist_mount(&bench.persist);
    if (e == ERR_OK)
        e = heap_mount(&bench.heap);
    return e == ERR_OK ? jcre_reset(&bench.jcre) : e;
}

ref_t bench_new(enum heap_kind kind, uint8_t flags, uint8_t context,
                uint16_t owner, uint8_t package, uint16_t class,
                uint32_t length)
{
    struct heap_header hd = {0};
    ref_t out = 0;

    hd.kind = (uint8_t)kind;
    hd.flags = flags;
    hd.context = context;
    hd.owner = owner;
    hd.class_package = package;
    hd.class_offset = class;
    hd.length = length;
    assert_int_equal(heap_new(&bench.heap, &hd, &out), ERR_OK);
    return out;
}

enum vm_native_result bench_call(vm_native *native, uint8_t context,
                                 uint16_t owner, const uint16_t *cells,
                                 uint8_t count)
{
    struct vm_call call = {cells, count, context};
    uint8_t old_context = bench.vm.context;
    uint16_t old_owner = bench.vm.owner;

    bench.vm.context = context;
    bench.vm.owner = owner;
    bench.vm.thrown = NULL;
    enum vm_native_result r = native(&bench.vm, &call);
    bench.vm.context = old_context;
    bench.vm.owner = old_owner;
    assert_true((r == VM_NATIVE_THREW) == (bench.vm.thrown != NULL));
    return r;
}

/* ---- an applet that registers as INSTALL says ---- */

static uint16_t installing_class;

static enum vm_result install_plainly(struct vm *vm, struct fake_call *call)
{
    ref_t applet = bench_new(HEAP_OBJECT, 0, vm->context, vm->owner,
                             vm->context, installing_class, 4);
    struct heap_view v;
    uint16_t cells[4] = {applet, call->args[0], 1, 0};

    assert_true(heap_get(vm->heap, call->args[0], &v));
    cells[3] = v.p[0];
    return bench_call(native_applet_register_as, vm->context, vm->owner, cells,
                      4) == VM_NATIVE_DONE
               ? VM_RETURNED
               : VM_THREW;
}

uint16_t bench_install(uint8_t package, uint16_t class, uint8_t last)
{
    uint8_t component[6], aid[6];
    enum vm_result (*java)(struct vm *, struct fake_call *) = bench.vm.java;
    uint16_t instance = 0;

    memcpy(component, bench_aid(package, 1).p, sizeof component);
    memcpy(aid, bench_aid(package, last).p, sizeof aid);
    installing_class = class;
    bench.vm.java = install_plainly;
    assert_int_equal(heap_epoch_begin(&bench.heap), ERR_OK);
    assert_int_equal(jcre_install(&bench.jcre, package, span_of(component, 6),
                                  span_of(aid, 6), span_of(NULL, 0),
                                  span_of(NULL, 0), &instance),
                     SW_OK);
    assert_int_equal(heap_epoch_commit(&bench.heap, HEAP_ROOT_COUNT, 0),
                     ERR_OK);
    bench.vm.java = java;
    return instance;
}
