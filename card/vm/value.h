/* Values in cells, as both loops of the machine read and write them. */
#ifndef VM_VALUE_H
#define VM_VALUE_H

#include "vm/run.h"

/* An int lies in two cells, its high half first. [JCVM 3.2] */
static inline int32_t vm_int_at(const uint16_t *cells)
{
    return (int32_t)((uint32_t)cells[0] << 16 | cells[1]);
}

static inline void vm_put_int(uint16_t *cells, int32_t value)
{
    cells[0] = (uint16_t)((uint32_t)value >> 16);
    cells[1] = (uint16_t)value;
}

/* Right shift that keeps the sign, whatever the compiler makes of >>. */
static inline int32_t vm_shift_right(int32_t a, unsigned by)
{
    return a < 0 ? (int32_t) ~(~(uint32_t)a >> by)
                 : (int32_t)((uint32_t)a >> by);
}

/* b is not 0; the quotient of the least int and -1 wraps. [JCVM 7.5.34] */
static inline int32_t vm_quotient(int32_t a, int32_t b)
{
    return b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b;
}

static inline int32_t vm_remainder(int32_t a, int32_t b)
{
    return b == -1 ? 0 : a % b;
}

/* Two references to one object, or two that are null. */
static inline bool vm_same_reference(const struct vm *vm, uint16_t a,
                                     uint16_t b)
{
    return a == b || (vm_is_null(vm, a) && vm_is_null(vm, b));
}

#endif
