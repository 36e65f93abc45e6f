/*
 * Objects in use: their views are kept by handle, so that an access costs a
 * look at the note and not at the handle table and the header.  What is kept
 * holds while the heap's generation does; whether the active context may use
 * the object is asked for each context anew. [JCRE 6.2.8]
 */
#ifndef VM_VIEW_H
#define VM_VIEW_H

#include "vm/internal.h"

/* The firewall's answer for an object that is not known to be open; throws. */
const struct heap_view *vm_view_admit(struct vm *vm, ref_t ref);
/* The view of any object, whoever may use it; NULL: null, or no object. */
const struct heap_view *vm_view_find(struct vm *vm, ref_t ref);
/* Forgets all: what is selected may have changed. */
void vm_view_drop(struct vm *vm);

static inline struct vm_view *vm_view_note(struct vm *vm, ref_t ref)
{
    return &vm->views[ref % VM_VIEWS];
}

/* An object that the active context may use; NULL after a throw or stop. */
static inline const struct heap_view *vm_view_open(struct vm *vm, ref_t ref)
{
    const struct vm_view *note = vm_view_note(vm, ref);
    if (note->ref == ref && note->open_to == vm->context + 1u &&
        note->generation == vm->heap->generation)
        return &note->v;
    return vm_view_admit(vm, ref);
}

static inline const struct heap_view *vm_view_any(struct vm *vm, ref_t ref)
{
    const struct vm_view *note = vm_view_note(vm, ref);
    if (note->ref == ref && ref != 0 &&
        note->generation == vm->heap->generation)
        return &note->v;
    return vm_view_find(vm, ref);
}

#endif
