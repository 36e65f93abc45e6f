/*
 * The toolchain as a library: class files to CAP files, CAP files to text and
 * back, checked, described, read and written.  What `postcard build`,
 * `convert` and `cap ...` do, as structures instead of text.
 *
 * Reading a CAP file's container is <gp/capfile.h>, describing one
 * <gp/capinfo.h>; this header includes both.  Export files are <gp/exp.h>.
 *
 * Functions return GP_OK or a negative enum gp_error.  Where a function hands
 * back an object, *out is set to it or to NULL, and the caller frees it with
 * the function named; all that it points at lives as long as it does.  Inputs
 * are lent for the call.  Nothing here prints, or keeps state between calls.
 * A process that runs out of memory inside a conversion ends with a message.
 */
#ifndef GP_CAP_H
#define GP_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp/capfile.h"
#include "gp/capinfo.h"
#include "gp/error.h"

/* A file that the caller has read; the path is what messages name. */
struct gp_cap_input {
    const char *path;
    struct span bytes;
};

/* One complaint about an input; line 0: no line is known. */
struct gp_cap_message {
    const char *file;
    unsigned line;
    const char *text;
};

/* What a conversion or an assembly gave: files, or complaints. */
struct gp_cap_output {
    struct span cap;          /* the CAP file, a ZIP archive */
    struct span export_file;  /* of gp_cap_convert; empty: nothing exported */
    const char *package_name; /* of gp_cap_convert; "org/x/wallet" */
    const struct gp_cap_message *messages;
    size_t message_count; /* 0 exactly when the call returned GP_OK */
};

/* Frees; *out becomes NULL. */
void gp_cap_output_free(struct gp_cap_output **out);

/* ---- converting ---- */

/* An applet that the package declares. [JCVM 6.6] */
struct gp_cap_applet {
    struct gp_aid aid;
    const char *class_name; /* simple or full, '.' or '/' between packages */
};

/* Data that applets find by number (format 2.3). [JCVM 6.16] */
struct gp_cap_resource {
    uint16_t id;
    struct span bytes;
};

struct gp_cap_convert_options {
    struct gp_aid package; /* needed */
    uint8_t major;         /* of the package's version */
    uint8_t minor;
    /*
     * The Java Card release to run on, "2.2.2": its packages are imported in
     * that release's versions, and what came later is refused.  NULL: the
     * lowest versions that will do.
     */
    const char *target;
    bool allow_int; /* the card has int instructions [JCVM 3.1] */
    bool debug;     /* write the Debug component */
    uint8_t
        format_minor; /* 1 to 3 for 2.1 to 2.3; 0: the lowest that will do */
    const struct gp_cap_resource *resources;
    size_t resource_count;
    const struct gp_cap_applet *applets; /* none: a library */
    size_t applet_count;
    const struct gp_cap_input *classes; /* class files of one package */
    size_t class_count;
    const struct gp_cap_input *exports; /* export files of what is imported */
    size_t export_count;
};

/*
 * Converts class files, as javac writes them, to a CAP file in the compact
 * format, and to an export file where the package exports something.  The
 * same input gives the same bytes.  GP_ERR_CAP when the input is refused, with
 * every mistake that can be found in (*out)->messages; GP_ERR_ARGUMENT for
 * options that no package can have, without *out.  Free with
 * gp_cap_output_free().
 */
int gp_cap_convert(const struct gp_cap_convert_options *options,
                   struct gp_cap_output **out);

/* ---- writing ---- */

/*
 * The components of a CAP file as an archive, stored, in tag order, under the
 * folder of its package name.  `cap` may be read from somewhere or filled in
 * by the caller (parts and name).  GP_ERR_ARGUMENT without a name.  Free with
 * gp_cap_output_free().  [JCVM 4.1.3]
 */
int gp_cap_archive(const struct gp_capfile *cap, struct gp_cap_output **out,
                   struct gp_why *why);

/* ---- as text ---- */

/*
 * The text of a CAP file (an archive, or a load file: whole components one
 * after the other); docs/cap-text.md describes it.  On GP_OK *text ends in a
 * NUL that *n, if given, does not count, and is the caller's to free().
 * GP_ERR_CAP with a reason for an archive that cannot be read.
 */
int gp_cap_dump(struct span file, char **text, size_t *n, struct gp_why *why);

/*
 * Assembles a text: the inverse of gp_cap_dump(), which gives the same
 * components byte by byte; it can also express files that no card takes.
 * GP_ERR_CAP with every mistake in (*out)->messages; else (*out)->cap is the
 * archive, or the load file.  Free with gp_cap_output_free().
 */
int gp_cap_assemble(const struct gp_cap_input *text,
                    struct gp_cap_output **out);

/* ---- verifying ---- */

/* One thing that is wrong, and where. */
struct gp_cap_finding {
    uint8_t component;       /* enum gp_cap_tag; 0: none can be named */
    uint32_t offset;         /* in the component, behind tag and size */
    bool in_method;          /* `method` counts */
    uint32_t method;         /* offset of its header in the Method component */
    const char *method_name; /* by the Debug component; NULL */
    const char *rule;        /* "STACK_OVERFLOW" */
    const char *text;        /* the rule in words */
    const char *detail;      /* which one; NULL */
};

struct gp_cap_verdict {
    const struct gp_cap_finding *findings;
    size_t finding_count;     /* 0: sound */
    const char *const *notes; /* what could not be checked, and why */
    size_t note_count;
    bool types_checked; /* by the Descriptor: classes, not only kinds */
};

/*
 * Verifies a CAP file: all that a card checks before it takes one, and what a
 * card leaves to its sender (imports against what the API and `exports` have,
 * Descriptor, Debug and ReferenceLocation against the code).  GP_OK when the
 * check was made, whatever it found: findings are in *out.  GP_ERR_ARGUMENT
 * for a malformed export file.  Free with gp_cap_verdict_free().  [JCVM 6, 7]
 */
int gp_cap_verify(const struct gp_capfile *cap,
                  const struct gp_cap_input *exports, size_t export_count,
                  struct gp_cap_verdict **out, struct gp_why *why);

/* Frees; *verdict becomes NULL. */
void gp_cap_verdict_free(struct gp_cap_verdict **verdict);

#endif
