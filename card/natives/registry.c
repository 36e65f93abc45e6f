/*
 * GPSystem.getRegistryEntry(), and the GPRegistryEntry that it hands out: an
 * object of the card's that names an application or security domain by its
 * AID, and asks the registry each time.  There is one for an AID, however
 * many ask for it; it says nothing once nobody has that AID.
 * [GPCS A.1, GPRegistryEntry]
 */
#include "natives/gp.h"

#include <string.h>

#include "jcre/aid.h"
#include "natives/cells.h"
#include "natives/natives.h"

enum { PRIVILEGES_SIZE = 3 };

static const char class_name[] = "org/globalplatform/GPSystem$Entry";

/* ---- the objects ---- */

static bool is_entry_of(const struct vm *vm, ref_t ref, struct span aid)
{
    struct span own;

    return vm_instance_of(vm, ref, vm_api_class(class_name)) &&
           jcre_aid_get(jcre_of(vm), native_cell(vm, ref, CELL_ENTRY_AID),
                        &own) &&
           span_equal(own, aid);
}

static ref_t find_entry(const struct vm *vm, struct span aid)
{
    const struct vm_class class = vm_api_class(class_name);
    const struct heap *heap = vm_heap(vm);
    struct heap_view v;

    for (ref_t r = heap_next(heap, 0); r != 0 && r < HEAP_BUILTIN_FIRST;
         r = heap_next(heap, r)) {
        if (heap_get(heap, r, &v) && v.h.kind == HEAP_OBJECT &&
            v.h.class_package == class.package && is_entry_of(vm, r, aid))
            return r;
    }
    return 0;
}

static bool new_entry(struct vm *vm, struct span aid, ref_t *out)
{
    const struct vm_class class = vm_api_class(class_name);
    struct heap_header hd = {.kind = HEAP_OBJECT, .flags = HEAP_ENTRY_POINT};
    ref_t name = 0;

    hd.class_package = class.package;
    hd.class_offset = class.offset;
    hd.length = vm_instance_cells(vm, class);
    enum err e = jcre_aid_new(jcre_of(vm), aid, &name);
    if (e == ERR_OK)
        e = heap_new(vm_heap(vm), &hd, out);
    if (e == ERR_OK)
        e = native_set_cell(vm, *out, CELL_ENTRY_AID, name, HEAP_ATOMIC);
    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK;
}

/* 0: thrown. */
static ref_t entry_for(struct vm *vm, struct span aid)
{
    ref_t object = find_entry(vm, aid);
    bool own = false;

    if (object != 0)
        return object;
    if (!native_begin(vm, &own) ||
        !native_end(vm, own, new_entry(vm, aid, &object)))
        return 0;
    jcre_request_deletion(jcre_of(vm)); /* unless somebody keeps it */
    return object;
}

bool native_gp_entry_of(struct vm *vm, uint16_t instance, ref_t *object)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct jcre_entry e;

    *object = 0;
    if (!s->calls->own_entry(s->ctx, instance, &e))
        return true;
    *object = entry_for(vm, span_of(e.aid, e.aid_length));
    return *object != 0;
}

/* Null for what is not there, and for what the caller must not see. */
enum vm_native_result native_gp_entry(struct vm *vm, const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    uint8_t bytes[JCRE_AID_MAX];
    struct buf copy = buf_of(bytes, sizeof bytes);
    struct span aid;
    ref_t object = 0;

    if (native_is_null(vm, call->cells[0]))
        return native_gp_entry_of(vm, vm_owner(vm), &object)
                   ? native_done_ref(vm, object)
                   : VM_NATIVE_THREW;
    if (!native_aid(vm, call, call->cells[0], &aid))
        return VM_NATIVE_THREW;
    if (!s->calls->may_see(s->ctx, vm_owner(vm), aid))
        return native_done_ref(vm, 0);
    /* a copy: objects may move while others are made */
    if (buf_put_span(&copy, aid) == ERR_OK)
        object = entry_for(vm, buf_span(&copy));
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* ---- GPRegistryEntry ---- */

bool native_entry_names(struct vm *vm, const struct vm_call *call,
                        struct span *aid)
{
    if (jcre_aid_get(jcre_of(vm),
                     native_cell(vm, call->cells[0], CELL_ENTRY_AID), aid))
        return true;
    (void)native_throw_null(vm);
    return false;
}

/* What the registry says; of an AID that is gone, that nothing is there. */
static bool look_up(struct vm *vm, const struct vm_call *call,
                    struct jcre_entry *e)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span aid;

    if (!native_entry_names(vm, call, &aid))
        return false;
    if (!s->calls->entry(s->ctx, aid, e))
        *e = (struct jcre_entry){.state = 0};
    return true;
}

enum vm_native_result native_entry_aid(struct vm *vm,
                                       const struct vm_call *call)
{
    return native_done_ref(vm, native_cell(vm, call->cells[0], CELL_ENTRY_AID));
}

enum vm_native_result native_entry_state(struct vm *vm,
                                         const struct vm_call *call)
{
    struct jcre_entry e;

    return look_up(vm, call, &e) ? native_done_short(vm, (int8_t)e.state)
                                 : VM_NATIVE_THREW;
}

enum vm_native_result native_entry_privileges(struct vm *vm,
                                              const struct vm_call *call)
{
    uint8_t bytes[PRIVILEGES_SIZE];
    struct native_range r;
    struct jcre_entry e;

    if (!look_up(vm, call, &e) ||
        !native_target(vm, call, call->cells[1], native_short(call, 2),
                       PRIVILEGES_SIZE, &r))
        return VM_NATIVE_THREW;
    bytes[0] = (uint8_t)(e.privileges >> 16);
    set_u2(bytes + 1, (uint16_t)e.privileges);
    if (!native_write(vm, r.ref, r.at, bytes, sizeof bytes, HEAP_ATOMIC))
        return VM_NATIVE_THREW;
    return native_done_short(vm, (int32_t)r.at + PRIVILEGES_SIZE);
}

enum vm_native_result native_entry_privileged(struct vm *vm,
                                              const struct vm_call *call)
{
    const int8_t number = native_byte(call, 1);
    struct jcre_entry e;

    if (!look_up(vm, call, &e))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, number >= 0 && number < GP_PRIVILEGES &&
                (e.privileges & ((uint32_t)GP_PRIVILEGE_FIRST >> number)) != 0);
}

enum vm_native_result native_entry_associated(struct vm *vm,
                                              const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span own, domain;

    if (!native_entry_names(vm, call, &own) ||
        !native_aid(vm, call, call->cells[1], &domain))
        return VM_NATIVE_THREW;
    return native_done_short(vm, s->calls->is_associated(s->ctx, own, domain));
}

enum vm_native_result native_entry_set_state(struct vm *vm,
                                             const struct vm_call *call)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span aid;

    if (!native_entry_names(vm, call, &aid))
        return VM_NATIVE_THREW;
    return native_done_short(
        vm, s->calls->set_entry_state(s->ctx, vm_previous_owner(vm), aid,
                                      (uint8_t)call->cells[1]));
}
