/* What the four call instructions call. */
#include "cap/internal.h"

#include <string.h>

uint16_t cap_entry_class_ref(const struct cap_entry *e)
{
    return e->external
               ? (uint16_t)(0x8000u | (unsigned)e->package << 8 | e->class)
               : e->offset;
}

static bool imported(struct cap_state *s, const struct cap_entry *e,
                     enum cap_space space, uint8_t token,
                     struct cap_target *out)
{
    return s->check->resolver.method(s->check->resolver.ctx, e->package,
                                     e->class, space, token, &out->signature);
}

static bool virtual_target(struct cap_state *s, const struct cap_entry *e,
                           struct cap_target *out)
{
    struct cap_class c;
    uint16_t class = e->offset;

    if (e->tag == CAP_SUPER_METHODREF) {
        if (e->external || !cap_class_at(s->cap, class, &c))
            return false;
        const struct cap_class_ref super = cap_class_ref(c.super);
        if (super.none)
            return false;
        if (super.external)
            return s->check->resolver.method(
                s->check->resolver.ctx, super.package, super.class,
                CAP_SPACE_VIRTUAL, e->token, &out->signature);
        class = super.offset;
    }
    if (e->external)
        return (e->token & 0x80) == 0 &&
               imported(s, e, CAP_SPACE_VIRTUAL, e->token, out);
    return cap_virtual(s, class, e->token, &out->callee, &out->signature);
}

static bool static_target(struct cap_state *s, const struct cap_entry *e,
                          struct cap_target *out)
{
    if (e->external)
        return imported(s, e, CAP_SPACE_STATIC, e->token, out);
    out->callee = cap_method_callee(s, e->address);
    return out->callee != NULL;
}

static bool interface_target(struct cap_state *s, const struct cap_entry *e,
                             const uint8_t *p, struct cap_target *out)
{
    if (e->external && imported(s, e, CAP_SPACE_INTERFACE, p[4], out))
        return out->signature.nargs == p[1];
    out->callee = cap_interface_callee(s, out->class, p[4]);
    return out->callee != NULL && out->callee->nargs == p[1];
}

bool cap_entry_target(struct cap_state *s, const struct cap_entry *e,
                      struct cap_target *out)
{
    memset(out, 0, sizeof *out);
    return e->tag == CAP_STATIC_METHODREF ? static_target(s, e, out)
                                          : virtual_target(s, e, out);
}

bool cap_call_target(struct cap_state *s, const uint8_t *p,
                     struct cap_target *out, uint8_t *rule)
{
    struct cap_entry e;
    bool found = false;

    memset(out, 0, sizeof *out);
    *rule = CAP_RULE_POOL_ENTRY;
    if (!cap_pool(s->cap, get_u2(p + (p[0] == CAP_OP_invokeinterface ? 2 : 1)),
                  &e))
        return false;
    out->class = cap_entry_class_ref(&e);
    *rule = CAP_RULE_POOL_KIND;
    switch (p[0]) {
    case CAP_OP_invokevirtual:
        if (e.tag != CAP_VIRTUAL_METHODREF)
            return false;
        found = virtual_target(s, &e, out);
        break;
    case CAP_OP_invokespecial:
        out->is_special = e.tag == CAP_STATIC_METHODREF;
        if (e.tag == CAP_SUPER_METHODREF)
            found = virtual_target(s, &e, out);
        else if (e.tag == CAP_STATIC_METHODREF)
            found = static_target(s, &e, out);
        else
            return false;
        break;
    case CAP_OP_invokestatic:
        if (e.tag != CAP_STATIC_METHODREF)
            return false;
        found = static_target(s, &e, out);
        break;
    default:
        if (e.tag != CAP_CLASSREF)
            return false;
        found = interface_target(s, &e, p, out);
    }
    *rule = CAP_RULE_IMPORTED_METHOD;
    return found;
}
