/*
 * A CAP file as the card receives it: whole components one after the other
 * [JCVM 6].  Opening it finds the components and reads their fixed parts;
 * accessors decode the rest on demand, check every offset, and copy nothing.
 *
 * Formats 2.1, 2.2 and 2.3; the compact form, and the extended one with its
 * several packages and a Method component of several blocks.  Offsets count
 * from the start of a component's info, that is after its tag and size.  An
 * address is an offset in Method's info, whatever block it is in, and has 32
 * bits in every part of the card.
 */
#ifndef CAP_CAP_H
#define CAP_CAP_H

#include <stdbool.h>

#include "base/span.h"

enum cap_tag {
    CAP_HEADER = 1,
    CAP_DIRECTORY,
    CAP_APPLET,
    CAP_IMPORT,
    CAP_CONSTANT_POOL,
    CAP_CLASS,
    CAP_METHOD,
    CAP_STATIC_FIELD,
    CAP_REFERENCE_LOCATION,
    CAP_EXPORT,
    CAP_DESCRIPTOR,
    CAP_DEBUG,
    CAP_STATIC_RESOURCES,
    CAP_TAG_COUNT
};

enum { /* flags of the Header [JCVM 6.4] */
       CAP_ACC_INT = 0x01,
       CAP_ACC_EXPORT = 0x02,
       CAP_ACC_APPLET = 0x04,
       CAP_ACC_EXTENDED = 0x08,
};

struct cap_package {
    uint8_t major;
    uint8_t minor;
    struct span aid;
};

struct cap {
    struct span part[CAP_TAG_COUNT]; /* info of each component; n 0: absent */
    uint8_t format_minor;            /* of 2.x */
    uint8_t flags;
    struct cap_package package; /* or, extended, the CAP file's own name */
    struct span packages;       /* raw; see cap_public_package */
    uint8_t package_count;
    uint8_t block_count; /* of Method */
    uint16_t pool_count;
    uint8_t applet_count;
    uint8_t import_count;
    uint16_t signature_pool; /* bytes of it at the head of Class (2.2+) */
};

/*
 * Reads a load file.  ERR_FORMAT, ERR_TRUNCATED; ERR_VERSION for another
 * format.  *bad is the tag of the component that is wrong, 0 where none can
 * be named.
 */
NODISCARD enum err cap_open(struct cap *cap, struct span load_file,
                            uint8_t *bad);

static inline bool cap_is_extended(const struct cap *cap)
{
    return (cap->flags & CAP_ACC_EXTENDED) != 0;
}

/*
 * The packages that other files may import: the only one of a compact file,
 * those that the Header of an extended one lists.  False beyond the last.
 */
bool cap_public_package(const struct cap *cap, uint8_t i,
                        struct cap_package *out);

/* Imported package `i`; false beyond the last. */
bool cap_import(const struct cap *cap, uint8_t i, struct cap_package *out);

/* Applet `i`: AID and the address of install(). */
bool cap_applet(const struct cap *cap, uint8_t i, struct span *aid,
                uint32_t *install);

enum cap_pool_tag {
    CAP_CLASSREF = 1,
    CAP_INSTANCE_FIELDREF,
    CAP_VIRTUAL_METHODREF,
    CAP_SUPER_METHODREF,
    CAP_STATIC_FIELDREF,
    CAP_STATIC_METHODREF,
};

/* One constant-pool entry. [JCVM 6.8] */
struct cap_entry {
    uint8_t tag;      /* enum cap_pool_tag */
    bool external;    /* `package` and `class` count, else `offset` */
    uint8_t package;  /* import index */
    uint8_t class;    /* class token */
    uint16_t offset;  /* in Class; of a static field: in the image */
    uint8_t token;    /* of field or method; an external static's too */
    uint32_t address; /* of a static method, where it is internal */
};

/* False beyond the last, and for a tag that there is not. */
bool cap_pool(const struct cap *cap, uint16_t i, struct cap_entry *out);

/* A class_ref taken apart. [JCVM 6.8.1] */
struct cap_class_ref {
    bool none; /* FFFF */
    bool external;
    uint8_t package;
    uint8_t class;
    uint16_t offset;
};
struct cap_class_ref cap_class_ref(uint16_t raw);

enum { /* flags of a class */
       CAP_CLASS_INTERFACE = 0x8,
       CAP_CLASS_SHAREABLE = 0x4,
       CAP_CLASS_REMOTE = 0x2,
};

/* An interface_info or class_info. [JCVM 6.9] */
struct cap_class {
    uint16_t offset;
    uint32_t size; /* bytes of it */
    uint8_t flags;
    uint8_t interface_count;
    uint16_t super; /* raw class_ref */
    uint8_t instance_size;
    uint8_t first_reference; /* FF: none */
    uint8_t reference_count;
    uint8_t public_base;
    uint8_t public_count;
    uint8_t package_base;
    uint8_t package_count;
    const uint8_t *public_table; /* raw; see cap_class_table */
    const uint8_t *package_table;
    struct span interfaces; /* raw; see cap_class_interface */
    const uint8_t *map;     /* 2.3: token mapping, base + count bytes */
    uint8_t cap22_count;    /* earlier: base + count */
};

