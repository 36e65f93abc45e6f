/* What a package needs of others: packages, and what it uses of them. */
#include <stdlib.h>
#include <string.h>

#include "apidef/api_lookup.h"
#include "toolchain/capinfo.h"
#include "toolchain/platforms.h"
#include "toolchain/releases.h"

enum { NOT_KNOWN = -1, EXP_STATIC = 0x0008 };

static const struct api_package *api_of(const struct gp_cap_import *import)
{
    const struct span aid = gp_aid_span(&import->aid);
    return api_package_by_aid(aid.p, aid.n);
}

static const struct tc_exp *exp_of(const struct tc_capinfo *c,
                                   const struct gp_cap_import *import)
{
    for (size_t i = 0; i < c->export_count; i++) {
        const struct tc_aid *aid = &c->exports[i]->aid;
        if (span_equal(span_of(aid->bytes, aid->length),
                       gp_aid_span(&import->aid)))
            return c->exports[i];
    }
    return NULL;
}

static const char *copy(struct tc_capinfo *c, const char *text)
{
    return text == NULL ? NULL : tc_copy_text(c->arena, text, strlen(text));
}

/* ---- packages ---- */

static void list_needs(struct tc_capinfo *c)
{
    c->info.need_count = c->file->import_count;
    c->info.needs =
        tc_alloc_array(c->arena, c->info.need_count, sizeof c->info.needs[0]);
    for (size_t i = 0; i < c->info.need_count; i++) {
        struct gp_cap_need *n = &c->info.needs[i];
        n->import = c->file->imports[i];
        n->uses_minor = NOT_KNOWN;
        const struct api_package *api = api_of(&n->import);
        const struct tc_exp *exp = exp_of(c, &n->import);
        n->is_api = api != NULL;
        if (api != NULL) {
            n->name = api->name;
            n->release =
                tc_release_for(api->name, n->import.major, n->import.minor);
        } else if (exp != NULL) {
            n->name = copy(c, exp->package_name);
        }
    }
}

static const char *first_release(const struct tc_capinfo *c,
                                 const char *platform, bool *none)
{
    struct tc_platform_need *needs =
        tc_alloc_array(c->arena, c->info.need_count, sizeof *needs);
    size_t count = 0;

    for (size_t i = 0; i < c->info.need_count; i++) {
        const struct gp_cap_need *n = &c->info.needs[i];
        if (n->is_api && tc_platform_has(platform, n->name))
            needs[count++] = (struct tc_platform_need){n->name, n->import.major,
                                                       n->import.minor};
    }
    const char *release =
        count == 0 ? NULL : tc_platform_with(platform, needs, count);
    *none = count > 0 && release == NULL;
    return release;
}

void tc_capinfo_needs(struct tc_capinfo *c)
{
    struct gp_cap_info *i = &c->info;

    list_needs(c);
    i->java_card = first_release(c, "JC", &i->no_java_card);
    i->global_platform = first_release(c, "GP", &i->no_global_platform);
}

/* ---- what is used of them ---- */

static void name_member(struct tc_capinfo *c, struct gp_cap_use *u,
                        const char *class, const char *name,
                        const char *descriptor)
{
    bool field = u->kind == GP_CAP_USE_FIELD;
    u->name = tc_format(c->arena, "%s.%s%s%s", class, name, field ? " " : "",
                        descriptor);
}

static void know_api(struct tc_capinfo *c, struct gp_cap_use *u,
                     const struct api_package *api)
{
    const struct api_class *class = api_class_at(api, u->class);
    if (class == NULL)
        return;
    if (u->kind == GP_CAP_USE_CLASS) {
        u->name = class->name;
        u->minor = class->minor;
    } else if (u->kind == GP_CAP_USE_METHOD) {
        const struct api_method *m =
            api_method_at(class, u->is_static, u->token);
        if (m == NULL)
            return;
        name_member(c, u, class->name, m->name, m->descriptor);
        u->minor = m->minor;
    } else {
        for (uint16_t i = 0; i < class->field_count; i++) {
            const struct api_field *f = &class->fields[i];
            if (f->token != u->token)
                continue;
            name_member(c, u, class->name, f->name, f->descriptor);
            u->minor = f->minor;
        }
    }
    if (u->name != NULL)
        u->release = tc_release_for(api->name, api->major, (uint8_t)u->minor);
}

static const struct tc_exp_member *exp_member(const struct gp_cap_use *u,
                                              const struct tc_exp_class *class)
{
    bool field = u->kind == GP_CAP_USE_FIELD;
    const struct tc_exp_member *m = field ? class->fields : class->methods;
    size_t count = field ? class->field_count : class->method_count;

    for (size_t i = 0; i < count; i++) {
        bool is_static =
            (m[i].flags & EXP_STATIC) != 0 || strcmp(m[i].name, "<init>") == 0;
        if (m[i].token == u->token && is_static == u->is_static)
            return &m[i];
    }
    return NULL;
}

