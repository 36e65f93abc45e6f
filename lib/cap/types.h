/*
 * Is every reference used as what it is?  [JCVM 6.14, 7.5]
 *
 * cap_check knows the kinds of cells; this check knows their types: the class
 * of an object, the type of an array, the object whose constructor has not
 * run.  It needs the Descriptor, which gives the types of fields and methods
 * of the package, and the classes of the imported packages, which whoever
 * calls it lends as a world.  It is what a development machine does before a
 * package is sent; a card does not.
 *
 * Interfaces are treated as the first Java verifiers did: any object may be
 * assigned to a variable of an interface type, since the machine looks for
 * the method when it is called.
 */
#ifndef CAP_TYPES_H
#define CAP_TYPES_H

#include "cap/check.h"

/*
 * A class of another package: a number that the world chose, the same for the
 * same class whichever package named it.  Below 0x7FFF.
 */
typedef uint16_t cap_world_class_t;

enum { CAP_WORLD_NONE = 0xFFFF };

enum { /* flags of a class in the world */
       CAP_WORLD_INTERFACE = 0x01,
       CAP_WORLD_ABSTRACT = 0x02,
       CAP_WORLD_FINAL = 0x04,
       CAP_WORLD_SHAREABLE = 0x08,
       /* of a member, CAP_WORLD_ABSTRACT and CAP_WORLD_FINAL besides */
       CAP_WORLD_PROTECTED = 0x10,
       CAP_WORLD_STATIC = 0x20,
       CAP_WORLD_INIT = 0x40,
};

struct cap_world_class {
    cap_world_class_t super; /* CAP_WORLD_NONE: Object, or not known */
    uint8_t flags;
    /* leading virtual tokens that a subclass of format 2.1 or 2.2 inherits */
    uint8_t inheritable;
};

/* A method or a field, in Java's words: "([BS)V", "[B". */
struct cap_world_member {
    const char *descriptor; /* lives as long as the world */
    uint8_t flags;
    uint8_t minor; /* of its package's version that has it first, or 0 */
};

/* The classes of other packages.  Each call is false when there is none. */
struct cap_world {
    void *ctx;
    /* The class with this token in import `import` of the package. */
    bool (*class_at)(void *ctx, uint8_t import, uint8_t token,
                     cap_world_class_t *out);
    /*
     * The class of this name, "java/lang/Object" (n characters).  A name that
     * is not known gets a number as well: a class that is only itself.
     */
    bool (*class_named)(void *ctx, const char *name, size_t n,
                        cap_world_class_t *out);
    bool (*class_info)(void *ctx, cap_world_class_t class,
                       struct cap_world_class *out);
    /* By token in a space of the class, inherited virtual ones included. */
    bool (*method)(void *ctx, cap_world_class_t class, enum cap_space space,
                   uint8_t token, struct cap_world_member *out);
    /* A field that the class declares. */
    bool (*field)(void *ctx, cap_world_class_t class, bool is_static,
                  uint8_t token, struct cap_world_member *out);
};

/* What the check is given, and who hears of its findings. */
struct cap_types_check {
    const struct cap *cap; /* has passed cap_check */
    struct cap_world world;
    uint8_t *scratch; /* working memory, aligned as for a pointer */
    uint32_t scratch_size;
    /* Called for each finding; may be NULL.  The first decides the error. */
    void (*report)(void *ctx, const struct cap_finding *finding);
    void *report_ctx;
};

/*
 * Checks every method of a file against its Descriptor and the world; in an
 * extended one, its packages see of each other what is public or inherited.
 * ERR_NOT_FOUND without a Descriptor; ERR_TYPE after a finding; ERR_MEMORY
 * when scratch is too small: 4 MiB suffice for all but contrived files.
 */
NODISCARD enum err cap_check_types(const struct cap_types_check *check);

#endif
