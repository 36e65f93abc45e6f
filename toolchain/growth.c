#include "toolchain/growth.h"

#include <string.h>

#include "toolchain/members.h"
#include "toolchain/own.h"

enum { NO_LINE = 0 };

static const char place[] = "previous";

static void check_version(struct tc_env *env, const struct tc_exp *was)
{
    const struct tc_package *own = &env->own;
    if (strcmp(was->package_name, own->name) != 0 ||
        was->aid.length != own->aid.length ||
        memcmp(was->aid.bytes, own->aid.bytes, own->aid.length) != 0)
        tc_error(env->diag, place, NO_LINE,
                 "this is the export file of package %s; the same package "
                 "with the same AID is needed",
                 tc_dotted(env->arena, was->package_name));
    else if (was->major != own->major || was->minor >= own->minor)
        tc_error(env->diag, place, NO_LINE,
                 "version %u.%u cannot follow %u.%u: the minor version must "
                 "grow and the major one stay; say it with --version",
                 own->major, own->minor, was->major, was->minor);
}

void tc_growth_open(struct tc_env *env)
{
    const struct tc_input *file = env->options->previous;
    const char *problem = NULL;
    if (file == NULL)
        return;
    env->previous = tc_exp_read(env->arena, file->bytes, &problem);
    if (env->previous == NULL)
        tc_error(env->diag, file->path, NO_LINE, "%s", problem);
    else
        check_version(env, env->previous);
}

static const struct tc_exp_class *class_named(const struct tc_exp *exp,
                                              const char *name)
{
    for (size_t i = 0; i < exp->class_count; i++)
        if (strcmp(exp->classes[i].name, name) == 0)
            return &exp->classes[i];
    return NULL;
}

const struct tc_exp_class *tc_growth_class(const struct tc_env *env,
                                           const struct tc_class *class)
{
    return env->previous == NULL ? NULL
                                 : class_named(env->previous, class->name);
}

static const struct tc_exp_member *
member_named(const struct tc_exp_member *members, size_t count,
             const char *name, const char *descriptor)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0 &&
            strcmp(members[i].descriptor, descriptor) == 0)
            return &members[i];
    return NULL;
}

int tc_growth_field(const struct tc_exp_class *was, const struct tc_field *f)
{
    const struct tc_exp_member *m =
        was == NULL ? NULL
                    : member_named(was->fields, was->field_count, f->name,
                                   f->descriptor);
    return m == NULL || m->has_value ? -1 : m->token;
}

int tc_growth_method(const struct tc_exp_class *was, const struct tc_method *m)
{
    const struct tc_exp_member *old =
        was == NULL ? NULL
                    : member_named(was->methods, was->method_count, m->name,
                                   m->descriptor);
    return old == NULL ? -1 : old->token;
}

/* --- is all still there? --- */

struct comparison {
    struct tc_env *env;
    const char *file; /* of the class */
    const struct tc_exp_class *was;
    const struct tc_exp_class *now;
};

static void complain(const struct comparison *c, unsigned line,
                     const char *member, const char *what)
{
    tc_error(c->env->diag, c->file, line,
             "%s%s%s %s: packages made for version %u.%u would break",
             tc_dotted(c->env->arena, c->was->name), member[0] ? "." : "",
             member, what, c->env->previous->major, c->env->previous->minor);
}

/* Why a member cannot take the place of the old one; NULL: it can. */
static const char *changed(const struct tc_exp_member *was,
                           const struct tc_exp_member *now)
{
    uint16_t lost = (uint16_t)(was->flags & ~now->flags);
    uint16_t gained = (uint16_t)(now->flags & ~was->flags);
    if ((lost | gained) & ACC_STATIC)
        return "is static or not as it was not before";
    if (lost & ACC_PUBLIC)
        return "is no longer public";
    if (gained & (ACC_FINAL | ACC_ABSTRACT))
        return "has become final or abstract";
    if (was->has_value != now->has_value)
        return "is a constant or not as it was not before";
    if (was->token != now->token)
        return "would move to another token, as what is new does not come "
               "after it";
    return NULL;
}

