/* Packages that the measuring programs make of text (docs/cap-text.md). */
#ifndef BENCH_ASSEMBLE_H
#define BENCH_ASSEMBLE_H

#include <gp/capfile.h>

/*
 * The package of a text; free it with gp_capfile_free(). Dies of a mistake in
 * the text.
 */
struct gp_capfile *bench_assemble(struct span text);

#endif
