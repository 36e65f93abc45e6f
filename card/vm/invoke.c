/* Calls and returns: frames of bytecode, natives, continuations. */
#include "vm/code.h"
#include "vm/remote.h"
#include "vm/tags.h"
#include "vm/view.h"

#include <assert.h>
#include <string.h>

#include "apidef/api_lookup.h"

void vm_bind(struct vm *vm, struct heap *heap, struct vm_hooks hooks)
{
    vm->heap = heap;
    vm->hooks = hooks;
    vm_code_lend(vm, hooks.code, hooks.code_size);
    vm_view_drop(vm);
    vm_forget_packages(vm);
}

void *vm_environment(const struct vm *vm)
{
    return vm->hooks.ctx;
}

struct heap *vm_heap(const struct vm *vm)
{
    return vm->heap;
}

enum err vm_reset(struct vm *vm)
{
    vm->depth = vm->sp = 0;
    vm->context = 0;
    vm->owner = 0;
    vm->thrown = vm->last_exception = 0;
    vm->halt = NULL;
    vm->observer = NULL;
    memset(vm->stack, 0, sizeof vm->stack);
    memset(vm->tags, 0, sizeof vm->tags);
    memset(vm->described, 0, sizeof vm->described);
    vm_forget_packages(vm);
    const enum err e = vm_prove_seals(vm);
    return e == ERR_OK ? vm_register_exceptions(vm) : e;
}

uint8_t vm_context(const struct vm *vm)
{
    return vm->context;
}

uint16_t vm_owner(const struct vm *vm)
{
    return vm->owner;
}

/* The newest frame that was entered from another context than the active. */
uint16_t vm_previous_owner(const struct vm *vm)
{
    for (unsigned i = vm->depth; i > 0; i--) {
        const struct vm_frame *f = &vm->frames[i - 1];
        if (f->previous_context != vm->context)
            return f->previous_context != 0 ? f->previous_owner : 0;
    }
    return 0;
}

/* Every cell counts, whatever it is: a number may look like a reference. */
bool vm_on_stack(const struct vm *vm, ref_t ref)
{
    for (unsigned i = 0; i < vm->sp; i++) {
        if (vm->stack[i] == ref)
            return true;
    }
    return false;
}

bool vm_push(struct vm *vm, uint16_t cell)
{
    if (vm->sp >= CARD_STACK_CELLS)
        return vm_stop(vm, "the stack is full");
    vm->stack[vm->sp++] = cell;
    return true;
}

void vm_return_short(struct vm *vm, int16_t value)
{
    vm->result[0] = (uint16_t)value;
    vm->result_cells = 1;
    vm->result_tag = VM_TAG_SHORT;
}

void vm_return_int(struct vm *vm, int32_t value)
{
    vm->result[0] = (uint16_t)((uint32_t)value >> 16);
    vm->result[1] = (uint16_t)value;
    vm->result_cells = 2;
    vm->result_tag = VM_TAG_INT_HIGH;
}

void vm_return_ref(struct vm *vm, ref_t value)
{
    vm->result[0] = value;
    vm->result_cells = 1;
    vm->result_tag = VM_TAG_REF;
}

uint16_t vm_returned(const struct vm *vm)
{
    return vm->result[0];
}

/* ---- entering ---- */

static bool push_frame(struct vm *vm, struct vm_method m, uint8_t args,
                       uint8_t context, uint16_t owner, enum vm_entry entry,
                       vm_continuation *then)
{
    const struct vm_resident *r = vm_resident(vm, m.package);
    struct cap_method method;

    if (r == NULL || !cap_method_at(&r->cap, m.offset, &method) ||
        (method.flags & CAP_METHOD_ABSTRACT) != 0 || method.nargs != args)
        return vm_stop(vm, "a call that leads to no such method");
    if (vm->depth == CARD_FRAMES ||
        vm->sp + method.max_locals + method.max_stack > CARD_STACK_CELLS)
        return vm_stop(vm, "too many nested calls");

    struct vm_frame *f = &vm->frames[vm->depth];
    if (vm->depth > 0)
        vm_top(vm)->top = (uint16_t)(vm->sp - args);
    *f = (struct vm_frame){.package = m.package,
                           .entry = (uint8_t)entry,
                           .context = context,
                           .previous_context = vm->context,
                           .owner = owner,
                           .previous_owner = vm->owner,
                           .code = method.code,
                           .pc = method.code,
                           .method = m.offset,
                           .locals = (uint16_t)(vm->sp - args),
                           .then = then};
    memset(vm->stack + vm->sp, 0, 2u * method.max_locals);
    if (CARD_TAGGED)
        memset(vm->tags + vm->sp, VM_TAG_NONE, method.max_locals);
    f->base = (uint16_t)(vm->sp + method.max_locals);
    f->limit = (uint16_t)(f->base + method.max_stack);
    vm->sp = f->base;
    vm->depth++;
    vm->context = context;
    vm->owner = owner;
    return true;
}

