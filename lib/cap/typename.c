#include "cap/typename.h"

#include <string.h>

bool cap_class_of_ref(const struct cap_types *s, uint16_t ref, uint16_t *out)
{
    const struct cap_class_ref r = cap_class_ref(ref);
    cap_world_class_t number = CAP_WORLD_NONE;

    if (r.none)
        return false;
    *out = r.offset;
    if (!r.external)
        return cap_class_row(s, r.offset) != NULL;
    if (r.package >= s->cap->import_count ||
        !s->check->world.class_at(s->check->world.ctx, r.package, r.class,
                                  &number) ||
        number >= 0x7FFF)
        return false;
    *out = (uint16_t)(CAP_OUTER | number);
    return true;
}

uint16_t cap_class_of_name(const struct cap_types *s, const char *name,
                           size_t n)
{
    cap_world_class_t number = CAP_WORLD_NONE;

    if (!s->check->world.class_named(s->check->world.ctx, name, n, &number) ||
        number >= 0x7FFF)
        return CAP_CLASS_NONE;
    return (uint16_t)(CAP_OUTER | number);
}

/* ---- type descriptors ---- */

static bool type_of_word(const struct cap_types *s,
                         const struct cap_type_word *w, cap_type_t *out)
{
    static const uint8_t primitive[] = {0,
                                        CAP_TYPE_VOID,
                                        CAP_TYPE_BOOLEAN,
                                        CAP_TYPE_BYTE,
                                        CAP_TYPE_SHORT,
                                        CAP_TYPE_INT};
    const unsigned n = w->nibble;
    uint16_t class = 0;

    if (n < CAP_NIBBLE_CLASS) {
        *out = cap_type(primitive[n], 0);
        return true;
    }
    if (n >= CAP_NIBBLE_ARRAYS && n < CAP_NIBBLE_OBJECTS) {
        *out = cap_type(CAP_TYPE_ARRAY,
                        primitive[n - CAP_NIBBLE_ARRAYS + CAP_NIBBLE_BOOLEAN]);
        return true;
    }
    if (!cap_class_of_ref(s, w->class, &class))
        return false;
    *out = cap_type(n == CAP_NIBBLE_CLASS ? CAP_TYPE_CLASS : CAP_TYPE_OBJECTS,
                    class);
    return true;
}

static bool take_type(const struct cap_types *s, struct cap_nibbles *r,
                      cap_type_t *out)
{
    struct cap_type_word w;

    return cap_nibbles_take(r, &w) && type_of_word(s, &w, out);
}

bool cap_type_of_field(const struct cap_types *s, uint16_t code,
                       cap_type_t *out)
{
    struct cap_type_word w;

    return cap_type_only(&s->types, code, &w) && type_of_word(s, &w, out);
}

static bool add_parameter(struct cap_types_of_method *m, cap_type_t t)
{
    if (m->count >= CAP_PARAMETERS_MAX || cap_type_kind(t) == CAP_TYPE_VOID)
        return false;
    m->parameters[m->count++] = t;
    m->cells = (uint16_t)(m->cells + (t == cap_type(CAP_TYPE_INT, 0) ? 2 : 1));
    return true;
}

bool cap_types_of(const struct cap_types *s, uint16_t place,
                  struct cap_types_of_method *out)
{
    struct cap_nibbles r;
    cap_type_t t = 0;

    out->count = out->cells = 0;
    if (!cap_type_open(&s->types, place, &r))
        return false;
    for (;;) {
        if (!take_type(s, &r, &t))
            return false;
        if (r.at == r.n)
            break;
        if (!add_parameter(out, t))
            return false;
    }
    out->result = t;
    return true;
}

/* ---- Java's words ---- */

/* The name in "Ljava/lang/Object;"; *p behind it. */
static bool take_name(const struct cap_types *s, const char **p,
                      enum cap_type_kind kind, cap_type_t *out)
{
    const char *end = strchr(*p, ';');

    if (**p != 'L' || end == NULL)
        return false;
    uint16_t class = cap_class_of_name(s, *p + 1, (size_t)(end - *p - 1));
    *p = end + 1;
    *out = cap_type(kind, class);
    return class != CAP_CLASS_NONE;
}

static bool take_word(const struct cap_types *s, const char **p,
                      cap_type_t *out)
{
    static const char letters[] = "VZBSI";
    static const uint8_t primitive[] = {CAP_TYPE_VOID, CAP_TYPE_BOOLEAN,
                                        CAP_TYPE_BYTE, CAP_TYPE_SHORT,
                                        CAP_TYPE_INT};
    bool array = **p == '[';

    if (array)
        (*p)++;
    if (**p == 'L')
        return take_name(s, p, array ? CAP_TYPE_OBJECTS : CAP_TYPE_CLASS, out);
    const char *found = **p == '\0' ? NULL : strchr(letters, **p);
    if (found == NULL || (array && *found == 'V'))
        return false;
    (*p)++;
    uint8_t kind = primitive[found - letters];
    *out = array ? cap_type(CAP_TYPE_ARRAY, kind) : cap_type(kind, 0);
    return true;
}

bool cap_type_of_java(const struct cap_types *s, const char *descriptor,
                      cap_type_t *out)
{
    return take_word(s, &descriptor, out) && *descriptor == '\0' &&
           cap_type_kind(*out) != CAP_TYPE_VOID;
}

bool cap_types_of_java(const struct cap_types *s, const char *descriptor,
                       struct cap_types_of_method *out)
{
    cap_type_t t = 0;

    out->count = out->cells = 0;
    if (*descriptor++ != '(')
        return false;
    while (*descriptor != ')') {
        if (!take_word(s, &descriptor, &t) || !add_parameter(out, t))
            return false;
    }
    descriptor++;
    return take_word(s, &descriptor, &out->result) && *descriptor == '\0';
}

bool cap_types_equal(const struct cap_types_of_method *a,
                     const struct cap_types_of_method *b)
{
    return a->count == b->count && a->result == b->result &&
           memcmp(a->parameters, b->parameters,
                  a->count * sizeof a->parameters[0]) == 0;
}
