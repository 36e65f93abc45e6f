#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum { LINE = 8192 };

static bool read_field(struct field *f, char *text)
{
    char *value = strchr(text, '=');
    if (value == NULL || strlen(value) > 2 * FIELD_BYTES)
        return false;
    *value++ = '\0';
    snprintf(f->name, sizeof f->name, "%s", text);
    snprintf(f->text, sizeof f->text, "%s", value);

    struct buf out = buf_of(f->bytes, sizeof f->bytes);
    f->n = hex_decode(value, strlen(value), &out, NULL) == ERR_OK ? out.n : 0;
    return true;
}

static bool read_fields(struct row *row, char *column)
{
    char *save = NULL;
    for (char *f = strtok_r(column, ";", &save); f != NULL;
         f = strtok_r(NULL, ";", &save)) {
        if (row->count == ROW_FIELDS ||
            !read_field(&row->fields[row->count++], f))
            return false;
    }
    return true;
}

bool row_read(struct row *row, char *line)
{
    char *columns[6] = {0};
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < 6; i++)
        columns[i] = strsep(&line, "\t");
    if (columns[5] == NULL || strcmp(columns[0], "#id") == 0)
        return false;

    row->count = 0;
    snprintf(row->id, sizeof row->id, "%s", columns[0]);
    snprintf(row->protocol, sizeof row->protocol, "%s", columns[1]);
    snprintf(row->operation, sizeof row->operation, "%s", columns[2]);
    return read_fields(row, columns[3]) && read_fields(row, columns[4]);
}

const struct field *row_field(const struct row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->fields[i].name, name) == 0)
            return &row->fields[i];
    }
    return NULL;
}

struct span row_bytes(const struct row *row, const char *name)
{
    const struct field *f = row_field(row, name);
    return f == NULL ? span_of(NULL, 0) : span_of(f->bytes, f->n);
}

uint8_t row_byte(const struct row *row, const char *name, uint8_t missing)
{
    struct span s = row_bytes(row, name);
    return s.n == 1 ? s.p[0] : missing;
}

bool row_each(const char *path, void (*run)(const struct row *row))
{
    static char line[LINE];
    static struct row row;
    FILE *f = fopen(path, "r");

    if (f == NULL)
        return false;
    while (fgets(line, sizeof line, f) != NULL) {
        if (row_read(&row, line))
            run(&row);
    }
    fclose(f);
    return true;
}
