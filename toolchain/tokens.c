#include "toolchain/tokens.h"

#include <string.h>

#include "toolchain/members.h"
#include "toolchain/own.h"
#include "toolchain/types.h"

enum { STATICS_MAX = 256, VIRTUALS_MAX = 128, CELLS_MAX = 255 };

static bool is_visible_outside(uint16_t flags)
{
    return (flags & (ACC_PUBLIC | ACC_PROTECTED)) != 0;
}

static void too_many(struct tc_env *env, const struct tc_class *c,
                     const char *what, size_t most)
{
    tc_error(env->diag, tc_source(c), 0,
             "class %s has too many %s (a CAP file numbers %zu)",
             tc_dotted(env->arena, c->name), what, most);
}

static void number_statics(struct tc_env *env, struct tc_class *c)
{
    size_t next = 0;
    for (size_t i = 0; i < c->method_count; i++) {
        struct tc_method *m = &c->methods[i];
        bool is_static =
            (m->flags & ACC_STATIC) != 0 || strcmp(m->name, "<init>") == 0;
        if (is_static && is_visible_outside(m->flags))
            m->token = (uint8_t)next++;
    }
    if (next > STATICS_MAX)
        too_many(env, c, "static methods and constructors", STATICS_MAX);
    next = 0;
    for (size_t i = 0; i < c->field_count; i++) {
        struct tc_field *f = &c->fields[i];
        if ((f->flags & ACC_STATIC) && !f->is_constant &&
            is_visible_outside(f->flags))
            f->token = (uint8_t)next++;
    }
    if (next > STATICS_MAX - 1)
        too_many(env, c, "static fields", STATICS_MAX - 1);
}

/* Primitives and references for which others ask by token come first. */
static int field_group(const struct tc_field *f)
{
    bool reference = f->descriptor[0] == 'L' || f->descriptor[0] == '[';
    if (is_visible_outside(f->flags))
        return reference ? 1 : 0;
    return reference ? 2 : 3;
}

static void lay_out_instance(struct tc_env *env, struct tc_class *c)
{
    unsigned next = 0;
    c->first_reference = TC_NO_TOKEN;
    for (int group = 0; group < 4; group++)
        for (size_t i = 0; i < c->field_count; i++) {
            struct tc_field *f = &c->fields[i];
            if ((f->flags & ACC_STATIC) || field_group(f) != group)
                continue;
            f->token = (uint8_t)next;
            if (group == 1 || group == 2) {
                if (c->reference_count++ == 0)
                    c->first_reference = (uint8_t)next;
            }
            next += f->descriptor[0] == 'I' ? 2 : 1;
        }
    if (next > CELLS_MAX)
        too_many(env, c, "cells of instance fields", CELLS_MAX);
    c->instance_size = (uint8_t)next;
}

static struct tc_method **copy_table(struct tc_env *env,
                                     struct tc_method **from, size_t count,
                                     size_t room)
{
    struct tc_method **to =
        tc_alloc_array(env->arena, count + room, sizeof *to);
    if (count > 0)
        memcpy(to, from, count * sizeof *to);
    return to;
}

/* Puts a public or protected method where the superclass has it, or last. */
static void place_public(struct tc_class *c, struct tc_method *m)
{
    int token = tc_virtual_token(c, m->name, m->descriptor);
    size_t at = token < 0 ? c->virtual_count++ : (size_t)token;
    c->virtuals[at] = m;
    m->token = (uint8_t)at;
    if (at < c->public_base)
        c->public_base = (uint8_t)at;
}

static void place_package(struct tc_class *c, struct tc_method *m)
{
    int token = tc_package_token(c, m->name, m->descriptor);
    size_t at = token < 0 ? c->package_virtual_count++ : (size_t)token;
    c->package_virtuals[at] = m;
    m->token = (uint8_t)(TC_PACKAGE_TOKEN | at);
    if (at < c->package_base)
        c->package_base = (uint8_t)at;
}

static void place(struct tc_env *env, struct tc_class *c, struct tc_method *m)
{
    if (!is_visible_outside(m->flags)) {
        place_package(c, m);
        return;
    }
    if (tc_package_token(c, m->name, m->descriptor) >= 0)
        tc_error(env->diag, tc_source(c), tc_method_line(m),
                 "%s makes a package-visible method public or protected, which "
                 "a CAP file cannot express; declare it so in the superclass",
                 tc_method_label(env->arena, m));
    place_public(c, m);
}

