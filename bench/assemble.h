/*
 * Packages that the measuring programs make of text (docs/cap-text.md): of
 * bench/NAME.captext, which embed.py makes an array of, and lines of their own.
 */
#ifndef BENCH_ASSEMBLE_H
#define BENCH_ASSEMBLE_H

#include <gp/capfile.h>

#include "toolchain/arena.h"

/* Puts lines in front of the mark "//+PLACE"; the new text is the arena's. */
const char *bench_put(struct tc_arena *arena, const char *text,
                      const char *mark, struct span lines);

/*
 * The package of a text; free it with gp_capfile_free(). Dies of a mistake in
 * the text.
 */
struct gp_capfile *bench_assemble(const char *text);

#endif
