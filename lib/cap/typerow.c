#include "cap/typerow.h"

#include <string.h>

#include "cap/typename.h"
#include "cap/typeorder.h"

enum { NO_TOKEN = 0xFF, VISIBILITY = 0x07, OPEN = 0x05, PACKAGE_TOKEN = 0x80 };

static bool bad_row(struct cap_types *s, uint32_t at, enum cap_rule rule)
{
    return cap_types_find(s, CAP_DESCRIPTOR, 0, at, (uint8_t)rule);
}

/* Public, protected, private: one at most. */
static bool is_one_visibility(uint8_t flags)
{
    unsigned v = flags & VISIBILITY;
    return (v & (v - 1)) == 0;
}

static bool is_open(uint8_t flags)
{
    return (flags & OPEN) != 0;
}

/* ---- classes ---- */

static bool class_flags_are_sound(const struct cap_class_row *c)
{
    enum {
        KNOWN = CAP_ROW_PUBLIC | CAP_ROW_FINAL | CAP_ROW_CLASS_INTERFACE |
                CAP_ROW_CLASS_ABSTRACT
    };
    const bool interface = (c->told & CAP_ROW_CLASS_INTERFACE) != 0;
    const bool abstract = (c->told & CAP_ROW_CLASS_ABSTRACT) != 0;
    const bool final = (c->told & CAP_ROW_FINAL) != 0;

    return (c->told & ~KNOWN) == 0 && (!interface || abstract) &&
           !(abstract && final);
}

/* Of interfaces none is told, of classes those of the class_info. */
static bool interfaces_agree(const struct cap_types *s,
                             const struct cap_class_row *row)
{
    struct cap_class c;
    struct span tokens;
    uint16_t ref = 0;

    if ((row->flags & CAP_WORLD_INTERFACE) != 0)
        return row->interface_count == 0 && row->field_count == 0;
    if (!cap_class_at(s->cap, row->offset, &c) ||
        c.interface_count != row->interface_count)
        return false;
    for (uint8_t i = 0; cap_class_interface(&c, i, &ref, &tokens); i++) {
        if (ref != get_u2(row->interfaces + 2 * i))
            return false;
    }
    return true;
}

static bool check_class(struct cap_types *s, const struct cap_class_row *c)
{
    const bool public = (c->told & CAP_ROW_PUBLIC) != 0;

    return (class_flags_are_sound(c) && public == (c->token != NO_TOKEN) &&
            interfaces_agree(s, c)) ||
           bad_row(s, c->at, CAP_RULE_CLASS_ROW);
}

/* No two classes have a token in common. */
static bool check_class_tokens(struct cap_types *s)
{
    uint8_t used[256] = {0};

    for (uint16_t i = 0; i < s->class_count; i++) {
        const struct cap_class_row *c = &s->classes[i];
        if (c->token != NO_TOKEN && used[c->token]++ != 0)
            return bad_row(s, c->at, CAP_RULE_CLASS_ROW);
    }
    return true;
}

/* ---- tokens of static members ---- */

/* Tokens of one space of a class: each from 0 up, once. */
struct tokens {
    unsigned count;
    unsigned sum;
    uint8_t used[256];
};

static bool take_token(struct tokens *t, uint8_t token)
{
    t->count++;
    t->sum += token;
    return t->used[token]++ == 0;
}

static bool are_consecutive(const struct tokens *t)
{
    return t->count == 0 || t->sum == t->count * (t->count - 1) / 2;
}

/* ---- fields ---- */

/*
 * The class_ref of an object's field; the converter of 2.1.1 wrote twice its
 * token there.
 */
static bool ref_is_own(const struct cap_types *s, const struct cap_field_row *f)
{
    return f->ref == f->class ||
           (s->cap->format_minor == 1 && f->ref == 2u * f->token);
}

static bool field_is_sound(const struct cap_types *s,
                           const struct cap_field_row *f, struct tokens *t)
{
    enum { KNOWN = VISIBILITY | CAP_ROW_STATIC | CAP_ROW_FINAL };
    cap_type_t type = 0;

    if ((f->flags & ~KNOWN) != 0 || !is_one_visibility(f->flags) ||
        !cap_type_of_field(s, f->type, &type))
        return false;
    if ((f->flags & CAP_ROW_STATIC) == 0)
        return f->told == f->token && ref_is_own(s, f);
    if (f->ref >> 8 != 0)
        return false;
    return is_open(f->flags) ? take_token(t, f->told) : f->told == NO_TOKEN;
}

/* Cells of one object's own fields. */
struct cells {
    uint8_t used[256];
    unsigned count;
    unsigned first_reference;
    unsigned end_reference;
    unsigned references;
    unsigned end_open; /* behind the last open reference */
};

static bool take_cell(const struct cap_types *s, const struct cap_field_row *f,
                      struct cells *c)
{
    cap_type_t type = 0;
    unsigned n = 1;

    if (!cap_type_of_field(s, f->type, &type))
        return false;
    if (cap_type_kind(type) == CAP_TYPE_INT)
        n = 2;
    for (unsigned i = 0; i < n; i++) {
        if (f->token + i > 0xFF || c->used[f->token + i]++ != 0)
            return false;
        c->count++;
    }
    if (!cap_is_reference(type))
        return true;
    c->references++;
    if (f->token < c->first_reference)
        c->first_reference = f->token;
    if (f->token + 1u > c->end_reference)
        c->end_reference = f->token + 1u;
    if (is_open(f->flags) && f->token + 1u > c->end_open)
        c->end_open = f->token + 1u;
    return true;
}

/*
 * Open fields stand before the others, of primitives and of references; the
 * references between the two kinds of primitives. [JCVM 4.3.7.6]
 */
