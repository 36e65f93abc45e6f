/* Complaints about the input, gathered so that all are told at once. */
#ifndef TOOLCHAIN_DIAG_H
#define TOOLCHAIN_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

struct tc_diag {
    struct tc_arena *arena;
    struct tc_message *messages;
    size_t count;
};

/*
 * Adds a message; `file` must live as long as the arena, `line` 0 is "not
 * known".  A second message for one line, or with the same text where no line
 * is known, and everything after the first thousand, is dropped.
 */
void tc_error(struct tc_diag *diag, const char *file, unsigned line,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

/* In the order of files and lines; what has no line comes first. */
void tc_diag_sort(struct tc_diag *diag);

#endif
