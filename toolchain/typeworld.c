#include "toolchain/typeworld.h"

#include <string.h>

#include "apidef/api_lookup.h"

enum { CLASSES_MAX = 0x7FFF }; /* numbers that the check can tell apart */

enum {
    STATIC = 0x0008,
    PROTECTED = 0x0004,
    FINAL = 0x0010,
    ABSTRACT = 0x0400,
    INTERFACE = 0x0200
};

/* A class that has been asked for; its number is its place. */
struct known {
    const char *name;
    const struct api_class *api;
    const struct tc_exp_class *exp; /* neither: only the name is known */
};

struct typeworld {
    struct tc_arena *arena;
    const struct cap *cap;
    const struct tc_exp *const *exports;
    size_t export_count;
    struct known *classes;
    size_t count;
    size_t room;
};

/* ---- numbers ---- */

static bool same_name(const char *a, const char *name, size_t n)
{
    return strlen(a) == n && memcmp(a, name, n) == 0;
}

static const struct tc_exp_class *exp_class(const struct typeworld *w,
                                            const char *name, size_t n)
{
    for (size_t i = 0; i < w->export_count; i++) {
        const struct tc_exp *x = w->exports[i];
        for (size_t k = 0; k < x->class_count; k++) {
            if (same_name(x->classes[k].name, name, n))
                return &x->classes[k];
        }
    }
    return NULL;
}

static bool grow(struct typeworld *w)
{
    if (w->count < w->room)
        return true;
    if (w->count >= CLASSES_MAX)
        return false;
    size_t room = w->room == 0 ? 64 : 2 * w->room;
    struct known *more = tc_alloc_array(w->arena, room, sizeof *more);
    if (w->count > 0)
        memcpy(more, w->classes, w->count * sizeof *more);
    w->classes = more;
    w->room = room;
    return true;
}

static const char *copy_name(struct typeworld *w, const char *name, size_t n)
{
    char *copy = tc_alloc(w->arena, n + 1);
    memcpy(copy, name, n);
    copy[n] = '\0';
    return copy;
}

static bool class_named(void *ctx, const char *name, size_t n,
                        cap_world_class_t *out)
{
    struct typeworld *w = ctx;

    for (size_t i = 0; i < w->count; i++) {
        if (same_name(w->classes[i].name, name, n)) {
            *out = (cap_world_class_t)i;
            return true;
        }
    }
    if (!grow(w) || w->count >= CLASSES_MAX)
        return false;
    struct known *k = &w->classes[w->count];
    *k = (struct known){.api = api_class_by_name(name, n)};
    if (k->api == NULL)
        k->exp = exp_class(w, name, n);
    k->name = copy_name(w, name, n);
    *out = (cap_world_class_t)w->count++;
    return true;
}

static const char *token_name(const struct typeworld *w, struct span aid,
                              uint8_t token)
{
    const struct api_package *api = api_package_by_aid(aid.p, aid.n);

    if (api != NULL) {
        const struct api_class *c = api_class_at(api, token);
        return c == NULL ? NULL : c->name;
    }
    for (size_t i = 0; i < w->export_count; i++) {
        const struct tc_exp *x = w->exports[i];
        if (!span_equal(span_of(x->aid.bytes, x->aid.length), aid))
            continue;
        for (size_t k = 0; k < x->class_count; k++) {
            if (x->classes[k].token == token)
                return x->classes[k].name;
        }
    }
    return NULL;
}

static bool class_at(void *ctx, uint8_t import, uint8_t token,
                     cap_world_class_t *out)
{
    struct typeworld *w = ctx;
    struct cap_package p;

    if (!cap_import(w->cap, import, &p))
        return false;
    const char *name = token_name(w, p.aid, token);
    return name != NULL && class_named(w, name, strlen(name), out);
}

/* ---- what a class is ---- */