/* A native's frame has no package; what it runs is in its method. */
static bool push_native_frame(struct vm *vm, struct vm_method m, uint8_t args,
                              uint8_t context, uint16_t owner,
                              enum vm_entry entry, vm_continuation *then)
{
    struct vm_frame *f = &vm->frames[vm->depth];

    if (vm->depth == CARD_FRAMES)
        return vm_stop(vm, "too many nested calls");
    if (vm->depth > 0)
        vm_top(vm)->top = (uint16_t)(vm->sp - args);
    /* one by one: a whole frame costs more than many a native does */
    f->package = 0;
    f->entry = (uint8_t)entry;
    f->advance = 0;
    f->context = context;
    f->previous_context = vm->context;
    f->owner = owner;
    f->previous_owner = vm->owner;
    f->code = f->pc = f->ahead = f->resume = 0;
    f->method = vm_native_number(m);
    f->locals = (uint16_t)(vm->sp - args);
    f->base = f->limit = vm->sp;
    f->then = then;
    vm->depth++;
    vm->context = context;
    vm->owner = owner;
    return true;
}

/* Not a halt: the frames stay, and vm_resume() takes it back. */
static const char waits[] = "waiting for the terminal";

/* An int has its low half second. */
static uint8_t result_tag(const struct vm *vm, unsigned i)
{
    return i == 0 ? vm->result_tag : (uint8_t)VM_TAG_INT_LOW;
}

/* The frame on top goes, and what was active before it is so again. */
static void drop_frame(struct vm *vm)
{
    const struct vm_frame *f = vm_top(vm);

    vm->depth--;
    vm->sp = f->locals;
    vm->context = f->previous_context;
    vm->owner = f->previous_owner;
}

/* The calling method finds the result on its stack. */
static bool give_result(struct vm *vm)
{
    for (uint8_t i = 0; i < vm->result_cells; i++) {
        if (vm->sp >= vm_top(vm)->limit)
            return vm_stop(vm, "a result that does not fit the stack");
        vm_set_tag(vm, vm->sp, result_tag(vm, i));
        vm->stack[vm->sp++] = vm->result[i];
    }
    return true;
}

/* What a native (or a continuation) left behind: done, thrown or called. */
static inline bool after_native(struct vm *vm, enum vm_native_result result)
{
    if (vm->halt != NULL)
        return false;
    if (result == VM_NATIVE_CALLED)
        return true;
    if (result == VM_NATIVE_THREW)
        return vm_leave(vm, 0);
    if (result == VM_NATIVE_WAITS)
        return vm_leave(vm, 0) && vm_stop(vm, waits);
    if (vm_top(vm)->entry == VM_FROM_JAVA && vm->thrown == 0) {
        drop_frame(vm);
        return give_result(vm);
    }
    for (uint8_t i = 0; i < vm->result_cells; i++) {
        if (!vm_push(vm, vm->result[i]))
            return false;
        vm_set_tag(vm, vm->sp - 1u, result_tag(vm, i));
    }
    return vm_leave(vm, vm->result_cells);
}

