/* The CAP file as a ZIP container. */
#include "toolchain/container.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "toolchain/files.h"

/* 1 January 1980, the first moment that a ZIP file can name. */
enum { DOS_TIME = 0, DOS_DATE = 0x0021 };

static const struct {
    int tag;
    const char *name;
} order[] = {
    {1, "Header.cap"},
    {2, "Directory.cap"},
    {3, "Applet.cap"},
    {4, "Import.cap"},
    {5, "ConstantPool.cap"},
    {6, "Class.cap"},
    {7, "Method.cap"},
    {8, "StaticField.cap"},
    {9, "RefLocation.cap"},
    {10, "Export.cap"},
    {11, "Descriptor.cap"},
    {12, "Debug.cap"},
    {13, "StaticResources.capx"},
};

/* ---- writing ---- */

static bool add_folder(zip_t *zip, const char *name, zip_int64_t *at)
{
    *at = zip_dir_add(zip, name, ZIP_FL_ENC_UTF_8);
    return *at >= 0;
}

static bool add_file(zip_t *zip, const char *name, struct span bytes,
                     zip_int64_t *at)
{
    zip_source_t *source = zip_source_buffer(zip, bytes.p, bytes.n, 0);
    if (source == NULL)
        return false;
    *at = zip_file_add(zip, name, source, ZIP_FL_ENC_GUESS);
    if (*at < 0)
        zip_source_free(source);
    return *at >= 0 && zip_set_file_compression(zip, (zip_uint64_t)*at,
                                                ZIP_CM_STORE, 0) == 0;
}

static bool add(zip_t *zip, const struct tc_cap_part *part)
{
    size_t n = strlen(part->name);
    bool folder = n > 0 && part->name[n - 1] == '/' && part->bytes.n == 0;
    zip_int64_t at = 0;
    if (!(folder ? add_folder(zip, part->name, &at)
                 : add_file(zip, part->name, part->bytes, &at)))
        return false;
    zip_uint64_t index = (zip_uint64_t)at;
    return zip_file_set_dostime(zip, index, DOS_TIME, DOS_DATE, 0) == 0 &&
           zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_DOS, 0) ==
               0;
}

/* Adds all and closes; the archive is then in `source`. */
static bool fill(zip_t *zip, const struct tc_cap_part *parts, size_t count,
                 char *error, size_t error_size)
{
    for (size_t i = 0; i < count; i++) {
        if (!add(zip, &parts[i])) {
            snprintf(error, error_size, "%s: %s", parts[i].name,
                     zip_strerror(zip));
            zip_discard(zip);
            return false;
        }
    }
    if (zip_close(zip) == 0)
        return true;
    snprintf(error, error_size, "%s", zip_strerror(zip));
    zip_discard(zip);
    return false;
}

static bool read_source(struct tc_arena *arena, zip_source_t *source,
                        struct span *out)
{
    zip_stat_t stat;
    if (zip_source_stat(source, &stat) != 0 ||
        (stat.valid & ZIP_STAT_SIZE) == 0 || zip_source_open(source) != 0)
        return false;
    uint8_t *bytes = tc_alloc(arena, (size_t)stat.size);
    zip_int64_t got = zip_source_read(source, bytes, stat.size);
    zip_source_close(source);
    *out = span_of(bytes, (size_t)stat.size);
    return got >= 0 && (zip_uint64_t)got == stat.size;
}

bool tc_zip_make(struct tc_arena *arena, const struct tc_cap_part *parts,
                 size_t count, struct span *file, char *error,
                 size_t error_size)
{
    zip_error_t problem;
    zip_error_init(&problem);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &problem);
    zip_t *zip = source == NULL
                     ? NULL
                     : zip_open_from_source(source, ZIP_TRUNCATE, &problem);
    bool done = false;
    if (count == 0)
        snprintf(error, error_size, "an archive without entries");
    else if (zip == NULL)
        snprintf(error, error_size, "%s", zip_error_strerror(&problem));
    if (zip != NULL)
        zip_source_keep(source);
    if (zip != NULL && count == 0)
        zip_discard(zip);
    else if (zip != NULL)
        done = fill(zip, parts, count, error, error_size);
    if (done && !read_source(arena, source, file)) {
        snprintf(error, error_size, "the archive cannot be made");
        done = false;
    }
    if (source != NULL)
        zip_source_free(source);
    zip_error_fini(&problem);
    return done;
}

