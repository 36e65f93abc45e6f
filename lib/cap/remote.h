/*
 * What a Class component says of remote classes: which methods the terminal
 * may call and by which number, and the names that proxies are made from.
 * [JCVM 6.9] [JCRE 8]
 */
#ifndef CAP_REMOTE_H
#define CAP_REMOTE_H

#include "cap/cap.h"

/* remote_interface_info of a class. */
struct cap_remote {
    struct span methods;    /* hash u2, signature u2, virtual token u1 each */
    struct span modifier;   /* of the hashes, UTF-8 */
    struct span name;       /* of the class, without its package */
    struct span interfaces; /* class_refs */
};

/* Of the class at an offset; false when it is no remote class. */
bool cap_remote_class(const struct cap *cap, uint16_t class,
                      struct cap_remote *out);

/* The name of a remote interface; false when it is none. */
bool cap_remote_interface(const struct cap *cap, uint16_t class,
                          struct span *name);

/* A method by its hash: its token, and its type as a signature of the pool
 * [JCVM 6.9.1]: two nibbles a byte, their number in *count.  False: none. */
bool cap_remote_method(const struct cap *cap, const struct cap_remote *remote,
                       uint16_t hash, uint8_t *token, const uint8_t **nibbles,
                       uint8_t *count);

/* The same of method `i` of the class: its token and type; *sound is false when
 * the type is none of the pool.  False: there are not so many. */
bool cap_remote_at(const struct cap *cap, const struct cap_remote *remote,
                   unsigned i, uint8_t *token, const uint8_t **nibbles,
                   uint8_t *count, bool *sound);

/* Name of public package `i`, with slashes; false when none is told. */
bool cap_package_name(const struct cap *cap, uint8_t i, struct span *name);

#endif