static bool call_native(struct vm *vm, struct vm_method m, uint8_t args,
                        uint8_t context, uint16_t owner, enum vm_entry entry,
                        vm_continuation *then)
{
    vm_native *native =
        m.offset < api_method_count ? vm->hooks.natives[m.offset] : NULL;
    const struct vm_call call = {.cells = vm->stack + vm->sp - args,
                                 .count = args,
                                 .caller_context = vm->context};
    if (native == NULL)
        return vm_stop(vm, "a native method that is not implemented");
    if (!vm_tags_native(vm, m, vm->sp - (unsigned)args, args) ||
        !push_native_frame(vm, m, args, context, owner, entry, then))
        return false;
    vm->result_cells = 0;
    return after_native(vm, native(vm, &call));
}

bool vm_invoke_native(struct vm *vm, struct vm_method m, uint8_t args,
                      uint8_t context, uint16_t owner)
{
    return call_native(vm, m, args, context, owner, VM_FROM_JAVA, NULL);
}

bool vm_invoke(struct vm *vm, struct vm_method m, uint8_t args, uint8_t context,
               uint16_t owner, enum vm_entry entry, vm_continuation *then)
{
    uint16_t floor = vm->depth > 0 ? vm_top(vm)->base : 0;
    if (vm->sp < floor + args)
        return vm_stop(vm, "a call with too few arguments");
    if (vm_is_api(m.package))
        return call_native(vm, m, args, context, owner, entry, then);
    return push_frame(vm, m, args, context, owner, entry, then);
}

/* ---- leaving ---- */

/* The continuation of a native whose Java call has come back. */
static bool go_on(struct vm *vm, vm_continuation *then)
{
    bool threw = vm->thrown != 0;
    uint16_t value = vm->result_cells > 0 ? vm->result[0] : 0;

    if (threw)
        vm->last_exception = vm->thrown;
    vm->thrown = 0;
    vm->result_cells = 0;
    return after_native(vm, then(vm, threw, value));
}

bool vm_leave(struct vm *vm, uint8_t cells)
{
    const struct vm_frame *f = vm_top(vm);

    vm->result_cells = vm->thrown != 0 ? 0 : cells;
    for (uint8_t i = 0; i < vm->result_cells; i++)
        vm->result[i] = vm->stack[vm->sp - cells + i];
    if (vm->result_cells > 0)
        vm->result_tag = vm_tag(vm, vm->sp - (unsigned)cells);
    drop_frame(vm);
    if (f->entry == VM_FROM_OUTSIDE)
        return true;
    if (f->entry == VM_FROM_NATIVE)
        return go_on(vm, f->then);
    if (vm->thrown != 0)
        return true; /* vm_unwind looks at the caller */
    return give_result(vm);
}

/* ---- from outside ---- */

/* Interprets until the run from outside ends, or waits. */
static enum vm_result finish(struct vm *vm)
{
    const struct vm_outside *o = &vm->outside;
    enum vm_result r = vm_interpret(vm, o->depth);

    if (r == VM_HALTED && vm->halt == waits)
        return VM_WAITING;
    if (r == VM_THREW)
        vm->last_exception = vm->thrown;
    vm->thrown = 0;
    vm->depth = o->depth;
    vm->sp = o->sp;
    vm->context = o->context;
    vm->owner = o->owner;
    return r;
}

/* The kinds of the arguments, as the API declares the method. */
struct described {
    const char *descriptor; /* NULL: it does not */
    bool is_virtual;
};

static enum vm_result run(struct vm *vm, struct vm_method m,
                          struct described kinds, uint8_t context,
                          uint16_t owner, const uint16_t *args, uint8_t count,
                          uint16_t *result)
{
    vm->outside =
        (struct vm_outside){vm->depth, vm->sp, vm->context, vm->owner};
    vm->halt = NULL;
    vm->thrown = 0;
    vm->result_cells = 0;
    vm_view_drop(vm);
    vm_code_tidy(vm);
    vm->budget = vm->hooks.budget != 0 ? vm->hooks.budget : 1ull << 32;
    bool ok = true;
    for (uint8_t i = 0; i < count && ok; i++)
        ok = vm_push(vm, args[i]);
    vm_tags_describe(vm, vm->outside.sp, count, kinds.descriptor,
                     kinds.is_virtual);
    if (ok)
        (void)vm_invoke(vm, m, count, context, owner, VM_FROM_OUTSIDE, NULL);
    enum vm_result r = finish(vm);
    if (result != NULL)
        *result = r == VM_RETURNED && vm->result_cells > 0 ? vm->result[0] : 0;
    return r;
}

