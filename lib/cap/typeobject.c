/* Fields, new objects and casts. */
#include "cap/typeframe.h"
#include "cap/typemember.h"
#include "cap/typeorder.h"

#define SHORT cap_type(CAP_TYPE_SHORT, 0)

/* ---- fields ---- */

enum { SUFFIX_A, SUFFIX_B, SUFFIX_S, SUFFIX_I };

static bool suffix_fits(unsigned suffix, cap_type_t type)
{
    enum cap_type_kind kind = cap_type_kind(type);

    switch (suffix) {
    case SUFFIX_A:
        return cap_is_reference(type);
    case SUFFIX_B:
        return kind == CAP_TYPE_BYTE || kind == CAP_TYPE_BOOLEAN;
    case SUFFIX_S:
        return kind == CAP_TYPE_SHORT;
    default:
        return kind == CAP_TYPE_INT;
    }
}

/* What a field instruction means. */
struct access {
    struct cap_member member;
    cap_type_t type;
    uint16_t class; /* that the reference names */
    bool own_only;
};

static bool find_field(struct cap_frame *f, uint16_t pool, uint8_t tag,
                       unsigned suffix, struct access *out)
{
    struct cap_entry e;
    bool is_static = tag == CAP_STATIC_FIELDREF;

    if (!cap_pool(f->s->cap, pool, &e) || e.tag != tag)
        return cap_frame_find(f, CAP_RULE_POOL_KIND);
    if (!cap_field_member(f->s, &e, &out->member, &out->type))
        return cap_frame_find(f, e.external ? CAP_RULE_IMPORTED_FIELD
                                            : CAP_RULE_DESCRIPTOR);
    out->class = out->member.class;
    if (is_static != ((out->member.flags & CAP_ROW_STATIC) != 0))
        return cap_frame_find(f, CAP_RULE_TYPE_STATIC);
    if (!suffix_fits(suffix, out->type))
        return cap_frame_find(f, CAP_RULE_TYPE_FIELD);
    return cap_may_use(f->s, f->method->class, &out->member, &out->own_only) ||
           cap_frame_find(f, CAP_RULE_TYPE_ACCESS);
}

/* Only its own class writes a final field. */
static bool may_write(struct cap_frame *f, const struct access *a)
{
    return (a->member.flags & CAP_ROW_FINAL) == 0 ||
           a->member.class == f->method->class ||
           cap_frame_find(f, CAP_RULE_TYPE_FINAL);
}

static bool has_field(struct cap_frame *f, const struct access *a,
                      cap_type_t object, bool put)
{
    uint16_t own = f->method->class;

    /* what an inner class keeps is put before the superclass is made */
    if (put && object == cap_type(CAP_TYPE_THIS, 0) && a->class == own)
        return true;
    if (!cap_is_reference(object))
        return cap_frame_find(f, CAP_RULE_UNINITIALISED);
    if (!cap_can_assign(f->s, object, cap_type(CAP_TYPE_CLASS, a->class)) ||
        (a->own_only &&
         !cap_can_assign(f->s, object, cap_type(CAP_TYPE_CLASS, own))))
        return cap_frame_find(f, CAP_RULE_TYPE_RECEIVER);
    return true;
}

static bool pop_object(struct cap_frame *f, const struct access *a, bool put)
{
    if (!cap_frame_need(f, 1))
        return false;
    cap_type_t object = *cap_frame_stack(f, --f->now[CAP_FRAME_DEPTH]);
    return has_field(f, a, object, put);
}

static bool own_object(struct cap_frame *f, const struct access *a, bool put)
{
    if (f->locals == 0)
        return cap_frame_find(f, CAP_RULE_THIS);
    return has_field(f, a, *cap_frame_local(f, 0), put);
}

static bool get(struct cap_frame *f, uint16_t pool, unsigned suffix, bool own)
{
    struct access a;

    return find_field(f, pool, CAP_INSTANCE_FIELDREF, suffix, &a) &&
           (own ? own_object(f, &a, false) : pop_object(f, &a, false)) &&
           cap_frame_push(f, cap_cell_of(a.type));
}

static bool put(struct cap_frame *f, uint16_t pool, unsigned suffix, bool own)
{
    struct access a;

    return find_field(f, pool, CAP_INSTANCE_FIELDREF, suffix, &a) &&
           may_write(f, &a) &&
           cap_frame_pop_as(f, a.type, CAP_RULE_TYPE_FIELD) &&
           (own ? own_object(f, &a, true) : pop_object(f, &a, true));
}

