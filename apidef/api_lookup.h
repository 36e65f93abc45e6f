/* Finding rows of the API tables. */
#ifndef APIDEF_API_LOOKUP_H
#define APIDEF_API_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "apidef/api.h"

/* By AID (n bytes); NULL when the API has no such package. */
const struct api_package *api_package_by_aid(const uint8_t *aid, size_t n);

/* By name with slashes, "javacard/framework" (n characters); NULL. */
const struct api_package *api_package_by_name(const char *name, size_t n);

/* By full name, "javacard/framework/APDU" (n characters); NULL. */
const struct api_class *api_class_by_name(const char *name, size_t n);

/* The same by a NUL-terminated name. */
const struct api_class *api_class_called(const char *name);

/* One of the card's own classes by its NUL-terminated name; NULL. */
const struct api_class *api_hidden_class(const char *name);

/* Row number of a package in api_packages. */
uint16_t api_package_index(const struct api_package *package);

/*
 * Package row and class token of a class, which is one of the table's; of the
 * card's own the token is API_HIDDEN and more.
 */
uint16_t api_class_place(const struct api_class *class, uint16_t *token);

/* The direct superclass; NULL for java/lang/Object. */
const struct api_class *api_super(const struct api_class *class);

/*
 * By name and descriptor (NUL-terminated): in .statics (also constructors)
 * when `statics`, else in .virtuals.  *token is its index there.  NULL.
 */
const struct api_method *api_method_by_name(const struct api_class *class,
                                            bool statics, const char *name,
                                            const char *descriptor,
                                            uint8_t *token);

/* By token; NULL beyond the last. */
const struct api_class *api_class_at(const struct api_package *package,
                                     uint16_t token);
const struct api_method *api_method_at(const struct api_class *class,
                                       bool statics, uint8_t token);

/* A field or constant by name; NULL. */
const struct api_field *api_field_by_name(const struct api_class *class,
                                          const char *name);

#endif
