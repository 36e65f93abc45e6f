/*
 * Subroutines, which jsr calls and ret leaves: what code belongs to one, and
 * which local variables that code writes.  What it does not write is after
 * the call what it was before it, whoever called.  [JCVM 7.5.49, 7.5.83]
 */
#ifndef CAP_SUBROUTINE_H
#define CAP_SUBROUTINE_H

#include "cap/internal.h"

enum { CAP_LOCALS_MAX = 512 /* 255 arguments, 255 others, and one beyond */ };

/*
 * Marks in `seen` (a byte for each of the code) the instructions that run
 * between the call of the subroutine at `entry` and its ret.  False when
 * *effort does not suffice.
 */
bool cap_subroutine_walk(const struct cap *cap, const struct cap_code *code,
                         uint32_t entry, uint8_t *seen, uint32_t *effort);

enum {                    /* of a local */
       CAP_WRITTEN = 0x1, /* it is stored to */
       CAP_BESIDE = 0x2,  /* its neighbour is, which breaks an int over both */
};

/* Marks in `written` (CAP_LOCALS_MAX bytes) the locals that they change. */
void cap_subroutine_writes(const struct cap_code *code, const uint8_t *seen,
                           uint8_t *written);

/* Where the jsr at pc leads. */
uint32_t cap_jsr_target(const struct cap_code *code, uint32_t pc);

/* Whether an instruction at pc is a jsr to `entry`. */
bool cap_is_jsr_to(const struct cap_code *code, uint32_t pc, uint32_t entry);

#endif
