#include "toolchain/verifywork.h"

#include <string.h>

/* ---- which package an import is ---- */

static const struct tc_exp *export_of(const struct tc_verify_work *w,
                                      const struct cap_package *p)
{
    const struct tc_exp *other = NULL;

    for (size_t i = 0; i < w->export_count; i++) {
        const struct tc_exp *x = w->exports[i];
        if (!span_equal(span_of(x->aid.bytes, x->aid.length), p->aid))
            continue;
        other = x;
        if (x->major == p->major && x->minor >= p->minor)
            return x;
    }
    return other;
}

static const char *package_words(struct tc_verify_work *w,
                                 const struct cap_package *p, const char *name)
{
    char hex[2 * 16 + 1];

    for (size_t i = 0; i < p->aid.n && i < 16; i++) {
        static const char digits[] = "0123456789ABCDEF";
        hex[2 * i] = digits[p->aid.p[i] >> 4];
        hex[2 * i + 1] = digits[p->aid.p[i] & 15];
        hex[2 * i + 2] = '\0';
    }
    return tc_format(w->arena, "%s%s%s %u.%u", name == NULL ? "" : name,
                     name == NULL ? "" : ", ", hex, p->major, p->minor);
}

static bool check_version(struct tc_verify_work *w, uint32_t at,
                          const struct tc_verify_import *i, uint8_t major,
                          uint8_t minor, const char *name)
{
    if (i->package.major == major && i->package.minor <= minor)
        return true;
    return tc_verify_find(w, CAP_IMPORT, at, CAP_RULE_IMPORT_VERSION,
                          tc_format(w->arena, "%s is asked for, %u.%u is known",
                                    package_words(w, &i->package, name), major,
                                    minor));
}

static bool identify(struct tc_verify_work *w, uint32_t at,
                     struct tc_verify_import *i)
{
    i->api = api_package_by_aid(i->package.aid.p, i->package.aid.n);
    if (i->api != NULL)
        return check_version(w, at, i, i->api->major, i->api->minor,
                             i->api->name);
    i->exp = export_of(w, &i->package);
    if (i->exp != NULL)
        return check_version(w, at, i, i->exp->major, i->exp->minor,
                             i->exp->package_name);
    return tc_verify_find(w, CAP_IMPORT, at, CAP_RULE_IMPORT_UNKNOWN,
                          package_words(w, &i->package, NULL));
}

bool tc_verify_imports(struct tc_verify_work *w)
{
    uint32_t at = 1;
    bool known = true;

    for (uint8_t i = 0; cap_import(&w->cap, i, &w->imports[i].package); i++) {
        known = identify(w, at, &w->imports[i]) && known;
        at += 3 + (uint32_t)w->imports[i].package.aid.n;
    }
    return known;
}

/* ---- signatures ---- */

static bool api_signature(const struct api_package *api, uint8_t class,
                          bool statics, uint8_t token,
                          struct cap_signature *out)
{
    const struct api_class *c = api_class_at(api, class);
    const struct api_method *m =
        c == NULL ? NULL : api_method_at(c, statics, token);
    if (m == NULL ||
        !cap_signature_of(m->descriptor, (m->flags & API_M_STATIC) != 0, out))
        return false;
    out->is_init = strcmp(m->name, "<init>") == 0;
    return true;
}

static bool exp_signature(const struct tc_exp *exp, uint8_t class, bool statics,
                          uint8_t token, struct cap_signature *out)
{
    enum { STATIC = 0x0008 };
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct tc_exp_class *c = &exp->classes[i];
        for (size_t k = 0; c->token == class && k < c->method_count; k++) {
            const struct tc_exp_member *m = &c->methods[k];
            bool is_static = (m->flags & STATIC) != 0;
            bool in_statics = is_static || strcmp(m->name, "<init>") == 0;
            if (m->token != token || in_statics != statics)
                continue;
            bool sound = cap_signature_of(m->descriptor, is_static, out);
            out->is_init = in_statics && !is_static;
            return sound;
        }
    }
    return false;
}

bool tc_verify_resolve(void *work, uint8_t import, uint8_t class,
                       enum cap_space space, uint8_t token,
                       struct cap_signature *out)
{
    const struct tc_verify_work *w = work;
    bool statics = space == CAP_SPACE_STATIC;

    if (import >= w->cap.import_count)
        return false;
    const struct tc_verify_import *i = &w->imports[import];
    if (i->api != NULL)
        return api_signature(i->api, class, statics, token, out);
    return i->exp != NULL && exp_signature(i->exp, class, statics, token, out);
}

uint8_t tc_verify_inheritable(void *work, uint8_t import, uint8_t class)
{
    const struct tc_verify_work *w = work;

    if (import >= w->cap.import_count)
        return 0xFF;
    const struct tc_verify_import *i = &w->imports[import];
    if (i->api != NULL) {
        const struct api_class *c = api_class_at(i->api, class);
        return c == NULL ? 0xFF : c->cap22_virtual_count;
    }
    for (size_t k = 0; i->exp != NULL && k < i->exp->class_count; k++) {
        const struct tc_exp_class *c = &i->exp->classes[k];
        if (c->token == class)
            return c->cap22_count < 0 ? 0xFF : (uint8_t)c->cap22_count;
    }
    return 0xFF;
}
