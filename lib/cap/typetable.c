#include "cap/typetable.h"

#include <string.h>

#include "cap/typename.h"

bool cap_types_find(struct cap_types *s, uint8_t component, uint32_t method,
                    uint32_t offset, uint8_t rule)
{
    const struct cap_finding finding = {component, method, offset, rule};

    s->found = true;
    if (s->check->report != NULL)
        s->check->report(s->check->report_ctx, &finding);
    return false;
}

void *cap_types_take(struct cap_types *s, uint32_t n)
{
    uint32_t left = s->check->scratch_size - s->used;

    if (n > left || ((n + 3) & ~3u) > left)
        return NULL;
    void *p = s->check->scratch + s->used;
    s->used += (n + 3) & ~3u;
    return p;
}

static void *take_zeros(struct cap_types *s, size_t n)
{
    void *p =
        n > s->check->scratch_size ? NULL : cap_types_take(s, (uint32_t)n);
    if (p != NULL)
        memset(p, 0, n);
    return p;
}

/* ---- rows by offset ---- */

const struct cap_class_row *cap_class_row(const struct cap_types *s,
                                          uint16_t offset)
{
    if (offset >= s->cap->part[CAP_CLASS].n || s->class_rows[offset] == 0)
        return NULL;
    return &s->classes[s->class_rows[offset] - 1];
}

const struct cap_method_row *cap_method_row(const struct cap_types *s,
                                            uint32_t offset)
{
    if (offset >= s->cap->part[CAP_METHOD].n || s->method_rows[offset] == 0)
        return NULL;
    return &s->methods[s->method_rows[offset] - 1];
}

const struct cap_field_row *cap_static_row(const struct cap_types *s,
                                           uint16_t image)
{
    if (image >= s->image_size || s->static_rows[image] == 0)
        return NULL;
    return &s->fields[s->static_rows[image] - 1];
}

/* ---- reading ---- */

/* Where in the Descriptor a span that is being taken from stands. */
static uint32_t here(const struct cap_types *s, const struct span *at)
{
    return (uint32_t)(s->cap->part[CAP_DESCRIPTOR].n - at->n);
}

static bool bad_row(struct cap_types *s, uint32_t at)
{
    return cap_types_find(s, CAP_DESCRIPTOR, 0, at, CAP_RULE_DESCRIPTOR);
}

enum { FIELD_BYTES = 7, METHOD_BYTES = 12, CLASS_BYTES = 9 };

/* Counts rows; false when they run past the end. */
static bool count_rows(struct cap_types *s)
{
    struct span at = s->cap->part[CAP_DESCRIPTOR];
    struct span head;
    struct span skipped;
    uint8_t classes = 0;
    bool fits = span_take_u1(&at, &classes) == ERR_OK;

    for (unsigned i = 0; i < classes && fits; i++) {
        fits = span_take(&at, CLASS_BYTES, &head) == ERR_OK;
        if (!fits)
            break;
        uint16_t fields = get_u2(head.p + 5);
        uint16_t methods = get_u2(head.p + 7);
        uint32_t n = 2u * head.p[4] + FIELD_BYTES * (uint32_t)fields +
                     METHOD_BYTES * (uint32_t)methods;
        fits = span_take(&at, n, &skipped) == ERR_OK;
        s->field_count = (uint16_t)(s->field_count + fields);
        s->method_count = (uint16_t)(s->method_count + methods);
    }
    s->class_count = classes;
    s->types = here(s, &at);
    return fits || bad_row(s, here(s, &at));
}

static uint32_t place_of(const struct cap_types *s, const uint8_t *p)
{
    return (uint32_t)(p - s->cap->part[CAP_DESCRIPTOR].p);
}

static void read_fields(struct cap_types *s, struct cap_class_row *c,
                        const uint8_t *p)
{
    for (uint16_t i = 0; i < c->field_count; i++, p += FIELD_BYTES) {
        struct cap_field_row *f = &s->fields[c->first_field + i];
        *f = (struct cap_field_row){.at = place_of(s, p),
                                    .class = c->offset,
                                    .ref = get_u2(p + 2),
                                    .told = p[0],
                                    .token = p[0],
                                    .flags = p[1],
                                    .image = get_u2(p + 3),
                                    .type = get_u2(p + 5)};
        /* the class_ref of an object's field is wrong in old files */
        if ((f->flags & CAP_ROW_STATIC) == 0)
            f->token = p[4];
    }
}

