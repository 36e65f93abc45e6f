/* The CAP file as a ZIP container. */
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "toolchain/arena.h"
#include "toolchain/toolchain.h"

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

static bool add(zip_t *zip, const char *name, struct span bytes)
{
    if (bytes.n == 0)
        return true;
    zip_source_t *source = zip_source_buffer(zip, bytes.p, bytes.n, 0);
    if (source == NULL)
        return false;
    zip_int64_t at = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        zip_source_free(source);
        return false;
    }
    zip_uint64_t index = (zip_uint64_t)at;
    return zip_set_file_compression(zip, index, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(zip, index, DOS_TIME, DOS_DATE, 0) == 0 &&
           zip_file_set_external_attributes(zip, index, 0, ZIP_OPSYS_DOS, 0) ==
               0;
}

static bool add_all(zip_t *zip, struct tc_arena *arena,
                    const struct tc_result *r)
{
    if (!add(zip, "META-INF/MANIFEST.MF", r->manifest))
        return false;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const char *name =
            tc_format(arena, "%s/javacard/%s", r->package_name, order[i].name);
        if (!add(zip, name, r->component[order[i].tag]))
            return false;
    }
    return true;
}

bool tc_write_cap(const struct tc_result *result, const char *path, char *error,
                  size_t error_size)
{
    int code = 0;
    zip_error_t problem;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (zip == NULL) {
        zip_error_init_with_code(&problem, code);
        snprintf(error, error_size, "%s: %s", path,
                 zip_error_strerror(&problem));
        zip_error_fini(&problem);
        return false;
    }
    if (add_all(zip, result->arena, result) && zip_close(zip) == 0)
        return true;
    snprintf(error, error_size, "%s: %s", path, zip_strerror(zip));
    zip_discard(zip);
    return false;
}
