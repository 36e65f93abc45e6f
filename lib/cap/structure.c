/* What the components say of each other. [JCVM 6; cap-format 23] */
#include "cap/internal.h"

static bool is_interface(const struct cap_class *c)
{
    return (c->flags & CAP_CLASS_INTERFACE) != 0;
}

/* ---- Directory [JCVM 6.5] ---- */

/*
 * A component that is there has the size the Directory gives.  Descriptor and
 * Debug may have been left out by the sender; its size stays behind.
 */
static bool size_agrees(const struct cap *cap, uint8_t tag, uint32_t size)
{
    bool optional = tag == CAP_DESCRIPTOR || tag == CAP_DEBUG ||
                    tag == CAP_STATIC_RESOURCES;
    return cap->part[tag].n == size || (optional && cap->part[tag].n == 0);
}

static bool check_sizes(const struct cap *cap, struct span *s)
{
    uint8_t last = cap->format_minor >= 2 ? CAP_DEBUG : CAP_DESCRIPTOR;
    uint32_t wide = 0;
    uint16_t size = 0;

    for (uint8_t tag = CAP_HEADER; tag <= last; tag++) {
        if (span_take_u2(s, &size) != ERR_OK || !size_agrees(cap, tag, size))
            return false;
    }
    return cap->format_minor < 3 ||
           (span_take_u4(s, &wide) == ERR_OK &&
            size_agrees(cap, CAP_STATIC_RESOURCES, wide));
}

static bool check_directory(struct cap_state *s)
{
    const struct cap *cap = s->cap;
    struct span d = cap->part[CAP_DIRECTORY];
    struct cap_statics image;
    uint16_t v[3] = {0};
    uint8_t imports = 0;
    uint8_t applets = 0;
    uint32_t array_bytes = 0;
    uint8_t type = 0;
    struct span values;

    if (cap_statics(cap, &image) != ERR_OK)
        return cap_find(s, CAP_STATIC_FIELD, 0, 0, CAP_RULE_STATIC_IMAGE);
    struct span arrays = image.arrays;
    while (arrays.n > 0 && cap_static_array(&arrays, &type, &values))
        array_bytes += (uint32_t)values.n;
    bool whole = check_sizes(cap, &d) && span_take_u2(&d, &v[0]) == ERR_OK &&
                 span_take_u2(&d, &v[1]) == ERR_OK &&
                 span_take_u2(&d, &v[2]) == ERR_OK &&
                 span_take_u1(&d, &imports) == ERR_OK &&
                 span_take_u1(&d, &applets) == ERR_OK;
    if (!whole || v[0] != image.image_size || v[1] != image.array_count ||
        v[2] != array_bytes || imports != cap->import_count ||
        applets != cap->applet_count)
        return cap_find(s, CAP_DIRECTORY, 0, 0, CAP_RULE_DIRECTORY);
    return true;
}

static bool check_imports(struct cap_state *s)
{
    struct cap_package p;
    for (uint8_t i = 0; cap_import(s->cap, i, &p); i++) {
        if (span_equal(p.aid, s->cap->package.aid))
            return cap_find(s, CAP_IMPORT, 0, i, CAP_RULE_IMPORT_SELF);
    }
    return true;
}

/* ---- classes [JCVM 6.9] ---- */

/* Whether a class begins at this offset. */
static bool begins_class(const struct cap_state *s, uint16_t offset,
                         struct cap_class *c)
{
    for (bool more = cap_class_first(s->cap, c); more;
         more = cap_class_next(s->cap, c)) {
        if (c->offset == offset)
            return true;
    }
    return false;
}

/* A class_ref of `c` to something earlier in this package, or imported. */
static bool check_reference(struct cap_state *s, const struct cap_class *c,
                            uint16_t raw, bool interface)
{
    const struct cap_class_ref ref = cap_class_ref(raw);
    struct cap_class other;

    if (ref.none)
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_KIND);
    if (ref.external)
        return ref.package < s->cap->import_count ||
               cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_KIND);
    if (ref.offset >= c->offset || !begins_class(s, ref.offset, &other))
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_ORDER);
    return is_interface(&other) == interface ||
           cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_KIND);
}

