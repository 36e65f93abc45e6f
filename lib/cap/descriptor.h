/*
 * The Descriptor: what a package says of its classes, fields, methods and
 * their types.  Reading it copies nothing and believes nothing; describe.c
 * holds it against the rest of the file.  [JCVM 6.14]
 */
#ifndef CAP_DESCRIPTOR_H
#define CAP_DESCRIPTOR_H

#include "cap/cap.h"

enum { /* flags of the Descriptor's rows [JCVM 6.14] */
       CAP_ROW_PUBLIC = 0x01,
       CAP_ROW_PRIVATE = 0x02,
       CAP_ROW_PROTECTED = 0x04,
       CAP_ROW_STATIC = 0x08,
       CAP_ROW_FINAL = 0x10,
       CAP_ROW_ABSTRACT = 0x40, /* of a method; INTERFACE of a class */
       CAP_ROW_INIT = 0x80,     /* of a method; ABSTRACT of a class */
};

enum { /* flags of a class in the Descriptor */
       CAP_ROW_CLASS_INTERFACE = 0x40,
       CAP_ROW_CLASS_ABSTRACT = 0x80,
};

enum { CAP_NO_TOKEN = 0xFF /* of what others cannot name */ };

static inline bool cap_is_described(const struct cap *cap)
{
    return cap->part[CAP_DESCRIPTOR].n > 0;
}

/* A class_descriptor_info. */
struct cap_described {
    uint32_t at;     /* in Descriptor */
    uint8_t package; /* of an extended file; else 0 */
    uint8_t token;
    uint8_t flags;
    uint16_t class; /* offset in Class */
    uint8_t interface_count;
    uint16_t field_count;
    uint16_t method_count;
    const uint8_t *interfaces; /* u2 each */
    const uint8_t *fields;     /* raw; see cap_described_field */
    const uint8_t *methods;    /* raw; see cap_described_method */
};

/* The way through the classes, package by package. */
struct cap_described_walk {
    struct span rest;
    uint8_t packages; /* that follow */
    uint8_t classes;  /* of this package that follow */
    uint8_t package;
    bool broken; /* the component ends before it should */
};

/* Goes before the first class. */
void cap_described_first(const struct cap *cap, struct cap_described_walk *w);

/*
 * Takes the next class; false behind the last, where `rest` begins with
 * type_descriptor_info, and at a break.
 */
bool cap_described_next(const struct cap *cap, struct cap_described_walk *w,
                        struct cap_described *out);

struct cap_described_field {
    uint32_t at; /* in Descriptor */
    uint8_t token;
    uint8_t flags;
    uint16_t ref;   /* of an object's: its class; else padding and block */
    uint16_t image; /* of a static one: offset in the image */
    uint8_t cell;   /* of an object's: the token in its reference */
    uint16_t type;  /* a primitive's code, or place of a type_descriptor */
};

/* Field i of a class; i is below its count. */
struct cap_described_field cap_described_field(const struct cap *cap,
                                               const struct cap_described *c,
                                               uint16_t i);

struct cap_described_method {
    uint32_t at; /* in Descriptor */
    uint8_t token;
    uint8_t flags;
    uint32_t offset; /* address of its header; of an interface's: none */
    bool nowhere;    /* all bytes that name it are zero */
    uint16_t type;   /* place of a type_descriptor */
    uint16_t code_count;
    uint16_t handler_count;
    uint16_t handler_index;
};

/* Method i of a class; i is below its count. */
struct cap_described_method cap_described_method(const struct cap *cap,
                                                 const struct cap_described *c,
                                                 uint16_t i);

/* ---- types [JCVM 6.9.1] ---- */

enum { /* a nibble that begins a type */
       CAP_NIBBLE_VOID = 1,
       CAP_NIBBLE_BOOLEAN,
       CAP_NIBBLE_BYTE,
       CAP_NIBBLE_SHORT,
       CAP_NIBBLE_INT,
       CAP_NIBBLE_CLASS,       /* a class_ref follows */
       CAP_NIBBLE_ARRAYS = 10, /* of boolean, byte, short, int */
       CAP_NIBBLE_OBJECTS = 14 /* array of a class; a class_ref follows */
};

/* One type. */
struct cap_type_word {
    uint8_t nibble;
    uint16_t class; /* class_ref, where the nibble has one */
};

/* The nibbles of a type_descriptor, taken one after the other. */
struct cap_nibbles {
    const uint8_t *p;
    unsigned at;
    unsigned n;
};

/* Takes a type; false when what stands there is none. */
bool cap_nibbles_take(struct cap_nibbles *r, struct cap_type_word *out);

/* What is in type_descriptor_info. */
struct cap_type_table {
    const struct cap *cap;
    uint32_t at;           /* in Descriptor */
    const uint8_t *starts; /* a bit by place: a descriptor begins there */
};

/* Room for the bits of `starts`, in bytes. */
static inline uint32_t cap_type_room(const struct cap *cap)
{
    return (uint32_t)cap->part[CAP_DESCRIPTOR].n / 8 + 1;
}

/*
 * Marks where type_descriptors begin, one behind the other to the end, in
 * cap_type_room() bytes of zeros.  False where one runs past it or is padded
 * with something: *bad is its offset in Descriptor.
 */
bool cap_type_mark(struct cap_type_table *t, uint8_t *starts, uint32_t *bad);

/* Opens the type_descriptor at a place; false when none begins there. */
bool cap_type_open(const struct cap_type_table *t, uint16_t place,
                   struct cap_nibbles *out);

/* The only type at a field's place, or of its code; not void. */
bool cap_type_only(const struct cap_type_table *t, uint16_t type,
                   struct cap_type_word *out);

/* The place that constant i of the pool has. */
static inline uint16_t cap_type_of_constant(const struct cap_type_table *t,
                                            uint16_t i)
{
    return get_u2(t->cap->part[CAP_DESCRIPTOR].p + t->at + 2 + 2u * i);
}

#endif
