/*
 * Export files: what another package may use of a package, and by which
 * tokens.  [JCVM 5]
 */
#ifndef GP_EXP_H
#define GP_EXP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp/capfile.h"
#include "gp/error.h"

enum { GP_EXP_NO_TOKEN = 0xFF /* of a constant */ };

enum { /* flags of classes and members [JCVM 5.8, 5.9] */
       GP_EXP_PUBLIC = 0x0001,
       GP_EXP_PROTECTED = 0x0004,
       GP_EXP_STATIC = 0x0008,
       GP_EXP_FINAL = 0x0010,
       GP_EXP_INTERFACE = 0x0200,
       GP_EXP_ABSTRACT = 0x0400,
       GP_EXP_SHAREABLE = 0x0800,
       GP_EXP_REMOTE = 0x1000,
};

/* A field or a method. */
struct gp_exp_member {
    uint8_t token; /* GP_EXP_NO_TOKEN: a constant */
    uint16_t flags;
    const char *name;       /* "<init>" of a constructor */
    const char *descriptor; /* Java's: "([BS)V" */
    bool has_value;         /* a constant */
    int32_t value;
};

struct gp_exp_class {
    uint8_t token;
    uint16_t flags;
    const char *name;          /* "org/x/wallet/Loyalty" */
    const char *const *supers; /* java/lang/Object first */
    size_t super_count;
    const char *const *interfaces; /* direct and inherited */
    size_t interface_count;
    const struct gp_exp_member *fields;
    size_t field_count;
    const struct gp_exp_member *methods; /* virtual ones with those inherited */
    size_t method_count;
    int cap22_count; /* of format 2.3 [JCVM 5.7]; -1 in the others */
};

/* A package that the classes refer to, as format 2.3 lists them. */
struct gp_exp_package {
    const char *name;
    struct gp_cap_import package;
};

struct gp_exp {
    uint8_t format_minor;         /* 1 to 3 for 2.1 to 2.3 */
    struct gp_cap_import package; /* AID and version */
    const char *package_name;     /* "org/x/wallet" */
    bool is_library;
    const struct gp_exp_package *referenced;
    size_t referenced_count;
    const struct gp_exp_class *classes;
    size_t class_count;
};

/*
 * Reads an export file of format 2.1, 2.2 or 2.3.  GP_ERR_ARGUMENT, and *why
 * says where, when it is malformed.  *out is the caller's, with all it points
 * at, until gp_exp_free().
 */
int gp_exp_read(struct span bytes, struct gp_exp **out, struct gp_why *why);

/* Frees; *exp becomes NULL. */
void gp_exp_free(struct gp_exp **exp);

/*
 * Writes an export file of the format that it says into `out`.  GP_ERR_TOO_LONG
 * when it does not fit; `out` then holds what it held.
 */
int gp_exp_write(const struct gp_exp *exp, struct buf *out);

#endif
