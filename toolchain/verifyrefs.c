/*
 * What the constant pool names of other packages, against their tables.
 * Only the API's tables say since when a member is there; an export file
 * speaks of one version.
 */
#include "toolchain/verifywork.h"

#include <string.h>

/* What an entry names; `name` NULL: there is no such thing. */
struct named {
    const char *class;
    const char *name;
    const char *descriptor;
    uint8_t minor; /* of the package, that has it first */
};

static bool api_named(const struct api_package *api, const struct cap_entry *e,
                      struct named *out)
{
    const struct api_class *c = api_class_at(api, e->class);
    const struct api_method *m = NULL;

    if (c == NULL)
        return false;
    *out = (struct named){c->name, "", "", c->minor};
    switch (e->tag) {
    case CAP_CLASSREF:
        return true;
    case CAP_VIRTUAL_METHODREF:
    case CAP_STATIC_METHODREF:
        m = api_method_at(c, e->tag == CAP_STATIC_METHODREF, e->token);
        if (m == NULL)
            return false;
        *out = (struct named){c->name, m->name, m->descriptor,
                              m->minor > c->minor ? m->minor : c->minor};
        return true;
    case CAP_STATIC_FIELDREF:
        for (uint16_t i = 0; i < c->field_count; i++) {
            if (c->fields[i].token == e->token && e->token != 0xFF)
                return true;
        }
        return false;
    default:
        return false; /* no class of the API lets a field of its objects out */
    }
}

static const struct tc_exp_member *exp_member(const struct tc_exp_class *c,
                                              const struct cap_entry *e)
{
    enum { STATIC = 0x0008 };
    bool field =
        e->tag == CAP_STATIC_FIELDREF || e->tag == CAP_INSTANCE_FIELDREF;
    bool statics =
        e->tag == CAP_STATIC_FIELDREF || e->tag == CAP_STATIC_METHODREF;
    size_t count = field ? c->field_count : c->method_count;

    for (size_t i = 0; i < count; i++) {
        const struct tc_exp_member *m = field ? &c->fields[i] : &c->methods[i];
        bool is_static = (m->flags & STATIC) != 0 ||
                         (!field && strcmp(m->name, "<init>") == 0);
        if (m->token == e->token && is_static == statics && !m->has_value)
            return m;
    }
    return NULL;
}

static bool exp_named(const struct tc_exp *exp, const struct cap_entry *e,
                      struct named *out)
{
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct tc_exp_class *c = &exp->classes[i];
        if (c->token != e->class)
            continue;
        *out = (struct named){c->name, "", "", 0};
        if (e->tag == CAP_CLASSREF)
            return true;
        const struct tc_exp_member *m = exp_member(c, e);
        if (m == NULL)
            return false;
        *out = (struct named){c->name, m->name, m->descriptor, 0};
        return true;
    }
    return false;
}

static enum cap_rule missing_rule(uint8_t tag)
{
    switch (tag) {
    case CAP_CLASSREF:
        return CAP_RULE_IMPORTED_CLASS;
    case CAP_INSTANCE_FIELDREF:
    case CAP_STATIC_FIELDREF:
        return CAP_RULE_IMPORTED_FIELD;
    default:
        return CAP_RULE_IMPORTED_METHOD;
    }
}

static void check_entry(struct tc_verify_work *w, uint32_t at,
                        const struct cap_entry *e)
{
    const struct tc_verify_import *i = &w->imports[e->package];
    struct named named = {.class = NULL};
    bool found = i->api != NULL ? api_named(i->api, e, &named)
                                : exp_named(i->exp, e, &named);
    const char *package = i->api != NULL ? i->api->name : i->exp->package_name;

    if (!found)
        tc_verify_find(
            w, CAP_CONSTANT_POOL, at, missing_rule(e->tag),
            named.class == NULL
                ? tc_format(w->arena, "class token %u of %s", e->class, package)
                : tc_format(w->arena, "token %u of %s", e->token, named.class));
    else if (named.minor > i->package.minor)
        tc_verify_find(
            w, CAP_CONSTANT_POOL, at, CAP_RULE_IMPORTED_LATER,
            tc_format(w->arena, "%s%s%s%s is of %s %u.%u, %u.%u is imported",
                      named.class, named.name[0] == '\0' ? "" : ".", named.name,
                      named.descriptor, package, i->package.major, named.minor,
                      i->package.major, i->package.minor));
}

void tc_verify_references(struct tc_verify_work *w)
{
    struct cap_entry e;

    for (uint16_t i = 0; cap_pool(&w->cap, i, &e); i++) {
        if (e.external)
            check_entry(w, 2u + 4u * i, &e);
    }
}