enum vm_result vm_resume(struct vm *vm)
{
    assert(vm->halt == waits);
    vm->halt = NULL;
    vm_view_drop(vm);
    return finish(vm);
}

enum vm_result vm_run_static(struct vm *vm, struct vm_method method,
                             uint8_t context, uint16_t owner,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result)
{
    /* of static methods, the runtime calls install() */
    const struct described kinds = {count == 3 ? "([BSB)V" : NULL, false};
    return run(vm, method, kinds, context, owner, args, count, result);
}

/* `self` before the arguments, which are at most 15 words more. */
enum { RUN_ARGS_MAX = 16 };

static enum vm_result run_on(struct vm *vm, bool found, struct vm_method m,
                             const char *descriptor, ref_t self,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result)
{
    uint16_t all[RUN_ARGS_MAX];
    struct heap_view v;

    if (!found || count >= RUN_ARGS_MAX || !heap_get(vm->heap, self, &v)) {
        vm_stop(vm, "a call that leads to no method");
        return VM_HALTED;
    }
    all[0] = self;
    for (uint8_t i = 0; i < count; i++)
        all[i + 1] = args[i];
    const struct described kinds = {descriptor, true};
    return run(vm, m, kinds, v.h.context, v.h.owner, all, (uint8_t)(count + 1),
               result);
}

bool vm_find_method(const struct vm *vm, ref_t self, uint8_t token,
                    struct vm_method *out)
{
    return vm_find_virtual(vm, vm_class_of(vm, self), token, out);
}

enum vm_result vm_run_method(struct vm *vm, struct vm_method method, ref_t self,
                             const uint16_t *args, uint8_t count,
                             uint16_t *result)
{
    return run_on(vm, true, method, "(Ljavacard/framework/APDU;)V", self, args,
                  count, result);
}

static const char *descriptor_of(const struct api_class *row, uint8_t token)
{
    const struct api_method *m =
        row != NULL ? api_method_at(row, false, token) : NULL;
    return m != NULL ? m->descriptor : NULL;
}

/* Of the API's class that an object's class extends. */
static const struct api_class *api_class_of(const struct vm *vm, ref_t self)
{
    struct vm_class c = vm_class_of(vm, self);

    for (unsigned i = 0; i < 64 && c.package != 0; i++) {
        if (vm_is_api(c.package))
            return vm_api_row(c);
        c = vm_super(vm, c);
    }
    return NULL;
}

enum vm_result vm_run_virtual(struct vm *vm, ref_t self, uint8_t token,
                              const uint16_t *args, uint8_t count,
                              uint16_t *result)
{
    struct vm_method m = {0, 0};
    bool found = vm_find_virtual(vm, vm_class_of(vm, self), token, &m);
    const char *kinds =
        CARD_TAGGED ? descriptor_of(api_class_of(vm, self), token) : NULL;
    return run_on(vm, found, m, kinds, self, args, count, result);
}

enum vm_result vm_run_interface(struct vm *vm, ref_t self,
                                struct vm_class iface, uint8_t token,
                                const uint16_t *args, uint8_t count,
                                uint16_t *result)
{
    struct vm_method m = {0, 0};
    bool found = vm_find_interface(vm, vm_class_of(vm, self), iface, token, &m);
    const char *kinds =
        CARD_TAGGED ? descriptor_of(vm_api_row(iface), token) : NULL;
    return run_on(vm, found, m, kinds, self, args, count, result);
}

/* ---- from a native ---- */

static enum vm_native_result native_call(struct vm *vm, bool found,
                                         struct vm_method m,
                                         const char *descriptor, ref_t self,
                                         const uint16_t *args, uint8_t count,
                                         vm_continuation *then)
{
    struct heap_view v;

    if (!found || !heap_get(vm->heap, self, &v)) {
        vm_stop(vm, "a native calls a method that is not there");
        return VM_NATIVE_THREW;
    }
    const unsigned first = vm->sp;
    bool ok = vm_push(vm, self);
    for (uint8_t i = 0; i < count && ok; i++)
        ok = vm_push(vm, args[i]);
    vm_tags_describe(vm, first, (uint8_t)(count + 1), descriptor, true);
    /* the arguments are above the native frame's empty operand stack */
    if (ok)
        ok = vm_invoke(vm, m, (uint8_t)(count + 1), v.h.context,
                       v.h.context == vm->context ? vm->owner : v.h.owner,
                       VM_FROM_NATIVE, then);
    return ok ? VM_NATIVE_CALLED : VM_NATIVE_THREW;
}

