/*
 * The card's constant pool: what methods refer to, each once, numbered when
 * all methods are known. [JCVM 6.8]
 */
#ifndef TOOLCHAIN_POOL_H
#define TOOLCHAIN_POOL_H

#include "cap/cap.h"
#include "toolchain/symbols.h"

struct tc_pool_ref {
    uint8_t tag;
    uint8_t token;          /* instance field, virtual method */
    struct tc_class *class; /* of the class_ref */
    struct tc_field *field;
    struct tc_method *method;
    bool is_caught; /* a catch type: must not be entry 0 */
    uint32_t uses;
    uint16_t index; /* after tc_pool_number() */
};

struct tc_pool {
    struct tc_env *env;
    struct tc_pool_ref **refs;
    size_t count;
};

/* Each finds or makes the entry and notes the package that it needs. */
struct tc_pool_ref *tc_pool_add_class(struct tc_pool *pool,
                                      struct tc_class *class);
struct tc_pool_ref *tc_pool_add_field(struct tc_pool *pool,
                                      struct tc_field *field);
/* Static methods, constructors and private methods. */
struct tc_pool_ref *tc_pool_add_static_method(struct tc_pool *pool,
                                              struct tc_method *method);
/* `token` in the table of `class`; bit 80 for a package-visible method. */
struct tc_pool_ref *tc_pool_add_virtual(struct tc_pool *pool,
                                        struct tc_class *class,
                                        struct tc_method *method,
                                        uint8_t token);
/* `caller` is the class that makes the call. */
struct tc_pool_ref *tc_pool_add_super(struct tc_pool *pool,
                                      struct tc_class *caller,
                                      struct tc_method *method, uint8_t token);

/*
 * Numbers the entries: instance fields first, the most used first, so that
 * one-byte operands reach them; then the others as they were met.  Tells
 * env->diag when there are more than 65535.
 */
void tc_pool_number(struct tc_pool *pool);

#endif
