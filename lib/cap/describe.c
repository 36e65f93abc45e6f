/*
 * Is the Descriptor true?  Its rows are held against Class, Method and the
 * static image: nothing is left out and nothing told twice, flags go together,
 * tokens follow the rules.  [JCVM 4.3.7, 6.14; cap-format 15, 23]
 */
#include "cap/describe.h"

#include <string.h>

enum {
    VISIBILITY = CAP_ROW_PUBLIC | CAP_ROW_PRIVATE | CAP_ROW_PROTECTED,
    OPEN = CAP_ROW_PUBLIC | CAP_ROW_PROTECTED,
    PACKAGE_TOKEN = 0x80,
};

/* A class in hand. */
struct describing {
    struct cap_state *s;
    const struct cap *cap;
    struct cap_type_table *types;
    uint8_t *classes;  /* a bit by offset in Class: told */
    uint8_t *image;    /* a bit by byte of the static image: told */
    uint8_t *methods;  /* a bit by offset in Method: one begins there */
    uint32_t handlers; /* that methods are told to have */
    struct cap_described told;
    struct cap_class class;
};

static bool bad_row(struct describing *d, uint32_t at, enum cap_rule rule)
{
    return cap_find(d->s, CAP_DESCRIPTOR, 0, at, (uint8_t)rule);
}

/* Sets bit i; false when it is set. */
static bool tell(uint8_t *bits, uint32_t i)
{
    const uint8_t bit = (uint8_t)(1u << i % 8);
    const bool before = (bits[i / 8] & bit) != 0;

    bits[i / 8] |= bit;
    return !before;
}

static bool is_told(const uint8_t *bits, uint32_t i)
{
    return (bits[i / 8] >> i % 8 & 1) != 0;
}

static bool is_interface(const struct describing *d)
{
    return (d->class.flags & CAP_CLASS_INTERFACE) != 0;
}

static bool is_open(uint8_t flags)
{
    return (flags & OPEN) != 0;
}

/* Public, protected, private: one at most. */
static bool is_one_visibility(uint8_t flags)
{
    unsigned v = flags & VISIBILITY;
    return (v & (v - 1)) == 0;
}

static bool is_reference(uint8_t nibble)
{
    return nibble >= CAP_NIBBLE_CLASS;
}

/* ---- classes ---- */

static bool class_flags_are_sound(const struct describing *d)
{
    enum {
        KNOWN = CAP_ROW_PUBLIC | CAP_ROW_FINAL | CAP_ROW_CLASS_INTERFACE |
                CAP_ROW_CLASS_ABSTRACT
    };
    const uint8_t flags = d->told.flags;
    const bool interface = (flags & CAP_ROW_CLASS_INTERFACE) != 0;
    const bool abstract = (flags & CAP_ROW_CLASS_ABSTRACT) != 0;
    const bool final = (flags & CAP_ROW_FINAL) != 0;
    const bool public = (flags & CAP_ROW_PUBLIC) != 0;

    return (flags & ~KNOWN) == 0 && interface == is_interface(d) &&
           (!interface || abstract) && !(abstract && final) &&
           public == (d->told.token != CAP_NO_TOKEN);
}

/* Of interfaces none is told, of classes those of the class_info. */
static bool interfaces_agree(const struct describing *d)
{
    struct span tokens;
    uint16_t ref = 0;

    if (is_interface(d))
        return d->told.interface_count == 0 && d->told.field_count == 0;
    if (d->class.interface_count != d->told.interface_count)
        return false;
    for (uint8_t i = 0; cap_class_interface(&d->class, i, &ref, &tokens); i++) {
        if (ref != get_u2(d->told.interfaces + 2 * i))
            return false;
    }
    return true;
}

static bool check_class(struct describing *d)
{
    if (!cap_begins_class(d->s, d->told.class, &d->class) ||
        !tell(d->classes, d->told.class))
        return bad_row(d, d->told.at, CAP_RULE_DESCRIPTOR);
    return (class_flags_are_sound(d) && interfaces_agree(d)) ||
           bad_row(d, d->told.at, CAP_RULE_CLASS_ROW);
}

/* ---- tokens of one space: each from 0 up, once ---- */