static uint8_t api_flags(uint8_t flags)
{
    unsigned out = 0;
    if ((flags & API_INTERFACE) != 0)
        out |= CAP_WORLD_INTERFACE;
    if ((flags & API_ABSTRACT) != 0)
        out |= CAP_WORLD_ABSTRACT;
    if ((flags & API_FINAL) != 0)
        out |= CAP_WORLD_FINAL;
    if ((flags & API_SHAREABLE) != 0)
        out |= CAP_WORLD_SHAREABLE;
    return (uint8_t)out;
}

static uint8_t exp_flags(uint16_t flags)
{
    unsigned out = 0;
    if ((flags & INTERFACE) != 0)
        out |= CAP_WORLD_INTERFACE;
    if ((flags & ABSTRACT) != 0)
        out |= CAP_WORLD_ABSTRACT;
    if ((flags & FINAL) != 0)
        out |= CAP_WORLD_FINAL;
    if ((flags & EXP_SHAREABLE) != 0)
        out |= CAP_WORLD_SHAREABLE;
    return (uint8_t)out;
}

/* How many classes stand above the one of this name, as far as is known. */
static size_t depth_of(const struct typeworld *w, const char *name)
{
    size_t depth = 0;
    const struct api_class *api = api_class_called(name);

    if (api == NULL) {
        const struct tc_exp_class *c = exp_class(w, name, strlen(name));
        return c == NULL ? 0 : c->super_count;
    }
    while ((api = api_super(api)) != NULL)
        depth++;
    return depth;
}

/* An export file lists all superclasses; the nearest has most above it. */
static const char *exp_super(const struct typeworld *w,
                             const struct tc_exp_class *c)
{
    const char *nearest = NULL;
    size_t most = 0;

    for (size_t i = 0; i < c->super_count; i++) {
        size_t depth = depth_of(w, c->supers[i]);
        if (nearest == NULL || depth >= most) {
            nearest = c->supers[i];
            most = depth;
        }
    }
    return nearest;
}

static const char *super_name(const struct typeworld *w, const struct known *k)
{
    if (k->api != NULL) {
        const struct api_class *super = api_super(k->api);
        return super == NULL ? NULL : super->name;
    }
    return k->exp == NULL ? NULL : exp_super(w, k->exp);
}

static bool class_info(void *ctx, cap_world_class_t number,
                       struct cap_world_class *out)
{
    struct typeworld *w = ctx;

    if (number >= w->count)
        return false;
    const struct known k = w->classes[number];
    *out =
        (struct cap_world_class){.super = CAP_WORLD_NONE, .inheritable = 0xFF};
    if (k.api != NULL) {
        out->flags = api_flags(k.api->flags);
        out->inheritable = k.api->cap22_virtual_count;
    } else if (k.exp != NULL) {
        out->flags = exp_flags(k.exp->flags);
        if (k.exp->cap22_count >= 0)
            out->inheritable = (uint8_t)k.exp->cap22_count;
    }
    const char *super =
        (out->flags & CAP_WORLD_INTERFACE) != 0 ? NULL : super_name(w, &k);
    return super == NULL || class_named(w, super, strlen(super), &out->super);
}

/* ---- members ---- */

static bool api_method(const struct api_class *c, enum cap_space space,
                       uint8_t token, struct cap_world_member *out)
{
    const struct api_method *m =
        api_method_at(c, space == CAP_SPACE_STATIC, token);
    unsigned flags = 0;

    if (m == NULL)
        return false;
    if ((m->flags & API_M_PROTECTED) != 0)
        flags |= CAP_WORLD_PROTECTED;
    if ((m->flags & API_M_STATIC) != 0)
        flags |= CAP_WORLD_STATIC;
    if ((m->flags & API_M_FINAL) != 0)
        flags |= CAP_WORLD_FINAL;
    if ((m->flags & API_M_ABSTRACT) != 0)
        flags |= CAP_WORLD_ABSTRACT;
    if ((m->flags & API_M_CONSTRUCTOR) != 0)
        flags |= CAP_WORLD_INIT;
    *out = (struct cap_world_member){m->descriptor, (uint8_t)flags, m->minor};
    return true;
}

