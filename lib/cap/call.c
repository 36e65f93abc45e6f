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
    return cap_imported(s, cap_entry_class_ref(e), space, token, &out->callee,
                        &out->signature);
}

static bool super_target(struct cap_state *s, const struct cap_entry *e,
                         struct cap_target *out)
{
    struct cap_class c;

    if (e->external || !cap_class_at(s->cap, e->offset, &c))
        return false;
    const struct cap_class_ref super = cap_class_ref(c.super);
    if (super.none)
        return false;
    if (super.external)
        return cap_imported(s, c.super, CAP_SPACE_VIRTUAL, e->token,
                            &out->callee, &out->signature);
    return cap_virtual(s, super.offset, e->token, &out->callee,
                       &out->signature);
}

static bool virtual_target(struct cap_state *s, const struct cap_entry *e,
                           struct cap_target *out)
{
    if (e->external)
        return (e->token & 0x80) == 0 &&
               imported(s, e, CAP_SPACE_VIRTUAL, e->token, out);
    return cap_virtual(s, e->offset, e->token, &out->callee, &out->signature);
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
    if (e->external && !imported(s, e, CAP_SPACE_INTERFACE, p[4], out))
        return false;
    if (!e->external)
        out->callee =
            cap_named_callee(s, out->class, CAP_SPACE_INTERFACE, p[4]);
    if (out->callee == NULL && !e->external)
        return false;
    return cap_target_args(out) == p[1];
}

void cap_add_target(struct cap_state *s, const struct cap_entry *e)
{
    struct cap_target t;

    if (e->tag == CAP_VIRTUAL_METHODREF)
        (void)virtual_target(s, e, &t);
    else if (e->tag == CAP_SUPER_METHODREF)
        (void)super_target(s, e, &t);
}

bool cap_entry_target(struct cap_state *s, const struct cap_entry *e,
                      struct cap_target *out)
{
    memset(out, 0, sizeof *out);
    return e->tag == CAP_STATIC_METHODREF  ? static_target(s, e, out)
           : e->tag == CAP_SUPER_METHODREF ? super_target(s, e, out)
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
            found = super_target(s, &e, out);
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