struct tokens {
    unsigned count;
    unsigned sum;
    uint8_t used[256 / 8];
};

static bool take_token(struct tokens *t, uint8_t token)
{
    t->count++;
    t->sum += token;
    return tell(t->used, token);
}

static bool are_consecutive(const struct tokens *t)
{
    return t->count == 0 || t->sum == t->count * (t->count - 1) / 2;
}

/* ---- fields ---- */

static unsigned image_size(uint8_t nibble)
{
    return nibble == CAP_NIBBLE_BOOLEAN || nibble == CAP_NIBBLE_BYTE ? 1
           : nibble == CAP_NIBBLE_INT                                ? 4
                                                                     : 2;
}

/* A static field has its bytes of the image for itself. */
static bool take_image(struct describing *d,
                       const struct cap_described_field *f, uint8_t nibble)
{
    const struct cap_statics *image = &d->s->image;
    const unsigned n = image_size(nibble);
    const uint32_t references = 2u * image->reference_count;

    if (f->ref >> 8 != 0 || f->image + n > image->image_size ||
        is_reference(nibble) != (f->image < references))
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (!tell(d->image, f->image + i))
            return false;
    }
    return true;
}

/*
 * The class_ref of an object's field; the converter of 2.1.1 wrote twice its
 * token there.
 */
static bool ref_is_own(const struct describing *d,
                       const struct cap_described_field *f)
{
    return f->ref == d->told.class ||
           (d->cap->format_minor == 1 && f->ref == 2u * f->cell);
}

static bool field_is_sound(struct describing *d,
                           const struct cap_described_field *f,
                           struct tokens *statics)
{
    enum { KNOWN = VISIBILITY | CAP_ROW_STATIC | CAP_ROW_FINAL };
    struct cap_type_word type;

    if ((f->flags & ~KNOWN) != 0 || !is_one_visibility(f->flags) ||
        !cap_type_only(d->types, f->type, &type))
        return false;
    if ((f->flags & CAP_ROW_STATIC) == 0)
        return f->token == f->cell && ref_is_own(d, f);
    return take_image(d, f, type.nibble) &&
           (is_open(f->flags) ? take_token(statics, f->token)
                              : f->token == CAP_NO_TOKEN);
}

/* Cells of one object's own fields. */
struct cells {
    uint8_t used[256 / 8];
    unsigned count;
    unsigned first_reference;
    unsigned end_reference;
    unsigned references;
    unsigned end_open; /* behind the last open reference */
};

static bool take_cells(const struct cap_described_field *f, uint8_t nibble,
                       struct cells *c)
{
    const unsigned n = nibble == CAP_NIBBLE_INT ? 2 : 1;

    for (unsigned i = 0; i < n; i++) {
        if (f->cell + i > 0xFF || !tell(c->used, f->cell + i))
            return false;
        c->count++;
    }
    if (!is_reference(nibble))
        return true;
    c->references++;
    if (f->cell < c->first_reference)
        c->first_reference = f->cell;
    if (f->cell + 1u > c->end_reference)
        c->end_reference = f->cell + 1u;
    if (is_open(f->flags) && f->cell + 1u > c->end_open)
        c->end_open = f->cell + 1u;
    return true;
}

/*
 * Open fields stand before the others, of primitives and of references; the
 * references between the two kinds of primitives. [JCVM 4.3.7.6]
 */
static bool order_is_sound(const struct cap_described_field *f, uint8_t nibble,
                           const struct cells *c)
{
    if (c->references == 0)
        return true;
    if (is_reference(nibble))
        return is_open(f->flags) || f->cell >= c->end_open;
    return is_open(f->flags) ? f->cell < c->first_reference
                             : f->cell >= c->end_reference;
}

/* Each of the class's own fields: its cells taken, or else its order asked. */
static bool each_cell(const struct describing *d, struct cells *cells,
                      bool order)
{
    for (uint16_t i = 0; i < d->told.field_count; i++) {
        const struct cap_described_field f =
            cap_described_field(d->cap, &d->told, i);
        struct cap_type_word type;
        if ((f.flags & CAP_ROW_STATIC) != 0)
            continue;
        if (!cap_type_only(d->types, f.type, &type) ||
            !(order ? order_is_sound(&f, type.nibble, cells)
                    : take_cells(&f, type.nibble, cells)))
            return false;
    }
    return true;
}

