/* What `build` and `convert` share: options, conversion, output. */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "toolchain/files.h"
#include "toolchain/toolchain.h"

enum { CLI_APPLETS_MAX = 64, CLI_EXPORTS_MAX = 128, CLI_RESOURCES_MAX = 256 };

struct cli_conversion {
    struct tc_arena *arena; /* freed by cli_conversion_end() */
    const char *folder;     /* of class files, or of Java sources */
    const char *output;     /* -o; NULL: named after the package */
    const char *stubs;      /* --stubs; NULL: the one built with us */
    const char *encoding;   /* --encoding of the sources; NULL: UTF-8 */
    bool json;
    struct tc_options options;
    struct tc_applet_option applets[CLI_APPLETS_MAX];
    struct tc_input previous;
    struct tc_input exports[CLI_EXPORTS_MAX];
    struct tc_resource resources[CLI_RESOURCES_MAX];
};

/*
 * Reads the options of `verb`; prints `help` for --help.  Returns -1 when the
 * verb is to go on, else an exit status.
 */
int cli_conversion_parse(int argc, char **argv, const char *verb,
                         const char *help, struct cli_conversion *c);

/*
 * Converts the class files below `classes` and writes the CAP file and, for a
 * package that exports something, the export file beside it.  Tells what is
 * wrong with the input line by line.  Returns an exit status.
 */
int cli_conversion_run(struct cli_conversion *c, const char *classes);

void cli_conversion_end(struct cli_conversion *c);

#endif
