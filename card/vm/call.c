/* invokevirtual, invokespecial, invokestatic, invokeinterface. */
#include "vm/run.h"
#include "vm/tags.h"
#include "vm/view.h"

bool vm_is_null(const struct vm *vm, uint16_t ref)
{
    struct heap_view v;
    return ref == 0 ||
           (heap_has_retired(vm->heap) && !heap_get(vm->heap, ref, &v));
}

static const struct vm_resident *code(struct run *r)
{
    return vm_resident(r->vm, r->f->package);
}

/* Whether the arguments on top of the stack may leave this method. */
static bool give(struct vm *vm, uint8_t args)
{
    return vm->sp < vm_top(vm)->base + args ||
           vm_tags_give(vm, vm->sp - (unsigned)args, args);
}

/* The object that a method is called on: `args` cells down. */
static bool receiver(struct run *r, uint8_t args, ref_t *self,
                     struct heap_view *v)
{
    struct vm *vm = r->vm;

    if (args == 0 || vm->sp < r->f->base + args)
        return vm_stop(vm, "a call with too few arguments");
    *self = vm->stack[vm->sp - args];
    if (CARD_TAGGED && vm_tag(vm, vm->sp - (unsigned)args) != VM_TAG_REF)
        return vm_stop(vm, "a call on what is no object");
    const struct heap_view *known = vm_view_any(vm, *self);
    if (known != NULL) {
        *v = *known;
        return true;
    }
    if (vm_is_null(vm, *self))
        return vm_raise(vm, "java/lang/NullPointerException");
    return vm_stop(vm, "a reference names no object");
}

/* Arrays have the methods of Object. */
static struct vm_class class_of_view(const struct heap_view *v)
{
    if (v->h.kind == HEAP_OBJECT)
        return (struct vm_class){v->h.class_package, v->h.class_offset};
    return vm_api_class("java/lang/Object");
}

bool vm_invoke_virtual(struct run *r, uint16_t pool)
{
    struct vm *vm = r->vm;
    struct vm_pool entry;
    struct vm_method m;
    struct heap_view v;
    uint8_t context = 0;
    ref_t self = 0;

    if (!vm_pool(code(r), pool, &entry) || entry.kind != VM_POOL_VIRTUAL)
        return vm_stop(vm, "invokevirtual names no virtual method");
    if (!receiver(r, entry.c, &self, &v) ||
        !vm_check_call(vm, &v, NULL, &context))
        return false;
    if (!vm_find_call(vm, class_of_view(&v), entry.class, (uint8_t)entry.b, &m))
        return vm_stop(vm, "invokevirtual on another class");
    return give(vm, entry.c) &&
           vm_invoke(vm, m, entry.c, context,
                     context == vm->context ? vm->owner : v.h.owner,
                     VM_FROM_JAVA, NULL);
}

bool vm_invoke_interface(struct run *r, uint8_t args, uint16_t pool,
                         uint8_t token)
{
    struct vm *vm = r->vm;
    struct vm_pool entry;
    struct vm_method m;
    struct heap_view v;
    uint8_t context = 0;
    ref_t self = 0;

    if (!vm_pool(code(r), pool, &entry) || entry.kind != VM_POOL_CLASS)
        return vm_stop(vm, "invokeinterface names no interface");
    if (!receiver(r, args, &self, &v) ||
        !vm_check_call(vm, &v, &entry.class, &context))
        return false;
    if (!vm_find_interface(vm, class_of_view(&v), entry.class, token, &m))
        return vm_raise(vm, "java/lang/SecurityException");
    return give(vm, args) &&
           vm_invoke(vm, m, args, context,
                     context == vm->context ? vm->owner : v.h.owner,
                     VM_FROM_JAVA, NULL);
}

/* A constructor of the API: natives trust in the class of their object. */
static bool is_api_constructor(const struct vm_pool *entry)
{
    return vm_is_api(entry->class.package) && entry->class.offset != API_NONE;
}

/*
 * Whether a method can be called on this object without a look at its class's
 * tables: it is ours, since the context stays, and for the API of the class
 * that the method is a constructor or an inherited method of.
 */
static bool special_receiver(struct vm *vm, const struct vm_pool *entry,
                             ref_t self, const struct heap_view *v)
{
    bool any = entry->kind == VM_POOL_METHOD && !is_api_constructor(entry);

    if (vm->context != 0 && v->h.context != vm->context)
        return vm_raise(vm, "java/lang/SecurityException");
    if (any ? !vm_is_api(entry->class.package)
            : vm_instance_of(vm, self, entry->class))
        return true;
    return vm_stop(vm, "invokespecial on another class");
}

bool vm_invoke_special(struct run *r, uint16_t pool)
{
    struct vm *vm = r->vm;
    struct vm_pool entry;
    struct vm_method m;
    struct heap_view v;
    ref_t self = 0;

    if (!vm_pool(code(r), pool, &entry) || !vm_tags_construct(r, entry.c) ||
        !receiver(r, entry.c, &self, &v))
        return vm->thrown != 0 ? false
                               : vm_stop(vm, "invokespecial of no method");
    if (entry.kind == VM_POOL_SUPER) {
        if (!vm_find_inherited(vm, entry.class, class_of_view(&v),
                               (uint8_t)entry.b, &m))
            return vm_stop(vm, "invokespecial of no super method");
    } else if (entry.kind == VM_POOL_METHOD) {
        m = (struct vm_method){entry.class.package, entry.b};
    } else {
        return vm_stop(vm, "invokespecial of no method");
    }
    if (!special_receiver(vm, &entry, self, &v))
        return false;
    return give(vm, entry.c) && vm_invoke(vm, m, entry.c, vm->context,
                                          vm->owner, VM_FROM_JAVA, NULL);
}

bool vm_invoke_static(struct run *r, uint16_t pool)
{
    struct vm *vm = r->vm;
    struct vm_pool entry;

    if (!vm_pool(code(r), pool, &entry) || entry.kind != VM_POOL_METHOD ||
        is_api_constructor(&entry))
        return vm_stop(vm, "invokestatic of no method");
    const struct vm_method m = {entry.class.package, entry.b};
    return give(vm, entry.c) && vm_invoke(vm, m, entry.c, vm->context,
                                          vm->owner, VM_FROM_JAVA, NULL);
}
