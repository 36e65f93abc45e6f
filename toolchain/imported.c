#include "toolchain/imported.h"

#include <string.h>

static uint16_t class_flags(uint8_t api)
{
    unsigned flags = ACC_PUBLIC;
    if (api & API_INTERFACE)
        flags |= ACC_INTERFACE;
    if (api & API_ABSTRACT)
        flags |= ACC_ABSTRACT;
    if (api & API_FINAL)
        flags |= ACC_FINAL;
    return (uint16_t)flags;
}

static uint16_t member_flags(uint8_t api)
{
    unsigned flags = api & API_M_PROTECTED ? ACC_PROTECTED : ACC_PUBLIC;
    if (api & API_M_STATIC)
        flags |= ACC_STATIC;
    if (api & API_M_FINAL)
        flags |= ACC_FINAL;
    if (api & API_M_ABSTRACT)
        flags |= ACC_ABSTRACT;
    return (uint16_t)flags;
}

static void fill_api_method(struct tc_class *c, struct tc_method *to,
                            const struct api_method *from, size_t token)
{
    *to = (struct tc_method){.owner = c,
                             .name = from->name,
                             .descriptor = from->descriptor,
                             .flags = member_flags(from->flags),
                             .token = (uint8_t)token,
                             .minor = from->minor};
}

static void fill_api_methods(struct tc_env *env, struct tc_class *c,
                             const struct api_class *api)
{
    c->method_count = (size_t)api->static_count + api->virtual_count;
    c->methods =
        tc_alloc_array(env->arena, c->method_count, sizeof c->methods[0]);
    c->virtual_count = api->virtual_count;
    c->inheritable_count = api->cap22_virtual_count;
    while (c->virtual_count > 0 &&
           api->virtuals[c->virtual_count - 1].minor > c->package->target_minor)
        c->virtual_count--;
    if (c->inheritable_count > c->virtual_count)
        c->inheritable_count = c->virtual_count;
    c->virtuals =
        tc_alloc_array(env->arena, c->virtual_count, sizeof c->virtuals[0]);
    for (size_t i = 0; i < api->static_count; i++)
        fill_api_method(c, &c->methods[i], &api->statics[i], i);
    for (size_t i = 0; i < api->virtual_count; i++) {
        struct tc_method *m = &c->methods[api->static_count + i];
        fill_api_method(c, m, &api->virtuals[i], i);
        if (i < c->virtual_count)
            c->virtuals[i] = m;
    }
}

static void fill_api_fields(struct tc_env *env, struct tc_class *c,
                            const struct api_class *api)
{
    c->field_count = api->field_count;
    c->fields = tc_alloc_array(env->arena, c->field_count, sizeof c->fields[0]);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct api_field *from = &api->fields[i];
        c->fields[i] = (struct tc_field){
            .owner = c,
            .name = from->name,
            .descriptor = from->descriptor,
            .flags = (uint16_t)(member_flags(from->flags) | ACC_STATIC),
            .token = from->token,
            .minor = from->minor,
            .is_constant = from->token == TC_NO_TOKEN,
            .value = from->value};
    }
}

static const char *api_class_name(uint16_t package, uint8_t token)
{
    return api_packages[package].classes[token].name;
}

static struct tc_class *from_api(struct tc_env *env, struct tc_package *p,
                                 size_t token)
{
    const struct api_class *api = &p->api->classes[token];
    struct tc_class *c = tc_alloc(env->arena, sizeof *c);
    c->name = api->name;
    c->package = p;
    c->flags = class_flags(api->flags);
    c->is_shareable = (api->flags & API_SHAREABLE) != 0;
    c->is_remote = (api->flags & API_REMOTE) != 0;
    c->token = (uint8_t)token;
    c->minor = api->minor;
    tc_env_add(env, c);
    if (!tc_is_interface(c) && api->super_package != API_NONE)
        c->super = tc_find_class(
            env, api_class_name(api->super_package, api->super_class));
    c->interface_count = api->interface_count;
    c->interfaces =
        tc_alloc_array(env->arena, c->interface_count, sizeof c->interfaces[0]);
    for (size_t i = 0; i < c->interface_count; i++)
        c->interfaces[i] = tc_find_class(
            env, api_class_name((uint16_t)(api->interfaces[i] >> 8),
                                (uint8_t)api->interfaces[i]));
    fill_api_methods(env, c, api);
    fill_api_fields(env, c, api);
    return c;
}

