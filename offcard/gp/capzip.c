#include "offcard/gp/capzip.h"

#include <stdlib.h>

#include <zip.h>

/* What a file says of its size is believed only up to the limits. */
static int read_entry(zip_t *zip, zip_uint64_t index, const zip_stat_t *stat,
                      uint8_t **bytes, struct gp_why *why)
{
    if (stat->size > GP_CAP_COMPONENT_MAX) {
        gp_why_set(why, "%s: %llu bytes, more than a component may have",
                   stat->name, (unsigned long long)stat->size);
        return GP_ERR_LIMIT;
    }
    if (stat->comp_method != ZIP_CM_STORE &&
        stat->comp_method != ZIP_CM_DEFLATE) {
        gp_why_set(why, "%s: packed by a method other than store and deflate",
                   stat->name);
        return GP_ERR_CAP;
    }
    zip_file_t *f = zip_fopen_index(zip, index, 0);
    *bytes = malloc((size_t)stat->size + 1);
    /* One byte more is asked for: an entry may be longer than it says. */
    zip_int64_t got =
        f == NULL || *bytes == NULL ? -1 : zip_fread(f, *bytes, stat->size + 1);
    if (f != NULL && zip_fclose(f) != 0)
        got = -1;
    if (got >= 0 && (zip_uint64_t)got == stat->size)
        return GP_OK;
    free(*bytes);
    *bytes = NULL;
    gp_why_set(why, "%s: cannot be unpacked", stat->name);
    return GP_ERR_CAP;
}

static int read_all(zip_t *zip, bool (*wants)(const char *name),
                    int (*each)(void *ctx, const char *name, struct span bytes,
                                struct gp_why *why),
                    void *ctx, struct gp_why *why)
{
    const zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD;
    zip_int64_t count = zip_get_num_entries(zip, 0);
    if (count > GP_CAP_ENTRIES_MAX) {
        gp_why_set(why, "the archive has %lld entries", (long long)count);
        return GP_ERR_LIMIT;
    }
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t stat;
        uint8_t *bytes = NULL;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &stat) != 0 ||
            (stat.valid & needed) != needed) {
            gp_why_set(why, "entry %lld of the archive is damaged",
                       (long long)i);
            return GP_ERR_CAP;
        }
        if (!wants(stat.name))
            continue;
        int result = read_entry(zip, (zip_uint64_t)i, &stat, &bytes, why);
        if (result == GP_OK)
            result =
                each(ctx, stat.name, span_of(bytes, (size_t)stat.size), why);
        free(bytes);
        if (result != GP_OK)
            return result;
    }
    return GP_OK;
}

int gp_capzip_each(struct span archive, bool (*wants)(const char *name),
                   int (*each)(void *ctx, const char *name, struct span bytes,
                               struct gp_why *why),
                   void *ctx, struct gp_why *why)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source =
        zip_source_buffer_create(archive.p, archive.n, 0, &error);
    zip_t *zip = source == NULL
                     ? NULL
                     : zip_open_from_source(source, ZIP_RDONLY, &error);
    int result = GP_ERR_CAP;
    if (zip != NULL) {
        result = read_all(zip, wants, each, ctx, why);
        zip_discard(zip);
    } else {
        gp_why_set(why, "not a ZIP archive: %s", zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return result;
}
