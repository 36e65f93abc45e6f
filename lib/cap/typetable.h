/*
 * A package as its Descriptor tells of it: classes, fields and methods with
 * their types, and the way from an offset to its row.  [JCVM 6.14]
 */
#ifndef CAP_TYPETABLE_H
#define CAP_TYPETABLE_H

#include "cap/descriptor.h"
#include "cap/types.h"

/*
 * The type of a cell, or a declared one: enum cap_type_kind in the upper
 * half, a class, a place in the code or a kind of element in the lower.
 */
typedef uint32_t cap_type_t;

enum cap_type_kind {
    CAP_TYPE_NONE, /* nothing that can be used */
    CAP_TYPE_SHORT,
    CAP_TYPE_INT, /* its upper half, which comes first */
    CAP_TYPE_INT_LOW,
    CAP_TYPE_NULL,
    CAP_TYPE_RETURN, /* address that jsr to this place left */
    CAP_TYPE_NEW,    /* made at this place, its constructor has not run */
    CAP_TYPE_THIS,   /* `this` before the superclass's constructor */
    CAP_TYPE_CLASS,
    CAP_TYPE_ARRAY,   /* of BOOLEAN, BYTE, SHORT or INT */
    CAP_TYPE_OBJECTS, /* array of references to a class */
    CAP_TYPE_VOID,    /* declared types only */
    CAP_TYPE_BOOLEAN,
    CAP_TYPE_BYTE,
};

static inline cap_type_t cap_type(enum cap_type_kind kind, uint32_t detail)
{
    return (uint32_t)kind << 16 | detail;
}

static inline enum cap_type_kind cap_type_kind(cap_type_t t)
{
    return (enum cap_type_kind)(t >> 16);
}

static inline uint16_t cap_type_detail(cap_type_t t)
{
    return (uint16_t)t;
}

/*
 * A class as a type names it: its offset in Class, or CAP_OUTER and its
 * number in the world.
 */
enum { CAP_OUTER = 0x8000, CAP_CLASS_NONE = 0xFFFF };

struct cap_class_row {
    uint32_t at; /* in the Descriptor */
    uint16_t offset;
    uint16_t super;  /* a class as a type names it */
    uint8_t package; /* of an extended file; else 0 */
    uint8_t token;
    uint8_t flags; /* CAP_WORLD_* */
    uint16_t first_field;
    uint16_t field_count;
    uint16_t first_method;
    uint16_t method_count;
};

struct cap_field_row {
    uint32_t at;    /* in the Descriptor */
    uint16_t class; /* offset */
    uint16_t image; /* of a static one: offset in the image */
    uint16_t type;
    uint8_t token; /* of the reference; a static one's own */
    uint8_t flags;
};

struct cap_method_row {
    uint32_t at;    /* in the Descriptor */
    uint16_t class; /* offset */
    uint32_t offset;
    uint16_t type;
    uint16_t code_count;
    uint8_t token;
    uint8_t flags;
};

enum { CAP_PARAMETERS_MAX = 254 };

/* Declared types of a method, `this` left out. */
struct cap_types_of_method {
    uint16_t count;
    uint16_t cells;
    cap_type_t result;
    cap_type_t parameters[CAP_PARAMETERS_MAX];
};

/* The check in progress. */
struct cap_types {
    const struct cap_types_check *check;
    const struct cap *cap;
    uint32_t used;       /* of scratch */
    uint32_t effort;     /* what may still be spent */
    uint16_t object;     /* java/lang/Object */
    uint16_t throwable;  /* java/lang/Throwable */
    uint16_t image_size; /* of the static image */
    uint16_t class_count;
    uint16_t field_count;
    uint16_t method_count;
    bool found;
    struct cap_class_row *classes;
    struct cap_field_row *fields;
    struct cap_method_row *methods;
    uint16_t *class_rows;              /* by offset in Class: row + 1, or 0 */
    uint16_t *method_rows;             /* by offset in Method */
    uint16_t *static_rows;             /* by offset in the static image */
    struct cap_type_table types;       /* the Descriptor's */
    struct cap_types_of_method own;    /* of the method in hand */
    struct cap_types_of_method callee; /* of what it calls */
    struct cap_types_of_method other;  /* of what is compared */
};

/* Reports a finding; always false. */
bool cap_types_find(struct cap_types *s, uint8_t component, uint32_t method,
                    uint32_t offset, uint8_t rule);

/* n bytes of scratch, aligned to 4; NULL when there is no more. */
void *cap_types_take(struct cap_types *s, uint32_t n);

/*
 * Reads the Descriptor's rows, which cap_check has held against the rest of the
 * file.  ERR_TYPE after a finding, ERR_MEMORY.
 */
enum err cap_types_read(struct cap_types *s);

/* Rows by offset; NULL where none begins. */
const struct cap_class_row *cap_class_row(const struct cap_types *s,
                                          uint16_t offset);
const struct cap_method_row *cap_method_row(const struct cap_types *s,
                                            uint32_t offset);
const struct cap_field_row *cap_static_row(const struct cap_types *s,
                                           uint16_t image);

#endif
