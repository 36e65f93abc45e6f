/* The loop's view of the frame on top, and the calls it makes from there. */
#ifndef VM_RUN_H
#define VM_RUN_H

#include "vm/internal.h"

/* What the loop keeps at hand of the frame on top. */
struct run {
    struct vm *vm;
    const uint8_t *method; /* info of the Method component */
    uint32_t end;          /* its size */
    uint32_t pc;
    struct vm_frame *f;
};

/* Is this reference null, or as good as null after an abort? */
bool vm_is_null(const struct vm *vm, uint16_t ref);

/*
 * For decoded methods: the one instruction at r->pc as the plain loop runs it,
 * but for its budget.  vm_plain: what neither branches nor calls;
 * vm_plain_transfer: r->pc is where it goes on.  False after a throw or stop.
 */
bool vm_plain(struct run *r);
bool vm_plain_transfer(struct run *r);
bool vm_plain_call(struct run *r);

/*
 * The four call instructions, by their operands; the frame that was pushed is
 * on top then, or a native has left its result.  False after a throw or stop.
 */
bool vm_invoke_virtual(struct run *r, uint16_t pool);
bool vm_invoke_interface(struct run *r, uint8_t args, uint16_t pool,
                         uint8_t token);
bool vm_invoke_special(struct run *r, uint16_t pool);
bool vm_invoke_static(struct run *r, uint16_t pool);

#endif
