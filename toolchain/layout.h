/* From card instructions to bytes. */
#ifndef TOOLCHAIN_LAYOUT_H
#define TOOLCHAIN_LAYOUT_H

#include "toolchain/ir.h"

/*
 * Small betterments that change nothing: "i = (short)(i + 1)" becomes sinc,
 * jumps to the next instruction go.  Before tc_layout().
 */
void tc_peephole(struct tc_body *body);

/*
 * Gives every instruction its place and writes body->code.  Branches take
 * their short form where it reaches; field accesses beyond pool index 255
 * take the wide one.  The pool must be numbered.  Returns NULL or what does
 * not fit.
 */
const char *tc_layout(struct tc_arena *arena, struct tc_body *body);

/* The offset of an instruction; of `count`: the end. */
uint32_t tc_offset_of(const struct tc_body *body, uint32_t index);

#endif
