/* What the natives of javacardx.framework.string share. */
#ifndef NATIVES_TEXT_H
#define NATIVES_TEXT_H

#include "natives/support.h"

enum { /* reasons of StringException */
       STRING_UNSUPPORTED_ENCODING = 1,
       STRING_ILLEGAL_NUMBER_FORMAT = 2,
       STRING_INVALID_BYTE_SEQUENCE = 3,
};

/* StringException.  Always VM_NATIVE_THREW. */
enum vm_native_result native_throw_string(struct vm *vm, uint16_t reason);

/*
 * The text that the argument in `cell` and the two behind it are: array,
 * offset, length.  Until the next write or allocation.  False: thrown.
 */
bool native_text(struct vm *vm, const struct vm_call *call, unsigned cell,
                 struct span *text);

/*
 * The result of a method that copies text to an array and an offset in it, in
 * `cell` and behind it: how many bytes that were.  All or nothing.
 */
enum vm_native_result native_give_text(struct vm *vm,
                                       const struct vm_call *call,
                                       unsigned cell, struct span text);

#endif
