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

static bool bad_row(struct cap_types *s, uint32_t at)
{
    return cap_types_find(s, CAP_DESCRIPTOR, 0, at, CAP_RULE_DESCRIPTOR);
}

/* Counts rows, and finds the types behind them. */
static bool count_rows(struct cap_types *s)
{
    struct cap_described_walk w;
    struct cap_described c;

    for (cap_described_first(s->cap, &w); cap_described_next(s->cap, &w, &c);) {
        s->class_count++;
        s->field_count = (uint16_t)(s->field_count + c.field_count);
        s->method_count = (uint16_t)(s->method_count + c.method_count);
    }
    s->types = (struct cap_type_table){
        .cap = s->cap,
        .at = (uint32_t)(s->cap->part[CAP_DESCRIPTOR].n - w.rest.n)};
    return !w.broken || bad_row(s, s->types.at);
}

static void read_fields(struct cap_types *s, const struct cap_class_row *row,
                        const struct cap_described *c)
{
    for (uint16_t i = 0; i < c->field_count; i++) {
        const struct cap_described_field f = cap_described_field(s->cap, c, i);
        /* the class_ref of an object's field is wrong in old files */
        const bool is_static = (f.flags & CAP_ROW_STATIC) != 0;
        s->fields[row->first_field + i] =
            (struct cap_field_row){.at = f.at,
                                   .class = c->class,
                                   .token = is_static ? f.token : f.cell,
                                   .flags = f.flags,
                                   .image = f.image,
                                   .type = f.type};
    }
}

static void read_methods(struct cap_types *s, const struct cap_class_row *row,
                         const struct cap_described *c)
{
    for (uint16_t i = 0; i < c->method_count; i++) {
        const struct cap_described_method m =
            cap_described_method(s->cap, c, i);
        s->methods[row->first_method + i] =
            (struct cap_method_row){.at = m.at,
                                    .class = c->class,
                                    .token = m.token,
                                    .flags = m.flags,
                                    .offset = m.offset,
                                    .type = m.type,
                                    .code_count = m.code_count};
    }
}

static uint8_t world_flags(uint8_t flags, const struct cap_class *c)
{
    unsigned out = 0;
    if ((flags & CAP_ROW_CLASS_INTERFACE) != 0)
        out |= CAP_WORLD_INTERFACE;
    if ((flags & CAP_ROW_CLASS_ABSTRACT) != 0)
        out |= CAP_WORLD_ABSTRACT;
    if ((flags & CAP_ROW_FINAL) != 0)
        out |= CAP_WORLD_FINAL;
    if ((c->flags & CAP_CLASS_SHAREABLE) != 0)
        out |= CAP_WORLD_SHAREABLE;
    return (uint8_t)out;
}

/* One class and its members. */
static bool read_class(struct cap_types *s, struct cap_class_row *row,
                       const struct cap_described *told)
{
    struct cap_class c;

    if (told->class >= s->cap->part[CAP_CLASS].n ||
        !cap_class_at(s->cap, told->class, &c) ||
        s->class_rows[told->class] != 0)
        return bad_row(s, told->at);
    s->class_rows[told->class] = (uint16_t)(row - s->classes + 1);
    row->at = told->at;
    row->package = told->package;
    row->token = told->token;
    row->offset = told->class;
    row->field_count = told->field_count;
    row->method_count = told->method_count;
    row->flags = world_flags(told->flags, &c);
    read_fields(s, row, told);
    read_methods(s, row, told);
    return true;
}

static bool read_classes(struct cap_types *s)
{
    struct cap_described_walk w;
    struct cap_described c;
    struct cap_class_row *row = s->classes;
    uint16_t fields = 0;
    uint16_t methods = 0;

    for (cap_described_first(s->cap, &w); cap_described_next(s->cap, &w, &c);
         row++) {
        row->first_field = fields;
        row->first_method = methods;
        if (!read_class(s, row, &c))
            return false;
        fields = (uint16_t)(fields + c.field_count);
        methods = (uint16_t)(methods + c.method_count);
    }
    return true;
}

static bool is_named(const struct cap_field_row *f, const struct cap_entry *e)
{
    const bool is_static = (f->flags & CAP_ROW_STATIC) != 0;

    return e->tag == CAP_STATIC_FIELDREF
               ? is_static && f->image == e->offset
               : !is_static && f->class == e->offset && f->token == e->token;
}

/* Whether the first is a class, and the second an array of it. */
static bool is_array_of(const struct cap_types *s, uint16_t of, uint16_t array)
{
    struct cap_type_word told;
    struct cap_type_word type;

    return cap_type_only(&s->types, of, &told) &&
           cap_type_only(&s->types, array, &type) &&
           told.nibble == CAP_NIBBLE_CLASS &&
           type.nibble == CAP_NIBBLE_OBJECTS && told.class == type.class;
}

/*
 * The converter of 2.1.1 gives a field of an array of an imported class that
 * class, and the array to the constants that name it: an array it is.
 */
static void mend_arrays(struct cap_types *s)
{
    struct cap_entry e;

    for (uint16_t i = 0; cap_pool(s->cap, i, &e); i++) {
        const uint16_t place = cap_type_of_constant(&s->types, i);
        if (e.external ||
            (e.tag != CAP_INSTANCE_FIELDREF && e.tag != CAP_STATIC_FIELDREF))
            continue;
        for (uint16_t k = 0; k < s->field_count; k++) {
            if (is_named(&s->fields[k], &e) &&
                is_array_of(s, s->fields[k].type, place))
                s->fields[k].type = place;
        }
    }
}

/* Remembers where type descriptors begin: one behind the other. */
static bool mark_types(struct cap_types *s)
{
    uint8_t *starts = take_zeros(s, cap_type_room(s->cap));
    uint32_t bad = 0;

    return starts != NULL && (cap_type_mark(&s->types, starts, &bad) ||
                              cap_types_find(s, CAP_DESCRIPTOR, 0, bad,
                                             CAP_RULE_TYPE_DESCRIPTOR));
}

static bool take_tables(struct cap_types *s)
{
    s->classes = take_zeros(s, s->class_count * sizeof *s->classes);
    s->fields = take_zeros(s, s->field_count * sizeof *s->fields);
    s->methods = take_zeros(s, s->method_count * sizeof *s->methods);
    s->class_rows = take_zeros(s, 2 * s->cap->part[CAP_CLASS].n);
    s->method_rows = take_zeros(s, 2 * s->cap->part[CAP_METHOD].n);
    s->static_rows = take_zeros(s, 2 * (size_t)s->image_size);
    return s->classes != NULL && s->fields != NULL && s->methods != NULL &&
           s->class_rows != NULL && s->method_rows != NULL &&
           s->static_rows != NULL;
}

/* ---- rows against the other components ---- */

static bool index_method(struct cap_types *s, uint16_t i)
{
    const struct cap_method_row *row = &s->methods[i];
    struct cap_method m;

    if (!cap_method_at(s->cap, row->offset, &m) ||
        s->method_rows[row->offset] != 0 ||
        m.code + row->code_count > s->cap->part[CAP_METHOD].n)
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
    if (ok && s->cap->format_minor == 1)
        mend_arrays(s);
    return ok ? ERR_OK : ERR_TYPE;
}
