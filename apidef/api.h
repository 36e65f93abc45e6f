/*
 * The Java Card and GlobalPlatform APIs as tables: every package, class,
 * method and constant with its tokens.  Generated from apidef/tables/ (the
 * .tsv files) by apidef/generate.py; the same rows serve the card's linker and
 * native dispatch, the verifier, the converter, the stubs and the reports.
 *
 * Tables are sorted so that packages[i].classes[t] is the class with token t,
 * and classes[..].statics[t], .virtuals[t] the method with token t in its
 * token space.  For an interface .virtuals holds the interface methods.
 * Each entry of .virtuals says in which class the method is declared, so an
 * inherited method is found without walking.
 */
#ifndef APIDEF_API_H
#define APIDEF_API_H

#include <stdint.h>

enum { /* api_class.flags */
       API_INTERFACE = 0x01,
       API_ABSTRACT = 0x02,
       API_FINAL = 0x04,
       API_SHAREABLE = 0x08,
       API_REMOTE = 0x10,
};

enum { /* api_method.flags */
       API_M_PUBLIC = 0x01,
       API_M_PROTECTED = 0x02,
       API_M_STATIC = 0x04,
       API_M_FINAL = 0x08,
       API_M_ABSTRACT = 0x10,
       API_M_CONSTRUCTOR = 0x20,
};

#define API_NONE 0xFFFFu
#define API_HIDDEN 0x100u

struct api_method {
    const char *name;       /* "<init>" for constructors */
    const char *descriptor; /* Java form: "([BSS)V" */
    uint16_t id;            /* dense over the whole API: index of the native
                             * table; an inherited entry has its declarer's id
                             * (an override that the tables cannot tell from
                             * inheritance counts as inherited) */
    uint8_t flags;
    uint8_t args;  /* cells, `this` included, int is 2 */
    char result;   /* 'V' void 'S' short, byte or boolean 'I' int 'A' ref */
    uint8_t minor; /* package minor in which it first appears */
};

struct api_field { /* a constant (no token), or a static field */
    const char *name;
    const char *descriptor;
    int32_t value; /* of a constant */
    uint8_t token; /* FF for a constant */
    uint8_t flags; /* API_M_PUBLIC, API_M_PROTECTED */
    uint8_t minor; /* package minor in which it first appears */
};

struct api_class {
    const char *name;       /* "javacard/framework/APDU" */
    uint16_t super_package; /* index in api_packages; API_NONE: Object */
    uint8_t super_class;    /* token */
    uint8_t flags;
    uint8_t interface_count; /* all, direct and inherited */
    uint8_t static_count;
    uint8_t virtual_count;
    uint8_t cap22_virtual_count; /* as a 2.1 or 2.2 CAP file counts them */
    uint16_t field_count;
    uint8_t minor;
    uint8_t cells;      /* of 16 bits, for natives, before Java's fields; */
    uint8_t references; /*   the first so many of them are references */
    const uint16_t *interfaces; /* package index << 8 | class token */
    const struct api_method *statics;
    const struct api_method *virtuals;
    const struct api_field *fields;
};

struct api_package {
    const char *name; /* "javacard/framework" */
    uint8_t aid[16];
    uint8_t aid_length;
    uint8_t minor;
    uint8_t major;
    uint8_t class_count;
    uint8_t hidden_count;
    const struct api_class *classes;
    /* The card's own classes, which no token of a CAP file reaches: the place
     * of hidden[i] is API_HIDDEN + i. */
    const struct api_class *hidden;
};

extern const struct api_package api_packages[];
extern const uint16_t api_package_count;
extern const uint16_t api_method_count; /* ids run below this */

#endif
