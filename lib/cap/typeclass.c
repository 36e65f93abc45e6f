#include "cap/typeclass.h"

#include "cap/typemember.h"
#include "cap/typeorder.h"

static bool bad_class(struct cap_types *s, const struct cap_class_row *c,
                      uint8_t rule)
{
    return cap_types_find(s, CAP_CLASS, 0, c->offset, rule);
}

static bool bad_method(struct cap_types *s, const struct cap_method_row *m,
                       uint8_t rule)
{
    return cap_types_find(s, CAP_METHOD, m->offset, 0, rule);
}

/* ---- tables ---- */

static bool is_virtual(const struct cap_method_row *m)
{
    enum { NO_TOKEN = 0xFF };
    return (m->flags & (CAP_ROW_STATIC | CAP_ROW_INIT | CAP_ROW_PRIVATE)) ==
               0 &&
           m->token != NO_TOKEN;
}

/* A table leads to methods of objects of this class, and no others. */
static bool check_table(struct cap_types *s, const struct cap_class_row *c,
                        const uint8_t *table, uint8_t count)
{
    const size_t size = cap_address_size(s->cap);

    for (unsigned i = 0; i < count; i++) {
        uint32_t offset = 0;
        if (!cap_address(s->cap, table + size * i, &offset))
            continue;
        const struct cap_method_row *m = cap_method_row(s, offset);
        if (m == NULL || !is_virtual(m) ||
            !cap_is_below(s, c->offset, m->class))
            return bad_class(s, c, CAP_RULE_METHOD_TABLE);
    }
    return true;
}

/* Whether the imported superclass has this token in the version asked for. */
static bool outer_has(const struct cap_types *s, const struct cap_class *c,
                      uint16_t super, unsigned token)
{
    const struct cap_class_ref ref = cap_class_ref(c->super);
    struct cap_world_member m;
    struct cap_package p;

    return token < 128 && cap_inherits(s, super, (uint8_t)token) &&
           cap_import(s->cap, ref.package, &p) &&
           s->check->world.method(s->check->world.ctx, super & 0x7FFF,
                                  CAP_SPACE_VIRTUAL, (uint8_t)token, &m) &&
           m.minor <= p.minor;
}

/* The table begins where the superclass ends, or before, and covers it. */
static bool check_extent(struct cap_types *s, const struct cap_class_row *row,
                         const struct cap_class *c)
{
    if (row->super < CAP_OUTER || row->super == CAP_CLASS_NONE)
        return true; /* structure has seen to it */
    if ((c->map == NULL && c->public_base > 0 &&
         !outer_has(s, c, row->super, c->public_base - 1u)) ||
        (c->map == NULL &&
         outer_has(s, c, row->super,
                   (unsigned)c->public_base + c->public_count)))
        return bad_class(s, row, CAP_RULE_METHOD_TABLE);
    return true;
}

/* ---- overrides ---- */

static unsigned openness(uint8_t flags)
{
    if ((flags & CAP_ROW_PUBLIC) != 0)
        return 3;
    if ((flags & CAP_ROW_PROTECTED) != 0)
        return 2;
    return (flags & CAP_ROW_PRIVATE) != 0 ? 0 : 1;
}

static bool check_override(struct cap_types *s, const struct cap_class *c,
                           const struct cap_method_row *m)
{
    const struct cap_class_row *row = cap_class_row(s, c->offset);
    struct cap_member above;
    uint8_t token = m->token;

    if (c->map != NULL && (token & 0x80) == 0) {
        if (token >= c->public_base + c->public_count)
            return bad_method(s, m, CAP_RULE_DESCRIPTOR);
        token = c->map[token];
    }
    if (token == 0xFF || row->super == CAP_CLASS_NONE ||
        !cap_sees_token(s, row->offset, row->super, token) ||
        (row->super >= CAP_OUTER && !cap_inherits(s, row->super, token)) ||
        !cap_virtual_member(s, row->super, token, &above, &s->other))
        return true;
    if (!cap_types_of(s, m->type, &s->own) ||
        !cap_types_equal(&s->own, &s->other) ||
        openness(m->flags) < openness(above.flags))
        return bad_method(s, m, CAP_RULE_TYPE_OVERRIDE);
    return (above.flags & CAP_ROW_FINAL) == 0 ||
           bad_method(s, m, CAP_RULE_TYPE_FINAL);
}