static bool cells_agree(const struct describing *d)
{
    const struct cap_class *c = &d->class;
    struct cells cells = {.first_reference = CAP_NO_TOKEN};

    return each_cell(d, &cells, false) && each_cell(d, &cells, true) &&
           cells.count == c->instance_size &&
           (c->instance_size == 0 ||
            is_told(cells.used, c->instance_size - 1u)) &&
           cells.references == c->reference_count &&
           cells.first_reference == c->first_reference &&
           (cells.references == 0 ||
            cells.end_reference - cells.first_reference == cells.references);
}

static bool check_fields(struct describing *d)
{
    struct tokens statics = {0};
    bool ok = true;

    for (uint16_t i = 0; i < d->told.field_count; i++) {
        const struct cap_described_field f =
            cap_described_field(d->cap, &d->told, i);
        if (!field_is_sound(d, &f, &statics))
            ok = bad_row(d, f.at, CAP_RULE_FIELD_ROW);
    }
    if (ok && !are_consecutive(&statics))
        ok = bad_row(d, d->told.at, CAP_RULE_FIELD_ROW);
    if (ok && !is_interface(d) && !cells_agree(d))
        return cap_find(d->s, CAP_CLASS, 0, d->told.class,
                        CAP_RULE_FIELD_CELLS);
    return ok;
}

/* ---- methods ---- */

static bool method_flags_are_sound(const struct describing *d,
                                   const struct cap_described_method *m)
{
    enum {
        KNOWN = VISIBILITY | CAP_ROW_STATIC | CAP_ROW_FINAL | CAP_ROW_ABSTRACT |
                CAP_ROW_INIT,
        CONCRETE =
            CAP_ROW_STATIC | CAP_ROW_FINAL | CAP_ROW_INIT | CAP_ROW_PRIVATE
    };
    const bool abstract = (m->flags & CAP_ROW_ABSTRACT) != 0;

    if ((m->flags & ~KNOWN) != 0 || !is_one_visibility(m->flags) ||
        (abstract && (m->flags & CONCRETE) != 0) ||
        (abstract && (d->told.flags & CAP_ROW_CLASS_ABSTRACT) == 0))
        return false;
    return (m->flags & CAP_ROW_INIT) == 0 ||
           (m->flags & (CAP_ROW_STATIC | CAP_ROW_FINAL)) == 0;
}

static bool method_token_is_sound(const struct cap_described_method *m,
                                  struct tokens *statics)
{
    if ((m->flags & CAP_ROW_PRIVATE) != 0)
        return m->token == CAP_NO_TOKEN;
    if ((m->flags & (CAP_ROW_STATIC | CAP_ROW_INIT)) != 0)
        return is_open(m->flags) ? take_token(statics, m->token)
                                 : m->token == CAP_NO_TOKEN;
    /* what the class's nest alone calls has no token, and is not virtual */
    return is_open(m->flags) == ((m->token & PACKAGE_TOKEN) == 0);
}

/* Its type can be read, and takes as many cells as it has arguments. */
static bool type_is_sound(const struct describing *d,
                          const struct cap_described_method *m, unsigned nargs)
{
    struct cap_nibbles r;
    struct cap_type_word type;
    unsigned cells = (m->flags & CAP_ROW_STATIC) != 0 ? 0 : 1;

    if (!cap_type_open(d->types, m->type, &r))
        return false;
    while (cap_nibbles_take(&r, &type) && r.at < r.n)
        cells += type.nibble == CAP_NIBBLE_INT ? 2 : 1;
    return cells == nargs;
}

static bool handlers_agree(struct describing *d,
                           const struct cap_described_method *m,
                           const struct cap_method *header)
{
    const uint32_t end = header->code + m->code_count;
    struct cap_handler h;

    if (m->handler_count == 0)
        return m->handler_index == 0;
    d->handlers += m->handler_count;
    for (uint32_t i = 0; i < m->handler_count; i++) {
        if (!cap_handler(d->cap, header->code, m->handler_index + i, &h) ||
            h.start < header->code || h.start >= end || h.end > end)
            return false;
    }
    return true;
}

