/*
 * Objects of one number of up to 64 bits in the memory that their maker chose:
 * MonotonicCounter and TimeDuration.  Cell 0 refers to the number, big-endian,
 * in a blob or in a transient array.
 */
#ifndef NATIVES_VALUE_H
#define NATIVES_VALUE_H

#include "natives/support.h"

enum { VALUE_MAX = 8 }; /* bytes */

struct value {
    ref_t record;
    uint32_t size; /* bytes */
    uint64_t bits;
    int8_t memory; /* JCSystem.MEMORY_TYPE_* */
};

/*
 * A new object of `class_name` with a number of `size` bytes, 0.  0: thrown,
 * SystemException: ILLEGAL_VALUE for a memory that there is not,
 * ILLEGAL_TRANSIENT, NO_TRANSIENT_SPACE, NO_RESOURCE.
 */
ref_t native_value_new(struct vm *vm, const struct vm_call *call,
                       const char *class_name, int8_t memory, uint32_t size);

/* False: the object was never made, NullPointerException is thrown. */
bool native_value_open(struct vm *vm, ref_t object, struct value *value);

/* One update; false: thrown. */
bool native_value_set(struct vm *vm, const struct value *value, uint64_t bits,
                      enum heap_write how);

/* Big-endian. */
uint64_t native_value_of(struct span bytes);
void native_value_put(uint8_t *out, uint32_t n, uint64_t bits);

#endif
