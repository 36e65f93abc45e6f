/*
 * org.globalplatform.upgrade.UpgradeManager.  An applet is being upgraded
 * while the card runs it for that (OnUpgradeListener, and install() of the new
 * version); the card domain knows.  No text says what the questions about the
 * previous package answer at other times: 0 and false.  Elements are made for
 * saving alone: SystemException ILLEGAL_USE.  [Amd H]
 */
#include "jcre/upgrade.h"
#include "natives/cells.h"
#include "natives/natives.h"
#include "natives/support.h"

enum { TYPE_SIMPLE = 1, TYPE_MAPPED = 2 };

static const char mapped_class[] =
    "org/globalplatform/upgrade/UpgradeManager$Mapped";

/* The upgrade that the caller is in. */
static bool find_upgrade(struct vm *vm, const struct vm_call *call,
                         struct jcre_upgrade *u)
{
    const struct jcre_services *s = jcre_services(jcre_of(vm));

    return s->calls->upgrade(s->ctx, u) && u->package == call->caller_context;
}

enum vm_native_result native_upgrade_running(struct vm *vm,
                                             const struct vm_call *call)
{
    struct jcre_upgrade u;

    return native_done_short(vm, find_upgrade(vm, call, &u));
}

enum vm_native_result native_upgrade_version(struct vm *vm,
                                             const struct vm_call *call)
{
    struct jcre_upgrade u;

    return native_done_short(vm, find_upgrade(vm, call, &u) ? (int16_t)u.version
                                                            : 0);
}

enum vm_native_result native_upgrade_check_aid(struct vm *vm,
                                               const struct vm_call *call)
{
    struct jcre_upgrade u;
    struct native_range aid;

    if (!native_bytes(vm, call, call->cells[0], native_short(call, 1),
                      native_byte(call, 2), &aid))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, find_upgrade(vm, call, &u) &&
                span_equal(span_of(u.aid, u.aid_length), native_span(&aid)));
}

/* ---- elements ---- */

static enum err new_references(struct vm *vm, const struct vm_call *call,
                               uint32_t n, ref_t *out)
{
    const struct vm_class object = vm_api_class("java/lang/Object");
    const struct heap_header hd = {
        .kind = HEAP_REF_ARRAY,
        .context = call->caller_context,
        .class_package = object.package,
        .class_offset = object.offset,
        .owner = vm_owner(vm),
        .length = n,
    };

    return heap_new(vm_heap(vm), &hd, out);
}

static enum vm_native_result new_element(struct vm *vm,
                                         const struct vm_call *call,
                                         const char *class_name, uint32_t bytes,
                                         uint32_t objects)
{
    const ref_t element = vm_new_object(vm, vm_api_class(class_name));
    ref_t ref = 0;

    if (element == 0)
        return VM_NATIVE_THREW;
    enum err e = native_new_record(vm, call, bytes, &ref);
    if (e == ERR_OK)
        e = native_set_cell(vm, element, CELL_ELEMENT_DATA, ref, HEAP_ATOMIC);
    if (e == ERR_OK)
        e = new_references(vm, call, objects, &ref);
    if (e == ERR_OK)
        e = native_set_cell(vm, element, CELL_ELEMENT_OBJECTS, ref,
                            HEAP_ATOMIC);
    return e == ERR_OK ? native_done_ref(vm, element) : vm_throw_err(vm, e);
}

enum vm_native_result native_upgrade_element(struct vm *vm,
                                             const struct vm_call *call)
{
    const int8_t type = native_byte(call, 0);
    const int16_t bytes = native_short(call, 1);
    const int16_t objects = native_short(call, 2);
    struct jcre_upgrade u;

    if (!find_upgrade(vm, call, &u) || u.phase != JCRE_UPGRADE_SAVING)
        return native_throw_system(vm, SYSTEM_ILLEGAL_USE);
    if ((type != TYPE_SIMPLE && type != TYPE_MAPPED) || bytes < 0 ||
        objects < 0)
        return native_throw_system(vm, SYSTEM_ILLEGAL_VALUE);
    return new_element(vm, call,
                       type == TYPE_MAPPED
                           ? mapped_class
                           : "org/globalplatform/upgrade/UpgradeManager$Simple",
                       (uint32_t)bytes, (uint32_t)objects);
}

/* The caller's element that stands for this object; 0: none. */
static ref_t find_mapped(struct vm *vm, const struct vm_call *call, ref_t ref)
{
    const struct vm_class class = vm_api_class(mapped_class);
    const struct heap *heap = vm_heap(vm);
    struct heap_view v;

    for (ref_t r = heap_next(heap, 0); r != 0; r = heap_next(heap, r)) {
        if (heap_get(heap, r, &v) && v.h.kind == HEAP_OBJECT &&
            v.h.context == call->caller_context &&
            v.h.class_package == class.package &&
            v.h.class_offset == class.offset &&
            native_cell_of(&v, CELL_ELEMENT_MAPPED) == ref)
            return r;
    }
    return 0;
}

enum vm_native_result native_upgrade_match(struct vm *vm,
                                           const struct vm_call *call)
{
    const ref_t ref = call->cells[0];
    struct jcre_upgrade u;

    return native_done_ref(vm, !native_is_null(vm, ref) &&
                                       find_upgrade(vm, call, &u)
                                   ? find_mapped(vm, call, ref)
                                   : 0);
}

/* Any object that is always there and may be kept will do. */
enum vm_native_result native_upgrade_reference(struct vm *vm,
                                               const struct vm_call *call)
{
    (void)call;
    return native_done_ref(vm, jcre_resources_object());
}