static void read_methods(struct cap_types *s, struct cap_class_row *c,
                         const uint8_t *p)
{
    for (uint16_t i = 0; i < c->method_count; i++, p += METHOD_BYTES) {
        s->methods[c->first_method + i] =
            (struct cap_method_row){.at = place_of(s, p),
                                    .class = c->offset,
                                    .handler_count = get_u2(p + 8),
                                    .handler_index = get_u2(p + 10),
                                    .token = p[0],
                                    .flags = p[1],
                                    .offset = get_u2(p + 2),
                                    .type = get_u2(p + 4),
                                    .code_count = get_u2(p + 6)};
    }
}

static uint8_t world_flags(uint8_t flags, const struct cap_class *c)
{
    enum { ABSTRACT = 0x80, INTERFACE = 0x40 };
    unsigned out = 0;
    if ((flags & INTERFACE) != 0)
        out |= CAP_WORLD_INTERFACE;
    if ((flags & ABSTRACT) != 0)
        out |= CAP_WORLD_ABSTRACT;
    if ((flags & CAP_ROW_FINAL) != 0)
        out |= CAP_WORLD_FINAL;
    if ((c->flags & CAP_CLASS_SHAREABLE) != 0)
        out |= CAP_WORLD_SHAREABLE;
    return (uint8_t)out;
}

/* One class and its members; `at` behind it. */
static bool read_class(struct cap_types *s, struct cap_class_row *row,
                       struct span *at)
{
    struct cap_class c;
    struct span head;
    struct span body;
    uint32_t start = here(s, at);

    if (span_take(at, CLASS_BYTES, &head) != ERR_OK)
        return bad_row(s, start);
    const uint8_t *p = head.p;
    row->at = start;
    row->told = p[1];
    row->interface_count = p[4];
    row->token = p[0];
    row->offset = get_u2(p + 2);
    row->field_count = get_u2(p + 5);
    row->method_count = get_u2(p + 7);
    uint32_t fields = 2u * p[4];
    uint32_t methods = fields + FIELD_BYTES * (uint32_t)row->field_count;
    if (span_take(at, methods + METHOD_BYTES * (uint32_t)row->method_count,
                  &body) != ERR_OK ||
        row->offset >= s->cap->part[CAP_CLASS].n ||
        !cap_class_at(s->cap, row->offset, &c) ||
        s->class_rows[row->offset] != 0)
        return bad_row(s, start);
    s->class_rows[row->offset] = (uint16_t)(row - s->classes + 1);
    row->interfaces = body.p;
    row->flags = world_flags(p[1], &c);
    read_fields(s, row, body.p + fields);
    read_methods(s, row, body.p + methods);
    bool interface = (c.flags & CAP_CLASS_INTERFACE) != 0;
    return interface == ((row->flags & CAP_WORLD_INTERFACE) != 0) ||
           bad_row(s, start);
}

static bool read_classes(struct cap_types *s)
{
    struct span at = s->cap->part[CAP_DESCRIPTOR];
    uint8_t count = 0;
    uint16_t fields = 0;
    uint16_t methods = 0;

    if (span_take_u1(&at, &count) != ERR_OK)
        return bad_row(s, 0);
    for (uint16_t i = 0; i < s->class_count; i++) {
        struct cap_class_row *row = &s->classes[i];
        row->first_field = fields;
        row->first_method = methods;
        if (!read_class(s, row, &at))
            return false;
        fields = (uint16_t)(fields + row->field_count);
        methods = (uint16_t)(methods + row->method_count);
    }
    return true;
}

/* Remembers where type descriptors begin: one behind the other. */
static bool mark_types(struct cap_types *s)
{
    const struct span d = s->cap->part[CAP_DESCRIPTOR];
    uint32_t at = s->types + 2 + 2u * s->cap->pool_count;

    while (at < d.n) {
        const uint32_t place = at - s->types;
        const uint32_t bytes = (d.p[at] + 1u) / 2;
        if (d.p[at] == 0 || bytes > d.n - at - 1)
            return cap_types_find(s, CAP_DESCRIPTOR, 0, at,
                                  CAP_RULE_TYPE_DESCRIPTOR);
        s->type_starts[place / 8] |= (uint8_t)(1u << place % 8);
        if (d.p[at] % 2 != 0 && (d.p[at + bytes] & 15) != 0)
            return cap_types_find(s, CAP_DESCRIPTOR, 0, at,
                                  CAP_RULE_TYPE_DESCRIPTOR);
        at += 1 + bytes;
    }
    return true;
}

