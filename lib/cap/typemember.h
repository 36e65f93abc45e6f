/*
 * Which field or method a reference means, with its types, and who may use
 * it.
 */
#ifndef CAP_TYPEMEMBER_H
#define CAP_TYPEMEMBER_H

#include "cap/typename.h"

struct cap_member {
    uint16_t class; /* the one that declares it; of the world: that is named */
    uint8_t flags;  /* CAP_ROW_* */
    bool direct;    /* a method without a token: no class overrides it */
};

/* The virtual method of this token in a class or above it. */
bool cap_virtual_member(const struct cap_types *s, uint16_t class,
                        uint8_t token, struct cap_member *out,
                        struct cap_types_of_method *types);

/* Whether two classes of this file are of one package. */
bool cap_are_neighbours(const struct cap_types *s, uint16_t a, uint16_t b);

/*
 * Whether a class sees a virtual token of its superclass: one of its package's
 * own, from 128 on, only if the superclass is of that package.
 */
bool cap_sees_token(const struct cap_types *s, uint16_t class, uint16_t super,
                    uint8_t token);

/* Whether a class of this package inherits that token of one of the world. */
bool cap_inherits(const struct cap_types *s, uint16_t outer, uint8_t token);

/* The method of this token in an interface. */
bool cap_interface_member(const struct cap_types *s, uint16_t class,
                          uint8_t token, struct cap_member *out,
                          struct cap_types_of_method *types);

/* A StaticMethodref's: static method, constructor or private method. */
bool cap_static_member(const struct cap_types *s, const struct cap_entry *e,
                       struct cap_member *out,
                       struct cap_types_of_method *types);

/* A StaticFieldref's or InstanceFieldref's. */
bool cap_field_member(const struct cap_types *s, const struct cap_entry *e,
                      struct cap_member *out, cap_type_t *type);

/* The class that an entry of the pool names; false when there is none. */
bool cap_entry_class(const struct cap_types *s, const struct cap_entry *e,
                     uint16_t *out);

/*
 * Whether code of class `from` may use the member; *own_only: of objects of
 * its own class alone, since another package protects it.
 */
bool cap_may_use(const struct cap_types *s, uint16_t from,
                 const struct cap_member *member, bool *own_only);

#endif
