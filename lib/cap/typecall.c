/* Calls and returns. */
#include "cap/typeframe.h"
#include "cap/typemember.h"
#include "cap/typeorder.h"

/* What an instruction calls; its types are in s->callee. */
struct call {
    struct cap_entry entry;
    struct cap_member member;
    uint16_t class; /* that the receiver must be of */
    bool own_only;
};

static bool find_virtual(struct cap_frame *f, struct call *c)
{
    return cap_entry_class(f->s, &c->entry, &c->class) &&
           cap_virtual_member(f->s, c->class, c->entry.token, &c->member,
                              &f->s->callee);
}

/* The reference names the calling class; the search begins above it. */
static bool find_super(struct cap_frame *f, struct call *c)
{
    if (c->entry.external || c->entry.offset != f->method->class)
        return false;
    c->class = f->method->class;
    uint16_t above = cap_class_super(f->s, c->class);
    return above != CAP_CLASS_NONE &&
           cap_virtual_member(f->s, above, c->entry.token, &c->member,
                              &f->s->callee);
}

static bool find_static(struct cap_frame *f, struct call *c)
{
    if (!cap_static_member(f->s, &c->entry, &c->member, &f->s->callee))
        return false;
    c->class = c->member.class;
    return true;
}

static bool find_target(struct cap_frame *f, const uint8_t *p, struct call *c)
{
    bool by_interface = p[0] == CAP_OP_invokeinterface;

    if (!cap_pool(f->s->cap, get_u2(p + (by_interface ? 2 : 1)), &c->entry))
        return cap_frame_find(f, CAP_RULE_POOL_ENTRY);
    bool found = false;
    switch (c->entry.tag) {
    case CAP_VIRTUAL_METHODREF:
        found = p[0] == CAP_OP_invokevirtual && find_virtual(f, c);
        break;
    case CAP_SUPER_METHODREF:
        found = p[0] == CAP_OP_invokespecial && find_super(f, c);
        break;
    case CAP_STATIC_METHODREF:
        found = (p[0] == CAP_OP_invokestatic || p[0] == CAP_OP_invokespecial) &&
                find_static(f, c);
        break;
    case CAP_CLASSREF:
        found = by_interface && cap_entry_class(f->s, &c->entry, &c->class) &&
                cap_interface_member(f->s, c->class, p[4], &c->member,
                                     &f->s->callee) &&
                f->s->callee.cells + 1u == p[1];
        break;
    default:
        break;
    }
    return found || cap_frame_find(f, CAP_RULE_IMPORTED_METHOD);
}

/* ---- whether it may be called so ---- */

static bool check_form(struct cap_frame *f, uint8_t op, const struct call *c)
{
    bool is_static = (c->member.flags & CAP_ROW_STATIC) != 0;
    bool is_init = (c->member.flags & CAP_ROW_INIT) != 0;
    bool by_reference = c->entry.tag == CAP_STATIC_METHODREF;

    if (is_static != (op == CAP_OP_invokestatic))
        return cap_frame_find(f, CAP_RULE_TYPE_STATIC);
    if (is_init && (op != CAP_OP_invokespecial || !by_reference))
        return cap_frame_find(f, CAP_RULE_TYPE_CONSTRUCTOR);
    /* any other method is called by its token */
    if (op == CAP_OP_invokespecial && by_reference && !is_init &&
        !c->member.direct)
        return cap_frame_find(f, CAP_RULE_TYPE_STATIC);
    if (op == CAP_OP_invokespecial && (c->member.flags & CAP_ROW_ABSTRACT) != 0)
        return cap_frame_find(f, CAP_RULE_TYPE_ABSTRACT);
    return true;
}

static bool check_call(struct cap_frame *f, uint8_t op, struct call *c)
{
    return check_form(f, op, c) &&
           (cap_may_use(f->s, f->method->class, &c->member, &c->own_only) ||
            cap_frame_find(f, CAP_RULE_TYPE_ACCESS));
}

/* ---- the object ---- */

/* The class that `new` at this place of the method makes. */
static bool made_class(struct cap_frame *f, uint16_t place, uint16_t *out)
{
    const uint8_t *p = f->code.p + f->code.method.code + place;
    struct cap_entry e;

    return cap_pool(f->s->cap, get_u2(p + 1), &e) &&
           cap_entry_class(f->s, &e, out);
}

