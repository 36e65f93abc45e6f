/* The components of the CAP file, each written by a function of its own. */
#ifndef TOOLCHAIN_OUTPUT_H
#define TOOLCHAIN_OUTPUT_H

#include "toolchain/ir.h"
#include "toolchain/remote.h"
#include "toolchain/statics.h"
#include "toolchain/symbols.h"
#include "toolchain/typepool.h"

enum tc_component {
    COMPONENT_HEADER = 1,
    COMPONENT_DIRECTORY = 2,
    COMPONENT_APPLET = 3,
    COMPONENT_IMPORT = 4,
    COMPONENT_CONSTANT_POOL = 5,
    COMPONENT_CLASS = 6,
    COMPONENT_METHOD = 7,
    COMPONENT_STATIC_FIELD = 8,
    COMPONENT_REFERENCE_LOCATION = 9,
    COMPONENT_EXPORT = 10,
    COMPONENT_DESCRIPTOR = 11,
    COMPONENT_DEBUG = 12,
    COMPONENT_STATIC_RESOURCES = 13,
};

/* Signatures of remote methods, at the head of Class. */
struct tc_signatures {
    const char **descriptors; /* each once */
    size_t *offsets;          /* from the first */
    size_t count;
    size_t size;
};

struct tc_output {
    struct tc_env *env;
    struct tc_signatures signatures;
    struct tc_pool *pool;
    struct tc_typepool types;
    struct tc_statics statics;
    struct tc_package **imports; /* [package token] */
    size_t import_count;
    struct tc_method **applet_installs; /* [applet of the options] */
    size_t exported_classes;
    struct span export_file;
    size_t handler_count;
    struct tc_bytes byte_references; /* RefLocation's two lists */
    struct tc_bytes pair_references;
    struct tc_bytes info[TC_COMPONENT_LAST + 1]; /* without tag and size */
};

/* Does this method have an entry in the Method component? */
static inline bool tc_has_entry(const struct tc_method *method)
{
    return !tc_is_interface(method->owner);
}

/* --- in this order --- */

/* Lays out every body, then gives each method its offset. */
void tc_output_place_methods(struct tc_output *out);
/* Class, giving each class its offset.  [JCVM 6.9] */
void tc_output_classes(struct tc_output *out);
/* Method and ReferenceLocation.  [JCVM 6.10, 6.12] */
void tc_output_methods(struct tc_output *out);
/* Header, Applet, Import, ConstantPool, StaticField, Export, StaticResources.
 */
void tc_output_small(struct tc_output *out);
/* Descriptor.  [JCVM 6.14] */
void tc_output_descriptor(struct tc_output *out);
/* Debug, if that is asked for.  [JCVM 6.15] */
void tc_output_debug(struct tc_output *out);
/* Directory, when all others are written.  [JCVM 6.5] */
void tc_output_directory(struct tc_output *out);

/* Bytes of a method's header: the short form, or the extended one. */
size_t tc_header_size(const struct tc_method *method);

/* Interfaces that class_info and Descriptor list for a class. */
size_t tc_listed_interfaces(const struct tc_class *class);

#endif
