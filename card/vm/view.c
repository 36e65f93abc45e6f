#include "vm/view.h"

const struct heap_view *vm_view_find(struct vm *vm, ref_t ref)
{
    struct vm_view *note = vm_view_note(vm, ref);
    struct heap_view v;

    if (!heap_get(vm->heap, ref, &v))
        return NULL;
    *note = (struct vm_view){
        .ref = ref, .generation = vm->heap->generation, .v = v};
    return &note->v;
}

const struct heap_view *vm_view_admit(struct vm *vm, ref_t ref)
{
    struct vm_view *note = vm_view_note(vm, ref);
    struct heap_view v;

    if (!vm_check_access(vm, ref, &v))
        return NULL;
    *note = (struct vm_view){.ref = ref,
                             .open_to = (uint16_t)(vm->context + 1),
                             .generation = vm->heap->generation,
                             .v = v};
    return &note->v;
}

void vm_view_drop(struct vm *vm)
{
    for (unsigned i = 0; i < VM_VIEWS; i++)
        vm->views[i].ref = vm->views[i].open_to = 0;
}
