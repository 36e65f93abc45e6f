/*
 * The forms that each instruction has, told apart by the bytes of one that
 * ran and by where it led: what a table of instructions has to show of each.
 */
#ifndef TESTS_VM_FORMS_H
#define TESTS_VM_FORMS_H

#include <stdint.h>

enum { FORMS_NOWHERE = INT32_MAX /* it led out of its method's frame */ };

/*
 * The forms that the instruction at `p` has shown, one bit each: `to` is how
 * far behind its own address the next one of the same frame stood.
 */
uint32_t forms_of(const uint8_t *p, int32_t to);

/* All forms of an opcode. */
uint32_t forms_all(uint8_t op);

/* What a form is, in words: the opcode's bit `i`. */
const char *forms_name(uint8_t op, unsigned i);

/*
 * The exceptions that an instruction throws by itself [JCVM 7.5], NULL at the
 * end of the list.
 */
const char *forms_exception(uint8_t op, unsigned i);

#endif
