#include "toolchain/members.h"

#include <string.h>

#include "toolchain/own.h"
#include "toolchain/statics.h"
#include "toolchain/types.h"

const char *tc_method_label(struct tc_arena *arena,
                            const struct tc_method *method)
{
    bool init = strcmp(method->name, "<init>") == 0;
    const char *slash = strrchr(method->owner->name, '/');
    const char *simple = slash == NULL ? method->owner->name : slash + 1;
    return init ? tc_format(arena, "the constructor of %s", simple)
                : tc_format(arena, "method %s.%s", simple, method->name);
}

static unsigned first_line(const struct tc_member *m)
{
    return m->code == NULL ? 0 : tc_code_line(m->code, 0);
}

unsigned tc_method_line(const struct tc_method *method)
{
    return method->member == NULL ? 0 : first_line(method->member);
}

/* A type's class must be known: its place in the Descriptor needs it. */
static void check_type(struct tc_env *env, const struct tc_class *c,
                       unsigned line, const char *what, const struct tc_type *t)
{
    if (t->kind == KIND_INT || t->element == KIND_INT) {
        if (!env->options->allow_int && strstr(what, ".access$") != NULL)
            tc_error(env->diag, tc_source(c), line,
                     "javac makes an accessor with an int for a compound "
                     "assignment to a private field of another class; write "
                     "a = (short)(a - b), or make the field package-visible");
        else if (!env->options->allow_int)
            tc_error(env->diag, tc_source(c), line,
                     "%s uses int: use short, or allow int with --int for a "
                     "card that supports it",
                     what);
        env->uses_int = true;
    }
    if (t->name == NULL)
        return;
    const char *name = tc_copy_text(env->arena, t->name, t->name_length);
    if (tc_find_class(env, name) == NULL && !tc_may_be_unread(env, name))
        tc_error(env->diag, tc_source(c), line, "%s: %s", what,
                 tc_unknown_class(env, name));
}

static bool is_constant(const struct tc_member *m)
{
    unsigned both = ACC_STATIC | ACC_FINAL;
    return m->has_value && (m->flags & both) == both;
}

static void load_field(struct tc_env *env, struct tc_class *c,
                       const struct tc_member *m)
{
    struct tc_field *f = &c->fields[c->field_count++];
    *f = (struct tc_field){.owner = c,
                           .name = m->name,
                           .descriptor = m->descriptor,
                           .flags = m->flags,
                           .token = TC_NO_TOKEN,
                           .is_constant = is_constant(m),
                           .value = m->value};
    if (tc_says_no_asserts(f)) {
        f->is_constant = true;
        f->value = 1;
    }
    const char *what = tc_format(env->arena, "field %s", m->name);
    const char *text = m->descriptor;
    struct tc_type type;
    const char *problem = tc_type_take(&text, &type);
    if (problem == NULL && (type.kind == KIND_VOID || *text != '\0'))
        problem = "is malformed";
    if (problem != NULL)
        tc_error(env->diag, tc_source(c), 0, "%s %s", what, problem);
    else if (!f->is_constant)
        check_type(env, c, 0, what, &type);
    if (m->has_value && !f->is_constant && (m->flags & ACC_STATIC)) {
        f->has_start = m->value != 0;
        f->start = m->value;
    }
}

static void check_flags(struct tc_env *env, const struct tc_class *c,
                        const struct tc_member *m, const char *what)
{
    unsigned line = first_line(m);
    bool bare = (m->flags & ACC_ABSTRACT) != 0;
    if (m->flags & ACC_NATIVE)
        tc_error(env->diag, tc_source(c), 0,
                 "%s is native: a card takes no native code", what);
    else if (bare != (m->code == NULL))
        tc_error(env->diag, tc_source(c), line,
                 "%s is malformed: code and the abstract flag disagree", what);
    if (m->flags & ACC_SYNCHRONIZED)
        tc_error(env->diag, tc_source(c), line,
                 "%s is synchronized: there are no threads on a card", what);
    if (tc_is_interface(c) && !bare)
        tc_error(env->diag, tc_source(c), line,
                 "%s: an interface on a card has no method with a body "
                 "(default or static)",
                 what);
}