bool cap_type_field(struct cap_frame *f, const uint8_t *p)
{
    uint8_t op = p[0];

    if (op <= CAP_OP_getfield_i)
        return get(f, p[1], op - CAP_OP_getfield_a, false);
    if (op <= CAP_OP_putfield_i)
        return put(f, p[1], op - CAP_OP_putfield_a, false);
    if (op <= CAP_OP_getfield_i_w)
        return get(f, get_u2(p + 1), op - CAP_OP_getfield_a_w, false);
    if (op <= CAP_OP_getfield_i_this)
        return get(f, p[1], op - CAP_OP_getfield_a_this, true);
    if (op <= CAP_OP_putfield_i_w)
        return put(f, get_u2(p + 1), op - CAP_OP_putfield_a_w, false);
    return put(f, p[1], op - CAP_OP_putfield_a_this, true);
}

bool cap_type_static_field(struct cap_frame *f, const uint8_t *p)
{
    bool reads = p[0] <= CAP_OP_getstatic_i;
    unsigned first = reads ? CAP_OP_getstatic_a : CAP_OP_putstatic_a;
    unsigned suffix = p[0] - first;
    struct access a;

    if (!find_field(f, get_u2(p + 1), CAP_STATIC_FIELDREF, suffix, &a))
        return false;
    if (reads)
        return cap_frame_push(f, cap_cell_of(a.type));
    return may_write(f, &a) && cap_frame_pop_as(f, a.type, CAP_RULE_TYPE_FIELD);
}

/* ---- objects ---- */

static bool class_named(struct cap_frame *f, uint16_t pool, uint16_t *out)
{
    struct cap_entry e;

    if (!cap_pool(f->s->cap, pool, &e) || e.tag != CAP_CLASSREF)
        return cap_frame_find(f, CAP_RULE_POOL_KIND);
    return cap_entry_class(f->s, &e, out) ||
           cap_frame_find(f, CAP_RULE_IMPORTED_CLASS);
}

bool cap_type_new(struct cap_frame *f, const uint8_t *p)
{
    cap_type_t made = cap_type(CAP_TYPE_NEW, f->pc - f->code.method.code);
    uint16_t class = 0;

    if (!class_named(f, get_u2(p + 1), &class))
        return false;
    if ((cap_class_flags(f->s, class) &
         (CAP_WORLD_ABSTRACT | CAP_WORLD_INTERFACE)) != 0)
        return cap_frame_find(f, CAP_RULE_TYPE_ABSTRACT);
    /* the one that this instruction made before is lost */
    cap_frame_replace(f, made, CAP_TYPE_NONE);
    return cap_frame_push(f, made);
}

bool cap_type_anewarray(struct cap_frame *f, const uint8_t *p)
{
    uint16_t class = 0;

    return class_named(f, get_u2(p + 1), &class) && cap_frame_pop(f, SHORT) &&
           cap_frame_push(f, cap_type(CAP_TYPE_OBJECTS, class));
}

static bool cast_type(struct cap_frame *f, const uint8_t *p, cap_type_t *out)
{
    enum { CLASS = 0, FIRST = 10, LAST = 13, OBJECTS = 14 };
    static const uint8_t elements[] = {CAP_TYPE_BOOLEAN, CAP_TYPE_BYTE,
                                       CAP_TYPE_SHORT, CAP_TYPE_INT};
    uint16_t class = 0;

    if (p[1] >= FIRST && p[1] <= LAST) {
        *out = cap_type(CAP_TYPE_ARRAY, elements[p[1] - FIRST]);
        return true;
    }
    if (p[1] != CLASS && p[1] != OBJECTS)
        return cap_frame_find(f, CAP_RULE_OPERAND);
    if (!class_named(f, get_u2(p + 2), &class))
        return false;
    *out = cap_type(p[1] == CLASS ? CAP_TYPE_CLASS : CAP_TYPE_OBJECTS, class);
    return true;
}

bool cap_type_cast(struct cap_frame *f, const uint8_t *p)
{
    cap_type_t to = 0;
    cap_type_t from = 0;

    if (!cast_type(f, p, &to) || !cap_frame_pop_reference(f, &from))
        return false;
    return cap_frame_push(f, p[0] == CAP_OP_checkcast ? to : SHORT);
}
