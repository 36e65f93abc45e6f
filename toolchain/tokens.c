#include "toolchain/tokens.h"

#include <string.h>

#include "toolchain/growth.h"
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

/* Returns the first token after all that were kept. */
static size_t keep(uint8_t *token, int was, size_t next)
{
    *token = (uint8_t)was;
    return (size_t)was >= next ? (size_t)was + 1 : next;
}

static bool has_static_token(const struct tc_method *m)
{
    return !tc_is_virtual(m) && is_visible_outside(m->flags);
}

/* Those of the previous version as they were, then the new ones. */
static void number_statics(struct tc_env *env, struct tc_class *c)
{
    const struct tc_exp_class *was = tc_growth_class(env, c);
    size_t next = 0;
    for (size_t i = 0; i < c->method_count; i++)
        if (has_static_token(&c->methods[i]) &&
            tc_growth_method(was, &c->methods[i]) >= 0)
            next = keep(&c->methods[i].token,
                        tc_growth_method(was, &c->methods[i]), next);
    for (size_t i = 0; i < c->method_count; i++)
        if (has_static_token(&c->methods[i]) &&
            tc_growth_method(was, &c->methods[i]) < 0)
            c->methods[i].token = (uint8_t)next++;
    if (next > STATICS_MAX)
        too_many(env, c, "static methods and constructors", STATICS_MAX);
}

static bool has_field_token(const struct tc_field *f)
{
    return (f->flags & ACC_STATIC) && !f->is_constant &&
           is_visible_outside(f->flags);
}

