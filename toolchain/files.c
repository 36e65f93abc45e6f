#include "toolchain/files.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 16 * 1024 * 1024, DEPTH_MAX = 64, NAME_MAX_BYTES = 4096 };

static bool fail(const char *path, const char *why, char *error, size_t size)
{
    snprintf(error, size, "%s: %s", path, why);
    return false;
}

bool tc_file_read(struct tc_arena *arena, const char *path,
                  struct tc_input *out, char *error, size_t error_size)
{
    struct tc_bytes bytes = {.arena = arena};
    uint8_t block[8192];
    size_t n = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return fail(path, strerror(errno), error, error_size);
    while ((n = fread(block, 1, sizeof block, f)) > 0 && bytes.n <= FILE_MAX)
        tc_put(&bytes, block, n);
    bool broken = ferror(f) != 0;
    fclose(f);
    if (broken)
        return fail(path, "cannot be read", error, error_size);
    if (bytes.n > FILE_MAX)
        return fail(path, "is larger than 16 MiB", error, error_size);
    out->path = tc_copy_text(arena, path, strlen(path));
    out->bytes = tc_bytes_span(&bytes);
    return true;
}

static bool ends_in(const char *text, const char *suffix)
{
    size_t n = strlen(text);
    size_t m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* nftw() has no argument for its caller, so each thread keeps one here. */
static _Thread_local struct search {
    struct tc_arena *arena;
    struct tc_paths *out;
    const char *suffix;
} search;

static int meet(const char *path, const struct stat *st, int type,
                struct FTW *place)
{
    (void)st;
    (void)place;
    if (type != FTW_F || !ends_in(path, search.suffix))
        return 0;
    struct tc_paths *out = search.out;
    out->items =
        tc_grow(search.arena, out->items, out->count, sizeof out->items[0]);
    out->items[out->count++] = tc_copy_text(search.arena, path, strlen(path));
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool tc_files_find(struct tc_arena *arena, const char *folder,
                   const char *suffix, struct tc_paths *out, char *error,
                   size_t error_size)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return fail(folder, strerror(errno), error, error_size);
    if (!S_ISDIR(st.st_mode))
        return fail(folder, "is not a folder", error, error_size);
    search = (struct search){arena, out, suffix};
    if (nftw(folder, meet, DEPTH_MAX, FTW_PHYS) != 0)
        return fail(folder, strerror(errno), error, error_size);
    if (out->count > 0)
        qsort(out->items, out->count, sizeof out->items[0], by_text);
    return true;
}

static bool make_folders(const char *path)
{
    char folder[NAME_MAX_BYTES];
    if (strlen(path) >= sizeof folder)
        return false;
    strcpy(folder, path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

bool tc_file_write(const char *path, struct span bytes, char *error,
                   size_t error_size)
{
    if (!make_folders(path))
        return fail(path, "its folder cannot be made", error, error_size);
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return fail(path, strerror(errno), error, error_size);
    bool ok = bytes.n == 0 || fwrite(bytes.p, 1, bytes.n, f) == bytes.n;
    ok = fclose(f) == 0 && ok;
    return ok || fail(path, "cannot be written", error, error_size);
}
