/*
 * Packages, classes and members by name: those being converted, those of the
 * API tables, those of export files, all in one form.
 */
#ifndef TOOLCHAIN_SYMBOLS_H
#define TOOLCHAIN_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apidef/api.h"
#include "toolchain/classfile.h"
#include "toolchain/exp.h"

enum { TC_STATICS_NEW, TC_STATICS_OPEN, TC_STATICS_READ };
enum { TC_NO_TOKEN = 0xFF, TC_PACKAGE_TOKEN = 0x80 };
enum { TC_ANY_MINOR = 255, TC_NO_MINOR = -1 };

struct tc_package {
    const char *name;
    struct tc_aid aid;
    uint8_t major;
    uint8_t minor;        /* of the version that is known */
    uint8_t needed_minor; /* the lowest that has all that is used */
    int target_minor;     /* what the target has: TC_ANY_MINOR if that is not
                           * its to decide, TC_NO_MINOR if it has none */
    bool is_used;
    uint8_t token;                 /* index in Import, once that is laid out */
    const struct api_package *api; /* or */
    const struct tc_exp *exp;      /* or neither: the one being converted */
};

struct tc_class;

struct tc_start_array { /* one made by a static initialiser */
    uint8_t *bytes;
    int32_t count;
    uint8_t width; /* of an element, in bytes */
    const struct tc_field *stored_in;
};

struct tc_field {
    struct tc_class *owner;
    const char *name;
    const char *descriptor;
    uint16_t flags;
    uint8_t token;
    uint8_t minor;
    bool is_shared;   /* private, and used by a nest mate of its class */
    bool is_constant; /* compile-time: it has no place on the card */
    int32_t value;    /* of a constant */
    /* below: static fields of ours, see statics.h */
    bool has_start; /* a start value other than 0 or null */
    int32_t start;
    struct span array; /* the bytes of a constant array */
    bool has_array;
    struct tc_start_array *start_array;
    uint16_t image_offset;
};

struct tc_method {
    struct tc_class *owner;
    const char *name;
    const char *descriptor;
    uint16_t flags;
    bool is_shared; /* private, and called by a nest mate of its class */
    uint8_t token;  /* static space; a virtual's: see tc_virtual_token() */
    uint8_t minor;
    const struct tc_member *member; /* ours, with the code */
    struct tc_body *body;           /* ours, converted: see ir.h */
    uint16_t offset;                /* in Method info */
};

struct tc_class {
    const char *name;
    struct tc_package *package;
    uint16_t flags; /* enum ACC_... */
    bool is_shareable;
    bool is_remote;
    uint8_t token;
    uint8_t minor;
    struct tc_class *super;       /* NULL for java/lang/Object and interfaces */
    struct tc_class **interfaces; /* those it names, and theirs */
    size_t interface_count;
    struct tc_field *fields;
    size_t field_count;
    struct tc_method *methods;
    size_t method_count;
    struct tc_method **virtuals; /* [token]; of an interface: all methods */
    size_t virtual_count;
    size_t inheritable_count; /* of those, what a heir's tokens start after */

    /* ours only */
    const struct tc_classfile *file;
    struct tc_remote *remote; /* of a remote class, once Class is written */
    struct tc_method **package_virtuals; /* [token without bit 80] */
    size_t package_virtual_count;
    uint8_t *inherited_as; /* [token]: the superclass's token of it, or FF */
    uint8_t cap22_count;   /* public tokens at its first publication */
    uint8_t public_base;
    uint8_t package_base;
    uint8_t instance_size; /* cells */
    uint8_t first_reference;
    uint8_t reference_count;
    uint16_t offset;    /* in Class info */
    uint8_t statics;    /* TC_STATICS_: is its initialiser run? */
    uint8_t visit;      /* while sorting */
    bool is_refused;    /* it has no place on a card: only that is told */
    bool is_incomplete; /* what it inherits from is not all known */
};

struct tc_place {
    const char *file;
    unsigned line;
};

struct tc_env {
    struct tc_arena *arena;
    struct tc_arena *work; /* of the method looked at now */
    struct tc_diag *diag;
    const struct tc_options *options;
    const struct tc_exp *previous; /* version of this package, or NULL */
    struct tc_place at; /* what is looked at now: see tc_use_class() */
    struct tc_package own;
    struct tc_package **packages; /* all but `own` */
    size_t package_count;
    struct tc_class **known; /* found so far, ours included */
    size_t known_count;
    struct tc_class **classes; /* ours: interfaces first, heirs after supers */
    size_t class_count;
    uint8_t format; /* 2.x, of the CAP file */
    bool uses_int;
    bool has_unread; /* a class file of the package could not be read */
    bool has_remote;
    bool is_linked; /* superclasses and interfaces are all there */
};

/* Packages of the API and of options->exports; tells of broken files. */
void tc_env_init(struct tc_env *env, struct tc_arena *arena,
                 struct tc_diag *diag, const struct tc_options *options);

/* NULL when no package has it. */
struct tc_class *tc_find_class(struct tc_env *env, const char *name);
void tc_env_add(struct tc_env *env, struct tc_class *class);

static inline bool tc_is_own(const struct tc_env *env,
                             const struct tc_class *class)
{
    return class->package == &env->own;
}

static inline bool tc_is_interface(const struct tc_class *class)
{
    return (class->flags & ACC_INTERFACE) != 0;
}

/* Is it unknown what the class has, as something else was told of? */
bool tc_is_broken(const struct tc_class *class);

/* May `name` be the class of a file that could not be read? */
bool tc_may_be_unread(const struct tc_env *env, const char *name);

/* What there is to say of a class that no package has. */
const char *tc_unknown_class(struct tc_env *env, const char *name);

/* In the class, then its superclasses, then its interfaces; NULL if none. */
struct tc_field *tc_find_field(const struct tc_class *class, const char *name,
                               const char *descriptor);
struct tc_method *tc_find_method(const struct tc_class *class, const char *name,
                                 const char *descriptor);

/* The token of a method in the public table, or -1. */
int tc_virtual_token(const struct tc_class *class, const char *name,
                     const char *descriptor);
/* The same in the table of package-visible methods, without bit 80. */
int tc_package_token(const struct tc_class *class, const char *name,
                     const char *descriptor);

bool tc_is_subclass(const struct tc_class *class,
                    const struct tc_class *ancestor);

/*
 * Notes that `class`, or its `member` of package version `minor`, is referred
 * to.  Tells env->diag, with env->at as the place, when the target does not
 * have it, and returns false.  `member` NULL: the class alone.
 */
bool tc_use_class(struct tc_env *env, struct tc_class *class, uint8_t minor,
                  const char *member);

/* A virtual method: not static, not a constructor, not private. */
bool tc_is_virtual(const struct tc_method *method);

/* "org/x/Y" as a reader writes it, "org.x.Y". */
const char *tc_dotted(struct tc_arena *arena, const char *name);

#endif
