/*
 * The firewall: every rule of [JCRE 6.2.8], in its order.  Context 0 is the
 * runtime's own and may do everything.
 */
#include "vm/internal.h"

static bool security(struct vm *vm)
{
    return vm_raise(vm, "java/lang/SecurityException");
}

/*
 * CLEAR_ON_DESELECT memory is open only while its applet's context is the
 * currently selected one. [JCRE 6.1.5]
 */
static bool is_deselected(const struct vm *vm, const struct heap_view *v)
{
    return (v->h.flags & HEAP_CLEAR_ON_DESELECT) != 0 &&
           vm->hooks.selected_context(vm->hooks.ctx) != v->h.context;
}

/* Elements, length and fields [JCRE 6.2.8.2, 6.2.8.3]. */
static bool may_access(const struct vm *vm, uint8_t context,
                       const struct heap_view *v)
{
    if (context == 0)
        return true;
    if (v->h.context == context)
        return !is_deselected(vm, v);
    return (v->h.flags & HEAP_GLOBAL_ARRAY) != 0;
}

bool vm_check_access(struct vm *vm, ref_t ref, struct heap_view *v)
{
    if (!heap_get(vm->heap, ref, v)) {
        if (ref == 0 || heap_has_retired(vm->heap))
            return vm_raise(vm, "java/lang/NullPointerException");
        return vm_stop(vm, "a reference names no object");
    }
    return may_access(vm, vm->context, v) || security(vm);
}

bool vm_array_access(struct vm *vm, uint8_t c, ref_t ref, struct heap_view *v)
{
    if (!heap_get(vm->heap, ref, v))
        return vm_raise(vm, "java/lang/NullPointerException");
    if (v->h.kind < HEAP_BOOLEAN_ARRAY || v->h.kind > HEAP_REF_ARRAY)
        return security(vm);
    return may_access(vm, c, v) || security(vm);
}

bool vm_may_store(const struct vm *vm, ref_t ref)
{
    struct heap_view v;
    return vm->context == 0 || !heap_get(vm->heap, ref, &v) ||
           (v.h.flags & (HEAP_TEMPORARY | HEAP_GLOBAL_ARRAY | HEAP_WINDOW)) ==
               0;
}

bool vm_check_window(struct vm *vm, const struct heap_view *v, uint8_t right)
{
    return (v->h.flags & right) != 0 || security(vm);
}

bool vm_check_store(struct vm *vm, ref_t value)
{
    return vm_may_store(vm, value) || security(vm);
}

/* Shareable interfaces [JCRE 6.2.8.6]. */
static bool may_share(const struct vm *vm, const struct heap_view *v,
                      const struct vm_class *iface)
{
    struct vm_class c = {v->h.class_package, v->h.class_offset};
    return v->h.kind == HEAP_OBJECT && vm_class_is_shareable(vm, *iface) &&
           vm_class_is_shareable(vm, c);
}

bool vm_check_call(struct vm *vm, const struct heap_view *v,
                   const struct vm_class *iface, uint8_t *context)
{
    const bool entry =
        (v->h.flags & (HEAP_ENTRY_POINT | HEAP_GLOBAL_ARRAY)) != 0;

    *context = v->h.context;
    if (v->h.context == vm->context)
        return !is_deselected(vm, v) || security(vm);
    if (vm->context == 0 || entry)
        return true;
    return (iface != NULL && may_share(vm, v, iface) &&
            vm->hooks.may_share(vm->hooks.ctx, v->h.context)) ||
           security(vm);
}

bool vm_check_throw(struct vm *vm, const struct heap_view *v)
{
    return vm->context == 0 || v->h.context == vm->context ||
           (v->h.flags & HEAP_ENTRY_POINT) != 0 || security(vm);
}

bool vm_check_cast(struct vm *vm, const struct heap_view *v,
                   const struct vm_class *target)
{
    if (vm->context == 0 ||
        (v->h.flags & (HEAP_ENTRY_POINT | HEAP_GLOBAL_ARRAY)) != 0)
        return true;
    if (v->h.context == vm->context)
        return !is_deselected(vm, v) || security(vm);
    if (target != NULL && vm_class_is_interface(vm, *target) &&
        may_share(vm, v, target))
        return true;
    return security(vm);
}
