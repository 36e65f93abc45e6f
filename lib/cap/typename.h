/*
 * Types as they are written: type descriptors of a CAP file [JCVM 6.9.1],
 * class_refs [JCVM 6.8.1], and the words of Java that the world speaks.
 */
#ifndef CAP_TYPENAME_H
#define CAP_TYPENAME_H

#include "cap/typetable.h"

/* A class_ref as a type names the class; false when there is none such. */
bool cap_class_of_ref(const struct cap_types *s, uint16_t ref, uint16_t *out);

/* The class of Java name "java/lang/Object"; CAP_CLASS_NONE without one. */
uint16_t cap_class_of_name(const struct cap_types *s, const char *name,
                           size_t n);

/*
 * A field's type: a primitive code of a field row, or the place of a type
 * descriptor in type_descriptor_info.  False when it is none.
 */
bool cap_type_of_field(const struct cap_types *s, uint16_t code,
                       cap_type_t *out);

/* A method's types at a place in type_descriptor_info. */
bool cap_types_of(const struct cap_types *s, uint16_t place,
                  struct cap_types_of_method *out);

/* A field's type in Java's words. */
bool cap_type_of_java(const struct cap_types *s, const char *descriptor,
                      cap_type_t *out);

/* A method's types in Java's words. */
bool cap_types_of_java(const struct cap_types *s, const char *descriptor,
                       struct cap_types_of_method *out);

/* Whether two methods take and give the same. */
bool cap_types_equal(const struct cap_types_of_method *a,
                     const struct cap_types_of_method *b);

#endif
