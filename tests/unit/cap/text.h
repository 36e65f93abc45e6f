/* Texts that tests read from their folder. */
#ifndef TESTS_TEXT_H
#define TESTS_TEXT_H

#include "toolchain/arena.h"

/* A file of the folder, with a zero behind it, in the arena; fails the test
 * when it cannot be read. */
char *text_read(struct tc_arena *arena, const char *folder, const char *name);

#endif
