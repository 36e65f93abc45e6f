/*
 * Makes CAP files in memory, good ones and hostile ones: a component's bytes
 * are there to be appended to, and to be broken before build_finish() writes
 * Directory and all.  A builder that runs out of room aborts the test.
 *
 * Order: build_start, build_handlers (if any), methods, classes, the rest.
 * Offsets of methods and classes are known as soon as they are added.
 */
#ifndef TESTS_CAP_BUILDER_H
#define TESTS_CAP_BUILDER_H

#include "cap/cap.h"

enum {
    BUILD_PART = 8192,  /* bytes of one component, at most */
    BUILD_NONE = 0xFFFF /* no superclass */
};

struct builder {
    uint8_t room[CAP_TAG_COUNT][BUILD_PART];
    struct buf part[CAP_TAG_COUNT]; /* info of each component, as made so far */
    uint8_t aid_bytes[16];
    struct span aid;
    uint8_t format_minor;
    uint8_t major;
    uint8_t minor;
    uint8_t flags; /* ACC_APPLET and ACC_EXPORT come by themselves */
    uint8_t handlers;
    uint8_t next_handler;
    uint16_t references; /* of the static image */
    uint16_t defaults;
    uint16_t array_count;
    uint16_t array_bytes;
    uint8_t value_bytes[256];
    struct span values;
    bool own_directory; /* part[CAP_DIRECTORY] is to be kept */
};

/* Bytes in place: BYTES(1, 2, 3) is a span. */
#define BYTES(...)                                                             \
    span_of((const uint8_t[]){__VA_ARGS__},                                    \
            sizeof((const uint8_t[]){__VA_ARGS__}))

/* An empty package of this AID, version 1.0. */
void build_start(struct builder *b, struct span aid);

/* Appends an import; its index, which is the package token. */
uint8_t build_import(struct builder *b, struct span aid, uint8_t major,
                     uint8_t minor);
/* The same for an API package, "javacard/framework", in our version. */
uint8_t build_import_api(struct builder *b, const char *name);

/* class_ref of a class token in an import. */
uint16_t build_outer(uint8_t import, uint8_t class);
/* class_ref of an API class; its package has been imported. */
uint16_t build_api(struct builder *b, const char *class_name);

/* Appends a constant-pool entry of 4 bytes; its index. */
uint16_t build_pool(struct builder *b, uint8_t tag, uint8_t b1, uint8_t b2,
                    uint8_t b3);
uint16_t build_classref(struct builder *b, uint16_t class);
/* InstanceFieldref, VirtualMethodref, SuperMethodref: class_ref and token. */
uint16_t build_member(struct builder *b, uint8_t tag, uint16_t class,
                      uint8_t token);
/* Internal StaticFieldref, StaticMethodref. */
uint16_t build_static(struct builder *b, uint8_t tag, uint16_t offset);
/* External ones. */
uint16_t build_outer_static(struct builder *b, uint8_t tag, uint8_t import,
                            uint8_t class, uint8_t token);
/* A static method or constructor of the API, by name and descriptor. */
uint16_t build_api_static(struct builder *b, const char *class_name,
                          const char *name, const char *descriptor);
/* A virtual method of the API. */
uint16_t build_api_virtual(struct builder *b, const char *class_name,
                           const char *name, const char *descriptor);
/* Token of a virtual or interface method of the API. */
uint8_t build_api_token(const char *class_name, const char *name,
                        const char *descriptor);
/* Points an internal static entry somewhere else. */
void build_repoint(struct builder *b, uint16_t entry, uint16_t offset);

/* Room for `count` handlers; before the first method. */
void build_handlers(struct builder *b, uint8_t count);
/* The next handler; offsets in Method, catch_type 0: any. */
void build_handler(struct builder *b, uint16_t start, uint16_t end,
                   uint16_t handler, uint16_t catch_type);

/*
 * Appends a method; the offset of its header (short form where it fits).  The
 * code begins build_code_at() of it.
 */
uint16_t build_method(struct builder *b, uint8_t max_stack, uint8_t nargs,
                      uint8_t max_locals, struct span code);
/* An abstract method's header. */
uint16_t build_abstract(struct builder *b, uint8_t nargs);
/* Where the next method will stand. */
uint16_t build_here(const struct builder *b);

struct build_class {
    uint8_t flags; /* CAP_CLASS_SHAREABLE ... */
    uint16_t super;
    uint8_t cells;
    uint8_t first_reference; /* FF: none */
    uint8_t references;
    uint8_t public_base;
    uint8_t public_count;
    uint16_t public_table[16];
    uint8_t package_base;
    uint8_t package_count;
    uint16_t package_table[16];
    uint8_t interface_count;
    struct build_implements {
        uint16_t interface; /* class_ref */
        uint8_t count;
        uint8_t tokens[8];
    } interfaces[4];
};

/* Appends a class_info; its offset, which is its class_ref. */
uint16_t build_class(struct builder *b, const struct build_class *c);
/* Appends an interface_info with these superinterfaces. */
uint16_t build_interface(struct builder *b, uint8_t flags, uint8_t supers,
                         const uint16_t *refs);

/* Static image: reference cells, arrays for the first, then bytes. */
void build_statics(struct builder *b, uint16_t references, uint16_t defaults,
                   struct span values);
/* An initial array for the next reference cell; after build_statics. */
void build_static_array(struct builder *b, uint8_t type, struct span bytes);

void build_applet(struct builder *b, struct span aid, uint16_t install);

/* Exports a class; its token. */
uint8_t build_export(struct builder *b, uint16_t class, uint8_t fields,
                     const uint16_t *field_offsets, uint8_t methods,
                     const uint16_t *method_offsets);

/* The load file: Directory and all components, in `out` (the caller's). */
struct span build_finish(struct builder *b, struct buf *out);

/*
 * A package of one static method, ready for build_finish(): the method is at
 * the offset returned; java/lang is import 0.
 */
uint16_t build_static_package(struct builder *b, struct span aid,
                              uint8_t max_stack, uint8_t nargs,
                              uint8_t max_locals, struct span code);

#endif
