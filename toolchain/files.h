/* Files and folders, for the tools that feed the converter. */
#ifndef TOOLCHAIN_FILES_H
#define TOOLCHAIN_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

/*
 * Reads a whole file of at most 16 MiB into the arena.  False with a reason
 * in `error`.
 */
bool tc_file_read(struct tc_arena *arena, const char *path,
                  struct tc_input *out, char *error, size_t error_size);

struct tc_paths {
    char **items;
    size_t count;
};

/*
 * Adds every file below `folder` whose name ends in `suffix`, sorted by path.
 * Links to folders are not followed.  False with a reason in `error`.
 */
bool tc_files_find(struct tc_arena *arena, const char *folder,
                   const char *suffix, struct tc_paths *out, char *error,
                   size_t error_size);

/* Writes a file, making the folders on the way.  False with a reason. */
bool tc_file_write(const char *path, struct span bytes, char *error,
                   size_t error_size);

#endif
