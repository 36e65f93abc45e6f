#include "offcard/gp/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gp_source_name(const char *source)
{
    return strcmp(source, "-") == 0 ? "standard input" : source;
}

static int too_long(const char *source, const struct buf *out,
                    struct gp_why *why)
{
    gp_why_set(why, "%s: more than %zu bytes", gp_source_name(source),
               out->cap);
    return GP_ERR_LIMIT;
}

static int read_stream(FILE *f, const char *source, struct buf *out,
                       struct gp_why *why)
{
    char more;

    /* Unbuffered, so that no copy of a key stays in the C library. */
    setvbuf(f, NULL, _IONBF, 0);
    out->n += fread(out->p + out->n, 1, out->cap - out->n, f);
    if (out->n == out->cap && fread(&more, 1, 1, f) == 1)
        return too_long(source, out, why);
    if (!ferror(f))
        return GP_OK;
    gp_why_set(why, "%s: cannot be read", gp_source_name(source));
    return GP_ERR_FILE;
}

static int read_file(const char *path, struct buf *out, struct gp_why *why)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        gp_why_set(why, "%s: %s", path, strerror(errno));
        return GP_ERR_FILE;
    }
    int result = read_stream(f, path, out, why);
    fclose(f);
    return result;
}

static int read_variable(const char *source, struct buf *out,
                         struct gp_why *why)
{
    const char *name = source + strlen("env:");
    const char *text = getenv(name);
    if (text == NULL) {
        gp_why_set(why, "the environment has no variable %s", name);
        return GP_ERR_FILE;
    }
    if (buf_put(out, (const uint8_t *)text, strlen(text)) != ERR_OK)
        return too_long(source, out, why);
    return GP_OK;
}

int gp_source_read(const char *source, struct buf *out, struct gp_why *why)
{
    if (strcmp(source, "-") == 0)
        return read_stream(stdin, source, out, why);
    if (strncmp(source, "env:", 4) == 0)
        return read_variable(source, out, why);
    if (strncmp(source, "pkcs11:", 7) == 0) {
        gp_why_set(why, "keys from PKCS#11 are not provided yet");
        return GP_ERR_UNSUPPORTED;
    }
    return read_file(source, out, why);
}