static void number_static_fields(struct tc_env *env, struct tc_class *c)
{
    const struct tc_exp_class *was = tc_growth_class(env, c);
    size_t next = 0;
    for (size_t i = 0; i < c->field_count; i++)
        if (has_field_token(&c->fields[i]) &&
            tc_growth_field(was, &c->fields[i]) >= 0)
            next = keep(&c->fields[i].token,
                        tc_growth_field(was, &c->fields[i]), next);
    for (size_t i = 0; i < c->field_count; i++)
        if (has_field_token(&c->fields[i]) &&
            tc_growth_field(was, &c->fields[i]) < 0)
            c->fields[i].token = (uint8_t)next++;
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

/* The next field of a group: by the token it had, else as declared. */
static struct tc_field *next_field(const struct tc_exp_class *was,
                                   struct tc_class *c, int group)
{
    enum { NEVER = 256 };
    struct tc_field *found = NULL;
    int best = NEVER + 1;
    for (size_t i = 0; i < c->field_count; i++) {
        struct tc_field *f = &c->fields[i];
        if ((f->flags & ACC_STATIC) || f->token != TC_NO_TOKEN ||
            field_group(f) != group)
            continue;
        int rank =
            tc_growth_field(was, f) < 0 ? NEVER : tc_growth_field(was, f);
        if (rank < best) {
            best = rank;
            found = f;
        }
    }
    return found;
}

static void lay_out_instance(struct tc_env *env, struct tc_class *c)
{
    const struct tc_exp_class *was = tc_growth_class(env, c);
    unsigned next = 0;
    c->first_reference = TC_NO_TOKEN;
    for (int group = 0; group < 4; group++) {
        struct tc_field *f = NULL;
        while (next < TC_NO_TOKEN && (f = next_field(was, c, group)) != NULL) {
            f->token = (uint8_t)next;
            if (group == 1 || group == 2) {
                if (c->reference_count++ == 0)
                    c->first_reference = (uint8_t)next;
            }
            next += f->descriptor[0] == 'I' ? 2 : 1;
        }
        if (f != NULL)
            next = CELLS_MAX + 1;
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

/* Puts a public or protected method where the superclass has it, where the
 * previous version had it, or last. */
static void place_public(struct tc_class *c, const struct tc_exp_class *was,
                         struct tc_method *m)
{
    int token = tc_virtual_token(c, m->name, m->descriptor);
    if (token < 0)
        token = tc_growth_method(was, m);
    if (token >= 0 && (size_t)token >= c->virtual_count)
        token = -1; /* a static method before: growth.c tells */
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

static void place(struct tc_env *env, struct tc_class *c,
                  const struct tc_exp_class *was, struct tc_method *m)
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
    place_public(c, was, m);
}

size_t tc_inheritable(const struct tc_env *env, const struct tc_class *super)
{
    bool by_map = env->format >= 3 || tc_is_interface(super);
    return by_map ? super->virtual_count : super->inheritable_count;
}

/* Where the superclass's methods stand: as they were, then what it has new. */
static void inherit(struct tc_env *env, struct tc_class *c,
                    const struct tc_exp_class *was, size_t inherited)
{
    const struct tc_class *s = c->super;
    for (size_t i = 0; i < inherited; i++) {
        struct tc_method *m = s->virtuals[i];
        int old = tc_growth_method(was, m);
        size_t at = old >= 0 && (size_t)old < c->virtual_count
                        ? (size_t)old
                        : c->virtual_count++;
        if (at != i && env->format < 3)
            tc_error(env->diag, tc_source(c), 0,
                     "class %s has taken the token that %s now needs in its "
                     "superclass; only --format 2.3 can express that",
                     tc_dotted(env->arena, c->name), m->name);
        c->virtuals[at] = m;
        c->inherited_as[at] = (uint8_t)i;
    }
}

static size_t count_virtuals(const struct tc_exp_class *was)
{
    size_t n = 0;
    for (size_t i = 0; was != NULL && i < was->method_count; i++)
        n += tc_exp_is_virtual(&was->methods[i]) ? 1 : 0;
    return n;
}

/* The tokens at the first publication, which later versions repeat. */
static size_t first_count(const struct tc_class *c,
                          const struct tc_exp_class *was)
{
    if (was == NULL || (c->flags & ACC_FINAL))
        return c->virtual_count; /* no heir of a final class can mind */
    return was->cap22_count >= 0 ? (size_t)was->cap22_count
                                 : count_virtuals(was);
}

static const char *name_at(const struct tc_exp_class *was, size_t token)
{
    for (size_t i = 0; i < was->method_count; i++)
        if (was->methods[i].token == token &&
            tc_exp_is_virtual(&was->methods[i]))
            return was->methods[i].name;
    return "of its previous version";
}

/* A previous version's place that nothing took: its method is gone. */
static void fill_gaps(struct tc_env *env, struct tc_class *c,
                      const struct tc_exp_class *was)
{
    for (size_t i = 0; i < c->virtual_count; i++) {
        if (c->virtuals[i] != NULL)
            continue;
        tc_error(env->diag, tc_source(c), 0,
                 "class %s has no method %s any more, which users of version "
                 "%u.%u may call",
                 tc_dotted(env->arena, c->name), name_at(was, i),
                 env->previous->major, env->previous->minor);
        c->virtuals[i] = c->virtuals[0];
    }
    c->cap22_count = (uint8_t)first_count(c, was);
}

/*
 * Final methods first, then the others, each in the order of the class file:
 * any order would do [JCVM 4.3.7.6], this is the one of other converters.
 */
static void place_all(struct tc_env *env, struct tc_class *c,
                      const struct tc_exp_class *was, uint16_t final)
{
    for (size_t i = 0; i < c->method_count; i++)
        if (tc_is_virtual(&c->methods[i]) &&
            (c->methods[i].flags & ACC_FINAL) == final)
            place(env, c, was, &c->methods[i]);
}

static void number_virtuals(struct tc_env *env, struct tc_class *c)
{
    const struct tc_class *s = c->super;
    const struct tc_exp_class *was = tc_growth_class(env, c);
    size_t inherited = s == NULL ? 0 : tc_inheritable(env, s);
    bool same_package = s != NULL && tc_is_own(env, s);
    size_t inherited_here = same_package ? s->package_virtual_count : 0;
    size_t room = count_virtuals(was) + inherited + c->method_count;
    c->virtuals = tc_alloc_array(env->arena, room, sizeof c->virtuals[0]);
    c->inherited_as = tc_alloc_array(env->arena, room, 1);
    memset(c->inherited_as, TC_NO_TOKEN, room);
    c->virtual_count = count_virtuals(was);
    inherit(env, c, was, inherited);
    c->package_virtuals =
        copy_table(env, same_package ? s->package_virtuals : NULL,
                   inherited_here, c->method_count);
    c->package_virtual_count = inherited_here;
    c->public_base = (uint8_t)c->virtual_count;
    c->package_base = same_package ? (uint8_t)inherited_here : 0;
    place_all(env, c, was, ACC_FINAL);
    place_all(env, c, was, 0);
    fill_gaps(env, c, was);
    c->inheritable_count = c->virtual_count;
    if (c->virtual_count > VIRTUALS_MAX ||
        c->package_virtual_count > VIRTUALS_MAX)
        too_many(env, c, "methods", VIRTUALS_MAX);
}

/* The order of the previous version, if the methods are still the same. */
static void keep_order(struct tc_env *env, struct tc_class *c)
{
    const struct tc_exp_class *was = tc_growth_class(env, c);
    struct tc_method **kept =
        tc_alloc_array(env->arena, c->virtual_count, sizeof *kept);
    if (was == NULL || was->method_count != c->virtual_count)
        return;
    for (size_t i = 0; i < c->virtual_count; i++) {
        int token = tc_growth_method(was, c->virtuals[i]);
        if (token < 0 || (size_t)token >= c->virtual_count ||
            kept[token] != NULL)
            return;
        kept[token] = c->virtuals[i];
    }
    c->virtuals = kept;
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
    keep_order(env, c);
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
    number_static_fields(env, class);
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

/* Users of the previous version name its classes by number. */
static void check_kept(struct tc_env *env)
{
    const struct tc_exp *was = env->previous;
    for (size_t i = 0; was != NULL && i < was->class_count; i++) {
        const struct tc_class *c = tc_find_class(env, was->classes[i].name);
        if (c == NULL || !tc_is_own(env, c) || !is_exported(env, c))
            tc_error(env->diag, "previous", 0,
                     "class %s of version %u.%u is gone, or no longer one "
                     "that others can use",
                     tc_dotted(env->arena, was->classes[i].name), was->major,
                     was->minor);
    }
}

size_t tc_tokens_classes(struct tc_env *env)
{
    size_t next = 0;
    check_kept(env);
    for (size_t i = 0; i < env->class_count; i++) {
        const struct tc_exp_class *was = tc_growth_class(env, env->classes[i]);
        if (was != NULL && is_exported(env, env->classes[i]))
            next = keep(&env->classes[i]->token, was->token, next);
    }
    for (size_t i = 0; i < env->class_count; i++)
        if (is_exported(env, env->classes[i]) &&
            tc_growth_class(env, env->classes[i]) == NULL)
            env->classes[i]->token = (uint8_t)next++;
    size_t exported = next;
    for (size_t i = 0; i < env->class_count; i++) {
        struct tc_class *c = env->classes[i];
        if ((c->flags & ACC_PUBLIC) && !is_exported(env, c))
            c->token = (uint8_t)next++;
    }
    return exported;
}
