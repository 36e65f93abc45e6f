/*
 * Classes, constants and exports as the Descriptor types them: what overrides
 * what, what implements what, what the constant pool names.
 */
#ifndef CAP_TYPECLASS_H
#define CAP_TYPECLASS_H

#include "cap/typetable.h"

/* Superclass, tables, overrides and interfaces of a class. */
bool cap_check_class_types(struct cap_types *s, const struct cap_class_row *c);

/* The types that the Descriptor gives the entries of the constant pool. */
bool cap_check_pool_types(struct cap_types *s);

/* Applets' install methods, initial arrays, and what is exported. */
bool cap_check_entry_types(struct cap_types *s);

#endif
