#include "natives/cells.h"

enum { CELL_SIZE = 2 };

uint16_t native_cell(const struct vm *vm, ref_t ref, enum native_cell cell)
{
    struct heap_view v;

    return heap_get(vm_heap(vm), ref, &v) ? native_cell_of(&v, cell) : 0;
}

enum err native_set_cell(struct vm *vm, ref_t ref, enum native_cell cell,
                         uint16_t value, enum heap_write how)
{
    uint8_t bytes[CELL_SIZE];
    struct heap_view v;

    if (!heap_get(vm_heap(vm), ref, &v) || v.h.length <= (uint32_t)cell)
        return ERR_RANGE;
    set_u2(bytes, value);
    if (v.ram != NULL) {
        set_u2(v.ram + CELL_SIZE * (unsigned)cell, value);
        return ERR_OK;
    }
    return heap_write(vm_heap(vm), ref, CELL_SIZE * (uint32_t)cell, bytes,
                      CELL_SIZE, how);
}