static void fill_exp_fields(struct tc_env *env, struct tc_class *c,
                            const struct tc_exp_class *from)
{
    c->field_count = from->field_count;
    c->fields = tc_alloc_array(env->arena, c->field_count, sizeof c->fields[0]);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct tc_exp_member *m = &from->fields[i];
        c->fields[i] = (struct tc_field){.owner = c,
                                         .name = m->name,
                                         .descriptor = m->descriptor,
                                         .flags = m->flags,
                                         .token = m->token,
                                         .is_constant = m->has_value,
                                         .value = m->value};
    }
}

/* Puts the virtual methods at their tokens; false when two share one. */
static bool place_virtuals(struct tc_env *env, struct tc_class *c)
{
    for (size_t i = 0; i < c->method_count; i++)
        if (tc_is_virtual(&c->methods[i]))
            c->virtual_count++;
    c->virtuals =
        tc_alloc_array(env->arena, c->virtual_count, sizeof c->virtuals[0]);
    for (size_t i = 0; i < c->method_count; i++) {
        struct tc_method *m = &c->methods[i];
        if (!tc_is_virtual(m))
            continue;
        if (m->token >= c->virtual_count || c->virtuals[m->token] != NULL)
            return false;
        c->virtuals[m->token] = m;
    }
    return true;
}

static void fill_exp_methods(struct tc_env *env, struct tc_class *c,
                             const struct tc_exp_class *from)
{
    c->method_count = from->method_count;
    c->methods =
        tc_alloc_array(env->arena, c->method_count, sizeof c->methods[0]);
    for (size_t i = 0; i < c->method_count; i++) {
        const struct tc_exp_member *m = &from->methods[i];
        c->methods[i] = (struct tc_method){.owner = c,
                                           .name = m->name,
                                           .descriptor = m->descriptor,
                                           .flags = m->flags,
                                           .token = m->token};
    }
    if (!place_virtuals(env, c)) {
        tc_error(env->diag, c->name, 0,
                 "its export file gives two methods one token");
        c->virtual_count = 0; /* not every token has its method */
    }
    c->inheritable_count =
        from->cap22_count >= 0 ? (size_t)from->cap22_count : c->virtual_count;
    if (c->inheritable_count > c->virtual_count) {
        tc_error(env->diag, c->name, 0,
                 "its export file counts more methods than it has");
        c->inheritable_count = c->virtual_count;
    }
}

static struct tc_class *must_find(struct tc_env *env, const char *name,
                                  const char *needed_by)
{
    struct tc_class *c = tc_find_class(env, name);
    if (c == NULL)
        tc_error(env->diag, needed_by, 0,
                 "its export file needs %s, which no given package has",
                 tc_dotted(env->arena, name));
    return c;
}

static void set_super(struct tc_env *env, struct tc_class *c, const char *name)
{
    struct tc_class *super = must_find(env, name, c->name);
    if (super != NULL && tc_is_subclass(super, c))
        tc_error(env->diag, c->name, 0,
                 "its export file makes it its own superclass");
    else
        c->super = super;
}

static struct tc_class *from_exp(struct tc_env *env, struct tc_package *p,
                                 const struct tc_exp_class *from)
{
    struct tc_class *c = tc_alloc(env->arena, sizeof *c);
    c->name = from->name;
    c->package = p;
    c->flags = (uint16_t)(from->flags & ~(EXP_SHAREABLE | EXP_REMOTE));
    c->is_shareable = (from->flags & EXP_SHAREABLE) != 0;
    c->is_remote = (from->flags & EXP_REMOTE) != 0;
    c->token = from->token;
    tc_env_add(env, c);
    if (!tc_is_interface(c) && from->super_count > 0)
        set_super(env, c, from->supers[from->super_count - 1]);
    c->interfaces = tc_alloc_array(env->arena, from->interface_count,
                                   sizeof c->interfaces[0]);
    for (size_t i = 0; i < from->interface_count; i++) {
        struct tc_class *face = must_find(env, from->interfaces[i], c->name);
        if (face != NULL)
            c->interfaces[c->interface_count++] = face;
    }
    fill_exp_fields(env, c, from);
    fill_exp_methods(env, c, from);
    return c;
}

struct tc_class *tc_imported_class(struct tc_env *env,
                                   struct tc_package *package, const char *name)
{
    if (package->api != NULL) {
        for (size_t i = 0; i < package->api->class_count; i++)
            if (strcmp(package->api->classes[i].name, name) == 0)
                return from_api(env, package, i);
        return NULL;
    }
    for (size_t i = 0; i < package->exp->class_count; i++)
        if (strcmp(package->exp->classes[i].name, name) == 0)
            return from_exp(env, package, &package->exp->classes[i]);
    return NULL;
}
