#include "cli/cap_file.h"

#include <getopt.h>
#include <stdlib.h>

#include "base/span.h"
#include "cli/cli.h"

static const char *const component_names[GP_CAP_COMPONENT_TAGS] = {
    "",
    "Header",
    "Directory",
    "Applet",
    "Import",
    "ConstantPool",
    "Class",
    "Method",
    "StaticField",
    "ReferenceLocation",
    "Export",
    "Descriptor",
    "Debug",
    "StaticResources"};

uint8_t *cli_cap_block(const struct gp_capfile *cap, size_t *n)
{
    *n = gp_capfile_block_size(cap, GP_BLOCK_PLAIN);
    uint8_t *bytes = malloc(*n);
    struct buf block = buf_of(bytes, *n);

    if (bytes != NULL && gp_capfile_block(cap, GP_BLOCK_PLAIN, &block) == 0)
        return bytes;
    free(bytes);
    cli_error("out of memory");
    return NULL;
}

const char *cli_cap_component(uint8_t tag)
{
    return tag < GP_CAP_COMPONENT_TAGS ? component_names[tag] : "component";
}

const struct api_package *cli_cap_api(const struct gp_cap_import *import)
{
    struct span aid = gp_aid_span(&import->aid);
    return api_package_by_aid(aid.p, aid.n);
}

int cli_cap_parse(int argc, char **argv, const char *verb, const char *help,
                  struct cli_cap_options *o)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"exp", required_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int code = 0;
    optind = 1;
    while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (code == 'h')
            return cli_help(help);
        if (code == 'j')
            o->json = true;
        else if (code == 'e' &&
                 o->export_count < sizeof o->exports / sizeof o->exports[0])
            o->exports[o->export_count++] = optarg;
        else
            return cli_usage(verb);
    }
    if (argc - optind == 1)
        return -1;
    cli_error("%s wants one CAP file", verb);
    return cli_usage(verb);
}

struct gp_capfile *cli_cap_open(const char *path)
{
    struct gp_capfile *cap = NULL;
    struct gp_why why = {""};
    int result = gp_capfile_open(path, &cap, &why);
    if (result != GP_OK)
        cli_error("%s", why.text[0] == '\0' ? gp_strerr(result) : why.text);
    return cap;
}
