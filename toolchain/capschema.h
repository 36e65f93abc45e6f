/*
 * The structures of the components as tables: the same rows take bytes apart
 * into text and put text together into bytes.
 *
 * A structure is an item of its parent, or the whole info of a component.
 * Its text is a statement: the keyword, the positional fields in the order of
 * the bytes, and the named fields as statements in its block.
 */
#ifndef TOOLCHAIN_CAPSCHEMA_H
#define TOOLCHAIN_CAPSCHEMA_H

#include <stdbool.h>
#include <stdint.h>

enum cs_kind {
    /* one word each */
    CS_U1,
    CS_U2,
    CS_U4,
    CS_HEX2,          /* u2, written in hexadecimal */
    CS_HEX4,          /* u4, written in hexadecimal */
    CS_TOKEN,         /* u1; FF is "none" */
    CS_VERSION,       /* u1 minor, u1 major: "major.minor" */
    CS_FLAGS1,        /* u1, names joined by '|' */
    CS_FLAGS2,        /* u2, names joined by '|' */
    CS_ENUM1,         /* u1, a name */
    CS_AID,           /* u1 length, bytes */
    CS_NAME,          /* u1 length, string */
    CS_TEXT,          /* u2 length, string */
    CS_CLASS,         /* class_ref [JCVM 6.8.1] */
    CS_METHOD,        /* offset in Method; extended: behind a block index */
    CS_STATIC_FIELD,  /* 3 bytes [JCVM 6.8.3] */
    CS_STATIC_METHOD, /* 3 bytes */
    CS_FIELD,         /* 3 bytes: static ref, or class_ref and token */
    CS_FIELD_TYPE,    /* u2: primitive, or offset of a type */
    CS_TYPE_OFFSET,   /* u2: offset of a type */
    CS_STRING,        /* u2: index of a string of Debug */
    CS_PC,            /* u2: a label of the method, or a number */
    /* no word */
    CS_DEFINE, /* the name of a class */
    CS_TAG,    /* u1 that tells alternatives apart */
    CS_PAD,    /* u1, zero */
    /* others */
    CS_COUNT1, /* u1: of the items of a list */
    CS_COUNT2,
    CS_HEAD,   /* flags:4, count:4 */
    CS_LIST,   /* items, a statement each */
    CS_ONE,    /* one item without a count */
    CS_VALUES, /* scalars in one statement */
    CS_DATA,   /* u2 length, bytes in hexadecimal */
};

enum cs_when { /* in which files a field is */
               CS_SINCE_22 = 0x01,
               CS_SINCE_23 = 0x02,
               CS_EXTENDED = 0x04,
               CS_COMPACT = 0x08,
               CS_REMOTE = 0x10, /* the flag of the class */
};

enum cs_need {
    CS_POSITIONAL,
    CS_REQUIRED,
    CS_DEFAULT, /* `value` when left out; not written then */
    CS_DERIVED, /* `value`: enum cs_derived; written where it differs */
    CS_SHOWN,   /* derived when left out, but always written */
};

enum cs_derived {
    CS_D_VERSION,
    CS_D_FLAGS,
    CS_D_IMAGE_SIZE,
    CS_D_REFERENCE_COUNT,
    CS_D_MAP,            /* token mapping of a class */
    CS_D_CAP22,          /* base and count of the public table */
    CS_D_BYTECODE_COUNT, /* of the method named last */
    CS_D_HANDLER_COUNT,
    CS_D_HANDLER_INDEX,
    CS_D_HEADER_SIZE,
    CS_D_POOL_COUNT,
    CS_D_IMPORT_COUNT,
    CS_D_APPLET_COUNT,
    CS_D_BLOCK_COUNT,
    CS_D_STATIC_IMAGE, /* Directory's copies of StaticField */
    CS_D_ARRAY_COUNT,
    CS_D_ARRAY_SIZE,
    CS_D_CUSTOM_COUNT,
    CS_D_SIZE, /* + tag: size of a component */
};

struct cs_names {
    uint32_t value;
    const char *name; /* NULL ends the list */
};

struct cs_struct;

struct cs_field {
    const char *name; /* NULL: positional */
    uint8_t kind;     /* enum cs_kind */
    uint8_t need;     /* enum cs_need */
    uint8_t when;     /* enum cs_when, all must hold */
    uint8_t count;    /* of lists: index of the field that counts, from 1 */
    uint32_t value;   /* default, derivation, or kind of CS_VALUES */
    const struct cs_names *names;
    const struct cs_struct *const *items; /* NULL ends the list */
};

struct cs_struct {
    const char *keyword;
    const struct cs_field *fields; /* `field_count` of them */
    uint8_t field_count;
    uint8_t tag;        /* CS_TAG's value, or the flag that CS_HEAD has */
    uint8_t fixed_size; /* bytes, for items that all have the same; else 0 */
};

/* The components that are wholly, or but for their tail, made of tables. */
extern const struct cs_struct cs_header;
extern const struct cs_struct cs_directory;
extern const struct cs_struct cs_applet;
extern const struct cs_struct cs_import;
extern const struct cs_struct cs_pool;
extern const struct cs_struct cs_class; /* behind the signature pool */
extern const struct cs_struct cs_static_field;
extern const struct cs_struct cs_export;
extern const struct cs_struct cs_descriptor; /* to type_descriptor_info */
extern const struct cs_struct cs_strings;    /* at the head of Debug */
extern const struct cs_struct cs_debug;      /* behind them */

/* The table of a component, by its tag; NULL. */
const struct cs_struct *cs_component(uint8_t tag);

/* "Header", by tag; NULL for others. */
const char *cs_component_name(uint8_t tag);
/* "Method.capx", by tag; NULL for others. */
const char *cs_component_file(uint8_t tag, bool extended);
/* Bytes of the component's size field: 2 or 4.  [JCVM 6.2] */
unsigned cs_size_width(uint8_t tag, bool extended);

/* The format that decides which fields there are, and how wide. */
struct cs_form {
    uint8_t minor; /* of 2.x */
    bool extended;
};

/* Has a file of this format the field?  `remote`: the class is REMOTE. */
bool cs_is_there(const struct cs_field *field, const struct cs_form *form,
                 bool remote);

/* Bytes of a scalar (CS_METHOD: of its offset alone; of lengths: theirs). */
unsigned cs_width(uint8_t kind);

enum { /* atype of newarray, checkcast and array_init */
       CS_ATYPE_BOOLEAN = 10,
       CS_ATYPE_INT = 13,
};

extern const struct cs_names cs_atypes[];

#endif