static bool check_cells(struct cap_state *s, const struct cap_class *c)
{
    unsigned end = (unsigned)c->first_reference + c->reference_count;
    bool fits = c->reference_count == 0
                    ? true
                    : c->first_reference != 0xFF && end <= c->instance_size;
    return fits || cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_CLASS_CELLS);
}

/* A table must not leave a hole behind what the superclass has. */
static bool check_tables(struct cap_state *s, const struct cap_class *c)
{
    const struct cap_class_ref super = cap_class_ref(c->super);
    struct cap_class above;

    if (super.none || super.external ||
        !cap_class_at(s->cap, super.offset, &above))
        return true;
    if (c->public_base > above.public_base + above.public_count ||
        c->package_base > above.package_base + above.package_count)
        return cap_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_METHOD_TABLE);
    return true;
}

static bool check_class(struct cap_state *s, const struct cap_class *c)
{
    struct span tokens;
    uint16_t ref = 0;

    if (!is_interface(c) && (!check_reference(s, c, c->super, false) ||
                             !check_cells(s, c) || !check_tables(s, c)))
        return false;
    for (uint8_t i = 0; cap_class_interface(c, i, &ref, &tokens); i++) {
        if (!check_reference(s, c, ref, true))
            return false;
    }
    return true;
}

static bool check_classes(struct cap_state *s)
{
    struct cap_class c;
    uint32_t at = 0;

    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        if (!check_class(s, &c))
            return false;
        at = c.offset + c.size;
    }
    return at == s->cap->part[CAP_CLASS].n ||
           cap_find(s, CAP_CLASS, 0, at, CAP_RULE_CLASS_LAYOUT);
}

/* ---- constant pool, exports ---- */

static bool entry_is_sound(const struct cap_state *s, const struct cap_entry *e)
{
    struct cap_class c;
    struct cap_statics image;

    if (e->external)
        return e->package < s->cap->import_count &&
               e->tag != CAP_SUPER_METHODREF;
    switch (e->tag) {
    case CAP_STATIC_METHODREF:
        return true; /* collected as a method, which checks it */
    case CAP_STATIC_FIELDREF:
        return cap_statics(s->cap, &image) == ERR_OK &&
               e->offset < image.image_size;
    default:
        return begins_class(s, e->offset, &c) &&
               (e->tag == CAP_CLASSREF || !is_interface(&c));
    }
}

static bool check_pool(struct cap_state *s)
{
    struct cap_entry e;
    for (uint16_t i = 0; i < s->cap->pool_count; i++) {
        if (!cap_pool(s->cap, i, &e) || !entry_is_sound(s, &e))
            return cap_find(s, CAP_CONSTANT_POOL, 0, 2u + 4u * i,
                            CAP_RULE_POOL_ENTRY);
    }
    return true;
}

static bool check_exports(struct cap_state *s)
{
    struct cap_export export;
    struct cap_class c;
    uint8_t count = cap_export_count(s->cap);
    bool flag = (s->cap->flags & CAP_ACC_EXPORT) != 0;

    if (flag != (s->cap->part[CAP_EXPORT].n != 0))
        return cap_find(s, CAP_EXPORT, 0, 0, CAP_RULE_DIRECTORY);
    for (uint8_t i = 0; i < count; i++) {
        if (!cap_export(s->cap, i, &export) ||
            !begins_class(s, export.class_offset, &c))
            return cap_find(s, CAP_EXPORT, 0, i, CAP_RULE_CLASS_LAYOUT);
    }
    return true;
}

static bool check_handlers(struct cap_state *s)
{
    struct cap_handler h;
    struct cap_entry e;

    for (unsigned i = 0; i < s->cap->handler_count; i++) {
        bool sound = cap_handler(s->cap, (uint8_t)i, &h) &&
                     h.end <= s->cap->part[CAP_METHOD].n &&
                     h.handler < s->cap->part[CAP_METHOD].n;
        if (sound && h.catch_type != 0)
            sound = cap_pool(s->cap, h.catch_type, &e) && e.tag == CAP_CLASSREF;
        if (!sound)
            return cap_find(s, CAP_METHOD, 0, 1u + 8u * i, CAP_RULE_HANDLER);
    }
    return true;
}

bool cap_check_structure(struct cap_state *s)
{
    return check_directory(s) && check_imports(s) && check_classes(s) &&
           check_pool(s) && check_exports(s) && check_handlers(s);
}
