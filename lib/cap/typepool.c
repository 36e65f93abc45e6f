/* What the Descriptor says of constants, applets, arrays and exports. */
#include "cap/typeclass.h"
#include "cap/typemember.h"
#include "cap/typeorder.h"

/* ---- the constant pool ---- */

static bool is_method(uint8_t tag)
{
    return tag == CAP_VIRTUAL_METHODREF || tag == CAP_SUPER_METHODREF ||
           tag == CAP_STATIC_METHODREF;
}

/* The types of the method that an entry names, in s->callee. */
static bool entry_method(struct cap_types *s, const struct cap_entry *e)
{
    struct cap_member m;
    uint16_t class = 0;

    if (e->tag == CAP_STATIC_METHODREF)
        return cap_static_member(s, e, &m, &s->callee);
    if (!cap_entry_class(s, e, &class))
        return false;
    if (e->tag == CAP_SUPER_METHODREF)
        class = cap_class_super(s, class);
    return class != CAP_CLASS_NONE &&
           cap_virtual_member(s, class, e->token, &m, &s->callee);
}

enum { NO_TYPE = 0xFFFF }; /* what a class has */

static bool entry_fits(struct cap_types *s, const struct cap_entry *e,
                       uint16_t place, uint8_t *rule)
{
    struct cap_member m;
    uint16_t class = 0;
    cap_type_t found = 0;
    cap_type_t told = 0;

    if (e->tag == CAP_CLASSREF) {
        *rule = CAP_RULE_IMPORTED_CLASS;
        if (!cap_entry_class(s, e, &class))
            return false;
        *rule = CAP_RULE_POOL_TYPE;
        return place == NO_TYPE;
    }
    if (is_method(e->tag)) {
        *rule = CAP_RULE_IMPORTED_METHOD;
        if (!entry_method(s, e))
            return false;
        *rule = CAP_RULE_POOL_TYPE;
        return cap_types_of(s, place, &s->other) &&
               cap_types_equal(&s->callee, &s->other);
    }
    *rule = CAP_RULE_IMPORTED_FIELD;
    if (!cap_field_member(s, e, &m, &found))
        return false;
    *rule = CAP_RULE_POOL_TYPE;
    return cap_type_of_field(s, place, &told) && told == found;
}

bool cap_check_pool_types(struct cap_types *s)
{
    struct cap_entry e;
    uint8_t rule = 0;

    for (uint16_t i = 0; cap_pool(s->cap, i, &e); i++) {
        if (!entry_fits(s, &e, cap_type_of_constant(&s->types, i), &rule))
            return cap_types_find(s, CAP_CONSTANT_POOL, 0, 2u + 4u * i, rule);
    }
    return true;
}

/* ---- applets ---- */

static bool check_install(struct cap_types *s, uint32_t offset)
{
    const struct cap_method_row *m = cap_method_row(s, offset);
    const uint8_t flags = CAP_ROW_PUBLIC | CAP_ROW_STATIC;

    return m != NULL && (m->flags & flags) == flags &&
           cap_types_of(s, m->type, &s->own) &&
           cap_types_of_java(s, "([BSB)V", &s->other) &&
           cap_types_equal(&s->own, &s->other);
}

static bool check_applets(struct cap_types *s)
{
    struct span aid;
    uint32_t install = 0;

    for (uint8_t i = 0; i < s->cap->applet_count; i++) {
        if (!cap_applet(s->cap, i, &aid, &install) ||
            !check_install(s, install))
            return cap_types_find(s, CAP_APPLET, 0, i, CAP_RULE_APPLET_INSTALL);
    }
    return true;
}

/* ---- the static image ---- */