/* It is the runtime that calls [JCRE 6.2.3]; leaving the native's frame
 * restores what was active. */
static void call_as_runtime(struct vm *vm)
{
    vm->context = 0;
    vm->owner = 0;
}

enum vm_native_result vm_native_call_own(struct vm *vm, ref_t self,
                                         uint8_t token, const uint16_t *args,
                                         uint8_t count, vm_continuation *then)
{
    struct vm_method m = {0, 0};
    bool found = vm_find_virtual(vm, vm_class_of(vm, self), token, &m);
    const char *kinds =
        CARD_TAGGED ? descriptor_of(api_class_of(vm, self), token) : NULL;
    return native_call(vm, found, m, kinds, self, args, count, then);
}

struct vm_call vm_native_again(const struct vm *vm)
{
    const struct vm_frame *f = &vm->frames[vm->depth - 1];

    return (struct vm_call){.cells = vm->stack + f->locals,
                            .count = (uint8_t)(f->base - f->locals),
                            .caller_context = f->previous_context};
}

/* A native's frame resumes no code. */
uint32_t vm_native_note(const struct vm *vm)
{
    return vm->frames[vm->depth - 1].resume;
}

void vm_native_keep(struct vm *vm, uint32_t note)
{
    vm_top(vm)->resume = note;
}

enum vm_native_result vm_throw_again(struct vm *vm)
{
    vm->thrown = vm->last_exception;
    return VM_NATIVE_THREW;
}

bool vm_is_overridden(const struct vm *vm, ref_t self, uint8_t token)
{
    struct vm_method m = {0, 0};

    return vm_find_virtual(vm, vm_class_of(vm, self), token, &m) &&
           !vm_is_api(m.package);
}

bool vm_leads_to_java(const struct vm *vm, ref_t self, struct vm_class iface,
                      uint8_t token)
{
    struct vm_method m = {0, 0};

    return vm_find_interface(vm, vm_class_of(vm, self), iface, token, &m) &&
           !vm_is_api(m.package);
}

enum vm_native_result vm_native_call_virtual(struct vm *vm, ref_t self,
                                             uint8_t token,
                                             const uint16_t *args,
                                             uint8_t count,
                                             vm_continuation *then)
{
    call_as_runtime(vm);
    return vm_native_call_own(vm, self, token, args, count, then);
}

enum vm_native_result
vm_native_call_own_interface(struct vm *vm, ref_t self, struct vm_class iface,
                             uint8_t token, const uint16_t *args, uint8_t count,
                             vm_continuation *then)
{
    struct vm_method m = {0, 0};
    bool found = vm_find_interface(vm, vm_class_of(vm, self), iface, token, &m);
    const char *kinds =
        CARD_TAGGED ? descriptor_of(vm_api_row(iface), token) : NULL;
    return native_call(vm, found, m, kinds, self, args, count, then);
}

enum vm_native_result
vm_native_call_interface(struct vm *vm, ref_t self, struct vm_class iface,
                         uint8_t token, const uint16_t *args, uint8_t count,
                         vm_continuation *then)
{
    call_as_runtime(vm);
    return vm_native_call_own_interface(vm, self, iface, token, args, count,
                                        then);
}

enum vm_native_result vm_native_call_remote(struct vm *vm, ref_t self,
                                            const struct vm_remote *r,
                                            uint8_t token,
                                            const char *descriptor,
                                            const uint16_t *args, uint8_t count,
                                            vm_continuation *then)
{
    struct vm_method m = {0, 0};
    bool found =
        vm_find_override(vm, vm_class_of(vm, self), r->class, token, &m);

    return native_call(vm, found, m, descriptor, self, args, count, then);
}

int32_t vm_called_int(const struct vm *vm)
{
    return (int32_t)((uint32_t)vm->result[0] << 16 | vm->result[1]);
}
