/* A row of secure-channels.tsv and its NAME=HEX fields. */
#ifndef TESTS_KAT_VECTORS_H
#define TESTS_KAT_VECTORS_H

#include <stdbool.h>

#include "base/span.h"

enum { FIELD_BYTES = 512, ROW_FIELDS = 24 };

struct field {
    char name[24];
    char text[2 * FIELD_BYTES + 1];
    uint8_t bytes[FIELD_BYTES];
    size_t n;
};

struct row {
    char id[80];
    char protocol[16];
    char operation[40];
    size_t count;
    struct field fields[ROW_FIELDS];
};

/* Runs each row of a file; false when it cannot be opened. */
bool row_each(const char *path, void (*run)(const struct row *row));

/* Reads one line; false when it is no row. */
bool row_read(struct row *row, char *line);

/* The field, or NULL. */
const struct field *row_field(const struct row *row, const char *name);

/* Its bytes; empty when it is not there. */
struct span row_bytes(const struct row *row, const char *name);

/* Its value as one hexadecimal byte, or `missing`. */
uint8_t row_byte(const struct row *row, const char *name, uint8_t missing);

#endif