static bool construct_new(struct cap_frame *f, const struct call *c,
                          cap_type_t object)
{
    uint16_t class = 0;

    if (!made_class(f, cap_type_detail(object), &class) || class != c->class)
        return cap_frame_find(f, CAP_RULE_TYPE_CONSTRUCTOR);
    if (c->own_only)
        return cap_frame_find(f, CAP_RULE_TYPE_ACCESS);
    cap_frame_replace(f, object, cap_type(CAP_TYPE_CLASS, class));
    return true;
}

static bool construct_this(struct cap_frame *f, const struct call *c,
                           cap_type_t object)
{
    uint16_t own = f->method->class;

    if (c->class != own && c->class != cap_class_super(f->s, own))
        return cap_frame_find(f, CAP_RULE_TYPE_CONSTRUCTOR);
    cap_frame_replace(f, object, cap_type(CAP_TYPE_CLASS, own));
    f->now[CAP_FRAME_MADE] = 1;
    return true;
}

static bool receiver(struct cap_frame *f, const struct call *c,
                     cap_type_t object)
{
    enum cap_type_kind kind = cap_type_kind(object);

    if ((c->member.flags & CAP_ROW_INIT) != 0) {
        if (kind == CAP_TYPE_NEW)
            return construct_new(f, c, object);
        if (kind == CAP_TYPE_THIS)
            return construct_this(f, c, object);
        return cap_frame_find(f, CAP_RULE_TYPE_CONSTRUCTOR);
    }
    if (!cap_is_reference(object))
        return cap_frame_find(f, CAP_RULE_UNINITIALISED);
    if (!cap_can_assign(f->s, object, cap_type(CAP_TYPE_CLASS, c->class)) ||
        (c->own_only &&
         !cap_can_assign(f->s, object,
                         cap_type(CAP_TYPE_CLASS, f->method->class))))
        return cap_frame_find(f, CAP_RULE_TYPE_RECEIVER);
    return true;
}

/* ---- arguments ---- */

static bool argument(struct cap_frame *f, cap_type_t declared, unsigned at)
{
    cap_type_t value = *cap_frame_stack(f, at);

    if (!cap_can_assign(f->s, value, declared))
        return cap_frame_find(f, CAP_RULE_TYPE_ARGUMENT);
    if (cap_type_kind(declared) == CAP_TYPE_INT &&
        *cap_frame_stack(f, at + 1) != cap_type(CAP_TYPE_INT_LOW, 0))
        return cap_frame_find(f, CAP_RULE_INT_HALVES);
    return true;
}

static bool arguments(struct cap_frame *f, unsigned at)
{
    const struct cap_types_of_method *m = &f->s->callee;

    for (uint16_t i = 0; i < m->count; i++) {
        if (!argument(f, m->parameters[i], at))
            return false;
        at += cap_type_kind(m->parameters[i]) == CAP_TYPE_INT ? 2 : 1;
    }
    return true;
}

bool cap_type_call(struct cap_frame *f, const uint8_t *p)
{
    struct call c = {.own_only = false};
    unsigned object = p[0] == CAP_OP_invokestatic ? 0 : 1;

    if (!find_target(f, p, &c) || !check_call(f, p[0], &c))
        return false;
    unsigned cells = f->s->callee.cells + object;
    if (!cap_frame_need(f, cells))
        return false;
    f->now[CAP_FRAME_DEPTH] -= cells;
    unsigned base = f->now[CAP_FRAME_DEPTH];
    if (!arguments(f, base + object) ||
        (object != 0 && !receiver(f, &c, *cap_frame_stack(f, base))))
        return false;
    cap_type_t result = f->s->callee.result;
    return cap_type_kind(result) == CAP_TYPE_VOID ||
           cap_frame_push(f, cap_cell_of(result));
}

/* ---- returns ---- */

static bool result_fits(uint8_t op, cap_type_t result)
{
    switch (op) {
    case CAP_OP_areturn:
        return cap_is_reference(result);
    case CAP_OP_sreturn:
        return cap_cell_of(result) == cap_type(CAP_TYPE_SHORT, 0);
    case CAP_OP_ireturn:
        return cap_type_kind(result) == CAP_TYPE_INT;
    default:
        return cap_type_kind(result) == CAP_TYPE_VOID;
    }
}

bool cap_type_give_back(struct cap_frame *f, const uint8_t *p)
{
    cap_type_t result = f->s->own.result;

    if (!result_fits(p[0], result))
        return cap_frame_find(f, CAP_RULE_TYPE_RETURN);
    if (f->now[CAP_FRAME_MADE] == 0)
        return cap_frame_find(f, CAP_RULE_UNINITIALISED);
    return p[0] == CAP_OP_return ||
           cap_frame_pop_as(f, result, CAP_RULE_TYPE_RETURN);
}
