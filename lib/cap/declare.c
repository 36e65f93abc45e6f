/*
 * What the Descriptor declares: the kinds that methods take and give, and the
 * types of constants.
 */
#include "cap/describe.h"

#include <string.h>

#include "cap/remote.h"

static uint8_t kind_of(uint8_t nibble)
{
    return nibble == CAP_NIBBLE_VOID   ? CAP_KIND_VOID
           : nibble == CAP_NIBBLE_INT  ? CAP_KIND_INT_HIGH
           : nibble < CAP_NIBBLE_CLASS ? CAP_KIND_SHORT
                                       : CAP_KIND_REF;
}

/* The kinds of a method whose type this is; false when they are too many. */
static bool signature_of(struct cap_nibbles r, bool is_static,
                         struct cap_signature *out)
{
    struct cap_type_word type;

    out->nargs = 0;
    if (!is_static)
        out->kinds[out->nargs++] = CAP_KIND_REF;
    while (cap_nibbles_take(&r, &type)) {
        const uint8_t kind = kind_of(type.nibble);
        out->result = kind;
        if (r.at == r.n)
            return true;
        if (out->nargs + 2 > CAP_ARGS_MAX)
            return false;
        out->kinds[out->nargs++] = kind;
        if (kind == CAP_KIND_INT_HIGH)
            out->kinds[out->nargs++] = CAP_KIND_INT_LOW;
    }
    return false;
}

/* The declared type of a method, by the place that its row gives. */
static bool declared(const struct cap_state *s, uint16_t place, uint8_t flags,
                     struct cap_signature *out)
{
    struct cap_nibbles r;

    return cap_type_open(&s->types, place, &r) &&
           signature_of(r, (flags & CAP_ROW_STATIC) != 0, out);
}

/* ---- remote methods ---- */

static bool equal_kinds(const struct cap_signature *a,
                        const struct cap_signature *b)
{
    return a->nargs == b->nargs && a->result == b->result &&
           memcmp(a->kinds, b->kinds, a->nargs) == 0;
}

static bool learn_remote(struct cap_state *s, uint16_t class, uint8_t token,
                         struct cap_nibbles type)
{
    struct cap_signature told;
    struct cap_signature imported;
    struct cap_callee *own = NULL;

    if (!signature_of(type, false, &told) ||
        !cap_virtual(s, class, token, &own, &imported))
        return false;
    return own != NULL ? cap_learn_all(s, own, &told)
                       : equal_kinds(&imported, &told);
}

static bool learn_class_remotes(struct cap_state *s, uint16_t class)
{
    const uint8_t *nibbles = NULL;
    struct cap_remote remote;
    uint8_t token = 0;
    uint8_t count = 0;
    bool sound = false;

    if (!cap_remote_class(s->cap, class, &remote))
        return true;
    for (unsigned i = 0;
         cap_remote_at(s->cap, &remote, i, &token, &nibbles, &count, &sound);
         i++) {
        if (!sound || !learn_remote(s, class, token,
                                    (struct cap_nibbles){nibbles, 0, count}))
            return cap_find(s, CAP_CLASS, 0, class, CAP_RULE_SIGNATURE);
    }
    return true;
}

bool cap_learn_remotes(struct cap_state *s)
{
    struct cap_class c;

    for (bool more = cap_class_first(s->cap, &c); more;
         more = cap_class_next(s->cap, &c)) {
        if (!learn_class_remotes(s, c.offset))
            return false;
    }
    return true;
}

/* ---- interfaces that nobody uses here ---- */

static enum err add_interface(struct cap_state *s,
                              const struct cap_described *c)
{
    struct cap_signature type;
    enum err e = ERR_OK;

    for (uint16_t i = 0; i < c->method_count && e == ERR_OK; i++) {
        const struct cap_described_method m =
            cap_described_method(s->cap, c, i);
        if (declared(s, m.type, m.flags, &type))
            e = cap_add_interface(s, c->class, m.token, type.nargs);
    }
    return e;
}

enum err cap_add_declared(struct cap_state *s)
{
    struct cap_described_walk w;
    struct cap_described c;
    enum err e = ERR_OK;

    if (!cap_is_described(s->cap))
        return ERR_OK;
    for (cap_described_first(s->cap, &w);
         e == ERR_OK && cap_described_next(s->cap, &w, &c);) {
        if ((c.flags & CAP_ROW_CLASS_INTERFACE) != 0)
            e = add_interface(s, &c);
    }
    return e;
}

/* ---- methods ---- */

/* A constructor is one of its class, and nothing else is called as one. */
static bool init_agrees(struct cap_state *s, const struct cap_described *c,
                        const struct cap_described_method *m,
                        struct cap_callee *callee)
{
    if ((m->flags & CAP_ROW_INIT) == 0)
        return !callee->init;
    return cap_learn_init(s, callee, c->class);
}

static bool method_agrees(struct cap_state *s, const struct cap_described *c,
                          const struct cap_described_method *m)
{
    const bool interface = (c->flags & CAP_ROW_CLASS_INTERFACE) != 0;
    struct cap_callee *callee =
        interface ? cap_named_callee(s, c->class, CAP_SPACE_INTERFACE, m->token)
                  : cap_method_callee(s, m->offset);
    struct cap_signature type;

    if (callee == NULL || !declared(s, m->type, m->flags, &type))
        return true; /* nobody can call it */
    callee->type = m->type;
    return (cap_learn_all(s, callee, &type) && init_agrees(s, c, m, callee)) ||
           cap_find(s, CAP_DESCRIPTOR, 0, m->at, CAP_RULE_DECLARED_KIND);
}