static bool order_is_sound(const struct cap_types *s,
                           const struct cap_field_row *f, const struct cells *c)
{
    cap_type_t type = 0;

    if (c->references == 0 || !cap_type_of_field(s, f->type, &type))
        return true;
    if (cap_is_reference(type))
        return is_open(f->flags) || f->token >= c->end_open;
    return is_open(f->flags) ? f->token < c->first_reference
                             : f->token >= c->end_reference;
}

static bool cells_agree(const struct cap_types *s,
                        const struct cap_class_row *row)
{
    struct cells cells = {.first_reference = NO_TOKEN};
    struct cap_class c;

    if (!cap_class_at(s->cap, row->offset, &c))
        return false;
    for (uint16_t i = 0; i < row->field_count; i++) {
        const struct cap_field_row *f = &s->fields[row->first_field + i];
        if ((f->flags & CAP_ROW_STATIC) == 0 && !take_cell(s, f, &cells))
            return false;
    }
    for (uint16_t i = 0; i < row->field_count; i++) {
        const struct cap_field_row *f = &s->fields[row->first_field + i];
        if ((f->flags & CAP_ROW_STATIC) == 0 && !order_is_sound(s, f, &cells))
            return false;
    }
    return cells.count == c.instance_size &&
           (c.instance_size == 0 || cells.used[c.instance_size - 1] != 0) &&
           cells.references == c.reference_count &&
           cells.first_reference == c.first_reference &&
           (cells.references == 0 ||
            cells.end_reference - cells.first_reference == cells.references);
}

static bool check_fields(struct cap_types *s, const struct cap_class_row *c)
{
    struct tokens statics = {0};
    bool ok = true;

    for (uint16_t i = 0; i < c->field_count; i++) {
        const struct cap_field_row *f = &s->fields[c->first_field + i];
        if (!field_is_sound(s, f, &statics))
            ok = bad_row(s, f->at, CAP_RULE_FIELD_ROW);
    }
    if (ok && !are_consecutive(&statics))
        ok = bad_row(s, c->at, CAP_RULE_FIELD_ROW);
    if (ok && (c->flags & CAP_WORLD_INTERFACE) == 0 && !cells_agree(s, c))
        return cap_types_find(s, CAP_CLASS, 0, c->offset, CAP_RULE_FIELD_CELLS);
    return ok;
}

/* ---- methods ---- */

static bool method_flags_are_sound(const struct cap_class_row *c,
                                   const struct cap_method_row *m)
{
    enum {
        KNOWN = VISIBILITY | CAP_ROW_STATIC | CAP_ROW_FINAL | CAP_ROW_ABSTRACT |
                CAP_ROW_INIT
    };
    enum {
        CONCRETE =
            CAP_ROW_STATIC | CAP_ROW_FINAL | CAP_ROW_INIT | CAP_ROW_PRIVATE
    };
    const bool abstract = (m->flags & CAP_ROW_ABSTRACT) != 0;

    if ((m->flags & ~KNOWN) != 0 || !is_one_visibility(m->flags) ||
        (abstract && (m->flags & CONCRETE) != 0) ||
        (abstract && (c->told & CAP_ROW_CLASS_ABSTRACT) == 0))
        return false;
    return (m->flags & CAP_ROW_INIT) == 0 ||
           (m->flags & (CAP_ROW_STATIC | CAP_ROW_FINAL)) == 0;
}

static bool method_token_is_sound(const struct cap_method_row *m,
                                  struct tokens *statics)
{
    if ((m->flags & CAP_ROW_PRIVATE) != 0)
        return m->token == NO_TOKEN;
    if ((m->flags & (CAP_ROW_STATIC | CAP_ROW_INIT)) != 0)
        return is_open(m->flags) ? take_token(statics, m->token)
                                 : m->token == NO_TOKEN;
    /* what the class's nest alone calls has no token, and is not virtual */
    return is_open(m->flags) == ((m->token & PACKAGE_TOKEN) == 0);
}

static bool interface_method_is_sound(const struct cap_method_row *m,
                                      struct tokens *tokens)
{
    return m->flags == (CAP_ROW_PUBLIC | CAP_ROW_ABSTRACT) && m->offset == 0 &&
           m->code_count == 0 && m->handler_count == 0 &&
           m->handler_index == 0 && m->token < PACKAGE_TOKEN &&
           take_token(tokens, m->token);
}

static bool check_methods(struct cap_types *s, const struct cap_class_row *c)
{
    const bool interface = (c->flags & CAP_WORLD_INTERFACE) != 0;
    struct tokens tokens = {0};
    bool ok = true;

    for (uint16_t i = 0; i < c->method_count; i++) {
        const struct cap_method_row *m = &s->methods[c->first_method + i];
        bool sound = interface ? interface_method_is_sound(m, &tokens)
                               : method_flags_are_sound(c, m) &&
                                     method_token_is_sound(m, &tokens);
        if (!sound || !cap_types_of(s, m->type, &s->other))
            ok = bad_row(s, m->at, CAP_RULE_METHOD_ROW);
    }
    if (ok && !are_consecutive(&tokens))
        return bad_row(s, c->at, CAP_RULE_METHOD_ROW);
    return ok;
}

bool cap_check_rows(struct cap_types *s)
{
    bool ok = check_class_tokens(s);

    for (uint16_t i = 0; i < s->class_count; i++) {
        const struct cap_class_row *c = &s->classes[i];
        ok = check_class(s, c) && ok;
        ok = check_fields(s, c) && ok;
        ok = check_methods(s, c) && ok;
    }
    return ok;
}
