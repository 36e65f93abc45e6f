/*
 * javacard.framework.Resources: read-only views of what came with the package
 * whose code calls, be it an applet's or a library's.  [JCAPI Resources]
 */
#include "natives/natives.h"
#include "natives/support.h"

enum vm_native_result native_resources_get(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, jcre_resources_object());
}

/* False: IOException was thrown, there is no such resource. */
static bool find(struct vm *vm, const struct vm_call *call,
                 struct vm_resource *r)
{
    if (vm_resource(vm, vm_calling_package(vm), call->cells[1], r))
        return true;
    (void)vm_throw_name(vm, "java/io/IOException", 0);
    return false;
}

enum vm_native_result native_resources_size(struct vm *vm,
                                            const struct vm_call *call)
{
    struct vm_resource r;

    return find(vm, call, &r) ? native_done_short(vm, (int32_t)r.size)
                              : VM_NATIVE_THREW;
}

/*
 * The bytes lie in the load file, which nobody writes to.  These are methods
 * of an entry point: the caller is where the context was before.
 */
static enum vm_native_result view(struct vm *vm, const struct vm_call *call,
                                  const struct vm_resource *r, int32_t at,
                                  int32_t n)
{
    struct heap_window w = {.base = r->load_file,
                            .kind = HEAP_BYTE_ARRAY,
                            .rights = HEAP_READABLE,
                            .context = call->caller_context,
                            .owner = vm_previous_owner(vm)};
    ref_t made = 0;

    if (at < 0 || n < 0 || at + n > (int32_t)r->size)
        return native_throw_bounds(vm);
    w.first = r->at + (uint32_t)at;
    w.length = (uint32_t)n;
    if (jcre_new_view(jcre_of(vm), &w, &made) != ERR_OK)
        return native_throw_system(vm, SYSTEM_NO_TRANSIENT_SPACE);
    return native_done_ref(vm, made);
}

enum vm_native_result native_resources_view(struct vm *vm,
                                            const struct vm_call *call)
{
    struct vm_resource r;

    return find(vm, call, &r) ? view(vm, call, &r, 0, (int32_t)r.size)
                              : VM_NATIVE_THREW;
}

enum vm_native_result native_resources_part(struct vm *vm,
                                            const struct vm_call *call)
{
    struct vm_resource r;

    return find(vm, call, &r) ? view(vm, call, &r, native_short(call, 2),
                                     native_short(call, 3))
                              : VM_NATIVE_THREW;
}