static bool each_method(struct cap_state *s)
{
    struct cap_described_walk w;
    struct cap_described c;
    bool ok = true;

    for (cap_described_first(s->cap, &w); cap_described_next(s->cap, &w, &c);) {
        for (uint16_t i = 0; i < c.method_count; i++) {
            const struct cap_described_method m =
                cap_described_method(s->cap, &c, i);
            ok = method_agrees(s, &c, &m) && ok;
        }
    }
    return ok;
}

/* ---- constants ---- */

/* Whether two places have the same type. */
static bool same_type(const struct cap_state *s, uint16_t a, uint16_t b)
{
    struct cap_nibbles x;
    struct cap_nibbles y;

    return cap_type_open(&s->types, a, &x) && cap_type_open(&s->types, b, &y) &&
           x.n == y.n && memcmp(x.p, y.p, (x.n + 1) / 2) == 0;
}

/* Whether what is known of an imported method is what is declared of it. */
static bool same_kinds(const struct cap_state *s, uint16_t place, bool no_this,
                       const struct cap_signature *known)
{
    struct cap_signature type;

    if (!declared(s, place, no_this ? CAP_ROW_STATIC : 0, &type))
        return known->nargs > CAP_ARGS_MAX - 2;
    uint8_t both = 0;
    if (type.nargs != known->nargs ||
        !cap_kind_meet(known->result, type.result, &both))
        return false;
    for (uint8_t i = 0; i < type.nargs; i++) {
        if (!cap_kind_meet(known->kinds[i], type.kinds[i], &both))
            return false;
    }
    return true;
}

static bool method_fits(struct cap_state *s, const struct cap_entry *e,
                        uint16_t place)
{
    struct cap_target target;
    struct cap_links links;

    if (!cap_entry_target(s, e, &target))
        return true; /* told where it is called */
    if (target.callee != NULL && cap_is_imported(s, target.callee))
        cap_known(s, target.callee, &target.signature, &links);
    else if (target.callee != NULL)
        return target.callee->type == 0 ||
               same_type(s, place, target.callee->type);
    const bool no_this =
        e->tag == CAP_STATIC_METHODREF && !target.signature.is_init;
    return same_kinds(s, place, no_this, &target.signature);
}

static bool is_same_field(const struct cap_described_field *f,
                          const struct cap_entry *e)
{
    const bool is_static = (f->flags & CAP_ROW_STATIC) != 0;

    return e->tag == CAP_STATIC_FIELDREF ? is_static && f->image == e->offset
                                         : !is_static && f->cell == e->token;
}

/* The converter of 2.1.1 calls an array of an imported class that class. */
static bool is_old_array(const struct cap_state *s, uint8_t told, uint8_t type)
{
    return s->cap->format_minor == 1 && told == CAP_NIBBLE_CLASS &&
           type == CAP_NIBBLE_OBJECTS;
}

static bool field_type_fits(struct cap_state *s,
                            const struct cap_described_field *f, uint16_t place)
{
    struct cap_type_word told;
    struct cap_type_word type;

    return cap_type_only(&s->types, f->type, &told) &&
           cap_type_only(&s->types, place, &type) &&
           (told.nibble == type.nibble ||
            is_old_array(s, told.nibble, type.nibble)) &&
           told.class == type.class;
}

/* Looking for a field is work that a package must be worth. */
static bool spend(struct cap_state *s, uint32_t n)
{
    s->effort = s->effort > n ? s->effort - n : 0;
    return s->effort > 0;
}

/* Whether the field that is meant has this type; a class may have it above. */
static bool own_field_fits(struct cap_state *s, const struct cap_entry *e,
                           uint16_t place)
{
    struct cap_described_walk w;
    struct cap_described c;

    for (cap_described_first(s->cap, &w); cap_described_next(s->cap, &w, &c);) {
        const bool here = e->tag == CAP_STATIC_FIELDREF || c.class == e->offset;
        if (!spend(s, 1u + (here ? c.field_count : 0)))
            return true; /* told as too much effort */
        for (uint16_t i = 0; here && i < c.field_count; i++) {
            const struct cap_described_field f =
                cap_described_field(s->cap, &c, i);
            if (is_same_field(&f, e))
                return field_type_fits(s, &f, place);
        }
    }
    return false;
}

static bool constant_fits(struct cap_state *s, const struct cap_entry *e,
                          uint16_t place)
{
    struct cap_type_word type;

    switch (e->tag) {
    case CAP_CLASSREF:
        return true;
    case CAP_INSTANCE_FIELDREF:
    case CAP_STATIC_FIELDREF:
        return e->external ? cap_type_only(&s->types, place, &type)
                           : own_field_fits(s, e, place);
    default:
        return method_fits(s, e, place);
    }
}

static bool check_constants(struct cap_state *s)
{
    struct cap_entry e;

    for (uint16_t i = 0; cap_pool(s->cap, i, &e); i++) {
        if (!constant_fits(s, &e, cap_type_of_constant(&s->types, i)))
            return cap_find(s, CAP_CONSTANT_POOL, 0, 2u + 4u * i,
                            CAP_RULE_POOL_TYPE);
    }
    return true;
}

void cap_learn_declared(struct cap_state *s)
{
    s->quiet = true;
    (void)each_method(s);
    s->quiet = false;
}

enum err cap_check_declared(struct cap_state *s)
{
    const bool fits =
        each_method(s) && check_constants(s) && cap_check_operands(s);

    return s->effort == 0 ? ERR_UNSUPPORTED : fits ? ERR_OK : ERR_TYPE;
}