static void know_exp(struct tc_capinfo *c, struct gp_cap_use *u,
                     const struct tc_exp *exp)
{
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct tc_exp_class *class = &exp->classes[i];
        if (class->token != u->class)
            continue;
        if (u->kind == GP_CAP_USE_CLASS) {
            u->name = copy(c, class->name);
            return;
        }
        const struct tc_exp_member *m = exp_member(u, class);
        if (m != NULL)
            name_member(c, u, class->name, m->name, m->descriptor);
        return;
    }
}

static bool same_use(const struct gp_cap_use *a, const struct gp_cap_use *b)
{
    return a->kind == b->kind && a->import == b->import &&
           a->class == b->class && a->token == b->token &&
           a->is_static == b->is_static;
}

static void add_use(struct tc_capinfo *c, struct gp_cap_use u)
{
    struct gp_cap_info *i = &c->info;
    for (size_t k = 0; k < i->use_count; k++)
        if (same_use(&i->uses[k], &u))
            return;
    struct gp_cap_need *need = &i->needs[u.import];
    const struct api_package *api = api_of(&need->import);
    const struct tc_exp *exp = exp_of(c, &need->import);
    u.minor = NOT_KNOWN;
    if (api != NULL)
        know_api(c, &u, api);
    else if (exp != NULL)
        know_exp(c, &u, exp);
    if (u.minor > need->uses_minor)
        need->uses_minor = u.minor;
    i->uses = tc_grow(c->arena, i->uses, i->use_count, sizeof i->uses[0]);
    i->uses[i->use_count++] = u;
}

static bool is_imported(const struct tc_capinfo *c, uint8_t package)
{
    return package < c->info.need_count;
}

static void add_class(struct tc_capinfo *c, uint8_t package, uint8_t class)
{
    if (is_imported(c, package))
        add_use(c, (struct gp_cap_use){
                       .kind = GP_CAP_USE_CLASS,
                       .import = package,
                       .class = class,
                   });
}

static void add_entry(struct tc_capinfo *c, const struct cap_entry *e)
{
    bool field =
        e->tag == CAP_INSTANCE_FIELDREF || e->tag == CAP_STATIC_FIELDREF;
    if (!e->external || !is_imported(c, e->package))
        return;
    add_class(c, e->package, e->class);
    if (e->tag == CAP_CLASSREF)
        return;
    add_use(c, (struct gp_cap_use){
                   .kind = field ? GP_CAP_USE_FIELD : GP_CAP_USE_METHOD,
                   .import = e->package,
                   .class = e->class,
                   .token = e->token,
                   .is_static = e->tag == CAP_STATIC_METHODREF ||
                                e->tag == CAP_STATIC_FIELDREF,
               });
}

/* Superclasses and interfaces need stand in no ConstantPool. */
static void add_parents(struct tc_capinfo *c)
{
    struct cap_class class;
    struct span tokens;
    uint16_t raw = 0;

    for (bool more = cap_class_first(&c->cap, &class); more;
         more = cap_class_next(&c->cap, &class)) {
        struct cap_class_ref super = cap_class_ref(class.super);
        if (!super.none && super.external)
            add_class(c, super.package, super.class);
        for (uint8_t i = 0; cap_class_interface(&class, i, &raw, &tokens);
             i++) {
            struct cap_class_ref ref = cap_class_ref(raw);
            if (!ref.none && ref.external)
                add_class(c, ref.package, ref.class);
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const struct gp_cap_use *x = a;
    const struct gp_cap_use *y = b;
    if (x->import != y->import)
        return x->import < y->import ? -1 : 1;
    if (x->class != y->class)
        return (int)x->class - (int)y->class;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    if (x->is_static != y->is_static)
        return x->is_static ? -1 : 1;
    return (int)x->token - (int)y->token;
}

void tc_capinfo_uses(struct tc_capinfo *c)
{
    struct cap_entry e;

    for (uint16_t k = 0; k < c->cap.pool_count; k++)
        if (cap_pool(&c->cap, k, &e))
            add_entry(c, &e);
    add_parents(c);
}

void tc_capinfo_interface_call(struct tc_capinfo *c, uint16_t i, uint8_t token)
{
    struct cap_entry e;

    if (!cap_pool(&c->cap, i, &e) || !e.external ||
        !is_imported(c, e.package) || e.tag != CAP_CLASSREF)
        return;
    add_use(c, (struct gp_cap_use){
                   .kind = GP_CAP_USE_METHOD,
                   .import = e.package,
                   .class = e.class,
                   .token = token,
               });
}

void tc_capinfo_sort_uses(struct tc_capinfo *c)
{
    struct gp_cap_info *i = &c->info;
    if (i->use_count > 0)
        qsort(i->uses, i->use_count, sizeof i->uses[0], by_place);
}