/* The class at an offset of Class; false when none fits there. */
bool cap_class_at(const struct cap *cap, uint16_t offset,
                  struct cap_class *out);
/* Offset of the first class, and after one; false at the end. */
bool cap_class_first(const struct cap *cap, struct cap_class *out);
bool cap_class_next(const struct cap *cap, struct cap_class *class);

/*
 * The entry of a class's own table, public or package-visible, for a virtual
 * token: the address of a method.  False when the table has none or says that
 * it is inherited.
 */
bool cap_class_table(const struct cap *cap, const struct cap_class *class,
                     uint8_t token, uint32_t *address);

enum { CAP_NO_PACKAGE = 0xFF };

/*
 * Which package of an extended file a class belongs to, as its Descriptor
 * says: the public ones first.  CAP_NO_PACKAGE when it does not say; 0 in a
 * compact file.
 */
uint8_t cap_class_package(const struct cap *cap, uint16_t class);

/*
 * Whether two classes are of one package, so that what is package-visible in
 * one is seen in the other.  An extended file that does not say is taken at
 * its most private: no.
 */
bool cap_same_package(const struct cap *cap, uint16_t a, uint16_t b);

/*
 * Interface `i`: its class_ref and, for a class, the virtual tokens by
 * interface method token.
 */
bool cap_class_interface(const struct cap_class *class, uint8_t i,
                         uint16_t *ref, struct span *tokens);

/* A block of the Method component; the only one of a compact file. */
struct cap_block {
    uint32_t start;
    uint32_t space; /* where the first method can stand: after the handlers */
    uint32_t end;
    uint8_t handler_count;
};

bool cap_block(const struct cap *cap, unsigned i, struct cap_block *out);
/* The block that holds an address; false when none does. */
bool cap_block_of(const struct cap *cap, uint32_t pc, struct cap_block *out);
/* cap_open's part of it: whether the blocks can be read. */
enum err cap_open_methods(struct cap *cap);

enum { CAP_NOWHERE = 0x7FFFFFFF /* an address at which nothing is */ };

/* Bytes that name a method in Class, Applet, Export and Descriptor. */
static inline unsigned cap_address_size(const struct cap *cap)
{
    return cap_is_extended(cap) ? 3 : 2;
}

/*
 * What they mean: an address, CAP_NOWHERE in a block that there is not; false
 * for all ones, which say "inherited".
 */
bool cap_address(const struct cap *cap, const uint8_t *p, uint32_t *address);

enum { CAP_METHOD_EXTENDED = 0x8, CAP_METHOD_ABSTRACT = 0x4 };

/* A method's header. [JCVM 6.10.4] */
struct cap_method {
    uint32_t offset;
    uint32_t code; /* address of its first instruction */
    uint8_t flags;
    uint8_t max_stack;
    uint8_t nargs;
    uint8_t max_locals;
};

bool cap_method_at(const struct cap *cap, uint32_t offset,
                   struct cap_method *out);

struct cap_handler {
    uint32_t start;
    uint32_t end; /* exclusive */
    uint32_t handler;
    uint16_t catch_type; /* pool index; 0: any */
    bool stop;
};

/* Handler `i` of a block; false beyond the last. */
bool cap_block_handler(const struct cap *cap, const struct cap_block *b,
                       unsigned i, struct cap_handler *out);

/* Handler `i` of those that stand with `pc`; false beyond the last. */
bool cap_handler(const struct cap *cap, uint32_t pc, unsigned i,
                 struct cap_handler *out);

/* The static field image. [JCVM 6.11] */
struct cap_statics {
    uint16_t image_size;
    uint16_t reference_count;
    uint16_t array_count;
    struct span arrays; /* raw: u1 type, u2 bytes, values */
    uint16_t default_size;
    struct span values; /* of the last bytes of the image */
};

enum err cap_statics(const struct cap *cap, struct cap_statics *out);

/* Takes the next array initialiser from `arrays`; false at the end. */
bool cap_static_array(struct span *arrays, uint8_t *type, struct span *values);

/* An exported class. [JCVM 6.13] */
struct cap_export {
    uint16_t class_offset;
    uint8_t field_count;
    uint8_t method_count;
    struct span fields;  /* u2 each: offset in the static image */
    struct span methods; /* raw; see cap_exported_method */
};

/* Packages, and classes of one of them, that are exported. */
uint8_t cap_export_packages(const struct cap *cap);
uint8_t cap_export_count(const struct cap *cap, uint8_t package);
bool cap_export(const struct cap *cap, uint8_t package, uint8_t token,
                struct cap_export *out);
/* The address of a static method or constructor; false when there is none. */
bool cap_exported_method(const struct cap *cap, const struct cap_export *export,
                         uint8_t token, uint32_t *address);

#endif