/* What is virtual stands in its class's table. */
static bool table_agrees(const struct describing *d,
                         const struct cap_described_method *m)
{
    uint32_t address = 0;

    if ((m->flags & (CAP_ROW_STATIC | CAP_ROW_INIT | CAP_ROW_PRIVATE)) != 0 ||
        m->token == CAP_NO_TOKEN)
        return true;
    return cap_class_table(d->cap, &d->class, m->token, &address) &&
           address == m->offset;
}

static bool begin_method(struct describing *d,
                         const struct cap_described_method *m)
{
    struct cap_method header;

    if (!cap_method_at(d->cap, m->offset, &header) ||
        !tell(d->methods, m->offset) ||
        ((header.flags & CAP_METHOD_ABSTRACT) != 0) !=
            ((m->flags & CAP_ROW_ABSTRACT) != 0) ||
        ((m->flags & CAP_ROW_ABSTRACT) != 0) != (m->code_count == 0))
        return bad_row(d, m->at, CAP_RULE_DESCRIPTOR);
    if (!handlers_agree(d, m, &header) || !type_is_sound(d, m, header.nargs))
        return bad_row(d, m->at, CAP_RULE_METHOD_ROW);
    return table_agrees(d, m) || bad_row(d, m->at, CAP_RULE_METHOD_ROW);
}

static bool interface_method_is_sound(const struct describing *d,
                                      const struct cap_described_method *m,
                                      struct tokens *tokens)
{
    struct cap_nibbles r;

    return m->flags == (CAP_ROW_PUBLIC | CAP_ROW_ABSTRACT) && m->nowhere &&
           m->code_count == 0 && m->handler_count == 0 &&
           m->handler_index == 0 && m->token < PACKAGE_TOKEN &&
           take_token(tokens, m->token) && cap_type_open(d->types, m->type, &r);
}

static bool check_methods(struct describing *d)
{
    struct tokens tokens = {0};
    bool ok = true;

    for (uint16_t i = 0; i < d->told.method_count; i++) {
        const struct cap_described_method m =
            cap_described_method(d->cap, &d->told, i);
        bool sound = is_interface(d) ? interface_method_is_sound(d, &m, &tokens)
                                     : method_flags_are_sound(d, &m) &&
                                           method_token_is_sound(&m, &tokens);
        if (!sound)
            ok = bad_row(d, m.at, CAP_RULE_METHOD_ROW);
        else if (!is_interface(d))
            ok = begin_method(d, &m) && ok;
    }
    if (ok && !are_consecutive(&tokens))
        return bad_row(d, d->told.at, CAP_RULE_METHOD_ROW);
    return ok;
}

/* ---- tables: what is in them is the class's own, or inherited ---- */

/* Whether the class tells of a virtual method with this token. */
static bool has_row(const struct describing *d, uint8_t token)
{
    for (uint16_t i = 0; i < d->told.method_count; i++) {
        const struct cap_described_method m =
            cap_described_method(d->cap, &d->told, i);
        if (m.token == token &&
            (m.flags & (CAP_ROW_STATIC | CAP_ROW_INIT | CAP_ROW_PRIVATE)) == 0)
            return true;
    }
    return false;
}

static bool is_inherited(const struct describing *d, uint8_t token,
                         uint32_t address)
{
    struct cap_class c = d->class;
    uint32_t above = 0;

    /* superclasses precede: structure has seen to it */
    for (;;) {
        const struct cap_class_ref super = cap_class_ref(c.super);
        if (c.map != NULL && (token & PACKAGE_TOKEN) == 0)
            token = token < c.public_base + c.public_count ? c.map[token]
                                                           : CAP_NO_TOKEN;
        if (token == CAP_NO_TOKEN || super.external ||
            super.offset >= c.offset || !cap_class_at(d->cap, super.offset, &c))
            return false;
        if (cap_class_table(d->cap, &c, token, &above))
            return above == address;
    }
}

