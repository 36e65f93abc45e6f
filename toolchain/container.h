/* CAP files as ZIP archives. */
#ifndef TOOLCHAIN_CONTAINER_H
#define TOOLCHAIN_CONTAINER_H

#include "toolchain/captext.h"

/*
 * An archive of these entries in this order, all stored and with one fixed
 * time, so that equal entries give an equal archive.  A name that ends in '/'
 * is a folder.  False with a reason in `error`: a name that is empty or comes
 * twice.
 */
bool tc_zip_make(struct tc_arena *arena, const struct tc_cap_part *parts,
                 size_t count, struct span *file, char *error,
                 size_t error_size);

/*
 * The entries of an archive, in its order; .tag is 0.  At most TC_CAPTEXT_MAX
 * bytes in all.  False with a reason in `error`.
 */
bool tc_zip_read(struct tc_arena *arena, struct span file,
                 struct tc_cap_part **parts, size_t *count, char *error,
                 size_t error_size);

/*
 * The archive that tc_write_cap() writes, in memory: of the result its
 * manifest, its components and the name of its package count.
 */
bool tc_cap_archive(const struct tc_result *result, struct tc_arena *arena,
                    struct span *file, char *error, size_t error_size);

#endif
