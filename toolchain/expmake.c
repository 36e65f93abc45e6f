/* The export file of the package that was converted. */
#include <string.h>

#include "toolchain/exp.h"
#include "toolchain/growth.h"
#include "toolchain/manifest.h"

enum { EXPORTED_FLAGS = ACC_PUBLIC | ACC_FINAL | ACC_INTERFACE | ACC_ABSTRACT };

static bool is_visible(uint16_t flags)
{
    return (flags & (ACC_PUBLIC | ACC_PROTECTED)) != 0;
}

/* Public superclasses, java/lang/Object first. */
static void list_supers(struct tc_env *env, const struct tc_class *c,
                        struct tc_exp_class *to)
{
    size_t n = 0;
    for (const struct tc_class *s = c->super; s != NULL; s = s->super)
        n += (s->flags & ACC_PUBLIC) ? 1 : 0;
    if (tc_is_interface(c))
        n = 1;
    to->supers = tc_alloc_array(env->arena, n, sizeof to->supers[0]);
    to->super_count = n;
    if (tc_is_interface(c))
        to->supers[0] = "java/lang/Object";
    for (const struct tc_class *s = c->super; s != NULL; s = s->super)
        if (s->flags & ACC_PUBLIC)
            to->supers[--n] = s->name;
}

static bool is_listed(const struct tc_exp_class *c, const char *name)
{
    for (size_t i = 0; i < c->interface_count; i++)
        if (strcmp(c->interfaces[i], name) == 0)
            return true;
    return false;
}

static void list_interfaces(struct tc_env *env, const struct tc_class *c,
                            struct tc_exp_class *to)
{
    for (; c != NULL; c = c->super)
        for (size_t i = 0; i < c->interface_count; i++) {
            if ((c->interfaces[i]->flags & ACC_PUBLIC) == 0 ||
                is_listed(to, c->interfaces[i]->name))
                continue;
            to->interfaces =
                tc_grow(env->arena, to->interfaces, to->interface_count,
                        sizeof to->interfaces[0]);
            to->interfaces[to->interface_count++] = c->interfaces[i]->name;
        }
}

static void list_fields(struct tc_env *env, const struct tc_class *c,
                        struct tc_exp_class *to)
{
    to->fields =
        tc_alloc_array(env->arena, c->field_count, sizeof to->fields[0]);
    for (size_t i = 0; i < c->field_count; i++) {
        const struct tc_field *f = &c->fields[i];
        if (!is_visible(f->flags))
            continue;
        to->fields[to->field_count++] =
            (struct tc_exp_member){f->token,       (uint16_t)(f->flags & 0x1F),
                                   f->name,        f->descriptor,
                                   f->is_constant, f->value};
    }
}

static void add_method(struct tc_exp_class *to, const struct tc_method *m,
                       uint8_t token)
{
    enum { KEPT = 0x1F | ACC_ABSTRACT };
    to->methods[to->method_count++] = (struct tc_exp_member){
        token, (uint16_t)(m->flags & KEPT), m->name, m->descriptor, false, 0};
}

/* Statics and constructors by their tokens, then all virtual methods. */
static void list_methods(struct tc_env *env, const struct tc_class *c,
                         struct tc_exp_class *to)
{
    to->methods = tc_alloc_array(env->arena, c->method_count + c->virtual_count,
                                 sizeof to->methods[0]);
    for (size_t i = 0; i < c->method_count; i++) {
        const struct tc_method *m = &c->methods[i];
        if (!tc_is_virtual(m) && is_visible(m->flags))
            add_method(to, m, m->token);
    }
    for (size_t i = 0; i < c->virtual_count; i++)
        add_method(to, c->virtuals[i], (uint8_t)i);
}

static void list_class(struct tc_env *env, const struct tc_class *c,
                       struct tc_exp_class *to)
{
    unsigned flags = c->flags & EXPORTED_FLAGS;
    if (c->is_shareable)
        flags |= EXP_SHAREABLE;
    if (c->is_remote)
        flags |= EXP_REMOTE;
    to->cap22_count = tc_is_interface(c) ? 0 : c->cap22_count;
    to->token = c->token;
    to->flags = (uint16_t)flags;
    to->name = c->name;
    list_supers(env, c, to);
    list_interfaces(env, c, to);
    list_fields(env, c, to);
    list_methods(env, c, to);
}

static void refer_to(struct tc_env *env, struct tc_exp *exp, const char *name)
{
    const struct tc_class *c = tc_find_class(env, name);
    if (c == NULL || tc_is_own(env, c))
        return;
    const struct tc_package *p = c->package;
    for (size_t i = 0; i < exp->referenced_count; i++)
        if (exp->referenced[i].name == p->name)
            return;
    exp->referenced = tc_grow(env->arena, exp->referenced,
                              exp->referenced_count, sizeof exp->referenced[0]);
    exp->referenced[exp->referenced_count++] =
        (struct tc_exp_package){p->name, p->major, p->needed_minor, p->aid};
}

/* The classes in a descriptor: "L", the name, ";". */
static void refer_to_types(struct tc_env *env, struct tc_exp *exp,
                           const char *descriptor)
{
    const char *end = descriptor;
    for (const char *p = strchr(end, 'L'); p != NULL; p = strchr(end, 'L')) {
        end = strchr(p, ';');
        refer_to(env, exp,
                 tc_copy_text(env->arena, p + 1, (size_t)(end - p - 1)));
    }
}

/* The packages of all that the classes name. */
static void list_referenced(struct tc_env *env, struct tc_exp *exp)
{
    for (size_t i = 0; i < exp->class_count; i++) {
        const struct tc_exp_class *c = &exp->classes[i];
        for (size_t k = 0; k < c->super_count; k++)
            refer_to(env, exp, c->supers[k]);
        for (size_t k = 0; k < c->interface_count; k++)
            refer_to(env, exp, c->interfaces[k]);
        for (size_t k = 0; k < c->field_count; k++)
            refer_to_types(env, exp, c->fields[k].descriptor);
        for (size_t k = 0; k < c->method_count; k++)
            refer_to_types(env, exp, c->methods[k].descriptor);
    }
}

/* Format 2.2 brought the mark of remote types, and no more. */
static uint8_t format_of(const struct tc_env *env)
{
    return env->format == 3 ? 3 : env->has_remote ? 2 : 1;
}

struct span tc_export_file(struct tc_output *out)
{
    struct tc_env *env = out->env;
    struct tc_exp exp = {.format = format_of(env),
                         .package_name = env->own.name,
                         .is_library = env->options->applet_count == 0,
                         .major = env->own.major,
                         .minor = env->own.minor,
                         .aid = env->own.aid,
                         .class_count = out->exported_classes};
    exp.classes =
        tc_alloc_array(env->arena, exp.class_count, sizeof exp.classes[0]);
    for (size_t i = 0; i < env->class_count; i++)
        if (env->classes[i]->token < exp.class_count)
            list_class(env, env->classes[i],
                       &exp.classes[env->classes[i]->token]);
    list_referenced(env, &exp);
    tc_growth_check(env, &exp);
    struct tc_bytes bytes = {.arena = env->arena};
    tc_exp_write(&exp, &bytes);
    return tc_bytes_span(&bytes);
}