static uint8_t member_flags(const struct tc_exp_member *m)
{
    unsigned flags = 0;
    if ((m->flags & PROTECTED) != 0)
        flags |= CAP_WORLD_PROTECTED;
    if ((m->flags & STATIC) != 0)
        flags |= CAP_WORLD_STATIC;
    if ((m->flags & FINAL) != 0)
        flags |= CAP_WORLD_FINAL;
    if ((m->flags & ABSTRACT) != 0)
        flags |= CAP_WORLD_ABSTRACT;
    if (strcmp(m->name, "<init>") == 0)
        flags |= CAP_WORLD_INIT;
    return (uint8_t)flags;
}

static bool exp_method(const struct tc_exp_class *c, enum cap_space space,
                       uint8_t token, struct cap_world_member *out)
{
    for (size_t i = 0; i < c->method_count; i++) {
        const struct tc_exp_member *m = &c->methods[i];
        uint8_t flags = member_flags(m);
        bool in_statics = (flags & (CAP_WORLD_STATIC | CAP_WORLD_INIT)) != 0;
        if (m->token == token && in_statics == (space == CAP_SPACE_STATIC)) {
            *out = (struct cap_world_member){m->descriptor, flags, 0};
            return true;
        }
    }
    return false;
}

static bool method(void *ctx, cap_world_class_t number, enum cap_space space,
                   uint8_t token, struct cap_world_member *out)
{
    const struct typeworld *w = ctx;
    struct cap_world_class info;

    if (!class_info(ctx, number, &info))
        return false;
    bool interface = (info.flags & CAP_WORLD_INTERFACE) != 0;
    if (space != CAP_SPACE_STATIC &&
        interface != (space == CAP_SPACE_INTERFACE))
        return false;
    const struct known *k = &w->classes[number];
    if (k->api != NULL)
        return api_method(k->api, space, token, out);
    return k->exp != NULL && exp_method(k->exp, space, token, out);
}

static bool api_field(const struct api_class *c, bool is_static, uint8_t token,
                      struct cap_world_member *out)
{
    for (uint16_t i = 0; is_static && i < c->field_count; i++) {
        const struct api_field *f = &c->fields[i];
        if (f->token != token || token == 0xFF)
            continue;
        bool protect = (f->flags & API_M_PROTECTED) != 0;
        out->descriptor = f->descriptor;
        out->flags = CAP_WORLD_STATIC | (protect ? CAP_WORLD_PROTECTED : 0);
        return true;
    }
    return false;
}

static bool exp_field(const struct tc_exp_class *c, bool is_static,
                      uint8_t token, struct cap_world_member *out)
{
    for (size_t i = 0; i < c->field_count; i++) {
        const struct tc_exp_member *f = &c->fields[i];
        if (f->token != token || token == 0xFF ||
            ((f->flags & STATIC) != 0) != is_static)
            continue;
        *out = (struct cap_world_member){f->descriptor, member_flags(f), 0};
        return true;
    }
    return false;
}

static bool field(void *ctx, cap_world_class_t number, bool is_static,
                  uint8_t token, struct cap_world_member *out)
{
    const struct typeworld *w = ctx;

    if (number >= w->count)
        return false;
    const struct known *k = &w->classes[number];
    if (k->api != NULL)
        return api_field(k->api, is_static, token, out);
    return k->exp != NULL && exp_field(k->exp, is_static, token, out);
}

void tc_typeworld_make(struct tc_arena *arena, const struct cap *cap,
                       const struct tc_exp *const *exports, size_t export_count,
                       struct cap_world *world)
{
    struct typeworld *w = tc_alloc(arena, sizeof *w);

    *w = (struct typeworld){.arena = arena,
                            .cap = cap,
                            .exports = exports,
                            .export_count = export_count};
    *world = (struct cap_world){
        .ctx = w,
        .class_at = class_at,
        .class_named = class_named,
        .class_info = class_info,
        .method = method,
        .field = field,
    };
}
