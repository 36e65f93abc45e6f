#include "cap/typeorder.h"

/* No chain of superclasses is longer; a world could lie about its own. */
enum { DEPTH_MAX = 512 };

static bool outer_info(const struct cap_types *s, uint16_t class,
                       struct cap_world_class *out)
{
    return s->check->world.class_info(s->check->world.ctx, class & 0x7FFF, out);
}

uint8_t cap_class_flags(const struct cap_types *s, uint16_t class)
{
    struct cap_world_class info;

    if (class < CAP_OUTER) {
        const struct cap_class_row *row = cap_class_row(s, class);
        return row == NULL ? 0 : row->flags;
    }
    return outer_info(s, class, &info) ? info.flags : 0;
}

uint16_t cap_class_super(const struct cap_types *s, uint16_t class)
{
    struct cap_world_class info;

    if (class == s->object)
        return CAP_CLASS_NONE;
    if (class < CAP_OUTER) {
        const struct cap_class_row *row = cap_class_row(s, class);
        return row == NULL ? CAP_CLASS_NONE : row->super;
    }
    if (!outer_info(s, class, &info) || info.super >= 0x7FFF)
        return CAP_CLASS_NONE;
    return (uint16_t)(CAP_OUTER | info.super);
}

bool cap_is_below(const struct cap_types *s, uint16_t class, uint16_t ancestor)
{
    if (ancestor == s->object)
        return true;
    for (unsigned i = 0; i < DEPTH_MAX && class != CAP_CLASS_NONE; i++) {
        if (class == ancestor)
            return true;
        class = cap_class_super(s, class);
    }
    return false;
}

bool cap_is_reference(cap_type_t t)
{
    enum cap_type_kind kind = cap_type_kind(t);
    return kind == CAP_TYPE_NULL || kind == CAP_TYPE_CLASS ||
           kind == CAP_TYPE_ARRAY || kind == CAP_TYPE_OBJECTS;
}

cap_type_t cap_cell_of(cap_type_t declared)
{
    enum cap_type_kind kind = cap_type_kind(declared);
    if (kind == CAP_TYPE_BOOLEAN || kind == CAP_TYPE_BYTE)
        return cap_type(CAP_TYPE_SHORT, 0);
    return declared;
}

static bool is_interface(const struct cap_types *s, uint16_t class)
{
    return (cap_class_flags(s, class) & CAP_WORLD_INTERFACE) != 0;
}

/* An object of this class to a variable of that one. */
static bool class_fits(const struct cap_types *s, uint16_t class,
                       uint16_t declared)
{
    return is_interface(s, declared) || cap_is_below(s, class, declared);
}

bool cap_can_assign(const struct cap_types *s, cap_type_t value,
                    cap_type_t declared)
{
    enum cap_type_kind kind = cap_type_kind(value);
    uint16_t to = cap_type_detail(declared);

    declared = cap_cell_of(declared);
    if (!cap_is_reference(declared) || cap_type_kind(declared) == CAP_TYPE_NULL)
        return value == declared;
    if (kind == CAP_TYPE_NULL)
        return true;
    switch (cap_type_kind(declared)) {
    case CAP_TYPE_CLASS:
        if (kind == CAP_TYPE_ARRAY || kind == CAP_TYPE_OBJECTS)
            return to == s->object;
        return kind == CAP_TYPE_CLASS &&
               class_fits(s, cap_type_detail(value), to);
    case CAP_TYPE_OBJECTS:
        return kind == CAP_TYPE_OBJECTS &&
               class_fits(s, cap_type_detail(value), to);
    default:
        return value == declared;
    }
}

/* ---- what two types share ---- */

static uint16_t join_classes(const struct cap_types *s, uint16_t a, uint16_t b)
{
    if (a == b)
        return a;
    if (is_interface(s, a) || is_interface(s, b))
        return s->object;
    for (unsigned i = 0; i < DEPTH_MAX && a != CAP_CLASS_NONE; i++) {
        if (cap_is_below(s, b, a))
            return a;
        a = cap_class_super(s, a);
    }
    return s->object;
}

cap_type_t cap_type_join(const struct cap_types *s, cap_type_t a, cap_type_t b)
{
    if (a == b)
        return a;
    if (!cap_is_reference(a) || !cap_is_reference(b))
        return CAP_TYPE_NONE;
    if (cap_type_kind(a) == CAP_TYPE_NULL)
        return b;
    if (cap_type_kind(b) == CAP_TYPE_NULL)
        return a;
    enum cap_type_kind kind = cap_type_kind(a);
    if (kind == cap_type_kind(b) && kind != CAP_TYPE_ARRAY)
        return cap_type(
            kind, join_classes(s, cap_type_detail(a), cap_type_detail(b)));
    return cap_type(CAP_TYPE_CLASS, s->object);
}