static bool take_tables(struct cap_types *s)
{
    s->classes = take_zeros(s, s->class_count * sizeof *s->classes);
    s->fields = take_zeros(s, s->field_count * sizeof *s->fields);
    s->methods = take_zeros(s, s->method_count * sizeof *s->methods);
    s->class_rows = take_zeros(s, 2 * s->cap->part[CAP_CLASS].n);
    s->method_rows = take_zeros(s, 2 * s->cap->part[CAP_METHOD].n);
    s->static_rows = take_zeros(s, 2 * (size_t)s->image_size);
    s->type_starts = take_zeros(s, s->cap->part[CAP_DESCRIPTOR].n / 8 + 1);
    return s->classes != NULL && s->fields != NULL && s->methods != NULL &&
           s->class_rows != NULL && s->method_rows != NULL &&
           s->static_rows != NULL && s->type_starts != NULL;
}

/* ---- rows against the other components ---- */

static bool index_method(struct cap_types *s, uint16_t i)
{
    const struct cap_method_row *row = &s->methods[i];
    struct cap_method m;

    if (!cap_method_at(s->cap, row->offset, &m) ||
        s->method_rows[row->offset] != 0 ||
        m.code + row->code_count > s->cap->part[CAP_METHOD].n ||
        ((m.flags & CAP_METHOD_ABSTRACT) != 0) !=
            ((row->flags & CAP_ROW_ABSTRACT) != 0) ||
        ((row->flags & CAP_ROW_ABSTRACT) != 0) != (row->code_count == 0))
        return bad_row(s, row->at);
    s->method_rows[row->offset] = (uint16_t)(i + 1);
    return true;
}

static bool index_static(struct cap_types *s, uint16_t i)
{
    const struct cap_field_row *row = &s->fields[i];

    if (row->image >= s->image_size || s->static_rows[row->image] != 0)
        return bad_row(s, row->at);
    s->static_rows[row->image] = (uint16_t)(i + 1);
    return true;
}

static bool index_members(struct cap_types *s, const struct cap_class_row *c)
{
    bool ok = true;

    if ((c->flags & CAP_WORLD_INTERFACE) != 0)
        return true;
    for (uint16_t i = 0; i < c->method_count && ok; i++)
        ok = index_method(s, (uint16_t)(c->first_method + i));
    for (uint16_t i = 0; i < c->field_count && ok; i++) {
        uint16_t f = (uint16_t)(c->first_field + i);
        if ((s->fields[f].flags & CAP_ROW_STATIC) != 0)
            ok = index_static(s, f);
    }
    return ok;
}

/* Every class_info has a row, and the class above it is one. */
static bool check_classes(struct cap_types *s)
{
    struct cap_class c;
    bool more = cap_class_first(s->cap, &c);

    for (; more; more = cap_class_next(s->cap, &c)) {
        uint16_t row = s->class_rows[c.offset];
        if (row == 0)
            return cap_types_find(s, CAP_CLASS, 0, c.offset,
                                  CAP_RULE_DESCRIPTOR);
        uint16_t super = CAP_CLASS_NONE;
        if (c.super != 0xFFFF && !cap_class_of_ref(s, c.super, &super))
            return cap_types_find(s, CAP_CLASS, 0, c.offset,
                                  CAP_RULE_IMPORTED_CLASS);
        if (super < CAP_OUTER && super >= c.offset)
            return cap_types_find(s, CAP_CLASS, 0, c.offset,
                                  CAP_RULE_CLASS_ORDER);
        s->classes[row - 1].super = super;
    }
    return true;
}

/* Methods stand one behind the other, and each has a row. */
static bool check_methods(struct cap_types *s)
{
    struct cap_block b;

    if (!cap_block(s->cap, 0, &b))
        return false;
    uint32_t at = b.space;
    while (at < b.end) {
        const struct cap_method_row *row = cap_method_row(s, at);
        struct cap_method m;
        if (row == NULL || !cap_method_at(s->cap, at, &m))
            return cap_types_find(s, CAP_METHOD, at, at, CAP_RULE_DESCRIPTOR);
        at = m.code + row->code_count;
    }
    return true;
}

enum err cap_types_read(struct cap_types *s)
{
    struct cap_statics image;

    if (cap_statics(s->cap, &image) != ERR_OK || !count_rows(s))
        return ERR_TYPE;
    s->image_size = image.image_size;
    if (!take_tables(s))
        return ERR_MEMORY;
    bool ok = mark_types(s) && read_classes(s) && check_classes(s);
    for (uint16_t i = 0; i < s->class_count && ok; i++)
        ok = index_members(s, &s->classes[i]);
    return ok && check_methods(s) ? ERR_OK : ERR_TYPE;
}