static void compare_members(const struct comparison *c,
                            const struct tc_exp_member *was, size_t was_count,
                            const struct tc_exp_member *now, size_t now_count)
{
    for (size_t i = 0; i < was_count; i++) {
        const struct tc_exp_member *m =
            member_named(now, now_count, was[i].name, was[i].descriptor);
        const char *what = m == NULL ? "is gone" : changed(&was[i], m);
        if (what != NULL)
            complain(c, NO_LINE, was[i].name, what);
    }
}

static bool lists(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void compare_types(const struct comparison *c)
{
    const struct tc_exp_class *was = c->was;
    const struct tc_exp_class *now = c->now;
    uint16_t gained = (uint16_t)(now->flags & ~was->flags);
    uint16_t lost = (uint16_t)(was->flags & ~now->flags);
    if ((gained & (ACC_FINAL | ACC_ABSTRACT)) ||
        ((gained | lost) & (ACC_INTERFACE | EXP_SHAREABLE | EXP_REMOTE)))
        complain(c, NO_LINE, "", "has become another kind of class");
    for (size_t i = 0; i < was->super_count; i++)
        if (!lists(now->supers, now->super_count, was->supers[i]))
            complain(c, NO_LINE, "", "has lost a superclass");
    for (size_t i = 0; i < was->interface_count; i++)
        if (!lists(now->interfaces, now->interface_count, was->interfaces[i]))
            complain(c, NO_LINE, "", "has lost an interface");
}

/* --- and is what is new no trap? --- */

/* Others may extend it. */
static bool is_extensible(const struct tc_exp_class *class)
{
    if (class->flags & (ACC_FINAL | ACC_INTERFACE))
        return false;
    for (size_t i = 0; i < class->method_count; i++)
        if (strcmp(class->methods[i].name, "<init>") == 0)
            return true;
    return false;
}

static void check_new_method(const struct comparison *c,
                             const struct tc_exp_member *m)
{
    const struct tc_class *class = tc_find_class(c->env, c->was->name);
    const struct tc_method *own =
        class == NULL ? NULL : tc_find_method(class, m->name, m->descriptor);
    unsigned line = own == NULL ? NO_LINE : tc_method_line(own);
    if (c->was->flags & ACC_INTERFACE)
        complain(c, line, m->name, "is new in an interface");
    else if (is_extensible(c->was) && (m->flags & ACC_ABSTRACT))
        complain(c, line, m->name, "is new and abstract");
    else if (is_extensible(c->was) && c->env->format < 3)
        complain(c, line, m->name,
                 "is new in a class that others may have extended, which "
                 "needs --format 2.3");
}

static void compare_classes(const struct comparison *c)
{
    const struct tc_exp_class *was = c->was;
    const struct tc_exp_class *now = c->now;
    compare_types(c);
    compare_members(c, was->fields, was->field_count, now->fields,
                    now->field_count);
    compare_members(c, was->methods, was->method_count, now->methods,
                    now->method_count);
    for (size_t i = 0; i < now->method_count; i++) {
        const struct tc_exp_member *m = &now->methods[i];
        if (tc_exp_is_virtual(m) &&
            member_named(was->methods, was->method_count, m->name,
                         m->descriptor) == NULL)
            check_new_method(c, m);
    }
}

void tc_growth_check(struct tc_env *env, const struct tc_exp *now)
{
    if (env->previous == NULL)
        return;
    for (size_t i = 0; i < env->previous->class_count; i++) {
        const struct tc_exp_class *was = &env->previous->classes[i];
        const struct tc_class *class = tc_find_class(env, was->name);
        bool own = class != NULL && tc_is_own(env, class);
        struct comparison c = {env, own ? tc_source(class) : place, was,
                               class_named(now, was->name)};
        if (c.now != NULL) /* else it was told when tokens were given */
            compare_classes(&c);
    }
}