static bool check_tables(struct describing *d)
{
    uint32_t address = 0;

    for (unsigned t = 0; t < 256; t++) {
        if (cap_class_table(d->cap, &d->class, (uint8_t)t, &address) &&
            !has_row(d, (uint8_t)t) && !is_inherited(d, (uint8_t)t, address))
            return cap_find(d->s, CAP_CLASS, 0, d->told.class,
                            CAP_RULE_METHOD_TABLE);
    }
    return true;
}

/* ---- types ---- */

static bool ref_is_sound(const struct describing *d, uint16_t raw)
{
    const struct cap_class_ref ref = cap_class_ref(raw);
    struct cap_class c;

    return ref.external ? !ref.none && ref.package < d->cap->import_count
                        : cap_begins_class(d->s, ref.offset, &c);
}

/* Types one behind the other, void only as the last. [JCVM 6.9.1] */
static bool words_are_sound(const struct describing *d, struct cap_nibbles *r)
{
    struct cap_type_word type;

    while (r->at < r->n) {
        if (!cap_nibbles_take(r, &type) ||
            (type.nibble == CAP_NIBBLE_VOID && r->at < r->n) ||
            (type.class != 0 && !ref_is_sound(d, type.class)))
            return false;
    }
    return true;
}

static bool check_types(struct describing *d)
{
    const struct span all = d->cap->part[CAP_DESCRIPTOR];
    uint32_t at = d->types->at + 2 + 2u * d->cap->pool_count;

    while (at < all.n) {
        struct cap_nibbles r = {all.p + at + 1, 0, all.p[at]};
        if (!words_are_sound(d, &r))
            return bad_row(d, at, CAP_RULE_TYPE_DESCRIPTOR);
        at += 1u + (all.p[at] + 1u) / 2;
    }
    return true;
}

/* Every constant but a class has a type. */
static bool check_constants(struct describing *d)
{
    enum { NO_TYPE = 0xFFFF };
    struct cap_entry e;
    struct cap_nibbles r;

    for (uint16_t i = 0; cap_pool(d->cap, i, &e); i++) {
        const uint16_t place = cap_type_of_constant(d->types, i);
        const bool sound = e.tag == CAP_CLASSREF
                               ? place == NO_TYPE
                               : cap_type_open(d->types, place, &r);
        if (!sound)
            return cap_find(d->s, CAP_CONSTANT_POOL, 0, 2u + 4u * i,
                            CAP_RULE_POOL_TYPE);
    }
    return true;
}

/* ---- all of it ---- */

static bool open_types(struct describing *d, uint8_t *starts)
{
    const struct span all = d->cap->part[CAP_DESCRIPTOR];
    struct cap_described_walk w;
    struct cap_described c;
    uint16_t count = 0;
    uint32_t bad = 0;

    cap_described_first(d->cap, &w);
    while (cap_described_next(d->cap, &w, &c))
        ;
    d->types->at = (uint32_t)(all.n - w.rest.n);
    if (w.broken || span_take_u2(&w.rest, &count) != ERR_OK ||
        count != d->cap->pool_count || w.rest.n < 2u * count)
        return bad_row(d, d->types->at, CAP_RULE_DESCRIPTOR);
    return cap_type_mark(d->types, starts, &bad) ||
           bad_row(d, bad, CAP_RULE_TYPE_DESCRIPTOR);
}

static bool check_all_classes(struct describing *d)
{
    struct cap_described_walk w;
    struct tokens tokens = {0};
    uint8_t package = 0;
    bool ok = true;

    for (cap_described_first(d->cap, &w);
         cap_described_next(d->cap, &w, &d->told);) {
        if (d->told.package != package)
            tokens = (struct tokens){0};
        package = d->told.package;
        if (!check_class(d)) {
            ok = false;
            continue;
        }
        if (d->told.token != CAP_NO_TOKEN &&
            !take_token(&tokens, d->told.token))
            ok = bad_row(d, d->told.at, CAP_RULE_CLASS_ROW);
        ok = check_fields(d) && ok;
        ok = check_methods(d) && ok;
        ok = ok && check_tables(d);
    }
    return ok;
}

