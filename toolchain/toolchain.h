/*
 * The converter: the class files of one Java package become a CAP file.
 *
 * The input is what javac writes for "-source 8 -target 8" (and class files
 * 45 to 65 that stay within the Java Card language subset); the output is a
 * compact CAP file of format 2.1, 2.2 or 2.3, and an export file for a package
 * that exports something.  The same input gives the same bytes.
 *
 * Everything is allocated from one arena, so a result lives until
 * tc_result_free().  Running out of memory ends the process with a message:
 * this code is part of a tool, not of the card.
 */
#ifndef TOOLCHAIN_TOOLCHAIN_H
#define TOOLCHAIN_TOOLCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct tc_aid {
    uint8_t bytes[16];
    uint8_t length; /* 5..16 */
};

struct tc_applet_option {
    struct tc_aid aid;
    const char *class_name; /* simple or full, '.' or '/' between packages */
};

struct tc_resource { /* found by its number through the API [JCVM 6.16] */
    uint16_t id;
    struct span bytes;
};

struct tc_input { /* one file, already read; `path` is told in messages */
    const char *path;
    struct span bytes;
};

struct tc_options {
    /*
     * The Java Card release to run on, as in "2.2.2"; NULL: none is named.
     * With a target, each package of that release is imported in the version
     * that the release has, and whatever came later is refused.  Without,
     * each is imported in the lowest minor version that has all that is used;
     * so are always the packages of GlobalPlatform, Visa and ETSI, which no
     * Java Card release contains.
     */
    const char *target;
    struct tc_aid package_aid;
    uint8_t major; /* of the package's version */
    uint8_t minor;
    bool allow_int; /* int instructions may be used */
    bool debug;     /* write the Debug component */
    uint8_t format; /* 1 to 3 for 2.1 to 2.3; 0: as target and content ask */
    const struct tc_resource *resources;
    size_t resource_count;
    /*
     * The export file of the package's previous version; NULL: there is none.
     * What it lists keeps its token, what is new comes after, and what its
     * users would miss is refused.  The minor version must be a later one.
     */
    const struct tc_input *previous;
    const struct tc_applet_option *applets;
    size_t applet_count;
    const struct tc_input *classes; /* class files of one package */
    size_t class_count;
    const struct tc_input *exports; /* export files of imported packages */
    size_t export_count;
};

/* One complaint about the input; `line` is 0 where no line is known. */
struct tc_message {
    const char *file;
    unsigned line;
    const char *text;
};

enum { TC_COMPONENT_LAST = 13, TC_FORMAT_LAST = 3 };

struct tc_import {
    const char *name; /* with '/' */
    struct tc_aid aid;
    uint8_t major;
    uint8_t minor;
};

struct tc_result {
    const char *package_name;        /* with '/' */
    uint8_t format;                  /* 2.x, of the CAP file */
    const struct tc_import *imports; /* by package token */
    size_t import_count;
    const char *const *exports; /* names of classes, by class token */
    size_t exported_count;
    /* component[t]: whole bytes of the component with tag t, tag and size
     * included; empty where the package has none. */
    struct span component[TC_COMPONENT_LAST + 1];
    struct span manifest;
    struct span export_file; /* empty: the package exports nothing */
    const struct tc_message *messages;
    size_t message_count; /* 0: converted; else no component is set */
    struct tc_arena *arena;
};

/*
 * Converts.  Returns true with the components set, or false with at least one
 * message; all the mistakes that can be found are told at once.  `options`
 * and the bytes it points at must outlive `*result`.
 */
bool tc_convert(const struct tc_options *options, struct tc_result *result);
void tc_result_free(struct tc_result *result);

/*
 * The CAP file as a ZIP container: manifest, then the components in tag order
 * (Export before Descriptor), stored, with a fixed time, so that equal
 * components give equal files.  [JCVM 4.1.3]  Returns false and fills
 * `error` (at most `error_size` bytes, NUL included) when `path` cannot be
 * written.
 */
bool tc_write_cap(const struct tc_result *result, const char *path, char *error,
                  size_t error_size);

/*
 * Java source text with the public and protected declarations of an export
 * file, for javac to compile against: what `build` hands over for an imported
 * package.  One call makes one class.
 */
struct tc_java_source {
    char *path; /* "org/postcard/wallet/Loyalty.java" */
    char *text;
};

/*
 * The sources of all the classes of an export file.  On success returns true,
 * sets *sources (free with tc_java_sources_free) and *count; on a malformed
 * file returns false with a reason in `error`.
 */
bool tc_java_sources(const struct tc_input *export_file,
                     struct tc_java_source **sources, size_t *count,
                     char *error, size_t error_size);
void tc_java_sources_free(struct tc_java_source *sources, size_t count);

#endif
