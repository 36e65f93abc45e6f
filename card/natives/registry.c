/*
 * GPSystem.getRegistryEntry(), and the GPRegistryEntry that it hands out: an
 * object of the card's that names an application or security domain by its
 * AID, and asks the registry each time (jcre/entry.h).  Once nobody has that
 * AID, every method but getAID() throws SystemException ILLEGAL_USE.
 * [GPCS A.1, GPRegistryEntry]
 */
#include "natives/gp.h"

#include "jcre/entry.h"
#include "natives/cells.h"
#include "natives/contactless.h"
#include "natives/natives.h"

enum { PRIVILEGES_SIZE = 3 };

/* ---- the objects ---- */

/* 0: thrown. */
static ref_t entry_for(struct vm *vm, struct span aid)
{
    ref_t object = 0;
    const enum err e = jcre_entry(jcre_of(vm), aid, &object);

    if (e != ERR_OK)
        (void)vm_throw_err(vm, e);
    return e == ERR_OK ? object : 0;
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
    object = entry_for(vm, aid);
    return object != 0 ? native_done_ref(vm, object) : VM_NATIVE_THREW;
}

/* ---- GPRegistryEntry ---- */

bool native_entry_find(struct vm *vm, const struct vm_call *call,
                       struct jcre_entry *e)
{
    const struct jcre_services *s = native_gp_services(vm);
    struct span aid;
    bool gone = false;

    if (jcre_entry_aid(jcre_of(vm), call->cells[0], &aid, &gone) && !gone &&
        s->calls->entry(s->ctx, aid, e))
        return true;
    (void)native_throw_system(vm, SYSTEM_ILLEGAL_USE);
    return false;
}

bool native_entry_names(struct vm *vm, const struct vm_call *call,
                        struct span *aid)
{
    struct jcre_entry e;
    bool gone = false;

    return native_entry_find(vm, call, &e) &&
           jcre_entry_aid(jcre_of(vm), call->cells[0], aid, &gone);
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

    return native_entry_find(vm, call, &e)
               ? native_done_short(vm, (int8_t)e.state)
               : VM_NATIVE_THREW;
}

enum vm_native_result native_entry_privileges(struct vm *vm,
                                              const struct vm_call *call)
{
    uint8_t bytes[PRIVILEGES_SIZE];
    struct native_range r;
    struct jcre_entry e;

    if (!native_entry_find(vm, call, &e) ||
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

    if (!native_entry_find(vm, call, &e))
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
    const uint16_t who = vm_previous_owner(vm);
    struct jcre_entry was, now;

    if (!native_entry_find(vm, call, &was))
        return VM_NATIVE_THREW;
    if (!s->calls->set_entry_state(s->ctx, who,
                                   span_of(was.aid, was.aid_length),
                                   (uint8_t)call->cells[1]))
        return native_done_short(vm, false);
    return s->calls->entry(s->ctx, native_cl_aid(&was), &now) &&
                   ((was.state ^ now.state) & GP_LOCKED) != 0
               ? native_cl_tell_lock(vm, who, &now)
               : native_done_short(vm, true);
}