static void load_method(struct tc_env *env, struct tc_class *c,
                        const struct tc_member *m)
{
    struct tc_method *to = &c->methods[c->method_count++];
    *to = (struct tc_method){.owner = c,
                             .name = m->name,
                             .descriptor = m->descriptor,
                             .flags = m->flags,
                             .token = TC_NO_TOKEN,
                             .member = m};
    const char *what = tc_method_label(env->arena, to);
    struct tc_signature *s = tc_alloc(env->work, sizeof *s);
    const char *problem = tc_signature_read(m->descriptor, s);
    if (problem != NULL) {
        tc_error(env->diag, tc_source(c), first_line(m), "%s %s", what,
                 problem);
        return;
    }
    check_flags(env, c, m, what);
    for (size_t i = 0; i < s->count; i++)
        check_type(env, c, first_line(m), what, &s->parameters[i]);
    check_type(env, c, first_line(m), what, &s->result);
    if (s->cells + 1 > 255)
        tc_error(env->diag, tc_source(c), first_line(m),
                 "%s has more than 255 cells of parameters", what);
}

/* The interface methods that a class names but neither has nor inherits. */
static size_t count_missing(const struct tc_class *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->interface_count; i++)
        n += c->interfaces[i]->virtual_count;
    return n;
}

static bool has_public(const struct tc_class *c, const struct tc_method *m)
{
    for (; c != NULL; c = c->super)
        for (size_t i = 0; i < c->method_count; i++) {
            const struct tc_method *own = &c->methods[i];
            if (tc_is_virtual(own) && (own->flags & ACC_PUBLIC) &&
                strcmp(own->name, m->name) == 0 &&
                strcmp(own->descriptor, m->descriptor) == 0)
                return true;
        }
    return false;
}

/* Every method of an interface needs a token in the class [JCVM 4.3.7]. */
static void add_missing(struct tc_env *env, struct tc_class *c,
                        const struct tc_method *m)
{
    if (has_public(c, m) || tc_is_broken(c))
        return;
    if ((c->flags & ACC_ABSTRACT) == 0) {
        tc_error(env->diag, tc_source(c), 0,
                 "class %s is not abstract and does not implement %s of %s",
                 tc_dotted(env->arena, c->name), m->name,
                 tc_dotted(env->arena, m->owner->name));
        return;
    }
    c->methods[c->method_count++] =
        (struct tc_method){.owner = c,
                           .name = m->name,
                           .descriptor = m->descriptor,
                           .flags = ACC_PUBLIC | ACC_ABSTRACT,
                           .token = TC_NO_TOKEN};
}

void tc_members_load(struct tc_env *env, struct tc_class *class)
{
    const struct tc_classfile *file = class->file;
    size_t room = file->method_count;
    if (!tc_is_interface(class))
        room += count_missing(class);
    class->fields =
        tc_alloc_array(env->arena, file->field_count, sizeof class->fields[0]);
    class->methods = tc_alloc_array(env->arena, room, sizeof class->methods[0]);
    for (size_t i = 0; i < file->field_count; i++)
        load_field(env, class, &file->fields[i]);
    for (size_t i = 0; i < file->method_count; i++)
        if (strcmp(file->methods[i].name, "<clinit>") != 0)
            load_method(env, class, &file->methods[i]);
    if (tc_is_interface(class))
        return;
    for (size_t i = 0; i < class->interface_count; i++)
        for (size_t j = 0; j < class->interfaces[i]->virtual_count; j++)
            if (class->interfaces[i]->virtuals[j] != NULL)
                add_missing(env, class, class->interfaces[i]->virtuals[j]);
}