/* Every class_info has a row, and every byte of the image a field. */
static bool all_are_told(struct describing *d)
{
    struct cap_class c;

    for (bool more = cap_class_first(d->cap, &c); more;
         more = cap_class_next(d->cap, &c)) {
        if (!is_told(d->classes, c.offset))
            return cap_find(d->s, CAP_CLASS, 0, c.offset, CAP_RULE_DESCRIPTOR);
    }
    for (uint32_t i = 0; i < d->s->image.image_size; i++) {
        if (!is_told(d->image, i))
            return cap_find(d->s, CAP_STATIC_FIELD, 0, i,
                            CAP_RULE_STATIC_FIELD);
    }
    return true;
}

/* Methods stand one behind the other, from where the block's space begins. */
static bool is_end(const struct describing *d, uint32_t at)
{
    struct cap_block b;

    return !cap_block_of(d->cap, at, &b) || at == b.start ||
           is_told(d->methods, at);
}

static bool method_tiles(struct describing *d,
                         const struct cap_described_method *m)
{
    struct cap_method header;
    struct cap_block b;

    if (!cap_method_at(d->cap, m->offset, &header) ||
        !cap_block_of(d->cap, m->offset, &b))
        return false;
    const uint32_t end = header.code + m->code_count;
    for (uint32_t at = m->offset + 1; at < end && at < b.end; at++) {
        if (is_told(d->methods, at))
            return cap_find(d->s, CAP_METHOD, at, at, CAP_RULE_DESCRIPTOR);
    }
    return (end <= b.end && is_end(d, end)) ||
           cap_find(d->s, CAP_METHOD, end, end, CAP_RULE_DESCRIPTOR);
}

/* Blocks begin with a method; returns how many handlers there are. */
static bool blocks_begin(struct describing *d, uint32_t *handlers)
{
    struct cap_block b;

    *handlers = 0;
    for (unsigned i = 0; cap_block(d->cap, i, &b); i++) {
        *handlers += b.handler_count;
        if (b.space < b.end && !is_told(d->methods, b.space))
            return cap_find(d->s, CAP_METHOD, b.space, b.space,
                            CAP_RULE_DESCRIPTOR);
    }
    return true;
}

static bool check_tiles(struct describing *d)
{
    struct cap_described_walk w;
    uint32_t handlers = 0;

    if (!blocks_begin(d, &handlers))
        return false;
    for (cap_described_first(d->cap, &w);
         cap_described_next(d->cap, &w, &d->told);) {
        if ((d->told.flags & CAP_ROW_CLASS_INTERFACE) != 0)
            continue;
        for (uint16_t i = 0; i < d->told.method_count; i++) {
            const struct cap_described_method m =
                cap_described_method(d->cap, &d->told, i);
            if (!method_tiles(d, &m))
                return false;
        }
    }
    return handlers == d->handlers ||
           bad_row(d, d->types->at, CAP_RULE_METHOD_ROW);
}

static uint8_t *take_bits(struct cap_state *s, uint32_t bits)
{
    uint8_t *p = cap_take(s, bits / 8 + 1);

    if (p != NULL)
        memset(p, 0, bits / 8 + 1);
    return p;
}

enum err cap_check_descriptor(struct cap_state *s)
{
    const struct cap *cap = s->cap;
    struct describing d = {.s = s, .cap = cap, .types = &s->types};

    s->types = (struct cap_type_table){.cap = cap};
    if (!cap_is_described(cap))
        return ERR_OK;
    uint8_t *starts = take_bits(s, (uint32_t)cap->part[CAP_DESCRIPTOR].n);
    d.methods = s->method_starts =
        take_bits(s, (uint32_t)cap->part[CAP_METHOD].n);
    const uint32_t used = s->used;
    d.classes = take_bits(s, (uint32_t)cap->part[CAP_CLASS].n);
    d.image = take_bits(s, s->image.image_size);
    if (starts == NULL || d.methods == NULL || d.classes == NULL ||
        d.image == NULL)
        return ERR_MEMORY;
    bool ok = open_types(&d, starts) && check_types(&d) && check_constants(&d);
    ok = ok && check_all_classes(&d);
    ok = ok && all_are_told(&d) && check_tiles(&d);
    s->used = used;
    return ok ? ERR_OK : ERR_FORMAT;
}