size_t tc_inheritable(const struct tc_env *env, const struct tc_class *super)
{
    bool by_map = env->format >= 3 || tc_is_interface(super);
    return by_map ? super->virtual_count : super->inheritable_count;
}

static void map_inherited(struct tc_env *env, struct tc_class *c,
                          size_t inherited)
{
    c->inherited_as = tc_alloc_array(env->arena, c->virtual_count, 1);
    for (size_t i = 0; i < c->virtual_count; i++)
        c->inherited_as[i] = i < inherited ? (uint8_t)i : TC_NO_TOKEN;
    c->cap22_count = (uint8_t)c->virtual_count;
}

static void number_virtuals(struct tc_env *env, struct tc_class *c)
{
    const struct tc_class *s = c->super;
    size_t inherited = s == NULL ? 0 : tc_inheritable(env, s);
    bool same_package = s != NULL && tc_is_own(env, s);
    size_t inherited_here = same_package ? s->package_virtual_count : 0;
    c->virtuals = copy_table(env, s == NULL ? NULL : s->virtuals, inherited,
                             c->method_count);
    c->virtual_count = inherited;
    c->package_virtuals =
        copy_table(env, same_package ? s->package_virtuals : NULL,
                   inherited_here, c->method_count);
    c->package_virtual_count = inherited_here;
    c->public_base = (uint8_t)inherited;
    c->package_base = same_package ? (uint8_t)inherited_here : 0;
    for (size_t i = 0; i < c->method_count; i++)
        if (tc_is_virtual(&c->methods[i]))
            place(env, c, &c->methods[i]);
    c->inheritable_count = c->virtual_count;
    map_inherited(env, c, inherited);
    if (c->virtual_count > VIRTUALS_MAX ||
        c->package_virtual_count > VIRTUALS_MAX)
        too_many(env, c, "methods", VIRTUALS_MAX);
}

static void number_interface(struct tc_env *env, struct tc_class *c)
{
    size_t room = c->method_count;
    for (size_t i = 0; i < c->interface_count; i++)
        room += c->interfaces[i]->virtual_count;
    c->virtuals = tc_alloc_array(env->arena, room, sizeof c->virtuals[0]);
    for (size_t i = 0; i < c->interface_count; i++) {
        const struct tc_class *face = c->interfaces[i];
        for (size_t j = 0; j < face->virtual_count; j++)
            if (face->virtuals[j] != NULL &&
                tc_virtual_token(c, face->virtuals[j]->name,
                                 face->virtuals[j]->descriptor) < 0)
                c->virtuals[c->virtual_count++] = face->virtuals[j];
    }
    for (size_t i = 0; i < c->method_count; i++) {
        struct tc_method *m = &c->methods[i];
        int token = tc_virtual_token(c, m->name, m->descriptor);
        size_t at = token < 0 ? c->virtual_count++ : (size_t)token;
        c->virtuals[at] = m;
    }
    if (c->virtual_count > VIRTUALS_MAX)
        too_many(env, c, "methods", VIRTUALS_MAX);
    for (size_t i = 0; i < c->field_count; i++)
        if (!c->fields[i].is_constant)
            tc_error(env->diag, tc_source(c), 0,
                     "field %s: an interface on a card holds only constants "
                     "of primitive type",
                     c->fields[i].name);
}

void tc_tokens_members(struct tc_env *env, struct tc_class *class)
{
    if (tc_is_interface(class)) {
        number_interface(env, class);
        return;
    }
    number_statics(env, class);
    lay_out_instance(env, class);
    number_virtuals(env, class);
}

static bool is_exported(const struct tc_env *env, const struct tc_class *c)
{
    if ((c->flags & ACC_PUBLIC) == 0)
        return false;
    return env->options->applet_count == 0 ||
           (tc_is_interface(c) && c->is_shareable);
}

size_t tc_tokens_classes(struct tc_env *env)
{
    size_t next = 0;
    for (size_t i = 0; i < env->class_count; i++)
        if (is_exported(env, env->classes[i]))
            env->classes[i]->token = (uint8_t)next++;
    size_t exported = next;
    for (size_t i = 0; i < env->class_count; i++) {
        struct tc_class *c = env->classes[i];
        if ((c->flags & ACC_PUBLIC) && !is_exported(env, c))
            c->token = (uint8_t)next++;
    }
    return exported;
}
