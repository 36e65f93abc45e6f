/*
 * CAP files as text, and back: docs/cap-text.md describes the text.
 *
 * Every file has a text, also one that is no CAP file at all: what cannot be
 * understood stands in it as hexadecimal.  Assembling the text that was made
 * of a file gives the same components, byte by byte; of a load file the whole
 * file; of a ZIP archive the same entries with the same contents in the same
 * order (the file itself is the same where the converter of this toolchain
 * wrote it).
 */
#ifndef TOOLCHAIN_CAPTEXT_H
#define TOOLCHAIN_CAPTEXT_H

#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

enum { TC_CAPTEXT_MAX = 16 << 20 /* bytes of a CAP file, and of a text */ };

/*
 * The text of a CAP file: a ZIP archive, or a load file (whole components
 * one after the other).  The text ends in a NUL that text->n does not count
 * and belongs to the arena.  False with a reason in `error` for a file that is
 * too large or an archive with entries that cannot be unpacked.
 */
bool tc_cap_dump(struct tc_arena *arena, struct span cap, struct span *text,
                 char *error, size_t error_size);

/* One entry of the archive, or one component of a load file. */
struct tc_cap_part {
    const char *name;  /* path in the archive */
    uint8_t tag;       /* of the component; 0: some other file */
    struct span bytes; /* of a component: tag and size included */
};

struct tc_assembled {
    struct span file; /* the archive or the load file; empty after a mistake */
    bool is_archive;
    const struct tc_cap_part *parts;
    size_t part_count;
    const struct tc_message *messages; /* the mistakes, by line */
    size_t message_count;
    struct tc_arena *arena;
};

/*
 * Assembles a text.  Returns true with the file, or false with at least one
 * message; all mistakes that can be found are told at once.  `text` must
 * outlive `*result`.
 */
bool tc_cap_assemble(const struct tc_input *text, struct tc_assembled *result);
void tc_assembled_free(struct tc_assembled *result);

#endif
