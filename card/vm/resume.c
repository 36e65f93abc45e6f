/*
 * Between decoded frames and all others: where a frame goes on when it is on
 * top again, and the calls and returns that the loop does not do by itself.
 */
#include "vm/code.h"

#include "vm/tags.h"
#include "vm/view.h"

/* ---- where a frame goes on ---- */

static bool undecoded(struct vm_frame *f)
{
    f->ahead = 0;
    return false;
}

static bool go_on_at(struct vm *vm, struct vm_frame *f, uint32_t pc)
{
    const struct vm_op *op = vm_code_place(vm_code_at(vm, f->ahead), pc);

    if (op == NULL)
        return undecoded(f);
    f->resume = (uint32_t)((const uint8_t *)op - vm->ahead);
    f->advance = 0;
    return true;
}

/* After a call: what it left decides whether the decoder was right. */
static bool go_on_after_call(struct vm *vm, struct vm_frame *f)
{
    const struct vm_op *site = vm_op_at(vm, f->resume) - 1;
    const uint8_t left = (uint8_t)(vm->sp - f->top);
    const struct vm_resident *r = vm_resident(vm, f->package);

    if (site->b == left) {
        f->advance = 0;
        return true;
    }
    if (site->b != VM_CELLS_UNKNOWN || r == NULL)
        return undecoded(f);
    const uint8_t *call = r->cap.part[CAP_METHOD].p + f->pc;
    if (vm_code_results(vm, r, call) == VM_CELLS_UNKNOWN)
        vm_code_learn(vm, r, call, left);
    if (vm_code_results(vm, r, call) != left)
        return undecoded(f);
    f->ahead = vm_code_renew(vm, (struct vm_method){f->package, f->method});
    return f->ahead != 0 && go_on_at(vm, f, f->pc + f->advance);
}

bool vm_code_ready(struct vm *vm)
{
    struct vm_frame *f = vm_top(vm);

    if (vm->ahead == NULL || f->package == 0)
        return false;
    if (f->ahead != 0)
        return f->advance != 0 ? go_on_after_call(vm, f)
                               : go_on_at(vm, f, f->pc);
    if (f->pc != f->code || f->advance != 0 || vm->sp != f->base)
        return false;
    f->ahead = vm_code_find(vm, (struct vm_method){f->package, f->method});
    return f->ahead != 0 && go_on_at(vm, f, f->pc);
}

/* ---- calls and returns by all the rules ---- */

static bool is_native(const struct vm_op *call)
{
    return call->op == VM_D_CALL_NATIVE || call->op == VM_D_CALL_NATIVE_STATIC;
}

/* Remembers where a call led: decoded code of the context it came from. */
static void remember(struct vm *vm, const struct vm_frame *f,
                     const struct vm_op *call, struct vm_op *site)
{
    const struct vm_frame *callee = vm_top(vm);

    if (callee != f + 1 || callee->package == 0 ||
        callee->context != f->context || is_native(call))
        return;
    const uint32_t ahead =
        vm_code_find(vm, (struct vm_method){callee->package, callee->method});
    if (ahead == 0 || vm_code_at(vm, ahead)->nargs != call->a)
        return;
    /* the receiver is still where it was: nothing has run since */
    const struct vm_class met =
        call->a > 0 ? vm_class_of(vm, vm->stack[f->top]) : (struct vm_class){0};
    site->a = met.package;
    site->d = met.offset;
    site->x = ahead;
}

/*
 * Remembers the native that a call led to, which has run.  An object's class
 * stays, and an array has none; constructors are looked at each time.
 */
static void remember_native(struct vm *vm, const struct vm_frame *f, ref_t self,
                            struct vm_op *call, struct vm_op *site)
{
    const bool is_static = call->op == VM_D_CALL_STATIC;
    const struct heap_view *v = vm_view_any(vm, self);
    const bool is_object = v != NULL && v->h.kind == HEAP_OBJECT;

    if (f[1].package != 0 || call->op == VM_D_CALL_SPECIAL ||
        (!is_static && !is_object))
        return;
    if (is_object) {
        site->a = v->h.class_package;
        site->d = v->h.class_offset;
    }
    site->x = f[1].method;
    call->op = is_static ? VM_D_CALL_NATIVE_STATIC : VM_D_CALL_NATIVE;
}

bool vm_code_call(struct run *r, struct vm_op *op)
{
    struct vm *vm = r->vm;
    struct vm_frame *f = r->f;
    const unsigned depth = vm->depth;
    const uint32_t ahead = f->ahead;
    const ref_t self = op->a > 0 ? vm->stack[f->locals + op->d] : 0;

    vm->sp = (uint16_t)(f->locals + op->d + op->a);
    r->pc = f->pc = f->code + op->pc;
    f->top = (uint16_t)(f->locals + op->d);
    f->resume = (uint32_t)((const uint8_t *)(op + 2) - vm->ahead);
    if (!vm_plain_call(r) || f->ahead != ahead)
        return false;
    if (vm->depth > depth)
        remember(vm, f, op, op + 1);
    else if (vm->depth == depth && vm->thrown == 0)
        remember_native(vm, f, self, op, op + 1);
    return vm->depth == depth;
}

void vm_code_leave(struct vm *vm, struct vm_frame *f, unsigned from,
                   uint8_t cells)
{
    vm->sp = (uint16_t)(f->base + cells);
    for (unsigned i = 0; i < cells; i++)
        vm_move(vm, f->base + i, from + i);
    (void)vm_leave(vm, cells);
}
