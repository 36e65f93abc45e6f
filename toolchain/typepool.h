/* Type descriptors as nibbles: those of the Descriptor component. [JCVM 6.9] */
#ifndef TOOLCHAIN_TYPEPOOL_H
#define TOOLCHAIN_TYPEPOOL_H

#include "toolchain/symbols.h"

struct tc_typepool {
    struct tc_env *env;
    struct span *entries; /* each once */
    size_t *offsets;      /* from the start of the entries */
    size_t count;
    size_t size; /* of all entries, in bytes */
};

/*
 * The offset among the entries of a field's type or a method's signature in
 * Java's form, which must be one that a card has.  Class offsets and package
 * tokens must be final.
 */
size_t tc_typepool_add(struct tc_typepool *pool, const char *descriptor);

/* Appends the entry of a descriptor: its length in nibbles, and they. */
void tc_typepool_encode(struct tc_env *env, const char *descriptor,
                        struct tc_bytes *out);

/* Notes the classes in a descriptor as used: see tc_use_class(). */
void tc_typepool_use(struct tc_env *env, const char *descriptor);

/* The two bytes that refer to a class. [JCVM 6.8.1] */
uint16_t tc_class_ref(const struct tc_env *env, const struct tc_class *class);

#endif