/* The first reference fields have the arrays that the image begins with. */
static bool check_arrays(struct cap_types *s)
{
    static const uint8_t elements[] = {CAP_TYPE_BOOLEAN, CAP_TYPE_BYTE,
                                       CAP_TYPE_SHORT, CAP_TYPE_INT};
    struct cap_statics image;
    struct span values;
    uint8_t code = 0;

    if (cap_statics(s->cap, &image) != ERR_OK)
        return cap_types_find(s, CAP_STATIC_FIELD, 0, 0, CAP_RULE_STATIC_IMAGE);
    for (uint16_t i = 0; i < image.array_count; i++) {
        const struct cap_field_row *f = cap_static_row(s, (uint16_t)(2 * i));
        cap_type_t type = 0;
        if (!cap_static_array(&image.arrays, &code, &values) || code < 2 ||
            code > 5 || f == NULL || !cap_type_of_field(s, f->type, &type) ||
            type != cap_type(CAP_TYPE_ARRAY, elements[code - 2]))
            return cap_types_find(s, CAP_STATIC_FIELD, 0, i,
                                  CAP_RULE_STATIC_FIELD);
    }
    return true;
}

static unsigned image_bytes(cap_type_t t)
{
    switch (cap_type_kind(t)) {
    case CAP_TYPE_BOOLEAN:
    case CAP_TYPE_BYTE:
        return 1;
    case CAP_TYPE_INT:
        return 4;
    default:
        return 2;
    }
}

/* Static fields stand one behind the other, and references come first. */
static bool check_image(struct cap_types *s)
{
    struct cap_statics image;

    if (cap_statics(s->cap, &image) != ERR_OK)
        return false;
    for (uint32_t at = 0; at < image.image_size;) {
        const struct cap_field_row *f = cap_static_row(s, (uint16_t)at);
        cap_type_t type = 0;
        bool reference = at < 2u * image.reference_count;
        if (f == NULL || !cap_type_of_field(s, f->type, &type) ||
            cap_is_reference(type) != reference ||
            at + image_bytes(type) > image.image_size)
            return cap_types_find(s, CAP_STATIC_FIELD, 0, at,
                                  CAP_RULE_STATIC_FIELD);
        at += image_bytes(type);
    }
    return true;
}

/* ---- exports ---- */

static bool exported_method(const struct cap_types *s, uint16_t class,
                            uint8_t token, uint32_t offset)
{
    const struct cap_method_row *m = cap_method_row(s, offset);
    return m != NULL && m->class == class && m->token == token &&
           (m->flags & (CAP_ROW_STATIC | CAP_ROW_INIT)) != 0 &&
           (m->flags & (CAP_ROW_PUBLIC | CAP_ROW_PROTECTED)) != 0;
}

static bool exported_field(const struct cap_types *s, uint16_t class,
                           uint8_t token, uint16_t offset)
{
    const struct cap_field_row *f = cap_static_row(s, offset);
    return f != NULL && f->class == class && f->token == token &&
           (f->flags & (CAP_ROW_PUBLIC | CAP_ROW_PROTECTED)) != 0;
}

static bool export_fits(const struct cap_types *s, uint8_t package,
                        uint8_t token, const struct cap_export *x)
{
    const struct cap_class_row *c = cap_class_row(s, x->class_offset);
    uint32_t address = 0;

    if (c == NULL || c->package != package || c->token != token)
        return false;
    for (uint8_t i = 0; cap_exported_method(s->cap, x, i, &address); i++) {
        if (!exported_method(s, c->offset, i, address))
            return false;
    }
    for (size_t i = 0; i < x->fields.n / 2; i++) {
        if (!exported_field(s, c->offset, (uint8_t)i,
                            get_u2(x->fields.p + 2 * i)))
            return false;
    }
    return true;
}

static bool check_exports(struct cap_types *s)
{
    const uint8_t packages = cap_export_packages(s->cap);
    struct cap_export x;

    for (uint8_t p = 0; p < packages; p++) {
        const uint8_t count = cap_export_count(s->cap, p);
        for (uint8_t i = 0; i < count; i++) {
            if (!cap_export(s->cap, p, i, &x) || !export_fits(s, p, i, &x))
                return cap_types_find(s, CAP_EXPORT, 0, i, CAP_RULE_DESCRIPTOR);
        }
    }
    return true;
}

bool cap_check_entry_types(struct cap_types *s)
{
    return check_applets(s) && check_image(s) && check_arrays(s) &&
           check_exports(s);
}
