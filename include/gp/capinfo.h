/*
 * What a CAP file holds and needs, as structures.  Nothing here judges: a
 * file that gp_cap_verify() would refuse is described as far as it goes.
 * [JCVM 6]
 */
#ifndef GP_CAPINFO_H
#define GP_CAPINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp/capfile.h"
#include "gp/error.h"

/* An imported package. [JCVM 6.7] */
struct gp_cap_need {
    struct gp_cap_import import; /* what the file asks for */
    const char *name;            /* "javacard/framework"; NULL: not known */
    const char *release;         /* the first that has it, "JC 2.2.1"; NULL */
    bool is_api;                 /* of the Java Card or GlobalPlatform API */
    int uses_minor; /* highest minor version of what is used; -1: not known */
};

enum gp_cap_use_kind { GP_CAP_USE_CLASS, GP_CAP_USE_METHOD, GP_CAP_USE_FIELD };

/* Something of another package that the ConstantPool names. [JCVM 6.8] */
struct gp_cap_use {
    enum gp_cap_use_kind kind;
    unsigned import;     /* index in gp_cap_info.needs */
    uint8_t class;       /* class token */
    uint8_t token;       /* of a method or field */
    bool is_static;      /* a static method, a constructor, a static field */
    const char *name;    /* "javacard/framework/APDU.getBuffer()[B"; NULL */
    int minor;           /* of the package, in which it first is; -1 */
    const char *release; /* the first that has it; NULL */
};

/* A class that other packages may use. [JCVM 6.13] */
struct gp_cap_exported {
    uint8_t package; /* among the public ones of an extended file; else 0 */
    uint8_t token;
    bool is_interface;
    bool is_shareable;
    unsigned fields;  /* static fields with tokens */
    unsigned methods; /* static methods and constructors with tokens */
};

/* A method of the package, by what it is the most of. */
struct gp_cap_method {
    uint32_t offset;     /* of its header in the Method component */
    unsigned bytes;      /* of bytecode, without the header */
    unsigned max_stack;  /* cells of 16 bits */
    unsigned max_locals; /* cells; parameters not among them */
    unsigned nargs;      /* cells of parameters */
};

struct gp_cap_info {
    bool is_compact;              /* false for the extended format */
    size_t load_bytes;            /* load file without Descriptor */
    size_t load_bytes_descriptor; /* and with it */

    struct gp_cap_need *needs;
    size_t need_count;
    struct gp_cap_use *uses; /* by import, class, kind, token */
    size_t use_count;
    struct gp_cap_exported *exports; /* by package, token */
    size_t export_count;

    /*
     * The first release of each platform that has all the packages asked
     * for; NULL when none of the platform's packages is imported (or, with
     * the flag, when no one release has them all).
     */
    const char *java_card;
    const char *global_platform;
    bool no_java_card;
    bool no_global_platform;

    unsigned class_count;
    unsigned interface_count;
    unsigned instance_cells; /* declared by all classes together */
    unsigned static_bytes;   /* of the static field image */
    unsigned static_references;
    unsigned static_array_bytes; /* of arrays made when it is loaded */
    bool has_descriptor;         /* then the next counts are exact */
    unsigned method_count;   /* without Descriptor: those that can be found */
    unsigned abstract_count; /* of them */
    unsigned static_field_count;   /* 0 without Descriptor */
    unsigned instance_field_count; /* 0 without Descriptor */
    struct gp_cap_method largest;  /* by bytes */
    struct gp_cap_method deepest;  /* by max_stack */
    struct gp_cap_method widest;   /* by nargs and max_locals */
};

/*
 * Describes a file.  `exports` are export files of imported packages outside
 * the API (whole files), from which their names come; one that no import asks
 * for is passed over.  On GP_OK *out is the caller's, and everything in it
 * lives until gp_cap_info_free(); `cap` need not.  GP_ERR_CAP when a component
 * cannot be read, GP_ERR_ARGUMENT for a malformed export file; *why says which
 * and what.
 */
int gp_cap_info(const struct gp_capfile *cap, const struct span *exports,
                size_t export_count, struct gp_cap_info **out,
                struct gp_why *why);

/* Frees; *info becomes NULL. */
void gp_cap_info_free(struct gp_cap_info **info);

#endif
