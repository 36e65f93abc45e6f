/*
 * Which type can stand for which: superclasses, assignment, and the least
 * type that two share.
 */
#ifndef CAP_TYPEORDER_H
#define CAP_TYPEORDER_H

#include "cap/typetable.h"

/* CAP_WORLD_* flags of a class; that of Object for one not known. */
uint8_t cap_class_flags(const struct cap_types *s, uint16_t class);

/* The class above; CAP_CLASS_NONE above Object and interfaces. */
uint16_t cap_class_super(const struct cap_types *s, uint16_t class);

/* Whether `class` is `ancestor` or below it. */
bool cap_is_below(const struct cap_types *s, uint16_t class, uint16_t ancestor);

/* An object, an array or null: nothing uninitialised. */
bool cap_is_reference(cap_type_t t);

/* What a variable declared so holds: boolean and byte are short. */
cap_type_t cap_cell_of(cap_type_t declared);

/*
 * Whether a value on the stack may be assigned to what is declared so.  Of an
 * int only the upper half is looked at.
 */
bool cap_can_assign(const struct cap_types *s, cap_type_t value,
                    cap_type_t declared);

/* The least type of cell that both are; CAP_TYPE_NONE when none is. */
cap_type_t cap_type_join(const struct cap_types *s, cap_type_t a, cap_type_t b);

#endif
