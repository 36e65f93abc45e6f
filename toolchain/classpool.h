/* The constant pool of a class file. */
#ifndef TOOLCHAIN_CLASSPOOL_H
#define TOOLCHAIN_CLASSPOOL_H

#include "toolchain/classfile.h"

/*
 * Reads the pool that stands at the start of `s` into `file` and moves `s`
 * behind it.  Returns NULL, or what is wrong.
 */
const char *tc_pool_read(struct tc_arena *arena, struct tc_classfile *file,
                         struct span *s);

#endif
