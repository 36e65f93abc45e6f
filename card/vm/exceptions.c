/*
 * Exceptions.  The runtime has one object of each of its exception classes,
 * a temporary entry point in volatile memory; the reason of those lies in
 * struct vm, that of an applet's own exception in its first native cell.
 */
#include "vm/tags.h"

#include <string.h>

#include "apidef/api_lookup.h"

bool vm_stop(struct vm *vm, const char *why)
{
    vm->halt = why;
    vm->thrown = 0;
    return false;
}

/* ---- the runtime's own objects ---- */

static bool is_throwable(const struct api_class *c)
{
    for (; c != NULL; c = api_super(c)) {
        if (vm_same_name(c->name, "java/lang/Throwable"))
            return true;
    }
    return false;
}

static bool is_given(const struct vm *vm, const struct api_class *row)
{
    (void)vm;
    return (row->flags & API_ABSTRACT) == 0 && is_throwable(row);
}

enum err vm_register_exceptions(struct vm *vm)
{
    struct heap_header hd = {.kind = HEAP_OBJECT,
                             .flags = HEAP_ENTRY_POINT | HEAP_TEMPORARY,
                             .length = 1};
    vm->exception_count = 0;
    memset(vm->reasons, 0, sizeof vm->reasons);
    for (uint16_t p = 0; p < api_package_count; p++) {
        for (uint8_t c = 0; c < api_packages[p].class_count; c++) {
            const struct api_class *row = &api_packages[p].classes[c];
            if (!is_given(vm, row))
                continue;
            if (vm->exception_count == HEAP_BUILTIN_MAX - 16)
                return ERR_FULL; /* the last ones are the runtime's */
            hd.class_package = (uint8_t)(VM_API | p);
            hd.class_offset = c;
            vm->exceptions[vm->exception_count] =
                (struct vm_class){hd.class_package, c};
            heap_set_builtin(vm->heap, vm->exception_count, &hd,
                             vm->exception_body);
            vm->exception_count++;
        }
    }
    return ERR_OK;
}

static ref_t builtin_of(const struct vm *vm, struct vm_class c)
{
    for (uint8_t i = 0; i < vm->exception_count; i++) {
        if (vm_class_equal(vm->exceptions[i], c))
            return (ref_t)(HEAP_BUILTIN_FIRST + i);
    }
    return 0;
}

static bool is_builtin(ref_t ref)
{
    return ref >= HEAP_BUILTIN_FIRST;
}

uint16_t vm_exception_reason(const struct vm *vm, ref_t exception)
{
    struct heap_view v;

    if (is_builtin(exception))
        return exception - HEAP_BUILTIN_FIRST < vm->exception_count
                   ? vm->reasons[exception - HEAP_BUILTIN_FIRST]
                   : 0;
    if (!heap_get(vm->heap, exception, &v) || v.h.kind != HEAP_OBJECT ||
        v.h.length < 1)
        return 0;
    return get_u2(v.p);
}

void vm_set_exception_reason(struct vm *vm, ref_t exception, uint16_t reason)
{
    uint8_t raw[2];

    if (is_builtin(exception)) {
        if (exception - HEAP_BUILTIN_FIRST < vm->exception_count)
            vm->reasons[exception - HEAP_BUILTIN_FIRST] = reason;
        return;
    }
    set_u2(raw, reason);
    if (heap_write(vm->heap, exception, 0, raw, 2, HEAP_NOW) != ERR_OK)
        vm->halt = "persistent memory failed";
}

/* ---- throwing ---- */

enum vm_native_result vm_throw(struct vm *vm, uint16_t api_package,
                               uint8_t class_token, uint16_t reason)
{
    ref_t ref = builtin_of(
        vm, (struct vm_class){(uint8_t)(VM_API | api_package), class_token});

    if (ref == 0) {
        vm_stop(vm, "an exception class that the runtime does not have");
        return VM_NATIVE_THREW;
    }
    vm_set_exception_reason(vm, ref, reason);
    vm->thrown = ref;
    return VM_NATIVE_THREW;
}

enum vm_native_result vm_throw_name(struct vm *vm, const char *class_name,
                                    uint16_t reason)
{
    struct vm_class c = vm_api_class(class_name);
    return vm_throw(vm, c.package & 0x7F, (uint8_t)c.offset, reason);
}

bool vm_raise(struct vm *vm, const char *class_name)
{
    vm_throw_name(vm, class_name, 0);
    return false;
}

enum vm_native_result vm_throw_err(struct vm *vm, enum err e)
{
    switch (e) {
    case ERR_LOG_FULL:
        return vm_throw_name(vm, "javacard/framework/TransactionException",
                             3 /* BUFFER_FULL */);
    case ERR_MEMORY:
        return vm_throw_name(vm, "javacard/framework/SystemException",
                             5 /* NO_RESOURCE */);
    case ERR_RANGE:
        return vm_throw_name(vm, "java/lang/ArrayIndexOutOfBoundsException", 0);
    case ERR_NOT_FOUND:
        return vm_throw_name(vm, "java/lang/NullPointerException", 0);
    case ERR_DAMAGED:
        return vm_throw_name(vm, "java/lang/SecurityException", 0);
    default:
        vm_stop(vm, err_text(e));
        return VM_NATIVE_THREW;
    }
}

struct vm_exception vm_exception(const struct vm *vm)
{
    return (struct vm_exception){
        .object = vm->last_exception,
        .class = vm_class_of(vm, vm->last_exception),
        .reason = vm_exception_reason(vm, vm->last_exception)};
}

bool vm_exception_is(const struct vm *vm, const char *class_name)
{
    return vm_instance_of(vm, vm->last_exception, vm_api_class(class_name));
}

const char *vm_halt_text(const struct vm *vm)
{
    return vm->halt != NULL ? vm->halt : "";
}

/* ---- handlers ---- */

static bool catches(const struct vm *vm, const struct vm_resident *r,
                    const struct cap_handler *h)
{
    struct vm_pool entry;

    if (h->catch_type == 0)
        return true;
    return vm_pool(r, h->catch_type, &entry) && entry.kind == VM_POOL_CLASS &&
           vm_instance_of(vm, vm->thrown, entry.class);
}

/* Handlers stand in the order in which they are tried [JCVM 6.10.1]. */
static bool find_handler(const struct vm *vm, const struct vm_frame *f,
                         uint32_t *pc)
{
    const struct vm_resident *r = vm_resident(vm, f->package);
    struct cap_handler h;

    for (unsigned i = 0; r != NULL && cap_handler(&r->cap, f->pc, i, &h); i++) {
        if (f->pc >= h.start && f->pc < h.end && catches(vm, r, &h)) {
            *pc = h.handler;
            return true;
        }
    }
    return false;
}

bool vm_unwind(struct vm *vm, uint16_t floor)
{
    while (vm->depth > floor && vm->thrown != 0) {
        struct vm_frame *f = vm_top(vm);
        uint32_t pc = 0;

        if (f->limit > f->base && find_handler(vm, f, &pc)) {
            vm->sp = f->base;
            vm_set_tag(vm, vm->sp, VM_TAG_REF);
            vm->stack[vm->sp++] = vm->thrown;
            vm->thrown = 0;
            f->pc = pc;
            f->advance = 0;
            return true;
        }
        if (!vm_leave(vm, 0))
            return false;
    }
    return vm->depth > floor;
}
