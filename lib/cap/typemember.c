#include "cap/typemember.h"

#include "cap/typeorder.h"

bool cap_entry_class(const struct cap_types *s, const struct cap_entry *e,
                     uint16_t *out)
{
    uint16_t ref = e->offset;

    if (e->external)
        ref = (uint16_t)(0x8000u | (unsigned)e->package << 8 | e->class);
    return cap_class_of_ref(s, ref, out);
}

/* ---- members of the world ---- */

static void outer_member(uint16_t class, uint8_t flags, struct cap_member *out)
{
    unsigned row =
        (flags & CAP_WORLD_PROTECTED) != 0 ? CAP_ROW_PROTECTED : CAP_ROW_PUBLIC;
    if ((flags & CAP_WORLD_STATIC) != 0)
        row |= CAP_ROW_STATIC;
    if ((flags & CAP_WORLD_FINAL) != 0)
        row |= CAP_ROW_FINAL;
    if ((flags & CAP_WORLD_ABSTRACT) != 0)
        row |= CAP_ROW_ABSTRACT;
    if ((flags & CAP_WORLD_INIT) != 0)
        row |= CAP_ROW_INIT;
    *out = (struct cap_member){.class = class, .flags = (uint8_t)row};
}

static bool outer_method(const struct cap_types *s, uint16_t class,
                         enum cap_space space, uint8_t token,
                         struct cap_member *out,
                         struct cap_types_of_method *types)
{
    struct cap_world_member m;

    if (!s->check->world.method(s->check->world.ctx, class & 0x7FFF, space,
                                token, &m))
        return false;
    outer_member(class, m.flags, out);
    return cap_types_of_java(s, m.descriptor, types);
}

static bool outer_field(const struct cap_types *s, uint16_t class,
                        bool is_static, uint8_t token, struct cap_member *out,
                        cap_type_t *type)
{
    struct cap_world_member m;

    if (!s->check->world.field(s->check->world.ctx, class & 0x7FFF, is_static,
                               token, &m))
        return false;
    outer_member(class, m.flags, out);
    return cap_type_of_java(s, m.descriptor, type);
}

/* ---- methods ---- */

enum { NO_TOKEN = 0xFF };

static bool own_method(const struct cap_types *s,
                       const struct cap_method_row *row, struct cap_member *out,
                       struct cap_types_of_method *types)
{
    if (row == NULL)
        return false;
    *out = (struct cap_member){row->class, row->flags, row->token == NO_TOKEN};
    return cap_types_of(s, row->type, types);
}

/* The superclass's token of a public method; false for a new one. */
static bool token_above(const struct cap_class *c, uint8_t *token)
{
    if (c->map == NULL || (*token & 0x80) != 0)
        return true;
    if (*token >= c->public_base + c->public_count || c->map[*token] == 0xFF)
        return false;
    *token = c->map[*token];
    return true;
}

bool cap_inherits(const struct cap_types *s, uint16_t outer, uint8_t token)
{
    struct cap_world_class info;

    return (token & 0x80) == 0 &&
           (s->cap->format_minor >= 3 ||
            (s->check->world.class_info(s->check->world.ctx, outer & 0x7FFF,
                                        &info) &&
             token < info.inheritable));
}

bool cap_are_neighbours(const struct cap_types *s, uint16_t a, uint16_t b)
{
    return cap_class_row(s, a)->package == cap_class_row(s, b)->package;
}

bool cap_sees_token(const struct cap_types *s, uint16_t class, uint16_t super,
                    uint8_t token)
{
    return (token & 0x80) == 0 ||
           (super < CAP_OUTER && cap_are_neighbours(s, class, super));
}

bool cap_virtual_member(const struct cap_types *s, uint16_t class,
                        uint8_t token, struct cap_member *out,
                        struct cap_types_of_method *types)
{
    struct cap_class c;
    uint32_t offset = 0;

    const bool own = class < CAP_OUTER;
    while (class < CAP_OUTER) {
        if (cap_class_row(s, class) == NULL ||
            !cap_class_at(s->cap, class, &c) ||
            (c.flags & CAP_CLASS_INTERFACE) != 0)
            return false;
        if (cap_class_table(s->cap, &c, token, &offset))
            return own_method(s, cap_method_row(s, offset), out, types);
        if (!token_above(&c, &token))
            return false;
        const uint16_t super = cap_class_row(s, class)->super;
        if (!cap_sees_token(s, class, super, token))
            return false;
        class = super;
    }
    return class != CAP_CLASS_NONE && (!own || cap_inherits(s, class, token)) &&
           outer_method(s, class, CAP_SPACE_VIRTUAL, token, out, types);
}

bool cap_interface_member(const struct cap_types *s, uint16_t class,
                          uint8_t token, struct cap_member *out,
                          struct cap_types_of_method *types)
{
    if (class >= CAP_OUTER)
        return outer_method(s, class, CAP_SPACE_INTERFACE, token, out, types);
    const struct cap_class_row *row = cap_class_row(s, class);
    if (row == NULL || (row->flags & CAP_WORLD_INTERFACE) == 0)
        return false;
    for (uint16_t i = 0; i < row->method_count; i++) {
        const struct cap_method_row *m = &s->methods[row->first_method + i];
        if (m->token == token)
            return own_method(s, m, out, types);
    }
    return false;
}

bool cap_static_member(const struct cap_types *s, const struct cap_entry *e,
                       struct cap_member *out,
                       struct cap_types_of_method *types)
{
    uint16_t class = 0;

    if (!e->external)
        return own_method(s, cap_method_row(s, e->address), out, types);
    return cap_entry_class(s, e, &class) &&
           outer_method(s, class, CAP_SPACE_STATIC, e->token, out, types);
}

/* ---- fields ---- */

static bool own_field(const struct cap_types *s,
                      const struct cap_field_row *row, struct cap_member *out,
                      cap_type_t *type)
{
    if (row == NULL)
        return false;
    *out = (struct cap_member){.class = row->class, .flags = row->flags};
    return cap_type_of_field(s, row->type, type);
}

static const struct cap_field_row *instance_row(const struct cap_types *s,
                                                uint16_t class, uint8_t token)
{
    const struct cap_class_row *c = cap_class_row(s, class);

    for (uint16_t i = 0; c != NULL && i < c->field_count; i++) {
        const struct cap_field_row *f = &s->fields[c->first_field + i];
        if ((f->flags & CAP_ROW_STATIC) == 0 && f->token == token)
            return f;
    }
    return NULL;
}

bool cap_field_member(const struct cap_types *s, const struct cap_entry *e,
                      struct cap_member *out, cap_type_t *type)
{
    bool is_static = e->tag == CAP_STATIC_FIELDREF;
    uint16_t class = 0;

    if (e->external)
        return cap_entry_class(s, e, &class) &&
               outer_field(s, class, is_static, e->token, out, type);
    return own_field(s,
                     is_static ? cap_static_row(s, e->offset)
                               : instance_row(s, e->offset, e->token),
                     out, type);
}

/* ---- who may use it ---- */

bool cap_may_use(const struct cap_types *s, uint16_t from,
                 const struct cap_member *member, bool *own_only)
{
    *own_only = false;
    if (member->class == from)
        return true;
    if (member->class < CAP_OUTER && cap_are_neighbours(s, member->class, from))
        return (member->flags & CAP_ROW_PRIVATE) == 0;
    if ((member->flags & CAP_ROW_PROTECTED) == 0)
        return (member->flags & CAP_ROW_PUBLIC) != 0;
    *own_only = true;
    return cap_is_below(s, from, member->class);
}
