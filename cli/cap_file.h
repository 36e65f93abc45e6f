/* What the verbs on CAP files share: their options, and opening the file. */
#ifndef CLI_CAP_FILE_H
#define CLI_CAP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gp/capfile.h>

#include "apidef/api_lookup.h"

struct cli_cap_options {
    bool json;
    const char *exports[128];
    size_t export_count;
};

/*
 * Reads the options; the one file is then argv[optind].  Returns -1 to go on,
 * else the status to end with.
 */
int cli_cap_parse(int argc, char **argv, const char *verb, const char *help,
                  struct cli_cap_options *o);

/* Opens a CAP file, or says what is wrong with it and returns NULL. */
struct gp_capfile *cli_cap_open(const char *path);

/* The load file data block of a CAP file, *n bytes, for the caller to free; or
 * says that memory is out and returns NULL. */
uint8_t *cli_cap_block(const struct gp_capfile *cap, size_t *n);

/* "Method", by enum gp_cap_tag; "component" for others. */
const char *cli_cap_component(uint8_t tag);

/* The package of the API with this AID, or NULL. */
const struct api_package *cli_cap_api(const struct gp_cap_import *import);

#endif
