/*
 * The native cells of API objects; jcre_vm_hooks() tells the machine how many
 * there are and which are references.  The classes here extend Object itself,
 * so their native cells are the first of an object.  AID has its own layout
 * (jcre/aid.h), and the machine keeps the reasons of exceptions.
 */
#ifndef NATIVES_CELLS_H
#define NATIVES_CELLS_H

#include "heap/heap.h"
#include "base/span.h"
#include "vm/vm.h"

enum native_cell {
    CELL_PIN_RECORD = 0,       /* OwnerPIN: reference, see pin.h */
    CELL_PIN_VALIDATED = 1,    /*   reference to transient booleans */
    CELL_RANDOM_ALGORITHM = 0, /* RandomData */
    CELL_DIGEST_ALGORITHM = 0, /* MessageDigest */
};

/* One cell of `ref`, which is an object with that cell; 0 when it is not. */
uint16_t native_cell(const struct vm *vm, ref_t ref, enum native_cell cell);

/* ERR_RANGE: there is no such cell; else as heap_write. */
NODISCARD enum err native_set_cell(struct vm *vm, ref_t ref,
                                   enum native_cell cell, uint16_t value,
                                   enum heap_write how);

#endif