/* ---- reading ---- */

/* What a file says of its size is believed only up to what is left. */
static bool read_entry(struct tc_arena *arena, zip_t *zip, zip_uint64_t index,
                       struct tc_cap_part *out, zip_uint64_t *left)
{
    const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    zip_stat_t stat;
    if (zip_stat_index(zip, index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & needed) != needed || stat.size > *left)
        return false;
    zip_file_t *f = zip_fopen_index(zip, index, 0);
    if (f == NULL)
        return false;
    uint8_t *bytes = tc_alloc(arena, (size_t)stat.size + 1);
    zip_int64_t got = zip_fread(f, bytes, stat.size + 1);
    zip_fclose(f);
    out->name = tc_copy_text(arena, stat.name, strlen(stat.name));
    out->bytes = span_of(bytes, (size_t)stat.size);
    *left -= stat.size;
    return got >= 0 && (zip_uint64_t)got == stat.size;
}

static bool read_entries(struct tc_arena *arena, zip_t *zip,
                         struct tc_cap_part **parts, size_t *count, char *error,
                         size_t error_size)
{
    enum { ENTRIES_MAX = 65535 };
    zip_uint64_t left = TC_CAPTEXT_MAX;
    zip_int64_t n = zip_get_num_entries(zip, 0);
    *count = n < 0 || n > ENTRIES_MAX ? 0 : (size_t)n;
    *parts = tc_alloc_array(arena, *count, sizeof **parts);
    for (size_t i = 0; i < *count; i++) {
        if (!read_entry(arena, zip, i, &(*parts)[i], &left)) {
            snprintf(error, error_size,
                     "entry %zu of the archive cannot be unpacked", i);
            return false;
        }
    }
    return true;
}

bool tc_zip_read(struct tc_arena *arena, struct span file,
                 struct tc_cap_part **parts, size_t *count, char *error,
                 size_t error_size)
{
    zip_error_t problem;
    zip_error_init(&problem);
    zip_source_t *source =
        zip_source_buffer_create(file.p, file.n, 0, &problem);
    zip_t *zip = source == NULL
                     ? NULL
                     : zip_open_from_source(source, ZIP_RDONLY, &problem);
    bool done = false;
    if (zip != NULL) {
        done = read_entries(arena, zip, parts, count, error, error_size);
        zip_discard(zip);
    } else {
        snprintf(error, error_size, "not a ZIP archive: %s",
                 zip_error_strerror(&problem));
        zip_source_free(source);
    }
    zip_error_fini(&problem);
    return done;
}

/* ---- what the converter made ---- */

bool tc_cap_archive(const struct tc_result *result, struct tc_arena *arena,
                    struct span *file, char *error, size_t error_size)
{
    enum { PARTS_MAX = 1 + sizeof order / sizeof order[0] };
    struct tc_cap_part parts[PARTS_MAX];
    size_t count = 0;
    if (result->manifest.n > 0)
        parts[count++] = (struct tc_cap_part){.name = "META-INF/MANIFEST.MF",
                                              .bytes = result->manifest};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        struct span bytes = result->component[order[i].tag];
        if (bytes.n > 0)
            parts[count++] = (struct tc_cap_part){
                .name = tc_format(arena, "%s/javacard/%s", result->package_name,
                                  order[i].name),
                .tag = (uint8_t)order[i].tag,
                .bytes = bytes};
    }
    return tc_zip_make(arena, parts, count, file, error, error_size);
}

bool tc_write_cap(const struct tc_result *result, const char *path, char *error,
                  size_t error_size)
{
    char why[256];
    struct span file;
    if (tc_cap_archive(result, result->arena, &file, why, sizeof why))
        return tc_file_write(path, file, error, error_size);
    snprintf(error, error_size, "%s: %s", path, why);
    return false;
}