/* A virtual method is what its class has at its token. */
static bool check_token(struct cap_types *s, const struct cap_class_row *c,
                        const struct cap_method_row *m)
{
    struct cap_member found;

    if (!cap_virtual_member(s, c->offset, m->token, &found, &s->other) ||
        found.class != c->offset || found.flags != m->flags ||
        !cap_types_of(s, m->type, &s->own) ||
        !cap_types_equal(&s->own, &s->other))
        return bad_method(s, m, CAP_RULE_DESCRIPTOR);
    return true;
}

/* ---- interfaces ---- */

static bool check_implementation(struct cap_types *s,
                                 const struct cap_class_row *c,
                                 uint16_t interface, struct span tokens)
{
    struct cap_member above;
    struct cap_member own;

    for (size_t i = 0; i < tokens.n; i++) {
        if (!cap_interface_member(s, interface, (uint8_t)i, &above,
                                  &s->other) ||
            !cap_virtual_member(s, c->offset, tokens.p[i], &own, &s->own) ||
            !cap_types_equal(&s->own, &s->other) ||
            (own.flags & CAP_ROW_PUBLIC) == 0)
            return bad_class(s, c, CAP_RULE_TYPE_OVERRIDE);
    }
    /* one more would have no method here; another package may have grown */
    return interface >= CAP_OUTER || tokens.n > 127 ||
           !cap_interface_member(s, interface, (uint8_t)tokens.n, &above,
                                 &s->other) ||
           bad_class(s, c, CAP_RULE_INTERFACE_MAP);
}

static bool check_interfaces(struct cap_types *s, const struct cap_class *c,
                             const struct cap_class_row *row)
{
    struct span tokens;
    uint16_t ref = 0;
    uint16_t interface = 0;
    bool is_interface = (c->flags & CAP_CLASS_INTERFACE) != 0;

    for (uint8_t i = 0; i < c->interface_count; i++) {
        if (!cap_class_interface(c, i, &ref, &tokens) ||
            !cap_class_of_ref(s, ref, &interface))
            return bad_class(s, row, CAP_RULE_IMPORTED_CLASS);
        if ((cap_class_flags(s, interface) & CAP_WORLD_INTERFACE) == 0)
            return bad_class(s, row, CAP_RULE_CLASS_KIND);
        if (!is_interface && !check_implementation(s, row, interface, tokens))
            return false;
    }
    return true;
}

bool cap_check_class_types(struct cap_types *s, const struct cap_class_row *row)
{
    struct cap_class c;

    if (!cap_class_at(s->cap, row->offset, &c) || !check_interfaces(s, &c, row))
        return false;
    if ((row->flags & CAP_WORLD_INTERFACE) != 0)
        return true;
    if (row->super != CAP_CLASS_NONE &&
        (cap_class_flags(s, row->super) & CAP_WORLD_FINAL) != 0)
        return bad_class(s, row, CAP_RULE_TYPE_FINAL);
    if (!check_extent(s, row, &c) ||
        !check_table(s, row, c.public_table, c.public_count) ||
        !check_table(s, row, c.package_table, c.package_count))
        return false;
    for (uint16_t i = 0; i < row->method_count; i++) {
        const struct cap_method_row *m = &s->methods[row->first_method + i];
        if (is_virtual(m) &&
            (!check_token(s, row, m) || !check_override(s, &c, m)))
            return false;
    }
    return true;
}
